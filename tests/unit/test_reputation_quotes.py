"""The choice of quotes: newest first, disclosed, and blind to stars."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.model import Precision, ReviewDate
from reviews.reputation.quotes import QuoteCandidate, choose_quotes

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def day(n: int, days: int = 0) -> ReviewDate:
    earliest = FIRST + timedelta(days=n)
    precision = Precision.DAY if not days else Precision.YEAR
    return ReviewDate(raw="", earliest=earliest, latest=earliest + timedelta(days=days), precision=precision)


def candidate(
    review_id: int, date: ReviewDate | None = None, seen: int = 0, position: int = 0, chosen: int | None = None
) -> QuoteCandidate:
    seen_at = FIRST + timedelta(days=seen)
    return QuoteCandidate(review_id=review_id, date=date, first_seen=seen_at, position=position, chosen=chosen)


@pytest.mark.statement("W61")
def test_the_default_choice_is_the_newest_by_date() -> None:
    found = choose_quotes([candidate(1, day(3)), candidate(2, day(9)), candidate(3, day(5))], 2)
    assert (found.review_ids, found.rule, found.held, found.order) == ((2, 3), "newest", 3, "date")
    assert not found.is_all


def test_without_dates_first_seen_and_the_order_of_the_page_decide() -> None:
    candidates = [candidate(1, seen=1, position=1), candidate(2, seen=1, position=0), candidate(3, seen=2, position=7)]
    found = choose_quotes(candidates, 5)
    assert (found.review_ids, found.order, found.is_all) == ((3, 2, 1), "page", True)


def test_pages_of_one_run_keep_the_order_of_the_pages() -> None:
    first_page = QuoteCandidate(review_id=1, date=None, first_seen=FIRST, position=0, first_run=7)
    second_page = QuoteCandidate(
        review_id=2, date=None, first_seen=FIRST + timedelta(seconds=2), position=9, first_run=7
    )
    later_run = QuoteCandidate(review_id=3, date=None, first_seen=FIRST + timedelta(days=1), position=4, first_run=8)
    assert choose_quotes([second_page, first_page, later_run], 5).review_ids == (3, 1, 2)


def test_reviews_without_a_date_follow_those_with_one_and_it_is_said() -> None:
    found = choose_quotes([candidate(1, seen=9), candidate(2, day(1))], 5)
    assert (found.review_ids, found.order) == ((2, 1), "mixed")


def test_a_vague_date_never_passes_for_newer_than_an_exact_one_inside_it() -> None:
    found = choose_quotes([candidate(1, day(0, days=364)), candidate(2, day(40))], 5)
    assert found.review_ids == (2, 1)


def test_a_persons_choice_keeps_the_persons_order() -> None:
    candidates = [candidate(1, day(1), chosen=2), candidate(2, day(9)), candidate(3, day(5), chosen=1)]
    found = choose_quotes(candidates, 5, "chosen")
    assert (found.review_ids, found.held, found.order) == ((3, 1), 3, "person")


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="best"):
        choose_quotes([], 3, "best")


def test_nothing_held_chooses_nothing() -> None:
    assert choose_quotes([], 3).review_ids == ()
    assert choose_quotes([candidate(1)], -1).review_ids == ()


rows = st.lists(
    st.tuples(st.none() | st.integers(0, 900), st.integers(0, 5), st.integers(0, 20), st.integers(0, 500)), max_size=25
)


@pytest.mark.statement("W61")
@given(rows, st.randoms(use_true_random=False), st.integers(0, 8))
def test_permuting_all_stars_and_the_order_of_arrival_changes_nothing(
    given_rows: list[tuple[int | None, int, int, int]], rng: random.Random, limit: int
) -> None:
    """Reviews as stored, with their stars; the choice sees what `candidates_of` passes on."""
    stored = [
        {"id": n, "days": days, "seen": seen, "position": position, "stars100": stars}
        for n, (days, seen, position, stars) in enumerate(given_rows)
    ]
    before = choose_quotes(candidates_of(stored), limit)
    stars = [row["stars100"] for row in stored]
    rng.shuffle(stars)
    permuted = [row | {"stars100": star} for row, star in zip(stored, stars, strict=True)]
    rng.shuffle(permuted)
    assert choose_quotes(candidates_of(permuted), limit) == before
    assert not [name for name in QuoteCandidate.__dataclass_fields__ if "star" in name or "rating" in name]


def candidates_of(stored: list[dict[str, int | None]]) -> list[QuoteCandidate]:
    return [
        candidate(
            row["id"] or 0,
            None if row["days"] is None else day(row["days"]),
            row["seen"] or 0,
            row["position"] or 0,
        )
        for row in stored
    ]
