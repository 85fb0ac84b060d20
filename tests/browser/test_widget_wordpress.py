"""The frame as WordPress shows it: its answer sanitised, in a sandbox, with a secret; and other pages that listen.

What a WordPress site does is played here after its published behaviour: it keeps three kinds of elements and few
attributes, isolates the frame, shows the link until the first valid message, and clamps heights to 200–1000 pixels.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html
from playwright.sync_api import Page, expect

from reviews.publish import oembed
from tests.browser.conftest import Host, Service, shown, snippet
from tests.browser.layout_samples import SENTENCES, full_view
from tests.web.widget_samples import quote

SECRET = "a1B2c3D4e5"
KEPT = {
    "a": {"href"},
    "blockquote": set(),
    "iframe": {"src", "width", "height", "frameborder", "marginwidth", "marginheight", "scrolling", "title"},
}
LISTENER = """
window.messages = [];
window.went = [];
addEventListener("message", (event) => {
    const data = event.data;
    window.messages.push([data, event.origin]);
    if (!data || !data.secret || !data.message || /[^a-zA-Z0-9]/.test(data.secret)) return;
    for (const frame of document.querySelectorAll(`iframe[data-secret="${data.secret}"]`)) {
        if (event.source !== frame.contentWindow) continue;
        for (const quote of document.querySelectorAll(`blockquote[data-secret="${data.secret}"]`)) {
            quote.style.display = "none";
        }
        frame.removeAttribute("style");
        if (data.message === "height") {
            frame.height = Math.min(1000, Math.max(200, parseInt(data.value, 10)));
        } else if (data.message === "link") {
            const there = new URL(data.value), ours = new URL(frame.getAttribute("src"));
            if (/^https?:$/.test(there.protocol) && there.host === ours.host && document.activeElement === frame) {
                window.went.push(data.value);
            }
        }
    }
});
"""
HIDDEN = "position: absolute; visibility: hidden"


def sanitised(answer: str) -> str:
    """What is left of an answer of an unknown provider; empty without a frame."""
    tree = lxml_html.fragment_fromstring(answer, create_parent="div")
    for each in list(tree.iter())[1:]:
        if each.tag not in KEPT:
            each.drop_tag()
            continue
        for name in set(each.attrib) - KEPT[each.tag]:
            del each.attrib[name]
    frames = tree.findall(".//iframe")
    if len(frames) != 1:
        return ""
    frames[0].set("sandbox", "allow-scripts")
    frames[0].set("security", "restricted")
    frames[0].set("src", f"{frames[0].get('src')}#?secret={SECRET}")
    frames[0].set("data-secret", SECRET)
    frames[0].set("style", HIDDEN)
    for quote_ in tree.findall(".//blockquote"):
        quote_.set("data-secret", SECRET)
    return re.sub(r"^<div>|</div>$", "", lxml_html.tostring(tree, encoding="unicode"))


def answer_of(service: Service, **limits: int) -> str:
    made = oembed.answer(
        slug="elm-street",
        language=None,
        title="Reviews of Elm Street Physio",
        page=f"{service.url}/r/elm-street",
        base_url=service.url,
        height=560,
        limits=(limits.get("width", 10_000), limits.get("height", 10_000)),
    )
    return str(made["html"])


def open_post(page: Page, service: Service, host: Host) -> Any:
    host.pages["/listener.js"] = ({"Content-Type": "text/javascript"}, LISTENER.encode())
    html = sanitised(answer_of(service))
    assert html
    page.goto(host.page(html, head='<script src="/listener.js"></script>'))
    return page.frame_locator("iframe")


@pytest.mark.statement("W66", "W67", "W20")
def test_wordpress_shows_the_frame_at_its_height_in_a_sandbox_of_no_origin(
    page: Page, service: Service, host: Host, noise: list[str]
) -> None:
    service.show(full_view(service.url, quotes=full_view(service.url).quotes[1:3]))
    inside = open_post(page, service, host)
    expect(inside.locator("li.quote").first).to_have_css("padding", "16px")
    page.wait_for_function("() => document.querySelector('iframe').style.visibility !== 'hidden'")
    expect(page.locator("blockquote")).to_be_hidden()
    frame = page.frames[1]
    content = frame.evaluate("() => document.documentElement.getBoundingClientRect().height")
    page.wait_for_function("(h) => Math.abs(document.querySelector('iframe').height - h) <= 1", arg=content)
    assert frame.evaluate("() => self.origin") == "null"
    messages = page.evaluate("() => window.messages")
    assert {origin for _, origin in messages} == {"null"}
    assert all(set(data) == {"message", "value", "secret"} and data["secret"] == SECRET for data, _ in messages)
    assert all(isinstance(data["value"], int) for data, _ in messages)


@pytest.mark.statement("W67")
def test_it_tells_its_height_again_when_it_is_asked_and_when_it_changes(
    page: Page, service: Service, host: Host, noise: list[str]
) -> None:
    service.show(full_view(service.url, quotes=full_view(service.url).quotes[:1]))
    inside = open_post(page, service, host)
    expect(inside.locator("summary")).to_be_visible()
    count = "() => window.messages.length"
    page.wait_for_function("() => window.messages.length >= 1")
    page.wait_for_load_state("load")
    before = page.evaluate(count)
    page.evaluate(
        """(secret) => {
            const frame = document.querySelector('iframe').contentWindow;
            frame.postMessage({message: 'ready', secret: 'wrong'}, '*');
            frame.postMessage({message: 'ready', secret}, '*');
        }""",
        SECRET,
    )
    page.wait_for_function("(n) => window.messages.length === n + 1", arg=before)
    low = page.evaluate("() => Number(document.querySelector('iframe').height)")
    inside.locator("summary").click()
    page.wait_for_function("(low) => document.querySelector('iframe').height > low + 20", arg=low)


@pytest.mark.statement("W67")
def test_the_last_secret_of_the_address_counts(page: Page, service: Service, host: Host) -> None:
    host.pages["/listener.js"] = ({"Content-Type": "text/javascript"}, LISTENER.encode())
    address = f"{service.url}/w/elm-street/embed.html#?secret=first#?secret=secondOne"
    page.goto(host.page(f'<iframe src="{address}"></iframe>', head='<script src="/listener.js"></script>'))
    page.wait_for_function("() => window.messages.length > 0")
    assert page.evaluate("() => window.messages[0][0].secret") == "secondOne"


@pytest.mark.statement("W67")
def test_a_click_on_a_link_is_told_as_an_address_of_our_own_host(page: Page, service: Service, host: Host) -> None:
    service.show(full_view(service.url))
    inside = open_post(page, service, host)
    inside.get_by_role("link", name="Read at the source: Own website").click()
    page.wait_for_function("() => window.went.length === 1")
    inside.get_by_role("link", name="How we count").click()
    page.wait_for_function("() => window.went.length === 2")
    assert page.evaluate("() => window.went") == [
        f"{service.url}/r/elm-street",
        f"{service.url}/r/elm-street/how",
    ]
    assert len(page.context.pages) == 1


@pytest.mark.statement("W67", "W60")
def test_what_wordpress_would_cut_off_is_left_out_whole(page: Page, service: Service, host: Host) -> None:
    many = tuple(quote(f"Person {n}", " ".join(SENTENCES)) for n in range(12))
    service.show(full_view(service.url, quotes=many))
    page.set_viewport_size({"width": 700, "height": 900})
    inside = open_post(page, service, host)
    expect(inside.locator("li.quote").first).to_be_visible()
    page.wait_for_function("() => document.querySelector('iframe').style.visibility !== 'hidden'")
    shown_ones = inside.locator("li.quote").filter(visible=True).count()
    assert 1 <= shown_ones < 12
    expect(inside.get_by_text(f"Shown: {shown_ones} of 41 reviews with text")).to_be_visible()
    content = page.frames[1].evaluate("() => document.documentElement.getBoundingClientRect().height")
    assert content <= 1000
    expect(inside.get_by_role("link", name="More reviews")).to_be_visible()


@pytest.mark.statement("W68")
def test_without_a_secret_it_tells_its_height_to_any_page_and_nothing_else(
    page: Page, service: Service, host: Host, noise: list[str]
) -> None:
    host.pages["/listener.js"] = ({"Content-Type": "text/javascript"}, LISTENER.encode())
    frame = f'<iframe src="{service.url}/w/elm-street/embed.html" width="100%" height="300"></iframe>'
    page.goto(host.page(frame, head='<script src="/listener.js"></script>'))
    page.wait_for_function("() => window.messages.length > 0")
    data, origin = page.evaluate("() => window.messages[0]")
    assert set(data) == {"type", "value"}
    assert (data["type"], origin) == ("reviews:height", service.url)
    assert data["value"] > 200


@pytest.mark.statement("A20")
def test_the_listener_of_the_documentation_checks_where_a_message_comes_from(
    page: Page, service: Service, host: Host
) -> None:
    path = Path(__file__).parents[2] / "docs" / "widget.md"
    docs = path.read_text(encoding="utf-8")
    found = re.search(r"```js\n(// Listener.*?)```", docs, re.S)
    assert found, path
    script = found[1].replace("https://reviews.example.org", service.url)
    host.pages["/listener.js"] = ({"Content-Type": "text/javascript"}, script.encode())
    frame = f'<iframe id="reviews" src="{service.url}/w/elm-street/embed.html" width="100%" height="300"></iframe>'
    page.goto(host.page(frame + '<script src="/listener.js"></script>'))
    page.wait_for_function("() => document.querySelector('iframe').offsetHeight > 310")
    height = page.evaluate("() => document.querySelector('iframe').offsetHeight")
    page.evaluate("() => postMessage({type: 'reviews:height', value: 777}, '*')")
    page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    assert page.evaluate("() => document.querySelector('iframe').offsetHeight") == height


@pytest.mark.statement("W25")
def test_the_frozen_script_with_its_integrity_draws_todays_data(
    page: Page, service: Service, host: Host, noise: list[str], requests: list[str]
) -> None:
    from reviews.publish import scripts
    from reviews.web import hot

    service.show(full_view(service.url))
    for script in scripts.find_scripts(hot.STATIC):
        body = re.sub(
            r"<script.*",
            f'<script src="{service.url}/{script.path}" integrity="{script.integrity}" crossorigin async></script>',
            snippet(service),
        )
        page.goto(host.page(body))
        element = shown(page)
        expect(element.locator("li.quote")).to_have_count(6)
        expect(element.locator("li.quote").first).to_have_css("padding", "16px")
    assert f"{service.url}/w/elm-street/data.en.json" in requests
