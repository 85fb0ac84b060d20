"""Finds the statements that advertising rules name: clinical aspects, comparisons, superlatives, outcomes and more.

Read sentence by sentence with the patterns of ``data/claims.toml``: the same answer for everybody, no model. In doubt a
statement counts as clinical. A text in another language than English or French cannot be checked. Whatever is found,
the whole review is left out, never the sentence.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from reviews.i18n import N_
from reviews.rules.patterns import compiled, word_lists
from reviews.rules.plain import fold, mask, sentences

DATA = Path(__file__).parent / "data"
LANGUAGES = ("en", "fr")
CLINICAL = "clinical_aspect"
KINDS: dict[str, str] = {
    "comparative": N_("comparing"),
    "superlative": N_("superlative"),
    "outcome_claim": N_("result-claiming"),
    "guarantee": N_("guaranteeing"),
    "incentive": N_("rewarding"),
}
"""What a rule may filter, with a word for people. A clinical aspect is no filter but a condition, `service_only`."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of a kind that a rule names, as written, with its offsets in the text."""

    kind: str
    words: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Kind:
    safe: re.Pattern[str]
    says: re.Pattern[str]


def find_claim(text: str, filters: Collection[str]) -> Claim | None:
    """The first statement in the text of a kind in `filters`, or None; raises ValueError for an unknown kind."""
    known = {*KINDS, CLINICAL}
    if unknown := set(filters) - known:
        raise ValueError(f"unknown filters: {sorted(unknown)}")
    return min(_claims(text, filters), key=lambda claim: (claim.start, claim.kind), default=None)


def find_claims(text: str) -> list[Claim]:
    """The first statement of each kind in each sentence, in the order of the text."""
    return sorted(_claims(text, {*KINDS, CLINICAL}), key=lambda claim: (claim.start, claim.kind))


def claims_of(text: str) -> dict[str, bool]:
    """Whether a text holds a clinical aspect, a comparison, a superlative, an outcome claim, in this order."""
    found = {claim.kind for claim in find_claims(text)}
    return {kind: kind in found for kind in (CLINICAL, "comparative", "superlative", "outcome_claim")}


def can_check(language: str | None) -> bool:
    """Whether the lists know the language; a text too short to tell its language is checked with all lists."""
    return language is None or language.replace("_", "-").split("-")[0].lower() in LANGUAGES


def _claims(text: str, kinds: Collection[str]) -> Iterator[Claim]:
    """An outcome is a clinical aspect too: what speaks of a result speaks of treatment."""
    plain = fold(text)
    patterns = _load()
    for start, end in sentences(plain.folded):
        for kind in sorted(kinds):
            reads = (kind, "outcome_claim") if kind == CLINICAL else (kind,)
            spans = (_first(plain.folded, start, end, patterns[each]) for each in reads)
            span = next((found for found in spans if found is not None), None)
            if span is not None:
                yield Claim(kind, plain.words(*span), *plain.span(*span))


def _first(text: str, start: int, end: int, kind: _Kind) -> tuple[int, int] | None:
    sentence = mask(text[start:end], kind.safe)
    match = kind.says.search(sentence)
    return (start + match.start(), start + match.end()) if match else None


@lru_cache(maxsize=1)
def _load() -> Mapping[str, _Kind]:
    """Read the pattern tables, once; raises OSError or ValueError."""
    given = tomllib.loads((DATA / "claims.toml").read_text(encoding="utf-8"))
    health = tomllib.loads((DATA / "health.toml").read_text(encoding="utf-8"))
    clear = [words for matter, words in health["health"].items() if matter not in health["unclear"]]
    lists = word_lists({"health": " ".join(clear), **given.pop("words")})
    return {kind: _kind(values, lists) for kind, values in given.items()}


def _kind(values: Mapping[str, Any], lists: Mapping[str, str]) -> _Kind:
    return _Kind(safe=compiled(values.get("safe", ()), lists), says=compiled(values["says"], lists))
