"""What names clinics and sources by their public ids: saved views, rules of alerts, keys, invitations, waiting files.

An empty list there means all of them. So what named nothing but what is gone goes too, and never comes to mean all.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.storage.engine import GroupTransaction
from reviews.storage.values import from_json, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoped:
    """Ids of saved views and rules of alerts that speak of nothing else than what is named."""

    views: tuple[int, ...]
    rules: tuple[int, ...]


def find_scoped(g: GroupTransaction, names: Collection[str]) -> Scoped:
    """What would go with clinics and sources of these public ids."""
    return Scoped(
        views=tuple(_views(g, names)),
        rules=tuple(each["id"] for each in _scopes(g, names) if each["kind"] == "rule" and each["is_empty"]),
    )


def drop_names(g: GroupTransaction, names: Collection[str], source_ids: Collection[int], now: datetime) -> None:
    """Nothing names these clinics and sources any more."""
    if views := _views(g, names):
        g.run("drop_views", view_ids=views)
    for each in _scopes(g, names):
        ended = {"ended_at": now} if each["is_empty"] else {}
        if each["kind"] == "rule" and ended:
            g.run("drop_rule", id=each["id"])
        elif each["kind"] == "rule":
            g.run(
                "narrow_rule", id=each["id"], clinic_ids=to_json(each["clinics"]), source_ids=to_json(each["sources"]),
                now=now,
            )  # fmt: skip
        else:
            g.run(f"narrow_{each['kind']}", id=each["id"], clinic_ids=to_json(each["clinics"]), **ended)
    for row in g.rows("find_uploads_of"):
        jobs = from_json(row["jobs"])
        left = [each for each in jobs if each not in source_ids]
        if left and left != jobs:
            g.run("queue_upload", id=row["id"], jobs=to_json(left), now=now)
        elif jobs and not left:
            g.run("delete_upload", id=row["id"])


def _views(g: GroupTransaction, names: Collection[str]) -> list[int]:
    rows = g.rows("find_all_views")
    return [row["id"] for row in rows if not {"clinic", "source"}.isdisjoint(_named(from_json(row["query"]), names))]


def _named(query: dict[str, Any], names: Collection[str]) -> set[str]:
    return {key for key, value in query.items() if isinstance(value, str) and value in names}


def _scopes(g: GroupTransaction, names: Collection[str]) -> list[dict[str, Any]]:
    """Those that name something of it, with what is left of their lists."""
    found = []
    for row in g.rows("find_scopes"):
        before = from_json(row["clinic_ids"]), from_json(row["source_ids"])
        clinics, sources = ([each for each in names_ if each not in names] for names_ in before)
        if (clinics, sources) != before:
            is_empty = bool(before[0] and not clinics) or bool(before[1] and not sources)
            found.append({**row, "clinics": clinics, "sources": sources, "is_empty": is_empty})
    return found
