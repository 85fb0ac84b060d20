"""What a run does to what is stored: new, edited, gone, back, cut off, taken over."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from reviews.collect import run_claim
from reviews.errors import LeaseLost
from reviews.model import Outcome
from reviews.storage import keeping, outbox, snapshots, sources, totals
from tests.platforms import sites
from tests.platforms.listing import START


def data_json(world):
    with world.storage.read() as tx:
        return json.loads(snapshots.find_snapshot(tx, "w/willow-lane/data.json").body)


def events(world, kind):
    with world.storage.read() as tx:
        return [event for event in outbox.find_unsent(tx, world.clock(), 100) if event.kind == kind]


def test_a_page_becomes_reviews_figures_and_a_snapshot(world):
    source = world.add_source("web_page", "/reviews/1")
    report = world.collect(source)
    assert (report.outcome, report.counts.new, report.counts.pages) == (Outcome.OK, 6, 3)
    assert {review.author for review in world.held()} == {review.author for review in sites.REVIEWS}
    assert all(review.scorer == world.context.scorer.name for review in world.held())
    shown = data_json(world)
    figure = shown["clinics"][0]["figures"][0]
    assert (figure["average"], figure["count"], figure["kind"]) == ("4.6", 222, "reported")
    assert len(shown["quotes"]) == 6


@pytest.mark.statement("R1")
def test_collecting_twice_changes_nothing(world):
    source = world.add_source("web_page", "/reviews/1")
    world.collect(source)
    before = world.held()
    report = world.collect(source)
    assert (report.counts.new, report.counts.changed, report.counts.unchanged) == (0, 0, 6)
    assert [replace(r, last_read_at=None, last_run_id=None) for r in world.held()] == [
        replace(r, last_read_at=None, last_run_id=None) for r in before
    ]
    assert len(events(world, "reviews.collected")) == 1


@pytest.mark.statement("T42")
def test_what_still_stands_on_a_page_that_never_changes_stays_however_short_a_group_keeps_its_copies(world):
    source = world.add_source("web_page", "/reviews/3")
    world.collect(source)
    world.clock.advance(days=28)
    assert world.collect(source).outcome == Outcome.UNCHANGED
    world.clock.advance(days=92)
    with world.storage.write() as tx:
        keeping.save_keeping(tx.group(world.group_id), keeping.Keeping(review_months=3))
    world.collect(source)
    with world.storage.write() as tx:
        assert keeping.purge(tx.group(world.group_id), world.clock()) == 0
    world.clock.advance(days=92)
    world.collect(source)
    with world.storage.write() as tx:
        assert keeping.purge(tx.group(world.group_id), world.clock()) == 0


@pytest.mark.statement("D8", "W64")
def test_a_changed_page_shows_the_new_text_and_keeps_the_old_version(world):
    source = world.add_source("web_page", "/reviews/1")
    world.collect(source)
    edited = replace(sites.REVIEWS[0], text="The wait was long this time, and nobody explained why.")
    world.platforms.pages["/reviews/1"] = sites.json_ld_page([edited, sites.REVIEWS[1]], next_url="/reviews/2")
    report = world.collect(source)
    assert (report.counts.new, report.counts.changed) == (0, 1)
    review = next(r for r in world.held() if r.text == edited.text)
    assert review.presence == "changed"
    assert [version.text for version in world.versions(review.id)] == [sites.REVIEWS[0].text]
    quotes = [quote["head"] + (quote["rest"] or "") for quote in data_json(world)["quotes"]]
    assert edited.text in quotes
    assert sites.REVIEWS[0].text not in quotes


@pytest.mark.statement("R7", "S18", "D6", "F16")
def test_a_review_is_missing_only_after_two_complete_runs_and_can_return(world):
    source = world.add_source("example_api", "", label="Example")
    world.listing.review_count = 10
    world.collect(source)
    world.listing.delete("ex-0004")
    for presence in ("visible", "missing"):
        world.clock.advance(days=30)
        report = world.collect(source)
        assert report.outcome == Outcome.OK
        gone = next(r for r in world.held() if r.identity_key.endswith("ex-0004"))
        assert gone.presence == presence
    assert report.counts.missing == 1
    world.listing.bring_back("ex-0004")
    world.clock.advance(days=30)
    assert world.collect(source).counts.returned == 1
    assert next(r for r in world.held() if r.identity_key.endswith("ex-0004")).presence == "returned"


def test_a_page_that_does_not_list_everything_never_marks_anything_missing(world):
    source = world.add_source("web_page", "/reviews/1")
    world.collect(source)
    world.platforms.pages["/reviews/3"] = sites.json_ld_page(sites.REVIEWS[4:5])
    for _ in range(3):
        assert world.collect(source).counts.missing == 0
    assert {r.presence for r in world.held()} == {"visible"}


@pytest.mark.statement("T44")
def test_many_absences_at_once_are_asked_about_and_not_believed(world):
    source = world.add_source("example_api", "", label="Example")
    world.listing.review_count = world.listing.rating_count = None
    world.collect(source)
    for number in range(6):
        world.listing.delete(f"ex-{number:04d}")
    for _ in range(3):
        world.clock.advance(days=30)
        report = world.collect(source)
        assert report.outcome == Outcome.PARTIAL
        assert report.hint_values["absent"] == "6"
    assert {r.presence for r in world.held()} == {"visible"}
    with world.storage.write() as tx:
        sources.update_source(tx.group(world.group_id), source.id, now=world.clock(), expectations={"accepted": True})
    world.clock.advance(days=30)
    assert world.collect(source).outcome == Outcome.OK


def test_an_incremental_run_stops_early_and_finds_what_moved_to_the_top(world):
    world.listing.fill(100)
    world.listing.review_count = 100
    for number, record in enumerate(world.listing.records.values()):
        world.listing.records[record.id] = replace(record, updated=START - timedelta(days=number))
    source = world.add_source("example_api", "", label="Example")
    assert world.collect(source).counts.new == 100
    world.listing.edit("ex-0000", world.clock(), text="I take it back: the knee hurts again.")
    asked = len(world.platforms.requests)
    report = world.collect(source)
    assert (report.counts.changed, report.counts.missing) == (1, 0)
    assert len(world.platforms.requests) - asked < 8
    assert report.counts.seen < 100


def test_a_run_cut_off_in_the_middle_goes_on_where_it_stopped(world):
    source = world.add_source("web_page", "/reviews/1")
    report = world.collect(source, should_stop=lambda: True)
    assert (report.outcome, report.counts.new) == (Outcome.INTERRUPTED, 2)
    assert world.source(source).cursor["position"]
    report = world.collect(source)
    assert (report.outcome, report.counts.new) == (Outcome.OK, 4)
    assert len(world.held()) == 6
    assert not world.source(source).cursor.get("position")


@pytest.mark.statement("R10")
def test_a_worker_that_lost_its_lease_writes_nothing(world):
    source = world.add_source("web_page", "/reviews/1")
    sleeper = world.claim(source)
    world.clock.advance(seconds=400)
    world.claim(source, owner="other")
    with pytest.raises(LeaseLost):
        run_claim(world.context, sleeper, trigger="schedule")
    assert world.held() == []


def test_a_lease_lost_between_pages_stops_the_run(world):
    source = world.add_source("web_page", "/reviews/1")
    claim = world.claim(source)

    def taken_over() -> bool:
        world.clock.advance(seconds=400)
        world.claim(source, owner="other")
        return False

    with pytest.raises(LeaseLost):
        run_claim(world.context, claim, trigger="schedule", should_stop=taken_over)
    assert len(world.held()) == 2


def test_reported_totals_form_a_series_and_are_never_replaced_by_what_we_hold(world):
    source = world.add_source("web_page", "/reviews/1")
    world.collect(source)
    world.platforms.pages["/reviews/1"] = sites.json_ld_page(
        sites.REVIEWS[:2], next_url="/reviews/2", total=("4.5", "223")
    )
    world.collect(source)
    world.collect(source)
    with world.storage.read() as tx:
        series = totals.find_totals(tx.group(world.group_id), source.id)
    assert sorted((str(p.total.average), p.total.review_count) for p in series) == [("4.5", 223), ("4.6", 222)]


def test_a_fault_of_ours_ends_the_run_and_not_the_worker(world, monkeypatch):
    source = world.add_source("web_page", "/reviews/1")
    monkeypatch.setattr("reviews.collect.run.take_page", lambda *_: 1 / 0)
    report = world.collect(source)
    assert report.outcome == Outcome.FAILED
    assert report.next_due_at is not None
    assert world.last_run(source).message == "ZeroDivisionError"
