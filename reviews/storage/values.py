"""What may be stored, made equal for both databases by checks before storing and never left to the engine.

SQLite stores NUL and turns NaN into NULL, PostgreSQL refuses both; each refuses lone surrogates and large integers with
an exception of its own. Here all of them are one StorageError that names the value.
"""

import json
import math
import re
import secrets
from datetime import datetime
from decimal import Decimal
from typing import Any

from reviews.clock import from_text, to_text
from reviews.errors import StorageError

Stored = str | int | float | bytes | None

_LARGEST = 2**63 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def to_stored(name: str, value: Any) -> Stored:
    """The value as both databases take it; times become fixed-width text, decimals text, yes and no 1 and 0.

    Raises StorageError for what one of them would refuse or change. `name` stands in the message, the value never does.
    """
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return _checked_text(name, str(value))
    if isinstance(value, int):
        if not -_LARGEST - 1 <= value <= _LARGEST:
            raise StorageError(f"{name}: an integer of more than 64 bits cannot be stored")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise StorageError(f"{name}: {value} is not a number that can be stored")
        return value
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, Decimal):
        return str(value)
    raise StorageError(f"{name}: a {type(value).__name__} cannot be stored")


def to_json(value: Any) -> str:
    """JSON text with sorted keys, for a JSON column; raises StorageError for NUL, NaN and what JSON cannot hold."""
    try:
        text = _ENCODER.encode(value)
    except (TypeError, ValueError) as error:
        raise StorageError(f"cannot be written as JSON: {error}") from error
    if "\\u0000" in text and _ESCAPED_NUL.search(text):
        raise StorageError("a NUL character cannot be stored, in JSON neither")
    return text


def from_json(text: str) -> Any:
    """What `to_json` wrote."""
    return json.loads(text)


def scrub(text: str) -> str:
    """The text without what cannot be stored, for messages and samples that quote foreign bytes."""
    return _SURROGATE.sub("\ufffd", text.replace("\x00", "\ufffd"))


def find_time(text: str | None) -> datetime | None:
    """The time in a column that may be NULL."""
    return None if text is None else from_text(text)


def new_public_id() -> str:
    """A random id for addresses: 64 bits, 16 characters."""
    return secrets.token_hex(8)


def _checked_text(name: str, text: str) -> str:
    if "\x00" in text:
        raise StorageError(f"{name}: a NUL character cannot be stored")
    if not text.isascii() and _SURROGATE.search(text):
        raise StorageError(f"{name}: half a surrogate pair cannot be stored")
    return text


def _to_json_value(value: object) -> str:
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"a {type(value).__name__}")


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, allow_nan=False, default=_to_json_value)
