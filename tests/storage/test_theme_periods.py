"""Themes counted by periods say what counting the rows says, whatever happened to the reviews before."""

import random
import threading
from collections import Counter
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from reviews.storage import (
    GroupTransaction,
    Storage,
    backup,
    erasure,
    open_storage,
    pairs,
    removal,
    retention,
    review_lists,
    reviews,
    sources,
    theme_periods,
    themes,
    undo,
)
from reviews.storage.review_lists import ReviewFilters
from reviews.storage.scores import Reading, Score, ThemeCounts, save_scores
from tests.builders import Place, add_place, add_source, make_review, next_run
from tests.conftest import NOW

THEMES = ("staff", "waiting", "billing")
LATER = NOW + timedelta(hours=1)
LONG_AGO = datetime(2026, 7, 1, tzinfo=UTC)


def midnight(day: datetime) -> datetime:
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


SLICES = [
    (midnight(NOW) - timedelta(days=days - 1), midnight(NOW) + timedelta(days=1)) for days in (1, 3, 9, 30, 90, 365)
] + [
    (LONG_AGO, LONG_AGO), (LONG_AGO, LONG_AGO + timedelta(days=8)), (LONG_AGO + timedelta(days=8), NOW),
    (datetime(2026, 9, 9, tzinfo=UTC), datetime(2026, 9, 12, tzinfo=UTC)), (LONG_AGO, NOW + timedelta(days=40)),
    (datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 11, 17, tzinfo=UTC)),
]  # fmt: skip


def plain_count(
    g: GroupTransaction, which: themes.Slice, *, by_month: bool
) -> dict[tuple[str, str], themes.ThemeFigures]:
    """The figures counted from the rows of reviews, one by one."""
    found: dict[tuple[str, str], Counter[str]] = {}
    rows = g.session.execute(
        """SELECT t.theme, t.positive, t.neutral, t.negative, t.source_id, t.clinic_id, r.written_at, r.copy_of
        FROM review_themes AS t JOIN reviews AS r ON r.id = t.review_id WHERE t.group_id = :group_id""",
        {"group_id": g.group_id},
    ).rows
    for row in rows:
        written = datetime.fromisoformat(row["written_at"])
        if not which.since <= written < which.until or which.clinic_id not in (None, row["clinic_id"]):
            continue
        if row["source_id"] != which.source_id if which.source_id is not None else row["copy_of"] is not None:
            continue
        figures = found.setdefault((row["theme"], row["written_at"][:7] if by_month else ""), Counter())
        figures.update(
            reviews=1, praising=int(row["positive"] > 0), criticizing=int(row["negative"] > 0),
            positive=row["positive"], neutral=row["neutral"], negative=row["negative"],
        )  # fmt: skip
    return {key: themes.ThemeFigures(**figures) for key, figures in found.items()}


def check(g: GroupTransaction, *places: Place) -> None:
    narrow: list[dict[str, int]] = [{}, *({"clinic_id": place.clinic_id} for place in places)]
    narrow += [{"source_id": place.source_id} for place in places]
    for since, until in SLICES:
        for part in narrow:
            which = themes.Slice(since=since, until=until, **part)
            expected = {theme: figures for (theme, _), figures in plain_count(g, which, by_month=False).items()}
            assert themes.count_themes(g, which) == themes.count_themes(g, which, THEMES) == expected, which
            months = plain_count(g, which, by_month=True)
            for theme in THEMES:
                counted = themes.count_months(g, which, theme)
                assert counted == {month: each for (name, month), each in months.items() if name == theme}, which


def say(choose: random.Random) -> tuple[ThemeCounts, ...]:
    chosen = [theme for theme in THEMES if choose.random() < 0.6]
    return tuple(
        ThemeCounts(
            theme=theme, positive=choose.randint(0, 2), neutral=choose.randint(0, 1), negative=choose.randint(0, 2),
            words=("kind",),
        )
        for theme in chosen
    )  # fmt: skip


