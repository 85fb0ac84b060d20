"""Reads the rules' data files, once, and refuses what it does not understand."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from reviews.rules.book import ALLOWED, ANY, FIELDS, STRICTEST, Attribution, RuleBook, RulePart, Terms
from reviews.rules.places import JURISDICTIONS, PROFESSIONS

DATA = Path(__file__).parent / "data"


def load() -> RuleBook:
    """Read terms and rules; raises OSError, or ValueError (TOML faults too) naming what is wrong in a row."""
    terms: dict[str, Terms] = {}
    given = tomllib.loads((DATA / "terms.toml").read_text(encoding="utf-8"))
    for values in given["row"]:
        row = _terms(values, given["checked_on"])
        for name in (row.origin, *values.get("aliases", ())):
            if name in terms:
                raise ValueError(f"terms.toml: two rows for {name}")
            terms[name] = row
    given = tomllib.loads((DATA / "advertising.toml").read_text(encoding="utf-8"))
    rows: dict[tuple[str, str], RulePart] = {}
    for values in given["row"]:
        for profession in values["professions"]:
            pair = (values["jurisdiction"], profession)
            if pair in rows or pair[0] not in JURISDICTIONS or profession not in (*PROFESSIONS, ANY):
                raise ValueError(f"advertising.toml: {pair} is unknown or there twice")
            rows[pair] = _rule(values, given["checked_on"], *pair)
    default = replace(_rule(given["default"], given["checked_on"], "", ANY), is_default=True)
    return RuleBook(terms, default, rows)


def _terms(values: Mapping[str, Any], checked_on: date) -> Terms:
    if values["excerpt"] not in ("none", "display", "fair"):
        raise ValueError(f"terms.toml: excerpt of {values['origin']}")
    attribution = values.get("attribution")
    return Terms(
        origin=values["origin"],
        note=values["note"],
        retention_days=values.get("retention_days"),
        keep_ids=values.get("keep_ids", True),
        keep_measurements=values.get("keep_measurements", "yes"),
        may_aggregate=values["may_aggregate"],
        excerpt=values["excerpt"],
        may_select=values["may_select"],
        attribution=Attribution(**attribution) if attribution else None,
        jsonld=values["jsonld"],
        refresh_hours=values.get("refresh_hours"),
        reply=values["reply"],
        gets_machine=values["gets_machine"],
        public=values.get("public", True),
        needs_basis=values.get("needs_basis", False),
        by_origin=values.get("by_origin", False),
        basis=values.get("basis", "text" if not values.get("unverified") else "secondary"),
        urls=tuple(values.get("urls", ())),
        checked_on=values.get("checked_on", checked_on),
        unverified=tuple(values.get("unverified", ())),
    )


def _rule(values: Mapping[str, Any], checked_on: date, jurisdiction: str, profession: str) -> RulePart:
    unverified = tuple(values.get("unverified", ()))
    if unknown := set(unverified) - {*FIELDS, "all"}:
        raise ValueError(f"advertising.toml: {jurisdiction} {profession}: unverified {sorted(unknown)}")
    version = sha256(repr(sorted(values.items())).encode()).hexdigest()[:12]
    permissions: dict[str, Any] = {field: (ALLOWED if values[field] else STRICTEST)[field] for field in FIELDS}
    return RulePart(
        jurisdiction=jurisdiction,
        profession=profession,
        authority=values["authority"],
        note=values["note"],
        **permissions,
        conditions=frozenset(values.get("conditions", ())),
        filters=frozenset(values.get("filters", ())),
        must_say=frozenset(values.get("must_say", ())),
        duty=frozenset(values.get("duty", ())),
        max_age_days=values.get("max_age_days"),
        basis=values["basis"],
        urls=tuple(values.get("urls", ())),
        open=values.get("open", ""),
        checked_on=values.get("checked_on", checked_on),
        unverified=unverified,
        version=version,
        covers_all=values.get("covers_all", False),
    )
