"""Makes what tests need: a review with its hashes, and a group with clinic, source and run in a database."""

import hashlib
import itertools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from reviews.model import Precision, Rating, Reply, Review, ReviewDate
from reviews.storage import GroupTransaction, Transaction, clinics, groups, reviews, runs, sources
from tests.conftest import NOW

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Ids of a group with one clinic, one source, and one open run of that source."""

    group_id: int
    clinic_id: int
    source_id: int
    run_id: int


def make_date(day: datetime, precision: Precision = Precision.DAY, *, relative: bool = False) -> ReviewDate:
    """A date that is known to the day (or as said), in UTC."""
    start = day.replace(hour=0, minute=0, second=0, microsecond=0)
    if precision is Precision.INSTANT:
        earliest = latest = day
    elif precision is Precision.DAY:
        earliest, latest = start, start + timedelta(days=1, microseconds=-1)
    elif precision is Precision.MONTH:
        earliest = start.replace(day=1)
        latest = (earliest + timedelta(days=32)).replace(day=1) - timedelta(microseconds=1)
    else:
        earliest = start.replace(month=1, day=1)
        latest = earliest.replace(year=earliest.year + 1) - timedelta(microseconds=1)
    return ReviewDate(
        raw=day.date().isoformat(), earliest=earliest, latest=latest, precision=precision, relative=relative
    )


def make_review(
    key: str = "r1",
    *,
    stars: int | str | None = 5,
    text: str = "The staff took their time and explained every exercise.",
    date: ReviewDate | datetime | None = NOW,
    reply: Reply | str | None = None,
    volatile: str = "",
    **fields: Any,
) -> Review:
    """A review with hashes that follow from its content, as normalizing gives them."""
    if isinstance(date, datetime):
        date = make_date(date)
    if isinstance(reply, str):
        reply = Reply(text=reply)
    review = Review(
        identity_key=key,
        identity_kind=fields.pop("identity_kind", "id"),
        origin=fields.pop("origin", "own_site"),
        place=fields.pop("place", f"item {key}"),
        rating=fields.pop("rating", make_rating(stars)),
        title=fields.pop("title", ""),
        text=text,
        language=fields.pop("language", "en"),
        author=fields.pop("author", f"Author of {key}"),
        date=date,
        url=fields.pop("url", None),
        reply=reply,
        position=fields.pop("position", 0),
        content_hash="",
        reply_hash=_hash(reply) if reply else "",
        volatile_hash=_hash(volatile),
        **fields,
    )
    content = (review.rating, review.title, review.text, review.language, review.author)
    return replace(review, content_hash=_hash(content))


def make_rating(stars: int | str | None) -> Rating | None:
    """So many of five stars."""
    if stars is None:
        return None
    value = Decimal(stars)
    return Rating(raw=f"{stars} of 5", value=value, best=Decimal(5), worst=Decimal(1), stars100=int(value * 100))


def add_place(tx: Transaction, *, name: str = "North", group_id: int | None = None, now: datetime = NOW) -> Place:
    """A clinic with a source and an open run, in a group of its own unless one is given."""
    number = next(_numbers)
    group_id = group_id or groups.add_group(tx, name=f"{name} group {number}", now=now).id
    g = tx.group(group_id)
    clinic = clinics.add_clinic(g, slug=f"{name.lower()}-{number}", name=f"{name} Clinic", now=now)
    source_id = add_source(g, clinic.id, now=now)
    return Place(group_id=group_id, clinic_id=clinic.id, source_id=source_id, run_id=add_run(g, source_id, now=now))


def add_source(g: GroupTransaction, clinic_id: int, *, now: datetime = NOW, **fields: Any) -> int:
    """A source of a clinic; its id."""
    number = next(_numbers)
    values = {
        "kind": "web_page",
        "label": f"Page {number}",
        "url": f"https://clinic{number}.example.org/",
        "origin": "own_site",
        "config": {},
        **fields,
    }
    return sources.add_source(g, clinic_id=clinic_id, now=now, **values).id


def add_run(g: GroupTransaction, source_id: int, *, trigger: str = "schedule", now: datetime = NOW) -> int:
    """The next run of a source, open; the lease is given back at once. Its id."""
    claim = sources.claim_source(g, source_id, owner="test", now=now, lease_seconds=0)
    assert claim is not None
    return runs.open_run(g, claim, trigger=trigger, now=now).id


def save(g: GroupTransaction, place: Place, *found: Review, now: datetime = NOW) -> reviews.SavedCounts:
    """Save reviews in the run of a place."""
    return reviews.save_reviews(
        g, clinic_id=place.clinic_id, source_id=place.source_id, run_id=place.run_id, reviews=found, now=now
    )


def next_run(g: GroupTransaction, place: Place, *, now: datetime = NOW) -> Place:
    """The same place with the next run of its source."""
    return replace(place, run_id=add_run(g, place.source_id, now=now))


def _hash(value: object) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()
