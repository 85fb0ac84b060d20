"""The challenge: sentences of our own, most of them right, and by how far more than stock VADER gets."""

import pytest

from reviews import sentiment
from tests.unit.challenge_sentences import ELSEWHERE, ENGLISH, FRENCH, NEWER

SCORER = sentiment.load()
ALL = [*(("en", *row) for row in ENGLISH), *(("fr", *row) for row in FRENCH)]
STOCK_LIMIT = 0.05
"""What the authors of VADER call positive or negative."""

NOT_YET = {
    "Even with my fear of needles I hardly noticed the injection.",
    "Billing was honest and they sent a refund without my asking.",
    "Not once did I feel like a number.",
    "Three different people gave me three different prices.",
    "Sat in a freezing room in a paper gown for fifty minutes.",
    "If you enjoy being talked down to, this is your place.",
    "Oh great, another hour in the waiting room.",
}
"""Read wrongly, and known to be: irony, stories without a telling word, and a compliment to the billing desk."""


def is_right(language: str, text: str, label: str, themes: frozenset[str]) -> bool:
    found = SCORER.score("", text, language)
    return found is not None and found.label == label and themes <= {theme.theme for theme in found.themes}


def stock_label(text: str) -> str:
    compound = SCORER.stock(text)["compound"]
    return "positive" if compound >= STOCK_LIMIT else "negative" if compound <= -STOCK_LIMIT else "neutral"


@pytest.mark.statement("V18")
def test_nine_in_ten_are_read_rightly_and_the_others_are_named() -> None:
    wrong = {text for language, text, label, themes in ALL if not is_right(language, text, label, themes)}
    stock = sum(stock_label(text) == label for _, text, label, _ in ALL)
    print(f"\nchallenge: {len(ALL) - len(wrong)} of {len(ALL)} right in label and themes; stock VADER {stock} in label")
    assert wrong == NOT_YET
    assert len(ALL) >= 120
    assert len(ALL) - len(wrong) >= 0.9 * len(ALL)
    assert stock < 0.5 * len(ALL)


@pytest.mark.statement("V18")
def test_both_signs_are_asked_equally_often_in_both_languages() -> None:
    for rows in (ENGLISH, FRENCH):
        labels = [label for _, label, _ in rows]
        assert labels.count("positive") == labels.count("negative")
    assert len({text for _, text, _, _ in ALL}) == len(ALL)


@pytest.mark.statement("V18")
def test_stories_from_elsewhere_are_read_better_than_at_first_contact_and_better_than_by_stock_vader() -> None:
    labels = [SCORER.score("", text, "en").label == label for text, label, _ in ELSEWHERE]  # type: ignore[union-attr]
    whole = sum(is_right("en", *row) for row in ELSEWHERE)
    stock = sum(stock_label(text) == label for text, label, _ in ELSEWHERE)
    opposite = {"positive": "negative", "negative": "positive"}
    wrong_way = [text for text, label, _ in ELSEWHERE if SCORER.score("", text, "en").label == opposite[label]]  # type: ignore[union-attr]
    stock_wrong_way = sum(stock_label(text) == opposite[label] for text, label, _ in ELSEWHERE)
    print(
        f"\nelsewhere: {sum(labels)} of {len(ELSEWHERE)} labels right, {whole} with themes, "
        f"{len(wrong_way)} the wrong way; stock VADER {stock} right, {stock_wrong_way} the wrong way"
    )
    assert len(ELSEWHERE) == len({text for text, _, _ in ELSEWHERE}) == 90
    assert sum(labels) >= 63 > 2 * 29  # 29 when they were first read
    assert whole >= 53
    assert sum(labels) > 1.5 * stock
    assert len(wrong_way) <= 1 < stock_wrong_way


def test_newer_stories_are_read_better_than_at_first_contact_and_hardly_ever_the_wrong_way() -> None:
    opposite = {"positive": "negative", "negative": "positive"}
    labels = [(SCORER.score("", text, "en").label, label) for text, label, _ in NEWER]  # type: ignore[union-attr]
    right = sum(found == label for found, label in labels)
    wrong_way = sum(found == opposite[label] for found, label in labels)
    stock = sum(stock_label(text) == label for text, label, _ in NEWER)
    print(f"\nnewer: {right} of {len(NEWER)} labels right, {wrong_way} the wrong way; stock VADER {stock} right")
    assert len(NEWER) == 100
    assert right >= 74 > 2 * (22 + 12)  # 22 of 60 and 12 of 40 when they were first read
    assert wrong_way <= 2
    assert right > 2 * stock
