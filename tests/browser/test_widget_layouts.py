"""The six layouts in Chromium: what each shows, in which order, how wide, by keyboard, in themes, in print."""

import os
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from reviews.publish.boxes import BOXES
from tests.browser.conftest import Host, Service, shown, snippet
from tests.browser.layout_samples import full_view
from tests.browser.test_widget_pages import AXE, HOSTS

LAYOUTS = tuple(BOXES)
PICTURES = Path(__file__).parents[2] / "docs" / "images"
FONT = """<style>body { font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; margin: 16px }
    .what { font: 12px/1 "DejaVu Sans Mono", monospace; color: #767676; margin: 0 0 12px }</style>"""


def put(page: Page, **attributes: str) -> Any:
    """Change attributes of the element; the element once it is drawn again."""
    element = page.locator("clinic-reviews").first
    element.evaluate(
        """(element, wanted) => {
            for (const name in wanted) element.setAttribute(name.replace("_", "-"), wanted[name]);
        }""",
        attributes,
    )
    return shown(page)


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


@pytest.mark.statement("W49", "W48", "W53", "W6")
@pytest.mark.parametrize("kind", sorted(HOSTS))
def test_axe_finds_nothing_in_six_layouts_under_two_system_settings(
    page: Page, service: Service, host: Host, kind: str
) -> None:
    service.show(full_view(service.url))
    page.goto(host.page(snippet(service, 'heading-level="2"'), head=HOSTS[kind]))
    runs = 0
    for system, width in (("light", 1200), ("dark", 390)):
        page.emulate_media(color_scheme=system)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        for layout in LAYOUTS:
            element = put(page, layout=layout)
            for each in element.get_by_role("button", name="View All").all():
                each.click()
            assert faults(page) == [], (system, layout)
            runs += 1
    assert runs == 12


@pytest.mark.statement("W49")
def test_axe_sees_a_label_that_is_missing_in_a_carousel(page: Page, service: Service, host: Host) -> None:
    service.show(full_view(service.url))
    page.goto(host.page(snippet(service, 'layout="carousel"')))
    shown(page).locator("svg.stars").nth(2).evaluate("(svg) => svg.removeAttribute('aria-label')")
    assert [each.split(":")[0] for each in faults(page)] == ["svg-img-alt"]


@pytest.mark.statement("W48", "W52")
@pytest.mark.parametrize(
    ("theme", "ground", "text", "star"),
    [
        ("light", "rgb(255, 255, 255)", "rgb(26, 26, 26)", "rgb(180, 83, 9)"),
        ("dark", "rgb(18, 18, 18)", "rgb(237, 237, 237)", "rgb(245, 158, 11)"),
    ],
)
def test_light_and_dark_paint_their_own_ground_on_any_host(
    page: Page, service: Service, host: Host, theme: str, ground: str, text: str, star: str
) -> None:
    service.show(full_view(service.url))
    opposite = HOSTS["dark"] if theme == "light" else HOSTS["white"]
    page.goto(host.page(snippet(service, f'theme="{theme}"'), head=opposite))
    section = shown(page).locator("section")
    expect(section).to_have_css("background-color", ground)
    expect(section).to_have_css("color", text)
    expect(section.locator(".on").first).to_have_css("fill", star)
    expect(section.locator(".off").first).to_have_css("fill", "rgb(148, 148, 148)")
    assert faults(page) == []
    put(page, theme="auto")
    expect(page.locator("section")).to_have_css("background-color", "rgba(0, 0, 0, 0)")


TOKENS = """<style>clinic-reviews {
    --cr-text: rgb(1, 2, 3); --cr-bg: rgb(250, 251, 252); --cr-star: rgb(4, 5, 6); --cr-star-off: rgb(7, 8, 9);
    --cr-border: rgb(10, 11, 12); --cr-radius: 3px; --cr-gap: 7px; --cr-columns: 3; --cr-font: monospace;
    --cr-muted: rgb(16, 17, 18); --cr-focus: rgb(13, 14, 15) }
    clinic-reviews::part(author) { letter-spacing: 3px } clinic-reviews::part(card) { outline: 1px solid }
    clinic-reviews::part(disclosure), clinic-reviews::part(small) { display: none }</style>"""


