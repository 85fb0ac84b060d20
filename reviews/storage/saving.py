"""Saving what a run has read: tells new, changed, unchanged and returned apart, and keeps what was there before."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reviews.clock import to_text
from reviews.errors import NotFound
from reviews.model import Review
from reviews.rules.replies import text_key
from reviews.storage import erasure, pairs, summaries
from reviews.storage.engine import GroupTransaction
from reviews.storage.review_rows import CONTENT_COLUMNS, content_of, copies_of, date_columns
from reviews.storage.scores import Reading, add_themes, score_columns
from reviews.storage.theme_periods import drop_themes
from reviews.storage.values import new_public_id, to_json
from reviews.storage.work import hours_between, is_day

ReadNew = Callable[[Sequence[Review]], Mapping[str, Reading]]
"""How reviews read, by their identity; who is not in it is scored later."""

BATCH = 500
_KEPT_BESIDE = ("recommends", "language", "has_text", "written_at", "last_read_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCounts:
    """What saving did. Each review counts once a run: new, changed or unchanged; `returned` are among these.

    `repeated` were already read by the same run. `months` are those whose monthly counts are no longer right.
    `unscored` have a content that no scorer has read. `has_own_replies`: some were answered here.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    returned: int = 0
    repeated: int = 0
    new_ids: tuple[int, ...] = ()
    changed_ids: tuple[int, ...] = ()
    months: frozenset[str] = frozenset()
    unscored: int = 0
    has_own_replies: bool = False


@dataclass(slots=True)
class _Batch:
    """The reviews of one batch, sorted by what must happen; keys of dicts are ids of reviews."""

    new: dict[str, Review] = field(default_factory=dict)
    changed: dict[int, Review] = field(default_factory=dict)
    refilled: dict[int, Review] = field(default_factory=dict)
    given_back: list[int] = field(default_factory=list)
    seen: dict[int, Review] = field(default_factory=dict)
    erased: dict[int, dict[str, Any]] = field(default_factory=dict)
    new_replies: dict[int, Review] = field(default_factory=dict)
    same_replies: dict[int, Review] = field(default_factory=dict)
    returned: int = 0
    unchanged: int = 0
    repeated: int = 0
    months: set[str] = field(default_factory=set)


def save_reviews(
    g: GroupTransaction,
    *,
    clinic_id: int,
    source_id: int,
    run_id: int,
    reviews: Sequence[Review],
    now: datetime,
    scored: Mapping[str, Reading] | None = None,
    read_new: ReadNew | None = None,
) -> SavedCounts:
    """Store what a run has read of a source; says what was new, changed, unchanged, returned.

    A changed content makes a new version and keeps the old one; a changed reply makes a new version of the reply. What
    is volatile is forgotten. `scored` says by identity how new ones read: stored with them it costs next to nothing;
    `read_new` is asked about new ones instead, where that is known only now.
    Whoever calls holds the lease of the source, so that nobody else saves to it meanwhile.
    Raises NotFound if clinic, source and run do not belong together in this group.
    """
    total = SavedCounts()
    for batch in _batches(reviews):
        total = _add(total, _save_batch(g, clinic_id, source_id, run_id, batch, now, scored or {}, read_new))
    return total


def _batches(reviews: Sequence[Review]) -> Iterator[dict[str, Review]]:
    """Batches of at most BATCH reviews in which no identity stands twice."""
    batch: dict[str, Review] = {}
    for review in reviews:
        if len(batch) == BATCH or review.identity_key in batch:
            yield batch
            batch = {}
        batch[review.identity_key] = review
    if batch:
        yield batch


