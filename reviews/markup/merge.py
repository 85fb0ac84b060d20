"""The same review given twice is one review: in two syntaxes, in two blocks, in a slider's clones."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from reviews.markup.subjects import FoundReview
from reviews.model import RawRating, RawReview

_LETTERS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_COUNTED = re.compile(r"(.*?)(\d+)\D*$")
_MIN_PREFIX = 40
_MIN_TELLING = 24
"""Letters of a text that two people do not write alike by chance."""
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
MAX_SHOWN = 500
_NOBODY = frozenset(
    {"", "anonymous", "anonymousreviewer", "guest", "user", "verifiedpatient", "patient", "anonyme", "anonym"}
)


@dataclass(slots=True)
class _Row:
    review: RawReview
    group: str
    text: str
    author: str
    matched_in: str = ""


def merge_reviews(found: Sequence[FoundReview]) -> list[RawReview]:
    """The reviews of one subject in page order, each once.

    Two blocks that list the same reviews agree one to one. Within one block, equal records are one only if they are
    telling (a named author or a long text): two ratings without a word may be two people's.
    """
    rows: list[_Row] = []
    by_text: dict[str, list[_Row]] = defaultdict(list)
    by_author: dict[str, list[_Row]] = defaultdict(list)
    crowded = {key for key, n in Counter((f.group, _key(f.review.author)) for f in found).items() if n > 1}
    for entry in found:
        new = _Row(entry.review, entry.group, _key(entry.review.text), _key(entry.review.author))
        is_crowded = (entry.group, new.author) in crowded
        known = _find(new, rows, by_text.get(new.text, ()), by_author.get(new.author, ()), is_crowded)
        if known is None:
            rows.append(new)
            by_text[new.text].append(new)
            by_author[new.author].append(new)
            continue
        known.review = _fill(known.review, new.review)
        known.matched_in = new.group
        if len(new.text) > len(known.text):
            known.text = new.text
            by_text[new.text].append(known)
    return [row.review for row in rows]


def _find(
    new: _Row, rows: Sequence[_Row], same_text: Iterable[_Row], same_author: Iterable[_Row], is_crowded: bool
) -> _Row | None:
    for row in same_text:
        if not _agree(row, new):
            continue
        is_first_of_its_block = new.group not in (row.group, row.matched_in)
        is_telling = new.text and (new.author not in _NOBODY or len(new.text) >= _MIN_TELLING)
        if is_first_of_its_block or is_telling:
            return row
    if (shown := _find_shown(new, rows)) is not None:
        return shown
    # The rest compares different blocks: one has the whole text, the other its beginning or none at all.
    if new.author in _NOBODY:
        return None
    open_rows = [
        row for row in same_author if row.group != new.group and row.matched_in != new.group and _agree(row, new)
    ]
    for row in open_rows:
        shorter, longer = sorted((row.text, new.text), key=len)
        if len(shorter) >= _MIN_PREFIX and longer.startswith(shorter):
            return row
    half = [row for row in open_rows if not row.text or not new.text]
    return half[0] if len(half) == 1 and len(open_rows) == 1 and not is_crowded else None


def _find_shown(new: _Row, rows: Sequence[_Row]) -> _Row | None:
    """The marked-up review that this one, which the page only shows, is: by its text, even if the name is shortened."""
    if not new.group.startswith("visible") or len(rows) > MAX_SHOWN:
        return None
    for row in rows:
        # Where the names of properties are lost, what stands out in a review looks like its author.
        if row.group != new.group and new.text and row.text == new.text and new.author == _key(row.review.title):
            return row
    if len(new.text) < _MIN_PREFIX:
        return None
    for row in rows:
        if row.group == new.group or len(row.text) < _MIN_PREFIX or not _agree(row, new, is_shown=True):
            continue
        if row.text.startswith(new.text) or new.text.startswith(row.text):
            return row
    return None


def _agree(row: _Row, new: _Row, *, is_shown: bool = False) -> bool:
    """Nothing that both say differs: author (`is_shown`: initials may stand for names), stars, day."""
    is_other = bool(row.author and new.author and row.author != new.author)
    if is_other and not (is_shown and _may_be_one_name(row.review.author or "", new.review.author or "")):
        return False
    one, other = row.review.rating, new.review.rating
    if one and other and _share(one) != _share(other):
        return False
    first, second = row.review.date, new.review.date
    if first and second and row.group == new.group:
        return first[:10] == second[:10]
    # Only dates of one writing can be told apart here: "2 March 2025" may be 2025-03-02.
    is_comparable = bool(first and second and _ISO.match(first) and _ISO.match(second))
    return not is_comparable or (first or "")[:10] == (second or "")[:10]


def _may_be_one_name(first: str, second: str) -> bool:
    """ "Ruth V." and "Ruth Vale", "R. Vale" and "Ruth Vale"."""
    one, other = (re.findall(r"[^\W\d_]+", name.casefold()) for name in (first, second))
    return bool(one and other) and all(a.startswith(b) or b.startswith(a) for a, b in zip(one, other, strict=False))


def _share(rating: RawRating) -> str | float:
    """What two ratings are compared by: the share of the best, 5 where none is named."""
    try:
        return float(_number(rating.value)) / float(_number(rating.best or "5"))
    except (ValueError, ZeroDivisionError):
        return rating.value


def _number(text: str) -> str:
    found = _NUMBER.search(text)
    if not found:
        return text
    number = found.group().replace(",", ".")
    return number.rstrip("0").rstrip(".") if "." in number else number


def _fill(first: RawReview, second: RawReview) -> RawReview:
    """The first, its gaps filled from the second; the longer text wins, for the other is its beginning."""
    gaps = {
        name: getattr(second, name)
        for name in (
            "external_id",
            "anchor",
            "author",
            "rating",
            "title",
            "language",
            "date",
            "url",
            "reply",
            "updated",
        )
        if getattr(first, name) is None and getattr(second, name) is not None
    }
    if len(_key(second.text)) > len(_key(first.text)):
        gaps["text"] = second.text
    return replace(first, **gaps) if gaps else first


def _key(text: str | None) -> str:
    return _LETTERS.sub("", text).casefold() if text else ""


def without_positional_anchors(reviews: list[RawReview]) -> tuple[list[RawReview], bool]:
    """Drop anchors that only count (``#review-1``, ``#review-2``, …): they name places in the list, not reviews."""
    anchors = [_COUNTED.match(review.anchor[-100:]) for review in reviews if review.anchor]
    numbers = [int(found.group(2)) for found in anchors if found]
    counting = len(numbers) == len(anchors) and all(b - a == 1 for a, b in pairwise(numbers))
    if not numbers or not counting or (len(numbers) < 3 and numbers[0] > 1):
        return reviews, False
    return [replace(review, anchor=None) for review in reviews], True


def with_seen_authors(found: list[FoundReview]) -> tuple[list[FoundReview], bool]:
    """Where every record names one author whom no visitor sees, but visitors see others, those that are seen.

    A record without a seen name has none then: what it says is a template's.
    """
    named = [entry for entry in found if entry.author_seen and entry.review.author]
    template = named[0].review.author or "" if named else ""
    seen = [entry.author_seen for entry in named]
    if len({entry.review.author for entry in named}) != 1 or len(set(seen)) < 2 or max(map(len, seen)) > 80:
        return found, False
    if any(template.casefold() in text.casefold() for text in seen):
        return found, False

    def corrected(entry: FoundReview) -> FoundReview:
        author = entry.author_seen if entry.author_seen else entry.review.author
        return replace(entry, review=replace(entry.review, author=None if author == template else author))

    return [corrected(entry) for entry in found], True
