"""What a login needs: sessions, one-time tokens, counted attempts, and forms that write once.

Tokens and keys come in as hashes; what a cookie or a link holds is never here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from reviews.clock import from_text
from reviews.errors import Conflict, NotFound
from reviews.storage.engine import Row, Transaction
from reviews.storage.values import find_time

KEEP_ATTEMPTS = timedelta(days=1)
KEEP_FORM_KEYS = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login of one person on one device; `group_id` is the group that is being looked at."""

    id: int
    token_hash: str
    person_id: int
    group_id: int | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    device: str


def add_session(
    tx: Transaction,
    *,
    token_hash: str,
    person_id: int,
    group_id: int | None,
    now: datetime,
    expires_at: datetime,
    device: str = "",
) -> Session:
    """A new login session."""
    row = tx.row(
        "add_session",
        token_hash=token_hash,
        person_id=person_id,
        in_group=group_id,
        now=now,
        expires_at=expires_at,
        device=device,
    )
    assert row is not None
    return _to_session(row)


def find_session(tx: Transaction, token_hash: str, now: datetime, idle: timedelta | None = None) -> Session | None:
    """The session, unless it has run out, was not used for `idle`, was ended, or its person was disabled."""
    more = {} if idle is None else {"used_after": now - idle}
    row = tx.row("find_session", token_hash=token_hash, now=now, **more)
    return None if row is None else _to_session(row)


def find_sessions(tx: Transaction, person_id: int) -> list[Session]:
    """The person's sessions, those that have run out too, the last used first."""
    return [_to_session(row) for row in tx.rows("find_sessions", person_id=person_id)]


def touch_session(tx: Transaction, session_id: int, now: datetime) -> None:
    """Note that the session was used; nothing happens if it has ended."""
    tx.run("touch_session", id=session_id, now=now)


def set_session_group(tx: Transaction, session_id: int, group_id: int) -> None:
    """Let the session look at another group; raises NotFound if its person does not belong to it."""
    if tx.run("set_session_group", id=session_id, in_group=group_id) == 0:
        raise NotFound(f"session {session_id} cannot look at group {group_id}")


def end_session(tx: Transaction, person_id: int, session_id: int) -> None:
    """End one session of the person; nothing happens if it has ended."""
    tx.run("end_session", id=session_id, person_id=person_id)


def end_session_by_hash(tx: Transaction, token_hash: str) -> None:
    """End the session that a cookie holds; nothing happens if it has ended."""
    tx.run("end_session_by_hash", token_hash=token_hash)


def end_sessions_of(tx: Transaction, person_id: int, keep: int | None = None) -> int:
    """End all sessions of a person, but for the one with the id `keep`; how many there were."""
    more = {} if keep is None else {"keep": keep}
    return tx.run("end_sessions", person_id=person_id, **more)


def add_token(tx: Transaction, *, purpose: str, token_hash: str, now: datetime, expires_at: datetime) -> None:
    """A new one-time token."""
    tx.run("add_token", purpose=purpose, token_hash=token_hash, now=now, expires_at=expires_at)


def is_token_valid(tx: Transaction, purpose: str, token_hash: str, now: datetime) -> bool:
    """Whether the token could be used now; does not use it."""
    return tx.row("find_token", purpose=purpose, token_hash=token_hash, now=now) is not None


def use_token(tx: Transaction, purpose: str, token_hash: str, now: datetime) -> bool:
    """Use the token: True for the first who asks, False ever after, and for a wrong or expired one."""
    return tx.run("use_token", purpose=purpose, token_hash=token_hash, now=now) == 1


def end_tokens(tx: Transaction, purpose: str) -> int:
    """End all tokens of this purpose that were not used."""
    return tx.run("end_tokens", purpose=purpose)


def add_attempt(tx: Transaction, key: str, now: datetime) -> None:
    """Note one attempt under this key (a hash)."""
    tx.run("add_attempt", key=key, now=now)


def count_attempts(tx: Transaction, key: str, now: datetime, window: timedelta) -> int:
    """How many attempts there were under this key within the window."""
    row = tx.row("count_attempts", key=key, since=now - window)
    return int(row["count"]) if row else 0


def first_attempt(tx: Transaction, key: str, now: datetime, window: timedelta) -> datetime | None:
    """When the first attempt within the window was; one more is free when it leaves the window."""
    row = tx.row("count_attempts", key=key, since=now - window)
    return find_time(row["first_at"]) if row else None


def clear_attempts(tx: Transaction, key: str) -> None:
    """Forget the attempts under this key."""
    tx.run("clear_attempts", key=key)


def claim_form_key(tx: Transaction, key: str, group_id: int | None, now: datetime) -> str | None:
    """None for the first who sends the form with this key; else the answer that it led to ('' if none was saved).

    Raises Conflict for a key that another group has used. A second sender waits until the first has committed.
    """
    if tx.run("claim_form_key", key=key, in_group=group_id, now=now) == 1:
        return None
    row = tx.row("find_form_key", key=key)
    if row is None or row["group_id"] != group_id:
        raise Conflict("this form's key was used elsewhere")
    return str(row["answer"])


def save_form_answer(tx: Transaction, key: str, answer: str) -> None:
    """Remember where the form with this key has led."""
    tx.run("save_form_answer", key=key, answer=answer)


def delete_old(tx: Transaction, now: datetime) -> int:
    """Drop sessions and tokens that have run out, and old attempts and form keys; how many rows."""
    return (
        tx.run("drop_sessions", now=now)
        + tx.run("drop_tokens", now=now)
        + tx.run("drop_attempts", before=now - KEEP_ATTEMPTS)
        + tx.run("drop_form_keys", before=now - KEEP_FORM_KEYS)
    )


def _to_session(row: Row) -> Session:
    return Session(
        id=row["id"],
        token_hash=row["token_hash"],
        person_id=row["person_id"],
        group_id=row["group_id"],
        created_at=from_text(row["created_at"]),
        last_used_at=from_text(row["last_used_at"]),
        expires_at=from_text(row["expires_at"]),
        device=row["device"],
    )
