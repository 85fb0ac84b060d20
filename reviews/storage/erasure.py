"""An author asks to be forgotten: the review goes from everything we hold, and the next run does not bring it back."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reviews.clock import from_text, to_text
from reviews.errors import NotFound
from reviews.storage import clinics, pairs, replies, summaries
from reviews.storage.engine import GroupTransaction, Session, Transaction
from reviews.storage.theme_periods import drop_themes
from reviews.storage.values import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What stays of a review that was erased: its source's public id, the hash of its identity there, and when."""

    source: str
    identity_hash: str
    at: datetime


def erase(g: GroupTransaction, review_id: int, now: datetime) -> None:
    """Drop what a review says and has said, here and where else it stands, replies, notes, tags, and who permitted it.

    Id, hashes, times and counts by month stay, and a hash of its identity at the source by which later runs know it.
    The clinic is marked stale: with the next refresh the quote is gone from everything public. Raises NotFound.
    """
    row = g.row("find_reviews", review_id=review_id, limit=1)
    if row is None:
        raise NotFound(f"no review {review_id}")
    for each in pairs.find_cluster(g, row["clinic_id"], review_id):
        _erase_one(g, each, now)
    pairs.settle(g, row["clinic_id"])
    clinics.mark_stale(g, row["clinic_id"], now)


def _erase_one(g: GroupTransaction, review_id: int, now: datetime) -> None:
    (row,) = g.rows("find_reviews", review_id=review_id, limit=1)
    g.run("add_suppression", source_id=row["source_id"], identity_hash=identity_hash(row["identity_key"]), now=now)
    if row["content_purged_at"] is None:
        summaries.keep_months(g, [review_id])
        g.run("clear_copies", review_ids=[review_id], now=now)
        drop_themes(g, [review_id])
        g.run("delete_contents", review_ids=[review_id])
    g.run("clear_versions_of", review_ids=[review_id])
    g.run("clear_replies_of", review_ids=[review_id])
    replies.forget_texts(g, [review_id])
    g.run("forget_permissions", review_id=review_id, now=now)
    g.run("set_publication", review_id=review_id, publication="hidden", hide_reason="author_asked")
    g.run("delete_notes_of", review_id=review_id)
    g.run("delete_tags_of", review_id=review_id)
    summaries.refresh_months(g, row["clinic_id"], row["source_id"])


def find_suppressed(g: GroupTransaction, source_id: int) -> frozenset[str]:
    """Hashes of the identities that must not come back from a source."""
    return frozenset(row["identity_hash"] for row in g.rows("find_suppressions", source_id=source_id))


def is_erased(g: GroupTransaction, source_id: int, identity_key: str) -> bool:
    """Whether a review of a source was erased."""
    return identity_hash(identity_key) in find_suppressed(g, source_id)


def find_tombstones(session: Session) -> list[Tombstone]:
    """What must stay forgotten, of all groups, also at deleted sources; none where the database knows no such thing."""
    if not session.has_table("suppressions"):
        return []
    tx = Transaction(session)
    rows = [*tx.rows("find_tombstones"), *(tx.rows("find_kept_tombstones") if session.has_table("removals") else ())]
    return [
        Tombstone(source=row["source"], identity_hash=row["identity_hash"], at=from_text(row["created_at"]))
        for row in rows
    ]


def bury_again(tx: Transaction, tombstones: Sequence[Tombstone], now: datetime) -> int:
    """Erase in restored data what was erased after the backup was made; how many reviews.

    The tombstones come back too. What quotes a clinic that is concerned is dropped, and made anew with its figures.
    """
    items = {
        str(number): {"source": each.source, "hash": each.identity_hash, "at": to_text(each.at)}
        for number, each in enumerate(tombstones)
    }
    if not items:
        return 0
    tx.run("restore_tombstones", items=to_json(items))
    hashes: dict[str, set[str]] = {}
    for each in tombstones:
        hashes.setdefault(each.source, set()).add(each.identity_hash)
    done = 0
    for source, gone in sorted(hashes.items()):
        for row in tx.rows("find_held_of_source", source=source):
            if identity_hash(row["identity_key"]) in gone:
                g = tx.group(row["group_id"])
                erase(g, row["id"], now)
                g.run("drop_snapshots_of", clinic_id=row["clinic_id"])
                done += 1
    return done


def identity_hash(identity_key: str) -> str:
    """What stays of an identity: its SHA-256."""
    return hashlib.sha256(identity_key.encode()).hexdigest()
