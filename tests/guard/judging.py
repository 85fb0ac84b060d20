"""The labelled sets, judged: what the tests and the benchmark share."""

import json
from functools import lru_cache
from typing import Any

from reviews import rules
from reviews.rules import RuleBook
from reviews.rules import guard as guarding
from reviews.rules.claims import claims_of
from reviews.rules.guard import ClinicFacts, Guard, Level, Original, Verdict
from tests.guard.scores import HERE, Score, read, score

GUARD_RULES = tuple(guarding.RULES)
LEVELS = ("block", "warn", "pass")
CLAIMS = ("clinical_aspect", "comparative", "superlative", "outcome_claim")
PARTS = ("dev", "held_back")
FRESH = tuple(sorted(f"fresh/{path.name}" for path in (HERE / "fresh").glob("*.jsonl")))
"""Sets that were judged once before the patterns were changed for them; docs/reply-guard.md has those figures."""
INDEPENDENT = tuple(sorted(f"independent/{path.name}" for path in (HERE / "independent").glob("*.jsonl")))
"""The same, written and labelled from the rules alone by people who never saw the patterns."""


@lru_cache(maxsize=1)
def loaded() -> tuple[Guard, RuleBook]:
    return guarding.load(), rules.load()


def judge(item: dict[str, Any]) -> Verdict:
    """The verdict for an item of a set, with whatever it says of review, clinic, platform and place."""
    guard, book = loaded()
    clinic, place = item.get("clinic"), item.get("jurisdiction")
    pair = (place or "", item.get("profession", ""))
    return guard(
        item["text"],
        Original(text=item.get("review", ""), author=item.get("author", "")),
        ClinicFacts(**{**clinic, "staff": tuple(clinic["staff"])}) if clinic else None,
        platform=item.get("platform", ""),
        row=book.merge(pair[0], [pair[1]], {pair}) if place else None,
    )


@lru_cache(maxsize=4096)
def _judged(line: str) -> Verdict:
    return judge(json.loads(line))


def judged(item: dict[str, Any]) -> Verdict:
    """The verdict, read once for each item."""
    return _judged(json.dumps(item, sort_keys=True))


def found_rules(item: dict[str, Any]) -> set[str]:
    """The rules that spoke; a rule that only warned where it might block has a "w" behind it, as in the labels."""
    return {
        finding.rule + ("w" if finding.rule[0] == "R" and finding.severity is Level.WARN else "")
        for finding in judged(item).findings
    }


def level_scores(part: str | None, name: str = "guard_set.jsonl") -> dict[str, Score]:
    return score(read(name, part), lambda item: {item["verdict"]}, lambda item: {judged(item).level.value}, LEVELS)


def rule_scores(part: str | None) -> dict[str, Score]:
    """By rule, whatever its severity."""
    return score(
        read("guard_set.jsonl", part),
        lambda item: {rule.removesuffix("w") for rule in item["rules"]},
        lambda item: {rule.removesuffix("w") for rule in found_rules(item)},
        GUARD_RULES,
    )


def claim_scores(part: str | None) -> dict[str, Score]:
    def found(item: dict[str, Any]) -> set[str]:
        return {kind for kind, is_there in claims_of(item["text"]).items() if is_there}

    return score(read("claims_set.jsonl", part), lambda item: {kind for kind in CLAIMS if item[kind]}, found, CLAIMS)
