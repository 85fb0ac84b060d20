"""Transactions on both engines: what they keep, what they refuse, and what happens when the database is not well."""

import contextlib
import os
import threading
from pathlib import Path

import pytest

from reviews.errors import ConfigError, Conflict, StorageBusy, StorageError, StorageUnavailable
from reviews.storage import Storage, groups, open_storage, people
from reviews.storage.driver import is_affected, refuse_affected, sqlite3
from reviews.storage.sqlite import SqliteStorage
from tests.conftest import NOW
from tests.storage.conftest import Tenant, add_tenant

NASTY = "Robert'); DROP TABLE groups;-- :name %s %(x)s \\ \" ; {0} é 漢字 👍🏽 \u202e \t"


def names(storage: Storage) -> list[str]:
    with storage.read() as tx:
        return [group.name for group in groups.find_groups(tx)]


@pytest.mark.statement("T37", "A3")
def test_text_full_of_metacharacters_comes_back_as_it_was(storage: Storage):
    with storage.write() as tx:
        groups.add_group(tx, name=NASTY, now=NOW)
    assert names(storage) == [NASTY]


def test_exception_takes_everything_back(storage: Storage):
    def fail_in_the_middle() -> None:
        with storage.write() as tx:
            groups.add_group(tx, name="half", now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle()
    assert names(storage) == []


def test_read_transaction_cannot_write(storage: Storage):
    with pytest.raises(StorageError, match="read transaction cannot write"), storage.read() as tx:
        groups.add_group(tx, name="sneaky", now=NOW)
    assert names(storage) == []
    with storage.write() as tx:
        groups.add_group(tx, name="open", now=NOW)
    assert names(storage) == ["open"]


def test_read_transaction_sees_one_state(storage: Storage):
    with storage.read() as tx:
        assert groups.find_groups(tx) == []
        writer = threading.Thread(target=add_tenant, args=(storage, "meanwhile"))
        writer.start()
        writer.join()
        assert groups.find_groups(tx) == []
    assert names(storage) == ["meanwhile"]


def test_failed_statement_loses_the_transaction_though_it_was_caught(storage: Storage, tenant: Tenant):
    def go_on_after_a_conflict() -> None:
        with storage.write() as tx:
            groups.add_group(tx, name="before", now=NOW)
            for _ in range(2):
                with contextlib.suppress(Conflict):
                    people.add_person(tx, email="a@example.org", name="A", password_hash="x", now=NOW)
            with pytest.raises(StorageError, match="has failed"):
                groups.add_group(tx, name="after", now=NOW)

    with pytest.raises(StorageError, match="has failed"):
        go_on_after_a_conflict()
    assert names(storage) == ["maple"]


def test_transaction_inside_a_transaction_is_refused(storage: Storage):
    with storage.read(), pytest.raises(StorageError, match="inside a transaction"), storage.write():
        pass


def test_row_that_refers_to_nothing_is_a_conflict(storage: Storage):
    with pytest.raises(Conflict), storage.write() as tx:
        people.add_session(tx, token_hash="h", person_id=999, group_id=None, now=NOW, expires_at=NOW)


def test_value_outside_a_listed_set_is_refused(storage: Storage, tenant: Tenant):
    with storage.write() as tx:
        person = people.add_person(tx, email="a@example.org", name="A", password_hash="x", now=NOW)
    with pytest.raises(StorageError) as caught, storage.write() as tx:
        people.add_membership(tx.group(tenant.group_id), person_id=person.id, role="king", now=NOW)
    assert type(caught.value) is StorageError


@pytest.mark.statement("F5")
@pytest.mark.parametrize("name", ["nul\x00", "half \ud83d", 2**63, -(2**63) - 1, float("nan"), float("inf"), ["list"]])
def test_what_one_database_would_refuse_is_refused_by_both_in_the_same_words(storage: Storage, name):
    with pytest.raises(StorageError, match=r"can(not)? be stored") as caught, storage.write() as tx:
        groups.add_group(tx, name=name, now=NOW)
    assert type(caught.value) is StorageError
    assert names(storage) == []


@pytest.mark.statement("F2")
def test_locked_database_is_busy_and_readers_go_on(database_url: str):
    holder, waiter = open_storage(database_url), open_storage(database_url, busy_timeout_seconds=0.2)
    tenant = add_tenant(holder, "maple")
    try:
        with holder.write() as tx:
            tx.group(tenant.group_id).run("mark_stale", id=tenant.clinic.id, now=NOW)
            with pytest.raises(StorageBusy), waiter.write() as other:
                other.group(tenant.group_id).run("mark_stale", id=tenant.clinic.id, now=NOW)
            assert names(waiter) == ["maple"]
        with waiter.write() as other:
            other.group(tenant.group_id).run("mark_stale", id=tenant.clinic.id, now=NOW)
    finally:
        holder.close()
        waiter.close()


@pytest.mark.statement("F2")
def test_transaction_that_reads_first_and_writes_then_waits_for_its_turn(tmp_path: Path):
    storage = open_storage(str(tmp_path / "reviews.db"))
    storage.migrate(NOW)
    faults: list[Exception] = []
    start = threading.Barrier(4)

    def read_then_write() -> None:
        start.wait()
        try:
            for _ in range(10):
                with storage.write() as tx:
                    row = tx.row("get_counter", name="n")
                    tx.run("set_counter", name="n", value=(row["value"] if row else 0) + 1)
        except StorageError as error:
            faults.append(error)

    threads = [threading.Thread(target=read_then_write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with storage.read() as tx:
        row = tx.row("get_counter", name="n")
    storage.close()
    assert faults == []
    assert row == {"value": 40}


@pytest.mark.statement("R27")
def test_storage_is_refused_after_a_fork(storage: Storage):
    assert names(storage) == []
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with storage.read() as tx:
                groups.find_groups(tx)
            answer = b"used"
        except StorageError as error:
            answer = error.message.encode()
        os.write(sender, answer)
        os._exit(0)
    os.waitpid(child, 0)
    os.close(sender)
    with os.fdopen(receiver, "rb") as pipe:
        assert b"before a fork" in pipe.read()
    assert names(storage) == []


def test_closed_storage_is_refused(storage: Storage):
    storage.close()
    with pytest.raises(StorageError, match="closed"), storage.read():
        pass


def test_many_threads_share_one_storage(storage: Storage):
    seen = []

    def work(number: int) -> None:
        add_tenant(storage, f"clinic-{number}")
        seen.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(storage)) == len(seen) == 6


# ---------------------------------------------------------------- a database that is not well


def test_missing_database_is_unavailable_and_is_not_created(tmp_path: Path):
    path = tmp_path / "none" / "reviews.db"
    storage = open_storage(str(path))
    for use in (storage.check, storage.optimize, lambda: names(storage)):
        with pytest.raises(StorageUnavailable, match=r"no database at .*reviews init"):
            use()
    storage.close()
    assert not path.parent.exists()


def test_database_that_vanishes_takes_no_more_writes(tmp_path: Path):
    path = tmp_path / "reviews.db"
    storage = open_storage(str(path))
    storage.migrate(NOW)
    path.rename(tmp_path / "elsewhere.db")
    with pytest.raises(StorageUnavailable, match="no database"), storage.write() as tx:
        groups.add_group(tx, name="into the void", now=NOW)
    (tmp_path / "elsewhere.db").rename(path)
    with storage.write() as tx:
        groups.add_group(tx, name="found again", now=NOW)
    assert names(storage) == ["found again"]
    storage.close()


@pytest.mark.parametrize("damage", ["no database at all", "header", "middle"])
def test_damaged_database_is_unavailable_and_says_how_to_go_on(tmp_path: Path, damage: str):
    path = tmp_path / "reviews.db"
    storage = open_storage(str(path))
    storage.migrate(NOW)
    add_tenant(storage, "maple")
    storage.close()
    body = bytearray(path.read_bytes())
    if damage == "header":
        body[:100] = b"x" * 100
    elif damage == "middle":
        body[4096:] = b"\xff" * (len(body) - 4096)
    path.write_bytes(b"plain text, not a database at all" * 100 if damage.startswith("no") else bytes(body))
    broken = open_storage(str(path))
    for use in (broken.check, lambda: names(broken), lambda: add_tenant(broken, "more")):
        with pytest.raises(StorageUnavailable, match="reviews restore"):
            use()
    broken.close()


def test_server_that_does_not_answer_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("reviews.storage.postgres._PAUSE_SECONDS", 60.0)
    storage = open_storage(f"postgresql://nobody@/none?host={tmp_path}", busy_timeout_seconds=0.2)
    for use in (storage.check, lambda: names(storage)):
        with pytest.raises(StorageUnavailable):
            use()
    # For a while nobody waits for it again.
    with pytest.raises(StorageUnavailable, match="a moment ago"):
        names(storage)
    storage.close()


def test_empty_file_is_not_taken_for_a_database(tmp_path: Path):
    path = tmp_path / "reviews.db"
    path.touch()
    storage = open_storage(str(path))
    with pytest.raises(StorageError, match="reviews init"):
        storage.check()
    storage.close()


# ---------------------------------------------------------------- SQLite's versions and settings


@pytest.mark.statement("F1")
@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
    ],
)
def test_sqlite_with_the_wal_reset_fault_is_known(version, affected):
    assert is_affected(version) is affected


