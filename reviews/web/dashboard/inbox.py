"""The inbox: the list of reviews beside the one that is open, with filters in the address, paged by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from reviews.model import Clinic, Source
from reviews.storage import GroupTransaction, clinics, pairs, people, review_lists, reviews, sources, views, work
from reviews.storage.people import Person
from reviews.storage.review_lists import ListKey, ReviewList
from reviews.web.dashboard import filters as asked
from reviews.web.dashboard.base import LABELS, PRESENCES, PUBLICATIONS, blueprint, choices, reading, render
from reviews.web.dashboard.bulk import BULK, last_action
from reviews.web.dashboard.filters import (
    ATTENTION,
    LANGUAGE_CHOICES,
    ORDERS,
    SHOWN,
    STATES,
    TABS,
    THEMES,
    Chip,
    Choice,
    Scope,
    inbox_url,
)
from reviews.web.dashboard.keys import KEYS
from reviews.web.dashboard.pane import Pane, find_pane
from reviews.web.dashboard.rows import make_rows
from reviews.web.forms import Form, read_query
from reviews.web.pages import is_fragment
from reviews.web.pages import render as render_page
from reviews.web.spans import duration
from reviews.web.state import get_visitor, get_words, state

PAGE_SIZE = 25
LED = ("lowest", "waiting")
"""Orders in which something comes before the time of writing."""
TAB_CAP = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One tab: its name, its address, how many reviews it has (at most TAB_CAP + 1), whether it is open."""

    name: str
    url: str
    count: int
    is_here: bool


@blueprint.get("/inbox")
def inbox() -> str:
    """The newest reviews that pass the filters of the address, and the one that is open; or only that."""
    form = read_query(*asked.SINGLE, "after", "open", "undo", many=asked.MANY)
    words, now = get_words(), state().clock()
    if is_fragment("pane") and form["open"]:
        return _pane_alone(form)
    with reading() as g:
        scope = scope_of(g)
        choice = asked.understand(form, scope, words)
        after = _key_after(g, form["after"], choice.order)
        found = review_lists.find_reviews(g, choice.filters, PAGE_SIZE, after, choice.order)
        ids = [row.id for row in found.rows]
        unread = set(ids) - work.find_read(g, get_visitor().person.id, ids)
        tags = work.find_tags(g, ids)
        elsewhere = pairs.find_elsewhere(g, ids)
        hides = [] if found.rows or after else _hides(g, choice)
        tabs = _tabs(g, form, now, choice.look)
        group_tags = work.find_group_tags(g)
        saved = [
            (view, inbox_url(view.query), dict(view.query) == choice.query)
            for view in views.find_views(g, get_visitor().person.id)
            if view.is_tab
        ]
        undo = last_action(g, form["undo"])
        opened = _opened(g, form, scope, choice)
    names = {person.id: person.name for person in scope.people}
    rows = make_rows(
        found.rows, scope.clinics, scope.sources, unread, words, tags=tags, names=names, elsewhere=elsewhere, now=now
    )
    last = _newest(scope.sources)
    several = len(scope.clinics) > 1
    return render(
        "inbox.html",
        "inbox",
        rows=rows,
        pane=opened,
        total=found.total_capped,
        is_capped=found.is_capped,
        chips=choice.chips,
        query=choice.query,
        hides=hides,
        tabs=tabs,
        form=form,
        chosen_stars=form.many.get("stars", ()),
        next_url=inbox_url(choice.query, after=_mark(found, choice.order)) if found.next_key else None,
        order=choice.order,
        orders=choices(ORDERS),
        shown=choice.shown,
        columns=choices(SHOWN),
        look=choice.look,
        is_plain=not choice.look,
        plain_url=inbox_url({name: value for name, value in choice.query.items() if name not in choice.look}),
        first_url=inbox_url(choice.query) if after else None,
        here=_here(choice, form),
        undo=undo,
        saved=saved,
        views_url=url_for("dashboard.views", **choice.query),
        bulk=BULK,
        updated=duration(now - last, words) if last else None,
        newest=rows[0] if rows else None,
        next_check=min((s.next_due_at for s in scope.sources if s.next_due_at), default=None),
        any_source=bool(scope.sources),
        several=several,
        is_search=bool(form["q"]),
        clinics_=[(clinic.public_id, clinic.name) for clinic in scope.clinics],
        sources_=[(source.public_id, _source_name(source, scope.clinics)) for source in scope.sources],
        people_=[(person.public_id, person.name) for person in scope.people],
        tags_=[(tag, tag) for tag in group_tags],
        languages=[(tag, words.locale.languages.get(tag, tag)) for tag in LANGUAGE_CHOICES],
        states=choices(STATES),
        labels=choices(LABELS),
        attentions=choices(ATTENTION),
        themes_=choices(THEMES),
        presences=choices(PRESENCES),
        publications=choices(PUBLICATIONS),
        now=now,
        state_names=STATES,
        shortcuts=KEYS,
    )


