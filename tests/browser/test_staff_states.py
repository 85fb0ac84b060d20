"""Each page of the staff side, full, empty and gone wrong: accessible, valid, and in the pictures of the documentation.

`REVIEWS_PICTURES=1` writes the pictures to docs/images: of each page one, with its four looks.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page

from reviews.collect.scoring import score_review
from reviews.config import Settings
from reviews.publish import refresh_clinic
from reviews.storage import Storage, clinics, groups, open_storage, people, scores, sources, summaries
from reviews.web import create_app
from reviews.web.hot import SnapshotLayer
from tests.browser.html_check import check_html
from tests.browser.staff_support import BOOK, CATALOGUE, check, log_in, serving_at, settings_at
from tests.browser.test_staff_daily import SAID, fill_daily
from tests.conftest import NOW, FakeClock
from tests.ports import free_port
from tests.web.support import (
    BASE,
    PASSWORD_HASH,
    SCORER,
    FakeServices,
    World,
    add_run,
    confirm,
    connect_yelp,
    get,
    make_review,
    make_world,
)
from tests.web.support import log_in as log_in_client

PICTURES = Path(__file__).parents[2] / "docs" / "images"
PAGES = {
    "today": "/", "inbox": "/inbox?open={first}", "review": "/reviews/{first}", "trends": "/trends",
    "clinics": "/clinics", "themes": "/themes", "widgets": "/widgets/{widget}", "reports": "/reports/{monthly}",
    "sources": "/sources", "settings": "/settings/people", "system": "/system",
}  # fmt: skip
"""The eleven pages, each with something on it."""
BEHIND = (
    "/inbox", "/inbox?stars=1&language=fr", "/inbox/views", "/clinics?order=cautious", "/clinics/{clinic}",
    "/clinics/{clinic}/rule", "/clinics/new", "/reports", "/reviews/{first}/reply", "/themes/waiting",
    "/themes/words", "/pairs", "/widgets", "/widgets/{widget}/quotes", "/sources/{page}", "/sources/{connected}",
    "/sources/{connected}/connect", "/sources/{connected}/disconnect",
    "/sources/{connected}/delete", "/clinics/{clinic}/delete", "/sources/new", "/sources/new/page",
    "/sources/new/file", "/sources/new/manual", "/sources/new/google_business", "/imports/{imported}",
    "/uploads/{upload}", "/settings/alerts", "/settings/alerts/new", "/settings/alerts/log", "/settings/channels/new",
    "/settings/api-keys", "/settings/audit", "/settings/organisation", "/settings/privacy",
    "/settings/branding", "/settings/replies", "/settings/sessions", "/settings/second-factor", "/system/groups",
)  # fmt: skip
"""The pages behind them."""
EMPTY = {
    "today": "/", "inbox": "/inbox", "trends": "/trends", "clinics": "/clinics", "themes": "/themes",
    "widgets": "/widgets", "reports": "/reports", "sources": "/sources", "settings": "/settings/people",
}  # fmt: skip
"""Where nothing is yet: no clinic, no source, no review."""
NOT_THERE, FAILS, NOT_ALLOWED = "/reviews/not-there", "/inbox/recent", "/settings/people"
OWNER, VIEWER, NEWCOMER = "owner@north.example.org", "viewer@north.example.org", "eve@new.example.org"
SIZES: Mapping[str, Any] = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 320, "height": 640}}
LOOKS = (("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark"))
HIDE_FOLDER = """(folder) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replaceAll(folder, "/srv/reviews");
}"""
HEIGHT, GAP, QUALITY = 400, 8, 56
"""Of a picture in pixels, and of its JPEG in percent."""


@dataclass
class Rooms:
    """The running staff side: a full group, a group with nothing in it, and a page that fails; `app` for clients."""

    app: Flask
    url: str
    world: World
    folder: Path


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Rooms]:
    settings = settings_at(free_port(), tmp_path)
    storage = open_storage(settings.database_url)
    storage.migrate(NOW)
    world = make_world(storage)
    fill_daily(storage, world)
    fill_more(storage, world)
    finish(settings, storage, world)
    layer = SnapshotLayer(make_app(settings, storage), storage, settings, FakeClock())
    with serving_at(layer, settings.port) as url:
        yield Rooms(make_app(replace(settings, base_url=BASE), storage), url, world, tmp_path)
    layer.close()
    storage.close()


def make_app(settings: Settings, storage: Storage) -> Flask:
    """The application, with a page that fails."""
    app = create_app(
        settings, storage, clock=FakeClock(), book=BOOK, catalogue=CATALOGUE, services=FakeServices().services()
    )

    def fail() -> str:
        raise RuntimeError("as a fault of ours would")

    app.view_functions["dashboard.recent_actions"] = fail
    return app


def fill_more(storage: Storage, world: World) -> None:
    """A second clinic to compare, a source that is refused, an operator, and a person whose group is empty."""
    with storage.write() as tx:
        g = tx.group(world.group_id)
        oak = clinics.add_clinic(
            g, slug="oak", name="Oak Lane Dental", now=NOW, locality="Guelph", country="CA",
            time_zone="America/Toronto", jurisdiction="CA-ON", professions=("dentist",),
        )  # fmt: skip
        confirm(g, oak)
        cards = sources.add_source(
            g,
            clinic_id=oak.id,
            kind="csv_file",
            label="Comment cards",
            url="",
            origin="first_party",
            config={},
            now=NOW,
        )
        found = [
            make_review(f"oak{n}", author=SAID[n % 6][0], stars=500, text=SAID[n % 6][2], days_ago=9 * n + 2)
            for n in range(12)
        ]
        add_run(g, cards, found)
        summaries.refresh_months(g, oak.id)
        yelp = connect_yelp(g, world.mine["clinic"])
        hint = "Yelp no longer accepts our key. Please connect it again."
        add_run(g, yelp, [], outcome="unauthorized", hint=hint, success=False)
        sources.update_source(g, yelp.id, now=NOW, state="needs_person")
        world.mine["connected"] = yelp.public_id
        empty = groups.add_group(tx, name="New Clinics", now=NOW)
        person = people.add_person(tx, email=NEWCOMER, name="Eve New", password_hash=PASSWORD_HASH, now=NOW)
        people.add_membership(tx.group(empty.id), person_id=person.id, role="owner", now=NOW)
    with storage.session(writable=True) as session:
        owner = {"id": world.person_ids[OWNER]}
        session.execute("UPDATE people SET is_operator = 1 WHERE id = :id", owner)


def finish(settings: Settings, storage: Storage, world: World) -> None:
    """What the worker does: read the texts, and publish."""
    with storage.write() as tx:
        pending, _ = scores.find_pending(tx, SCORER.name, 200)
        scores.save_scores(tx, [score_review(SCORER, each) for each in pending])
        for clinic in (found := clinics.find_clinics(tx.group(world.group_id))):
            summaries.refresh_months(tx.group(world.group_id), clinic.id)
    for clinic in found:
        refresh_clinic(storage, settings, BOOK, CATALOGUE, world.group_id, clinic.id, NOW)


@pytest.mark.statement("S8")
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_what_is_compared_empty_or_gone_wrong_is_accessible_and_fits(
    rooms: Rooms, browser: Browser, size: str, scheme: Any
) -> None:
    visits = {
        OWNER: (
            *("/clinics", "/clinics?order=cautious", "/sources/{connected}", NOT_THERE, FAILS),
            *("/settings/privacy", "/settings/branding", "/clinics/{clinic}/delete"),
        ),
        VIEWER: (NOT_ALLOWED,),
        NEWCOMER: tuple(EMPTY.values()),
    }
    for email, paths in visits.items():
        context = browser.new_context(viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce")
        page = context.new_page()
        log_in(page, rooms.url, email)
        for path in paths:
            page.goto(rooms.url + path.format(**rooms.world.mine))
            check(page)
        context.close()


@pytest.mark.statement("S8")
def test_the_checker_finds_no_fault_in_any_page_of_the_staff_side(rooms: Rooms) -> None:
    full = [*PAGES.values(), *BEHIND, FAILS, NOT_THERE]
    found: dict[str, str] = {}
    for language in ("en", "fr"):
        with rooms.world.storage.write() as tx:
            people.set_language(tx, rooms.world.person_ids[OWNER], language)
        for email, paths in ((OWNER, full), (VIEWER, [NOT_ALLOWED]), (NEWCOMER, list(EMPTY.values()))):
            client = log_in_client(rooms.app, email)
            for path in paths:
                answer = get(client, path.format(**rooms.world.mine))
                assert answer.status_code == expected(email, path), path
                found[f"{email} {language} {path}"] = answer.get_data(as_text=True)
    assert check_html(found) == []


def expected(email: str, path: str) -> int:
    wrong = {NOT_THERE: 404, FAILS: 500, NOT_ALLOWED: 403 if email == VIEWER else 200}
    return wrong.get(path, 200)


def test_each_page_has_its_picture_with_four_looks(rooms: Rooms, browser: Browser, tmp_path: Path) -> None:
    """One page without REVIEWS_PICTURES, to see that it works; else all of them, into the documentation."""
    is_asked = bool(os.environ.get("REVIEWS_PICTURES"))
    folder = PICTURES if is_asked else tmp_path
    pages = PAGES if is_asked else {"clinics": PAGES["clinics"]}
    owner = sign_in(browser, rooms, OWNER)
    for name, path in pages.items():
        looks = [look(owner, rooms, path, *each) for each in LOOKS]
        draw(looks, folder / f"staff-{name}.jpg")
    if is_asked:
        newcomer, viewer = sign_in(browser, rooms, NEWCOMER), sign_in(browser, rooms, VIEWER)
        for size, scheme in (("desktop", "light"), ("phone", "dark")):
            empty = [look(newcomer, rooms, path, size, scheme) for path in EMPTY.values()]
            draw(empty, folder / f"staff-empty-{size}.jpg", columns=3 if size == "desktop" else 5)
            wrong = [look(owner, rooms, path, size, scheme) for path in (NOT_THERE, FAILS, "/sources/{connected}")]
            wrong.append(look(viewer, rooms, NOT_ALLOWED, size, scheme))
            draw(wrong, folder / f"staff-wrong-{size}.jpg", columns=2 if size == "desktop" else 4)
    assert (folder / "staff-clinics.jpg").stat().st_size < 150_000


def sign_in(browser: Browser, rooms: Rooms, email: str) -> Page:
    """A page of somebody who is logged in."""
    page = browser.new_context(reduced_motion="reduce").new_page()
    log_in(page, rooms.url, email)
    return page


def look(page: Page, rooms: Rooms, path: str, size: str, scheme: Any) -> Image.Image:
    """How an address looks, as large as it stands in a picture."""
    page.set_viewport_size(SIZES[size])
    page.emulate_media(color_scheme=scheme)
    page.goto(rooms.url + path.format(**rooms.world.mine))
    page.evaluate(HIDE_FOLDER, str(rooms.folder))
    with Image.open(BytesIO(page.screenshot())) as taken:
        shown = taken.convert("RGB").resize(
            (round(taken.width * HEIGHT / taken.height), HEIGHT), Image.Resampling.LANCZOS
        )
    return shown


def draw(looks: Sequence[Image.Image], path: Path, columns: int = 0) -> None:
    """Put pictures beside and below each other."""
    columns = columns or len(looks)
    rows = [looks[start : start + columns] for start in range(0, len(looks), columns)]
    width = max(sum(each.width + GAP for each in row) for row in rows) + GAP
    sheet = Image.new("RGB", (width, len(rows) * (HEIGHT + GAP) + GAP), (128, 134, 139))
    for number, row in enumerate(rows):
        left = GAP
        for each in row:
            sheet.paste(each, (left, GAP + number * (HEIGHT + GAP)))
            left += each.width + GAP
    sheet.save(path, quality=QUALITY, optimize=True, progressive=True)
