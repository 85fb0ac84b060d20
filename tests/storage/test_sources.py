"""Sources: schedule, queue, lease and fence."""

import threading
from datetime import timedelta

import pytest

from reviews.errors import Conflict, LeaseLost, NotFound, StorageError
from reviews.model import Claim
from reviews.storage import Storage, open_storage, runs, sources
from tests.conftest import NOW
from tests.storage.conftest import Tenant, add_tenant

HOUR = timedelta(hours=1)


def claim(storage: Storage, owner: str = "worker", now=NOW, lease_seconds: int = 300, **more) -> Claim | None:
    with storage.write() as tx:
        return sources.claim_due(tx, owner=owner, now=now, lease_seconds=lease_seconds, **more)


def taken(storage: Storage, **more) -> Claim:
    found = claim(storage, **more)
    assert found is not None
    return found


def release(storage: Storage, held: Claim, **more) -> None:
    values = {"next_due_at": NOW + HOUR, "outcome": "ok", "failures": 0, "success": True, "run_id": None}
    with storage.write() as tx:
        sources.release(tx.group(held.source.group_id), held, now=NOW, **{**values, **more})


def test_source_comes_back_as_it_was_added(storage: Storage, tenant: Tenant):
    with storage.read() as tx:
        g = tx.group(tenant.group_id)
        assert sources.get_source(g, tenant.source.id) == tenant.source
        assert sources.get_source_by_public_id(g, tenant.source.public_id) == tenant.source
        assert sources.find_sources(g, tenant.clinic.id) == sources.find_sources(g) == [tenant.source]
        key = ("web_page", tenant.source.url, "Own website")
        assert sources.find_source(g, tenant.clinic.id, *key) == tenant.source
        assert sources.find_source(g, tenant.clinic.id, "csv_file", *key[1:]) is None
        assert sources.find_all_sources(tx) == [tenant.source]


def test_only_the_given_fields_change_and_a_none_is_a_value(storage: Storage, tenant: Tenant):
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        changed = sources.update_source(
            g,
            tenant.source.id,
            now=NOW,
            config={"b": 1, "a": "é"},
            interval_minutes=60,
            next_due_at=None,
            state="paused",
        )
    assert (changed.config, changed.interval_minutes, changed.next_due_at) == ({"b": 1, "a": "é"}, 60, None)
    assert (changed.state, changed.url) == ("paused", tenant.source.url)
    with pytest.raises(StorageError, match="no field"), storage.write() as tx:
        sources.update_source(tx.group(tenant.group_id), tenant.source.id, now=NOW, fence=0)


def test_same_source_twice_is_a_conflict(storage: Storage, tenant: Tenant):
    source = tenant.source
    with pytest.raises(Conflict), storage.write() as tx:
        sources.add_source(
            tx.group(tenant.group_id),
            clinic_id=tenant.clinic.id,
            kind=source.kind,
            label=source.label,
            url=source.url,
            origin="own_site",
            config={},
            now=NOW,
        )


@pytest.mark.parametrize("place", ["clinic_id", "connection_id"])
def test_source_is_not_added_to_what_belongs_to_another_group(storage: Storage, tenant: Tenant, other: Tenant, place):
    values = {"clinic_id": tenant.clinic.id, "connection_id": None, place: other.clinic.id}
    with pytest.raises(NotFound), storage.write() as tx:
        sources.add_source(
            tx.group(tenant.group_id),
            kind="web_page",
            label="x",
            url="",
            origin="own_site",
            config={},
            now=NOW,
            **values,
        )


def test_longest_due_source_is_claimed_first_and_its_next_time_is_set_before_fetching(storage: Storage, tenant: Tenant):
    later = add_tenant(storage, "later")
    with storage.write() as tx:
        sources.update_source(tx.group(later.group_id), later.source.id, now=NOW, next_due_at=NOW - HOUR)
    first, second = taken(storage), taken(storage)
    assert (first.source.id, second.source.id) == (later.source.id, tenant.source.id)
    assert first.source.next_due_at == NOW + sources.RETRY_AFTER
    assert (first.fence, first.owner, first.lease_until) == (1, "worker", NOW + timedelta(seconds=300))
    assert claim(storage) is None


