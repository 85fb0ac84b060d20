"""What a person types in: a review or a total, with where and when; every fault named at its field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.errors import ImportFileError
from reviews.normalize.review import Context, normalize_review
from reviews.sources.manual import page_of, read_review, read_total
from reviews.sources.registry import CONNECTORS
from tests.conftest import NOW

REVIEW = {
    "author": "Ida J.", "rating": "4", "best": "5", "text": "Kind people.", "date": "2026-03-09", "where": "https://maps.example.org/1",
}  # fmt: skip
TOTAL = {"average": "4,6", "count": "1,426", "where": "RateMDs", "read_on": "2026-03-09"}


def fields(entered: object) -> list[str]:
    return [fault.field for fault in entered.faults]  # type: ignore[attr-defined]


def test_a_typed_review_goes_the_way_of_every_other() -> None:
    entered = read_review(REVIEW)
    assert entered.faults == ()
    assert entered.review is not None
    review = normalize_review(entered.review, Context(source_origin="ratemds", read_at=NOW, languages=()))
    assert (review.author, review.rating.stars100, review.text, review.url) == (  # type: ignore[union-attr]
        "Ida J.", 400, "Kind people.", "https://maps.example.org/1",
    )  # fmt: skip
    page = page_of(entered)
    assert page.is_last
    assert page.parsed.reviews == (entered.review,)


def test_a_typed_total_keeps_its_digits_its_source_and_its_day() -> None:
    total = read_total(TOTAL).total
    assert total is not None
    assert (total.average, total.review_count, total.best) == ("4,6", "1,426", "5")
    assert total.text == "read on 2026-03-09: RateMDs"


@pytest.mark.statement("A9")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rating": "7"}, "rating"),
        ({"rating": "superb"}, "rating"),
        ({"rating": "0"}, "rating"),
        ({"rating": "", "text": ""}, "text"),
        ({"where": " "}, "where"),
        ({"date": "9 March"}, "date"),
        ({"date": "2026-13-01"}, "date"),
        ({"text": "x" * 20_001}, "text"),
    ],
)
def test_faults_of_a_review_are_named_at_their_field(change: dict[str, str], field: str) -> None:
    entered = read_review(REVIEW | change)
    assert entered.review is None
    assert fields(entered) == [field]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"average": "5.2"}, "average"),
        ({"average": "", "count": ""}, "average"),
        ({"count": "many"}, "count"),
        ({"where": ""}, "where"),
        ({"read_on": ""}, "read_on"),
        ({"read_on": "2026-03"}, "read_on"),
    ],
)
def test_faults_of_a_total_are_named_at_their_field(change: dict[str, str], field: str) -> None:
    entered = read_total(TOTAL | change)
    assert entered.total is None
    assert fields(entered) == [field]


def test_a_date_may_be_as_vague_as_memory() -> None:
    for date in ("2026", "2026-03", "2026-03-09", ""):
        assert read_review(REVIEW | {"date": date}).faults == ()


@given(st.dictionaries(st.sampled_from([*REVIEW, *TOTAL, "other"]), st.text(max_size=50)))
@pytest.mark.statement("Q1")
def test_any_form_gives_something_or_names_a_fault(form: dict[str, str]) -> None:
    for entered in (read_review(form), read_total(form)):
        assert (entered.review is None and entered.total is None) == bool(entered.faults)


def test_there_is_nothing_to_fetch() -> None:
    with pytest.raises(ImportFileError):
        CONNECTORS["manual"].fetch(None, None)  # type: ignore[arg-type]
