"""Clinics side by side: what was written in a year, its mean, how much of it was answered, and a small line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reviews.model import Clinic
from reviews.reputation.charts import Mark, spark
from reviews.reputation.trends import Period, make_months, shift, total
from reviews.storage import GroupTransaction, trends
from reviews.web.dashboard.filters import inbox_url

MONTHS = 12
WEIGHT, MIDDLE100 = 5, 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One clinic: its year, its line of monthly means, and `cautious`, the mean by which it is ordered."""

    clinic: Clinic
    period: Period
    line: tuple[tuple[Mark, ...], ...]
    cautious: Decimal | None
    url: str


def compare_clinics(g: GroupTransaction, places: Sequence[Clinic], today: date, *, cautious: bool) -> list[Compared]:
    """The clinics by name, or in the cautious order: by the cautious mean, those with too few at the end."""
    last = f"{today:%Y-%m}"
    first = shift(last, 1 - MONTHS)
    found = [_compare(g, place, first, last) for place in places]
    if not cautious:
        return found
    return sorted(found, key=lambda each: (each.cautious is None, -(each.cautious or 0), each.clinic.name))


def cautious_mean(period: Period) -> Decimal:
    """The mean as if five ratings of three stars were among them, with two decimals: few ratings weigh little."""
    total100 = period.stars100_sum + WEIGHT * MIDDLE100
    return (Decimal(total100) / (period.stars_count + WEIGHT) / 100).quantize(Decimal("0.01"))


def _compare(g: GroupTransaction, place: Clinic, first: str, last: str) -> Compared:
    months = make_months(trends.sum_months(g, first, last, clinic_id=place.id), first, last, ())
    period = total(months)
    means = [None if each.mean100 is None else each.mean100 / 100 for each in months]
    return Compared(
        clinic=place,
        period=period,
        line=spark(means),
        cautious=None if period.mean100 is None else cautious_mean(period),
        url=inbox_url({"clinic": place.public_id, "month": f"{first}..{last}"}),
    )
