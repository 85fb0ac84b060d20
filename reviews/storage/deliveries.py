"""Messages on their way: one row per cause and recipient, sent and then marked, so each arrives at least once."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.clock import from_text, to_text
from reviews.errors import NotFound
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.values import find_time, from_json, scrub, to_json

ANSWERS_KEPT = 5
ANSWER_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a receiver said to one attempt."""

    at: datetime
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one recipient; `public_id` is the same in every attempt. `attempts` counts the one under way."""

    id: int
    public_id: str
    group_id: int
    cause: str
    kind: str
    recipient: str
    person_id: int | None
    channel_id: int | None
    payload: Mapping[str, Any]
    state: str
    created_at: datetime
    due_at: datetime
    next_try_at: datetime
    attempts: int
    sent_at: datetime | None
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A message of the delivery log, with the name of the person or channel it is for."""

    delivery: Delivery
    to: str
    channel_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCount:
    """How many messages are in a state, and since when the oldest of them is due."""

    state: str
    count: int
    oldest: datetime


def stable_id(group_public_id: str, cause: str, recipient: str) -> str:
    """The id of a message: the same cause and recipient always have the same, also after a restore. Has no dot."""
    return hashlib.sha256(f"{group_public_id}\n{cause}\n{recipient}".encode()).hexdigest()[:32]


def add_delivery(
    g: GroupTransaction,
    *,
    group_public_id: str,
    cause: str,
    kind: str,
    recipient: str,
    person_id: int | None,
    channel_id: int | None,
    payload: Mapping[str, Any],
    due_at: datetime,
    now: datetime,
) -> int | None:
    """The id of the message of this cause to this recipient; None if it exists and its sending has begun.

    As long as an id comes back, what is added to the message in this transaction will be in what is sent.
    """
    row = g.row(
        "add_delivery",
        public_id=stable_id(group_public_id, cause, recipient),
        cause=cause,
        kind=kind,
        recipient=recipient,
        person_id=person_id,
        channel_id=channel_id,
        payload=to_json(dict(payload)),
        due_at=due_at,
        now=now,
    )
    return None if row is None else int(row["id"])


def has_cause(g: GroupTransaction, cause: str, recipient: str) -> bool:
    """Whether this cause has made a message to this recipient, in whatever state."""
    return g.row("find_cause", cause=cause, recipient=recipient) is not None


def add_reviews(g: GroupTransaction, delivery_id: int, review_ids: Collection[int]) -> None:
    """Let a message tell of these reviews too."""
    for review_id in review_ids:
        g.run("add_delivery_review", delivery_id=delivery_id, review_id=review_id)


def find_reviews(g: GroupTransaction, delivery_id: int, limit: int) -> list[int]:
    """The ids of the reviews that a message tells of, the first `limit`."""
    return [row["review_id"] for row in g.rows("find_delivery_reviews", delivery_id=delivery_id, limit=limit)]


def count_by_stars(g: GroupTransaction, delivery_id: int) -> dict[int, int]:
    """How many reviews a message tells of, by whole stars; 0 is without stars."""
    return {row["stars"]: row["n"] for row in g.rows("count_delivery_reviews", delivery_id=delivery_id)}


def claim(
    tx: Transaction,
    *,
    now: datetime,
    lease_until: datetime,
    no_mail: bool = False,
    only_id: int | None = None,
    kinds: Collection[str] = (),
) -> Delivery | None:
    """The message that waits longest, this sender's until the lease ends; None when nothing is due.

    Channels that are not active or held back are passed over, with `no_mail` mail is too. With `kinds` only messages of
    these.
    """
    more: dict[str, Any] = {"no_mail": True} if no_mail else {}
    if only_id is not None:
        more["only_id"] = only_id
    if kinds:
        more["kinds"] = sorted(kinds)
    row = tx.row("claim_delivery", now=now, lease_until=lease_until, **more)
    return None if row is None else _to_delivery(row)


