"""Reviews that stand in two places: pairs found or decided by a person, and which of them counts.

Pairs are the truth; `reviews.copy_of` follows from them. It is set anew (`settle`) when pairs or reviews change: in
every refresh of a clinic, and before content goes or comes back, so that a review counts once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from reviews.clock import from_text, to_text
from reviews.errors import NotFound
from reviews.model import Precision
from reviews.reputation.clusters import Member, choose_mains
from reviews.storage.engine import GroupTransaction, Row
from reviews.storage.review_rows import PRESENT
from reviews.storage.theme_periods import put_on, take_off
from reviews.storage.values import find_time, new_public_id, to_json

STATES = ("proposed", "same", "different")
ALL = 1_000_000
LOOK_BACK = timedelta(minutes=10)
"""Clocks of workers differ, and pages of one run are stored one after another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two reviews that are one, may be one, or are two; `basis` and `likeness` as in `normalize.pairs.FoundPair`."""

    id: int
    public_id: str
    clinic_id: int
    one_id: int
    other_id: int
    basis: str
    likeness: int
    state: str
    person_id: int | None
    decided_at: datetime | None
    created_at: datetime

    def beside(self, review_id: int) -> int:
        """The other review of the pair."""
        return self.other_id if review_id == self.one_id else self.one_id


class NewPair(Protocol):
    """What finding says of two reviews (`normalize.pairs.FoundPair`)."""

    @property
    def one_id(self) -> int: ...
    @property
    def other_id(self) -> int: ...
    @property
    def basis(self) -> str: ...
    @property
    def likeness(self) -> int: ...
    @property
    def is_same(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedReview:
    """A review as it is compared (`normalize.pairs.Candidate`)."""

    id: int
    source_id: int
    origin: str
    shared_key: str | None
    stars100: int | None
    recommends: bool | None
    author: str | None
    text: str
    earliest: datetime | None
    latest: datetime | None
    is_instant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPair:
    """The reviews of a clinic that are compared, which of them are new since the last time, and up to when."""

    candidates: tuple[ComparedReview, ...]
    fresh: frozenset[int]
    until: datetime


def may_stand_twice(g: GroupTransaction, clinic_id: int) -> bool:
    """Whether a clinic has several sources, or pairs: else there is nothing to compare nor to settle."""
    return g.row("may_stand_twice", clinic_id=clinic_id) is not None


def find_to_pair(g: GroupTransaction, clinic_id: int) -> ToPair | None:
    """What is to be compared; None where nothing is new, or all comes from one source."""
    head = g.row("newest_to_pair", clinic_id=clinic_id)
    if head is None or head["sources"] < 2:
        return None
    done, newest = head["paired_until"], from_text(head["newest"])
    if done is not None and head["newest"] <= done:
        return None
    since = "" if done is None else to_text(from_text(done) - LOOK_BACK)
    rows = g.rows("find_to_pair", clinic_id=clinic_id)
    return ToPair(
        candidates=tuple(_to_compared(row) for row in rows),
        fresh=frozenset(row["id"] for row in rows if row["since"] >= since),
        until=newest,
    )


def save_pairs(g: GroupTransaction, clinic_id: int, found: Sequence[NewPair], *, until: datetime, now: datetime) -> int:
    """Keep pairs that are not known yet; how many. Reviews up to `until` count as looked at."""
    items = {
        str(number): {
            "public_id": new_public_id(),
            "one_id": pair.one_id,
            "other_id": pair.other_id,
            "basis": pair.basis,
            "likeness": pair.likeness,
            "state": "same" if pair.is_same else "proposed",
        }
        for number, pair in enumerate(found)
    }
    g.run("set_paired_until", clinic_id=clinic_id, until=until)
    return g.run("add_pairs", items=to_json(items), clinic_id=clinic_id, now=now) if items else 0


def find_pairs(
    g: GroupTransaction,
    *,
    clinic_id: int | None = None,
    review_id: int | None = None,
    state: str | None = None,
    limit: int = 100,
) -> list[Pair]:
    """Pairs, the oldest first."""
    given = {"clinic_id": clinic_id, "review_id": review_id, "state": state}
    where: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return [_to_pair(row) for row in g.rows("find_pairs", limit=limit, **where)]


def get_pair_by_public_id(g: GroupTransaction, public_id: str) -> Pair:
    """One pair; raises NotFound."""
    row = g.row("find_pairs", public_id=public_id, limit=1)
    if row is None:
        raise NotFound(f"no pair {public_id}")
    return _to_pair(row)


def count_waiting(g: GroupTransaction) -> int:
    """How many pairs wait for a person."""
    row = g.row("count_pairs")
    return int(row["n"]) if row else 0


def decide(g: GroupTransaction, pair: Pair, state: str, *, now: datetime, person_id: int | None) -> bool:
    """A person says that a pair is one review, two, or not decided after all; False if it was so already."""
    if not g.run("decide_pair", pair_id=pair.id, state=state, person_id=person_id, now=now):
        return False
    settle(g, pair.clinic_id)
    return True


def settle(g: GroupTransaction, clinic_id: int, *, leaving: Collection[int] = ()) -> int:
    """Say anew which reviews of a clinic count, as its pairs have it; how many changed.

    Content of reviews in `leaving` is about to go: another one of their cluster counts, where there is one. What a
    person has hidden in one place, but for being there twice, is hidden in all.
    """
    rows = g.rows("find_in_pairs", clinic_id=clinic_id)
    if not rows:
        return 0
    members = [_to_member(row, leaving) for row in rows]
    edges = [(pair.one_id, pair.other_id) for pair in find_pairs(g, clinic_id=clinic_id, state="same", limit=ALL)]
    mains = choose_mains(members, edges)
    _hide_together(g, rows, mains)
    changed = {str(row["id"]): {"copy_of": mains[row["id"]]} for row in rows if row["copy_of"] != mains[row["id"]]}
    if not changed:
        return 0
    ids = [int(each) for each in changed]
    g.run("hold_reviews", review_ids=sorted(ids))
    take_off(g, ids)
    count = g.run("set_copies", items=to_json(changed))
    put_on(g, ids)
    return count


def find_elsewhere(g: GroupTransaction, review_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """The ids of the other sources at which each of these reviews stands; none for most."""
    found: dict[int, tuple[int, ...]] = {}
    for row in g.rows("find_elsewhere", review_ids=review_ids) if review_ids else ():
        found[row["id"]] = (*found.get(row["id"], ()), row["source_id"])
    return found


def find_copies(g: GroupTransaction, review_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The public ids of the reviews that are one with each of these; none for most."""
    found: dict[int, tuple[str, ...]] = {}
    for row in g.rows("find_copies", review_ids=review_ids) if review_ids else ():
        found[row["id"]] = (*found.get(row["id"], ()), row["public_id"])
    return found


