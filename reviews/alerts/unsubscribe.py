"""Links that end one kind of mail with one click, without logging in (RFC 8058). Pure, but for the keys."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reviews.storage.alerts import Wishes

TOPICS = ("urgent", "news", "trouble", "digest", "report")
TOPIC_OF = {
    "review": "urgent",
    "news": "news",
    "daily": "news",
    "first": "news",
    "trouble": "trouble",
    "recovered": "trouble",
    "removals": "trouble",
    "withdrawn": "trouble",
    "pull.failed": "trouble",
    "pull.recovered": "trouble",
    "digest": "digest",
    "report": "report",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Which mails of which person in which group are to end; ids are public ones."""

    group: str
    person: str
    topic: str


def make_token(ending: Ending, keys: Sequence[str]) -> str:
    """A text for an address that only this installation can have made; it does not expire."""
    body = json.dumps([ending.group, ending.person, ending.topic], separators=(",", ":")).encode()
    return f"{_encode(body)}~{_encode(_mac(body, keys[0]))}"


def read_token(token: str, keys: Sequence[str]) -> Ending | None:
    """What the text asks for; None unless one of our keys has made it."""
    body_text, _, mac_text = token[:400].partition("~")
    try:
        body, mac = _decode(body_text), _decode(mac_text)
    except ValueError:
        return None
    if not any(hmac.compare_digest(mac, _mac(body, key)) for key in keys):
        return None
    group, person, topic = json.loads(body)
    return Ending(group=group, person=person, topic=topic) if topic in TOPICS else None


def without_topic(wishes: Wishes, topic: str) -> Wishes:
    """The wishes without one kind of mail; reports are no part of them."""
    changed = {
        "urgent": replace(wishes, urgent="never"),
        "news": replace(wishes, news="never"),
        "trouble": replace(wishes, trouble=False),
        "digest": replace(wishes, digest=False),
    }
    return changed.get(topic, wishes)


def _mac(body: bytes, key: str) -> bytes:
    return hmac.new(hashlib.sha256(b"clinic-reviews/unsubscribe/1:" + key.encode()).digest(), body, "sha256").digest()


def _encode(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).decode("ascii").rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
