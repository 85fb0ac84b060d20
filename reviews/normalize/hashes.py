"""What a review says, as short keys: three hashes, and text reduced to what is compared."""

import hashlib
import json
import re
from collections.abc import Iterable

from reviews.model import Reply, ReviewDate

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def digest(value: object) -> str:
    """SHA-256 of the value's canonical JSON, 64 hex digits."""
    return hashlib.sha256(_encode(value).encode("utf-8", "surrogatepass")).hexdigest()


def content_hash(
    *, stars100: int | None, recommends: bool | None, title: str, text: str, language: str | None, author: str | None
) -> str:
    """Hash of what makes a version. `language` is the one that the source states, never a detected one."""
    return digest([stars100, recommends, title, text, language, author])


def reply_hash(reply: Reply | None) -> str:
    """Hash of the owner's reply: its text, author, its state, and its date unless that counts from today."""
    if reply is None:
        return _NO_REPLY
    said = [reply.text, reply.author, date_key(reply.date)]
    return digest(said if reply.state == "published" else [*said, reply.state, reply.reason])


def volatile_hash(values: Iterable[tuple[str, str]], **others: str | None) -> str:
    """Hash of what may change without the review changing."""
    return digest([sorted(values), others])


_NO_REPLY = digest(None)


def date_key(date: ReviewDate | None) -> list[str] | None:
    """What of a date can be compared tomorrow: nothing of one that counts from today."""
    return None if date is None or date.relative else [date.earliest.isoformat(), date.precision.value]


def normalized(text: str | None) -> str:
    """Text for comparing: lower case, only letters and digits, single spaces; "" for None."""
    if not text:
        return ""
    if text.isascii():
        return b" ".join(text.encode().translate(_ASCII_WORDS).split()).decode()
    return _NO_WORD.sub(" ", text.casefold()).strip()


_ASCII_WORDS = bytes(ord(chr(code).lower()) if chr(code).isalnum() else 32 for code in range(128)) + bytes(128)
_NO_WORD = re.compile(r"[\W_]+")
