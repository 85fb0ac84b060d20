"""Way A in Chromium: the custom element on the pages of others."""

import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Host, Service, shown, snippet
from tests.web.widget_samples import LONG, clinic_view, figure, long_quote, quote, widget_view

TRUSTED = "; require-trusted-types-for 'script'"


def policy(service: Service) -> dict[str, str]:
    """The lines that the Widgets page prints (W29), on a page that allows nothing else."""
    allowed = " ".join(f"{name} {service.url};" for name in ("script-src", "connect-src", "img-src"))
    return {"Content-Security-Policy": f"default-src 'none'; {allowed} base-uri 'none'{TRUSTED}"}


@pytest.mark.statement("W29", "W30", "W31", "T38", "P3")
def test_it_draws_styled_under_a_strict_policy_with_trusted_types(
    page: Page, service: Service, host: Host, noise: list[str], requests: list[str]
) -> None:
    page.goto(host.page(snippet(service), headers=policy(service)))
    element = shown(page)
    card = element.locator("li.quote").first
    expect(card).to_have_css("padding", "16px")
    expect(card).to_have_css("border-top-width", "1px")
    expect(element.locator("p.name")).to_have_css("font-weight", "700")
    expect(element.locator("svg.stars").first).to_have_css("height", "24px")
    assert [each for each in requests if not each.startswith(host.url)] == [
        f"{service.url}/widget/v1.js",
        f"{service.url}/w/elm-street/data.en.json",
    ]


def test_the_policy_of_that_page_refuses_other_ways_of_drawing(page: Page, service: Service, host: Host) -> None:
    page.goto(host.page(snippet(service), headers=policy(service)))
    shown(page)
    outcome = page.evaluate("""() => {
        const found = {};
        try { document.createElement('p').innerHTML = '<b>x</b>'; found.html = 'drawn'; }
        catch { found.html = 'refused'; }
        const box = document.body.appendChild(document.createElement('div'));
        const root = box.attachShadow({mode: 'open'});
        const style = document.createElement('style');
        style.append('p{padding:7px}');
        const p = document.createElement('p');
        root.append(style, p);
        found.style = getComputedStyle(p).padding;
        return found;
    }""")
    assert outcome == {"html": "refused", "style": "0px"}


