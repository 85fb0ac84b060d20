"""Each kind of bad input has its own outcome and words that staff understand, and the last good figures stay."""

import json

import pytest

from reviews.model import Outcome
from reviews.storage import outbox, snapshots
from tests.platforms import sites
from tests.platforms.server import Reply


def figures(world):
    with world.storage.read() as tx:
        found = snapshots.find_snapshot(tx, "w/willow-lane/data.json")
    shown = json.loads(found.body)
    return shown["clinics"][0]["figures"], shown["quotes"]


TWO_CLINICS = sites.frame(
    "".join(
        f'<script type="application/ld+json">{{"@type": "Dentist", "name": "{name}", "aggregateRating": '
        f'{{"@type": "AggregateRating", "ratingValue": "4.1", "reviewCount": "9"}}, "review": [{{"@type": "Review", '
        f'"author": "Ada", "reviewBody": "{text}", "reviewRating": {{"ratingValue": "4"}}}}]}}</script>'
        for name, text in (("Elm Street Dental", "Gentle."), ("Oak Street Dental", "Quick and gentle."))
    ),
    "Our two clinics",
)
UNKNOWN_SCALE = sites.json_ld_page(
    [sites.Written("Ada L.", "17", "Seventeen of what?"), sites.Written("Bo K.", "A++", "Plus plus.")]
)

FAULTS = [
    ("500", Outcome.UNAVAILABLE),
    ("503", Outcome.UNAVAILABLE),
    ("timeout", Outcome.UNAVAILABLE),
    ("half_body", Outcome.UNAVAILABLE),
    ("429", Outcome.RATE_LIMITED),
    ("401", Outcome.UNAUTHORIZED),
    ("403", Outcome.BLOCKED),
    ("404", Outcome.GONE),
    ("wrong_type", Outcome.CHANGED),
    ("login", Outcome.CHANGED),
    ("html", Outcome.CHANGED),
    ("empty", Outcome.CHANGED),
]


@pytest.mark.statement("R4", "S52", "D5")
@pytest.mark.parametrize(("fault", "outcome"), FAULTS, ids=[fault for fault, _ in FAULTS])
def test_a_page_that_fails_has_its_outcome_and_changes_nothing(world, fault, outcome):
    source = world.add_source("web_page", "/reviews/1")
    world.collect(source)
    before, held = figures(world), world.held()
    world.platforms.faults["/reviews/1"] = fault
    report = world.collect(source)
    assert report.outcome == outcome
    assert not report.is_good
    assert len(report.hint) > 20
    assert figures(world) == before
    assert world.held() == held
    assert world.source(source).last_success_at < world.clock()


PAGES = [
    ("captcha", sites.CAPTCHA, Outcome.BLOCKED),
    ("needs a script", sites.NEEDS_SCRIPT, Outcome.CHANGED),
    ("two clinics", TWO_CLINICS, Outcome.REQUEST),
    ("unknown scale", UNKNOWN_SCALE, Outcome.CHANGED),
    ("other shape", sites.json_ld_page([]), Outcome.CHANGED),
]


@pytest.mark.parametrize(("name", "page", "outcome"), PAGES, ids=[name for name, _, _ in PAGES])
def test_a_page_that_cannot_be_trusted_stores_nothing(world, name, page, outcome):
    source = world.add_source("web_page", "/reviews/1")
    world.collect(source)
    before, held = figures(world), world.held()
    world.platforms.pages["/reviews/1"] = page
    report = world.collect(source)
    assert (report.outcome, figures(world), world.held()) == (outcome, before, held)
    assert report.hint


def test_the_names_of_two_clinics_on_one_page_are_told(world):
    world.platforms.pages["/both"] = TWO_CLINICS
    source = world.add_source("web_page", "/both")
    report = world.collect(source)
    told = " ".join(report.hint_values.values())
    assert "Elm Street Dental" in told
    assert "Oak Street Dental" in told
    chosen = world.add_source("web_page", "/both", label="Chosen", config={"business": "Oak Street Dental"})
    assert world.collect(chosen).counts.new == 1
    assert world.texts() == {"Quick and gentle."}


