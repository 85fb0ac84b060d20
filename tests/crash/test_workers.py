"""Several real processes on one database: killed, frozen, stopped, and with the database locked, away or full."""

import json
import os
import random
import resource
import signal
import sqlite3
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from reviews.storage import groups, open_storage, sources
from tests.conftest import NOW
from tests.crash.fleet import Fleet, wait_until
from tests.platforms.server import Platforms
from tests.ports import free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def fleet(database_url: str, tmp_path: Path) -> Iterator[Fleet]:
    """An installation on each engine, without sources."""
    with Platforms() as platforms:
        made = Fleet(database=database_url, folder=tmp_path, platforms=platforms)
        yield made
        made.stop()


@pytest.fixture
def sqlite_fleet(tmp_path: Path) -> Iterator[Fleet]:
    storage = open_storage(str(tmp_path / "reviews.db"))
    storage.migrate(NOW)
    storage.close()
    with Platforms() as platforms:
        made = Fleet(database=str(tmp_path / "reviews.db"), folder=tmp_path, platforms=platforms)
        yield made
        made.stop()


@pytest.mark.statement("R9", "H4")
def test_two_workers_share_many_sources_and_are_killed_at_random(fleet):
    fleet.declare(20)
    draw = random.Random(20261122)
    workers = [fleet.start("worker"), fleet.start("worker")]
    for enough in (4, 18, 32):
        wait_until(lambda enough=enough: len(fleet.platforms.requests) >= enough, "work goes on")
        workers[draw.randrange(2)].kill()
        workers = [each if each.handle.poll() is None else fleet.start("worker") for each in workers]
    wait_until(lambda: fleet.make_due() or fleet.are_read(), "all sources are read")
    assert [worker.kill(signal.SIGTERM) for worker in workers] == [0, 0]
    fleet.check_all_is_there_once()


@pytest.mark.statement("R10", "H4")
def test_a_worker_that_slept_through_its_lease_writes_nothing_when_it_wakes(fleet):
    fleet.declare(1)
    gate = fleet.hold("/site-0/2")
    sleeper = fleet.start("worker", worker_threads="1")
    wait_until(lambda: fleet.asked("/site-0/2"), "the first worker is at the second page")
    sleeper.handle.send_signal(signal.SIGSTOP)
    other = fleet.start("worker", worker_threads="1", lease_seconds="60")
    gate.set()
    wait_until(lambda: fleet.make_due() or fleet.are_read(), "the second worker takes over")
    sleeper.handle.send_signal(signal.SIGCONT)
    wait_until(lambda: sleeper.said("lease_lost"), "the first worker notices")
    fleet.check_all_is_there_once()
    [source] = fleet.sources()
    assert fleet.outcomes(source) == ["interrupted", "ok"]
    assert [each.kill(signal.SIGTERM) for each in (sleeper, other)] == [0, 0]


@pytest.mark.statement("R20")
def test_a_worker_told_to_stop_finishes_its_page_and_the_next_goes_on_there(fleet):
    fleet.declare(1)
    gate = fleet.hold("/site-0/1")
    worker = fleet.start("worker")
    wait_until(lambda: fleet.asked("/site-0/1"), "the worker is at the first page")
    worker.handle.send_signal(signal.SIGTERM)
    gate.set()
    assert worker.handle.wait(90) == 0
    [source] = fleet.sources()
    assert (fleet.outcomes(source), source.cursor["position"]["page"]) == (["interrupted"], 2)
    del fleet.gates["/site-0/1"]
    fleet.platforms.requests.clear()
    fleet.make_due()
    assert fleet.start("collect", "--once").handle.wait(120) == 0
    assert fleet.asked("/site-0/1") == 0
    fleet.check_all_is_there_once()


def test_a_command_of_cron_beside_a_worker_does_nothing_twice(fleet):
    fleet.declare(10)
    worker = fleet.start("worker")
    beside = [fleet.start("collect", "--once") for _ in range(2)]
    assert [each.handle.wait(120) for each in beside] == [0, 0]
    wait_until(fleet.are_read, "all sources are read")
    assert worker.kill(signal.SIGTERM) == 0
    assert [fleet.outcomes(source) for source in fleet.sources()] == [["ok"]] * 10
    fleet.check_all_is_there_once()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_four_processes_that_start_at_once_set_up_one_installation(engine, request, tmp_path):
    database = str(tmp_path / "new.db") if engine == "sqlite" else request.getfixturevalue("empty_postgres_url")
    (tmp_path / "agency.toml").write_text('[group]\nname = "Willow"\n[[clinics]]\nslug = "willow"\nname = "Willow"\n')
    with Platforms() as platforms:
        fleet = Fleet(database=database, folder=tmp_path, platforms=platforms)
        try:
            started = [fleet.start("apply", str(tmp_path / "agency.toml")) for _ in range(4)]
            assert [each.handle.wait(120) for each in started] == [0] * 4, [each.log.read_text() for each in started]
            with fleet.storage.read() as tx:
                assert [group.name for group in groups.find_groups(tx)] == ["Willow"]
        finally:
            fleet.stop()


