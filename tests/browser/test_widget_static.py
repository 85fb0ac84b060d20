"""A published folder behind a plain file server shows what the live service shows; weights and requests; ways in."""

import gzip
import random
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from reviews.publish.build import build_widget
from reviews.publish.data import data_json
from reviews.publish.folder import _place
from reviews.publish.snippets import snippets
from reviews.web.hot import static_bodies
from tests.browser.conftest import CATALOGUE, Host, Service, shown
from tests.browser.layout_samples import SENTENCES, full_view
from tests.web.widget_samples import LONG, NOW, quote

EN, FR = CATALOGUE.words("en"), CATALOGUE.words("fr")


class Plain(SimpleHTTPRequestHandler):
    """A file server; as any host for such files it lets other websites read them."""

    allow_origin = True

    def end_headers(self) -> None:
        if self.allow_origin:
            self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


class SameOrigin(Plain):
    """One that says nothing about other websites."""

    allow_origin = False


def serve(folder: Path, handler: type[Plain] = Plain) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write(folder: Path, base_url: str) -> None:
    view = full_view(base_url, is_static=True)
    files = {_place(each.path): each.body for each in build_widget(view, CATALOGUE, NOW)} | static_bodies()
    for place, body in files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(body)


@pytest.fixture
def static(tmp_path: Path) -> Iterator[str]:
    running = serve(tmp_path)
    url = next(running)
    write(tmp_path, url)
    try:
        yield url
    finally:
        running.close()  # type: ignore[attr-defined]


@pytest.mark.statement("W17")
def test_a_plain_file_server_shows_element_frame_and_badge(
    page: Page, static: str, host: Host, noise: list[str], requests: list[str]
) -> None:
    made = snippets(full_view(static), EN)
    allowed = "; ".join((made.csp_element, made.csp_iframe))
    policy = {"Content-Security-Policy": f"default-src 'none'; {allowed}; require-trusted-types-for 'script'"}
    page.goto(host.page(made.element + made.iframe + made.badge, headers=policy))
    element = shown(page)
    expect(element.locator("li.quote").first).to_have_css("padding", "16px")
    element.get_by_role("button", name="View All").click()
    assert element.locator("blockquote").first.text_content() == LONG
    inside = page.frame_locator("iframe")
    page.locator("iframe").scroll_into_view_if_needed()
    expect(inside.locator("li.quote")).to_have_count(6)
    expect(inside.locator("li.quote").first).to_have_css("padding", "16px")
    badge = page.locator("a > img[src*='badge.png']")
    badge.scroll_into_view_if_needed()
    assert badge.evaluate("(img) => img.decode().then(() => [img.naturalWidth, img.naturalHeight])") == [240, 64]
    assert {each.split("/")[2] for each in requests} == {host.url.split("/")[2], static.split("/")[2]}


@pytest.mark.statement("W17", "W63")
def test_its_pages_lead_to_each_other(page: Page, static: str, noise: list[str]) -> None:
    page.goto(f"{static}/r/elm-street")
    expect(page.locator("li.quote").first).to_have_css("padding", "16px")
    page.get_by_role("link", name="How we count").click()
    expect(page.get_by_role("heading", level=1, name="How we count")).to_be_visible()
    expect(page.locator("main")).to_have_css("max-width", "768px")
    page.get_by_role("link", name="How this clinic treats reviews").click()
    page.get_by_role("link", name="Back to the reviews").click()
    expect(page.locator("li.quote")).to_have_count(6)


@pytest.mark.statement("W4")
def test_on_the_same_origin_below_a_path_nothing_must_be_allowed(
    page: Page, tmp_path: Path, requests: list[str], noise: list[str]
) -> None:
    running = serve(tmp_path, SameOrigin)
    url = next(running)
    write(tmp_path / "reviews", f"{url}/reviews")
    made = snippets(full_view(f"{url}/reviews"), EN)
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'self\'">'
    (tmp_path / "index.html").write_text(
        f'<!doctype html><html lang="en"><head><title>x</title>{policy}<link rel="icon" href="reviews/widget/icon.svg">'
        f"</head><body>{made.element}</body></html>",
        encoding="utf-8",
    )
    try:
        page.goto(url)
        expect(shown(page).locator("li.quote").first).to_have_css("padding", "16px")
        assert all(each.startswith(url) for each in requests)
        assert f"{url}/reviews/w/elm-street/data.en.json" in requests
    finally:
        running.close()  # type: ignore[attr-defined]


