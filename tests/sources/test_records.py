"""JSON and XML of any shape: what is refused, and that odd parts cost nothing else."""

import ast
import contextlib
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from reviews.errors import ImportFileError
from reviews.sources.records import parse_json, parse_xml
from tests.conftest import ROOT

BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x><review rating="5"><text>&b;</text></review></x>'
FILE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x><review rating="5"><text>&a;</text></review></x>'


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"\xff\xfe{", b"[" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ImportFileError):
        parse_json(body)


@pytest.mark.statement("T10")
@pytest.mark.parametrize("bomb", [BOMB, FILE])
def test_entities_that_hide_from_a_look_at_the_bytes_are_not_expanded(tmp_path: Path, bomb: bytes) -> None:
    (tmp_path / "file").write_text("aaaa", encoding="utf-8")
    bomb = bomb.replace(b"/etc/hostname", str(tmp_path / "file").encode())
    for body in (bomb.decode().encode("utf-16"), b"<!--" + b"x" * 120_000 + b"-->" + bomb):
        with contextlib.suppress(ImportFileError):
            assert "aaaa" not in repr(parse_xml(body))


@pytest.mark.statement("T10")
@pytest.mark.parametrize("body", [b"", b"<a>", b"text", BOMB, FILE, b"<a>" * 5_000])
def test_what_is_no_xml_or_brings_entities_is_refused(body: bytes) -> None:
    with pytest.raises(ImportFileError):
        parse_xml(body)


KEYS = st.sampled_from(["rating", "text", "reviews", "name", "user", "time", "title", "id", "location"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["rating", "text", "reviews", "name", "user", "time", "title", "id", "location"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(VALUES)
@pytest.mark.statement("Q1")
def test_any_json_gives_records_or_nothing(value: Any) -> None:
    parsed = parse_json(json.dumps(value).encode())
    assert all(review.rating or review.text for review in parsed.reviews)


@given(VALUES)
@pytest.mark.statement("Q2")
def test_an_odd_record_costs_no_other(value: Any) -> None:
    good = {"rating": 5, "text": "Fine and friendly.", "author_name": "Ida J."}
    parsed = parse_json(json.dumps([good, {"review_rating": value, "text": value, "user": value}, good]).encode())
    assert [review.author for review in parsed.reviews].count("Ida J.") == 2


def test_numbers_stay_as_they_are_written() -> None:
    parsed = parse_json(b'{"name": "Tern Optics", "rating": 4.60, "review_count": 17, "reviews": []}')
    assert (parsed.totals[0].average, parsed.totals[0].review_count) == ("4.60", "17")


def laughs(levels: int) -> bytes:
    entities = '<!ENTITY e0 "ha">' + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    return f"<!DOCTYPE x [{entities}]><x>&e{levels - 1};</x>".encode()


@pytest.mark.statement("F9", "T10")
@pytest.mark.parametrize("read", [ElementTree.fromstring, etree.fromstring], ids=["expat", "libxml2"])
def test_the_libraries_themselves_refuse_a_bomb_of_entities(read: Any) -> None:
    assert read(laughs(2)) is not None
    with pytest.raises((ElementTree.ParseError, etree.XMLSyntaxError)):
        read(laughs(10))


CLOSED = {"resolve_entities": False, "no_network": True, "huge_tree": False}
OPENERS = {"XMLParser", "iterparse"}


@pytest.mark.statement("F9")
def test_every_xml_parser_of_ours_is_closed_and_none_is_the_default_one() -> None:
    found = []
    for path in (ROOT / "reviews").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            given = {word.arg: getattr(word.value, "value", None) for word in call.keywords}
            if call.func.attr in OPENERS:
                assert {name: given.get(name) for name in CLOSED} == CLOSED, f"{path.name}:{call.lineno}"
                found.append(path.stem)
            reads = call.func.attr in ("fromstring", "parse", "XML") and ast.unparse(call.func.value).endswith(
                ("etree", "ElementTree", "lxml")
            )
            assert not (reads and len(call.args) < 2 and not given), f"{path.name}:{call.lineno} takes any parser"
    assert set(found) == {"records", "spreadsheet"}


@pytest.mark.parametrize("name", ["gesamtnote", "note", "schulnote", "Durchschnittsnote"])
def test_a_number_that_may_be_a_school_grade_becomes_no_stars_and_is_named(name: str) -> None:
    """1 is the best grade: as stars it would be the worst."""
    reviews = [{"autor": "Mia K.", "datum": "2026-05-02", "kommentar": "Sehr freundlich.", name: 1.3}]
    place = {"name": "Praxis am Park", "anzahl": 40, "review_count": 40, name: 1.2, "reviews": reviews}
    page = parse_json(json.dumps(place).encode())
    assert [(each.author, each.text, each.rating) for each in page.reviews] == [("Mia K.", "Sehr freundlich.", None)]
    assert page.totals == ()
    assert page.diagnostics[1] == "records: 2 numbers under “note” may be school grades, no stars were made of them"


@pytest.mark.parametrize(
    ("record", "value", "best"),
    [
        ({"auteur": "Léa", "commentaire": "Parfait.", "note": 4.5}, "4.5", None),
        ({"autor": "Mia", "kommentar": "Gut.", "note": "4/5"}, "4", "5"),
        ({"autor": "Mia", "kommentar": "Gut.", "note": 4, "best_rating": 5}, "4", "5"),
        ({"autor": "Mia", "kommentar": "Gut.", "gesamtnote": 1.3, "sterne": 5, "stars": 5}, "5", None),
    ],
)
def test_a_note_with_its_scale_or_among_french_names_is_a_rating(record: dict[str, Any], value: str, best: str) -> None:
    page = parse_json(json.dumps({"reviews": [{"date": "2026-05-02", **record}]}).encode())
    [review] = page.reviews
    assert review.rating is not None
    assert (review.rating.value, review.rating.best) == (value, best)
    assert len(page.diagnostics) == 1
