"""The SQLite driver, from one place: `pysqlite3` where it is installed, else the one that Python brings.

Their exceptions are not related, so whoever catches `sqlite3.Error` of the wrong one catches nothing. sqlite-utils
chooses in the same way.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from reviews.errors import ConfigError

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        sqlite3: ModuleType = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        sqlite3 = importlib.import_module("sqlite3")

__all__ = ["JOURNAL_MODES", "is_affected", "refuse_affected", "sqlite3", "without"]

JOURNAL_MODES = ("wal", "truncate")


def is_affected(version: tuple[int, ...]) -> bool:
    """Whether this SQLite can damage a database in WAL mode when several processes write to it.

    The WAL-reset fault: 3.7.0 to 3.51.2, but for the corrected 3.44.6 and 3.50.7 (and later ones of those branches).
    """
    if not (3, 7, 0) <= version < (3, 51, 3):
        return False
    return not any(version[:2] == fixed[:2] and version >= fixed for fixed in ((3, 44, 6), (3, 50, 7)))


def refuse_affected(version: tuple[int, ...], journal_mode: str) -> None:
    """Raise ConfigError, with the ways out, if this SQLite must not be used in this journal mode."""
    if journal_mode != "wal" or not is_affected(version):
        return
    raise ConfigError(
        f"SQLite {'.'.join(map(str, version))} can damage a database that several processes write to in WAL mode "
        "(fixed in 3.51.3, 3.50.7 and 3.44.6). Ways out: install the package pysqlite3 (0.6.1 or newer); or use a "
        "Python that brings a newer SQLite; or add ?journal_mode=truncate to the path in REVIEWS_DATABASE, which is "
        "not affected (readers then wait for writers); or use PostgreSQL."
    )


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Within it these modules seem not to be installed, unless they are loaded already.

    sqlite-utils loads numpy and pandas wherever it finds them. Values of their types never reach it here, and numpy
    alone costs a web process a fifth of its start and of its memory.
    """
    hidden = [name for name in names if name not in sys.modules]
    try:
        sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None makes an import fail
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
