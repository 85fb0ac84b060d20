"""Widgets: one embeddable view each, of one or more clinics of a group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.errors import Conflict, NotFound
from reviews.storage import snapshots
from reviews.storage.engine import GroupTransaction, Transaction
from reviews.storage.values import new_public_id

_DEFAULTS: Mapping[str, Any] = {
    "layout": "list",
    "theme": "auto",
    "language": "en",
    "max_quotes": 6,
    "choice": "newest",
    "state": "active",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """One embeddable view; `slug` stands in public addresses and is unique in the installation."""

    id: int
    public_id: str
    group_id: int
    slug: str
    layout: str
    theme: str
    language: str
    max_quotes: int
    choice: str
    state: str
    rating_markup: bool
    clinic_ids: tuple[int, ...]


def add_widget(g: GroupTransaction, *, slug: str, now: datetime, clinic_ids: Sequence[int], **fields: Any) -> Widget:
    """A new widget of these clinics. Raises Conflict for a slug that is taken, NotFound for a foreign clinic.

    `fields`: layout, theme, language, max_quotes, choice, state.
    """
    _refuse_retired(g, slug, None)
    row = g.row("add_widget", public_id=new_public_id(), slug=slug, now=now, **{**_DEFAULTS, **fields})
    assert row is not None
    _set_clinics(g, row["id"], clinic_ids)
    return get_widget(g, row["id"])


def update_widget(
    g: GroupTransaction, widget_id: int, *, now: datetime, clinic_ids: Sequence[int] | None = None, **fields: Any
) -> Widget:
    """Change the given fields, and the clinics if given. A slug that it had leads to the new one from then on.

    Raises NotFound, and Conflict for a slug that is taken or was somebody's.
    """
    if (slug := fields.get("slug")) is not None:
        _refuse_retired(g, slug, widget_id)
        g.run("take_slug_back", widget_id=widget_id, slug=slug)
        g.run("retire_slug", widget_id=widget_id, slug=slug, now=now)
    if not g.run("update_widget", widget_id=widget_id, now=now, **fields):
        raise NotFound(f"no widget {widget_id}")
    if clinic_ids is not None:
        g.run("delete_widget_clinics", widget_id=widget_id)
        _set_clinics(g, widget_id, clinic_ids)
    return get_widget(g, widget_id)


def delete_widget(g: GroupTransaction, widget_id: int, now: datetime) -> None:
    """The widget and its snapshots are gone; nobody else gets its slug. Raises NotFound."""
    if not g.run("mark_widget_deleted", widget_id=widget_id, now=now):
        raise NotFound(f"no widget {widget_id}")
    g.run("delete_widget_clinics", widget_id=widget_id)
    snapshots.save_snapshots(g, widget_id, [], now)


def find_renamed(tx: Transaction, slug: str) -> str | None:
    """The slug now of the widget that had this one, or None."""
    row = tx.row("find_retired_slug", slug=slug)
    return None if row is None else str(row["slug"])


def is_free(tx: Transaction, slug: str) -> bool:
    """Whether a new widget may have this slug: no widget has it, had it, or had it before it was deleted."""
    return not tx.rows("find_slug_user", slug=slug)


def find_retired(tx: Transaction) -> dict[str, str]:
    """All slugs that were, with the slugs that their widgets have now."""
    return {row["old_slug"]: row["slug"] for row in tx.rows("find_retired_slugs")}


def get_widget(g: GroupTransaction, widget_id: int) -> Widget:
    """One widget; raises NotFound."""
    return _one(_to_widgets(g.rows("find_widgets", widget_id=widget_id)), f"no widget {widget_id}")


def get_widget_by_public_id(g: GroupTransaction, public_id: str) -> Widget:
    """One widget by its public id; raises NotFound."""
    return _one(_to_widgets(g.rows("find_widgets", public_id=public_id)), f"no widget {public_id}")


def find_widget_by_slug(tx: Transaction, slug: str) -> Widget | None:
    """The widget of any group with this slug, or None."""
    found = _to_widgets(tx.rows("find_widget_by_slug", slug=slug))
    return found[0] if found else None


def find_widgets(g: GroupTransaction) -> list[Widget]:
    """The widgets of the group, oldest first."""
    return _to_widgets(g.rows("find_widgets"))


def find_widgets_of_clinic(g: GroupTransaction, clinic_id: int) -> list[Widget]:
    """The widgets that show this clinic, oldest first."""
    return _to_widgets(g.rows("find_widgets", clinic_id=clinic_id))


def _refuse_retired(g: GroupTransaction, slug: str, widget_id: int | None) -> None:
    row = g.tx.row("find_retired_slug", slug=slug)
    if row is not None and row["widget_id"] != widget_id:
        raise Conflict(f"the slug {slug} leads to another widget")


def _set_clinics(g: GroupTransaction, widget_id: int, clinic_ids: Sequence[int]) -> None:
    for position, clinic_id in enumerate(dict.fromkeys(clinic_ids)):
        if not g.run("add_widget_clinic", widget_id=widget_id, clinic_id=clinic_id, position=position):
            raise NotFound(f"no clinic {clinic_id}")


def _to_widgets(rows: Sequence[Mapping[str, Any]]) -> list[Widget]:
    """The widgets of rows, of which each says one clinic of a widget, in the widget's order."""
    fields: dict[int, dict[str, Any]] = {}
    clinic_ids: dict[int, list[int]] = {}
    for row in rows:
        fields[row["id"]] = {name: value for name, value in row.items() if name != "clinic_id"}
        clinic_ids.setdefault(row["id"], []).extend([] if row["clinic_id"] is None else [row["clinic_id"]])
    return [
        Widget(**{**each, "rating_markup": bool(each["rating_markup"])}, clinic_ids=tuple(clinic_ids[widget_id]))
        for widget_id, each in fields.items()
    ]


def _one(found: Sequence[Widget], message: str) -> Widget:
    if not found:
        raise NotFound(message)
    return found[0]