@pytest.mark.statement("W31", "W32", "T38", "P4")
def test_the_page_is_left_as_it_was(page: Page, service: Service, host: Host, noise: list[str]) -> None:
    bare = host.page("<p>nothing here</p>", path="/bare")
    page.goto(bare)
    names = set(page.evaluate("() => Object.getOwnPropertyNames(window)"))
    page.goto(host.page(snippet(service)))
    head = page.evaluate("() => document.head.innerHTML")
    shown(page)
    assert page.evaluate("() => document.head.innerHTML") == head
    assert set(page.evaluate("() => Object.getOwnPropertyNames(window)")) - names <= {"event"}
    assert page.evaluate("() => [document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]
    assert page.context.cookies() == []


COUNT_LISTENERS = """
window.listeners = new Set();
for (const target of [window, MediaQueryList.prototype]) {
    const add = target.addEventListener, remove = target.removeEventListener;
    const ours = (name) => name === 'beforeprint' || name === 'change';
    target.addEventListener = function (name, listener) {
        if (ours(name)) window.listeners.add(listener);
        return add.apply(this, arguments);
    };
    target.removeEventListener = function (name, listener) {
        window.listeners.delete(listener);
        return remove.apply(this, arguments);
    };
}
"""


@pytest.mark.statement("W32")
def test_no_listener_is_left_when_the_element_goes(page: Page, service: Service, host: Host) -> None:
    page.add_init_script(COUNT_LISTENERS)
    for attributes, state in (("", "ready"), ('style="position: absolute; top: 9000px"', "waiting")):
        body = snippet(service, attributes)
        page.goto(host.page(body if state == "ready" else body.replace('lazy="off"', "")))
        element = shown(page, state)
        assert page.evaluate("() => window.listeners.size") > 0
        element.evaluate("(element) => element.remove()")
        assert page.evaluate("() => window.listeners.size") == 0


@pytest.mark.statement("W3")
def test_two_elements_and_two_scripts_cost_one_request_and_a_late_element_draws_itself(
    page: Page, service: Service, host: Host, noise: list[str], requests: list[str]
) -> None:
    page.goto(host.page(snippet(service) + snippet(service)))
    shown(page)
    shown(page, number=1)
    page.evaluate("""() => {
        const late = document.createElement('clinic-reviews');
        late.setAttribute('widget', 'elm-street');
        document.querySelector('main').append(late);
    }""")
    page.locator("clinic-reviews").nth(2).scroll_into_view_if_needed()
    shown(page, number=2)
    assert len([each for each in requests if "data" in each]) == 1


def test_an_element_that_leaves_while_it_loads_is_quiet(
    page: Page, service: Service, host: Host, noise: list[str]
) -> None:
    page.goto(host.page(""))
    page.evaluate(
        """async (url) => {
            const script = document.createElement('script');
            script.src = url + '/widget/v1.js';
            const ready = new Promise((done) => { script.onload = done; });
            document.body.append(script);
            await ready;
            const element = document.createElement('clinic-reviews');
            element.setAttribute('widget', 'elm-street');
            element.setAttribute('lazy', 'off');
            window.events = [];
            element.addEventListener('clinic-reviews:ready', () => window.events.push('ready'));
            element.addEventListener('clinic-reviews:error', () => window.events.push('error'));
            document.body.append(element);
            element.remove();
            await fetch(url + '/w/elm-street/data.en.json').then((answer) => answer.json());
            await new Promise((done) => setTimeout(done, 50));
        }""",
        service.url,
    )
    assert page.evaluate("() => window.events") == []


def text_of(page: Page, number: int = 0) -> str:
    """The text that is drawn: what is hidden is not in it."""
    return str(page.locator("clinic-reviews").nth(number).locator("section").inner_text())


@pytest.mark.statement("W14", "W42", "W43", "W36")
def test_view_all_reveals_each_word_exactly_once_and_hides_it_again(
    page: Page, service: Service, host: Host, noise: list[str]
) -> None:
    words = " ".join(f"word{number}." for number in range(80))
    first = long_quote()
    head, rest = words[: words.index(" word50")], words[words.index(" word50") :]
    numbered = quote("Zoe", excerpt=replace(first.excerpt, head=head, rest=rest))
    service.show(widget_view(service.url, quotes=(numbered, quote("Ben", "Nothing more to say."))))
    page.goto(host.page(snippet(service)))
    page.evaluate("""() => { window.expanded = [];
        document.addEventListener('clinic-reviews:expand', (event) => window.expanded.push(event.detail.index)); }""")
    element = shown(page)
    button = element.get_by_role("button", name="View All – Zoe")
    expect(element.get_by_role("button")).to_have_count(1)
    blockquote = element.locator("blockquote").first

    def drawn() -> list[str]:
        return re.findall(r"word\d+\.", text_of(page))

    def in_page() -> list[str]:
        """Every occurrence anywhere: text, attributes, hidden parts, the light DOM."""
        html = page.evaluate("""() => document.documentElement.outerHTML
            + document.querySelector('clinic-reviews').shadowRoot.innerHTML""")
        return re.findall(r"word\d+\.", html)

    everything = words.split()
    assert drawn() == everything[:50]
    assert in_page() == everything
    assert blockquote.text_content() == words
    assert "…" not in (blockquote.text_content() or "")
    expect(button).to_have_attribute("aria-expanded", "false")
    box = button.bounding_box()
    assert box is not None
    assert box["width"] >= 24
    assert box["height"] >= 24
    controlled = element.locator(f"[id='{button.get_attribute('aria-controls')}']")
    expect(controlled).to_have_count(1)

    button.focus()
    page.keyboard.press("Enter")
    opened = element.get_by_role("button", name="View Less – Zoe")
    expect(opened).to_be_focused()
    expect(opened).to_have_attribute("aria-expanded", "true")
    assert drawn() == everything
    assert in_page() == everything
    assert blockquote.inner_text() == words
    assert page.evaluate("() => window.expanded") == [0]
    assert opened.evaluate("(button) => getComputedStyle(button).outlineWidth") == "3px"

    page.keyboard.press("Space")
    expect(button).to_be_focused()
    assert drawn() == everything[:50]
    assert in_page() == everything


@pytest.mark.statement("W16")
def test_fields_of_the_clinic_never_run_together(page: Page, service: Service, host: Host) -> None:
    page.goto(host.page(snippet(service)))
    element = shown(page)
    text = element.locator(".clinic").text_content() or ""
    at, fields = 0, ("Elm Street Physio", "12 Elm Street", "Burnaby", "BC", "V5H 1A1", "Canada", "604-555-0134")
    for number, field in enumerate(fields):
        found = text.index(field, at)
        gap = text[at:found]
        assert number == 0 or re.search(r"[\s,]", gap) or "4.6" in gap, (field, gap)
        at = found + len(field)
    assert re.search(r"Canada, 604-555-0134$", text)
    expect(element.locator("address a")).to_have_attribute("href", "tel:+16045550134")


@pytest.mark.statement("W10", "W40", "P1", "P2")
def test_stars_are_one_image_with_one_name_clipped_at_their_share(page: Page, service: Service, host: Host) -> None:
    page.goto(host.page(snippet(service)))
    element = shown(page)
    image = element.get_by_role("img", name="4.6 out of 5 stars").first
    widths = image.evaluate("""(svg) => {
        const whole = svg.getBoundingClientRect(), clip = svg.querySelector('svg');
        const scale = whole.width / svg.viewBox.baseVal.width;
        return [clip.width.baseVal.value * scale / whole.width, getComputedStyle(clip).overflow];
    }""")
    assert abs(widths[0] - 0.92) < 1e-6
    assert widths[1] == "hidden"
    assert element.locator(".average").first.get_attribute("aria-hidden") == "true"


HOSTILE = """
* { all: unset !important; }
html { font-size: 3px !important; } body { font-size: 16px !important; }
*, *::before, *::after { box-sizing: content-box !important; color: red !important;
  padding: 40px !important; float: left !important; position: absolute !important; }
li, p, a, button, blockquote, svg { display: none !important; }
clinic-reviews { display: none !important; position: static !important; padding: 0 !important; }
"""


@pytest.mark.statement("W32", "T38")
def test_hostile_css_of_the_page_does_not_reach_in_and_ours_does_not_leak_out(
    page: Page, service: Service, host: Host, noise: list[str]
) -> None:
    read = """(element) => {
        const root = element.shadowRoot;
        const of = (selector, name) => getComputedStyle(root.querySelector(selector))[name];
        return [of('li.quote', 'paddingTop'), of('li.quote', 'display'), of('li.quote', 'position'),
            of('button', 'display'), of('p.name', 'fontWeight'), of('li.quote', 'boxSizing'),
            getComputedStyle(element).display];
    }"""
    plain = host.page(snippet(service) + "<p id=other>other</p>", path="/plain")
    page.goto(plain)
    shown(page)
    expected = page.locator("clinic-reviews").evaluate(read)
    other = page.locator("#other").evaluate("(p) => JSON.stringify({...getComputedStyle(p)})")
    page.goto(host.page(snippet(service), head=f"<style>{HOSTILE}</style>", path="/hostile"))
    shown(page)
    assert page.locator("clinic-reviews").evaluate(read) == expected
    assert expected[-1] == "block"
    expect(page.locator("clinic-reviews").get_by_role("button")).to_be_visible()
    page.goto(host.page("<p id=other>other</p>", path="/without"))
    without = page.locator("#other").evaluate("(p) => JSON.stringify({...getComputedStyle(p)})")
    assert re.sub(r"\d+(\.\d+)?px", "", other) == re.sub(r"\d+(\.\d+)?px", "", without)


@pytest.mark.statement("W34", "T38")
@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("500 Internal Server Error", b""),
        ("503 Service Unavailable", b"not now"),
        ("200 OK", b"<html>login</html>"),
        ("200 OK", b'{"v": 1, "state": "ready"'),
        ("200 OK", b"null"),
        ("200 OK", b'{"v": 1, "state": "ready"}'),
        ("200 OK", b'{"v": 2, "state": "ready", "clinics": [], "quotes": [], "disclosure": [], "t": {}}'),
        ("200 OK", b'{"v": 1, "state": "dancing"}'),
        ("200 OK", b'{"v": 1, "state": "ready", "clinics": [{}], "quotes": [{}], "disclosure": [1], "t": {}}'),
        ("404 Not Found", b"no"),
    ],
)
def test_whatever_goes_wrong_the_pages_own_content_stays(
    page: Page, service: Service, host: Host, status: str, body: bytes
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    service.fail("/w/elm-street/data.en.json", status, body)
    page.goto(
        host.page(
            "<script>window.events = []; document.addEventListener('clinic-reviews:error',"
            "(event) => window.events.push(event.detail.reason));</script>" + snippet(service)
        )
    )
    shown(page, "error")
    expect(page.get_by_role("link", name="Reviews of Elm Street Physio")).to_be_visible()
    assert len(page.evaluate("() => window.events")) == 1
    assert errors == []


@pytest.mark.statement("W34")
def test_a_server_that_does_not_answer_is_given_up_after_eight_seconds(
    page: Page, service: Service, host: Host, noise: list[str]
) -> None:
    page.clock.install()
    page.route("**/data*.json", lambda route: None)
    page.goto(host.page(snippet(service)))
    shown(page, "loading")
    expect(page.get_by_role("link", name="Reviews of Elm Street Physio")).to_be_visible()
    page.clock.fast_forward(4_000)
    shown(page, "loading")
    page.clock.fast_forward(4_100)
    shown(page, "error")
    expect(page.get_by_role("link", name="Reviews of Elm Street Physio")).to_be_visible()


def test_after_a_failure_it_can_be_tried_again(page: Page, service: Service, host: Host) -> None:
    service.fail("/w/elm-street/data.en.json", "500 Internal Server Error")
    page.goto(host.page(snippet(service)))
    shown(page, "error")
    service.faults.clear()
    page.locator("clinic-reviews").evaluate("(element) => element.setAttribute('max', '3')")
    expect(shown(page).get_by_role("blockquote").first).to_be_visible()


def test_a_paused_widget_and_one_that_is_gone_leave_the_link(
    page: Page, service: Service, host: Host, noise: list[str]
) -> None:
    service.show(widget_view(service.url, state="paused"))
    page.goto(host.page(snippet(service)))
    shown(page, "paused")
    expect(page.get_by_role("link", name="Reviews of Elm Street Physio")).to_be_visible()
    service.fail("/w/elm-street/data.en.json", "404 Not Found", b'{"v": 1, "state": "gone", "widget": "elm-street"}')
    page.goto(host.page(snippet(service)))
    shown(page, "paused")
    expect(page.get_by_role("link", name="Reviews of Elm Street Physio")).to_be_visible()
    assert [each for each in noise if "404" not in each] == []
    noise.clear()


@pytest.mark.statement("W9")
def test_an_empty_widget_says_so_and_draws_no_stars(page: Page, service: Service, host: Host, noise: list[str]) -> None:
    service.show(widget_view(service.url, state="empty", quotes=(), clinics=(clinic_view(figures=()),)))
    page.goto(host.page(snippet(service)))
    element = shown(page, "empty")
    expect(element.get_by_text("No reviews yet")).to_be_visible()
    expect(element.locator("svg")).to_have_count(0)
    expect(element.get_by_role("link", name="How we count")).to_be_visible()


@pytest.mark.statement("W7")
def test_a_barred_widget_takes_itself_away(page: Page, service: Service, host: Host, noise: list[str]) -> None:
    service.show(widget_view(service.url, state="barred_by_rules", quotes=()))
    page.goto(host.page(snippet(service)))
    element = shown(page, "barred")
    expect(element.locator("section")).to_have_count(0)
    box = element.bounding_box()
    assert box is None or box["height"] == 0
    expect(page.get_by_role("link")).to_have_count(0)


@pytest.mark.statement("W33", "P5")
def test_an_old_browser_and_one_without_scripts_keep_the_pages_own_content(
    page: Page, new_context: Any, service: Service, host: Host, noise: list[str]
) -> None:
    address = host.page(snippet(service))
    page.add_init_script("delete Document.prototype.adoptedStyleSheets")
    page.goto(address)
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("link", name="Reviews of Elm Street Physio")).to_be_visible()
    assert page.locator("clinic-reviews").get_attribute("data-state") is None
    context: BrowserContext = new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(address)
    expect(plain.get_by_role("link", name="Reviews of Elm Street Physio")).to_be_visible()


