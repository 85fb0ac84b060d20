"""Killed while it reads everything anew, the scoring pass leaves no review half read, and the next one ends it."""

import pytest

from reviews import sentiment
from reviews.model import OwnEntry
from reviews.sentiment.lexicon import THEMES
from reviews.storage import lexicon, open_storage, review_lists, scores, themes
from tests.conftest import NOW
from tests.crash.conftest import Installation

WORD = OwnEntry(language="en", kind="words", term="visit", points=3.0, leaning="praise", reason="ours alone")
TOPIC = OwnEntry(
    language="en", kind="themes", term="everybody|everyone", theme="staff", topic="manner", reason="means the team"
)
EVER = themes.Slice(since=NOW.replace(year=1990), until=NOW.replace(year=2100))


def half_read(installation: Installation, scorer: sentiment.OwnScorers) -> tuple[int, int]:
    """How many reviews the old and the group's own scorer have read; each is exactly as one of them reads it."""
    storage = open_storage(installation.database)
    with storage.read() as tx:
        g = tx.group(installation.group_id)
        own = lexicon.choose_scorer(g, scorer)
        counted = {own.name: 0, scorer.base.name: 0}
        expected: dict[str, int] = {}
        for row in review_lists.find_reviews(g, review_lists.ReviewFilters(), limit=500).rows:
            reader = own if row.scorer == own.name else scorer.base
            found = reader.score(row.title, row.text, row.language)
            assert row.scorer == reader.name
            assert row.compound == (found.compound if found else None)
            counted[row.scorer] += 1
            for theme in found.themes if found else ():
                expected[theme.theme] = expected.get(theme.theme, 0) + 1
        assert {name: each.reviews for name, each in themes.count_themes(g, EVER, THEMES).items()} == expected
        assert {name: n for name, n in scores.count_scored(g).items() if n} == {k: n for k, n in counted.items() if n}
    storage.close()
    return counted[scorer.base.name], counted[own.name]


@pytest.mark.slow
@pytest.mark.statement("R3", "V22")
def test_a_pass_that_is_killed_is_ended_by_the_next(installation: Installation) -> None:
    installation.finish()
    scorers = sentiment.OwnScorers(sentiment.load())
    storage = open_storage(installation.database)
    with storage.write() as tx:
        g = tx.group(installation.group_id)
        for entry in (WORD, TOPIC):
            lexicon.put_entry(g, entry, person_id=None, now=NOW)
    storage.close()
    old, new = half_read(installation, scorers)
    assert (old > 10, new) == (True, 0)
    for point in ("storage.before_commit:1", "storage.before_commit:2", "collect.after_scores:1"):
        assert installation.work(failpoint=point)["killed"], point
        half_read(installation, scorers)
    assert installation.work() == {"killed": False, "code": 0}
    assert half_read(installation, scorers) == (0, old)
