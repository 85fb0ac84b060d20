"""Taking an import back, whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.clock import to_text
from reviews.errors import NotFound
from reviews.storage import runs, sources, summaries
from reviews.storage.engine import GroupTransaction, Row
from reviews.storage.review_rows import CONTENT_COLUMNS
from reviews.storage.theme_periods import count_again, drop_themes
from reviews.storage.values import from_json, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCounts:
    """What went and came back; `kept` reviews came with the run, but a later one has seen them too."""

    removed: int = 0
    restored: int = 0
    kept: int = 0
    totals: int = 0


def undo_run(g: GroupTransaction, run_id: int, now: datetime) -> UndoCounts:
    """Take a run back: its new reviews go, its edits are undone, its totals go, months are counted again.

    What a later run has confirmed stays as it is. Taking back twice changes nothing more. Raises NotFound.
    """
    run = g.row("find_run_to_undo", run_id=run_id)
    if run is None:
        raise NotFound(f"no run {run_id}")
    if run["undone_at"] is not None:
        return UndoCounts()
    where = {"run_id": run_id, "source_id": run["source_id"]}
    removed = g.run("delete_reviews_of_run", **where)
    kept = g.row("count_reviews_of_run", **where)
    restored = _restore_versions(g, where)
    finished_at = run["finished_at"] or to_text(now)
    _undo_replies(g, where, run["started_at"], finished_at)
    # A total may have been confirmed after this run; then it is no longer this run's word alone.
    totals = g.run("delete_totals_of_run", run_id=run_id, finished_at=finished_at)
    runs.mark_undone(g, run_id, now)
    sources.forget_validators(g, run["source_id"])  # its address may say what went: it is read whole again
    summaries.refresh_months(g, run["clinic_id"], run["source_id"])
    count_again(g, run["clinic_id"])  # what went may have been what its copies were counted as
    return UndoCounts(removed=removed, restored=restored, kept=int(kept["n"]) if kept else 0, totals=totals)


def _restore_versions(g: GroupTransaction, where: Mapping[str, Any]) -> int:
    oldest: dict[int, Row] = {}
    for row in g.rows("find_versions_to_restore", **where):
        if row["content"] is not None:  # else retention was faster, and there is nothing to go back to
            oldest.setdefault(row["review_id"], row)
    if not oldest:
        return 0
    reviews: dict[str, Any] = {}
    copies: dict[str, Any] = {}
    contents: dict[str, Any] = {}
    for review_id, row in oldest.items():
        content = from_json(row["content"])
        reviews[str(review_id)] = {
            "content_hash": row["content_hash"],
            "version": row["version"],
            "changed_at": row["seen_from"] if row["version"] > 1 else None,
            "last_read_at": content["last_read_at"],
        }
        copies[str(review_id)] = {"stars100": row["stars100"], **content}
        contents[str(review_id)] = {name: content[name] for name in CONTENT_COLUMNS}
    g.run("restore_reviews", items=to_json(reviews))
    g.run("copy_contents", items=to_json(copies))
    drop_themes(g, oldest)
    g.run("put_contents", items=to_json(contents))
    g.many("delete_versions_from", [{"review_id": id_, "version": oldest[id_]["version"]} for id_ in sorted(oldest)])
    return len(oldest)


def _undo_replies(g: GroupTransaction, where: Mapping[str, Any], started_at: str, finished_at: str) -> None:
    found = g.rows("find_replies_of_run", started_at=started_at, **where)
    if not found:
        return
    review_ids = sorted({row["review_id"] for row in found})
    g.run("delete_replies", reply_ids=[row["id"] for row in found])
    g.run("restore_replies", review_ids=review_ids)
    g.run("restore_reply_hashes", review_ids=review_ids)
    g.run("forget_answer_times", review_ids=review_ids, started_at=started_at, finished_at=finished_at)
