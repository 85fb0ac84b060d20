"""The daily work on reviews: state, assignee and due time, notes, tags, and what was done to several at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.clock import from_text
from reviews.errors import NotFound
from reviews.model import Precision, ReviewDate
from reviews.rules.work import TABLE
from reviews.storage import clinics, summaries
from reviews.storage.engine import GroupTransaction, Row
from reviews.storage.review_rows import StoredReview
from reviews.storage.values import find_time, from_json, new_public_id, to_json

_KEEP: Any = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a colleague says about a review."""

    public_id: str
    person_id: int | None
    person_name: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAction:
    """What a person did to several reviews; `changes` says per review (public id) what it was and what it became."""

    id: int
    public_id: str
    person_id: int
    action: str
    value: str
    changes: Mapping[str, Any]
    created_at: datetime
    undone_at: datetime | None


def is_day(date: ReviewDate) -> bool:
    """Whether a date is known to the day."""
    return date.precision in (Precision.INSTANT, Precision.DAY) and not date.relative


def hours_between(written: ReviewDate | None, answered_at: datetime) -> int | None:
    """Whole hours from writing to answer, never less than 0; None where the day of writing is not known."""
    if written is None or not is_day(written):
        return None
    return max(0, int((answered_at - written.latest).total_seconds() // 3600))


# ---------------------------------------------------------------- state, assignee
def set_work(
    g: GroupTransaction,
    review: StoredReview,
    work: str,
    now: datetime,
    *,
    assignee_id: int | None = _KEEP,
    due_at: datetime | None = _KEEP,
) -> None:
    """Set what remains to be done, by whom and until when; the month counts again where "answered" comes or goes.

    `rules.work.next_state` has said before that it may become so. Raises NotFound.
    """
    fields: dict[str, Any] = {}
    if assignee_id is not _KEEP:
        fields["assignee_id"] = assignee_id
    if due_at is not _KEEP:
        fields["due_at"] = due_at
    if work == "answered" and review.answered_at is None:
        fields |= {"answered_at": now, "answer_hours": hours_between(review.date, now)}
    elif review.work == "answered" and work == "open":
        fields |= {"answered_at": None, "answer_hours": None}
    if not g.run("set_work", review_id=review.id, work=work, now=now, **fields):
        raise NotFound(f"no review {review.id}")
    if "answered" in (work, review.work) and work != review.work:
        summaries.refresh_months(g, review.clinic_id, review.source_id, {summaries.month_of_date(review.date)})


def mark_answered(g: GroupTransaction, review: StoredReview, now: datetime) -> None:
    """A reply of ours was posted: the review is answered, and becomes so for good when a run sees the reply."""
    step = TABLE.get((review.work, "reply_posted"))
    if step is not None:
        set_work(g, review, step.to, now)
    clinics.mark_stale(g, review.clinic_id, now)


# ---------------------------------------------------------------- notes
def add_note(g: GroupTransaction, review_id: int, *, person_id: int, text: str, now: datetime) -> str:
    """A new note; its public id. Raises NotFound."""
    public_id = new_public_id()
    values = {"public_id": public_id, "person_id": person_id, "text": text, "now": now}
    if not g.run("add_note", review_id=review_id, **values):
        raise NotFound(f"no review {review_id}")
    return public_id


def find_notes(g: GroupTransaction, review_id: int) -> list[Note]:
    """The notes on a review, oldest first."""
    return [
        Note(
            public_id=row["public_id"],
            person_id=row["person_id"],
            person_name=row["person_name"] or "",
            text=row["text"],
            created_at=from_text(row["created_at"]),
        )
        for row in g.rows("find_notes", review_id=review_id)
    ]


def delete_note(g: GroupTransaction, public_id: str, *, person_id: int) -> None:
    """Delete one's own note; raises NotFound, also for a note of somebody else."""
    if not g.run("delete_note", public_id=public_id, person_id=person_id):
        raise NotFound(f"no note {public_id}")


# ---------------------------------------------------------------- tags
def add_tags(g: GroupTransaction, review_id: int, tags: Collection[str]) -> None:
    """Tag a review; what it has already stays."""
    for tag in tags:
        g.run("add_tag", review_id=review_id, tag=tag)


def remove_tags(g: GroupTransaction, review_id: int, tags: Collection[str]) -> None:
    """Take tags off a review."""
    for tag in tags:
        g.run("delete_tag", review_id=review_id, tag=tag)


def find_tags(g: GroupTransaction, review_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The tags of reviews, in alphabetical order."""
    found: dict[int, tuple[str, ...]] = {}
    for row in g.rows("find_tags", review_ids=review_ids):
        found[row["review_id"]] = (*found.get(row["review_id"], ()), row["tag"])
    return found


def find_group_tags(g: GroupTransaction, limit: int = 100) -> list[str]:
    """The tags that the group uses, in alphabetical order."""
    return [row["tag"] for row in g.rows("find_group_tags", limit=limit)]


def find_read(g: GroupTransaction, person_id: int, review_ids: Sequence[int]) -> set[int]:
    """Which of these reviews a person has read."""
    return {row["review_id"] for row in g.rows("find_read", person_id=person_id, review_ids=review_ids)}


def mark_all_read(g: GroupTransaction, person_id: int, now: datetime) -> int:
    """A person has seen everything that is there now; how many reviews that were."""
    return g.run("mark_all_read", person_id=person_id, now=now)


# ---------------------------------------------------------------- several at once
def add_action(
    g: GroupTransaction, *, person_id: int, action: str, value: str, changes: Mapping[str, Any], now: datetime
) -> str:
    """Remember what was done to several reviews; the public id by which it is taken back."""
    public_id = new_public_id()
    g.run(
        "add_action", public_id=public_id, person_id=person_id, action=action, value=value,
        changes=to_json(dict(changes)), now=now,
    )  # fmt: skip
    return public_id


def find_actions(g: GroupTransaction, person_id: int, since: datetime) -> list[BulkAction]:
    """What a person has done to several reviews since then, newest first."""
    return [_to_action(row) for row in g.rows("find_actions", person_id=person_id, since=since)]


def get_action(g: GroupTransaction, public_id: str, *, person_id: int) -> BulkAction:
    """One of a person's actions; raises NotFound."""
    row = g.row("find_actions", person_id=person_id, public_id=public_id)
    if row is None:
        raise NotFound(f"no action {public_id}")
    return _to_action(row)


def mark_undone(g: GroupTransaction, action_id: int, now: datetime) -> bool:
    """An action has been taken back; False if it had been before."""
    return bool(g.run("mark_action_undone", action_id=action_id, now=now))


def _to_action(row: Row) -> BulkAction:
    return BulkAction(
        id=row["id"],
        public_id=row["public_id"],
        person_id=row["person_id"],
        action=row["action"],
        value=row["value"],
        changes=from_json(row["changes"]),
        created_at=from_text(row["created_at"]),
        undone_at=find_time(row["undone_at"]),
    )
