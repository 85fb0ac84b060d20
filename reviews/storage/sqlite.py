"""SQLite, through sqlite-utils: one connection a thread, every write transaction BEGIN IMMEDIATE.

A transaction that reads first and writes then would fail at once beside another writer, whatever the timeout.
`mmap_size` stays 0: an I/O error in mapped memory is a signal, not an error code.
"""

import contextlib
import os
import sqlite3 as standard_sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from reviews.errors import (
    ConfigError,
    Conflict,
    StorageBusy,
    StorageError,
    StorageFull,
    StorageReadOnly,
    StorageUnavailable,
)
from reviews.storage import reserve
from reviews.storage.driver import JOURNAL_MODES, refuse_affected, sqlite3, without
from reviews.storage.engine import BUSY_TIMEOUT_SECONDS, Result, Row, Session, Storage
from reviews.storage.migrate import Migration, split_statements
from reviews.storage.named import choose_dialect

with without("numpy", "pandas"):
    from sqlite_utils import Database

_ERRORS = (sqlite3.Error, standard_sqlite3.Error)
BUSY_CODES = {5, 6}  # SQLITE_BUSY, SQLITE_LOCKED
_READ_ONLY = 8
# PERM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, AUTH, NOTADB: the file, not the statement.
_UNAVAILABLE = {3, _READ_ONLY, 10, 11, 13, 14, 23, 26}
_DAMAGED = {11, 26}
_FULL = 13
_IO_ERROR = 10  # for whoever writes: a quota, or a faulty disk; which of them, the driver does not say
_CACHE_KIB = 16_000
_WAL_LIMIT_BYTES = 64_000_000


@dataclass(slots=True)
class _Link:
    """A thread's connection, and which file it has open."""

    db: Database
    thread: threading.Thread
    file: tuple[int, int]
    patience_seconds: float
    is_read_only: bool
    """Opened to be read alone; when it can be written, it is opened anew."""


class SqliteSession(Session):
    """A transaction on one connection."""

    def __init__(self, db: Database, path: Path, *, writable: bool) -> None:
        super().__init__("sqlite")
        self.db = db
        self._path = path
        self._writable = writable

    def lock_schema(self) -> None:
        """Nothing to do: BEGIN IMMEDIATE has the lock."""

    def has_table(self, name: str) -> bool:
        """Whether the database has a table of this name."""
        return bool(
            self.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name", {"name": name}).rows
        )

    def run_script(self, text: str) -> None:
        """Run a migration's statements one by one inside this transaction."""
        for statement in split_statements(choose_dialect(text, "sqlite")):
            self.execute(statement)

    def _execute(self, text: str, params: Mapping[str, Any] | None) -> Result:
        cursor = self.db.execute(text, dict(params or {}))
        if cursor.description is None:
            return Result([], cursor.rowcount)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
        return Result(rows, len(rows))

    def _execute_many(self, text: str, params: Sequence[Mapping[str, Any]]) -> int:
        return int(self.db.conn.executemany(text, params).rowcount)

    def _stream(self, text: str, params: Mapping[str, Any] | None) -> Iterator[Row]:
        cursor = self.db.execute(text, dict(params or {}))
        names = [column[0] for column in cursor.description]
        for values in cursor:
            yield dict(zip(names, values, strict=True))

    @contextmanager
    def _map_errors(self) -> Iterator[None]:
        with map_errors(self._path, writable=self._writable):
            yield


