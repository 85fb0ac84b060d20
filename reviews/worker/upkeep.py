"""What must be done beside collecting: stale figures, unscored reviews, content whose time has come, old rows.

Each task is restartable: cut off anywhere, it goes on the next time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reviews.collect import Context, removing
from reviews.collect.run import refresh
from reviews.collect.scoring import SCORE_BATCH, save_scores
from reviews.errors import StorageError
from reviews.logs import get_logger
from reviews.publish import find_slugs, remove_copies
from reviews.storage import (
    clinics,
    keeping,
    lexicon,
    retention,
    rotation,
    runs,
    scores,
    sessions,
    snapshots,
    summaries,
    uploads,
    widgets,
    workers,
)
from reviews.worker.reporting import make_monthly

log = get_logger("upkeep")

STALE_AT_ONCE = 50
BATCHES_A_STEP = 10
DAILY = timedelta(days=1)
PURGED_EVERY = timedelta(hours=1)
"""Terms that let content be held for a day leave no room for a daily purge."""
REPORTED_EVERY = timedelta(minutes=1)
UPLOADS_KEPT = timedelta(hours=1)
REJECTS_KEPT = timedelta(days=30)
WORKERS_KEPT = timedelta(days=7)
RUN_PATIENCE = timedelta(seconds=10)
"""A run under way ends with new figures of its clinic; whoever has changed something waits for that no longer."""
TRY_AGAIN = timedelta(minutes=5)
"""How long a clinic waits whose figures could not be made."""


@dataclass
class Upkeep:
    """The tasks of one worker; `step` does a bounded piece of each."""

    context: Context
    should_stop: Callable[[], bool] = lambda: False
    _scored_up_to: scores.PassKey = scores.START
    _daily_done_at: datetime | None = None
    _purged_at: datetime | None = None
    _reported_at: datetime | None = None
    _looked_again_at: datetime | None = None
    _waiting: dict[int, datetime] = field(default_factory=dict)

    def step(self) -> None:
        """A bounded piece of every task."""
        self._try(self.delete_some)
        # While a new lexicon reads a large history, figures wait for its end instead of being made anew each batch.
        if not self._try(self.score_for_a_while):
            self._try(self.refresh_stale)
        now = self.context.clock()
        if self._purged_at is None or abs(now - self._purged_at) >= PURGED_EVERY:
            self._try(self.purge_by_terms)
            self._try(self.drop_copies)
            self.context.storage.keep_reserve()
            self._purged_at = now
        if self._reported_at is None or abs(now - self._reported_at) >= REPORTED_EVERY:
            self._try(self.make_reports)
            self._try(self.renew_lapsed)
            self._reported_at = now
        # The absolute distance, so that a clock which was a year ahead for a moment stops nothing.
        if self._daily_done_at is None or abs(now - self._daily_done_at) >= DAILY:
            self._try(self.drop_old)
            self._try(self.back_up)
            self._try(self.context.storage.optimize)
            self._daily_done_at = now
        # Not at once: a start would otherwise look at every clinic before anything else is done.
        self._looked_again_at = self._looked_again_at or now
        if abs(now - self._looked_again_at) >= DAILY:
            self._try(self.look_again)
            self._looked_again_at = now

    def back_up(self) -> None:
        """Today's backup, where the settings ask for one; the demo is worth none."""
        settings = self.context.settings
        if settings.daily_backups and not settings.demo:
            skip_origins = frozenset(self.context.book.retentions())
            made = rotation.back_up_daily(
                self.context.storage, settings.backup_dir, self.context.clock(), skip_origins=skip_origins
            )
            if made:
                log.info("backup_made", folder=str(made.parent), size=made.stat().st_size)

    def _try(self, task: Callable[[], int | None]) -> int | None:
        """What the task gives; a fault of ours in one task holds up no other. A StorageError concerns them all."""
        try:
            return task()
        except StorageError:
            raise
        except Exception:
            log.exception("task_failed", function=task.__name__)
            return None

    def run_all(self) -> None:
        """Everything there is to do."""
        while self.delete_some():
            pass
        while self.score_some():
            pass
        self.renew_lapsed()
        while self.refresh_stale():
            pass
        self.purge_by_terms()
        self.drop_copies()
        self.make_reports()
        self.drop_old()
        self.back_up()

    def delete_some(self) -> int:
        """A bounded piece of the sources and clinics that people have deleted; how many steps."""
        return removing.go_on(self.context, self.should_stop)

    def make_reports(self) -> int:
        """The monthly reports whose time has come."""
        return make_monthly(self.context)

    def score_for_a_while(self) -> int:
        """Up to ten batches, so that a million reviews take minutes and nothing else waits for long."""
        done = 0
        for _ in range(BATCHES_A_STEP):
            found = self.score_some()
            if not found:
                break
            done += found
        return done

    def score_some(self) -> int:
        """Score up to one batch of reviews whose scorer is not their group's current one; how many were looked at.

        This is how better words, the shipped ones or a group's own, re-score history without fetching anything again.
        """
        if self.should_stop():
            return 0
        with self.context.storage.read() as tx:
            own = lexicon.find_own_names(tx, self.context.scorers)
            pending, reached = scores.find_pending(
                tx, self.context.scorer.name, SCORE_BATCH, self._scored_up_to, own=own
            )
        if not pending:
            self._scored_up_to = scores.START
            return 0
        save_scores(self.context, pending)
        self._scored_up_to = reached
        now = self.context.clock()
        with self.context.storage.write() as tx:
            for group_id, clinic_id in sorted({(review.group_id, review.clinic_id) for review in pending}):
                clinics.mark_stale(tx.group(group_id), clinic_id, now)
        return len(pending)

    def refresh_stale(self) -> int:
        """Make figures and snapshots anew for clinics whose data changed; how many clinics."""
        with self.context.storage.read() as tx:
            now = self.context.clock()
            stale = clinics.find_stale_clinics(tx, STALE_AT_ONCE, now=now, patience=RUN_PATIENCE)
        done = 0
        for group_id, clinic_id, _ in stale:
            if self.should_stop():
                break
            if abs(now - self._waiting.get(clinic_id, now - TRY_AGAIN)) < TRY_AGAIN:
                continue
            try:
                with self.context.storage.write() as tx:
                    summaries.refresh_months(tx.group(group_id), clinic_id)
                refresh(self.context, group_id, clinic_id)
            except StorageError:
                raise
            except Exception:  # one clinic's figures never hold up another's
                log.exception("refresh_failed", clinic_id=clinic_id)
                self._waiting[clinic_id] = now
                continue
            self._waiting.pop(clinic_id, None)
            done += 1
        return done

    def renew_lapsed(self) -> int:
        """Have widgets made anew of which something may be shown no longer; how many.

        Until then nothing of them is served, and whose source is paused, fails or is a file would stay dark.
        """
        now = self.context.clock()
        with self.context.storage.read() as tx:
            lapsed = snapshots.find_lapsed(tx, now)
        for group_id, clinic_id in lapsed:
            with self.context.storage.write() as tx:
                clinics.mark_stale(tx.group(group_id), clinic_id, now)
        return len(lapsed)

    def look_again(self) -> int:
        """Have every clinic looked at anew, since the calendar alone makes quotes too old; how many.

        A source that is paused or fails brings nothing that would do it. What would come out as it is is not made anew.
        """
        with self.context.storage.write() as tx:
            return clinics.mark_all_stale(tx, self.context.clock())

    def purge_by_terms(self) -> int:
        """Drop content that its origin's terms, or its group's own limit, let us hold no longer; how many reviews.

        What is shown is made anew at once. What would outlive its time before the next purge goes now.
        """
        now = self.context.clock()
        purged = 0
        for origin, days in self.context.book.retentions().items():
            with self.context.storage.write() as tx:
                purged += retention.purge_content(tx, origin, now - timedelta(days=days) + PURGED_EVERY, now)
        with self.context.storage.read() as tx:
            limited = keeping.find_groups(tx)
        for group_id in limited:
            with self.context.storage.write() as tx:
                purged += keeping.purge(tx.group(group_id), now, ahead=PURGED_EVERY)
        if purged:
            log.info("content_purged", count=purged)
            while self.refresh_stale():
                pass
        return purged

    def drop_copies(self) -> int:
        """Drop copies on disk of widgets that are gone, which a process that was cut off has left; how many widgets.

        What an earlier release wrote, and this one cannot serve, is made anew with the clinic.
        """
        folder, now = self.context.settings.snapshot_dir, self.context.clock()
        copies = find_slugs(folder)
        with self.context.storage.read() as tx:
            found = {slug: widgets.find_widget_by_slug(tx, slug) for slug in copies}
        gone = [slug for slug, widget in found.items() if widget is None]
        for slug in gone:
            remove_copies(folder, slug)
        for slug, widget in found.items():
            if widget is not None and not copies[slug] and widget.clinic_ids:
                with self.context.storage.write() as tx:
                    clinics.mark_stale(tx.group(widget.group_id), widget.clinic_ids[0], now)
        return len(gone)

    def drop_old(self) -> None:
        """Drop uploads that nobody imported, old lists of faults, login attempts, sessions, form keys, workers."""
        now = self.context.clock()
        with self.context.storage.write() as tx:
            uploads.delete_old(tx, now - UPLOADS_KEPT)
            runs.delete_old_rejects(tx, now - REJECTS_KEPT)
            sessions.delete_old(tx, now)
            workers.drop_workers(tx, now - WORKERS_KEPT)
