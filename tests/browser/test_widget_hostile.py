"""Hostile text in every place that holds somebody else's words: nothing runs, and the tests can tell when it does."""

import json
from dataclasses import replace
from typing import Any

import pytest
from jinja2 import Environment
from lxml import etree
from playwright.sync_api import Page

from reviews.model import Excerpt
from reviews.publish import build, feeds, oembed, pages, pictures, say
from reviews.publish.snippets import snippets
from reviews.publish.templates import environment
from reviews.publish.view import WidgetView
from reviews.web import hot
from tests.browser.conftest import CATALOGUE, Host, Service, shown, snippet
from tests.browser.vectors import VECTORS
from tests.web.widget_samples import NOW, clinic_view, figure, quote, widget_view

COUNT = "window.hits = []; window.hit = (n) => { window.hits.push(n); };"


def hostile_view(base_url: str) -> WidgetView:
    """Each text in each place: author, title, text before and after the cut, reply, source, clinic, listing."""
    quotes = tuple(
        quote(
            text,
            excerpt=Excerpt(head=text, rest=" " + text, reason="sentence"),
            title=text,
            reply=text,
            source=text,
            language=text,
        )
        for text in VECTORS
    )
    clinics = tuple(
        clinic_view(name=text, street=text, locality=text, region=text, figures=(figure(source_label=text, raw=text),))
        for text in VECTORS
    )
    places = tuple((text, f"https://elm.example/?{n}") for n, text in enumerate(VECTORS))
    return widget_view(
        base_url,
        clinics=clinics,
        quotes=quotes,
        page_quotes=quotes,
        feed_quotes=quotes,
        ask_allowed=True,
        ask_places=places,
    )


def open_everything(page: Page) -> None:
    page.evaluate("""() => {
        const roots = [document, ...[...document.querySelectorAll('*')].map((each) => each.shadowRoot).filter(Boolean)];
        for (const root of roots) for (const each of root.querySelectorAll('button, summary')) each.click();
    }""")
    page.wait_for_timeout(300)


def run_all(page: Page, host: Host, enough: int) -> set[int]:
    """The vectors that run, each on its page; where fewer than enough did, those that did not get more time."""
    ran: set[int] = set()
    for patience_ms in (40, 500, 3000):
        for number in range(len(VECTORS)):
            if number in ran or len(ran) >= enough:
                continue
            page.goto(f"{host.url}/{number}")
            page.wait_for_timeout(patience_ms)
            ran |= set(page.evaluate("() => window.hits"))
    return ran


def test_the_list_is_long_and_most_of_it_runs_where_it_is_put_in_raw(page: Page, host: Host) -> None:
    assert len(VECTORS) >= 60
    page.add_init_script(COUNT)
    for number, text in enumerate(VECTORS):
        host.pages[f"/{number}"] = ({}, f"<!doctype html><body><p>{text}</p>".encode())
    assert len(run_all(page, host, 55)) >= 55


@pytest.mark.statement("T1", "W28", "F12")
def test_the_script_draws_hostile_text_as_text(page: Page, service: Service, host: Host, noise: list[str]) -> None:
    service.show(hostile_view(service.url))
    page.add_init_script(COUNT)
    page.goto(host.page(snippet(service)))
    element = shown(page)
    open_everything(page)
    assert page.evaluate("() => window.hits") == []
    assert element.locator("li.quote").count() == len(VECTORS)
    texts = element.locator("blockquote").all_text_contents()
    assert texts == [f"{text} {text}" for text in VECTORS]
    assert element.locator("cite").all_text_contents() == [say.plain_name(text) for text in VECTORS]


def test_a_script_that_built_from_html_would_be_caught(page: Page, service: Service, host: Host) -> None:
    source = (hot.STATIC / "v1.js").read_text(encoding="utf-8")
    safe = "element.append(...children.filter(Boolean));"
    assert safe in source
    mutant = source.replace(
        safe,
        "for (const child of children.filter(Boolean)) typeof child === 'string'"
        " ? element.insertAdjacentHTML('beforeend', child) : element.append(child);",
    )
    service.show(hostile_view(service.url))
    page.add_init_script(COUNT)
    page.route("**/widget/v1.js", lambda route: route.fulfill(body=mutant, content_type="text/javascript"))
    page.goto(host.page(snippet(service)))
    page.wait_for_function("() => new Set(window.hits).size >= 10")


PAGES: tuple[tuple[str, Any], ...] = (
    ("embed", pages.embed_html),
    ("page", pages.page_html),
    ("how", pages.how_html),
    ("policy", pages.policy_html),
    ("ask", pages.ask_html),
    ("print", pages.print_html),
)