@pytest.mark.statement("W5")
def test_attributes_redraw_and_unknown_values_are_ignored(
    page: Page, service: Service, host: Host, noise: list[str], requests: list[str]
) -> None:
    page.goto(host.page(snippet(service)))
    element = shown(page)
    items = element.locator("li.quote")
    expect(items).to_have_count(4)

    def put(name: str, value: str) -> None:
        element.evaluate("(element, [name, value]) => element.setAttribute(name, value)", [name, value])

    put("max", "2")
    expect(items).to_have_count(2)
    expect(element.get_by_text("2 of 41 reviews with text, newest first.")).to_be_visible()
    for odd in ("0", "-3", "many", "99999"):
        put("max", odd)
        expect(items).to_have_count(4)
    put("layout", "badge")
    expect(items).to_have_count(0)
    expect(element.get_by_role("link", name="How we count")).to_be_visible()
    put("layout", "spiral")
    expect(items).to_have_count(4)
    put("heading-level", "3")
    expect(element.get_by_role("heading", level=3, name="Reviews of Elm Street Physio")).to_be_visible()
    put("heading-level", "9")
    expect(element.get_by_role("heading")).to_have_count(0)
    put("theme", "plaid")
    put("lang", "fr-CA")
    expect(element.get_by_role("button", name="Tout lire – Anna K.")).to_be_visible()
    put("lang", "xx")
    expect(element.get_by_role("button", name="View All – Anna K.")).to_be_visible()


