"""Sources as the pages show them: with their clinic, their newest run and their health."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from reviews.errors import ConfigError
from reviews.i18n import N_, Words
from reviews.model import Clinic, Source
from reviews.sources.base import BY_HAND, FILE_KINDS
from reviews.sources.registry import get_connector
from reviews.storage import GroupTransaction, clinics, connections, runs, sources
from reviews.storage.connections import Connection
from reviews.storage.runs import Run
from reviews.web.dashboard.base import zone_of
from reviews.web.dashboard.health_words import Health, describe
from reviews.web.spans import duration
from reviews.web.state import get_words

INTERVALS = (60, 6 * 60, 12 * 60, 24 * 60, 3 * 24 * 60, 7 * 24 * 60)


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
    pull_hint: str = ""
    """Why what is new at the platform is not noticed at once; "" where it is, or nobody asked for that."""

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
    hints = {each.id: _pull_hint(each) for each in connections.find_connections(g)}
    views = (view_of(g, source, places[source.clinic_id], now) for source in found)
    return [replace(view, pull_hint=hints.get(view.source.connection_id or 0, "")) for view in views]


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


def _pull_hint(connection: Connection) -> str:
    is_failing = connection.pull_failures and connection.state != "disconnected"
    return get_words().text(connection.pull_hint) if is_failing else ""


def interval_of(source: Source) -> timedelta | None:
    """How often the source is meant to be read; None when it is not scheduled."""
    if source.next_due_at is None and source.kind in (*FILE_KINDS, BY_HAND):
        return None
    try:
        minutes = source.interval_minutes or get_connector(source.kind).traits.interval_minutes
    except ConfigError:
        return None
    return timedelta(minutes=minutes)


def least_minutes(source: Source) -> int | None:
    """The shortest interval that its platform allows; None when it is not scheduled."""
    try:
        traits = get_connector(source.kind).traits
    except ConfigError:
        return None
    is_unscheduled = traits.live_only or source.kind in (*FILE_KINDS, BY_HAND)
    return None if is_unscheduled else traits.interval_minutes


def interval_choices(source: Source) -> list[tuple[str, str]]:
    """Intervals to choose from, in minutes and in words, the shortest first; none when it is not scheduled."""
    least, words = least_minutes(source), get_words()
    if least is None:
        return []
    longer = {minutes for minutes in INTERVALS if minutes > least} | ({source.interval_minutes or 0} - {0, least})
    often = words.text(N_("As often as the platform allows ({interval})"), interval=_span(least, words))
    return [("", often), *((str(minutes), _span(minutes, words)) for minutes in sorted(longer))]


def _span(minutes: int, words: Words) -> str:
    return words.text(N_("every {interval}"), interval=duration(timedelta(minutes=minutes), words))


def kind_name(kind: str) -> str:
    """The connector's name in the reader's words; the bare kind when this release does not know it."""
    try:
        return get_words().text(get_connector(kind).label)
    except ConfigError:
        return kind