def test_what_is_not_due_paused_or_not_chosen_is_not_claimed(storage: Storage, tenant: Tenant):
    assert claim(storage, now=NOW - HOUR) is None
    assert claim(storage, source_ids=[]) is None
    assert claim(storage, source_ids=[tenant.source.id + 1]) is None
    with storage.write() as tx:
        sources.update_source(tx.group(tenant.group_id), tenant.source.id, now=NOW, state="paused")
    assert claim(storage) is None


def test_choosing_sources_claims_only_those(storage: Storage, tenant: Tenant, other: Tenant):
    assert taken(storage, source_ids=[other.source.id]).source.id == other.source.id
    assert claim(storage, source_ids=[other.source.id]) is None


@pytest.mark.statement("R9")
def test_each_due_source_is_claimed_exactly_once_by_many_workers(database_url: str):
    storage = open_storage(database_url)
    due = {add_tenant(storage, f"clinic-{number}").source.id for number in range(40)}
    got: list[tuple[str, int]] = []
    start = threading.Barrier(4)

    def work(owner: str) -> None:
        own = open_storage(database_url, busy_timeout_seconds=30)
        start.wait()
        while (found := claim(own, owner)) is not None:
            got.append((owner, found.source.id))
        own.close()

    threads = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with storage.read() as tx:
        fences = [each.fence for each in sources.find_all_sources(tx)]
    storage.close()
    assert sorted(source_id for _, source_id in got) == sorted(due)
    assert fences == [1] * len(due)


def test_postgres_worker_does_not_wait_for_another_ones_claim(postgres_url: str):
    storage = open_storage(postgres_url, busy_timeout_seconds=0.2)
    add_tenant(storage, "one")
    add_tenant(storage, "two")
    neighbour = open_storage(postgres_url, busy_timeout_seconds=0.2)
    with storage.write() as tx:
        first = sources.claim_due(tx, owner="a", now=NOW, lease_seconds=300)
        second = claim(neighbour, "b")
    assert first is not None
    assert second is not None
    assert first.source.id != second.source.id
    storage.close()
    neighbour.close()


def test_one_source_is_claimed_by_hand_unless_somebody_holds_it(storage: Storage, tenant: Tenant):
    def by_hand(owner: str, now=NOW) -> Claim | None:
        with storage.write() as tx:
            g = tx.group(tenant.group_id)
            return sources.claim_source(g, tenant.source.id, owner=owner, now=now, lease_seconds=300)

    with storage.write() as tx:
        sources.update_source(tx.group(tenant.group_id), tenant.source.id, now=NOW, state="paused", next_due_at=None)
    held = by_hand("a")
    assert held is not None
    assert (held.source.state, held.source.next_due_at) == ("paused", None)
    assert by_hand("b") is None
    after = by_hand("b", NOW + timedelta(seconds=300))
    assert after is not None
    assert after.fence == held.fence + 1


def test_claim_by_hand_moves_a_due_time_on_but_never_nearer(storage: Storage, tenant: Tenant):
    def due_after_claim(due, now) -> object:
        with storage.write() as tx:
            g = tx.group(tenant.group_id)
            sources.update_source(g, tenant.source.id, now=now, next_due_at=due)
            held = sources.claim_source(g, tenant.source.id, owner="a", now=now, lease_seconds=1)
            assert held is not None
            return held.source.next_due_at

    assert due_after_claim(NOW, NOW) == NOW + sources.RETRY_AFTER
    assert due_after_claim(NOW + 9 * HOUR, NOW + timedelta(seconds=5)) == NOW + 9 * HOUR


