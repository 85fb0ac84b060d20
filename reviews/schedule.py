"""When a source is due next: pure, in UTC, always after now, never one slot twice.

Times are counted from the run that has just ended, not from a grid of slots: a stopped worker therefore catches up
once, and no clock change or summer time can repeat or skip a run. Sources are spread by a hash of their id, so that
what was late together is not due together again.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reviews.model import Outcome

CAP = timedelta(hours=24)
"""The longest wait after a failure; a source that answers again is read within a day."""
LONGEST_MINUTES = 366 * 24 * 60
LEAST = timedelta(minutes=1)
FIRST_WAIT = timedelta(minutes=5)
FIRST_WAIT_WHEN_LIMITED = timedelta(minutes=15)
SPREAD_PART = 10
"""Normal intervals are longer by up to a tenth, and by a minute or more of spread."""
LEAST_SPREAD = timedelta(minutes=2)
GONE_SEEN = 2
"""A listing is given up when it was not there twice in a row: seen once, confirmed once."""

PAUSED = frozenset({Outcome.UNAUTHORIZED, Outcome.BLOCKED, Outcome.REQUEST})
BACKED_OFF = frozenset({Outcome.UNAVAILABLE, Outcome.RATE_LIMITED, Outcome.FAILED, Outcome.INTERRUPTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How often a source is read.

    `floor_minutes` is the platform's shortest interval: a source can be slower, never faster. `interval_minutes` is the
    source's own wish; None means the floor.
    """

    interval_minutes: int | None
    floor_minutes: int

    @property
    def interval(self) -> timedelta:
        """The interval that holds."""
        return timedelta(minutes=min(max(self.interval_minutes or 0, self.floor_minutes, 1), LONGEST_MINUTES))


def next_due(
    policy: Policy,
    outcome: Outcome | str,
    *,
    failures: int,
    now: datetime,
    source_id: int | str,
    retry_after_seconds: int | None = None,
) -> datetime | None:
    """When the source is due again after a run with this outcome, in UTC; None: not scheduled until a person acts.

    `failures` counts the failed runs in a row, this one included (0 after a good one). After unavailable, rate limited,
    failed or interrupted runs the wait is drawn by hash from a window that doubles from 5 minutes (15 when limited) up
    to 24 hours (full jitter), and is never shorter than `retry_after_seconds`. A changed page, an unreadable file and
    good runs wait for the normal interval. A key that is refused, a block, a wrong request: None. A listing that is
    gone is looked for once more, then None. Raises ValueError for a naive `now`.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware time")
    now = now.astimezone(UTC)
    outcome = Outcome(outcome)
    if outcome in PAUSED or (outcome is Outcome.GONE and failures >= GONE_SEEN):
        return None
    if outcome in BACKED_OFF:
        wait = _back_off(outcome, failures, now, source_id)
    elif outcome is Outcome.GONE:
        wait = min(policy.interval, CAP)
    else:
        wait = policy.interval + _spread(policy.interval, source_id)
    if retry_after_seconds is not None and retry_after_seconds > 0:
        asked = min(timedelta(seconds=min(retry_after_seconds, CAP.total_seconds())), CAP)
        wait = max(wait, min(asked + _share(asked / SPREAD_PART, f"{source_id}:asked"), CAP))
    return now + wait


def _back_off(outcome: Outcome, failures: int, now: datetime, source_id: int | str) -> timedelta:
    if outcome is Outcome.INTERRUPTED:
        failures = 1  # our own doing: a stopped worker says nothing about the site
    first = FIRST_WAIT_WHEN_LIMITED if outcome is Outcome.RATE_LIMITED else FIRST_WAIT
    window = min(first * 2 ** min(max(failures - 1, 0), 16), CAP)
    return max(LEAST, _share(window, f"{source_id}:{failures}:{now.isoformat()}"))


def _spread(interval: timedelta, source_id: int | str) -> timedelta:
    return _share(max(interval / SPREAD_PART, LEAST_SPREAD), f"{source_id}")


def _share(window: timedelta, seed: str) -> timedelta:
    """A part of the window, even over all seeds, the same for the same seed."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    return timedelta(seconds=int(window.total_seconds()) * number // 2**64)
