"""No line of a cell begins as a formula, and what comes back is what went out."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reviews.normalize.formulas import protect, unprotect
from reviews.sources.table import read_whole
from reviews.web.tables import to_csv

HOSTILE = [
    "",
    "'",
    " ",
    "\t",
    "\r\n",
    "\n",
    "=",
    "+",
    "-",
    "@",
    "\ufeff",
    "\u200b",
    "\u00ad",
    "\u202e",
    "＝",
    "－",
    "﹢",
    "a",
    "x",
]


def first_visible(line: str) -> str:
    """What a spreadsheet would see first, said anew: NFKC, without what has no shape."""
    shown = [c for c in unicodedata.normalize("NFKC", line) if unicodedata.category(c)[0] not in "CZ"]
    return shown[0] if shown else ""


@pytest.mark.statement("T12")
@given(st.lists(st.sampled_from(HOSTILE), max_size=8).map("".join))
@example("Kind people\n=HYPERLINK(0)\n\n@x")
@example("'=already")
@example("'\ttab")
def test_no_line_of_a_cell_begins_as_a_formula_and_the_way_back_is_exact(cell: str):
    safe = protect(cell)
    assert [line for line in re.split(r"[\n\r]", safe) if first_visible(line) in ("=", "+", "-", "@")] == []
    assert safe[:1] not in ("\t", "\r", "\n")
    assert unprotect(safe) == cell


def test_honest_cells_stay_as_they_are():
    for cell in ("", "4.5", "It's fine - really", "a=b", "12-10-2026", "'quoted'", "👍 great", "\u2212"):
        assert protect(cell) == unprotect(cell) == cell


@pytest.mark.statement("T12", "Q9")
def test_the_import_of_an_export_gives_the_texts_back():
    texts = ["=1+1", "good\n+1 for Ada\n  -not bad", "'=quoted", "@here", "It's plain"]
    rows = [(5, text, "Ada", f"2026-01-0{number + 1}") for number, text in enumerate(texts)]
    body = b"".join(to_csv([], ["stars", "text", "author", "date"], rows))
    assert [each for each in texts if f",{each},".encode() in body] == ["It's plain"]
    _, read = read_whole(body)
    assert [cells[1] for _, cells in read] == texts
