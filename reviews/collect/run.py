"""One collection of one source, readable top to bottom.

claim → open the run → for each page: normalize, judge, save in one short transaction with the cursor → score → close
the run (absences, figures, outbox, next due time) → refresh what websites show. Network work never happens inside a
transaction, and every write proves that this worker still holds the source.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from reviews import errors, publish
from reviews.clock import from_text
from reviews.collect.closing import close, tell_news
from reviews.collect.context import Context
from reviews.collect.doors import open_doors
from reviews.collect.pages import MAX_COMPARED, take_page
from reviews.collect.pairing import pair_reviews
from reviews.collect.scoring import score_source
from reviews.collect.values import Batch, Ending, Progress, RunReport, ending_of, ending_of_error, must_start_over
from reviews.failpoint import hit
from reviews.logs import get_logger
from reviews.model import Claim, Outcome, Page, Source
from reviews.sources.registry import get_connector
from reviews.storage import GroupTransaction, clinics, pairs, runs
from reviews.storage import reviews as stored

log = get_logger("collect")

LONGEST_UNSTORED = timedelta(days=30)
"""After so long what is as it was is stored again: what stands at its source must not count as old."""


def run_claim(
    context: Context,
    claim: Claim,
    *,
    trigger: str,
    person_id: int | None = None,
    batch: Batch | None = None,
    pages: Iterable[Page] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    shows: bool = True,
) -> RunReport:
    """Collect the claimed source once and release it; `pages` takes the place of fetching (an imported `batch`).

    Without `shows` the worker's upkeep makes figures and snapshots later.

    Raises LeaseLost, having written nothing more, when another worker took the source over. All other failures end in
    the report.
    """
    run, opening, progress = begin(context, claim, trigger, person_id, batch)
    progress.is_apart = pages is not None
    clinic = opening.clinic
    hit("collect.after_open")
    try:
        claim = replace(claim, source=with_full_scan(claim.source, context.clock()))
        if must_read_whole(claim.source, progress, context.clock()):
            claim = replace(claim, source=replace(claim.source, validators={}))
        for page in pages if pages is not None else fetch(context, claim.source):
            take_page(context, claim, clinic, run.id, page, progress)
            if progress.unscored:
                score_source(context, claim)
                progress.unscored = 0
            if should_stop() and not page.is_last:
                progress.stopped = True
                break
        ending = ending_of(progress, claim.source)
    except errors.LeaseLost:
        raise
    except errors.ReviewsError as error:
        ending = ending_of_error(error, progress, claim.source)
    except Exception as error:  # the run boundary: a fault of ours ends this run, never the worker
        log.exception("run_failed", source=claim.source.public_id, run=run.public_id)
        ending = Ending(
            outcome=Outcome.FAILED,
            hint=errors.ReviewsError.hint_default,
            # The type alone: an error's own words may quote a review.
            message=type(error).__name__,
            starts_over=must_start_over(Outcome.FAILED, progress, claim.source),
        )
    has_news = bool(progress.counts.new or progress.counts.changed)
    if has_news and progress.may_stand_twice is not False:
        pair_before_telling(context, claim)
    report, is_stale = close(context, claim, clinic, run, progress, ending)
    if not (shows and is_stale):
        return report
    try:
        if has_news and progress.may_stand_twice is False:
            show(context, claim.source.group_id, clinic.id)
        else:
            refresh(context, claim.source.group_id, clinic.id)
    except Exception:  # the run has ended well: what it could not show is shown by the worker's upkeep
        log.exception("refresh_failed", clinic=clinic.public_id)
    return report


def pair_before_telling(context: Context, claim: Claim) -> None:
    """Find what this run has brought a second time, so that its news, written when it closes, tell nobody twice."""
    try:
        with context.storage.read() as tx:
            may_stand_twice = pairs.may_stand_twice(tx.group(claim.source.group_id), claim.source.clinic_id)
        if may_stand_twice:
            pair_reviews(context, claim.source.group_id, claim.source.clinic_id)
    except Exception:  # the refresh of the clinic tries again
        log.exception("pairing_failed", source=claim.source.public_id)


def begin(
    context: Context, claim: Claim, trigger: str, person_id: int | None, batch: Batch | None
) -> tuple[runs.Run, runs.Opening, Progress]:
    """Open the run, with what it must know before it reads; raises LeaseLost."""
    with context.storage.write() as tx:
        g = tx.group(claim.source.group_id)
        try:
            opening = runs.find_opening(g, claim.source)
        except errors.NotFound:  # deleted since it was claimed
            raise errors.LeaseLost(f"source {claim.source.id} is gone with its clinic") from None
        if not opening.has_open:
            run = open_run(context, g, claim, trigger, person_id, batch, opening)
            return run, opening, begin_progress(g, run, opening)
    pair_before_telling(context, claim)  # what the run that was cut off brought is told when this one opens
    with context.storage.write() as tx:
        g = tx.group(claim.source.group_id)
        run = open_run(context, g, claim, trigger, person_id, batch, opening)
        return run, opening, begin_progress(g, run, opening)


def begin_progress(g: GroupTransaction, run: runs.Run, opening: runs.Opening) -> Progress:
    """Nothing read yet, beside what is known."""
    known = stored.find_known(g, run.source_id, MAX_COMPARED + 1) if opening.has_unnumbered else []
    is_keyed_only = len(known) > MAX_COMPARED
    return Progress(
        counts=run.counts,
        known=[] if is_keyed_only else list(known),
        is_keyed_only=is_keyed_only,
        has_posted=opening.has_posted,
        is_purged=not opening.is_kept_for_ever,
    )


def open_run(
    context: Context,
    g: GroupTransaction,
    claim: Claim,
    trigger: str,
    person_id: int | None,
    batch: Batch | None,
    opening: runs.Opening,
) -> runs.Run:
    """A new run, or the one of the same file that was cut off."""
    if batch is not None and batch.resumes is not None:
        return runs.resume_run(g, claim, batch.resumes)
    cut_off = runs.find_open_run(g, claim.source.id) if opening.has_open else None
    if cut_off is not None:
        tell_news(g, claim.source, cut_off.public_id, cut_off.counts, context.clock())
    return runs.open_run(
        g,
        claim,
        trigger=trigger,
        now=context.clock(),
        person_id=person_id,
        file_name=batch.file_name if batch else "",
        file_digest=batch.digest if batch else "",
        has_open=cut_off is not None,
    )


def fetch(context: Context, source: Source) -> Iterator[Page]:
    """The pages of a source, from where the last run was cut off."""
    return get_connector(source.kind).fetch(source, open_doors(context, source))


def with_full_scan(source: Source, now: datetime) -> Source:
    """The source, asked for a full scan where edits are invisible otherwise and the last one is too old."""
    days = get_connector(source.kind).traits.full_scan_days
    last = source.cursor.get("full_at")
    is_due = days is not None and (last is None or (now - from_text(last)).days >= days)
    if is_due or not source.cursor.get("mark"):
        return replace(source, cursor={**source.cursor, "full": True})
    return source


def must_read_whole(source: Source, progress: Progress, now: datetime) -> bool:
    """Whether something hangs on what is there being read and stored, also if it is as it was."""
    stored_at = source.validators.get("stored_at")
    is_old = stored_at is None or now - from_text(stored_at) > LONGEST_UNSTORED
    return is_old or progress.is_purged or progress.has_posted or bool(source.expectations.get("accepted"))


def refresh(context: Context, group_id: int, clinic_id: int) -> None:
    """Make the clinic's figures and snapshots anew if its data changed; a crash before leaves it to `upkeep`."""
    with context.storage.read() as tx:
        g = tx.group(group_id)
        is_stale = clinics.get_stale_since(g, clinic_id) is not None
        may_stand_twice = is_stale and pairs.may_stand_twice(g, clinic_id)
    if is_stale:
        if may_stand_twice:
            pair_reviews(context, group_id, clinic_id)
        show(context, group_id, clinic_id)


def show(context: Context, group_id: int, clinic_id: int) -> None:
    """Make what is shown of a clinic anew; nothing of it waits to be compared."""
    publish.refresh_clinic(
        context.storage, context.settings, context.book, context.catalogue, group_id, clinic_id, context.clock()
    )
    hit("collect.after_refresh")