def test_an_empty_page_at_first_is_a_question_and_no_success(world):
    world.platforms.pages["/nothing"] = sites.EMPTY
    source = world.add_source("web_page", "/nothing")
    report = world.collect(source)
    assert report.outcome == Outcome.EMPTY
    assert not report.is_good
    assert world.source(source).last_success_at is None


def test_asked_to_slow_down_waits_as_long_as_it_was_asked(world):
    source = world.add_source("web_page", "/reviews/1")
    world.platforms.faults["/reviews/1"] = "429"
    report = world.collect(source)
    wait = (report.next_due_at - world.clock()).total_seconds()
    assert 120 <= wait < 3600


def test_a_page_in_an_old_encoding_is_read_right(world):
    page = sites.json_ld_page([sites.Written("Zoë Brûlé", "5", "Très gentils, à l’heure, déjà guéri.")], language="fr")
    body = page.replace('<meta charset="utf-8">', "").encode("cp1252")
    world.platforms.pages["/old"] = Reply(200, body, "text/html; charset=windows-1252")
    source = world.add_source("web_page", "/old")
    assert world.collect(source).counts.new == 1
    [review] = world.held()
    assert (review.author, review.text) == ("Zoë Brûlé", "Très gentils, à l’heure, déjà guéri.")


@pytest.mark.statement("R23")
def test_one_record_that_cannot_be_read_costs_no_other(world):
    broken = [*sites.REVIEWS[:5], sites.Written("Gus", "eleventy", "A scale of its own.")]
    world.platforms.pages["/mixed"] = sites.json_ld_page(broken)
    source = world.add_source("web_page", "/mixed")
    report = world.collect(source)
    assert (report.outcome, report.counts.new, report.counts.rejected) == (Outcome.PARTIAL, 5, 1)
    [reject] = world.last_run(source).rejects
    assert "eleventy" in str(reject)


@pytest.mark.statement("S52")
def test_failure_and_recovery_are_each_told_once(world):
    source = world.add_source("web_page", "/reviews/1")
    world.collect(source)

    def told(kind):
        with world.storage.read() as tx:
            return sum(event.kind == kind for event in outbox.find_unsent(tx, world.clock(), 100))

    world.platforms.faults["/reviews/1"] = "500"
    world.collect(source)
    world.collect(source)
    assert told("source.failed") == 0
    world.collect(source)
    world.collect(source)
    assert told("source.failed") == 1
    del world.platforms.faults["/reviews/1"]
    world.collect(source)
    world.collect(source)
    assert (told("source.failed"), told("source.recovered")) == (1, 1)


def test_a_page_gone_once_is_asked_again_and_gone_twice_is_off(world):
    source = world.add_source("web_page", "/reviews/1")
    world.platforms.faults["/reviews/1"] = "404"
    world.collect(source)
    assert world.source(source).state == "active"
    report = world.collect(source)
    assert (world.source(source).state, report.next_due_at) == ("gone", None)


@pytest.mark.parametrize("fault", ["401", "403"])
def test_a_refusal_pauses_the_source_until_a_person_acts(world, fault):
    source = world.add_source("web_page", "/reviews/1")
    world.platforms.faults["/reviews/1"] = fault
    report = world.collect(source)
    assert (world.source(source).state, report.next_due_at) == ("needs_person", None)


@pytest.mark.statement("R8", "F16")
@pytest.mark.parametrize("lost", ["stars", "text", "date", "author", "half of the reviews"])
def test_a_page_that_lost_a_part_is_noticed_before_anything_is_stored(world, lost):
    many = [sites.Written(f"Person {n}", "5", f"Sentence number {n}.", f"2026-10-{n:02d}") for n in range(1, 13)]
    world.platforms.pages["/many"] = sites.json_ld_page(many)
    source = world.add_source("web_page", "/many")
    world.collect(source)
    held = world.held()
    page = sites.json_ld_page(many[:5] if lost == "half of the reviews" else many)
    names = {"stars": "ratingValue", "text": "reviewBody", "date": "datePublished", "author": '"author"'}
    if lost in names:
        head, key, rest = page.partition('"review": [')
        page = head + key + rest.replace(names[lost], names[lost].replace("a", "x", 1).replace("e", "y", 1))
    world.platforms.pages["/many"] = page
    report = world.collect(source)
    assert report.outcome == Outcome.CHANGED
    assert world.held() == held
