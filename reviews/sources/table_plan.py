"""A table looked through once, from end to end: what its columns mean, prove, and leave to be asked.

The bytes are cut into rows in the sandbox, a piece at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reviews.errors import ImportFileError
from reviews.files import Body
from reviews.sources.base import SandboxDoor
from reviews.sources.cells import DateOrder, RowReader, scale_from
from reviews.sources.columns import is_private, propose
from reviews.sources.table import ENCODING, MAX_PIECE, Layout, cell_too_big, read_layout
from reviews.sources.table_pieces import Evidence, gather

LOOKED_AT = 1024 * 1024

NO_COLUMNS = (
    "No column with ratings or texts was recognised. Please say which column is which. The columns are: {columns}."
)
NO_SUCH_COLUMN = "The column “{column}” is not in this file. It has: {columns}. Nothing was stored."
PRIVATE_COLUMN = (
    "The column “{column}” holds e-mail addresses, telephone numbers or IP addresses, which are not imported."
)
ASK_ORDER = (
    "Row {row}, column “{column}”: {value} can be read in two ways. "
    "Please say whether the day or the month comes first."
)
MIXED_ORDER = (
    "The column “{column}” has dates with the day first and dates with the month first (rows {first} and {second}). "
    "Please say which is right. Nothing was stored."
)
ASK_SCALE = "Row {row}, column “{column}”: the rating {value} has no known scale. Please say how high the ratings go."
SEVERAL_CLINICS = "This file holds reviews of several clinics: {names}. Please choose the one that is meant."
NO_SUCH_CLINIC = "No row of this file belongs to “{clinic}”. It holds: {names}. Nothing was stored."
NO_ROWS = "This file has a header and no rows. Nothing was stored."


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A file that has been looked through once and can be trusted."""

    layout: Layout
    reader: RowReader
    row_count: int
    notes: tuple[str, ...]


def gather_all(
    body: Body,
    config: Mapping[str, Any],
    understand: Callable[[tuple[str, ...]], dict[str, str]],
    sandbox: SandboxDoor,
    file: str,
) -> tuple[Layout, dict[str, str], Evidence]:
    """Layout, mapping and what all rows say, read once from end to end; `understand` gives the mapping of columns."""
    head = body.read_at(0, LOOKED_AT)
    is_whole = len(head) >= body.size
    encoding, delimiter = str(config.get("encoding") or ""), str(config.get("delimiter") or "")
    wanted = str(config.get("clinic") or "").strip()
    for is_utf8 in (True, False):
        layout = sandbox.run(read_layout, head, is_whole, encoding, delimiter, file, is_utf8)
        mapping = understand(layout.columns)
        places = {target: layout.columns.index(column) for target, column in mapping.items()}
        try:
            return layout, mapping, _gather_rows(body, layout, places, wanted, sandbox)
        except ImportFileError as error:
            # What began like UTF-8 goes on otherwise.
            if error.hint != ENCODING or encoding or layout.encoding != "utf-8":
                raise
    raise AssertionError("Windows-1252 has a character for every byte")


def _gather_rows(body: Body, layout: Layout, places: Mapping[str, int], clinic: str, sandbox: SandboxDoor) -> Evidence:
    found, length = Evidence(), LOOKED_AT
    while True:
        offset = layout.start + found.consumed
        piece = body.read_at(offset, length)
        is_end = offset + len(piece) >= body.size
        more = sandbox.run(gather, piece, layout, places, clinic, found.next_row, is_end)
        if not more.consumed and not is_end:
            length = longer(length, found.next_row, layout.file)
            continue
        found, length = found + more, LOOKED_AT
        if is_end:
            return found


def longer(length: int, row: int, file: str) -> int:
    """A longer piece for a row that did not end; raises ImportFileError where no row may be as long."""
    if length >= MAX_PIECE:
        raise cell_too_big(row, file)
    return min(MAX_PIECE, length * 4)


