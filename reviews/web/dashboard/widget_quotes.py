"""Which quotes a widget shows: the newest, or those that a person has chosen and may show, with the ledger of why."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from reviews.i18n import N_
from reviews.reputation.quotes import CHOSEN, NEWEST
from reviews.storage import GroupTransaction, clinics, permissions, review_lists, reviews, widgets
from reviews.storage.permissions import Permission
from reviews.storage.review_lists import ReviewFilters
from reviews.storage.review_rows import StoredReview
from reviews.storage.widgets import Widget
from reviews.web.dashboard.base import blueprint, choices, note, reading, render, zone_of
from reviews.web.forms import read_form, write_once
from reviews.web.state import get_visitor, get_words, state

RULES = {
    NEWEST: N_("The newest reviews, whatever their stars"),
    CHOSEN: N_("Reviews that we choose by hand"),
}
BASES = {
    "published": N_("It is published under this address"),
    "written": N_("The author has agreed in writing"),
    "form": N_("The author has agreed in a form"),
}
COVERS = {
    "name": N_("the name"),
    "health": N_("what is said about health"),
    "elsewhere": N_("use outside the website"),
}
LAPSED = {
    "asked": N_("taken back"),
    "text_changed": N_("the text has changed"),
    "expired": N_("its time is over"),
    "retention": N_("the platform's terms"),
    "erased": N_("the author asked for erasure"),
}
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A review that somebody has chosen, and what that rests on."""

    review: StoredReview
    clinic: str
    holding: Permission | None
    past: tuple[tuple[Permission, str], ...]


@blueprint.get("/widgets/<public_id>/quotes")
def widget_quotes(public_id: str) -> str:
    """The rule of choice, the chosen reviews with their permissions, and the newest that could be chosen."""
    now = state().clock()
    with reading() as g:
        found = widgets.get_widget_by_public_id(g, public_id)
        places = [clinics.get_clinic(g, each) for each in found.clinic_ids]
        names = {place.id: place.name for place in places}
        chosen = [
            _chosen(g, review, names[place.id], now)
            for place in places
            for review in _of(g, place.id, publication="featured")
        ]
        others = [review for place in places for review in _of(g, place.id, publication="listed")]
    return render(
        "widget_quotes.html",
        "widgets",
        widget=found,
        name=", ".join(names.values()),
        rules=choices(RULES),
        chosen=chosen,
        others=sorted(others, key=lambda each: each.written_at, reverse=True)[:20],
        bases=dict(choices(BASES)),
        covers_of=lambda entry: ", ".join(get_words().text(COVERS[each]) for each in entry.covers if each in COVERS),
        zone=zone_of(places[0]) if places else UTC,
    )


def _of(g: GroupTransaction, clinic_id: int, publication: str) -> tuple[StoredReview, ...]:
    filters = ReviewFilters(
        clinic_id=clinic_id, publication=publication, has_text=True, is_present=True, no_copies=True
    )
    return review_lists.find_reviews(g, filters, MOST_SHOWN).rows


def _chosen(g: GroupTransaction, review: StoredReview, clinic: str, now: datetime) -> Chosen:
    words, entries = get_words(), permissions.find_permissions(g, review.id)
    holding = [each for each in entries if each.holds(now)]
    past = tuple(
        (each, words.text(LAPSED[each.withdrawn_why or each.lapsed or "expired"]))
        for each in entries
        if not each.holds(now)
    )
    return Chosen(review=review, clinic=clinic, holding=holding[-1] if holding else None, past=past)


@blueprint.post("/widgets/<public_id>/quotes")
def choose_rule(public_id: str) -> Response:
    """Change by which rule the quotes are chosen; the disclosure follows."""
    form = read_form("choice")
    if form["choice"] not in RULES:
        raise BadRequest("no such rule")

    def work(g: GroupTransaction) -> str:
        old = widgets.get_widget_by_public_id(g, public_id)
        if old.choice != form["choice"]:
            now = state().clock()
            widgets.update_widget(g, old.id, now=now, choice=form["choice"])
            _made_anew(g, old, now)
            note(g, "widget.changed", "widget", public_id, {"choice": old.choice}, {"choice": form["choice"]})
        return url_for("dashboard.widget_quotes", public_id=public_id, done="saved")

    return write_once(work)


@blueprint.get("/widgets/<public_id>/quotes/<review_id>")
def widget_quote(public_id: str, review_id: str) -> str:
    """The whole review, what is critical in it, and the form for why it may be quoted."""
    return _form(public_id, review_id, {}, (), {})


