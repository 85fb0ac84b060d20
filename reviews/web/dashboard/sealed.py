"""Secrets on their way through a person's browser: sealed, for one purpose and person, for half an hour.

A test fetch stores nothing, and nobody should type a key twice; so the page carries it, readable only by us.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reviews.clock import from_text, to_text
from reviews.errors import SourceUnauthorized
from reviews.web.forms import MAX_FIELD
from reviews.web.state import get_group, get_visitor, state

if TYPE_CHECKING:
    from reviews.secrets_box import SecretsBox

KEEPS = timedelta(minutes=30)


def can_seal() -> bool:
    """Whether this installation has keys to store secrets with."""
    return bool(state().settings.secret_keys)


def open_box() -> "SecretsBox":
    """What seals the secrets of this installation; raises ConfigError when it has no key."""
    from reviews.secrets_box import SecretsBox  # cryptography, which a process that only serves widgets does not need

    return SecretsBox(state().settings.fernet_keys())


def seal(purpose: str, values: Mapping[str, str]) -> str:
    """The sealed values; "" when they are too many for a form's field."""
    text = open_box().seal({**values, **_bound(purpose), "@at": to_text(state().clock())})
    return text if len(text) <= MAX_FIELD else ""


def unseal(purpose: str, text: str) -> dict[str, str] | None:
    """The values; None when they were sealed for another purpose or person, too long ago, or not by us."""
    try:
        found = open_box().open(text)
    except SourceUnauthorized:
        return None
    if not found or any(found.get(name) != value for name, value in _bound(purpose).items()):
        return None
    if not _is_fresh(from_text(found["@at"])):
        return None
    return {name: value for name, value in found.items() if not name.startswith("@")}


def _is_fresh(at: datetime) -> bool:
    return timedelta(0) <= state().clock() - at <= KEEPS


def _bound(purpose: str) -> dict[str, str]:
    return {"@for": purpose, "@person": str(get_visitor().person.id), "@group": str(get_group().id)}
