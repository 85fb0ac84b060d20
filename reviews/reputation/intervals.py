"""What a rounded average can and cannot say: the interval behind "4.6", and when two figures differ.

Assumes that the platform rounds half up, and ratings between 1 and 5 stars. Fraction and Decimal only: no result rests
on binary rounding. The uncertainty is the Bhatia–Davis bound, variance ≤ (5 − m)(m − 1), unless a histogram is there.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

WORST, BEST = 1, 5
HALF = Fraction(1, 20)
"""Half of the place that we show."""
Z95 = Fraction(196, 100)


@dataclass(frozen=True, slots=True)
class Interval:
    """`low` may be reached, `high` may not."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Range:
    """Whole numbers from `low` to `high`, both possible."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Needed:
    """How many five-star ratings more; `whole` if all ratings so far are whole stars, None if no sum fits them."""

    any_rating: Range
    whole: Range | None


def mean_interval(shown: Decimal) -> Interval:
    """The means that are given as `shown`: 4.6 → [4.55, 4.65), 4.62 → [4.615, 4.625).

    A value without decimals counts as one with one, since pages leave a ".0" out.
    """
    exponent = shown.as_tuple().exponent
    places = max(1, -exponent) if isinstance(exponent, int) else 1
    half = Fraction(1, 2 * 10**places)
    low = Fraction(shown) - half
    return Interval(max(low, Fraction(WORST)) if shown >= WORST else low, Fraction(shown) + half)


def sum_interval(shown: Decimal, count: int) -> Interval:
    """The sums of stars behind an average: 4.6 of 222 → [1010.1, 1032.3)."""
    mean = mean_interval(shown)
    return Interval(mean.low * count, mean.high * count)


def whole_sums(shown: Decimal, count: int) -> Range | None:
    """The sums in whole stars: 4.6 of 222 → 1011 to 1032; None where no whole sum gives that average."""
    sums = sum_interval(shown, count)
    low, high = math.ceil(sums.low), min(math.ceil(sums.high) - 1, BEST * count)
    return Range(low, high) if low <= high else None


def what_is_needed(shown: Decimal, count: int, target: Decimal) -> Needed:
    """How many new five-star ratings until the average can be shown as `target`; always a range.

    The smallest k with (S + 5k) / (count + k) ≥ target − 0.05, for every sum S that the shown average allows. Raises
    ValueError for a target above 5 or a count below 1.
    """
    if count < 1 or not 0 < target <= BEST:
        raise ValueError("a target is between 0 and 5, and a count at least 1")
    if target <= shown:
        return Needed(Range(0, 0), Range(0, 0))
    threshold = Fraction(target) - HALF
    sums, whole = sum_interval(shown, count), whole_sums(shown, count)

    def more(total: Fraction) -> Fraction:
        return (threshold * count - total) / (BEST - threshold)

    most = max(0, math.ceil(more(sums.low)))
    # The upper end of the sums is never reached, so exactly there one more is needed than the formula says.
    fewest = min(most, max(0, math.floor(more(sums.high)) + 1))
    if whole is None:
        return Needed(Range(fewest, most), None)
    by_whole = [max(0, math.ceil(more(Fraction(total)))) for total in (whole.high, whole.low)]
    return Needed(Range(fewest, most), Range(*by_whole))


def after_one_more(shown: Decimal, count: int, stars: int) -> Interval:
    """The means that are possible after one more rating: 4.6 of 222 and a 1 → [4.5341, 4.6336)."""
    sums = sum_interval(shown, count)
    return Interval((sums.low + stars) / (count + 1), (sums.high + stars) / (count + 1))


def shown_values(interval: Interval) -> tuple[Decimal, ...]:
    """The averages with one decimal that may be shown for means in the interval, lowest first."""
    low = math.floor(interval.low * 10 + Fraction(1, 2))
    high = math.ceil(interval.high * 10 - Fraction(1, 2))
    return tuple(Decimal(tenths) / 10 for tenths in range(low, max(low, high) + 1))


def variance_bound(mean: Decimal) -> Decimal:
    """The largest variance that ratings between 1 and 5 with this mean can have: 4.6 → 1.44."""
    return (BEST - mean) * (mean - WORST)


def standard_error(variance: Decimal, count: int) -> Decimal:
    """√(variance / count)."""
    with localcontext(prec=28):
        return (variance / count).sqrt()


def band(mean: Decimal, count: int, variance: Decimal | None = None) -> tuple[Decimal, Decimal]:
    """The 95 % band of a mean with two decimals, half even, by the bound or by a known variance."""
    margin = _z95() * standard_error(variance_bound(mean) if variance is None else variance, count)
    cents = Decimal("0.01")
    return (mean - margin).quantize(cents), (mean + margin).quantize(cents)


def are_distinguishable(
    mean: Decimal, count: int, other_mean: Decimal, other_count: int, *, strict: bool = False
) -> bool:
    """Whether two averages differ by more than chance explains: |difference| > 1.96 √(se² + se²).

    `strict` also takes both averages as rounded: the gap between their intervals against the largest bound within them.
    """
    difference = abs(mean - other_mean)
    variances = [variance_bound(mean), variance_bound(other_mean)]
    if strict:
        difference -= 2 * _decimal(HALF)
        variances = [_largest_bound(mean), _largest_bound(other_mean)]
    with localcontext(prec=28):
        margin = _z95() * (variances[0] / count + variances[1] / other_count).sqrt()
    return difference > margin


def _largest_bound(mean: Decimal) -> Decimal:
    """The bound is largest at 3 and falls on both sides of it."""
    half = _decimal(HALF)
    low, high = max(mean - half, Decimal(WORST)), min(mean + half, Decimal(BEST))
    return variance_bound(min(max(Decimal(3), low), high))


def histogram_mean(histogram: Sequence[int]) -> Fraction:
    """The mean of ratings counted for 1..5 stars; raises ValueError for none."""
    count = sum(histogram)
    if count == 0:
        raise ValueError("no ratings have no mean")
    return Fraction(sum(stars * n for stars, n in enumerate(histogram, 1)), count)


def histogram_variance(histogram: Sequence[int]) -> Fraction:
    """Their variance, as that of the whole population."""
    mean = histogram_mean(histogram)
    return Fraction(sum(stars * stars * n for stars, n in enumerate(histogram, 1)), sum(histogram)) - mean * mean


def _z95() -> Decimal:
    return _decimal(Z95)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
