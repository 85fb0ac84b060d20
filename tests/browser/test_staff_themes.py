"""Themes and the group's own words in a real browser: none, one and many, wide and narrow, without a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reviews.model import OwnEntry
from reviews.storage import lexicon, open_storage, sources
from tests.browser.staff_support import check, log_in, settings_at, staff_side
from tests.browser.test_staff import Side
from tests.browser.test_staff_daily import LARGE, PHONE, SAID
from tests.conftest import NOW
from tests.ports import free_port
from tests.web.support import FakeServices, add_run, make_review, make_world
from tests.web.test_staff_themes import read_all

LONG = "incomprehensibilities-of-the-appointment-system"


@pytest.fixture
def side(tmp_path: Path) -> Iterator[Side]:
    """A group with a source of many reviews, one of one and one of none; all are read."""
    settings = settings_at(free_port(), tmp_path)
    storage = open_storage(settings.database_url)
    storage.migrate(NOW)
    world = make_world(storage)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        found = [
            make_review(f"m{n}", author=SAID[n % 6][0], stars=SAID[n % 6][1], text=SAID[n % 6][2], days_ago=4 * n + 1)
            for n in range(40)
        ]
        add_run(g, page, found)
        for name in ("none", "one"):
            source = sources.add_source(
                g, clinic_id=page.clinic_id, kind="web_page", label=f"List of {name}",
                url=f"https://{name}.example.org/", origin="own_site", config={}, now=NOW,
            )  # fmt: skip
            world.mine[name] = source.public_id
            if name == "one":
                add_run(g, source, [make_review("o1", text="I waited an hour.", stars=200, days_ago=3)])
    read_all(storage)
    with staff_side(settings, storage, FakeServices()) as url:
        yield Side(url, storage, FakeServices(), "", world)
    storage.close()


def put_words(side: Side, count: int) -> None:
    assert side.world is not None
    with side.storage.write() as tx:
        for number in range(count):
            entry = OwnEntry(
                kind="words", language="en", term=f"{LONG}{number}", points=-1.5, leaning="complaint", topic="",
                reason="said of our former telephone system",
            )  # fmt: skip
            lexicon.put_entry(tx.group(side.world.group_id), entry, person_id=None, now=NOW)
    read_all(side.storage)


def look(page: Page, side: Side, paths: list[str]) -> None:
    """Every page passes its checks, wide and narrow."""
    for path in paths:
        for size in (LARGE, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.goto(f"{side.url}{path}")
            check(page)


def test_themes_and_words_are_for_everybody_with_none_one_and_many(side: Side, browser: Browser) -> None:
    assert side.world is not None
    context = browser.new_context()
    page = context.new_page()
    log_in(page, side.url)
    none, one = (f"?period=90&source={side.world.mine[name]}" for name in ("none", "one"))
    narrow = [f"/themes{which}{query}" for query in (none, one) for which in ("", "/waiting")]
    look(page, side, [*narrow, "/themes?period=365", "/themes/staff?period=365", "/themes/words"])
    put_words(side, 1)
    look(page, side, ["/themes/words?look=rude"])
    put_words(side, 40)
    look(page, side, ["/themes/words"])
    assert page.locator("th[scope=row]", has_text=LONG).count() == 40
    context.close()


def test_a_word_is_tried_and_saved_without_javascript(side: Side, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, side.url)
    page.goto(f"{side.url}/themes")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    entry = "kind=words&language=en&term=parking&points=-2&leaning=complaint&topic=&reason=ours"
    page.goto(f"{side.url}/themes/words/try?{entry}")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/themes/words?done=words-saved")
    expect(page.get_by_text("parking", exact=True).first).to_be_visible()
    context.close()
