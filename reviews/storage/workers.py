"""Signs of life of the workers, so that somebody who is not the worker notices its death."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from reviews.clock import from_text
from reviews.storage.engine import Transaction

SILENT_AFTER = timedelta(minutes=5)
"""A worker that was not heard of for so long counts as dead."""
_SILENCE = "worker_silent"


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


def find_newest_beat(tx: Transaction) -> datetime | None:
    """When a worker was last heard of; None where there is none, or the last one has said goodbye."""
    return max((each.beat_at for each in find_workers(tx)), default=None)


def is_silence_told(tx: Transaction) -> bool:
    """Whether people have been told that no worker works."""
    row = tx.row("get_counter", name=_SILENCE)
    return row is not None and row["value"] == 1


def turn_silence(tx: Transaction, *, is_silent: bool) -> bool:
    """Note that people are told of a silence, or of its end; False if somebody else has done so at this moment."""
    return tx.run("turn_counter", name=_SILENCE, value=int(is_silent)) == 1
