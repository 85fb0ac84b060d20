"""Accounts at platforms ("connections"): who may read there, with which secrets, and in which state.

Secrets are sealed by a `SecretsBox` before they are stored and are never part of a `Connection`. Every change by a
person stands in the audit trail, with names of what changed and never a value: it is the change log that some
platforms' terms ask for. Tokens that the program renews by itself are not logged.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reviews.clock import from_text
from reviews.errors import NotFound, SourceUnauthorized
from reviews.model import Source
from reviews.secrets_box import SecretsBox
from reviews.storage import audit, retention
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.sources import to_source
from reviews.storage.values import find_time, new_public_id

DISCONNECTED = "This connection was disconnected. Connect it again to read this source."


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An account at a platform; `state` is ``active``, ``needs_person`` or ``disconnected``.

    `pull_failures` in a row, since `pull_failed_at` and why, are of fetching its notes of changes: reading goes on.
    """

    id: int
    public_id: str
    group_id: int
    kind: str
    label: str
    state: str
    created_at: datetime
    updated_at: datetime
    pull_failures: int = 0
    pull_failed_at: datetime | None = None
    pull_hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """What a disconnection did: sources that stopped, their clinics, and reviews whose content went."""

    sources: int
    clinic_ids: tuple[int, ...]
    purged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resealed:
    """What a change of keys did; `unreadable` are ids of connections that no key opens."""

    changed: int
    unreadable: tuple[int, ...]


def add_connection(
    g: GroupTransaction,
    *,
    kind: str,
    label: str,
    secrets: Mapping[str, str],
    box: SecretsBox,
    now: datetime,
    person_id: int | None = None,
) -> Connection:
    """A new account, active, with its secrets sealed."""
    row = g.row("add_connection", public_id=new_public_id(), kind=kind, label=label, secrets=box.seal(secrets), now=now)
    assert row is not None
    connection = to_connection(row)
    _log(g, connection, "connection.added", now, person_id, after={"kind": kind, "secrets": sorted(secrets)})
    return connection


def get_connection(g: GroupTransaction, connection_id: int) -> Connection:
    """One account; raises NotFound."""
    return to_connection(_get(g, id=connection_id))


def get_connection_by_public_id(g: GroupTransaction, public_id: str) -> Connection:
    """One account; raises NotFound."""
    return to_connection(_get(g, public_id=public_id))


def find_connections(g: GroupTransaction, kind: str | None = None) -> list[Connection]:
    """The group's accounts, or those of one platform, in the order in which they were added."""
    return [to_connection(row) for row in g.rows("find_accounts", **({} if kind is None else {"kind": kind}))]


def find_sources_of(g: GroupTransaction, connection_id: int) -> list[Source]:
    """The sources that are read with an account."""
    return [to_source(row) for row in g.rows("find_sources_of_account", connection_id=connection_id)]


def serves_unseen(g: GroupTransaction, connection_id: int) -> bool:
    """Whether an account also reads sources of clinics to which this handle is not limited."""
    everything = find_sources_of(g.tx.group(g.group_id), connection_id)
    return len(everything) != len(find_sources_of(g, connection_id))


def get_secrets(g: GroupTransaction, connection_id: int, box: SecretsBox) -> dict[str, str]:
    """The secrets of an account; raises NotFound, or SourceUnauthorized when no key opens them."""
    return box.open(_get(g, id=connection_id)["secrets"])


def update_secrets(
    g: GroupTransaction, connection_id: int, changes: Mapping[str, str], *, box: SecretsBox, now: datetime
) -> dict[str, str]:
    """Add renewed tokens to an account's secrets; all of them as they are now. "" takes a secret away.

    Other names stay, also those that somebody else has changed meanwhile. Raises NotFound, SourceUnauthorized.
    """
    before = _touch(g, connection_id, now)
    secrets = {**box.open(before["secrets"]), **changes}
    secrets = {name: value for name, value in secrets.items() if value}
    if changes:
        g.row("change_account", id=connection_id, secrets=box.seal(secrets), now=now)
    return secrets


