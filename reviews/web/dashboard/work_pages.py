"""What is done about one review: its state, who does it, notes, tags, choosing it for the website."""

from collections.abc import Callable
from datetime import datetime

from flask import request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from reviews.storage import GroupTransaction, Transaction, clinics, people, reviews, work
from reviews.storage.review_rows import StoredReview
from reviews.web.dashboard.base import blueprint, note, zone_of
from reviews.web.dashboard.bulk import with_query
from reviews.web.dashboard.doing import do_assign, do_event, do_tag, do_untag
from reviews.web.dashboard.pane import EVENTS
from reviews.web.forms import read_form, write_once, write_person_once
from reviews.web.security import safe_next
from reviews.web.state import get_visitor, state

MAX_NOTE = 2000


@blueprint.post("/reviews/<public_id>/work")
def work_review(public_id: str) -> Response:
    """One step of the table of states."""
    form = read_form("event")
    if form["event"] not in EVENTS:
        raise BadRequest("no such step")
    return _once(public_id, "work", lambda g, found: do_event(g, found, form["event"]))


@blueprint.post("/reviews/<public_id>/assign")
def assign_review(public_id: str) -> Response:
    """Give it to somebody until a time, or to nobody."""
    form = read_form("assignee", "due")

    def act(g: GroupTransaction, found: StoredReview) -> None:
        members = {member.person.public_id: member for member in people.find_members(g)}
        if form["assignee"] and (
            form["assignee"] not in members or members[form["assignee"]].role in ("mail_only", "viewer")
        ):
            raise BadRequest("nobody of this group who could do it")
        due = _find_due(form["due"], g, found)
        do_assign(g, found, members[form["assignee"]].person if form["assignee"] else None, due)

    return _once(public_id, "assigned", act)


def _find_due(text: str, g: GroupTransaction, found: StoredReview) -> datetime | None:
    """A time as the browser gives it, in the clinic's zone."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest("no time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone_of(clinics.get_clinic(g, found.clinic_id)))


@blueprint.post("/reviews/<public_id>/notes")
def add_note(public_id: str) -> Response:
    """A note for colleagues."""
    form = read_form("text")
    if not form["text"] or len(form["text"]) > MAX_NOTE:
        raise BadRequest("a note has between 1 and 2,000 characters")

    def act(g: GroupTransaction, found: StoredReview) -> None:
        added = work.add_note(g, found.id, person_id=get_visitor().person.id, text=form["text"], now=state().clock())
        note(g, "review.noted", "review", found.public_id, {}, {"note": added})

    return _once(public_id, "noted", act)


@blueprint.post("/reviews/<public_id>/notes/delete")
def delete_note(public_id: str) -> Response:
    """Delete one's own note."""
    form = read_form("note")

    def act(g: GroupTransaction, found: StoredReview) -> None:
        work.delete_note(g, form["note"], person_id=get_visitor().person.id)
        note(g, "review.note_deleted", "review", found.public_id, {"note": form["note"]}, {})

    return _once(public_id, "note-deleted", act)


@blueprint.post("/reviews/<public_id>/tags")
def tag_review(public_id: str) -> Response:
    """Tag it."""
    form = read_form("tag")
    return _once(public_id, "tagged", lambda g, found: do_tag(g, found, form["tag"]))


@blueprint.post("/reviews/<public_id>/tags/remove")
def untag_review(public_id: str) -> Response:
    """Take a tag off."""
    form = read_form("tag")
    return _once(public_id, "untagged", lambda g, found: do_untag(g, found, form["tag"]))


@blueprint.post("/reviews/<public_id>/feature")
def feature_review(public_id: str) -> Response:
    """Choose it for the website, by somebody who has read all of it; or choose it no longer."""
    form = read_form("feature", "read")
    if form["feature"] != "no" and form["read"] != "yes":
        raise BadRequest("a quote is chosen by somebody who has read the whole review")

    def act(g: GroupTransaction, found: StoredReview) -> None:
        if found.publication == "hidden":
            raise BadRequest("a hidden review is shown again first")
        to = "listed" if form["feature"] == "no" else "featured"
        (reviews.unhide if to == "listed" else reviews.feature)(g, found.id)
        clinics.mark_stale(g, found.clinic_id, state().clock())
        before, after = {"publication": found.publication}, {"publication": to}
        note(g, "review.featured" if to == "featured" else "review.shown", "review", found.public_id, before, after)

    return _once(public_id, "unfeatured" if form["feature"] == "no" else "featured", act)


@blueprint.post("/settings/keys")
def switch_keys() -> Response:
    """Switch single keys on or off, for this person."""
    form = read_form("on")

    def work_(tx: Transaction) -> str:
        people.set_shortcuts(tx, get_visitor().person.id, has_shortcuts=form["on"] == "yes")
        return url_for("dashboard.inbox", done="keys-on" if form["on"] == "yes" else "keys-off")

    return write_person_once(work_)


def _once(public_id: str, done: str, act: Callable[[GroupTransaction, StoredReview], object]) -> Response:
    """Do it once and go back to where the person was: the review's page, or the list with the review beside it."""

    def work_(g: GroupTransaction) -> str:
        act(g, reviews.get_review_by_public_id(g, public_id))
        return after(public_id, done)

    return write_once(work_)


def after(public_id: str, done: str) -> str:
    """Where somebody goes on after an act on a review: `beside`, a parameter of the form's address, is a list."""
    beside = safe_next(request.args.get("beside", ""))
    if beside.startswith("/inbox"):
        return with_query(beside, f"open={public_id}&done={done}")
    return url_for("dashboard.review", public_id=public_id, done=done)
