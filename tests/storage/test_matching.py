"""A search finds what a plain reading of the texts finds, whatever was written, changed and deleted before."""

import random
import re
import sys
import unicodedata
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from reviews.storage import GroupTransaction, Storage, erasure, matching, open_storage, review_lists, reviews
from reviews.storage.driver import sqlite3
from reviews.storage.migrate import known_migrations
from reviews.storage.review_lists import ReviewFilters
from reviews.storage.scores import Score, ThemeCounts, save_scores
from tests.builders import Place, add_place, add_source, make_review, next_run, save
from tests.conftest import NOW

WORDS = (
    "park", "parks", "parking", "parked", "parker", "kind", "kindness", "knee", "knees", "wait", "waits", "waiting",
    "waited", "über", "été", "a", "at", "ate", "é",
)  # fmt: skip
STREAMS = next(step for step in known_migrations() if step.name == "search_streams")
SEARCHES = (
    "p", "par", "park", "parke", "parking", "kin", "kind", "wait", "wait park", "parking wait", "a", "at", "e", "ube",
    "über", "zz", "park zzz", "kind kind", "knee par a",
)  # fmt: skip


def plain(text: str) -> list[str]:
    """The words of a text, small and without accents."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"\w+", folded.lower())


def holds(text: str, words: str) -> bool:
    *whole, last = plain(words)
    found = plain(text)
    return all(word in found for word in whole) and any(word.startswith(last) for word in found)


def keys(g: GroupTransaction, words: str, **narrow: object) -> set[str]:
    filters = replace(ReviewFilters(words=words), **narrow)  # type: ignore[arg-type]
    found = review_lists.find_reviews(g, filters, limit=500)
    assert found.total_capped == len(found.rows) == review_lists.count_capped(g, filters)
    assert [row.id for row in found.rows] == [
        row.id for row in sorted(found.rows, key=lambda row: (row.written_at, row.id), reverse=True)
    ]
    return {row.identity_key for row in found.rows}


def write(choose: random.Random, key: str) -> str:
    return " ".join(choose.choice(WORDS) for _ in range(choose.randint(1, 6)))


@pytest.mark.parametrize("endings", [500, 1])
def test_a_search_finds_what_a_plain_reading_finds(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, endings: int
) -> None:
    """With one ending at most, nearly every beginning is looked up the long way."""
    monkeypatch.setattr(matching, "MOST_ENDINGS", endings)
    choose = random.Random(11)
    texts: dict[str, dict[str, str]] = {}
    with storage.write() as tx:
        one, foreign = add_place(tx), add_place(tx)
        g = tx.group(one.group_id)
        two = add_place(tx, group_id=one.group_id)
        three = next_run(g, replace(one, source_id=add_source(g, one.clinic_id)))
        places = {"one": one, "two": two, "three": three, "foreign": foreign}
        for name, place in places.items():
            texts[name] = {f"{name}-{n}": write(choose, name) for n in range(30)}
            _save(tx.group(place.group_id), place, texts[name])
        for name in ("one", "two"):
            changed = {key: write(choose, key) for key in list(texts[name])[:10]}
            _save(g, next_run(g, places[name]), changed)
            texts[name] |= changed
        for row in review_lists.find_reviews(g, ReviewFilters(source_id=two.source_id), limit=5).rows:
            erasure.erase(g, row.id, NOW)
            del texts["two"][row.identity_key]
    own = {**texts["one"], **texts["two"], **texts["three"]}
    with storage.read() as tx:
        g = tx.group(one.group_id)
        for words in SEARCHES:
            hits = {name: {key for key, text in each.items() if holds(text, words)} for name, each in texts.items()}
            assert keys(g, words) == hits["one"] | hits["two"] | hits["three"], words
            assert keys(g, words, clinic_id=one.clinic_id) == hits["one"] | hits["three"], words
            assert keys(g, words, source_id=three.source_id) == hits["three"], words
            assert keys(tx.group(one.group_id, [two.clinic_id]), words) == hits["two"], words
            assert keys(tx.group(one.group_id, []), words) == set(), words
            assert keys(g, words, clinic_id=foreign.clinic_id) == set(), words
            assert keys(tx.group(foreign.group_id), words) == hits["foreign"], words
    assert sum(holds(text, "park") for text in own.values()) > 20


ANY_SCRIPT = "ελληνικά ΟΔΌΣ район ёлка 한국어 がん プール 東京 हिन्दी مُمتاز ไทย ích Kāne Łódź straße İyi ﬁne"


def test_a_word_of_any_script_is_found_as_it_is_written(storage: Storage) -> None:
    """Taken apart into letters and marks, as an accent is, it would be another word than the index holds."""
    texts = {word: f"Und {word} auch" for word in ANY_SCRIPT.split()}
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        _save(g, place, texts)
        for word in texts:
            assert keys(g, word) == keys(g, f"{word} auch") == {word}


def _save(g: GroupTransaction, place: Place, texts: dict[str, str]) -> None:
    save(g, place, *(make_review(key, text=text, author=None) for key, text in texts.items()))


def test_a_search_goes_on_from_page_to_page_and_says_where_it_was_cut(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_lists, "TOTAL_CAP", 12)
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        _save(g, place, {str(n): "Parking" if n % 2 else "Knee" for n in range(40)})
        found, after = [], None
        while True:
            page = review_lists.find_reviews(g, ReviewFilters(words="park"), 5, after)
            assert (page.total_capped, page.is_capped) == (12, True)
            found += [row.id for row in page.rows]
            after = page.next_key
            if after is None:
                break
        newest = review_lists.find_reviews(g, ReviewFilters(), 500).rows
        assert found == [row.id for row in newest if int(row.identity_key) % 2][:13]


def test_a_search_about_a_theme_finds_what_both_find(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        _save(g, place, {str(n): ("parking", "knee")[n % 2] for n in range(12)})
        rows = review_lists.find_reviews(g, ReviewFilters()).rows
        spoken = {row.id: row for row in rows if int(row.identity_key) % 3 == 0}
        save_scores(tx, [_score(place.group_id, id_, row.content_hash) for id_, row in spoken.items()])
        assert keys(g, "park", theme="access") == {"0", "6"}
        assert keys(g, "park", theme="access", said="praised", clinic_id=place.clinic_id) == {"0", "6"}
        assert keys(g, "park", theme="access", said="criticized") == set()
        theme = ReviewFilters(theme="access", said="praised")
        first = review_lists.find_reviews(g, theme, 3)
        rest = review_lists.find_reviews(g, theme, 3, first.next_key)
        assert [row.id for row in (*first.rows, *rest.rows)] == [row.id for row in rows if row.id in spoken]
        assert (first.total_capped, rest.next_key) == (4, None)


def _score(group_id: int, review_id: int, content_hash: str) -> Score:
    theme = ThemeCounts(theme="access", positive=1, neutral=0, negative=0, words=("parking",))
    return Score(
        group_id=group_id, review_id=review_id, content_hash=content_hash, scorer="s/1", compound=0.1,
        label="positive", themes=(theme,),
    )  # fmt: skip


# ---------------------------------------------------------------- SQLite's index
def test_whatever_is_deleted_leaves_the_index_of_words(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "reviews.db"))
    storage.migrate(NOW)

    def purge(g: GroupTransaction, id_: int) -> None:
        g.run("delete_contents", review_ids=[id_])

    ways: dict[str, Callable[[GroupTransaction, int], object]] = {
        "erased": lambda g, id_: erasure.erase(g, id_, NOW),
        "purged": purge,
        "deleted": lambda g, id_: g.session.execute("DELETE FROM reviews WHERE id = :id", {"id": id_}),
    }
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        _save(g, place, {name: f"secret{name} and more" for name in (*ways, "kept")})
        of = {row.identity_key: row.id for row in review_lists.find_reviews(g, ReviewFilters()).rows}
        for name, way in ways.items():
            way(g, of[name])
        g.session.execute("INSERT INTO review_words (review_words) VALUES ('integrity-check')")
        terms = {row["term"] for row in g.session.execute("SELECT DISTINCT term FROM review_terms").rows}
        assert {term for term in terms if term.startswith("secret")} == {"secretkept"}
        assert keys(g, "secret") == {"kept"}
        assert reviews.get_review(g, of["kept"]).text
        blocks = b"".join(row["block"] for row in g.session.execute("SELECT block FROM review_words_data").rows)
        assert b"purged" not in blocks
        assert b"kept" in blocks
    storage.close()


def test_every_letter_and_digit_is_one_for_the_index_too() -> None:
    """Else a word would become two, which the index cannot find side by side, and the search would fail."""
    letters = [chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n < 0xE000 and chr(n).isalnum()]
    words = sorted({word for letter in letters for word in matching.words_of(f"x{letter}x")})
    assert len(words) > 100_000
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(re.search(r"CREATE VIRTUAL TABLE review_words .*?;", STREAMS.text, re.DOTALL)[0])  # type: ignore[index]
        for start in range(0, len(words), 1_000):
            text = " OR ".join(f'"{word}"' for word in words[start : start + 1_000])
            assert db.execute("SELECT rowid FROM review_words WHERE review_words MATCH ?", [text]).fetchall() == []


def test_reviews_of_an_older_database_are_found_after_the_upgrade(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "reviews.db"))
    storage.migrate(NOW)
    older = re.search(r"CREATE VIRTUAL TABLE review_words .*?\n\*/", known_migrations()[3].text, re.DOTALL)
    assert older is not None
    with storage.session(writable=True) as session:
        for kind, name in (
            ("TRIGGER", "review_words_added"), ("TRIGGER", "review_words_removed"), ("TRIGGER", "review_words_changed"),
            ("TRIGGER", "review_contents_first"), ("VIEW", "review_places"), ("INDEX", "reviews_lately"),
            ("TABLE", "review_terms"), ("TABLE", "review_words"),
        ):  # fmt: skip
            session.execute(f"DROP {kind} {name}")
        session.run_script(older[0].removesuffix("*/"))
    with storage.write() as tx:
        place = add_place(tx)
        _save(tx.group(place.group_id), place, {"a": "Parking", "b": "Knee"})
    with storage.session(writable=True) as session:
        session.run_script(STREAMS.text)
    with storage.write() as tx:
        g = tx.group(place.group_id)
        assert keys(g, "park", clinic_id=place.clinic_id) == {"a"}
        _save(g, next_run(g, place), {"a": "Knee"})
        assert (keys(g, "park"), keys(g, "knee")) == (set(), {"a", "b"})
    storage.close()
