"""People and the groups that they belong to."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.clock import from_text
from reviews.errors import Conflict, NotFound
from reviews.i18n import N_
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.values import find_time, new_public_id

# One page of functions for callers: a login needs all of them together.
from reviews.storage.sessions import (  # isort: skip
    Session,
    add_attempt,
    add_session,
    add_token,
    claim_form_key,
    clear_attempts,
    count_attempts,
    delete_old,
    end_session,
    end_session_by_hash,
    end_sessions_of,
    end_tokens,
    find_session,
    find_sessions,
    first_attempt,
    is_token_valid,
    save_form_answer,
    set_session_group,
    touch_session,
    use_token,
)

__all__ = [
    "Member",
    "Membership",
    "Person",
    "Session",
    "add_attempt",
    "add_identity",
    "add_membership",
    "add_person",
    "add_session",
    "add_token",
    "claim_form_key",
    "clear_attempts",
    "count_attempts",
    "delete_old",
    "disable_person",
    "end_session",
    "end_session_by_hash",
    "end_sessions_of",
    "end_tokens",
    "find_member",
    "find_member_clinics",
    "find_members",
    "find_memberships",
    "find_people",
    "find_people_by_id",
    "find_person_by_email",
    "find_person_by_identity",
    "find_session",
    "find_sessions",
    "first_attempt",
    "get_member_by_public_id",
    "get_person",
    "has_owner",
    "is_token_valid",
    "normalize_email",
    "remove_membership",
    "save_form_answer",
    "set_language",
    "set_password",
    "set_session_group",
    "set_shortcuts",
    "touch_session",
    "use_token",
]


LAST_OWNER = N_("This is the only owner of the group. Make somebody else an owner first.")
OWNER_SEES_ALL = N_("An owner sees all clinics. Choose another role to limit somebody to some of them.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can log in; `email` is lower case, `password_hash` never leaves the program."""

    id: int
    public_id: str
    email: str
    name: str
    password_hash: str
    language: str
    is_operator: bool
    disabled_at: datetime | None
    created_at: datetime
    second_factor_since: datetime | None = None
    has_shortcuts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A person's role in one group; `clinic_ids` are the clinics that may be seen there, None: all."""

    group_id: int
    group_public_id: str
    group_name: str
    person_id: int
    role: str
    clinic_ids: frozenset[int] | None = None
    needs_second_factor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person of a group, with the role there and the public ids of the clinics that may be seen, None: all."""

    person: Person
    role: str
    clinics: frozenset[str] | None = None


def add_person(
    tx: Transaction,
    *,
    email: str,
    name: str,
    password_hash: str,
    now: datetime,
    language: str = "en",
    is_operator: bool = False,
) -> Person:
    """A new person; raises Conflict when the address is taken."""
    row = tx.row(
        "add_person",
        public_id=new_public_id(),
        email=normalize_email(email),
        name=name,
        password_hash=password_hash,
        language=language,
        is_operator=is_operator,
        now=now,
    )
    assert row is not None
    return _to_person(row)


def normalize_email(email: str) -> str:
    """The address in the form in which it is stored and compared."""
    return email.strip().lower()


def find_person_by_email(tx: Transaction, email: str) -> Person | None:
    """The person with this address, in any case, or None."""
    row = tx.row("find_people", email=normalize_email(email))
    return None if row is None else _to_person(row)


def find_person_by_identity(tx: Transaction, issuer: str, subject: str) -> Person | None:
    """The person to whom this identity of an identity provider belongs, or None."""
    row = tx.row("find_person_of_identity", issuer=issuer, subject=subject)
    return None if row is None else _to_person(row)


def add_identity(tx: Transaction, issuer: str, subject: str, person_id: int, now: datetime) -> bool:
    """Note whose identity this is. False, and nothing is noted, when the person has another one of this provider."""
    known = [row["subject"] for row in tx.rows("find_identity_of_person", issuer=issuer, person_id=person_id)]
    if not known:
        tx.run("add_identity", issuer=issuer, subject=subject, person_id=person_id, now=now)
    return not known or subject in known


def get_person(tx: Transaction, person_id: int) -> Person:
    """One person; raises NotFound."""
    row = tx.row("find_people", id=person_id)
    if row is None:
        raise NotFound(f"no person {person_id}")
    return _to_person(row)


def find_people_by_id(tx: Transaction, person_id: int) -> list[Person]:
    """The person with this id, if there is one."""
    return [_to_person(row) for row in tx.rows("find_people", id=person_id)]


def find_people(tx: Transaction) -> list[Person]:
    """All people of the installation, oldest first."""
    return [_to_person(row) for row in tx.rows("find_people")]


def set_password(tx: Transaction, person_id: int, password_hash: str) -> None:
    """Store a new password hash; raises NotFound. Ending the person's sessions is the caller's next step."""
    _one(tx.run("set_password", id=person_id, password_hash=password_hash), person_id)


def set_language(tx: Transaction, person_id: int, language: str) -> None:
    """The language of the person's pages; raises NotFound."""
    _one(tx.run("set_language", id=person_id, language=language), person_id)


