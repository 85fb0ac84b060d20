"""Signed webhooks after Standard Webhooks 1.0: thin payloads, one id for all attempts, the exact bytes signed. Pure."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from reviews.clock import to_text

PREFIX = "whsec_"
SECRET_BYTES = 32
MAX_IDS = 100


def new_secret() -> str:
    """A new key for signing: ``whsec_`` and base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def read_secret(text: str) -> bytes:
    """The bytes of a key; raises ValueError unless it is ``whsec_`` and base64 of 24 to 64 bytes."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a key is whsec_ and base64") from error
    if not text.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("a key is whsec_ and base64 of 24 to 64 bytes")
    return key


def sign(keys: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of webhook-signature: one signature per key, by space; two while a key is changed."""
    if "." in message_id:
        raise ValueError("an id with a dot could be shifted into the time")
    signed = b"%s.%d." % (message_id.encode("ascii"), timestamp) + body
    return " ".join(
        "v1," + base64.b64encode(hmac.new(read_secret(key), signed, hashlib.sha256).digest()).decode("ascii")
        for key in keys
    )


def headers_of(keys: Sequence[str], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The three headers of an attempt; the time is that of the attempt."""
    timestamp = int(now.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(keys, message_id, timestamp, body),
    }


def make_body(kind: str, happened_at: datetime, data: Mapping[str, Any]) -> bytes:
    """The bytes to sign and to send: ``{type, timestamp, data}``; `data` holds ids and numbers, no words of people."""
    value = {"type": kind, "timestamp": to_text(happened_at), "data": dict(data)}
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
