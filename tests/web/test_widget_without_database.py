"""A database that is locked, full, damaged or gone: the widget's last good bytes go on, after a restart too."""

import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from reviews import i18n
from reviews.config import Settings
from reviews.storage import open_storage
from reviews.web.hot import SnapshotLayer
from tests.conftest import NOW, FakeClock
from tests.web.test_widget_hot import Answer, behind
from tests.web.widget_samples import Installed, review

PATHS = ("/w/elm-street/data.json", "/w/elm-street/embed.html", "/w/elm-street/badge.svg", "/r/elm-street")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program holds the database for itself, and will not let go."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("CREATE TABLE held (x)")
    try:
        yield
    finally:
        other.close()


@contextmanager
def full(path: Path) -> Iterator[None]:
    """Not a byte more can be written by this process, into no file: a disk without room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for each in path.parent.glob(path.name + "-shm"):
        each.unlink()  # what a restart makes anew takes room as well
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            (path.parent / "more").write_bytes(b"x")
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    """Every page of the file holds something else, and its log is lost."""
    for each in path.parent.glob(path.name + "-*"):
        each.unlink()
    path.write_bytes(b"no database any more\n" * 5000)
    yield


@contextmanager
def missing(path: Path) -> Iterator[None]:
    """The file and its log are gone."""
    for each in path.parent.glob(path.name + "*"):
        each.unlink()
    yield


@pytest.mark.statement("R17", "W35")
@pytest.mark.parametrize("trouble", [locked, full, damaged, missing])
def test_the_last_good_bytes_are_served_by_the_running_process_and_by_the_next_one(
    tmp_path: Path, clock: FakeClock, trouble: Callable[[Path], AbstractContextManager[None]]
) -> None:
    path = tmp_path / "reviews.db"
    storage = open_storage(str(path))
    storage.migrate(NOW)
    installed = Installed(storage, tmp_path / "data", i18n.load())
    installed.collect([review("a", "The first wording.")])
    installed.refresh()
    settings: Settings = installed.settings
    layer = SnapshotLayer(behind, storage, settings, clock)
    good = {each: Answer(layer, each).body for each in PATHS}
    assert b"The first wording." in good[PATHS[0]]
    storage.close()
    running = open_storage(str(path))
    layer = SnapshotLayer(behind, running, settings, clock)
    assert Answer(layer, PATHS[0]).body == good[PATHS[0]]
    with trouble(path):
        clock.advance(seconds=5)
        assert {each: Answer(layer, each).body for each in PATHS} == good
        layer.close()
        running.close()
        restarted = open_storage(str(path))
        again = SnapshotLayer(behind, restarted, settings, clock)
        try:
            found = {each: Answer(again, each) for each in PATHS}
            assert {each: answer.body for each, answer in found.items()} == good
            assert {answer.status for answer in found.values()} == {200}
        finally:
            again.close()
            restarted.close()
