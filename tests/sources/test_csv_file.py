"""Tables: what is sniffed, what is asked, what is refused whole, and what costs one row."""

import csv
import io
import tracemalloc
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.errors import ImportFileError, ReviewsError
from reviews.sandbox import Sandbox
from reviews.sources import table
from reviews.sources.cells import date_order_of, scale_of
from reviews.sources.columns import TARGETS, header_key, is_private, propose
from reviews.sources.csv_file import CHUNK, pages_of, parse_table, propose_mapping
from tests.sources.doors import Inline


def rows_of(*rows: Sequence[str], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def refused(body: bytes, **config: Any) -> ImportFileError:
    with pytest.raises(ImportFileError) as caught:
        list(pages_of(body, config, Inline(), file="reviews.csv"))
    assert caught.value.file == "reviews.csv"
    return caught.value


HEADER = ("author", "rating", "date", "text")


# ---------------------------------------------------------------- headers
@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Author,Rating,Date,Review", {"author": "Author", "rating": "Rating", "date": "Date", "text": "Review"}),
        ("Autor;Note;Datum;Kommentar", {"author": "Autor", "date": "Datum", "text": "Kommentar"}),
        ("Nom;Note;Date;Commentaire", {"author": "Nom", "rating": "Note", "date": "Date", "text": "Commentaire"}),
        ("Étoiles;Avis;Réponse", {"rating": "Étoiles", "text": "Avis", "reply": "Réponse"}),
        ("Bewertung;Kommentar;Datum", {"rating": "Bewertung", "text": "Kommentar", "date": "Datum"}),
        ("Puntuación;Reseña;Fecha", {"rating": "Puntuación", "text": "Reseña", "date": "Fecha"}),
        ("reviewId,starRating,createdAt", {"external_id": "reviewId", "rating": "starRating", "date": "createdAt"}),
    ],
)
def test_headers_are_understood_in_four_languages(header: str, expected: dict[str, str]) -> None:
    delimiter = ";" if ";" in header else ","
    proposal = propose_mapping(f"{header}\n{delimiter.join('12345'[: len(expected)])}\n".encode(), Inline())
    assert proposal.delimiter == delimiter
    assert dict(proposal.mapping) == expected


def test_every_synonym_of_a_header_is_its_own_key() -> None:
    for target, names in TARGETS.items():
        for name in names:
            assert header_key(name) == name
            beside = ["auteur"] if name == "note" else []  # alone it may be a school grade
            is_shared = name in sum((v for k, v in TARGETS.items() if k != target), ())
            assert is_shared or {target: name}.items() <= propose([name, *beside]).items()


@pytest.mark.parametrize("name", ["E-Mail", "email", "Reviewer Email", "IP", "ip_address", "courriel", "Phone"])
def test_private_columns_are_never_read(name: str) -> None:
    assert is_private(name)
    body = rows_of((name, "rating", "text"), ("private@example.org", "5", "Good."))
    proposal = propose_mapping(body, Inline())
    assert proposal.ignored == (name,)
    assert "private@example.org" not in repr(proposal.samples)
    assert "private@example.org" not in repr(parse_table(body, {}))
    assert refused(body, mapping={"author": name, "rating": "rating"}).column == name


def test_words_that_only_look_private_are_not() -> None:
    assert not any(is_private(name) for name in ("description", "ship_date", "recipe", "trip", "tip"))


# ---------------------------------------------------------------- dates and scales
def test_an_impossible_date_names_row_and_column() -> None:
    rows = [("A", "5", f"{day}/01/2025", "Fine.") for day in range(10, 25)] + [("B", "4", "31/02/2025", "Also fine.")]
    parsed = parse_table(rows_of(HEADER, *rows), {})
    assert len(parsed.reviews) == 15
    (reject,) = parsed.rejects
    assert (reject.place, reject.column, dict(reject.values)) == ("row 17", "date", {"value": "31/02/2025"})


def test_an_ambiguous_order_of_day_and_month_is_asked_never_guessed() -> None:
    body = rows_of(HEADER, ("A", "5", "04/05/2024", "Fine."))
    assert propose_mapping(body, Inline()).asks == ("date_order",)
    error = refused(body)
    assert (error.row, error.column) == (2, "date")
    assert parse_table(body, {"date_order": "day"}).reviews[0].date == "2024-05-04"
    assert parse_table(body, {"date_order": "month"}).reviews[0].date == "2024-04-05"


