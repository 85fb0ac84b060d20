"""One page of a run: normalized, judged, and saved in one short transaction with the cursor."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from reviews import __version__, drift, errors, normalize
from reviews.clock import to_text
from reviews.collect import observing
from reviews.collect.context import Context
from reviews.collect.scoring import score_few, score_new
from reviews.collect.values import NOT_STATED, Progress, add, newest
from reviews.failpoint import hit
from reviews.model import (
    Claim,
    Clinic,
    Counts,
    Page,
    ParsedPage,
    RawReview,
    RawTotal,
    Reject,
    ReportedTotal,
    Review,
    Source,
)
from reviews.normalize import identity
from reviews.sources.registry import get_connector
from reviews.storage import GroupTransaction, clinics, pairs, runs, sources, totals
from reviews.storage import reviews as stored

PAGE_POSITIONS = 1_000
"""Room for a page's reviews in the order of a source."""
MAX_COMPARED = 20_000
"""Beyond so many reviews without an id of the platform, each is known by its key alone: comparing costs too much."""
NEVER = datetime.min.replace(tzinfo=UTC)
SHOWN_REJECTS = 200
KEPT_REJECTS = 10_000
"""So many records that could not be read are listed; all are counted."""


def take_page(context: Context, claim: Claim, clinic: Clinic, run_id: int, page: Page, progress: Progress) -> None:
    """Normalize one page, judge it, and save it with the cursor in one transaction; raises SourceChanged in doubt."""
    if page.unchanged:
        progress.unchanged = progress.reached_end = True
        return
    if get_connector(claim.source.kind).traits.live_only:
        progress.reached_end, progress.is_live_only = page.is_last, True
        return
    now = context.clock()
    wire = normalize.Context.of(
        claim.source,
        clinic,
        read_at=now,
        page_language=page.parsed.language,
        dates=[review.date for review in page.parsed.reviews],
    )
    said = digest_of(page, wire, clinic) if page.number == 1 and page.is_last and not progress.is_apart else ""
    if said and claim.source.validators.get("said") == said and not looks_for_absences(claim.source):
        progress.unchanged = progress.reached_end = True
        return
    accepted, rejects, kept = normalize_page(page, wire)
    # Whatever way it came: what its terms let nobody store is not stored.
    days = {review.origin: context.book.terms(review.origin).retention_days for review in accepted}
    accepted = [review for review in accepted if days[review.origin] != 0]
    progress.is_bound = progress.is_bound or any(days.values())
    judged = replace(page.parsed, reviews=kept, rejects=(*page.parsed.rejects, *rejects))
    progress.rejects += judged.rejects[: max(0, SHOWN_REJECTS - len(progress.rejects))]
    expected = {} if claim.source.expectations.get("accepted") else claim.source.expectations
    is_compared = page.number == 1 and not page.parsed.totals_only and not page.windowed
    doubt = drift.doubt_page(judged, expected, is_first=is_compared)
    if doubt is not None:
        progress.counts = replace(progress.counts, rejected=progress.counts.rejected + len(judged.rejects))
        raise errors.SourceChanged(f"page {page.number} of {page.url} is doubted", doubt.hint, doubt.values)
    matched = identity.match_known(progress.known, accepted)
    # The first page that states a total speaks for the run: later pages repeat it, or are older copies.
    page_total = progress.total or choose_total(page.parsed.totals, wire, clinic.language)
    cursor = {
        **claim.source.cursor,
        "v": 1,
        "position": dict(page.position) or None,
        "pending_mark": newest(progress.newest_key, page.newest_key, claim.source.cursor.get("pending_mark")),
    }
    is_known = is_mostly_known(claim, page, progress)
    scored = {} if is_known else score_new(context, claim.source, matched)
    hit("collect.before_page")
    with context.storage.write() as tx:
        g = tx.group(claim.source.group_id)
        if progress.is_apart:
            sources.extend_lease(g, claim, now=now, lease_seconds=context.settings.lease_seconds)
            # What is stored now is not what they stand for, also if nobody closes this run.
            sources.forget_validators(g, claim.source.id)
        else:
            until = now + timedelta(seconds=context.settings.lease_seconds)
            sources.save_cursor(g, claim, cursor, lease_until=until)
        saved = stored.save_reviews(
            g,
            clinic_id=clinic.id,
            source_id=claim.source.id,
            run_id=run_id,
            reviews=matched,
            now=now,
            scored=scored,
            read_new=partial(score_few, context, g) if is_known else None,
        )
        if saved.has_own_replies and get_connector(claim.source.kind).traits.reply_read:
            observing.observe_page(g, claim.source.id, matched, now)
        is_new_total = (
            page_total is not None
            and progress.total is None
            and totals.save_total(
                g, source_id=claim.source.id, run_id=run_id, total=page_total, now=page.total_read_at or now
            )
        )
        page_counts = Counts(
            pages=1,
            seen=saved.new + saved.changed + saved.unchanged,
            new=saved.new,
            changed=saved.changed,
            unchanged=saved.unchanged,
            rejected=len(judged.rejects),
            returned=saved.returned,
        )
        runs.add_counts(g, run_id, page_counts, judged.rejects)
        if progress.is_apart:
            save_import(g, run_id, page, progress, judged.rejects, now)
        is_marked = bool(saved.new or saved.changed or saved.returned or is_new_total)
        if is_marked:
            clinics.mark_stale(g, clinic.id, now)
        may_stand_twice = None
        if page.is_last and (saved.new or saved.changed):
            may_stand_twice = pairs.may_stand_twice(g, clinic.id)
        hit("collect.in_page")
    hit("collect.after_page")
    progress.months |= set(saved.months)
    progress.unscored = saved.unscored
    progress.may_stand_twice = may_stand_twice
    progress.is_marked = is_marked
    if said:
        total = {} if page_total else {"total": NOT_STATED}
        page = replace(page, validators={**page.validators, "said": said, "stored_at": to_text(now), **total})
    note(progress, page, judged, page_counts, page_total, matched)


