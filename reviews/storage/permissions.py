"""Why a review may stand as a quote chosen by hand: published, or permitted, for a text and for a time.

A permission lapses by itself when the review's text changes, when its time is over, or when the terms of the source
make us drop the text; the quote is then one among the others again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from reviews.errors import Conflict, NotFound
from reviews.storage import outbox
from reviews.storage.engine import GroupTransaction, Row
from reviews.storage.values import find_time, from_json, new_public_id, to_json

COVERS = ("name", "photo", "health", "elsewhere")
BASES = ("published", "written", "form")
REASONS = ("asked", "text_changed", "expired", "retention", "erased")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One entry of the ledger; `given_on` is a day (ISO 8601), `proof` an address or the SHA-256 of a paper."""

    id: int
    public_id: str
    review_id: int
    covers: tuple[str, ...]
    basis: str
    given_by: str
    given_on: str
    valid_until: datetime | None
    proof: str
    person_id: int | None
    withdrawn_at: datetime | None
    withdrawn_why: str | None
    lapsed: str | None
    """Why it holds no longer although nobody has withdrawn it: text_changed, retention; None if nothing changed."""

    def holds(self, now: datetime) -> bool:
        """Whether the quote may rest on it at this moment."""
        in_time = self.valid_until is None or now < self.valid_until
        return self.withdrawn_at is None and self.lapsed is None and in_time


def add_permission(
    g: GroupTransaction,
    review_id: int,
    *,
    basis: str,
    proof: str,
    given_on: str,
    now: datetime,
    covers: Collection[str] = (),
    given_by: str = "",
    valid_until: datetime | None = None,
    person_id: int | None = None,
) -> Permission:
    """Enter why the review as it is now may be quoted.

    Raises NotFound for a review that is not there or was dropped, Conflict for a basis, proof or cover that is none.
    """
    if basis not in BASES or not proof or not set(covers) <= set(COVERS):
        raise Conflict(f"a permission needs a basis of {', '.join(BASES)}, a proof, and covers of {', '.join(COVERS)}")
    row = g.row(
        "add_permission",
        public_id=new_public_id(),
        review_id=review_id,
        covers=to_json(sorted(covers)),
        basis=basis,
        given_by=given_by,
        given_on=given_on,
        valid_until=valid_until,
        proof=proof,
        person_id=person_id,
        now=now,
    )
    if row is None:
        raise NotFound(f"no review {review_id} with content")
    return _to_permission(g.rows("find_permissions", permission_id=row["id"])[0])


def find_permissions(g: GroupTransaction, review_id: int) -> list[Permission]:
    """The permissions of a review, oldest first, those that hold no longer too."""
    return [_to_permission(row) for row in g.rows("find_permissions", review_id=review_id)]


def find_holding(g: GroupTransaction, clinic_id: int, now: datetime) -> dict[int, Permission]:
    """The permissions that hold now for reviews of a clinic, by review; of several, the one that holds longest."""
    found: dict[int, Permission] = {}
    for row in g.rows("find_permissions", clinic_id=clinic_id, open_only=1):
        each = _to_permission(row)
        if each.holds(now):
            other = found.get(each.review_id)
            if other is None or (other.valid_until is not None and _is_longer(each, other.valid_until)):
                found[each.review_id] = each
    return found


def feature(g: GroupTransaction, review_id: int, now: datetime) -> None:
    """A person, who has opened the whole review, chooses it as a quote.

    Raises Conflict without a permission that holds, NotFound.
    """
    if not any(each.holds(now) for each in find_permissions(g, review_id)):
        raise Conflict(f"review {review_id} has no permission that holds")
    if not g.run("set_publication", review_id=review_id, publication="featured", hide_reason=None):
        raise NotFound(f"no review {review_id}")


def withdraw(g: GroupTransaction, permission_id: int, now: datetime, why: str = "asked") -> None:
    """A permission holds no longer, and without another one the quote is no longer featured. Raises NotFound."""
    rows = g.rows("find_permissions", permission_id=permission_id)
    if not rows or not g.run("withdraw_permission", permission_id=permission_id, why=why, now=now):
        raise NotFound(f"no permission {permission_id} that holds")
    review_id = rows[0]["review_id"]
    if not any(each.holds(now) for each in find_permissions(g, review_id)):
        g.run("unfeature", review_id=review_id)
    outbox.add_event(
        g,
        event_id=f"quote.withdrawn:{rows[0]['public_id']}",
        kind="quote.withdrawn",
        payload={"review": rows[0]["review_public_id"], "permission": rows[0]["public_id"], "why": why},
        now=now,
    )


def find_lapsed(g: GroupTransaction, clinic_id: int, now: datetime) -> list[tuple[int, str]]:
    """(permission id, why) of those that have lapsed and were not yet withdrawn."""
    lapsed = []
    for row in g.rows("find_permissions", clinic_id=clinic_id, open_only=1):
        each = _to_permission(row)
        if not each.holds(now):
            lapsed.append((each.id, each.lapsed or "expired"))
    return lapsed


def _is_longer(each: Permission, until: datetime) -> bool:
    return each.valid_until is None or each.valid_until > until


def _to_permission(row: Row) -> Permission:
    lapsed = "retention" if row["is_purged"] else None if row["is_same_text"] else "text_changed"
    return Permission(
        id=row["id"],
        public_id=row["public_id"],
        review_id=row["review_id"],
        covers=tuple(from_json(row["covers"])),
        basis=row["basis"],
        given_by=row["given_by"],
        given_on=row["given_on"],
        valid_until=find_time(row["valid_until"]),
        proof=row["proof"],
        person_id=row["person_id"],
        withdrawn_at=find_time(row["withdrawn_at"]),
        withdrawn_why=row["withdrawn_why"],
        lapsed=lapsed,
    )
