"""How much is answered and how fast: a share and a median, each with what it rests on. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median_low


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One review as far as answering goes; `hours` from writing to answer, None where a day of the two is not known."""

    is_answered: bool
    hours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFigures:
    """Derived from the sample: `answered` of `n` reviews; the median of `timed` answers whose hours are known.

    None where there is nothing to divide or to order. The median is an answer that was really given, the lower one of
    two, so that it can be shown and followed.
    """

    n: int
    answered: int
    timed: int
    median_hours: int | None

    @property
    def percent(self) -> int | None:
        """The share that is answered, a whole percentage rounded half up."""
        return None if not self.n else (200 * self.answered + self.n) // (2 * self.n)


def summarize_answers(reviews: Iterable[Answered]) -> AnswerFigures:
    """The figures of these reviews."""
    found = list(reviews)
    hours = [each.hours for each in found if each.is_answered and each.hours is not None]
    return AnswerFigures(
        n=len(found),
        answered=sum(each.is_answered for each in found),
        timed=len(hours),
        median_hours=median_low(hours) if hours else None,
    )
