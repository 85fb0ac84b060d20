"""When what websites show is made anew although nothing is new: for another day, and for what terms bound."""

from datetime import UTC, datetime, timedelta

import pytest

from reviews.collect import run_claim
from reviews.model import Outcome
from reviews.storage import clinics, summaries, totals
from tests.platforms import sites

PAGE = sites.json_ld_page([sites.Written("Ada L.", "5", "Kind and on time.", "2026-10-01")])
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def is_marked_by_reading(world, source, at):
    """Whether a reading at this time, which shows nothing by itself, has left a mark."""
    world.clock.now = at
    report = run_claim(world.context, world.claim(source), trigger="schedule", shows=False)
    assert report.outcome in (Outcome.OK, Outcome.UNCHANGED)
    with world.storage.read() as tx:
        return clinics.get_stale_since(tx.group(world.group_id), world.clinic.id) is not None


def read_at(world, source, at):
    world.clock.now = at
    run_claim(world.context, world.claim(source), trigger="schedule")


@pytest.fixture
def page(world):
    world.platforms.pages["/own"] = PAGE
    return world.add_source("web_page", "/own")


@pytest.mark.statement("W21")
def test_what_is_read_again_on_the_same_day_and_says_the_same_is_not_shown_again(world, page):
    read_at(world, page, MORNING)
    assert not is_marked_by_reading(world, page, MORNING + timedelta(hours=12))


@pytest.mark.statement("W21")
@pytest.mark.parametrize(
    ("zone", "before", "after", "is_shown"),
    [
        ("UTC", datetime(2026, 11, 24, 20, 0), datetime(2026, 11, 25, 2, 0), True),
        ("America/Vancouver", datetime(2026, 11, 24, 20, 0), datetime(2026, 11, 25, 2, 0), False),
        ("America/Vancouver", datetime(2026, 11, 25, 2, 0), datetime(2026, 11, 25, 9, 0), True),
    ],
)
def test_the_first_reading_of_a_day_at_the_clinic_is_shown(world, page, zone, before, after, is_shown):
    with world.storage.write() as tx:
        clinics.update_clinic(tx.group(world.group_id), world.clinic.id, now=world.clock(), time_zone=zone)
    read_at(world, page, before.replace(tzinfo=UTC))
    assert is_marked_by_reading(world, page, after.replace(tzinfo=UTC)) is is_shown


@pytest.mark.statement("W21")
def test_a_run_that_ended_after_midnight_has_not_shown_the_new_day(world, page):
    read_at(world, page, datetime(2026, 11, 25, 0, 10, tzinfo=UTC))
    assert is_marked_by_reading(world, page, datetime(2026, 11, 25, 7, 0, tzinfo=UTC))


@pytest.mark.statement("W21")
@pytest.mark.parametrize("where", ["the source", "a review"])
def test_what_terms_bound_is_shown_at_every_reading(world, where):
    rows = "author;rating;date;text;origin\nAda L.;5;2026-10-01;Kind and on time.;"
    rows += "google\n" if where == "a review" else "\n"
    world.platforms.pages["/list.csv"] = (rows.encode(), "text/csv")
    origin = "google" if where == "the source" else "own_site"
    source = world.add_source("csv_file", "/list.csv", label="List", config={"scale": "5"}, origin=origin)
    read_at(world, source, MORNING)
    assert is_marked_by_reading(world, source, MORNING + timedelta(minutes=90))


def test_the_stored_figures_stay_and_their_reading_is_found_beside_them(world, page):
    """Staff's summary names the hour: it takes it from what was read, since the figures were not made again."""
    read_at(world, page, MORNING)
    with world.storage.read() as tx:
        made = summaries.find_summary(tx.group(world.group_id), world.clinic.id)
    read_at(world, page, MORNING + timedelta(hours=6))
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        assert summaries.find_summary(g, world.clinic.id) == made
        assert totals.latest_totals(g, world.clinic.id)[page.id].read_at == MORNING + timedelta(hours=6)
