"""Connecting a platform: its form, the test fetch, secrets that nobody sees again, permission, and the end of it."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviews import checkup
from reviews.collect.pulling import NOT_THERE
from reviews.config import Settings
from reviews.errors import SourceUnauthorized
from reviews.secrets_box import SecretsBox
from reviews.sources.base import Place
from reviews.sources.registry import CONNECTORS
from reviews.storage import audit, clinics, connections, people, pushes, review_lists, sources
from reviews.storage.review_lists import ReviewFilters
from reviews.web.dashboard.platform_form import platform_kinds
from tests.conftest import FakeClock
from tests.web.support import (
    BASE,
    KEYS,
    NOW,
    OLD_KEY,
    PASSWORD_HASH,
    FakeServices,
    World,
    a_preview,
    add_run,
    connect_yelp,
    field_of,
    get,
    log_in,
    make_review,
    post,
    tokens,
)

MANAGER = "manager@north.example.org"
SECRET = "key-that-nobody-sees-again"
YELP = {"set_api_key": SECRET, "set_business": "north-street"}
BOX = SecretsBox(Settings(secret_keys=KEYS).fernet_keys())
DENIED = SourceUnauthorized("no", "Yelp does not accept this key. Please check it and connect again.")


def hidden_of(html: str) -> dict[str, str]:
    """The hidden fields of the form that saves or tests."""
    form = re.search(r'<form[^>]*action="/sources/[^"]*"[^>]*>(.*?)</form>', html, re.S)
    assert form
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[1])}


def preview(client: FlaskClient, world: World, **changes: str) -> TestResponse:
    return post(client, "/sources/new/yelp", {"clinic": world.mine["clinic"], **YELP, **changes})


def yelp_sources(world: World) -> list[sources.Source]:
    with world.storage.read() as tx:
        return [source for source in sources.find_sources(tx.group(world.group_id)) if source.kind == "yelp"]


@pytest.mark.parametrize("kind", platform_kinds(demo=False))
def test_the_form_asks_for_what_the_connector_declares_and_says_the_terms(app: Flask, world: World, kind: str) -> None:
    html = get(log_in(app, MANAGER), f"/sources/new/{kind}").get_data(as_text=True)
    connector = CONNECTORS[kind]
    is_permission = hasattr(connector, "oauth")
    for field in connector.fields:
        tag = re.search(rf'<(?:input|select) [^>]*name="set_{field.name}"[^>]*>', html)
        assert bool(tag) is (field.kind == "secret" or not is_permission), field.name
        if field.kind == "secret":
            assert tag
            assert 'type="password" value=""' in tag[0]
    assert "What its terms allow" in html
    assert "Kept" in html
    assert "Mixed with other platforms in one figure" in html
    assert "Compiled " in html
    assert ("never a source of your website" in html) is connector.traits.live_only
    assert ("register this address" in html) is is_permission


@pytest.mark.parametrize("kind", ["web_page", "csv_file", "nothing", "example_api"])
def test_only_platforms_have_such_a_form(app: Flask, world: World, kind: str) -> None:
    assert get(log_in(app, MANAGER), f"/sources/new/{kind}").status_code == 404


@pytest.mark.statement("S53")
def test_a_key_is_tested_then_saved_encrypted_and_never_shown(app: Flask, world: World, fakes: FakeServices) -> None:
    fakes.found = a_preview()
    client = log_in(app, MANAGER)
    page = preview(client, world, label="Our Yelp")
    html = page.get_data(as_text=True)
    assert page.status_code == 200
    assert fakes.asked == [
        (
            "preview", "https://www.yelp.com/biz/north-street", "North Street Physiotherapy",
            {"business": "north-street"}, {"api_key": SECRET},
        )
    ]  # fmt: skip
    assert "Previewed words." in html
    assert "222 ratings" in html
    assert SECRET not in html
    assert yelp_sources(world) == []
    with world.storage.read() as tx:
        assert connections.find_connections(tx.group(world.group_id)) == []

    form = {**hidden_of(html), "label": "Our Yelp"}
    saved = client.post("/sources/new/yelp/save", data=form, base_url=BASE)
    again = client.post("/sources/new/yelp/save", data=form, base_url=BASE)
    assert (saved.status_code, again.headers["Location"]) == (303, saved.headers["Location"])
    [source] = yelp_sources(world)
    assert (source.label, source.origin, source.config) == ("Our Yelp", "yelp", {"business": "north-street"})
    assert source.next_due_at == NOW
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        [connection] = connections.find_connections(g)
        assert source.connection_id == connection.id
        assert connections.get_secrets(g, connection.id, BOX) == {"api_key": SECRET}
        assert SECRET not in str(g.rows("find_accounts"))
        entries = audit.find_entries(g, limit=10)
        assert {"connection.added", "source.added"} <= {entry.action for entry in entries}
        assert SECRET not in str(entries)
    page_after = get(client, saved.headers["Location"]).get_data(as_text=True)
    assert "Connected; the key is stored encrypted." in page_after
    assert SECRET not in page_after


def test_a_refused_key_is_said_in_words_and_nothing_is_kept(app: Flask, world: World, fakes: FakeServices) -> None:
    fakes.found = DENIED
    answer = preview(log_in(app, MANAGER), world)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert DENIED.hint in html
    assert 'value="north-street"' in html
    assert SECRET not in html
    assert yelp_sources(world) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"set_api_key": ""}, 'id="set_api_key-fault"'),
        ({"set_business": ""}, 'id="set_business-fault"'),
        ({"clinic": ""}, 'id="clinic-fault"'),
        ({"label": "x" * 101}, 'id="label-fault"'),
        ({"set_api_key": "x" * 1001}, 'id="set_api_key-fault"'),
    ],
)
def test_what_is_missing_or_too_long_is_said_at_its_field(
    app: Flask, world: World, fakes: FakeServices, changes: dict[str, str], said: str
) -> None:
    answer = preview(log_in(app, MANAGER), world, **changes)
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)
    assert fakes.asked == []


def test_places_need_the_box_ticked(app: Flask, world: World, fakes: FakeServices) -> None:
    fakes.found = a_preview()
    client = log_in(app, MANAGER)
    form = {"clinic": world.mine["clinic"], "set_api_key": SECRET, "set_place_id": "p1"}
    assert post(client, "/sources/new/google_places", form).status_code == 400
    page = post(client, "/sources/new/google_places", {**form, "set_terms_read": "yes"})
    assert page.status_code == 200
    assert fakes.asked[-1][3]["terms_read"] is True
    assert "never a source of your website" in page.get_data(as_text=True)
    saved = client.post(
        "/sources/new/google_places/save",
        data={**hidden_of(page.get_data(as_text=True)), "label": "Maps"},
        base_url=BASE,
    )
    assert saved.status_code == 303


def test_a_foreign_clinic_does_not_exist(app: Flask, world: World, fakes: FakeServices) -> None:
    assert preview(log_in(app, MANAGER), world, clinic=world.other["clinic"]).status_code == 404


def test_the_same_listing_is_not_added_twice(app: Flask, world: World, fakes: FakeServices) -> None:
    fakes.found = a_preview()
    with world.storage.write() as tx:
        connect_yelp(tx.group(world.group_id), world.mine["clinic"])
    answer = preview(log_in(app, MANAGER), world, set_business="old-place")
    assert answer.status_code == 400
    assert "has this listing already" in answer.get_data(as_text=True)


def test_what_was_sealed_is_good_for_one_person_purpose_and_half_hour(
    app: Flask, world: World, fakes: FakeServices, clock: FakeClock
) -> None:
    fakes.found = a_preview()
    client = log_in(app, MANAGER)
    html = preview(client, world).get_data(as_text=True)
    form = {**hidden_of(html), "label": "Yelp"}
    other = log_in(app, "owner@north.example.org")
    as_other = {**form, **tokens(other, "/sources/new/page")}
    assert other.post("/sources/new/yelp/save", data=as_other, base_url=BASE).status_code == 400
    elsewhere = {**form, "set_location": "1"}
    elsewhere.pop("set_business")
    assert client.post("/sources/new/podium/save", data=elsewhere, base_url=BASE).status_code == 400
    broken = {**form, "sealed": form["sealed"][:-2] + "AA"}
    assert client.post("/sources/new/yelp/save", data=broken, base_url=BASE).status_code == 400
    clock.advance(minutes=20)
    get(client, "/sources")
    clock.advance(minutes=11)
    late = client.post("/sources/new/yelp/save", data=form, base_url=BASE)
    assert late.status_code == 400
    assert "type the key once more" in late.get_data(as_text=True)
    assert yelp_sources(world) == []


def test_tests_are_limited(app: Flask, world: World, fakes: FakeServices) -> None:
    fakes.found = DENIED
    client = log_in(app, MANAGER)
    codes = [preview(client, world).status_code for _ in range(21)]
    assert codes == [400] * 20 + [429]


def test_a_live_source_is_looked_at_and_nothing_of_it_is_kept(app: Flask, world: World, fakes: FakeServices) -> None:
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        clinic = clinics.get_clinic_by_public_id(g, world.mine["clinic"])
        account = connections.add_connection(
            g, kind="google_places", label="Maps", secrets={"api_key": SECRET}, box=BOX, now=NOW
        )
        source = sources.add_source(
            g, clinic_id=clinic.id, kind="google_places", label="Maps", url="", origin="google_places",
            config={"place_id": "p1", "terms_read": True}, now=NOW, connection_id=account.id,
        )  # fmt: skip
        yelp = connect_yelp(g, world.mine["clinic"])
    fakes.found = a_preview()
    client = log_in(app, "viewer@north.example.org")
    path = f"/sources/{source.public_id}"
    assert "Look now" in get(client, path).get_data(as_text=True)
    assert "Look now" not in get(client, f"/sources/{yelp.public_id}").get_data(as_text=True)
    html = post(client, f"{path}/look", form_on=path).get_data(as_text=True)
    assert "Previewed words." in html
    fakes.found = DENIED
    refused = post(client, f"{path}/look", form_on=path)
    assert (refused.status_code, DENIED.hint in refused.get_data(as_text=True)) == (502, True)
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        assert review_lists.find_reviews(g, ReviewFilters(source_id=source.id), 5).total_capped == 0


# ---------------------------------------------------------------- again, and the end
def waiting_source(world: World) -> sources.Source:
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        source = connect_yelp(g, world.mine["clinic"])
        add_run(g, source, [replace(make_review("y"), origin="yelp")])
        assert source.connection_id is not None
        connections.set_state(g, source.connection_id, "needs_person", now=NOW)
        sources.update_source(g, source.id, now=NOW, state="needs_person")
        return sources.get_source(g, source.id)


@pytest.mark.statement("S52")
def test_changes_that_cannot_be_fetched_are_shown_in_plain_words_until_they_can(app: Flask, world: World) -> None:
    source = waiting_source(world)
    client = log_in(app, MANAGER)
    paths = ("/sources", f"/sources/{source.public_id}")
    with world.storage.write() as tx:
        account = connections.get_connection(tx.group(world.group_id), source.connection_id or 0)
        failing = pushes.note_failure(tx, account, NOT_THERE, NOW, alert_after=1)
    said = "What is new is not noticed at once, reviews are read as planned. Google knows no such subscription."
    for path in paths:
        assert said in get(client, path).get_data(as_text=True)
    [finding] = [each.what for each in checkup._sources(world.storage) if "Pub/Sub" in each.what]
    assert finding == "notes of changes cannot be fetched for 1 accounts (Pub/Sub)"
    with world.storage.write() as tx:
        pushes.note_success(tx, failing, NOW)
    assert not any(said in get(client, path).get_data(as_text=True) for path in paths)
    assert not any("Pub/Sub" in each.what for each in checkup._sources(world.storage))


@pytest.mark.statement("S53")
def test_a_source_that_needs_a_person_is_connected_again(app: Flask, world: World, fakes: FakeServices) -> None:
    source = waiting_source(world)
    client = log_in(app, MANAGER)
    path = f"/sources/{source.public_id}/connect"
    assert "Connect again" in get(client, f"/sources/{source.public_id}").get_data(as_text=True)
    html = get(client, path).get_data(as_text=True)
    assert 'type="password" value=""' in html
    assert OLD_KEY not in html
    assert "set_business" not in html

    fakes.found = DENIED
    refused = post(client, path, {"set_api_key": SECRET}, form_on=path)
    assert refused.status_code == 400
    assert DENIED.hint in refused.get_data(as_text=True)
    with world.storage.read() as tx:
        assert connections.get_secrets(tx.group(world.group_id), source.connection_id or 0, BOX) == {"api_key": OLD_KEY}

    fakes.found = a_preview()
    assert post(client, path, {"set_api_key": SECRET}, form_on=path).status_code == 303
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        assert connections.get_secrets(g, source.connection_id or 0, BOX) == {"api_key": SECRET}
        now = sources.get_source(g, source.id)
        assert (now.state, now.next_due_at) == ("active", NOW)


def test_disconnecting_asks_first_then_forgets_key_and_limited_content(app: Flask, world: World) -> None:
    source = waiting_source(world)
    client = log_in(app, MANAGER)
    path = f"/sources/{source.public_id}/disconnect"
    html = get(client, path).get_data(as_text=True)
    assert "are deleted at once" in html
    assert post(client, path, {}, form_on=path).status_code == 400
    assert post(client, path, {"sure": "yes"}, form_on=path).status_code == 303
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        connection = connections.get_connection(g, source.connection_id or 0)
        assert connection.state == "disconnected"
        assert connections.get_secrets(g, connection.id, BOX) == {}
        [kept] = review_lists.find_reviews(g, ReviewFilters(source_id=source.id), 5).rows
        assert (kept.text, kept.content_purged_at is not None) == ("", True)
        assert clinics.find_stale_clinics(tx, 10)
        [entry] = [each for each in audit.find_entries(g, limit=10) if each.action == "connection.disconnected"]
        assert entry.person_id == world.person_ids[MANAGER]
    after = get(client, f"/sources/{source.public_id}").get_data(as_text=True)
    assert "Disconnected: no key is stored." in after


@pytest.mark.statement("S45")
def test_an_account_that_serves_other_clinics_is_not_ended_by_who_does_not_see_them(app: Flask, world: World) -> None:
    source = waiting_source(world)
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        lane = clinics.add_clinic(g, slug="lane", name="Lane Clinic", now=NOW)
        other = sources.add_source(
            g, clinic_id=lane.id, kind="yelp", label="Yelp", url="", origin="yelp", config={"business": "lane"},
            now=NOW, connection_id=source.connection_id,
        )  # fmt: skip
        some = people.add_person(tx, email="some@north.example.org", name="Some", password_hash=PASSWORD_HASH, now=NOW)
        people.add_membership(g, person_id=some.id, role="manager", now=NOW, clinic_ids=[lane.id])
    client = log_in(app, "some@north.example.org")
    path = f"/sources/{other.public_id}"
    for page in ("disconnect", "connect"):
        assert get(client, f"{path}/{page}").status_code == 403
        assert post(client, f"{path}/{page}", {"sure": "yes"}, form_on="/sources").status_code == 403
    assert get(log_in(app, MANAGER), f"{path}/disconnect").status_code == 200
    with world.storage.read() as tx:
        kept = connections.get_connection(tx.group(world.group_id), source.connection_id or 0)
    assert kept.state == "needs_person"


# ---------------------------------------------------------------- permission
TOKENS = {"client_id": "client-1", "client_secret": SECRET, "access_token": "token-a", "refresh_token": "token-r"}
CLIENT = {"set_client_id": "client-1", "set_client_secret": SECRET}


def begin(client: FlaskClient, path: str, form: dict[str, str]) -> dict[str, str]:
    """Up to the platform's door; what the link carries."""
    page = post(client, path, {**CLIENT, **form})
    html = page.get_data(as_text=True)
    assert page.status_code == 200, html
    assert SECRET not in html
    assert SECRET not in page.headers["Set-Cookie"]
    assert "HttpOnly" in page.headers["Set-Cookie"]
    assert "SameSite=Lax" in page.headers["Set-Cookie"]
    link = re.search(r'href="(https://accounts\.google\.com/[^"]*)"', html)
    assert link
    return {name: values[0] for name, values in parse_qs(urlsplit(unescape(link[1])).query).items()}


