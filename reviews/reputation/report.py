"""A monthly report from its frozen inputs: the same inputs and the same recipe give the same pages. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reviews.reputation.change import tell_apart
from reviews.reputation.trends import Period

RECIPE = 1
"""Grows when the same inputs would say something else; a report is drawn by the recipe that it was made with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicLine:
    """One clinic in the month."""

    name: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report says; lists of evidence are as they were frozen."""

    group: str
    clinic: str
    month: str
    now: Period
    before: Period
    year_ago: Period
    verdict: str
    clinics: tuple[ClinicLine, ...]
    reported: tuple[Mapping[str, Any], ...]
    themes: tuple[Mapping[str, Any], ...]
    quotes: tuple[str, ...]
    hides: tuple[Mapping[str, Any], ...]
    replies: tuple[Mapping[str, Any], ...]
    outages: tuple[Mapping[str, Any], ...]
    sources: tuple[Mapping[str, Any], ...]
    made_at: str
    brand: Mapping[str, str]


def freeze_period(period: Period) -> dict[str, Any]:
    """A period as JSON."""
    return asdict(period)


def read_period(frozen: Mapping[str, Any]) -> Period:
    """The period that was frozen."""
    one, two, three, four, five = frozen["histogram"]
    return Period(**{**frozen, "histogram": (one, two, three, four, five)})


def read_report(inputs: Mapping[str, Any], recipe: int) -> Report:
    """The report of these inputs; raises ValueError for a recipe that this program does not know."""
    if recipe != RECIPE:
        raise ValueError(f"recipe {recipe} is not known here")
    now, before = read_period(inputs["now"]), read_period(inputs["before"])
    return Report(
        group=inputs["group"],
        clinic=inputs["clinic"],
        month=inputs["month"],
        now=now,
        before=before,
        year_ago=read_period(inputs["year_ago"]),
        verdict=tell_apart(now.mean100, now.stars_count, before.mean100, before.stars_count),
        clinics=tuple(ClinicLine(name=each["name"], period=read_period(each["period"])) for each in inputs["clinics"]),
        **{
            name: tuple(inputs[name])
            for name in ("reported", "themes", "quotes", "hides", "replies", "outages", "sources")
        },
        made_at=inputs["made_at"],
        brand=inputs.get("brand", {}),
    )
