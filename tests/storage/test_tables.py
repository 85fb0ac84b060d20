"""Clinics, runs, the outbox, workers and waiting files."""

from datetime import datetime, timedelta

import pytest

from reviews.errors import Conflict, NotFound, StorageError
from reviews.model import Claim, Counts, Reject
from reviews.storage import Storage, clinics, groups, outbox, runs, sources, uploads, workers
from tests.conftest import NOW
from tests.storage.conftest import Tenant

SECOND = timedelta(seconds=1)


def test_group_is_found_by_both_ids(storage: Storage):
    with storage.write() as tx:
        group = groups.add_group(tx, name="Maple Health", now=NOW, is_demo=True)
        assert groups.get_group(tx, group.id) == group
        assert groups.find_group_by_public_id(tx, group.public_id) == group
        assert groups.find_group_by_public_id(tx, "nothing") is None
        with pytest.raises(NotFound):
            groups.get_group(tx, group.id + 1)


# ---------------------------------------------------------------- clinics


def test_clinic_comes_back_as_it_was_added(storage: Storage, tenant: Tenant):
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        clinic = clinics.add_clinic(
            g, slug="elm", name="Elm Physio", now=NOW, professions=["physiotherapist"], languages=("fr",), region="ON"
        )
        assert (clinic.professions, clinic.languages, clinic.time_zone) == (("physiotherapist",), ("fr",), "UTC")
        assert clinics.get_clinic(g, clinic.id) == clinics.get_clinic_by_public_id(g, clinic.public_id) == clinic
        assert clinics.find_clinic_by_slug(g, "elm") == clinic
        assert clinics.find_clinic_by_slug(g, "oak") is None
        assert clinics.find_clinics(g) == [tenant.clinic, clinic]


def test_only_the_given_fields_of_a_clinic_change(storage: Storage, tenant: Tenant):
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        changed = clinics.update_clinic(
            g, tenant.clinic.id, now=NOW, jurisdiction="CA-ON", professions=("chiropractor",),
            primary_source_id=tenant.source.id,
        )  # fmt: skip
        assert (changed.jurisdiction, changed.professions) == ("CA-ON", ("chiropractor",))
        assert (changed.primary_source_id, changed.name) == (tenant.source.id, tenant.clinic.name)
        assert clinics.update_clinic(g, tenant.clinic.id, now=NOW, primary_source_id=None).primary_source_id is None


def test_clinic_refuses_unknown_fields_and_a_foreign_primary_source(storage: Storage, tenant: Tenant, other: Tenant):
    with pytest.raises(StorageError, match="no field"), storage.write() as tx:
        clinics.update_clinic(tx.group(tenant.group_id), tenant.clinic.id, now=NOW, group_id=other.group_id)
    with pytest.raises(NotFound), storage.write() as tx:
        clinics.update_clinic(tx.group(tenant.group_id), tenant.clinic.id, now=NOW, primary_source_id=other.source.id)


def test_slug_is_unique_within_its_group_only(storage: Storage, tenant: Tenant, other: Tenant):
    with storage.write() as tx:
        clinics.add_clinic(tx.group(other.group_id), slug="maple", name="Same", now=NOW)
    with pytest.raises(Conflict), storage.write() as tx:
        clinics.add_clinic(tx.group(tenant.group_id), slug="maple", name="Same", now=NOW)


def test_mark_made_while_figures_were_made_is_not_cleared(storage: Storage, tenant: Tenant):
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        assert clinics.get_stale_since(g, tenant.clinic.id) is None
        clinics.mark_stale(g, tenant.clinic.id, NOW)
        ((group_id, clinic_id, first),) = clinics.find_stale_clinics(tx, 10)
        assert (group_id, clinic_id, first) == (tenant.group_id, tenant.clinic.id, NOW)
        # Made at the very same moment, and yet another mark.
        clinics.mark_stale(g, tenant.clinic.id, NOW)
        assert clinics.clear_stale(g, tenant.clinic.id, first) is False
        second = clinics.get_stale_since(g, tenant.clinic.id)
        assert second is not None
        assert clinics.clear_stale(g, tenant.clinic.id, second) is True
        assert clinics.find_stale_clinics(tx, 10) == []


