"""Saved views: named lists with their filters and columns; a person's own, or the group's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.errors import NotFound
from reviews.storage.engine import GroupTransaction, Row
from reviews.storage.values import from_json, new_public_id, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A named list; `query` are the filters of the address, `person_id` None is the group's."""

    public_id: str
    person_id: int | None
    name: str
    query: Mapping[str, Any]
    columns: tuple[str, ...]
    is_tab: bool


def add_view(
    g: GroupTransaction,
    *,
    person_id: int | None,
    name: str,
    query: Mapping[str, Any],
    columns: Sequence[str],
    is_tab: bool,
    now: datetime,
) -> str:
    """A new view; its public id."""
    public_id = new_public_id()
    g.run(
        "add_view", public_id=public_id, person_id=person_id, name=name, query=to_json(dict(query)),
        columns=to_json(list(columns)), is_tab=is_tab, now=now,
    )  # fmt: skip
    return public_id


def find_views(g: GroupTransaction, person_id: int) -> list[SavedView]:
    """A person's views and the group's."""
    return [_to_view(row) for row in g.rows("find_views", person_id=person_id)]


def get_view(g: GroupTransaction, public_id: str, person_id: int) -> SavedView:
    """One of them; raises NotFound."""
    row = g.row("find_views", person_id=person_id, public_id=public_id)
    if row is None:
        raise NotFound(f"no view {public_id}")
    return _to_view(row)


def delete_view(g: GroupTransaction, public_id: str, person_id: int) -> None:
    """A view goes; raises NotFound, also for one of somebody else."""
    if not g.run("delete_view", public_id=public_id, person_id=person_id):
        raise NotFound(f"no view {public_id}")


def _to_view(row: Row) -> SavedView:
    return SavedView(
        public_id=row["public_id"],
        person_id=row["person_id"],
        name=row["name"],
        query=from_json(row["query"]),
        columns=tuple(from_json(row["columns"])),
        is_tab=bool(row["is_tab"]),
    )
