"""The daily work in a real browser: by keys alone, without JavaScript, on a phone, on paper."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reviews.publish.report import gather
from reviews.reputation.report import RECIPE
from reviews.storage import Storage, clinics, open_storage, reports, review_lists, sources, summaries, trends, work
from reviews.storage.review_lists import ReviewFilters
from tests.browser.staff_support import check, log_in, settings_at, staff_side
from tests.browser.test_staff import Side
from tests.conftest import NOW
from tests.ports import free_port
from tests.web.support import FakeServices, World, add_run, make_review, make_world

LARGE = {"width": 1440, "height": 900}
PHONE = {"width": 320, "height": 640}
SAID = (
    ("Nora Quist", 100, "I waited an hour and nobody said why. The receptionist was short with me."),
    ("Emil Saar", 500, "Kind people, bright rooms, and the exercises helped within two weeks."),
    ("Iris Bell", 400, "Parking is difficult, but they explained every step and took their time with my knee."),
    ("Luc Morel", 500, "Équipe très gentille, j’ai été bien accueilli."),
    ("Tom Vane", 200, "The bill was twice what I had been told. I called three times."),
    ("Ada Lind", 450, "Short and to the point. I would come again."),
)


@pytest.fixture
def daily(tmp_path: Path) -> Iterator[Side]:
    """A group with work to do, figures of some months and a report."""
    settings = settings_at(free_port(), tmp_path)
    storage = open_storage(settings.database_url)
    storage.migrate(NOW)
    world = make_world(storage)
    fill_daily(storage, world)
    with staff_side(settings, storage, FakeServices()) as url:
        yield Side(url, storage, FakeServices(), "", world)
    storage.close()


def fill_daily(storage: Storage, world: World) -> None:
    """Forty reviews, one of them being worked on, figures of some months, and the report of October."""
    with storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        found = [
            make_review(
                f"n{n}", author=SAID[n % 6][0], stars=SAID[n % 6][1], text=SAID[n % 6][2], days_ago=4 * n + 1,
                language="fr" if n % 6 == 3 else "en", reply="Thank you for your words." if n % 4 == 1 else None,
            )
            for n in range(40)
        ]  # fmt: skip
        add_run(g, page, found, now=NOW - timedelta(minutes=4))
        first = review_lists.find_reviews(g, ReviewFilters(), 1).rows[0]
        editor = world.person_ids["editor@north.example.org"]
        work.set_work(g, first, "open", NOW, assignee_id=editor, due_at=NOW + timedelta(hours=5))
        work.add_tags(g, first.id, ["waiting times"])
        work.add_note(g, first.id, person_id=editor, text="The front desk knows; I write today.", now=NOW)
        for clinic in clinics.find_clinics(g):
            summaries.refresh_months(g, clinic.id)
        trends.add_annotation(g, clinic_id=None, day="2026-08-03", text="New receptionist", person_id=editor, now=NOW)
        world.mine["first"] = first.public_id
        world.mine["monthly"] = reports.add_report(
            g, clinic_id=None, month="2026-10", recipe=RECIPE, inputs=gather(g, "2026-10", None, NOW), person_id=None,
            now=NOW,
        )  # fmt: skip


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('[data-id]')?.dataset.id ?? document.activeElement.id"))


@pytest.mark.statement("S33", "S34", "S30", "S32")
def test_the_inbox_is_worked_by_keys_alone(daily: Side, browser: Browser) -> None:
    assert daily.world is not None
    context = browser.new_context(viewport=LARGE)  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, daily.url)
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url(f"{daily.url}/inbox")
    ids = page.locator("#rows > li").evaluate_all("rows => rows.map((row) => row.dataset.id)")
    assert page.locator("#rows a.go[tabindex='0']").count() == 1
    page.keyboard.press("j")
    assert focused(page) == ids[0]
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert focused(page) == ids[1]
    assert page.locator("#rows a.go[tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    expect(page.locator("#pane article")).to_have_attribute("data-id", ids[1])
    expect(page.locator("#pane").get_by_role("button", name="Mark as unread")).to_be_visible()
    page.keyboard.press("e")
    expect(page.locator("#pane .badge").filter(has_text="Closed").first).to_be_visible()
    page.wait_for_url("**open=**")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-selected]")).to_have_text("2")
    page.keyboard.press("/")
    page.keyboard.type("jeux")
    expect(page.locator("#q")).to_have_value("jeux")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Switch single keys off").click()
    expect(page.get_by_role("status").filter(has_text="Single keys do nothing")).to_be_visible()
    page.keyboard.press("j")
    assert focused(page) not in ids
    context.close()


@pytest.mark.statement("S1", "S30")
def test_several_are_closed_and_taken_back_without_javascript(daily: Side, browser: Browser) -> None:
    assert daily.world is not None
    context = browser.new_context(java_script_enabled=False, viewport=LARGE)  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, daily.url)
    page.get_by_role("link", name="Inbox", exact=True).click()
    page.get_by_role("link", name="Needs reply").click()
    before = page.locator("#rows > li").count()
    page.get_by_role("checkbox", name="Select the review by Emil Saar").first.check()
    page.get_by_role("checkbox", name="Select the review by Tom Vane").first.check()
    page.get_by_text("With the selected ones").click()
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_text("2 reviews closed.")).to_be_visible()
    assert page.locator("#rows > li").count() == before - 2
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back, where nobody")).to_be_visible()
    assert page.locator("#rows > li").count() == before
    page.locator("#rows a.go").first.click()
    page.get_by_label("New note").fill("Done without a script.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_text("Done without a script.")).to_be_visible()
    context.close()


def paths(side: Side) -> dict[str, str]:
    assert side.world is not None
    ids = side.world.mine
    return {
        "today": "/",
        "inbox": f"/inbox?open={ids['first']}",
        "review": f"/reviews/{ids['first']}",
        "trends": "/trends",
        "reports": "/reports",
        "report": f"/reports/{ids['monthly']}",
        "views": "/inbox/views?stars=5",
        "recent": "/inbox/recent",
        "nothing": "/inbox?stars=1&language=fr",
        "error": "/reviews/not-there",
    }


@pytest.mark.statement("S8", "S35", "S36")
def test_every_page_of_the_daily_work_is_accessible_fits_and_prints(daily: Side, browser: Browser) -> None:
    for size, scheme in ((LARGE, "light"), (PHONE, "dark")):
        context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page = context.new_page()
        log_in(page, daily.url)
        for path in paths(daily).values():
            page.goto(daily.url + path)
            check(page)
        page.emulate_media(media="print")
        page.goto(daily.url + paths(daily)["report"])
        for hidden in (".nav", ".bar", "#share", "button"):
            assert page.locator(hidden).filter(visible=True).count() == 0, hidden
        assert page.locator("article.report").is_visible()
        context.close()


@pytest.mark.statement("S35")
def test_a_phone_has_a_bar_with_more_and_filters_in_a_dialog(daily: Side, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, daily.url)
    bar = page.locator(".bar")
    assert [text.strip() for text in bar.locator("> ul > li > a").all_inner_texts()] == ["Today", "Inbox", "Widgets"]
    boxes = [box for link in bar.locator("> ul > li").all() if (box := link.bounding_box())]
    assert all(box["height"] >= 44 and box["width"] >= 44 for box in boxes)
    bar.get_by_text("More").click()
    bar.get_by_role("link", name="Trends").click()
    expect(page.get_by_role("heading", name="Trends", exact=True)).to_be_visible()
    page.goto(f"{daily.url}/inbox")
    page.locator(".filters summary").click()
    dialog = page.get_by_role("dialog", name="Filter")
    expect(dialog).to_be_visible()
    check(page)
    dialog.get_by_label("1 ★").check()
    dialog.get_by_role("button", name="Show").click()
    page.wait_for_url("**stars=1**")
    expect(page.get_by_role("list", name="Active filters")).to_contain_text("1 star")
    context.close()
