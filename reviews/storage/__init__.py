"""The one door to the database.

`open_storage(url)` chooses the engine; `Storage.write()` and `Storage.read()` give transactions; one module a family of
tables holds the functions that the rest of the program calls with them. SQL is in `queries/`, by name.
"""

from reviews.storage.engine import BUSY_TIMEOUT_SECONDS, GroupTransaction, Storage, Transaction

__all__ = ["GroupTransaction", "Storage", "Transaction", "open_storage"]


def open_storage(database_url: str, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> Storage:
    """The storage at ``postgresql://…`` or at the path of a SQLite file; touches nothing yet.

    A path may end in ``?journal_mode=truncate``. Raises ConfigError for a SQLite that must not be used.
    """
    if database_url.startswith(("postgresql://", "postgres://")):
        from reviews.storage.postgres import PostgresStorage

        return PostgresStorage(database_url, busy_timeout_seconds=busy_timeout_seconds)
    from reviews.storage.sqlite import SqliteStorage

    return SqliteStorage.from_url(database_url, busy_timeout_seconds=busy_timeout_seconds)
