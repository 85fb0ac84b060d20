"""Killed at any named point, a worker loses nothing, doubles nothing, and the next one finishes what it began."""

import re

import pytest

from tests.conftest import ROOT

POINTS = sorted(
    {
        name
        for path in (ROOT / "reviews").rglob("*.py")
        for name in re.findall(r'hit\("([a-z_.]+)"\)', path.read_text(encoding="utf-8"))
        # Those of alerts and monthly reports are passed, and stopped at, in tests/alerts; those of replies in
        # tests/collect/test_replying.py, those of pulling in test_pulling.py. Scores of their own are stored for what
        # has changed and when words change: test_rescoring.py.
        if not name.startswith(("alerts.", "replying.", "reporting.", "pulling.", "collect.after_scores"))
    }
)
PAIRS = [
    ("postgres" if number % 4 == 0 else "sqlite", first, second)
    for number, (first, second) in enumerate((a, b) for a in POINTS[::3] for b in POINTS[1::4])
]
"""A pair costs three runs: every fourth on PostgreSQL, the others on SQLite."""
PASSES = (1, 2, 5)


def test_the_points_are_found():
    assert {"collect.in_page", "collect.in_close", "storage.before_commit", "publish.before_copies"} <= set(POINTS)


@pytest.mark.slow
@pytest.mark.statement("R3", "H1")
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_each_point_loses_and_doubles_nothing(installation, clean_state, point):
    killed = 0
    for number in PASSES:
        installation.make_due()
        killed += installation.work(failpoint=f"{point}:{number}")["killed"]
    installation.finish()
    assert killed, f"{point} was never passed"
    assert installation.state() == clean_state


@pytest.mark.slow
@pytest.mark.statement("R3")
@pytest.mark.parametrize(("database_url", "first", "second"), PAIRS, indirect=["database_url"])
def test_a_kill_while_recovering_loses_and_doubles_nothing(installation, clean_state, first, second):
    for point in (first, second):
        installation.make_due()
        installation.work(failpoint=f"{point}:1")
    installation.finish()
    assert installation.state() == clean_state


@pytest.mark.slow
@pytest.mark.parametrize("mutant", ["cursor_without_its_page", "news_outside_its_transaction"])
def test_the_harness_catches_a_program_without_its_guard(installation, clean_state, mutant):
    installation.make_due()
    assert installation.work(failpoint="mutant.between:1", mutant=mutant)["killed"]
    installation.finish()
    assert installation.state() != clean_state
