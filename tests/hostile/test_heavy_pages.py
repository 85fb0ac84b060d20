"""Pages made to be heavy: each is read or refused within the child's limits, and the next page is read as ever."""

import contextlib
import resource
from collections.abc import Callable, Iterator

import pytest

from reviews.errors import ReviewsError
from reviews.markup import parse_page
from reviews.model import ParsedPage
from reviews.sandbox import Sandbox

URL = "https://clinic.example.org/reviews"
MB2 = 1_990_000
HONEST = (
    b'<html lang="en"><body><h2>Reviews</h2><div class="review"><p>The splint fits and the bill was fair.</p>'
    b'<cite>Ada Moor</cite></div></body></html>'
)  # fmt: skip


def filled(unit: str, head: str = "", tail: str = "") -> bytes:
    """As many of these as 2 MB hold."""
    return (head + unit * ((MB2 - len(head) - len(tail)) // len(unit)) + tail).encode()


def attributes() -> bytes:
    names = " ".join(f'a{n}="{n}"' for n in range(40_000))
    return f"<html><body><div class='review' {names}><p>Good hands.</p></div></body></html>".encode()


PAGES: dict[str, Callable[[], bytes]] = {
    "nested blocks": lambda: filled("<div>"),
    "nested blocks called reviews": lambda: filled("<div class=review>"),
    "nested formatting": lambda: filled("<b><i><u>", "<p>", "Good."),
    "nested tables": lambda: filled("<table><tr><td>"),
    "nested lists with text": lambda: filled("<ul><li>Good hands here "),
    "nested items": lambda: filled("<p itemscope itemprop=review itemtype='https://schema.org/Review'>"),
    "40,000 attributes": attributes,
    "unclosed comments": lambda: filled("<!-- ", "<html><body>"),
    "half comments": lambda: filled("<!-<!--!>", "<html><body>"),
    "open tags only": lambda: filled("<"),
    "one attribute": lambda: filled("x", "<html><body><div class='", "'>"),
    "one class of many names": lambda: filled("review ", "<html><body><div class='", "'>text</div>"),
    "one long word": lambda: filled("a", "<html><body><h2>Reviews</h2><div class=review><p>"),
    "one long number": lambda: filled("1", "<html><body><h2>Reviews</h2><div class=review><p>Rated "),
    "spaces": lambda: filled(" \t\n", "<html><body><h2>Reviews</h2><div class=review><p>"),
    "dashes and quotes": lambda: filled('" - A. ', "<html><body><h2>Reviews</h2><div class=review><p>"),
    "many labels": lambda: filled("Name: ", "<html><body><h2>Reviews</h2><p>"),
    "many small reviews": lambda: filled(
        "<div class=review><i>★★★★★</i><p>Good hands, fair bill.</p><b>Ada M.</b></div>"
    ),
    "many lines in bold": lambda: filled(
        "<b>Ada Moor</b>, teacher<br>Good hands, fair bill.<br>", "<h2>Reviews</h2><p>"
    ),
    "deep JSON": lambda: filled('{"review":[', '<script type="application/ld+json">'),
    "comments in JSON": lambda: filled('/*"', '<script type="application/ld+json">{', "</script>"),
    "entities": lambda: filled("&amp;&notanentity;&#38;", "<p class=review>"),
}


@pytest.fixture(scope="module")
def cell() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


@pytest.mark.statement("F6", "T9")
@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_heavy_page_is_read_or_refused_and_the_next_is_read(cell: Sandbox, name: str) -> None:
    body = PAGES[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found: ParsedPage | None = None
    with contextlib.suppress(ReviewsError):
        found = cell.run(parse_page, body, URL, None)
    assert found is None or isinstance(found, ParsedPage)
    honest = cell.run(parse_page, HONEST, URL, None)
    assert [(review.author, review.text) for review in honest.reviews] == [
        ("Ada Moor", "The splint fits and the bill was fair.")
    ]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KB on Linux