def test_a_column_that_proves_its_order_is_not_asked_about() -> None:
    body = rows_of(HEADER, ("A", "5", "04/05/2024", "Fine."), ("B", "4", "25/05/2024", "Fine too."))
    assert propose_mapping(body, Inline()).date_order == "day"
    assert [review.date for review in parse_table(body, {}).reviews] == ["2024-05-04", "2024-05-25"]


def test_a_column_with_both_orders_is_refused_until_one_is_chosen() -> None:
    body = rows_of(HEADER, ("A", "5", "25/05/2024", "Fine."), ("B", "4", "05/25/2024", "Fine too."))
    assert refused(body).row == 3
    parsed = parse_table(body, {"date_order": "day"})
    assert len(parsed.reviews) == 1
    assert parsed.rejects[0].place == "row 3"


@given(st.lists(st.dates(), min_size=1, max_size=20))
def test_the_order_that_a_column_proves_is_the_one_it_was_written_in(days: list[Any]) -> None:
    for order, pattern in (
        ("day", "{0.day:02d}/{0.month:02d}/{0.year:04d}"),
        ("month", "{0.month:02d}/{0.day:02d}/{0.year:04d}"),
    ):
        found = date_order_of((row, pattern.format(day)) for row, day in enumerate(days))
        assert found.order in (order, "")
        assert found.contradiction is None


@pytest.mark.parametrize(
    ("ratings", "scale"),
    [
        (["5", "1", "4.5"], "5"), (["5", "8"], ""), (["90"], ""), (["★★★☆☆"], "drawn"), (["yes", "no"], "recommend"),
        (["FIVE"], "words"), (["4/5", "3"], "5"), ([], ""),
    ],
)  # fmt: skip
def test_a_scale_is_assumed_only_without_doubt(ratings: list[str], scale: str) -> None:
    assert scale_of(enumerate(ratings)) == scale


def test_an_unknown_scale_is_asked_with_its_place() -> None:
    body = rows_of(HEADER, ("A", "5", "", "Fine."), ("B", "9", "", "Better."))
    error = refused(body)
    assert (error.row, error.column, error.values["value"]) == (3, "rating", "9")
    chosen = parse_table(body, {"scale": "10"})
    assert [(r.rating.value, r.rating.best) for r in chosen.reviews if r.rating] == [("5", "10"), ("9", "10")]


def test_a_rating_outside_the_chosen_scale_costs_its_row_only() -> None:
    body = rows_of(HEADER, ("A", "5", "", "Fine."), ("B", "9", "", "Better."))
    parsed = parse_table(body, {"scale": "5"})
    assert [review.author for review in parsed.reviews] == ["A"]
    assert (parsed.rejects[0].place, parsed.rejects[0].column) == ("row 3", "rating")


def test_yes_and_no_are_recommendations() -> None:
    body = rows_of(("author", "recommended", "text"), ("A", "yes", "Fine."), ("B", "no", "Not fine."))
    assert [r.rating.kind for r in parse_table(body, {}).reviews if r.rating] == ["recommend", "recommend"]


def test_unix_times_are_told_by_their_column_and_never_by_their_size() -> None:
    for column, value in (("review_timestamp", "1767225600"), ("created_ms", "1767225600000")):
        body = rows_of(("rating", "text", column), ("5", "Fine.", value))
        mapping = {"rating": "rating", "text": "text", "date": column}
        assert parse_table(body, {"mapping": mapping}).reviews[0].date == "2026-01-01T00:00:00+00:00"


# ---------------------------------------------------------------- several clinics
def test_a_file_of_two_clinics_needs_a_choice_and_gives_only_the_chosen() -> None:
    body = rows_of(
        ("Location", "rating", "text"),
        ("North", "5", "One."),
        ("South", "4", "Two."),
        ("north", "3", "Three."),
    )
    assert "clinic" in propose_mapping(body, Inline()).asks
    assert refused(body).values["names"].startswith("North · South")
    assert [r.text for r in parse_table(body, {"clinic": "North"}).reviews] == ["One.", "Three."]
    assert "West" in str(refused(body, clinic="West").values)


def test_a_platform_column_gives_each_row_its_origin() -> None:
    body = rows_of(("rating", "text", "source"), ("5", "One.", "Google"), ("4", "Two.", "Pigeon"), ("3", "Three.", ""))
    assert [review.origin for review in parse_table(body, {}).reviews] == ["google", "unknown", None]


