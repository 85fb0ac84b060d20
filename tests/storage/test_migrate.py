"""Migrations: once, in order, whole or not at all, and the schema is what the documentation shows."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reviews.errors import StorageError
from reviews.storage import Storage, clinics, groups, open_storage
from reviews.storage.backup import verify
from reviews.storage.catalogue import find_tables
from reviews.storage.migrate import Migration, load_migrations, split_statements
from reviews.storage.postgres import to_postgres
from tests.conftest import NOW
from tests.storage.conftest import add_tenant

ROOT = Path(__file__).parents[2]


@contextmanager
def opened(url: str, migrations: tuple[Migration, ...] | None = None) -> Iterator[Storage]:
    storage = open_storage(url)
    if migrations is not None:
        storage.migrations = migrations
    try:
        yield storage
    finally:
        storage.close()


def step(version: int, text: str) -> Migration:
    return Migration(version=version, name=f"step_{version}", text=text, digest=f"digest of {text}")


def with_more(storage: Storage, *texts: str) -> tuple[Migration, ...]:
    known = storage.migrations
    return (*known, *(step(len(known) + number, text) for number, text in enumerate(texts, 1)))


def plain_sql(text: str) -> str:
    """Without comments and blanks that mean nothing; a column that was added later has other blanks around it."""
    return re.sub(r"\s*([(),])\s*", r"\1", re.sub(r"\s+", " ", re.sub(r"--.*", "", text)))


def catalogue(storage: Storage) -> Any:
    """Everything the database says about its schema, without names that an engine invents."""
    with storage.session(writable=False) as session:
        if storage.dialect == "sqlite":
            rows = session.execute(
                "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%'"
            ).rows
            return sorted((r["type"], r["name"], plain_sql(r["sql"])) for r in rows)
        columns = session.execute(
            """SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default,
                collation_name, is_identity FROM information_schema.columns
            WHERE table_schema = current_schema() ORDER BY 1, 3"""
        ).rows
        constraints = session.execute(
            """SELECT conrelid::regclass::text AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint
            WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2"""
        ).rows
        indexes = session.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexdef"
        ).rows
        return columns, constraints, indexes


def test_schema_sql_equals_the_migrations(empty_url: str, tmp_path: Path, request: pytest.FixtureRequest):
    is_postgres = empty_url.startswith("postgres")
    migrated_url = request.getfixturevalue("postgres_url") if is_postgres else str(tmp_path / "migrated.db")
    with opened(empty_url) as documented, opened(migrated_url) as migrated:
        migrated.migrate(NOW)
        with documented.session(writable=True, create=True) as session:
            session.run_script((ROOT / "schema.sql").read_text(encoding="utf-8"))
        assert catalogue(documented) == catalogue(migrated)


def test_both_engines_have_the_same_tables_columns_and_keys(tmp_path: Path, postgres_url: str):
    found = []
    for url in (str(tmp_path / "reviews.db"), postgres_url):
        with opened(url) as storage:
            storage.migrate(NOW)
            with storage.session(writable=False) as session:
                found.append({table.name: (table.columns, table.key) for table in find_tables(session)})
    assert found[0] == found[1]
    assert len(found[0]) > 20


def test_migrating_again_changes_nothing(empty_url: str):
    with opened(empty_url) as storage:
        applied = storage.migrate(NOW)
        assert applied == [each.version for each in storage.migrations]
        assert storage.migrate(NOW) == []
        storage.check()


START = """
import sys
from datetime import UTC, datetime
from reviews.storage import open_storage
storage = open_storage(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(len(storage.migrate(datetime(2026, 11, 22, tzinfo=UTC))))
storage.check()
storage.close()
"""


def test_four_processes_that_start_together_migrate_once(empty_url: str):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", START, empty_url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=150) for process in processes]
    assert [error for _, error in answers] == [""] * 4
    with opened(empty_url) as storage:
        steps = len(storage.migrations)
        # Each step once; whose turn a step is, is chance.
        assert sum(int(out) for out, _ in answers) == steps
        storage.check()


@pytest.mark.statement("R18")
def test_older_program_refuses_a_newer_schema(database_url: str):
    with opened(database_url) as storage:
        storage.migrations = with_more(storage, "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;")
        storage.migrate(NOW)
    with opened(database_url) as old:
        for use in (old.check, lambda: old.migrate(NOW)):
            with pytest.raises(StorageError, match="newer version"):
                use()


def test_newer_program_asks_for_the_upgrade(database_url: str):
    with opened(database_url) as storage:
        storage.migrations = with_more(storage, "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;")
        with pytest.raises(StorageError, match="reviews init"):
            storage.check()


def test_step_that_was_changed_after_its_release_is_noticed(database_url: str):
    with opened(database_url) as storage:
        first = storage.migrations[0]
        storage.migrations = (step(1, first.text + "-- another"), *storage.migrations[1:])
        with pytest.raises(StorageError, match="must never change"):
            storage.check()


@pytest.mark.statement("R18")
def test_step_that_fails_leaves_nothing_behind(database_url: str):
    with opened(database_url) as storage:
        before = catalogue(storage)
        storage.migrations = with_more(
            storage, "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;\nINSERT INTO nowhere VALUES (1);"
        )
        with pytest.raises(StorageError):
            storage.migrate(NOW)
        assert catalogue(storage) == before


KILLED = """
import sys
from datetime import UTC, datetime
from reviews import failpoint
from reviews.storage import open_storage
from reviews.storage.migrate import Migration
storage = open_storage(sys.argv[1])
last = len(storage.migrations)
storage.migrations += tuple(
    Migration(version=last + n, name="more", text=f"CREATE TABLE more_{n} (id INTEGER PRIMARY KEY) STRICT;", digest="")
    for n in (1, 2, 3)
)
failpoint.arm(sys.argv[2])
storage.migrate(datetime(2026, 11, 22, tzinfo=UTC))
"""


@pytest.mark.statement("R18")
@pytest.mark.parametrize(
    ("place", "applied"),
    [("storage.before_commit:1", 0), ("storage.after_commit:1", 1), ("storage.before_commit:3", 2)],
)
def test_killed_upgrade_stands_at_a_whole_step_and_goes_on(database_url: str, place: str, applied: int):
    def run(failpoint: str) -> int:
        return subprocess.run([sys.executable, "-c", KILLED, database_url, failpoint], cwd=ROOT, check=False).returncode

    assert run(place) == -9
    with opened(database_url) as storage:
        last = len(storage.migrations)
        with storage.session(writable=False) as session:
            tables = {table.name for table in find_tables(session)}
            versions = [row["version"] for row in session.execute("SELECT version FROM schema_migrations").rows]
    assert {name for name in tables if name.startswith("more_")} == {f"more_{n}" for n in range(1, applied + 1)}
    assert max(versions) == last + applied
    assert run("") == 0


@pytest.mark.statement("R18", "S63")
def test_backup_is_made_before_data_is_upgraded(database_url: str, tmp_path: Path):
    with opened(database_url) as storage:
        add_tenant(storage, "maple")
        schema = len(storage.migrations)
        storage.migrations = with_more(storage, "DELETE FROM sources;", "DELETE FROM clinics;")
        storage.migrate(NOW, tmp_path / "backups")
        (path,) = [each for each in (tmp_path / "backups").iterdir() if not each.name.endswith(".json")]
        manifest = verify(path)
        assert (manifest.schema_version, manifest.counts["clinics"], manifest.counts["sources"]) == (schema, 1, 1)
        with storage.read() as tx:
            assert clinics.find_clinics(tx.group(groups.find_groups(tx)[0].id)) == []


def test_data_is_not_upgraded_without_a_place_for_the_backup(database_url: str):
    with opened(database_url) as storage:
        add_tenant(storage, "maple")
        storage.migrations = with_more(storage, "DELETE FROM sources;")
        with pytest.raises(StorageError, match="backup"):
            storage.migrate(NOW)
        with storage.session(writable=False) as session:
            assert len(session.execute("SELECT id FROM sources").rows) == 1


def test_migration_files_must_count_without_a_gap(tmp_path: Path):
    (tmp_path / "0001_first.sql").write_text("SELECT 1;")
    (tmp_path / "0003_third.sql").write_text("SELECT 1;")
    with pytest.raises(StorageError, match="count"):
        load_migrations(tmp_path)
    (tmp_path / "0003_third.sql").rename(tmp_path / "second.sql")
    with pytest.raises(StorageError, match=r"0001_first\.sql"):
        load_migrations(tmp_path)


def test_script_is_cut_into_statements_at_the_right_semicolons():
    script = """-- a; comment
CREATE TABLE a (b TEXT DEFAULT ';
');
CREATE TRIGGER t AFTER INSERT ON a BEGIN
    DELETE FROM a;
END;
-- the end;
"""
    found = list(split_statements(script))
    assert [each.split()[-1] for each in found] == ["');", "END;"]
    with pytest.raises(StorageError, match="semicolon"):
        list(split_statements("SELECT 1"))


def test_postgres_text_is_made_by_substitution_alone():
    text = "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER, c TEXT NOT NULL, d REAL, e BLOB) STRICT;"
    assert to_postgres(text) == (
        "CREATE TABLE a (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, b BIGINT, "
        'c TEXT COLLATE "C" NOT NULL, d DOUBLE PRECISION, e BYTEA);'
    )
