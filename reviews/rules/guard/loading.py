"""Reads the guard's data files, once."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from reviews.rules.guard.people import FirstNames
from reviews.rules.patterns import compiled, fill_in, word_lists
from reviews.rules.plain import fold

DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All patterns of the guard, compiled. `rules` is keyed by rule and list ("R1.says", "R1.with_you")."""

    checked_on: date
    safe: re.Pattern[str]
    polite: re.Pattern[str]
    rules: Mapping[str, re.Pattern[str]]
    matters: Mapping[str, re.Pattern[str]]
    any_matter: re.Pattern[str]
    names: FirstNames


def load_lexicon() -> Lexicon:
    """Read the data files; raises OSError, or ValueError (TOML and pattern faults too)."""
    given, names, health = _load("guard.toml"), _load("names.toml"), _load("health.toml")
    lists = word_lists(given["words"])
    matters = {matter: "|".join(words.split()) for matter, words in health["health"].items()}
    return Lexicon(
        checked_on=given["checked_on"],
        safe=compiled(given["safe"]["says"], lists),
        polite=compiled(given["polite"]["says"], lists),
        rules={
            f"{rule}.{name}": compiled([fill_in(each, lists) for each in patterns], lists)
            for rule, kinds in given["rules"].items()
            for name, patterns in kinds.items()
        },
        matters={matter: compiled([words], lists) for matter, words in matters.items()},
        any_matter=compiled(matters.values(), lists),
        names=FirstNames(sure=_names(names["sure"]), doubtful=_names(names["doubtful"])),
    )


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def _names(text: str) -> frozenset[str]:
    return frozenset(fold(text).folded.split())
