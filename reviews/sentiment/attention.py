"""From a score to a person's attention: reasons, never a number, and never a decision about what the public sees."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reviews.model import Sentiment
from reviews.sentiment.reader import Limits, combine

LOW_STARS100, HIGH_STARS100 = 200, 400
FEWEST_TEXTS = 5
_Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a person should look: ``stars``, ``text``, ``disagree`` or ``sentence``; now, or in the daily group.

    `sentences` are indexes into the evidence, for ``sentence``.
    """

    kind: str
    at_once: bool
    sentences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewLabel:
    """A label and what it rests on: ``text``, or ``stars`` where there was no text to read."""

    label: str
    basis: str


@dataclass(frozen=True, slots=True)
class ThemeCounts:
    """A theme of one text: how many of its sentences praise, say neither, criticize; the words that spoke of it."""

    theme: str
    positive: int
    neutral: int
    negative: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextFigure:
    """A clinic's mean compound with the number of texts and a 95 % interval; derived, never mixed with stars."""

    mean: float
    count: int
    low: float
    high: float


def find_reasons(sentiment: Sentiment | None, stars100: int | None, limits: Limits) -> tuple[Reason, ...]:
    """Why a review should be looked at; empty for most. No alert rests on a beta language alone."""
    reasons = []
    if stars100 is not None and stars100 <= LOW_STARS100:
        reasons.append(Reason("stars", at_once=True))
    if sentiment is None:
        return tuple(reasons)
    if alerts_by_text(sentiment, limits):
        unexpected = stars100 is None or stars100 < HIGH_STARS100
        reasons.append(Reason("text", at_once=unexpected and not sentiment.is_beta))
    if disagrees(sentiment, stars100, limits):
        reasons.append(Reason("disagree", at_once=False))
    if stars100 is not None and stars100 >= HIGH_STARS100 and (found := complaint_sentences(sentiment, limits)):
        reasons.append(Reason("sentence", at_once=False, sentences=found))
    return tuple(reasons)


def alerts_by_text(sentiment: Sentiment, limits: Limits) -> bool:
    """Whether a text is below the alert limit; one without a single hit never is."""
    if not any(sentence.hits for sentence in sentiment.evidence):
        return False
    tokens = sum(sentence.tokens for sentence in sentiment.evidence)
    return sentiment.compound < (limits.alert_below if tokens > limits.short_tokens else limits.short_alert_below)


def disagrees(sentiment: Sentiment, stars100: int | None, limits: Limits) -> bool:
    """Whether stars and text say opposite things: a question for a person ("wrong star?"), never a correction."""
    if stars100 is None:
        return False
    if stars100 <= LOW_STARS100:
        return sentiment.compound > limits.disagree_above
    return stars100 >= HIGH_STARS100 and sentiment.compound < limits.disagree_below


def complaint_sentences(sentiment: Sentiment, limits: Limits) -> tuple[int, ...]:
    """Indexes of the sentences that complain, whatever the rest says."""
    return tuple(
        index
        for index, sentence in enumerate(sentiment.evidence)
        if combine([sentence.points], sentence.tokens) < limits.sentence_below
    )


def sentence_label(sentiment: Sentiment, index: int, limits: Limits) -> str:
    """How one sentence reads by itself."""
    sentence = sentiment.evidence[index]
    return limits.label(combine([sentence.points], sentence.tokens))


def count_themes(sentiment: Sentiment, limits: Limits) -> tuple[ThemeCounts, ...]:
    """The themes of a text by the signs of their sentences; each word once, in small letters."""
    found = []
    for theme in sentiment.themes:
        labels = [sentence_label(sentiment, index, limits) for index in theme.sentences]
        words = tuple(dict.fromkeys(word.term.lower() for word in theme.words))
        found.append(
            ThemeCounts(theme.theme, labels.count("positive"), labels.count("neutral"), labels.count("negative"), words)
        )
    return tuple(found)


def needs_reading_before_quoting(sentiment: Sentiment | None, stars100: int | None, limits: Limits) -> bool:
    """Whether a person must see the whole before it is quoted: three stars or fewer, or a complaint in it."""
    if stars100 is not None and stars100 < HIGH_STARS100:
        return True
    return sentiment is not None and bool(complaint_sentences(sentiment, limits))


def label_review(sentiment: Sentiment | None, stars100: int | None, *, has_text: bool) -> ReviewLabel | None:
    """The text's label; for a rating without text the stars', marked as such; None for a text that was not scored."""
    if sentiment is not None:
        return ReviewLabel(sentiment.label, "text")
    if has_text or stars100 is None:
        return None
    if stars100 <= LOW_STARS100:
        return ReviewLabel("negative", "stars")
    return ReviewLabel("positive" if stars100 >= HIGH_STARS100 else "neutral", "stars")


def count_alerts(reviews: Iterable[tuple[Sentiment | None, int | None]], limits: Limits) -> int:
    """How many of these (sentiment, stars100) would have called a person at once: shown before limits are saved."""
    return sum(any(reason.at_once for reason in find_reasons(found, stars, limits)) for found, stars in reviews)


def text_figure(compounds: Sequence[float]) -> TextFigure | None:
    """The figure of a clinic's scored texts; None below five."""
    count = len(compounds)
    if count < FEWEST_TEXTS:
        return None
    mean = statistics.fmean(compounds)
    margin = _Z95 * statistics.stdev(compounds) / math.sqrt(count)
    return TextFigure(round(mean, 4), count, round(max(mean - margin, -1), 4), round(min(mean + margin, 1), 4))
