"""What both databases have in common: transactions that run named queries, and the handle bound to one group.

::

    with storage.write() as tx:
        g = tx.group(group_id)
        g.rows("find_sources")

A transaction's statements raise StorageBusy, StorageUnavailable, Conflict or another StorageError. After one has failed
the transaction is lost on both engines, also if the error was caught: nothing of it is stored.
"""

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reviews.errors import StorageError, StorageFull, StorageReadOnly
from reviews.failpoint import hit
from reviews.storage.limits import limit
from reviews.storage.migrate import Migration, check_versions, known_migrations, migrate
from reviews.storage.named import Dialect, all_queries, render

Row = dict[str, Any]
BUSY_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Result:
    """What one statement gave: its rows, if it returns any, and how many it touched."""

    rows: list[Row]
    count: int


class Session(ABC):
    """One open database transaction at the level of SQL; only modules of this package use it.

    Statements are written with ``:named`` parameters. Driver errors come out as StorageError and its kinds.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect: Dialect = dialect
        self.failed = False

    def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        """Run one statement."""
        with self._guard():
            return self._execute(sql, params)

    def execute_many(self, sql: str, params: Sequence[Mapping[str, Any]]) -> int:
        """Run one statement for each set of values; the number of rows touched."""
        with self._guard():
            return self._execute_many(sql, params)

    def stream(self, sql: str, params: Mapping[str, Any] | None = None) -> Iterator[Row]:
        """Run one query and hand out its rows one by one, without holding them all."""
        with self._guard():
            yield from self._stream(sql, params)

    @abstractmethod
    def lock_schema(self) -> None:
        """Wait until no other process migrates or restores; holds until the transaction ends."""

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Whether the database has a table of this name."""

    @abstractmethod
    def run_script(self, text: str) -> None:
        """Run a migration's statements one by one inside this transaction."""

    @abstractmethod
    def _execute(self, text: str, params: Mapping[str, Any] | None) -> Result: ...

    @abstractmethod
    def _execute_many(self, text: str, params: Sequence[Mapping[str, Any]]) -> int: ...

    @abstractmethod
    def _stream(self, text: str, params: Mapping[str, Any] | None) -> Iterator[Row]: ...

    @abstractmethod
    def _map_errors(self) -> AbstractContextManager[None]:
        """Turn the driver's errors into ours."""

    @contextmanager
    def _guard(self) -> Iterator[None]:
        if self.failed:
            raise StorageError("a statement of this transaction has failed; nothing of it is stored")
        try:
            with self._map_errors():
                yield
        except GeneratorExit:
            raise
        except BaseException:
            self.failed = True
            raise


