"""One figure over several platforms: opt-in, only where every platform's terms allow it, and always said to be ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reviews.reputation.intervals import Interval, mean_interval, shown_values

RECIPE = "mean weighted by reported counts"
RECIPE_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendPart:
    """One platform's reported average in stars and its count; `may_aggregate` is what its terms say."""

    source_id: int
    label: str
    average: Decimal | None
    count: int | None
    may_aggregate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """A derived figure with its recipe and inputs; `interval` carries the platforms' own rounding through."""

    kind: str
    mean: Fraction
    count: int
    interval: Interval
    shown: tuple[Decimal, ...]
    recipe: str
    recipe_version: int
    inputs: tuple[BlendPart, ...]


class BlendRefused(ValueError):
    """These figures must not be mixed; `labels` names the sources that forbid it."""

    def __init__(self, message: str, labels: tuple[str, ...]) -> None:
        super().__init__(message)
        self.labels = labels


def blend(parts: Sequence[BlendPart]) -> Blend:
    """The mean over platforms, weighted by their reported counts.

    Raises BlendRefused if any platform's terms forbid it, or if one reports no star average or no count (shares of
    recommendations do not mix with stars); nothing is left out silently.
    """
    if forbidding := tuple(part.label for part in parts if not part.may_aggregate):
        raise BlendRefused("the terms of a source forbid mixing its figures with others", forbidding)
    if lacking := tuple(part.label for part in parts if part.average is None or not part.count):
        raise BlendRefused("a source reports no average or no count", lacking)
    if len(parts) < 2:
        raise BlendRefused("one source is no blend", tuple(part.label for part in parts))
    count = sum(part.count or 0 for part in parts)

    def weighted(values: Sequence[Fraction]) -> Fraction:
        return sum((value * (part.count or 0) for value, part in zip(values, parts, strict=True)), Fraction(0)) / count

    averages = [part.average or Decimal(0) for part in parts]
    intervals = [mean_interval(average) for average in averages]
    interval = Interval(weighted([each.low for each in intervals]), weighted([each.high for each in intervals]))
    return Blend(
        kind="derived",
        mean=weighted([Fraction(average) for average in averages]),
        count=count,
        interval=interval,
        shown=shown_values(interval),
        recipe=RECIPE,
        recipe_version=RECIPE_VERSION,
        inputs=tuple(parts),
    )
