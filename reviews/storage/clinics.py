"""Clinics, which of them need new figures, and the advertising rules that were confirmed for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reviews.clock import from_text
from reviews.errors import NotFound, StorageError
from reviews.model import Clinic
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.values import find_time, from_json, new_public_id, to_json

FIELDS = (
    "slug", "name", "street", "locality", "region", "postal_code", "country", "telephone", "website", "time_zone",
    "language", "languages", "jurisdiction", "professions",
)  # fmt: skip
_LISTS = ("languages", "professions")
_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(FIELDS, ""),
    "time_zone": "UTC",
    "language": "en",
    "languages": ("en", "fr"),
    "professions": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A person has read and confirmed the advertising rule of one profession in one place, as it stood then."""

    jurisdiction: str
    profession: str
    row_version: str
    person_id: int | None
    person_name: str
    confirmed_at: datetime


def add_clinic(
    g: GroupTransaction, *, slug: str, name: str, now: datetime, is_demo: bool = False, **fields: Any
) -> Clinic:
    """A new clinic; `fields` are those of FIELDS. Raises Conflict when the group has this slug already."""
    _check_fields(fields, FIELDS)
    values = {**_DEFAULTS, **fields, "slug": slug, "name": name}
    row = g.row("add_clinic", public_id=new_public_id(), is_demo=is_demo, now=now, **_to_columns(values))
    assert row is not None
    return to_clinic(row)


def update_clinic(g: GroupTransaction, clinic_id: int, *, now: datetime, **fields: Any) -> Clinic:
    """Change the given fields (those of FIELDS, answer_within_hours, and primary_source_id, which may be None).

    Raises NotFound, also for a primary source that is not this clinic's, and Conflict for a taken slug.
    """
    _check_fields(fields, (*FIELDS, "primary_source_id", "answer_within_hours"))
    if (source_id := fields.get("primary_source_id")) is not None:
        source = g.row("find_sources", id=source_id, clinic_id=clinic_id)
        if source is None:
            raise NotFound(f"clinic {clinic_id} has no source {source_id}")
    row = g.row("update_clinic", id=clinic_id, now=now, **_to_columns(fields))
    if row is None:
        raise NotFound(f"no clinic {clinic_id} in this group")
    return to_clinic(row)


def get_clinic(g: GroupTransaction, clinic_id: int) -> Clinic:
    """One clinic; raises NotFound."""
    return _get(g, id=clinic_id)


def get_clinic_by_public_id(g: GroupTransaction, public_id: str) -> Clinic:
    """One clinic; raises NotFound."""
    return _get(g, public_id=public_id)


def find_clinic_by_slug(g: GroupTransaction, slug: str) -> Clinic | None:
    """The group's clinic of this slug, or None."""
    row = g.row("find_clinics", slug=slug)
    return None if row is None else to_clinic(row)


def find_clinics(g: GroupTransaction) -> list[Clinic]:
    """The group's clinics by name."""
    return [to_clinic(row) for row in g.rows("find_clinics")]


def mark_stale(g: GroupTransaction, clinic_id: int, now: datetime) -> None:
    """Note that the clinic's figures and snapshots must be made anew; raises NotFound.

    Every mark is different from the one before, so that `clear_stale` never clears a mark made in the meantime.
    """
    if g.run("mark_stale", id=clinic_id, now=now, if_older=1):
        return
    marked = get_stale_since(g, clinic_id)
    if marked is not None:
        now = max(now, marked + timedelta(microseconds=1))
    g.run("mark_stale", id=clinic_id, now=now)


def mark_all_stale(tx: Transaction, now: datetime) -> int:
    """Have the figures of every clinic of the installation made anew; how many were not marked yet."""
    return tx.run("mark_all_stale", now=now)


def get_stale_since(g: GroupTransaction, clinic_id: int) -> datetime | None:
    """Since when the clinic's figures are older than its data, or None if they are not; raises NotFound."""
    row = g.row("find_clinics", id=clinic_id)
    if row is None:
        raise NotFound(f"no clinic {clinic_id} in this group")
    return find_time(row["stale_since"])


def get_with_mark(g: GroupTransaction, clinic_id: int) -> tuple[Clinic, datetime | None]:
    """The clinic, and what `get_stale_since` says of it; raises NotFound."""
    row = g.row("find_clinics", id=clinic_id)
    if row is None:
        raise NotFound(f"no clinic {clinic_id} in this group")
    return to_clinic(row), find_time(row["stale_since"])


def find_stale_clinics(
    tx: Transaction, limit: int, *, now: datetime | None = None, patience: timedelta = timedelta(0)
) -> list[tuple[int, int, datetime]]:
    """(group_id, clinic_id, stale_since) of clinics that need new figures, the longest-waiting first.

    With `now`, without those whose sources are being collected: that ends with new figures. They are waited for no
    longer than `patience`.
    """
    held = {} if now is None else {"held_at": now, "quiet_before": now - patience}
    return [
        (row["group_id"], row["id"], from_text(row["stale_since"]))
        for row in tx.rows("find_stale_clinics", limit=limit, **held)
    ]


def clear_stale(g: GroupTransaction, clinic_id: int, stale_since: datetime) -> bool:
    """Clear the mark if it is still this one; False if the data has changed since, or the clinic is not the group's."""
    return g.run("clear_stale", id=clinic_id, stale_since=stale_since) == 1


def hold_stale(g: GroupTransaction, clinic_id: int, stale_since: datetime) -> bool:
    """Whether the mark is still this one; until this transaction ends nobody sets another."""
    return g.run("hold_stale", id=clinic_id, stale_since=stale_since) == 1


def confirm_rule(
    g: GroupTransaction,
    *,
    jurisdiction: str,
    profession: str,
    row_version: str,
    person_id: int | None,
    person_name: str,
    now: datetime,
) -> None:
    """Note that a person has confirmed the advertising rule of a profession in a place."""
    g.run(
        "confirm_rule",
        jurisdiction=jurisdiction,
        profession=profession,
        row_version=row_version,
        person_id=person_id,
        person_name=person_name,
        now=now,
    )


def find_confirmations(g: GroupTransaction) -> list[Confirmation]:
    """The confirmed advertising rules of the group."""
    return [
        Confirmation(
            jurisdiction=row["jurisdiction"],
            profession=row["profession"],
            row_version=row["row_version"],
            person_id=row["person_id"],
            person_name=row["person_name"],
            confirmed_at=from_text(row["confirmed_at"]),
        )
        for row in g.rows("find_confirmations")
    ]


def _get(g: GroupTransaction, **key: Any) -> Clinic:
    row = g.row("find_clinics", **key)
    if row is None:
        raise NotFound(f"no clinic {key} in this group")
    return to_clinic(row)


def _check_fields(fields: dict[str, Any], known: tuple[str, ...]) -> None:
    if unknown := fields.keys() - set(known):
        raise StorageError(f"a clinic has no field {', '.join(sorted(unknown))}")


def _to_columns(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: to_json(list(value)) if name in _LISTS else value for name, value in fields.items()}


def to_clinic(row: Row) -> Clinic:
    """A row of the table as a value."""
    fields: dict[str, Any] = {name: tuple(from_json(row[name])) if name in _LISTS else row[name] for name in FIELDS}
    return Clinic(
        id=row["id"],
        public_id=row["public_id"],
        group_id=row["group_id"],
        primary_source_id=row["primary_source_id"],
        is_demo=bool(row["is_demo"]),
        answer_within_hours=row["answer_within_hours"],
        **fields,
    )
