"""An author asks to be forgotten: the review goes from everything we hold, and the next run does not bring it back."""

import hashlib
from datetime import datetime

from reviews.errors import NotFound
from reviews.storage import clinics, pairs, replies, summaries
from reviews.storage.engine import GroupTransaction


def erase(g: GroupTransaction, review_id: int, now: datetime) -> None:
    """Drop what a review says and has said, here and where else it stands, replies, notes, and who permitted it.

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
        g.run("delete_contents", review_ids=[review_id])
        g.run("clear_copies", review_ids=[review_id], now=now)
    g.run("clear_versions_of", review_ids=[review_id])
    g.run("clear_replies_of", review_ids=[review_id])
    replies.forget_texts(g, [review_id])
    g.run("forget_permissions", review_id=review_id, now=now)
    g.run("set_publication", review_id=review_id, publication="hidden", hide_reason="author_asked")
    g.run("delete_notes_of", review_id=review_id)
    summaries.refresh_months(g, row["clinic_id"], row["source_id"])


def find_suppressed(g: GroupTransaction, source_id: int) -> frozenset[str]:
    """Hashes of the identities that must not come back from a source."""
    return frozenset(row["identity_hash"] for row in g.rows("find_suppressions", source_id=source_id))


def identity_hash(identity_key: str) -> str:
    """What stays of an identity: its SHA-256."""
    return hashlib.sha256(identity_key.encode()).hexdigest()