def test_permission_is_asked_listings_are_offered_and_one_is_saved(
    app: Flask, world: World, fakes: FakeServices
) -> None:
    fakes.found, fakes.permission = a_preview(), TOKENS
    fakes.places = (
        Place(config={"account": "accounts/1", "location": "locations/2", "url": ""}, label="North Street, Guelph"),
    )
    client = log_in(app, MANAGER)
    sent = begin(client, "/sources/new/google_business", {"clinic": world.mine["clinic"], "label": "Google"})
    assert sent["redirect_uri"] == f"{BASE}/sources/permission"
    assert sent["code_challenge_method"] == "S256"
    answer = get(client, f"/sources/permission?code=c1&state={sent['state']}")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "North Street, Guelph" in html
    assert not any(value in html for value in TOKENS.values() if value != "client-1")
    [permission] = [asked[1] for asked in fakes.asked if asked[0] == "permission"]
    assert (permission.code, permission.redirect_uri) == ("c1", sent["redirect_uri"])
    assert permission.secrets == {"client_id": "client-1", "client_secret": SECRET}

    tested = client.post("/sources/new/google_business", data=hidden_of(html), base_url=BASE)
    page = tested.get_data(as_text=True)
    assert tested.status_code == 200, page
    assert fakes.asked[-1][3:] == ({"account": "accounts/1", "location": "locations/2"}, TOKENS)
    saved = client.post("/sources/new/google_business/save", data={**hidden_of(page), "label": "Google"}, base_url=BASE)
    assert saved.status_code == 303
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        [connection] = connections.find_connections(g, "google_business")
        assert connections.get_secrets(g, connection.id, BOX) == TOKENS


