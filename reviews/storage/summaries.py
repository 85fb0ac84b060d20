"""Counts by month, and the figures of a clinic as they are shown.

Months count the reviews that stand at their source now. When content must go (retention), its counts move to a second
row of the month, marked with a star, and so outlive it; readers get both as one.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from reviews.clock import from_text, to_text
from reviews.errors import NotFound
from reviews.model import Precision, ReviewDate
from reviews.storage.engine import GroupTransaction
from reviews.storage.values import from_json, to_json

VAGUE = ""
"""The month of reviews whose date is missing or too vague for a month."""
_KEPT = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCounts:
    """What was written in one month (``2026-11``; "" = vague) at one source, as far as it stands there."""

    source_id: int
    month: str
    count: int = 0
    with_text: int = 0
    stars_1: int = 0
    stars_2: int = 0
    stars_3: int = 0
    stars_4: int = 0
    stars_5: int = 0
    stars100_sum: int = 0
    stars_count: int = 0
    recommended: int = 0
    not_recommended: int = 0
    positive: int = 0
    neutral: int = 0
    negative: int = 0
    answered: int = 0
    answer_known: int = 0
    answered_1d: int = 0
    answered_3d: int = 0
    answered_7d: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSummary:
    """The figures of a clinic, and since when they are these."""

    clinic_id: int
    body: dict[str, Any]
    made_at: datetime


_NUMBERS = tuple(each.name for each in fields(MonthCounts) if each.name not in ("source_id", "month"))
_BY_SENTIMENT = (
    "positive", "neutral", "negative", "answered", "answer_known", "answered_1d", "answered_3d", "answered_7d",
)  # fmt: skip
Months = dict[tuple[int, str], MonthCounts]


def month_of_date(date: ReviewDate | None) -> str:
    """The month (``2026-11``) in which a review counts; "" where its date is missing or too vague."""
    if date is None:
        return VAGUE
    earliest = to_text(date.earliest)
    return _month(earliest[:7], to_text(date.latest)[:7], earliest[11:13] >= "11", date.precision, date.relative)


def month_of_row(row: Mapping[str, Any]) -> str:
    """The same for a row with the columns of a date."""
    if row["date_earliest"] is None:
        return VAGUE
    starts_late = row["date_earliest"][11:13] >= "11"
    return _month(
        row["date_earliest"][:7], row["date_latest"][:7], starts_late, row["date_precision"], row["date_relative"]
    )


def _month(month_from: str, month_to: str, starts_late: bool, precision: str, is_relative: bool) -> str:
    if precision == Precision.YEAR:
        return VAGUE
    if is_relative:
        return month_from if month_from == month_to else VAGUE
    if precision == Precision.INSTANT:
        return month_from
    # A day or a month begins at local midnight. East of Greenwich that is the evening before, in UTC; then its end is
    # on the right side. Zones from UTC+13 to UTC−10 come out right.
    return month_to if starts_late else month_from


def refresh_months(
    g: GroupTransaction, clinic_id: int, source_id: int | None = None, months: Collection[str] | None = None
) -> int:
    """Count again by month: of a clinic, or one source of it, or only these months; how many rows have changed."""
    if months is not None and not months:
        return 0
    where = {"clinic_id": clinic_id} if source_id is None else {"clinic_id": clinic_id, "source_id": source_id}
    counted = _fold(g.rows("count_months", **where, **_window(months)), months)
    stored = {
        key: row
        for key, row in _stored(g.rows("find_months", **where)).items()
        if not row.month.endswith(_KEPT) and (months is None or row.month in months)
    }
    changed = [row for key, row in counted.items() if stored.get(key) != row]
    _put(g, changed)
    gone = stored.keys() - counted.keys()
    g.many("delete_month", [{"source_id": source, "month": month} for source, month in sorted(gone)])
    return len(changed) + len(gone)


def find_months(g: GroupTransaction, clinic_id: int) -> list[MonthCounts]:
    """The counts of a clinic by month and source, oldest first, the vague ones before all."""
    found: Months = {}
    for row in _stored(g.rows("find_months", clinic_id=clinic_id)).values():
        key = (row.source_id, row.month.rstrip(_KEPT))
        found[key] = _plus(found.get(key, MonthCounts(source_id=key[0], month=key[1])), row)
    return sorted((row for row in found.values() if row.count), key=lambda row: (row.month, row.source_id))


def keep_months(g: GroupTransaction, review_ids: Collection[int]) -> None:
    """Before the content of these reviews goes: put their counts aside, so that they stay."""
    _change_kept(g, review_ids, sign=1)


def give_back_kept(g: GroupTransaction, review_ids: Collection[int]) -> None:
    """After content that had gone has been read again: it counts by itself now, and not twice.

    How its text read was forgotten with it, so what was put aside of that is only held below what it can be.
    """
    _change_kept(g, review_ids, sign=-1)


def save_summary(g: GroupTransaction, clinic_id: int, body: Mapping[str, Any], now: datetime) -> bool:
    """Store the figures of a clinic; False, and the row untouched, if they say what they said before.

    Raises NotFound.
    """
    if g.run("put_summary", clinic_id=clinic_id, body=to_json(dict(body)), now=now):
        return True
    if find_summary(g, clinic_id) is None:
        raise NotFound(f"no clinic {clinic_id}")
    return False


def find_summary(g: GroupTransaction, clinic_id: int) -> StoredSummary | None:
    """The figures of a clinic, or None."""
    row = g.row("find_summary", clinic_id=clinic_id)
    if row is None:
        return None
    return StoredSummary(clinic_id=row["clinic_id"], body=from_json(row["body"]), made_at=from_text(row["made_at"]))


def _window(months: Collection[str] | None) -> dict[str, str]:
    """Bounds of `written_at` that hold all of these months, with two days for zones; none where one is vague."""
    if months is None or VAGUE in months:
        return {}
    if not months:
        return {"low": "", "high": ""}
    low, high = month_bounds(min(months), max(months))
    return {"low": low, "high": high}


def month_bounds(first: str, last: str) -> tuple[str, str]:
    """Bounds of `written_at` within which everything of these months lies, as text."""
    year, month = int(first[:4]), int(first[5:])
    before = f"{year:04}-{month - 1:02}" if month > 1 else f"{year - 1:04}-12"
    year, month = int(last[:4]), int(last[5:])
    after = f"{year:04}-{month + 1:02}" if month < 12 else f"{year + 1:04}-01"
    return f"{before}-26", f"{after}-03"


def _change_kept(g: GroupTransaction, review_ids: Collection[int], sign: int) -> None:
    ids = sorted(review_ids)
    if not ids:
        return
    moved = _fold(g.rows("count_months", review_ids=ids), None)
    for source_id in sorted({source for source, _ in moved}):
        stored = _stored(g.rows("find_months", source_id=source_id))
        rows = []
        for (source, month), counts in moved.items():
            if source == source_id:
                key = (source, month + _KEPT)
                rows.append(_plus(stored.get(key, MonthCounts(source_id=source, month=key[1])), counts, sign))
        _put(g, [row if sign > 0 else _bounded(row) for row in rows])


def _bounded(row: MonthCounts) -> MonthCounts:
    row = replace(row, **{name: max(0, getattr(row, name)) for name in _NUMBERS})
    return replace(row, **{name: min(getattr(row, name), row.count) for name in _BY_SENTIMENT})


def _plus(one: MonthCounts, other: MonthCounts, sign: int = 1) -> MonthCounts:
    return replace(one, **{name: getattr(one, name) + sign * getattr(other, name) for name in _NUMBERS})


def _fold(rows: Iterable[Mapping[str, Any]], months: Collection[str] | None) -> Months:
    found: Months = {}
    for row in rows:
        month = VAGUE
        if row["month_from"] is not None:
            month = _month(
                row["month_from"],
                row["month_to"],
                bool(row["starts_late"]),
                row["date_precision"],
                bool(row["date_relative"]),
            )
        if months is not None and month not in months:
            continue
        key = (row["source_id"], month)
        counts = MonthCounts(source_id=key[0], month=month, **{name: row[name] for name in _NUMBERS})
        found[key] = _plus(found[key], counts) if key in found else counts
    return found


def _stored(rows: Iterable[Mapping[str, Any]]) -> Months:
    return {(row["source_id"], row["month"]): MonthCounts(**row) for row in rows}


def _put(g: GroupTransaction, rows: Collection[MonthCounts]) -> None:
    if rows:
        g.run("put_months", items=to_json({f"{row.source_id} {row.month}": asdict(row) for row in rows}))
