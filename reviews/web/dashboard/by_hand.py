"""A review or a total that a person types in, for platforms that allow nothing else: with its source and its day."""

import secrets
from dataclasses import dataclass

from flask import make_response, redirect, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.i18n import N_
from reviews.model import Clinic, Source
from reviews.publish.say import plain_name
from reviews.sources.base import BY_HAND
from reviews.sources.manual import Entered, page_of, read_review, read_total
from reviews.storage import clinics, people, sources
from reviews.storage import reviews as stored
from reviews.storage.review_rows import StoredReview
from reviews.web.dashboard.base import blueprint, choices, choose_clinic, note, reading, render
from reviews.web.dashboard.terms_words import terms_lines
from reviews.web.dashboard.upload_plan import ORIGINS
from reviews.web.forms import Form, claim_key, read_form, read_query
from reviews.web.services import HandJob
from reviews.web.state import get_group, get_visitor, get_words, open_group, state

REVIEW, TOTAL = "review", "total"
SHORT = ("what", "clinic", "origin", "where", "author", "rating", "best", "title", "date", "language", "average",
         "count", "read_on")  # fmt: skip
LONG = ("text", "reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A form that is whole: what it says, where it goes, and whose terms bind it."""

    entered: Entered
    clinic: Clinic
    origin: str
    label: str


@blueprint.get("/sources/new/manual")
def new_by_hand() -> str:
    """The form for a review, or for a total."""
    form = read_query("what", "source")
    values = {"what": TOTAL if form["what"] == TOTAL else REVIEW, "best": "5"}
    if form["source"]:
        with reading() as g:
            source = sources.get_source_by_public_id(g, form["source"])
            place = clinics.get_clinic(g, source.clinic_id)
        values |= {"clinic": place.public_id, "origin": source.origin, "where": source.label}
    return _page(values, {}, None)


@blueprint.post("/sources/new/manual/check")
def check_by_hand() -> Response:
    """What was typed as it would be stored, with what its origin's terms allow."""
    form = read_form(*SHORT, long=LONG)
    typed, faults = _understand(form, None)
    return make_response(_page(form.values, faults, typed), 400 if faults else 200)


@blueprint.post("/sources/new/manual/save")
def save_by_hand() -> Response:
    """Store it; a second press leads to the same run."""
    form = read_form(*SHORT, long=LONG)
    typed, faults = _understand(form, None)
    if typed is None:
        return make_response(_page(form.values, faults, None), 400)
    return _store(typed, None)


@blueprint.get("/reviews/<public_id>/by-hand")
def edit_by_hand(public_id: str) -> str:
    """The form of a review that was typed in, to correct it."""
    found, source, place = _find_typed(public_id)
    rating = found.rating
    values = {
        "what": REVIEW,
        "clinic": place.public_id,
        "origin": source.origin,
        "where": found.url or source.label,
        "author": found.author or "",
        "rating": rating.raw if rating else "",
        "best": str(rating.best) if rating and rating.best is not None else "5",
        "title": found.title,
        "text": found.text,
        "date": found.date.raw if found.date else "",
        "language": found.language or "",
        "reply": _reply_of(found),
    }
    return _page(values, {}, None, public_id)


@blueprint.post("/reviews/<public_id>/by-hand")
def correct_by_hand(public_id: str) -> Response:
    """Store the correction as a new version; the earlier one is kept."""
    form = read_form(*SHORT, long=LONG)
    found, source, place = _find_typed(public_id)
    values = {**form.values, "what": REVIEW, "clinic": place.public_id, "origin": source.origin}
    typed, faults = _understand(Form(values, {}), found)
    if typed is None:
        return make_response(_page(values, faults, None, public_id), 400)
    return _store(typed, found)


def _find_typed(public_id: str) -> tuple[StoredReview, Source, Clinic]:
    with reading() as g:
        found = stored.get_review_by_public_id(g, public_id)
        source = sources.get_source(g, found.source_id)
        place = clinics.get_clinic(g, found.clinic_id)
    if source.kind != BY_HAND or found.content_purged_at is not None:
        raise NotFound
    return found, source, place


def _reply_of(found: StoredReview) -> str:
    with reading() as g:
        replies = [reply.text for reply in stored.find_replies(g, found.id) if reply.state == "confirmed"]
    return replies[-1] or "" if replies else ""


def _understand(form: Form, old: StoredReview | None) -> tuple[Typed | None, dict[str, str]]:
    """What was typed, or what is wrong with it by field."""
    words = get_words()
    if form["what"] == TOTAL:
        entered = read_total(form.values)
    else:
        entered = read_review(form.values, old.identity_key if old else f"by-hand:{secrets.token_hex(8)}")
    faults = {fault.field: words.text(fault.reason, **dict(fault.values)) for fault in entered.faults}
    if entered.read_at is not None and entered.read_at > state().clock():
        faults["read_on"] = words.text(N_("This day has not come yet."))
    if form["origin"] not in ORIGINS:
        faults["origin"] = words.text(N_("This is needed."))
    if not form["clinic"]:
        faults["clinic"] = words.text(N_("This is needed."))
    if faults:
        return None, faults
    with reading() as g:
        place = choose_clinic(g, form["clinic"])
    is_address = form["where"].startswith(("http://", "https://"))
    label = plain_name(ORIGINS_SHORT[form["origin"]] if is_address else form["where"])[:100]
    return Typed(entered=entered, clinic=place, origin=form["origin"], label=label), {}


ORIGINS_SHORT = {
    "first_party": "Own reviews",
    "google_takeout": "Google",
    "google": "Google",
    "facebook": "Facebook",
    "yelp": "Yelp",
    "trustpilot": "Trustpilot",
    "tripadvisor": "Tripadvisor",
    "ratemds": "RateMDs",
    "unknown": "Elsewhere",
}
"""Names of sources, as platforms call themselves."""


def _store(typed: Typed, old: StoredReview | None) -> Response:
    """Store what was typed; where it leads. Pressed twice, it is stored once."""
    key, previous = claim_key(url_for("dashboard.new_by_hand"))
    if previous is not None:
        return redirect(previous, 303)
    source_id = old.source_id if old else _save_source(typed).id
    report = state().services.enter_by_hand(
        HandJob(
            group_id=get_group().id,
            source_id=source_id,
            page=page_of(typed.entered),
            person_id=get_visitor().person.id,
        )
    )
    answer = url_for("dashboard.run", public_id=report.run_public_id, done="entered")
    if old is not None:
        answer = url_for("dashboard.review", public_id=old.public_id, done="corrected")
    with state().storage.write() as tx:
        g = open_group(tx)
        note(g, "review.corrected" if old else "entered.by_hand", "run", report.run_public_id, {}, {})
        people.save_form_answer(tx, key, answer)
    return redirect(answer, 303)


def _save_source(typed: Typed) -> Source:
    now = state().clock()
    with state().storage.write() as tx:
        g = open_group(tx)
        saved = sources.find_source(g, typed.clinic.id, BY_HAND, "", typed.label)
        if saved is not None and saved.origin == typed.origin:
            return saved
        # The same name with other terms is another source.
        label = f"{typed.label} ({ORIGINS_SHORT[typed.origin]})"[:100] if saved is not None else typed.label
        other = sources.find_source(g, typed.clinic.id, BY_HAND, "", label)
        if other is not None:
            return other
        added = sources.add_source(
            g, clinic_id=typed.clinic.id, kind=BY_HAND, label=label, url="", origin=typed.origin, config={}, now=now
        )
        note(g, "source.added", "source", added.public_id, {}, {"kind": BY_HAND, "origin": typed.origin})
        return added


def _page(values: dict[str, str], faults: dict[str, str], typed: Typed | None, editing: str = "") -> str:
    with reading() as g:
        places = clinics.find_clinics(g)
    if len(places) == 1:
        values = {"clinic": places[0].public_id, **values}
    terms = state().book.terms(typed.origin) if typed else None
    return render(
        "by_hand.html",
        "sources",
        values=values,
        faults=faults,
        is_total=values.get("what") == TOTAL,
        typed=typed,
        editing=editing,
        terms=terms,
        lines=terms_lines(terms, get_words()) if terms else [],
        places=[(place.public_id, place.name) for place in places],
        origins=choices(ORIGINS),
    )
