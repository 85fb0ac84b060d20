"""What connectors of JSON APIs have in common: one way to ask, to explain an error's body, and to read records.

A connector brings a pure function that reads an error's body into a `Problem`; it runs in the sandbox like every reader
of foreign bytes, and the error is raised on this side.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reviews.errors import (
    RateLimited,
    SourceBlocked,
    SourceChanged,
    SourceError,
    SourceGone,
    SourceRequestError,
    SourceUnauthorized,
    SourceUnavailable,
)
from reviews.model import RawReview, Reject, Source
from reviews.sources.base import Doors

if TYPE_CHECKING:
    # Only a name here: the sandbox imports this module, and needs no network.
    from reviews.fetcher import Answer

MAX_PAGES = 2_000
"""Pages of one list that are read in one run; what lies behind them is not marked missing."""
LOOKBACK = timedelta(days=7)
"""What is so much older than the mark is read again, for clocks differ and rows are pinned."""
EXPLAINED = (301, *range(400, 500))
"""Statuses whose body says what is wrong."""

NO_JSON = "The site answered with something that is not its usual data. The last good figures stay."
NOT_AN_OBJECT = "This record is not a review."
NO_ID = "This record has no id."
UNKNOWN_STARS = "The rating “{value}” has no known scale."
NO_RATING_OR_TEXT = "This review has neither a rating nor a text."
NO_KIND = "This record does not say whether it is a rating or a recommendation."
NOT_SET = "The setting “{name}” is missing. Please complete this source."
NO_KEY = "The key “{name}” is missing. Please connect this source."

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(?:Z|\+00:?00)")


class TokenExpired(SourceUnauthorized):
    """The access token is refused; whoever can renews it and asks once more."""


class PositionLost(SourceRequestError):
    """The place in the list where the last run was cut off is not known any more: read from the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What an error's body means.

    `kind` is ``unavailable``, ``limited``, ``unauthorized``, ``expired``, ``blocked``, ``gone``, ``changed``,
    ``request`` or ``lost`` (the place in the list is not known any more); `message` is for the operator and holds
    codes, never a text of the answer; `hint` is for staff.
    """

    kind: str
    message: str
    hint: str | None = None
    retry_after_seconds: int | None = None


Explain = Callable[[bytes, int, Mapping[str, str], datetime], Problem]
"""(body, status, headers, now) → what it means; a pure function at the top of a module of `reviews.sources`."""

_ERRORS: Mapping[str, type[SourceError]] = {
    "unavailable": SourceUnavailable,
    "unauthorized": SourceUnauthorized,
    "expired": TokenExpired,
    "blocked": SourceBlocked,
    "gone": SourceGone,
    "changed": SourceChanged,
    "request": SourceRequestError,
    "lost": PositionLost,
}


def error_of(problem: Problem) -> SourceError:
    """The error that a problem stands for."""
    if problem.kind == "limited":
        return RateLimited(problem.message, problem.hint, retry_after_seconds=problem.retry_after_seconds)
    return _ERRORS[problem.kind](problem.message, problem.hint)


def plain_problem(status: int, message: str = "") -> Problem:
    """What a status means by itself, where the body says nothing that is known."""
    kinds = {301: "changed", 401: "unauthorized", 403: "blocked", 404: "gone", 408: "unavailable", 410: "gone"}
    kind = {429: "limited", 451: "blocked"}.get(status) or kinds.get(status, "request")
    return Problem(kind=kind, message=f"status {status} {message}".strip())


def ask(
    doors: Doors, url: str, explain: Explain, *, headers: Mapping[str, str], wanted: Collection[int] = ()
) -> "Answer":
    """The answer of an API to a GET, JSON by its type; raises what `explain` makes of a status that is not `wanted`."""
    answer = doors.http.fetch(url, accept="application/json", headers=headers, obey_robots=False, also_answer=EXPLAINED)
    return answer if answer.status in wanted else check(doors, answer, explain)


def ask_with(
    doors: Doors, url: str, explain: Explain, value: object, *, headers: Mapping[str, str], method: str = "POST"
) -> "Answer":
    """The same with a JSON value that is posted or put, once, to say what is wanted."""
    answer = doors.http.post_json(url, value, method=method, headers=headers, also_answer=EXPLAINED)
    return check(doors, answer, explain)


def check(doors: Doors, answer: "Answer", explain: Explain) -> "Answer":
    """The answer, if it is one."""
    place = urlsplit(answer.url).path
    if answer.status >= 300:
        problem = doors.sandbox.run(explain, answer.body, answer.status, dict(answer.headers), doors.now)
        wait = answer.retry_after_seconds if answer.retry_after_seconds is not None else problem.retry_after_seconds
        raise error_of(replace(problem, message=f"{place}: {problem.message}", retry_after_seconds=wait))
    kind = answer.content_type.lower()
    if "json" not in kind and "javascript" not in kind:
        raise SourceChanged(f"{place}: content type {answer.content_type}", NO_JSON)
    return answer


# ---------------------------------------------------------------- reading
def read_json(body: bytes) -> Any:
    """The JSON value with its numbers as text, so that 4.6 stays 4.6; raises SourceChanged."""
    try:
        return json.loads(body, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise SourceChanged(f"no JSON: {str(error)[:120]}", NO_JSON) from error


def require(is_there: bool, what: str) -> None:
    """Raise SourceChanged where an answer lacks what it always had."""
    if not is_there:
        raise SourceChanged(f"no {what} in the answer", NO_JSON)


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object; raises SourceChanged for anything else."""
    data = read_json(body)
    if not isinstance(data, dict):
        raise SourceChanged("no object where data was expected", NO_JSON)
    return data


