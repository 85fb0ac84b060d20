"""When a source is due next."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.model import Outcome
from reviews.schedule import CAP, Policy, next_due

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAILY = Policy(interval_minutes=1440, floor_minutes=1440)
GOOD = (Outcome.OK, Outcome.UNCHANGED, Outcome.PARTIAL, Outcome.EMPTY)
SOFT = (Outcome.UNAVAILABLE, Outcome.RATE_LIMITED, Outcome.FAILED, Outcome.INTERRUPTED)


def wait(policy: Policy, outcome: Outcome, failures: int = 0, source_id: int = 1, **more: int) -> timedelta:
    due = next_due(policy, outcome, failures=failures, now=NOW, source_id=source_id, **more)
    assert due is not None
    return due - NOW


@pytest.mark.parametrize("outcome", GOOD)
def test_a_good_run_is_followed_after_the_interval_and_a_spread(outcome: Outcome) -> None:
    waits = [wait(DAILY, outcome, source_id=source_id) for source_id in range(200)]
    assert min(waits) >= timedelta(days=1)
    assert max(waits) <= timedelta(days=1, hours=2.4)
    assert max(waits) - min(waits) > timedelta(hours=2)


def test_a_source_is_never_read_faster_than_its_platform_allows() -> None:
    assert wait(Policy(interval_minutes=5, floor_minutes=360), Outcome.OK) >= timedelta(hours=6)
    assert wait(Policy(interval_minutes=None, floor_minutes=360), Outcome.OK) >= timedelta(hours=6)
    assert wait(Policy(interval_minutes=10_080, floor_minutes=360), Outcome.OK) >= timedelta(days=7)


@pytest.mark.parametrize("outcome", [Outcome.UNAUTHORIZED, Outcome.BLOCKED, Outcome.REQUEST])
def test_what_only_a_person_can_mend_is_paused(outcome: Outcome) -> None:
    assert next_due(DAILY, outcome, failures=1, now=NOW, source_id=1, retry_after_seconds=60) is None


def test_a_listing_that_is_gone_is_given_up_when_it_was_not_there_twice_in_a_row() -> None:
    assert wait(DAILY, Outcome.GONE, 1) == timedelta(days=1)
    assert next_due(DAILY, Outcome.GONE, failures=2, now=NOW, source_id=1) is None


@pytest.mark.statement("R5")
def test_the_wait_after_failures_is_drawn_from_a_window_that_doubles_up_to_a_day() -> None:
    for failures, minutes in ((1, 5), (2, 10), (3, 20), (6, 160), (20, 1440), (500, 1440)):
        waits = [wait(DAILY, Outcome.UNAVAILABLE, failures, source_id) for source_id in range(300)]
        window = timedelta(minutes=minutes)
        assert timedelta(minutes=1) <= min(waits)
        assert max(waits) <= window
        assert max(waits) > window * 0.9
        assert min(waits) < max(window * 0.1, timedelta(minutes=1.5))


def test_the_draw_is_the_same_for_the_same_run_and_another_for_the_next() -> None:
    one = next_due(DAILY, Outcome.FAILED, failures=4, now=NOW, source_id=1)
    assert one == next_due(DAILY, Outcome.FAILED, failures=4, now=NOW, source_id=1)
    later = NOW + timedelta(seconds=1)
    assert one != next_due(DAILY, Outcome.FAILED, failures=4, now=later, source_id=1)


@pytest.mark.statement("R5")
def test_retry_after_is_honoured_and_capped() -> None:
    for source_id in range(50):
        asked = wait(DAILY, Outcome.RATE_LIMITED, 1, source_id, retry_after_seconds=7200)
        assert timedelta(hours=2) <= asked <= timedelta(hours=2.2)
        assert wait(DAILY, Outcome.RATE_LIMITED, 1, source_id, retry_after_seconds=10**12) == CAP
        hourly = Policy(interval_minutes=60, floor_minutes=60)
        assert wait(hourly, Outcome.PARTIAL, 0, source_id, retry_after_seconds=7200) >= timedelta(hours=2)
        assert wait(DAILY, Outcome.RATE_LIMITED, 1, source_id, retry_after_seconds=0) <= timedelta(minutes=15)


def test_our_own_stop_says_nothing_about_the_site() -> None:
    assert wait(DAILY, Outcome.INTERRUPTED, 9) <= timedelta(minutes=5)


@pytest.mark.parametrize("outcome", [Outcome.CHANGED, Outcome.FILE])
def test_a_changed_page_is_not_hammered(outcome: Outcome) -> None:
    assert wait(DAILY, outcome, 1) >= timedelta(days=1)


@pytest.mark.statement("R29")
def test_missed_slots_are_caught_up_once_and_then_spread() -> None:
    """200 hourly sources, all overdue after six hours: each runs once now and not again before an hour has passed."""
    hourly = Policy(interval_minutes=60, floor_minutes=60)
    due = [next_due(hourly, Outcome.OK, failures=0, now=NOW, source_id=source_id) for source_id in range(200)]
    moments = [moment for moment in due if moment is not None]
    assert len(moments) == 200
    assert min(moments) >= NOW + timedelta(hours=1)
    assert max(moments) - min(moments) >= timedelta(seconds=60)


@pytest.mark.statement("R11")
@pytest.mark.parametrize(
    "local",
    [
        datetime(2026, 3, 8, 1, 30, tzinfo=ZoneInfo("America/Vancouver")),
        datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/Vancouver")),
        datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=ZoneInfo("America/Vancouver")),
        datetime(2028, 2, 28, 23, 0, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=14))),
    ],
)
def test_summer_time_leap_days_and_far_zones_change_no_interval(local: datetime) -> None:
    due = next_due(DAILY, Outcome.OK, failures=0, now=local, source_id=1)
    assert due is not None
    assert due - local.astimezone(UTC) == wait(DAILY, Outcome.OK)
    assert due.utcoffset() == timedelta(0)


@pytest.mark.statement("R11")
def test_a_month_of_runs_takes_each_slot_once_whatever_the_clock_does() -> None:
    now, runs = NOW, 0
    while now < NOW + timedelta(days=30):
        due = next_due(DAILY, Outcome.OK, failures=0, now=now, source_id=1)
        assert due is not None
        assert timedelta(days=1) <= due - now <= timedelta(days=1.1)
        now, runs = due, runs + 1
    assert 27 <= runs <= 30


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        next_due(DAILY, Outcome.OK, failures=0, now=datetime(2026, 1, 1), source_id=1)


@given(
    st.sampled_from(list(Outcome)),
    st.integers(0, 10_000),
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)),
    st.integers() | st.text(max_size=20),
    st.none() | st.integers(-10, 10**15),
    st.none() | st.integers(-5, 10**9),
    st.integers(0, 10**6),
)
@pytest.mark.statement("Q11")
def test_the_next_time_is_always_ahead_within_its_cap_or_none(
    outcome: Outcome,
    failures: int,
    now: datetime,
    source_id: int | str,
    retry_after: int | None,
    interval: int | None,
    floor: int,
) -> None:
    now = now.replace(tzinfo=UTC)
    policy = Policy(interval_minutes=interval, floor_minutes=floor)
    due = next_due(policy, outcome, failures=failures, now=now, source_id=source_id, retry_after_seconds=retry_after)
    if due is None:
        assert outcome in (Outcome.UNAUTHORIZED, Outcome.BLOCKED, Outcome.REQUEST, Outcome.GONE)
        return
    assert due > now
    assert due - now <= max(CAP, policy.interval * 1.1 + timedelta(minutes=2))
    if outcome in SOFT:
        assert due - now <= CAP
    if retry_after is not None and retry_after > 0:
        assert due - now >= min(timedelta(seconds=min(retry_after, 86_400)), CAP)