@pytest.mark.statement("R15")
def test_a_database_locked_for_longer_than_anybody_waits_costs_time_only(sqlite_fleet):
    fleet = sqlite_fleet
    fleet.declare(4)
    gate = fleet.hold("/site-0/2")
    worker = fleet.start("worker")
    wait_until(lambda: fleet.asked("/site-0/2"), "a run is under way")
    locker = sqlite3.connect(fleet.database, isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    gate.set()
    wait_until(lambda: worker.said("storage_failed") or worker.said("upkeep_failed"), "the worker notices")
    locker.execute("ROLLBACK")
    locker.close()
    wait_until(lambda: fleet.make_due() or fleet.are_read(), "all sources are read")
    assert worker.kill(signal.SIGTERM) == 0
    fleet.check_all_is_there_once()


@pytest.mark.statement("R17")
def test_a_worker_waits_for_a_database_that_is_away_and_makes_no_other(sqlite_fleet):
    fleet = sqlite_fleet
    fleet.declare(2)
    gate = fleet.hold("/site-1/2")
    worker = fleet.start("worker")
    wait_until(lambda: fleet.asked("/site-1/2"), "a run is under way")
    fleet.storage.close()
    kept = fleet.folder / "kept"
    kept.mkdir()
    files = list(fleet.folder.glob("reviews.db*"))
    for file in files:
        file.rename(kept / file.name)
    gate.set()
    wait_until(lambda: worker.said("storage_failed") and worker.said("upkeep_failed"), "the worker notices")
    assert not Path(fleet.database).exists()
    for file in files:
        (kept / file.name).rename(file)
    fleet.storage = open_storage(fleet.database)
    wait_until(lambda: fleet.make_due() or fleet.are_read(), "all sources are read")
    assert worker.kill(signal.SIGTERM) == 0
    fleet.check_all_is_there_once()


def test_a_worker_whose_connections_are_cut_opens_others(postgres_url, tmp_path):
    with Platforms() as platforms:
        fleet = Fleet(database=postgres_url, folder=tmp_path, platforms=platforms)
        try:
            fleet.declare(4)
            gate = fleet.hold("/site-0/2")
            worker = fleet.start("worker")
            wait_until(lambda: fleet.asked("/site-0/2"), "a run is under way")
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            gate.set()
            wait_until(lambda: fleet.make_due() or fleet.are_read(), "all sources are read")
            assert worker.kill(signal.SIGTERM) == 0
            fleet.check_all_is_there_once()
        finally:
            fleet.stop()


@pytest.mark.statement("R12")
@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs prlimit (Linux)")
def test_a_worker_on_a_full_disk_goes_on_by_itself_when_there_is_room(sqlite_fleet):
    fleet = sqlite_fleet
    fleet.declare(3)
    gate = fleet.hold("/site-0/2")
    worker = fleet.start("worker")
    wait_until(lambda: fleet.asked("/site-0/2"), "a run is under way")
    resource.prlimit(worker.handle.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    gate.set()
    wait_until(lambda: worker.said("storage_failed") or worker.said("upkeep_failed"), "the worker notices")
    resource.prlimit(worker.handle.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    wait_until(lambda: fleet.make_due() or fleet.are_read(), "all sources are read")
    assert worker.kill(signal.SIGTERM) == 0
    fleet.check_all_is_there_once()


def fetch(url: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()
    except OSError:
        return 0, {}, b""


def children_of(pid: int) -> Callable[[], set[int]]:
    def find() -> set[int]:
        return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}

    return find


@pytest.mark.statement("R17", "R26")
@pytest.mark.skipif(sys.platform != "linux", reason="finds children in /proc")
def test_the_service_comes_back_from_kills_and_shows_the_last_good_figures_without_its_database(sqlite_fleet):
    fleet = sqlite_fleet
    fleet.declare(1)
    port = free_port()
    address = f"http://127.0.0.1:{port}/w/willow/data.json"
    settings = {"port": str(port), "base_url": f"http://127.0.0.1:{port}"}
    service = fleet.start("serve", **settings)
    wait_until(fleet.are_read, "the source is read")
    wait_until(lambda: fetch(address)[0] == 200 and b"4.6" in fetch(address)[2], "the figures are shown")
    find = children_of(service.handle.pid)
    before = find()
    fleet.storage.close()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    files = list(fleet.folder.glob("reviews.db*"))
    (fleet.folder / "kept").mkdir()
    for file in files:
        file.rename(fleet.folder / "kept" / file.name)
    wait_until(lambda: len(find()) == 2 and not find() & before, "both are started again")
    wait_until(lambda: fetch(address)[0] == 200, "the last good copy is shown")
    status, headers, body = fetch(address)
    assert (status, headers.get("X-Reviews-Stale")) == (200, "1")
    assert json.loads(body)["clinics"][0]["figures"][0]["average"] == "4.6"
    assert not Path(fleet.database).exists()
    for file in files:
        (fleet.folder / "kept" / file.name).rename(file)
    fleet.storage = open_storage(fleet.database)
    wait_until(lambda: "X-Reviews-Stale" not in fetch(address)[1], "the database is used again")
    second = fleet.start("serve", **settings)
    assert second.handle.wait(90) == 2
    assert f"port {port}" in second.log.read_text()
    assert service.kill(signal.SIGTERM) == 0
    assert fetch(address)[0] == 0
    with fleet.storage.read() as tx:
        assert len(sources.find_all_sources(tx)) == 1
