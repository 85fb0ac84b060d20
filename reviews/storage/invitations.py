"""Invitations into a group: who is asked, as what, for which clinics, and until when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from reviews.clock import from_text
from reviews.errors import NotFound
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.people import normalize_email
from reviews.storage.values import from_json, new_public_id, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation that can be taken up until `expires_at`; `clinics` are public ids, None: all of the group."""

    public_id: str
    group_id: int
    email: str
    role: str
    clinics: frozenset[str] | None
    language: str
    person_id: int | None
    created_at: datetime
    expires_at: datetime


def add_invitation(
    g: GroupTransaction,
    *,
    email: str,
    role: str,
    clinics: Collection[str] | None,
    language: str,
    person_id: int | None,
    now: datetime,
    expires_at: datetime,
) -> Invitation:
    """A new invitation."""
    row = g.row(
        "add_invitation",
        public_id=new_public_id(),
        email=normalize_email(email),
        role=role,
        all_clinics=clinics is None,
        clinic_ids=to_json(sorted(clinics or ())),
        language=language,
        person_id=person_id,
        now=now,
        expires_at=expires_at,
    )
    assert row is not None
    return _to_invitation(row)


def find_open(g: GroupTransaction, *, email: str | None = None) -> list[Invitation]:
    """Invitations that nobody has taken up or taken back, the newest first; those that have run out too."""
    more = {} if email is None else {"email": normalize_email(email)}
    return [_to_invitation(row) for row in g.rows("find_open_invitations", **more)]


def get_open(g: GroupTransaction, public_id: str) -> Invitation:
    """One of them; raises NotFound."""
    row = g.row("find_open_invitations", public_id=public_id)
    if row is None:
        raise NotFound(f"no invitation {public_id} in this group")
    return _to_invitation(row)


def withdraw(g: GroupTransaction, public_id: str, now: datetime) -> None:
    """Take an invitation back; raises NotFound if it was used or is none of the group's."""
    if g.run("withdraw_invitation", public_id=public_id, now=now) != 1:
        raise NotFound(f"no invitation {public_id} in this group")


def find_invitation(tx: Transaction, public_id: str, now: datetime) -> Invitation | None:
    """The invitation of a link if it can be taken up now."""
    row = tx.row("find_invitation", public_id=public_id, now=now)
    return None if row is None else _to_invitation(row)


def use(tx: Transaction, public_id: str, now: datetime) -> bool:
    """Take an invitation up: True for the first who asks, False ever after."""
    return tx.run("use_invitation", public_id=public_id, now=now) == 1


def _to_invitation(row: Row) -> Invitation:
    return Invitation(
        public_id=row["public_id"],
        group_id=row["group_id"],
        email=row["email"],
        role=row["role"],
        clinics=None if row["all_clinics"] else frozenset(from_json(row["clinic_ids"])),
        language=row["language"],
        person_id=row["person_id"],
        created_at=from_text(row["created_at"]),
        expires_at=from_text(row["expires_at"]),
    )
