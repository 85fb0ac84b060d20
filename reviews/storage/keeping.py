"""How long a group keeps its own copies: shorter than terms allow, if it wishes; longer is not possible.

It counts as terms do, from the last reading: what still stands at its source is read again and stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reviews.clock import from_text
from reviews.storage import retention
from reviews.storage.engine import GroupTransaction, Row, Transaction

MONTHS = (3, 6, 12, 24, 36, 60, 120)
"""What people may choose, beside for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """For how many months what reviews say, and notes, are kept; None: for ever."""

    review_months: int | None = None
    note_months: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Reviews with content of one origin, how many, and when the one that was unread for longest was read."""

    origin: str
    count: int
    oldest: datetime


def find_keeping(g: GroupTransaction) -> Keeping:
    """What the group wishes; for ever where it has said nothing."""
    row = g.row("find_keeping")
    return Keeping(**row) if row else Keeping()


def save_keeping(g: GroupTransaction, keeping: Keeping) -> None:
    """What the group wishes from now on."""
    g.run("save_keeping", review_months=keeping.review_months, note_months=keeping.note_months)


def days_of(months: int) -> int:
    """So many months in days, a year being 365."""
    return months * 365 // 12


def find_held(g: GroupTransaction) -> list[Held]:
    """What the group holds, by whose terms bind it."""
    return [
        Held(origin=row["origin"], count=int(row["n"]), oldest=from_text(row["oldest"]))
        for row in g.rows("count_by_origin")
    ]


def count_going(g: GroupTransaction, keeping: Keeping, now: datetime) -> tuple[int, int]:
    """How many reviews and notes would go now under these wishes."""
    row = g.row(
        "count_before",
        read_before=_before(keeping.review_months, now) or "",
        written_before=_before(keeping.note_months, now) or "",
    )
    return (int(row["reviews"]), int(row["notes"])) if row else (0, 0)


def find_groups(tx: Transaction) -> list[int]:
    """The ids of groups that keep their copies for some time only."""
    return [row["group_id"] for row in tx.rows("find_keepings")]


def find_wishes(tx: Transaction) -> list[Row]:
    """What all groups wish, as `wish_again` takes it."""
    return list(tx.rows("find_all_keepings")) if tx.session.has_table("keeping") else []


def wish_again(tx: Transaction, wishes: Sequence[Row]) -> None:
    """In restored data too: what groups have said of it since the backup was made is what holds."""
    ids = {row["public_id"]: row["id"] for row in tx.rows("find_groups")}
    for row in wishes:
        if row["group_public_id"] in ids:
            wish = Keeping(review_months=row["review_months"], note_months=row["note_months"])
            save_keeping(tx.group(ids[row["group_public_id"]]), wish)


def purge(g: GroupTransaction, now: datetime, *, ahead: timedelta = timedelta(0)) -> int:
    """Drop what the group no longer wishes to keep, as for terms; how many reviews lost their content.

    What would outlive its time by `ahead` goes now.
    """
    keeping, purged = find_keeping(g), 0
    if (before := _before(keeping.review_months, now + ahead)) is not None:
        purged = sum(retention.purge_content(g, held.origin, before, now) for held in find_held(g))
    if (before := _before(keeping.note_months, now)) is not None:
        g.run("delete_notes_before", before=before)
    return purged


def _before(months: int | None, now: datetime) -> datetime | None:
    return None if months is None else now - timedelta(days=days_of(months))
