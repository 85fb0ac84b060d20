# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""Reviews in arrays without keys, as pages hand them to their own scripts: found by what the values look like."""

import re
from collections.abc import Iterator
from typing import Any

from reviews.model import RawRating, RawReview
from reviews.normalize.dates import unix_to_text
from reviews.sources.record_fields import unit_of

MAX_NODES = 1_000_000
_URL = re.compile(r"https?://|^//|^/")
_ID = re.compile(r"[\w+/=:.-]{12,200}")
_RELATIVE = re.compile(
    r"(?:\d+|a|an|il y a|vor|hace)\b.{0,24}\b(?:ago|fa|temu|geleden)|(?:il y a|vor|hace) .{1,24}", re.IGNORECASE
)
_ABOUT_AUTHOR = re.compile(
    r"\b(?:local guide|\d+ (?:reviews?|avis|rezensionen|reseñas|recensioni|photos?))\b", re.IGNORECASE
)


def read_arrays(data: Any) -> list[RawReview]:
    """The reviews in nested lists; none unless a time, a rating alone in its list, and a name beside a picture agree."""
    found: list[RawReview] = []
    known: set[str] = set()
    for node in _records(data):
        review = _review(node, f"item {len(found) + 1}")
        key = review.external_id or f"{review.author} {review.text}"
        if key not in known:
            known.add(key)
            found.append(review)
    return found


def _records(data: Any) -> Iterator[list[Any]]:
    """The smallest lists that hold all of a review."""
    verdict: dict[int, bool] = {}
    order: list[list[Any]] = []
    stack: list[Any] = [data]
    left = MAX_NODES
    while stack and left:
        left -= 1
        node = stack.pop()
        if isinstance(node, list):
            order.append(node)
            stack.extend(inner for inner in reversed(node) if isinstance(inner, list))
        elif isinstance(node, dict):
            return
    smallest: list[list[Any]] = []
    for node in reversed(order):
        inner = [child for child in node if isinstance(child, list)]
        has_below = any(verdict.get(id(child)) for child in inner)
        is_record = not has_below and len(node) < 200 and _is_review(node)
        verdict[id(node)] = has_below or is_record
        if is_record:
            smallest.append(node)
    yield from reversed(smallest)


def _flat(node: Any, depth: int = 0) -> Iterator[tuple[Any, list[Any]]]:
    """Values with the list that holds them, in order; at most some thousand."""
    if depth > 30 or not isinstance(node, list):
        return
    for value in node:
        if isinstance(value, list):
            yield from _flat(value, depth + 1)
        else:
            yield value, node


def _values(node: list[Any]) -> list[tuple[Any, list[Any]]]:
    found = []
    for number, pair in enumerate(_flat(node)):
        if number > 3_000:
            return []
        found.append(pair)
    return found


def _is_review(node: list[Any]) -> bool:
    values = _values(node)
    return bool(_rating(values) and _time(values) and _author(values))


def _rating(values: list[tuple[Any, list[Any]]]) -> str | None:
    """A whole number from 1 to 5 that stands alone in its list."""
    for value, holder in values:
        if len(holder) == 1 and isinstance(value, str) and value in ("1", "2", "3", "4", "5"):
            return value
    return None


def _time(values: list[tuple[Any, list[Any]]]) -> str | None:
    for value, _ in values:
        if isinstance(value, str) and value.isdigit() and len(value) in (13, 16) and (unit := unit_of(value)):
            return unix_to_text(value, unit)
    return None


def _author(values: list[tuple[Any, list[Any]]]) -> str | None:
    """A short text directly before the address of a picture or a profile, in one list."""
    for at, (value, holder) in enumerate(values[:-1]):
        following, other = values[at + 1]
        is_name = (
            isinstance(value, str)
            and 1 < len(value) <= 80
            and not _URL.search(value)
            and any(c.isalpha() for c in value)
        )
        if (
            is_name
            and other is holder
            and isinstance(following, str)
            and following.startswith(("http", "//"))
            and not value.isdigit()
        ):
            return str(value)
    return None


def _review(node: list[Any], place: str) -> RawReview:
    values = _values(node)
    texts = [
        value
        for value, _ in values
        if isinstance(value, str)
        and " " in value
        and not _URL.search(value)
        and not _RELATIVE.fullmatch(value)
        and not _ABOUT_AUTHOR.search(value[:60])
    ]
    author = _author(values)
    said = max((text for text in texts if text != author), key=len, default=None)
    first = next((value for value, _ in values if isinstance(value, str)), "")
    rating = _rating(values)
    return RawReview(
        place=place,
        external_id=first if _ID.fullmatch(first) and not _URL.search(first) else None,
        author=author,
        rating=RawRating(value=rating) if rating else None,
        text=said,
        date=_time(values),
    )
