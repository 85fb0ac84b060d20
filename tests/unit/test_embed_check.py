"""Whether a page lets the widget in: snippets found, policies read, the missing directive named."""

import pytest

from reviews.markup.embeds import Embeds, find_embeds
from reviews.publish.embed_check import Fault, allows, check_page

BASE = "https://reviews.example.org"
PAGE = "https://clinic.example/"
ELEMENT = f'<clinic-reviews widget="elm-street"></clinic-reviews><script src="{BASE}/widget/v1.js" async></script>'
FRAME = f'<iframe src="{BASE}/w/elm-street/embed.html"></iframe>'
BADGE = f'<img src="{BASE}/w/elm-street/badge.png" alt="x">'


def check(html: str, header: str = "", page: str = PAGE, base: str = BASE) -> list[Fault]:
    return list(check_page(find_embeds(html.encode(), "utf-8"), header, page, base))


def problems(html: str, header: str = "", page: str = PAGE) -> list[str]:
    return [fault.what for fault in check(html, header, page) if fault.level == "problem"]


@pytest.mark.statement("S16", "W29")
def test_each_missing_directive_is_named_and_the_whole_line_printed() -> None:
    found = check(ELEMENT, f"default-src 'self'; img-src {BASE}")
    assert [fault.what for fault in found if fault.level == "problem"] == [
        "the page's policy has no script-src for us",
        "the page's policy has no connect-src for us",
    ]
    assert found[-1].way_out == f"script-src {BASE}; connect-src {BASE}; img-src {BASE}"
    frame = check(FRAME, "default-src 'none'")
    assert [fault.way_out for fault in frame if fault.level == "problem"] == [f"add {BASE} to frame-src"]
    assert frame[-1].way_out == f"frame-src {BASE}"
    assert problems(BADGE, "img-src 'self'") == ["the page's policy has no img-src for us"]


@pytest.mark.statement("S16", "W29", "P3")
def test_the_lines_that_we_print_let_the_widget_in() -> None:
    line = f"default-src 'none'; script-src {BASE}; connect-src {BASE}; img-src {BASE}"
    assert problems(ELEMENT, line) == []
    assert problems(ELEMENT) == []
    assert problems(FRAME, f"default-src 'none'; frame-src {BASE}") == []


@pytest.mark.statement("S16")
def test_policies_in_the_head_count_as_well_and_all_must_agree() -> None:
    meta = '<meta http-equiv="Content-Security-Policy" content="connect-src \'self\'">'
    assert problems(meta + ELEMENT) == ["the page's policy has no connect-src for us"]
    assert problems(ELEMENT, "img-src *, script-src 'self'") == ["the page's policy has no script-src for us"]


def test_a_page_without_a_snippet_and_one_whose_script_was_stripped_are_told_apart() -> None:
    assert problems("<p>hello</p>")[0].startswith("no snippet")
    stripped = problems('<clinic-reviews widget="elm-street"></clinic-reviews>' + BADGE)
    assert any("its script is not" in what for what in stripped) or stripped[0].startswith("no snippet")
    assert problems("")[0].startswith("no snippet")


def test_strict_dynamic_needs_a_nonce_and_https_pages_need_https() -> None:
    policy = f"script-src 'nonce-abc' 'strict-dynamic' {BASE}"
    assert any("strict-dynamic" in what for what in problems(ELEMENT, policy))
    with_nonce = ELEMENT.replace("async", 'async nonce="abc"')
    assert problems(with_nonce, policy) == []
    plain = check(ELEMENT.replace("https", "http"), "", PAGE, BASE.replace("https", "http"))
    assert any("browsers block" in fault.what for fault in plain)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("*", True),
        ("https:", True),
        ("http:", True),
        ("data:", False),
        ("'self'", False),
        ("'none'", False),
        ("'unsafe-inline'", False),
        ("reviews.example.org", True),
        ("REVIEWS.EXAMPLE.ORG", True),
        ("*.example.org", True),
        ("*.reviews.example.org", False),
        ("example.org", False),
        ("https://reviews.example.org", True),
        ("http://reviews.example.org", True),
        ("https://reviews.example.org:443", True),
        ("https://reviews.example.org:8443", False),
        ("https://reviews.example.org:*", True),
        ("https://reviews.example.org/widget/", True),
        ("https://reviews.example.org/other/", False),
    ],
)
def test_sources_match_as_browsers_match_them(source: str, expected: bool) -> None:
    assert allows(f"script-src {source}", "script-src", BASE, PAGE) is expected


def test_the_nearest_directive_governs_and_the_first_of_two_counts() -> None:
    assert allows("default-src 'none'; script-src *", "script-src", BASE, PAGE)
    assert not allows("script-src 'none'; script-src *", "script-src", BASE, PAGE)
    assert not allows("script-src *; script-src-elem 'none'", "script-src", BASE, PAGE)
    assert allows("style-src 'none'", "script-src", BASE, PAGE)
    assert not allows("child-src 'none'; default-src *", "frame-src", BASE, PAGE)
    assert allows("script-src 'self'", "script-src", "https://clinic.example/reviews", PAGE)


def test_broken_pages_hold_nothing() -> None:
    for body in (b"", b"\x00\xff", b"<" * 50):
        assert find_embeds(body, None) == Embeds() or not find_embeds(body, None).widgets
    assert find_embeds(ELEMENT.encode(), "no-such-charset") == Embeds()
