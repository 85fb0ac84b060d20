"""What patients speak of, counted by quarters of months: rows kept with the data, so that no page counts it all.

A period is a month with a letter (``2026-11b``): days 1 to 8, 9 to 16, 17 to 24, and the rest, in UTC. Its rows change
in the same transaction as the themes of reviews, and as what counts (`reviews.copy_of`): taken off before, added after.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from reviews.clock import to_text
from reviews.storage.engine import GroupTransaction, Transaction

_STARTS = ((1, "a"), (9, "b"), (17, "c"), (25, "d"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A time as whole periods, from `first` to before `last`, and what is left before and after them."""

    first: str
    last: str
    head_end: datetime
    tail_start: datetime


def cut(since: datetime, until: datetime) -> Cut:
    """The whole periods of a time; where there are none, all of it is left before them."""
    first, last = _at_or_before(since), _at_or_before(until)
    if first < since:
        first = _next(first)
    if last <= first:
        return Cut(first="", last="", head_end=until, tail_start=until)
    return Cut(first=_name(first), last=_name(last), head_end=first, tail_start=last)


def take_off(g: GroupTransaction, review_ids: Collection[int]) -> None:
    """Before the themes of reviews go, or it changes whether they count.

    The transaction must have changed these reviews by then, so that nobody else does until it ends: who scores, erases
    or pairs them at the same time would take off the same themes again, and leave those that have come meanwhile.
    """
    _change(g, review_ids, sign=-1)


def put_on(g: GroupTransaction, review_ids: Collection[int]) -> None:
    """After reviews have got themes, or it has changed whether they count."""
    _change(g, review_ids, sign=1)


def drop_themes(g: GroupTransaction, review_ids: Collection[int]) -> None:
    """Forget what reviews were said to speak of; changed before as for `take_off`."""
    take_off(g, review_ids)
    if review_ids:
        g.run("drop_themes", review_ids=sorted(review_ids))


def count_again(g: GroupTransaction, clinic_id: int) -> None:
    """Count a clinic from its rows, whatever was kept before."""
    g.run("drop_theme_periods", clinic_id=clinic_id)
    g.run("add_theme_periods", clinic_id=clinic_id, sign=1)


def count_all_again(tx: Transaction) -> None:
    """Count all groups from their rows: of restored data some content may have been left out."""
    tx.run("drop_all_theme_periods")
    tx.run("count_all_theme_periods")


def _change(g: GroupTransaction, review_ids: Collection[int], sign: int) -> None:
    if review_ids:
        g.run("add_theme_periods", review_ids=sorted(review_ids), sign=sign)


def _at_or_before(moment: datetime) -> datetime:
    moment = moment.astimezone(UTC)
    day = max(start for start, _ in _STARTS if start <= moment.day)
    return moment.replace(day=day, hour=0, minute=0, second=0, microsecond=0)


def _next(start: datetime) -> datetime:
    if start.day < _STARTS[-1][0]:
        return start.replace(day=start.day + 8)
    return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1, day=1)


def _name(start: datetime) -> str:
    return to_text(start)[:7] + dict(_STARTS)[start.day]
