"""What an address of the inbox asks for, understood: filters, the chips that stand for them, tabs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import url_for
from werkzeug.exceptions import NotFound

from reviews.i18n import N_, Words
from reviews.model import Clinic, Source
from reviews.rules import work as work_rules
from reviews.storage.people import Person
from reviews.storage.review_lists import ReviewFilters
from reviews.web.dashboard.base import LABELS, PRESENCES, PUBLICATIONS
from reviews.web.forms import Form
from reviews.web.state import get_visitor, get_words, state

SINGLE = (
    "tab", "clinic", "source", "state", "assigned", "tag", "language", "label", "presence", "publication", "read", "q",
    "from", "until", "seen_from", "month",
    "theme", "said", "attention", "reply", "late", "dated", "sort",
)  # fmt: skip
MANY = ("stars", "show")
LOOK = ("sort", "show")
"""How a list is drawn, not what is in it."""
ORDERS = {
    "newest": N_("Newest first"),
    "oldest": N_("Oldest first"),
    "lowest": N_("Lowest stars first"),
    "waiting": N_("Waiting longest first"),
}
SHOWN = {
    "written": N_("Written"),
    "stars": N_("Stars"),
    "author": N_("Author"),
    "source": N_("Source"),
    "clinic": N_("Clinic"),
    "text": N_("Text"),
    "state": N_("State"),
    "tags": N_("Tags"),
    "reads": N_("How it reads"),
    "presence": N_("At the source"),
    "website": N_("Website"),
    "language": N_("Language"),
    "first_read": N_("First read"),
}
"""What a list may show of a review, by the names of the columns of files."""
SHOWN_ANYHOW = tuple(name for name in SHOWN if name not in ("language", "first_read"))
LANGUAGE_CHOICES = ("en", "fr", "de", "es", "it", "pt", "nl", "ar", "zh")
TABS = {
    "all": N_("All"),
    "waiting": N_("Needs reply"),
    "unread": N_("Unread"),
    "mine": N_("Mine"),
    "low": N_("Negative"),
}
STATES = {
    "new": N_("new"),
    "open": N_("open"),
    "answered": N_("answered"),
    "closed": N_("closed"),
    "no_reply_needed": N_("no reply needed"),
    "reported": N_("reported to the platform"),
}
THEMES = {
    "waiting": N_("Waiting"),
    "staff": N_("Staff"),
    "communication": N_("Explaining and listening"),
    "treatment": N_("Treatment"),
    "booking": N_("Booking"),
    "billing": N_("Cost and billing"),
    "facility": N_("Rooms"),
    "access": N_("Getting there"),
}
SAID = {"praised": N_("{theme}, praised"), "criticized": N_("{theme}, criticized")}
ATTENTION = {
    "text": N_("the text reads badly"),
    "disagree": N_("stars and text disagree"),
    "sentence": N_("praise with a complaint in it"),
    "risk": N_("risk words"),
}
REPLIES = {"rejected": N_("reply rejected by the platform"), "outdated": N_("changed after our reply")}
LOOK_BACK = timedelta(days=90)
"""A review that has waited longer than this is history, not work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One active filter: what it says, the address without it, and the filters without it."""

    text: str
    url: str
    without: ReviewFilters


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the address asks for: the filters, the chips that stand for them, order, columns, parameters."""

    filters: ReviewFilters
    chips: tuple[Chip, ...]
    query: Mapping[str, Any]
    order: str = "newest"
    shown: tuple[str, ...] = SHOWN_ANYHOW

    @property
    def look(self) -> dict[str, Any]:
        """The parameters that say how the list is drawn."""
        return {name: value for name, value in self.query.items() if name in LOOK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What filters may name: clinics, sources and people of the group."""

    clinics: Sequence[Clinic]
    sources: Sequence[Source]
    people: Sequence[Person]


def query_of(form: Form) -> dict[str, Any]:
    """The parameters of an address that are filters, without empty ones."""
    query: dict[str, Any] = {name: form[name] for name in SINGLE if form[name] and form[name] != "all"}
    if query.get("sort") not in ORDERS or query["sort"] == "newest":
        query.pop("sort", None)
    if stars := form.many.get("stars"):
        query["stars"] = list(stars)
    shown = shown_of(form)
    if shown != SHOWN_ANYHOW:
        query["show"] = list(shown)
    return query


def shown_of(form: Form) -> tuple[str, ...]:
    """What the list shows of a review: as asked for, in our order, or as usual."""
    asked = form.many.get("show", ())
    return tuple(name for name in SHOWN if name in asked) or SHOWN_ANYHOW


def inbox_url(query: Mapping[str, Any], **more: Any) -> str:
    """The address of the inbox with these filters."""
    return url_for("dashboard.inbox", **{**query, **more})


def tab_filters(tab: str, now: datetime) -> ReviewFilters:
    """What a tab shows, for this visitor."""
    person_id = get_visitor().person.id
    if tab == "waiting":
        return ReviewFilters(is_waiting=True, is_present=True, since=start_of_waiting(now), no_copies=True)
    if tab == "unread":
        return ReviewFilters(unread_by=person_id, no_copies=True)
    if tab == "mine":
        return ReviewFilters(assignee_id=person_id, is_waiting=True)
    if tab == "low":
        return ReviewFilters(is_low=True, no_copies=True)
    return ReviewFilters(no_copies=True)


def start_of_waiting(now: datetime) -> datetime:
    """From when on reviews count as waiting: a whole day, so that a list and its count mean the same."""
    return (now - LOOK_BACK).replace(hour=0, minute=0, second=0, microsecond=0)


def understand(form: Form, scope: Scope, words: Words) -> Choice:
    """Filters and chips of an address; raises NotFound for a clinic, source or person that is not the group's."""
    tab = form["tab"] if form["tab"] in TABS else "all"
    base = tab_filters(tab, state().clock())
    found = [*_named(form, scope), *_plain(form, words), *_dates(form, words)]
    filters = base
    for _, _, values in found:
        filters = replace(filters, **values)
    filters = _in_one_place(filters)
    query = query_of(form)
    chips = tuple(
        Chip(
            text=text,
            url=inbox_url({key: value for key, value in query.items() if key != name}),
            without=_in_one_place(
                replace(filters, no_copies=base.no_copies, **{field: getattr(base, field) for field in values})
            ),
        )
        for name, text, values in found
    )
    order = query.get("sort", "newest")
    return Choice(filters=filters, chips=chips, query=query, order=order, shown=shown_of(form))


def _in_one_place(filters: ReviewFilters) -> ReviewFilters:
    """Whoever asks for one place, or for what was done to one copy, sees that copy, whichever of them counts."""
    asked = (filters.source_id, filters.presence, filters.tag, filters.assignee_id, filters.reply)
    return replace(filters, no_copies=filters.no_copies and not any(asked))


Found = list[tuple[str, str, dict[str, Any]]]


def _named(form: Form, scope: Scope) -> Found:
    """Filters that name something of the group."""
    found: Found = []
    if form["clinic"]:
        clinic = _one(scope.clinics, form["clinic"])
        found.append(("clinic", clinic.name, {"clinic_id": clinic.id}))
    if form["source"]:
        source = _one(scope.sources, form["source"])
        found.append(("source", source.label, {"source_id": source.id}))
    if form["assigned"]:
        person = _one(scope.people, form["assigned"])
        found.append(("assigned", person.name, {"assignee_id": person.id}))
    if form["late"].isdecimal() and len(form["late"]) < 6:
        hours = int(form["late"])
        text = get_words().plural("waiting for more than {n} hour", "waiting for more than {n} hours", hours)
        clinic_ids = tuple(each.id for each in scope.clinics if each.answer_within_hours == hours)
        before = state().clock() - timedelta(hours=hours)
        found.append(("late", text, {"clinic_ids": clinic_ids or (0,), "first_seen_before": before}))
    return found


def _plain(form: Form, words: Words) -> Found:
    """Filters whose values are the same for everybody."""
    found: Found = []
    if stars := tuple(sorted(int(s) for s in form.many.get("stars", ()) if s in ("0", "1", "2", "3", "4", "5"))):
        given = [value for value in stars if value]
        text = words.plural("{n} star", "{n} stars", given[0]) if given else ""
        if len(given) > 1:
            text = words.text("{list} stars", list=", ".join(words.number(value) for value in given))
        if 0 in stars:
            text = ", ".join(filter(None, (text, words.text("without stars"))))
        found.append(("stars", text, {"stars": stars}))
    if form["language"] in LANGUAGE_CHOICES:
        found.append(("language", words.locale.languages.get(form["language"], ""), {"language": form["language"]}))
    tables = (("label", LABELS), ("presence", PRESENCES), ("publication", PUBLICATIONS))
    for name, table in tables:
        if form[name] in table:
            found.append((name, words.text(table[form[name]]), {name: form[name]}))
    if form["state"] in work_rules.STATES:
        found.append(("state", words.text(STATES[form["state"]]), {"work": form["state"]}))
    if form["read"] == "no":
        found.append(("read", words.text(N_("unread")), {"unread_by": get_visitor().person.id}))
    if form["theme"] in THEMES:
        text = words.text(THEMES[form["theme"]])
        said = form["said"] if form["said"] in SAID else None
        text = words.text(SAID[said], theme=text) if said else text
        found.append(("theme", text, {"theme": form["theme"], "said": said}))
    if form["attention"] in ATTENTION:
        text = words.text(ATTENTION[form["attention"]])
        found.append(("attention", text, {"attention": form["attention"]}))
    if form["reply"] in REPLIES:
        found.append(("reply", words.text(REPLIES[form["reply"]]), {"reply": form["reply"]}))
    if form["tag"]:
        found.append(("tag", "#" + form["tag"], {"tag": form["tag"]}))
    if form["q"]:
        found.append(("q", words.text(N_("“{words}”"), words=form["q"]), {"words": form["q"]}))
    return found


def _dates(form: Form, words: Words) -> Found:
    found: Found = []
    if day := find_day(form["from"]):
        found.append(("from", words.text(N_("written from {day}"), day=words.day(day)), {"since": start_of(day)}))
    if day := find_day(form["until"]):
        end = start_of(day + timedelta(days=1))
        found.append(("until", words.text(N_("written until {day}"), day=words.day(day)), {"until": end}))
    if months := find_months(form["month"]):
        first, last = (words.month(start_of(date.fromisoformat(f"{month}-01"))) for month in months)
        text = first if months[0] == months[1] else words.text(N_("{first} to {last}"), first=first, last=last)
        found.append(("month", text, {"months": months}))
    if form["dated"] == "yes":
        found.append(("dated", words.text(N_("with the date of writing")), {"is_dated": True}))
    if moment := find_moment(form["seen_from"]):
        text = words.text(N_("first read from {day}"), day=words.day(moment))
        found.append(("seen_from", text, {"first_seen_since": moment}))
    return found


def find_day(text: str) -> date | None:
    """A date of an address, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def find_months(text: str) -> tuple[str, str] | None:
    """First and last month of an address, ``2026-11`` or ``2026-01..2026-11``; None where it is neither."""
    first, _, last = text.partition("..")
    found = (first, last or first)
    return found if all(len(month) == 7 and find_day(f"{month}-01") for month in found) else None


def find_moment(text: str) -> datetime | None:
    """A day, or a time of a day with its zone, of an address; None where it is neither."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def start_of(day: date) -> datetime:
    """The beginning of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _one(found: Sequence[Any], public_id: str) -> Any:
    one = next((each for each in found if each.public_id == public_id), None)
    if one is None:
        raise NotFound
    return one