@pytest.mark.statement("T1", "T3", "F12", "H3")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_server_rendered_pages_show_hostile_text_as_text(page: Page, host: Host, language: str) -> None:
    """Without any policy: escaping alone must hold."""
    page.add_init_script(COUNT)
    words = CATALOGUE.words(language)
    for name, render in PAGES:
        body = render(hostile_view(host.url), words, "w/elm-street/x")
        page.goto(host.page("", path=f"/{name}"))
        host.pages[f"/{name}"] = ({}, body.replace(b"http-equiv", b"data-off"))
        page.goto(f"{host.url}/{name}")
        open_everything(page)
        assert page.evaluate("() => window.hits") == [], name
        assert page.locator("img, iframe, object, embed, video, audio, style, template").count() == 0, name
    view = replace(hostile_view(host.url), layout="list")
    made = [pictures.badge_svg(view, words, style) for style in pictures.STYLES]
    made += [pictures.poster_svg(view, words, size) for size in "sml"]
    made += [pictures.poster_svg(replace(view, quotes=view.quotes[n : n + 1]), words, "s") for n in range(0, 70, 7)]
    host.pages["/inline"] = ({}, b"<!doctype html><body>" + b"".join(made))
    for number, svg in enumerate(made[:6]):
        host.pages[f"/{number}"] = ({"Content-Type": "image/svg+xml"}, svg)
    for path in ("/inline", *(f"/{number}" for number in range(6))):
        page.goto(host.url + path)
        page.wait_for_timeout(100)
        assert page.evaluate("() => window.hits") == []


@pytest.mark.statement("T1", "W66")
def test_hostile_names_stay_text_in_oembed_feeds_and_snippets(page: Page, host: Host) -> None:
    """A consumer puts the answer's html, and a person the snippet, into a page as it is."""
    page.add_init_script(COUNT)
    words = CATALOGUE.words("en")
    view = hostile_view(host.url)
    parts = []
    for text in VECTORS:
        named = replace(view, clinics=(clinic_view(name=text),))
        made = snippets(named, words)
        answer = oembed.answer(
            slug="x",
            language=None,
            title=text,
            page=f"{host.url}/r/x",
            base_url=host.url,
            height=400,
            limits=(600, 600),
        )
        parts += [made.element, made.iframe, made.badge, made.mail or "", str(answer["html"])]
    body = "".join(parts).replace("<script src", "<i data-src").replace("</script>", "</i>")
    page.goto(host.page(body))
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.hits") == []
    assert page.locator("iframe").count() == 2 * len(VECTORS)
    for feed in (feeds.feed_rss(view, words, "x.xml"), oembed.to_xml(answer)):
        etree.fromstring(feed)
    assert len(json.loads(feeds.feed_json(view, words, "x.json"))["items"]) == len(VECTORS)


@pytest.mark.statement("H3")
def test_templates_without_escaping_would_be_caught(page: Page, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    safe = environment(CATALOGUE.words("en"))
    unsafe: Environment = safe.overlay(autoescape=False)
    unsafe.globals = dict(safe.globals)  # an overlay shares them, and the safe one must keep its own macros
    unsafe.globals["parts"] = unsafe.get_template("parts.html").module
    monkeypatch.setattr(pages, "template", lambda name, words: unsafe.get_template(name))
    page.add_init_script(COUNT)
    words = CATALOGUE.words("en")
    for number, text in enumerate(VECTORS):
        view = replace(widget_view(host.url), quotes=(quote(text, text),))
        body = pages.embed_html(view, words, "w/elm-street/x").replace(b"http-equiv", b"data-off")
        host.pages[f"/{number}"] = ({}, body)
    assert len(run_all(page, host, 40)) >= 40


@pytest.mark.statement("T5")
def test_towers_of_marks_and_reversing_characters_stay_in_their_box(page: Page, service: Service, host: Host) -> None:
    tower = "Z" + "\u0301" * 10_000
    service.show(widget_view(service.url, quotes=(quote("\u202eevil" + tower, "\u202eWords that turn." + tower),)))
    page.goto(host.page(snippet(service) + "<p id=after>after</p>"))
    element = shown(page)
    box = element.locator("li.quote").bounding_box()
    assert box is not None
    assert box["height"] < 400
    name = element.locator("cite").text_content() or ""
    assert "\u202e" not in name
    assert len(name) < 20
    assert page.locator("#after").evaluate("(p) => getComputedStyle(p).direction") == "ltr"


def test_what_is_built_here_is_what_is_published(service: Service) -> None:
    """The hostile view really goes through the one builder."""
    built = {each.path: each.body for each in build.build_widget(hostile_view(service.url), CATALOGUE, NOW)}
    assert built["w/elm-street/embed.html"] == pages.embed_html(
        hostile_view(service.url), CATALOGUE.words("en"), "w/elm-street/embed.html"
    )
