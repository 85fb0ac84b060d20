"""Faults of ours and of the database: one source pays for its own, and nobody for another's."""

import pytest

from reviews import errors
from reviews.collect import run as collecting
from reviews.collect import run_claim
from reviews.model import Outcome
from reviews.storage import clinics, groups, sources, widgets
from reviews.worker import collect_due
from reviews.worker.upkeep import Upkeep
from tests.platforms import sites


def break_kind(world, source):
    """A kind that this release does not know, as after going back to an older one."""
    with world.storage.write() as tx:
        tx.session.execute("UPDATE sources SET kind = 'from_the_future' WHERE id = :id", {"id": source.id})


@pytest.mark.statement("R22")
def test_a_source_whose_kind_is_unknown_fails_alone(world):
    broken = world.add_source("web_page", "/reviews/1", label="A")
    good = world.add_source("web_page", "/reviews/1", label="B")
    break_kind(world, broken)
    reports = {report.outcome for report in collect_due(world.context)}
    assert reports == {Outcome.FAILED, Outcome.OK}
    assert world.source(good).last_outcome == Outcome.OK
    assert world.source(broken).last_outcome == Outcome.FAILED
    assert world.source(broken).hint


@pytest.mark.parametrize(
    "fields",
    [
        {"config": {"url": 5, "business": ["x"]}},
        {"cursor": {"full_at": "yesterday", "position": "three"}},
        {"cursor": {"position": {"page": "many"}}},
        {"cursor": {"position": [], "mark": 5}},
        {"expectations": {"first_page": {"reviews": "many"}}},
        {"expectations": {"first_page": {"unknown": 1}}},
        {"url": "http://[broken"},
        {"url": ""},
        {"interval_minutes": 10**12},
    ],
    ids=str,
)
@pytest.mark.statement("R22")
def test_a_source_whose_settings_are_broken_fails_alone(world, fields):
    broken = world.add_source("web_page", "/reviews/1", label="A")
    world.add_source("web_page", "/reviews/2", label="B")
    with world.storage.write() as tx:
        sources.update_source(tx.group(world.group_id), broken.id, now=world.clock(), **fields)
    reports = list(collect_due(world.context))
    assert len(reports) == 2
    assert reports[-1].outcome == Outcome.OK
    assert all(report.hint for report in reports if report.outcome != Outcome.OK)


@pytest.mark.parametrize("place", ["reviews.collect.run.score_source", "reviews.collect.run.publish.refresh_clinic"])
def test_a_fault_after_the_pages_still_releases_the_source(world, monkeypatch, place):
    source = world.add_source("web_page", "/reviews/1")
    monkeypatch.setattr(place, lambda *_: 1 / 0)
    report = world.collect(source)
    assert report.next_due_at is not None
    world.claim(source)
    assert len(world.held()) == 6


def test_a_message_of_a_run_never_quotes_a_review(world, monkeypatch):
    secret = "My whole history of illness."

    def fails(*_):
        raise ValueError(secret)

    source = world.add_source("web_page", "/reviews/1")
    monkeypatch.setattr("reviews.collect.run.take_page", fails)
    world.collect(source)
    run = world.last_run(source)
    assert secret not in f"{run.message} {run.hint} {run.hint_values}"


@pytest.mark.statement("R22")
def test_a_clinic_whose_figures_cannot_be_made_holds_up_no_other(world, monkeypatch):
    from reviews.collect import run

    with world.storage.write() as tx:
        g = tx.group(groups.add_group(tx, name="South", now=world.clock()).id)
        other = clinics.add_clinic(g, slug="other", name="Other", now=world.clock())
        widgets.add_widget(g, slug="other", now=world.clock(), clinic_ids=[other.id])
        clinics.mark_stale(tx.group(world.group_id), world.clinic.id, world.clock())
        world.clock.advance(seconds=1)
        clinics.mark_stale(g, other.id, world.clock())
    real = run.publish.refresh_clinic

    def fails_for_one(storage, settings, book, catalogue, group_id, clinic_id, now):
        if clinic_id == world.clinic.id:
            raise ZeroDivisionError
        return real(storage, settings, book, catalogue, group_id, clinic_id, now)

    monkeypatch.setattr(run.publish, "refresh_clinic", fails_for_one)
    Upkeep(world.context).run_all()
    with world.storage.read() as tx:
        assert [clinic_id for _, clinic_id, _ in clinics.find_stale_clinics(tx, 9)] == [world.clinic.id]