class _Handle:
    """The four ways to run a named query; a subclass says which scope it may run and what it binds by itself."""

    scope: str

    def __init__(self, session: Session, bound: Mapping[str, Any]) -> None:
        self.session = session  # for modules of this package
        self._bound = bound

    def rows(self, name: str, /, **params: Any) -> list[Row]:
        """All rows of the query `name`, as dictionaries."""
        sql, values = self._render(name, params)
        return self.session.execute(sql, values).rows

    def row(self, name: str, /, **params: Any) -> Row | None:
        """The first row of the query `name`, or None."""
        found = self.rows(name, **params)
        return found[0] if found else None

    def run(self, name: str, /, **params: Any) -> int:
        """Run the statement `name`; the number of rows it touched."""
        sql, values = self._render(name, params)
        return self.session.execute(sql, values).count

    def many(self, name: str, params: Sequence[Mapping[str, Any]], /) -> int:
        """Run the statement `name` for each set of values (all with the same names); the number of rows it touched."""
        if not params:
            return 0
        rendered = [self._render(name, each) for each in params]
        if len({sql for sql, _ in rendered}) > 1:
            raise StorageError(f"query {name}: the sets of values differ in their names")
        return self.session.execute_many(rendered[0][0], [values for _, values in rendered])

    def _render(self, name: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        try:
            query = all_queries()[name]
        except KeyError:
            raise StorageError(f"there is no query {name}") from None
        if query.scope != self.scope:
            raise StorageError(f"query {name} has scope {query.scope} and was run with scope {self.scope}")
        if taken := self._bound.keys() & params.keys():
            raise StorageError(f"query {name}: {', '.join(taken)} is bound by the handle and cannot be passed")
        return render(query, self.session.dialect, {**params, **self._bound})


class Transaction(_Handle):
    """An open transaction. Runs queries of scope system; those of a group go through `group`."""

    scope = "system"

    def __init__(self, session: Session) -> None:
        super().__init__(session, {})

    @property
    def dialect(self) -> Dialect:
        """``sqlite`` or ``postgres``."""
        return self.session.dialect

    def group(self, group_id: int, clinic_ids: Collection[int] | None = None) -> "GroupTransaction":
        """The handle bound to one group, in this transaction; with `clinic_ids` it reads of these clinics only."""
        return GroupTransaction(self, self.session, group_id, clinic_ids)


class GroupTransaction(_Handle):
    """A transaction bound to one group: binds ``:group_id`` itself and runs only queries of scope group.

    `tx` is the transaction it belongs to, for what a group's action needs of the installation (counters, the outbox).
    `clinic_ids` are the clinics that may be read, None: all of the group.
    """

    scope = "group"

    def __init__(
        self, tx: Transaction, session: Session, group_id: int, clinic_ids: Collection[int] | None = None
    ) -> None:
        super().__init__(session, {"group_id": group_id})
        self.tx = tx
        self.group_id = group_id
        self.clinic_ids = None if clinic_ids is None else frozenset(clinic_ids)

    def _render(self, name: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        sql, values = super()._render(name, params)
        return (sql if self.clinic_ids is None else limit(sql, self.session.dialect, self.clinic_ids)), values


class Storage(ABC):
    """One database. Safe to share between threads of a process; refuses to be used after a fork."""

    dialect: Dialect

    def __init__(self, *, migrations: Sequence[Migration] | None = None) -> None:
        self.migrations: tuple[Migration, ...] = tuple(known_migrations() if migrations is None else migrations)
        self._process = os.getpid()
        self._here = threading.local()
        self._closed = False
        self.trouble: StorageError | None = None
        """Why the last attempt to write could not, if it was for want of room or of permission."""

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that may write; commits at the end, rolls back on any exception.

        Raises StorageBusy when somebody else writes for longer than the busy timeout.
        """
        with self.session(writable=True) as session:
            yield Transaction(session)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that sees one state of the database and cannot write; does not wait for writers."""
        with self.session(writable=False) as session:
            yield Transaction(session)

    def migrate(
        self, now: datetime, backup_dir: Path | None = None, *, skip_origins: Collection[str] = frozenset()
    ) -> list[int]:
        """Create the database or bring it up to date; the versions that were applied.

        One process at a time. A database that holds data is backed up into `backup_dir` first, without the content of
        `skip_origins`; without a folder it is not touched (StorageError). Raises StorageError if the database is newer
        than this program.
        """
        return migrate(self, now, backup_dir, skip_origins=skip_origins)

    def check(self) -> None:
        """Raise StorageUnavailable if the database cannot be reached, StorageError if its schema is another."""
        with self.session(writable=False) as session:
            check_versions(session, self.migrations)

    @contextmanager
    def session(self, *, writable: bool, wait_seconds: float | None = None, create: bool = False) -> Iterator[Session]:
        """A transaction at the level of SQL, for the modules of this package."""
        self.check_usable()
        if getattr(self._here, "busy", False):
            raise StorageError("a transaction inside a transaction of the same thread")
        self._here.busy = True
        try:
            with self.transaction(writable=writable, wait_seconds=wait_seconds, create=create) as session:
                yield session
                if session.failed:
                    raise StorageError("a statement of this transaction has failed; nothing of it is stored")
                if writable:
                    hit("storage.before_commit")
            if writable:
                self.trouble = None
                hit("storage.after_commit")
        except (StorageFull, StorageReadOnly) as error:
            self.trouble = error
            raise
        finally:
            self._here.busy = False

    @abstractmethod
    def close(self) -> None:
        """Close all connections."""

    def keep_reserve(self) -> bool:
        """Set some room aside for a full disk, where the disk is ours to watch; whether it is there."""
        return True

    @abstractmethod
    def go_by_index(self) -> None:
        """From now on find rows by index even in a table that is small today: for who asks the same as it grows."""

    @abstractmethod
    def optimize(self) -> None:
        """Refresh what the database knows about its own tables, for its query planner; run now and then."""

    @abstractmethod
    def describe(self) -> str:
        """Where the database is, without passwords, for messages."""

    @abstractmethod
    def transaction(
        self, *, writable: bool, wait_seconds: float | None = None, create: bool = False
    ) -> AbstractContextManager[Session]:
        """What `session` gives, without its checks; on PostgreSQL also beside an open transaction of this thread."""

    def check_usable(self) -> None:
        """Raise StorageError after a fork or after `close`."""
        if os.getpid() != self._process:
            raise StorageError("this storage was opened before a fork; open one in this process")
        if self._closed:
            raise StorageError("this storage is closed")
