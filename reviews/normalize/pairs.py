"""Which reviews of a clinic are one review seen in two places (pure).

Equal public ids of one platform are one review. Whatever merely looks alike is proposed to a person and never merged by
itself: two people may write the same words, and one person may write at two platforms, which are two reviews.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from rapidfuzz.fuzz import ratio

from reviews.normalize.hashes import normalized
from reviews.normalize.people import is_nameless

CLOSE = 90
"""Least likeness of two texts that are shown to a person."""
MIN_TEXT = 40
"""Shorter texts are alike by chance ("Great service, thank you!"): without the same author they say nothing."""
MAX_COMPARED_CHARS = 2_000
MAX_COMPARISONS = 200_000
"""Bound of the work; what is left over is not proposed."""
MIN_ID = 10
"""Shorter ids are a file's own row numbers, which two files share by chance."""
SAME_MOMENT = timedelta(seconds=2)
DAY_SLACK = timedelta(days=1)
"""A day may be another one in the time zone of another place."""

FAMILIES: Mapping[str, str] = {
    "google_business": "google",
    "google_places": "google",
    "google_takeout": "google",
    "outscraper": "google",
    "apify": "google",
    "gosom": "google",
}
"""Origins of one platform that have several names here, because their terms differ."""
COPYING = frozenset({"own_site", "first_party", "other_site", "saved_page", "unknown"})
"""Origins where reviews of any platform are shown again, without the platform's id."""


