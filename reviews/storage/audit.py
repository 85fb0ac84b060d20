"""The audit trail: append-only, one chain a group, so that an entry that was changed or removed is found.

Each hash covers the entry and the hash before it. The newest entry's id is kept in a counter too, so that entries cut
off at the end are missed as well.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.clock import from_text, to_text
from reviews.errors import NotFound
from reviews.storage.engine import GroupTransaction, Row
from reviews.storage.values import from_json, to_json

_PIECE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who did what to which object, when, from what to what; `person_id` None is the program itself."""

    id: int
    at: datetime
    person_id: int | None
    person_name: str | None
    action: str
    object_kind: str
    object_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def add_entry(
    g: GroupTransaction,
    *,
    now: datetime,
    person_id: int | None,
    action: str,
    object_kind: str,
    object_id: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> int:
    """Add one entry to the group's chain, in the transaction of the act itself; its id.

    `before` and `after` hold ids and settings, never the text of a review. Raises NotFound for a group that is none.
    """
    if g.tx.row("lock_audit", id=g.group_id) is None:
        raise NotFound(f"no group {g.group_id}")
    last = g.row("find_last_entry")
    values = {
        "now": to_text(now),
        "person_id": person_id,
        "action": action,
        "object_kind": object_kind,
        "object_id": object_id,
        "before": to_json(dict(before or {})),
        "after": to_json(dict(after or {})),
    }
    digest = _hash(last["hash"] if last else "", {"group_id": g.group_id, **values})
    row = g.row("add_entry", hash=digest, **values)
    assert row is not None
    g.tx.run("set_counter", name=_counter(g), value=row["id"])
    return int(row["id"])


def find_entries(
    g: GroupTransaction,
    *,
    limit: int = 50,
    before_id: int | None = None,
    object_kind: str | None = None,
    object_id: str | None = None,
    person_id: int | None = None,
) -> list[Entry]:
    """The group's entries, newest first; `before_id` continues after the last one of the page before."""
    filters = {"before_id": before_id, "object_kind": object_kind, "object_id": object_id, "person_id": person_id}
    present = {name: value for name, value in filters.items() if value is not None}
    return [_to_entry(row) for row in g.rows("find_entries", limit=limit, **present)]


def find_kinds(g: GroupTransaction) -> list[str]:
    """Of what kinds the objects in the trail are."""
    return [row["object_kind"] for row in g.rows("find_entry_kinds")]


def verify_chain(g: GroupTransaction) -> int | None:
    """The id of the first entry that does not fit what comes before it, or None if the chain is whole.

    A changed entry is named itself; for a removed one its follower is named, and its own id if it was the newest.
    """
    previous, after_id = "", 0
    while piece := g.rows("find_chain", after_id=after_id, limit=_PIECE):
        for row in piece:
            names = ("person_id", "action", "object_kind", "object_id", "before", "after")
            values = {"group_id": g.group_id, "now": row["at"], **{name: row[name] for name in names}}
            if _hash(previous, values) != row["hash"]:
                return int(row["id"])
            previous, after_id = row["hash"], row["id"]
    newest = g.tx.row("get_counter", name=_counter(g))
    expected = int(newest["value"]) if newest else 0
    return None if expected == after_id else max(expected, after_id)


def chain_anew(g: GroupTransaction) -> None:
    """Give every entry its hash again: an import has given group and people other ids, which the hashes cover."""
    previous, after_id = "", 0
    while piece := g.rows("find_chain", after_id=after_id, limit=_PIECE):
        for row in piece:
            names = ("person_id", "action", "object_kind", "object_id", "before", "after")
            values = {"group_id": g.group_id, "now": row["at"], **{name: row[name] for name in names}}
            previous, after_id = _hash(previous, values), row["id"]
            g.run("set_entry_hash", id=after_id, hash=previous)
    g.tx.run("set_counter", name=_counter(g), value=after_id)


def _hash(previous: str, values: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{previous}\n{to_json(dict(values))}".encode()).hexdigest()


def _counter(g: GroupTransaction) -> str:
    return f"audit:{g.group_id}"


def _to_entry(row: Row) -> Entry:
    return Entry(
        id=row["id"],
        at=from_text(row["at"]),
        person_id=row["person_id"],
        person_name=row["person_name"],
        action=row["action"],
        object_kind=row["object_kind"],
        object_id=row["object_id"],
        before=from_json(row["before"]),
        after=from_json(row["after"]),
    )
