"""The page about what is kept: terms, wishes, what goes next; and the worker that does as it says."""

from datetime import timedelta

import pytest
from flask import Flask

from reviews.rules import load
from reviews.storage import Storage, audit, clinics, keeping, people
from reviews.storage.keeping import Keeping
from tests.conftest import NOW, FakeClock
from tests.web.support import World, add_run, get, log_in, make_review, post

PAGE, OWNER = "/settings/privacy", "owner@north.example.org"


def test_the_page_says_what_terms_ask_and_what_goes_next(app: Flask, world: World, storage: Storage) -> None:
    with storage.session(writable=True) as session:
        session.execute(
            "UPDATE reviews SET origin = 'google_business' WHERE public_id = :id", {"id": world.mine["review"]}
        )
    days = load().retentions()["google_business"]
    client = log_in(app, OWNER)
    page = get(client, PAGE).get_data(as_text=True)
    for said in ("Google Business Profile", f"{days} days after the last reading", "Own website",
                 "without a limit by its terms", "for good, and whole"):  # fmt: skip
        assert said in page, said
    assert f'datetime="{(NOW + timedelta(days=days)).isoformat()}"' in page
    assert page.count("<td>–</td>") == 1, "what is kept for ever has no next time"
    for path in ("/settings/erasure", "/settings/audit", "/inbox", "/sources", "/clinics"):
        assert f'href="{path}"' in page
    with storage.write() as tx:
        keeping.save_keeping(tx.group(world.group_id), Keeping(review_months=12))
    page = get(client, PAGE).get_data(as_text=True)
    assert page.count("365 days after the last reading") == 1
    assert f"{days} days after the last reading" in page, "the shorter time counts"


def test_a_shorter_time_says_what_goes_at_once_and_asks_before_it_is_saved(
    app: Flask, world: World, storage: Storage, clock: FakeClock
) -> None:
    clock.advance(days=400)
    client = log_in(app, OWNER)
    asked = post(client, PAGE, {"review_months": "12", "note_months": ""}, form_on=PAGE)
    assert asked.status_code == 400
    assert "Within an hour what 5 reviews say goes for good." in asked.get_data(as_text=True)
    with storage.read() as tx:
        assert keeping.find_keeping(tx.group(world.group_id)) == Keeping()
    saved = post(client, PAGE, {"review_months": "12", "note_months": "", "sure": "yes"}, form_on=PAGE)
    assert (saved.status_code, saved.headers["Location"]) == (303, f"{PAGE}?done=saved")
    with storage.read() as tx:
        g = tx.group(world.group_id)
        assert keeping.find_keeping(g) == Keeping(review_months=12)
        (entry,) = [each for each in audit.find_entries(g, limit=9) if each.action == "group.keeping"]
    assert (entry.before["review_months"], entry.after["review_months"]) == ("for_ever", 12)
    trail = get(client, "/settings/audit").get_data(as_text=True)
    assert "Changed for how long copies are kept" in trail
    assert "for ever" in trail


def test_what_goes_within_the_hour_is_asked_for_too(app: Flask, world: World, clock: FakeClock) -> None:
    clock.advance(days=365, minutes=-30)
    client = log_in(app, OWNER)
    asked = post(client, PAGE, {"review_months": "12", "note_months": ""}, form_on=PAGE)
    assert asked.status_code == 400
    assert "Within an hour what 5 reviews say goes for good." in asked.get_data(as_text=True)


def test_a_longer_time_needs_no_confirmation_and_another_number_is_refused(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    assert post(client, PAGE, {"review_months": "120", "note_months": "6"}, form_on=PAGE).status_code == 303
    refused = post(client, PAGE, {"review_months": "7", "note_months": ""}, form_on=PAGE)
    assert refused.status_code == 400
    assert "Choose one of these times." in refused.get_data(as_text=True)


@pytest.mark.statement("S8")
def test_the_page_speaks_french(app: Flask, world: World, storage: Storage) -> None:
    with storage.write() as tx:
        people.set_language(tx, world.person_ids[OWNER], "fr")
    assert "Vos propres copies" in get(log_in(app, OWNER), PAGE).get_data(as_text=True)


def test_what_is_read_again_stays_though_the_time_is_over(storage: Storage, world: World) -> None:
    later = NOW + timedelta(days=400)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        keeping.save_keeping(g, Keeping(review_months=12))
        from reviews.storage import sources

        add_run(g, sources.get_source_by_public_id(g, world.mine["page"]), [make_review("b", stars=200)], now=later)
        assert keeping.purge(g, later) == 4
        assert sum(each.count for each in keeping.find_held(g)) == 1
        assert clinics.get_stale_since(g, clinics.find_clinics(g)[0].id) is not None
