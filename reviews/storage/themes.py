"""What patients speak of, counted over all reviews whose content is held, and the texts for a look at them."""

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from reviews.storage.engine import GroupTransaction, Row
from reviews.storage.theme_periods import cut
from reviews.storage.values import from_json

WORDS_OF = 500
"""The words of so many reviews are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Which reviews: written from `since` to before `until`, of a clinic, of a source."""

    since: datetime
    until: datetime
    clinic_id: int | None = None
    source_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeFigures:
    """A theme in a slice: reviews that speak of it, those with a praising, with a criticizing sentence; sentences."""

    reviews: int = 0
    praising: int = 0
    criticizing: int = 0
    positive: int = 0
    neutral: int = 0
    negative: int = 0

    @property
    def sentences(self) -> int:
        """All sentences that speak of it."""
        return self.positive + self.neutral + self.negative


def count_themes(g: GroupTransaction, which: Slice, themes: Collection[str] = ()) -> dict[str, ThemeFigures]:
    """The figures by theme, those that nobody speaks of are absent; naming the themes makes it quicker."""
    named = {"themes": sorted(themes)} if themes else {}
    return {row["theme"]: _to_figures(row) for row in g.rows("count_themes", **named, **_named(which), **_cut(which))}


def count_months(g: GroupTransaction, which: Slice, theme: str) -> dict[str, ThemeFigures]:
    """The figures of a theme by month (``2026-11``, UTC); months without are absent."""
    rows = g.rows("count_theme_months", theme=theme, **_named(which), **_cut(which))
    return {row["month"]: _to_figures(row) for row in rows}


def count_words(g: GroupTransaction, which: Slice, theme: str, most: int = 12) -> list[tuple[str, int]]:
    """The words that speak of a theme most often, and in how many of its newest 500 reviews."""
    counted: Counter[str] = Counter()
    for row in g.rows("find_theme_words", theme=theme, limit=WORDS_OF, **_named(which)):
        counted.update(set(from_json(row["words"])))
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:most]


def find_examples(g: GroupTransaction, which: Slice, theme: str, said: str, most: int) -> list[int]:
    """The ids of the newest reviews with a sentence that ``praised`` or ``criticized`` the theme."""
    rows = g.rows("find_theme_examples", theme=theme, limit=most, **{said: 1}, **_named(which))
    return [row["review_id"] for row in rows]


def _named(which: Slice) -> dict[str, Any]:
    values: dict[str, Any] = {"since": which.since, "until": which.until}
    if which.clinic_id is not None:
        values["clinic_id"] = which.clinic_id
    values |= {"all_sources": 1} if which.source_id is None else {"source_id": which.source_id}
    return values


def _cut(which: Slice) -> dict[str, Any]:
    """Which part of a slice is counted by periods, and what is left before and after it."""
    return asdict(cut(which.since, which.until))


def _to_figures(row: Row) -> ThemeFigures:
    return ThemeFigures(
        reviews=row["reviews"],
        praising=row["praising"],
        criticizing=row["criticizing"],
        positive=row["positive"],
        neutral=row["neutral"],
        negative=row["negative"],
    )