@pytest.mark.statement("F1")
def test_affected_sqlite_is_refused_in_wal_with_the_ways_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    with pytest.raises(ConfigError) as caught:
        open_storage(str(tmp_path / "reviews.db"))
    for way in ("pysqlite3", "newer SQLite", "?journal_mode=truncate", "PostgreSQL"):
        assert way in caught.value.message
    open_storage(f"{tmp_path}/reviews.db?journal_mode=truncate").close()
    refuse_affected((3, 40, 1), "truncate")


@pytest.mark.statement("F1")
def test_the_installed_sqlite_has_not_the_fault():
    assert sqlite3.sqlite_version_info >= (3, 51, 3)


@pytest.mark.statement("F2")
def test_connections_are_set_as_the_design_says(tmp_path: Path):
    storage = SqliteStorage(tmp_path / "reviews.db")
    storage.migrate(NOW)
    with storage.session(writable=True) as session:
        found = {
            name: next(iter(session.execute(f"PRAGMA {name}").rows[0].values()))
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout", "secure_delete", "query_only")
        }
        assert session.execute("PRAGMA mmap_size").rows[0]["mmap_size"] == 0
        cache = session.execute("PRAGMA cache_size").rows[0]["cache_size"]
    storage.close()
    expected = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 5000}
    assert found == {**expected, "secure_delete": 1, "query_only": 0}
    assert cache < -2000


def test_truncate_mode_works_without_a_write_ahead_log(tmp_path: Path):
    storage = open_storage(f"{tmp_path}/reviews.db?journal_mode=truncate")
    storage.migrate(NOW)
    add_tenant(storage, "maple")
    assert names(storage) == ["maple"]
    assert not (tmp_path / "reviews.db-wal").exists()
    storage.close()


@pytest.mark.parametrize("url", ["", ":memory:", "reviews.db?mode=memory", "reviews.db?journal_mode=off"])
def test_address_that_is_none_is_refused(url):
    with pytest.raises(ConfigError):
        open_storage(url)


def test_optimize_leaves_everything_as_it_was(storage: Storage, tenant: Tenant):
    storage.optimize()
    assert names(storage) == ["maple"]