# ---------------------------------------------------------------- files that are refused whole
@pytest.mark.statement("T11")
@pytest.mark.parametrize(
    ("body", "row"),
    [
        (b"", None),
        (b"\n\n \n", None),
        (b"author,rating,text\n", 1),
        (b"foo,bar\n1,2\n", 1),
        (b"author,text,text\nA,x,y\n", 1),
        (b"a," * 100_000 + b"b\n", 1),
        (b'author,rating,text\nA,5,Fine.\nB,4,"never closed\nC,3,x\n' + b"D,2,y\n" * 500, 3),
        (b'author,rating,text\nA,5,"open\nB,4,x\nC,3,y\nD,2,z\nE,1,w"\n', 2),
        (b'author,rating,text\nA,5,"' + b"x" * 200_000 + b'"\n', 2),
        (b"id,text\n" + b'1,"never closed\nid,text\n' * 50, 2),
        (b'author,rating,text\nA,5,"He said "good" twice"\n', 2),
        (b"PK\x03\x04" + bytes(100), None),
        (b"\x1f\x8b" + bytes(100), None),
        (b"%PDF-1.7", None),
        (b"<!doctype html><html>", None),
    ],
)
def test_what_is_no_table_is_refused_before_its_first_row(body: bytes, row: int | None) -> None:
    error = refused(body)
    assert error.row == row
    assert "Nothing was stored" in error.hint or "Please say" in error.hint


@pytest.mark.statement("F8")
def test_limits_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(rows_of(HEADER, ("A", "5", "", "x" * (128 * 1024 + 1)))).values["limit"] == "128"
    monkeypatch.setattr(table, "MAX_ROWS", 10)
    assert refused(rows_of(HEADER, *[("A", "5", "", "x")] * 11)).row == 12
    monkeypatch.setattr(table, "MAX_BYTES", 50)
    assert refused(rows_of(HEADER, *[("A", "5", "", "x")] * 11)).values["limit"]


def test_a_mapping_that_does_not_fit_names_the_column() -> None:
    error = refused(rows_of(HEADER, ("A", "5", "", "x")), mapping={"rating": "Stars"})
    assert error.column == "Stars"
    assert "author" in error.values["columns"]


def test_an_open_quote_at_the_end_gives_no_page_at_all() -> None:
    body = rows_of(HEADER, *[("A", "5", "", f"Visit {n}.") for n in range(1_300)]) + b'B,4,,"open'
    pages = pages_of(body, {}, Inline())
    with pytest.raises(ImportFileError) as caught:
        next(pages)
    assert caught.value.row == 1_302


# ---------------------------------------------------------------- rows
def test_null_bytes_quotes_and_short_rows_are_read() -> None:
    body = b'author,rating,date,text\nA\x00B,5,,"He said ""good"", twice"\nC,4\n'
    first, second = parse_table(body, {}).reviews
    assert (first.author, first.text) == ("AB", 'He said "good", twice')
    assert (second.author, second.text) == ("C", None)


def test_a_row_with_too_many_cells_is_no_review() -> None:
    parsed = parse_table(b"author,rating,text\nA,5,one, two, three\nB,4,fine\n", {})
    assert [review.author for review in parsed.reviews] == ["B"]
    assert parsed.rejects[0].place == "row 2"


def test_the_apostrophe_that_protects_spreadsheets_is_taken_off_again() -> None:
    body = rows_of(HEADER, ("A", "5", "", "'=1+1 was my bill"), ("B", "5", "", "'Twas good"))
    assert [r.text for r in parse_table(body, {}).reviews] == ["=1+1 was my bill", "'Twas good"]


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)), min_size=1
    ),
    st.sampled_from(",;\t|"),
)
def test_what_was_written_is_read(rows: list[tuple[int, str]], delimiter: str) -> None:
    body = rows_of(("rating", "text"), *((str(stars), text) for stars, text in rows), delimiter=delimiter)
    parsed = parse_table(body, {"delimiter": delimiter})
    expected = [(str(stars), table._clean(text) or None) for stars, text in rows]
    assert [(r.rating.value if r.rating else None, r.text) for r in parsed.reviews] == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_encoding_is_found_out(encoding: str) -> None:
    text = "auteur;note;texte\nZoé;5;Très bien – merci\n"
    parsed = parse_table(text.encode(encoding), {})
    assert [(review.author, review.text) for review in parsed.reviews] == [("Zoé", "Très bien – merci")]


