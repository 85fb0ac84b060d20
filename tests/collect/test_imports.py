"""A file handed in: checked whole, stored as one batch, the same file twice adds nothing, and it can be taken back."""

import socket

import pytest

from reviews.collect import import_file, importing
from reviews.collect.queued import import_next
from reviews.errors import Conflict, ImportFileError
from reviews.model import Outcome
from reviews.storage import runs, sources, uploads
from reviews.storage.undo import undo_run

HEAD = "name;stars;date;comment\n"
ROWS = "Ada L.;5;2026-10-01;Kind and on time.\nBo K.;2;2026-10-02;Nobody called me back.\n"


@pytest.fixture
def cards(world):
    return world.add_source("csv_file", "", label="Comment cards", origin="first_party", config={"scale": "5"})


def take(world, source, text, *, dry_run=False):
    return import_file(
        world.context,
        group_id=world.group_id,
        source_id=source.id,
        body=text.encode(),
        file_name="cards.csv",
        dry_run=dry_run,
    )


def test_a_dry_run_says_what_would_happen_and_stores_nothing(world, cards):
    report = take(world, cards, HEAD + ROWS, dry_run=True)
    assert (report.counts.new, report.run_public_id) == (2, "")
    assert world.held() == []
    with world.storage.read() as tx:
        assert runs.find_runs(tx.group(world.group_id), cards.id) == []


def test_the_same_file_twice_adds_nothing(world, cards):
    assert take(world, cards, HEAD + ROWS).counts.new == 2
    report = take(world, cards, HEAD + ROWS)
    assert (report.counts.new, report.counts.changed, report.counts.unchanged) == (0, 0, 2)


@pytest.mark.statement("R23")
def test_broken_rows_are_named_and_cost_no_other_row(world, cards):
    broken = "Cy;5;31/02/2026;A day that is not.\nDee;99;2026-10-03;A scale that is not.\n"
    report = take(world, cards, HEAD + ROWS + "Ed;4;2026-10-05;Fine.\n" + broken)
    assert {review.text for review in world.held()} >= {"Kind and on time.", "Nobody called me back.", "Fine."}
    places = [(reject.place, reject.column) for reject in report.rejects]
    assert any("6" in place for place, _ in places)
    assert report.counts.rejected == len(report.rejects) >= 1


def test_a_file_of_which_most_rows_are_broken_stores_nothing(world, cards):
    with pytest.raises(ImportFileError) as caught:
        take(world, cards, HEAD + "Ada;x;2026-10-01;One.\nBo;y;2026-10-02;Two.\nCy;5;2026-10-03;Three.\n")
    assert caught.value.values == {"rejected": "2", "all": "3"}
    assert world.held() == []


@pytest.mark.parametrize("body", [b"", b"\x00\x01\x02\x03", b"just one line of prose without any column"])
def test_a_file_that_is_no_table_is_refused_with_its_name(world, cards, body):
    with pytest.raises(ImportFileError) as caught:
        import_file(world.context, group_id=world.group_id, source_id=cards.id, body=body, file_name="cards.csv")
    assert "cards.csv" in f"{caught.value.message} {caught.value.file}"
    assert world.held() == []


def test_an_import_can_be_taken_back_whole(world, cards):
    take(world, cards, HEAD + ROWS)
    world.clock.advance(minutes=5)
    edited = ROWS.replace("Kind and on time.", "Kind and on time, mostly.")
    second = take(world, cards, HEAD + edited + "Ed;4;2026-10-05;Fine.\n")
    assert (second.counts.new, second.counts.changed) == (1, 1)
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        undo_run(g, runs.get_run_by_public_id(g, second.run_public_id).id, world.clock())
    assert world.texts() == {"Kind and on time.", "Nobody called me back."}


def test_an_import_waits_for_nobody_and_says_so(world, cards):
    world.claim(cards)
    with pytest.raises(Conflict):
        take(world, cards, HEAD + ROWS)


def test_a_file_source_without_an_address_is_not_scheduled(world, cards):
    take(world, cards, HEAD + ROWS)
    with world.storage.read() as tx:
        assert sources.get_source(tx.group(world.group_id), cards.id).next_due_at is None


def test_a_file_of_the_import_folder_is_collected_on_schedule(world):
    folder = world.context.settings.import_dir
    folder.mkdir()
    (folder / "drop.csv").write_text(HEAD + ROWS, encoding="utf-8")
    source = world.add_source("csv_file", "", label="Drop", config={"file": "drop.csv", "scale": "5"})
    report = world.collect(source)
    assert (report.outcome, report.counts.new) == (Outcome.OK, 2)
    assert report.next_due_at is not None


@pytest.mark.statement("A25")
@pytest.mark.parametrize("name", ["../secret.csv", "/etc/hostname", "a/../../secret.csv"])
def test_no_file_outside_the_import_folder_is_read(world, name):
    folder = world.context.settings.import_dir
    folder.mkdir()
    (folder.parent / "secret.csv").write_text(HEAD + ROWS, encoding="utf-8")
    source = world.add_source("csv_file", "", label="Drop", config={"file": name, "scale": "5"})
    assert world.collect(source).outcome == Outcome.FILE
    assert world.held() == []