def reconnect(
    g: GroupTransaction,
    connection_id: int,
    secrets: Mapping[str, str],
    *,
    box: SecretsBox,
    now: datetime,
    person_id: int | None,
) -> Connection:
    """Take new secrets in place of all old ones, and make the account's waiting sources due. Raises NotFound."""
    before = _touch(g, connection_id, now)
    row = g.row("change_account", id=connection_id, secrets=box.seal(secrets), state="active", now=now)
    assert row is not None
    woken = g.run("wake_sources_of_account", connection_id=connection_id, now=now)
    connection = to_connection(row)
    after = {"state": "active", "secrets": sorted(secrets), "sources": woken}
    _log(g, connection, "connection.renewed", now, person_id, before={"state": before["state"]}, after=after)
    return connection


def set_state(g: GroupTransaction, connection_id: int, state: str, *, now: datetime) -> bool:
    """Say that an account needs a person, or works again; False if it was so already. Raises NotFound.

    A disconnected account stays disconnected: only `reconnect` ends that.
    """
    before = _touch(g, connection_id, now)
    if before["state"] in (state, "disconnected"):
        return False
    row = g.row("change_account", id=connection_id, state=state, now=now)
    assert row is not None
    was = {"state": before["state"]}
    _log(g, to_connection(row), "connection.state", now, None, before=was, after={"state": state})
    return True


def disconnect(
    g: GroupTransaction, connection_id: int, *, origins: Collection[str], now: datetime, person_id: int | None
) -> Disconnected:
    """Forget an account's secrets, stop its sources, and drop what their terms let nobody hold without it.

    `origins` are those with a limit (`RuleBook.retentions`): their content goes at once, ids and counts stay; content
    of other origins stays, as the group's own. The clinics are marked stale. Raises NotFound.
    """
    before = _touch(g, connection_id, now)
    row = g.row("change_account", id=connection_id, secrets="", state="disconnected", now=now)
    assert row is not None
    found = find_sources_of(g, connection_id)
    g.run("stop_sources_of_account", connection_id=connection_id, hint=DISCONNECTED, now=now)
    purged = sum(
        retention.purge_content(g, origin, now + timedelta(days=1), now, source_id=source.id)
        for source in found
        for origin in sorted(origins)
    )
    after = {"state": "disconnected", "sources": [source.public_id for source in found], "purged": purged}
    connection = to_connection(row)
    _log(g, connection, "connection.disconnected", now, person_id, before={"state": before["state"]}, after=after)
    clinic_ids = tuple(sorted({source.clinic_id for source in found}))
    return Disconnected(sources=len(found), clinic_ids=clinic_ids, purged=purged)


def reseal_all(tx: Transaction, box: SecretsBox) -> Resealed:
    """Put all secrets under the box's first key. What no key opens is left as it is, and named."""
    changed, unreadable = 0, []
    for row in tx.rows("find_all_sealed"):
        if box.is_current(row["secrets"]):
            continue
        try:
            sealed = box.reseal(row["secrets"])
        except SourceUnauthorized:
            unreadable.append(row["id"])
            continue
        changed += tx.run("put_sealed", id=row["id"], secrets=sealed, before=row["secrets"])
    return Resealed(changed=changed, unreadable=tuple(unreadable))


def _get(g: GroupTransaction, **key: object) -> Row:
    row = g.row("find_accounts", **key)
    if row is None:
        raise NotFound(f"no connection {key} in this group")
    return row


def _touch(g: GroupTransaction, connection_id: int, now: datetime) -> Row:
    row = g.row("touch_account", id=connection_id, now=now)
    if row is None:
        raise NotFound(f"no connection {connection_id} in this group")
    return row


def _log(
    g: GroupTransaction,
    connection: Connection,
    action: str,
    now: datetime,
    person_id: int | None,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    audit.add_entry(
        g,
        now=now,
        person_id=person_id,
        action=action,
        object_kind="connection",
        object_id=connection.public_id,
        before=before,
        after=after,
    )


def to_connection(row: Row) -> Connection:
    """An account from its row."""
    return Connection(
        id=row["id"],
        public_id=row["public_id"],
        group_id=row["group_id"],
        kind=row["kind"],
        label=row["label"],
        state=row["state"],
        created_at=from_text(row["created_at"]),
        updated_at=from_text(row["updated_at"]),
        pull_failures=row["pull_failures"],
        pull_failed_at=find_time(row["pull_failed_at"]),
        pull_hint=row["pull_hint"],
    )
