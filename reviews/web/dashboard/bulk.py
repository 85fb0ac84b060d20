"""Several reviews at once, and taking that back: at once from the line on top, or within a day from Recent actions."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

from flask import url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from reviews.errors import Conflict, NotFound
from reviews.i18n import N_, Words
from reviews.storage import GroupTransaction, people, reviews, work
from reviews.storage.review_rows import StoredReview
from reviews.storage.work import BulkAction
from reviews.web.dashboard.base import blueprint, reading, render
from reviews.web.dashboard.doing import Change, do_assign, do_event, do_read, do_tag, take_back
from reviews.web.forms import Form, read_form, write_once
from reviews.web.security import safe_next
from reviews.web.state import get_visitor, get_words, state

MOST = 100
KEPT = timedelta(days=1)
BULK = {
    "read": N_("Mark as read"),
    "unread": N_("Mark as unread"),
    "close": N_("Close"),
    "no_reply_needed": N_("No reply needed"),
    "open": N_("Open again"),
}
SAID: dict[str, Callable[[Words, int], str]] = {
    "read": lambda words, n: words.plural("{n} review marked as read.", "{n} reviews marked as read.", n),
    "unread": lambda words, n: words.plural("{n} review marked as unread.", "{n} reviews marked as unread.", n),
    "close": lambda words, n: words.plural("{n} review closed.", "{n} reviews closed.", n),
    "no_reply_needed": lambda words, n: words.plural("{n} review needs no reply.", "{n} reviews need no reply.", n),
    "open": lambda words, n: words.plural("{n} review opened again.", "{n} reviews opened again.", n),
    "assign": lambda words, n: words.plural("{n} review assigned.", "{n} reviews assigned.", n),
    "tag": lambda words, n: words.plural("{n} review tagged.", "{n} reviews tagged.", n),
}
NOTHING = N_("Nothing was changed: no review was selected, or none could be changed that way.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done to several reviews, in words; `can_undo` while nobody has taken it back."""

    public_id: str
    text: str
    can_undo: bool
    action: BulkAction | None = None


@blueprint.post("/inbox/read")
def bulk_read() -> Response:
    """Mark the selected reviews as read or unread, for this person."""
    form = read_form("action", "back", "assignee", "tag", many=["ids"])
    if form["action"] not in ("read", "unread"):
        raise BadRequest("no such action")
    return _do(form, lambda g, review: do_read(g, review, is_read=form["action"] == "read"))


@blueprint.post("/inbox/bulk")
def bulk_work() -> Response:
    """Do one thing with the selected reviews; those with which it cannot be done are passed over."""
    form = read_form("action", "back", "assignee", "tag", many=["ids"])
    action = form["action"]
    if action == "assign":
        return _do(form, lambda g, review: _assign(g, review, form["assignee"]))
    if action == "tag":
        return _do(form, lambda g, review: do_tag(g, review, form["tag"]))
    if action not in BULK:
        raise BadRequest("no such action")
    return _do(form, lambda g, review: do_event(g, review, action))


def _assign(g: GroupTransaction, review: StoredReview, public_id: str) -> Change:
    members = {member.person.public_id: member for member in people.find_members(g)}
    if public_id and (public_id not in members or members[public_id].role in ("mail_only", "viewer")):
        raise BadRequest("nobody of this group who could do it")
    return do_assign(g, review, members[public_id].person if public_id else None)


def _do(form: Form, act: Callable[[GroupTransaction, StoredReview], Change]) -> Response:
    back = back_to(form["back"])

    def work_(g: GroupTransaction) -> str:
        changes: dict[str, Change] = {}
        for public_id in form.many.get("ids", ())[:MOST]:
            review = reviews.get_review_by_public_id(g, public_id)
            try:
                change = act(g, review)
            except Conflict:
                continue  # it is elsewhere by now; the others are done
            if change:
                changes[public_id] = change
        if not changes:
            return with_query(back, "undo=nothing")
        undo = work.add_action(
            g, person_id=get_visitor().person.id, action=form["action"],
            value=form["tag"] if form["action"] == "tag" else "", changes=changes, now=state().clock(),
        )  # fmt: skip
        return with_query(back, f"undo={undo}")

    return write_once(work_)


@blueprint.post("/inbox/undo")
def undo_action() -> Response:
    """Take back what was done to several reviews, where it still stands."""
    form = read_form("action", "back")
    back = back_to(form["back"])

    def work_(g: GroupTransaction) -> str:
        now = state().clock()
        action = work.get_action(g, form["action"], person_id=get_visitor().person.id)
        if action.created_at >= now - KEPT and work.mark_undone(g, action.id, now):
            for public_id, change in action.changes.items():
                with suppress(NotFound):  # with its source
                    take_back(g, reviews.get_review_by_public_id(g, public_id), change)
        return with_query(back, "done=taken-back")

    return write_once(work_)


@blueprint.get("/inbox/recent")
def recent_actions() -> str:
    """What the visitor has done to several reviews within a day."""
    with reading() as g:
        found = work.find_actions(g, get_visitor().person.id, state().clock() - KEPT)
    return render("recent.html", "inbox", found=[_done(action) for action in found])


def last_action(g: GroupTransaction, public_id: str) -> Done | None:
    """What the line on top of the inbox says after an action."""
    if not public_id:
        return None
    if public_id == "nothing":
        return Done(public_id="", text=get_words().text(NOTHING), can_undo=False)
    return _done(work.get_action(g, public_id, person_id=get_visitor().person.id))


def _done(action: BulkAction) -> Done:
    text = SAID[action.action](get_words(), len(action.changes))
    can_undo = action.undone_at is None and action.created_at >= state().clock() - KEPT
    return Done(public_id=action.public_id, text=text, can_undo=can_undo, action=action)


def back_to(path: str) -> str:
    """A list of ours that an address leads back to; the inbox where it is none."""
    back = safe_next(path)
    return back if back.startswith("/inbox") else url_for("dashboard.inbox")


def with_query(path: str, more: str) -> str:
    """A path with one more parameter, without what an earlier action said."""
    parts = urlsplit(path)
    kept = [each for each in parts.query.split("&") if each and not each.startswith(("undo=", "done="))]
    return urlunsplit(parts._replace(query="&".join([*kept, more])))
