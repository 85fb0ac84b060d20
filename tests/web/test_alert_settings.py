"""The pages on which people say what they want to be told, with a real receiver behind the test buttons."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest
from flask import Flask

from reviews import i18n, rules, sentiment
from reviews.alerts.desk import Desk
from reviews.config import Settings
from reviews.storage import alerts, deliveries
from tests.alerts.conftest import make_fetcher
from tests.alerts.receivers import Receiver, http_receiver
from tests.conftest import FakeClock
from tests.web.support import FakeServices, World, get, log_in, post

OWNER = "owner@north.example.org"
VIEWER = "viewer@north.example.org"
RULE: dict[str, Any] = {
    "urgent": "at_once", "news": "never", "trouble": "no", "digest": "yes", "quiet_from": "21:00",
    "quiet_until": "07:30", "urgent_passes": "yes", "stars": ["1", "2"],
    "reasons": ["sentence", "disagree"],
}  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with http_receiver() as running:
        yield running


def rules_of(world: World, **keys: Any) -> list[alerts.AlertRule]:
    with world.storage.read() as tx:
        return alerts.find_rules(tx.group(world.group_id), **keys)


@pytest.mark.statement("S37")
def test_a_person_says_what_they_want_to_be_told(app: Flask, world: World) -> None:
    client, me = log_in(app, VIEWER), world.person_ids[VIEWER]
    assert "As everybody:" in get(client, "/settings/alerts").get_data(as_text=True)
    form = {**RULE, "clinics": [world.mine["clinic"]], "sources": [world.mine["page"]]}
    assert post(client, "/settings/alerts/new", form, form_on="/settings/alerts/new").status_code == 303
    (rule,) = rules_of(world, person_id=me)
    wishes = rule.wishes
    assert (wishes.clinics, wishes.sources) == ({world.mine["clinic"]}, {world.mine["page"]})
    assert (wishes.stars, wishes.urgent, wishes.news, wishes.trouble) == ({1, 2}, "at_once", "never", False)
    assert wishes.reasons == {"sentence", "disagree"}
    assert (wishes.quiet_from, wishes.quiet_until, wishes.urgent_passes) == (time(21), time(7, 30), True)
    shown = get(client, "/settings/alerts").get_data(as_text=True)
    assert "North Street Physiotherapy" in shown
    assert "quiet 21:00–07:30" in shown
    assert "also urgent: stars and text disagree, praise with a complaint in it" in shown
    path = f"/settings/alerts/rules/{rule.public_id}"
    half = post(client, path, {**RULE, "quiet_until": ""}, form_on=path)
    assert half.status_code == 400
    assert post(client, path, {**RULE, "reasons": ["weather"]}, form_on=path).status_code == 404
    foreign = post(client, path, {**RULE, "clinics": [world.other["clinic"]]}, form_on=path)
    assert foreign.status_code == 404
    assert post(client, path + "/delete", form_on=path).status_code == 303
    assert rules_of(world, person_id=me) == []


@pytest.mark.statement("S37", "S45")
def test_rules_of_others_are_for_who_manages(app: Flask, world: World) -> None:
    with world.storage.read() as tx:
        members = alerts.find_mail_members(tx.group(world.group_id), world.person_ids[VIEWER])
    theirs = f"/settings/alerts/new?person={members[0].public_id}"
    assert get(log_in(app, "editor@north.example.org"), theirs).status_code == 403
    client = log_in(app, OWNER)
    form = {**RULE, "person": members[0].public_id}
    assert post(client, "/settings/alerts/new", form, form_on=theirs).status_code == 303
    (rule,) = rules_of(world, person_id=world.person_ids[VIEWER])
    assert get(log_in(app, "editor@north.example.org"), f"/settings/alerts/rules/{rule.public_id}").status_code == 404
    assert get(log_in(app, VIEWER), f"/settings/alerts/rules/{rule.public_id}").status_code == 200


@pytest.mark.statement("S37", "S38")
def test_a_webhook_from_its_first_key_to_its_end(
    app: Flask, world: World, settings: Settings, fakes: FakeServices, clock: FakeClock, receiver: Receiver
) -> None:
    near = Settings(
        data_dir=settings.data_dir, database=settings.database, base_url=settings.base_url,
        secret_keys=settings.secret_keys, allow_private_nets=("127.0.0.0/8",), allow_ports=(receiver.port,),
    )  # fmt: skip
    fakes.desk = Desk(
        storage=world.storage, settings=near, fetcher=make_fetcher(near, receiver.port), scorer=sentiment.load(),
        book=rules.load(), catalogue=i18n.load(), clock=clock, send_seconds=5,
    )  # fmt: skip
    client = log_in(app, OWNER)
    new, url = "/settings/channels/new", f"{receiver.url}/hook"
    bad = post(client, new, {"kind": "webhook", "label": "Ours", "url": "nonsense", "language": "en"}, form_on=new)
    assert bad.status_code == 400
    made = post(client, new, {"kind": "webhook", "label": "Ours", "url": url, "language": "en"}, form_on=new)
    key = re.findall(r"whsec_[A-Za-z0-9+/=]+", made.get_data(as_text=True))[0]
    with world.storage.read() as tx:
        (channel,) = alerts.find_channels(tx.group(world.group_id))
    path = f"/settings/channels/{channel.public_id}"
    again = get(client, path).get_data(as_text=True)
    assert "whsec_" not in again
    assert url not in again

    assert post(client, path + "/test", form_on=path).status_code == 303
    sent = receiver.posted[-1]
    signed = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.".encode() + sent.body
    secret = base64.b64decode(key.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert f"v1,{expected}" in sent.headers["webhook-signature"].split()
    assert "taken" in get(client, path).get_data(as_text=True)

    second = post(client, path + "/key", form_on=path).get_data(as_text=True)
    assert re.findall(r"whsec_[A-Za-z0-9+/=]+", second)[0] != key
    post(client, path + "/test", form_on=path)
    assert len(receiver.posted[-1].headers["webhook-signature"].split()) == 2
    post(client, path + "/drop-key", form_on=path)
    post(client, path + "/test", form_on=path)
    assert len(receiver.posted[-1].headers["webhook-signature"].split()) == 1

    post(client, path + "/state", {"state": "paused"}, form_on=path)
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        assert alerts.get_channel(g, channel.id).state == "paused"
        assert [line.delivery.state for line in deliveries.find_log(g, channel_id=channel.id)] == ["sent"] * 3
    assert "Ours" in get(client, "/settings/alerts/log").get_data(as_text=True)
    assert post(client, path + "/delete", form_on=path).status_code == 303
    assert get(client, path).status_code == 404
