"""Files of any kind: what each is, what is read from it, what is refused and why; sheets and zips within limits."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.errors import ImportFileError, ReviewsError
from reviews.model import Page
from reviews.sandbox import Sandbox
from reviews.sources.any_file import read_any, sniff
from reviews.sources.archive import Archive
from reviews.sources.file_import import CHUNK, pages_of
from reviews.sources.registry import CONNECTORS
from reviews.sources.saved_page import find_states, parse_saved_page
from reviews.sources.spreadsheet import to_csv
from tests.platforms.server import Platforms
from tests.sources.contract import Bench, ConnectorContract
from tests.sources.doors import Inline
from tests.sources.workbooks import MAIN, TYPES, packed, workbook

HEAD = ["author", "rating", "date", "text"]


class TestFileImport(ConnectorContract):
    @pytest.fixture
    def platforms(self) -> Iterator[Platforms]:
        with Platforms() as running:
            yield running

    @pytest.fixture
    def bench(self, platforms: Platforms) -> Bench:
        rows = [
            {
                "id": f"r{n}",
                "author": f"Person {n}",
                "rating": n % 5 + 1,
                "date": "2026-10-05",
                "text": f"Visit number {n}.",
            }
            for n in range(1_200)
        ]

        def serve(given: list[dict[str, Any]]) -> None:
            platforms.pages["/export.json"] = (json.dumps({"reviews": given}).encode(), "application/json")

        serve(rows)
        return Bench(
            connector=CONNECTORS["file_import"],
            platforms=platforms,
            config={"url": f"{platforms.url}/export.json"},
            serve=lambda texts: serve(
                [{"id": f"t{n}", "author": f"Person {n}", "rating": 5, "text": text} for n, text in enumerate(texts)]
            ),
            damage=lambda: serve(
                [*rows, {"id": "odd", "author": "Odd One", "rating": 99, "text": "Beyond every scale."}]
            ),
            repeat=lambda: serve([*rows, rows[0]]),
            expected_count=len(rows),
            errors={"truncated": ImportFileError, "wrong_type": ImportFileError},
        )


def read(body: bytes, name: str = "", **config: Any) -> list[Page]:
    return list(pages_of(body, config, Inline(), file=name))


def refused(body: bytes, name: str = "file.bin", **config: Any) -> ImportFileError:
    with pytest.raises(ImportFileError) as caught:
        read(body, name, **config)
    return caught.value


# ---------------------------------------------------------------- what a file is
@pytest.mark.parametrize(
    ("body", "name", "kind"),
    [
        (b"author,rating\nA,5\n", "x.csv", "table"),
        (b"author;rating\nA;5\n", "", "table"),
        (b'\xef\xbb\xbf{"reviews": []}', "reviews.json", "json"),
        (b'{"reviews": []}', "download", "json"),
        (b"<?xml version='1.0'?><reviews/>", "a.xml", "xml"),
        (b"<!doctype html><p>x", "saved", "page"),
        (b"<html><body>", "saved.xml", "page"),
        (b"4.5 out of 5", "copy.txt", "text"),
        (workbook([HEAD]), "x.xlsx", "sheet"),
        (workbook([HEAD]), "renamed.csv", "sheet"),
        (packed({"a/reviews.json": "{}"}), "takeout.zip", "archive"),
    ],
)
def test_bytes_say_what_a_file_is_before_its_name(body: bytes, name: str, kind: str) -> None:
    assert sniff(body, name) == kind


@pytest.mark.parametrize(
    "body", [b"%PDF-1.7", b"\xd0\xcf\x11\xe0old", b"\x1f\x8bgz", b"\x89PNG\r\n", b"\xff\xd8\xffjpg"]
)
def test_what_holds_no_reviews_is_refused(body: bytes) -> None:
    assert "cannot be read" in refused(body).hint


# ---------------------------------------------------------------- spreadsheets
def test_a_spreadsheet_is_read_like_a_table_dates_and_all() -> None:
    body = workbook([HEAD, ["Ida J.", 5, 45717, "Kind & on time"], ["Bo K.", 3.0, 45718.5, "Cold room"]], dates=[2])
    (page,) = read(body, "export.xlsx")
    found = [(r.author, r.rating.value if r.rating else None, r.date, r.text) for r in page.parsed.reviews]
    assert found == [
        ("Ida J.", "5", "2025-03-01", "Kind & on time"),
        ("Bo K.", "3", "2025-03-02T12:00:00", "Cold room"),
    ]


def test_inline_texts_gaps_and_booleans_keep_their_columns() -> None:
    sheet = (
        f'<worksheet {MAIN}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c>'
        '<c r="C1" t="b"><v>1</v></c><c r="D1" t="e"><v>#REF!</v></c></row></sheetData></worksheet>'
    )
    body = packed({"[Content_Types].xml": TYPES, "xl/worksheets/sheet1.xml": sheet})
    assert to_csv(body).decode().splitlines() == ["a,,TRUE,"]


@pytest.mark.statement("T11", "F8", "T10")
@pytest.mark.parametrize(
    ("members", "hint"),
    [
        ({"xl/worksheets/sheet1.xml": b"0" * 60_000_000}, "grow"),
        ({"xl/worksheets/sheet1.xml": b"0" * 20_000_000}, "grow"),
        ({f"m{n}": "x" for n in range(300)}, "grow"),
        ({"[Content_Types].xml": TYPES, "xl/worksheets/sheet1.xml": "<worksheet><sheetData><row"}, "no spreadsheet"),
        (
            {
                "[Content_Types].xml": TYPES,
                "xl/worksheets/sheet1.xml": '<!DOCTYPE x [<!ENTITY a "b">]><worksheet><sheetData/></worksheet>',
            },
            "no spreadsheet",
        ),
        ({"[Content_Types].xml": TYPES, "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}/>"}, "empty"),
    ],
)
def test_spreadsheets_that_bite_are_refused(members: dict[str, Any], hint: str) -> None:
    body = packed({"[Content_Types].xml": TYPES} | members)
    started = time.process_time()
    with pytest.raises(ImportFileError) as caught:
        to_csv(body, "x.xlsx")
    assert hint in caught.value.hint
    assert time.process_time() - started < 15  # a busy machine counts more


@pytest.mark.statement("T11", "F8")
def test_a_sheet_of_too_many_rows_or_columns_is_refused_within_the_sandbox() -> None:
    rows = "".join(f'<row r="{n}"><c><v>1</v></c></row>' for n in range(210_000))
    wide = '<row r="1"><c r="ZZZ1"><v>1</v></c></row>'
    with Sandbox(cpu_seconds=5, wall_seconds=20) as sandbox:
        for content in (rows, wide):
            sheet = f"<worksheet {MAIN}><sheetData>{content}</sheetData></worksheet>"
            body = packed({"[Content_Types].xml": TYPES, "xl/worksheets/sheet1.xml": sheet})
            with pytest.raises(ReviewsError):
                sandbox.run(to_csv, body, "x.xlsx")
        assert sandbox.run(to_csv, workbook([["fine"]]), "x.xlsx") == b"fine\r\n"


@given(st.binary(max_size=200))
@settings(max_examples=100)
@pytest.mark.statement("Q1")
def test_any_bytes_give_pages_or_a_typed_error(body: bytes) -> None:
    for name in ("a.csv", "a.xlsx", "a.json", "a.zip", "a.html", "a.txt", "a"):
        for start in (b"", b"PK\x03\x04", b"{", b"<"):
            try:
                pages = read(start + body, name)
            except ReviewsError:
                continue
            assert all(isinstance(page, Page) for page in pages)


# ---------------------------------------------------------------- zips
def reviews_of(*texts: str) -> str:
    return json.dumps(
        {
            "reviews": [
                {
                    "reviewer": {"displayName": f"P{n}"},
                    "starRating": "FOUR",
                    "comment": text,
                    "createTime": "2025-01-02T00:00:00Z",
                }
                for n, text in enumerate(texts)
            ]
        }
    )


TAKEOUT = {
    "Takeout/Google Business Profile/account-1/location-1/reviews.json": reviews_of("Good hands."),
    "Takeout/Google Business Profile/account-1/location-1/reviews-0002.json": reviews_of("Short waits."),
    "Takeout/Google Business Profile/account-1/location-1/data.json": json.dumps({"title": "Elm North"}),
    "Takeout/Google Business Profile/account-1/location-2/reviews.json": reviews_of("Dark stairs."),
    "Takeout/Google Business Profile/account-1/location-2/data.json": json.dumps({"title": "Elm South"}),
}


def test_a_takeout_of_several_places_asks_which_one_is_meant() -> None:
    error = refused(packed(TAKEOUT), "takeout.zip")
    assert error.values == {"names": "Elm North · Elm South"}
    (page,) = read(packed(TAKEOUT), "takeout.zip", place="Elm North")
    assert {review.text for review in page.parsed.reviews} == {"Good hands.", "Short waits."}
    assert {review.origin for review in page.parsed.reviews} == {"google_takeout"}
    assert "is not in this file" in refused(packed(TAKEOUT), "takeout.zip", place="Oak").hint


def test_a_personal_export_is_refused_with_the_reason() -> None:
    own = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"five_star_rating_published": 5, "review_text_published": "Nice soup."}}
        ],
    }
    assert "wrote about other places" in refused(json.dumps(own).encode(), "Reviews.json").hint
    archive = packed({"Takeout/Maps/Reviews.json": json.dumps(own)})
    assert "wrote about other places" in refused(archive, "takeout.zip").hint


def test_a_zip_without_reviews_or_with_a_password_is_refused() -> None:
    assert "holds no reviews" in refused(packed({"a.txt": "x"}), "a.zip").hint
    assert "damaged" in refused(b"PK\x03\x04nonsense", "a.zip").hint
    assert Archive(packed({"../up.json": "x", "a/b.json": "y"})).names == ("a/b.json",)


# ---------------------------------------------------------------- records, pages, text
def test_nested_reviews_in_the_cells_of_a_table_are_read() -> None:
    cell = json.dumps(
        [{"review_id": "r1", "Name": "Uli", "rating_float": 4.0, "rating_scale": 5, "text_original": "Fine."}]
    )
    quoted = cell.replace('"', '""')
    body = f'title,review_count,review_rating,user_reviews\nElm North,12,4.5,"{quoted}"\n'.encode()
    (page,) = read(body, "places.csv")
    assert [(r.author, r.text) for r in page.parsed.reviews] == [("Uli", "Fine.")]
    assert page.parsed.totals[0].average == "4.5"


def test_several_places_in_one_file_are_told_apart() -> None:
    places = [
        {
            "name": name,
            "rating": 4.5,
            "user_ratings_total": 3,
            "reviews": [{"author_name": "A", "rating": 5, "text": f"At {name}."}],
        }
        for name in ("Elm North", "Elm South")
    ]
    body = json.dumps(places).encode()
    assert refused(body, "places.json").values == {"names": "Elm North · Elm South"}
    (page,) = read(body, "places.json", place="elm south")
    assert [review.text for review in page.parsed.reviews] == ["At Elm South."]


def test_long_files_come_in_pages_and_go_on_where_they_stopped() -> None:
    records = [
        {"id": n, "rating": 5, "author": f"P{n}", "text": f"Visit number {n} was fine."} for n in range(CHUNK * 2 + 1)
    ]
    body = json.dumps(records).encode()
    pages = read(body, "big.json")
    assert [len(page.parsed.reviews) for page in pages] == [CHUNK, CHUNK, 1]
    rest = list(pages_of(body, {}, Inline(), file="big.json", position=pages[0].position))
    assert [page.number for page in rest] == [2, 3]
    other = list(pages_of(body + b" ", {}, Inline(), file="big.json", position=pages[0].position))
    assert [page.number for page in other] == [1, 2, 3]


def test_a_file_without_reviews_says_so() -> None:
    assert "No reviews were found" in refused(b'{"a": 1}', "a.json").hint
    assert "No reviews were found" in refused(b"Just a note.", "a.txt").hint


def test_states_of_scripts_are_found_and_broken_ones_cost_nothing() -> None:
    body = b"""<html><body><script>var x = {broken; window.__S__ = {"a": [1]}; y = JSON.parse('{"b": 2}')</script>
      <script type="application/json">{"c": 3}</script><script type="application/json">{nope</script></body></html>"""
    assert sorted(map(str, find_states(body))) == ["{'a': ['1']}", "{'b': '2'}", "{'c': '3'}"]
    assert parse_saved_page(body, "https://clinic.example.org/").reviews == ()


def test_the_kind_that_is_a_table_is_not_read_as_records() -> None:
    with pytest.raises(ImportFileError):
        read_any(b"a,b\n1,2\n", "x.csv")
