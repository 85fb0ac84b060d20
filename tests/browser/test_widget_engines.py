"""The widget in Firefox and in WebKit: what section 16 of the design asks of each, once per engine."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import Host, Service, snippet
from tests.browser.engines import ENGINES, Engine, wait_until
from tests.browser.layout_samples import full_view
from tests.browser.test_widget_script import policy

LISTEN = """<script nonce="ours">
window.noise = [];
for (const name of ["error", "warn"]) console[name] = (...all) => noise.push(all.join(" "));
for (const name of ["error", "unhandledrejection", "securitypolicyviolation"])
    addEventListener(name, (event) => noise.push(`${event.type} ${event.message || event.violatedDirective || ""}`));
</script>"""
ROOT = "document.querySelector('clinic-reviews').shadowRoot"
READY = "!!document.querySelector('clinic-reviews[data-state=ready]')"


@pytest.fixture(scope="module", params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with ENGINES[request.param]() as started:
        yield started


def look(engine: Engine, selector: str, name: str) -> Any:
    """A computed property of the first such element of the widget."""
    return engine.run(f"getComputedStyle({ROOT}.querySelector({selector!r})).getPropertyValue({name!r})")


def texts(engine: Engine, selector: str) -> Any:
    return engine.run(f"[...{ROOT}.querySelectorAll({selector!r})].map((each) => each.textContent)")


@pytest.mark.statement("W30", "W29", "W33", "W14", "W42", "W43")
def test_it_draws_styled_under_a_strict_policy_and_view_all_works_by_keyboard(
    engine: Engine, service: Service, host: Host
) -> None:
    view = full_view(service.url)
    service.show(view)
    headers = policy(service)
    for name, more in (("script-src", "'nonce-ours'"), ("img-src", "'self'")):  # who listens, and the host's own icon
        headers["Content-Security-Policy"] = headers["Content-Security-Policy"].replace(name, f"{name} {more}")
    engine.resize(900, 800)
    engine.goto(host.page(snippet(service), head=LISTEN, headers=headers))
    wait_until(engine, READY)
    assert engine.run("!!document.querySelector('clinic-reviews').matches(':defined')")
    assert look(engine, "li.quote", "padding-top") == "16px"
    assert look(engine, "p.name", "font-weight") == "700"
    assert engine.run(f"{ROOT}.querySelector('svg.stars').getAttribute('aria-label')") == "4.6 out of 5 stars"
    assert engine.run(f"{ROOT}.querySelector('svg.stars svg').width.baseVal.value") == 92
    assert engine.run(f"{ROOT}.querySelector('svg.stars').getBoundingClientRect().height") > 16
    whole = [each.excerpt.head + (each.excerpt.rest or "") for each in view.quotes]
    assert texts(engine, "blockquote") == whole
    rest = f"{ROOT}.querySelector('.rest').offsetHeight > 0"
    assert engine.run(rest) is False
    engine.run(f"{ROOT}.querySelector('li button').focus()")
    for key, is_open in (("Enter", True), ("Space", False), ("Enter", True)):
        engine.press(key)
        wait_until(engine, f"({rest}) === {str(is_open).lower()}")
        assert engine.run(f"{ROOT}.activeElement.getAttribute('aria-expanded')") == str(is_open).lower()
    assert texts(engine, "blockquote") == whole
    assert engine.run("window.noise") == []


@pytest.mark.statement("W30")
def test_what_listens_there_hears_what_a_policy_refuses(engine: Engine, host: Host) -> None:
    headers = {"Content-Security-Policy": "default-src 'none'; script-src 'nonce-ours'"}
    engine.goto(host.page('<p style="color: red">red</p>', head=LISTEN, headers=headers))
    wait_until(engine, "window.noise.length > 0")
    assert "securitypolicyviolation style-src" in engine.run("window.noise[0]")


@pytest.mark.statement("W16", "W32")
def test_the_hosts_css_does_not_reach_in_and_fields_do_not_run_together(
    engine: Engine, service: Service, host: Host
) -> None:
    hostile = "<style>* { all: unset !important } p, li { color: red !important; font-size: 60px !important }</style>"
    engine.goto(host.page(snippet(service), head=LISTEN + hostile))
    wait_until(engine, READY)
    assert engine.run("getComputedStyle(document.querySelector('clinic-reviews')).display") == "block"
    assert look(engine, "li.quote", "border-top-style") == "solid"
    assert look(engine, "li.quote", "font-size") == "16px"
    for lookup in (f"{ROOT}.adoptedStyleSheets.length", f"({ROOT}.adoptedStyleSheets = [], 0)"):
        engine.run(lookup)
        said = engine.run(f"{ROOT}.querySelector('address').textContent")
        assert said == "12 Elm Street, Burnaby, BC, V5H 1A1, Canada, 604-555-0134"
    assert engine.run("window.noise") == []


@pytest.mark.statement("W54", "W44")
def test_a_page_from_right_to_left_mirrors_stars_and_arrows_and_a_quote_keeps_its_direction(
    engine: Engine, service: Service, host: Host
) -> None:
    service.show(full_view(service.url))
    for html, mirrored in (('lang="en"', False), ('lang="ar" dir="rtl"', True)):
        engine.goto(host.page(snippet(service, 'layout="carousel"'), head=LISTEN, html=html))
        wait_until(engine, READY)
        turned = "matrix(-1, 0, 0, 1, 0, 0)"
        assert (look(engine, ".arrow", "transform") == turned) is mirrored
        assert (look(engine, "svg.stars", "transform") == turned) is mirrored
        arabic = f"{ROOT}.querySelector('blockquote[lang=ar]')"
        assert engine.run(f"getComputedStyle({arabic}).direction") == "rtl"
        assert engine.run(f"{arabic}.getAttribute('dir')") == "auto"
        assert engine.run("window.noise") == []


@pytest.mark.statement("W57", "W58", "W37")
def test_a_french_page_is_french_and_the_box_that_is_reserved_holds(
    engine: Engine, service: Service, host: Host
) -> None:
    service.show(full_view(service.url))
    reserved = f'<img src="{service.url}/w/elm-street/poster-l.svg" alt="Avis" width="480" height="700">'
    body = snippet(service).replace("</clinic-reviews>", reserved + "</clinic-reviews>") + '<p id="after">after</p>'
    before = "<script>addEventListener('DOMContentLoaded', () => { window.top0 = after.offsetTop; });</script>"
    for width in (520, 760, 1200):
        engine.resize(width, 800)
        engine.goto(host.page(body, head=LISTEN + before, html='lang="fr-CA"'))
        wait_until(engine, READY)
        assert engine.run("[window.top0, document.querySelector('#after').offsetTop].join()") == ",".join(
            [str(engine.run("window.top0"))] * 2
        )
    assert engine.run(f"{ROOT}.querySelector('svg.stars').getAttribute('aria-label')") == "4,6 étoiles sur 5"
    assert "222 avis" in engine.run(f"{ROOT}.querySelector('.count').textContent")
    assert texts(engine, "li button")[0] == "Tout lire"
    assert engine.run("window.noise") == []


@pytest.mark.statement("W34")
def test_without_script_the_picture_and_the_link_stay(engine: Engine, service: Service, host: Host) -> None:
    """A frame whose sandbox allows no script is a page without script that its parent may look into."""
    poster = (
        f'<picture><img src="{service.url}/w/elm-street/poster-l.svg" width="600" height="420" alt="Reviews"></picture>'
    )
    inner = snippet(service).replace("Reviews of Elm Street Physio", poster)
    host.page(inner, path="/inner")
    frame = '<iframe src="/inner" sandbox="allow-same-origin" width="800" height="700"></iframe>'
    engine.goto(host.page(frame, head=LISTEN))
    inside = "document.querySelector('iframe').contentDocument"
    wait_until(engine, f"{inside}.querySelector('img').naturalWidth > 0")
    assert engine.run(f"{inside}.querySelector('clinic-reviews').matches(':defined')") is False
    assert engine.run(f"{inside}.querySelector('clinic-reviews a').offsetHeight > 0")
    assert engine.run(f"{inside}.querySelector('img').getBoundingClientRect().height") == 420


@pytest.mark.statement("W67")
def test_the_frame_page_is_complete_and_tells_its_height(engine: Engine, service: Service, host: Host) -> None:
    """As WordPress embeds it: sandboxed, with a secret, of no origin."""
    listen = "<script>addEventListener('message', (event) => { window.said = event.data; });</script>"
    frame = (
        f'<iframe sandbox="allow-scripts" src="{service.url}/w/elm-street/embed.html#?secret=abcdefghij" width="600" '
        'height="300" title="Reviews"></iframe>'
    )
    engine.goto(host.page(frame, head=listen))
    wait_until(engine, "!!window.said")
    said = engine.run("window.said")
    assert (said["message"], said["secret"]) == ("height", "abcdefghij")
    assert 200 < said["value"] < 3000
