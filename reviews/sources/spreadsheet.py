"""A spreadsheet (XLSX) as a table of texts: ECMA-376, part 1, as far as values go. No formula is ever computed.

Only what reviews need is read: the first sheet with rows, texts, numbers, booleans, and dates by their number format.
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml import etree

from reviews.errors import ImportFileError
from reviews.sources.archive import Archive
from reviews.sources.table import EMPTY, MAX_CELL, MAX_COLUMNS, TOO_MANY_COLUMNS, TOO_MANY_ROWS

MAX_ROWS = 200_000
MAX_STRINGS = 1_000_000
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_DATE_CODE = re.compile(r"[ymdhs]", re.IGNORECASE)
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's dates have no zone
NOT_A_SHEET = "This file is no spreadsheet that can be read. Please save it as XLSX or CSV. Nothing was stored."


def to_csv(body: bytes, file: str = "") -> bytes:
    """The first sheet with rows as CSV in UTF-8; raises ImportFileError for what is no sheet, or beyond the limits."""
    archive = Archive(body, file)
    names = {name.lower(): name for name in archive.names}
    sheets = sorted(
        (name for name in archive.names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name, re.IGNORECASE)),
        key=lambda name: int(re.sub(r"\D", "", name.rsplit("/", 1)[-1])),
    )
    if not sheets or "[content_types].xml" not in names:
        raise ImportFileError("no sheets", NOT_A_SHEET, file=file)
    shared = _shared(archive.read(names["xl/sharedstrings.xml"]), file) if "xl/sharedstrings.xml" in names else []
    dates = _date_styles(archive.read(names["xl/styles.xml"]), file) if "xl/styles.xml" in names else frozenset()
    for sheet in sheets:
        text = io.StringIO()
        writer = csv.writer(text)
        count = 0
        for row in _rows(archive.read(sheet), shared, dates, file):
            writer.writerow(row)
            count += any(row)
        if count:
            return text.getvalue().encode()
    raise ImportFileError("no rows", EMPTY, file=file, row=1)


def _events(body: bytes, tags: tuple[str, ...], file: str) -> Iterator[etree._Element]:
    """Elements of these local names, one by one, each forgotten afterwards."""
    if b"<!ENTITY" in body or b"<!DOCTYPE" in body[:2_000]:
        raise ImportFileError("a document type in a sheet", NOT_A_SHEET, file=file)
    names = [f"{{*}}{tag}" for tag in tags]
    try:
        for _, element in etree.iterparse(
            io.BytesIO(body), events=("end",), tag=names, resolve_entities=False, no_network=True, huge_tree=False
        ):
            yield element
            element.clear()
            while element.getprevious() is not None and element.getparent() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise ImportFileError(f"broken XML: {str(error)[:80]}", NOT_A_SHEET, file=file) from error


def _text(element: etree._Element) -> str:
    """All runs of a text; phonetic readings are left out."""
    parts = []
    for piece in element.iter("{*}t"):
        parent = piece.getparent()
        if parent is None or etree.QName(parent).localname != "rPh":
            parts.append(piece.text or "")
    return "".join(parts)[: MAX_CELL + 1]


def _shared(body: bytes, file: str) -> list[str]:
    found: list[str] = []
    for element in _events(body, ("si",), file):
        found.append(_text(element))
        if len(found) > MAX_STRINGS:
            raise ImportFileError("too many texts", NOT_A_SHEET, file=file)
    return found


def _date_styles(body: bytes, file: str) -> frozenset[int]:
    """The places of cell styles whose numbers are dates."""
    if b"<!" in body[:2_000]:
        raise ImportFileError("a document type in the styles", NOT_A_SHEET, file=file)
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise ImportFileError("broken styles", NOT_A_SHEET, file=file) from error
    own = {
        e.get("numFmtId", ""): bool(_DATE_CODE.search(_LITERAL.sub("", e.get("formatCode", ""))))
        for e in root.iter("{*}numFmt")
    }
    styles: list[bool] = []
    for group in root.iter("{*}cellXfs"):
        for style in group:
            number = style.get("numFmtId", "0")
            styles.append(own.get(number, number.isdigit() and int(number) in _DATE_FORMATS))
        break
    return frozenset(at for at, is_date in enumerate(styles) if is_date)


def _rows(body: bytes, shared: list[str], dates: frozenset[int], file: str) -> Iterator[list[str]]:
    for count, element in enumerate(_events(body, ("row",), file), start=1):
        if count > MAX_ROWS + 1:
            raise ImportFileError(f"more than {MAX_ROWS} rows", TOO_MANY_ROWS, {"limit": f"{MAX_ROWS:,}"}, file=file)
        cells: dict[int, str] = {}
        for at, cell in enumerate(element.iterchildren("{*}c")):
            place = _CELL.fullmatch(cell.get("r") or "")
            column = _column(place.group(1)) if place else at
            if column >= MAX_COLUMNS:
                values = {"found": str(column + 1), "limit": str(MAX_COLUMNS)}
                raise ImportFileError("too many columns", TOO_MANY_COLUMNS, values, file=file, row=count)
            cells[column] = _value(cell, shared, dates)
        yield [cells.get(at, "") for at in range(max(cells, default=-1) + 1)]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: etree._Element, shared: list[str], dates: frozenset[int]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    found = cell.find("{*}v")
    text = (found.text or "") if found is not None else ""
    if kind == "s":
        return shared[int(text)] if text.isdigit() and int(text) < len(shared) else ""
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    if kind == "e":
        return ""
    style = cell.get("s", "0")
    if kind == "n" and style.isdigit() and int(style) in dates:
        return _date(text)
    return text[:-2] if kind == "n" and text.endswith(".0") else text


def _date(text: str) -> str:
    """A serial day number of the 1900 calendar as ISO 8601."""
    try:
        moment = _EPOCH + timedelta(days=float(text))
    except (ValueError, OverflowError):
        return text
    moment = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return moment.isoformat() if moment.time().isoformat() != "00:00:00" else moment.date().isoformat()
