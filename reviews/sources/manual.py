"""Reviews and totals that a person types in, for platforms that allow nothing else; the form belongs to `web`.

Nothing is stored here. What is typed is a raw review or total like any other, and goes the same way from there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reviews.errors import ImportFileError
from reviews.model import Field, Page, ParsedPage, RawRating, RawReply, RawReview, RawTotal, Source, Traits
from reviews.normalize.numbers import parse_count, parse_decimal
from reviews.normalize.ratings import RatingRefused, normalize_rating, normalize_total
from reviews.sources.base import Doors

KIND = "manual"
MAX_TEXT, MAX_LINE = 20_000, 300

SAY_SOMETHING = "Please enter stars, a text, or both."
SAY_WHERE = "Please say where this was published, as an address or a name."
SAY_WHEN = "Please say when you read it (year-month-day)."
BAD_DATE = "“{value}” is no date. Please write it as year-month-day, such as 2026-03-09."
BAD_RATING = "“{value}” is no rating on a scale up to {best}."
BAD_COUNT = "“{value}” is no number of reviews."
BAD_AVERAGE = "“{value}” is no average on a scale up to {best}."
TOO_LONG = "This is too long: at most {limit} characters."
NEED_TOTAL = "Please enter the average, the number of reviews, or both."

_DATE = re.compile(r"(?:19|20)\d{2}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_DAY = re.compile(r"(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one field: its name, a message id, and what fills its places."""

    field: str
    reason: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What a form says: a review or a total, or the faults that keep it from being either."""

    review: RawReview | None = None
    total: RawTotal | None = None
    read_at: datetime | None = None
    faults: tuple[Fault, ...] = ()


class Manual:
    """The connector for what is entered by hand: it has nothing to fetch."""

    kind = KIND
    label = "Entered by hand"
    demo_only = False
    traits = Traits(
        complete=False,
        ordered_by="none",
        max_items=None,
        stable_id=True,
        reports_totals=True,
        rating_kind="stars",
        reply_read=True,
        reply_post="none",
        edits="hash",
        removals="never",
        interval_minutes=24 * 60,
        full_scan_days=None,
        origin="unknown",
    )
    fields: tuple[Field, ...] = ()

    def address(self, config: Mapping[str, Any]) -> str:
        """None: each review says where it was read."""
        return ""

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """Nothing: raises ImportFileError."""
        raise ImportFileError("nothing to fetch", "Reviews of this source are entered by hand.")


def read_review(form: Mapping[str, str], entry: str = "") -> Entered:
    """A typed review; fields: author, rating, best, title, text, date, where, language, reply. All are texts.

    `entry` is the review's own id, so that it can be corrected later.

    `where` (an address or a name of the platform) is required, and stars or a text; a date is as exact as it is known:
    year, year-month, or year-month-day.
    """
    given = _clean(form)
    faults = _too_long(given)
    rating = None
    if given["rating"]:
        best = given["best"] or "5"
        rating = RawRating(value=given["rating"], best=best)
        if not _is_rating(rating):
            values = (("value", given["rating"][:40]), ("best", best[:10]))
            faults.append(Fault(field="rating", reason=BAD_RATING, values=values))
    if not rating and not given["text"]:
        faults.append(Fault(field="text", reason=SAY_SOMETHING))
    if not given["where"]:
        faults.append(Fault(field="where", reason=SAY_WHERE))
    if given["date"] and not _DATE.fullmatch(given["date"]):
        faults.append(Fault(field="date", reason=BAD_DATE, values=(("value", given["date"][:40]),)))
    if faults:
        return Entered(faults=tuple(faults))
    is_address = given["where"].startswith(("http://", "https://"))
    return Entered(
        review=RawReview(
            place="entered by hand",
            external_id=entry or None,
            author=given["author"] or None,
            rating=rating,
            title=given["title"] or None,
            text=given["text"] or None,
            language=given["language"] or None,
            date=given["date"] or None,
            url=given["where"] if is_address else None,
            reply=RawReply(text=given["reply"]) if given["reply"] else None,
        )
    )


def read_total(form: Mapping[str, str]) -> Entered:
    """A typed total; fields: average, best, count, where, read_on. Where and when it was read are required."""
    given = _clean(form)
    faults = _too_long(given)
    best = given["best"] or "5"
    if not given["average"] and not given["count"]:
        faults.append(Fault(field="average", reason=NEED_TOTAL))
    if given["average"] and not _is_average(given["average"], best):
        values = (("value", given["average"][:40]), ("best", best[:10]))
        faults.append(Fault(field="average", reason=BAD_AVERAGE, values=values))
    if given["count"] and parse_count(given["count"]) is None:
        faults.append(Fault(field="count", reason=BAD_COUNT, values=(("value", given["count"][:40]),)))
    if not given["where"]:
        faults.append(Fault(field="where", reason=SAY_WHERE))
    if not _is_day(given["read_on"]):
        faults.append(Fault(field="read_on", reason=SAY_WHEN))
    if faults:
        return Entered(faults=tuple(faults))
    is_address = given["where"].startswith(("http://", "https://"))
    return Entered(
        total=RawTotal(
            place="entered by hand",
            average=given["average"] or None,
            best=best if given["average"] else None,
            review_count=given["count"] or None,
            text=f"read on {given['read_on']}: {given['where']}",
            url=given["where"] if is_address else None,
        ),
        read_at=datetime.fromisoformat(given["read_on"]).replace(tzinfo=UTC),
    )


def page_of(entered: Entered) -> Page:
    """What was typed as the one page of a source, so that it takes the way of everything that is collected."""
    return Page(
        number=1,
        url="",
        parsed=ParsedPage(
            reviews=(entered.review,) if entered.review else (),
            totals=(entered.total,) if entered.total else (),
            business_count=1,
            signature=KIND,
        ),
        is_last=True,
        total_read_at=entered.read_at,
    )


def _clean(form: Mapping[str, str]) -> dict[str, str]:
    names = ("author", "rating", "best", "title", "text", "date", "where", "language", "reply", "average", "count",
             "read_on")  # fmt: skip
    return {name: str(form.get(name) or "").strip() for name in names}


def _too_long(given: Mapping[str, str]) -> list[Fault]:
    return [
        Fault(field=name, reason=TOO_LONG, values=(("limit", str(limit)),))
        for name, value in given.items()
        if len(value) > (limit := MAX_TEXT if name in ("text", "reply") else MAX_LINE)
    ]


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def _is_rating(raw: RawRating) -> bool:
    try:
        return normalize_rating(raw) is not None
    except RatingRefused:
        return False


def _is_average(text: str, best: str) -> bool:
    if parse_decimal(text) is None or parse_decimal(best) is None:
        return False
    return normalize_total(RawTotal(place="", average=text, best=best)).average is not None