def test_stale_clinic_that_is_being_collected_is_left_to_its_run_for_a_while(storage: Storage, tenant: Tenant):
    with storage.write() as tx:
        clinics.mark_stale(tx.group(tenant.group_id), tenant.clinic.id, NOW)

    def found(now: datetime) -> int:
        with storage.read() as tx:
            return len(clinics.find_stale_clinics(tx, 10, now=now, patience=timedelta(seconds=10)))

    assert found(NOW) == 1
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        assert sources.claim_source(g, tenant.source.id, owner="w", now=NOW, lease_seconds=300)
    assert found(NOW + timedelta(seconds=10)) == 0
    assert found(NOW + timedelta(seconds=11)) == 1, "a long run keeps nobody's change from being shown"
    with storage.read() as tx:
        assert len(clinics.find_stale_clinics(tx, 10)) == 1


def test_confirmation_of_a_rule_replaces_the_earlier_one(storage: Storage, tenant: Tenant):
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        for version in ("2026-01-01 a", "2026-06-01 b"):
            clinics.confirm_rule(
                g, jurisdiction="CA-ON", profession="physiotherapist", row_version=version, person_id=None,
                person_name="Ada", now=NOW,
            )  # fmt: skip
        (found,) = clinics.find_confirmations(g)
    assert (found.row_version, found.person_name, found.confirmed_at) == ("2026-06-01 b", "Ada", NOW)


# ---------------------------------------------------------------- runs


def claimed(storage: Storage, tenant: Tenant, now=NOW) -> Claim:
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        found = sources.claim_source(g, tenant.source.id, owner="w", now=now, lease_seconds=1)
    assert found is not None
    return found


def test_run_adds_up_its_pages_and_closes_once(storage: Storage, tenant: Tenant):
    claim = claimed(storage, tenant)
    reject = Reject(
        place="page 1, item 2", reason="Unknown scale {x}", values=(("x", "9/7"),), sample="nul \x00 \ud800"
    )
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        run = runs.open_run(g, claim, trigger="schedule", now=NOW)
        assert (run.outcome, run.counts, run.fence) == (None, Counts(), claim.fence)
        assert runs.find_open_run(g, tenant.source.id) == run
        for _ in range(15):
            runs.add_counts(g, run.id, Counts(pages=1, seen=3, new=2, unchanged=1, rejected=2), [reject, reject])
        runs.close_run(
            g, run.id, now=NOW + SECOND, outcome="ok", is_complete=True, missing=4, message="m", hint="h {a}",
            hint_values={"a": "b"},
        )  # fmt: skip
        done = runs.get_run(g, run.id)
        assert runs.get_run_by_public_id(g, run.public_id) == done
        assert runs.find_open_run(g, tenant.source.id) is None
    assert done.counts == Counts(pages=15, seen=45, new=30, unchanged=15, rejected=30, missing=4)
    assert (done.outcome, done.is_complete, done.hint_values) == ("ok", True, {"a": "b"})
    assert len(done.rejects) == runs.SAMPLE_SIZE
    # What no database can hold of a foreign sample is replaced; the rest stays.
    assert (done.rejects[0].values, done.rejects[0].sample) == ((("x", "9/7"),), "nul � �")
    for change in (
        lambda g: runs.add_counts(g, run.id, Counts(pages=1)),
        lambda g: runs.close_run(g, run.id, now=NOW, outcome="failed", is_complete=False),
    ):
        with pytest.raises(NotFound), storage.write() as tx:
            change(tx.group(tenant.group_id))