@pytest.mark.statement("W36")
def test_ready_tells_the_page_what_was_drawn(page: Page, service: Service, host: Host) -> None:
    listen = (
        "<script>document.addEventListener('clinic-reviews:ready', (event) =>"
        "{ window.told = [event.detail, event.composed]; });</script>"
    )
    page.goto(host.page(listen + snippet(service)))
    shown(page)
    assert page.evaluate("() => window.told") == [{"average": "4.6", "count": 222, "quotes": 4}, True]


@pytest.mark.statement("W57", "W58")
def test_on_a_french_page_the_words_are_french_and_the_quotes_stay(
    page: Page, service: Service, host: Host, noise: list[str]
) -> None:
    page.goto(host.page(snippet(service), html='lang="fr-CA"'))
    element = shown(page)
    expect(element.get_by_role("region", name="Avis sur Elm Street Physio")).to_be_visible()
    expect(element.get_by_role("img", name="4,6 étoiles sur 5").first).to_be_visible()
    for words in ("222 avis", "au 22 novembre 2026", "Comment nous comptons", "4 sur 41 avis avec texte."):
        expect(element.get_by_text(words)).to_be_visible()
    assert element.locator("blockquote").first.text_content() == LONG
    assert element.locator("blockquote").first.get_attribute("lang") == "en"
    expect(element.get_by_role("link", name="Comment nous comptons")).to_have_attribute(
        "href", f"{service.url}/r/elm-street/fr/how"
    )


