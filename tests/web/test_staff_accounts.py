"""A second listing with an account that is connected already: no key is typed again, no other account is seen."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviews.sources.base import Place
from reviews.storage import audit, clinics, connections, sources
from tests.web.support import BASE, NOW, FakeServices, World, a_preview, connect_yelp, get, log_in, post
from tests.web.test_staff_connect import BOX, MANAGER, hidden_of

TOKENS = {"client_id": "c", "client_secret": "s", "refresh_token": "r", "access_token": "a"}


@pytest.fixture
def second(world: World) -> str:
    """The public id of a second clinic of the group."""
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        return clinics.add_clinic(g, slug="second", name="Second Clinic", now=NOW, website="").public_id


def google_account(world: World, group_id: int | None = None) -> connections.Connection:
    with world.storage.write() as tx:
        return connections.add_connection(
            tx.group(group_id or world.group_id), kind="google_business", label="Our Google", secrets=TOKENS, box=BOX,
            now=NOW,
        )  # fmt: skip


def chosen(client: FlaskClient, kind: str, **form: str) -> Any:
    return post(client, f"/sources/new/{kind}/account", form, form_on=f"/sources/new/{kind}")


def test_another_clinic_is_read_with_the_account_that_is_there(
    app: Flask, world: World, fakes: FakeServices, second: str
) -> None:
    account = google_account(world)
    fakes.found = a_preview()
    fakes.places = (
        Place(config={"account": "accounts/1", "location": "locations/1"}, label="North · Toronto"),
        Place(config={"account": "accounts/1", "location": "locations/2"}, label="Second · Toronto"),
    )
    client = log_in(app, MANAGER)
    html = get(client, "/sources/new/google_business").get_data(as_text=True)
    assert "With an account that is connected already" in html
    listed = chosen(client, "google_business", connection=account.public_id, clinic=second)
    assert fakes.asked == [("places of", "google_business", account.id)]
    html = listed.get_data(as_text=True)
    assert html.count("Test this listing") == 2
    assert not any(value in html for value in TOKENS.values() if len(value) > 1)
    wanted = hidden_of(html[html.index("Second · Toronto") :])
    assert (wanted["connection"], wanted["set_location"]) == (account.public_id, "locations/2")
    preview = client.post("/sources/new/google_business", data=wanted, base_url=BASE)
    assert preview.status_code == 200
    form = {**hidden_of(preview.get_data(as_text=True)), "label": "Google"}
    saved = client.post("/sources/new/google_business/save", data=form, base_url=BASE)
    assert saved.status_code == 303
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        assert len(connections.find_connections(g)) == 1, "the account is shared"
        (source,) = connections.find_sources_of(g, account.id)
        assert source.config["location"] == "locations/2"
        assert clinics.get_clinic(g, source.clinic_id).public_id == second
        (entry,) = audit.find_entries(g, limit=1)
        assert entry.after["connection"] == account.public_id


def test_a_platform_without_a_list_asks_for_the_listing_only(
    app: Flask, world: World, fakes: FakeServices, second: str
) -> None:
    with world.storage.write() as tx:
        source = connect_yelp(tx.group(world.group_id), world.mine["clinic"])
    with world.storage.read() as tx:
        assert source.connection_id is not None
        account = connections.get_connection(tx.group(world.group_id), source.connection_id)
    client = log_in(app, MANAGER)
    html = chosen(client, "yelp", connection=account.public_id, clinic=second).get_data(as_text=True)
    assert "Read with the account Yelp." in html
    assert 'name="set_business"' in html
    assert 'name="set_api_key"' not in html
    fakes.found = a_preview()
    form = {**hidden_of(html), "clinic": second, "set_business": "second-place"}
    preview = client.post("/sources/new/yelp", data=form, base_url=BASE)
    saved = client.post("/sources/new/yelp/save", data=hidden_of(preview.get_data(as_text=True)), base_url=BASE)
    assert saved.status_code == 303
    with world.storage.read() as tx:
        assert len(connections.find_sources_of(tx.group(world.group_id), account.id)) == 2


def test_accounts_of_others_and_disconnected_ones_do_not_exist(app: Flask, world: World, second: str) -> None:
    mine, foreign = google_account(world), google_account(world, world.other_group_id)
    client = log_in(app, MANAGER)
    for public_id in (foreign.public_id, "no-such-account"):
        assert chosen(client, "google_business", connection=public_id, clinic=second).status_code == 404
        form = {"connection": public_id, "clinic": second, "set_account": "a", "set_location": "l"}
        answer = post(client, "/sources/new/google_business", form, form_on="/sources/new/google_business")
        assert answer.status_code == 404
    assert chosen(client, "yelp", connection=mine.public_id, clinic=second).status_code == 404, "of another platform"
    with world.storage.write() as tx:
        connections.disconnect(tx.group(world.group_id), mine.id, origins=(), now=NOW, person_id=None)
    assert chosen(client, "google_business", connection=mine.public_id, clinic=second).status_code == 404
    html = get(client, "/sources/new/google_business").get_data(as_text=True)
    assert not re.search("connected already", html)


def test_an_account_that_was_disconnected_before_saving_is_not_used(
    app: Flask, world: World, fakes: FakeServices, second: str
) -> None:
    account = google_account(world)
    fakes.found = a_preview()
    form = {"connection": account.public_id, "clinic": second, "set_account": "a", "set_location": "l"}
    client = log_in(app, MANAGER)
    preview = post(client, "/sources/new/google_business", form, form_on="/sources/new/google_business")
    with world.storage.write() as tx:
        connections.disconnect(tx.group(world.group_id), account.id, origins=(), now=NOW, person_id=None)
    saved = client.post(
        "/sources/new/google_business/save", data=hidden_of(preview.get_data(as_text=True)), base_url=BASE
    )
    assert saved.status_code == 404
    with world.storage.read() as tx:
        assert not [s for s in sources.find_sources(tx.group(world.group_id)) if s.kind == "google_business"]
