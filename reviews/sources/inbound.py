"""What platforms push to us: proof that a push is theirs, and which listings it is about (pure).

A push is never believed. All that it does is that the listings of its connection are read earlier than planned; what is
true is read at the platform. So a forged push costs one early reading, which is bounded (`MIN_GAP`).

| platform | what it sends | its proof |
|---|---|---|
| Google | Pub/Sub push: names of the location and review, base64 in an envelope | the address, a secret |
|  | pull (`pubsub`): the same messages, fetched | that it was asked for |
| Facebook | changes of ratings and comments | the address, and HMAC-SHA256 with the app's secret over the raw body |
| Podium | reviews and responses (payload not established) | the address; HMAC-SHA256 over time and body, if signed |
| Trustpilot | reviews created, changed, deleted | the address; no signature is documented |

Birdeye's webhooks cover conversations only, Yelp's are for partners. Google's own token (OIDC) would prove no more than
the address does: its keys are not fetched for what only moves a reading forward.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

PUSHING = ("google_business", "facebook", "podium", "trustpilot")
"""Kinds of source whose platforms can push."""
REPLAY_SECONDS = 300
MIN_GAP = timedelta(minutes=10)
"""A listing is not read more often than this because of pushes."""
MAX_BODY = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a push is taken; `named` are the listings that it names, by the last part of their name."""

    is_taken: bool
    reason: str = ""
    named: tuple[str, ...] = ()


def judge(kind: str, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str], now: datetime) -> Verdict:
    """What to do with a push that came to the right address; `headers` have names in small letters. Never raises."""
    if kind not in PUSHING:
        return Verdict(is_taken=False, reason="this platform pushes nothing")
    if len(body) > MAX_BODY:
        return Verdict(is_taken=False, reason="too large")
    refusal = {"facebook": _judge_facebook, "podium": _judge_podium}.get(kind, _take)(headers, body, secrets, now)
    if refusal:
        return Verdict(is_taken=False, reason=refusal)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return Verdict(is_taken=False, reason="no JSON")
    return Verdict(is_taken=True, named=_locations_in(value) if kind == "google_business" else ())


def _take(headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str], now: datetime) -> str:
    return ""


def _judge_facebook(headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str], now: datetime) -> str:
    """The signature is over the bytes as they came; without the app's secret nothing of Facebook is taken."""
    secret = secrets.get("app_secret", "")
    if not secret:
        return "no app secret is stored"
    given = headers.get("x-hub-signature-256", "")
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return "" if hmac.compare_digest(given.encode(), expected.encode()) else "wrong signature"


def _judge_podium(headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str], now: datetime) -> str:
    """Podium signs only where a secret was agreed: then the signature must hold and be fresh."""
    secret = secrets.get("webhook_secret", "")
    if not secret:
        return ""
    moment = headers.get("podium-timestamp", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        return "no time"
    if abs(now.timestamp() - int(moment)) > REPLAY_SECONDS:
        return "too old or too new"
    expected = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    given = headers.get("podium-signature", "").removeprefix("sha256=")
    return "" if hmac.compare_digest(given.encode(), expected.encode()) else "wrong signature"


def _locations_in(value: Any) -> tuple[str, ...]:
    """The location out of a Pub/Sub envelope, whichever way its keys are spelled."""
    return locations_of(value.get("message") if isinstance(value, dict) else None)


def locations_of(message: Any) -> tuple[str, ...]:
    """The locations, by the last part of their names, that a Pub/Sub message names; none where it cannot be read."""
    data = message.get("data") if isinstance(message, dict) else None
    if not isinstance(data, str):
        return ()
    try:
        told = json.loads(base64.b64decode(data, validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return ()
    if not isinstance(told, dict):
        return ()
    names = [told.get(name) for name in ("review_name", "reviewName", "location_name", "locationName", "resource_name")]
    found = []
    for name in names:
        if isinstance(name, str) and "locations/" in name:
            found.append(name.split("locations/", 1)[1].split("/", 1)[0][:100])
    return tuple(dict.fromkeys(found))


def address_key(public_id: str, secret_key: str) -> str:
    """The part of a connection's push address that nobody can guess: 160 bits that follow from our own key."""
    mac = hmac.new(secret_key.encode(), b"clinic-reviews/inbound/1:" + public_id.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:20]).decode("ascii").rstrip("=")


def is_address_of(public_id: str, given: str, secret_keys: tuple[str, ...]) -> bool:
    """Whether the key in an address is the connection's, under any of our keys (while they are being changed)."""
    known = [address_key(public_id, key) for key in secret_keys]
    return any(hmac.compare_digest(given.encode("utf-8", "replace"), each.encode()) for each in known)