@pytest.mark.parametrize("query", ["code=c1&state=other", "code=c1", "error=access_denied&state={state}", ""])
def test_an_answer_that_is_not_ours_gives_nothing(app: Flask, world: World, fakes: FakeServices, query: str) -> None:
    client = log_in(app, MANAGER)
    sent = begin(client, "/sources/new/google_business", {"clinic": world.mine["clinic"]})
    answer = get(client, "/sources/permission?" + query.format(state=sent["state"]))
    assert answer.status_code == 400
    assert fakes.asked == []
    again = get(client, f"/sources/permission?code=c1&state={sent['state']}")
    assert (again.status_code, fakes.asked) == (303, [])


def test_without_a_listing_to_choose_it_is_typed(app: Flask, world: World, fakes: FakeServices) -> None:
    fakes.found, fakes.permission = a_preview(), TOKENS
    client = log_in(app, MANAGER)
    sent = begin(client, "/sources/new/google_business", {"clinic": world.mine["clinic"]})
    html = get(client, f"/sources/permission?code=c1&state={sent['state']}").get_data(as_text=True)
    assert 'name="set_location"' in html
    assert "set_client_secret" not in html
    assert field_of(html, "sealed")


def test_permission_given_anew_replaces_the_old_and_is_given_back_at_the_end(
    app: Flask, world: World, fakes: FakeServices
) -> None:
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        clinic = clinics.get_clinic_by_public_id(g, world.mine["clinic"])
        account = connections.add_connection(
            g, kind="google_business", label="G", secrets={"client_id": "x"}, box=BOX, now=NOW
        )
        source = sources.add_source(
            g, clinic_id=clinic.id, kind="google_business", label="G", url="", origin="google_business",
            config={"account": "1", "location": "2"}, now=NOW, connection_id=account.id,
        )  # fmt: skip
    fakes.found, fakes.permission = a_preview(), TOKENS
    client = log_in(app, MANAGER)
    path = f"/sources/{source.public_id}/connect"
    sent = begin(client, path, {})
    html = get(client, f"/sources/permission?code=c1&state={sent['state']}").get_data(as_text=True)
    assert client.post(path, data=hidden_of(html), base_url=BASE).status_code == 303
    with world.storage.read() as tx:
        assert connections.get_secrets(tx.group(world.group_id), account.id, BOX) == TOKENS
    end = f"/sources/{source.public_id}/disconnect"
    assert post(client, end, {"sure": "yes"}, form_on=end).status_code == 303
    assert fakes.asked[-1] == ("give back", "google_business", TOKENS)
