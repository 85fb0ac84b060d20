"""What people do to a source while it is being read, and files that come beside the schedule."""

import pytest

from reviews.collect import import_file, run_claim
from reviews.errors import LeaseLost
from reviews.model import Outcome
from reviews.storage import runs, sources
from reviews.storage.undo import undo_run
from tests.platforms import sites

HEAD = "author;rating;date;text\n"


def rows(numbers):
    return HEAD + "".join(f"Person {n};5;2026-10-{n % 28 + 1:02d};Sentence {n}.\n" for n in numbers)


def during(world, source, **fields):
    """A `should_stop` that changes the source while the run goes on."""

    def change() -> bool:
        with world.storage.write() as tx:
            sources.update_source(tx.group(world.group_id), source.id, now=world.clock(), **fields)
        return False

    return change


def take(world, source, text):
    return import_file(
        world.context, group_id=world.group_id, source_id=source.id, body=text.encode(), file_name="cards.csv"
    )


def test_a_source_paused_while_it_is_read_stays_paused(world):
    source = world.add_source("web_page", "/reviews/1")
    report = world.collect(source, should_stop=during(world, source, state="paused"))
    assert (report.outcome, world.source(source).state) == (Outcome.OK, "paused")
    assert report.next_due_at is None


def test_a_source_that_gets_another_address_while_it_is_read_begins_anew(world):
    source = world.add_source("web_page", "/reviews/1")
    claim = world.claim(source)
    fresh = {"cursor": {}, "validators": {}, "expectations": {}, "next_due_at": world.clock()}
    world.platforms.pages["/other"] = sites.json_ld_page(sites.REVIEWS[5:6])
    with pytest.raises(LeaseLost):
        run_claim(
            world.context,
            claim,
            trigger="schedule",
            should_stop=during(world, source, url=f"{world.platforms.url}/other", **fresh),
        )
    assert world.source(source).cursor == {}
    assert world.collect(source).outcome == Outcome.OK
    assert world.source(source).expectations["seen"] == 1


@pytest.mark.statement("R8")
def test_an_imported_file_changes_nothing_of_what_the_schedule_expects(world):
    world.platforms.pages["/list.csv"] = (rows(range(5)).encode(), "text/csv")
    source = world.add_source("csv_file", "/list.csv", label="List", config={"scale": "5"})
    world.collect(source)
    before = world.source(source).expectations
    assert take(world, source, rows(range(5, 60))).counts.new == 55
    assert world.source(source).expectations == before
    world.platforms.pages["/list.csv"] = (rows(range(6)).encode(), "text/csv")
    assert world.collect(source).outcome == Outcome.OK


def test_an_imported_file_says_nothing_about_what_is_missing(world):
    world.platforms.pages["/list.csv"] = (rows(range(40)).encode(), "text/csv")
    source = world.add_source("csv_file", "/list.csv", label="List", config={"scale": "5"}, declared_complete=True)
    world.collect(source)
    for number in (2, 3, 4):
        take(world, source, rows(range(number, 40)))
    assert {review.presence for review in world.held()} == {"visible"}


def test_an_imported_file_leaves_a_run_that_was_cut_off_where_it_was(world):
    world.platforms.pages["/list.csv"] = (rows(range(1200)).encode(), "text/csv")
    source = world.add_source("csv_file", "/list.csv", label="List", config={"scale": "5"})
    world.collect(source, should_stop=lambda: True)
    cursor = world.source(source).cursor
    take(world, source, rows(range(2000, 2003)))
    assert world.source(source).cursor == cursor
    assert world.collect(source).counts.new == 700


def test_a_file_taken_back_can_be_imported_again(world):
    source = world.add_source("csv_file", "", label="Cards", origin="first_party", config={"scale": "5"})
    for _ in range(2):
        report = take(world, source, rows(range(3)))
        assert report.counts.new == 3
        assert len(world.held()) == 3
        with world.storage.write() as tx:
            g = tx.group(world.group_id)
            run = runs.get_run_by_public_id(g, report.run_public_id)
            assert undo_run(g, run.id, world.clock()).removed == 3
        assert world.held() == []
        world.clock.advance(minutes=1)


def test_an_import_into_a_paused_source_leaves_it_paused(world):
    source = world.add_source("csv_file", "", label="Cards", origin="first_party", config={"scale": "5"})
    with world.storage.write() as tx:
        sources.update_source(tx.group(world.group_id), source.id, now=world.clock(), state="paused")
    assert take(world, source, rows(range(3))).counts.new == 3
    assert world.source(source).state == "paused"
