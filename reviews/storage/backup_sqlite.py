"""The SQLite side of backups: a database file, copied by VACUUM INTO."""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from reviews.clock import to_text
from reviews.errors import StorageBusy, StorageError
from reviews.storage.catalogue import find_tables
from reviews.storage.engine import Row, Session
from reviews.storage.leaving_out import find_skipped_reviews, leave_out, may_leave_out
from reviews.storage.manifest import Manifest, create_private, digest_file, digest_tables, select_all
from reviews.storage.migrate import file_stamp, migrate, read_ledger
from reviews.storage.restoring import Living, freshen, read_living
from reviews.storage.sqlite import BUSY_CODES, SqliteStorage, map_errors


def write(storage: SqliteStorage, part: Path, now: datetime, origins: frozenset[str]) -> Manifest:
    """Write the copy into the empty file `part`; what it says in figures."""
    with map_errors(storage.path, writable=False), closing(storage.open_beside().conn) as connection:
        connection.execute("VACUUM INTO ?", [str(part)])
    with _opened(part) as copy:
        with copy.session(writable=True) as session:
            changed = _leave_out(session, origins, to_text(now))
        if changed:
            # What was deleted must not be found in the free pages of the file.
            second = part.with_name(part.name + "2")
            create_private(second)
            try:
                with closing(copy.open_beside().conn) as connection:
                    connection.execute("VACUUM INTO ?", [str(second)])
                os.replace(second, part)
            finally:
                second.unlink(missing_ok=True)
        with copy.session(writable=False) as session:
            version = max(read_ledger(session), default=0)
            counts, digests = digest_tables(session, find_tables(session))
    _sync(part)
    size, sha256 = digest_file(part)
    return Manifest(
        dialect="sqlite",
        schema_version=version,
        made_at=to_text(now),
        skipped_origins=tuple(sorted(origins)),
        counts=counts,
        digests=digests,
        size=size,
        sha256=sha256,
    )


def verify(path: Path, manifest: Manifest) -> None:
    """Raise StorageError unless the file holds exactly what its manifest says."""
    with _opened(path) as copy, copy.session(writable=False) as session:
        faults = session.execute("PRAGMA integrity_check").rows
        if [row["integrity_check"] for row in faults] != ["ok"]:
            raise StorageError(f"{path.name} is damaged: {faults[0]['integrity_check']}")
        version = max(read_ledger(session), default=0)
        counts, digests = digest_tables(session, find_tables(session))
    if (version, counts, digests) != (manifest.schema_version, dict(manifest.counts), dict(manifest.digests)):
        raise StorageError(f"{path.name} does not hold the rows that its manifest describes")


def restore(
    storage: SqliteStorage, path: Path, now: datetime, retentions: Mapping[str, int], *, with_deleted: bool
) -> Path | None:
    """See `backup.restore`; the backup has been verified."""
    target = storage.path
    target.parent.mkdir(parents=True, exist_ok=True)
    healthy = target.exists() and _is_healthy(storage)
    part = target.with_name(f".{target.name}.restoring")
    part.unlink(missing_ok=True)
    shutil.copyfile(path, part)
    if target.exists():
        shutil.copymode(target, part)
    try:
        with _opened(part) as copy:
            migrate(copy, now, None, backup_first=False)
            living = _read_living(storage) if target.exists() else Living()
            with copy.write() as tx:
                freshen(tx, now, living, retentions, with_deleted=with_deleted)
        _sync(part)
        kept = target.with_name(f"{target.name}.before-restore-{file_stamp(now)}")
        if healthy:
            _copy_over(storage, part, kept)
            return kept
        # Nobody can read what is there: it moves aside, with its log, since the log belongs to it.
        found = [each for each in (target, _beside(target, "-wal"), _beside(target, "-shm")) if each.exists()]
        for each in found:
            os.replace(each, kept.with_name(each.name.replace(target.name, kept.name, 1)))
        os.replace(part, target)
        _sync(target.parent)
        return kept if found else None
    finally:
        part.unlink(missing_ok=True)


def _copy_over(storage: SqliteStorage, part: Path, kept: Path) -> None:
    """Keep the database at `kept`, then replace its content in one transaction, beside readers that go on."""
    deadline = time.monotonic() + storage.busy_timeout_seconds

    def give_up(status: int, _remaining: int, _total: int) -> None:
        if status in BUSY_CODES and time.monotonic() > deadline:
            raise StorageBusy("the database is in use; stop the worker and try again")

    create_private(kept)
    try:
        with map_errors(storage.path, writable=True), closing(storage.open_beside().conn) as live:
            live.execute("VACUUM INTO ?", [str(kept)])
            with _opened(part) as copy, closing(copy.open_beside().conn) as source:
                source.backup(live, progress=give_up, sleep=0.05)
    except BaseException:
        kept.unlink(missing_ok=True)
        raise


def _leave_out(session: Session, origins: frozenset[str], now_text: str) -> bool:
    skipped = find_skipped_reviews(session, origins)
    changed = False
    for table in find_tables(session):
        if not may_leave_out(table.name):
            continue
        changes: list[tuple[Row, Row | None]] = []
        for row in session.stream(select_all(table)):
            kept = leave_out(table.name, row, skipped, now_text)
            if kept != row:
                where = {name: row[name] for name in table.key}
                new = None if kept is None else {name: kept[name] for name in kept if kept[name] != row[name]}
                changes.append((where, new))
        for where, new in changes:
            key = " AND ".join(f'"{name}" = :{name}' for name in where)
            if new is None:
                session.execute(f'DELETE FROM "{table.name}" WHERE {key}', where)  # noqa: S608
            else:
                places = ", ".join(f'"{name}" = :{name}' for name in new)
                session.execute(f'UPDATE "{table.name}" SET {places} WHERE {key}', {**where, **new})  # noqa: S608
        changed = changed or bool(changes)
    return changed


def _is_healthy(storage: SqliteStorage) -> bool:
    try:
        with storage.session(writable=False) as session:
            return [row["quick_check"] for row in session.execute("PRAGMA quick_check").rows] == ["ok"]
    except StorageBusy:
        raise
    except StorageError:
        return False


def _read_living(storage: SqliteStorage) -> Living:
    """Also of a damaged database, where those pages of it can be read."""
    try:
        with storage.session(writable=False) as session:
            return read_living(session)
    except StorageBusy:
        raise
    except StorageError:
        return Living()


@contextmanager
def _opened(path: Path) -> Iterator[SqliteStorage]:
    """A copy that only this process uses, without a write-ahead log."""
    storage = SqliteStorage(path, journal_mode="truncate")
    try:
        yield storage
    finally:
        storage.close()
        _beside(path, "-journal").unlink(missing_ok=True)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