class Walk:
    """Things that happen to the reviews of two sources of a clinic, one of another, in any order."""

    def __init__(self, storage: Storage, g: GroupTransaction, places: list[Place], seed: int) -> None:
        self.storage, self.g, self.places = storage, g, places
        self.choose = random.Random(seed)
        self.scorer = 0

    def rows(self) -> list[review_lists.StoredReview]:
        return list(review_lists.find_reviews(self.g, ReviewFilters(), 500).rows)

    def read(self) -> None:
        """New reviews, some read with their themes at once, and others that come again with another text or date."""
        number = self.choose.randrange(len(self.places))
        self.places[number] = place = next_run(self.g, self.places[number])
        found = []
        for _ in range(self.choose.randint(4, 12)):
            key = str(self.choose.randint(1, 40))
            date = NOW - timedelta(days=self.choose.randint(0, 160), hours=3)
            found.append(make_review(key, text=f"Words {self.choose.random()}", date=date))
        unique = {review.identity_key: review for review in found}
        scored = {
            key: Reading(scorer="s/0", compound=0.1, label="positive", themes=say(self.choose))
            for key in unique
            if self.choose.random() < 0.5
        }
        reviews.save_reviews(
            self.g, clinic_id=place.clinic_id, source_id=place.source_id, run_id=place.run_id,
            reviews=list(unique.values()), now=NOW, scored=scored,
        )  # fmt: skip

    def score(self) -> None:
        self.scorer += 1
        some = [row for row in self.rows() if row.content_purged_at is None and self.choose.random() < 0.5]
        save_scores(
            self.g.tx,
            [
                Score(
                    group_id=self.g.group_id, review_id=row.id, content_hash=row.content_hash,
                    scorer=f"s/{self.scorer}", compound=0.1, label="positive", themes=say(self.choose),
                )
                for row in some
            ],
        )  # fmt: skip

    def erase(self) -> None:
        if rows := self.rows():
            erasure.erase(self.g, self.choose.choice(rows).id, LATER)

    def purge(self) -> None:
        place = self.choose.choice(self.places)
        rows = [row for row in self.rows() if row.source_id == place.source_id]
        if rows:
            retention.purge_content(
                self.g, rows[0].origin, LATER if self.choose.random() < 0.2 else LONG_AGO, LATER,
                source_id=place.source_id,
            )  # fmt: skip

    def miss(self) -> None:
        number = self.choose.randrange(len(self.places))
        for _ in range(2):
            self.places[number] = place = next_run(self.g, self.places[number])
            reviews.mark_missed(self.g, place.source_id, place.run_id, NOW)
        pairs.settle(self.g, place.clinic_id)

    def pair(self) -> None:
        rows = [row for row in self.rows() if row.clinic_id == self.places[0].clinic_id]
        if len({row.source_id for row in rows}) < 2:
            return
        one = self.choose.choice(rows)
        other = self.choose.choice([row for row in rows if row.source_id != one.source_id])
        first, second = sorted((one.id, other.id))
        found = _Found(first, second)
        pairs.save_pairs(self.g, one.clinic_id, [found], until=NOW, now=NOW)
        pairs.settle(self.g, one.clinic_id)

    def part(self) -> None:
        for pair in pairs.find_pairs(self.g, clinic_id=self.places[0].clinic_id, state="same")[:1]:
            pairs.decide(self.g, pair, "different", now=NOW, person_id=None)

    def lose_a_source(self) -> None:
        place = self.places[-1]
        source = sources.get_source(self.g, place.source_id)
        if self.choose.random() < 0.7:
            return
        target = removal.find_source_target(self.g, source.public_id)
        removal.delete(self.g, target, removal.count_loss(self.g, target), LATER, person_id=None)
        self.places[-1] = next_run(self.g, replace(place, source_id=add_source(self.g, place.clinic_id)))

    def take_back(self) -> None:
        undo.undo_run(self.g, self.choose.choice(self.places).run_id, LATER)


class _Found:
    basis, likeness, is_same = "text", 100, True

    def __init__(self, one_id: int, other_id: int) -> None:
        self.one_id, self.other_id = one_id, other_id


STEPS = (
    "read", "read", "read", "read", "read", "read", "score", "score", "pair", "pair", "part", "miss", "erase", "purge",
    "take_back", "lose_a_source",
)  # fmt: skip


def begin(storage_tx: object) -> tuple[GroupTransaction, list[Place]]:
    tx = storage_tx
    one = add_place(tx)  # type: ignore[arg-type]
    g = tx.group(one.group_id)  # type: ignore[attr-defined]
    two = next_run(g, replace(one, source_id=add_source(g, one.clinic_id)))
    three = add_place(tx, group_id=one.group_id)  # type: ignore[arg-type]
    return g, [one, three, two]


@pytest.mark.statement("S2")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_periods_say_what_the_rows_say_whatever_happens(storage: Storage, seed: int) -> None:
    with storage.write() as tx:
        g, places = begin(tx)
        walk = Walk(storage, g, places, seed)
        for _ in range(6):
            walk.read()
        done: list[str] = []
        most = 0
        for _ in range(30):
            done.append(walk.choose.choice(STEPS))
            getattr(walk, done[-1])()
            kept = g.session.execute(KEPT).rows
            theme_periods.count_all_again(tx)
            assert kept == g.session.execute(KEPT).rows, done
            most = max(most, len(kept))
        check(g, *walk.places)
        assert most > 30
        theme_periods.count_again(g, places[0].clinic_id)
        assert kept == g.session.execute(KEPT).rows


KEPT = """SELECT * FROM theme_periods WHERE spoken <> 0 ORDER BY source_id, theme, period, is_copy"""


