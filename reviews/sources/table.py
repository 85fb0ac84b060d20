"""Bytes of a CSV or TSV file → rows, piece by piece, exactly and within limits; what cannot be trusted is refused.

Pure; a piece is cut into rows in the sandbox, and the next one begins where the last whole row ended, so a file of any
size needs the memory of one piece. Rows are counted as a spreadsheet shows them: the header is row 1, a quoted line
break starts no new row.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from reviews.errors import ImportFileError
from reviews.normalize.formulas import unprotect

MAX_BYTES = 20_000_000
"""Limit of a file that was sent or fetched."""
MAX_LARGE = 2_000_000_000
"""Limit of a table that is read in pieces from our own disk."""
MAX_ROWS = 5_000_000
MAX_PIECE = 8 * 1024 * 1024
"""No row is larger."""
MAX_COLUMNS = 200
MAX_CELL = 128 * 1024
DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_ROWS = 30
_END = "\x1eend\x1e"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
_OTHER_FILES = (
    (b"PK\x03\x04", "This is a spreadsheet or a zip file. Please save it as CSV first. Nothing was stored."),
    (b"\xd0\xcf\x11\xe0", "This is an old spreadsheet file. Please save it as CSV first. Nothing was stored."),
    (b"\x1f\x8b", "This file is compressed. Please unpack it first. Nothing was stored."),
    (b"%PDF", "This is a PDF file. Reviews are read from CSV files. Nothing was stored."),
    (b"<", "This is a web page or an XML file, not a table. Nothing was stored."),
)

EMPTY = "This file is empty. Nothing was stored."
TOO_BIG = "This file is too large: at most {limit} MB are read. Please split it. Nothing was stored."
TOO_MANY_ROWS = "This file has more than {limit} rows. Please split it. Nothing was stored."
TOO_MANY_COLUMNS = "This file has {found} columns; at most {limit} are read. Nothing was stored."
CELL_TOO_BIG = "Row {row}: a cell is larger than {limit} KB. Is a quotation mark not closed? Nothing was stored."
OPEN_QUOTE = "Row {row}: a quotation mark is not closed, or stands alone inside a text. Nothing was stored."
ENCODING = "This file cannot be read as {encoding}. Nothing was stored."
TWICE = "Two columns have the same name: {columns}. Nothing was stored."
NO_HEADER = "The first row has no names of columns. Nothing was stored."


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a table is read: its encoding (`codec` as Python calls it), delimiter and columns, and where its rows begin.

    `errors` is what happens to bytes that the encoding does not have: ``strict`` or ``replace``.
    """

    encoding: str
    codec: str
    errors: str
    delimiter: str
    columns: tuple[str, ...]
    start: int
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The whole rows of a piece, numbered; how many bytes they took, and the number of the row that comes next."""

    rows: tuple[tuple[int, list[str]], ...]
    consumed: int
    next_row: int


def read_layout(
    head: bytes, is_whole: bool, encoding: str = "", delimiter: str = "", file: str = "", is_utf8: bool = True
) -> Layout:
    """How the table that begins with `head` is read; what is not given is sniffed.

    `is_utf8`: nothing speaks against that yet. Raises ImportFileError for what is no table.
    """
    start = head[:512].lstrip()
    for magic, hint in _OTHER_FILES:
        if start.startswith(magic):
            raise ImportFileError("not a table", hint, file=file)
    name, codec, skip = _find_encoding(head, encoding, is_whole, file, is_utf8)
    errors = "replace" if codec == "cp1252" and not encoding else "strict"
    text = _decode(head[skip:], codec, errors, is_whole, file)
    first, newline, _ = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter = delimiter or first.strip()[4]
        skip += _byte_count(first + newline, codec, errors)
        text = text[len(first + newline) :]
    if not text.strip():
        raise ImportFileError("an empty file", EMPTY, file=file)
    delimiter = delimiter or sniff_delimiter(text)
    lines = _Lines(text)
    header = next((cells for _, cells in _read_rows(lines, delimiter, file, first_row=1, is_whole=is_whole)), None)
    if header is None:
        raise cell_too_big(1, file)
    return Layout(
        encoding=name,
        codec=codec,
        errors=errors,
        delimiter=delimiter,
        columns=_check_header(header, file),
        start=skip + _byte_count(text[: lines.position], codec, errors),
        file=file,
    )


def cut_rows(piece: bytes, layout: Layout, first_row: int, is_last: bool, limit: int = 0) -> Cut:
    """The whole rows at the beginning of a piece, at most `limit` of them (0: all); none where the first is not whole.

    Raises ImportFileError at a row that breaks the file.
    """
    text = _decode(piece, layout.codec, layout.errors, is_last, layout.file)
    if not is_last:
        # A row may go on behind the piece, and "\r" may be half of a line's end.
        text = text[: max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1]
    lines = _Lines(text)
    rows: list[tuple[int, list[str]]] = []
    end, next_row = 0, first_row
    for number, cells in _read_rows(lines, layout.delimiter, layout.file, first_row=first_row, is_whole=is_last):
        if number > MAX_ROWS + 1:
            values = {"limit": f"{MAX_ROWS:,}"}
            raise ImportFileError(f"more than {MAX_ROWS} rows", TOO_MANY_ROWS, values, file=layout.file, row=number)
        end, next_row = lines.position, number + 1
        if any(cells):
            rows.append((number, cells))
        if limit and len(rows) == limit:
            break
    return Cut(rows=tuple(rows), consumed=_consumed(piece, text[:end], layout, is_last), next_row=next_row)


def read_whole(body: bytes, file: str = "") -> tuple[Layout, tuple[tuple[int, list[str]], ...]]:
    """Layout and all rows of a table of moderate size; raises ImportFileError."""
    check_size(len(body), may_be_large=False, file=file)
    layout = read_layout(body, True, file=file)
    return layout, cut_rows(body[layout.start :], layout, 2, True).rows


def _consumed(piece: bytes, taken: str, layout: Layout, is_last: bool) -> int:
    if layout.errors == "replace":
        return len(taken)
    encoded = taken.encode(layout.codec)
    if not is_last and not piece.startswith(encoded):
        raise _encoding_fault(layout.encoding, "it cannot be read in pieces", layout.file)
    return len(encoded)


def check_size(size: int, *, may_be_large: bool, file: str = "") -> None:
    """Raise ImportFileError for a file beyond the limit; one on our own disk is read in pieces and may be large."""
    limit = MAX_LARGE if may_be_large else MAX_BYTES
    if size > limit:
        raise ImportFileError(f"{size} bytes", TOO_BIG, {"limit": str(limit // 1_000_000)}, file=file)


def _find_encoding(head: bytes, given: str, is_whole: bool, file: str, is_utf8: bool) -> tuple[str, str, int]:
    """(name for people, codec, bytes of a mark to skip): as given, by its mark, UTF-8 if it fits, else Windows-1252."""
    try:
        wanted = codecs.lookup(given).name.removesuffix("-sig") if given else ""
    except LookupError as error:
        raise _encoding_fault(given, str(error), file) from error
    for mark, name, codec in _MARKS:
        if head.startswith(mark) and wanted in ("", codec, codec.rpartition("-")[0]):
            return given or name, codec, len(mark)
    if wanted:
        return given, f"{wanted}-le" if wanted in ("utf-16", "utf-32") else wanted, 0
    found = _sniff_encoding(head, is_whole) if is_utf8 else "cp1252"
    return found, found, 0


def _sniff_encoding(head: bytes, is_whole: bool) -> str:
    sample = head[:4096]
    for name, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if zeros and zeros.count(0) > len(zeros) * 0.6:
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, is_whole)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _decode(piece: bytes, codec: str, errors: str, is_last: bool, file: str) -> str:
    """The text of a piece; a character that is cut in two at its end is left for the next piece."""
    try:
        return codecs.getincrementaldecoder(codec)(errors).decode(piece, is_last)
    except UnicodeError as error:
        raise _encoding_fault(codec, str(error)[:80], file) from error


def _encoding_fault(encoding: str, why: str, file: str) -> ImportFileError:
    return ImportFileError(f"not {encoding}: {why}", ENCODING, {"encoding": encoding}, file=file)


def _byte_count(text: str, codec: str, errors: str) -> int:
    """How many bytes a text took; where bytes may have been replaced, each is one character."""
    return len(text) if errors == "replace" else len(text.encode(codec))


def sniff_delimiter(text: str) -> str:
    """The delimiter that cuts the first rows into equally many cells, the more the better; a comma if none does."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = []
        try:
            for _, cells in _read_rows(_Lines(text[:200_000]), delimiter, "", first_row=1, is_whole=False):
                if any(cells):
                    widths.append(len(cells))
                if len(widths) >= _SNIFFED_ROWS:
                    break
        except ImportFileError:
            continue
        if not widths or widths[0] < 2:
            continue
        score = widths.count(widths[0]) / len(widths) * 10 + min(widths[0], 20)
        if score > best_score:
            best, best_score = delimiter, score
    return best


