"""What a person has called right is taken as right, once, and what is doubted goes on being asked."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from reviews.model import Outcome
from reviews.storage import outbox, snapshots, sources
from tests.platforms import sites
from tests.platforms.server import Reply

MANY = [sites.Written(f"Person {n}", "5", f"Sentence number {n}.", f"2026-10-{n:02d}") for n in range(1, 13)]


def accept(world, source):
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        kept = sources.get_source(g, source.id).expectations
        sources.update_source(g, source.id, now=world.clock(), expectations={**kept, "accepted": True})


def presences(world):
    return sorted(review.presence for review in world.held())


@pytest.mark.statement("T44")
def test_an_accepted_mass_removal_is_believed_after_two_complete_runs(world):
    source = world.add_source("example_api", "", label="Example")
    world.listing.review_count = world.listing.rating_count = None
    world.collect(source)
    for number in range(6):
        world.listing.delete(f"ex-{number:04d}")
    world.clock.advance(days=30)
    assert world.collect(source).outcome == Outcome.PARTIAL
    accept(world, source)
    for missing in (0, 6):
        world.clock.advance(days=30)
        report = world.collect(source)
        assert (report.outcome, report.counts.missing) == (Outcome.OK, missing)
    assert presences(world) == ["missing"] * 6 + ["visible"] * 4


@pytest.mark.statement("T44", "F16")
def test_a_mass_removal_is_asked_about_until_a_person_answers(world):
    """Also on a page that answers "not changed since" once it has been read."""
    world.platforms.pages["/own"] = sites.json_ld_page(MANY, total=None)
    source = world.add_source("web_page", "/own", declared_complete=True)
    world.collect(source)
    world.platforms.pages["/own"] = sites.json_ld_page(MANY[:8], total=None)
    for _ in range(3):
        report = world.collect(source)
        assert (report.outcome, report.hint_values["absent"]) == (Outcome.PARTIAL, "4")
    assert "This is right" in world.source(source).hint
    with world.storage.read() as tx:
        told = [event for event in outbox.find_unsent(tx, world.clock(), 50) if event.kind == "source.removals"]
    assert [event.payload["source"] for event in told] == [source.public_id], "told once, not at every reading"
    accept(world, source)
    assert [world.collect(source).counts.missing for _ in range(2)] == [0, 4]
    assert world.source(source).hint == ""


def test_an_accepted_change_of_shape_is_stored_and_is_the_new_normal(world):
    world.platforms.pages["/own"] = sites.json_ld_page(MANY)
    source = world.add_source("web_page", "/own")
    world.collect(source)
    world.platforms.pages["/own"] = sites.json_ld_page(MANY[:4])
    assert world.collect(source).outcome == Outcome.CHANGED
    accept(world, source)
    assert world.collect(source).outcome == Outcome.OK
    assert world.collect(source).outcome == Outcome.UNCHANGED
    assert world.source(source).expectations["first_page"]["reviews"] == 4
    assert "accepted" not in world.source(source).expectations


def test_an_answer_given_while_the_source_is_being_read_holds_for_the_next_run(world):
    world.platforms.pages["/reviews/1"] = sites.json_ld_page(MANY, next_url="/reviews/2")
    source = world.add_source("web_page", "/reviews/1")
    world.collect(source)

    def answered() -> bool:
        accept(world, source)
        return False

    world.collect(source, should_stop=answered)
    world.platforms.pages["/reviews/1"] = sites.json_ld_page(MANY[:4])
    assert world.collect(source).outcome == Outcome.OK


def test_an_accepted_answer_waits_for_a_site_that_is_away(world):
    world.platforms.pages["/own"] = sites.json_ld_page(MANY)
    source = world.add_source("web_page", "/own")
    world.collect(source)
    world.platforms.pages["/own"] = sites.json_ld_page(MANY[:4])
    accept(world, source)
    world.platforms.faults["/own"] = "500"
    assert world.collect(source).outcome == Outcome.UNAVAILABLE
    del world.platforms.faults["/own"]
    assert world.collect(source).outcome == Outcome.OK


def test_records_that_cannot_be_read_are_named_again_by_each_run(world):
    world.platforms.pages["/mixed"] = sites.json_ld_page([*MANY[:5], sites.Written("Gus", "eleventy", "Own scale.")])
    source = world.add_source("web_page", "/mixed")
    for _ in range(2):
        report = world.collect(source)
        assert (report.outcome, report.counts.rejected) == (Outcome.PARTIAL, 1)


@pytest.mark.statement("R8")
def test_a_source_that_alternates_between_two_shapes_is_read_only_in_the_known_one(world):
    source = world.add_source("web_page", "/own")
    outcomes = []
    for shape in (MANY, MANY[:3], MANY, MANY[:3]):
        world.platforms.pages["/own"] = sites.json_ld_page(shape)
        outcomes.append(world.collect(source).outcome)
    assert outcomes == [Outcome.OK, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.CHANGED]
    assert len(world.held()) == 12


@pytest.mark.statement("R5")
def test_each_outcome_has_its_next_time(world):
    source = world.add_source("web_page", "/own")
    world.platforms.pages["/own"] = sites.json_ld_page(MANY)
    day = timedelta(days=1)
    for fault, shortest, longest in (
        (None, day, day * 1.2),
        ("500", timedelta(minutes=1), timedelta(minutes=5)),
        ("500", timedelta(minutes=1), timedelta(minutes=10)),
        ("429", timedelta(seconds=120), timedelta(hours=1)),
        ("login", day, day * 1.2),
        ("404", timedelta(minutes=1), day),
        (None, day, day * 1.2),
    ):
        world.platforms.faults = {"/own": fault} if fault else {}
        report = world.collect(source)
        assert shortest <= report.next_due_at - world.clock() <= longest, fault
    assert world.source(source).failures == 0


@pytest.mark.statement("R30", "W21")
@pytest.mark.parametrize("path", ["/reviews/3", "/reviews/1"], ids=["says it is unchanged", "is read whole"])
def test_what_is_read_again_and_unchanged_says_when_it_was_read(world, path):
    source = world.add_source("web_page", path)
    world.collect(source)
    for _ in range(3):
        report = world.collect(source)
    assert report.outcome == (Outcome.UNCHANGED if path == "/reviews/3" else Outcome.OK)
    with world.storage.read() as tx:
        shown = json.loads(snapshots.find_snapshot(tx, "w/willow-lane/data.json").body)
    assert shown["clinics"][0]["figures"][0]["read_at"] == world.clock().date().isoformat()


@pytest.mark.statement("W21")
def test_content_that_may_be_kept_only_for_a_while_is_read_whole_each_time(world):
    rows = "author;rating;date;text\nAda L.;5;2026-10-01;Kind and on time.\n"
    world.platforms.pages["/list.csv"] = (rows.encode(), "text/csv")
    source = world.add_source("csv_file", "/list.csv", label="List", config={"scale": "5"}, origin="google")
    for _ in range(3):
        assert world.collect(source).outcome == Outcome.OK
    [review] = world.held()
    assert review.last_read_at == world.clock()


@pytest.mark.statement("R1", "R8")
def test_a_page_whose_bytes_are_as_they_were_is_not_read_again(world):
    """Also where the site names no tag or time by which to ask "changed since?"."""

    def shows(written: list[sites.Written]) -> None:
        world.platforms.pages["/own"] = Reply(200, sites.json_ld_page(written).encode())

    source = world.add_source("web_page", "/own")
    outcomes = []
    for shape in (MANY, MANY, MANY[:3], MANY, MANY[:11], MANY[:11]):
        shows(shape)
        outcomes.append(world.collect(source).outcome)
    assert outcomes == [
        Outcome.OK, Outcome.UNCHANGED, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.OK, Outcome.UNCHANGED,
    ]  # fmt: skip
    assert world.source(source).last_success_at == world.clock()
    assert len(world.held()) == 12


def test_a_run_that_fails_behind_a_stored_page_has_the_old_page_read_again(world):
    source = world.add_source("web_page", "/reviews/1")
    world.platforms.pages["/reviews/1"] = Reply(200, sites.json_ld_page(MANY).encode())
    assert [world.collect(source).outcome for _ in range(2)] == [Outcome.OK, Outcome.UNCHANGED]
    edited = replace(MANY[0], text="Another sentence.")
    world.platforms.pages["/reviews/1"] = sites.json_ld_page([edited, *MANY[1:]], next_url="/reviews/2")
    world.platforms.faults["/reviews/2"] = "500"
    assert world.collect(source).outcome == Outcome.UNAVAILABLE
    del world.platforms.faults["/reviews/2"]
    assert world.collect(source).outcome == Outcome.OK
    world.platforms.pages["/reviews/1"] = Reply(200, sites.json_ld_page(MANY).encode())
    world.collect(source)
    assert MANY[0].text in {review.text for review in world.held()}
