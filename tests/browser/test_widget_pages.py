"""Way B, way D, the hosted pages, and accessibility of them all, in Chromium."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Host, Service, shown, snippet
from tests.web.widget_samples import LONG, long_quote, widget_view

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAINTED = "<style>body { color: #222; background: #fff }</style>"
HOSTS = {
    "white": PAINTED,
    "scheme": "<style>:root { color-scheme: light dark } body { color: CanvasText; background: Canvas }</style>",
    "dark": "<style>body { color: #eee; background: #121212 }</style>",
    "media": PAINTED
    + "<style>@media (prefers-color-scheme: dark) { body { color: #eee; background: #121212 } }</style>",
}


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


@pytest.mark.statement("W49", "W53", "W48")
@pytest.mark.parametrize("system", ["light", "dark"])
@pytest.mark.parametrize("kind", sorted(HOSTS))
def test_axe_finds_nothing_on_any_host(page: Page, service: Service, host: Host, kind: str, system: Any) -> None:
    page.emulate_media(color_scheme=system)
    page.goto(host.page(snippet(service, 'heading-level="2"'), head=HOSTS[kind]))
    element = shown(page)
    element.get_by_role("button").click()
    assert violations(page) == []


@pytest.mark.statement("W49")
def test_axe_looks_inside_the_shadow_root(page: Page, service: Service, host: Host) -> None:
    page.goto(host.page(snippet(service), head=PAINTED))
    element = shown(page)
    element.locator("svg.stars").first.evaluate("(svg) => svg.removeAttribute('aria-label')")
    element.get_by_role("button").evaluate(
        "(button) => { button.textContent = ''; button.removeAttribute('aria-label'); }"
    )
    found = {each.split(":")[0] for each in violations(page)}
    assert {"svg-img-alt", "button-name"} <= found


@pytest.mark.statement("W49")
@pytest.mark.parametrize("system", ["light", "dark"])
@pytest.mark.parametrize("path", ["/w/elm-street/embed.html", "/r/elm-street", "/r/elm-street/how", "/r/elm-street/fr"])
def test_axe_finds_nothing_on_our_own_pages(
    page: Page, service: Service, noise: list[str], path: str, system: Any
) -> None:
    page.emulate_media(color_scheme=system)
    page.goto(service.url + path)
    for each in page.locator("summary").all():
        each.click()
    ignored = ("page-has-heading-one",) if "embed" in path else ()  # a frame is a part of somebody's page
    assert [each for each in violations(page) if not each.startswith(ignored or "-")] == []


@pytest.mark.statement("W41", "W39", "P2")
def test_the_accessibility_tree_of_the_list(page: Page, service: Service, host: Host) -> None:
    service.show(widget_view(service.url, quotes=(long_quote(),)))
    page.goto(host.page(snippet(service)))
    expect(shown(page).get_by_role("region")).to_match_aria_snapshot("""
        - region "Reviews of Elm Street Physio":
          - paragraph: Elm Street Physio
          - img "4.6 out of 5 stars"
          - text: 222 reviews
          - link "Own website"
          - text: ", as of 22 November 2026 12 Elm Street, Burnaby, BC, V5H 1A1, Canada,"
          - link "604-555-0134"
          - list:
            - listitem:
              - paragraph:
                - img "5 out of 5 stars"
                - text: Anna K.
                - time: November 2026
              - blockquote: /The desk found my file/
              - paragraph:
                - button "View All – Anna K.": View All
              - paragraph:
                - link "Own website"
          - paragraph: 1 of 41 reviews with text, newest first.
          - paragraph:
            - 'link "Read at the source: Own website"'
            - link "More reviews"
            - link "How we count"
    """)


def frame(service: Service, attributes: str = "", name: str = "embed.html") -> str:
    """Way B, as it is pasted."""
    return (
        f'<iframe src="{service.url}/w/elm-street/{name}" title="Reviews of Elm Street Physio" width="100%" '
        f'height="420" loading="lazy" referrerpolicy="no-referrer" {attributes}></iframe>'
    )


@pytest.mark.statement("W20", "W29", "W14", "P3")
@pytest.mark.parametrize("attributes", ["", 'sandbox=""', 'sandbox="allow-scripts"'])
def test_the_frame_is_complete_also_in_a_sandbox_and_under_a_strict_policy(
    page: Page, service: Service, host: Host, requests: list[str], attributes: str
) -> None:
    service.show(widget_view(service.url, quotes=(long_quote(),)))
    headers = {"Content-Security-Policy": f"default-src 'none'; frame-src {service.url}"}
    page.goto(host.page(frame(service, attributes), headers=headers))
    inside = page.frame_locator("iframe")
    expect(inside.locator("li.quote")).to_have_css("padding", "16px")
    expect(inside.get_by_role("img", name="4.6 out of 5 stars")).to_be_visible()
    text = inside.locator("blockquote")
    expect(inside.get_by_text("kitchen drawer")).to_be_hidden()
    if "sandbox" not in attributes or "scripts" in attributes:
        inside.locator("summary").focus()
        page.keyboard.press("Enter")
    else:
        inside.locator("summary").click()
    expect(inside.get_by_text("kitchen drawer")).to_be_visible()
    assert "".join(inside.locator("blockquote .text").all_text_contents()) == LONG
    assert (text.inner_text()).count("kitchen drawer") == 1
    assert {each.split("/")[2] for each in requests} == {host.url.split("/")[2], service.url.split("/")[2]}


@pytest.mark.statement("W14", "W55")
def test_in_print_the_frames_page_opens_its_rests(page: Page, service: Service, noise: list[str]) -> None:
    page.goto(f"{service.url}/w/elm-street/embed.html")
    closed = page.locator("details:not([open])")
    expect(closed).to_have_count(1)
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    expect(closed).to_have_count(0)
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    expect(closed).to_have_count(1)


@pytest.mark.statement("T13", "W23")
def test_only_the_embed_page_may_be_framed_by_others(page: Page, service: Service, host: Host) -> None:
    for path, is_shown in (("w/elm-street/embed.html", True), ("r/elm-street", False), ("r/elm-street/how", False)):
        page.goto(host.page(f'<iframe src="{service.url}/{path}" title="x"></iframe>', path=f"/{path}"))
        page.wait_for_load_state("networkidle")
        found = page.frames[1].locator("main").count() if len(page.frames) > 1 else 0
        assert bool(found) is is_shown, path


def test_the_badge_is_a_picture_on_any_page(page: Page, service: Service, host: Host, noise: list[str]) -> None:
    headers = {"Content-Security-Policy": f"default-src 'none'; img-src {service.url}"}
    page.goto(
        host.page(
            f'<img src="{service.url}/w/elm-street/badge.svg" alt="Reviews of Elm Street Physio">', headers=headers
        )
    )
    size = page.locator("img").evaluate("(img) => [img.naturalWidth, img.naturalHeight]")
    assert size[0] >= 150
    assert size[1] >= 40


@pytest.mark.statement("W46")
@pytest.mark.parametrize(
    "path", ["/w/elm-street/embed.html", "/r/elm-street", "/r/elm-street/how", "/r/elm-street/fr/how"]
)
def test_our_pages_do_not_scroll_sideways_at_320_pixels(page: Page, service: Service, path: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(service.url + path)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320


def test_how_we_count_works_without_script(new_context: Any, service: Service) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{service.url}/r/elm-street")
    page.get_by_role("link", name="How we count").click()
    expect(page.get_by_role("heading", level=1, name="How we count")).to_be_visible()
    expect(page.get_by_text("4.6 of 5, 222", exact=True)).to_be_visible()
    page.get_by_role("link", name="Back to the reviews").click()
    expect(page).to_have_url(re.compile(r"/r/elm-street$"))