@pytest.mark.statement("W1")
def test_each_snippet_as_it_is_copied_shows_reviews(page: Page, service: Service, host: Host, noise: list[str]) -> None:
    view = full_view(service.url)
    service.show(view)
    for language, words in (("en", EN), ("fr", FR)):
        made = snippets(view, words)
        html = f'lang="{language}"'
        page.goto(host.page(made.element, html=html))
        expect(shown(page).locator("li.quote").first).to_be_visible()
        page.goto(host.page(made.iframe, html=html))
        expect(page.frame_locator("iframe").locator("li.quote")).to_have_count(6)
        assert made.link is not None
        page.goto(made.link)
        expect(page.locator("li.quote")).to_have_count(6)
        expect(page.locator("html")).to_have_attribute("lang", language)
        page.goto(host.page(made.badge, html=html))
        assert page.locator("img").evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 240


@pytest.mark.statement("W31", "W37")
def test_after_the_page_itself_there_are_three_requests(
    page: Page, service: Service, host: Host, requests: list[str]
) -> None:
    view = full_view(service.url)
    service.show(view)
    page.goto(host.page(snippets(view, EN).element))
    shown(page)
    page.wait_for_load_state("networkidle")
    assert [each for each in requests if each.startswith(service.url)] == [
        f"{service.url}/w/elm-street/poster-l.svg",
        f"{service.url}/widget/v1.js",
        f"{service.url}/w/elm-street/data.en.json",
    ] or len([each for each in requests if each.startswith(service.url)]) == 3
    assert page.context.cookies() == []


TABLE = re.compile(r"(<!-- sizes: written by a test -->\n).*?(<!-- /sizes -->)", re.S)


@pytest.mark.statement("W71", "P5")
def test_script_and_data_are_within_their_budgets_and_the_documentation_says_so() -> None:
    chance, known = random.Random(7), sorted({*LONG.split(), *" ".join(SENTENCES).split()})
    quotes = tuple(quote(f"Person {n}", " ".join(chance.choices(known, k=150))) for n in range(6))
    assert len(known) > 80
    data = data_json(replace(full_view("https://reviews.example.org"), quotes=quotes), EN)
    sizes = {
        "script `v1.js`": len(gzip.compress(static_bodies()["widget/v1.js"], 9, mtime=0)),
        "data, six quotes of 150 words": len(gzip.compress(data, 9, mtime=0)),
    }
    assert sizes["script `v1.js`"] <= 4000
    assert sizes["data, six quotes of 150 words"] <= 6000
    path = Path(__file__).parents[2] / "docs" / "widget.md"
    before = path.read_text(encoding="utf-8")
    written = {name: int(size) for name, size in re.findall(r"^\| (.+) \| (\d+) \|$", before, re.M)}
    if set(written) != set(sizes) or any(abs(written[name] - sizes[name]) > 0.03 * sizes[name] for name in sizes):
        table = "| what | bytes, gzip |\n|---|---|\n" + "".join(f"| {name} | {n} |\n" for name, n in sizes.items())
        path.write_text(TABLE.sub(lambda found: found[1] + table + found[2], before), encoding="utf-8")
        pytest.fail("the sizes have changed; docs/widget.md was written again")


@pytest.mark.statement("W35")
def test_after_a_first_visit_a_server_that_is_down_leaves_the_widget_from_the_cache(
    page: Page, service: Service, host: Host, noise: list[str]
) -> None:
    view = full_view(service.url)
    service.show(view)
    address = host.page(snippets(view, EN).element)
    page.goto(address)
    shown(page)
    service.fail("/w/elm-street/data.en.json", "503 Service Unavailable")
    service.fail("/widget/v1.js", "503 Service Unavailable")
    page.goto(host.page("", path="/elsewhere"))
    page.goto(address)
    expect(shown(page).locator("li.quote").first).to_be_visible()


def test_offline_after_the_first_load_the_page_keeps_what_it_shows(page: Page, service: Service, host: Host) -> None:
    service.show(full_view(service.url))
    page.goto(host.page(snippets(full_view(service.url), EN).element))
    element = shown(page)
    page.context.set_offline(True)
    element.evaluate("(element) => element.setAttribute('lang', 'fr')")
    shown(page, "error")
    expect(page.get_by_role("img", name="Reviews of Elm Street Physio")).to_be_visible()
    page.context.set_offline(False)
    element.evaluate("(element) => element.setAttribute('lang', 'en')")
    shown(page)
