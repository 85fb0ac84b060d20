"""Excerpts of whole own texts: fair or not at all."""

import pytest

from reviews import sentiment
from reviews.reputation.excerpts import excerpt
from tests.guard.excerpt_texts import CASES, SIGNED

SCORER = sentiment.load()


def sign(text: str) -> int:
    found = SCORER.score("", text, "en")
    return {"negative": -1, "positive": 1}.get(found.label, 0) if found else 0


@pytest.mark.statement("W12", "W13")
@pytest.mark.parametrize(("text", "limit", "end"), CASES, ids=range(len(CASES)))
def test_an_excerpt_is_whole_sentences_and_never_ends_before_a_turn(text: str, limit: int, end: str | None) -> None:
    found = excerpt(text, limit)
    assert found.head + (found.rest or "") == text
    assert (found.rest is None) == (end is None), found.reason
    assert end is None or found.head.endswith(end)


@pytest.mark.statement("W13")
@pytest.mark.parametrize(("text", "limit", "end"), SIGNED, ids=range(len(SIGNED)))
def test_an_excerpt_reads_as_the_whole_does(text: str, limit: int, end: str | None) -> None:
    found = excerpt(text, limit, sign=sign)
    assert (found.rest is None) == (end is None), found.reason
    assert sign(found.head) == sign(text)


@pytest.mark.statement("W13")
@pytest.mark.parametrize(("text", "limit", "end"), [*CASES, *SIGNED], ids=range(len(CASES) + len(SIGNED)))
def test_no_excerpt_differs_in_sign(text: str, limit: int, end: str | None) -> None:
    assert sign(excerpt(text, limit, sign=sign).head) == sign(text)
