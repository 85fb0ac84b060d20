"""Walks through the staff side, with and without JavaScript; every page, empty and filled, large and small."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reviews.storage import Storage, audit, clinics, groups, open_storage, people, review_lists, sources
from reviews.web.setup import issue_link
from tests.browser.staff_support import check, log_in, settings_at, staff_side
from tests.browser.vectors import VECTORS
from tests.conftest import NOW
from tests.ports import free_port
from tests.web.support import (
    PASSWORD,
    PASSWORD_HASH,
    FakeServices,
    World,
    a_preview,
    add_run,
    connect_yelp,
    make_review,
    make_world,
)

SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 320, "height": 640}}


@dataclass
class Side:
    url: str
    storage: Storage
    fakes: FakeServices
    link: str
    world: World | None = None


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Side]:
    """An installation that nobody owns yet."""
    settings = settings_at(free_port(), tmp_path)
    storage = open_storage(settings.database_url)
    storage.migrate(NOW)
    link = issue_link(storage, settings, NOW)
    assert link is not None
    fakes = FakeServices(found=a_preview())
    with staff_side(settings, storage, fakes) as url:
        yield Side(url, storage, fakes, link)
    storage.close()


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Side]:
    """An installation with two groups; its pages in every state that a small world has."""
    settings = settings_at(free_port(), tmp_path)
    storage = open_storage(settings.database_url)
    storage.migrate(NOW)
    world = make_world(storage, confirmed=False)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        world.mine["connected"] = connect_yelp(g, world.mine["clinic"]).public_id
        edited = make_review("a", stars=300, title="Marker title", text="Very kind, but I waited. مرحبا " * 30)
        add_run(
            g, page, [edited], outcome="partial", hint="Only {seen} reviews could be read.", hint_values={"seen": "4"}
        )
        empty = groups.add_group(tx, name="Empty", now=NOW)
        person = people.add_person(tx, email="eve@north.example.org", name="Eve", password_hash=PASSWORD_HASH, now=NOW)
        people.add_membership(tx.group(empty.id), person_id=person.id, role="owner", now=NOW)
    fakes = FakeServices(found=a_preview())
    with staff_side(settings, storage, fakes) as url:
        yield Side(url, storage, fakes, "", world)
    storage.close()


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def visitor(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=request.param == "with JavaScript")
    page = context.new_page()
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    yield page
    context.close()
    assert noise == []


@pytest.mark.statement("S1", "S8", "S53", "S55")
def test_from_the_set_up_link_to_a_hidden_review_and_a_new_page(fresh: Side, visitor: Page) -> None:
    page = visitor
    page.goto(fresh.link)
    page.get_by_label("Your name").fill("Olive Owner")
    page.get_by_label("E-mail address").fill("olive@north.example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name of your organisation").fill("North Clinics")
    page.get_by_label("Name of the clinic").fill("North Street Physiotherapy")
    page.get_by_label("Where it is").select_option(label="Ontario (Canada)")
    page.get_by_label("Time zone").select_option("America/Toronto")
    page.get_by_label("physiotherapist").check()
    page.get_by_role("button", name="Set up").click()

    expect(page.get_by_role("heading", name="Advertising rule", exact=True)).to_be_visible()
    expect(page.get_by_text("College of Physiotherapists of Ontario")).to_be_visible()
    page.get_by_label("I have read this rule").check()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status")).to_contain_text("Confirmed.")

    page.get_by_role("button", name="Log out").click()
    page.get_by_label("E-mail address").fill("olive@north.example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()

    page.get_by_role("link", name="Add a page", exact=True).click()
    page.get_by_label("Address of the page").fill("https://north.example.org/reviews")
    page.get_by_role("button", name="Test this page").click()
    expect(page.get_by_text("4.6 out of 5, 222 reviews")).to_be_visible()
    expect(page.get_by_text("Previewed words.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_text("Not read yet")).to_be_visible()

    with fresh.storage.write() as tx:
        g = tx.group(groups.find_groups(tx)[0].id)
        [source] = sources.find_sources(g)
        add_run(g, source, [make_review("a", title="A kind place"), make_review("b", stars=100, title="Too loud")])

    page.get_by_role("link", name="Inbox").click()
    page.get_by_role("link", name="Too loud").click()
    page.get_by_label("Off topic").check()
    page.get_by_role("button", name="Hide").click()
    expect(page.get_by_role("status")).to_contain_text("no longer shown on your website")
    expect(page.get_by_role("heading", name="Hidden from the website")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.get_by_role("listitem").filter(has_text="Too loud")).to_contain_text("Hidden from the website")


def paths(world: World) -> list[str]:
    ids = world.mine
    return [
        "/", "/inbox", "/inbox?stars=5&read=no", "/inbox?stars=1&language=fr", f"/reviews/{ids['review']}", "/sources",
        f"/sources/{ids['page']}", f"/sources/{ids['table']}", f"/imports/{ids['imported']}", "/sources/new",
        "/sources/new/page", "/sources/new/file", f"/uploads/{ids['upload']}", "/clinics", f"/clinics/{ids['clinic']}",
        f"/clinics/{ids['clinic']}/rule", "/clinics/new", "/settings/sessions",
        "/widgets", f"/widgets/{ids['widget']}", f"/widgets/{ids['widget']}/quotes",
        f"/widgets/{ids['widget']}/quotes/{ids['review']}", "/sources/new/yelp", "/sources/new/google_places",
        "/sources/new/google_business", f"/sources/{ids['connected']}", f"/sources/{ids['connected']}/connect",
        f"/sources/{ids['connected']}/disconnect",
    ]  # fmt: skip


EMPTY_PATHS = ["/", "/inbox", "/sources", "/sources/new/page", "/clinics", "/clinics/new", "/settings/sessions"]


@pytest.mark.statement("S8", "S35")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(filled: Side, browser: Browser, size: str, scheme: str) -> None:
    assert filled.world is not None
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{filled.url}/login")
    check(page)
    log_in(page, filled.url)
    for path in paths(filled.world):
        page.goto(filled.url + path)
        check(page)
    page.goto(f"{filled.url}/sources/new/page")
    page.get_by_label("Address of the page").fill("https://elm.example.org")
    with page.expect_navigation():
        page.get_by_role("button", name="Test this page").click()
    check(page)
    page.goto(f"{filled.url}/clinics/new")
    page.evaluate("document.querySelectorAll('[required]').forEach((e) => e.removeAttribute('required'))")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.context.clear_cookies()
    log_in(page, filled.url, "eve@north.example.org")
    for path in EMPTY_PATHS:
        page.goto(filled.url + path)
        check(page)
    context.close()


@pytest.mark.parametrize("size", SIZES)
def test_words_without_an_end_stay_in_their_boxes(filled: Side, browser: Browser, size: str) -> None:
    assert filled.world is not None
    endless = "Donaudampfschifffahrt" * 9
    with filled.storage.write() as tx:
        g = tx.group(filled.world.group_id)
        clinic = clinics.get_clinic_by_public_id(g, filled.world.mine["clinic"])
        clinics.update_clinic(g, clinic.id, now=NOW, name=endless, street=endless, website=f"https://{endless}.example")
        for source in sources.find_sources(g):
            sources.update_source(g, source.id, now=NOW, label=endless[:100])
        page_source = sources.get_source_by_public_id(g, filled.world.mine["page"])
        add_run(g, page_source, [make_review("z", title=endless, text=endless * 3, author=endless, days_ago=1)])
    context = browser.new_context(viewport=SIZES[size])  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, filled.url)
    wide = []
    for path in paths(filled.world):
        page.goto(filled.url + path)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(path)
    context.close()
    assert wide == []


@pytest.mark.parametrize("size", SIZES)
def test_set_up_and_refusals_are_accessible_too(fresh: Side, browser: Browser, size: str) -> None:
    context = browser.new_context(viewport=SIZES[size])  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(fresh.link)
    check(page)
    page.goto(f"{fresh.url}/nothing-here")
    check(page)
    context.close()


@pytest.mark.statement("S8")
def test_every_page_is_complete_in_french(filled: Side, browser: Browser) -> None:
    assert filled.world is not None
    with filled.storage.write() as tx:
        people.set_language(tx, filled.world.person_ids["owner@north.example.org"], "fr")
    context = browser.new_context(viewport=SIZES["phone"])  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, filled.url)
    for path in paths(filled.world):
        page.goto(filled.url + path)
        assert page.locator("html").get_attribute("lang") == "fr"
        check(page)
    context.close()


def test_opening_a_review_marks_it_as_read_and_that_can_be_taken_back(filled: Side, browser: Browser) -> None:
    assert filled.world is not None
    context = browser.new_context()
    page = context.new_page()
    log_in(page, filled.url)
    page.goto(f"{filled.url}/reviews/{filled.world.mine['review']}")
    expect(page.get_by_role("button", name="Mark as unread")).to_be_visible()
    page.goto(f"{filled.url}/inbox?read=no")
    expect(page.get_by_role("link", name="Marker title")).to_have_count(0)
    page.goto(f"{filled.url}/reviews/{filled.world.mine['review']}")
    page.get_by_role("button", name="Mark as unread").click()
    expect(page.get_by_role("button", name="Mark as read")).to_be_visible()
    context.close()


@pytest.mark.statement("T1", "T3")
def test_no_foreign_word_runs_even_where_the_policy_would_let_it(filled: Side, browser: Browser) -> None:
    assert filled.world is not None
    foreign = [
        make_review(f"v{n}", title=vector, text=f"{vector} {vector}", author=vector, reply=vector, days_ago=0)
        for n, vector in enumerate(VECTORS)
    ]
    with filled.storage.write() as tx:
        g = tx.group(filled.world.group_id)
        clinic = clinics.find_clinics(g)[0]
        clinics.update_clinic(g, clinic.id, now=NOW, name=VECTORS[4], street=VECTORS[3])
        page_source = sources.get_source_by_public_id(g, filled.world.mine["page"])
        sources.update_source(g, page_source.id, now=NOW, label=VECTORS[0])
        add_run(g, page_source, foreign, hint=VECTORS[3], outcome="partial")
        rows = review_lists.find_reviews(g, review_lists.ReviewFilters(), len(VECTORS)).rows
    context = browser.new_context(bypass_csp=True)
    context.add_init_script("window.hits = []; window.hit = (n) => { window.hits.push(n); };")
    page = context.new_page()
    log_in(page, filled.url)
    for path in [*paths(filled.world), *(f"/reviews/{row.public_id}" for row in rows)]:
        page.goto(filled.url + path)
        assert page.evaluate("window.hits") == [], path
    assert page.locator("article").first.locator(".text").text_content() == f"{rows[-1].text}"
    page.goto(f"{filled.url}/login")
    page.evaluate("document.querySelector('main').innerHTML = '<img src=x onerror=hit(1)>'")
    page.wait_for_function("window.hits.length === 1")
    context.close()


@pytest.mark.statement("S6")
def test_a_double_click_writes_once(filled: Side, browser: Browser) -> None:
    assert filled.world is not None
    context = browser.new_context()
    page = context.new_page()
    log_in(page, filled.url)
    page.goto(f"{filled.url}/sources/{filled.world.mine['page']}")
    page.get_by_role("button", name="Run now").dblclick()
    expect(page.get_by_role("status")).to_contain_text("The collector will read this source")
    with filled.storage.read() as tx:
        entries = audit.find_entries(tx.group(filled.world.group_id))
    assert [entry.action for entry in entries].count("source.run_asked") == 1
    context.close()


@pytest.mark.statement("S1")
def test_the_whole_list_works_by_keyboard(filled: Side, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    log_in(page, filled.url)
    page.goto(f"{filled.url}/inbox")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.closest('main') !== null")
    assert focused
    context.close()