class Candidate(Protocol):
    """A review as it is compared; `earliest` and `latest` are None where no date is known that stays the same."""

    @property
    def id(self) -> int: ...
    @property
    def source_id(self) -> int: ...
    @property
    def origin(self) -> str: ...
    @property
    def shared_key(self) -> str | None: ...
    @property
    def stars100(self) -> int | None: ...
    @property
    def recommends(self) -> bool | None: ...
    @property
    def author(self) -> str | None: ...
    @property
    def text(self) -> str: ...
    @property
    def earliest(self) -> datetime | None: ...
    @property
    def latest(self) -> datetime | None: ...
    @property
    def is_instant(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPair:
    """Two reviews that are one (`is_same`) or may be; `basis` is ``id``, ``moment`` or ``text``; likeness 0 to 100."""

    one_id: int
    other_id: int
    basis: str
    likeness: int
    is_same: bool


def family_of(origin: str) -> str:
    """The platform behind an origin."""
    return FAMILIES.get(origin, origin)


def shared_key(origin: str, public_id: str | None) -> str | None:
    """The name of a review at its platform, equal wherever it is seen; None where the id is no platform's."""
    if not public_id or len(public_id) < MIN_ID or origin in COPYING:
        return None
    return f"{family_of(origin)}:{public_id}"[:250]


# ---------------------------------------------------------------- finding
def find_pairs(candidates: Sequence[Candidate], fresh: Collection[int]) -> tuple[FoundPair, ...]:
    """The pairs of which at least one review is `fresh`, of two sources each, in the order of their ids.

    At most one proposal for a review and another source: the likest.
    """
    sides = [_Side(each) for each in candidates]
    found: dict[tuple[int, int], FoundPair] = {}
    for pair in _by_id(sides, fresh):
        found[pair.one_id, pair.other_id] = pair
    paired = {id_ for pair in found.values() for id_ in (pair.one_id, pair.other_id)}
    proposals: dict[tuple[int, int], FoundPair] = {}
    taken: set[tuple[int, int]] = set()
    source_of = {each.id: each.source_id for each in candidates}
    likely = sorted(_alike(sides, fresh), key=lambda p: (-p.likeness, p.basis, p.one_id, p.other_id))
    for pair in likely:
        ways = {(pair.one_id, source_of[pair.other_id]), (pair.other_id, source_of[pair.one_id])}
        both_known = pair.one_id in paired and pair.other_id in paired
        if not both_known and not ways & taken and (pair.one_id, pair.other_id) not in found:
            taken |= ways
            proposals[pair.one_id, pair.other_id] = pair
    return tuple(pair for _, pair in sorted({**found, **proposals}.items()))


class _Side:
    """One candidate, reduced to what is compared."""

    __slots__ = ("given", "length", "name", "text")

    def __init__(self, given: Candidate) -> None:
        self.given = given
        full = normalized(given.text)
        self.length, self.text = len(full), full[:MAX_COMPARED_CHARS]
        self.name = () if is_nameless(given.author) else tuple(_WORD.findall((given.author or "").casefold()))


_WORD = re.compile(r"[^\W_]+")


def _by_id(sides: Sequence[_Side], fresh: Collection[int]) -> Iterator[FoundPair]:
    groups: dict[str, list[_Side]] = defaultdict(list)
    for side in sides:
        if side.given.shared_key:
            groups[side.given.shared_key].append(side)
    for group in groups.values():
        for one, other in _pairs(group, fresh):
            # An id that two files share by mistake: people and words that contradict each other are looked at first.
            agree = _names_agree(one, other) or (one.text == other.text and bool(one.text))
            yield _pair(one, other, "id", _likeness(one, other), is_same=agree)


def _pairs(group: Sequence[_Side], fresh: Collection[int]) -> Iterator[tuple[_Side, _Side]]:
    for at, one in enumerate(group):
        for other in group[at + 1 :]:
            if one.given.source_id != other.given.source_id and (one.given.id in fresh or other.given.id in fresh):
                yield one, other


def _alike(sides: Sequence[_Side], fresh: Collection[int]) -> Iterator[FoundPair]:
    """What a person should look at: within people of one first name, and within equal texts."""
    by_name: dict[str, list[_Side]] = defaultdict(list)
    by_text: dict[tuple[int, str], list[_Side]] = defaultdict(list)
    for side in sides:
        if side.name:
            by_name[side.name[0]].append(side)
        if side.length >= MIN_TEXT:
            by_text[side.length, side.text].append(side)
    left = MAX_COMPARISONS
    for group in (*by_name.values(), *by_text.values()):
        for one, other in _pairs(group, fresh):
            left -= 1
            if left < 0:
                return
            if (pair := _judge(one, other)) is not None:
                yield pair


def _judge(one: _Side, other: _Side) -> FoundPair | None:
    a, b = one.given, other.given
    is_one_platform = family_of(a.origin) == family_of(b.origin)
    if not (is_one_platform or a.origin in COPYING or b.origin in COPYING):
        return None  # written at two platforms: two reviews
    if a.shared_key and b.shared_key and a.shared_key == b.shared_key:
        return None
    if not _ratings_agree(a, b) or not _days_agree(a, b):
        return None
    names_agree = bool(one.name) and bool(other.name) and _names_agree(one, other)
    likeness = _likeness(one, other)
    if is_one_platform and names_agree and _same_moment(a, b) and (not one.text or not other.text or likeness >= 50):
        return _pair(one, other, "moment", likeness)
    is_copy = a.origin in COPYING or b.origin in COPYING or not one.name or not other.name
    same_text = is_copy and one.length >= MIN_TEXT and likeness == 100
    if likeness >= CLOSE and one.text and other.text and (names_agree or same_text):
        return _pair(one, other, "text", likeness)
    return None


def _pair(one: _Side, other: _Side, basis: str, likeness: int, *, is_same: bool = False) -> FoundPair:
    low, high = sorted((one.given.id, other.given.id))
    return FoundPair(one_id=low, other_id=high, basis=basis, likeness=likeness, is_same=is_same)


def _likeness(one: _Side, other: _Side) -> int:
    """Of two texts, 0 to 100; of none at all 100, of one alone 0."""
    if not one.text or not other.text:
        return 100 if one.text == other.text else 0
    return int(ratio(one.text, other.text))


def _names_agree(one: _Side, other: _Side) -> bool:
    """Whether two names may be one person's: word by word equal, or an initial of it ("Mary K.", "Mary Kent")."""
    if not one.name or not other.name:
        return True
    if len(one.name) != len(other.name):
        return False
    return all(a == b or (min(len(a), len(b)) == 1 and a[0] == b[0]) for a, b in zip(one.name, other.name, strict=True))


def _ratings_agree(a: Candidate, b: Candidate) -> bool:
    for mine, others in ((a.stars100, b.stars100), (a.recommends, b.recommends)):
        if mine is not None and others is not None and mine != others:
            return False
    return True


def _days_agree(a: Candidate, b: Candidate) -> bool:
    """Whether both can have been written on the same day, as far as their dates are known."""
    if a.earliest is None or a.latest is None or b.earliest is None or b.latest is None:
        return True
    return a.earliest - DAY_SLACK <= b.latest and b.earliest - DAY_SLACK <= a.latest


def _same_moment(a: Candidate, b: Candidate) -> bool:
    """The same second where both are exact; else the same day, which `_days_agree` has seen, with the same stars."""
    if a.earliest is None or b.earliest is None or a.stars100 != b.stars100 or a.recommends != b.recommends:
        return False
    return abs(a.earliest - b.earliest) < SAME_MOMENT if a.is_instant and b.is_instant else not (a.text or b.text)
