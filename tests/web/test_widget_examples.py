"""The example clinics' websites: our own readers find in them what their data says, and behave as sites do."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from examples.site import CLINICS, FOLDER, create_site
from reviews.markup import parse_page
from reviews.model import ParsedPage
from reviews.sources.example_api import parse_listing, parse_reviews
from reviews.sources.registry import CONNECTORS

SITE = "http://127.0.0.1:8001"
SERVICE = "http://127.0.0.1:8000"


def ask(path: str, folder: Path = FOLDER, method: str = "GET", **environ: str) -> tuple[int, dict[str, str], bytes]:
    found: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        found.update(status=int(status[:3]), headers=dict(headers))

    path, _, query = path.partition("?")
    given = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1:8001"}
    body = b"".join(create_site(SERVICE, folder)({**given, **environ}, start_response))
    return found["status"], found["headers"], body


def read_all(path: str) -> list[ParsedPage]:
    pages, url = [], SITE + path
    while url:
        status, _, body = ask(url.removeprefix(SITE))
        assert status == 200
        pages.append(parse_page(body, url, "utf-8"))
        url = pages[-1].next_url or ""
    return pages


@pytest.mark.parametrize(
    ("slug", "path", "pages", "average", "count"),
    [("harbour-lane", "/reviews/", 3, "4.6", "222"), ("vieux-pont", "/vieux-pont/avis/", 1, "4,8", "57")],
)
def test_our_reader_finds_all_that_the_data_says(slug: str, path: str, pages: int, average: str, count: str) -> None:
    data = json.loads((FOLDER / slug / "reviews.json").read_text(encoding="utf-8"))["reviews"]
    clinic = json.loads((FOLDER / slug / "clinic.json").read_text(encoding="utf-8"))
    found = read_all(path)
    assert len(found) == pages
    reviews = [review for page in found for review in page.reviews]
    assert [(r.author, r.text or "") for r in reviews] == [(d["author"], d["text"]) for d in data]
    assert [r.rating.value if r.rating else None for r in reviews] == [str(d["rating"]) for d in data]
    assert [r.reply.text if r.reply else None for r in reviews] == [d.get("reply", {}).get("text") for d in data]
    assert [page.rejects for page in found] == [()] * pages
    total, business = found[0].totals[0], found[0].businesses[0]
    assert (total.average, total.review_count) == (average, count)
    assert (business.name, business.street, business.postal_code, business.telephone) == (
        clinic["name"],
        clinic["street"],
        clinic["postal_code"],
        clinic["telephone"],
    )


def test_the_invented_platform_speaks_its_api() -> None:
    key = {"HTTP_AUTHORIZATION": "Bearer demo-token"}
    listing = parse_listing(ask("/api/v1/listings/alder-street", **key)[2])
    assert (listing.totals[0].average, listing.totals[0].rating_count) == ("4.8", "131")
    assert listing.totals[0].url == f"{SITE}/api/listings/alder-street"
    assert ask("/api/listings/alder-street")[0] == 200
    found, token = [], ""
    while token is not None:
        page = parse_reviews(ask(f"/api/v1/listings/alder-street/reviews?page_token={token or 0}", **key)[2])
        found += page.reviews
        token = page.next_url  # type: ignore[assignment]
    assert len(found) == 7
    assert len({review.external_id for review in found}) == 7
    assert ask("/api/v1/listings/alder-street")[0] == 401
    assert ask("/api/v1/listings/nobody", **key)[0] == 404
    assert ask("/api/v1/listings/alder-street/reviews?page_token=x", **key)[0] == 400


def test_every_page_embeds_the_widget_as_it_is_pasted_and_allows_nothing_more() -> None:
    for slug, path in zip(CLINICS, ("/", "/vieux-pont/", "/alder-street/"), strict=True):
        status, headers, body = ask(path)
        assert status == 200
        assert f'<clinic-reviews widget="{slug}">' in body.decode()
        assert f'<script src="{SERVICE}/widget/v1.js" async></script>' in body.decode()
        policy = headers["Content-Security-Policy"]
        assert f"script-src {SERVICE}; connect-src {SERVICE};" in policy
        assert "unsafe" not in policy


def test_it_answers_conditional_requests_and_lets_robots_in() -> None:
    _, headers, body = ask("/reviews/")
    status, _, empty = ask("/reviews/", HTTP_IF_NONE_MATCH=headers["ETag"])
    assert (status, empty) == (304, b"")
    assert ask("/reviews/", method="HEAD")[2] == b""
    assert b"Allow: /" in ask("/robots.txt")[2]
    assert body
    for missing in ("/reviews/99/", "/reviews/x/", "/nothing", "/../pyproject.toml", "/reviews/0/"):
        assert ask(missing)[0] == 404, missing


def test_a_changed_file_is_a_changed_page(tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "examples"
    shutil.copytree(FOLDER, folder)
    before = ask("/reviews/", folder)
    file = folder / "harbour-lane" / "reviews.json"
    file.write_text(file.read_text(encoding="utf-8").replace("I came in sideways", "I walked in sideways"))
    after = ask("/reviews/", folder, HTTP_IF_NONE_MATCH=before[1]["ETag"])
    assert after[0] == 200
    assert b"I walked in sideways" in after[2]


def test_the_declared_demo_matches_the_websites() -> None:
    declared = tomllib.loads((FOLDER / "demo.toml").read_text(encoding="utf-8"))
    assert declared["group"]["demo"] is True
    assert [clinic["slug"] for clinic in declared["clinics"]] == list(CLINICS)
    for clinic in declared["clinics"]:
        shown = json.loads((FOLDER / clinic["slug"] / "clinic.json").read_text(encoding="utf-8"))
        for name in ("name", "street", "locality", "postal_code", "country", "telephone", "language"):
            assert clinic.get(name, "") == shown[name]
        assert clinic["confirmed_by"]
        for source in clinic["sources"]:
            assert source["kind"] in CONNECTORS
            assert source["url"].startswith(SITE)