@pytest.mark.statement("W60")
def test_tokens_and_parts_change_the_looks_but_never_the_disclosure(page: Page, service: Service, host: Host) -> None:
    service.show(full_view(service.url))
    page.goto(host.page(snippet(service, 'layout="grid"'), head=TOKENS))
    element = shown(page)
    for selector, name, value in (
        ("section", "color", "rgb(1, 2, 3)"),
        ("section", "background-color", "rgb(250, 251, 252)"),
        ("section", "font-family", "monospace"),
        (".on", "fill", "rgb(4, 5, 6)"),
        (".off", "fill", "rgb(7, 8, 9)"),
        ("time", "color", "rgb(16, 17, 18)"),
        ("li", "border-top-color", "rgb(10, 11, 12)"),
        ("li", "border-top-left-radius", "3px"),
        ("ul", "column-gap", "7px"),
        ("cite", "letter-spacing", "3px"),
    ):
        expect(element.locator(selector).first).to_have_css(name, value)
    columns = element.locator("ul").evaluate("(ul) => getComputedStyle(ul).gridTemplateColumns.split(' ').length")
    assert columns == 3
    element.get_by_role("button").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(element.get_by_role("button").first).to_have_css("outline-color", "rgb(13, 14, 15)")
    line = element.get_by_text("6 of 41 reviews with text")
    expect(line).to_be_visible()
    sizes = line.evaluate(
        "(p) => [getComputedStyle(p).fontSize, getComputedStyle(p.closest('section')).fontSize].map(parseFloat)"
    )
    assert sizes[0] >= 0.875 * sizes[1]


@pytest.mark.statement("W6", "W62", "W39")
def test_each_layout_shows_its_parts_in_one_order(page: Page, service: Service, host: Host) -> None:
    service.show(full_view(service.url))
    page.goto(host.page(snippet(service)))
    for layout in LAYOUTS:
        element = put(page, layout=layout)
        expect(element.get_by_role("region", name="Reviews of Elm Street Physio")).to_have_count(1)
        said = element.locator("section").inner_text()
        order = [said.find(part) for part in ("222 reviews", "The desk found", "Shown:", "How we count")]
        has_quotes = layout not in ("badge", "bar")
        wanted = order if has_quotes else [order[0], order[3]]
        assert min(wanted) >= 0, layout
        assert wanted == sorted(wanted), layout
        assert ("The desk found" in said, "Shown:" in said) == (has_quotes, has_quotes), layout
        expect(element.get_by_role("img", name="4.6 out of 5 stars").filter(visible=True).first).to_be_visible()
        expect(element.get_by_role("link", name="How we count")).to_be_visible()
        assert element.locator("a[href='https://elm.example/reviews']").filter(visible=True).count() >= 1
        assert ("Elm Street Physio" in said) is (layout != "badge"), layout
    assert put(page, layout="quote").locator("li").count() == 1
    expect(page.locator("blockquote")).to_have_css("font-size", "20px")


def test_badge_and_bar_are_as_low_as_their_boxes(page: Page, service: Service, host: Host) -> None:
    service.show(full_view(service.url))
    for width, size in ((340 + 16, "s"), (600 + 16, "m"), (1000, "l")):
        page.set_viewport_size({"width": width, "height": 700})
        page.goto(host.page(snippet(service), head=FONT.replace("margin: 16px", "margin: 8px")))
        for layout in ("badge", "bar"):
            height = put(page, layout=layout).locator("section").evaluate("(s) => s.offsetHeight")
            assert height <= BOXES[layout][size][1], (layout, width, height)


COLUMNS = """(ul) => [...ul.children].map((li) => li.offsetLeft).filter((x, i, all) => all.indexOf(x) === i).length"""


@pytest.mark.statement("W6")
def test_the_place_decides_the_columns_and_not_the_window(page: Page, service: Service, host: Host) -> None:
    service.show(full_view(service.url))
    page.set_viewport_size({"width": 1300, "height": 900})
    page.goto(host.page(f'<div id="box">{snippet(service)}</div>'))
    for layout, width, columns in (
        *(("list", 500, 1), ("list", 620, 2), ("list", 1200, 2)),
        *(("grid", 250, 1), ("grid", 620, 2), ("grid", 1200, 4)),
    ):
        page.evaluate("(width) => { document.querySelector('#box').style.width = `${width}px`; }", width)
        assert put(page, layout=layout).locator("ul").evaluate(COLUMNS) == columns, (layout, width)


