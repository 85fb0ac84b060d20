"""Files of any kind → what they say about reviews. Pure; foreign bytes are read by these functions in the sandbox.

What a file is, its bytes say first, its name second.
"""

import json
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from reviews.errors import ImportFileError
from reviews.markup import name_key, parse_text
from reviews.model import Business, ParsedPage
from reviews.sources.archive import Archive
from reviews.sources.columns import header_key
from reviews.sources.record_fields import LIST_KEYS, flatten, name_of
from reviews.sources.records import decode_json, parse_json, parse_xml, read_records
from reviews.sources.saved_page import parse_saved_page
from reviews.sources.table import read_whole

UNKNOWN_KIND = (
    "This kind of file cannot be read. Tables (CSV, XLSX), JSON, XML, saved web pages, plain text and Google Takeout "
    "files can. Nothing was stored."
)
NO_REVIEWS_IN_ZIP = (
    "This zip file holds no reviews of a business. A Google Takeout file must contain “Google Business Profile”. "
    "Nothing was stored."
)
_REVIEW_FILE = re.compile(r"reviews?(?:[-_ ]?\w{1,12})?\.json", re.IGNORECASE)
_NAME_FILE = re.compile(r"(?:additional_?data|data)\.json", re.IGNORECASE)
KINDS = ("table", "sheet", "json", "xml", "page", "text", "archive")


def sniff(body: bytes, name: str) -> str:
    """One of `KINDS`; raises ImportFileError for pictures, PDFs, old spreadsheets and the like."""
    suffix = PurePosixPath(name).suffix.lower()
    start = body[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"PK\x03\x04"):
        return "sheet" if b"[Content_Types].xml" in body[:4096] or suffix in (".xlsx", ".xlsm") else "archive"
    if start.startswith((b"%PDF", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc")):
        raise ImportFileError(f"{name}: not a file with reviews", UNKNOWN_KIND, file=name)
    lower = start[:512].lower()
    if lower.startswith((b"<!doctype html", b"<html")) or (
        start.startswith(b"<") and suffix in (".html", ".htm", ".xhtml")
    ):
        return "page"
    if start.startswith(b"<") and suffix not in (".csv", ".tsv", ".txt", ".tab"):
        return "page" if b"<body" in lower or b"<div" in lower else "xml"
    if start[:1] in (b"{", b"[") and suffix not in (".csv", ".tsv", ".txt", ".tab"):
        return "json"
    by_name = {
        ".html": "page",
        ".htm": "page",
        ".json": "json",
        ".jsonl": "json",
        ".xml": "xml",
        ".txt": "text",
        ".md": "text",
    }
    return by_name.get(suffix, "table")


def read_any(body: bytes, name: str, url: str = "", place: str = "") -> ParsedPage:
    """All that a file of any kind but a table says; with `place` only what belongs to the place of that name.

    Raises ImportFileError, or SourceChanged for a page that is too large.
    """
    kind = sniff(body, name)
    if kind == "json":
        return parse_json(body, place)
    if kind == "xml":
        return parse_xml(body, place)
    if kind == "page":
        return parse_saved_page(body, url or "http://localhost/", None, place or None)
    if kind == "text":
        return parse_text(body)
    if kind == "archive":
        return read_takeout(body, name, place)
    raise ImportFileError(f"{name}: a {kind} is read by its columns", UNKNOWN_KIND, file=name)


def read_takeout(body: bytes, name: str, place: str = "") -> ParsedPage:
    """The reviews in a zip of JSON files, one folder a location, as Google Takeout makes it."""
    archive = Archive(body, name)
    files = [member for member in archive.names if _REVIEW_FILE.fullmatch(PurePosixPath(member).name)]
    if not files:
        raise ImportFileError("no file of reviews", NO_REVIEWS_IN_ZIP, file=name)
    names: dict[str, str] = {}
    for member in archive.names:
        if _NAME_FILE.fullmatch(PurePosixPath(member).name) and (found := _listing_name(archive.read(member))):
            names.setdefault(str(PurePosixPath(member).parent), found)
    pages: list[ParsedPage] = []
    known: set[str] = set()
    for member in sorted(files):
        folder = str(PurePosixPath(member).parent)
        listing = names.get(folder) or PurePosixPath(folder).name
        known.add(listing)
        if place and name_key(listing) != name_key(place):
            continue
        page = parse_json(archive.read(member))
        label = f"{PurePosixPath(folder).name}/{PurePosixPath(member).name}"
        pages.append(
            replace(
                page,
                reviews=tuple(
                    replace(r, place=f"{label} {r.place}", origin=r.origin or "google_takeout") for r in page.reviews
                ),
            )
        )
    return ParsedPage(
        reviews=tuple(review for page in pages for review in page.reviews),
        rejects=tuple(reject for page in pages for reject in page.rejects),
        businesses=tuple(Business(name=listing) for listing in sorted(known)),
        business_count=len(known),
        signature="takeout",
        diagnostics=(f"archive: {len(files)} files of reviews, {len(known)} locations",),
    )


def _listing_name(body: bytes) -> str | None:
    try:
        data = decode_json(body)
    except (ValueError, RecursionError):
        return None
    return name_of(flatten(data)) if isinstance(data, dict) else None


def has_nested_reviews(body: bytes) -> bool:
    """Whether a table keeps whole lists of reviews in its cells, as JSON; cheap, looks at the header only."""
    first = body[:20_000].lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    names = [header_key(name) for name in re.split(r"[,;\t|]", first)]
    return any(
        name in ("user_reviews", "reviews_data", "user_reviews_extended") or name.endswith("_reviews_json")
        for name in names
    )


def read_nested_table(body: bytes, name: str, place: str = "") -> ParsedPage:
    """A table with one place a row, and its reviews as JSON in cells; a cell that is no JSON costs only itself."""
    layout, found = read_whole(body, name)
    rows: list[dict[str, Any]] = []
    for _, cells in found:
        row: dict[str, Any] = {}
        for column, cell in zip(layout.columns, cells, strict=False):
            is_list = bool(LIST_KEYS.search(header_key(column))) and cell[:1] in ("[", "{")
            row[column] = _json_or_none(cell) if is_list else cell
        rows.append(row)
    return read_records(rows, place)


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
