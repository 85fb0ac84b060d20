"""Trends from monthly counts: volume, mean, answers, sentiment, by month and for two periods. Pure.

Months of which nothing was read are gaps, never zeros; a mean of fewer than five says nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from reviews.reputation.change import FEWEST, Share
from reviews.reputation.figures import mean100


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Counts of one month or several. `kept` are among `count`: their content had to go, so no list shows them."""

    first: str
    last: str
    count: int = 0
    kept: int = 0
    histogram: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    stars100_sum: int = 0
    stars_count: int = 0
    recommended: int = 0
    not_recommended: int = 0
    positive: int = 0
    neutral: int = 0
    negative: int = 0
    answered: int = 0
    answer_known: int = 0
    answered_1d: int = 0
    answered_3d: int = 0
    answered_7d: int = 0
    is_gap: bool = False

    @property
    def mean100(self) -> int | None:
        """The mean of the stars that were read here, in hundredths; None below five."""
        return mean100(self.stars100_sum, self.stars_count) if self.stars_count >= FEWEST else None

    @property
    def share_answered(self) -> Share:
        """How many have a reply."""
        return Share(part=self.answered, whole=self.count)

    @property
    def share_positive(self) -> Share:
        """How many of the texts that were scored read positive."""
        return Share(part=self.positive, whole=self.positive + self.neutral + self.negative)

    @property
    def share_negative(self) -> Share:
        """How many of the texts that were scored read negative."""
        return Share(part=self.negative, whole=self.positive + self.neutral + self.negative)

    @property
    def share_in_a_day(self) -> Share:
        """How many of the answers whose time is known came within a day."""
        return Share(part=self.answered_1d, whole=self.answer_known)

    @property
    def share_in_three_days(self) -> Share:
        """How many of the answers whose time is known came within three days."""
        return Share(part=self.answered_3d, whole=self.answer_known)


_SUMMED = tuple(each.name for each in fields(Period) if each.name not in ("first", "last", "histogram", "is_gap"))


def months_between(first: str, last: str) -> list[str]:
    """All months from the first to the last, ``2026-11``."""
    return [_month(number) for number in range(_number(first), _number(last) + 1)]


def shift(month: str, by: int) -> str:
    """The month so many months later, or earlier."""
    return _month(_number(month) + by)


def make_months(rows: Iterable[Mapping[str, Any]], first: str, last: str, read: Collection[str]) -> list[Period]:
    """One period a month, from rows of monthly counts; months between readings that are not in `read` are gaps."""
    found = {row["month"]: row for row in rows}
    began = min(read, default=None)
    return [
        _to_period(month, found.get(month), is_gap=began is not None and month > began and month not in read)
        for month in months_between(first, last)
    ]


def total(months: Sequence[Period]) -> Period:
    """Several months as one period."""
    summed: dict[str, Any] = {name: sum(getattr(each, name) for each in months) for name in _SUMMED}
    one, two, three, four, five = (sum(each.histogram[at] for each in months) for at in range(5))
    return Period(first=months[0].first, last=months[-1].last, histogram=(one, two, three, four, five), **summed)


def _to_period(month: str, row: Mapping[str, Any] | None, *, is_gap: bool) -> Period:
    if row is None:
        return Period(first=month, last=month, is_gap=is_gap)
    one, two, three, four, five = (int(row[f"stars_{stars}"]) for stars in range(1, 6))
    values: dict[str, Any] = {name: int(row[name]) for name in _SUMMED}
    # A month that was read later, as part of a list, is no gap although nothing was read in it.
    return Period(first=month, last=month, histogram=(one, two, three, four, five), **values)


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"
