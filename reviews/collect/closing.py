"""The end of a run: absences, figures, outbox, and when the source is due next, in one transaction."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reviews import drift, schedule
from reviews.clock import to_text
from reviews.collect import observing
from reviews.collect.context import Context
from reviews.collect.values import FAILURES_BEFORE_ALERT, GOOD, NOT_STATED, Ending, Progress, RunReport, newest
from reviews.failpoint import hit
from reviews.i18n import N_
from reviews.logs import get_logger
from reviews.model import Claim, Clinic, Counts, Outcome, Source
from reviews.sources.base import BY_HAND, FILE_KINDS, Connector
from reviews.sources.registry import CONNECTORS, get_connector
from reviews.storage import GroupTransaction, clinics, connections, outbox, runs, sources, summaries, totals
from reviews.storage import reviews as stored

log = get_logger("collect")

LONGEST_RUN = timedelta(hours=1)
"""What a run has read may be so much older than its end."""
UNKNOWN_KIND_MINUTES = 24 * 60
"""How often a source is tried whose kind this release does not know."""
MASS_REMOVAL = N_(
    "{absent} of {held} reviews were not in the list any more. Nothing was marked missing. "
    "If that is right, press “This is right”."
)


def close(
    context: Context, claim: Claim, clinic: Clinic, run: runs.Run, progress: Progress, ending: Ending
) -> tuple[RunReport, bool]:
    """Close the run and release the source in one transaction, with absences, monthly figures and the outbox.

    What is reported, and whether what websites show of the clinic is older than its data.
    """
    now = context.clock()
    source = claim.source
    hit("collect.before_close")
    with context.storage.write() as tx:
        g = tx.group(source.group_id)
        # People may have paused it, asked for another run, or said “This is right” since it was claimed.
        latest, is_stale = sources.hold(g, claim)
        is_complete, ending, absent, missing = infer_removals(g, source, run, progress, ending, now)
        counts = replace(progress.counts, missing=missing)
        runs.close_run(
            g,
            run.id,
            now=now,
            outcome=ending.outcome,
            is_complete=is_complete,
            message=ending.message,
            hint=ending.hint,
            hint_values=dict(ending.values),
            missing=missing,
            returned=counts.returned,
        )
        # What went missing or came from a run that was cut off may lie in any month.
        may_lie_anywhere = missing or counts.returned or claim.source.cursor.get("position")
        summaries.refresh_months(g, clinic.id, source.id, None if may_lie_anywhere else progress.months)
        is_good = ending.outcome in GOOD
        if progress.unchanged and is_good and source.validators.get("total") != NOT_STATED:
            totals.confirm_total(g, source.id, now)
        is_bound = progress.is_bound or context.book.terms(source.origin).retention_days is not None
        is_shown_again = is_bound or progress.is_apart or is_shown_too_old(source, clinic, now)
        if missing or (is_good and is_shown_again and not progress.is_marked):
            clinics.mark_stale(g, clinic.id, now)
            is_stale = True
        failures = 0 if is_good else source.failures + (ending.outcome is not Outcome.INTERRUPTED)
        state, next_due_at = plan(source, latest, progress, ending, failures, now)
        tell(g, source, run, ending, counts, failures, now)
        judge_connection(g, source, ending, now)
        if is_good and progress.has_posted and not progress.is_apart and get_connector(source.kind).traits.reply_read:
            observing.count_unseen(g, source.id, run, saw_all=is_complete or progress.unchanged, now=now)
        sources.release(
            g,
            claim,
            now=now,
            next_due_at=next_due_at,
            outcome=ending.outcome,
            hint=ending.hint,
            hint_values=dict(ending.values),
            state=state,
            failures=failures,
            cursor=next_cursor(source, progress, ending, is_complete, now),
            validators=next_validators(
                progress, ending, must_read_again=bool(absent) or is_bound or progress.is_purged
            ),
            expectations=next_expectations(source, latest, progress, ending),
            success=is_good,
            run_id=run.id,
        )
        hit("collect.in_close")
    hit("collect.after_close")
    log.info(
        "run_closed",
        source=source.public_id,
        run=run.public_id,
        outcome=str(ending.outcome),
        new=counts.new,
        changed=counts.changed,
        unchanged=counts.unchanged,
        rejected=counts.rejected,
        missing=missing,
    )
    report = RunReport(
        source_public_id=source.public_id,
        source_label=f"{clinic.name} – {source.label}",
        run_public_id=run.public_id,
        outcome=ending.outcome,
        counts=counts,
        hint=ending.hint,
        hint_values=ending.values,
        rejects=tuple(progress.rejects[:20]),
        next_due_at=next_due_at,
    )
    return report, is_stale


def infer_removals(
    g: GroupTransaction,
    source: Source,
    run: runs.Run,
    progress: Progress,
    ending: Ending,
    now: datetime,
) -> tuple[bool, Ending, int, int]:
    """(was the run complete, the ending, how many were absent for the first time, how many became missing).

    Only a complete, plausible run may say so.
    """
    if ending.outcome is not Outcome.OK or progress.is_apart:
        return False, ending, 0, 0
    connector = get_connector(source.kind)
    may_list_all = connector.traits.complete or source.declared_complete
    reported = (progress.total.review_count or progress.total.rating_count) if progress.total else None
    is_complete = (
        may_list_all
        and progress.reached_end
        and not progress.capped
        and not source.cursor.get("position")
        and (connector.traits.ordered_by == "none" or bool(source.cursor.get("full")))
        and drift.may_infer_removals(progress.counts.seen, reported)
    )
    if not is_complete:
        return False, ending, 0, 0
    absent = stored.count_would_miss(g, source.id, run.id)
    held = absent + progress.counts.seen
    if drift.is_mass_removal(absent, held) and not source.expectations.get("accepted"):
        asking = Ending(
            outcome=Outcome.PARTIAL,
            hint=MASS_REMOVAL,
            values={"absent": str(absent), "held": str(held)},
        )
        return False, asking, absent, 0
    return True, ending, absent, stored.mark_missed(g, source.id, run.id, now)


def is_shown_too_old(source: Source, clinic: Clinic, now: datetime) -> bool:
    """Whether what websites show must be made anew although it is the same: it says on which day it was read."""
    if source.last_success_at is None:
        return True
    zone = ZoneInfo(clinic.time_zone)
    read_on = (source.last_success_at - LONGEST_RUN).astimezone(zone).date()
    return read_on != now.astimezone(zone).date()


def next_cursor(
    source: Source, progress: Progress, ending: Ending, is_complete: bool, now: datetime
) -> Mapping[str, Any] | None:
    """The cursor to leave behind: the mark moves only when a run ends well; None keeps what the pages saved."""
    if progress.is_apart:
        return None
    if ending.starts_over:
        return {"v": 1, **{name: source.cursor[name] for name in ("mark", "full_at") if name in source.cursor}}
    if ending.outcome not in GOOD or not progress.reached_end or progress.unchanged:
        return None
    cursor = {
        "v": 1,
        "mark": newest(progress.newest_key, source.cursor.get("pending_mark"), source.cursor.get("mark")),
    }
    if source.cursor.get("full") and not source.cursor.get("position"):
        cursor["full_at"] = to_text(now)
    elif "full_at" in source.cursor:
        cursor["full_at"] = source.cursor["full_at"]
    return cursor


def next_validators(progress: Progress, ending: Ending, *, must_read_again: bool) -> Mapping[str, str] | None:
    """What to ask "changed since?" with next time; None keeps the old ones.

    A run that asks something or could not read a record leaves none: "unchanged" would silence what it said. Nor where
    the list itself must be seen again: to believe an absence, or because something bounds how old a reading may be. A
    run that failed after it had stored a page leaves none either: what is stored is not what the old ones stand for.
    Where a person handed something in, they were forgotten as it was stored.
    """
    if progress.unchanged or progress.is_apart:
        return None
    if ending.outcome not in GOOD:
        return {} if progress.counts.pages else None
    return dict(progress.validators) if ending.outcome is Outcome.OK and not must_read_again else {}


def next_expectations(source: Source, latest: Source, progress: Progress, ending: Ending) -> Mapping[str, Any] | None:
    """What the next run is compared with; None keeps the old ones."""
    if ending.outcome not in GOOD or progress.first_page is None or progress.is_apart:
        return None
    learnt = {"first_page": asdict(progress.first_page), "seen": progress.counts.seen}
    is_new_answer = latest.expectations.get("accepted") and not source.expectations.get("accepted")
    return {**learnt, "accepted": True} if is_new_answer else learnt


def plan(
    source: Source, latest: Source, progress: Progress, ending: Ending, failures: int, now: datetime
) -> tuple[str | None, datetime | None]:
    """(new state or None, next due time or None) after a run; `latest` is the source as it stands now."""
    connector = CONNECTORS.get(source.kind)
    has_address = any((source.url, source.config.get("url"), source.config.get("file")))
    if latest.state == "paused" or (source.kind in (*FILE_KINDS, BY_HAND) and not has_address):
        return None, None
    if progress.is_apart:
        return None, latest.next_due_at
    state, next_due_at = plan_by_outcome(source, latest.interval_minutes, connector, ending, failures, now)
    if connector is not None and connector.traits.live_only:
        return state, None  # read when somebody looks, never by the clock
    if next_due_at and latest.next_due_at and latest.next_due_at != source.next_due_at:
        next_due_at = min(next_due_at, latest.next_due_at)
    return state, next_due_at


def plan_by_outcome(
    source: Source,
    wanted_minutes: int | None,
    connector: Connector | None,
    ending: Ending,
    failures: int,
    now: datetime,
) -> tuple[str, datetime | None]:
    """(new state, next due time or None) as the outcome alone has it."""
    floor_minutes = connector.traits.interval_minutes if connector else UNKNOWN_KIND_MINUTES
    policy = schedule.Policy(interval_minutes=wanted_minutes, floor_minutes=floor_minutes)
    is_first_time_gone = ending.outcome is Outcome.GONE and source.last_outcome != Outcome.GONE
    next_due_at = schedule.next_due(
        policy,
        ending.outcome,
        failures=1 if is_first_time_gone else failures,
        now=now,
        source_id=source.id,
        retry_after_seconds=ending.retry_after_seconds,
    )
    if next_due_at is not None:
        return "active", next_due_at
    return ("gone" if ending.outcome is Outcome.GONE else "needs_person"), None


def judge_connection(g: GroupTransaction, source: Source, ending: Ending, now: datetime) -> None:
    """Say that the source's account needs a person when its key was refused, and that it works when it was taken."""
    if source.connection_id is None:
        return
    if ending.outcome is Outcome.UNAUTHORIZED:
        connections.set_state(g, source.connection_id, "needs_person", now=now)
    elif ending.outcome in GOOD and connections.get_connection(g, source.connection_id).state == "needs_person":
        connections.set_state(g, source.connection_id, "active", now=now)


