"""Notes of platforms that something changed: whose they are, which sources are read earlier, and how fetching goes."""

from collections.abc import Collection
from datetime import datetime, timedelta

from reviews.clock import to_text
from reviews.secrets_box import SecretsBox
from reviews.storage import connections, outbox, runs
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


def note_failure(tx: Transaction, connection: Connection, hint: str, now: datetime, *, alert_after: int) -> Connection:
    """Fetching an account's notes failed, `hint` says why; the account as it is now.

    With `alert_after` failures in a row it is told, once until it works again.
    """
    g = tx.group(connection.group_id)
    row = g.row("pull_failed", id=connection.id, hint=hint, now=now)
    if row is None:
        return connection
    failing = connections.to_connection(row)
    found = connections.find_sources_of(g, failing.id)
    if found and failing.pull_failures >= alert_after:
        about = {"source": found[0].public_id, "run": "", "connection": failing.public_id, "hint": hint}
        outbox.add_event(g, event_id=_event_id("failed", failing), kind="pull.failed", payload=about, now=now)
    return failing


def note_success(tx: Transaction, connection: Connection, now: datetime, *, tells: bool = True) -> None:
    """Fetching works again, which is told if the failure was; or with `tells` False, it is not wanted any more."""
    g = tx.group(connection.group_id)
    failing = connections.get_connection(g, connection.id)
    found = connections.find_sources_of(g, failing.id)
    if g.run("pull_worked", id=failing.id) and tells and found and outbox.exists(g, _event_id("failed", failing)):
        about = {"source": found[0].public_id, "run": "", "connection": failing.public_id}
        outbox.add_event(g, event_id=_event_id("recovered", failing), kind="pull.recovered", payload=about, now=now)


def count_failing(tx: Transaction) -> int:
    """Of how many accounts of the installation the notes cannot be fetched."""
    row = tx.row("count_failing_pulls")
    assert row is not None
    return int(row["count"])


def _event_id(what: str, failing: Connection) -> str:
    since = to_text(failing.pull_failed_at) if failing.pull_failed_at else "never"
    return f"pull.{what}:{failing.public_id}:{since}"
