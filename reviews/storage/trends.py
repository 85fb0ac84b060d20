"""Figures over time, from monthly counts that outlive content, and what people remark about days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.errors import NotFound
from reviews.storage.engine import GroupTransaction
from reviews.storage.values import new_public_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark about a day (``2026-11-22``) at one clinic, or at all (None)."""

    public_id: str
    clinic_id: int | None
    day: str
    text: str
    person_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """Reviews of a clinic of the last days and of the time before them; `same` is how many of the last are one text."""

    clinic_id: int
    recent: int
    before: int
    same: int


def count_lately(g: GroupTransaction, *, recent: datetime, since: datetime) -> list[Lately]:
    """Of each clinic with reviews since then; `recent` parts the last days from the time before."""
    same = {row["clinic_id"]: row["same"] for row in g.rows("count_same_lately", recent=recent)}
    return [
        Lately(same=same.get(row["clinic_id"], 0), **row) for row in g.rows("count_lately", recent=recent, since=since)
    ]


def sum_months(
    g: GroupTransaction, first: str, last: str, *, clinic_id: int | None = None, source_id: int | None = None
) -> list[Mapping[str, Any]]:
    """Counts by month, oldest first, of the group or a part of it."""
    return list(g.rows("sum_months", first=first, last=last + "*", **_part(clinic_id, source_id)))


def sum_clinics(g: GroupTransaction, first: str, last: str) -> dict[int, Mapping[str, Any]]:
    """Counts of a time by clinic."""
    return {row["clinic_id"]: row for row in g.rows("sum_clinics", first=first, last=last + "*")}


def find_months_read(
    g: GroupTransaction, *, clinic_id: int | None = None, source_id: int | None = None
) -> frozenset[str]:
    """The months in which something was read well."""
    return frozenset(row["month"] for row in g.rows("find_months_read", **_part(clinic_id, source_id)))


def add_annotation(
    g: GroupTransaction, *, clinic_id: int | None, day: str, text: str, person_id: int, now: datetime
) -> str:
    """A new remark; its public id."""
    public_id = new_public_id()
    g.run("add_annotation", public_id=public_id, clinic_id=clinic_id, day=day, text=text, person_id=person_id, now=now)
    return public_id


def find_annotations(g: GroupTransaction, first: str, last: str, *, clinic_id: int | None = None) -> list[Annotation]:
    """The remarks about the months of a time, oldest first; of one clinic and of all."""
    rows = g.rows("find_annotations", first=first + "-01", last=last + "-31", **_part(clinic_id, None))
    return [Annotation(**row) for row in rows]


def delete_annotation(g: GroupTransaction, public_id: str) -> None:
    """A remark goes; raises NotFound."""
    if not g.run("delete_annotation", public_id=public_id):
        raise NotFound(f"no remark {public_id}")


def _part(clinic_id: int | None, source_id: int | None) -> dict[str, int]:
    found = {"clinic_id": clinic_id, "source_id": source_id}
    return {name: value for name, value in found.items() if value is not None}
