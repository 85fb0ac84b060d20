"""A page that says what it said, where something has happened on our side since it was stored."""

import pytest

from reviews.collect import closing, import_file
from reviews.model import Outcome
from reviews.storage import clinics, keeping, sources, totals
from tests.platforms import sites


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def site(world):
    """A page that was read once."""
    world.shows(*sites.REVIEWS[:5], visit="first")
    source = world.add_source("web_page", "/own")
    assert world.collect(source).counts.new == 5
    return source


@pytest.fixture
def example(world):
    """A listing of one page that was read once."""
    world.listing.page_size = 400
    source = world.add_source("example_api", "")
    assert world.collect(source).outcome is Outcome.OK
    return source


def answer_otherwise(world):
    """The same is said in other bytes, so that the platform does not answer "not modified"."""
    head = world.listing.head()
    world.listing.head = lambda: {**head, "visit": "another"}


def said_totals(world, source):
    with world.storage.read() as tx:
        return totals.find_totals(tx.group(world.group_id), source.id)


def test_a_total_that_a_page_states_no_longer_is_not_confirmed_by_it(world, site):
    read_until = world.clock()
    for visit in "233":  # the last time in the same bytes
        world.shows(*sites.REVIEWS[:5], visit=visit, total=None)
        assert world.collect(site).outcome is (Outcome.OK if visit == "2" else Outcome.UNCHANGED)
    (total,) = said_totals(world, site)
    assert total.read_until == read_until
    for _ in range(2):
        world.shows(*sites.REVIEWS[:5], visit="4")
        world.collect(site)
        (total,) = said_totals(world, site)
        assert total.read_until == world.clock()


def test_what_a_killed_run_has_stored_is_put_right_by_what_the_run_before_has_read(world, example, monkeypatch):
    def kill(place):
        if place == "collect.before_close":
            raise Killed

    before, texts = dict(world.listing.records), world.texts()
    world.listing.edit("ex-0001", world.clock(), text="Never again.")
    with monkeypatch.context() as patched:
        patched.setattr(closing, "hit", kill)
        with pytest.raises(Killed):
            world.collect(example)
    assert "Never again." in world.texts()
    world.listing.records = before
    answer_otherwise(world)
    world.collect(example)
    assert world.texts() == texts


def test_a_total_is_read_again_where_the_clinic_speaks_another_language(world, example):
    world.listing.review_count = "1.426 K"
    world.collect(example)
    with world.storage.write() as tx:
        clinics.update_clinic(tx.group(world.group_id), world.clinic.id, now=world.clock(), language="fr")
    answer_otherwise(world)
    world.collect(example)
    assert [each.total.review_count for each in said_totals(world, example)] == [148, 1426, 1426000]


def test_what_a_group_no_longer_wished_to_keep_is_filled_again_when_it_wishes_so_once_more(world, site):
    world.clock.advance(days=100)
    for months in (3, None):
        with world.storage.write() as tx:
            g = tx.group(world.group_id)
            keeping.save_keeping(g, keeping.Keeping(review_months=months))
            keeping.purge(g, world.clock())
    assert world.texts() == {""}
    world.shows(*sites.REVIEWS[:5], visit="2")
    world.collect(site)
    assert world.texts() == {review.text for review in sites.REVIEWS[:5]}


def test_what_stands_at_its_source_all_the_time_does_not_go_when_a_group_wishes_that_old_copies_go(world, site):
    for visit in range(10):
        world.clock.advance(days=10)
        world.shows(*sites.REVIEWS[:5], visit=visit)
        world.collect(site)
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        keeping.save_keeping(g, keeping.Keeping(review_months=3))
        assert keeping.purge(g, world.clock()) == 0


@pytest.mark.statement("T44")
def test_what_a_person_called_right_holds_for_one_reading_that_says_what_was_said_too(world, site):
    world.shows(sites.REVIEWS[0], visit="2")
    assert world.collect(site).outcome is Outcome.CHANGED
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        held = sources.get_source(g, site.id).expectations
        sources.update_source(g, site.id, now=world.clock(), expectations={**held, "accepted": True})
    world.shows(*sites.REVIEWS[:5], visit="3")
    world.collect(site)
    world.shows(sites.REVIEWS[0], visit="4")
    assert world.collect(site).outcome is Outcome.CHANGED


def test_what_a_killed_import_has_changed_is_put_right_by_the_address_that_says_what_it_said(world, monkeypatch):
    def kill(place):
        if place == "collect.before_close":
            raise Killed

    folder = world.context.settings.import_dir
    folder.mkdir(parents=True)
    head = "id;name;stars;date;comment\n"
    (folder / "cards.csv").write_text(head + "7;Ada L.;5;2026-10-01;Kind and on time.\n")
    config = {"scale": "5", "file": "cards.csv"}
    source = world.add_source("csv_file", "", label="Comment cards", origin="first_party", config=config)
    world.collect(source)
    late = (head + "7;Ada L.;5;2026-10-01;Kind, and late.\n").encode()
    with monkeypatch.context() as patched:
        patched.setattr(closing, "hit", kill)
        with pytest.raises(Killed):
            import_file(world.context, group_id=world.group_id, source_id=source.id, body=late, file_name="old.csv")
    assert world.texts() == {"Kind, and late."}
    world.collect(source)
    assert world.texts() == {"Kind and on time."}
