"""A push reads its connection's sources early, and nothing else; whoever guesses finds nothing."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from reviews.sources.inbound import address_key
from reviews.storage import Storage, connections, sources
from reviews.storage.connections import Connection
from tests.web.support import BASE, KEYS, NOW, World, add_run, get, log_in
from tests.web.test_staff_connect import BOX

LATER = NOW + timedelta(hours=6)


def connect(world: World, kind: str, group_id: int | None = None, **secrets: str) -> tuple[Connection, str]:
    """A connection with one source that is due in six hours; its push address."""
    group_id = group_id or world.group_id
    ids = world.mine if group_id == world.group_id else world.other
    with world.storage.write() as tx:
        from reviews.storage import clinics

        g = tx.group(group_id)
        clinic = clinics.get_clinic_by_public_id(g, ids["clinic"])
        account = connections.add_connection(g, kind=kind, label=kind, secrets=secrets, box=BOX, now=NOW)
        for number in (1, 2):
            sources.add_source(
                g, clinic_id=clinic.id, kind=kind, label=f"{kind} {number}", url="", origin=kind, now=NOW,
                config={"location": f"locations/{number}"}, next_due_at=LATER, connection_id=account.id,
            )  # fmt: skip
    return account, f"/push/{account.public_id}/{address_key(account.public_id, KEYS[0])}"


def due(storage: Storage, account: Connection) -> list[Any]:
    with storage.read() as tx:
        found = connections.find_sources_of(tx.group(account.group_id), account.id)
    return [source.next_due_at for source in found]


def push(app: Flask, path: str, body: bytes = b"{}", **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().post(path, data=body, base_url=BASE, headers=named)


def test_a_push_makes_the_sources_of_its_connection_due_and_no_others(app: Flask, world: World) -> None:
    account, path = connect(world, "trustpilot", api_key="k")
    other, _ = connect(world, "trustpilot", world.other_group_id, api_key="k")
    assert push(app, path).status_code == 204
    assert due(world.storage, account) == [NOW, NOW]
    assert due(world.storage, other) == [LATER, LATER]


@pytest.mark.statement("T26")
def test_a_thousand_pushes_are_one_early_reading(app: Flask, world: World) -> None:
    account, path = connect(world, "trustpilot", api_key="k")
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        first = connections.find_sources_of(g, account.id)[0]
        add_run(g, first, [], now=NOW - timedelta(minutes=4))
        sources.update_source(g, first.id, now=NOW, next_due_at=LATER)
    for _ in range(5):
        assert push(app, path).status_code == 204
    assert due(world.storage, account) == [NOW + timedelta(minutes=6), NOW]


def test_a_source_that_waits_or_is_paused_is_left_alone(app: Flask, world: World) -> None:
    account, path = connect(world, "trustpilot", api_key="k")
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        waiting, paused = connections.find_sources_of(g, account.id)
        g.tx.session.execute(f"UPDATE sources SET failures = 2 WHERE id = {waiting.id}")
        sources.update_source(g, paused.id, now=NOW, state="paused")
    assert push(app, path).status_code == 204
    assert due(world.storage, account) == [LATER, LATER]


def test_whoever_guesses_finds_nothing(app: Flask, world: World) -> None:
    account, path = connect(world, "trustpilot", api_key="k")
    yelp, yelp_path = connect(world, "yelp", api_key="k")
    other, _ = connect(world, "podium", world.other_group_id)
    wrong = path[:-4] + "AAAA"
    stolen = f"/push/{other.public_id}/{path.rsplit('/', 1)[1]}"
    for bad in (wrong, stolen, yelp_path, f"/push/{account.public_id}/", "/push/x/y", path + "x"):
        assert push(app, bad).status_code == 404, bad
        assert app.test_client().get(bad, base_url=BASE).status_code == 404
    assert due(world.storage, account) == due(world.storage, yelp) == due(world.storage, other) == [LATER, LATER]
    with world.storage.write() as tx:
        connections.disconnect(tx.group(world.group_id), account.id, origins=(), now=NOW, person_id=None)
    assert push(app, path).status_code == 404


@pytest.mark.statement("T26")
def test_facebook_signs_and_shakes_hands(app: Flask, world: World) -> None:
    account, path = connect(world, "facebook", page_token="p", app_secret="app")
    body = json.dumps({"object": "page", "entry": []}).encode()
    assert push(app, path, body).status_code == 404
    assert due(world.storage, account) == [LATER, LATER]
    signature = "sha256=" + hmac.new(b"app", body, hashlib.sha256).hexdigest()
    assert push(app, path, body, X_Hub_Signature_256=signature).status_code == 204
    assert due(world.storage, account) == [NOW, NOW]
    key = path.rsplit("/", 1)[1]
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": key}
    answer = app.test_client().get(path, query_string=asked, base_url=BASE)
    assert (answer.status_code, answer.get_data(), answer.mimetype) == (200, b"1158201444", "text/plain")
    for change in ({"hub.verify_token": "no"}, {"hub.challenge": "<script>"}):
        assert app.test_client().get(path, query_string={**asked, **change}, base_url=BASE).status_code == 404


def test_google_wakes_the_location_that_it_names(app: Flask, world: World) -> None:
    import base64

    account, path = connect(world, "google_business", client_id="c")
    data = base64.b64encode(b'{"reviewName": "accounts/9/locations/2/reviews/r", "type": "NEW_REVIEW"}').decode()
    assert push(app, path, json.dumps({"message": {"data": data}}).encode()).status_code == 204
    assert due(world.storage, account) == [LATER, NOW]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(app: Flask, world: World) -> None:
    account, path = connect(world, "trustpilot", api_key="k")
    assert push(app, path, b'"' + b"x" * 70_000 + b'"').status_code == 413
    assert due(world.storage, account) == [LATER, LATER]


@pytest.mark.parametrize(("role", "shown"), [("manager", True), ("viewer", False)])
def test_the_address_is_shown_to_those_who_register_it(app: Flask, world: World, role: str, shown: bool) -> None:
    account, path = connect(world, "trustpilot", api_key="k")
    with world.storage.read() as tx:
        source = connections.find_sources_of(tx.group(world.group_id), account.id)[0]
    html = get(log_in(app, f"{role}@north.example.org"), f"/sources/{source.public_id}").get_data(as_text=True)
    assert (path in html) is shown
