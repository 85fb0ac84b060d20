"""Snapshots: only what changed is written, and readers learn of every change."""

import gzip
import hashlib
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from reviews.errors import Conflict
from reviews.model import Snapshot
from reviews.storage import Storage, snapshots, widgets
from tests.builders import Place, add_place
from tests.conftest import NOW

LATER = NOW + timedelta(days=1)


def make(path: str, body: str = "{}", **fields: object) -> Snapshot:
    data = body.encode()
    made = Snapshot(
        path=path,
        content_type="application/json",
        body=data,
        body_gzip=gzip.compress(data, mtime=0),
        etag=f'"{hashlib.sha256(data).hexdigest()}"',
        made_at=NOW,
        headers=(("X-One", "1"), ("Vary", "Accept")),
    )
    return replace(made, **fields)


def add_widget(storage: Storage, slug: str = "north") -> tuple[Place, int]:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        return place, widgets.add_widget(g, slug=slug, now=NOW, clinic_ids=[place.clinic_id]).id


def save(storage: Storage, place: Place, widget_id: int, *made: Snapshot) -> int:
    with storage.write() as tx:
        return snapshots.save_snapshots(tx.group(place.group_id), widget_id, made, LATER)


def number(storage: Storage) -> int:
    with storage.read() as tx:
        return snapshots.change_number(tx)


def test_the_bytes_come_back_as_they_were(storage: Storage) -> None:
    place, widget_id = add_widget(storage)
    made = make("w/north/data.json", "{\x00é\udfff".encode("utf-8", "replace").decode(), keep_until=LATER)
    odd = replace(made, path="w/north/odd", body=bytes(range(256)), body_gzip=b"", headers=())
    assert number(storage) == 0
    assert save(storage, place, widget_id, made, odd) == 2
    with storage.read() as tx:
        assert snapshots.find_snapshot(tx, "w/north/data.json") == made
        assert snapshots.find_snapshot(tx, "w/north/odd") == odd
        assert snapshots.find_snapshot(tx, "w/north/none") is None
        found, highest = snapshots.snapshots_since(tx, 0)
    assert found == [(made, False), (odd, False)]
    assert highest == number(storage)


def test_what_is_packed_is_stored_packed_only_and_read_whole(storage: Storage) -> None:
    place, widget_id = add_widget(storage)
    empty, long = make("w/north/empty", ""), make("w/north/long", "stars " * 900)
    save(storage, place, widget_id, empty, long)
    with storage.session(writable=False) as session:
        rows = session.execute("SELECT body FROM snapshots").rows
    assert [bytes(row["body"]) for row in rows] == [b"", b""]
    with storage.read() as tx:
        assert [each for each, _ in snapshots.snapshots_since(tx, 0)[0]] == [empty, long]


def test_what_is_as_before_stays_untouched(storage: Storage) -> None:
    place, widget_id = add_widget(storage)
    one, two = make("w/north/1"), make("w/north/2")
    save(storage, place, widget_id, one, two)
    before = number(storage)
    again = [replace(each, made_at=LATER) for each in (one, two)]
    assert save(storage, place, widget_id, *again) == 0
    assert number(storage) == before
    assert save(storage, place, widget_id, again[0], make("w/north/2", "[]", made_at=LATER)) == 1
    assert number(storage) > before
    with storage.read() as tx:
        assert snapshots.find_snapshot(tx, "w/north/1") == one
        found, highest = snapshots.snapshots_since(tx, before)
        assert [each.path for each, _ in found] == ["w/north/2"]
        assert snapshots.snapshots_since(tx, highest) == ([], highest)


@pytest.mark.parametrize("change", [{"keep_until": LATER}, {"headers": ()}, {"content_type": "text/html"}])
def test_the_same_bytes_under_other_terms_are_a_change(storage: Storage, change: dict[str, object]) -> None:
    place, widget_id = add_widget(storage)
    save(storage, place, widget_id, make("w/north/1"))
    other = make("w/north/1", **change)
    assert save(storage, place, widget_id, other) == 1
    with storage.read() as tx:
        assert snapshots.find_snapshot(tx, "w/north/1") == other


def test_a_path_that_went_leaves_a_tombstone_without_bytes_and_can_come_back(storage: Storage) -> None:
    place, widget_id = add_widget(storage)
    stays, goes = make("w/north/1"), make("w/north/2", "secret")
    save(storage, place, widget_id, stays, goes)
    before = number(storage)
    assert save(storage, place, widget_id, stays) == 1
    with storage.read() as tx:
        assert snapshots.find_snapshot(tx, goes.path) is None
        ((gone, is_gone),), _ = snapshots.snapshots_since(tx, before)
    assert (gone.path, gone.body, gone.body_gzip, is_gone) == (goes.path, b"", b"", True)
    assert save(storage, place, widget_id, stays) == 0
    assert save(storage, place, widget_id, stays, goes) == 1
    with storage.read() as tx:
        assert snapshots.find_snapshot(tx, goes.path) == goes


def test_a_path_of_another_widget_is_never_overwritten(storage: Storage) -> None:
    place, widget_id = add_widget(storage)
    other_place, other_id = add_widget(storage, "south")
    mine = make("w/north/1")
    save(storage, place, widget_id, mine)
    before = number(storage)
    for attempt in ((other_place, other_id), (other_place, widget_id)):
        with pytest.raises(Conflict):
            save(storage, *attempt, make("w/north/1", "stolen"))
    assert save(storage, other_place, widget_id) == 0
    assert number(storage) == before
    with storage.read() as tx:
        assert snapshots.find_snapshot(tx, "w/north/1") == mine


def test_a_change_that_was_rolled_back_is_none(storage: Storage) -> None:
    place, widget_id = add_widget(storage)

    def write_and_fail() -> None:
        with storage.write() as tx:
            snapshots.save_snapshots(tx.group(place.group_id), widget_id, [make("w/north/1")], NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert number(storage) == 0
    with storage.read() as tx:
        assert snapshots.snapshots_since(tx, 0) == ([], 0)


def test_a_reader_that_follows_the_number_misses_nothing_of_writers_side_by_side(storage: Storage) -> None:
    rounds = 12
    places = [add_widget(storage, slug) for slug in ("one", "two", "three")]
    finished: list[int] = []
    barrier = threading.Barrier(len(places))

    def write(index: int) -> None:
        barrier.wait(30)
        for turn in range(rounds):
            save(storage, *places[index], make(f"w/{index}", f"{turn}"))
        finished.append(index)

    threads = [threading.Thread(target=write, args=(index,)) for index in range(len(places))]
    for thread in threads:
        thread.start()
    seen: dict[str, bytes] = {}
    last = 0
    while True:
        are_done = not any(thread.is_alive() for thread in threads)
        with storage.read() as tx:
            found, highest = snapshots.snapshots_since(tx, last)
        assert highest >= last
        last = highest
        seen.update({each.path: each.body for each, _ in found})
        if are_done:
            break
    for thread in threads:
        thread.join()
    assert sorted(finished) == [0, 1, 2]
    assert seen == {f"w/{index}": str(rounds - 1).encode() for index in range(len(places))}
    assert last == number(storage) == rounds * len(places)