def digest_of(page: Page, wire: normalize.Context, clinic: Clinic) -> str:
    """What tells that the only page of a reading says what it said: all that was parsed, and what it is read by.

    The version is part of it, so that what a new one reads better is read again; the moment of reading is not.
    """
    ours = (__version__, replace(wire, read_at=NEVER), clinic.language)
    known = (*ours, page.parsed, page.capped, page.newest_key, page.total_read_at)
    return hashlib.sha256(repr(known).encode("utf-8", "surrogatepass")).hexdigest()


def looks_for_absences(source: Source) -> bool:
    """Whether what stands in a list counts although the list is the same: this run may be the first that saw it all."""
    is_full = bool(source.cursor.get("full")) and get_connector(source.kind).traits.ordered_by != "none"
    return is_full or bool(source.cursor.get("position"))


def is_mostly_known(claim: Claim, page: Page, progress: Progress) -> bool:
    """Whether a page is likely to say what it said: then nobody asks beforehand what of it is new."""
    was_read = claim.source.last_success_at is not None and not claim.source.cursor.get("position")
    return was_read and page.number == 1 and not page.windowed and not progress.is_apart


def save_import(
    g: GroupTransaction, run_id: int, page: Page, progress: Progress, rejects: Sequence[Reject], now: datetime
) -> None:
    """Note how far an import is and where it would go on, and keep what could not be read."""
    runs.save_progress(
        g,
        run_id,
        records_done=page.records_done,
        records_total=page.records_total,
        position=page.position or {"done": True},
    )
    runs.add_rejects(g, run_id, rejects[: max(0, KEPT_REJECTS - progress.counts.rejected)], now)


def normalize_page(page: Page, wire: normalize.Context) -> tuple[list[Review], list[Reject], tuple[RawReview, ...]]:
    """(reviews, rejects, the raw reviews that were accepted) of one page."""
    accepted: list[Review] = []
    rejects: list[Reject] = []
    kept: list[RawReview] = []
    for position, raw in enumerate(page.parsed.reviews):
        result = normalize.normalize_review(raw, wire, position=(page.number - 1) * PAGE_POSITIONS + position)
        if isinstance(result, Reject):
            rejects.append(result)
        else:
            accepted.append(result)
            kept.append(raw)
    return accepted, rejects, tuple(kept)


def choose_total(found: Sequence[RawTotal], wire: normalize.Context, language: str) -> ReportedTotal | None:
    """The page's own total: the first that states an average, else the first that states a count."""
    for wanted in ("average", "rating_count", "review_count"):
        for raw in found:
            if getattr(raw, wanted):
                return normalize.normalize_total(raw, wire.page_language or language, assume_best=wire.assume_best)
    return None


def note(
    progress: Progress,
    page: Page,
    judged: ParsedPage,
    counts: Counts,
    total: ReportedTotal | None,
    matched: Sequence[Review],
) -> None:
    """Add a saved page to what the run has read."""
    progress.counts = add(progress.counts, counts)
    progress.total = progress.total or total
    progress.reached_end = page.is_last
    progress.capped = progress.capped or page.capped
    if page.newest_key and (progress.newest_key is None or page.newest_key > progress.newest_key):
        progress.newest_key = page.newest_key
    progress.totals_only = progress.totals_only or page.parsed.totals_only
    progress.is_windowed = progress.is_windowed or page.windowed
    if page.number == 1:
        is_whole = not page.parsed.totals_only and not page.windowed
        progress.first_page = drift.population(judged) if is_whole else None
        # Only a source of one page can be asked "changed since?" as a whole.
        progress.validators = dict(page.validators) if page.is_last else {}
    else:
        progress.validators = {}
    if not progress.is_keyed_only:
        progress.known += identity.as_known(matched)
        if len(progress.known) > MAX_COMPARED:
            progress.known, progress.is_keyed_only = [], True
