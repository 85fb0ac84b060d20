"""The weekly digest, read from the database: this week and the week before, side by side."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from reviews.alerts.desk import find_zone
from reviews.alerts.messages import DigestView, FigureLine, Line, ReviewView
from reviews.alerts.routing import covers
from reviews.alerts.scene import Scene
from reviews.i18n import Words
from reviews.model import Source
from reviews.reputation.figures import mean100, stars_text
from reviews.storage import alerts, groups, review_lists
from reviews.storage.alerts import Wishes
from reviews.storage.review_lists import ReviewFilters

WEEK = timedelta(days=7)
TO_ANSWER = 3
PLATFORMS = 12
FEWEST_FOR_MEAN = 5
"""Below this many a mean of stars says nothing (S11)."""
LOOK_BACK = timedelta(days=90)
"""Reviews that have waited longer than this are no news."""


def read_digest(scene: Scene, wishes: Sequence[Wishes], until: datetime, words: Words) -> DigestView:
    """The week up to `until`, for the clinics and sources that the wishes are about."""
    mine = {source.id: source for source in scene.sources.values() if _is_mine(scene, source, wishes)}
    this, last = _week(scene, mine, until), _week(scene, mine, until - WEEK)
    troubles = tuple(_trouble(scene, source, words) for source in mine.values() if is_in_trouble(source))
    return DigestView(
        group=groups.get_group(scene.g.tx, scene.g.group_id).name,
        new=this["n"],
        figures=_figures(this, last, words),
        platforms=_platforms(scene, mine, until, words),
        to_answer=_to_answer(scene, mine, until),
        quote=_newest_quote(scene, mine, until),
        troubles=troubles,
        source_count=len(mine),
        url=scene.desk.address("/"),
    )


def is_in_trouble(source: Source) -> bool:
    """Whether somebody should look at a source: it failed, or waits for a person."""
    return source.state in ("needs_person", "gone") or source.failures > 0


def _is_mine(scene: Scene, source: Source, wishes: Sequence[Wishes]) -> bool:
    clinic = scene.clinics[source.clinic_id].public_id
    return any(covers(each, clinic, source.public_id) for each in wishes)


def _week(scene: Scene, mine: Mapping[int, Source], until: datetime) -> dict[str, int]:
    counted = [row for row in alerts.count_week(scene.g, until - WEEK, until) if row["source_id"] in mine]
    total = {name: sum(row[name] for row in counted) for name in ("n", "low", "stars_count", "stars100_sum")}
    missing = alerts.count_missing(scene.g, until - WEEK, until)
    return {**total, "missing": sum(n for source_id, n in missing.items() if source_id in mine)}


def _figures(this: Mapping[str, int], last: Mapping[str, int], words: Words) -> tuple[FigureLine, ...]:
    """Four counts and a mean; the fifth, what waits for an answer, stands with its reviews."""

    def count(label: str, name: str) -> FigureLine:
        return FigureLine(label=label, now=words.number(this[name]), before=words.number(last[name]))

    rest = {name: {"rest": week["n"] - week["low"]} for name, week in (("this", this), ("last", last))}
    return (
        count(words.text("New reviews"), "n"),
        count(words.text("with 1 or 2 stars"), "low"),
        FigureLine(
            label=words.text("others"),
            now=words.number(rest["this"]["rest"]),
            before=words.number(rest["last"]["rest"]),
        ),
        FigureLine(
            label=words.text("Mean of the new ones that were read here (derived)"),
            now=_mean(this, words),
            before=_mean(last, words),
        ),
        count(words.text("No longer there at their source"), "missing"),
    )


def _mean(week: Mapping[str, int], words: Words) -> str:
    if week["stars_count"] < FEWEST_FOR_MEAN:
        return words.text("too few to say")
    mean = mean100(week["stars100_sum"], week["stars_count"])
    assert mean is not None
    return words.text("{value} of 5", value=words.decimal(stars_text(mean)))


def _platforms(scene: Scene, mine: Mapping[int, Source], until: datetime, words: Words) -> tuple[FigureLine, ...]:
    now, before = alerts.find_totals_at(scene.g, until), alerts.find_totals_at(scene.g, until - WEEK)
    lines = []
    for source_id, source in mine.items():
        if text := _total(now.get(source_id), words):
            label = f"{scene.clinics[source.clinic_id].name} – {source.label}"
            lines.append(FigureLine(label=label, now=text, before=_total(before.get(source_id), words)))
    return tuple(lines[:PLATFORMS])


def _total(row: Mapping[str, Any] | None, words: Words) -> str:
    if row is None or row["stars100"] is None:
        return ""
    value = words.text("{value} of 5", value=words.decimal(stars_text(row["stars100"])))
    count = row["rating_count"] if row["rating_count"] is not None else row["review_count"]
    return value if count is None else f"{value} ({words.number(count)})"


def _to_answer(scene: Scene, mine: Mapping[int, Source], until: datetime) -> tuple[ReviewView, ...]:
    found: list[ReviewView] = []
    for review_id, source_id, _ in alerts.find_unanswered(scene.g, until - LOOK_BACK, 50):
        if source_id in mine and (review := scene.find_review(review_id)) and len(found) < TO_ANSWER:
            found.append(scene.view(review))
    return tuple(found)


def _newest_quote(scene: Scene, mine: Mapping[int, Source], until: datetime) -> ReviewView | None:
    """The newest words of the week, whatever their stars; None without any that may leave the house."""
    filters = ReviewFilters(has_text=True, since=until - WEEK, no_copies=True)
    for review in review_lists.find_reviews(scene.g, filters, 20).rows:
        if review.source_id in mine and scene.find_review(review.id) and review.publication != "hidden":
            view = scene.view(review)
            if view.text:
                return view
    return None


def _trouble(scene: Scene, source: Source, words: Words) -> Line:
    clinic = scene.clinics[source.clinic_id]
    said = (
        words.text(source.hint, **source.hint_values) if source.hint else words.text("This source could not be read.")
    )
    if source.last_success_at:
        since = words.moment(source.last_success_at, find_zone(clinic.time_zone))
        said += " " + words.text("It was read well last on {time}.", time=since)
    return Line(
        text=f"{clinic.name} – {source.label}: {said}",
        url=scene.desk.address(f"/sources/{source.public_id}"),
    )
