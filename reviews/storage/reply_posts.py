"""The queue of replies on their way to platforms: claimed with a lease, and each call written before it is made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.clock import from_text
from reviews.errors import LeaseLost
from reviews.storage.engine import GroupTransaction, Transaction
from reviews.storage.values import find_time, new_public_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A reply that this worker may post until its lease ends; `public_id` is the key of every repeat.

    `called_at` says that a call has begun before, and nobody has written what it brought.
    """

    id: int
    public_id: str
    group_id: int
    reply_id: int
    version: int
    person_id: int | None
    attempts: int
    called_at: datetime | None
    lease_until: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPost:
    """The last time that a reply was sent on its way; `said` is a message id."""

    state: str
    attempts: int
    called_at: datetime | None
    next_try_at: datetime
    said: str
    created_at: datetime
    finished_at: datetime | None


def add_post(g: GroupTransaction, reply_id: int, *, person_id: int, now: datetime) -> bool:
    """Send an approved reply on its way; False when it is on its way already."""
    return g.run("add_post", public_id=new_public_id(), reply_id=reply_id, person_id=person_id, now=now) == 1


def claim_post(tx: Transaction, *, now: datetime, lease_until: datetime) -> Claimed | None:
    """The reply that waits longest, now this worker's; None when none is due."""
    row = tx.row("claim_post", now=now, lease_until=lease_until)
    if row is None:
        return None
    values: dict[str, Any] = {**row, "called_at": find_time(row["called_at"])}
    values |= {name: from_text(row[name]) for name in ("lease_until", "created_at")}
    return Claimed(**values)


def note_call(g: GroupTransaction, claimed: Claimed, now: datetime) -> None:
    """Write that a call begins; raises LeaseLost when another worker has taken over."""
    if g.run("note_call", public_id=claimed.public_id, lease_until=claimed.lease_until, now=now) != 1:
        raise LeaseLost(f"reply post {claimed.public_id} is no longer ours")


def end_post(g: GroupTransaction, claimed: Claimed, state: str, *, now: datetime, said: str = "") -> bool:
    """Write the end of it: done, refused, unsure or stopped; False if somebody has written it before."""
    return g.run("end_post", public_id=claimed.public_id, state=state, said=said, now=now) == 1


def put_off(
    g: GroupTransaction, claimed: Claimed, next_try_at: datetime, said: str, *, forget_call: bool = False
) -> None:
    """Try again later, unless another worker has taken over; `forget_call`: the platform said that it took nothing."""
    more = {"forget_call": 1} if forget_call else {}
    lease = {"lease_until": claimed.lease_until}
    g.run("put_post_off", public_id=claimed.public_id, next_try_at=next_try_at, said=said, **lease, **more)


def find_last_post(g: GroupTransaction, reply_id: int) -> LastPost | None:
    """How the last posting of a reply stands."""
    row = g.row("find_last_post", reply_id=reply_id)
    if row is None:
        return None
    return LastPost(
        state=row["state"],
        attempts=row["attempts"],
        called_at=find_time(row["called_at"]),
        next_try_at=from_text(row["next_try_at"]),
        said=row["said"],
        created_at=from_text(row["created_at"]),
        finished_at=find_time(row["finished_at"]),
    )


def stop_posts(g: GroupTransaction, reply_id: int, now: datetime) -> bool:
    """Take a reply back that waits to be posted; False when there is none that nobody has begun to post."""
    return g.run("stop_posts", reply_id=reply_id, now=now) > 0