def has_due(tx: Transaction, kinds: Collection[str], now: datetime) -> bool:
    """Whether a message of these kinds waits to be sent now."""
    return tx.row("find_due_of_kinds", kinds=sorted(kinds), now=now) is not None


def mark_sent(tx: Transaction, delivery: Delivery, said: str, now: datetime) -> bool:
    """Note that it was taken; False if that was noted before."""
    return tx.run("mark_delivered", id=delivery.id, now=now, answers=_more(delivery, said, now)) == 1


def mark_failed(
    tx: Transaction, delivery: Delivery, said: str, now: datetime, *, next_try_at: datetime | None, state: str = "dead"
) -> None:
    """Note that it was not taken; without a next try its state becomes `state` (dead, dropped)."""
    tx.run(
        "mark_undelivered",
        id=delivery.id,
        state="waiting" if next_try_at else state,
        next_try_at=next_try_at or now,
        answers=_more(delivery, said, now),
    )


def replay(g: GroupTransaction, public_id: str, now: datetime) -> None:
    """Send a message again that was given up or sent, with the id that it has; raises NotFound for any other."""
    if g.row("replay_delivery", public_id=public_id, now=now) is None:
        raise NotFound(f"no message {public_id} in this group that could be sent again")


def find_log(
    g: GroupTransaction,
    *,
    limit: int = 50,
    before_id: int | None = None,
    state: str | None = None,
    person_id: int | None = None,
    channel_id: int | None = None,
    public_id: str | None = None,
) -> list[LogLine]:
    """The group's messages, newest first; `before_id` continues after the last of the page before."""
    keys = {
        "before_id": before_id, "state": state, "person_id": person_id, "channel_id": channel_id,
        "public_id": public_id,
    }  # fmt: skip
    rows = g.rows("find_deliveries", limit=limit, **{name: key for name, key in keys.items() if key is not None})
    return [
        LogLine(
            delivery=_to_delivery(row),
            to=row["channel_label"] or row["person_name"] or "",
            channel_kind=row["channel_kind"] or "mail",
        )
        for row in rows
    ]


def count_states(tx: Transaction) -> list[StateCount]:
    """How many messages of the installation are in each state, for its health page and metrics."""
    return [
        StateCount(state=row["state"], count=row["n"], oldest=from_text(row["oldest"]))
        for row in tx.rows("count_deliveries")
    ]


def end_overdue(tx: Transaction, before: datetime) -> int:
    """Give up what has waited since before this time for a channel that is not active; how many."""
    return tx.run("end_overdue", before=before)


def drop_old(tx: Transaction, before: datetime) -> int:
    """Forget what was sent or given up, and made before this time; how many."""
    return tx.run("drop_old_deliveries", before=before)


def find_groups(tx: Transaction) -> Sequence[int]:
    """The ids of all groups."""
    return [row["id"] for row in tx.rows("find_alert_groups")]


def _more(delivery: Delivery, said: str, now: datetime) -> str:
    kept = [{"at": to_text(each.at), "said": each.said} for each in delivery.answers][-ANSWERS_KEPT + 1 :]
    return to_json([*kept, {"at": to_text(now), "said": scrub(said)[:ANSWER_LENGTH]}])


def _to_delivery(row: Row) -> Delivery:
    plain = {
        name: row[name]
        for name in (
            "id", "public_id", "group_id", "cause", "kind", "recipient", "person_id", "channel_id", "state", "attempts",
        )
    }  # fmt: skip
    return Delivery(
        **plain,
        payload=from_json(row["payload"]),
        created_at=from_text(row["created_at"]),
        due_at=from_text(row["due_at"]),
        next_try_at=from_text(row["next_try_at"]),
        sent_at=find_time(row["sent_at"]),
        answers=tuple(Answer(at=from_text(each["at"]), said=each["said"]) for each in from_json(row["answers"])),
    )