@pytest.mark.statement("W47", "W45", "W54")
@pytest.mark.parametrize("html", ['lang="en"', 'lang="ar" dir="rtl"'])
def test_the_carousel_is_a_labelled_list_with_buttons_and_a_place_in_words(
    page: Page, service: Service, host: Host, noise: list[str], html: str
) -> None:
    service.show(full_view(service.url))
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": 500, "height": 900})
    page.goto(host.page(snippet(service, 'layout="carousel"'), html=html))
    element = shown(page)
    slides = element.get_by_role("group", name="Reviews")
    expect(slides).to_have_css("scroll-snap-type", "x mandatory")
    expect(slides).to_have_css("scroll-behavior", "auto")
    expect(slides.get_by_role("listitem")).to_have_count(6)
    expect(element.get_by_text("1 of 6")).to_be_visible()
    following, before = element.get_by_role("button", name="Next"), element.get_by_role("button", name="Previous")
    for button in (following, before):
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
    following.click()
    expect(element.get_by_text("2 of 6")).to_be_visible()
    expect(following).to_be_focused()
    inside = "(li) => { const a = li.getBoundingClientRect(); return a.left >= 0 && a.right <= innerWidth; }"
    assert element.locator("li").nth(1).evaluate(inside)
    assert not element.locator("li").nth(0).evaluate(inside)
    before.focus()
    page.keyboard.press("Enter")
    expect(element.get_by_text("1 of 6")).to_be_visible()
    before.click()
    expect(element.get_by_text("1 of 6")).to_be_visible()
    slides.focus()
    expect(slides).to_have_css("outline-style", "solid")
    page.keyboard.press("ArrowLeft" if "rtl" in html else "ArrowRight")
    page.keyboard.press("ArrowLeft" if "rtl" in html else "ArrowRight")
    page.wait_for_function(
        "() => document.querySelector('clinic-reviews').shadowRoot.querySelector('.slides').scrollLeft !== 0"
    )
    settle = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    for _ in range(6):
        following.click()
        page.evaluate(settle)
    expect(element.get_by_text("6 of 6")).to_be_visible()
    assert element.locator("li").nth(5).evaluate(inside)
    arrow = element.locator(".arrow").first
    expect(arrow).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)" if "rtl" in html else "none")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.statement("W47", "W56")
def test_nothing_moves_by_itself(page: Page, service: Service, host: Host) -> None:
    service.show(full_view(service.url))
    page.clock.install()
    page.goto(host.page(snippet(service, 'layout="carousel"')))
    element = shown(page)
    slides = element.locator(".slides")
    page.clock.fast_forward(60_000)
    assert slides.evaluate("(slides) => slides.scrollLeft") == 0
    assert element.evaluate("(e) => e.shadowRoot.getAnimations ? e.shadowRoot.getAnimations().length : 0") == 0


TREES = {
    "badge": """
        - region "Reviews of Elm Street Physio":
          - img "4.6 out of 5 stars"
          - text: 222 reviews
          - link "Own website"
          - text: ", as of 22 November 2026"
          - paragraph:
            - link "How we count"
    """,
    "bar": """
        - region "Reviews of Elm Street Physio":
          - paragraph: Elm Street Physio
          - img "4.6 out of 5 stars"
          - text: 222 reviews
          - link "Own website"
          - text: ", as of 22 November 2026"
          - paragraph:
            - link "More reviews"
            - link "How we count"
    """,
    "carousel": """
        - region "Reviews of Elm Street Physio":
          - group "Reviews":
            - list:
              - listitem
              - listitem
              - listitem
              - listitem
              - listitem
              - listitem
          - paragraph:
            - button "← Previous review"
            - text: 1 of 6
            - button "Next review →"
    """,
    "quote": """
        - region "Reviews of Elm Street Physio":
          - list:
            - listitem:
              - blockquote: /The desk found/
              - paragraph:
                - button "View All – Anna K."
          - paragraph: /1 of 41 reviews with text/
    """,
    "grid": """
        - region "Reviews of Elm Street Physio":
          - list:
            - listitem
            - listitem
            - listitem
            - listitem
            - listitem
            - listitem
    """,
}


@pytest.mark.statement("W41", "W40")
def test_the_accessibility_tree_of_each_layout(page: Page, service: Service, host: Host) -> None:
    service.show(full_view(service.url))
    page.goto(host.page(snippet(service)))
    for layout, tree in TREES.items():
        put(page, layout=layout)
        expect(page.get_by_role("region")).to_match_aria_snapshot(tree)


@pytest.mark.statement("W46")
@pytest.mark.parametrize("head", ["", "<style>html { font-size: 200% }</style>"])
def test_at_320_pixels_no_layout_scrolls_sideways(page: Page, service: Service, host: Host, head: str) -> None:
    service.show(full_view(service.url))
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(host.page(snippet(service), head=head))
    for layout in LAYOUTS:
        put(page, layout=layout)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320, layout


