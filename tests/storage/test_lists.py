"""Lists of reviews: paging by key, filters against a plain oracle, quotes, the sample, and the indexes they use."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews.storage import Storage, open_storage, people, review_lists, reviews, work
from reviews.storage.named import all_queries, render
from reviews.storage.review_lists import ReviewFilters, SampleFigures, find_reviews, quote_candidates, sample_figures
from reviews.storage.review_rows import StoredReview
from reviews.storage.scores import Score, save_scores
from tests.builders import Place, add_place, add_source, make_review, next_run, save
from tests.conftest import NOW

STARS = [None, 0, 1, "1.4", "1.5", 2, "2.49", "2.5", 3, "3.5", 4, "4.49", "4.5", 5]


def keys(rows: tuple[StoredReview, ...] | list[StoredReview]) -> list[str]:
    return [row.identity_key for row in rows]


def fill(storage: Storage) -> tuple[Place, int, dict[int, StoredReview], set[int]]:
    """A group of two clinics and three sources with all sorts of reviews; also a second group that must not show."""
    with storage.write() as tx:
        place, other = add_place(tx), add_place(tx)
        second = add_place(tx, group_id=place.group_id)
        g = tx.group(place.group_id)
        third = next_run(g, replace(place, source_id=add_source(g, place.clinic_id)))
        for number, where in enumerate((place, second, third)):
            found = [
                make_review(
                    f"{number}-{item}",
                    stars=STARS[(item + number) % len(STARS)],
                    text="" if item % 3 == 0 else f"Words {item}.",
                    language=("en", "fr", None)[item % 3],
                    date=NOW - timedelta(days=item // 2) if item % 5 else None,
                    position=item,
                )
                for item in range(28)
            ]
            save(g, where, *found)
            save(tx.group(other.group_id), other, *found)
        person = people.add_person(tx, email="ann@example.org", name="Ann", password_hash="x", now=NOW).id
        rows = find_reviews(g, ReviewFilters(), limit=500).rows
        read = {row.id for row in rows if row.id % 4 == 0}
        reviews.mark_read(g, person, sorted(read), NOW)
        for row in rows:
            if row.id % 6 == 0:
                reviews.hide(g, row.id, "off_topic", NOW)
            if row.id % 7 == 0:
                work.set_work(g, row, "closed", NOW)
            if row.id % 3:
                label = ("negative", "neutral", "positive")[row.id % 3]
                save_scores(tx, [score(place.group_id, row, label)])
        save(g, next_run(g, place), *(make_review(f"0-{item}", text="Edited.") for item in range(5)))
        rows = find_reviews(g, ReviewFilters(), limit=500).rows
        return place, person, {row.id: row for row in rows}, read


def score(group_id: int, row: StoredReview, label: str) -> Score:
    return Score(
        group_id=group_id,
        review_id=row.id,
        content_hash=row.content_hash,
        scorer="s/1",
        compound=0.1,
        label=label,
    )


def bucket(stars100: int | None) -> int | None:
    """Whole stars, rounded half up, never below one."""
    return None if stars100 is None else max(1, (stars100 + 50) // 100)


def passes(row: StoredReview, filters: ReviewFilters, read: set[int]) -> bool:
    return (
        filters.clinic_id in (None, row.clinic_id)
        and filters.source_id in (None, row.source_id)
        and (not filters.stars or bucket(row.stars100) in filters.stars)
        and filters.language in (None, row.language)
        and filters.label in (None, row.label)
        and filters.presence in (None, row.presence)
        and filters.publication in (None, row.publication)
        and filters.work in (None, row.work)
        and filters.has_text in (None, row.has_text)
        and (filters.unread_by is None or row.id not in read)
        and (filters.since is None or row.written_at >= filters.since)
    )


def test_every_filter_and_all_together_agree_with_a_plain_reading(storage: Storage) -> None:
    _place, person, rows, read = fill(storage)
    assert len(rows) == 84
    some = list(rows.values())
    group_id = _place.group_id

    def maybe(values: list[object]) -> st.SearchStrategy[object]:
        return st.none() | st.sampled_from(sorted(set(values), key=repr))

    @settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(
        st.builds(
            ReviewFilters,
            clinic_id=maybe([row.clinic_id for row in some]),
            source_id=maybe([row.source_id for row in some]),
            stars=st.just(()) | st.sets(st.integers(1, 5), min_size=1).map(tuple),
            language=maybe(["en", "fr", "de"]),
            label=maybe(["negative", "neutral", "positive"]),
            presence=maybe(["visible", "changed", "missing"]),
            publication=maybe(["listed", "hidden"]),
            work=maybe(["new", "closed"]),
            has_text=maybe([True, False]),
            unread_by=st.sampled_from([None, person]),
            since=st.none() | st.integers(0, 15).map(lambda days: NOW - timedelta(days=days)),
        ),
        st.integers(1, 30),
    )
    def check(filters: ReviewFilters, limit: int) -> None:
        expected = sorted(
            (row for row in some if passes(row, filters, read)), key=lambda r: (r.written_at, r.id), reverse=True
        )
        found: list[StoredReview] = []
        after = None
        with storage.read() as tx:
            g = tx.group(group_id)
            while True:
                page = find_reviews(g, filters, limit=limit, after=after)
                assert len(page.rows) <= limit
                assert (page.total_capped, page.is_capped) == (len(expected), False)
                found += page.rows
                if (after := page.next_key) is None:
                    break
        assert found == expected

    check()


@pytest.mark.statement("S5")
def test_a_review_that_arrives_meanwhile_neither_repeats_nor_hides_a_row(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        save(g, place, *(make_review(f"r{n}", date=NOW - timedelta(days=n // 2), position=n) for n in range(10)))
        expected = keys(find_reviews(g, ReviewFilters()).rows)
        seen: list[str] = []
        after = None
        for page_number in range(5):
            page = find_reviews(g, ReviewFilters(), limit=2, after=after)
            seen += keys(page.rows)
            after = page.next_key
            save(g, place, make_review(f"newer{page_number}", date=NOW + timedelta(days=1 + page_number)))
            save(g, place, make_review(f"older{page_number}", date=NOW - timedelta(days=60 + page_number)))
    assert seen == expected


def place_in(order: str) -> Callable[[StoredReview], tuple[object, ...]]:
    """What a list in this order is sorted by, read plainly."""
    return {
        "newest": lambda row: (-row.written_at.timestamp(), -row.id),
        "oldest": lambda row: (row.written_at.timestamp(), row.id),
        "lowest": lambda row: (
            row.stars100 is None, row.stars100 or 0, -row.written_at.timestamp(), -row.id,
        ),
        "waiting": lambda row: (row.work not in ("new", "open"), row.written_at.timestamp(), row.id),
    }[order]  # fmt: skip


@pytest.mark.statement("S5")
@pytest.mark.parametrize("order", review_lists.ORDERS)
def test_each_order_is_what_it_says_page_by_page_and_under_filters(storage: Storage, order: str) -> None:
    place, _, rows, _ = fill(storage)
    with storage.read() as tx:
        g = tx.group(place.group_id)
        narrow = {"clinic_id": place.clinic_id}, {"stars": (1, 5)}, {"words": "words"}
        for filters in (ReviewFilters(), *(ReviewFilters(**each) for each in narrow)):  # type: ignore[arg-type]
            held = [row for row in rows.values() if not filters.words or filters.words in row.text.lower()]
            allowed = [row for row in held if passes(row, filters, set())]
            wanted = [row.id for row in sorted(allowed, key=place_in(order))]  # type: ignore[arg-type]
            for limit in (7, 500):
                seen: list[int] = []
                after = None
                while True:
                    page = find_reviews(g, filters, limit, after, order)
                    seen += [row.id for row in page.rows]
                    after = page.next_key
                    if after is None:
                        break
                assert seen == wanted, (filters, limit)


@pytest.mark.statement("S5")
@pytest.mark.parametrize("order", review_lists.ORDERS)
def test_in_each_order_what_arrives_or_is_answered_meanwhile_neither_repeats_nor_hides_a_row(
    storage: Storage, order: str
) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        found = [make_review(f"r{n}", stars=1 + n % 3, date=NOW - timedelta(days=n // 2)) for n in range(12)]
        save(g, place, *found)
        expected = keys(find_reviews(g, ReviewFilters(), order=order).rows)
        seen: list[str] = []
        after = None
        for number in range(6):
            page = find_reviews(g, ReviewFilters(), 2, after, order)
            seen += [each for each in keys(page.rows) if each in expected]
            assert len(set(seen)) == len(seen), "no row twice"
            after = page.next_key
            for row in page.rows:
                work.set_work(g, row, "closed", NOW)  # what was seen is done with, while the next page is asked for
            save(g, place, make_review(f"new{number}", stars=5, date=NOW - timedelta(days=number)))
    if order == "waiting":
        assert seen == expected[: len(seen)]
    else:
        assert set(seen) <= set(expected)
        assert seen == [each for each in expected if each in seen]


def test_a_list_ends_without_a_further_key(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        assert find_reviews(g, ReviewFilters()) == review_lists.ReviewList(
            rows=(), next_key=None, total_capped=0, is_capped=False
        )
        save(g, place, make_review("a"), make_review("b"))
        assert find_reviews(g, ReviewFilters(), limit=2).next_key is None
        assert find_reviews(g, ReviewFilters(), limit=1).next_key is not None


def test_a_total_is_exact_up_to_a_thousand_and_says_when_there_are_more(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        save(g, place, *(make_review(f"r{n}") for n in range(1000)))
        page = find_reviews(g, ReviewFilters(), limit=1)
        assert (page.total_capped, page.is_capped) == (1000, False)
        save(g, place, make_review("one more"))
        page = find_reviews(g, ReviewFilters(), limit=1)
        assert (page.total_capped, page.is_capped) == (1000, True)


def test_reviews_of_one_page_and_one_day_are_listed_in_the_order_of_the_page(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        save(g, place, *(make_review(f"u{n}", date=None, position=n) for n in (2, 0, 3, 1)))
        assert keys(find_reviews(g, ReviewFilters()).rows) == ["u0", "u1", "u2", "u3"]


def test_candidates_are_newest_first_else_in_the_order_of_the_page(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx, now=NOW)
        g = tx.group(place.group_id)
        for page in ([3, 2], [1, 0]):
            at = NOW + timedelta(minutes=5 - page[0])
            save(g, place, *(make_review(f"u{n}", date=None, position=n) for n in page), now=at)
        save(
            g,
            place,
            make_review("today", date=NOW + timedelta(days=1)),
            make_review("long ago", date=NOW - timedelta(days=900)),
            make_review("no text", text=""),
        )
        assert keys(quote_candidates(g, place.clinic_id)) == ["today", "u0", "u1", "u2", "u3", "long ago"]
        assert keys(quote_candidates(g, place.clinic_id, limit=2)) == ["today", "u0"]


@pytest.mark.statement("S18")
def test_candidates_stand_at_their_source_and_are_not_hidden(storage: Storage) -> None:
    with storage.write() as tx:
        place, other = add_place(tx), add_place(tx)
        g = tx.group(place.group_id)
        ids = dict(zip("abc", save(g, place, *(make_review(key) for key in "abc")).new_ids, strict=True))
        save(tx.group(other.group_id), other, make_review("foreign"))
        reviews.hide(g, ids["a"], "legal", NOW)
        for complete in (1, 2):
            place = next_run(g, place)
            save(g, place, make_review("a"), make_review("c", text="Edited."))
            reviews.mark_missed(g, place.source_id, place.run_id, NOW)
            expected = ["b", "c"] if complete == 1 else ["c"]
            assert sorted(keys(quote_candidates(g, place.clinic_id))) == expected
        save(g, next_run(g, place), make_review("b"))
        assert sorted(keys(quote_candidates(g, place.clinic_id))) == ["b", "c"]
        assert quote_candidates(g, other.clinic_id) == []


def test_the_sample_counts_what_stands_there_hidden_or_not(storage: Storage) -> None:
    place, _person, rows, _read = fill(storage)
    with storage.write() as tx:
        g = tx.group(place.group_id)
        sample = sample_figures(g, place.clinic_id)
        by_source = review_lists.sample_figures_by_source(g, place.clinic_id)
        mine = [row for row in rows.values() if row.clinic_id == place.clinic_id]
        assert sample.count == len(mine) == sum(each.count for each in by_source.values())
        assert sample.with_text == sum(row.has_text for row in mine)
        assert sample.histogram == tuple(sum(bucket(row.stars100) == n for row in mine) for n in range(1, 6))
        assert sample.stars100_sum == sum(row.stars100 or 0 for row in mine)
        assert sample.stars_count == sum(row.stars100 is not None for row in mine)
        assert sample.hidden == {"off_topic": sum(row.publication == "hidden" for row in mine)}
        assert all(isinstance(n, int) for n in (sample.stars100_sum, sample.with_text, *sample.histogram))
        for _ in range(2):
            reviews.mark_missed(g, place.source_id, place.run_id + 1000, NOW)
        gone = by_source[place.source_id].count
        assert sample_figures(g, place.clinic_id).count == sample.count - gone


def test_the_sample_of_a_clinic_without_reviews_or_of_another_group_is_empty(storage: Storage) -> None:
    with storage.write() as tx:
        place, other = add_place(tx), add_place(tx)
        save(tx.group(other.group_id), other, make_review("a"))
        g = tx.group(place.group_id)
        assert sample_figures(g, place.clinic_id) == SampleFigures()
        assert sample_figures(g, other.clinic_id) == SampleFigures()


LISTS = {
    "all, newest first": {"limit": 50},
    "further pages": {"limit": 50, "after_id": 7, "after_written_at": "2026"},
    "of a clinic": {"limit": 50, "clinic_id": 1, "work": "new"},
    "of a source": {"limit": 50, "source_id": 1},
    "by stars": {"limit": 50, "stars": [1, 2]},
    "candidates for quotes": {
        "limit": 200,
        "clinic_id": 1,
        "has_text": 1,
        "is_present": 1,
        "not_hidden": 1,
        "in_page_order": 1,
    },
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_walk_an_index_in_their_own_order(tmp_path: Path, name: str) -> None:
    storage = open_storage(str(tmp_path / "plan.db"))
    storage.migrate(NOW)
    text, values = render(all_queries()["find_reviews"], "sqlite", {**LISTS[name], "group_id": 1})
    with storage.session(writable=False) as session:
        plan = [row["detail"] for row in session.execute("EXPLAIN QUERY PLAN " + text, values).rows]
    storage.close()
    assert any("USING INDEX reviews_newest" in line for line in plan), plan
    assert not any(line.startswith("SCAN r") for line in plan), plan
    # Within equal times a few rows may be sorted; never the whole list.
    assert not any(line == "USE TEMP B-TREE FOR ORDER BY" for line in plan), plan


SOURCE_QUERIES = ("find_saved_reviews", "count_would_miss", "add_missed_run", "mark_missing", "delete_reviews_of_run")


@pytest.mark.parametrize("name", [*SOURCE_QUERIES, "mark_seen", "copy_contents", "touch_replies", "put_scores"])
def test_a_run_touches_its_source_and_not_the_whole_group(tmp_path: Path, name: str) -> None:
    storage = open_storage(str(tmp_path / "plan.db"))
    storage.migrate(NOW)
    query = all_queries()[name]
    text, values = render(query, "sqlite", dict.fromkeys(query.required, "{}"))
    with storage.session(writable=False) as session:
        plan = [row["detail"] for row in session.execute("EXPLAIN QUERY PLAN " + text, values).rows]
    storage.close()
    wanted = "source_id=?" if name in SOURCE_QUERIES else ("rowid=?" if name != "touch_replies" else "review_id=?")
    assert any(wanted in line for line in plan), plan
    assert not any("(group_id=?)" in line for line in plan), plan


def test_no_list_pages_by_offset() -> None:
    assert not [name for name, query in all_queries().items() if "OFFSET" in query.text.upper()]
