"""The audit trail: what was changed or removed afterwards is found."""

import threading

import pytest

from reviews.errors import NotFound
from reviews.storage import Storage, audit, open_storage
from tests.conftest import NOW
from tests.storage.conftest import Tenant, add_tenant


def add(storage: Storage, tenant: Tenant, *actions: str) -> list[int]:
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        return [
            audit.add_entry(
                g,
                now=NOW,
                person_id=None,
                action=action,
                object_kind="source",
                object_id="x",
                before={"a": 1},
                after={"a": "é"},
            )
            for action in actions
        ]


def broken(storage: Storage, tenant: Tenant) -> int | None:
    with storage.read() as tx:
        return audit.verify_chain(tx.group(tenant.group_id))


def tamper(storage: Storage, sql: str, **values: object) -> None:
    with storage.session(writable=True) as session:
        assert session.execute(sql, values).count == 1


@pytest.mark.statement("T43")
def test_chain_of_a_group_is_whole_beside_that_of_another(storage: Storage, tenant: Tenant, other: Tenant):
    assert broken(storage, tenant) is None
    add(storage, tenant, "a", "b")
    add(storage, other, "c")
    add(storage, tenant, "d")
    assert broken(storage, tenant) is None
    assert broken(storage, other) is None


@pytest.mark.statement("T43")
@pytest.mark.parametrize(
    "change",
    ["action = 'z'", "at = '2020-01-01T00:00:00.000000Z'", "after = '{}'", "object_id = 'y'", "hash = 'z'"],
)
def test_changed_entry_is_named(storage: Storage, tenant: Tenant, change: str):
    _, middle, _ = add(storage, tenant, "a", "b", "c")
    tamper(storage, f"UPDATE audit_entries SET {change} WHERE id = :id", id=middle)
    assert broken(storage, tenant) == middle


@pytest.mark.statement("T43")
def test_removed_entry_is_noticed_at_its_follower_and_at_the_end_too(storage: Storage, tenant: Tenant):
    _, middle, last = add(storage, tenant, "a", "b", "c")
    tamper(storage, "DELETE FROM audit_entries WHERE id = :id", id=middle)
    assert broken(storage, tenant) == last
    tamper(storage, "DELETE FROM audit_entries WHERE id = :id", id=last)
    assert broken(storage, tenant) == last


@pytest.mark.statement("T43")
def test_entry_moved_to_another_group_breaks_both_chains(storage: Storage, tenant: Tenant, other: Tenant):
    (only,) = add(storage, tenant, "a")
    tamper(storage, "UPDATE audit_entries SET group_id = :to WHERE id = :id", id=only, to=other.group_id)
    assert broken(storage, tenant) == only
    assert broken(storage, other) == only


@pytest.mark.statement("T43")
def test_entries_added_at_the_same_time_make_one_chain(database_url: str):
    storage = open_storage(database_url, busy_timeout_seconds=30)
    tenant = add_tenant(storage, "maple")
    threads = [threading.Thread(target=add, args=(storage, tenant, "a", "b", "c")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with storage.read() as tx:
        assert len(audit.find_entries(tx.group(tenant.group_id))) == 12
    assert broken(storage, tenant) is None
    storage.close()


def test_entries_are_listed_newest_first_by_object_and_by_page(storage: Storage, tenant: Tenant):
    first, second, third = add(storage, tenant, "a", "b", "c")
    with storage.read() as tx:
        g = tx.group(tenant.group_id)
        found = audit.find_entries(g, limit=2)
        assert [each.id for each in found] == [third, second]
        assert (found[0].before, found[0].after, found[0].at) == ({"a": 1}, {"a": "é"}, NOW)
        assert [each.id for each in audit.find_entries(g, before_id=second)] == [first]
        assert audit.find_entries(g, object_kind="clinic") == []
        assert len(audit.find_entries(g, object_kind="source", object_id="x")) == 3


def test_group_that_is_none_has_no_chain(storage: Storage, tenant: Tenant):
    with pytest.raises(NotFound), storage.write() as tx:
        audit.add_entry(
            tx.group(tenant.group_id + 9), now=NOW, person_id=None, action="a", object_kind="x", object_id="y"
        )