def _pane_alone(form: Form) -> str:
    """The open review without the page around it."""
    with reading() as g:
        scope = scope_of(g)
        pane = _opened(g, form, scope, asked.understand(form, scope, get_words()))
    return render_page("dashboard/pane.html", pane=pane, state_names=STATES)


def scope_of(g: GroupTransaction) -> Scope:
    """What filters may name in this group."""
    return Scope(clinics=clinics.find_clinics(g), sources=sources.find_sources(g), people=assignable(g))


def assignable(g: GroupTransaction) -> list[Person]:
    """The people who may take a review on, by name."""
    return [member.person for member in people.find_members(g) if member.role not in ("mail_only", "viewer")]


def _here(choice: Choice, form: Form) -> str:
    """The address of this list at this place, without what is open in it."""
    return inbox_url(choice.query, after=form["after"] or None)


def _opened(g: GroupTransaction, form: Form, scope: Scope, choice: Choice) -> Pane | None:
    if not form["open"]:
        return None
    return find_pane(g, form["open"], scope, _here(choice, form))


def _tabs(g: GroupTransaction, form: Form, now: datetime, look: Mapping[str, Any]) -> list[Tab]:
    here = form["tab"] if form["tab"] in TABS else "all"
    return [
        Tab(
            name=get_words().text(name),
            url=inbox_url({**({} if tab == "all" else {"tab": tab}), **look}),
            count=review_lists.count_capped(g, asked.tab_filters(tab, now), TAB_CAP),
            is_here=tab == here,
        )
        for tab, name in TABS.items()
    ]


def _mark(found: ReviewList, order: str) -> str:
    """Where the next page begins: the last review, and what came before it in the order when it was shown.

    What somebody does to it meanwhile must not move the next page to another place of the list.
    """
    assert found.next_key is not None
    lead = found.next_key[2]
    return found.rows[-1].public_id + (f"~{abs(lead)}" if order in LED else "")


def _key_after(g: GroupTransaction, mark: str, order: str) -> ListKey | None:
    """Where the page goes on: after the last review of the page before."""
    if not mark:
        return None
    public_id, _, told = mark.partition("~")
    last = reviews.get_review_by_public_id(g, public_id)
    written_at, id_, lead = review_lists.key_of(last, order)
    if told.isdecimal() and len(told) < 4:
        lead = -int(told) if order == "lowest" else int(told)
    return written_at, id_, lead


def _hides(g: GroupTransaction, choice: Choice) -> list[tuple[Chip, int]]:
    """For each filter, how many reviews would be there without it."""
    counted = [(chip, min(review_lists.count_capped(g, chip.without), review_lists.TOTAL_CAP)) for chip in choice.chips]
    return [(chip, count) for chip, count in counted if count]


def _newest(origins: Sequence[Source]) -> datetime | None:
    return max((source.last_success_at for source in origins if source.last_success_at), default=None)


def _source_name(source: Source, places: Sequence[Clinic]) -> str:
    place = next((clinic.name for clinic in places if clinic.id == source.clinic_id), "")
    return f"{source.label} – {place}" if len(places) > 1 else source.label
