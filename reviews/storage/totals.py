"""What the platforms themselves say, verbatim, as a time series."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.clock import from_text
from reviews.errors import NotFound
from reviews.model import ReportedTotal
from reviews.storage.engine import GroupTransaction
from reviews.storage.review_rows import find_decimal, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalPeriod:
    """What a source said, unchanged, from `read_from` to `read_until`, first in the run `run_id`."""

    source_id: int
    run_id: int
    total: ReportedTotal
    read_from: datetime
    read_until: datetime


def save_total(g: GroupTransaction, *, source_id: int, run_id: int, total: ReportedTotal, now: datetime) -> bool:
    """Store what a source says now; True if it is something new, False if only the time of reading moves.

    Raises NotFound if source and run do not belong together in this group.
    """
    said = {
        "average": text_of(total.average),
        "best": text_of(total.best),
        "worst": text_of(total.worst),
        "stars100": total.stars100,
        "rating_count": total.rating_count,
        "review_count": total.review_count,
        "recommend_percent": total.recommend_percent,
        "raw": total.raw,
    }
    if g.run("extend_total", source_id=source_id, now=now, **said):
        return False
    if not g.run("add_total", source_id=source_id, run_id=run_id, now=now, url=total.url, **said):
        raise NotFound(f"source {source_id} and run {run_id} do not belong together")
    return True


def confirm_total(g: GroupTransaction, source_id: int, now: datetime) -> None:
    """A source says that nothing has changed: what it said last, it says still."""
    g.run("extend_total", source_id=source_id, now=now)


def latest_totals(g: GroupTransaction, clinic_id: int) -> dict[int, ReportedTotal]:
    """What each source of a clinic said last, by source id; `read_at` is when it was last read."""
    return {row["source_id"]: _to_total(row) for row in g.rows("find_latest_totals", clinic_id=clinic_id)}


def find_totals(g: GroupTransaction, source_id: int) -> list[TotalPeriod]:
    """What a source has said over time, oldest first."""
    return [
        TotalPeriod(
            source_id=row["source_id"],
            run_id=row["run_id"],
            total=_to_total(row),
            read_from=from_text(row["read_from"]),
            read_until=from_text(row["read_until"]),
        )
        for row in g.rows("find_totals", source_id=source_id)
    ]


def _to_total(row: Mapping[str, Any]) -> ReportedTotal:
    return ReportedTotal(
        average=find_decimal(row["average"]),
        best=find_decimal(row["best"]),
        worst=find_decimal(row["worst"]),
        stars100=row["stars100"],
        rating_count=row["rating_count"],
        review_count=row["review_count"],
        raw=row["raw"],
        url=row["url"],
        recommend_percent=row["recommend_percent"],
        read_at=from_text(row["read_until"]),
    )
