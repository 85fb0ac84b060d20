"""Whoever takes the next of what is due walks along an index, however much became due at the same moment."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reviews.storage import Storage, deliveries, reply_posts, sources
from reviews.storage.engine import Session, Transaction
from tests.conftest import FakeClock

LEASE = timedelta(minutes=5)
TAKEN: dict[str, Callable[[Transaction, FakeClock], Any]] = {
    "sources": lambda tx, clock: sources.claim_due(tx, owner="me", now=clock(), lease_seconds=300),
    "messages": lambda tx, clock: deliveries.claim(tx, now=clock(), lease_until=clock() + LEASE),
    "replies": lambda tx, clock: reply_posts.claim_post(tx, now=clock(), lease_until=clock() + LEASE),
}


@pytest.mark.parametrize("what", TAKEN)
def test_the_next_of_what_is_due_is_found_without_sorting(
    storage: Storage, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    plans: list[str] = []
    execute = Session.execute

    def spy(session: Session, sql: str, params: Any = None) -> Any:
        if storage.dialect == "postgres":
            plans.extend(str(row["QUERY PLAN"]) for row in execute(session, f"EXPLAIN {sql}", params).rows)
        else:
            plans.extend(row["detail"] for row in execute(session, f"EXPLAIN QUERY PLAN {sql}", params).rows)
        return execute(session, sql, params)

    with storage.write() as tx:
        if storage.dialect == "postgres":
            for name in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort"):
                tx.session.execute(f"SET LOCAL enable_{name} = off")
        monkeypatch.setattr(Session, "execute", spy)
        assert TAKEN[what](tx, clock) is None
    assert any(f"{index}_due" in line for index in ("sources", "deliveries", "reply_posts") for line in plans), plans
    assert [line for line in plans if "Sort" in line or "TEMP B-TREE" in line] == []