@blueprint.post("/widgets/<public_id>/quotes/<review_id>")
def choose_quote(public_id: str, review_id: str) -> Response:
    """Choose a review whose whole text was read, with the reason for which it may be quoted."""
    form = read_form("basis", "proof", "given_by", "given_on", "valid_until", "read", many=("covers",))
    now, words = state().clock(), get_words()
    given_on, valid_until = _day(form["given_on"]), _day(form["valid_until"])
    faults = {}
    if form["basis"] not in BASES:
        faults["basis"] = words.text(N_("Please choose one of these."))
    if not form["proof"] or (form["basis"] == "published" and not re.match(r"https?://\S+$", form["proof"])):
        faults["proof"] = words.text(N_("The address where it stands, or where the paper is kept."))
    if given_on is None or given_on > now.date():
        faults["given_on"] = words.text(N_("A day that has been."))
    if form["valid_until"] and (valid_until is None or valid_until < now.date()):
        faults["valid_until"] = words.text(N_("A day to come, or nothing."))
    if form["read"] != "yes":
        faults["read"] = words.text(N_("Please read the whole review first."))
    covers = form.many.get("covers", ())
    if not set(covers) <= set(COVERS):
        raise BadRequest("no such use")
    if faults:
        return Response(_form(public_id, review_id, form.values, covers, faults), 400, mimetype="text/html")

    def work(g: GroupTransaction) -> str:
        found, review = _pair(g, public_id, review_id)
        until = None if valid_until is None else datetime.combine(valid_until + timedelta(days=1), time(), UTC)
        entry = permissions.add_permission(
            g,
            review.id,
            basis=form["basis"],
            proof=form["proof"],
            given_on=form["given_on"],
            now=now,
            covers=covers,
            given_by=form["given_by"],
            valid_until=until,
            person_id=get_visitor().person.id,
        )
        permissions.feature(g, review.id, now)
        _made_anew(g, found, now)
        note(g, "review.featured", "review", review_id, {"publication": review.publication},
             {"publication": "featured", "permission": entry.public_id, "basis": entry.basis})  # fmt: skip
        return url_for("dashboard.widget_quotes", public_id=public_id, done="featured")

    return write_once(work)


@blueprint.post("/widgets/<public_id>/quotes/<review_id>/withdraw")
def withdraw_quote(public_id: str, review_id: str) -> Response:
    """Choose a review no longer; every permission for it is taken back."""
    read_form()

    def work(g: GroupTransaction) -> str:
        found, review = _pair(g, public_id, review_id)
        now = state().clock()
        for each in permissions.find_permissions(g, review.id):
            if each.withdrawn_at is None:
                permissions.withdraw(g, each.id, now)
        if reviews.get_review(g, review.id).publication == "featured":
            reviews.unhide(g, review.id)
        _made_anew(g, found, now)
        note(g, "review.shown", "review", review_id, {"publication": review.publication}, {"publication": "listed"})
        return url_for("dashboard.widget_quotes", public_id=public_id, done="unfeatured")

    return write_once(work)


def _form(
    public_id: str, review_id: str, values: dict[str, str], covers: tuple[str, ...], faults: dict[str, str]
) -> str:
    with reading() as g:
        found, review = _pair(g, public_id, review_id)
        place = clinics.get_clinic(g, review.clinic_id)
        scorer = state().services.scorer(g)
    scored = scorer.score("", review.text, review.language)
    critical = [review.text[each.start : each.end] for each in (scored.evidence if scored else ()) if each.points < 0]
    return render(
        "widget_quote.html",
        "widgets",
        widget=found,
        review=review,
        critical=critical,
        clinic=place.name,
        zone=zone_of(place),
        values={"given_on": state().clock().date().isoformat(), "proof": review.url or "", **values},
        bases=choices(BASES),
        covers=choices(COVERS),
        chosen=covers,
        faults=faults,
    )


def _pair(g: GroupTransaction, public_id: str, review_id: str) -> tuple[Widget, StoredReview]:
    """The widget and a review of one of its clinics that may still be chosen; raises NotFound (404)."""
    found = widgets.get_widget_by_public_id(g, public_id)
    review = reviews.get_review_by_public_id(g, review_id)
    if review.clinic_id not in found.clinic_ids or review.publication == "hidden" or not review.text:
        raise NotFound
    return found, review


def _made_anew(g: GroupTransaction, found: Widget, now: datetime) -> None:
    for clinic_id in found.clinic_ids:
        clinics.mark_stale(g, clinic_id, now)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
