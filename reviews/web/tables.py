"""Tables as files, row by row: CSV, JSON, XLSX. Nothing that a spreadsheet would run as a formula leaves here."""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO
from xml.sax.saxutils import escape

from reviews.normalize.formulas import protect

Cell = str | int | float | None
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XLSX_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
    f'"{_TYPE}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet2.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Reviews" sheetId="1" '
    'r:id="r1"/><sheet name="About" sheetId="2" r:id="r2"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/>'
    "</Relationships>",
}


def neutral(cell: Cell) -> Cell:
    """A cell that a spreadsheet takes for text: what would begin a formula gets an apostrophe before it."""
    return protect(cell) if isinstance(cell, str) else cell


def to_csv(about: Sequence[str], columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """CSV in UTF-8 with its mark; the first lines, each beginning with #, say what the file is."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerows([[f"# {line}"] for line in about])
    writer.writerow(columns)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
        if buffer.tell() > 32_768:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def to_json(about: Sequence[str], columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """One JSON object: `about`, and `reviews`, each an object with the columns in their order."""
    yield f'{{"about": {json.dumps(list(about), ensure_ascii=False)}, "reviews": ['.encode()
    for number, row in enumerate(rows):
        found = json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)
        yield f"{',' if number else ''}\n{found}".encode()
    yield b"\n]}\n"


def to_xlsx(about: Sequence[str], columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """A workbook with two sheets, the second says what it is; text is always a string, numbers are numbers."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
            for name, text in _XLSX_PARTS.items():
                book.writestr(name, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text)
            with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
                _write_sheet(sheet, [columns], rows)
            with book.open("xl/worksheets/sheet2.xml", "w") as sheet:
                _write_sheet(sheet, [], ([line] for line in about))
        file.seek(0)
        while piece := file.read(65_536):
            yield piece


def _write_sheet(sheet: IO[bytes], head: Sequence[Sequence[Cell]], rows: Iterable[Sequence[Cell]]) -> None:
    sheet.write(b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
    for part in (head, rows):
        for row in part:
            sheet.write(f"<row>{''.join(map(_cell, row))}</row>".encode())
    sheet.write(b"</sheetData></worksheet>")


def _cell(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, int | float):
        return f"<c><v>{cell}</v></c>"
    text = "".join(c for c in cell if c >= " " or c in "\t\n\r")[:32_767]
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
