"""What both databases do to restored data before anybody sees it."""

from datetime import datetime

from reviews.rules.replies import UNSURE
from reviews.storage.engine import Session, Transaction

SNAPSHOT_COUNTER = "snapshots"


def read_change_number(session: Session) -> int:
    """The number of the last change to a snapshot that web processes may have seen; 0 without any."""
    if not session.has_table("counters"):
        return 0
    row = Transaction(session).row("get_counter", name=SNAPSHOT_COUNTER)
    return int(row["value"]) if row else 0


def freshen(tx: Transaction, now: datetime, live_change_number: int) -> None:
    """End leases and open runs, send and post nothing old, and let every figure and snapshot be made and read again.

    `live_change_number` is that of the database which is replaced: web processes must not take the restored snapshots
    for ones that they know.
    """
    tx.run("restore_sources")
    tx.run("restore_runs", now=now)
    tx.run("restore_outbox", now=now)
    tx.run("restore_deliveries")
    tx.run("restore_posts", now=now, said=UNSURE)
    tx.run("restore_clinics", now=now)
    change_number = max(live_change_number, read_change_number(tx.session)) + 1
    tx.run("set_counter", name=SNAPSHOT_COUNTER, value=change_number)
    tx.run("restore_snapshots", change_number=change_number)
