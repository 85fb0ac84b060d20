"""Reviews in a file of any kind: a table, a spreadsheet, JSON, XML, a saved page, plain text, a Google Takeout zip.

Tables keep their columns and their questions (`csv_file`); everything else is found by what records look like. All
foreign bytes are parsed in the sandbox.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reviews.errors import ImportFileError
from reviews.files import Body, InMemory, in_pieces
from reviews.model import Field, Page, ParsedPage, Source, Traits
from reviews.sources import csv_file
from reviews.sources.base import Doors, SandboxDoor
from reviews.sources.table import MAX_BYTES, check_size

if TYPE_CHECKING:
    # Parsers are heavy, and most processes only name this connector.
    from reviews.sources.packing import Packed

CHUNK = 500
LOOKED_AT = 64 * 1024
CHOOSE = "This file holds reviews of several places: {names}. Please choose the one that is meant."
NOT_THERE = "“{place}” is not in this file. It holds: {names}. Nothing was stored."
NOTHING = "No reviews were found in this file. Nothing was stored."


class FileImport:
    """The connector for files of any kind."""

    kind = "file_import"
    label = "File (any kind)"
    demo_only = False
    traits = Traits(
        complete=False,
        ordered_by="none",
        max_items=None,
        stable_id=False,
        reports_totals=True,
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
        *csv_file.CsvFile.fields,
        Field(name="place", label="Place in the file", help="Only where a file holds reviews of several places."),
    )

    def address(self, config: Mapping[str, Any]) -> str:
        """The file's address; empty for a file that is handed in."""
        return str(config.get("url") or "")

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """The reviews in pages of 500; see `Connector.fetch`. The whole file is read before the first page."""
        url = self.address(source.config) or source.url
        given = csv_file.fetch_given(source, doors, url, accept="*/*")
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
    """A file's reviews in pages; raises ImportFileError, before the first page, for a file not to be trusted.

    `position` goes on behind a page of the same file; another file begins at its start.
    """
    body = in_pieces(body)
    place = str(config.get("place") or config.get("clinic") or "").strip()
    found = open_file(body, sandbox, file=file, url=url, place=place)
    if found.table is not None:
        yield from csv_file.pages_of(
            found.table, config, sandbox, file=file, url=url, position=position, validators=validators
        )
        return
    assert found.packed is not None
    _check(found.packed, place, file)
    yield from _in_pages(found.packed, body.digest(), url, position or {}, validators or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file of a known kind (`any_file.KINDS`): a table that is read by its columns, or all that it says."""

    kind: str
    table: Body | None = None
    packed: "Packed | None" = None


def open_file(body: Body, sandbox: SandboxDoor, *, file: str = "", url: str = "", place: str = "") -> Opened:
    """What a file is, and what it holds; with `place` only what belongs to the place of that name.

    Raises ImportFileError, and SourceChanged for what is too heavy to read safely.
    """
    from reviews.sources.any_file import has_nested_reviews, sniff
    from reviews.sources.packing import read_packed, read_packed_table
    from reviews.sources.spreadsheet import to_csv

    head = body.read_at(0, LOOKED_AT)
    kind = sniff(head, file)
    if kind == "table" and not has_nested_reviews(head):
        return Opened(kind=kind, table=body)
    check_size(body.size, may_be_large=False, file=file)
    content = body.read_at(0, MAX_BYTES)
    if kind == "sheet":
        content = sandbox.run(to_csv, content, file)
        if not has_nested_reviews(content[:LOOKED_AT]):
            return Opened(kind=kind, table=InMemory(content, may_be_large=True))
    if kind in ("table", "sheet"):
        return Opened(kind=kind, packed=sandbox.run(read_packed_table, content, file, place))
    return Opened(kind=kind, packed=sandbox.run(read_packed, content, file, url, place))


def names_of(packed: "Packed") -> tuple[str, ...]:
    """The names of the places in a file, each once."""
    from reviews.markup import label_of  # see above

    return tuple(dict.fromkeys(label_of(found) for found in packed.head.businesses))


def _check(packed: "Packed", place: str, file: str) -> None:
    """Raises ImportFileError for a file without reviews, or with several places of which none is chosen."""
    head, names = packed.head, " · ".join(names_of(packed))[:500]
    if not place and head.business_count > 1:
        raise ImportFileError(f"{head.business_count} places", CHOOSE, {"names": names}, file=file)
    if not packed.count and not head.totals:
        if place and head.business_count > 1:
            raise ImportFileError(f"no {place!r}", NOT_THERE, {"place": place, "names": names}, file=file)
        raise ImportFileError("no reviews", NOTHING, file=file)


def _in_pages(
    packed: "Packed", digest: str, url: str, position: Mapping[str, Any], validators: Mapping[str, str]
) -> Iterator[Page]:
    from reviews.sources.packing import unpack  # see above

    head = packed.head
    later = replace(head, totals=(), businesses=(), rejects=(), diagnostics=())
    start = int(position["page"]) if position.get("digest") == digest else 1
    last = max(1, -(-packed.count // CHUNK))
    for number in range(start, last + 1):
        is_first, is_last = number == 1, number == last
        yield Page(
            number=number,
            url=url,
            parsed=replace(head if is_first else later, reviews=unpack(packed, number - 1), business_count=1),
            position={} if is_last else {"page": number + 1, "digest": digest},
            is_last=is_last,
            validators=dict(validators) if is_first else {},
            records_done=min(number * CHUNK, packed.count),
            records_total=packed.count,
        )
