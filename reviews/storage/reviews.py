"""Reviews: reading them and setting their axes. Saving, taking back and retention are offered from here too."""

from collections.abc import Collection, Sequence
from datetime import datetime

from reviews.clock import from_text
from reviews.errors import NotFound
from reviews.storage.engine import GroupTransaction, Row
from reviews.storage.retention import purge_content
from reviews.storage.review_rows import (
    PRESENT,
    KnownReview,
    ReviewVersion,
    StoredReply,
    StoredReview,
    find_date,
    find_rating,
    to_stored_reply,
    to_stored_review,
)
from reviews.storage.saving import SavedCounts, save_reviews
from reviews.storage.undo import UndoCounts, undo_run
from reviews.storage.values import find_time, from_json

__all__ = [
    "PRESENT",
    "KnownReview",
    "ReviewVersion",
    "SavedCounts",
    "StoredReply",
    "StoredReview",
    "UndoCounts",
    "count_would_miss",
    "feature",
    "find_identities",
    "find_known",
    "find_replies",
    "find_replies_of",
    "find_versions",
    "get_review",
    "get_review_by_public_id",
    "hide",
    "mark_missed",
    "mark_read",
    "mark_unread",
    "purge_content",
    "save_reviews",
    "undo_run",
    "unhide",
]


def find_known(g: GroupTransaction, source_id: int, limit: int | None = None) -> list[KnownReview]:
    """The reviews of a source that have no id of its platform, for `normalize.identity.match_known`."""
    return [
        KnownReview(
            id=row["id"],
            identity_key=row["identity_key"],
            identity_kind=row["identity_kind"],
            author=row["author"],
            date_earliest=find_time(row["date_earliest"]),
            date_precision=row["date_precision"],
            stars100=row["stars100"],
            text=row["text"],
            content_hash=row["content_hash"],
        )
        for row in g.rows("find_known_reviews", source_id=source_id, **({} if limit is None else {"limit": limit}))
    ]


def find_identities(g: GroupTransaction, source_id: int, keys: Sequence[str]) -> dict[str, str]:
    """Identity key → content hash of those reviews of a source that are known by these keys."""
    if not keys:
        return {}
    rows = g.rows("find_identities", source_id=source_id, keys=list(keys))
    return {row["identity_key"]: row["content_hash"] for row in rows}


def get_review(g: GroupTransaction, review_id: int) -> StoredReview:
    """One review; raises NotFound."""
    row = g.row("find_reviews", review_id=review_id, limit=1)
    if row is None:
        raise NotFound(f"no review {review_id}")
    return to_stored_review(row)


def get_review_by_public_id(g: GroupTransaction, public_id: str) -> StoredReview:
    """One review by its public id; raises NotFound."""
    row = g.row("find_reviews", public_id=public_id, limit=1)
    if row is None:
        raise NotFound(f"no review {public_id}")
    return to_stored_review(row)


def find_versions(g: GroupTransaction, review_id: int) -> list[ReviewVersion]:
    """The earlier versions of a review, oldest first; the current one is in the review itself."""
    return [_to_version(row) for row in g.rows("find_versions", review_id=review_id)]


def find_replies(g: GroupTransaction, review_id: int) -> list[StoredReply]:
    """The replies to a review, oldest first; those that stand are posted, pending or confirmed."""
    return [to_stored_reply(row) for row in g.rows("find_replies", review_id=review_id)]


def find_replies_of(g: GroupTransaction, review_ids: Collection[int]) -> dict[int, list[StoredReply]]:
    """As `find_replies`, for several reviews at once."""
    found: dict[int, list[StoredReply]] = {}
    for row in g.rows("find_replies", review_ids=sorted(review_ids)) if review_ids else ():
        found.setdefault(row["review_id"], []).append(to_stored_reply(row))
    return found


def count_would_miss(g: GroupTransaction, source_id: int, run_id: int) -> int:
    """How many reviews of a source a run has not seen for the first time, which nobody has been asked about yet."""
    row = g.row("count_would_miss", source_id=source_id, run_id=run_id)
    return int(row["n"]) if row else 0


def mark_missed(g: GroupTransaction, source_id: int, run_id: int, now: datetime) -> int:
    """A complete run ends: count what it has not seen; how many are missing from now on (the second time in a row)."""
    if not g.run("add_missed_run", source_id=source_id, run_id=run_id):
        return 0
    return g.run("mark_missing", source_id=source_id, run_id=run_id, now=now)


def hide(g: GroupTransaction, review_id: int, reason: str, now: datetime) -> None:
    """Keep a review out of everything public, for one of the neutral reasons; raises NotFound."""
    _touched(g.run("set_publication", review_id=review_id, publication="hidden", hide_reason=reason), review_id)


def feature(g: GroupTransaction, review_id: int) -> None:
    """Choose a review for the website; raises NotFound."""
    _touched(g.run("set_publication", review_id=review_id, publication="featured", hide_reason=None), review_id)


def unhide(g: GroupTransaction, review_id: int) -> None:
    """Take a hidden review back among the others; raises NotFound."""
    _touched(g.run("set_publication", review_id=review_id, publication="listed", hide_reason=None), review_id)


def mark_read(g: GroupTransaction, person_id: int, review_ids: Sequence[int], now: datetime) -> None:
    """A person has read these; ids of other groups are passed over."""
    g.run("mark_read", person_id=person_id, review_ids=review_ids, now=now)


def mark_unread(g: GroupTransaction, person_id: int, review_ids: Sequence[int]) -> None:
    """A person wants to see these as unread again."""
    g.run("mark_unread", person_id=person_id, review_ids=review_ids)


def _touched(rows: int, review_id: int) -> None:
    if not rows:
        raise NotFound(f"no review {review_id}")


def _to_version(row: Row) -> ReviewVersion:
    content = from_json(row["content"]) if row["content"] is not None else {}
    full = {"stars100": row["stars100"], **content} if content else None
    return ReviewVersion(
        version=row["version"],
        content_hash=row["content_hash"],
        seen_from=from_text(row["seen_from"]),
        seen_until=from_text(row["seen_until"]),
        read_at=find_time(content.get("last_read_at")),
        run_id=row["run_id"],
        stars100=row["stars100"],
        language=content.get("language"),
        author=content.get("author"),
        title=content.get("title", ""),
        text=content.get("text", ""),
        rating=find_rating(full) if full else None,
        date=find_date(full) if full else None,
        is_purged=not content,
    )
