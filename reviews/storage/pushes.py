"""Pushes of platforms: whose an address is, and which sources are read earlier because of one."""

from collections.abc import Collection
from datetime import datetime, timedelta

from reviews.secrets_box import SecretsBox
from reviews.storage import connections, runs
from reviews.storage.connections import Connection
from reviews.storage.engine import Transaction


def find_account(tx: Transaction, public_id: str) -> Connection | None:
    """The account with this public id, of whichever group; None if there is none, or it is disconnected."""
    row = tx.row("find_account_anywhere", public_id=public_id)
    if row is None or row["state"] == "disconnected":
        return None
    return connections.get_connection(tx.group(row["group_id"]), row["id"])


def find_accounts_of(tx: Transaction, kind: str) -> list[Connection]:
    """The accounts of all groups at one platform that are not disconnected."""
    rows = tx.rows("find_accounts_anywhere", kind=kind)
    return [connections.to_connection(row) for row in rows]


def find_secrets(tx: Transaction, connection: Connection, box: SecretsBox) -> dict[str, str]:
    """What an account keeps; raises SourceUnauthorized when no key opens it."""
    return connections.get_secrets(tx.group(connection.group_id), connection.id, box)


def wake(tx: Transaction, connection: Connection, named: Collection[str], now: datetime, gap: timedelta) -> int:
    """Read the account's sources earlier, those that `named` means where it means any; how many were put forward.

    `named` are last parts of the names of locations. None is read within `gap` of its last reading, none that is
    paused, and none that waits after a failure: a push ends no back-off.
    """
    g = tx.group(connection.group_id)
    found = connections.find_sources_of(g, connection.id)
    meant = [each for each in found if str(each.config.get("location", "")).rstrip("/").split("/")[-1] in named]
    woken = 0
    for source in meant or found:
        last = runs.find_runs(g, source.id, limit=1)
        at = max(now, last[0].started_at + gap) if last else now
        woken += g.run("wake_source", id=source.id, at=at, now=now)
    return woken
