"""The invented platform: paging that shifts, edits that move up, tokens that run out, times with nine digits."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.errors import SourceChanged, SourceRequestError, SourceUnauthorized
from reviews.model import Page, Source
from reviews.sources.example_api import ExampleApi, parse_listing, parse_reviews
from reviews.sources.json_api import sort_key
from tests.platforms.listing import START, Listing, Record
from tests.platforms.server import Platforms
from tests.sources.doors import make_doors


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with Platforms() as running:
        running.listings["willow-lane"] = Listing().fill(12)
        yield running


def fetch(platforms: Platforms, cursor: dict[str, Any] | None = None, **config: str) -> list[Page]:
    settings = {"url": platforms.url, "listing": "willow-lane", "token": "secret-of-the-demo", **config}
    source = Source(
        id=1, public_id="s1", group_id=1, clinic_id=1, kind="example_api", label="Example", url="", origin="example",
        config=settings, cursor={"full": True} if cursor is None else cursor, declared_complete=False, state="active",
        interval_minutes=None, next_due_at=None, failures=0, fence=1, validators={}, expectations={},
    )  # fmt: skip
    return list(ExampleApi().fetch(source, make_doors()))


def ids(pages: list[Page]) -> list[str | None]:
    return [review.external_id for page in pages for review in page.parsed.reviews]


def test_the_total_comes_with_the_first_page_only(platforms: Platforms) -> None:
    pages = fetch(platforms)
    assert [len(page.parsed.totals) for page in pages] == [1, 0, 0]
    total = pages[0].parsed.totals[0]
    assert (total.average, total.rating_count, total.review_count) == ("4.6", "222", "148")


def test_pages_carry_their_sort_keys_newest_first(platforms: Platforms) -> None:
    pages = fetch(platforms)
    keys = [key for page in pages for key in (page.newest_key, page.oldest_key)]
    assert all(keys)
    assert keys == sorted(keys, reverse=True)


def test_a_short_run_stops_after_a_whole_old_page(platforms: Platforms) -> None:
    listing = platforms.listings["willow-lane"]
    now = START + timedelta(days=30)
    listing.edit("ex-0003", now, text="Edited a month later.")
    mark = f"{START + timedelta(days=29):%Y-%m-%dT%H:%M:%S}.000000000Z"
    pages = fetch(platforms, {"v": 1, "mark": mark})
    assert ids(pages)[0] == "ex-0003"
    assert [page.is_last for page in pages] == [False, True]
    assert len(fetch(platforms, {"v": 1, "mark": mark, "full": True})) == 3


def test_a_known_row_on_top_never_stops_the_run(platforms: Platforms) -> None:
    listing = platforms.listings["willow-lane"]
    mark = fetch(platforms)[0].newest_key
    late = START + timedelta(days=20)
    listing.add(Record("ex-new", "Nia P.", "FOUR", "Written while clocks differed.", START, START + timedelta(hours=5)))
    listing.edit("ex-0000", late)
    pages = fetch(platforms, {"v": 1, "mark": mark})
    assert {"ex-new", "ex-0000"} <= set(ids(pages))


def test_rows_that_shift_while_we_page_are_seen_twice_or_later_but_not_lost(platforms: Platforms) -> None:
    listing = platforms.listings["willow-lane"]

    def add_one(where: Listing, page: int) -> None:
        if page == 2:
            where.on_page = None
            moment = START + timedelta(days=9)
            where.add(Record("ex-late", "Pam R.", "FIVE", "Came in between.", moment, moment))

    before = set(listing.records)
    listing.on_page = add_one
    assert before <= set(ids(fetch(platforms)))
    assert "ex-late" in ids(fetch(platforms))


def test_deleted_and_returned_reviews_follow_the_platform(platforms: Platforms) -> None:
    listing = platforms.listings["willow-lane"]
    listing.delete("ex-0005")
    assert "ex-0005" not in ids(fetch(platforms))
    listing.bring_back("ex-0005")
    assert "ex-0005" in ids(fetch(platforms))


def test_a_token_that_has_run_out_starts_the_list_again(platforms: Platforms) -> None:
    position = fetch(platforms)[0].position
    platforms.listings["willow-lane"].expired.add(position["token"])
    platforms.listings["willow-lane"].page_size = 5  # so that the new tokens are others
    pages = fetch(platforms, {"full": True, "position": position})
    assert pages[0].number == 1
    assert len(ids(pages)) == 12


def test_a_token_that_the_platform_itself_has_just_given_must_work(platforms: Platforms) -> None:
    platforms.listings["willow-lane"].expired.add("at-4")
    with pytest.raises(SourceRequestError):
        fetch(platforms)


def test_a_wrong_key_asks_for_connecting_again(platforms: Platforms) -> None:
    with pytest.raises(SourceUnauthorized):
        fetch(platforms, token="old")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"null", b'{"error": {"code": "oops"}}', b'{"reviews": {}}', b"[" * 100_000]
)
def test_anything_but_its_json_is_a_change_of_shape(body: bytes) -> None:
    for parse in (parse_listing, parse_reviews):
        with pytest.raises(SourceChanged):
            parse(body)


def test_times_sort_as_text_with_up_to_nine_digits() -> None:
    given_times = [
        "2026-11-01T09:00:00Z",
        "2026-11-01T09:00:00.5Z",
        "2026-11-01T09:00:00.500000001Z",
        "2026-11-01T09:00:01Z",
    ]
    keys = [sort_key(moment) for moment in given_times]
    assert keys == sorted(keys, key=str)
    assert sort_key("yesterday") is None
    assert sort_key(None) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda i: (
            st.lists(i, max_size=3)
            | st.dictionaries(st.sampled_from(["id", "stars", "text", "author", "reply", "recommends"]), i, max_size=4)
        ),
        max_leaves=8,
    )
)
@pytest.mark.statement("Q2")
def test_any_record_costs_no_other(record: Any) -> None:
    good = {"id": "good", "stars": "FIVE", "text": "Fine."}
    parsed = parse_reviews(json.dumps({"reviews": [good, record, good | {"id": "other"}]}).encode())
    assert {"good", "other"} <= {review.external_id for review in parsed.reviews}
    assert len(parsed.reviews) + len(parsed.rejects) == 3
