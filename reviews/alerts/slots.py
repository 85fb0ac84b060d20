"""When something is told: slots of a day, a week and a month in a clinic's time zone, and the end of quiet hours.

A slot is named by its local date, so that each comes once, whatever the clock does.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAILY_AT = time(8)
WEEKDAY = 0
"""Monday."""


def next_daily(now: datetime, zone: tzinfo) -> tuple[date, datetime]:
    """The next daily slot after `now`: its local date and its time in UTC."""
    day = now.astimezone(zone).date()
    while (moment := to_utc(day, DAILY_AT, zone)) <= now:
        day += timedelta(days=1)
    return day, moment


def last_weekly(now: datetime, zone: tzinfo) -> tuple[date, datetime]:
    """The latest weekly slot that `now` has reached: its local date and its time in UTC."""
    day = now.astimezone(zone).date()
    day -= timedelta(days=(day.weekday() - WEEKDAY) % 7)
    moment = to_utc(day, DAILY_AT, zone)
    if moment > now:
        day -= timedelta(days=7)
        moment = to_utc(day, DAILY_AT, zone)
    return day, moment


def next_weekly(now: datetime, zone: tzinfo) -> tuple[date, datetime]:
    """The next weekly slot after `now`, for a preview."""
    day = last_weekly(now, zone)[0] + timedelta(days=7)
    return day, to_utc(day, DAILY_AT, zone)


def last_monthly(now: datetime, zone: tzinfo) -> tuple[date, datetime]:
    """The latest monthly slot (the first day at eight) that `now` has reached: its local date and its time in UTC."""
    day = now.astimezone(zone).date().replace(day=1)
    moment = to_utc(day, DAILY_AT, zone)
    if moment > now:
        day = (day - timedelta(days=1)).replace(day=1)
        moment = to_utc(day, DAILY_AT, zone)
    return day, moment


def next_monthly(now: datetime, zone: tzinfo) -> datetime:
    """The time of the next monthly slot after `now` in UTC, for a preview."""
    day = (last_monthly(now, zone)[0] + timedelta(days=31)).replace(day=1)
    return to_utc(day, DAILY_AT, zone)


def find_quiet_end(now: datetime, quiet_from: time | None, quiet_until: time | None, zone: tzinfo) -> datetime | None:
    """When the quiet hours end that `now` falls into, in UTC; None outside of them. They may span midnight."""
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return None
    local = now.astimezone(zone)
    clock, day = local.time(), local.date()
    if quiet_from < quiet_until:
        if not quiet_from <= clock < quiet_until:
            return None
    elif clock >= quiet_from:
        day += timedelta(days=1)
    elif clock >= quiet_until:
        return None
    end = to_utc(day, quiet_until, zone)
    # In the hour that a change of clocks repeats, the first pass may be over already.
    return end if end > now else to_utc(day, quiet_until.replace(fold=1), zone)


def to_utc(day: date, clock: time, zone: tzinfo) -> datetime:
    """A local time in UTC; one that a change of clocks leaves out counts as if the clocks had not changed yet."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