def find_cluster(g: GroupTransaction, clinic_id: int, review_id: int) -> list[int]:
    """The reviews that are one with this one, itself included."""
    rows = g.rows("find_in_pairs", clinic_id=clinic_id)
    main = next((row["copy_of"] or row["id"] for row in rows if row["id"] == review_id), review_id)
    return sorted({review_id, *(row["id"] for row in rows if main in (row["id"], row["copy_of"]))})


def take_over(g: GroupTransaction, clinic_id: int, review_ids: Collection[int]) -> list[int]:
    """Of reviews whose content is back, those that count again: no other one of their cluster has counted meanwhile."""
    rows = g.rows("find_in_pairs", clinic_id=clinic_id)
    if not rows:
        return list(review_ids)
    main_of = {row["id"]: row["copy_of"] or row["id"] for row in rows}
    living = {
        main_of[row["id"]]
        for row in rows
        if row["id"] not in review_ids and row["presence"] in PRESENT and row["content_purged_at"] is None
    }
    settle(g, clinic_id)
    return [id_ for id_ in review_ids if main_of.get(id_, id_) not in living]


def _hide_together(g: GroupTransaction, rows: Sequence[Row], mains: dict[int, int | None]) -> None:
    reasons: dict[int, str] = {}
    for row in rows:
        if row["publication"] == "hidden" and row["hide_reason"] != "duplicate":
            reasons[mains[row["id"]] or row["id"]] = row["hide_reason"]
    for row in rows:
        reason = reasons.get(mains[row["id"]] or row["id"])
        if reason is not None and row["publication"] != "hidden":
            g.run("set_publication", review_id=row["id"], publication="hidden", hide_reason=reason)


def _to_member(row: Row, leaving: Collection[int]) -> Member:
    is_held = row["content_purged_at"] is None
    return Member(
        id=row["id"],
        stands=is_held and row["id"] not in leaving and row["presence"] in PRESENT,
        is_held=is_held,
        is_featured=row["publication"] == "featured",
        is_direct=row["kind"] == row["origin"],
    )


def _to_compared(row: Row) -> ComparedReview:
    is_vague = bool(row["date_relative"]) or row["date_precision"] == Precision.YEAR
    return ComparedReview(
        id=row["id"],
        source_id=row["source_id"],
        origin=row["origin"],
        shared_key=row["shared_key"],
        stars100=row["stars100"],
        recommends=None if row["recommends"] is None else bool(row["recommends"]),
        author=row["author"],
        text=row["text"] or row["title"],
        earliest=None if is_vague else find_time(row["date_earliest"]),
        latest=None if is_vague else find_time(row["date_latest"]),
        is_instant=row["date_precision"] == Precision.INSTANT,
    )


def _to_pair(row: Row) -> Pair:
    return Pair(
        id=row["id"],
        public_id=row["public_id"],
        clinic_id=row["clinic_id"],
        one_id=row["one_id"],
        other_id=row["other_id"],
        basis=row["basis"],
        likeness=row["likeness"],
        state=row["state"],
        person_id=row["person_id"],
        decided_at=find_time(row["decided_at"]),
        created_at=from_text(row["created_at"]),
    )
