"""The first person: one link, once, for an hour."""

from dataclasses import replace

import pytest
from flask import Flask

from reviews.config import Settings
from reviews.storage import Storage, audit, clinics, groups, people, widgets
from reviews.web.setup import free_slug, issue_link
from tests.conftest import FakeClock
from tests.web.support import BASE, NOW, PASSWORD, World, field_of, get, make_world

FORM = {
    "person": "Olive Owner",
    "email": "Olive@north.example.org",
    "password": PASSWORD,
    "person_language": "en",
    "group": "North Clinics",
    "clinic_name": "North Street Physiotherapy",
    "clinic_street": "12 North Street",
    "clinic_locality": "Guelph",
    "clinic_region": "Ontario",
    "clinic_postal_code": "",
    "clinic_country": "CA",
    "clinic_telephone": "+1 519 555 0142",
    "clinic_website": "https://north.example.org",
    "clinic_time_zone": "America/Toronto",
    "clinic_language": "en",
    "clinic_jurisdiction": "CA-ON",
    "professions": ["physiotherapist", "chiropractor"],
}


def path_of(storage: Storage, settings: Settings, clock: FakeClock) -> str:
    link = issue_link(storage, settings, clock())
    assert link is not None
    assert link.startswith(f"{BASE}/setup/")
    return link.removeprefix(BASE)


def send(app: Flask, path: str, form: dict[str, object]) -> object:
    client = app.test_client()
    page = get(client, path).get_data(as_text=True)
    hidden = {name: field_of(page, name) for name in ("csrf_token", "form_key")}
    return client, client.post(path, data={**hidden, **form}, base_url=BASE)


@pytest.mark.statement("S55", "A28")
def test_the_link_makes_the_first_owner_once(
    app: Flask, storage: Storage, settings: Settings, clock: FakeClock
) -> None:
    path = path_of(storage, settings, clock)
    client, answer = send(app, path, FORM)  # type: ignore[misc]
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/rule?first=1")
    rule = get(client, answer.headers["Location"]).get_data(as_text=True)
    assert "College of Physiotherapists of Ontario" in rule
    assert "Compiled" in rule
    assert get(app.test_client(), path).status_code == 404
    assert issue_link(storage, settings, clock()) is None
    with storage.read() as tx:
        person = people.find_person_by_email(tx, "olive@north.example.org")
        assert person is not None
        [membership] = people.find_memberships(tx, person.id)
        assert membership.role == "owner"
        g = tx.group(membership.group_id)
        [clinic] = clinics.find_clinics(g)
        assert clinic.professions == ("chiropractor", "physiotherapist")
        assert [widget.slug for widget in widgets.find_widgets_of_clinic(g, clinic.id)] == [clinic.slug]
        assert audit.verify_chain(g) is None
        assert {entry.action for entry in audit.find_entries(g)} == {"person.added", "clinic.added"}


@pytest.mark.statement("S55")
def test_the_link_lives_for_an_hour(app: Flask, storage: Storage, settings: Settings, clock: FakeClock) -> None:
    path = path_of(storage, settings, clock)
    clock.advance(minutes=59)
    assert get(app.test_client(), path).status_code == 200
    clock.advance(minutes=2)
    assert get(app.test_client(), path).status_code == 404


def test_a_made_up_link_opens_nothing(app: Flask, storage: Storage, settings: Settings, clock: FakeClock) -> None:
    path_of(storage, settings, clock)
    assert get(app.test_client(), "/setup/made-up").status_code == 404


@pytest.mark.statement("S55", "A28")
def test_two_links_make_one_owner(app: Flask, storage: Storage, settings: Settings, clock: FakeClock) -> None:
    one, two = path_of(storage, settings, clock), path_of(storage, settings, clock)
    client = app.test_client()
    page = get(client, two).get_data(as_text=True)
    assert send(app, one, FORM)[1].status_code == 303  # type: ignore[index]
    hidden = {name: field_of(page, name) for name in ("csrf_token", "form_key")}
    late = client.post(two, data={**hidden, **FORM, "email": "second@north.example.org"}, base_url=BASE)
    assert late.status_code == 404
    with storage.read() as tx:
        assert len(people.find_people(tx)) == 1


def test_where_an_owner_is_there_is_no_link(storage: Storage, settings: Settings, world: World) -> None:
    assert issue_link(storage, settings, NOW) is None