def _save_batch(
    g: GroupTransaction,
    clinic_id: int,
    source_id: int,
    run_id: int,
    reviews: dict[str, Review],
    now: datetime,
    scored: Mapping[str, Reading],
    read_new: ReadNew | None,
) -> SavedCounts:
    keys = to_json(dict.fromkeys(reviews, 1))
    held = {row["identity_key"]: row for row in g.rows("find_saved_reviews", source_id=source_id, items=keys)}
    suppressed = erasure.find_suppressed(g, source_id) if reviews.keys() - held.keys() else frozenset()
    batch = _sort(reviews, held, run_id, suppressed)
    if batch.new and read_new is not None:
        scored = read_new(list(batch.new.values()))
    if batch.changed:
        _keep_versions(g, batch, run_id, now)
        g.run("begin_versions", items=_items(batch.changed, lambda r: {"content_hash": r.content_hash}), now=now)
    new_ids = _add_reviews(g, clinic_id, source_id, run_id, batch, now, scored) if batch.new else {}
    if rewritten := {**batch.changed, **batch.refilled}:
        g.run("copy_contents", items=_items(rewritten, copies_of))
        drop_themes(g, rewritten)
    if written := {**{id_: batch.new[key] for key, id_ in new_ids.items()}, **rewritten}:
        g.run("put_contents", items=_items(written, content_of))
    add_themes(g, {id_: scored[key].themes for key, id_ in new_ids.items() if key in scored})
    if batch.given_back:
        summaries.give_back_kept(g, pairs.take_over(g, clinic_id, batch.given_back))
    if batch.seen or batch.erased:
        seen = {
            str(id_): {**_hashes(review), "origin": review.origin, "shared_key": review.shared_key}
            for id_, review in batch.seen.items()
        }
        seen |= {str(id_): kept for id_, kept in batch.erased.items()}
        g.run("mark_seen", items=to_json(seen), run_id=run_id, now=now)
    _save_replies(g, batch, new_ids, now)
    return SavedCounts(
        new=len(new_ids),
        changed=len(batch.changed),
        unchanged=batch.unchanged,
        returned=batch.returned,
        repeated=batch.repeated,
        new_ids=tuple(new_ids[key] for key in batch.new),
        changed_ids=tuple(batch.changed),
        months=frozenset(batch.months),
        unscored=len(rewritten) + sum(key not in scored for key in new_ids),
        has_own_replies=any(row["own_replies"] for row in held.values()),
    )


def _sort(
    reviews: Mapping[str, Review], held: Mapping[str, Mapping[str, Any]], run_id: int, suppressed: Collection[str]
) -> _Batch:
    batch = _Batch()
    for key, review in reviews.items():
        old = held.get(key)
        if old is None:
            if suppressed and erasure.identity_hash(key) in suppressed:
                batch.unchanged += 1  # its author asked to be forgotten
                continue
            batch.new[key] = review
            batch.months.add(summaries.month_of_date(review.date))
            continue
        id_ = old["id"]
        is_purged = old["content_purged_at"] is not None
        is_back = old["presence"] in ("missing", "withdrawn")
        if is_purged and old["publication"] == "hidden" and old["hide_reason"] == "author_asked":
            # Erased at the author's wish: it is seen, and not brought back.
            batch.erased[id_] = {"reply_hash": old["reply_hash"], "volatile_hash": review.volatile_hash}
            batch.unchanged += old["last_run_id"] != run_id
            batch.repeated += old["last_run_id"] == run_id
            continue
        batch.seen[id_] = review
        if old["content_hash"] != review.content_hash:
            batch.changed[id_] = review
        elif old["last_run_id"] == run_id:
            batch.repeated += 1
        else:
            batch.unchanged += 1
        if is_purged:
            batch.refilled[id_] = review
            if not is_back:  # a missing one was not counted when its content went
                batch.given_back.append(id_)
        new_reply = old["reply_hash"] != review.reply_hash
        if new_reply:
            batch.new_replies[id_] = review
        elif review.reply:
            batch.same_replies[id_] = review
        batch.returned += is_back
        if id_ in batch.changed or is_purged or is_back or new_reply:
            batch.months.add(summaries.month_of_date(review.date))
    return batch


def _keep_versions(g: GroupTransaction, batch: _Batch, run_id: int, now: datetime) -> None:
    versions = []
    for row in g.rows("find_contents_to_keep", review_ids=list(batch.changed)):
        content = None
        if row["review_id"] is not None:
            content = to_json({name: row[name] for name in (*CONTENT_COLUMNS, *_KEPT_BESIDE)})
            batch.months.add(summaries.month_of_row(row))
        versions.append(
            {
                "review_id": row["id"],
                "version": row["version"],
                "content_hash": row["content_hash"],
                "content": content,
                "stars100": row["stars100"],
                "seen_from": row["seen_from"],
                "seen_until": now,
                "run_id": run_id,
            }
        )
    g.many("add_version", versions)


