"""What an operator asks about the machine: how large, how far, how much waits. Counts only, of all groups together."""

from dataclasses import dataclass
from datetime import datetime

from reviews.clock import from_text
from reviews.storage.engine import Storage, Transaction
from reviews.storage.sqlite import SqliteStorage


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A migration that was applied, and when."""

    version: int
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits: sources that are due, those that a worker holds, those in trouble; events and messages unsent."""

    sources: int
    due: int
    held: int
    troubled: int
    events: int
    messages: int


def find_applied(tx: Transaction) -> list[Applied]:
    """The migrations of this database, the newest first."""
    return [
        Applied(version=row["version"], name=row["name"], at=from_text(row["applied_at"]))
        for row in tx.rows("find_applied")
    ]


def read_queue(tx: Transaction, now: datetime) -> Queue:
    """How much waits now."""
    row = tx.row("read_queue", now=now)
    assert row is not None
    return Queue(**{name: int(value or 0) for name, value in row.items()})


def count_rows(tx: Transaction) -> dict[str, int]:
    """How many groups, people, clinics, reviews and runs there are."""
    row = tx.row("count_machine_rows")
    return dict(row or {})


def measure_bytes(storage: Storage) -> int:
    """The size of the database in bytes."""
    if isinstance(storage, SqliteStorage):
        parts = [storage.path, storage.path.with_name(storage.path.name + "-wal")]
        return sum(part.stat().st_size for part in parts if part.exists())
    with storage.session(writable=False) as session:
        row = session.execute("SELECT pg_database_size(current_database()) AS size").rows[0]
    return int(row["size"])
