"""What is read of one clinic before anything is decided."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from reviews.model import Clinic, ReportedTotal, Source
from reviews.publish.say import safe_url
from reviews.rules import AdvertisingRow, RuleBook
from reviews.sources.base import FILE_KINDS
from reviews.sources.registry import CONNECTORS
from reviews.storage import GroupTransaction, permissions, review_lists, reviews, sources, totals
from reviews.storage.permissions import Permission
from reviews.storage.review_lists import SampleFigures
from reviews.storage.review_rows import StoredReview

PAGE_QUOTES = 200
STANDING = ("posted", "pending", "confirmed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicData:
    """Everything that was read of one clinic; of what makes quotes nothing, where its rule allows none."""

    clinic: Clinic
    row: AdvertisingRow
    sources: Mapping[int, Source]
    totals: Mapping[int, ReportedTotal]
    samples: Mapping[int, SampleFigures]
    sample: SampleFigures
    candidates: Sequence[StoredReview]
    replies: Callable[[int], str | None]
    permissions: Mapping[int, Permission]
    hidden_stars: Mapping[int | None, int]
    now: datetime
    book: RuleBook

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone."""
        return ZoneInfo(self.clinic.time_zone)

    def day(self, moment: datetime | None) -> date | None:
        """The day of a moment at the clinic."""
        return moment.astimezone(self.zone).date() if moment else None


def read_clinic(
    g: GroupTransaction, book: RuleBook, confirmed: set[tuple[str, str]], clinic: Clinic, now: datetime
) -> ClinicData:
    """Everything of a clinic that publishing asks for."""
    row = book.row(clinic.jurisdiction, clinic.professions, confirmed)
    staying = {each.id: each for each in sources.find_staying(g, clinic.id)}
    counted = review_lists.sample_figures_by_source(g, clinic.id)
    samples = {source_id: sample for source_id, sample in counted.items() if source_id in staying}
    is_any_hidden = any(sample.hidden for sample in counted.values())
    may_quote = row.quotes == "yes"

    def reply_of(review_id: int) -> str | None:
        standing = [reply.text for reply in reviews.find_replies(g, review_id) if reply.state in STANDING]
        return standing[-1] if standing else None

    return ClinicData(
        clinic=clinic,
        row=row,
        sources=staying,
        totals=totals.latest_totals(g, clinic.id),
        samples=samples,
        sample=review_lists.sum_figures(samples.values()),
        candidates=[
            each for each in review_lists.quote_candidates(g, clinic.id, PAGE_QUOTES) if each.source_id in staying
        ]
        if may_quote
        else [],
        replies=reply_of,
        permissions=permissions.find_holding(g, clinic.id, now) if may_quote else {},
        hidden_stars=review_lists.hidden_by_stars(g, clinic.id) if is_any_hidden else {},
        now=now,
        book=book,
    )


def without_expiring(data: ClinicData, *, is_static: bool) -> ClinicData:
    """For copies that nobody calls back: without sources whose content must be gone at some time."""
    if not is_static:
        return data
    terms = data.book.terms
    kept = {each.id: each for each in data.sources.values() if terms(each.origin).retention_days is None}
    return replace(
        data,
        sources=kept,
        samples={source_id: sample for source_id, sample in data.samples.items() if source_id in kept},
        sample=review_lists.sum_figures(sample for source_id, sample in data.samples.items() if source_id in kept),
        candidates=[
            each for each in data.candidates if each.source_id in kept and terms(each.origin).retention_days is None
        ],
        permissions={each: found for each, found in data.permissions.items() if found.valid_until is None},
    )


def without_demo(found: Sequence[ClinicData], *, is_demo: bool) -> list[ClinicData]:
    """Invented clinics stand beside no real one, and alone only where the whole installation is a demo."""
    real = [data for data in found if not data.clinic.is_demo]
    return real or (list(found) if is_demo else [])


def is_complete(source: Source) -> bool:
    """Whether a source lists every review that it has."""
    connector = CONNECTORS.get(source.kind)
    return source.declared_complete or (connector is not None and connector.traits.complete)


def people_address(source: Source) -> str | None:
    """The address of a source that people may open."""
    if source.kind in FILE_KINDS:
        return None  # a table is for programs
    connector = CONNECTORS.get(source.kind)
    address = connector.address({"url": source.url, **source.config}) if connector else source.url
    return safe_url(address or None)
