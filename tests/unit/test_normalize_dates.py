"""Dates: intervals with their precision, never a moment that nobody stated."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.model import Precision, ReviewDate
from reviews.normalize.date_words import DAYS_BACK, FILLER, MONTHS, UNITS, WEEKDAYS
from reviews.normalize.dates import find_day_order, normalize_date, unix_to_text

READ_AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def read(text: str, **options: object) -> ReviewDate | None:
    return normalize_date(text, read_at=READ_AT, **options)  # type: ignore[arg-type]


def span(text: str, **options: object) -> tuple[str, str, str] | None:
    found = read(text, **options)
    return (found.earliest.isoformat()[:19], found.latest.isoformat()[:19], found.precision.value) if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-07-07T04:35:18Z", "2018-07-07T04:35:18+00:00"),
        ("2018-07-07T04:35:18+0000", "2018-07-07T04:35:18+00:00"),
        ("2018-07-07T04:35:18.123Z", "2018-07-07T04:35:18.123000+00:00"),
        ("2018-07-07T04:35:18.123456Z", "2018-07-07T04:35:18.123456+00:00"),
        ("2018-07-07T04:35:18.123456789Z", "2018-07-07T04:35:18.123456+00:00"),
        ("2022-02-07T13:25:32+01:00", "2022-02-07T12:25:32+00:00"),
        ("2022-02-07T13:25:32+02:00", "2022-02-07T11:25:32+00:00"),
        ("2022-02-07 13:25:32-08", "2022-02-07T21:25:32+00:00"),
        ("2022-02-07T13:25+05:30", "2022-02-07T07:55:00+00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
    ],
)
@pytest.mark.statement("Q4")
def test_times_with_a_zone_are_instants(text: str, expected: str) -> None:
    found = read(text)
    assert found is not None
    assert (found.earliest.isoformat(), found.latest, found.precision) == (expected, found.earliest, Precision.INSTANT)
    assert (found.raw, found.relative) == (text, False)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-02-06 17:31:44", "2026-02-06"),
        ("2013-09-07T13:37:00", "2013-09-07"),
        ("2024-05-01", "2024-05-01"),
        ("2024/5/1", "2024-05-01"),
        ("2024.05.01", "2024-05-01"),
        ("2024年5月1日", "2024-05-01"),
        ("٢٠٢٤-٠٥-٠١", "2024-05-01"),
        ("06/16/2019 13:35:28", "2019-06-16"),
        ("25/12/2024", "2024-12-25"),
        ("05/05/2024", "2024-05-05"),
        ("Jan 20, 2014", "2014-01-20"),
        ("Fri, Feb 02, 2018 10:48 AM", "2018-02-02"),
        ("Oct 23, 2024 02:17 PM (SST)", "2024-10-23"),
        ("Mon, 24 Oct 2011 10:00:00 +0000", "2011-10-24"),
        ("April 5, 2016", "2016-04-05"),
        ("October 24, 2011", "2011-10-24"),
        ("24th of October 2011", "2011-10-24"),
        ("24-Oct-2011", "2011-10-24"),
        ("Sept. 3, 2024", "2024-09-03"),
        ("22 novembre 2026", "2026-11-22"),
        ("1er novembre 2024", "2024-11-01"),
        ("mar. 5 mai 2024", "2024-05-05"),
        ("3 août 2024", "2024-08-03"),
        ("3 aou\u0302t 2024", "2024-08-03"),
        ("24. Oktober 2011", "2011-10-24"),
        ("3. März 2025", "2025-03-03"),
        ("22 de noviembre de 2024", "2024-11-22"),
        ("5 maggio 2024", "2024-05-05"),
        ("5 maart 2024", "2024-03-05"),
        ("24 października 2023 r.", "2023-10-24"),
        ("7 de março de 2022", "2022-03-07"),
        ("Reviewed on October 24, 2011", "2011-10-24"),
        ("Date of experience: March 05, 2024", "2024-03-05"),
        ("Posted May 4, 2024", "2024-05-04"),
        ("Publié le 3 mars 2025", "2025-03-03"),
        ("Avis publié le 3 mars 2025", "2025-03-03"),
        ("Date de l’expérience : 3 mai 2024", "2024-05-03"),
        ("Veröffentlicht am 3. Mai 2024", "2024-05-03"),
        ("Reviewed on 2024-05-01", "2024-05-01"),
        ("le 25/12/2024 à 10h30", "2024-12-25"),
    ],
)
@pytest.mark.statement("D1")
def test_days_stay_whole_calendar_days(text: str, day: str) -> None:
    assert span(text) == (f"{day}T00:00:00", f"{day}T23:59:59", "day")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("March 2025", ("2025-03-01T00:00:00", "2025-03-31T23:59:59", "month")),
        ("mars 2025", ("2025-03-01T00:00:00", "2025-03-31T23:59:59", "month")),
        ("2024-02", ("2024-02-01T00:00:00", "2024-02-29T23:59:59", "month")),
        ("Visited in May 2024", ("2024-05-01T00:00:00", "2024-05-31T23:59:59", "month")),
        ("2024", ("2024-01-01T00:00:00", "2024-12-31T23:59:59", "year")),
        ("2026", ("2026-01-01T00:00:00", "2026-11-23T09:00:00", "year")),
        ("November 2026", ("2026-11-01T00:00:00", "2026-11-23T09:00:00", "month")),
    ],
)
@pytest.mark.statement("D1", "Q4")
def test_months_and_years_stay_as_vague_as_they_are(text: str, expected: tuple[str, str, str]) -> None:
    assert span(text) == expected


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("2 weeks ago", "2026-11-01", "2026-11-08", "month"),
        ("a week ago", "2026-11-08", "2026-11-15", "month"),
        ("3 days ago", "2026-11-18", "2026-11-19", "day"),
        ("an hour ago", "2026-11-22", "2026-11-22", "day"),
        ("just now", "2026-11-22", "2026-11-22", "day"),
        ("2 months ago", "2026-08-22", "2026-09-22", "month"),
        ("a year ago", "2024-11-22", "2025-11-22", "year"),
        ("two years ago", "2023-11-22", "2024-11-22", "year"),
        ("Edited a year ago", "2024-11-22", "2025-11-22", "year"),
        ("Posted 3 days ago", "2026-11-18", "2026-11-19", "day"),
        ("il y a 3 semaines", "2026-10-25", "2026-11-01", "month"),
        ("il y a un an", "2024-11-22", "2025-11-22", "year"),
        ("il y a plus d'un an", "2024-11-22", "2025-11-22", "year"),
        ("Modifié il y a 2 ans", "2023-11-22", "2024-11-22", "year"),
        ("vor 2 Monaten", "2026-08-22", "2026-09-22", "month"),
        ("vor einem Jahr", "2024-11-22", "2025-11-22", "year"),
        ("hace 3 días", "2026-11-18", "2026-11-19", "day"),
        ("un mese fa", "2026-09-22", "2026-10-22", "month"),
        ("un'ora fa", "2026-11-22", "2026-11-22", "day"),
        ("een maand geleden", "2026-09-22", "2026-10-22", "month"),
        ("miesiąc temu", "2026-09-22", "2026-10-22", "month"),
        ("2 tygodnie temu", "2026-11-01", "2026-11-08", "month"),
        ("há 2 anos", "2023-11-22", "2024-11-22", "year"),
        ("yesterday", "2026-11-21", "2026-11-21", "day"),
        ("hier", "2026-11-21", "2026-11-21", "day"),
        ("gestern", "2026-11-21", "2026-11-21", "day"),
        ("vorgestern", "2026-11-20", "2026-11-20", "day"),
        ("today", "2026-11-22", "2026-11-22", "day"),
    ],
)
@pytest.mark.statement("D1")
def test_relative_dates_are_intervals_before_the_reading(text: str, earliest: str, latest: str, precision: str) -> None:
    found = read(text)
    assert found is not None
    assert (found.earliest.date().isoformat(), found.latest.date().isoformat()) == (earliest, latest)
    assert (found.precision.value, found.relative, found.raw) == (precision, True, text)


def test_yesterday_is_the_day_before_in_the_clinics_zone() -> None:
    early = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # still the 21st in Vancouver
    found = normalize_date("yesterday", read_at=early, time_zone="America/Vancouver")
    assert found is not None
    assert found.earliest == datetime(2026, 11, 20, tzinfo=UTC)
    assert normalize_date("yesterday", read_at=early, time_zone="No/Where") is not None


def test_months_ago_end_at_the_last_day_of_a_short_month() -> None:
    found = normalize_date("a month ago", read_at=datetime(2026, 3, 31, 9, tzinfo=UTC))
    assert found is not None
    assert found.latest == datetime(2026, 2, 28, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "options", "day"),
    [
        ("04/05/2024", {}, None),
        ("04/05/2024", {"day_first": True}, "2024-05-04"),
        ("04/05/2024", {"day_first": False}, "2024-04-05"),
        ("04.05.2024", {}, None),
        ("04.05.2024", {"language": "de"}, "2024-05-04"),
        ("04.05.2024", {"language": "de", "day_first": False}, "2024-04-05"),
        ("25/12/2024", {"day_first": False}, None),
        ("12/25/2024", {"day_first": True}, None),
        ("Posted 04/05/2024", {"day_first": True}, "2024-05-04"),
    ],
)
def test_day_and_month_are_never_guessed(text: str, options: dict[str, object], day: str | None) -> None:
    found = read(text, **options)
    assert (found.earliest.date().isoformat() if found else None) == day


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "2", "12", "1234", "20240501", "1700000000", "04/05/24", "2024-13-01", "2024-02-30",
        "2024-05-01T25:00:00Z", "31 April 2024", "12 mai", "May", "Monday", "2 weeks", "in 2 weeks", "some time ago",
        "2 3 weeks ago", "99999 years ago", "ago", "ago " * 15, "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z",
        "March April 2024", "May 5 2024 2025", "great service in May 2024", "2024-05-01 or so", "x" * 65,
        "2024-05-01" + " " * 300, "\x00", "2024\x002", "\ud800", "9999-12-31T23:59:59-23:00", "0000-01-01",
        "2024-05-01T10:00:00+99:99",
    ],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "is_read"),
    [("2026-11-23T08:59:00Z", True), ("2026-11-23T09:01:00Z", False), ("2026-11-23", True), ("2027", False),
     ("2026-11-24", False), ("December 2026", False), ("2026-11-22T09:10:00Z", True)],
)  # fmt: skip
@pytest.mark.statement("Q4", "A9")
def test_the_future_is_refused_beyond_a_day(text: str, is_read: bool) -> None:
    assert (read(text) is not None) is is_read


def test_unix_times_are_read_only_when_the_field_says_so() -> None:
    assert read("1700000000") is None
    expected = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    for text, unit in (("1700000000", "s"), ("1700000000000", "ms"), ("1700000000000000", "us"), ("1700000000.0", "s")):
        found = read(text, unix=unit)
        assert found is not None
        assert (found.earliest, found.precision) == (expected, Precision.INSTANT)
    assert read("1700000000000", unix="s") is None
    assert read("0", unix="s") is None
    assert read("2024-05-01", unix="s") is None
    assert unix_to_text(1700000000, "s") == "2023-11-14T22:13:20Z"
    assert unix_to_text("0", "us") is None
    assert unix_to_text("soon", "s") is None


def test_every_month_name_is_read_in_every_language() -> None:
    for name, month in MONTHS.items():
        found = read(f"3 {name} 2024")
        assert found is not None, name
        assert (found.earliest.month, found.earliest.day, found.precision) == (month, 3, Precision.DAY)


def test_no_filler_word_means_something_else() -> None:
    assert not FILLER & set(MONTHS)
    assert not FILLER & set(DAYS_BACK)
    assert WEEKDAYS & set(MONTHS) == {"mar"}  # French for Tuesday and March; only one of two can be the month
    assert set(UNITS.values()) == {"second", "minute", "hour", "day", "week", "month", "year"}


PIECES = st.sampled_from(
    ["2024", "12", "3", "May", "mars", "ago", "il y a", "vor", "weeks", "ans", "on", ",", "/", "-", ":", ".", " ",
     "T", "Z", "+01:00", "yesterday", "\u0660", "年", "'", "\x00", "’", "a", "an", "10:30", "Reviewed"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.lists(PIECES, max_size=12).map(" ".join) | st.text(max_size=80)
ZONES = st.sampled_from(["UTC", "America/Vancouver", "Pacific/Kiritimati", "../etc"])


@given(
    TEXTS,
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from([None, "en", "de", "fr-CA"]),
    st.sampled_from([None, True, False]),
    ZONES,
)
@pytest.mark.statement("Q4")
def test_any_text_gives_an_aware_interval_that_is_not_in_the_future_or_none(
    text: str, read_at: datetime, language: str | None, day_first: bool | None, zone: str
) -> None:
    read_at = read_at.replace(tzinfo=timezone(timedelta(hours=-8)))
    found = normalize_date(text, read_at=read_at, language=language, day_first=day_first, time_zone=zone)
    if found is None:
        return
    assert found.earliest.utcoffset() == found.latest.utcoffset() == timedelta(0)
    assert found.earliest <= found.latest <= read_at + timedelta(days=1)
    assert found.earliest.year >= 1990
    width = found.latest - found.earliest
    assert (
        width
        <= {
            Precision.INSTANT: timedelta(0),
            Precision.DAY: timedelta(days=1),
            Precision.MONTH: timedelta(days=31),
            Precision.YEAR: timedelta(days=366),
        }[found.precision]
    )


@given(st.datetimes(datetime(1990, 1, 2), datetime(2026, 11, 21)), st.sampled_from([3, 6, 9]))
@pytest.mark.statement("Q4")
def test_every_instant_is_read_back(moment: datetime, digits: int) -> None:
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0")
    text = (text + "000")[: 20 + digits] + "Z"
    found = read(text)
    assert found is not None
    expected = moment.replace(tzinfo=UTC)
    assert found.earliest == (
        expected if digits > 3 else expected.replace(microsecond=moment.microsecond // 1000 * 1000)
    )


@pytest.mark.statement("F7")
def test_hostile_texts_are_answered_at_once() -> None:
    started = time.process_time()
    for pump in ("ago ", "1", "a'", "2024-", "il y a ", "(", "10:00 ", "an an ", "\u0661", "-", "/1"):
        for size in (16, 64, 250, 100_000):
            read((pump * size)[:size])
    assert time.process_time() - started < 10  # quadratic ones would take minutes


@pytest.mark.parametrize(
    ("dates", "day_first"),
    [
        (["12/04/2025", "30/03/2025"], True),
        (["04/12/2025", "03/30/2025", None], False),
        (["12/04/2025", "03/04/2025"], None),
        (["30/03/2025", "03/30/2025"], None),
        (["2025-03-30", "May 3, 2025", ""], None),
        ([], None),
    ],
)
def test_one_date_of_a_list_says_how_the_others_are_meant(dates: list[str | None], day_first: bool | None) -> None:
    assert find_day_order(dates) is day_first
