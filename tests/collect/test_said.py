"""A page that says what it said: it is not stored again, except where something hangs on its being read whole."""

from datetime import timedelta

import pytest

from reviews import collect
from reviews.collect import import_file
from reviews.model import Outcome
from reviews.storage import clinics, keeping, people, replies, totals
from tests.platforms import sites
from tests.platforms.listing import START

TEXT = "Thank you for writing to us."


@pytest.fixture
def author(world):
    with world.storage.write() as tx:
        person = people.add_person(tx, email="ann@example.org", name="Ann", password_hash="x", now=world.clock())
        people.add_membership(tx.group(world.group_id), person_id=person.id, role="manager", now=world.clock())
    return person.id


@pytest.fixture
def site(world):
    """A page that was read once; its bytes are others each time."""
    world.shows(*sites.REVIEWS[:3], visit="1")
    source = world.add_source("web_page", "/own")
    assert world.collect(source).counts.new == 3
    return source


def last_read(world):
    return {review.last_run_id for review in world.held()}


@pytest.fixture
def again(world, site):
    """The page after a second reading that has stored nothing."""
    world.shows(*sites.REVIEWS[:3], visit="2")
    before = last_read(world)
    report = world.collect(site)
    assert (report.outcome, report.counts.seen, report.counts.pages) == (Outcome.UNCHANGED, 0, 0)
    assert last_read(world) == before
    return site


def test_a_page_of_other_bytes_that_says_what_it_said_is_not_stored_again_and_its_total_stays_true(world, again):
    with world.storage.read() as tx:
        (total,) = totals.find_totals(tx.group(world.group_id), again.id)
    assert total.read_until == world.clock()
    assert total.read_from == world.clock() - timedelta(days=1)
    assert world.source(again).last_success_at == world.clock()


def test_what_a_page_says_anew_after_it_was_silent_is_stored(world, again):
    world.shows(*sites.REVIEWS[:4], visit="3")
    report = world.collect(again)
    assert (report.outcome, report.counts.new, report.counts.unchanged) == (Outcome.OK, 1, 3)
    world.shows(*sites.REVIEWS[:4], visit="4", total=("4.7", "223"))
    report = world.collect(again)
    assert (report.outcome, report.counts.new, report.counts.unchanged) == (Outcome.OK, 0, 4)


def test_a_page_is_read_again_by_a_new_release(world, again, monkeypatch):
    monkeypatch.setattr(collect.pages, "__version__", "of tomorrow")
    world.shows(*sites.REVIEWS[:3], visit="3")
    report = world.collect(again)
    assert (report.outcome, report.counts.unchanged) == (Outcome.OK, 3)


def test_a_page_is_read_again_where_the_clinic_lives_by_another_clock(world, again):
    with world.storage.write() as tx:
        clinics.update_clinic(
            tx.group(world.group_id), world.clinic.id, now=world.clock(), time_zone="America/Vancouver"
        )
    world.shows(*sites.REVIEWS[:3], visit="3")
    assert world.collect(again).outcome is Outcome.OK


def test_a_page_of_which_a_record_cannot_be_read_is_asked_about_each_time(world):
    broken = sites.Written("Edda O.", "many", "They counted in words.")
    source = world.add_source("web_page", "/own")
    for visit in "123":
        world.shows(*sites.REVIEWS[:3], broken, visit=visit)
        assert world.collect(source).outcome is Outcome.PARTIAL


def test_what_a_group_keeps_for_a_time_is_read_whole_also_when_it_wishes_so_no_longer(world, site):
    for months, outcome in ((3, Outcome.OK), (None, Outcome.OK), (None, Outcome.UNCHANGED)):
        with world.storage.write() as tx:
            keeping.save_keeping(tx.group(world.group_id), keeping.Keeping(review_months=months))
        world.shows(*sites.REVIEWS[:3], visit=f"{months} {outcome}")
        assert world.collect(site).outcome is outcome


@pytest.mark.statement("S17")
def test_a_reply_that_stood_online_before_it_was_said_to_be_posted_is_found(world, author):
    world.listing.page_size = 400
    world.listing.edit("ex-0001", START + timedelta(days=9), reply=TEXT)
    source = world.add_source("example_api", "")
    for outcome in (Outcome.OK, Outcome.UNCHANGED):
        assert world.collect(source).outcome is outcome
    answered = next(review for review in world.held() if review.identity_key == "ex-0001")
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        reply = replies.add_own(g, review_id=answered.id, text=TEXT, person_id=author, now=world.clock())
        replies.move(g, reply, "posted", posted_by=author, posted_at=world.clock(), posted_way="hand", unseen_runs=0)
    assert world.collect(source).outcome is Outcome.OK
    with world.storage.read() as tx:
        assert replies.get_own(tx.group(world.group_id), reply.public_id).state == "confirmed"
    assert world.collect(source).outcome is Outcome.UNCHANGED


@pytest.mark.statement("F16", "S18")
def test_a_full_scan_reads_a_list_whole_that_says_what_it_said(world):
    world.listing.page_size = 400
    source = world.add_source("example_api", "")
    assert world.collect(source).outcome is Outcome.OK
    for number in range(2):
        world.clock.advance(days=10)
        world.listing.etag = f"etag {number}"
        report = world.collect(source)
        assert (report.outcome, report.counts.new) == (Outcome.OK, 0)
        assert report.counts.unchanged == len(world.held())


def test_what_a_file_handed_in_has_changed_is_put_right_by_the_address_that_says_what_it_said(world):
    folder = world.context.settings.import_dir
    folder.mkdir(parents=True)
    head = "id;name;stars;date;comment\n"
    (folder / "cards.csv").write_text(head + "7;Ada L.;5;2026-10-01;Kind and on time.\n")
    source = world.add_source(
        "csv_file", "", label="Comment cards", origin="first_party", config={"scale": "5", "file": "cards.csv"}
    )
    assert world.collect(source).counts.new == 1
    assert world.collect(source).outcome is Outcome.UNCHANGED
    import_file(
        world.context,
        group_id=world.group_id,
        source_id=source.id,
        body=(head + "7;Ada L.;5;2026-10-01;Kind, and late.\n").encode(),
        file_name="old.csv",
    )
    assert world.texts() == {"Kind, and late."}
    assert world.collect(source).counts.changed == 1
    assert world.texts() == {"Kind and on time."}
    assert world.collect(source).outcome is Outcome.UNCHANGED
