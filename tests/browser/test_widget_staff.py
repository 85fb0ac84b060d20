"""The staff's pages of a widget in Chromium: heights measured into the snippet, a quote chosen, a website checked."""

import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from reviews.publish import refresh_clinic
from reviews.publish.embed_check import Fault
from reviews.storage import clinics, open_storage
from tests.browser.html_check import check_html
from tests.browser.staff_support import BOOK, CATALOGUE, check, log_in, settings_at, staff_side
from tests.ports import free_port
from tests.web.support import NOW, FakeServices, World, make_world

HEIGHTS = re.compile(r'poster-\w[^"]*" width="\d+" height="(\d+)"')
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def side(tmp_path: Path) -> Iterator[tuple[str, World, FakeServices]]:
    settings = settings_at(free_port(), tmp_path)
    storage = open_storage(settings.database_url)
    storage.migrate(NOW)
    world, fakes = make_world(storage), FakeServices()
    with storage.read() as tx:
        clinic_id = clinics.find_clinics(tx.group(world.group_id))[0].id
    refresh_clinic(storage, settings, BOOK, CATALOGUE, world.group_id, clinic_id, NOW)
    with staff_side(settings, storage, fakes) as url:
        yield url, world, fakes
    storage.close()


def look(page: Page, name: str, pages: dict[str, str]) -> None:
    """All that every page must be, and its text for the checker; a picture where REVIEWS_LOOK names a folder."""
    check(page)
    pages[name] = page.evaluate("async () => (await fetch(location.href)).text()")
    if folder := os.environ.get("REVIEWS_LOOK"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.statement("W1", "W61", "W71")
def test_from_the_snippet_to_a_chosen_quote(page: Page, side: tuple[str, World, FakeServices]) -> None:
    url, world, fakes = side
    noise: list[str] = []
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("console", lambda message: noise.append(message.text))
    pages: dict[str, str] = {}
    log_in(page, url)
    page.goto(f"{url}/widgets/{world.mine['widget']}")
    sent = unescape(page.evaluate("async () => (await fetch(location.href)).text()"))
    before = HEIGHTS.findall(sent)
    element = page.locator("#element")
    page.wait_for_function("(text) => !text.includes(document.querySelector('#element').textContent)", arg=sent)
    heights = HEIGHTS.findall(element.text_content() or "")
    assert len(heights) == len(before) == 3
    assert heights != before
    assert page.locator("body > div clinic-reviews").count() == 0
    look(page, "widget", pages)

    with page.expect_navigation():
        page.get_by_role("link", name="Choose quotes").click()
    look(page, "quotes", pages)
    page.get_by_role("region", name="The newest that you could choose").get_by_role("link").first.click()
    page.get_by_label("It is published under this address").check()
    page.get_by_label("Address, or where the paper is kept").fill("https://north.example.org/reviews#1")
    page.get_by_label("the name").check()
    page.get_by_label("I have read the whole review.").check()
    look(page, "quote", pages)
    page.get_by_role("button", name="Choose it", exact=True).click()
    chosen = page.get_by_role("region", name="Chosen by hand")
    expect(chosen.get_by_text("https://north.example.org/reviews#1")).to_be_visible()
    page.get_by_label("Reviews that we choose by hand").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    look(page, "chosen", pages)
    chosen.get_by_role("button", name="Choose it no longer").click()
    expect(chosen.get_by_text("Nobody has chosen a review yet.")).to_be_visible()

    fakes.website = [
        Fault("ok", "", kind="found", about="element"),
        Fault("problem", "", kind="directive", about="connect-src"),
        Fault("warning", "", f"script-src {url}; connect-src {url}; img-src {url}", "line"),
    ]
    page.goto(f"{url}/widgets/{world.mine['widget']}")
    page.get_by_label("Address of the page on which it stands").fill("https://north.example.org/")
    page.get_by_role("button", name="Check this page").click()
    expect(page.get_by_text("connect-src must name our address")).to_be_visible()
    check(page)
    if folder := os.environ.get("REVIEWS_LOOK"):
        page.screenshot(path=f"{folder}/check.png", full_page=True)
    assert noise == []
    assert check_html(pages) == []
