"""Today: what is new for me, what is not well, what is left to set up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import url_for
from werkzeug.wrappers import Response

from reviews.alerts import slots
from reviews.model import Clinic, Source
from reviews.reputation.change import FEWEST, Change, compare, next_goal
from reviews.reputation.figures import stars_text
from reviews.reputation.intervals import Range
from reviews.storage import GroupTransaction, alerts, clinics, pairs, review_lists, sources, work
from reviews.storage.review_lists import ReviewFilters
from reviews.web.dashboard.base import blueprint, reading, render, zone_of
from reviews.web.dashboard.first_steps import find_steps
from reviews.web.dashboard.keys import KEYS
from reviews.web.dashboard.needs import find_needs
from reviews.web.dashboard.reply_view import way_of
from reviews.web.dashboard.rows import make_rows
from reviews.web.dashboard.source_views import SourceView, find_views
from reviews.web.dashboard.unusual import find_unusual
from reviews.web.forms import read_form, write_once
from reviews.web.state import get_visitor, get_words, state

NEWEST = 5
MOST_COUNTED = 500
MOST_RATINGS = 6
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What the platform of a clinic's headline says now, and what it said thirty days ago."""

    clinic: Clinic
    source: Source
    shown: Decimal
    count: int
    before: Decimal | None
    change: Change | None
    goal: tuple[Decimal, Range] | None
    new: int


@blueprint.get("/")
def today() -> str:
    """What changed, what needs somebody, whether the machine is well."""
    person_id, now, words = get_visitor().person.id, state().clock(), get_words()
    with reading() as g:
        views = find_views(g, now)
        pairs_waiting = pairs.count_waiting(g)
        places, origins = clinics.find_clinics(g), sources.find_sources(g)
        stars = [
            (value, _count(g, ReviewFilters(unread_by=person_id, stars=(value,), no_copies=True)))
            for value in (5, 4, 3, 2, 1)
        ]
        total = _count(g, ReviewFilters(unread_by=person_id, no_copies=True))
        newest = (
            review_lists.find_reviews(g, ReviewFilters(unread_by=person_id, no_copies=True), NEWEST).rows
            if total
            else ()
        )
        needs = find_needs(g, places, now)
        elsewhere = pairs.find_elsewhere(g, [each.id for each in (*newest, *(need.review for need in needs))])
        ratings = _ratings(g, places, origins, now)
        since, next_digest = _digest(places, now)
        in_digest = _count(g, ReviewFilters(first_seen_since=since, no_copies=True))
        low_in_digest = _count(g, ReviewFilters(first_seen_since=since, stars=(1, 2), no_copies=True))
        steps = find_steps(g, views)
        unusual = find_unusual(g, places, now)
    of = {source.id: source for source in origins}
    answerable = {each.review.id for each in needs if way_of(of[each.review.source_id], each.review) != "none"}
    return render(
        "today.html",
        "today",
        views=views,
        trouble=[view for view in views if view.health.is_trouble],
        newest=make_rows(newest, places, origins, set(), words, elsewhere=elsewhere),
        needs=needs,
        answerable=answerable,
        need_rows={
            row.review.id: row
            for row in make_rows([n.review for n in needs], places, origins, set(), words, elsewhere=elsewhere)
        },
        ratings=ratings,
        few=FEWEST,
        total=total,
        pairs_waiting=pairs_waiting,
        cap=MOST_COUNTED,
        stars=stars,
        without_stars=max(0, total - sum(count for _, count in stars)) if total <= MOST_COUNTED else 0,
        in_digest=in_digest,
        low_in_digest=low_in_digest,
        since=since.isoformat(),
        month_ago=now - MONTH,
        next_digest=next_digest,
        zone=zone_of(places[0]) if places else UTC,
        several=len(places) > 1,
        unusual=unusual,
        steps=steps if any(not step.is_done for step in steps) else [],
        is_set_up=all(step.is_done or step.is_skipped for step in steps),
        last_review=_last(views),
        shortcuts=KEYS,
    )


def _count(g: GroupTransaction, filters: ReviewFilters) -> int:
    """How many reviews a link leads to: exact up to MOST_COUNTED, and one more where there are more."""
    return review_lists.count_capped(g, filters, MOST_COUNTED)


def _digest(places: list[Clinic], now: datetime) -> tuple[datetime, datetime]:
    """Since when the next digest counts, and when it comes, in the zone of the first clinic."""
    zone = zone_of(places[0]) if places else UTC
    return slots.last_weekly(now, zone)[1], slots.next_weekly(now, zone)[1]


def _ratings(g: GroupTransaction, places: list[Clinic], origins: list[Source], now: datetime) -> list[Rating]:
    """The headline figure of each clinic as its platform says it, beside that of thirty days ago."""
    current, earlier = alerts.find_totals_at(g, now), alerts.find_totals_at(g, now - MONTH)
    found = []
    for place in places[:MOST_RATINGS]:
        rated = [each for each in origins if each.clinic_id == place.id and is_rated(current.get(each.id))]
        chosen = [each for each in rated if each.id == place.primary_source_id]
        by_count = sorted(rated, key=lambda each: -ratings_of(current[each.id]))
        source = next(iter([*chosen, *by_count]), None)
        if source is None:
            continue
        shown, count = average_of(current[source.id]), ratings_of(current[source.id])
        before = average_of(earlier[source.id]) if is_rated(earlier.get(source.id)) else None
        goal = next_goal(shown, count)
        found.append(
            Rating(
                clinic=place,
                source=source,
                shown=shown,
                count=count,
                before=before,
                change=compare(shown, before) if before is not None else None,
                goal=(goal[0], goal[1].any_rating) if goal else None,
                new=_count(g, ReviewFilters(source_id=source.id, first_seen_since=now - MONTH)),
            )
        )
    return found


def is_rated(row: Mapping[str, Any] | None) -> bool:
    """Whether a total, as the storage gives it, holds an average of anything."""
    return row is not None and row["stars100"] is not None and ratings_of(row) > 0


def ratings_of(row: Mapping[str, Any]) -> int:
    """Of how many ratings a total speaks; of reviews, where it says no more."""
    return int(row["rating_count"] if row["rating_count"] is not None else row["review_count"] or 0)


def average_of(row: Mapping[str, Any]) -> Decimal:
    """The average in stars, with the decimals that the platform shows, one at least."""
    return Decimal(stars_text(row["stars100"]))


def _last(views: list[SourceView]) -> datetime | None:
    return max((view.source.last_success_at for view in views if view.source.last_success_at), default=None)


@blueprint.post("/read-all")
def mark_all_read() -> Response:
    """Mark everything as read that the person has not opened yet."""
    read_form()
    person_id = get_visitor().person.id

    def mark(g: GroupTransaction) -> str:
        work.mark_all_read(g, person_id, state().clock())
        return url_for("dashboard.today", done="all-read")

    return write_once(mark)
