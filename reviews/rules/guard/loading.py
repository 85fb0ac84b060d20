"""Reads the guard's data files, once."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from reviews.rules.guard.misspelt import Misspelt
from reviews.rules.guard.people import FirstNames
from reviews.rules.guard.telling import Tense
from reviews.rules.guard.weighing import Points
from reviews.rules.patterns import compiled, word_lists
from reviews.rules.plain import fold

DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All patterns of the guard, compiled. `rules` is keyed by rule and list ("R1.says", "R1.with_you")."""

    checked_on: date
    safe: re.Pattern[str]
    polite: re.Pattern[str]
    general: re.Pattern[str]
    hours: re.Pattern[str]
    ours: re.Pattern[str]
    staff: re.Pattern[str]
    marks: re.Pattern[str]
    idle: re.Pattern[str]
    at_large: re.Pattern[str]
    definite: re.Pattern[str]
    care: Mapping[str, re.Pattern[str]]
    tense: Tense
    misspelt: Misspelt
    rules: Mapping[str, re.Pattern[str]]
    matters: Mapping[str, re.Pattern[str]]
    any_matter: re.Pattern[str]
    names: FirstNames
    points: Points


def load_lexicon() -> Lexicon:
    """Read the data files; raises OSError, or ValueError (TOML and pattern faults too)."""
    given, names, health = _load("guard.toml"), _load("names.toml"), _load("health.toml")
    told, more = _load("narrative.toml"), _load("stories.toml")
    matters = {matter: "|".join(words.split()) for matter, words in health["health"].items()}
    lists = word_lists({**given["words"], "health": [*matters.values()], **told["words"], **more["words"]})
    for rules in (told["rules"], more["rules"]):
        for rule, kinds in rules.items():
            known = given["rules"].setdefault(rule, {})
            known.update({name: [*known.get(name, ()), *patterns] for name, patterns in kinds.items()})
    given["rules"]["R1"]["harmless"] += more["harmless"]["says"]
    return Lexicon(
        checked_on=given["checked_on"],
        safe=compiled([*given["safe"]["says"], *more["safe"]["says"]], lists),
        polite=compiled([*given["polite"]["says"], *more["polite"]["says"]], lists),
        general=compiled([*told["general"]["says"], *more["general"]["says"]], lists),
        hours=compiled(more["hours"]["says"], lists),
        ours=compiled([*told["ours"]["says"], *more["ours"]["says"]], lists),
        staff=compiled(told["staff"]["says"], lists),
        rules={
            f"{rule}.{name}": compiled(patterns, lists)
            for rule, kinds in given["rules"].items()
            for name, patterns in kinds.items()
        },
        idle=compiled([r"(?:(?:{idle})(?!\w)|\d+(?!\w)|\W)+"], {"idle": "|".join(more["idle"]["words"].split())}),
        marks=compiled(told["general"]["marks"], lists),
        at_large=compiled(told["general"]["at_large"], lists),
        definite=compiled(told["definite"]["says"], lists),
        care={rule: compiled([*words, *more["care"].get(rule, ())], lists) for rule, words in told["care"].items()},
        tense=Tense(**{name: frozenset(words.split()) for name, words in told["tense"].items()}),
        misspelt=Misspelt(**{name: frozenset(words.split()) for name, words in told["misspelt"].items()}),
        matters={matter: compiled([words], lists) for matter, words in matters.items()},
        any_matter=compiled(matters.values(), lists),
        names=FirstNames(sure=_names(names["sure"]), doubtful=_names(names["doubtful"])),
        points=_points(_load("points.toml")),
    )


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def _names(text: str) -> frozenset[str]:
    return frozenset(fold(text).folded.split())


def _points(given: dict[str, Any]) -> Points:
    of = {name: int(value) for value, names in given["points"].items() for name in names.split(", ")}
    return Points(start=given["start"], story=given["story"], harmless=given["harmless"], of=of)