class _Lines:
    """The lines of a text, then a line of our own; `position` is how far the text has been given out."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.position = 0

    def __iter__(self) -> Iterator[str]:
        for line in io.StringIO(self._text, newline=""):
            self.position += len(line)
            yield line
        yield _END


def _read_rows(
    lines: _Lines, delimiter: str, file: str, *, first_row: int, is_whole: bool
) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of a text; raises ImportFileError where a quotation mark stays open.

    A text that is not whole just ends where its last row is not whole.
    """
    # Strict, for otherwise a stray quotation mark changes texts or swallows rows without a word. The reader does not
    # say whether the last cell was closed; a line of our own behind the end does.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = first_row - 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "field larger" in str(error):
                raise cell_too_big(number + 1, file) from error
            if not is_whole and "end of data" in str(error):
                return
            raise _open_quote(number + 1, file) from error
        if cells is None or cells == [_END]:
            return
        number += 1
        if cells and cells[-1].endswith(_END):
            if not is_whole:
                return
            raise _open_quote(number, file)
        if any("\n" in cell and _swallows_rows(cell, delimiter, len(cells)) for cell in cells):
            raise _open_quote(number, file)
        if any(len(cell) > MAX_CELL for cell in cells):
            raise cell_too_big(number, file)
        yield number, [_clean(cell) for cell in cells]