@pytest.mark.statement("R9", "R10")
def test_worker_whose_lease_was_taken_cannot_write(storage: Storage, tenant: Tenant):
    stale = taken(storage, owner="sleeper")
    later = NOW + timedelta(hours=2)
    fresh = taken(storage, owner="second", now=later)
    assert fresh.fence == stale.fence + 1
    attempts = (
        lambda g, held: sources.check_lease(g, held),
        lambda g, held: sources.extend_lease(g, held, now=later, lease_seconds=300),
        lambda g, held: sources.save_cursor(g, held, {"position": 7}),
        lambda g, held: runs.open_run(g, held, trigger="schedule", now=later),
        lambda g, held: sources.release(
            g, held, now=later, next_due_at=None, outcome="ok", failures=0, success=True, run_id=None
        ),
    )
    for attempt in attempts:
        with pytest.raises(LeaseLost), storage.write() as tx:
            attempt(tx.group(tenant.group_id), stale)
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        assert sources.get_source(g, tenant.source.id).cursor == {}
        for attempt in attempts:
            attempt(g, fresh)


@pytest.mark.statement("R10")
def test_fence_alone_stops_a_worker_of_the_same_name(storage: Storage, tenant: Tenant):
    stale = taken(storage, owner="worker", lease_seconds=1)
    taken(storage, owner="worker", now=NOW + timedelta(hours=2))
    with pytest.raises(LeaseLost), storage.write() as tx:
        sources.save_cursor(tx.group(tenant.group_id), stale, {"position": 1})


def test_lease_that_ran_out_but_was_not_taken_still_writes(storage: Storage, tenant: Tenant):
    held = taken(storage, lease_seconds=1)
    with storage.write() as tx:
        longer = sources.extend_lease(tx.group(tenant.group_id), held, now=NOW + HOUR, lease_seconds=60)
    assert longer.lease_until == NOW + HOUR + timedelta(seconds=60)
    assert claim(storage, now=longer.lease_until - timedelta(seconds=1)) is None


def test_crash_after_a_claim_does_not_loop_hot(storage: Storage, tenant: Tenant):
    taken(storage, lease_seconds=60)
    assert claim(storage, now=NOW + timedelta(minutes=59)) is None
    assert claim(storage, now=NOW + sources.RETRY_AFTER) is not None


def test_release_keeps_what_the_run_has_taught(storage: Storage, tenant: Tenant):
    held = taken(storage)
    release(
        storage,
        held,
        cursor={"v": 1, "position": 3},
        validators={"etag": '"x"'},
        expectations={"count": 5},
        hint="Wait for {site}.",
        hint_values={"site": "Maple"},
        run_id=4,
    )
    with storage.read() as tx:
        found = sources.get_source(tx.group(tenant.group_id), tenant.source.id)
        assert sources.newest_success(tx) == NOW
        assert sources.next_due(tx) == NOW + HOUR
    assert (found.cursor, found.validators) == ({"v": 1, "position": 3}, {"etag": '"x"'})
    assert (found.expectations, found.hint, found.hint_values) == ({"count": 5}, "Wait for {site}.", {"site": "Maple"})
    assert (found.last_outcome, found.last_run_id, found.last_success_at) == ("ok", 4, NOW)
    again = taken(storage, now=NOW + HOUR)
    release(storage, again, success=False, outcome="unavailable", failures=1, state="paused", next_due_at=None)
    with storage.read() as tx:
        found = sources.get_source(tx.group(tenant.group_id), tenant.source.id)
        assert sources.next_due(tx) is None
    assert (found.last_success_at, found.state, found.failures, found.cursor) == (
        NOW,
        "paused",
        1,
        {"v": 1, "position": 3},
    )


def test_run_is_requested_for_an_active_source_only(storage: Storage, tenant: Tenant):
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        sources.update_source(g, tenant.source.id, now=NOW, next_due_at=None)
        assert sources.request_run(g, tenant.source.id, NOW) is True
        assert sources.next_due(tx) == NOW
        sources.update_source(g, tenant.source.id, now=NOW, state="gone")
        assert sources.request_run(g, tenant.source.id, NOW) is False
