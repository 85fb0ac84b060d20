"""Groups: the tenants."""

from dataclasses import dataclass
from datetime import datetime

from reviews.errors import NotFound
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.values import new_public_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An organisation that runs clinics."""

    id: int
    public_id: str
    name: str
    is_demo: bool
    requires_second_factor: bool = False


def lock_groups(tx: Transaction) -> None:
    """Wait until nobody else who asked for this adds groups or clinics; holds until the transaction ends."""
    tx.session.lock_schema()


def add_group(tx: Transaction, *, name: str, now: datetime, is_demo: bool = False) -> Group:
    """A new group."""
    row = tx.row("add_group", public_id=new_public_id(), name=name, is_demo=is_demo, now=now)
    assert row is not None
    return _to_group(row)


def find_groups(tx: Transaction) -> list[Group]:
    """All groups, oldest first."""
    return [_to_group(row) for row in tx.rows("find_groups")]


def get_group(tx: Transaction, group_id: int) -> Group:
    """One group; raises NotFound."""
    row = tx.row("get_group", id=group_id)
    if row is None:
        raise NotFound(f"no group {group_id}")
    return _to_group(row)


def find_group_by_public_id(tx: Transaction, public_id: str) -> Group | None:
    """The group with this public id, or None."""
    row = tx.row("find_group_by_public_id", public_id=public_id)
    return None if row is None else _to_group(row)


def _to_group(row: Row) -> Group:
    return Group(
        id=row["id"],
        public_id=row["public_id"],
        name=row["name"],
        is_demo=bool(row["is_demo"]),
        requires_second_factor=bool(row["requires_second_factor"]),
    )


def rename(g: GroupTransaction, name: str) -> None:
    """Another name for the group."""
    g.run("rename_group", name=name)


def count_forgotten(g: GroupTransaction) -> int:
    """How many authors of the group's reviews asked to be forgotten."""
    row = g.row("count_forgotten")
    return int(row["n"]) if row else 0