@pytest.mark.parametrize(
    ("since", "until", "first", "last", "head_end", "tail_start"),
    [
        ((2026, 11, 1), (2026, 12, 1), "2026-11a", "2026-12a", (2026, 11, 1), (2026, 12, 1)),
        ((2026, 11, 2), (2026, 11, 30), "2026-11b", "2026-11d", (2026, 11, 9), (2026, 11, 25)),
        ((2025, 12, 26), (2026, 1, 1), "", "", (2026, 1, 1), (2026, 1, 1)),
        ((2025, 12, 26), (2026, 1, 10), "2026-01a", "2026-01b", (2026, 1, 1), (2026, 1, 9)),
        ((2026, 11, 10), (2026, 11, 12), "", "", (2026, 11, 12), (2026, 11, 12)),
        ((2026, 11, 25), (2026, 12, 1), "2026-11d", "2026-12a", (2026, 11, 25), (2026, 12, 1)),
    ],
)
def test_a_time_is_cut_into_whole_periods_and_what_is_left(
    since: tuple[int, int, int],
    until: tuple[int, int, int],
    first: str,
    last: str,
    head_end: tuple[int, int, int],
    tail_start: tuple[int, int, int],
) -> None:
    found = theme_periods.cut(datetime(*since, tzinfo=UTC), datetime(*until, tzinfo=UTC))
    assert astuple(found) == (first, last, datetime(*head_end, tzinfo=UTC), datetime(*tail_start, tzinfo=UTC))


def test_restored_data_is_counted_again_where_content_was_left_out(
    storage: Storage, database_url: str, tmp_path: Path
) -> None:
    with storage.write() as tx:
        g, places = begin(tx)
        walk = Walk(storage, g, places, 4)
        for _ in range(4):
            walk.read()
        walk.score()
        other = next(row for row in walk.rows() if row.source_id == places[0].source_id)
        g.session.execute("UPDATE reviews SET origin = 'short' WHERE id = :id", {"id": other.id})
        before = g.session.execute(KEPT).rows
    path = tmp_path / "backup"
    backup.backup(storage, path, LATER, skip_origins=["short"])
    storage.close()
    backup.restore(database_url, path, LATER)
    storage = open_storage(database_url)
    with storage.write() as tx:
        check(tx.group(g.group_id), *walk.places)
        assert tx.session.execute(KEPT).rows != before
    storage.close()


def read_as(row: review_lists.StoredReview, group_id: int, scorer: str, theme: str) -> Score:
    counts = ThemeCounts(theme=theme, positive=1, neutral=0, negative=0, words=("kind",))
    return Score(
        group_id=group_id, review_id=row.id, content_hash=row.content_hash, scorer=scorer, compound=0.1,
        label="positive", themes=(counts,),
    )  # fmt: skip


def wait_until_somebody_waits(storage: Storage, database_url: str, thread: threading.Thread) -> None:
    """Until another transaction waits for a lock; SQLite lets only one write, and there nothing is to be waited for."""
    if storage.dialect == "sqlite":
        return
    with psycopg.connect(database_url, autocommit=True) as connection:
        while thread.is_alive():
            if connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone():
                return


@pytest.mark.parametrize("what", ["erase", "pair"])
def test_a_review_that_is_read_anew_while_it_is_erased_or_paired_is_taken_off_once(
    storage: Storage, database_url: str, what: str
) -> None:
    with storage.write() as tx:
        g, (one, _, two) = begin(tx)
        for place in (one, two):
            reviews.save_reviews(
                g, clinic_id=place.clinic_id, source_id=place.source_id, run_id=place.run_id,
                reviews=[make_review("1", text="Very kind")], now=NOW,
            )  # fmt: skip
        rows = review_lists.find_reviews(g, ReviewFilters()).rows
        save_scores(tx, [read_as(row, g.group_id, "s/1", "staff") for row in rows])
        first, second = sorted(row.id for row in rows)
        pairs.save_pairs(g, one.clinic_id, [_Found(first, second)], until=NOW, now=NOW)

    def change() -> None:
        with storage.write() as tx:
            g = tx.group(one.group_id)
            erasure.erase(g, first, LATER) if what == "erase" else pairs.settle(g, one.clinic_id)

    with storage.write() as tx:
        save_scores(tx, [read_as(row, one.group_id, "s/2", "waiting") for row in rows])
        meanwhile = threading.Thread(target=change)
        meanwhile.start()
        wait_until_somebody_waits(storage, database_url, meanwhile)
    meanwhile.join()
    with storage.write() as tx:
        kept = tx.session.execute(KEPT).rows
        words = tx.session.execute("SELECT review_id FROM review_themes ORDER BY review_id").rows
        theme_periods.count_all_again(tx)
        assert kept == tx.session.execute(KEPT).rows
    assert [row["review_id"] for row in words] == ([second] if what == "erase" else [first, second])
