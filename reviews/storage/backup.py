"""Backups that prove themselves, and the way back.

SQLite: a database file written by VACUUM INTO. PostgreSQL: a zip with one file of JSON lines a table, read in one
transaction, since pg_dump may be missing or older than the server. Beside each lies a manifest with the schema, and of
each table the number of rows and a digest. What is short-lived, and content of `skip_origins`, is left out.
"""

import json
import os
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from reviews.errors import StorageError
from reviews.storage import backup_postgres, backup_sqlite
from reviews.storage.catalogue import find_tables
from reviews.storage.engine import BUSY_TIMEOUT_SECONDS, GroupTransaction, Row, Storage
from reviews.storage.leaving_out import find_skipped_reviews, leave_out
from reviews.storage.manifest import (
    Manifest,
    create_private,
    digest_file,
    manifest_path,
    read_manifest,
    select_all,
    to_json_row,
    write_manifest,
)
from reviews.storage.migrate import file_stamp, known_migrations, read_ledger
from reviews.storage.postgres import PostgresStorage
from reviews.storage.sqlite import SqliteStorage

__all__ = ["Manifest", "backup", "export_group", "restore", "verify"]

EXPORT_FORMAT = 1
NOT_EXPORTED = frozenset(
    {"snapshots", "uploads", "run_rejects", "form_keys", "sessions", "summaries", "api_tokens", "invitations"}
)
OF_PEOPLE = ("id", "public_id", "email", "name", "language", "disabled_at", "created_at")
"""What an export says of people; never what opens anything."""


def backup(storage: Storage, path: Path, now: datetime, *, skip_origins: Collection[str] = frozenset()) -> Manifest:
    """Write a consistent copy of the database to `path` while everything runs, and its manifest beside it.

    `skip_origins`: origins whose reviews' content may be kept only for a shorter time than a backup lives; ids, hashes
    and counts of theirs stay. Raises StorageError if there is a file at `path` already.
    """
    if path.exists() or manifest_path(path).exists():
        raise StorageError(f"{path} exists already; a backup never overwrites another one")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    create_private(part)
    origins = frozenset(skip_origins)
    try:
        if isinstance(storage, SqliteStorage):
            manifest = backup_sqlite.write(storage, part, now, origins)
        elif isinstance(storage, PostgresStorage):
            manifest = backup_postgres.write(storage, part, now, origins)
        else:
            raise StorageError(f"no backup for {storage.dialect}")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    # Last, so that a backup without a manifest is one that was cut off.
    write_manifest(path, manifest)
    return manifest


def verify(path: Path) -> Manifest:
    """Read the whole backup and compare it with its manifest; raises StorageError for any difference.

    A backup whose schema is newer than this program's is refused too.
    """
    if not path.is_file():
        raise StorageError(f"there is no backup at {path}")
    manifest = read_manifest(path)
    newest = known_migrations()[-1].version
    if manifest.schema_version > newest:
        raise StorageError(
            f"{path.name} has schema {manifest.schema_version}, this program knows schemas up to {newest}: it was made "
            "by a newer version. Install that version to restore it."
        )
    size, digest = digest_file(path)
    if (size, digest) != (manifest.size, manifest.sha256):
        raise StorageError(f"{path.name} is damaged: it is not the file that its manifest describes")
    (backup_sqlite if manifest.dialect == "sqlite" else backup_postgres).verify(path, manifest)
    return manifest


def restore(
    database_url: str,
    path: Path,
    now: datetime,
    *,
    retentions: Mapping[str, int] = MappingProxyType({}),
    busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
    with_deleted: bool = False,
) -> Path | None:
    """Put the backup in place of the database, whole or not at all; where what was there is kept, or None.

    Checks the backup first. An older schema is upgraded on the way. Leases, open runs and unsent events do not survive,
    and all snapshots are made anew. What was erased after the backup stays erased, as far as the database that is
    replaced can still be read, and so do sources and clinics that were deleted, unless they are wanted back
    (`with_deleted`); content of an origin that is older than its days in `retentions` goes. Running processes see the
    restored data with their next transaction.
    """
    from reviews.storage import open_storage

    manifest = verify(path)
    storage = open_storage(database_url, busy_timeout_seconds=busy_timeout_seconds)
    try:
        if storage.dialect != manifest.dialect:
            raise StorageError(f"{path.name} is a backup of {manifest.dialect}, the database is {storage.dialect}")
        if isinstance(storage, SqliteStorage):
            return backup_sqlite.restore(storage, path, now, retentions, with_deleted=with_deleted)
        assert isinstance(storage, PostgresStorage)
        kept = path.with_name(f"before-restore-{file_stamp(now)}.postgres")
        return backup_postgres.restore(
            storage, path, manifest, now, lambda: _keep(storage, kept, now), retentions, with_deleted=with_deleted
        )
    finally:
        storage.close()


def export_group(g: GroupTransaction, *, skip_origins: Collection[str] = frozenset()) -> Iterator[str]:
    """Everything that belongs to one group, as lines of JSON: a header, then ``{"table": …, "row": {…}}``.

    Without passwords, secrets of connections and what can be made anew; content of `skip_origins` is left out. The ids
    in it mean something only inside the export.
    """
    session = g.session
    skipped = find_skipped_reviews(session, skip_origins)
    yield json.dumps({"clinic-reviews-export": EXPORT_FORMAT, "schema": max(read_ledger(session), default=0)})
    yield _export_line("groups", g.tx.rows("get_group", id=g.group_id)[0])
    for row in g.rows("find_members"):
        yield _export_line("people", {name: row[name] for name in OF_PEOPLE})
    for table in find_tables(session):
        if "group_id" not in table.columns or table.name in NOT_EXPORTED:
            continue
        for row in session.stream(select_all(table, of_group=True), {"group_id": g.group_id}):
            if (kept_row := leave_out(table.name, row, skipped, row.get("last_read_at", ""))) is not None:
                kept_row.pop("secrets", None)
                yield _export_line(table.name, kept_row)


def _export_line(table: str, row: Row) -> str:
    return json.dumps({"table": table, "row": to_json_row(row)}, ensure_ascii=False, sort_keys=True)


def _keep(storage: Storage, path: Path, now: datetime) -> Path:
    backup(storage, path, now)
    return path
