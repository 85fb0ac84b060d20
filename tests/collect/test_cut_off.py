"""Long lists that are cut off, shrink, or break in the middle: nothing is read twice for nothing, nobody gets stuck."""

from dataclasses import replace

import pytest

from reviews.model import Outcome
from reviews.storage import outbox
from tests.platforms import sites
from tests.sources.doors import loopback_fetcher


def long_site(world, pages, per_page=2):
    """A list of so many pages under /long/1, /long/2 …"""
    for number in range(1, pages + 1):
        written = [
            sites.Written(f"Person {number}-{n}", "5", f"Sentence {n} of page {number}.", "2026-10-01")
            for n in range(per_page)
        ]
        following = f"/long/{number + 1}" if number < pages else None
        world.platforms.pages[f"/long/{number}"] = sites.json_ld_page(written, next_url=following)


def asked(world):
    return [request.path for request in world.platforms.requests if request.path.startswith("/long")]


@pytest.mark.statement("R2", "R3")
@pytest.mark.parametrize("fault", ["500", "429", "timeout", "half_body"])
def test_a_first_run_that_is_cut_off_goes_on_at_the_page_where_it_stopped(world, fault):
    long_site(world, 9)
    source = world.add_source("web_page", "/long/1")
    world.platforms.faults["/long/7"] = fault
    assert world.collect(source).counts.new == 12
    world.platforms.requests.clear()
    world.platforms.faults.clear()
    report = world.collect(source)
    assert (report.outcome, report.counts.new) == (Outcome.OK, 6)
    assert asked(world) == ["/long/7", "/long/8", "/long/9"]
    assert len(world.held()) == 18


@pytest.mark.slow
@pytest.mark.statement("R24")
def test_a_first_run_of_five_thousand_reviews_goes_on_at_page_seven(world):
    # The fake platform needs its time for so many; the short deadline of these tests is not meant for it.
    world.context = replace(world.context, fetcher=loopback_fetcher())
    world.listing.fill(5000)
    world.listing.page_size = 100
    world.listing.review_count = world.listing.rating_count = 5000
    source = world.add_source("example_api", "", label="Example")
    pages = 0

    def after_six() -> bool:
        nonlocal pages
        pages += 1
        return pages == 6

    assert world.collect(source, should_stop=after_six).counts.new == 600
    report = world.collect(source)
    assert (report.outcome, report.counts.new, report.counts.unchanged) == (Outcome.OK, 4400, 0)


def test_a_broken_link_in_the_middle_does_not_switch_the_source_off(world):
    long_site(world, 4)
    del world.platforms.pages["/long/3"]
    source = world.add_source("web_page", "/long/1")
    for _ in range(3):
        report = world.collect(source)
        assert (report.outcome, world.source(source).state) == (Outcome.PARTIAL, "active")
        assert report.next_due_at is not None
        assert "{" not in report.hint.format(**report.hint_values)
    assert len(world.held()) == 4


def test_a_list_that_became_shorter_while_it_was_cut_off_is_read_again_from_its_start(world):
    long_site(world, 9)
    source = world.add_source("web_page", "/long/1")
    world.platforms.faults["/long/7"] = "500"
    world.collect(source)
    for number in (5, 6, 7, 8, 9):
        del world.platforms.pages[f"/long/{number}"]
    long_site(world, 4)
    world.platforms.faults.clear()
    assert world.collect(source).outcome == Outcome.UNAVAILABLE
    assert world.source(source).state == "active"
    assert world.collect(source).outcome == Outcome.OK


@pytest.mark.parametrize("fault", ["403", "login", "wrong_type", "empty"])
def test_a_page_in_the_middle_that_is_refused_does_not_hide_what_is_new_at_the_top(world, fault):
    long_site(world, 4)
    source = world.add_source("web_page", "/long/1")
    world.platforms.faults["/long/3"] = fault
    world.collect(source)
    fresh = [sites.Written("Newest", "4", "The newest of all.", "2026-11-20")]
    world.platforms.pages["/long/1"] = sites.json_ld_page(fresh, next_url="/long/2")
    for _ in range(2):
        world.collect(source)
    assert "The newest of all." in world.texts()


def test_a_page_in_the_middle_that_never_answers_does_not_hide_what_is_new_at_the_top(world):
    long_site(world, 4)
    source = world.add_source("web_page", "/long/1")
    world.platforms.faults["/long/3"] = "500"
    world.collect(source)
    fresh = [sites.Written("Newest", "4", "The newest of all.", "2026-11-20")]
    world.platforms.pages["/long/1"] = sites.json_ld_page(fresh, next_url="/long/2")
    for _ in range(4):
        assert world.collect(source).outcome == Outcome.UNAVAILABLE
    assert "The newest of all." in world.texts()


def test_an_interrupted_run_is_no_failure_and_alarms_nobody(world):
    source = world.add_source("web_page", "/reviews/1")
    world.collect(source)
    world.platforms.faults["/reviews/1"] = "500"
    world.collect(source)
    del world.platforms.faults["/reviews/1"]
    world.platforms.pages["/reviews/1"] = sites.json_ld_page(
        sites.REVIEWS[:2], next_url="/reviews/2", total=("4.5", "9")
    )
    assert world.collect(source, should_stop=lambda: True).outcome == Outcome.INTERRUPTED
    assert world.source(source).failures == 1
    with world.storage.read() as tx:
        assert [e.kind for e in outbox.find_unsent(tx, world.clock(), 99)] == ["reviews.collected"]
