"""The steps of setting up on Today: in order, each skipped or done, and found again."""

import pytest
from flask import Flask

from reviews.storage import Storage, audit, deliveries, groups, people
from tests.web.support import NOW, PASSWORD_HASH, World, log_in, post
from tests.web.test_staff_work import page

MANAGER = "manager@north.example.org"


@pytest.mark.statement("S56")
def test_each_step_can_be_skipped_and_found_again_until_all_are_done(
    app: Flask, world: World, storage: Storage
) -> None:
    client = log_in(app, MANAGER)

    def move(step: str, to: str) -> int:
        return post(client, "/first-steps", {"step": step, "to": to}, form_on="/").status_code

    first = page(client, "/")
    assert "Setting up" in first
    texts = ("Describe your clinic", "Read the advertising rule", "Add a page or a file", "See the first reviews",
             "Put the reviews on your website", "Test that messages reach you")  # fmt: skip
    places = [first.index(text) for text in texts]
    assert places == sorted(places)
    for step in ("widget", "alert"):
        assert move(step, "skipped") == 303
    for step in ("clinic", "rule", "source", "run"):
        move(step, "skipped")
    put_away = page(client, "/")
    assert "Steps of setting up that you skipped" in put_away
    assert put_away.index("skipped</summary>") < put_away.index("Put the reviews on your website")
    assert move("alert", "open") == 303
    assert "Steps of setting up that you skipped" not in page(client, "/")
    assert move("widget", "done") == 303
    assert move("alert", "done") == 400, "a message that arrived is seen, not said"
    assert move("sky", "skipped") == 400
    with storage.write() as tx:
        g = tx.group(world.group_id)
        entries = audit.find_entries(g, object_kind="setup")
        assert entries[0].object_id == "widget"
        person = people.find_person_by_email(tx, MANAGER)
        assert person is not None
        deliveries.add_delivery(
            g, group_public_id="g", cause="test:1", kind="test", recipient=f"person:{person.public_id}",
            person_id=person.id, channel_id=None, payload={}, due_at=NOW, now=NOW,
        )  # fmt: skip
        delivery = deliveries.claim(tx, now=NOW, lease_until=NOW, no_mail=False)
        assert delivery is not None
        deliveries.mark_sent(tx, delivery, "250 OK", NOW)
    after = page(client, "/")
    assert 'value="alert"' not in after
    assert 'value="widget"' not in after
    viewer = page(log_in(app, "viewer@north.example.org"), "/")
    assert "/first-steps" not in viewer


@pytest.mark.statement("S56")
def test_in_a_group_without_a_clinic_every_empty_page_says_first_to_describe_one(
    app: Flask, world: World, storage: Storage
) -> None:
    with storage.write() as tx:
        g = tx.group(groups.add_group(tx, name="New", now=NOW).id)
        for role in ("manager", "viewer"):
            person = people.add_person(
                tx, email=f"{role}@new.example.org", name=role, password_hash=PASSWORD_HASH, now=NOW
            )
            people.add_membership(g, person_id=person.id, role=role, now=NOW)
    manager, viewer = log_in(app, "manager@new.example.org"), log_in(app, "viewer@new.example.org")
    for path in ("/", "/inbox", "/trends", "/themes", "/sources", "/widgets", "/reports"):
        text = page(manager, path)
        main = text[text.index("<main") :]
        assert "First, describe your clinic." in main, path
        assert 'href="/clinics/new">Describe your clinic</a>' in main, path
        assert "/sources/new/page" not in main, path
        assert "/clinics/new" not in page(viewer, path), path
        assert "A manager or an owner of the group does that." in page(viewer, path), path
    assert "First, describe your clinic." in page(manager, "/sources/new")
    assert "/sources/new/page" in page(log_in(app, MANAGER), "/sources/new"), "where there is a clinic"
