"""When a review was written, as exactly as the source says it and no more exactly.

Own tables, not a date library (docs/decisions/0004-own-date-tables.md). The result is an interval: "2 weeks ago" is a
span of days, "March 2025" a month. A calendar day without a zone is kept as that day in UTC, so that every reader sees
the date that the platform showed. Nothing here raises on any text, and no pattern is slower than linear.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reviews.model import Precision, ReviewDate
from reviews.normalize.date_words import (
    AGO,
    AGO_FRENCH,
    DAY_FIRST_LANGUAGES,
    DAYS_BACK,
    FILLER,
    JUST,
    MONTHS,
    ONE,
    SMALL_NUMBERS,
    UNITS,
    WEEKDAYS,
)
from reviews.normalize.numbers import plain_digits

MAX_CHARS = 64
FIRST_YEAR = 1990
"""No review site is older; earlier dates are placeholders such as 0001-01-01 or 1970-01-01."""
SLACK = timedelta(days=1)
"""How far after the reading a date may lie: the zones of the world, and clocks that run fast."""
TICK = timedelta(microseconds=1)
UNIX_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1}

_ISO = re.compile(
    r"(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?"
    r"(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})", re.ASCII)
_EAST_ASIAN = re.compile(r"(\d{4}) ?[年년] ?(\d{1,2}) ?[月월](?: ?(\d{1,2}) ?[日일])?", re.ASCII)
_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
_CLOCK = re.compile(
    r"\b\d{1,2}(?::\d{2}(?::\d{2})?|h\d{2})(?: ?[ap]\.?m\b\.?)?(?: ?(?:uhr|[+-]\d{2}:?\d{2}|\(?[a-z]{2,5}\)?$))?",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_JUNK = re.compile(r"[^\w\s,.:;()/'’·•|«»\"-]")


def normalize_date(
    raw: str | None,
    *,
    read_at: datetime,
    language: str | None = None,
    day_first: bool | None = None,
    time_zone: str = "UTC",
    unix: str | None = None,
) -> ReviewDate | None:
    """The date as an interval with its precision, or None for what cannot be read without guessing.

    `read_at` (aware) is when the source was read: relative dates count from there, and a date more than a day after it
    is refused. `day_first` says how 04/05/2024 is meant; without it such a date is None, unless only one reading
    exists. `time_zone` says which day "yesterday" was. `unix` (``s``, ``ms``, ``us``) is given by who knows that the
    field holds such a number; a bare number is otherwise only a year. A time without a zone gives the day.
    """
    if raw is None or len(raw) > 4 * MAX_CHARS:
        return None
    text = " ".join(unicodedata.normalize("NFC", plain_digits(raw)).split())
    if not text or len(text) > MAX_CHARS:
        return None
    try:
        if unix is not None:
            found = _unix(text, unix)
        else:
            found = _read(text, read_at.astimezone(UTC), (language or "").lower()[:2], day_first, time_zone)
        return _checked(" ".join(raw.split()), found, read_at) if found is not None else None
    except (ValueError, OverflowError):  # a day that no calendar has, a year beyond all years
        return None


def find_day_order(raws: Iterable[str | None]) -> bool | None:
    """Whether the numeric dates of one list have the day first; None where no date of it can be read in one way only.

    A list is written in one way: 30/03/2025 beside 12/04/2025 says what both mean. Dates that contradict each other
    say nothing.
    """
    orders = set()
    for raw in raws:
        found = _NUMERIC.search(raw) if raw and len(raw) <= 4 * MAX_CHARS else None
        if found and (int(found[1]) > 12) != (int(found[3]) > 12):
            orders.add(int(found[1]) > 12)
    return orders.pop() if len(orders) == 1 else None


def unix_to_text(value: str | int, unit: str) -> str | None:
    """ISO text of a unix time whose `unit` (``s``, ``ms``, ``us``) is known by its field; None for 0 and nonsense."""
    try:
        found = _unix(str(value).strip(), unit)
    except (ValueError, OverflowError):
        return None
    return found[0].isoformat().replace("+00:00", "Z") if found else None


Found = tuple[datetime, datetime, Precision, bool]


def _checked(raw: str, found: Found, read_at: datetime) -> ReviewDate | None:
    earliest, latest, precision, relative = found
    limit = read_at.astimezone(UTC) + SLACK
    if earliest > limit or earliest.year < FIRST_YEAR:
        return None
    return ReviewDate(raw=raw, earliest=earliest, latest=min(latest, limit), precision=precision, relative=relative)


def _read(text: str, read_at: datetime, language: str, day_first: bool | None, time_zone: str) -> Found | None:
    if (iso := _ISO.fullmatch(text)) is not None:
        return _iso(iso)
    if text.isdigit():
        return _year(int(text)) if len(text) == 4 else None
    if (parts := _YEAR_FIRST.fullmatch(text) or _EAST_ASIAN.fullmatch(text)) is not None:
        year, month, day = parts.groups()
        return _day(int(year), int(month), int(day)) if day else _month(int(year), int(month))
    text = _CLOCK.sub(" ", text.lower()).strip(" ,.:;()·•|-")
    if _JUNK.search(text):
        return None
    if (numeric := _NUMERIC.search(text)) is not None:
        rest = _TOKEN.findall(text[: numeric.start()] + " " + text[numeric.end() :])
        return _numeric(numeric, day_first, language) if all(_is_filler(token) for token in rest) else None
    if (iso := _ISO.search(text)) is not None:
        before = _TOKEN.findall(text[: iso.start()])
        return _iso(iso) if iso.end() == len(text) and all(_is_filler(token) for token in before) else None
    tokens = _split_elisions(_TOKEN.findall(text.replace("’", "'")))
    return _relative(tokens, read_at, time_zone) or _named(tokens)


def _split_elisions(tokens: list[str]) -> list[str]:
    """French and Italian words that lean on the next one, apart: "d'un" → "un", "un'ora" → "un", "ora"."""
    found: list[str] = []
    for token in tokens:
        head, mark, tail = token.partition("'")
        if mark and head in ("d", "l", "un") and token not in JUST:
            found += [head, tail] if head == "un" else [tail]
        else:
            found.append(token)
    return found


# ---------------------------------------------------------------- absolute dates
def _iso(found: re.Match[str]) -> Found | None:
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    if day is None:
        return _month(int(year), int(month))
    if hour is None or zone is None:
        if hour is not None:
            time(int(hour), int(minute), min(int(second or 0), 59))  # raises for an hour that no clock has
        return _day(int(year), int(month), int(day))
    moment = datetime(
        int(year), int(month), int(day), int(hour), int(minute), min(int(second or 0), 59),
        int((fraction or "0")[:6].ljust(6, "0")), tzinfo=UTC,
    )  # fmt: skip
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        if int(digits[:2]) > 14 or int(digits[2:]) > 59:
            return None
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        moment += offset if zone[0] == "-" else -offset
    return moment, moment, Precision.INSTANT, False


def _unix(text: str, unit: str) -> Found | None:
    if unit not in UNIX_UNITS or not re.fullmatch(r"\d{1,17}(\.\d{1,9})?", text, re.ASCII) or not float(text):
        return None
    whole, _, fraction = text.partition(".")
    micros = int(whole) * UNIX_UNITS[unit]
    if unit == "s" and fraction:
        micros += int(fraction[:6].ljust(6, "0"))
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment, moment, Precision.INSTANT, False


def _numeric(found: re.Match[str], day_first: bool | None, language: str) -> Found | None:
    first, sign, second, year = int(found[1]), found[2], int(found[3]), int(found[4])
    if day_first is None:
        if first > 12 or first == second or (sign == "." and language in DAY_FIRST_LANGUAGES):
            day_first = True
        elif second > 12:
            day_first = False
        else:
            return None
    day, month = (first, second) if day_first else (second, first)
    return _day(year, month, day)


def _named(tokens: list[str]) -> Found | None:
    """A date with the month in words: the year has four digits, the day one or two, everything else is filler."""
    numbers = [token for token in tokens if token.isdigit()]
    months = [token for token in tokens if token in MONTHS]
    if len({MONTHS[token] for token in months}) > 1:
        months = [token for token in months if token not in WEEKDAYS and token not in FILLER]
    if len(months) != 1 or not 1 <= len(numbers) <= 2:
        return None
    if not all(token in MONTHS or token.isdigit() or _is_filler(token) for token in tokens):
        return None
    years = [int(number) for number in numbers if len(number) == 4]
    days = [int(number) for number in numbers if len(number) <= 2]
    if len(years) != 1 or len(years) + len(days) != len(numbers):
        return None
    month = MONTHS[months[0]]
    return _day(years[0], month, days[0]) if days else _month(years[0], month)


def _is_filler(token: str) -> bool:
    return token in FILLER or token in WEEKDAYS or token.split("'")[-1] in FILLER


def _day(year: int, month: int, day: int) -> Found:
    start = datetime(year, month, day, tzinfo=UTC)
    return start, start + timedelta(days=1) - TICK, Precision.DAY, False


def _month(year: int, month: int) -> Found:
    start = datetime(year, month, 1, tzinfo=UTC)
    return start, start + timedelta(days=monthrange(year, month)[1]) - TICK, Precision.MONTH, False


def _year(year: int) -> Found:
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC) - TICK, Precision.YEAR, False


# ---------------------------------------------------------------- relative dates
_SPANS = {
    "second": (timedelta(seconds=1), Precision.DAY),
    "minute": (timedelta(minutes=1), Precision.DAY),
    "hour": (timedelta(hours=1), Precision.DAY),
    "day": (timedelta(days=1), Precision.DAY),
    "week": (timedelta(days=7), Precision.MONTH),
}


def _relative(tokens: list[str], read_at: datetime, time_zone: str) -> Found | None:
    if 0 < len(tokens) <= 4 and tokens[0] not in AGO and all(token in JUST for token in tokens):
        return read_at - timedelta(minutes=10), read_at, Precision.DAY, True
    known = [token for token in tokens if token in DAYS_BACK]
    if len(known) == 1 and all(token in DAYS_BACK or _is_filler(token) for token in tokens):
        return _days_back(DAYS_BACK[known[0]], read_at, time_zone)
    without_ago = _strip_ago(tokens)
    if without_ago is None:
        return None
    # "an" is one in English and a year in French: it is the unit where there is no other.
    units = [UNITS[token] for token in without_ago if token in UNITS and token not in ONE]
    units = units or [UNITS[token] for token in without_ago if token in UNITS]
    counts = [count for token in without_ago if (count := _count(token)) is not None]
    counts = counts[:1] if without_ago[-1:] == ["an"] else counts
    rest = (token for token in without_ago if token not in UNITS and _count(token) is None)
    if len(units) != 1 or len(counts) > 1 or not all(_is_filler(token) for token in rest):
        return None
    return _ago(counts[0] if counts else 1, units[0], read_at)


def _strip_ago(tokens: list[str]) -> list[str] | None:
    """The tokens without the word that says "ago"; None when there is none."""
    for index in range(len(tokens) - 2):
        if tuple(tokens[index : index + 3]) == AGO_FRENCH:
            return tokens[:index] + tokens[index + 3 :]
    if not any(token in AGO for token in tokens):
        return None
    return [token for token in tokens if token not in AGO]


def _count(token: str) -> int | None:
    if token.isdigit():
        return int(token) if len(token) <= 4 else None
    return 1 if token in ONE else SMALL_NUMBERS.get(token)


def _ago(count: int, unit: str, read_at: datetime) -> Found:
    """[count, count + 1) units before the reading: sites round down."""
    if unit in _SPANS:
        step, precision = _SPANS[unit]
        return read_at - (count + 1) * step, read_at - count * step, precision, True
    months, precision = (12, Precision.YEAR) if unit == "year" else (1, Precision.MONTH)
    return _months_back(read_at, (count + 1) * months), _months_back(read_at, count * months), precision, True


def _months_back(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    if year < 1:
        raise ValueError("before the first year")
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def _days_back(days: int, read_at: datetime, time_zone: str) -> Found:
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    local: date = read_at.astimezone(zone).date() - timedelta(days=days)
    start, end, precision, _ = _day(local.year, local.month, local.day)
    return start, end, precision, True
