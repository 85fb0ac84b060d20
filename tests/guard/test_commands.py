"""`reviews guard`, `claims` and `excerpt`: JSON lines in, JSON lines out, faults by number."""

import json

import pytest
from click.testing import CliRunner, Result

from reviews.cli import main

CALL = " Please call the office at 555-0100."
CLINIC = {"name": "Maple Clinic", "telephone": "555-0100", "staff": ["Dr. Example"]}


def run(command: str, *lines: object) -> Result:
    given = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    return CliRunner().invoke(main, [command], input=given)


def answers(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_guard_writes_id_verdict_and_findings_and_nothing_else() -> None:
    result = run(
        "guard",
        {"id": "a", "text": "Thank you for taking the time to write." + CALL},
        {"id": 7, "text": "Thank you! See you next time.", "unknown": 1},
        {"id": None, "text": "We are sorry." + CALL, "clinic": CLINIC, "review": None},
    )
    assert result.exit_code == 0
    assert answers(result) == [
        {"id": "a", "verdict": "pass", "findings": []},
        {
            "id": 7,
            "verdict": "block",
            "findings": [
                {"rule": "R7", "words": "See you next", "severity": "block"},
                {"rule": "G3", "words": "", "severity": "warn"},
            ],
        },
        {"id": None, "verdict": "warn", "findings": [{"rule": "G1", "words": "sorry", "severity": "warn"}]},
    ]


@pytest.mark.parametrize(
    ("place", "profession", "verdict"),
    [
        ("CA-ON", "physiotherapist", "block"),
        ("ON", "Physiotherapist", "block"),
        ("Ontario", "occupational therapist", "warn"),
        ("AU", "dentist", "warn"),
        ("somewhere", "dentist", "block"),
        ("", "", "warn"),
        ("ON", "", "warn"),
    ],
)
def test_guard_follows_the_rule_of_place_and_profession(place: str, profession: str, verdict: str) -> None:
    line = {"id": 1, "text": "We are the best clinic in the city." + CALL}
    found = answers(run("guard", {**line, "jurisdiction": place, "profession": profession}))
    assert found[0]["verdict"] == verdict


def test_guard_knows_author_platform_clinic_and_languages() -> None:
    found = answers(
        run(
            "guard",
            {"id": 1, "text": "Hi Sandra, thank you." + CALL, "author": "Sandra K."},
            {"id": 2, "text": "Thank you! 😊" + CALL, "platform": "yelp"},
            {"id": 3, "text": "Please call 555-0199.", "clinic": CLINIC},
            {"id": 4, "text": "Please call 555-0199."},
            {"id": 5, "text": "Thank you for taking the time to write." + CALL, "language": "fr"},
            {
                "id": 6,
                "text": "Thank you for taking the time." + CALL,
                "review": "Muy buena atención, gracias a todos.",
            },
            {"id": 7, "text": "Dr. Example has read this." + CALL, "clinic": CLINIC},
        )
    )
    rules = [[(finding["rule"], finding["severity"]) for finding in line["findings"]] for line in found]  # type: ignore[attr-defined]
    assert rules == [
        [("R5", "warn")],
        [("R12", "block")],
        [("R8", "block"), ("G3", "warn")],
        [],
        [("G5", "warn")],
        [("G5", "warn")],
        [("R5", "warn")],
    ]


def test_claims_writes_four_booleans() -> None:
    result = run(
        "claims",
        {"id": 1, "text": "The best in the city. My pain is gone.", "language": "en"},
        {"id": 2, "text": "They gave the best care possible.", "language": "en"},
        {"id": 3, "text": "Stationnement facile.", "language": "fr"},
    )
    assert result.exit_code == 0
    keys = ("clinical_aspect", "comparative", "superlative", "outcome_claim")
    assert answers(result) == [
        {"id": 1, **dict.fromkeys(keys, True)},
        {"id": 2, **dict.fromkeys(keys, False), "clinical_aspect": True},
        {"id": 3, **dict.fromkeys(keys, False)},
    ]


def test_excerpt_writes_whole_sentences_or_the_whole() -> None:
    more = " There is a bakery next door and a bus stop in front of the house."
    result = run(
        "excerpt",
        {"id": 1, "text": "The desk is next to the door." + more, "limit_words": 7},
        {"id": 2, "text": "The desk is next to the door. But it is slow." + more, "limit_words": 7},
        {"id": 3, "text": "Short."},
    )
    assert result.exit_code == 0
    assert answers(result) == [
        {"id": 1, "excerpt": "The desk is next to the door."},
        {"id": 2, "excerpt": "The desk is next to the door. But it is slow."},
        {"id": 3, "excerpt": "Short."},
    ]


@pytest.mark.parametrize("command", ["guard", "claims", "excerpt"])
@pytest.mark.parametrize(
    "bad", ["{", "[]", '{"id": 1}', '{"text": "a"}', '{"id": 1, "text": 2}', '{"id": NaN, "text": "a"}']
)
def test_a_bad_line_is_named_by_its_number_and_the_others_are_answered(command: str, bad: str) -> None:
    result = run(command, {"id": 1, "text": "Thank you."}, bad, {"id": 3, "text": "Thank you."})
    assert result.exit_code == 2
    assert [line["id"] for line in answers(result)] == [1, 3]
    assert result.stderr.startswith("line 2: ")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("guard", {"clinic": "x"}),
        ("guard", {"clinic": {"staff": 3}}),
        ("guard", {"review": 4}),
        ("excerpt", {"limit_words": 0}),
        ("excerpt", {"limit_words": "9"}),
        ("excerpt", {"limit_words": True}),
    ],
)
def test_a_key_of_the_wrong_kind_is_a_fault(command: str, more: dict[str, object]) -> None:
    result = run(command, {"id": 1, "text": "Thank you.", **more})
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("line 1: ")


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "a" * 50_000, "مرحبا", "great.She", "a\r\nb"])
def test_odd_texts_are_answered(text: str) -> None:
    for command in ("guard", "claims", "excerpt"):
        result = run(command, {"id": 1, "text": text})
        assert result.exit_code == 0
        assert len(answers(result)) == 1
