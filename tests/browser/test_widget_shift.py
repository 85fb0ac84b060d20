"""The snippet holds the widget's place: nothing moves when it is drawn, whatever the layout and the width."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from reviews.publish.boxes import BOXES
from reviews.publish.snippets import Measured, snippets
from reviews.web import hot
from tests.browser.conftest import CATALOGUE, Host, Service, shown
from tests.browser.layout_samples import full_view

WORDS = CATALOGUE.words("en")
MEASURE = hot.STATIC.parent / "measure.js"
SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
addEventListener("DOMContentLoaded", () => { window.before = document.querySelector("#after").offsetTop; });
"""
HOST_RULES = ("", "<style>img { max-width: 100%; height: auto }</style>")
WIDTHS = (320, 390, 768, 1200)


def measured(page: Page, service: Service, host: Host) -> dict[str, dict[str, Measured]]:
    """Heights by layout and size, measured by the script of the Widgets page."""
    host.pages["/measure.js"] = ({"Content-Type": "text/javascript"}, MEASURE.read_bytes())
    places = "".join(f'<div data-measure="elm-street" data-layout="{layout}"></div>' for layout in BOXES)
    listen = (
        "<script>window.found = {}; document.addEventListener('measured', (event) => {"
        "window.found[event.target.dataset.layout] = event.detail; });</script>"
    )
    script = f'<script src="{service.url}/widget/v1.js"></script><script src="/measure.js" defer></script>'
    page.goto(host.page(listen + places + script, path="/measure"))
    page.wait_for_function(f"() => Object.keys(window.found).length === {len(BOXES)}")
    found: dict[str, Any] = page.evaluate("() => window.found")
    return {
        layout: {size: Measured(whole=each["whole"], least=each["least"]) for size, each in sizes.items()}
        for layout, sizes in found.items()
    }


@pytest.mark.statement("W37", "P5")
def test_the_generated_snippet_moves_nothing(page: Page, context: BrowserContext, service: Service, host: Host) -> None:
    view = full_view(service.url)
    service.show(view)
    heights = measured(page, service, host)
    service.delays = {"poster": 0.4, "data": 0.3}
    pages = {layout: context.new_page() for layout in BOXES}
    found: dict[str, float] = {}
    moved: dict[str, tuple[float, float]] = {}
    for each in pages.values():
        each.add_init_script(SHIFTS)
    for width in WIDTHS:
        for rule in HOST_RULES:
            for layout, each in pages.items():
                body = snippets(view, WORDS, heights[layout], layout).element
                each.set_viewport_size({"width": width, "height": 900})
                address = host.page(body + '<p id="after">What follows.</p>', head=rule, path=f"/{layout}{width}")
                each.goto(address, wait_until="commit")
            for layout, each in pages.items():
                shown(each)
                each.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
                case = f"{layout} at {width}{' with the rule for pictures' if rule else ''}"
                found[case] = each.evaluate("() => window.shift")
                moved[case] = tuple(each.evaluate("() => [window.before, document.querySelector('#after').offsetTop]"))
    assert {case: value for case, value in found.items() if value >= 0.001} == {}
    assert {case: tops for case, tops in moved.items() if abs(tops[0] - tops[1]) > 1} == {}
    assert len(found) == 48


def test_without_a_reserved_box_the_same_measure_finds_a_shift(page: Page, service: Service, host: Host) -> None:
    service.show(full_view(service.url))
    service.delays = {"data": 0.3}
    page.add_init_script(SHIFTS)
    body = f'<clinic-reviews widget="elm-street"></clinic-reviews><script src="{service.url}/widget/v1.js"></script>'
    page.goto(host.page(body + '<p id="after">What follows.</p>'))
    shown(page)
    page.wait_for_function("() => window.shift > 0.01")
    assert page.evaluate("() => window.shift") > 0.01


@pytest.mark.statement("W37", "W50", "W60")
def test_the_reserved_box_wins_and_the_rest_is_one_press_away(
    page: Page, service: Service, host: Host, noise: list[str]
) -> None:
    view = full_view(service.url)
    service.show(view)
    page.set_viewport_size({"width": 1200, "height": 900})
    page.goto(host.page(snippets(view, WORDS, {"l": Measured(whole=560, least=420)}).element))
    element = shown(page)
    cards = element.locator("li.quote")
    visible = cards.filter(visible=True)
    first = visible.count()
    assert 1 <= first < 6
    assert element.evaluate("(e) => e.offsetHeight") <= 560 + 8
    more = element.get_by_role("button", name=f"Show more reviews ({6 - first})")
    expect(element.get_by_text(f"Shown: {first} of 41 reviews with text")).to_be_visible()
    more.focus()
    page.keyboard.press("Enter")
    expect(visible).to_have_count(6)
    expect(more).to_be_hidden()
    expect(cards.nth(first)).to_be_focused()
    expect(element.get_by_text("Shown: 6 of 41 reviews with text")).to_be_visible()


@pytest.mark.statement("W38")
@pytest.mark.parametrize(
    ("attributes", "head"), [('fit="off"', ""), ("", "<style>clinic-reviews { min-height: 300px }</style>")]
)
def test_it_grows_freely_where_the_page_wants_that(
    page: Page, service: Service, host: Host, attributes: str, head: str
) -> None:
    view = full_view(service.url)
    service.show(view)
    page.set_viewport_size({"width": 390, "height": 900})
    body = snippets(view, WORDS).element.replace("<clinic-reviews ", f"<clinic-reviews {attributes} ")
    page.goto(host.page(body, head=head))
    element = shown(page)
    expect(element.locator("li.quote").filter(visible=True)).to_have_count(6)
    assert element.evaluate("(e) => e.offsetHeight") > 620


@pytest.mark.statement("W37", "P5")
def test_below_the_fold_scrolling_moves_nothing(page: Page, service: Service, host: Host) -> None:
    view = full_view(service.url)
    service.show(view)
    service.delays = {"data": 0.3}
    page.add_init_script(SHIFTS)
    page.set_viewport_size({"width": 390, "height": 800})
    tall = '<div style="height: 2500px"></div>'
    heights = {"s": Measured(whole=900, least=834)}
    page.goto(host.page(tall + snippets(view, WORDS, heights).element + '<p id="after">After.</p>' + tall))
    shown(page, "waiting")
    for _ in range(12):
        page.mouse.wheel(0, 220)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.locator("#after").scroll_into_view_if_needed()
    shown(page)
    assert page.evaluate("() => window.shift") < 0.001
