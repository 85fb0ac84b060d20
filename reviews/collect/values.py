"""What a run has read so far, what it came to, and how it is reported."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from reviews import drift, errors
from reviews.model import Counts, Outcome, Reject, ReportedTotal, Source

GOOD = {Outcome.OK, Outcome.UNCHANGED, Outcome.PARTIAL}
"""Outcomes after which a source counts as well."""
NOT_STATED = "not stated"
"""Stands for the total among a source's validators where what was stored had none."""

FAILURES_BEFORE_ALERT = 3
"""A source that merely did not answer is reported after so many failures in a row; other failures at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """How one run went, for the command line and the worker's log."""

    source_public_id: str
    source_label: str
    run_public_id: str
    outcome: Outcome
    counts: Counts
    hint: str
    hint_values: Mapping[str, str]
    rejects: tuple[Reject, ...]
    next_due_at: datetime | None

    @property
    def is_good(self) -> bool:
        """Whether the source counts as well after this run."""
        return self.outcome in GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the run came to, and what staff are told."""

    outcome: Outcome
    hint: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    retry_after_seconds: int | None = None
    starts_over: bool = False
    """The next run begins at the top of the list instead of where this one stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A file that is imported as one run; `resumes` is the run that was cut off and goes on."""

    file_name: str
    digest: str
    resumes: int | None = None


@dataclass(slots=True, kw_only=True)
class Progress:
    """What the run has read so far.

    `is_apart`: its pages were handed in by a person; they say nothing about what the schedule reads. `is_live_only`:
    terms let nothing of it be stored. `totals_only`: why the platform gives no single reviews, a message id.
    `is_windowed`: only what is new or changed was asked for. `is_keyed_only`: the source holds too much for
    comparing texts, and reviews are known by their keys alone. `may_stand_twice`: whether other sources of the clinic
    may hold what the last page brought, as far as it was asked. `is_bound`: terms say for how long something of it may
    be held. `is_purged`: the group itself wishes that old reviews go. `has_posted`: replies of ours wait to be seen at
    the source. `unscored`: so many that the last page brought are not scored yet. `is_marked`: what is shown was found
    to be too old when the last page was saved.
    """

    is_apart: bool = False
    is_keyed_only: bool = False
    is_live_only: bool = False
    totals_only: str = ""
    is_windowed: bool = False
    is_bound: bool = False
    is_purged: bool = False
    has_posted: bool = False
    is_marked: bool = False
    may_stand_twice: bool | None = None
    counts: Counts = field(default_factory=Counts)
    first_page: drift.Population | None = None
    rejects: list[Reject] = field(default_factory=list)
    total: ReportedTotal | None = None
    reached_end: bool = False
    capped: bool = False
    unchanged: bool = False
    stopped: bool = False
    newest_key: str | None = None
    validators: Mapping[str, str] = field(default_factory=dict)
    known: list[Any] = field(default_factory=list)
    months: set[str] = field(default_factory=set)
    unscored: int = 0


def add(one: Counts, other: Counts) -> Counts:
    """The sum of two counts."""
    return Counts(**{name: value + getattr(other, name) for name, value in asdict(one).items()})


def ending_of(progress: Progress, source: Source) -> Ending:
    """The outcome of a run that met no error."""
    counts = progress.counts
    if progress.stopped:
        return Ending(outcome=Outcome.INTERRUPTED, hint="Interrupted by a restart; it goes on where it stopped.")
    if progress.unchanged and not counts.pages:
        return Ending(outcome=Outcome.UNCHANGED)
    if progress.is_live_only:
        return Ending(outcome=Outcome.OK)
    if not counts.seen and progress.total is None and not progress.is_windowed:
        return Ending(
            outcome=Outcome.EMPTY,
            hint="No reviews were found. That can be true, or the page cannot be read. Please look at it once.",
        )
    if progress.totals_only:
        return Ending(outcome=Outcome.PARTIAL, hint=progress.totals_only)
    if progress.capped:
        return Ending(
            outcome=Outcome.PARTIAL,
            hint="Only {seen} reviews could be read in one go. Nothing is marked missing from such a run.",
            values={"seen": str(counts.seen)},
        )
    if counts.rejected:
        return Ending(
            outcome=Outcome.PARTIAL,
            hint="{rejected} of {all} records could not be read; the others are stored.",
            values={"rejected": str(counts.rejected), "all": str(counts.seen + counts.rejected)},
        )
    return Ending(outcome=Outcome.OK)


_OUTCOMES: tuple[tuple[type[errors.ReviewsError], Outcome], ...] = (
    (errors.RateLimited, Outcome.RATE_LIMITED),
    (errors.SourceUnavailable, Outcome.UNAVAILABLE),
    (errors.SourceUnauthorized, Outcome.UNAUTHORIZED),
    (errors.SourceBlocked, Outcome.BLOCKED),
    (errors.SourceGone, Outcome.GONE),
    (errors.SourceChanged, Outcome.CHANGED),
    (errors.SourceRequestError, Outcome.REQUEST),
    (errors.ImportFileError, Outcome.FILE),
)


def ending_of_error(error: errors.ReviewsError, progress: Progress, source: Source) -> Ending:
    """The outcome that an error class stands for, with its words for staff.

    That a further page of the list is not there says nothing about the listing itself.
    """
    outcome = next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), Outcome.FAILED)
    if outcome is Outcome.GONE and progress.counts.pages:
        return Ending(
            outcome=Outcome.PARTIAL,
            hint="The list breaks off: a further page of it is not there. What stands before it is stored.",
            message=error.message,
            starts_over=True,
        )
    if outcome is Outcome.GONE and source.cursor.get("position"):
        return Ending(
            outcome=Outcome.UNAVAILABLE,
            hint="The list has become shorter since it was last read. We begin again at its start.",
            message=error.message,
            starts_over=True,
        )
    return Ending(
        outcome=outcome,
        hint=error.hint,
        values=error.values,
        message=error.message,
        retry_after_seconds=getattr(error, "retry_after_seconds", None),
        starts_over=must_start_over(outcome, progress, source),
    )


def must_start_over(outcome: Outcome, progress: Progress, source: Source) -> bool:
    """Whether going on in the middle of the list would only fail again, and hide what is new at its top."""
    if outcome is Outcome.RATE_LIMITED:
        return False
    if outcome not in (Outcome.UNAVAILABLE, Outcome.FAILED):
        return True
    if progress.counts.pages or not source.cursor.get("position"):
        return False
    return outcome is Outcome.FAILED or source.failures + 1 >= FAILURES_BEFORE_ALERT


def newest(*keys: str | None) -> str | None:
    """The largest of the sort keys that are there."""
    return max((key for key in keys if key), default=None)
