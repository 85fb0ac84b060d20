"""The figures of a clinic: what each platform reports, side by side, and apart from it what was collected here.

Reported, sample and derived are three kinds of number, and none ever stands in for another. All arithmetic is on
integers, Decimal and Fraction; rounding is half up, once, at display.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Protocol

from reviews.model import Figure, ReportedTotal, Summary

STARS = 5


class Sample(Protocol):
    """What the storage counts of the reviews held: `histogram` for 1..5 stars, sums in hundredths of stars."""

    @property
    def count(self) -> int: ...
    @property
    def with_text(self) -> int: ...
    @property
    def histogram(self) -> Sequence[int]: ...
    @property
    def stars100_sum(self) -> int: ...
    @property
    def stars_count(self) -> int: ...
    @property
    def hidden(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFigures:
    """One source with the last total that its platform reported; None where it never reported one."""

    source_id: int
    label: str
    origin: str
    url: str | None
    complete: bool
    total: ReportedTotal | None
    read_at: datetime | None = None
    is_chosen_primary: bool = False


def summarize(*, clinic_id: int, sources: Sequence[SourceFigures], sample: Sample) -> Summary:
    """The summary of one clinic: a reported figure per source in the order given, one of them primary, and the sample.

    A source whose platform publishes no rating has a figure without an average; the sample's mean is never put there.
    """
    primary = find_primary(sources)
    return Summary(
        clinic_id=clinic_id,
        figures=tuple(_figure(source, is_primary=source is primary) for source in sources),
        sample_count=sample.count,
        sample_with_text=sample.with_text,
        sample_mean100=mean100(sample.stars100_sum, sample.stars_count),
        histogram=_five(sample.histogram),
        hidden=tuple(sorted((reason, n) for reason, n in sample.hidden.items() if n)),
    )


def find_primary(sources: Sequence[SourceFigures]) -> SourceFigures | None:
    """The source of the headline: a person's choice, else the first complete one, else the largest reported count.

    Of the complete ones, a source whose platform reports a figure comes before one that reports none.
    """
    chosen = [source for source in sources if source.is_chosen_primary]
    complete = [source for source in sources if source.complete]
    complete_with_figure = [source for source in complete if _reports_figure(source)]
    by_count = sorted(sources, key=lambda source: -(_count(source.total)[0] or 0))
    reporting = [source for source in by_count if _reports_figure(source)]
    return next(iter([*chosen, *complete_with_figure, *reporting, *complete, *by_count]), None)


def _reports_figure(source: SourceFigures) -> bool:
    total = source.total
    return total is not None and (total.average is not None or total.recommend_percent is not None)


def _figure(source: SourceFigures, *, is_primary: bool) -> Figure:
    total = source.total
    count, count_of = _count(total)
    return Figure(
        kind="reported",
        source_id=source.source_id,
        source_label=source.label,
        origin=source.origin,
        url=(total.url if total else None) or source.url,
        average=average_text(total) if total else None,
        stars100=total.stars100 if total else None,
        best=STARS,
        count=count,
        count_of=count_of,
        read_at=source.read_at or (total.read_at if total else None),
        raw=total.raw if total else "",
        is_primary=is_primary,
        recommend_percent=total.recommend_percent if total else None,
    )


def _count(total: ReportedTotal | None) -> tuple[int | None, str]:
    """The number that the platform's average rests on, and what it counts: all ratings, or only written reviews."""
    if total is None:
        return None, "ratings"
    if total.rating_count is None and total.review_count is not None:
        return total.review_count, "reviews"
    return total.rating_count, "ratings"


def average_text(total: ReportedTotal) -> str | None:
    """The platform's average in stars with one decimal, "4.6", rounded half up once from the value as reported.

    Other scales are brought to five stars as ratings are, so that the number and the drawn stars are one value.
    """
    if total.average is None or total.stars100 is None:
        return None
    best = total.best or Decimal(STARS)
    exact = Fraction(total.average) * STARS / Fraction(best) if best > 0 else Fraction(0)
    if _half_up(exact * 100) != total.stars100:
        exact = Fraction(total.stars100, 100)  # a scale that does not begin at zero: its own map made stars100
    return _one_decimal(exact)


def stars_text(stars100: int) -> str:
    """Stars in hundredths as text with one decimal, half up: 475 → "4.8"."""
    return _one_decimal(Fraction(stars100, 100))


def star_fill_percent(stars100: int) -> Decimal:
    """How much of five drawn stars is filled, exactly: 460 → 92, 233 → 46.6. Never rounded for looks."""
    return Decimal(stars100) / 5


def mean100(stars100_sum: int, count: int) -> int | None:
    """The mean in hundredths of stars, half up; None of nothing."""
    return (2 * stars100_sum + count) // (2 * count) if count else None


def recommend_percent(yes: int, no: int) -> int | None:
    """The share of recommendations, half up, but neither all nor none where that is not so; None of nothing."""
    if yes + no == 0:
        return None
    percent = (200 * yes + yes + no) // (2 * (yes + no))
    return min(percent, 99) if no and yes else percent


def bars(histogram: Sequence[int]) -> tuple[int, ...]:
    """Whole percentages that add up to 100, by largest remainder; of nothing, all zero. Ties go to the earlier bar."""
    total = sum(histogram)
    if total == 0:
        return (0,) * len(histogram)
    floors = [100 * n // total for n in histogram]
    by_remainder = sorted(range(len(histogram)), key=lambda at: (-(100 * histogram[at] % total), at))
    for at in by_remainder[: 100 - sum(floors)]:
        floors[at] += 1
    return tuple(floors)


def _five(histogram: Sequence[int]) -> tuple[int, int, int, int, int]:
    one, two, three, four, five = histogram
    return one, two, three, four, five


def _one_decimal(value: Fraction) -> str:
    return str((Decimal(_half_up(value * 10)) / 10).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _half_up(value: Fraction) -> int:
    """Rounds a value that is not negative."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)