@pytest.mark.statement("W44", "W54")
def test_a_right_to_left_quote_reads_right_to_left_and_the_others_do_not(
    page: Page, service: Service, host: Host
) -> None:
    for html, direction, mirror in (
        ('lang="en"', "ltr", "none"),
        ('lang="ar" dir="rtl"', "rtl", "matrix(-1, 0, 0, 1, 0, 0)"),
    ):
        page.goto(host.page(snippet(service), html=html))
        element = shown(page)
        directions = element.locator("blockquote").evaluate_all(
            "(all) => all.map((q) => getComputedStyle(q).direction)"
        )
        assert directions == ["ltr", "ltr", "rtl", "ltr"]
        assert element.locator("blockquote").nth(2).get_attribute("lang") == "ar"
        assert element.locator("section").evaluate("(s) => getComputedStyle(s).direction") == direction
        expect(element.locator("svg.stars").first).to_have_css("transform", mirror)
        boxes = [element.locator(part).first.bounding_box() or {} for part in (".average", ".count")]
        assert (boxes[0]["x"] < boxes[1]["x"]) is (direction == "ltr")
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"


@pytest.mark.statement("W46")
@pytest.mark.parametrize("head", ["", "<style>html { font-size: 200% }</style>", f"<style>{SPACING}</style>"])
def test_at_320_pixels_nothing_scrolls_sideways(page: Page, service: Service, host: Host, head: str) -> None:
    endless = quote("A" * 200, "x" * 400, title="y" * 200, source="z" * 200)
    service.show(widget_view(service.url, quotes=(endless, long_quote())))
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(host.page(snippet(service), head=head))
    element = shown(page)
    element.get_by_role("button").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    for card in element.locator("li.quote").all():
        sizes = card.evaluate("(li) => [li.scrollWidth, li.clientWidth, li.scrollHeight, li.clientHeight]")
        assert sizes[0] <= sizes[1]
        assert sizes[2] <= sizes[3]


