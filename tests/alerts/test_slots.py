"""Slots and quiet hours across changes of clocks: each slot once, and no night without an end."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.alerts.expand import schedule_digests
from reviews.alerts.slots import find_quiet_end, last_weekly, next_daily, next_weekly, to_utc
from tests.alerts.conftest import World
from tests.alerts.receivers import MailBox

VANCOUVER = ZoneInfo("America/Vancouver")
ZONES = [VANCOUVER, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Europe/Paris"), ZoneInfo("Australia/Lord_Howe"), UTC]
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "day", "moment"),
    [
        ("2026-03-07T15:59", "2026-03-07", "2026-03-07T16:00"),
        ("2026-03-07T16:00", "2026-03-08", "2026-03-08T15:00"),  # summer time began at 02:00
        ("2026-10-31T15:00", "2026-11-01", "2026-11-01T16:00"),  # and ended
        ("2028-02-28T16:00", "2028-02-29", "2028-02-29T16:00"),
    ],
)
def test_daily_slot_is_at_eight_on_the_wall(now: str, day: str, moment: str):
    assert next_daily(utc(now), VANCOUVER) == (date.fromisoformat(day), utc(moment))


def test_week_turns_on_monday_at_eight_in_the_clinics_zone():
    assert last_weekly(utc("2026-03-09T14:59"), VANCOUVER)[0] == date(2026, 3, 2)
    assert last_weekly(utc("2026-03-09T15:00"), VANCOUVER) == (date(2026, 3, 9), utc("2026-03-09T15:00"))
    # In Kiritimati (+14:00) it is Monday while it is Sunday in London.
    assert last_weekly(utc("2026-11-29T18:00"), ZONES[1]) == (date(2026, 11, 30), utc("2026-11-29T18:00"))
    assert next_weekly(utc("2026-03-09T15:00"), VANCOUVER) == (date(2026, 3, 16), utc("2026-03-16T15:00"))


@given(now=MOMENTS, zone=st.sampled_from(ZONES))
def test_each_moment_lies_between_two_slots_of_its_own(now, zone):
    _, daily = next_daily(now, zone)
    assert timedelta(0) < daily - now <= timedelta(hours=25)
    day, weekly = last_weekly(now, zone)
    assert day.weekday() == 0
    assert timedelta(0) <= now - weekly < timedelta(days=7, hours=1)
    assert last_weekly(weekly, zone) == (day, weekly)
    assert last_weekly(weekly - timedelta(microseconds=1), zone)[0] == day - timedelta(days=7)


@given(now=MOMENTS, zone=st.sampled_from(ZONES), begin=CLOCKS, end=CLOCKS)
def test_quiet_hours_end_after_now_and_within_a_day(now, zone, begin, end):
    found = find_quiet_end(now, begin, end, zone)
    if found is not None:
        assert timedelta(0) < found - now <= timedelta(hours=26)
    local = now.astimezone(zone).time()
    is_inside = begin <= local < end if begin < end else begin != end and (local >= begin or local < end)
    assert (found is not None) == is_inside


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-03-08T09:00", "2026-03-08T10:30"),  # 02:30 does not exist that night; as if the clocks had not changed
        ("2026-11-01T08:10", "2026-11-01T08:30"),  # 01:10, the first time
        ("2026-11-01T09:10", "2026-11-01T09:30"),  # 01:10, the second time
    ],
)
def test_quiet_night_ends_in_the_night_when_clocks_change(now: str, end: str):
    until = time(2, 30) if now.startswith("2026-03") else time(1, 30)
    assert find_quiet_end(utc(now), time(22), until, VANCOUVER) == utc(end)


def test_left_out_time_is_a_time():
    assert to_utc(date(2026, 3, 8), time(2, 30), VANCOUVER) == utc("2026-03-08T10:30")


@pytest.mark.parametrize("zone", ["America/Vancouver", "Pacific/Kiritimati"])
def test_each_weekly_slot_gives_one_digest_whatever_the_clock_does(world: World, box: MailBox, zone: str):
    from reviews.storage import clinics

    with world.storage.write() as tx:
        clinics.update_clinic(tx.group(world.group_id), world.clinic.id, now=world.clock(), time_zone=zone)
    world.clock.now = utc("2026-10-14T12:00")
    world.add_person()
    # Five weeks over the end of summer time, looked at every seven hours; the clock jumps there and back.
    end = utc("2026-11-18T12:00")
    jumps = {20: -1, 40: 1, 60: -24, 61: 24, 80: 24, 81: -24}
    turn = 0
    while world.clock() < end:
        world.clock.advance(hours=7 + jumps.get(turn, 0))
        schedule_digests(world.desk)
        turn += 1
    causes = sorted(line.delivery.cause for line in world.log())
    assert causes == [f"digest:{day}" for day in ("2026-10-19", "2026-10-26", "2026-11-02", "2026-11-09", "2026-11-16")]


def test_digest_whose_time_passed_long_before_somebody_came_is_left_out(world: World):
    world.clock.now = utc("2026-12-10T12:00")
    world.add_person()
    assert schedule_digests(world.desk) == 0
    world.clock.now = utc("2026-12-14T12:59")
    assert schedule_digests(world.desk) == 0
    world.clock.now = utc("2026-12-18T12:00")  # the machine was off over Monday, and longer than three days
    assert schedule_digests(world.desk) == 0
    world.clock.now = utc("2026-12-22T12:00")
    assert (schedule_digests(world.desk), schedule_digests(world.desk)) == (1, 0)
