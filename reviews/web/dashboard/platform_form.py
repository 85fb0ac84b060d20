"""The form for a platform, drawn from what its connector declares, and what somebody wrote into it. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import NotFound

from reviews.i18n import N_, Words
from reviews.model import Clinic, Field
from reviews.publish.say import plain_name, web_origin
from reviews.sources.base import Connector, origin_for, secret_names
from reviews.sources.oauth import find_provider
from reviews.sources.registry import connector_kinds, get_connector
from reviews.web.dashboard.add_page import NEEDED, NO_ADDRESS, complete_address
from reviews.web.forms import Form

PREFIX = "set_"
MAX_VALUE = 1000
TOO_LONG = N_("This is too long.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A listing at a platform that somebody wants to add."""

    clinic: Clinic
    kind: str
    label: str
    url: str
    origin: str
    config: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One setting as the form shows it, in the reader's words; `kind` as in `Field`."""

    name: str
    label: str
    kind: str
    required: bool
    hint: str
    choices: tuple[tuple[str, str], ...]


def platform_kinds(*, demo: bool) -> tuple[str, ...]:
    """The kinds that are connected with a key or a permission, in the order in which they are offered."""
    return tuple(kind for kind in connector_kinds(demo=demo) if secret_names(get_connector(kind)))


def choose_connector(kind: str, *, demo: bool) -> Connector:
    """The connector of a platform that can be added here; raises NotFound (404)."""
    if kind not in platform_kinds(demo=demo):
        raise NotFound
    return get_connector(kind)


def asked_fields(connector: Connector, words: Words, *, secrets: bool | None = None) -> list[Asked]:
    """What the form asks for: only secrets, only the rest, or with None all."""
    return [
        Asked(
            name=PREFIX + field.name,
            label=words.text(field.label),
            kind=field.kind,
            required=field.required,
            hint=words.text(field.help) if field.help else "",
            choices=tuple((value, words.text(label)) for value, label in field.choices),
        )
        for field in connector.fields
        if secrets is None or (field.kind == "secret") is secrets
    ]


def field_names(connector: Connector, *, secrets: bool = True) -> tuple[str, ...]:
    """The names of its fields in a form, with or without the secret ones."""
    return tuple(PREFIX + field.name for field in connector.fields if secrets or field.kind != "secret")


def read_secrets(connector: Connector, form: Form, words: Words) -> tuple[dict[str, str], dict[str, str]]:
    """The secrets as typed, and what is wrong with them by field."""
    found, faults = {}, {}
    for field in connector.fields:
        if field.kind != "secret":
            continue
        value = form[PREFIX + field.name].strip()
        if not value and field.required:
            faults[PREFIX + field.name] = words.text(NEEDED)
        elif len(value) > MAX_VALUE:
            faults[PREFIX + field.name] = words.text(TOO_LONG)
        elif value:
            found[field.name] = value
    return found, faults


def read_config(connector: Connector, form: Form, words: Words) -> tuple[dict[str, Any], dict[str, str]]:
    """The other settings, as the connector expects them, and what is wrong with them by field."""
    found: dict[str, Any] = {}
    faults = {}
    for field in connector.fields:
        if field.kind == "secret":
            continue
        value, fault = _read(field, form[PREFIX + field.name])
        if fault:
            faults[PREFIX + field.name] = words.text(fault)
        elif value:
            found[field.name] = value
    return found, faults


def _read(field: Field, typed: str) -> tuple[str | bool, str]:
    """The value of one field, and what is wrong with it."""
    if field.kind == "bool":
        return typed == "yes", NEEDED if field.required and typed != "yes" else ""
    if len(typed) > MAX_VALUE:
        return "", TOO_LONG
    if not typed:
        return "", NEEDED if field.required and field.kind != "choice" else ""
    if field.kind == "choice" and typed not in dict(field.choices):
        return "", N_("Please choose one of these.")
    if field.kind == "url":
        address = complete_address(typed)
        return (address, "") if web_origin(address) else ("", NO_ADDRESS)
    return typed, ""


def make_listing(connector: Connector, clinic: Clinic, config: Mapping[str, Any], label: str, words: Words) -> Listing:
    """The listing that these settings stand for."""
    return Listing(
        clinic=clinic,
        kind=connector.kind,
        label=plain_name(label) or words.text(connector.label),
        url=connector.address(config),
        origin=origin_for(connector, config),
        config=dict(config),
    )


def asks_permission(connector: Connector) -> bool:
    """Whether the platform asks the person for permission before anything can be read."""
    return find_provider(connector) is not None