def look_through(body: Body, config: Mapping[str, Any], sandbox: SandboxDoor, file: str) -> Plan:
    """Read the whole file once, and find out what its columns prove; raises ImportFileError."""
    layout, mapping, found = gather_all(body, config, lambda columns: _mapping_of(columns, config, file), sandbox, file)
    wanted = str(config.get("clinic") or "").strip()
    if not found.rows:
        raise ImportFileError("no rows", NO_ROWS, file=file, row=1)
    _check_clinics(found.clinics, wanted, mapping, file)
    return Plan(
        layout=layout,
        reader=RowReader(
            columns=layout.columns,
            places={target: layout.columns.index(column) for target, column in mapping.items()},
            date_order=_settle_order(found.dates, config, mapping, file),
            scale=_settle_scale(found, config, mapping, file),
            clinic=wanted if "clinic" in mapping else "",
        ),
        row_count=found.rows,
        notes=(f"encoding: {layout.encoding}", f"delimiter: {layout.delimiter!r}", f"columns: {mapping}"),
    )


def _mapping_of(names: tuple[str, ...], config: Mapping[str, Any], file: str) -> dict[str, str]:
    """The saved mapping, or what the headers say; raises ImportFileError when it does not fit the file."""
    given = config.get("mapping")
    if not isinstance(given, Mapping) or not given:
        mapping = propose(names)
    else:
        mapping = {str(target): str(column) for target, column in given.items() if column}
    columns = ", ".join(column for column in names if column)[:500]
    for column in mapping.values():
        if column not in names:
            raise ImportFileError(
                f"no column {column!r}",
                NO_SUCH_COLUMN,
                {"column": column, "columns": columns},
                file=file,
                row=1,
                column=column,
            )
        if is_private(column):
            raise ImportFileError(
                f"private column {column!r}", PRIVATE_COLUMN, {"column": column}, file=file, row=1, column=column
            )
    if "rating" not in mapping and "text" not in mapping:
        raise ImportFileError("no rating, no text", NO_COLUMNS, {"columns": columns}, file=file, row=1)
    return mapping


def _check_clinics(clinics: tuple[str, ...], wanted: str, mapping: Mapping[str, str], file: str) -> None:
    names = " · ".join(clinics[:20])
    column = mapping.get("clinic")
    if wanted and column and not any(name.casefold() == wanted.casefold() for name in clinics):
        raise ImportFileError(
            f"no row of {wanted!r}", NO_SUCH_CLINIC, {"clinic": wanted, "names": names}, file=file, column=column
        )
    if not wanted and len(clinics) > 1:
        raise ImportFileError(f"{len(clinics)} clinics", SEVERAL_CLINICS, {"names": names}, file=file, column=column)


def _settle_order(found: DateOrder, config: Mapping[str, Any], mapping: Mapping[str, str], file: str) -> str:
    """The order of day and month that was chosen, or that the column proves; raises ImportFileError to ask for it."""
    if chosen := str(config.get("date_order") or ""):
        return chosen
    if found.order:
        return found.order
    column = mapping.get("date", "")
    if found.contradiction:
        first, second = found.contradiction
        raise ImportFileError(
            "dates in both orders",
            MIXED_ORDER,
            {"column": column, "first": str(first), "second": str(second)},
            file=file,
            row=second,
            column=column,
        )
    if found.open_at:
        row, value = found.open_at
        raise ImportFileError(
            f"row {row}: {value!r} has two readings",
            ASK_ORDER,
            {"row": str(row), "column": column, "value": value[:40]},
            file=file,
            row=row,
            column=column,
        )
    return ""


def _settle_scale(found: Evidence, config: Mapping[str, Any], mapping: Mapping[str, str], file: str) -> str:
    """The scale that was chosen, or 5 where nothing speaks against it; raises ImportFileError to ask for it."""
    if chosen := str(config.get("scale") or ""):
        return chosen
    scale = scale_from(found.scales)
    if scale or found.first_rating is None:
        return scale
    row, value = found.open_rating or found.first_rating
    column = mapping.get("rating", "")
    raise ImportFileError(
        f"row {row}: {value!r} has no known scale",
        ASK_SCALE,
        {"row": str(row), "column": column, "value": value[:40]},
        file=file,
        row=row,
        column=column,
    )
