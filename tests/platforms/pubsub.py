"""A fake of Google Pub/Sub: one subscription, pulled by a service account, with everything that can go wrong there.

It plays: ``{}`` where nothing waits; a message that comes again until it is acknowledged; both spellings of the keys;
messages without data or with something else in it; more messages than one answer holds; a token that has run out; a
role that is missing; a subscription that is gone; 503 with HTML.
"""

import base64
import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.platforms.google_business import EXPIRED, NOT_FOUND, status
from tests.platforms.oauth_server import OAuthServer
from tests.platforms.server import Asked, Platforms, Reply, json_reply

SUBSCRIPTION = "projects/willow-lane/subscriptions/reviews"
EMAIL = "nudges@willow-lane.iam.example.org"
NO_ROLE = status(403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED")


@lru_cache(maxsize=1)
def key_pair() -> tuple[str, str]:
    """(private, public) key of the service account, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode(), key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key_file(**changes: Any) -> str:
    """What Google gives to download."""
    data = {
        "type": "service_account",
        "project_id": "willow-lane",
        "private_key_id": "k1",
        "private_key": key_pair()[0],
        "client_email": EMAIL,
        "token_uri": "https://elsewhere.example.org/token",
        **changes,
    }
    return json.dumps(data, indent=1)


def about(**told: str) -> str:
    """The data of a message."""
    return base64.b64encode(json.dumps(told).encode()).decode()


@dataclass
class PubSubFake:
    """The subscription; `waiting` are messages by their ids, `acknowledged` the ids that were, in order.

    `script` holds answers that come before its own, by the word behind the colon (``pull``, ``acknowledge``).
    """

    oauth: OAuthServer
    origins: dict[str, str] = field(default_factory=lambda: {"https://pubsub.googleapis.com": "google-pubsub"})
    waiting: dict[str, Any] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)
    script: dict[str, list[Reply]] = field(default_factory=dict)
    pulls: int = 0

    @classmethod
    def running(cls, platforms: Platforms, oauth: OAuthServer) -> "PubSubFake":
        """A fake in a server, whose tokens come from this authorization server."""
        oauth.service_accounts[EMAIL] = key_pair()[1]
        return platforms.add(cls(oauth))

    def publish(self, data: str | None) -> str:
        """A message that waits from now on; its id."""
        name = f"m-{len(self.waiting) + len(self.acknowledged) + 1}"
        self.waiting[name] = {"messageId": name, "publishTime": "2026-11-20T09:00:00Z"} | (
            {} if data is None else {"data": data}
        )
        return name

    def settings(self) -> dict[str, str]:
        """What a connection needs beside its own."""
        return {"subscription": SUBSCRIPTION, "service_account": key_file()}

    def answer(self, asked: Asked) -> Reply:
        path, _, verb = asked.path.rpartition(":")
        self.pulls += verb == "pull"
        if self.script.get(verb):
            return self.script[verb].pop(0)
        if not self.oauth.accepts(asked):
            return EXPIRED
        if not path.endswith(f"/{SUBSCRIPTION}") or asked.method != "POST":
            return NOT_FOUND
        body = json.loads(asked.body)
        if verb == "acknowledge":
            for ack_id in body["ackIds"]:
                name = ack_id.removeprefix("ack-")
                self.waiting.pop(name, None)
                self.acknowledged.append(name)
            return json_reply({})
        found = list(self.waiting.items())[: body["maxMessages"]]
        rows = [{"ackId": f"ack-{name}", "message": message} for name, message in found]
        return json_reply({"receivedMessages": rows} if rows else {})
