"""The file of `reviews apply`, read and checked whole: every fault with its place, before anything is written."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reviews.collect import Context
from reviews.errors import ConfigError
from reviews.i18n import LANGUAGES
from reviews.schedule import LONGEST_MINUTES
from reviews.sources.base import Connector
from reviews.sources.registry import CONNECTORS

TEXT_KEYS = (
    *("name", "street", "locality", "region", "postal_code", "country", "telephone", "website"),
    *("time_zone", "language", "jurisdiction"),
)
LONGEST_TEXT, MOST_QUOTES = 500, 50
LAYOUTS = ("badge", "bar", "list", "grid", "carousel", "quote")
THEMES = ("auto", "light", "dark")
_SLUG_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A checked file."""

    group_name: str
    is_demo: bool
    clinics: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value must be: a test, and how a person is told."""

    fits: Callable[[Any], bool]
    expected: str


def read_declaration(path: Path, context: Context) -> Declared:
    """The checked content of a file; raises ConfigError that lists every fault with its place."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    faults = [*_faults(found, {"group": TABLE, "clinics": TABLES}, "", needed=("group",))]
    group, declared = found.get("group"), found.get("clinics", [])
    if isinstance(group, dict):
        faults += _faults(group, {"name": NAME, "demo": YES_OR_NO}, "[group]", needed=("name",))
    slugs: set[str] = set()
    for number, clinic in enumerate(declared if TABLES.fits(declared) else [], start=1):
        place = f"clinic {number} ({clinic.get('slug') or clinic.get('name') or '?'})"
        faults += _clinic_faults(clinic, place, slugs, context)
    if faults:
        raise ConfigError(f"{path}: nothing was changed:\n  " + "\n  ".join(faults))
    assert isinstance(group, dict)
    return Declared(group_name=group["name"].strip(), is_demo=bool(group.get("demo")), clinics=tuple(declared))