@pytest.mark.statement("W6")
def test_the_order_is_headline_quotes_disclosure_links_and_the_box_decides_the_columns(
    page: Page, service: Service, host: Host
) -> None:
    body = f'<div id="box" style="width: 400px">{snippet(service)}</div>'
    page.set_viewport_size({"width": 1200, "height": 900})
    page.goto(host.page(body))
    element = shown(page)
    kinds = element.locator("section > *").evaluate_all("(all) => all.map((e) => e.className)")
    assert kinds == ["summary", "quotes", "", "small", "links small", "url"]
    columns = "(ul) => getComputedStyle(ul).gridTemplateColumns.split(' ').length"
    assert element.locator("ul").evaluate(columns) == 1
    page.evaluate("() => { document.querySelector('#box').style.width = '760px'; }")
    assert element.locator("ul").evaluate(columns) == 2
    page.evaluate("() => { document.querySelector('#box').style.width = '1150px'; }")
    assert element.locator("ul").evaluate(columns) == 2


@pytest.mark.statement("W50")
def test_drawing_moves_no_focus(page: Page, service: Service, host: Host) -> None:
    page.route("**/data*.json", lambda route: None)
    page.goto(host.page('<input id="here" aria-label="here">' + snippet(service)))
    shown(page, "loading")
    page.locator("#here").focus()
    page.unroute("**/data*.json")
    page.locator("clinic-reviews").evaluate("(element) => element.setAttribute('lang', 'fr')")
    shown(page)
    expect(page.locator("#here")).to_be_focused()
    assert page.locator("clinic-reviews").locator("[aria-live], [role=status], [role=alert]").count() == 0