def tell_news(g: GroupTransaction, source: Source, run_public_id: str, counts: Counts, now: datetime) -> None:
    """Write what a run brought into the outbox: one event a run, also for a run that a crash has cut off."""
    if counts.new or counts.changed:
        outbox.add_event(
            g,
            event_id=f"reviews.collected:{run_public_id}",
            kind="reviews.collected",
            payload={
                "source": source.public_id,
                "run": run_public_id,
                "new": counts.new,
                "changed": counts.changed,
            },
            now=now,
        )


def tell(
    g: GroupTransaction, source: Source, run: runs.Run, ending: Ending, counts: Counts, failures: int, now: datetime
) -> None:
    """Write into the outbox what somebody must be told: news of this run, and failure and recovery once each."""
    about = {"source": source.public_id, "run": run.public_id}
    tell_news(g, source, run.public_id, counts, now)
    streak = to_text(source.last_success_at) if source.last_success_at else "never"
    if ending.outcome is Outcome.INTERRUPTED:
        return  # our own doing says nothing about the source
    if ending.hint == MASS_REMOVAL != source.hint:  # once, however often it is read until somebody has answered
        outbox.add_event(
            g, event_id=f"source.removals:{run.public_id}", kind="source.removals", payload={**about}, now=now
        )
    is_transient = ending.outcome in (Outcome.UNAVAILABLE, Outcome.RATE_LIMITED)
    if failures and (not is_transient or failures >= FAILURES_BEFORE_ALERT):
        outbox.add_event(
            g,
            event_id=f"source.failed:{source.public_id}:{streak}",
            kind="source.failed",
            payload={**about, "outcome": str(ending.outcome)},
            now=now,
        )
    elif not failures and source.failures and outbox.exists(g, f"source.failed:{source.public_id}:{streak}"):
        outbox.add_event(
            g,
            event_id=f"source.recovered:{source.public_id}:{run.public_id}",
            kind="source.recovered",
            payload=about,
            now=now,
        )
