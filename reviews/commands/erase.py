"""`reviews erase`: forget what somebody wrote, at their request."""

from collections.abc import Sequence

from reviews.collect import Context
from reviews.errors import ConfigError, NotFound
from reviews.storage import GroupTransaction, Transaction, audit, clinics, erasure, groups, reviews, sources
from reviews.storage.review_rows import StoredReview
from reviews.worker.upkeep import Upkeep


def describe(context: Context, public_ids: Sequence[str]) -> list[str]:
    """One line a review, without what it says; raises ConfigError for an id that nobody has."""
    with context.storage.read() as tx:
        lines = []
        for public_id in public_ids:
            g, found = _find(tx, public_id)
            clinic, source = clinics.get_clinic(g, found.clinic_id), sources.get_source(g, found.source_id)
            lines.append(f"{public_id}  {clinic.name}, {source.label}, first read {found.first_seen_at:%Y-%m-%d}")
    return lines


def erase(context: Context, public_ids: Sequence[str], reason: str) -> None:
    """Erase the reviews, all or none, and make anew what websites show of their clinics."""
    now = context.clock()
    with context.storage.write() as tx:
        for public_id in public_ids:
            g, found = _find(tx, public_id)
            erasure.erase(g, found.id, now)
            audit.add_entry(
                g, now=now, person_id=None, action="review.erased", object_kind="review", object_id=public_id,
                after={"reason": reason},
            )  # fmt: skip
    Upkeep(context).refresh_stale()


def _find(tx: Transaction, public_id: str) -> tuple[GroupTransaction, StoredReview]:
    for group in groups.find_groups(tx):
        g = tx.group(group.id)
        try:
            return g, reviews.get_review_by_public_id(g, public_id)
        except NotFound:
            continue
    raise ConfigError(f"no review {public_id!r}; its id is the last part of its page's address")
