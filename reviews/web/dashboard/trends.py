"""Trends: how many, how good, how many answered and how soon, how they read; by month, and with the period before."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from reviews.i18n import N_, Words
from reviews.reputation.change import FEWEST, tell_apart
from reviews.reputation.charts import Chart, make_chart
from reviews.reputation.trends import Period, make_months, shift, total
from reviews.storage import GroupTransaction, clinics, sources, trends
from reviews.storage.trends import Annotation
from reviews.web.dashboard.base import blueprint, note, reading, render
from reviews.web.dashboard.filters import find_day, inbox_url
from reviews.web.dashboard.keys import KEYS
from reviews.web.forms import read_form, read_query, write_once
from reviews.web.state import get_visitor, get_words, state

SPANS = ("3", "6", "12", "24")
MAX_REMARK = 200
SAID = {
    "few": N_("Too few reviews for a trend: a mean of fewer than five says nothing."),
    "same": N_("The two means cannot be told apart: chance alone explains the difference."),
    "up": N_("The mean has risen by more than chance explains."),
    "down": N_("The mean has fallen by more than chance explains."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the address asks for: months from `first` to `last`, and of which part of the group."""

    first: str
    last: str
    span: int
    clinic_id: int | None
    source_id: int | None
    query: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One month of the table, with where its reviews are and whether somebody remarked on it."""

    period: Period
    name: str
    url: str
    remarks: tuple[Annotation, ...]


@blueprint.get("/trends", endpoint="trends")
def trends_() -> str:
    """Figures over time, each beside the list of reviews that it counts."""
    form = read_query("clinic", "source", "span", "until")
    words, today = get_words(), state().clock().date()
    with reading() as g:
        places, origins = clinics.find_clinics(g), sources.find_sources(g)
        wanted = _understand(g, {name: form[name] for name in ("clinic", "source", "span", "until")}, today)
        part = {"clinic_id": wanted.clinic_id, "source_id": wanted.source_id}
        before = shift(wanted.first, -wanted.span)
        rows = trends.sum_months(g, before, wanted.last, **part)
        read = trends.find_months_read(g, **part)
        remarks = trends.find_annotations(g, wanted.first, wanted.last, clinic_id=wanted.clinic_id)
    months = make_months(rows, wanted.first, wanted.last, read)
    now, then = total(months), total(make_months(rows, before, shift(wanted.first, -1), read))
    lines = [_line(period, wanted, remarks, words) for period in months]
    earlier, later = shift(wanted.last, -wanted.span), shift(wanted.last, wanted.span)
    this_month = f"{today:%Y-%m}"
    return render(
        "trends.html",
        "trends",
        any_source=bool(origins),
        lines=lines,
        now=now,
        then=then,
        now_url=_url(wanted, wanted.first, wanted.last),
        then_url=_url(wanted, before, shift(wanted.first, -1)),
        period_name=_span_name(wanted.first, wanted.last, words),
        before_name=_span_name(before, shift(wanted.first, -1), words),
        said=words.text(SAID[tell_apart(now.mean100, now.stars_count, then.mean100, then.stars_count)]),
        fewest=FEWEST,
        charts=_charts(months, lines),
        remarks=remarks,
        has_gaps=any(period.is_gap for period in months),
        kept=now.kept,
        form=form,
        span=str(wanted.span),
        spans=[(span, words.plural("{n} month", "{n} months", int(span))) for span in SPANS],
        clinics_=[(clinic.public_id, clinic.name) for clinic in places],
        sources_=[(source.public_id, source.label) for source in origins],
        clinic_names={clinic.id: clinic.name for clinic in places},
        earlier_url=url_for("dashboard.trends", **{**wanted.query, "until": earlier}),
        later_url=url_for("dashboard.trends", **{**wanted.query, "until": min(later, this_month)})
        if wanted.last < this_month
        else None,
        today=f"{today:%Y-%m-%d}",
        shortcuts=KEYS,
    )


def _understand(g: GroupTransaction, asked: dict[str, str], today: date) -> Wanted:
    span = asked["span"] if asked["span"] in SPANS else "12"
    last = asked["until"] if find_day(f"{asked['until']}-01") and len(asked["until"]) == 7 else f"{today:%Y-%m}"
    clinic = clinics.get_clinic_by_public_id(g, asked["clinic"]) if asked["clinic"] else None
    source = sources.get_source_by_public_id(g, asked["source"]) if asked["source"] else None
    query = {name: value for name, value in asked.items() if value}
    return Wanted(
        first=shift(last, 1 - int(span)),
        last=last,
        span=int(span),
        clinic_id=clinic.id if clinic else None,
        source_id=source.id if source else None,
        query=query,
    )


def _url(wanted: Wanted, first: str, last: str) -> str:
    """The reviews that a number counts."""
    part = {name: value for name, value in wanted.query.items() if name in ("clinic", "source")}
    return inbox_url({**part, "month": first if first == last else f"{first}..{last}"})


def _line(period: Period, wanted: Wanted, remarks: list[Annotation], words: Words) -> Line:
    month = period.first
    return Line(
        period=period,
        name=_month_name(month, words),
        url=_url(wanted, month, month),
        remarks=tuple(each for each in remarks if each.day.startswith(month)),
    )


def _month_name(month: str, words: Words) -> str:
    return words.month(date(int(month[:4]), int(month[5:]), 1))


def _span_name(first: str, last: str, words: Words) -> str:
    return words.text(N_("{first} to {last}"), first=_month_name(first, words), last=_month_name(last, words))


def _charts(months: list[Period], lines: list[Line]) -> dict[str, Chart]:
    labels = [f"{each.first[5:]}/{each.first[2:4]}" for each in months]
    gaps = [each.is_gap for each in months]
    notes = [number for number, line in enumerate(lines) if line.remarks]
    volume = [None if each.is_gap else float(each.count) for each in months]
    means = [None if each.mean100 is None else each.mean100 / 100 for each in months]
    answered = [None if each.is_gap else each.share_answered.percent for each in months]
    negative = [None if each.is_gap else each.share_negative.percent for each in months]
    return {
        "volume": make_chart(volume, labels, gaps, notes=notes),
        "mean": make_chart(means, labels, gaps, low=1, high=5, is_line=True, notes=notes),
        "answered": make_chart(answered, labels, gaps, high=100, is_line=True, notes=notes),
        "negative": make_chart(negative, labels, gaps, high=100, is_line=True, notes=notes),
    }


@blueprint.post("/trends/remarks")
def add_remark() -> Response:
    """A remark about a day, at one clinic or at all."""
    form = read_form("day", "text", "clinic")
    day = find_day(form["day"])
    if day is None or not form["text"] or len(form["text"]) > MAX_REMARK:
        raise BadRequest("a remark has a day and up to 200 characters")

    def work(g: GroupTransaction) -> str:
        clinic = clinics.get_clinic_by_public_id(g, form["clinic"]) if form["clinic"] else None
        added = trends.add_annotation(
            g, clinic_id=clinic.id if clinic else None, day=day.isoformat(), text=form["text"],
            person_id=get_visitor().person.id, now=state().clock(),
        )  # fmt: skip
        note(g, "remark.added", "remark", added, {}, {"day": day.isoformat()})
        return url_for("dashboard.trends", clinic=form["clinic"] or None, done="saved")

    return write_once(work)


@blueprint.post("/trends/remarks/delete")
def delete_remark() -> Response:
    """A remark goes."""
    form = read_form("remark")

    def work(g: GroupTransaction) -> str:
        trends.delete_annotation(g, form["remark"])
        note(g, "remark.deleted", "remark", form["remark"], {}, {})
        return url_for("dashboard.trends", done="saved")

    return write_once(work)