def test_a_file_of_any_kind_is_one_batch_that_adds_nothing_twice_and_can_be_taken_back(world):
    exports = world.add_source("file_import", "", label="Export", origin="first_party", config={})
    body = (
        b'{"reviews": [{"id": "a1", "author": "Ada L.", "rating": 5, "text": "Kind and on time."},'
        b' {"id": "a2", "author": "Bo K.", "rating": 99, "text": "Beyond the scale."},'
        b' {"id": "a3", "author": "Cy M.", "rating": 2, "text": "Nobody called me back."}]}'
    )

    def hand_in():
        return import_file(
            world.context, group_id=world.group_id, source_id=exports.id, body=body, file_name="export.json"
        )

    report = hand_in()
    assert (report.counts.new, report.counts.rejected) == (2, 1)
    assert hand_in().counts.unchanged == 2
    with world.storage.read() as tx:
        first = runs.find_runs(tx.group(world.group_id), exports.id)[-1]
    with world.storage.write() as tx:
        undo_run(tx.group(world.group_id), first.id, world.context.clock())


# ---------------------------------------------------------------- large files
def test_a_large_file_waits_for_the_worker_which_imports_it_into_each_of_its_sources(world, cards):
    other = world.add_source("file_import", "", label="Others", origin="first_party", config={"scale": "5"})
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        upload = uploads.add_upload(
            g, person_id=None, file_name="a.csv", body=(HEAD + ROWS).encode(), now=world.clock()
        )
        uploads.queue_upload(g, upload.id, [cards.id, other.id], world.clock())
    world.clock.advance(days=2)
    with world.storage.write() as tx:
        assert uploads.delete_old(tx, world.clock()) == 0
    assert import_next(world.context)
    assert not import_next(world.context)
    assert len(world.held()) == 4
    with world.storage.read() as tx:
        assert uploads.find_waiting(tx.group(world.group_id)) == []


def test_a_waiting_file_does_not_wait_for_ever_for_a_source_that_is_gone(world, cards):
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        upload = uploads.add_upload(
            g, person_id=None, file_name="a.csv", body=(HEAD + ROWS).encode(), now=world.clock()
        )
        uploads.queue_upload(g, upload.id, [cards.id + 1, cards.id], world.clock())
    assert import_next(world.context)
    assert len(world.held()) == 2
    with world.storage.read() as tx:
        assert uploads.find_waiting(tx.group(world.group_id)) == []


def test_a_waiting_file_that_cannot_be_read_goes_back_to_its_person_with_the_reason(world, cards):
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        upload = uploads.add_upload(g, person_id=None, file_name="a.csv", body=b"foo,bar\n1,2\n", now=world.clock())
        uploads.queue_upload(g, upload.id, [cards.id], world.clock())
    assert import_next(world.context)
    with world.storage.read() as tx:
        [waiting] = uploads.find_waiting(tx.group(world.group_id))
    assert waiting.queued_at is None
    assert waiting.fault is not None
    assert "No column with ratings" in waiting.fault[0]


def test_an_import_by_a_process_that_has_died_does_not_keep_the_next_one_waiting(world, cards, monkeypatch):
    world.claim(cards, owner=f"import:{socket.gethostname()}:4194304:cards.csv")
    monkeypatch.setattr(importing, "_is_alive", lambda process_id: process_id != "4194304")
    assert take(world, cards, HEAD + ROWS).counts.new == 2


def test_all_that_could_not_be_read_is_kept_for_the_list_and_goes_after_a_month(world, cards):
    rows = "".join(f"Ada {n};5;2026-10-01;Visit {n}.\nBo;99;2026-10-02;Beyond {n}.\n" for n in range(60))
    report = take(world, cards, HEAD + rows)
    assert report.counts.rejected == 60
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        run = runs.get_run_by_public_id(g, report.run_public_id)
        listed = [reject.place for reject in runs.find_rejects(g, run.id)]
    assert (len(listed), listed[0], listed[-1]) == (60, "row 3", "row 121")
    with world.storage.write() as tx:
        assert runs.delete_old_rejects(tx, world.clock()) == 0
    world.clock.advance(days=31)
    with world.storage.write() as tx:
        assert runs.delete_old_rejects(tx, world.clock()) == 60


def test_a_source_that_holds_too_much_for_comparing_knows_reviews_by_their_keys(world, cards, monkeypatch):
    monkeypatch.setattr("reviews.collect.run.MAX_COMPARED", 1)
    monkeypatch.setattr("reviews.collect.pages.MAX_COMPARED", 1)
    take(world, cards, HEAD + ROWS)
    report = take(world, cards, HEAD + ROWS.replace("Kind and on time.", "Kind and on time, mostly."))
    assert (report.counts.new, report.counts.changed, report.counts.unchanged) == (1, 0, 1)


@pytest.mark.parametrize("step", ["check", "store"])
def test_an_import_says_how_far_it_is(world, cards, step):
    told = []
    import_file(
        world.context, group_id=world.group_id, source_id=cards.id, body=(HEAD + ROWS).encode(), file_name="a.csv",
        tell=lambda *said: told.append(said),
    )  # fmt: skip
    assert (step, 2, 2) in told
