"""The outbox: what must be told to somebody, written in the transaction of its cause, sent, and then marked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.clock import from_text
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.values import find_time, from_json, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; `event_id` follows from its cause and stays the same in every repeat."""

    id: int
    event_id: str
    group_id: int
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
    sent_at: datetime | None
    attempts: int


def add_event(g: GroupTransaction, *, event_id: str, kind: str, payload: Mapping[str, Any], now: datetime) -> bool:
    """Add an event; False if the same cause has made it before. `payload` holds ids, never the text of a review."""
    return g.run("add_event", event_id=event_id, kind=kind, payload=to_json(dict(payload)), now=now) == 1


def find_event(g: GroupTransaction, event_id: str) -> Event | None:
    """The group's event with this id, or None."""
    row = g.row("find_event", event_id=event_id)
    return None if row is None else _to_event(row)


def exists(g: GroupTransaction, event_id: str) -> bool:
    """Whether the group has an event with this id, sent or not."""
    return find_event(g, event_id) is not None


def find_unsent(tx: Transaction, now: datetime, limit: int) -> list[Event]:
    """Events that are to be sent now, oldest first."""
    return [_to_event(row) for row in tx.rows("find_unsent", now=now, limit=limit)]


def mark_sent(tx: Transaction, event: Event, now: datetime) -> bool:
    """Note that the event was sent; False if somebody has noted it before."""
    return tx.run("mark_sent", id=event.id, now=now) == 1


def mark_failed(tx: Transaction, event: Event, next_try_at: datetime) -> None:
    """Note that the event could not be sent, and when to try again."""
    tx.run("mark_failed", id=event.id, next_try_at=next_try_at)


def _to_event(row: Row) -> Event:
    return Event(
        id=row["id"],
        event_id=row["event_id"],
        group_id=row["group_id"],
        kind=row["kind"],
        payload=from_json(row["payload"]),
        created_at=from_text(row["created_at"]),
        sent_at=find_time(row["sent_at"]),
        attempts=row["attempts"],
    )
