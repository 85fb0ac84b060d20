"""Pages that change a little: what is read stays right, or becomes less; nothing wrong comes in silently.

The suite tries a few changes of each page; ``python -m tests.sources.mutants --each 500`` tries many.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from reviews.markup import parse_page
from reviews.model import ParsedPage
from tests.sources.mutants import PAGES, URL, try_page

ROUNDS = 10


@pytest.mark.statement("H8", "R8")
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_that_changes_a_little_gives_nothing_wrong(path: Path) -> None:
    _, told = try_page(path, ROUNDS)
    assert told == []


def test_there_are_enough_pages() -> None:
    assert len(PAGES) >= 80


BROKEN = b'<script type="application/ld+json">{"@type": "Review", [[[</script>'


def _as_text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _said(page: ParsedPage) -> tuple[object, ...]:
    """What a page says, without the places where it says so."""
    totals = {replace(total, place="") for total in page.totals}
    return [replace(review, place="") for review in page.reviews], totals


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_in_another_dress_gives_the_same(path: Path) -> None:
    """Another encoding, white space, a wrapper, each block of data twice, a broken block beside the others."""
    body = path.read_bytes()
    before = parse_page(body, URL, None)
    scripts = re.findall(
        rb"<script[^>]*ld\+json.*?</script>", re.sub(rb"<!--.*?-->", b"", body, flags=re.DOTALL), re.DOTALL
    )
    dressed = {
        "space": re.sub(rb">[ ]*\n\s*<", b">\r\n\t  <", body),
        "wrapper": re.sub(
            rb"(<body[^>]*>)(.*)(</body>)", rb'\1<div class="page"><div>\2</div></div>\3', body, flags=re.DOTALL
        ),
        "twice": body.replace(b"</body>", b"".join(scripts) + b"</body>"),
        "broken": body.replace(b"</body>", BROKEN + b"</body>"),
    }
    if text := _as_text(body):
        dressed["encoding"] = text.encode("utf-16")
    for way, other in dressed.items():
        after = parse_page(other, URL, None)
        assert (way, _said(after)) == (way, _said(before))
