"""What both databases do to restored data before anybody sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reviews.clock import to_text
from reviews.rules.replies import UNSURE
from reviews.storage import keeping, removal
from reviews.storage.engine import Row, Session, Transaction
from reviews.storage.erasure import Tombstone, bury_again, find_tombstones
from reviews.storage.retention import purge_content
from reviews.storage.theme_periods import count_all_again

SNAPSHOT_COUNTER = "snapshots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Living:
    """What the database that is replaced knows, and restored data must keep to.

    `change_number`: web processes must not take the restored snapshots for ones that they know. `tombstones`: what was
    erased since the backup stays so. `removals`: and so are sources and clinics that were deleted. `wishes`: how long
    groups keep their copies now.
    """

    change_number: int = 0
    tombstones: Sequence[Tombstone] = ()
    removals: Sequence[Row] = ()
    wishes: Sequence[Row] = ()


def read_living(session: Session) -> Living:
    """What to keep to of a database that is about to be replaced."""
    return Living(
        change_number=read_change_number(session),
        tombstones=find_tombstones(session),
        removals=removal.find_removals(Transaction(session)),
        wishes=keeping.find_wishes(Transaction(session)),
    )


def read_change_number(session: Session) -> int:
    """The number of the last change to a snapshot that web processes may have seen; 0 without any."""
    if not session.has_table("counters"):
        return 0
    row = Transaction(session).row("get_counter", name=SNAPSHOT_COUNTER)
    return int(row["value"]) if row else 0


def freshen(
    tx: Transaction, now: datetime, living: Living, retentions: Mapping[str, int], *, with_deleted: bool = False
) -> None:
    """End leases and open runs, send and post nothing old, and let every figure and snapshot be made and read again.

    Before anybody sees it: what was erased since, and content older than its origin's days in `retentions`, is gone,
    and so are sources and clinics that were deleted since, unless they are wanted back (`with_deleted`).
    """
    tx.run("restore_sources")
    tx.run("restore_runs", now=now)
    tx.run("restore_outbox", now=now)
    tx.run("restore_deliveries")
    tx.run("restore_posts", now=now, said=UNSURE)
    bury_again(tx, living.tombstones, now)
    if not with_deleted:
        removal.remove_again(tx, living.removals, now)
    removal.keep_tombstones(tx, [(each.source, each.identity_hash, to_text(each.at)) for each in living.tombstones])
    for origin, days in sorted(retentions.items()):
        purge_content(tx, origin, now - timedelta(days=days), now)
    keeping.wish_again(tx, living.wishes)
    for group_id in keeping.find_groups(tx):
        keeping.purge(tx.group(group_id), now)
    count_all_again(tx)
    tx.run("restore_clinics", now=now)
    change_number = max(living.change_number, read_change_number(tx.session)) + 1
    tx.run("set_counter", name=SNAPSHOT_COUNTER, value=change_number)
    tx.run("restore_snapshots", change_number=change_number)
