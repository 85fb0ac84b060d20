"""A table of reviews in a CSV or TSV file: fetched from an address, from the import folder, or handed in by a person.

What each column means is a mapping that a person confirms against a preview (`propose_mapping`). The order of day and
month, and the scale of the ratings, are asked where the file leaves them open; they are never guessed row by row. A row
that cannot be read is a Reject and costs no other; a file that cannot be trusted is refused whole, before its first
review is given out.

The bytes are cut into rows in the sandbox, a piece at a time, so a table of any size needs little memory and a hostile
one hurts nobody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from reviews.errors import ImportFileError, SourceChanged
from reviews.files import Body, in_pieces
from reviews.model import Field, Page, ParsedPage, Source, Traits
from reviews.sources.base import Doors, SandboxDoor
from reviews.sources.cells import DATE_ORDERS, SCALES, DateOrder, scale_from
from reviews.sources.columns import is_private, propose
from reviews.sources.table import MAX_BYTES, MAX_PIECE, check_size
from reviews.sources.table_pieces import read_piece, read_samples
from reviews.sources.table_plan import LOOKED_AT, gather_all, longer, look_through

CHUNK = 500
"""Rows of one page, so that memory and transactions stay small."""
_SAMPLES = 20
_LEAST_PIECE = 64 * 1024

WEB_PAGE = "This address gives a web page and not a file. Perhaps it asks for a login. The last good figures stay."


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a file seems to be, for a person to confirm.

    `mapping` is target → column. `date_order` and `scale` are what the whole column proves, "" where it must be asked
    (`asks`: names of the settings to ask for). `ignored` are columns with private data, which are never read.
    """

    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    mapping: Mapping[str, str]
    samples: tuple[tuple[str, ...], ...]
    row_count: int
    date_order: str
    scale: str
    clinics: tuple[str, ...]
    asks: tuple[str, ...]
    ignored: tuple[str, ...]