def test_run_left_open_by_a_dead_worker_is_closed_as_interrupted(storage: Storage, tenant: Tenant):
    with storage.write() as tx:
        first = runs.open_run(tx.group(tenant.group_id), claimed_in(tx, tenant, NOW), trigger="schedule", now=NOW)
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        later = NOW + timedelta(hours=1)
        second = runs.open_run(g, claimed_in(tx, tenant, later), trigger="person", now=later, file_name="a.csv")
        found = runs.find_runs(g, tenant.source.id)
        assert [(each.id, each.outcome, each.finished_at) for each in found] == [
            (second.id, None, None),
            (first.id, "interrupted", later),
        ]
        assert [each.id for each in runs.find_runs(g, tenant.source.id, limit=5, before_id=second.id)] == [first.id]


def claimed_in(tx, tenant: Tenant, now) -> Claim:
    found = sources.claim_source(tx.group(tenant.group_id), tenant.source.id, owner="w", now=now, lease_seconds=1)
    assert found is not None
    return found


def test_import_is_taken_back_once(storage: Storage, tenant: Tenant):
    claim = claimed(storage, tenant)
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        run = runs.open_run(g, claim, trigger="import", now=NOW)
        runs.mark_undone(g, run.id, NOW)
        assert runs.get_run(g, run.id).undone_at == NOW
    with pytest.raises(StorageError, match="before"), storage.write() as tx:
        runs.mark_undone(tx.group(tenant.group_id), run.id, NOW)


# ---------------------------------------------------------------- the machine


def test_same_cause_makes_one_event(storage: Storage, tenant: Tenant):
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        event = {"event_id": "source.failed:1", "kind": "source.failed", "payload": {"source": "x"}, "now": NOW}
        assert outbox.add_event(g, **event) is True
        assert outbox.add_event(g, **event) is False
        assert outbox.exists(g, "source.failed:1") is True
        assert outbox.exists(g, "source.failed:2") is False
        (found,) = outbox.find_unsent(tx, NOW, 10)
        assert (found.kind, found.payload, found.attempts) == ("source.failed", {"source": "x"}, 0)


def test_event_is_sent_then_marked_and_a_failure_waits(storage: Storage, tenant: Tenant):
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        for name in ("a", "b"):
            outbox.add_event(g, event_id=name, kind="review.new", payload={}, now=NOW)
        first, second = outbox.find_unsent(tx, NOW, 10)
        outbox.mark_failed(tx, first, NOW + SECOND)
        assert [each.event_id for each in outbox.find_unsent(tx, NOW, 10)] == ["b"]
        outbox.mark_sent(tx, second, NOW)
        (again,) = outbox.find_unsent(tx, NOW + SECOND, 10)
        assert (again.event_id, again.attempts) == ("a", 1)
        sent = outbox.find_event(g, "b")
        assert sent is not None
        assert sent.sent_at == NOW


def test_worker_is_heard_of_and_forgotten(storage: Storage):
    with storage.write() as tx:
        for now in (NOW, NOW + SECOND):
            workers.beat(tx, name="a", started_at=NOW, now=now, version="1")
        workers.beat(tx, name="b", started_at=NOW, now=NOW, version="1")
        assert [(each.name, each.beat_at) for each in workers.find_workers(tx)] == [("a", NOW + SECOND), ("b", NOW)]
        assert workers.drop_workers(tx, NOW + SECOND) == 1
        assert workers.drop_workers(tx, NOW + 9 * SECOND, name="b") == 0
        assert workers.drop_workers(tx, NOW + 9 * SECOND, name="a") == 1


def test_file_waits_until_it_is_imported_or_too_old(storage: Storage, tenant: Tenant):
    body = bytes(range(256)) * 3
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        one = uploads.add_upload(g, person_id=None, file_name="a.csv", body=body, now=NOW)
        two = uploads.add_upload(g, person_id=None, file_name="b.csv", body=b"", now=NOW + SECOND)
        assert uploads.get_upload_by_public_id(g, one.public_id) == one
        assert one.body == body
        assert uploads.delete_old(tx, NOW + SECOND) == 1
        uploads.delete_upload(g, two.id)
        for gone in (one, two):
            with pytest.raises(NotFound):
                uploads.get_upload_by_public_id(g, gone.public_id)
