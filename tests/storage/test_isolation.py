"""With the handle of one group nothing of another group is found, whatever id is known."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from cryptography.fernet import Fernet

from reviews.errors import LeaseLost, NotFound
from reviews.model import Claim, Counts, Reject
from reviews.secrets_box import SecretsBox
from reviews.storage import (
    GroupTransaction,
    Storage,
    audit,
    backup,
    clinics,
    connections,
    outbox,
    people,
    runs,
    sources,
    uploads,
)
from tests.conftest import NOW
from tests.storage.conftest import Tenant

MODULES: tuple[ModuleType, ...] = (audit, backup, clinics, connections, outbox, people, runs, sources, uploads)
TABLES = (
    "clinics", "connections", "memberships", "sources", "runs", "run_rejects", "uploads", "file_mappings",
)  # fmt: skip
MARKER = "secretmarker"
BOX = SecretsBox([Fernet.generate_key()])


@dataclass(frozen=True)
class Treasure:
    """Rows of one group that the other must not see."""

    tenant: Tenant
    claim: Claim
    run: runs.Run
    upload: uploads.Upload
    person: people.Person
    connection: connections.Connection
    mapping: uploads.SavedMapping
    limited: people.Person


@pytest.fixture
def treasure(storage: Storage, tenant: Tenant) -> Treasure:
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        clinics.update_clinic(g, tenant.clinic.id, now=NOW, name=MARKER)
        clinics.mark_stale(g, tenant.clinic.id, NOW)
        sources.update_source(g, tenant.source.id, now=NOW, validators={"etag": "x"})
        clinics.confirm_rule(
            g, jurisdiction="AU", profession="x", row_version="1", person_id=None, person_name=MARKER, now=NOW
        )
        person = people.add_person(tx, email="m@example.org", name=MARKER, password_hash="x", now=NOW)
        people.add_membership(g, person_id=person.id, role="owner", now=NOW)
        limited = people.add_person(tx, email="l@example.org", name=MARKER, password_hash="x", now=NOW)
        people.add_membership(g, person_id=limited.id, role="viewer", now=NOW, clinic_ids=[tenant.clinic.id])
        claim = sources.claim_source(g, tenant.source.id, owner="w", now=NOW, lease_seconds=300)
        assert claim is not None
        run = runs.open_run(g, claim, trigger="import", now=NOW, file_name=MARKER, file_digest="d")
        upload = uploads.add_upload(g, person_id=person.id, file_name=MARKER, body=b"x", now=NOW)
        mapping = uploads.save_mapping(g, name=MARKER, headers="h", config={}, now=NOW)
        runs.save_progress(g, run.id, records_done=5, records_total=9, position={"page": 2})
        runs.add_rejects(g, run.id, [Reject(place="row 2", reason=MARKER)], NOW)
        outbox.add_event(g, event_id="e", kind="review.new", payload={"x": MARKER}, now=NOW)
        connection = connections.add_connection(
            g, kind="example_api", label=MARKER, secrets={"token": MARKER}, box=BOX, now=NOW
        )
        sources.update_source(g, tenant.source.id, now=NOW, connection_id=connection.id)
        audit.add_entry(g, now=NOW, person_id=None, action=MARKER, object_kind="source", object_id="x")
    return Treasure(tenant, claim, run, upload, person, connection, mapping, limited)


Call = Callable[[GroupTransaction, Treasure], Any]

LOOK_UPS: dict[str, Call] = {
    "audit.find_entries": lambda g, t: audit.find_entries(g),
    "audit.find_kinds": lambda g, t: audit.find_kinds(g),
    "backup.export_group": lambda g, t: [line for line in backup.export_group(g) if MARKER in line],
    "clinics.get_clinic": lambda g, t: clinics.get_clinic(g, t.tenant.clinic.id),
    "clinics.get_clinic_by_public_id": lambda g, t: clinics.get_clinic_by_public_id(g, t.tenant.clinic.public_id),
    "clinics.find_clinic_by_slug": lambda g, t: clinics.find_clinic_by_slug(g, t.tenant.clinic.slug),
    "clinics.find_clinics": lambda g, t: [each for each in clinics.find_clinics(g) if each.name == MARKER],
    "clinics.find_confirmations": lambda g, t: clinics.find_confirmations(g),
    "clinics.get_with_mark": lambda g, t: clinics.get_with_mark(g, t.tenant.clinic.id),
    "clinics.get_stale_since": lambda g, t: clinics.get_stale_since(g, t.tenant.clinic.id),
    "connections.find_connections": lambda g, t: connections.find_connections(g),
    "connections.find_sources_of": lambda g, t: connections.find_sources_of(g, t.connection.id),
    "connections.serves_unseen": lambda g, t: connections.serves_unseen(g.tx.group(g.group_id, []), t.connection.id),
    "connections.get_connection": lambda g, t: connections.get_connection(g, t.connection.id),
    "connections.get_connection_by_public_id": lambda g, t: connections.get_connection_by_public_id(
        g, t.connection.public_id
    ),
    "connections.get_secrets": lambda g, t: connections.get_secrets(g, t.connection.id, BOX),
    "outbox.exists": lambda g, t: outbox.exists(g, "e") or None,
    "outbox.find_event": lambda g, t: outbox.find_event(g, "e"),
    "people.find_member": lambda g, t: people.find_member(g, t.person.id),
    "people.find_members": lambda g, t: people.find_members(g),
    "people.find_member_clinics": lambda g, t: people.find_member_clinics(g),
    "people.get_member_by_public_id": lambda g, t: people.get_member_by_public_id(g, t.limited.public_id),
    "runs.find_cut_off_import": lambda g, t: runs.find_cut_off_import(g, t.tenant.source.id, "d"),
    "runs.find_rejects": lambda g, t: list(runs.find_rejects(g, t.run.id)),
    "runs.find_open_run": lambda g, t: runs.find_open_run(g, t.tenant.source.id),
    "runs.find_opening": lambda g, t: runs.find_opening(g, t.tenant.source),
    "runs.find_runs": lambda g, t: runs.find_runs(g, t.tenant.source.id),
    "runs.get_run": lambda g, t: runs.get_run(g, t.run.id),
    "runs.get_run_by_public_id": lambda g, t: runs.get_run_by_public_id(g, t.run.public_id),
    "sources.find_source": lambda g, t: sources.find_source(
        g, t.tenant.clinic.id, "web_page", t.tenant.source.url, t.tenant.source.label
    ),
    "sources.find_sources": lambda g, t: sources.find_sources(g, t.tenant.clinic.id),
    "sources.find_staying": lambda g, t: sources.find_staying(g, t.tenant.clinic.id),
    "sources.get_source": lambda g, t: sources.get_source(g, t.tenant.source.id),
    "sources.get_source_by_public_id": lambda g, t: sources.get_source_by_public_id(g, t.tenant.source.public_id),
    "sources.find_lease_owner": lambda g, t: sources.find_lease_owner(g, t.tenant.source.id),
    "uploads.find_mappings": lambda g, t: uploads.find_mappings(g, "h"),
    "uploads.find_waiting": lambda g, t: uploads.find_waiting(g),
    "uploads.get_mapping": lambda g, t: uploads.get_mapping(g, t.mapping.public_id),
    "uploads.get_upload_by_public_id": lambda g, t: uploads.get_upload_by_public_id(g, t.upload.public_id),
}

CHANGES: dict[str, Call] = {
    "clinics.clear_stale": lambda g, t: clinics.clear_stale(g, t.tenant.clinic.id, NOW),
    "clinics.hold_stale": lambda g, t: clinics.hold_stale(g, t.tenant.clinic.id, NOW),
    "clinics.mark_stale": lambda g, t: clinics.mark_stale(g, t.tenant.clinic.id, NOW),
    "clinics.update_clinic": lambda g, t: clinics.update_clinic(g, t.tenant.clinic.id, now=NOW, name="taken over"),
    "connections.disconnect": lambda g, t: connections.disconnect(
        g, t.connection.id, origins=("yelp",), now=NOW, person_id=None
    ),
    "connections.reconnect": lambda g, t: connections.reconnect(
        g, t.connection.id, {"token": "stolen"}, box=BOX, now=NOW, person_id=None
    ),
    "connections.set_state": lambda g, t: connections.set_state(g, t.connection.id, "needs_person", now=NOW),
    "connections.update_secrets": lambda g, t: connections.update_secrets(
        g, t.connection.id, {"token": "stolen"}, box=BOX, now=NOW
    ),
    "people.remove_membership": lambda g, t: people.remove_membership(g, t.limited.id),
    "runs.add_rejects": lambda g, t: runs.add_rejects(g, t.run.id, [Reject(place="row 9", reason="x")], NOW),
    "runs.resume_run": lambda g, t: runs.resume_run(g, t.claim, t.run.id),
    "runs.save_progress": lambda g, t: runs.save_progress(g, t.run.id, records_done=0, records_total=None, position={}),
    "runs.add_counts": lambda g, t: runs.add_counts(g, t.run.id, Counts(pages=1)),
    "runs.close_run": lambda g, t: runs.close_run(g, t.run.id, now=NOW, outcome="ok", is_complete=True),
    "runs.mark_undone": lambda g, t: runs.mark_undone(g, t.run.id, NOW),
    "runs.open_run": lambda g, t: runs.open_run(g, t.claim, trigger="person", now=NOW),
    "sources.add_source": lambda g, t: sources.add_source(
        g, clinic_id=t.tenant.clinic.id, kind="x", label="x", url="", origin="x", config={}, now=NOW
    ),
    "sources.break_lease": lambda g, t: sources.break_lease(g, t.tenant.source.id, "w"),
    "sources.check_lease": lambda g, t: sources.check_lease(g, t.claim),
    "sources.claim_source": lambda g, t: sources.claim_source(
        g, t.tenant.source.id, owner="thief", now=NOW.replace(year=2030), lease_seconds=1
    ),
    "sources.extend_lease": lambda g, t: sources.extend_lease(g, t.claim, now=NOW, lease_seconds=1),
    "sources.hold": lambda g, t: sources.hold(g, t.claim),
    "sources.forget_validators": lambda g, t: sources.forget_validators(g, t.tenant.source.id),
    "sources.keep_settings": lambda g, t: sources.keep_settings(
        g, t.tenant.source.id, {"url": "taken over"}, fence=t.claim.fence, now=NOW
    ),
    "sources.release": lambda g, t: sources.release(
        g, t.claim, now=NOW, next_due_at=None, outcome="ok", failures=0, success=True, run_id=None
    ),
    "sources.request_run": lambda g, t: sources.request_run(g, t.tenant.source.id, NOW),
    "sources.save_cursor": lambda g, t: sources.save_cursor(g, t.claim, {"x": 1}),
    "sources.update_source": lambda g, t: sources.update_source(g, t.tenant.source.id, now=NOW, label="taken over"),
    "uploads.delete_mapping": lambda g, t: uploads.delete_mapping(g, t.mapping.id),
    "uploads.delete_upload": lambda g, t: uploads.delete_upload(g, t.upload.id),
    "uploads.queue_upload": lambda g, t: uploads.queue_upload(g, t.upload.id, [1], NOW),
    "uploads.refuse_upload": lambda g, t: uploads.refuse_upload(g, t.upload.id, "x", {}, NOW),
}

# They add rows of the group itself, or look at nothing that an id could name.
HOLDING = {"clinics.hold_stale", "runs.resume_run", "sources.check_lease", "sources.extend_lease", "sources.hold"}
"""They keep others from changing something, and may leave it as it is."""
HARMLESS = {
    "audit.add_entry",
    "audit.chain_anew",
    "audit.verify_chain",
    "clinics.add_clinic",
    "clinics.confirm_rule",
    "connections.add_connection",
    "outbox.add_event",
    "people.add_membership",
    "uploads.add_upload",
    "uploads.save_mapping",
}


def functions_of_a_group() -> set[str]:
    found = set()
    for module in MODULES:
        for name, function in vars(module).items():
            if name.startswith("_") or not inspect.isfunction(function) or function.__module__ != module.__name__:
                continue
            first = next(iter(inspect.signature(function).parameters.values()), None)
            if first is not None and first.annotation in (GroupTransaction, "GroupTransaction"):
                found.add(f"{module.__name__.rsplit('.', 1)[1]}.{name}")
    return found


def test_every_function_of_a_group_stands_in_these_tables():
    assert functions_of_a_group() == LOOK_UPS.keys() | CHANGES.keys() | HARMLESS


@pytest.mark.statement("T21")
def test_look_up_finds_its_own_and_nothing_of_another_group(storage: Storage, treasure: Treasure, other: Tenant):
    for name, look_up in LOOK_UPS.items():
        with storage.read() as tx:
            assert look_up(tx.group(treasure.tenant.group_id), treasure), name
        try:
            with storage.read() as tx:
                assert not look_up(tx.group(other.group_id), treasure), name
        except NotFound:
            pass


@pytest.mark.statement("T21")
@pytest.mark.parametrize("name", sorted(CHANGES))
def test_change_reaches_nothing_of_another_group(storage: Storage, treasure: Treasure, other: Tenant, name: str):
    def rows() -> list[dict[str, Any]]:
        with storage.session(writable=False) as session:
            return [row for table in TABLES for row in session.execute(f"SELECT * FROM {table} ORDER BY 1, 2").rows]

    before = rows()
    try:
        with storage.write() as tx:
            assert not CHANGES[name](tx.group(other.group_id), treasure)
    except (NotFound, LeaseLost):
        pass
    assert rows() == before
    with storage.write() as tx:
        CHANGES[name](tx.group(treasure.tenant.group_id), treasure)
    assert rows() != before or name in HOLDING
