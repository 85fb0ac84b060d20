"""Whether a push is its platform's, and which listings it names."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from reviews.sources.inbound import MAX_BODY, Verdict, address_key, is_address_of, judge
from tests.conftest import NOW

SECRETS = {"app_secret": "app-secret", "webhook_secret": "hook-secret"}
REMOVED = {"entry": [{"changes": [{"field": "ratings", "value": {"item": "rating", "verb": "remove"}}]}]}


def sign(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def facebook(body: bytes, signature: str, secrets: dict[str, str] = SECRETS) -> Verdict:
    return judge("facebook", {"x-hub-signature-256": signature}, body, secrets, NOW)


@pytest.mark.statement("T26")
@pytest.mark.parametrize("story", [{}, {"open_graph_story_id": 12345}, {"open_graph_story_id": "12_345"}])
def test_facebook_is_believed_by_its_signature_over_the_bytes_as_they_came(story: dict[str, Any]):
    body = json.dumps({**REMOVED, **story}, indent=3).encode()
    assert facebook(body, "sha256=" + sign("app-secret", body)).is_taken


@pytest.mark.statement("T26")
@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=x", "é"])
def test_facebook_with_a_wrong_signature_is_refused(signature: str):
    body = json.dumps(REMOVED).encode()
    assert facebook(body, signature).reason == "wrong signature"
    assert facebook(body + b" ", "sha256=" + sign("app-secret", body)).reason == "wrong signature"
    assert facebook(body, "sha256=" + sign("", body), {}).reason == "no app secret is stored"


def podium(body: bytes, *, age: timedelta = timedelta(), secret: str = "hook-secret", moment: str = "") -> Verdict:
    moment = moment or str(int((NOW - age).timestamp()))
    signature = sign(secret, moment.encode() + b"." + body)
    return judge("podium", {"podium-timestamp": moment, "podium-signature": signature}, body, SECRETS, NOW)


@pytest.mark.statement("T26")
def test_podium_is_believed_when_its_signature_is_right_and_fresh():
    assert podium(b'{"a": 1}').is_taken
    assert podium(b"{}", age=timedelta(minutes=4)).is_taken
    assert podium(b"{}", age=timedelta(minutes=6)).reason == "too old or too new"
    assert podium(b"{}", age=-timedelta(minutes=6)).reason == "too old or too new"
    assert podium(b"{}", secret="other").reason == "wrong signature"
    assert podium(b"{}", moment="soon").reason == "no time"
    assert judge("podium", {}, b"{}", {}, NOW).is_taken, "unsigned where no secret was agreed: the address is the proof"


@pytest.mark.parametrize("key", ["review_name", "reviewName", "location_name", "locationName"])
def test_google_names_the_location_in_either_spelling(key: str):
    data = base64.b64encode(json.dumps({key: "accounts/1/locations/77/reviews/x"}).encode()).decode()
    body = json.dumps({"message": {"data": data, "messageId": "1"}, "subscription": "s"}).encode()
    assert judge("google_business", {}, body, {}, NOW) == Verdict(is_taken=True, named=("77",))


@pytest.mark.parametrize("data", ["%%%", "bm8=", "W10=", 7, None, base64.b64encode(b'{"reviewName": 5}').decode()])
def test_a_message_that_is_not_understood_names_nothing_and_is_still_a_push(data: object):
    body = json.dumps({"message": {"data": data}}).encode()
    assert judge("google_business", {}, body, {}, NOW) == Verdict(is_taken=True)


def test_events_of_tomorrow_are_pushes_like_others():
    body = b'{"events": [{"eventName": "service-review-archived", "eventData": {}}]}'
    assert judge("trustpilot", {}, body, {}, NOW).is_taken


@pytest.mark.parametrize(("kind", "body"), [
    ("yelp", b"{}"), ("birdeye", b"{}"), ("web_page", b"{}"), ("trustpilot", b"<html>"), ("trustpilot", b""),
    ("trustpilot", b"[" * 50_000), ("trustpilot", b'"' + b"x" * MAX_BODY + b'"'),
])  # fmt: skip
def test_what_pushes_nothing_is_no_data_or_too_large_is_refused(kind: str, body: bytes):
    assert not judge(kind, {}, body, {}, NOW).is_taken


@pytest.mark.statement("T26")
def test_an_address_is_one_connections_and_outlives_a_change_of_keys():
    key = address_key("c1", "old key")
    assert len(key) == 27
    assert is_address_of("c1", key, ("new key", "old key"))
    assert not is_address_of("c1", key, ("new key",))
    assert not is_address_of("c2", key, ("old key",))
    assert not is_address_of("c1", "ключ", ("old key",))
