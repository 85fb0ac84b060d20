"""What one piece of a table holds: evidence about its columns, or its reviews. Pure; runs in the sandbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reviews.model import ParsedPage, RawReview, Reject
from reviews.sources.cells import DateOrder, RowReader, date_order_of, is_numeric_date, scale_kind
from reviews.sources.columns import is_private
from reviews.sources.table import Layout, cut_rows

MAX_CLINICS = 200
_SHOWN_CELL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the rows so far say about a table; pieces add up.

    `open_ratings` are the first ratings that have no scale of their own, with their rows. `has_dates`: there are dates
    made of numbers alone.
    """

    rows: int = 0
    next_row: int = 2
    consumed: int = 0
    dates: DateOrder = field(default_factory=DateOrder)
    has_dates: bool = False
    scales: tuple[str, ...] = ()
    first_rating: tuple[int, str] | None = None
    open_rating: tuple[int, str] | None = None
    clinics: tuple[str, ...] = ()

    def __add__(self, later: "Evidence") -> "Evidence":
        return Evidence(
            rows=self.rows + later.rows,
            next_row=later.next_row,
            consumed=self.consumed + later.consumed,
            dates=self.dates + later.dates,
            has_dates=self.has_dates or later.has_dates,
            scales=tuple(dict.fromkeys((*self.scales, *later.scales))),
            first_rating=self.first_rating or later.first_rating,
            open_rating=self.open_rating or later.open_rating,
            clinics=tuple(dict.fromkeys((*self.clinics, *later.clinics)))[:MAX_CLINICS],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPiece:
    """The reviews of the whole rows at the beginning of a piece, and where the next piece begins."""

    parsed: ParsedPage
    rows: int
    next_row: int
    consumed: int


def gather(
    piece: bytes, layout: Layout, places: Mapping[str, int], clinic: str, first_row: int, is_last: bool
) -> Evidence:
    """What the whole rows of a piece say about dates, ratings and clinics; with `clinic` only rows of that one.

    `places` is target → index of its column. Raises ImportFileError at a row that breaks the file.
    """
    cut = cut_rows(piece, layout, first_row, is_last)
    dates: list[tuple[int, str]] = []
    clinics: dict[str, None] = {}
    scales: dict[str, tuple[int, str]] = {}
    first_rating = None
    at_clinic, at_date, at_rating = (places.get(name) for name in ("clinic", "date", "rating"))
    for number, cells in cut.rows:
        named = cell_of(cells, at_clinic)
        if named and len(clinics) < MAX_CLINICS:
            clinics.setdefault(named)
        if clinic and at_clinic is not None and named.casefold() != clinic.casefold():
            continue
        if is_numeric_date(date := cell_of(cells, at_date)):
            dates.append((number, date))
        if rating := cell_of(cells, at_rating):
            first_rating = first_rating or (number, rating)
            scales.setdefault(scale_kind(rating), (number, rating))
    return Evidence(
        rows=len(cut.rows),
        next_row=cut.next_row,
        consumed=cut.consumed,
        dates=date_order_of(dates),
        has_dates=bool(dates),
        scales=tuple(scales),
        first_rating=first_rating,
        open_rating=scales.get(""),
        clinics=tuple(clinics),
    )


def read_piece(piece: bytes, layout: Layout, reader: RowReader, first_row: int, is_last: bool, limit: int) -> ReadPiece:
    """The reviews in at most `limit` whole rows of a piece; raises ImportFileError at a row that breaks the file."""
    cut = cut_rows(piece, layout, first_row, is_last, limit)
    reviews: list[RawReview] = []
    rejects: list[Reject] = []
    for number, cells in cut.rows:
        found = reader.read(number, cells)
        if isinstance(found, Reject):
            rejects.append(found)
        elif found is not None:
            reviews.append(found)
    parsed = ParsedPage(
        reviews=tuple(reviews),
        rejects=tuple(rejects),
        business_count=1,
        signature="csv " + ",".join(sorted(reader.places)),
    )
    return ReadPiece(parsed=parsed, rows=len(cut.rows), next_row=cut.next_row, consumed=cut.consumed)


def read_samples(piece: bytes, layout: Layout, is_last: bool, limit: int) -> tuple[tuple[str, ...], ...]:
    """The first rows for people to look at: private cells hidden, long ones shortened."""
    cut = cut_rows(piece, layout, 2, is_last, limit)
    private = {at for at, column in enumerate(layout.columns) if is_private(column)}
    return tuple(
        tuple("" if at in private else cell[:_SHOWN_CELL] for at, cell in enumerate(cells[: len(layout.columns)]))
        for _, cells in cut.rows
    )


def cell_of(cells: Sequence[str], place: int | None) -> str:
    """The cell at a place; "" where the row is shorter."""
    return cells[place] if place is not None and place < len(cells) else ""
