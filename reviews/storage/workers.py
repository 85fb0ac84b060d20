"""Signs of life of the workers, so that somebody who is not the worker notices its death."""

from dataclasses import dataclass
from datetime import datetime

from reviews.clock import from_text
from reviews.storage.engine import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSign:
    """When a worker process began and when it was last heard of."""

    name: str
    started_at: datetime
    beat_at: datetime
    version: str


def beat(tx: Transaction, *, name: str, started_at: datetime, now: datetime, version: str) -> None:
    """Note that the worker is alive."""
    tx.run("beat", name=name, started_at=started_at, now=now, version=version)


def find_workers(tx: Transaction) -> list[WorkerSign]:
    """All workers, the one heard of last first."""
    return [
        WorkerSign(
            name=row["name"],
            started_at=from_text(row["started_at"]),
            beat_at=from_text(row["beat_at"]),
            version=row["version"],
        )
        for row in tx.rows("find_workers")
    ]


def drop_workers(tx: Transaction, before: datetime, name: str | None = None) -> int:
    """Forget workers that were last heard of before this time, or only the one of this name; how many."""
    more = {} if name is None else {"name": name}
    return tx.run("drop_workers", before=before, **more)
