"""What changed between two figures, as far as they can tell: intervals of rounded averages, honest small numbers."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reviews.reputation.intervals import BEST, Needed, are_distinguishable, mean_interval, what_is_needed

FEWEST = 5
"""Below this many in a period there is no trend."""
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From one shown average to another: `kind` is same, up or down; the true change lies between `low` and `high`.

    `same` means that the intervals which rounding leaves overlap: the two cannot be told apart.
    """

    kind: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many; None of nothing."""

    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        """Rounded half up to whole percent."""
        return (200 * self.part + self.whole) // (2 * self.whole) if self.whole else None


def compare(now: Decimal, before: Decimal) -> Change:
    """How a shown average has changed: 4.6 after 4.5 is between 0.0 and 0.2 more."""
    one, other = mean_interval(before), mean_interval(now)
    low, high = other.low - one.high, other.high - one.low
    if low < 0 < high:
        return Change(kind="same", low=_tenths(low), high=_tenths(high))
    return Change(
        kind="up" if now > before else "down", low=_tenths(abs_min(low, high)), high=_tenths(abs_max(low, high))
    )


def abs_min(low: Fraction, high: Fraction) -> Fraction:
    """The smaller of two distances from nothing."""
    return min(abs(low), abs(high))


def abs_max(low: Fraction, high: Fraction) -> Fraction:
    """The larger of two distances from nothing."""
    return max(abs(low), abs(high))


def next_goal(shown: Decimal, count: int) -> tuple[Decimal, Needed] | None:
    """The next tenth and how many five-star ratings it takes, always a range; None at the top."""
    target = shown.quantize(TENTH) + TENTH
    if target > BEST or count < 1:
        return None
    return target, what_is_needed(shown, count, target)


def tell_apart(mean100: int | None, count: int, other100: int | None, other_count: int) -> str:
    """Two means of what was read in two periods: up, down, same (chance explains it), or few."""
    if mean100 is None or other100 is None or min(count, other_count) < FEWEST:
        return "few"
    mean, other = Decimal(mean100) / 100, Decimal(other100) / 100
    if not are_distinguishable(mean, count, other, other_count):
        return "same"
    return "up" if mean > other else "down"


def _tenths(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(TENTH)