@pytest.mark.statement("T18")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("person", ""), ("email", "nobody"), ("password", "password1234"), ("password", "short"), ("group", ""),
        ("clinic_name", ""), ("clinic_jurisdiction", ""), ("clinic_jurisdiction", "XX"), ("clinic_time_zone", "Mars"),
        ("clinic_country", "Canada"), ("clinic_website", "javascript:alert(1)"), ("clinic_name", "x" * 300),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    app: Flask, storage: Storage, settings: Settings, clock: FakeClock, field: str, value: str
) -> None:
    path = path_of(storage, settings, clock)
    _, answer = send(app, path, {**FORM, field: value})  # type: ignore[misc]
    assert answer.status_code == 400
    text = answer.get_data(as_text=True)
    assert f'id="{field}-fault"' in text
    assert PASSWORD not in text
    assert 'value="12 North Street"' in text
    assert get(app.test_client(), path).status_code == 200
    with storage.read() as tx:
        assert people.find_people(tx) == []


def test_the_demos_first_owner_joins_the_demo_group(
    app: Flask, storage: Storage, settings: Settings, clock: FakeClock
) -> None:
    with storage.write() as tx:
        demo = groups.add_group(tx, name="Demo", now=NOW, is_demo=True)
    path = path_of(storage, settings, clock)
    page = get(app.test_client(), path).get_data(as_text=True)
    assert "clinic_name" not in page
    form = {name: FORM[name] for name in ("person", "email", "password", "person_language")}
    client, answer = send(app, path, form)  # type: ignore[misc]
    assert answer.headers["Location"] == "/?done=welcome"
    assert "Demo data" in get(client, "/").get_data(as_text=True)
    with storage.read() as tx:
        assert [group.id for group in groups.find_groups(tx)] == [demo.id]


def test_confirmation_may_be_skipped_and_then_every_page_says_why_there_are_no_quotes(
    app: Flask, storage: Storage, settings: Settings, clock: FakeClock
) -> None:
    client, answer = send(app, path_of(storage, settings, clock), {**FORM, "professions": ["physiotherapist"]})  # type: ignore[misc]
    rule = answer.headers["Location"].partition("?")[0]
    for path in ("/", "/inbox", "/sources", "/clinics"):
        text = get(client, path).get_data(as_text=True)
        assert "nobody has confirmed the advertising rule yet" in text
        assert rule in text
    page = get(client, rule).get_data(as_text=True)
    hidden = {name: field_of(page, name) for name in ("csrf_token", "form_key", "version")}
    refused = client.post(rule, data={**hidden, "name": "Olive Owner"}, base_url=BASE)
    assert refused.status_code == 400
    confirmed = client.post(rule, data={**hidden, "name": "Olive Owner", "read": "yes"}, base_url=BASE)
    assert confirmed.headers["Location"] == "/?done=confirmed"
    assert "nobody has confirmed" not in get(client, "/inbox").get_data(as_text=True)
    assert "Olive Owner" in get(client, rule).get_data(as_text=True)
    with storage.read() as tx:
        [group] = groups.find_groups(tx)
        [confirmation] = clinics.find_confirmations(tx.group(group.id))
        assert (confirmation.person_name, confirmation.confirmed_at) == ("Olive Owner", clock())


def test_only_the_rule_that_was_read_is_confirmed(app: Flask, storage: Storage, clock: FakeClock) -> None:
    from tests.web.support import log_in, post

    world = make_world(storage, confirmed=False)
    client = log_in(app, "owner@north.example.org")
    path = f"/clinics/{world.mine['clinic']}/rule"
    answer = post(client, path, {"name": "Me", "read": "yes", "version": "an older one"})
    assert answer.headers["Location"] == path
    with storage.read() as tx:
        assert clinics.find_confirmations(tx.group(world.group_id)) == []


def test_a_slug_is_made_of_the_name_and_never_taken_twice(storage: Storage, world: World) -> None:
    with storage.read() as tx:
        g = tx.group(world.group_id)
        assert free_slug(tx, g, "Clinique Été & Fils") == "clinique-ete-fils"
        assert free_slug(tx, g, "South Street") == "south-street-2"
        assert free_slug(tx, g, "診療所") == "clinic"


def test_secret_links_are_made_of_the_public_address(storage: Storage, settings: Settings) -> None:
    public = replace(settings, base_url="https://reviews.example.org")
    assert (issue_link(storage, public, NOW) or "").startswith("https://reviews.example.org/setup/")
