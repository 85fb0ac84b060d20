"""Replies that are written here: their texts, their states, and what runs see of them.

Which moves are allowed is decided by `rules.replies`; here a move is written only if nobody moved first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reviews.clock import from_text
from reviews.errors import Conflict, NotFound
from reviews.reputation.answers import Answered
from reviews.rules.replies import text_key
from reviews.storage.engine import GroupTransaction, Row
from reviews.storage.values import find_time, from_json, new_public_id, to_json

PRESENT_FOR = timedelta(minutes=5)
"""How long somebody who has opened a reply counts as writing it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReply:
    """A reply written here; `person_id` wrote this text, `cleared` are rules whose warnings were cleared for it.

    `text` is None after a purge. `reason` is what the platform said: a message id, or its own word.
    """

    id: int
    public_id: str
    review_id: int
    state: str
    text: str | None
    text_key: str
    version: int
    person_id: int | None
    saved_at: datetime | None
    sent_by: int | None
    approved_by: int | None
    approved_at: datetime | None
    cleared: tuple[str, ...]
    posted_by: int | None
    posted_at: datetime | None
    posted_way: str | None
    note: str
    reason: str
    unseen_runs: int
    review_hash: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedText:
    """One text of a reply as it was saved; None after a purge."""

    version: int
    text: str | None
    person_id: int | None
    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReply:
    """A reply that was posted, as a run needs it."""

    id: int
    public_id: str
    review_id: int
    review_public_id: str
    identity_key: str
    clinic_id: int
    state: str
    text_key: str
    version: int
    posted_at: datetime | None
    posted_by: int | None
    person_id: int | None
    unseen_runs: int
    last_run_id: int | None = None


def find_own(g: GroupTransaction, review_id: int) -> list[OwnReply]:
    """The replies to a review that were written here, oldest first."""
    return [_to_own(row) for row in g.rows("find_own_replies", review_id=review_id)]


def get_own(g: GroupTransaction, public_id: str) -> OwnReply:
    """One reply; raises NotFound."""
    return _one(g.row("find_own_replies", public_id=public_id), public_id)


def get_own_by_id(g: GroupTransaction, reply_id: int) -> OwnReply:
    """One reply; raises NotFound."""
    return _one(g.row("find_own_replies", reply_id=reply_id), str(reply_id))


def add_own(g: GroupTransaction, *, review_id: int, text: str, person_id: int | None, now: datetime) -> OwnReply:
    """A new draft; raises Conflict when somebody is writing a reply to this review already."""
    row = g.row(
        "add_own_reply",
        public_id=new_public_id(),
        review_id=review_id,
        text=text,
        text_key=text_key(text),
        person_id=person_id,
        now=now,
    )
    if row is None:
        raise Conflict(f"a reply to review {review_id} is being written")
    g.run("keep_reply_text", reply_id=row["id"])
    return get_own_by_id(g, row["id"])


def save_own(g: GroupTransaction, reply: OwnReply, *, text: str, person_id: int, now: datetime) -> OwnReply:
    """Another text in place of `reply` as it was seen, as a draft; raises Conflict when it is not that any more."""
    done = g.run(
        "save_own_reply",
        reply_id=reply.id,
        seen_version=reply.version,
        seen_state=reply.state,
        text=text,
        text_key=text_key(text),
        person_id=person_id,
        now=now,
    )
    if not done:
        raise Conflict(f"reply {reply.public_id} was changed")
    g.run("keep_reply_text", reply_id=reply.id)
    return get_own_by_id(g, reply.id)


def find_texts(g: GroupTransaction, reply_id: int) -> list[SavedText]:
    """Every text that was saved of a reply, oldest first."""
    return [
        SavedText(
            version=row["version"],
            text=row["text"],
            person_id=row["person_id"],
            saved_at=from_text(row["saved_at"]),
        )
        for row in g.rows("find_reply_texts", reply_id=reply_id)
    ]


