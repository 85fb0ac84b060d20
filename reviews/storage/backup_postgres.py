"""The PostgreSQL side of backups: a zip with one file of JSON lines a table."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from reviews.clock import to_text
from reviews.errors import StorageError
from reviews.storage.catalogue import Table, find_tables
from reviews.storage.engine import Row, Transaction
from reviews.storage.leaving_out import find_skipped_reviews, leave_out
from reviews.storage.manifest import Manifest, TableDigest, digest_file, from_line, select_all, to_line
from reviews.storage.migrate import WAIT_SECONDS, Migration, apply, has_data, read_ledger
from reviews.storage.postgres import PostgresSession, PostgresStorage
from reviews.storage.restoring import freshen, read_living

_TABLE = re.compile(r"^CREATE TABLE (\w+)", re.MULTILINE)


def write(storage: PostgresStorage, part: Path, now: datetime, origins: frozenset[str]) -> Manifest:
    """Write all tables as they were at one moment into the file `part`; what it says in figures."""
    counts, digests = {}, {}
    with (
        storage.transaction(writable=False) as session,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        version = max(read_ledger(session), default=0)
        skipped = find_skipped_reviews(session, origins)
        for table in _own_tables(find_tables(session), storage.migrations):
            digest = TableDigest()
            with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as file:
                for row in session.stream(select_all(table)):
                    kept = leave_out(table.name, row, skipped, to_text(now))
                    if kept is not None:
                        line = to_line(kept)
                        digest.add(line)
                        file.write(line)
            counts[table.name], digests[table.name] = digest.count, digest.hexdigest()
    size, sha256 = digest_file(part)
    return Manifest(
        dialect="postgres",
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
    try:
        with zipfile.ZipFile(path) as archive:
            if sorted(archive.namelist()) != sorted(f"{table}.jsonl" for table in manifest.counts):
                raise StorageError(f"{path.name} does not hold the tables that its manifest describes")
            for table, count in manifest.counts.items():
                digest = TableDigest()
                with archive.open(f"{table}.jsonl") as file:
                    for line in file:
                        digest.add(line)
                if (digest.count, digest.hexdigest()) != (count, manifest.digests[table]):
                    raise StorageError(f"{path.name} does not hold the rows of {table} that its manifest describes")
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, KeyError) as error:
        raise StorageError(f"{path.name} is damaged: {error}") from error


def restore(
    storage: PostgresStorage,
    path: Path,
    manifest: Manifest,
    now: datetime,
    keep: Callable[[], Path],
    retentions: Mapping[str, int],
    *,
    with_deleted: bool,
) -> Path | None:
    """See `backup.restore`; the backup has been verified. All of it is one transaction."""
    with storage.session(writable=True, wait_seconds=WAIT_SECONDS) as session:
        assert isinstance(session, PostgresSession)
        session.lock_schema()
        kept = keep() if has_data(session) else None
        living = read_living(session)
        present = [table.name for table in _own_tables(find_tables(session), storage.migrations)]
        if present:
            session.execute(f"DROP TABLE {', '.join(present)} CASCADE")
        for step in storage.migrations:
            if step.version <= manifest.schema_version:
                session.run_script(step.text)
        _load(session, path, storage.migrations)
        for step in storage.migrations:
            if step.version > manifest.schema_version:
                apply(session, step, now)
        freshen(Transaction(session), now, living, retentions, with_deleted=with_deleted)
    storage.optimize()
    return kept


def _load(session: PostgresSession, path: Path, migrations: Sequence[Migration]) -> None:
    with zipfile.ZipFile(path) as archive:
        for table in _own_tables(find_tables(session), migrations):
            rows = (tuple(row[name] for name in table.columns) for row in _rows(archive, table))
            session.copy_rows(table.name, table.columns, rows)
            for column in table.counted:
                session.execute(
                    f"SELECT setval(pg_get_serial_sequence(:table, :column), coalesce(max({column}), 1),"  # noqa: S608
                    f" max({column}) IS NOT NULL) FROM {table.name}",
                    {"table": table.name, "column": column},
                )


def _rows(archive: zipfile.ZipFile, table: Table) -> Iterator[Row]:
    with archive.open(f"{table.name}.jsonl") as file:
        yield from map(from_line, file)


def _own_tables(found: Sequence[Table], migrations: Sequence[Migration]) -> list[Table]:
    """Those tables of the database that are this program's."""
    own = {name for step in migrations for name in _TABLE.findall(step.text)}
    return [table for table in found if table.name in own]
