"""Every misbehaviour of pages that is known, each by its name: what pages do, and saved pages of rating sites."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from reviews.errors import SourceBlocked
from reviews.normalize import identity
from reviews.sources.saved_page import parse_saved_page
from tests.platforms import sites
from tests.platforms.server import Platforms, Reply
from tests.sources.contract import normalized
from tests.sources.test_web_page import fetch

URL = "https://www.ratings.example.org/doctor-reviews/1/dr-ada-lindqvist"


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with Platforms() as running:
        yield running


def result(number: int, **changes: Any) -> dict[str, Any]:
    """One rating as the page's own script gets it."""
    return {
        "id": 9000 + number, "created": f"2026-0{1 + number % 8}-11T09:00:00.123000Z",
        "modified": f"2026-0{1 + number % 8}-12T09:00:00Z", "staff": 5, "punctuality": 4, "helpfulness": 5,
        "knowledge": 5, "average": 4.75, "comment": f"She listened, and I knew what to do next. {number}",
        "comments": [], "featured": False, "visible": True, "hide_ratings": False, **changes,
    }  # fmt: skip


def saved(results: list[dict[str, Any]], *, count: int | None = None, markup: str = "") -> bytes:
    """A page as a browser saves it: a JSON text inside a script's string."""
    state = {
        "doctor": {
            "id": 1,
            "full_name": "Dr. Ada Lindqvist",
            "rating": {"count": count or len(results), "average": 4.6},
        },
        "ratingsPage": {"count": count or len(results), "current_page": 1, "total_pages": 1, "results": results},
    }
    text = json.dumps(json.dumps(state))
    return sites.frame(
        f"<h1>Dr. Ada Lindqvist</h1>{markup}<script>window.DATA = window.DATA || {{}};"
        f"window.DATA.doctorDetailProps = JSON.parse({text});</script>",
        "Dr. Ada Lindqvist",
    ).encode()


def test_a_pinned_row_on_top_is_one_review_with_its_own_date() -> None:
    rows = [result(7, featured=True, created="2014-03-02T09:00:00Z"), *(result(number) for number in range(3))]
    page = parse_saved_page(saved(rows), URL)
    assert [review.external_id for review in page.reviews] == ["9007", "9000", "9001", "9002"]
    assert (page.reviews[0].date or "").startswith("2014-03-02")


def test_hidden_ratings_leave_the_pages_own_total_and_the_rows_that_are_listed() -> None:
    rows = [result(number, hide_ratings=True) for number in range(3)]
    page = parse_saved_page(saved(rows, count=85), URL)
    assert len(page.reviews) == 3
    assert [total.rating_count or total.review_count for total in page.totals][:1] == ["85"]


def test_empty_markup_with_reviews_in_the_state_is_read_from_the_state() -> None:
    page = parse_saved_page(saved([result(1), result(2)], markup='<div class="rating-comments"></div>'), URL)
    assert [review.text for review in page.reviews] == [result(1)["comment"], result(2)["comment"]]
    assert page.signature == "page state"


def test_an_average_of_four_stays_what_it_is_and_a_text_may_be_missing() -> None:
    page = parse_saved_page(saved([result(1), result(2, comment="", staff=None, average=5.0)]), URL)
    assert [review.rating.value if review.rating else None for review in page.reviews] == ["4.75", "5.0"]
    assert not page.reviews[1].text


def test_the_owners_reply_is_never_part_of_the_text() -> None:
    reply = {"id": 1, "created": "2026-05-01T09:00:00Z", "comment": "Thank you for writing.", "is_doctor": True}
    page = parse_saved_page(saved([result(1, comments=[reply]), result(2)]), URL)
    assert "Thank you" not in (page.reviews[0].text or "")
    assert page.reviews[0].reply is not None
    assert page.reviews[0].reply.text == "Thank you for writing."


def test_a_broken_block_beside_a_good_one_costs_nothing(platforms: Platforms) -> None:
    broken = '<script type="application/ld+json">{"@type": "MedicalClinic", "review": [</script>'
    platforms.pages["/reviews"] = sites.json_ld_page(sites.REVIEWS).replace("</body>", f"{broken}</body>")
    [page] = fetch(platforms, "/reviews")
    assert len(page.parsed.reviews) == len(sites.REVIEWS)


def test_a_total_that_names_its_scale_is_read_with_it(platforms: Platforms) -> None:
    platforms.pages["/reviews"] = sites.json_ld_page(sites.REVIEWS, total=("4.9/5", "41"))
    [page] = fetch(platforms, "/reviews")
    assert [(total.average, total.review_count) for total in page.parsed.totals] == [("4.9/5", "41")]


def test_an_author_whom_a_template_repeats_makes_no_two_reviews_one(platforms: Platforms) -> None:
    same = [sites.Written("Happy patient", each.stars, each.text, "2026-10-05") for each in sites.REVIEWS]
    platforms.pages["/reviews"] = sites.json_ld_page(same)
    [page] = fetch(platforms, "/reviews")
    reviews = identity.match_known([], normalized([page]))
    assert len({review.identity_key for review in reviews}) == len(sites.REVIEWS)


def test_the_same_review_on_two_pages_is_given_with_the_same_identity(platforms: Platforms) -> None:
    platforms.pages["/reviews"] = sites.json_ld_page(sites.REVIEWS[:4], next_url="/reviews/2")
    platforms.pages["/reviews/2"] = sites.json_ld_page(sites.REVIEWS[3:])
    one, two = (identity.match_known([], normalized([page])) for page in fetch(platforms, "/reviews"))
    assert one[-1].identity_key == two[0].identity_key
    assert len({review.identity_key for review in (*one, *two)}) == len(sites.REVIEWS)


def test_a_page_that_says_304_is_unchanged(platforms: Platforms) -> None:
    platforms.pages["/reviews"] = sites.json_ld_page(sites.REVIEWS)
    [page] = fetch(platforms, "/reviews")
    [again] = fetch(platforms, "/reviews", validators=dict(page.validators))
    assert (again.unchanged, len(again.parsed.reviews)) == (True, 0)


def test_robots_that_forbid_end_it_before_the_page_is_asked_for(platforms: Platforms) -> None:
    platforms.pages["/robots.txt"] = Reply(200, b"User-agent: *\nDisallow: /reviews\n", "text/plain")
    platforms.pages["/reviews"] = sites.json_ld_page(sites.REVIEWS)
    with pytest.raises(SourceBlocked):
        fetch(platforms, "/reviews")
    assert platforms.asked("/reviews") == []