def _add_reviews(
    g: GroupTransaction,
    clinic_id: int,
    source_id: int,
    run_id: int,
    batch: _Batch,
    now: datetime,
    scored: Mapping[str, Reading],
) -> dict[str, int]:
    items = {
        key: {
            "public_id": new_public_id(),
            "identity_kind": review.identity_kind,
            "origin": review.origin,
            "content_hash": review.content_hash,
            "position": review.position,
            "shared_key": review.shared_key,
            **_hashes(review),
            **copies_of(review),
            **({"is_answered": 1, **_answer(review, None)} if _stands(review) else {}),
            **(score_columns(scored[key]) if key in scored else {}),
        }
        for key, review in batch.new.items()
    }
    added = g.rows(
        "add_reviews", items=to_json(items), clinic_id=clinic_id, source_id=source_id, run_id=run_id, now=now
    )
    if len(added) != len(items):
        raise NotFound(f"clinic {clinic_id}, source {source_id} and run {run_id} do not belong together")
    return {row["identity_key"]: row["id"] for row in added}


def _save_replies(g: GroupTransaction, batch: _Batch, new_ids: Mapping[str, int], now: datetime) -> None:
    if batch.new_replies:
        g.run("end_replies", items=_items(batch.new_replies, _reply))
        gone = {id_: review for id_, review in batch.new_replies.items() if review.reply is None}
        if gone:
            g.run("find_unanswered_again", items=_items(gone, lambda r: {}), now=now)
    found = {id_: batch.new[key] for key, id_ in new_ids.items()} | batch.new_replies
    if found := {id_: review for id_, review in found.items() if review.reply}:
        g.run("add_replies", items=_items(found, lambda r: {**_reply(r), "public_id": new_public_id()}), now=now)
        answered = {id_: _answer(r, now) for id_, r in batch.new_replies.items() if _stands(r)}
        if answered:
            g.run("find_answered", items=to_json({str(id_): each for id_, each in answered.items()}), now=now)
    if batch.same_replies:
        g.run("touch_replies", items=_items(batch.same_replies, _reply), now=now)


def _hashes(review: Review) -> dict[str, Any]:
    return {"reply_hash": review.reply_hash, "volatile_hash": review.volatile_hash}


def _reply(review: Review) -> dict[str, Any]:
    reply = review.reply
    return {
        "text": reply.text if reply else None,
        "author": reply.author if reply else None,
        "hash": review.reply_hash,
        "text_key": text_key(reply.text) if reply else "",
        "reason": reply.reason if reply else "",
        "state": _REPLY_STATES.get(reply.state, "pending") if reply else None,
        **date_columns(reply.date if reply else None),
    }


def _stands(review: Review) -> bool:
    """Whether a reply is there for all to see."""
    return review.reply is not None and _REPLY_STATES.get(review.reply.state, "pending") == "confirmed"


def _answer(review: Review, found_at: datetime | None) -> dict[str, Any]:
    """When a review was answered, and after how many hours, as far as both days are known.

    A reply without a date was written before `found_at`, the run that saw it first beside a review that it knew.
    """
    date = review.reply.date if review.reply else None
    answered_at = date.latest if date is not None and is_day(date) else found_at
    return {
        "answered_at": to_text(answered_at) if answered_at else None,
        "answer_hours": hours_between(review.date, answered_at) if answered_at else None,
    }


_REPLY_STATES = {"published": "confirmed", "rejected": "rejected"}


def _items(reviews: Mapping[int, Review], columns: Callable[[Review], dict[str, Any]]) -> str:
    return to_json({str(id_): columns(review) for id_, review in reviews.items()})


def _add(one: SavedCounts, other: SavedCounts) -> SavedCounts:
    return SavedCounts(
        new=one.new + other.new,
        changed=one.changed + other.changed,
        unchanged=one.unchanged + other.unchanged,
        returned=one.returned + other.returned,
        repeated=one.repeated + other.repeated,
        new_ids=one.new_ids + other.new_ids,
        changed_ids=one.changed_ids + other.changed_ids,
        months=one.months | other.months,
        unscored=one.unscored + other.unscored,
        has_own_replies=one.has_own_replies or other.has_own_replies,
    )
