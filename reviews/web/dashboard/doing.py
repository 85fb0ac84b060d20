"""What a person does with a review as work: each act by the table of states, with its line in the audit trail."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from werkzeug.exceptions import BadRequest

from reviews.rules import work as work_rules
from reviews.storage import GroupTransaction, clinics, people, reviews, work
from reviews.storage.people import Person
from reviews.storage.review_rows import StoredReview
from reviews.web.dashboard.base import note
from reviews.web.state import get_visitor, state

MAX_TAG = 40
Change = dict[str, Any]
"""What an act changed: {"work": [from, to]}, {"assignee": [from, to]}, {"tag": name}, {"read": True | False}."""


def do_event(g: GroupTransaction, review: StoredReview, event: str) -> Change:
    """One step of the table of states; raises Conflict where the table has none."""
    to = work_rules.next_state(review.work, event, get_visitor().role or "")
    return set_state(g, review, to)


def set_state(g: GroupTransaction, review: StoredReview, to: str) -> Change:
    """Set the state, with its line in the audit trail."""
    work.set_work(g, review, to, state().clock())
    note(g, "review.work", "review", review.public_id, {"work": review.work}, {"work": to})
    return {"work": [review.work, to]}


def do_assign(g: GroupTransaction, review: StoredReview, person: Person | None, due: datetime | None = None) -> Change:
    """Give a review to somebody, or to nobody; what was new or done is open then, since somebody has to do it."""
    now = state().clock()
    to = review.work
    if person is not None:
        if review.work != "open":
            to = work_rules.next_state(review.work, "open", get_visitor().role or "")
        within = clinics.get_clinic(g, review.clinic_id).answer_within_hours
        due = due or work_rules.due_at(review.stars100, now, within)
    work.set_work(g, review, to, now, assignee_id=person.id if person else None, due_at=due if person else None)
    before = _name_of(g, review.assignee_id)
    note(
        g, "review.assigned", "review", review.public_id, {"person": before, "work": review.work},
        {"person": person.public_id if person else None, "work": to},
    )  # fmt: skip
    change: Change = {"assignee": [review.assignee_id, person.id if person else None]}
    return change | ({"work": [review.work, to]} if to != review.work else {})


def do_tag(g: GroupTransaction, review: StoredReview, tag: str) -> Change:
    """Tag a review."""
    name = read_tag(tag)
    if name in work.find_tags(g, [review.id]).get(review.id, ()):
        return {}
    work.add_tags(g, review.id, [name])
    note(g, "review.tagged", "review", review.public_id, {}, {"tag": name})
    return {"tag": name}


def do_untag(g: GroupTransaction, review: StoredReview, tag: str) -> None:
    """Take a tag off a review."""
    work.remove_tags(g, review.id, [tag])
    note(g, "review.untagged", "review", review.public_id, {"tag": tag}, {})


def do_read(g: GroupTransaction, review: StoredReview, *, is_read: bool) -> Change:
    """Mark as read or unread, for this person; no line in the trail, since it is nobody else's business."""
    person_id = get_visitor().person.id
    was = bool(work.find_read(g, person_id, [review.id]))
    if was == is_read:
        return {}
    if is_read:
        reviews.mark_read(g, person_id, [review.id], state().clock())
    else:
        reviews.mark_unread(g, person_id, [review.id])
    return {"read": is_read}


def take_back(g: GroupTransaction, review: StoredReview, change: Change) -> bool:
    """Undo a change where it still stands; False where somebody has gone on from there."""
    done = False
    if "work" in change and review.work == change["work"][1]:
        set_state(g, review, change["work"][0])
        review, done = replace(review, work=change["work"][0]), True
    if "assignee" in change and review.assignee_id == change["assignee"][1]:
        before = people.find_member(g, change["assignee"][0]) if change["assignee"][0] else None
        work.set_work(
            g, review, review.work, state().clock(), assignee_id=before.person.id if before else None,
            due_at=review.due_at if before else None,
        )  # fmt: skip
        was, now = _name_of(g, change["assignee"][1]), before.person.public_id if before else None
        note(g, "review.assigned", "review", review.public_id, {"person": was}, {"person": now})
        done = True
    if "tag" in change:
        do_untag(g, review, change["tag"])
        done = True
    if "read" in change:
        done = bool(do_read(g, review, is_read=not change["read"])) or done
    return done


def read_tag(text: str) -> str:
    """A tag as it is stored; raises BadRequest for none and for a long one."""
    name = " ".join(text.lstrip("#").lower().split())
    if not name or len(name) > MAX_TAG:
        raise BadRequest("a tag has between 1 and 40 characters")
    return name


def _name_of(g: GroupTransaction, person_id: int | None) -> str | None:
    member = people.find_member(g, person_id) if person_id else None
    return member.person.public_id if member else None