@pytest.mark.statement("R24")
def test_a_large_file_goes_through_in_small_pages() -> None:
    body = b"author,rating,text\n" + b"".join(
        b"Guest %d,5,Visit number %d went well.\n" % (n, n) for n in range(20_000)
    )
    tracemalloc.start()
    largest = count = 0
    for page in pages_of(body, {}, Inline()):
        count += len(page.parsed.reviews)
        largest = max(largest, len(page.parsed.reviews))
        del page
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, largest) == (20_000, CHUNK)
    assert peak < 16_000_000


def test_another_file_does_not_go_on_in_the_middle() -> None:
    first = rows_of(HEADER, *[("A", "5", "", f"Visit {n}.") for n in range(1_200)])
    other = rows_of(HEADER, *[("B", "5", "", f"Visit {n}.") for n in range(1_200)])
    position = next(pages_of(first, {}, Inline())).position
    assert next(pages_of(first, {}, Inline(), position=position)).number == 2
    assert next(pages_of(other, {}, Inline(), position=position)).number == 1


# ---------------------------------------------------------------- piece by piece
def rows_in_pieces(body: bytes, length: int) -> list[tuple[int, list[str]]]:
    """All rows, read in pieces of this length, each of which begins where the last whole row ended."""
    layout = table.read_layout(body, True)
    offset, row, found = layout.start, 2, []
    grown = length
    while True:
        piece = body[offset : offset + grown]
        is_last = offset + len(piece) >= len(body)
        cut = table.cut_rows(piece, layout, row, is_last)
        found += cut.rows
        if is_last:
            return found
        grown = length if cut.consumed else grown * 2
        offset, row = offset + cut.consumed, cut.next_row


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\r\n\t"), max_size=30)


@pytest.mark.statement("R24")
@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12),
    st.integers(1, 60),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]),
    st.sampled_from(["\r\n", "\n"]),
)
def test_wherever_a_file_is_cut_its_rows_are_the_same(
    rows: list[tuple[str, str]], length: int, encoding: str, ending: str
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=ending).writerows([("rating", "text"), *rows])
    # Where no encoding is named it is guessed, and a few characters are too few to guess by.
    body = (text.getvalue() + f"5,{'plain words ' * 20}{ending}").encode(encoding)
    try:
        whole = table.read_whole(body)[1]
    except ImportFileError:
        return
    assert rows_in_pieces(body, length) == list(whole)


def test_a_file_that_begins_like_utf_8_and_goes_on_otherwise_is_read() -> None:
    body = b"author,rating,text\n" + b"A,5,Plain words about a visit.\n" * 40_000 + "Zoé,5,Très bien\n".encode("cp1252")
    assert len(body) > 1024 * 1024
    reviews = parse_table(body, {}).reviews
    assert (len(reviews), reviews[-1].author, reviews[-1].text) == (40_001, "Zoé", "Très bien")


def test_blank_rows_are_passed_over_and_counted() -> None:
    parsed = parse_table(b"author,rating,text\n,,\n\nA,5,Fine.\n,,\nB,4,Good.\n", {})
    assert [review.place for review in parsed.reviews] == ["row 4", "row 6"]


def test_pages_say_how_far_they_are() -> None:
    body = rows_of(HEADER, *[("A", "5", "", f"Visit {n}.") for n in range(1_200)])
    pages = list(pages_of(body, {}, Inline()))
    assert [(page.records_done, page.records_total) for page in pages] == [(500, 1_200), (1_000, 1_200), (1_200, 1_200)]


@pytest.mark.statement("T11")
def test_a_table_is_taken_apart_in_the_sandbox_and_nowhere_else() -> None:
    class Asked:
        def __init__(self) -> None:
            self.names: list[str] = []

        def run(self, function: Any, *args: Any) -> Any:
            self.names.append(function.__name__)
            return function(*args)

    sandbox = Asked()
    list(pages_of(rows_of(HEADER, ("A", "5", "", "x")), {}, sandbox))
    assert sandbox.names == ["read_layout", "gather", "read_piece"]
    with Sandbox(cpu_seconds=2) as real:
        with pytest.raises(ReviewsError):
            list(pages_of(b'a,text\n1,"' + b'""' * 9_000_000, {}, real, file="quotes.csv"))
        (page,) = pages_of(rows_of(HEADER, ("A", "5", "", "x")), {}, real)
        assert page.parsed.reviews[0].author == "A"
