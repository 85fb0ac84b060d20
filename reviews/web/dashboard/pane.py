"""One review beside the list: what it says, and what can be done about it without leaving the list."""

from dataclasses import dataclass
from datetime import tzinfo

from flask import url_for

from reviews.i18n import N_
from reviews.model import Clinic, Source
from reviews.rules import work as work_rules
from reviews.rules.replies import BEING_WRITTEN
from reviews.storage import GroupTransaction, people, reviews, work
from reviews.storage.people import Person
from reviews.storage.review_rows import StoredReply, StoredReview
from reviews.storage.work import Note
from reviews.web.dashboard.base import Badge, zone_of
from reviews.web.dashboard.filters import Scope
from reviews.web.dashboard.rows import badges_of, is_overdue
from reviews.web.state import get_visitor, get_words, state

EVENTS = {
    "open": N_("Open again"),
    "close": N_("Close"),
    "no_reply_needed": N_("No reply needed"),
    "report": N_("Reported to the platform"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """A review with the state of its work; `back` is the list that it stands beside."""

    review: StoredReview
    clinic: Clinic
    source: Source
    zone: tzinfo
    is_unread: bool
    badges: tuple[Badge, ...]
    replies: tuple[StoredReply, ...]
    tags: tuple[str, ...]
    notes: tuple[Note, ...]
    events: tuple[tuple[str, str], ...]
    people: tuple[Person, ...]
    assignee: Person | None
    is_overdue: bool
    back: str
    url: str
    visitor_id: int


def find_pane(g: GroupTransaction, public_id: str, scope: Scope, back: str) -> Pane:
    """The review with what its work needs; raises NotFound."""
    found = reviews.get_review_by_public_id(g, public_id)
    visitor, words = get_visitor(), get_words()
    clinic = next(each for each in scope.clinics if each.id == found.clinic_id)
    assignee = people.find_member(g, found.assignee_id) if found.assignee_id else None
    return Pane(
        review=found,
        clinic=clinic,
        source=next(each for each in scope.sources if each.id == found.source_id),
        zone=zone_of(clinic),
        is_unread=not work.find_read(g, visitor.person.id, [found.id]),
        badges=tuple(badges_of(found, words)),
        replies=tuple(
            reply
            for reply in reviews.find_replies(g, found.id)
            if reply.text and not reply.is_ours and reply.state not in BEING_WRITTEN
        ),
        tags=work.find_tags(g, [found.id]).get(found.id, ()),
        notes=tuple(work.find_notes(g, found.id)),
        events=tuple(
            (event, words.text(EVENTS[event]))
            for event in work_rules.find_events(found.work, visitor.role or "")
            if event in EVENTS and not (event == "open" and found.work == "new")
        ),
        people=tuple(scope.people),
        assignee=assignee.person if assignee else None,
        is_overdue=is_overdue(found, state().clock()),
        back=back,
        url=url_for("dashboard.review", public_id=public_id, back=back or None),
        visitor_id=visitor.person.id,
    )