def try_object(body: bytes) -> dict[str, Any]:
    """The JSON object of an error's body, or an empty one."""
    try:
        return read_object(body)
    except SourceChanged:
        return {}


def part(record: object, name: str) -> dict[str, Any]:
    """The object under a name, or an empty one."""
    found = record.get(name) if isinstance(record, dict) else None
    return found if isinstance(found, dict) else {}


def text_of(value: object) -> str | None:
    """A text or number as text; anything else, or an empty text, is absent."""
    return value if isinstance(value, str) and value.strip() else None


def whole_number(value: object, low: int, high: int) -> str | None:
    """A whole number in its range as text ("4", "4.0"); None for anything else."""
    text = text_of(value)
    if text is None or not re.fullmatch(r"\d{1,3}(?:\.0+)?", text, re.ASCII):
        return None
    number = int(text.split(".")[0])
    return str(number) if low <= number <= high else None


def read_records(
    records: object, read: Callable[[Any, str], RawReview | Reject | None]
) -> tuple[tuple[RawReview, ...], tuple[Reject, ...]]:
    """(reviews, rejects) of a list, each record by itself; a reader's None is left out. Raises SourceChanged."""
    if not isinstance(records, list):
        raise SourceChanged("no list of reviews in the answer", NO_JSON)
    found = [read(record, f"item {number}") for number, record in enumerate(records, start=1)]
    return (
        tuple(each for each in found if isinstance(each, RawReview)),
        tuple(each for each in found if isinstance(each, Reject)),
    )


def not_an_object(record: object, place: str) -> Reject:
    """The reject of a record that is none."""
    return Reject(place=place, reason=NOT_AN_OBJECT, sample=str(record)[:200])


# ---------------------------------------------------------------- settings and cursors
def setting(source: Source, name: str) -> str:
    """A setting of the source; raises SourceRequestError that names it."""
    value = str(source.config.get(name) or "").strip()
    if not value:
        raise SourceRequestError(f"setting {name} is missing", NOT_SET, {"name": name})
    return value


def secret(doors: Doors, name: str) -> str:
    """A secret of the connection; raises SourceUnauthorized that names it."""
    value = doors.secrets.get(name, "").strip()
    if not value:
        raise SourceUnauthorized(f"secret {name} is missing", NO_KEY, {"name": name})
    return value


def sort_key(moment: str | None) -> str | None:
    """A time as text of one width, nine fraction digits, so that text order is time order; None if it is no time."""
    found = _TIME.fullmatch(moment) if moment else None
    return f"{found.group(1)}.{(found.group(2) or '').ljust(9, '0')}Z" if found else None


def earlier(key: object, span: timedelta) -> str | None:
    """The sort key that lies `span` before this one; None for what is no sort key."""
    if not isinstance(key, str) or (known := sort_key(key)) is None:
        return None
    try:
        moment = datetime.strptime(known[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC) - span
    except (ValueError, OverflowError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000000000Z"


def oldest_wanted(source: Source, lookback: timedelta = LOOKBACK) -> str | None:
    """The sort key up to which a short run reads; None: everything is wanted."""
    return None if source.cursor.get("full") else earlier(source.cursor.get("mark"), lookback)


def keys_of(moments: Iterable[str | None]) -> list[str]:
    """The sort keys of times, oldest first."""
    return sorted(key for moment in moments if (key := sort_key(moment)))
