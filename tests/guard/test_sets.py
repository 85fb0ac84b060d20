"""The labelled sets keep their floors, in the part that was tuned on and in the part that was held back."""

from collections import Counter
from typing import Any

import pytest

from reviews.rules.claims import claims_of
from tests.guard.excerpt_texts import CASES, SIGNED
from tests.guard.judging import CLAIMS, FRESH, GUARD_RULES, INDEPENDENT, PARTS, claim_scores, level_scores, rule_scores
from tests.guard.scores import read, score


def test_the_sets_are_large_mixed_and_a_third_of_each_first_batch_is_held_back() -> None:
    replies, sentences = list(read("guard_set.jsonl")), list(read("claims_set.jsonl"))
    assert len(replies) >= 240
    assert len(sentences) >= 150
    assert min(Counter(item["verdict"] for item in replies).values()) >= 60
    assert min(Counter(item["id"].split("-")[-2] for item in replies).values()) >= 100
    for items in (replies, sentences):
        first = [item for item in items if item["batch"] == 1]
        assert sum(item["part"] == "held_back" for item in first) >= len(first) // 3
        assert len({item["id"] for item in items}) == len(items)
        assert len({item["text"] for item in items}) > 0.97 * len(items)
    assert len(CASES) + len(SIGNED) >= 60


@pytest.mark.statement("S27", "T41")
@pytest.mark.parametrize("part", PARTS)
def test_blocks_are_found_and_rarely_false(part: str) -> None:
    block = level_scores(part)["block"]
    assert block.recall >= 0.95, block.missed
    assert block.precision >= 0.95, block.false_alarms


@pytest.mark.parametrize("name", [*FRESH, *INDEPENDENT])
def test_sets_that_were_once_fresh_stay_found(name: str) -> None:
    block = level_scores(None, name)["block"]
    assert block.recall >= 0.95, block.missed
    assert block.precision >= 0.95, block.false_alarms


def test_of_replies_that_only_hint_most_are_found_and_what_is_near_a_rule_passes() -> None:
    """Written to be hard: what stays missed is told in docs/reply-guard.md, and stays in the set."""
    block = level_scores(None, "oblique.jsonl")["block"]
    assert block.recall >= 0.85, block.missed
    assert block.precision >= 0.93, block.false_alarms


def test_comparisons_in_new_words_are_mostly_found_and_hardly_ever_invented() -> None:
    """The last thirty were judged once before anything was changed for them; see docs/advertising-rules.md."""

    def found(item: dict[str, Any]) -> set[str]:
        return {"comparative"} if claims_of(item["text"])["comparative"] else set()

    items = list(read("comparisons.jsonl"))
    compared = score(items, lambda item: {"comparative"} if item["comparative"] else set(), found, ["comparative"])
    assert compared["comparative"].recall >= 0.8, compared["comparative"].missed
    assert compared["comparative"].precision >= 0.95, compared["comparative"].false_alarms


@pytest.mark.parametrize("rule", GUARD_RULES)
def test_each_rule_keeps_its_floor(rule: str) -> None:
    found = rule_scores(None)[rule]
    assert found.recall >= 0.85, found.missed
    assert found.precision >= 0.85, found.false_alarms


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", CLAIMS)
def test_claims_keep_their_floor(kind: str, part: str) -> None:
    found = claim_scores(part)[kind]
    assert found.recall >= 0.9, found.missed
    assert found.precision >= 0.9, found.false_alarms
