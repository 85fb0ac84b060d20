"""Of a review that stands in several places: which one counts (pure)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A review of a cluster, as far as it matters for which of them counts."""

    id: int
    stands: bool
    """It is at its source now, and its content is held and will be."""
    is_held: bool
    """Its content is held at this moment."""
    is_featured: bool
    is_direct: bool
    """Read from the platform where it was written."""


def choose_mains(members: Sequence[Member], edges: Iterable[tuple[int, int]]) -> dict[int, int | None]:
    """Review → the one of its cluster that counts in its place; None for those that count themselves.

    Of a cluster the one counts that stands; then one that is held, chosen as a quote, the platform's own, the oldest.
    """
    parent = {member.id: member.id for member in members}

    def root(id_: int) -> int:
        while parent[id_] != id_:
            parent[id_] = id_ = parent[parent[id_]]
        return id_

    for one, other in edges:
        if one in parent and other in parent:
            parent[root(one)] = root(other)
    clusters: dict[int, list[Member]] = defaultdict(list)
    for member in members:
        clusters[root(member.id)].append(member)
    found: dict[int, int | None] = {}
    for cluster in clusters.values():
        main = min(cluster, key=_rank)
        found |= {member.id: None if member is main else main.id for member in cluster}
    return found


def _rank(member: Member) -> tuple[bool, bool, bool, bool, int]:
    return (not member.stands, not member.is_held, not member.is_featured, not member.is_direct, member.id)