@pytest.mark.statement("W55")
def test_in_print_every_layout_shows_all_its_quotes_whole_and_no_buttons(
    page: Page, service: Service, host: Host
) -> None:
    service.show(full_view(service.url))
    reserved = '<img src="data:," alt="" width="300" height="500">'
    page.goto(host.page(snippet(service, 'layout="list"').replace("</clinic-reviews>", reserved + "</clinic-reviews>")))
    element = shown(page)
    expect(element.get_by_role("button", name="Show more")).to_be_visible()
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    expect(element.get_by_text("Shown: 6 of 41")).to_be_visible()
    page.emulate_media(media="print")
    for layout in ("list", "grid", "carousel"):
        put(page, layout=layout)
        page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
        expect(element.locator("li").filter(visible=True)).to_have_count(6)
        said = element.locator("section").inner_text()
        assert said.count("kitchen drawer") == 1
        expect(element.get_by_role("button").filter(visible=True)).to_have_count(0)
        expect(element.get_by_text(f"{service.url}/r/elm-street", exact=True)).to_be_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.statement("W56", "W43")
def test_forced_colours_keep_the_frame_of_cards_and_the_focus_ring_in_every_layout(
    page: Page, service: Service, host: Host
) -> None:
    service.show(full_view(service.url))
    page.emulate_media(forced_colors="active")
    page.goto(host.page(snippet(service)))
    for layout in ("list", "grid", "carousel"):
        element = put(page, layout=layout)
        expect(element.locator("li").first).to_have_css("border-top-style", "solid")
        element.get_by_role("button").first.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        expect(element.get_by_role("button").first).to_have_css("outline-style", "solid")


@pytest.mark.statement("W43")
def test_tab_goes_in_the_order_of_the_eye(page: Page, service: Service, host: Host) -> None:
    service.show(full_view(service.url))
    page.goto(host.page('<a href="#x" id="start">start</a>' + snippet(service, 'layout="list" max="2"')))
    shown(page)
    page.locator("#start").focus()
    tops = []
    for _ in range(8):
        page.keyboard.press("Tab")
        tops.append(
            page.evaluate("""() => {
                const root = document.querySelector('clinic-reviews').shadowRoot, at = root.activeElement;
                const box = (at.closest('li') || at).getBoundingClientRect();
                return box.top * 1e4 + (at.closest('li') ? box.left : 0);
            }""")
        )
    assert tops == sorted(tops)


SHOTS = (
    *((layout, "light", 900, "en", "") for layout in LAYOUTS),
    *((layout, "dark", 900, "en", "") for layout in LAYOUTS),
    *((layout, "phone", 390, "en", "") for layout in LAYOUTS),
    *((layout, "french", 900, "fr", "") for layout in LAYOUTS),
    *((layout, "arabic", 900, "ar", "rtl") for layout in LAYOUTS),
    *((layout, "print", 900, "en", "") for layout in LAYOUTS),
)


def test_every_layout_looks_like_something(page: Page, service: Service, host: Host, tmp_path: Path) -> None:
    """Pictures of all layouts; with REVIEWS_PICTURES=1 they are those of the documentation."""
    folder = PICTURES if os.environ.get("REVIEWS_PICTURES") else tmp_path
    service.show(full_view(service.url))
    sizes = {}
    for kind in dict.fromkeys(kind for _, kind, *_ in SHOTS):
        rows = [shot for shot in SHOTS if shot[1] == kind]
        _, _, width, language, direction = rows[0]
        page.emulate_media(media="print" if kind == "print" else "screen")
        page.set_viewport_size({"width": width, "height": 600})
        body = "".join(
            f'<div style="margin-bottom: 48px"><p class="what">{layout}</p>'
            f"{re.sub('<script.*', '', snippet(service, f'layout={layout}'))}</div>"
            for layout, *_ in rows
        )
        theme = HOSTS["dark"] if kind == "dark" else HOSTS["white"]
        script = f'<script src="{service.url}/widget/v1.js" async></script>'
        page.goto(host.page(body + script, head=theme + FONT, html=f'lang="{language}" dir="{direction or "ltr"}"'))
        for number in range(len(rows)):
            shown(page, number=number)
        path = folder / f"widget-{kind}.png"
        with Image.open(BytesIO(page.locator("main").screenshot(animations="disabled"))) as picture:
            picture.quantize(96).save(path, optimize=True)
        sizes[kind] = path.stat().st_size
    assert min(sizes.values()) > 30_000, sizes
    assert sum(sizes.values()) < 1_500_000, sizes
