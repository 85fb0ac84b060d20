"""A group keeps its own copies for as long as it wishes, never longer than terms allow; on both engines."""

from datetime import datetime, timedelta

import pytest

from reviews.storage import Storage, audit, keeping, retention, review_lists, summaries, work
from reviews.storage.backup import backup, restore
from reviews.storage.keeping import Keeping
from tests.conftest import NOW
from tests.storage.test_erasure import url_of
from tests.web.support import World, make_world

YEAR = timedelta(days=365)


@pytest.fixture
def world(storage: Storage) -> World:
    """Two groups with five reviews each, all read at NOW; the first wishes to keep them for a year."""
    world = make_world(storage)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        keeping.save_keeping(g, Keeping(review_months=12))
        summaries.refresh_months(g, review(world, storage_tx=g).clinic_id)
    return world


def review(world: World, *, storage_tx: object) -> review_lists.StoredReview:
    return review_lists.find_reviews(storage_tx, review_lists.ReviewFilters(), 1).rows[0]  # type: ignore[arg-type]


def held(storage: Storage, group_id: int) -> int:
    with storage.read() as tx:
        return sum(each.count for each in keeping.find_held(tx.group(group_id)))


def purge(storage: Storage, world: World, now: datetime) -> int:
    with storage.write() as tx:
        return keeping.purge(tx.group(world.group_id), now)


def test_what_was_not_read_for_so_long_goes_and_counts_by_month_stay(storage: Storage, world: World) -> None:
    assert purge(storage, world, NOW + YEAR) == 0, "to the day"
    assert held(storage, world.group_id) == 5
    with storage.write() as tx:
        g = tx.group(world.group_id)
        assert keeping.count_going(g, Keeping(review_months=12), NOW + YEAR + timedelta(hours=1)) == (5, 0)
    assert purge(storage, world, NOW + YEAR + timedelta(hours=1)) == 5
    assert held(storage, world.group_id) == 0
    assert held(storage, world.other_group_id) == 5
    with storage.write() as tx:
        g = tx.group(world.group_id)
        gone = review(world, storage_tx=g)
        assert (gone.text, gone.author) == ("", None)
        summaries.refresh_months(g, gone.clinic_id)
        assert sum(month.count for month in summaries.find_months(g, gone.clinic_id)) == 5


def test_a_longer_wish_never_prolongs_what_terms_limit(storage: Storage, world: World) -> None:
    """The purge by terms does not ask for the group's wish."""
    with storage.write() as tx:
        keeping.save_keeping(tx.group(world.group_id), Keeping(review_months=120))
        assert retention.purge_content(tx, "own_site", NOW + timedelta(days=1), NOW + timedelta(days=31)) == 10
        assert keeping.purge(tx.group(world.group_id), NOW + timedelta(days=31)) == 0


def test_notes_go_by_a_time_of_their_own_and_the_audit_trail_stays_whole(storage: Storage, world: World) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        keeping.save_keeping(g, Keeping(note_months=3))
        about = review(world, storage_tx=g)
        for age, text in ((95, "old"), (85, "young")):
            work.add_note(g, about.id, person_id=None, text=text, now=NOW - timedelta(days=age))
        audit.add_entry(
            g, now=NOW - 9 * YEAR, person_id=None, action="source.paused", object_kind="source", object_id="s"
        )
        assert keeping.count_going(g, Keeping(note_months=3), NOW) == (0, 1)
        assert keeping.purge(g, NOW) == 0
        assert [each.text for each in work.find_notes(g, about.id)] == ["young"]
        assert len(audit.find_entries(g)) == 1
        assert audit.verify_chain(g) is None


def test_for_ever_is_what_holds_where_nobody_has_said_anything(storage: Storage, world: World) -> None:
    with storage.write() as tx:
        other = tx.group(world.other_group_id)
        assert keeping.find_keeping(other) == Keeping()
        assert keeping.purge(other, NOW + 50 * YEAR) == 0
        assert keeping.find_groups(tx) == [world.group_id]
        keeping.save_keeping(tx.group(world.group_id), Keeping())
        assert keeping.find_groups(tx) == []


@pytest.mark.statement("T42")
def test_a_restored_backup_holds_nothing_that_its_group_wished_to_keep_no_longer(
    storage: Storage, world: World, tmp_path: object
) -> None:
    file = tmp_path / "b" / "old.backup"  # type: ignore[operator]
    with storage.write() as tx:
        keeping.save_keeping(tx.group(world.group_id), Keeping())
    backup(storage, file, NOW)
    with storage.write() as tx:
        keeping.save_keeping(tx.group(world.group_id), Keeping(review_months=12))  # said after the backup
    restore(url_of(storage), file, NOW + YEAR + timedelta(days=1))
    assert held(storage, world.group_id) == 0
    assert held(storage, world.other_group_id) == 5
    with storage.read() as tx:
        assert keeping.find_keeping(tx.group(world.group_id)) == Keeping(review_months=12)
