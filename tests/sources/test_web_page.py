"""Pages: what stands in the way, whose page it is, how far a list is followed."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from reviews.errors import SourceBlocked, SourceChanged, SourceError, SourceRequestError, SourceUnavailable
from reviews.model import Page, Source
from reviews.sandbox import Sandbox
from reviews.sources import web_page
from reviews.sources.base import Doors
from reviews.sources.web_page import WebPage, origin_of
from tests.conftest import NOW
from tests.platforms import sites
from tests.platforms.server import Platforms, Reply
from tests.sources.doors import loopback_fetcher, make_doors


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with Platforms() as running:
        yield running


def source(url: str, **changes: Any) -> Source:
    values: dict[str, Any] = {
        "id": 1, "public_id": "s1", "group_id": 1, "clinic_id": 1, "kind": "web_page", "label": "Website", "url": url,
        "origin": "own_site", "config": {}, "cursor": {}, "declared_complete": False, "state": "active",
        "interval_minutes": None, "next_due_at": None, "failures": 0, "fence": 1, "validators": {}, "expectations": {},
    }  # fmt: skip
    return Source(**{**values, **changes})


def fetch(platforms: Platforms, path: str, **changes: Any) -> list[Page]:
    return list(WebPage().fetch(source(platforms.url + path, **changes), make_doors()))


TWO_CLINICS = sites.frame(
    "".join(
        f'<div itemscope itemtype="https://schema.org/Dentist"><b itemprop="name">{name}</b>'
        '<div itemprop="review" itemscope itemtype="https://schema.org/Review">'
        f'<p itemprop="reviewBody">About {name}.</p></div></div>'
        for name in ("East Dental", "West Dental")
    ),
    "Both",
)


def test_a_page_that_needs_a_script_names_the_ways_out(platforms: Platforms) -> None:
    platforms.pages["/app"] = sites.NEEDS_SCRIPT
    with pytest.raises(SourceChanged) as caught:
        fetch(platforms, "/app")
    assert "export" in caught.value.hint
    assert "save the page" in caught.value.hint


def test_a_check_for_robots_is_never_evaded(platforms: Platforms) -> None:
    platforms.pages["/reviews"] = sites.CAPTCHA
    with pytest.raises(SourceBlocked):
        fetch(platforms, "/reviews")
    assert len(platforms.asked("/reviews")) == 1


def test_a_redirect_to_a_login_is_no_list_of_reviews(platforms: Platforms) -> None:
    platforms.pages["/reviews"] = Reply(302, headers={"Location": "/login"})
    with pytest.raises(SourceChanged) as caught:
        fetch(platforms, "/reviews")
    assert "login" in caught.value.hint


def test_robots_txt_is_obeyed(platforms: Platforms) -> None:
    platforms.pages["/robots.txt"] = Reply(200, b"User-agent: *\nDisallow: /reviews\n", "text/plain")
    platforms.pages["/reviews"] = sites.json_ld_page(sites.REVIEWS)
    with pytest.raises(SourceBlocked):
        fetch(platforms, "/reviews")
    assert not platforms.asked("/reviews")


def test_a_page_that_ends_in_the_middle_gives_nothing(platforms: Platforms) -> None:
    whole = sites.microdata_page(sites.REVIEWS)
    platforms.pages["/reviews"] = whole[: whole.index("Calm rooms") + 8]
    with pytest.raises(SourceUnavailable) as caught:
        fetch(platforms, "/reviews")
    assert "incomplete" in caught.value.hint


def test_broken_markup_and_nothing_else_is_not_zero_reviews(platforms: Platforms) -> None:
    platforms.pages["/reviews"] = sites.frame('<script type="application/ld+json">{"@type": </script>', "Broken")
    with pytest.raises(SourceChanged):
        fetch(platforms, "/reviews")


def test_a_page_without_reviews_is_given_on_for_others_to_judge(platforms: Platforms) -> None:
    platforms.pages["/reviews"] = sites.EMPTY
    (page,) = fetch(platforms, "/reviews")
    assert page.is_last
    assert not page.parsed.reviews
    assert not page.parsed.totals


def test_two_businesses_need_a_persons_choice(platforms: Platforms) -> None:
    platforms.pages["/both"] = TWO_CLINICS
    with pytest.raises(SourceRequestError) as caught:
        fetch(platforms, "/both")
    assert caught.value.values["names"] == "East Dental · West Dental"
    (page,) = fetch(platforms, "/both", config={"business": "west dental"})
    assert [review.text for review in page.parsed.reviews] == ["About West Dental."]
    with pytest.raises(SourceChanged) as caught_too:
        fetch(platforms, "/both", config={"business": "North Dental"})
    assert caught_too.value.values == {"business": "North Dental", "names": "East Dental · West Dental"}


def test_a_list_is_followed_only_to_a_limit(platforms: Platforms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_page, "MAX_PAGES", 3)
    for number in range(1, 6):
        reviews = [sites.Written(f"Guest {number}", "5", f"Visit {number}.")]
        platforms.pages[f"/reviews/{number}"] = sites.json_ld_page(reviews, next_url=f"/reviews/{number + 1}")
    pages = fetch(platforms, "/reviews/1")
    assert [page.capped for page in pages] == [False, False, True]
    assert pages[-1].is_last


def test_circles_and_repeated_last_pages_end_the_list(platforms: Platforms) -> None:
    platforms.pages["/a"] = sites.json_ld_page(sites.REVIEWS[:2], next_url="/b")
    platforms.pages["/b"] = sites.json_ld_page(sites.REVIEWS[2:4], next_url="/a")
    assert len(fetch(platforms, "/a")) == 2
    for number in (1, 2, 3):
        platforms.pages[f"/same/{number}"] = sites.json_ld_page(sites.REVIEWS[:2], next_url=f"/same/{number + 1}")
    assert len(fetch(platforms, "/same/1")) == 2
    assert not platforms.asked("/same/3")


def test_another_host_is_never_followed(platforms: Platforms) -> None:
    platforms.pages["/reviews"] = sites.json_ld_page(sites.REVIEWS, next_url="http://elsewhere.example.com/reviews/2")
    assert len(fetch(platforms, "/reviews")) == 1


@pytest.mark.parametrize(
    ("url", "website", "origin"),
    [
        ("https://www.clinic.example.org/reviews", "https://clinic.example.org", "own_site"),
        ("https://clinic.example.org/reviews", "clinic.example.org/home", "own_site"),
        ("https://directory.example.com/clinic", "https://clinic.example.org", "other_site"),
        ("https://clinic.example.org.evil.example", "https://clinic.example.org", "other_site"),
        ("https://clinic.example.org/reviews", "", "other_site"),
        ("not an address", "", "other_site"),
        ("http://[", "https://clinic.example.org", "other_site"),
    ],
)
def test_whose_page_it_is_follows_from_the_host(url: str, website: str, origin: str) -> None:
    assert origin_of(url, website) == origin


def test_pages_are_parsed_in_a_child_process(platforms: Platforms) -> None:
    platforms.pages["/reviews"] = sites.json_ld_page(sites.REVIEWS)
    platforms.pages["/deep"] = "<html><body>" + "<div itemscope itemprop=review>" * 60_000
    with Sandbox(processes=1) as sandbox:
        doors = Doors(http=loopback_fetcher(), sandbox=sandbox, now=NOW)
        (page,) = WebPage().fetch(source(f"{platforms.url}/reviews"), doors)
        assert page == fetch(platforms, "/reviews")[0]
        with contextlib.suppress(SourceError):
            assert not next(iter(WebPage().fetch(source(f"{platforms.url}/deep"), doors))).parsed.reviews
        assert list(WebPage().fetch(source(f"{platforms.url}/reviews"), doors))
