"""Which review is which: keys, and the known review that an edited one is (decision 14).

A review with a platform's id is that id. Without one it is known by its anchor on the page, else by author and date,
else by a text that is close to exactly one known text of the same source. What could be two is two: an ambiguous case
never matches. All results are independent of the order in which reviews come.
"""

import hashlib
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from rapidfuzz.fuzz import ratio

from reviews.model import Precision, Review, ReviewDate
from reviews.normalize.hashes import date_key, digest, normalized
from reviews.normalize.people import is_nameless

CLOSE = 90
"""Least `rapidfuzz.fuzz.ratio` of normalized texts; not token_set_ratio, which calls opposite reviews alike."""
MIN_CLOSE_CHARS = 20
"""Shorter texts are alike by chance ("Great service!"), so without the same author they never match."""
MAX_COMPARED_CHARS = 2_000
MAX_COMPARISONS = 200_000
"""Bound of the work per page; whoever is left over is new."""
MAX_KEY = 200


class KnownReview(Protocol):
    """What storage remembers of a review without a platform's id."""

    @property
    def identity_key(self) -> str: ...
    @property
    def identity_kind(self) -> str: ...
    @property
    def author(self) -> str | None: ...
    @property
    def date_earliest(self) -> datetime | None: ...
    @property
    def date_precision(self) -> str | None: ...
    @property
    def stars100(self) -> int | None: ...
    @property
    def text(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class SeenReview:
    """A review that this run has already read: the same key is the same review, likeness to it proves nothing."""

    identity_key: str
    identity_kind: str
    author: str | None
    date_earliest: datetime | None
    date_precision: str | None
    stars100: int | None
    text: str | None


def as_known(reviews: Iterable[Review]) -> list[SeenReview]:
    """Reviews of a page just read, for `match_known` of the next page of the same run."""
    return [
        SeenReview(
            review.identity_key,
            review.identity_kind,
            review.author,
            review.date.earliest if review.date else None,
            review.date.precision.value if review.date else None,
            review.rating.stars100 if review.rating else None,
            review.text,
        )
        for review in reviews
        if review.identity_kind != "id"
    ]


# ---------------------------------------------------------------- keys
def identity_of(
    *,
    external_id: str | None,
    anchor: str | None,
    author: str | None,
    date: ReviewDate | None,
    stars100: int | None,
    recommends: bool | None,
    text: str,
) -> tuple[str, str]:
    """Key and kind: the platform's id as it is (``id``), ``anchor:…``, or ``fp:…`` of author, date, stars, text.

    A relative date is no part of a fingerprint: tomorrow it would be another.
    """
    if external_id:
        return _short(external_id), "id"
    if anchor:
        return "anchor:" + _short(anchor), "anchor"
    name = None if is_nameless(author) else _folded(author)
    return "fp:" + digest([name, date_key(date), stars100, recommends, normalized(text)])[:40], "fingerprint"


def _short(key: str) -> str:
    return key if len(key) <= MAX_KEY else "sha256:" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _folded(author: str | None) -> str | None:
    return " ".join(author.casefold().split()) if author else None


def number_equals(reviews: Sequence[Review]) -> tuple[Review, ...]:
    """Reviews of one page with distinct keys: of equal candidates the second gets "#2", since two are two.

    An anchor that different reviews share is a template's and identifies none: they get fingerprints. The same id, or
    the same anchor over the same content, twice is one review seen twice and left alone.
    """
    contents: dict[str, set[str]] = defaultdict(set)
    for review in reviews:
        if review.identity_kind == "anchor":
            contents[review.identity_key].add(review.content_hash)
    changed = [_by_fingerprint(r) if len(contents.get(r.identity_key, ())) > 1 else r for r in reviews]
    groups: dict[str, list[int]] = defaultdict(list)
    for index, review in enumerate(changed):
        if review.identity_kind == "fingerprint":
            groups[review.identity_key].append(index)
    for key, indexes in groups.items():
        if len(indexes) > 1:
            indexes.sort(key=lambda i: _content_order(changed[i]))
            for number, index in enumerate(indexes[1:], start=2):
                changed[index] = replace(changed[index], identity_key=f"{key}#{number}")
    return tuple(changed)


def _by_fingerprint(review: Review) -> Review:
    key, kind = identity_of(
        external_id=None,
        anchor=None,
        author=review.author,
        date=review.date,
        stars100=review.rating.stars100 if review.rating else None,
        recommends=review.rating.recommends if review.rating else None,
        text=review.text or review.title,
    )
    return replace(review, identity_key=key, identity_kind=kind)


def _content_order(review: Review) -> tuple[str, ...]:
    return (review.content_hash, review.reply_hash, review.volatile_hash, review.url or "")


# ---------------------------------------------------------------- the known twin
class _Side:
    """One candidate of either side, reduced to what is compared."""

    __slots__ = ("author", "date", "index", "is_anchored", "key", "length", "text")

    def __init__(self, index: int, key: str, kind: str, author: str | None, date: Hashable, text: str | None) -> None:
        self.index, self.key, self.is_anchored = index, key, kind == "anchor"
        self.author, self.date = author, date
        full = normalized(text)
        self.length, self.text = len(full), full[:MAX_COMPARED_CHARS]


def _name(author: str | None, templates: frozenset[str]) -> str | None:
    name = None if is_nameless(author) else _folded(author)
    return None if name in templates else name


def match_known(known: Sequence[KnownReview], reviews: Sequence[Review]) -> tuple[Review, ...]:
    """The reviews of one page, in their order, with the key of the known review that each is.

    First equal keys; then, each only where it is unique on both sides: author, date and text; author and date; the
    same text; a text of `ratio` ≥ 90. A name that stands over most reviews is a template's and is not believed, nor is
    "Anonymous"; two different names are never one review. What `as_known` gives matches
    by its key only. Keys in the result are distinct, except those of one review seen twice.
    """
    reviews = number_equals(reviews)
    by_key = {item.identity_key: item for item in sorted(known, key=lambda item: isinstance(item, SeenReview))}
    taken = {review.identity_key for review in reviews if review.identity_key in by_key}
    templates = _template_names([item.author for item in by_key.values()])
    templates |= _template_names([review.author for review in reviews])
    ours = [
        _Side(
            index,
            review.identity_key,
            review.identity_kind,
            _name(review.author, templates),
            _day_of(review.date),
            review.text or review.title,
        )
        for index, review in enumerate(reviews)
        if review.identity_kind != "id" and review.identity_key not in taken
    ]
    if not ours:
        return reviews
    theirs = [
        _Side(index, key, item.identity_kind, _name(item.author, templates), _known_day(item), item.text)
        for index, (key, item) in enumerate(by_key.items())
        if item.identity_kind != "id" and key not in taken and not isinstance(item, SeenReview)
    ]
    found: dict[int, str] = {}
    for rule in (_by_all, _by_author_and_date, _by_text):
        ours, theirs = _match_unique(ours, theirs, rule, found)
    _match_close(ours, theirs, found)
    return tuple(_with_key(review, by_key[found[i]]) if i in found else review for i, review in enumerate(reviews))


def _with_key(review: Review, known: KnownReview) -> Review:
    return replace(review, identity_key=known.identity_key, identity_kind=known.identity_kind)


def _template_names(authors: Sequence[str | None]) -> frozenset[str]:
    """Names that stand over more than half of the reviews, and over three at least."""
    counts = Counter(name for author in authors if (name := _folded(author)))
    return frozenset(name for name, count in counts.items() if count >= 3 and 2 * count > counts.total())


def _day_of(date: ReviewDate | None) -> Hashable:
    if date is None or date.relative or date.precision is Precision.YEAR:
        return None
    return (date.earliest, date.precision.value)


def _known_day(item: KnownReview) -> Hashable:
    if item.date_earliest is None or item.date_precision is None or item.date_precision == Precision.YEAR:
        return None
    return (item.date_earliest, str(item.date_precision))


Rule = Callable[[_Side], Hashable]


def _by_all(side: _Side) -> Hashable:
    return (side.author, side.date, side.text, side.length) if side.date and side.text else None


def _by_author_and_date(side: _Side) -> Hashable:
    return (side.author, side.date) if side.author and side.date else None


def _by_text(side: _Side) -> Hashable:
    return (side.text, side.length) if side.length >= MIN_CLOSE_CHARS else None


def _match_unique(
    ours: list[_Side], theirs: list[_Side], rule: Rule, found: dict[int, str]
) -> tuple[list[_Side], list[_Side]]:
    """Match what the rule finds exactly once on both sides; returns who is left."""
    left, right = _unique(ours, rule), _unique(theirs, rule)
    done: set[int] = set()
    for value, side in left.items():
        other = right.get(value)
        if side is not None and other is not None and _may_be_one(side, other):
            found[side.index] = other.key
            done.add(other.index)
    return [s for s in ours if s.index not in found], [s for s in theirs if s.index not in done]


def _unique(sides: list[_Side], rule: Rule) -> dict[Hashable, _Side | None]:
    found: dict[Hashable, _Side | None] = {}
    for side in sides:
        value = rule(side)
        if value is not None:
            found[value] = None if value in found else side
    return found


def _may_be_one(one: _Side, other: _Side) -> bool:
    """Whether nothing speaks against it: two names are two people, two anchors two reviews unless they say the same."""
    if one.is_anchored and other.is_anchored and (one.text, one.length) != (other.text, other.length):
        return False
    return one.author is None or other.author is None or one.author == other.author


def _match_close(ours: list[_Side], theirs: list[_Side], found: dict[int, str]) -> None:
    """Match texts that are close to exactly one text of the other side, within the bound of comparisons."""
    theirs = sorted((side for side in theirs if side.text), key=lambda side: (side.length, side.text, side.key))
    lengths = [side.length for side in theirs]
    pairs: list[tuple[_Side, _Side]] = []
    budget = MAX_COMPARISONS
    for side in sorted((side for side in ours if side.text), key=lambda side: (side.length, side.text, side.key)):
        # Texts whose lengths differ by more can never reach the ratio, which is 2 × common / (a + b).
        low = bisect_left(lengths, side.length * CLOSE // (200 - CLOSE))
        high = bisect_left(lengths, side.length * (200 - CLOSE) // CLOSE + 2)
        budget -= high - low
        if budget < 0:
            return  # half a comparison could take for unique what is not
        pairs += [(side, other) for other in theirs[low:high] if _is_close(side, other)]
    ours_count = Counter(side.index for side, _ in pairs)
    theirs_count = Counter(other.index for _, other in pairs)
    for side, other in pairs:
        if ours_count[side.index] == 1 and theirs_count[other.index] == 1:
            found[side.index] = other.key


def _is_close(side: _Side, other: _Side) -> bool:
    if not _may_be_one(side, other):
        return False
    same_author = side.author is not None and side.author == other.author
    if not same_author and min(side.length, other.length) < MIN_CLOSE_CHARS:
        return False
    return ratio(side.text, other.text, score_cutoff=CLOSE) >= CLOSE
