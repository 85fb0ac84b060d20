"""Reviews of a list, as they are drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from reviews.i18n import N_, Words
from reviews.model import Clinic, Source
from reviews.storage.review_rows import StoredReview
from reviews.web.dashboard.base import Badge, zone_of
from reviews.web.dashboard.filters import STATES
from reviews.web.dashboard.how_read import label_badge

SNIPPET = 280
ATTENTION_BADGES = {
    "disagree": N_("Wrong star?"),
    "sentence": N_("Complaint inside praise"),
    "risk": N_("Risk words"),
}
STATE_TONES = {"new": "", "open": "warn", "answered": "good", "closed": "", "no_reply_needed": "", "reported": "warn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One review of the list, as it is drawn."""

    review: StoredReview
    clinic: Clinic
    source: Source
    is_unread: bool
    snippet: str
    badges: tuple[Badge, ...]
    zone: tzinfo
    tags: tuple[str, ...] = ()
    assignee: str = ""
    is_overdue: bool = False
    also: str = ""
    """The other places where this review stands."""


def make_rows(
    found: Sequence[StoredReview],
    places: Sequence[Clinic],
    origins: Sequence[Source],
    unread: set[int],
    words: Words,
    *,
    tags: Mapping[int, tuple[str, ...]] | None = None,
    names: Mapping[int, str] | None = None,
    elsewhere: Mapping[int, Sequence[int]] | None = None,
    now: datetime | None = None,
) -> list[Row]:
    """The rows of a list; `names` are those of the people that reviews may be assigned to.

    `elsewhere` are the sources at which reviews stand as well.
    """
    by_clinic = {clinic.id: clinic for clinic in places}
    by_source = {source.id: source for source in origins}
    return [
        Row(
            review=review,
            clinic=by_clinic[review.clinic_id],
            source=by_source[review.source_id],
            is_unread=review.id in unread,
            snippet=review.text[:SNIPPET],
            badges=tuple(badges_of(review, words)),
            zone=zone_of(by_clinic[review.clinic_id]),
            tags=(tags or {}).get(review.id, ()),
            assignee=(names or {}).get(review.assignee_id or 0, ""),
            is_overdue=is_overdue(review, now),
            also=", ".join(by_source[each].label for each in (elsewhere or {}).get(review.id, ()) if each in by_source),
        )
        for review in found
    ]


def is_overdue(review: StoredReview, now: datetime | None) -> bool:
    """Whether somebody should have been done with it by now."""
    return now is not None and review.due_at is not None and review.work == "open" and review.due_at < now


def badges_of(review: StoredReview, words: Words) -> list[Badge]:
    """What stands out about a review, in words."""
    found = []
    if review.work != "new":
        found.append(
            Badge(text=words.text(STATES[review.work]).capitalize(), tone=STATE_TONES[review.work], column="state")
        )
    if review.publication == "hidden":
        found.append(Badge(text=words.text(N_("Hidden from the website")), tone="warn", column="website"))
    if review.publication == "featured":
        found.append(Badge(text=words.text(N_("Chosen for the website")), tone="good", column="website"))
    if review.presence in ("missing", "withdrawn"):
        found.append(Badge(text=words.text(N_("Missing at the source")), tone="bad", column="presence"))
    if review.presence == "returned":
        found.append(Badge(text=words.text(N_("Returned")), column="presence"))
    if review.version > 1:
        found.append(Badge(text=words.text(N_("Edited by its author"))))
    if (label := label_badge(review, words)) is not None:
        found.append(replace(label, column="reads"))
    found += [
        Badge(text=words.text(ATTENTION_BADGES[why]), tone="warn")
        for why in review.attention
        if why in ATTENTION_BADGES
    ]
    return found
