"""What a list or a search touches does not grow with history, as far as plans tell; the costs are in `benchmarks`."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from benchmarks.filling import fill
from reviews.storage import Storage, review_lists
from reviews.storage.engine import Session
from reviews.storage.matching import SAMPLE
from reviews.storage.review_lists import ReviewFilters

REVIEWS = 2_500
LISTS: dict[str, tuple[ReviewFilters, int]] = {
    "the first page": (ReviewFilters(), 25),
    "unread": (ReviewFilters(unread_by=1), 25),
    "needs reply": (ReviewFilters(is_waiting=True, is_present=True), 25),
    "one clinic": (ReviewFilters(clinic_id=7), 25),
    "a month": (ReviewFilters(months=("2026-10", "2026-10")), 25),
    "a common word": (ReviewFilters(words="exercise"), 25),
    "a common word in a clinic": (ReviewFilters(words="exercise", clinic_id=7), 25),
    "a rare word": (ReviewFilters(words="harpsichord"), 10),
    "a word that nobody wrote": (ReviewFilters(words="zzyzx"), 0),
}


@contextmanager
def explained(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, Any]]]:
    """Each query about reviews that runs inside, with its plan."""
    plans: list[tuple[str, Any]] = []
    execute = Session.execute

    def spy(session: Session, sql: str, params: Any = None) -> Any:
        if re.search(r"\b(FROM|JOIN)\s+reviews AS", sql):
            if storage.dialect == "postgres":
                row = execute(session, f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params).rows[0]
                plan = next(iter(row.values()))
                plans.append((sql, (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
            else:
                found = execute(session, f"EXPLAIN QUERY PLAN {sql}", params).rows
                plans.append((sql, [line["detail"] for line in found]))
        return execute(session, sql, params)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "execute", spy)
        yield plans


def most_rows(node: dict[str, Any]) -> float:
    """The most rows that any step of a plan of PostgreSQL has touched, those that it threw away included."""
    thrown = sum(value for name, value in node.items() if name.startswith("Rows Removed by"))
    own = (node["Actual Rows"] + thrown) * node["Actual Loops"]
    return max([own, *(most_rows(each) for each in node.get("Plans", ()))])


@pytest.mark.statement("S9", "S5")
@pytest.mark.parametrize("order", review_lists.ORDERS)
def test_every_order_walks_along_an_index_and_sorts_nothing(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    fill(storage, REVIEWS)
    after, plans = None, []
    with storage.read() as tx:
        if storage.dialect == "postgres":
            tx.session.execute("SET LOCAL enable_seqscan = off")
        for _ in range(3):
            with explained(storage, monkeypatch) as found:
                page = review_lists.find_reviews(tx.group(1), ReviewFilters(), 25, after, order)
            assert len(page.rows) == 25
            after = page.next_key
            plans += [plan for sql, plan in found if "LEFT JOIN review_contents" in sql]
    assert len(plans) >= 3
    if storage.dialect == "sqlite":
        lines = [line for plan in plans for line in plan]
        assert [line for line in lines if "TEMP B-TREE" in line or line.startswith("SCAN r")] == []
        return
    assert [plan for plan in plans if "Sort" in json.dumps(plan)] == []
    assert max(most_rows(plan) for plan in plans) <= 26


@pytest.mark.statement("S9")
def test_lists_and_searches_go_by_an_index_and_never_through_everything(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(storage, REVIEWS)
    counts, plans = {}, {}
    for name, (filters, _) in LISTS.items():
        with explained(storage, monkeypatch) as found, storage.read() as tx:
            if storage.dialect == "postgres":
                # So small a table would be read whole, which says nothing about a large one.
                tx.session.execute("SET LOCAL enable_seqscan = off")
            counts[name] = len(review_lists.find_reviews(tx.group(1), filters, 25).rows)
        # SQLite knows from its list of words that nobody wrote a word, and asks no further.
        assert found or (storage.dialect == "sqlite" and LISTS[name][1] == 0), name
        plans[name] = found
    assert counts == {name: count for name, (_, count) in LISTS.items()}
    if storage.dialect == "sqlite":
        lines = [line for found in plans.values() for _, plan in found for line in plan]
        assert [
            line for line in lines if line.split()[:2] in (["SCAN", "r"], ["SCAN", "c"]) and "INDEX" not in line
        ] == []
        return
    # A rare word touches its hits and the sample, and nothing else.
    for name in ("a rare word", "a word that nobody wrote"):
        searches = [plan for sql, plan in plans[name] if "to_tsquery" in sql]
        assert len(searches) == 2, name
        assert max(most_rows(plan) for plan in searches) <= SAMPLE + LISTS[name][1], name
    # A common one is not looked up in the index, which would give all its hits; the list is walked from its newest end.
    for name in ("a common word", "a common word in a clinic"):
        walked = [sql for sql, _ in plans[name] if "to_tsquery" in sql]
        assert len(walked) == 2, name
        assert all("t.review_id = w.rowid" in sql for sql in walked), name