def test_a_database_that_fails_in_the_middle_is_told_and_the_run_goes_on_later(world, monkeypatch):
    from reviews.collect import pages

    source = world.add_source("web_page", "/reviews/1")
    real = pages.stored.save_reviews
    calls = []

    def fails_once(*arguments, **named):
        calls.append(1)
        if len(calls) == 2:
            raise errors.StorageBusy("locked")
        return real(*arguments, **named)

    monkeypatch.setattr(pages.stored, "save_reviews", fails_once)
    report = world.collect(source)
    assert (report.outcome, report.counts.new) == (Outcome.FAILED, 2)
    assert report.hint == errors.StorageBusy.hint_default
    assert world.collect(source).counts.new == 4
    assert len(world.held()) == 6


def test_once_means_what_is_due_now_and_not_what_becomes_due_meanwhile(world):
    """A source that fails is due again in minutes; a command of cron must end all the same."""
    first = world.add_source("web_page", "/reviews/1", label="A")
    world.add_source("web_page", "/reviews/2", label="B")
    world.platforms.faults["/reviews/1"] = "500"
    labels = []
    for report in collect_due(world.context):
        labels.append(report.source_public_id)
        world.clock.advance(hours=1)
        assert len(labels) < 4, "it never ends"
    assert labels.count(first.public_id) == 1


@pytest.mark.statement("R11")
@pytest.mark.parametrize("jump", [{"hours": 1}, {"hours": -1}, {"days": 1}, {"days": -1}], ids=str)
def test_a_clock_that_jumps_during_a_run_doubles_and_loses_nothing(world, jump):
    source = world.add_source("web_page", "/reviews/1")
    start = world.clock()

    def jumps() -> bool:
        world.clock.now = start
        world.clock.advance(**jump)
        return False

    report = run_claim(world.context, world.claim(source), trigger="schedule", should_stop=jumps)
    assert (report.outcome, len(world.held())) == (Outcome.OK, 6)
    assert report.next_due_at > world.clock()
    world.clock.now = start
    world.clock.advance(days=3)
    assert [r.counts.new for r in collect_due(world.context)] == [0]
    assert len(world.held()) == 6


def test_a_page_that_takes_longer_than_a_lease_loses_nothing_while_nobody_else_comes(world):
    source = world.add_source("web_page", "/reviews/1")

    def slow() -> bool:
        world.clock.advance(seconds=world.context.settings.lease_seconds + 60)
        return False

    assert world.collect(source, should_stop=slow).outcome == Outcome.OK
    assert len(world.held()) == 6
    assert sites.REVIEWS[0].text in world.texts()


@pytest.mark.parametrize(("count", "is_later"), [(2, False), (25, True)], ids=["few", "many"])
def test_what_is_new_on_a_page_that_was_known_is_scored_before_anybody_is_told(world, monkeypatch, count, is_later):
    """Few are scored as they are stored, many after it; either way the run ends with all of them scored."""
    written = [sites.Written(f"Person {n}", "5", f"A kind sentence number {n}.", "2026-10-01") for n in range(40)]
    world.platforms.pages["/own"] = sites.json_ld_page(written[:10], total=None)
    source = world.add_source("web_page", "/own")
    world.collect(source)
    world.platforms.pages["/own"] = sites.json_ld_page(written[: 10 + count], total=None)
    asked = []
    later = collecting.score_source
    monkeypatch.setattr(collecting, "score_source", lambda *args: (asked.append(True), later(*args)))
    report = world.collect(source)
    assert (report.counts.new, bool(asked)) == (count, is_later)
    assert [review.public_id for review in world.held() if not review.scorer] == []


def test_a_source_that_is_deleted_with_its_clinic_after_it_was_claimed_stops_no_worker(world):
    source = world.add_source("web_page", "/reviews/1")
    claim = world.claim(source)
    with world.storage.write() as tx:
        tx.session.execute("DELETE FROM widget_clinics")
        tx.session.execute("DELETE FROM sources")
        tx.session.execute("DELETE FROM clinics")
    with pytest.raises(errors.LeaseLost):
        run_claim(world.context, claim, trigger="schedule")
