"""What a backup or an export leaves out: what lives for hours, and content that terms let us keep for a short time.

A row whose content must not be kept stays as an id with its hashes; a restore reads the content again.
"""

from collections.abc import Collection
from typing import Any

from reviews.storage.engine import Row, Session

SHORT_LIVED = frozenset(
    {"sessions", "one_time_tokens", "attempts", "form_keys", "uploads", "workers", "reply_presence", "run_rejects"}
)
"""Tables whose rows are worthless after a restore, or would be a way in."""

_OF_CONTENT = ("review_contents", "review_themes")
"""Tables with rows of content alone."""

_CLEARED: dict[str, dict[str, Any]] = {
    "reviews": {
        "stars100": None,
        "recommends": None,
        "language": None,
        "has_text": 0,
        "compound": None,
        "label": None,
        "scorer": "",
        "attention": "",
    },
    "review_versions": {"content": None, "stars100": None},
    "replies": {
        "text": None,
        "author": None,
        "date_raw": None,
        "date_earliest": None,
        "date_latest": None,
        "date_precision": None,
    },
}


def find_skipped_reviews(session: Session, skip_origins: Collection[str]) -> frozenset[int]:
    """The ids of the reviews whose content may not be kept for long."""
    if not skip_origins or not session.has_table("reviews"):
        return frozenset()
    names = {f"origin_{number}": origin for number, origin in enumerate(sorted(skip_origins))}
    places = ", ".join(f":{name}" for name in names)
    rows = session.execute(f"SELECT id FROM reviews WHERE origin IN ({places})", names).rows  # noqa: S608
    return frozenset(row["id"] for row in rows)


def may_leave_out(table: str) -> bool:
    """Whether `leave_out` may change or drop rows of this table."""
    return table in SHORT_LIVED or table in _CLEARED or table in (*_OF_CONTENT, "snapshots")


def leave_out(table: str, row: Row, skipped: Collection[int], now_text: str) -> Row | None:
    """The row as it may be kept, or None."""
    if table in SHORT_LIVED:
        return None
    if table == "snapshots":
        return None if row["keep_until"] is not None else row
    if not skipped:
        return row
    if table in _OF_CONTENT:
        return None if row["review_id"] in skipped else row
    if table == "reviews" and row["id"] in skipped:
        purged_at = row["content_purged_at"] or now_text
        return {**row, **_CLEARED[table], "written_at": row["first_seen_at"], "content_purged_at": purged_at}
    if table == "review_versions" and row["review_id"] in skipped:
        return {**row, **_CLEARED[table]}
    if table == "replies" and row["review_id"] in skipped and row["written_by"] == "elsewhere":
        return {**row, **_CLEARED[table]}
    return row
