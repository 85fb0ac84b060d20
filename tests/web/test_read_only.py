"""A database, or its whole folder, that can only be read: everything is shown, nothing is saved, and each says so."""

import resource
import shutil
from pathlib import Path

import psycopg.errors
import pytest

from reviews.config import Settings
from reviews.errors import StorageFull, StorageReadOnly, StorageUnavailable
from reviews.storage import groups, open_storage, postgres
from reviews.storage.reserve import RESERVE_BYTES, reserve_of
from reviews.web import create_app
from tests.conftest import NOW, FakeClock
from tests.read_only import read_only
from tests.web.conftest import BOOK, CATALOGUE
from tests.web.support import BASE, FakeServices, get, log_in, make_world, post

BANNER = "the database can only be read"


@pytest.fixture
def path(tmp_path: Path, sqlite_template: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return Path(shutil.copy(sqlite_template, folder / "reviews.db"))


@pytest.mark.statement("R14")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_can_only_be_read_is_shown_and_takes_nothing(path: Path, clock: FakeClock, what: str) -> None:
    settings = Settings(data_dir=path.parent, database=str(path), base_url=BASE, secret_keys=("s" * 40,))

    def start():  # type: ignore[no-untyped-def]
        made = create_app(
            settings, open_storage(str(path)), clock=clock, book=BOOK, catalogue=CATALOGUE,
            services=FakeServices().services(),
        )  # fmt: skip
        made.testing = True
        return made, made.extensions["reviews"].storage

    app, storage = start()
    make_world(storage)
    client = log_in(app, "owner@north.example.org")
    storage.close()
    clock.advance(minutes=5)
    with read_only(path.parent, path) if what == "folder" else read_only(path):
        app, storage = start()
        client.application = app
        assert client.get("/healthz", base_url=BASE).status_code == 200
        assert app.test_client().get("/login", base_url=BASE).status_code == 200
        page = get(client, "/inbox")
        assert (page.status_code, BANNER in page.get_data(as_text=True)) == (200, True)
        refused = post(client, "/read-all", {"form_key": "x" * 20})
        assert (refused.status_code, BANNER in refused.get_data(as_text=True)) == (503, True)
        with pytest.raises(StorageReadOnly), storage.write():
            pass
    assert post(client, "/read-all", {"form_key": "y" * 20}).status_code == 303
    assert BANNER not in get(client, "/inbox").get_data(as_text=True)
    storage.close()


@pytest.mark.statement("R14")
def test_a_log_that_is_not_merged_yet_is_never_passed_over(path: Path) -> None:
    writer = open_storage(str(path))
    with writer.write() as tx:
        groups.add_group(tx, name="Only in the log", now=NOW)
    copy = path.parent.parent / "copy"
    copy.mkdir()
    for each in path.parent.glob("reviews.db*"):
        if not each.name.endswith("-shm"):
            shutil.copy(each, copy / each.name)
    writer.close()
    with read_only(copy, *copy.iterdir()):
        reader = open_storage(str(copy / "reviews.db"))
        with pytest.raises(StorageUnavailable, match="cannot be used"), reader.read():
            pass
        reader.close()


@pytest.mark.statement("F4", "R12")
def test_a_full_disk_gets_its_reserve_back_and_work_goes_on(path: Path) -> None:
    storage = open_storage(str(path))
    assert storage.keep_reserve()
    assert reserve_of(path).stat().st_blocks * 512 >= RESERVE_BYTES
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(StorageFull), storage.write() as tx:
            groups.add_group(tx, name="No room", now=NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not reserve_of(path).exists()
    assert isinstance(storage.trouble, StorageFull)
    with storage.write() as tx:
        groups.add_group(tx, name="Room", now=NOW)
    with storage.read() as tx:
        assert [group.name for group in groups.find_groups(tx)] == ["Room"]
    assert storage.trouble is None
    assert storage.keep_reserve()
    storage.close()


def test_the_server_that_has_no_room_or_can_only_be_read_says_so_too() -> None:
    assert isinstance(postgres.to_storage_error(psycopg.errors.DiskFull("no space left")), StorageFull)
    standby = psycopg.errors.ReadOnlySqlTransaction("during recovery")
    assert isinstance(postgres.to_storage_error(standby, writable=True), StorageReadOnly)
    assert not isinstance(postgres.to_storage_error(standby), StorageReadOnly)