def is_time_zone(value: Any) -> bool:
    """Whether this is the name of a time zone."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):  # a folder of zones, a name of 5,000 letters
        return False
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and "\0" not in value


def _is_address(value: Any) -> bool:
    if not _is_text(value) or not value.startswith(("http://", "https://")) or any(c.isspace() for c in value):
        return False
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _is_slug(value: Any) -> bool:
    return (
        isinstance(value, str)
        and 3 <= len(value) <= 60
        and _SLUG_LETTERS.issuperset(value)
        and value.strip("-") == value
    )


def _is_number(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _one_of(known: tuple[str, ...] | list[str]) -> Rule:
    return Rule(lambda value: value in known, f"one of {', '.join(sorted(known))}")


def _some_of(known: tuple[str, ...] | list[str]) -> Rule:
    return Rule(
        lambda value: isinstance(value, list) and all(each in known for each in value),
        f'a list such as ["{min(known)}"] of: {", ".join(sorted(known))}',
    )


TEXT = Rule(_is_text, f"text in quotes, at most {LONGEST_TEXT} characters")
NAME = Rule(lambda value: _is_text(value) and bool(value.strip()), 'a name in quotes, such as name = "…"')
YES_OR_NO = Rule(lambda value: isinstance(value, bool), "true or false, without quotes")
TABLE = Rule(lambda value: isinstance(value, dict), "a table")
TABLES = Rule(
    lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
    "tables, each headed by double brackets, such as [[clinics]]",
)
ADDRESS = Rule(_is_address, "an address that begins with https://")
SLUG = Rule(_is_slug, "3–60 small letters, digits and hyphens")
ZONE = Rule(is_time_zone, "a name such as America/Vancouver")
MINUTES = Rule(_is_number(1, LONGEST_MINUTES), f"a whole number of minutes, at most {LONGEST_MINUTES}")
QUOTES = Rule(_is_number(0, MOST_QUOTES), f"a whole number, at most {MOST_QUOTES}")
COLUMNS = Rule(
    lambda value: isinstance(value, dict) and all(_is_text(each) for each in value.values()),
    'a table of text, such as {text = "comment"}',
)
WIDGET = {"layout": _one_of(LAYOUTS), "theme": _one_of(THEMES), "max_quotes": QUOTES}


def _faults(
    found: Mapping[str, Any], rules: Mapping[str, Rule], place: str, *, needed: tuple[str, ...] = ()
) -> Iterator[str]:
    """What is missing, unknown or wrong in one table."""
    before = f"{place}, " if place else ""
    for key in needed:
        if key not in found:
            yield f"{before}{key}: missing; expected {rules[key].expected}"
    for key, value in found.items():
        if key not in rules:
            yield f"{before}{key}: unknown; known are {', '.join(sorted(rules))}"
        elif not rules[key].fits(value):
            yield f"{before}{key}: found {str(value)[:80]!r}; expected {rules[key].expected}"


def _clinic_rules(context: Context) -> dict[str, Rule]:
    jurisdictions = [code for code, _ in context.book.jurisdictions()]
    return {
        **dict.fromkeys(TEXT_KEYS, TEXT),
        "name": NAME,
        "slug": SLUG,
        "time_zone": ZONE,
        "language": _one_of(LANGUAGES),
        "languages": Rule(
            lambda value: isinstance(value, list) and all(_is_text(each) for each in value), 'a list such as ["en"]'
        ),
        "jurisdiction": Rule(lambda value: value in (*jurisdictions, ""), _one_of(jurisdictions).expected),
        "professions": _some_of([code for code, _ in context.book.professions()]),
        "confirmed_by": NAME,
        "primary_source": NAME,
        "sources": TABLES,
        "widget": TABLE,
    }


def _clinic_faults(clinic: Mapping[str, Any], place: str, slugs: set[str], context: Context) -> Iterator[str]:
    yield from _faults(clinic, _clinic_rules(context), place, needed=("slug", "name"))
    slug = str(clinic.get("slug"))
    if slug in slugs:
        yield f"{place}, slug: {slug!r} stands twice"
    slugs.add(slug)
    if isinstance(widget := clinic.get("widget"), dict):
        yield from _faults(widget, WIDGET, f"{place}, widget")
    labels: set[str] = set()
    addresses: set[str] = set()
    for number, source in enumerate(given if TABLES.fits(given := clinic.get("sources", [])) else [], start=1):
        of = f"{place}, source {number} ({source.get('label', '?')})"
        yield from _source_faults(source, of, context)
        label = str(source.get("label"))
        address = repr([source.get(key) for key in ("kind", "url", "config")])
        if label in labels:
            yield f"{of}, label: {label!r} stands twice"
        if source.get("url") and address in addresses:
            yield f"{of}, url: this clinic has the same source already"
        labels.add(label)
        addresses.add(address)
    primary = clinic.get("primary_source")
    if isinstance(primary, str) and primary not in labels:
        yield f"{place}, primary_source: no source is labelled {primary!r}"


def _source_faults(source: Mapping[str, Any], place: str, context: Context) -> Iterator[str]:
    rules = {
        "kind": _one_of(tuple(CONNECTORS)),
        "label": Rule(NAME.fits, "how the source is named, such as “Own website”"),
        "url": ADDRESS,
        "origin": _one_of(context.book.origins()),
        "complete": YES_OR_NO,
        "interval_minutes": MINUTES,
        "config": TABLE,
    }
    yield from _faults(source, rules, place, needed=("kind", "label"))
    connector, config = CONNECTORS.get(str(source.get("kind"))), source.get("config", {})
    if connector is None or not isinstance(config, dict):
        return
    yield from _faults(config, _config_rules(connector), f"{place}, config")
    given = {**config, **({"url": source["url"]} if source.get("url") else {})}
    for field in connector.fields:
        if field.required and not given.get(field.name):
            yield f"{place}, {field.name}: missing; {field.help or field.label}"


def _config_rules(connector: Connector) -> dict[str, Rule]:
    kinds = {"url": ADDRESS, "mapping": COLUMNS, "bool": YES_OR_NO}
    return {
        field.name: _one_of([code for code, _ in field.choices]) if field.choices else kinds.get(field.kind, TEXT)
        for field in connector.fields
    }
