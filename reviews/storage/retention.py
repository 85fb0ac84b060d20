"""Dropping content whose time has come, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from reviews.clock import to_text
from reviews.storage import clinics, pairs, sources, summaries
from reviews.storage.engine import GroupTransaction, Transaction
from reviews.storage.theme_periods import drop_themes
from reviews.storage.values import from_json

_AT_ONCE = 500


def purge_content(
    handle: GroupTransaction | Transaction,
    origin: str,
    read_before: datetime,
    now: datetime,
    *,
    source_id: int | None = None,
) -> int:
    """Drop what reviews of an origin say that were last read before `read_before`; how many reviews.

    Their content, its copies, earlier versions, and replies found with them go; so do earlier versions and replies that
    were last read before then, of reviews that stay. Ids, hashes, times and counts by month stay. With a transaction of
    no group it is done for all groups; with a `source_id` for that source alone. The clinics are marked stale: what is
    shown of them is to be made again.
    """
    which = {"origin": origin, "read_before": read_before, **({} if source_id is None else {"source_id": source_id})}
    if isinstance(handle, GroupTransaction):
        return _purge(handle, which, read_before, now)
    groups = handle.rows("find_groups_of_origin", origin=origin)
    return sum(_purge(handle.group(row["group_id"]), which, read_before, now) for row in groups)


def _purge(g: GroupTransaction, which: Mapping[str, Any], read_before: datetime, now: datetime) -> int:
    found = g.rows("find_reviews_to_purge", **which)
    leaving = [row["id"] for row in found]
    for source_id in sorted({row["source_id"] for row in found}):
        sources.forget_validators(g, source_id)  # what stands there is filled again, also where it is as it was
    for clinic_id in sorted({row["clinic_id"] for row in found}):
        pairs.settle(g, clinic_id, leaving=leaving)  # of a review in several places one that stays counts on
    for ids in _parts(leaving):
        summaries.keep_months(g, ids)
        g.run("clear_copies", review_ids=ids, now=now)
        drop_themes(g, ids)
        g.run("delete_contents", review_ids=ids)
        g.run("clear_versions_of", review_ids=ids)
        g.run("clear_replies_of", review_ids=ids)
    for clinic_id, source_id in sorted({(row["clinic_id"], row["source_id"]) for row in found}):
        summaries.refresh_months(g, clinic_id, source_id)
        clinics.mark_stale(g, clinic_id, now)
    # When the next version was read is no measure of how old this one is; when it was last read itself, is.
    limit = to_text(read_before)
    old = g.rows("find_versions_to_purge", **which)
    for ids in _parts([row["id"] for row in old if from_json(row["content"])["last_read_at"] < limit]):
        g.run("clear_versions", version_ids=ids)
    g.run("clear_old_replies", **which)
    return len(found)


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