class SqliteStorage(Storage):
    """A database in one file."""

    dialect = "sqlite"

    def __init__(
        self,
        path: Path,
        *,
        busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
        journal_mode: str = "wal",
        migrations: Sequence[Migration] | None = None,
    ) -> None:
        super().__init__(migrations=migrations)
        if journal_mode not in JOURNAL_MODES:
            raise ConfigError(f"journal_mode: found {journal_mode!r}; expected one of {', '.join(JOURNAL_MODES)}")
        refuse_affected(sqlite3.sqlite_version_info, journal_mode)
        self.path = path
        self.journal_mode = journal_mode
        self.busy_timeout_seconds = busy_timeout_seconds
        self._links: list[_Link] = []
        self._links_lock = threading.Lock()

    @classmethod
    def from_url(cls, url: str, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> "SqliteStorage":
        """The storage at a path, which may end in ``?journal_mode=truncate``; raises ConfigError."""
        path, _, query = url.removeprefix("sqlite:///").partition("?")
        options = dict(parse_qsl(query))
        journal_mode = options.pop("journal_mode", "wal").lower()
        if options or not path or path == ":memory:":
            raise ConfigError(
                f"REVIEWS_DATABASE: found {url!r}; expected postgresql://… or the path of a file, which may end in "
                "?journal_mode=truncate"
            )
        return cls(Path(path), busy_timeout_seconds=busy_timeout_seconds, journal_mode=journal_mode)

    def describe(self) -> str:
        """The path of the file."""
        return str(self.path)

    def close(self) -> None:
        """Close the connections of all threads."""
        self._closed = True
        with self._links_lock:
            for link in self._links:
                _close_quietly(link.db)
            self._links.clear()

    def keep_reserve(self) -> bool:
        """Some room beside the database, given back when its disk is full."""
        return reserve.keep(self.path)

    def go_by_index(self) -> None:
        """Nothing to do: without other knowledge an index is always preferred here."""

    def optimize(self) -> None:
        """Refresh the statistics of the query planner where they are out of date; empty the log beside the file.

        The log keeps old pages, erased words among them, until it is written over. Whoever reads just now puts it off.
        """
        self.check_usable()
        with map_errors(self.path, writable=True), contextlib.closing(self._connect(1.0, create=False).conn) as beside:
            beside.execute("PRAGMA optimize")
            beside.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def transaction(
        self, *, writable: bool, wait_seconds: float | None = None, create: bool = False
    ) -> Iterator[Session]:
        """A transaction on this thread's connection."""
        self.check_usable()
        patience = self.busy_timeout_seconds if wait_seconds is None else wait_seconds
        try:
            with map_errors(self.path, writable=writable):
                link = self._link(patience, create=create)
                if writable and link.is_read_only:
                    raise StorageReadOnly(f"the database at {self.path} can only be read")
                if link.patience_seconds != patience:
                    link.db.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
                    link.patience_seconds = patience
                link.db.execute(f"PRAGMA query_only = {'OFF' if writable else 'ON'}")
                link.db.execute("BEGIN IMMEDIATE" if writable else "BEGIN")
            try:
                yield SqliteSession(link.db, self.path, writable=writable)
                with map_errors(self.path, writable=writable):
                    link.db.execute("COMMIT")
            except BaseException:
                # Some errors (disk full, I/O) have ended the transaction already.
                if link.db.conn.in_transaction:
                    with contextlib.suppress(*_ERRORS):
                        link.db.execute("ROLLBACK")
                raise
        except StorageUnavailable as error:
            self._forget()
            if isinstance(error, StorageFull):
                reserve.give_back(self.path)
            raise

    def open_beside(self) -> Database:
        """A connection of its own, to copy the database while a transaction is open; the caller closes it."""
        self.check_usable()
        with map_errors(self.path, writable=False):
            return self._connect(self.busy_timeout_seconds, create=False)

    def _link(self, patience: float, *, create: bool) -> _Link:
        """This thread's connection, opened anew when the file in its place is another one."""
        link: _Link | None = getattr(self._here, "link", None)
        if link is not None:
            # A file that was deleted or replaced would take writes that nobody ever sees again.
            if _identity(self.path) == link.file and not (link.is_read_only and not self._is_read_only()):
                return link
            self._forget()
        is_read_only = not create and self._is_read_only()
        db = self._connect(patience, create=create)
        link = _Link(db, threading.current_thread(), _identity(self.path) or (0, 0), patience, is_read_only)
        self._here.link = link
        with self._links_lock:
            for dead in [each for each in self._links if not each.thread.is_alive()]:
                _close_quietly(dead.db)
                self._links.remove(dead)
            self._links.append(link)
        return link

    def _forget(self) -> None:
        link: _Link | None = getattr(self._here, "link", None)
        if link is None:
            return
        self._here.link = None
        _close_quietly(link.db)
        with self._links_lock:
            if link in self._links:
                self._links.remove(link)

    def _is_read_only(self) -> bool:
        return self.path.exists() and (not _can_write(self.path) or self._is_frozen())

    def _is_frozen(self) -> bool:
        """Whether nobody can write beside the file, as WAL mode needs, and nothing waits in a log beside it."""
        log = self.path.with_name(self.path.name + "-wal")
        return self.path.exists() and not _can_write(self.path.parent) and not (log.exists() and log.stat().st_size > 0)

    def _connect(self, patience: float, *, create: bool) -> Database:
        if create:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        elif not self.path.exists():
            raise StorageUnavailable(
                f"there is no database at {self.path}. `reviews init` creates one, `reviews restore` brings one back."
            )
        is_frozen = not create and self._is_frozen()
        address = f"file:{quote(str(self.path.absolute()))}?mode={'rwc' if create else 'rw'}"
        address += "&immutable=1" if is_frozen else ""
        connection = sqlite3.connect(address, uri=True, timeout=patience, isolation_level=None, check_same_thread=False)
        try:
            db = Database(connection, execute_plugins=False)
            for setting in (
                f"busy_timeout = {int(patience * 1000)}",
                "foreign_keys = ON",
                "synchronous = FULL",
                "mmap_size = 0",
                "secure_delete = ON",
                "trusted_schema = OFF",
                f"cache_size = -{_CACHE_KIB}",
                f"journal_size_limit = {_WAL_LIMIT_BYTES}",
            ):
                db.execute(f"PRAGMA {setting}")
            if not is_frozen:
                self._set_journal_mode(db, patience)
        except BaseException:
            connection.close()
            raise
        return db

    def _set_journal_mode(self, db: Database, patience: float) -> None:
        """Switch a new database to its mode. SQLite does not wait by itself for the lock that this needs."""
        deadline = time.monotonic() + patience
        while db.execute("PRAGMA journal_mode").fetchone()[0] != self.journal_mode:
            try:
                db.execute(f"PRAGMA journal_mode = {self.journal_mode}").fetchone()
            except sqlite3.OperationalError as error:
                if _code(error) not in BUSY_CODES or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


@contextmanager
def map_errors(path: Path, *, writable: bool) -> Iterator[None]:
    """Turn errors of the driver into StorageError and its kinds."""
    try:
        yield
    except _ERRORS as error:
        raise to_storage_error(error, path, writable=writable) from error
    except OverflowError as error:
        raise StorageError(f"an integer of more than 64 bits cannot be stored: {error}") from error
    except OSError as error:
        raise StorageUnavailable(f"the database at {path} cannot be reached: {error}") from error


def to_storage_error(error: Exception, path: Path, *, writable: bool) -> StorageError:
    """The error of ours that says what happens next."""
    code = _code(error)
    if code in BUSY_CODES:
        return StorageBusy(f"the database is locked by another writer: {error}")
    if code == _READ_ONLY and not writable:
        return StorageError(f"a read transaction cannot write: {error}")
    if code == _READ_ONLY:
        return StorageReadOnly(f"the database at {path} can only be read: {error}")
    if code == _FULL or (code == _IO_ERROR and writable):
        return StorageFull(f"nothing can be written to the database at {path}; is its disk full or faulty? {error}")
    if code in _DAMAGED:
        return StorageUnavailable(
            f"the database at {path} is damaged ({error}). `reviews restore` brings back a backup; the damaged file "
            "is kept."
        )
    if code in _UNAVAILABLE:
        return StorageUnavailable(f"the database at {path} cannot be used: {error}")
    if isinstance(error, sqlite3.IntegrityError) and str(error).startswith(("UNIQUE", "FOREIGN KEY")):
        return Conflict(f"the database refused: {error}")
    return StorageError(f"the database refused: {error}")


def _code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _can_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _close_quietly(db: Database) -> None:
    with contextlib.suppress(*_ERRORS):
        db.conn.close()
