"""Migrations: append-only files, each applied in one transaction together with its row in the ledger.

The write lock comes first, so processes that start together migrate once. A file that was applied never changes: its
digest is in the ledger. `executescript` would commit first, so statements run one by one.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from reviews.clock import to_text
from reviews.errors import StorageError
from reviews.storage.driver import sqlite3

if TYPE_CHECKING:
    from reviews.storage.engine import Session, Storage

MIGRATION_DIR = Path(__file__).parent / "migrations"
WAIT_SECONDS = 120.0

_FILE = re.compile(r"^(\d{4})_(\w+)\.sql$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step of the schema; `digest` is the SHA-256 of its text."""

    version: int
    name: str
    text: str
    digest: str


@lru_cache(maxsize=1)
def known_migrations() -> tuple[Migration, ...]:
    """The steps that this program knows, in order."""
    return load_migrations(MIGRATION_DIR)


def load_migrations(folder: Path) -> tuple[Migration, ...]:
    """The steps in the files of a folder, named ``0001_first.sql``; raises StorageError unless they count 1, 2, 3 …"""
    found = []
    for file in sorted(folder.glob("*.sql")):
        if not (match := _FILE.match(file.name)):
            raise StorageError(f"{file.name}: a migration is named like 0001_first.sql")
        text = file.read_text(encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        found.append(Migration(version=int(match[1]), name=match[2], text=text, digest=digest))
    if [each.version for each in found] != list(range(1, len(found) + 1)):
        raise StorageError(f"migrations must count 1, 2, 3 …; found {[each.version for each in found]}")
    return tuple(found)


def migrate(
    storage: "Storage",
    now: datetime,
    backup_dir: Path | None,
    *,
    skip_origins: Collection[str] = frozenset(),
    backup_first: bool = True,
) -> list[int]:
    """See `Storage.migrate`; without `backup_first` for a copy that nobody uses yet."""
    applied: list[int] = []
    while True:
        with storage.session(writable=True, wait_seconds=WAIT_SECONDS, create=True) as session:
            session.lock_schema()
            ledger = read_ledger(session)
            refuse_foreign(ledger, storage.migrations)
            pending = [step for step in storage.migrations if step.version not in ledger]
            if not pending:
                return applied
            if backup_first and not applied and has_data(session):
                _back_up_first(storage, backup_dir, now, max(ledger), pending[-1].version, skip_origins)
            apply(session, pending[0], now)
        applied.append(pending[0].version)


def find_pending(storage: "Storage") -> list[Migration]:
    """The steps that `migrate` would apply; raises StorageUnavailable, StorageError for a newer database."""
    with storage.session(writable=False) as session:
        ledger = read_ledger(session)
        refuse_foreign(ledger, storage.migrations)
        return [step for step in storage.migrations if step.version not in ledger]


def apply(session: "Session", step: Migration, now: datetime) -> None:
    """Run one step and note it in the ledger, in the session's transaction."""
    session.run_script(step.text)
    session.execute(
        "INSERT INTO schema_migrations (version, name, digest, applied_at) VALUES (:version, :name, :digest, :at)",
        {"version": step.version, "name": step.name, "digest": step.digest, "at": to_text(now)},
    )


def read_ledger(session: "Session") -> dict[int, str]:
    """The digests of the applied steps by their version; empty for a database that is not set up."""
    if not session.has_table("schema_migrations"):
        return {}
    rows = session.execute("SELECT version, digest FROM schema_migrations").rows
    return {row["version"]: row["digest"] for row in rows}


def has_data(session: "Session") -> bool:
    """Whether the database holds anything that a person would miss."""
    return any(
        session.has_table(table) and session.execute(f"SELECT 1 AS one FROM {table} LIMIT 1").rows  # noqa: S608
        for table in ("groups", "people")
    )


def refuse_foreign(ledger: dict[int, str], known: Sequence[Migration]) -> None:
    """Raise StorageError if the database is newer than this program, or was made by other steps."""
    newest = max((step.version for step in known), default=0)
    if ledger and max(ledger) > newest:
        raise StorageError(
            f"the database has schema {max(ledger)}, this program knows schemas up to {newest}: it was upgraded by a "
            "newer version. Install that version, or restore the backup that was made before the upgrade."
        )
    for step in known:
        if ledger.get(step.version, step.digest) != step.digest:
            raise StorageError(
                f"migration {step.version:04}_{step.name} is not the one that was applied to this database; "
                "a migration that has been released must never change"
            )


def check_versions(session: "Session", known: Sequence[Migration]) -> None:
    """Raise StorageError unless the database has exactly the schema of this program."""
    ledger = read_ledger(session)
    refuse_foreign(ledger, known)
    if not ledger:
        raise StorageError("the database is empty. `reviews init` sets it up.")
    if missing := [step.version for step in known if step.version not in ledger]:
        raise StorageError(
            f"the database has schema {max(ledger)}, this program needs {max(missing)}. `reviews init` upgrades it and "
            "makes a backup first."
        )


def split_statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one; knows quotes, comments and triggers."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    rest = [line for line in statement.splitlines() if line.strip() and not line.lstrip().startswith("--")]
    if rest:
        raise StorageError(f"a statement does not end with a semicolon: {rest[0][:60]}")


def _back_up_first(
    storage: "Storage", backup_dir: Path | None, now: datetime, old: int, new: int, skip_origins: Collection[str]
) -> None:
    from reviews.storage.backup import backup

    if backup_dir is None:
        raise StorageError(f"upgrading from schema {old} to {new} needs a folder for the backup that is made first")
    path = backup_dir / f"before-schema-{new:04}-{file_stamp(now)}.{storage.dialect}"
    backup(storage, path, now, skip_origins=skip_origins)


def file_stamp(moment: datetime) -> str:
    """A time as a part of a file's name."""
    return to_text(moment).replace(":", "").replace(".", "")
