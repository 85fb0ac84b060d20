"""Sources as the pages show them: with their clinic, their newest run and their health."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from reviews.errors import ConfigError
from reviews.model import Clinic, Source
from reviews.sources.base import BY_HAND, FILE_KINDS
from reviews.sources.registry import get_connector
from reviews.storage import GroupTransaction, clinics, runs, sources
from reviews.storage.runs import Run
from reviews.web.dashboard.base import zone_of
from reviews.web.dashboard.health_words import Health, describe
from reviews.web.state import get_words


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """One source with what a page says of it."""

    source: Source
    clinic: Clinic
    run: Run | None
    health: Health
    zone: tzinfo
    kind_name: str
    interval: timedelta | None

    @property
    def is_file(self) -> bool:
        """Whether it takes files handed in by people instead of reading a page."""
        return self.source.kind in FILE_KINDS

    @property
    def is_by_hand(self) -> bool:
        """Whether people type its reviews in."""
        return self.source.kind == BY_HAND

    @property
    def is_live_only(self) -> bool:
        """Whether its terms let nothing be stored, so that people look at it live."""
        try:
            return get_connector(self.source.kind).traits.live_only
        except ConfigError:
            return False


def find_views(g: GroupTransaction, now: datetime) -> list[SourceView]:
    """All sources of the group, in the order of clinics and of their adding."""
    places = {clinic.id: clinic for clinic in clinics.find_clinics(g)}
    order = {clinic_id: position for position, clinic_id in enumerate(places)}
    found = sorted(sources.find_sources(g), key=lambda source: (order[source.clinic_id], source.id))
    return [view_of(g, source, places[source.clinic_id], now) for source in found]


def view_of(g: GroupTransaction, source: Source, clinic: Clinic, now: datetime) -> SourceView:
    """One source with its newest run."""
    newest = runs.find_runs(g, source.id, limit=1)
    run = newest[0] if newest else None
    interval = interval_of(source)
    zone = zone_of(clinic)
    return SourceView(
        source=source,
        clinic=clinic,
        run=run,
        health=describe(source, run, interval=interval, now=now, zone=zone, words=get_words()),
        zone=zone,
        kind_name=kind_name(source.kind),
        interval=interval,
    )


def interval_of(source: Source) -> timedelta | None:
    """How often the source is meant to be read; None when it is not scheduled."""
    if source.next_due_at is None and source.kind in (*FILE_KINDS, BY_HAND):
        return None
    try:
        minutes = source.interval_minutes or get_connector(source.kind).traits.interval_minutes
    except ConfigError:
        return None
    return timedelta(minutes=minutes)


def kind_name(kind: str) -> str:
    """The connector's name in the reader's words; the bare kind when this release does not know it."""
    try:
        return get_words().text(get_connector(kind).label)
    except ConfigError:
        return kind
