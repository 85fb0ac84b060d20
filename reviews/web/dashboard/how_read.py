"""How a review was read: its sentences, the words with their points, and how they add up to the score."""

import math
from dataclasses import dataclass

from flask import url_for

from reviews.i18n import N_, Words
from reviews.model import Sentence, Sentiment
from reviews.storage.review_rows import StoredReview
from reviews.web.dashboard.base import Badge

TONES = {"positive": "good", "negative": "bad"}
BY_STARS = {
    "positive": N_("Positive by its stars, no text"),
    "neutral": N_("Neutral by its stars, no text"),
    "negative": N_("Negative by its stars, no text"),
}
BY_TEXT = {"positive": N_("Reads positive"), "negative": N_("Reads negative")}
LOW_STARS100, HIGH_STARS100 = 200, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadWord:
    """A word that carried points, where its points come from, and where that can be looked up."""

    text: str
    points: str
    tone: str
    source: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSentence:
    """One sentence with its points; `words` carried them."""

    text: str
    points: str
    tokens: int
    words: tuple[ReadWord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HowRead:
    """All that made the score: sentences, their sum, the number of words, and the score that follows from both."""

    sentences: tuple[ReadSentence, ...]
    total: str
    tokens: int
    divided: str
    compound: str
    scorer: str


SOURCES = {
    "vader": N_("general word list VADER"),
    "overlay": N_("our list for clinics"),
    "phrase": N_("our phrases for clinics"),
    "own": N_("your own words"),
}


def how_read(whole: str, sentiment: Sentiment, words: Words) -> HowRead:
    """The reading of a text, step by step: what is shown adds up to the score."""
    total = math.fsum(sentence.points for sentence in sentiment.evidence)
    tokens = sum(sentence.tokens for sentence in sentiment.evidence)
    return HowRead(
        sentences=tuple(_sentence(whole, sentence, words) for sentence in sentiment.evidence if sentence.tokens),
        total=signed(total, words),
        tokens=tokens,
        divided=signed(total / math.sqrt(tokens + 5), words),
        compound=signed(sentiment.compound, words),
        scorer=sentiment.scorer,
    )


def _sentence(whole: str, sentence: Sentence, words: Words) -> ReadSentence:
    return ReadSentence(
        text=whole[sentence.start : sentence.end].strip(),
        points=signed(sentence.points, words),
        tokens=sentence.tokens,
        words=tuple(
            ReadWord(
                text=hit.term,
                points=signed(hit.points, words),
                tone="good" if hit.points > 0 else "bad",
                source=words.text(SOURCES.get(hit.source, hit.source)),
                url=url_for("dashboard.word_list", look=hit.term.lower()) + "#look-up",
            )
            for hit in sentence.hits
            if hit.points
        ),
    )


def signed(value: float, words: Words) -> str:
    """Points with two decimals and their sign."""
    text = words.decimal(f"{abs(value):.2f}")
    return f"+{text}" if value > 0 else f"−{text}" if value < 0 else text


def label_badge(review: StoredReview, words: Words) -> Badge | None:
    """How a review reads, and whether that rests on its text or, for a rating without text, on its stars alone."""
    if review.has_text:
        if review.label in BY_TEXT:
            return Badge(text=words.text(BY_TEXT[review.label]), tone=TONES[review.label])
        return None if review.label or not review.scorer else Badge(text=not_read(review.language, words))
    if review.stars100 is None or review.content_purged_at is not None:
        return None
    label = "negative" if review.stars100 <= LOW_STARS100 else "neutral"
    label = "positive" if review.stars100 >= HIGH_STARS100 else label
    return Badge(text=words.text(BY_STARS[label]), tone=TONES.get(label, ""))


def not_read(language: str | None, words: Words) -> str:
    """That a text was not judged, and why: its language, or nothing in it to judge."""
    name = words.locale.languages.get((language or "").split("-")[0], "")
    if not name or (language or "").split("-")[0] in ("en", "fr"):
        return words.text(N_("not read"))
    return words.text(N_("not read: {language}"), language=name)
