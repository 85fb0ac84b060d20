"""What the review tables hold, as frozen values, and the way between rows and values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from reviews.clock import from_text, to_text
from reviews.model import Precision, Rating, Review, ReviewDate
from reviews.storage.values import find_time

PRESENT = ("visible", "changed", "returned")
"""Values of the axis `presence` that say: it stands at the source now."""

CONTENT_COLUMNS = (
    "author",
    "title",
    "text",
    "translation",
    "is_cut",
    "url",
    "rating_raw",
    "rating_value",
    "rating_best",
    "rating_worst",
    "date_raw",
    "date_earliest",
    "date_latest",
    "date_precision",
    "date_relative",
)
COPIED_COLUMNS = ("stars100", "recommends", "language", "has_text", "written_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownReview:
    """What identity matching needs of a review that has no id of its platform."""

    id: int
    identity_key: str
    identity_kind: str
    author: str | None
    date_earliest: datetime | None
    date_precision: str | None
    stars100: int | None
    text: str
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReview:
    """A review as it is held: ids, content, and its state on each axis.

    After a purge `content_purged_at` is set and the content is empty. `written_at` is for ordering only.
    """

    id: int
    public_id: str
    clinic_id: int
    source_id: int
    identity_key: str
    identity_kind: str
    origin: str
    content_hash: str
    reply_hash: str
    version: int
    position: int
    first_seen_at: datetime
    changed_at: datetime | None
    last_read_at: datetime
    created_run_id: int
    last_run_id: int
    stars100: int | None
    recommends: bool | None
    language: str | None
    has_text: bool
    written_at: datetime
    compound: float | None
    label: str | None
    scorer: str
    attention: tuple[str, ...]
    content_purged_at: datetime | None
    presence: str
    missed_runs: int
    missing_since: datetime | None
    work: str
    publication: str
    hide_reason: str | None
    assignee_id: int | None
    due_at: datetime | None
    work_at: datetime | None
    answered_at: datetime | None
    author: str | None
    title: str
    text: str
    translation: str | None
    is_cut: bool
    url: str | None
    rating: Rating | None
    date: ReviewDate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewVersion:
    """An earlier version of an edited review; after a purge its content is empty and `is_purged` says so.

    `read_at` is when it was read for the last time, `seen_until` when the next version was read.
    """

    version: int
    content_hash: str
    seen_from: datetime
    seen_until: datetime
    read_at: datetime | None
    run_id: int
    stars100: int | None
    language: str | None
    author: str | None
    title: str
    text: str
    rating: Rating | None
    date: ReviewDate | None
    is_purged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReply:
    """A reply, found at the source (`written_by` elsewhere) or written here; `text` is None after a purge.

    `is_ours`: found at the source, and it is one that was written here.
    """

    id: int
    public_id: str
    review_id: int
    written_by: str
    state: str
    text: str | None
    author: str | None
    hash: str
    version: int
    date: ReviewDate | None
    first_seen_at: datetime
    last_seen_at: datetime
    is_ours: bool = False


def content_of(review: Review) -> dict[str, Any]:
    """The columns of `review_contents` for a review."""
    rating = review.rating
    return {
        "author": review.author,
        "title": review.title,
        "text": review.text,
        "translation": review.translation,
        "is_cut": int(review.cut),
        "url": review.url,
        "rating_raw": rating.raw if rating else None,
        "rating_value": text_of(rating.value) if rating else None,
        "rating_best": text_of(rating.best) if rating else None,
        "rating_worst": text_of(rating.worst) if rating else None,
        **date_columns(review.date),
        "date_relative": int(review.date.relative) if review.date else 0,
    }


def copies_of(review: Review) -> dict[str, Any]:
    """The columns of `reviews` that are copies of content; `written_at` is None where the source gives no date."""
    rating = review.rating
    return {
        "stars100": rating.stars100 if rating else None,
        "recommends": None if rating is None or rating.recommends is None else int(rating.recommends),
        "language": review.language,
        "has_text": int(bool(review.text)),
        "written_at": to_text(review.date.latest) if review.date else None,
    }


def date_columns(date: ReviewDate | None) -> dict[str, Any]:
    """The four columns that hold a date with its precision."""
    return {
        "date_raw": date.raw if date else None,
        "date_earliest": to_text(date.earliest) if date else None,
        "date_latest": to_text(date.latest) if date else None,
        "date_precision": date.precision.value if date else None,
    }


def text_of(number: Decimal | None) -> str | None:
    """A decimal as it was given."""
    return None if number is None else str(number)


def find_decimal(text: str | None) -> Decimal | None:
    """The decimal in a column that may be NULL."""
    return None if text is None else Decimal(text)


def find_date(row: Mapping[str, Any]) -> ReviewDate | None:
    """The date in the columns of a row, if it has one."""
    if row["date_earliest"] is None:
        return None
    return ReviewDate(
        raw=row["date_raw"] or "",
        earliest=from_text(row["date_earliest"]),
        latest=from_text(row["date_latest"]),
        precision=Precision(row["date_precision"]),
        relative=bool(row.get("date_relative")),
    )


def find_rating(row: Mapping[str, Any]) -> Rating | None:
    """The rating in the columns of a row, if it has one."""
    if row["rating_raw"] is None:
        return None
    return Rating(
        raw=row["rating_raw"],
        value=find_decimal(row["rating_value"]),
        best=find_decimal(row["rating_best"]),
        worst=find_decimal(row["rating_worst"]),
        stars100=row["stars100"],
        recommends=None if row["recommends"] is None else bool(row["recommends"]),
    )


_TIMES = (
    "first_seen_at", "changed_at", "last_read_at", "written_at", "content_purged_at", "missing_since", "due_at",
    "work_at", "answered_at",
)  # fmt: skip
_DERIVED = {"rating_raw", "rating_value", "rating_best", "rating_worst", *date_columns(None), "date_relative"}


def to_stored_review(row: Mapping[str, Any]) -> StoredReview:
    """A review from a row of the query `find_reviews`."""
    plain = {name: value for name, value in row.items() if name not in _DERIVED}
    plain |= {name: find_time(row[name]) for name in _TIMES}
    plain["title"], plain["text"] = row["title"] or "", row["text"] or ""
    plain["has_text"], plain["is_cut"] = bool(row["has_text"]), bool(row["is_cut"])
    plain["attention"] = tuple(row["attention"].split())
    plain["recommends"] = None if row["recommends"] is None else bool(row["recommends"])
    return StoredReview(rating=find_rating(row), date=find_date(row), **plain)


def to_stored_reply(row: Mapping[str, Any]) -> StoredReply:
    """A reply from a row of the query `find_replies`."""
    return StoredReply(
        id=row["id"],
        public_id=row["public_id"],
        review_id=row["review_id"],
        written_by=row["written_by"],
        state=row["state"],
        text=row["text"],
        author=row["author"],
        hash=row["hash"],
        version=row["version"],
        date=find_date(row),
        first_seen_at=from_text(row["first_seen_at"]),
        last_seen_at=from_text(row["last_seen_at"]),
        is_ours=bool(row["is_ours"]),
    )