def set_shortcuts(tx: Transaction, person_id: int, *, has_shortcuts: bool) -> None:
    """Whether single keys do something for the person; raises NotFound."""
    _one(tx.run("set_shortcuts", id=person_id, has_shortcuts=has_shortcuts), person_id)


def disable_person(tx: Transaction, person_id: int, now: datetime) -> None:
    """Keep a person from logging in, and end all sessions; raises NotFound."""
    if tx.run("disable_person", id=person_id, now=now) == 0:
        get_person(tx, person_id)
    end_sessions_of(tx, person_id)


def has_owner(tx: Transaction) -> bool:
    """Whether anybody owns a group, and so the installation is set up."""
    return tx.row("find_owner") is not None


def add_membership(
    g: GroupTransaction, *, person_id: int, role: str, now: datetime, clinic_ids: Collection[int] | None = None
) -> None:
    """Give a person a role in the group, in place of an earlier one, for all clinics or for these.

    Raises Conflict for a role that would leave the group without an owner, and for an owner of some clinics only.
    """
    if role == "owner" and clinic_ids is not None:
        raise Conflict("an owner sees all clinics", OWNER_SEES_ALL)
    if role != "owner":
        _keep_an_owner(g, person_id)
    g.run("add_membership", person_id=person_id, role=role, all_clinics=clinic_ids is None, now=now)
    g.run("drop_membership_clinics", person_id=person_id)
    for clinic_id in sorted(clinic_ids or ()):
        if g.run("add_membership_clinic", person_id=person_id, clinic_id=clinic_id) != 1:
            raise NotFound(f"no clinic {clinic_id} in this group")


def remove_membership(g: GroupTransaction, person_id: int) -> None:
    """Put a person out of the group, with what they were to be told. Raises NotFound; Conflict for the last owner."""
    _keep_an_owner(g, person_id)
    g.run("drop_person_rules", person_id=person_id)
    g.run("drop_membership_clinics", person_id=person_id)
    _one(g.run("drop_membership", person_id=person_id), person_id)


def _keep_an_owner(g: GroupTransaction, person_id: int) -> None:
    """Raise Conflict if this person is the only owner of the group who can log in."""
    g.tx.row("lock_audit", id=g.group_id)  # of two owners who leave at the same moment one stays
    found = g.row("find_members", person_id=person_id)
    others = g.row("count_other_owners", person_id=person_id)
    if found is not None and found["role"] == "owner" and others is not None and others["n"] == 0:
        raise Conflict("the last owner stays", LAST_OWNER)


def find_memberships(tx: Transaction, person_id: int) -> list[Membership]:
    """In which groups the person has which role."""
    limits: dict[int, set[int]] = {}
    for row in tx.rows("find_limits", person_id=person_id):
        limits.setdefault(row["group_id"], set()).add(row["clinic_id"])
    return [
        Membership(
            group_id=row["group_id"],
            group_public_id=row["group_public_id"],
            group_name=row["group_name"],
            person_id=row["person_id"],
            role=row["role"],
            clinic_ids=None if row["all_clinics"] else frozenset(limits.get(row["group_id"], ())),
            needs_second_factor=bool(row["requires_second_factor"]),
        )
        for row in tx.rows("find_memberships", person_id=person_id)
    ]


def find_members(g: GroupTransaction) -> list[Member]:
    """The people of the group by name."""
    return _members(g)


def find_member(g: GroupTransaction, person_id: int) -> Member | None:
    """This person with the role in the group, or None if the person does not belong to it."""
    found = _members(g, person_id=person_id)
    return found[0] if found else None


def get_member_by_public_id(g: GroupTransaction, public_id: str) -> Member:
    """A person of the group; raises NotFound."""
    found = _members(g, public_id=public_id)
    if not found:
        raise NotFound(f"no person {public_id} in this group")
    return found[0]


def _members(g: GroupTransaction, **keys: Any) -> list[Member]:
    limits = find_member_clinics(g)
    return [
        Member(
            person=_to_person(row),
            role=row["role"],
            clinics=None if row["all_clinics"] else limits.get(row["id"], frozenset()),
        )
        for row in g.rows("find_members", **keys)
    ]


def find_member_clinics(g: GroupTransaction) -> dict[int, frozenset[str]]:
    """By person the public ids of the clinics that they are limited to, for those who are limited to any."""
    limits: dict[int, set[str]] = {}
    for row in g.rows("find_member_clinics"):
        limits.setdefault(row["person_id"], set()).add(row["public_id"])
    return {person_id: frozenset(found) for person_id, found in limits.items()}


def _one(touched: int, person_id: int) -> None:
    if touched != 1:
        raise NotFound(f"no person {person_id}")


def _to_person(row: Row) -> Person:
    values: dict[str, Any] = {name: row[name] for name in ("id", "public_id", "email", "name", "language")}
    return Person(
        password_hash=row["password_hash"],
        is_operator=bool(row["is_operator"]),
        disabled_at=find_time(row["disabled_at"]),
        created_at=from_text(row["created_at"]),
        second_factor_since=find_time(row["totp_since"]),
        has_shortcuts=bool(row["has_shortcuts"]),
        **values,
    )