def move(g: GroupTransaction, reply: OwnReply | SentReply, state: str, **also: Any) -> None:
    """Give `reply` as it was seen its next state and what belongs to that; raises Conflict if it is not that any more.

    `also`: sent_by; approved_by, approved_at, cleared, review_hash; posted_by, posted_at, posted_way; note; reason;
    unseen_runs.
    """
    if "cleared" in also:
        also["cleared"] = to_json(sorted(also["cleared"]))
    done = g.run("move_reply", reply_id=reply.id, version=reply.version, seen_state=reply.state, state=state, **also)
    if not done:
        raise Conflict(f"reply {reply.public_id} was moved")


def discard(g: GroupTransaction, reply: OwnReply) -> None:
    """Throw a draft away; raises Conflict if it is none any more."""
    if not g.run("delete_reply", reply_id=reply.id, version=reply.version):
        raise Conflict(f"reply {reply.public_id} was changed")


def find_to_observe(g: GroupTransaction, source_id: int, identity_keys: Sequence[str]) -> list[SentReply]:
    """Our replies to these reviews of a source, as far as a run may see something of them."""
    items = to_json(dict.fromkeys(identity_keys, 1))
    return [_to_sent(row) for row in g.rows("find_replies_to_observe", source_id=source_id, items=items)]


def find_awaited(g: GroupTransaction, source_id: int, started_at: datetime) -> list[SentReply]:
    """Our replies to reviews of a source that were posted before a run began, and that nobody has seen yet."""
    return [_to_sent(row) for row in g.rows("find_replies_awaited", source_id=source_id, started_at=started_at)]


def count_unseen(g: GroupTransaction, reply_id: int) -> None:
    """One more run has not seen a reply."""
    g.run("count_unseen_run", reply_id=reply_id)


def mark_found_ours(g: GroupTransaction, review_ids: Sequence[int]) -> None:
    """Of the replies found at these reviews, know those that were written here."""
    if review_ids:
        g.run("mark_found_replies_ours", review_ids=review_ids)


def find_answers(g: GroupTransaction, since: datetime, until: datetime, clinic_id: int | None = None) -> list[Answered]:
    """The reviews written in a time, for `reputation.answers`."""
    where = {} if clinic_id is None else {"clinic_id": clinic_id}
    return [
        Answered(is_answered=bool(row["is_answered"]), hours=row["answer_hours"])
        for row in g.rows("find_answers", since=since, until=until, **where)
    ]


def forget_texts(g: GroupTransaction, review_ids: Sequence[int]) -> None:
    """Drop what was written here about these reviews, earlier texts too."""
    g.run("clear_own_replies_of", review_ids=review_ids)
    g.run("clear_reply_texts_of", review_ids=review_ids)


def touch_presence(g: GroupTransaction, review_id: int, person_id: int, now: datetime) -> None:
    """Somebody has the reply to a review open now."""
    g.run("touch_presence", review_id=review_id, person_id=person_id, now=now)


def end_presence(g: GroupTransaction, review_id: int, person_id: int) -> None:
    """Somebody has finished with it."""
    g.run("end_presence", review_id=review_id, person_id=person_id)


def find_others_present(g: GroupTransaction, review_id: int, person_id: int, now: datetime) -> list[str]:
    """The names of the others who have it open."""
    rows = g.rows("find_presence", review_id=review_id, person_id=person_id, since=now - PRESENT_FOR)
    return [row["name"] for row in rows]


def _one(row: Row | None, name: str) -> OwnReply:
    if row is None:
        raise NotFound(f"no reply {name}")
    return _to_own(row)


_TIMES = ("saved_at", "approved_at", "posted_at", "first_seen_at")


def _to_own(row: Row) -> OwnReply:
    values: dict[str, Any] = {name: value for name, value in row.items() if name != "last_seen_at"}
    values |= {name: find_time(row[name]) for name in _TIMES}
    values["cleared"] = tuple(from_json(row["cleared"]))
    return OwnReply(**values)


def _to_sent(row: Row) -> SentReply:
    names = set(SentReply.__dataclass_fields__) & set(row)
    return SentReply(**{name: row[name] for name in names} | {"posted_at": find_time(row["posted_at"])})