def _open_quote(number: int, file: str) -> ImportFileError:
    return ImportFileError(f"row {number}: open quote", OPEN_QUOTE, {"row": str(number)}, file=file, row=number)


def cell_too_big(number: int, file: str) -> ImportFileError:
    """The error of a row in which something is larger than anything in a review."""
    values = {"row": str(number), "limit": str(MAX_CELL // 1024)}
    return ImportFileError(f"row {number}: a cell is too large", CELL_TOO_BIG, values, file=file, row=number)


def _swallows_rows(cell: str, delimiter: str, width: int) -> bool:
    """Whether a cell holds lines that look like rows of this table: then its quotation mark was never closed."""
    lines = cell.splitlines()[1:-1]
    return width >= 3 and len(lines) >= 3 and all(line.count(delimiter) == width - 1 for line in lines)


def _clean(cell: str) -> str:
    """A cell without the blanks around it and the apostrophe that protects spreadsheets from formulas."""
    cell = (cell.replace("\x00", "") if "\x00" in cell else cell).strip()
    return unprotect(cell)


def _check_header(cells: list[str], file: str) -> tuple[str, ...]:
    if len(cells) > MAX_COLUMNS:
        raise ImportFileError(
            f"{len(cells)} columns",
            TOO_MANY_COLUMNS,
            {"found": str(len(cells)), "limit": str(MAX_COLUMNS)},
            file=file,
            row=1,
        )
    named = [cell for cell in cells if cell]
    if not named:
        raise ImportFileError("no header", NO_HEADER, file=file, row=1)
    twice = sorted({cell for cell in named if [other.lower() for other in named].count(cell.lower()) > 1})
    if twice:
        raise ImportFileError(f"columns twice: {twice}", TWICE, {"columns": ", ".join(twice)[:200]}, file=file, row=1)
    return tuple(cells)
