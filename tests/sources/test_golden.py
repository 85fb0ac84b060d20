"""Golden pairs: a page or file written for one difficulty, and all that should be read from it.

To add one: put the input into ``golden/<kind>/NN-what-is-hard.<ext>``, beside it ``….expected.json`` written by hand.
Keys that are absent must be absent or empty in what is read.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from reviews.sources.example_api import parse_reviews
from reviews.sources.extract import extract

GOLDEN = Path(__file__).parent / "golden"
URL = "https://clinic.example.org/clinic/reviews?page=2"
CASES = sorted(path for path in GOLDEN.glob("*/*") if not path.name.endswith(".expected.json"))
FIELDS = ("author", "rating", "best", "worst", "stars", "date", "title", "text", "reply")


def without_nothing(value: Any) -> Any:
    """The value without what says nothing."""
    if isinstance(value, dict):
        return {key: found for key, inner in value.items() if (found := without_nothing(inner)) not in (None, [], {})}
    return [without_nothing(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.statement("D7")
@pytest.mark.parametrize("path", [p for p in CASES if p.parent.name != "example_api"], ids=lambda p: p.name)
def test_reads_what_a_person_reads(path: Path) -> None:
    expected = json.loads(path.with_name(path.name + ".expected.json").read_text(encoding="utf-8"))
    found = extract(path.read_bytes(), path.name, URL)
    lines = found.pop("diagnostics")
    found["reviews"] = [{name: review[name] for name in FIELDS} for review in found["reviews"]]
    must_say = expected.pop("diagnostics")
    assert without_nothing(found) == without_nothing(expected)
    assert [line for line in must_say if line not in lines] == []


def test_reads_the_invented_platforms_records_each_by_itself() -> None:
    parsed = parse_reviews((GOLDEN / "example_api" / "01-page.json").read_bytes())
    assert [(r.external_id, r.rating.value if r.rating else None, r.text) for r in parsed.reviews] == [
        ("a1", "5", "Clear and calm."),
        ("a2", "2", None),
        ("a3", "yes", "Go there."),
        ("7", "5", None),
    ]
    assert [reject.place for reject in parsed.rejects] == ["item 4", "item 5", "item 6", "item 8", "item 9"]
    assert parsed.reviews[0].reply is not None
    assert parsed.next_url == "at-4"


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 80
