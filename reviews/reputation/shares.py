"""Shares and their change, with what chance alone would do: figures of themes, by sentences."""

import math
from dataclasses import dataclass

FEWEST_REVIEWS = 5
_Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole` sentences, written in `reviews` reviews."""

    part: int
    whole: int
    reviews: int

    @property
    def percent(self) -> int | None:
        """Whole percent, half up; None of nothing."""
        return (200 * self.part + self.whole) // (2 * self.whole) if self.whole else None


@dataclass(frozen=True, slots=True)
class ShareChange:
    """``too_few``, ``same`` (chance explains it), ``more`` or ``less``; `points` are percentage points, now − then."""

    kind: str
    points: int = 0


def compare_shares(now: Share, before: Share) -> ShareChange:
    """How a share differs from that of the period before.

    Too few: fewer than five reviews in either. A difference counts when its 95 % interval (Newcombe 1998, method 10,
    from two Wilson intervals) leaves out zero; reviews are counted there, since sentences of one person agree.
    """
    if min(now.reviews, before.reviews) < FEWEST_REVIEWS or not now.whole or not before.whole:
        return ShareChange("too_few")
    one, two = now.part / now.whole, before.part / before.whole
    low_one, high_one = wilson(one, now.reviews)
    low_two, high_two = wilson(two, before.reviews)
    low = one - two - math.hypot(one - low_one, high_two - two)
    high = one - two + math.hypot(high_one - one, two - low_two)
    points = math.floor(100 * (one - two) + 0.5)
    if low > 0 or high < 0:
        return ShareChange("more" if one > two else "less", points)
    return ShareChange("same", points)


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share among so many (Wilson 1927)."""
    square = _Z95 * _Z95
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = _Z95 * math.sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count)
    return max(0.0, middle - half), min(1.0, middle + half)
