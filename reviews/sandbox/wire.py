"""What goes between the program and a sandboxed child: JSON and plain bytes, never pickles.

Unpickling runs code of the sender's choice, and the sender may have been taken over by the page it reads. A value is
None, bool, int, float, str, bytes, Decimal, date, datetime, tuple, list, dict, set, or a frozen dataclass or an enum
that the receiver knows already. Frame: nonce (8 bytes), length of the JSON and of the bytes (4 each), then both.
"""

import enum
import json
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from reviews import model

HEAD = struct.Struct(">8sII")
MAX_DEPTH = 60

_PLAIN = (type(None), bool, int, float, str)


class WireError(ValueError):
    """A value cannot be sent, or what was received is not a value."""


def encode(value: object) -> tuple[bytes, bytes]:
    """(JSON, bytes) of a value; raises WireError for a type that is not sent."""
    blobs: list[bytes] = []
    try:
        text = json.dumps({"v": _pack(value, blobs, 0), "b": [len(blob) for blob in blobs]}, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise WireError(str(error)) from error
    return text.encode("ascii"), b"".join(blobs)


def frame(nonce: bytes, value: object) -> bytes:
    """The whole frame of a value."""
    text, blob = encode(value)
    return HEAD.pack(nonce, len(text), len(blob)) + text + blob


def _pack(value: object, blobs: list[bytes], depth: int) -> Any:
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if depth > MAX_DEPTH:
        raise WireError("nested too deeply")
    if kind is tuple:
        return [_pack(item, blobs, depth + 1) for item in value]  # type: ignore[attr-defined]
    if (parts := _parts_of(kind)) is not None:
        packed = {}
        for name, default in parts:
            item = getattr(value, name)
            if item is not default:
                packed[name] = item if type(item) in _PLAIN else _pack(item, blobs, depth + 1)
        return {"c": _name_of(kind), "v": packed}
    if isinstance(value, enum.Enum):
        return {"e": _name_of(kind), "v": value.value}
    if kind in (bytes, bytearray, memoryview):
        blobs.append(bytes(value))  # type: ignore[call-overload]
        return {"b": len(blobs) - 1}
    if isinstance(value, list | set | frozenset):
        tag = "l" if isinstance(value, list) else "s"
        return {tag: [_pack(item, blobs, depth + 1) for item in value]}
    if isinstance(value, Mapping):
        return {"m": [[_pack(key, blobs, depth + 1), _pack(item, blobs, depth + 1)] for key, item in value.items()]}
    if kind is Decimal:
        return {"n": str(value)}
    if kind is datetime or kind is date:
        return {"t": value.isoformat()}  # type: ignore[attr-defined]
    raise WireError(f"values of type {kind.__name__} are not sent")


@lru_cache(maxsize=500)
def _parts_of(kind: type) -> tuple[tuple[str, Any], ...] | None:
    """Names and defaults of the fields of a dataclass, found out once; None for another type."""
    return tuple((each.name, each.default) for each in fields(kind)) if is_dataclass(kind) else None


@lru_cache(maxsize=500)
def _name_of(kind: type) -> str:
    return kind.__name__ if kind.__module__ == model.__name__ else f"{kind.__module__}:{kind.__qualname__}"


def decode(text: bytes, blob: bytes, allowed_prefixes: tuple[str, ...]) -> Any:
    """The value of a frame; raises WireError for anything but what `encode` makes.

    Dataclasses and enums come from `reviews.model`, or from modules under `allowed_prefixes` that are loaded already:
    nothing is imported because a frame says so.
    """
    try:
        outer = json.loads(text)
        blobs, start = [], 0
        for length in outer["b"]:
            blobs.append(blob[start : start + length])
            start += length
        return _Reader(blobs, allowed_prefixes).read(outer["v"], 0)
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, ArithmeticError, AttributeError, RecursionError) as error:
        raise WireError(f"not understood: {type(error).__name__}") from error


class _Reader:
    def __init__(self, blobs: list[bytes], allowed_prefixes: tuple[str, ...]) -> None:
        self._blobs = blobs
        self._allowed = allowed_prefixes
        self._makers: dict[str, Callable[[Any, int], Any]] = {
            "l": lambda items, depth: [self.read(item, depth) for item in items],
            "s": lambda items, depth: frozenset(self.read(item, depth) for item in items),
            "m": lambda pairs, depth: {self.read(key, depth): self.read(item, depth) for key, item in pairs},
            "b": lambda index, _: self._blobs[index],
            "n": lambda text, _: Decimal(text),
            "t": lambda text, _: datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text),
        }

    def read(self, packed: Any, depth: int) -> Any:
        """The value of one packed value."""
        if type(packed) in _PLAIN:
            return packed
        if depth > MAX_DEPTH:
            raise WireError("nested too deeply")
        if isinstance(packed, list):
            return tuple([self.read(item, depth + 1) for item in packed])
        if "c" in packed:
            read = self.read
            values = {
                name: item if type(item) in _PLAIN else read(item, depth + 1) for name, item in packed["v"].items()
            }
            return _find_class(packed["c"], self._allowed, is_enum=False)(**values)
        if "e" in packed:
            return _find_class(packed["e"], self._allowed, is_enum=True)(packed["v"])
        ((tag, inner),) = packed.items()
        return self._makers[tag](inner, depth + 1)


@lru_cache(maxsize=500)
def _find_class(name: str, allowed_prefixes: tuple[str, ...], *, is_enum: bool) -> Any:
    module_name, _, class_name = name.rpartition(":")
    module_name = module_name or model.__name__
    if module_name != model.__name__ and not is_allowed(module_name, allowed_prefixes):
        raise WireError("class of a foreign module")
    module = sys.modules.get(module_name)
    found = vars(module).get(class_name) if module is not None and class_name.isidentifier() else None
    if not isinstance(found, type) or found.__module__ != module_name:
        raise WireError("unknown class")
    is_frozen = is_dataclass(found) and found.__dataclass_params__.frozen  # type: ignore[attr-defined]
    if not (issubclass(found, enum.Enum) if is_enum else is_frozen):
        raise WireError("neither a frozen dataclass nor an enum")
    return found


def is_allowed(module_name: str, allowed_prefixes: tuple[str, ...]) -> bool:
    """Whether a module lies below one of `allowed_prefixes`; "reviews.markup." covers `reviews.markup` too."""
    return any(f"{module_name}.".startswith(prefix) for prefix in allowed_prefixes)