@pytest.mark.statement("W55")
def test_in_print_the_rests_are_shown_and_the_buttons_are_not(page: Page, service: Service, host: Host) -> None:
    page.goto(host.page(snippet(service)))
    element = shown(page)
    page.emulate_media(media="print")
    assert "kitchen drawer" in text_of(page)
    expect(element.get_by_role("button")).to_be_hidden()
    expect(element.get_by_text(f"{service.url}/r/elm-street", exact=True)).to_be_visible()
    expect(element.locator("li.quote").first).to_have_css("break-inside", "avoid")


def test_a_waiting_widget_loads_when_the_page_is_printed(page: Page, service: Service, host: Host) -> None:
    page.goto(host.page('<div style="height: 9000px"></div>' + snippet(service).replace('lazy="off"', "")))
    shown(page, "waiting")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert shown(page).get_by_role("blockquote").count() > 0


@pytest.mark.statement("W56")
def test_forced_colours_keep_stars_borders_and_focus(page: Page, service: Service, host: Host) -> None:
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.goto(host.page(snippet(service)))
    element = shown(page)
    fills = element.locator("svg.stars").first.evaluate("""(svg) => {
        const probe = document.body.appendChild(document.createElement('i'));
        const of = (name) => { probe.style.color = name; return getComputedStyle(probe).color; };
        return [getComputedStyle(svg.querySelector('.on')).fill === of('CanvasText'),
            getComputedStyle(svg.querySelector('.off')).fill === of('GrayText')];
    }""")
    assert fills == [True, True]
    expect(element.locator("li.quote").first).to_have_css("border-top-style", "solid")
    assert element.evaluate("""(element) => [...element.shadowRoot.querySelectorAll('*')].every(
        (each) => getComputedStyle(each).animationName === 'none')""")


@pytest.mark.statement("W51")
@pytest.mark.parametrize(
    ("style", "star"),
    [
        ("body { color: #222; background: #fff }", "rgb(180, 83, 9)"),
        ("body { color: #eee; background: #121212 }", "rgb(245, 158, 11)"),
        ("body { color: color(display-p3 0 0.3 0.1); background: #fff }", "color(display-p3 0 0.3 0.1)"),
    ],
)
def test_stars_follow_the_lightness_of_the_text_and_the_background_is_the_pages(
    page: Page, service: Service, host: Host, style: str, star: str
) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(host.page(snippet(service), head=f"<style>{style}</style>"))
    element = shown(page)
    expect(element.locator(".on").first).to_have_css("fill", star)
    expect(element.locator("section")).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    assert element.locator("section").evaluate("(s) => getComputedStyle(s).colorScheme") == "normal"


@pytest.mark.statement("W45", "W62")
def test_links_are_underlined_and_open_no_tab(page: Page, service: Service, host: Host) -> None:
    page.goto(host.page(snippet(service)))
    for each in shown(page).locator("section a").all():
        assert each.get_attribute("target") is None
        expect(each).to_have_css("text-decoration-line", "underline")


def test_addresses_that_are_no_web_addresses_are_not_linked(page: Page, service: Service, host: Host) -> None:
    evil = figure(source_label="Evil")
    view = widget_view(
        service.url, clinics=(clinic_view(figures=(replace(evil, url="javascript:window.ran = 1"),)),), quotes=()
    )
    service.show(view)
    page.goto(host.page(snippet(service)))
    element = shown(page)
    expect(element.get_by_text("Evil").first).to_be_visible()
    assert all((each.get_attribute("href") or "").startswith(("http", "tel:")) for each in element.locator("a").all())
