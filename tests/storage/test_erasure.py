"""Erasures outlive a restore: what was erased after a backup was made does not come back with it, on both engines."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from reviews.model import Snapshot
from reviews.storage import (
    Storage,
    erasure,
    groups,
    review_lists,
    reviews,
    snapshots,
    widgets,
    work,
)
from reviews.storage.backup import backup, restore
from tests.builders import Place, add_place, make_review
from tests.conftest import NOW

LATER = NOW + timedelta(days=1)
SAID = "They lost my X-ray and laughed."


@dataclass
class Held:
    """A database with one review that will be erased and one that stays, and a snapshot that quotes the first."""

    place: Place
    gone: int
    stays: int


def fill(storage: Storage) -> Held:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        found = [make_review("gone", text=SAID, author="Anna Kovac"), make_review("stays", text="A kind team.")]
        saved = reviews.save_reviews(
            g, clinic_id=place.clinic_id, source_id=place.source_id, run_id=place.run_id, reviews=found, now=NOW
        )
        gone, stays = saved.new_ids
        work.add_tags(g, gone, ["kovac"])
        widget = widgets.add_widget(g, slug="w", now=NOW, clinic_ids=[place.clinic_id])
        quoting = Snapshot(
            path="w/w/data.json", content_type="application/json", body=SAID.encode(), body_gzip=b"x", etag="e",
            made_at=NOW, keep_until=None, headers=(),
        )  # fmt: skip
        snapshots.save_snapshots(g, widget.id, [quoting], NOW)
    return Held(place, gone, stays)


def url_of(storage: Storage) -> str:
    return str(getattr(storage, "path", None) or storage._url)


def erase(storage: Storage, held: Held) -> None:
    with storage.write() as tx:
        erasure.erase(tx.group(held.place.group_id), held.gone, NOW)


@pytest.mark.statement("S19", "T42")
def test_a_restore_of_an_older_backup_does_not_bring_back_who_was_erased_since(
    storage: Storage, tmp_path: Path
) -> None:
    held = fill(storage)
    file = tmp_path / "b" / "old.backup"
    backup(storage, file, NOW)
    erase(storage, held)
    restore(url_of(storage), file, LATER)
    with storage.write() as tx:
        g = tx.group(held.place.group_id)
        review = reviews.get_review(g, held.gone)
        assert (review.text, review.author, review.publication) == ("", None, "hidden")
        assert reviews.get_review(g, held.stays).text == "A kind team."
        assert review_lists.find_reviews(g, review_lists.ReviewFilters(words="kovac")).rows == ()
        assert work.find_tags(g, [held.gone]) == {}
        # Nothing that quotes it is served before the snapshots are made anew.
        assert snapshots.find_snapshot(tx, "w/w/data.json") is None
        again = reviews.save_reviews(
            g,
            clinic_id=held.place.clinic_id,
            source_id=held.place.source_id,
            run_id=held.place.run_id,
            reviews=[make_review("gone", text=SAID, author="Anna Kovac")],
            now=LATER,
        )
        assert (again.new, reviews.get_review(g, held.gone).text) == (0, "")
        assert groups.count_forgotten(g) == 1


def test_without_the_tombstones_the_same_restore_would_bring_the_person_back(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = fill(storage)
    file = tmp_path / "b" / "old.backup"
    backup(storage, file, NOW)
    erase(storage, held)
    monkeypatch.setattr("reviews.storage.restoring.find_tombstones", lambda session: [])
    restore(url_of(storage), file, LATER)
    with storage.read() as tx:
        assert reviews.get_review(tx.group(held.place.group_id), held.gone).text == SAID


def test_tombstones_of_a_source_with_another_name_erase_nothing(storage: Storage, tmp_path: Path) -> None:
    held = fill(storage)
    file = tmp_path / "b" / "old.backup"
    backup(storage, file, NOW)
    with storage.session(writable=True) as session:  # as in another installation, where ids and keys are equal
        session.execute("UPDATE sources SET public_id = 'strange'")
    erase(storage, held)
    restore(url_of(storage), file, LATER)
    with storage.read() as tx:
        g = tx.group(held.place.group_id)
        assert reviews.get_review(g, held.gone).text == SAID
        assert groups.count_forgotten(g) == 0


@pytest.mark.statement("R19")
def test_a_restore_drops_content_whose_time_has_come_before_anybody_sees_it(storage: Storage, tmp_path: Path) -> None:
    held = fill(storage)
    file = tmp_path / "b" / "old.backup"
    backup(storage, file, NOW)
    restore(url_of(storage), file, NOW + timedelta(days=31), retentions={"own_site": 30})
    with storage.read() as tx:
        g = tx.group(held.place.group_id)
        assert [reviews.get_review(g, each).text for each in (held.gone, held.stays)] == ["", ""]