class CsvFile:
    """The connector for tables."""

    kind = "csv_file"
    label = "File (CSV)"
    demo_only = False
    traits = Traits(
        complete=False,
        ordered_by="none",
        max_items=None,
        stable_id=False,
        reports_totals=False,
        rating_kind="stars",
        reply_read=True,
        reply_post="none",
        edits="hash",
        removals="never",
        interval_minutes=24 * 60,
        full_scan_days=None,
        origin="unknown",
    )
    fields: tuple[Field, ...] = (
        Field(name="url", label="Address of the file", kind="url", help="Empty: the file is handed in by a person."),
        Field(name="file", label="Name in the import folder", kind="file"),
        Field(name="mapping", label="What the columns mean", kind="mapping"),
        Field(name="date_order", label="Order in dates such as 04/05/2024", kind="choice", choices=DATE_ORDERS),
        Field(name="scale", label="How high the ratings go", kind="choice", choices=SCALES),
        Field(name="clinic", label="Clinic in the file", help="Only where a file holds several clinics."),
        Field(name="encoding", label="Encoding", help="Empty: found out by itself."),
        Field(name="delimiter", label="Delimiter", help="Empty: found out by itself."),
    )

    def address(self, config: Mapping[str, Any]) -> str:
        """The file's address; empty for a file that is handed in."""
        return str(config.get("url") or "")

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """The rows in pages of 500; see `Connector.fetch`. The whole file is checked before the first page."""
        url = self.address(source.config) or source.url
        given = fetch_given(source, doors, url, accept="text/csv,text/tab-separated-values,text/plain,*/*;q=0.5")
        if given is None:
            yield Page(number=1, url=url, parsed=ParsedPage(), unchanged=True, is_last=True)
            return
        yield from pages_of(
            given.body,
            source.config,
            doors.sandbox,
            file=given.name,
            url=url,
            position=source.cursor.get("position") or {},
            validators=given.validators,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A file as it was fetched or handed in."""

    body: bytes | Body
    name: str
    validators: Mapping[str, str]


def fetch_given(source: Source, doors: Doors, url: str, *, accept: str) -> Given | None:
    """The file at the source's address, or without one the file that was handed in; None if it is as it was.

    Raises SourceChanged for an address that answers with a page, ImportFileError where no file is named.
    """
    if not url:
        name = str(source.config.get("file") or "")
        if not name or doors.read_file is None:
            raise ImportFileError("no file", "No file is named. Please hand one in.", file=name)
        return Given(body=doors.read_file(name), name=name, validators={})
    answer = doors.http.fetch(
        url,
        validators={} if source.cursor.get("position") else source.validators,
        accept=accept,
        max_bytes=MAX_BYTES,
    )
    if answer.not_modified:
        return None
    # A saved page is handed in; an address that answers with a page is a login, or a page that moved.
    if answer.content_type.lower() in ("text/html", "application/xhtml+xml"):
        raise SourceChanged(f"{url}: content type {answer.content_type}", WEB_PAGE)
    return Given(body=answer.body, name=urlsplit(url).path.rsplit("/", 1)[-1], validators=answer.validators)


def pages_of(
    body: bytes | Body,
    config: Mapping[str, Any],
    sandbox: SandboxDoor,
    *,
    file: str = "",
    url: str = "",
    position: Mapping[str, Any] | None = None,
    validators: Mapping[str, str] | None = None,
) -> Iterator[Page]:
    """A file's reviews in pages of 500 rows.

    Raises ImportFileError, before the first page, for a file not to be trusted. `position` goes on behind a page of the
    same file; another file begins at its start.
    """
    body = in_pieces(body)
    check_size(body.size, may_be_large=body.may_be_large, file=file)
    plan = look_through(body, config, sandbox, file)
    digest = body.digest()
    number, offset, row, done = 1, plan.layout.start, 2, 0
    if position and position.get("digest") == digest and "offset" in position:
        number, offset, row, done = (int(position[name]) for name in ("page", "offset", "row", "rows"))
    length = _LEAST_PIECE
    while True:
        piece = body.read_at(offset, length)
        is_end = offset + len(piece) >= body.size
        read = sandbox.run(read_piece, piece, plan.layout, plan.reader, row, is_end, CHUNK)
        if not read.consumed and not is_end:
            length = longer(length, row, file)
            continue
        offset, row, done = offset + read.consumed, read.next_row, done + read.rows
        is_last = offset >= body.size or done >= plan.row_count
        yield Page(
            number=number,
            url=url,
            parsed=replace(read.parsed, diagnostics=plan.notes),
            position={} if is_last else {"page": number + 1, "digest": digest, "offset": offset, "row": row,
                                         "rows": done},
            is_last=is_last,
            validators=dict(validators or {}) if number == 1 else {},
            records_done=done,
            records_total=plan.row_count,
        )  # fmt: skip
        if is_last:
            return
        number += 1
        # Rows of one file are alike: the next piece holds a page without being much more.
        length = min(MAX_PIECE, max(_LEAST_PIECE, read.consumed * CHUNK // max(1, read.rows) * 5 // 4))


class _Here:
    """Runs at once, in this process: for the sandbox itself, and for whoever looks at a file of their own."""

    def run(self, function: Any, *args: Any) -> Any:
        return function(*args)


def parse_table(body: bytes, config: Mapping[str, Any], *, file: str = "") -> ParsedPage:
    """All rows of a small file at once, in this process; raises as `pages_of`."""
    pages = [page.parsed for page in pages_of(body, config, _Here(), file=file)]
    return replace(
        pages[0],
        reviews=tuple(review for page in pages for review in page.reviews),
        rejects=tuple(reject for page in pages for reject in page.rejects),
    )


def propose_mapping(
    body: bytes | Body, sandbox: SandboxDoor, *, file: str = "", clinic_column: str | None = None
) -> Proposal:
    """What a file seems to be, with a preview of 20 rows; raises ImportFileError for what is no table.

    `clinic_column` is the one that a person says holds the clinics ("": none); None: as its headers say.
    """
    body = in_pieces(body)
    check_size(body.size, may_be_large=body.may_be_large, file=file)
    layout, mapping, found = gather_all(body, {}, lambda names: _proposed(names, clinic_column), sandbox, file)
    head = body.read_at(layout.start, LOOKED_AT)
    samples = sandbox.run(read_samples, head, layout, layout.start + len(head) >= body.size, _SAMPLES)
    scale = scale_from(found.scales)
    is_open = {
        "date_order": found.dates.order == "" and found.has_dates and _is_open(found.dates),
        "scale": scale == "" and bool(found.scales),
        "clinic": len(found.clinics) > 1,
        "mapping": "rating" not in mapping and "text" not in mapping,
    }
    return Proposal(
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        columns=layout.columns,
        mapping=mapping,
        samples=samples,
        row_count=found.rows,
        date_order=found.dates.order,
        scale=scale,
        clinics=found.clinics,
        asks=tuple(name for name, asked in is_open.items() if asked),
        ignored=tuple(column for column in layout.columns if is_private(column)),
    )


def _proposed(names: tuple[str, ...], clinic_column: str | None) -> dict[str, str]:
    mapping = propose(names)
    if clinic_column is not None:
        mapping.pop("clinic", None)
        if clinic_column in names:
            mapping = {target: name for target, name in mapping.items() if name != clinic_column}
            mapping["clinic"] = clinic_column
    return mapping


def _is_open(dates: DateOrder) -> bool:
    """Whether somebody must say how the dates are meant: not where day and month are the same number everywhere."""
    return dates.contradiction is not None or dates.open_at is not None
