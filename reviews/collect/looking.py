"""A first look at a file that a person hands in: what it is, what its columns seem to mean, its first reviews."""

from dataclasses import dataclass
from datetime import datetime

from reviews import normalize
from reviews.collect.importing import SHOWN_REVIEWS
from reviews.collect.pages import choose_total, normalize_page
from reviews.errors import ImportFileError
from reviews.files import in_pieces
from reviews.model import Page, ParsedPage, ReportedTotal, Review
from reviews.sources import csv_file, file_import
from reviews.sources.base import SandboxDoor
from reviews.sources.csv_file import Proposal
from reviews.sources.packing import unpack

KNOWN_ORIGIN = "google_takeout"
"""The one origin that a file shows by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLook:
    """What a file is (`any_file.KINDS`) and seems to hold; nothing of it is stored.

    `table` is there where columns have to be understood. `names` are the clinics or places in it, if there are several.
    `origin` is the platform that the file itself names, else "".
    """

    kind: str
    count: int
    table: Proposal | None = None
    names: tuple[str, ...] = ()
    first: tuple[Review, ...] = ()
    total: ReportedTotal | None = None
    origin: str = ""


def look_at_file(
    sandbox: SandboxDoor, body: bytes, file_name: str, now: datetime, clinic_column: str | None = None
) -> FileLook:
    """What the file is; raises ImportFileError for what is not read, or holds no reviews.

    `clinic_column` is the column that a person says holds the clinics; None: as its headers say.
    """
    opened = file_import.open_file(in_pieces(body), sandbox, file=file_name)
    if opened.table is not None:
        proposal = csv_file.propose_mapping(opened.table, sandbox, file=file_name, clinic_column=clinic_column)
        page = None
        if not proposal.asks and proposal.row_count:
            try:
                page = next(csv_file.pages_of(opened.table, {}, sandbox, file=file_name))
            except ImportFileError:
                page = None  # what is wrong is said when it is checked with what a person says about it
        first, total = _read(page, now)
        names = proposal.clinics if len(proposal.clinics) > 1 else ()
        return FileLook(kind=opened.kind, count=proposal.row_count, table=proposal, names=names, first=first)
    packed = opened.packed
    assert packed is not None
    if not packed.count and not packed.head.totals:
        raise ImportFileError("no reviews", file_import.NOTHING, file=file_name)
    reviews = unpack(packed, 0)
    parsed = ParsedPage(reviews=reviews[:SHOWN_REVIEWS], totals=packed.head.totals, language=packed.head.language)
    first, total = _read(Page(number=1, url="", parsed=parsed), now)
    origins = {review.origin for review in reviews}
    return FileLook(
        kind=opened.kind,
        count=packed.count,
        names=file_import.names_of(packed) if packed.head.business_count > 1 else (),
        first=first,
        total=total,
        origin=KNOWN_ORIGIN if origins == {KNOWN_ORIGIN} else "",
    )


def _read(page: Page | None, now: datetime) -> tuple[tuple[Review, ...], ReportedTotal | None]:
    """The first reviews and the total of a page, as they would be stored."""
    if page is None:
        return (), None
    wire = normalize.Context(source_origin="unknown", read_at=now, page_language=page.parsed.language, assume_best=5)
    accepted, _, _ = normalize_page(page, wire)
    return tuple(accepted[:SHOWN_REVIEWS]), choose_total(page.parsed.totals, wire, "en")
