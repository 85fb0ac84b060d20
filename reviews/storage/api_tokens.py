"""Keys of the API: what each may do, for which clinics, and when it was last used. Keys come in as hashes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from reviews.clock import from_text
from reviews.errors import NotFound
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.values import find_time, from_json, new_public_id, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A key of the API; `prefix` is how it begins, `clinics` are public ids, None: all of the group."""

    id: int
    public_id: str
    group_id: int
    person_id: int | None
    label: str
    prefix: str
    scopes: frozenset[str]
    clinics: frozenset[str] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


def add_token(
    g: GroupTransaction,
    *,
    label: str,
    prefix: str,
    token_hash: str,
    scopes: Collection[str],
    clinics: Collection[str] | None,
    person_id: int | None,
    now: datetime,
    expires_at: datetime | None,
) -> ApiToken:
    """A new key."""
    row = g.row(
        "add_api_token",
        public_id=new_public_id(),
        person_id=person_id,
        label=label,
        prefix=prefix,
        token_hash=token_hash,
        scopes=to_json(sorted(scopes)),
        all_clinics=clinics is None,
        clinic_ids=to_json(sorted(clinics or ())),
        now=now,
        expires_at=expires_at,
    )
    assert row is not None
    return _to_token(row)


def find_tokens(g: GroupTransaction) -> list[ApiToken]:
    """The group's keys, the newest first; those that were revoked or have run out too."""
    return [_to_token(row) for row in g.rows("find_api_tokens")]


def revoke(g: GroupTransaction, public_id: str, now: datetime) -> None:
    """A key opens nothing any more; raises NotFound."""
    if g.run("revoke_api_token", public_id=public_id, now=now) != 1:
        raise NotFound(f"no key {public_id} in this group")


def still_opens(g: GroupTransaction, public_id: str, now: datetime) -> bool:
    """Whether a key that has opened something opens it still."""
    row = g.row("find_api_tokens", public_id=public_id)
    token = None if row is None else _to_token(row)
    return token is not None and token.revoked_at is None and (token.expires_at is None or token.expires_at > now)


def find_token(tx: Transaction, token_hash: str, now: datetime) -> ApiToken | None:
    """The key with this hash, if it opens something now."""
    row = tx.row("find_api_token", token_hash=token_hash, now=now)
    return None if row is None else _to_token(row)


def touch(tx: Transaction, token_id: int, now: datetime) -> None:
    """Note that a key was used."""
    tx.run("touch_api_token", id=token_id, now=now)


def _to_token(row: Row) -> ApiToken:
    return ApiToken(
        id=row["id"],
        public_id=row["public_id"],
        group_id=row["group_id"],
        person_id=row["person_id"],
        label=row["label"],
        prefix=row["prefix"],
        scopes=frozenset(from_json(row["scopes"])),
        clinics=None if row["all_clinics"] else frozenset(from_json(row["clinic_ids"])),
        created_at=from_text(row["created_at"]),
        expires_at=find_time(row["expires_at"]),
        last_used_at=find_time(row["last_used_at"]),
        revoked_at=find_time(row["revoked_at"]),
    )
