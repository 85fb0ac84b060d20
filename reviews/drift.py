"""Whether what a source gave today can be trusted, compared with what its last good run gave (pure).

A page that changed its shape must be noticed before anything of it is stored: the last good figures stay, and somebody
is told. The limits are the ones of the design (reliability R8, T44; sources, section 3).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reviews.i18n import N_
from reviews.model import ParsedPage

MIN_EXPECTED = 4
"""Below so many reviews a share says nothing."""
KEPT_SHARE = 0.5
"""Fewer than this share of the reviews, texts, dates or authors of the last good run is a change of shape."""
RATED_BEFORE, RATED_NOW = 0.98, 0.90
"""Where nearly every review had stars, losing them in more than a few is a change of shape."""
MAX_REMOVALS, MAX_REMOVAL_SHARE, MIN_REMOVALS = 20, 0.05, 3
"""A run that misses more than 20, or over 5 % and at least 3, does not mark them missing: it asks."""
TOTAL_SHARE, TOTAL_SLACK = 0.9, 5
"""A list is plausible as complete when it holds nine tenths of the reported total, or all but five."""


LOST = {
    "texts": N_(
        "The page has changed its shape: {before} of its reviews had a text last time, {now} today. "
        "If that is right, press “This is right”. Until then the last good figures stay."
    ),
    "dated": N_(
        "The page has changed its shape: {before} of its reviews had a date last time, {now} today. "
        "If that is right, press “This is right”. Until then the last good figures stay."
    ),
    "authored": N_(
        "The page has changed its shape: {before} of its reviews had an author last time, {now} today. "
        "If that is right, press “This is right”. Until then the last good figures stay."
    ),
    "rated": N_(
        "The page has changed its shape: {before} of its reviews had stars last time, {now} today. "
        "If that is right, press “This is right”. Until then the last good figures stay."
    ),
}
"""What staff are told when a part of the reviews is not there any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """How many records of a page or a run have which part."""

    reviews: int = 0
    rated: int = 0
    texts: int = 0
    dated: int = 0
    authored: int = 0

    def __add__(self, other: "Population") -> "Population":
        return Population(**{name: getattr(self, name) + getattr(other, name) for name in asdict(self)})


def population(parsed: ParsedPage) -> Population:
    """The population of one parsed page."""
    return Population(
        reviews=len(parsed.reviews),
        rated=sum(review.rating is not None for review in parsed.reviews),
        texts=sum(bool(review.text) for review in parsed.reviews),
        dated=sum(bool(review.date) for review in parsed.reviews),
        authored=sum(bool(review.author) for review in parsed.reviews),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why something cannot be trusted: a message id for staff with its values."""

    hint: str
    values: Mapping[str, str]


def doubt_page(parsed: ParsedPage, expected: Mapping[str, Any], *, is_first: bool) -> Doubt | None:
    """What speaks against storing this page; `expected` are the source's expectations ({}: none yet, or accepted anew).

    Only a first page is compared with the last good first page; too many rejects count on every page.
    """
    rejected, read = len(parsed.rejects), len(parsed.reviews)
    if rejected and rejected > read:
        return Doubt(
            hint="{rejected} of {all} records could not be read. Nothing was stored, and the last good figures stay.",
            values={"rejected": str(rejected), "all": str(rejected + read)},
        )
    before = expected.get("first_page")
    if not is_first or not before:
        return None
    old, now = Population(**before), population(parsed)
    if old.reviews and not now.reviews:
        return Doubt(
            hint="The page has changed its shape: it gave {before} reviews last time and none today. "
            "The last good figures stay.",
            values={"before": str(old.reviews)},
        )
    if old.reviews >= MIN_EXPECTED:
        if now.reviews < old.reviews * KEPT_SHARE:
            return Doubt(
                hint="The page gave {before} reviews last time and only {now} today. "
                "If that is right, press “This is right”. Until then the last good figures stay.",
                values={"before": str(old.reviews), "now": str(now.reviews)},
            )
        for part in ("texts", "dated", "authored"):
            share_before, share_now = _share(old, part), _share(now, part)
            if share_before >= KEPT_SHARE and share_now < share_before * KEPT_SHARE:
                return _lost(part, share_before, share_now)
        if _share(old, "rated") >= RATED_BEFORE and _share(now, "rated") < RATED_NOW:
            return _lost("rated", _share(old, "rated"), _share(now, "rated"))
    return None


def may_infer_removals(seen: int, reported_count: int | None) -> bool:
    """Whether a finished list is plausible as complete against the reported total; tolerance, never equality."""
    if reported_count is None:
        return seen > 0
    return seen > 0 and (seen >= reported_count * TOTAL_SHARE or seen >= reported_count - TOTAL_SLACK)


def is_mass_removal(absent: int, held: int) -> bool:
    """Whether so many absences at once must be shown to a person instead of being believed."""
    return absent > MAX_REMOVALS or (absent >= MIN_REMOVALS and absent > held * MAX_REMOVAL_SHARE)


def _share(given: Population, part: str) -> float:
    return float(getattr(given, part)) / given.reviews if given.reviews else 0.0


def _lost(part: str, before: float, now: float) -> Doubt:
    return Doubt(hint=LOST[part], values={"before": f"{before:.0%}", "now": f"{now:.0%}"})
