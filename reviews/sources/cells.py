"""One row of a table → one raw review, or a Reject that names row, column and reason."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reviews.model import RawRating, RawReply, RawReview, Reject
from reviews.normalize.ratings import RatingRefused, normalize_rating

DATE_ORDERS = (("", "As in the file"), ("day", "Day first"), ("month", "Month first"))
SCALES = (
    ("", "As in the file"),
    ("5", "Up to 5"),
    ("10", "Up to 10"),
    ("100", "Up to 100"),
    ("words", "Words"),
    ("drawn", "Drawn stars"),
    ("recommend", "Recommended: yes or no"),
)
ORIGINS: Mapping[str, str] = {
    "google": "google", "google maps": "google", "google business profile": "google", "google reviews": "google",
    "yelp": "yelp", "facebook": "facebook", "trustpilot": "trustpilot", "tripadvisor": "tripadvisor",
}  # fmt: skip
"""What export files call platforms → whose terms bind the row; any other name is ``unknown``."""

NO_DATE = "{value} is no date."
NO_RATING_OR_TEXT = "This row has neither a rating nor a text."
TOO_MANY_CELLS = "This row has {found} cells, the header {expected}. Perhaps a text is not in quotation marks."

_NUMERIC = re.compile(
    r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AaPp]\.?[Mm]\.?)?)?"
)
_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{0,4})?")
_UNIX = re.compile(r"\d{9,16}(?:\.0+)?")
_YES_NO = frozenset(
    {"yes", "no", "true", "false", "oui", "non", "ja", "nein", "sí", "si", "recommended", "not recommended"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateOrder:
    """What numeric dates prove: rows where the day must come first, or the month, and one that can be read both ways.

    Parts of one column add up.
    """

    day_row: int | None = None
    month_row: int | None = None
    open_at: tuple[int, str] | None = None

    @property
    def contradiction(self) -> tuple[int, int] | None:
        """Two rows that cannot both be right."""
        return (self.day_row, self.month_row) if self.day_row and self.month_row else None

    @property
    def order(self) -> str:
        """``day``, ``month``, or nothing ("")."""
        if self.contradiction or not (self.day_row or self.month_row):
            return ""
        return "day" if self.day_row else "month"

    def __add__(self, later: "DateOrder") -> "DateOrder":
        return DateOrder(
            day_row=self.day_row or later.day_row,
            month_row=self.month_row or later.month_row,
            open_at=self.open_at or later.open_at,
        )


def is_numeric_date(text: str) -> bool:
    """Whether a date is written with numbers of which the first is no year: 04/05/2024, 4.5.24."""
    found = _NUMERIC.fullmatch(text)
    return found is not None and len(found.group(1)) <= 2


def date_order_of(dates: Iterable[tuple[int, str]]) -> DateOrder:
    """The order of day and month in (row, date) pairs, proved by the whole column; dots mean the day comes first."""
    day_row = month_row = None
    open_at: tuple[int, str] | None = None
    for row, text in dates:
        found = _NUMERIC.fullmatch(text)
        if found is None or len(found.group(1)) > 2:
            continue
        first, second = int(found.group(1)), int(found.group(3))
        if found.group(2) == "." or first > 12 >= second:
            day_row = day_row or row
        elif second > 12 >= first:
            month_row = month_row or row
        elif first != second and open_at is None:
            open_at = (row, text)
    return DateOrder(day_row=day_row, month_row=month_row, open_at=open_at)


def scale_of(ratings: Iterable[tuple[int, str]]) -> str:
    """The scale that (row, rating) pairs leave no doubt about, "" where it must be asked.

    Plain numbers up to 5 are taken as stars of five; anything above must be asked, for it may be of 10 or of 100.
    """
    return scale_from({scale_kind(text) for _, text in ratings})


def scale_kind(text: str) -> str:
    """The scale that one rating by itself seems to have; "" for a number beyond five."""
    if _NUMBER.fullmatch(text):
        return "5" if float(text.replace(",", ".")) <= 5 else ""
    if text.lower() in _YES_NO:
        return "recommend"
    return "drawn" if any(star in text for star in "★☆⭐") else "words"


def scale_from(kinds: Collection[str]) -> str:
    """The scale of a column in which these kinds of ratings stand, "" where it must be asked."""
    if len(kinds) == 1:
        return next(iter(kinds))
    return "5" if kinds and set(kinds) <= {"5", "words", "drawn"} else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReader:
    """How the rows of one file are read; `places` is target → index of its column."""

    columns: Sequence[str]
    places: Mapping[str, int]
    date_order: str
    scale: str
    clinic: str = ""

    def read(self, number: int, cells: Sequence[str]) -> RawReview | Reject | None:
        """The review in a row; None for a row of another clinic."""
        place = f"row {number}"
        if len(cells) > len(self.columns) and any(cells[len(self.columns) :]):
            values = (("found", str(len(cells))), ("expected", str(len(self.columns))))
            return Reject(place=place, reason=TOO_MANY_CELLS, values=values)
        if self.clinic and self._cell(cells, "clinic").casefold() != self.clinic.casefold():
            return None
        rating = self._rating(place, self._cell(cells, "rating"))
        date = self._date(place, "date", self._cell(cells, "date"))
        reply_date = self._date(place, "reply_date", self._cell(cells, "reply_date"))
        for value in (rating, date, reply_date):
            if isinstance(value, Reject):
                return value
        text, title = self._cell(cells, "text"), self._cell(cells, "title")
        if rating is None and not text and not title:
            return Reject(place=place, reason=NO_RATING_OR_TEXT)
        reply = self._cell(cells, "reply")
        origin = self._cell(cells, "origin").lower()
        return RawReview(
            place=place,
            external_id=self._cell(cells, "external_id") or None,
            author=self._cell(cells, "author") or None,
            rating=rating if isinstance(rating, RawRating) else None,
            title=title or None,
            text=text or None,
            language=self._cell(cells, "language") or None,
            date=date if isinstance(date, str) else None,
            url=self._cell(cells, "url") or None,
            origin=ORIGINS.get(origin, "unknown") if origin else None,
            reply=RawReply(text=reply, date=reply_date if isinstance(reply_date, str) else None) if reply else None,
        )

    def _cell(self, cells: Sequence[str], target: str) -> str:
        at = self.places.get(target)
        return cells[at] if at is not None and at < len(cells) else ""

    def _column(self, target: str) -> str:
        return self.columns[self.places[target]]

    def _rating(self, place: str, text: str) -> RawRating | Reject | None:
        if not text:
            return None
        if self.scale == "recommend":
            raw = RawRating(value=text, kind="recommend")
        elif _NUMBER.fullmatch(text):
            raw = RawRating(value=text, best=self.scale if self.scale.isdigit() else "5")
        else:
            raw = RawRating(value=text)
        try:
            rating = normalize_rating(raw)
        except RatingRefused as error:
            return Reject(
                place=place, reason=error.reason, values=error.values, column=self._column("rating"), sample=text[:80]
            )
        return raw if rating is not None else None

    def _date(self, place: str, target: str, text: str) -> str | Reject | None:
        """A date as found; numeric ones, whose order is known by now, as ISO 8601."""
        if not text:
            return None
        if _UNIX.fullmatch(text) and (moment := _from_unix(text, self._column(target))):
            return moment
        found = _NUMERIC.fullmatch(text)
        if found is None:
            return text
        iso = _to_iso(found, self.date_order)
        if iso is not None:
            return iso
        return Reject(
            place=place, reason=NO_DATE, values=(("value", text[:40]),), column=self._column(target), sample=text[:80]
        )


def _to_iso(found: re.Match[str], order: str) -> str | None:
    one, _, two, three, hour, minute, second, half = found.groups()
    if len(one) == 4:
        year, month, day = int(one), int(two), int(three)
    else:
        year = int(three) + (2000 if len(three) <= 2 else 0)
        # Without an order, both numbers are equal or the date is none: either reading gives the same answer.
        day, month = (int(two), int(one)) if order == "month" else (int(one), int(two))
    try:
        moment = datetime(year, month, day, _hour(hour, half), int(minute or 0), int(second or 0))  # noqa: DTZ001
    except ValueError:
        return None
    return moment.isoformat() if hour else moment.date().isoformat()


def _hour(hour: str | None, half: str | None) -> int:
    if hour is None or not half:
        return int(hour or 0)
    return int(hour) % 12 + (12 if half[0] in "pP" else 0)


def _from_unix(text: str, column: str) -> str | None:
    """A Unix time, its unit told by the column's name and never by its size; None where the name does not tell."""
    name = column.lower()
    digits = text.partition(".")[0]
    for words, places in ((("micro",), 6), (("milli", "_ms"), 3), (("unix", "timestamp", "epoch"), 0)):
        if any(word in name for word in words):
            seconds = int(digits) // 10**places
            try:
                return datetime.fromtimestamp(seconds, UTC).isoformat()
            except (ValueError, OverflowError, OSError):
                return None
    return None
