"""Accounts at platforms: sealed secrets, states, disconnection, and what stands in the change log."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from reviews.errors import NotFound, SourceUnauthorized
from reviews.secrets_box import SecretsBox
from reviews.storage import GroupTransaction, Storage, audit, connections, review_lists, sources
from reviews.storage import reviews as stored
from tests.builders import Place, add_place, add_source, make_review, save
from tests.conftest import NOW

KEY = Fernet.generate_key()
BOX = SecretsBox([KEY])
SECRETS = {"client_id": "clinic-42", "refresh_token": "canary-refresh", "access_token": "canary-access"}
ORIGINS = ("google_business", "yelp")


def add(g: GroupTransaction, **values: object) -> connections.Connection:
    given = {"kind": "google_business", "label": "Google", "secrets": SECRETS, "box": BOX, "now": NOW, **values}
    return connections.add_connection(g, **given)  # type: ignore[arg-type]


@pytest.fixture
def place(storage: Storage) -> Place:
    with storage.write() as tx:
        return add_place(tx)


def everything(storage: Storage) -> str:
    """All that the database holds of connections and of the audit trail, as text."""
    with storage.session(writable=False) as session:
        rows = [session.execute(f"SELECT * FROM {name}").rows for name in ("connections", "audit_entries")]
    return repr(rows)


@pytest.mark.statement("T24")
def test_a_known_token_is_nowhere_in_the_database(storage: Storage, place: Place):
    with storage.write() as tx:
        g = tx.group(place.group_id)
        added = add(g)
        connections.update_secrets(g, added.id, {"access_token": "canary-renewed"}, box=BOX, now=NOW)
        connections.reconnect(g, added.id, {"refresh_token": "canary-new"}, box=BOX, now=NOW, person_id=None)
    assert "canary" not in everything(storage)
    assert "canary" not in repr(added)


def test_secrets_come_back_with_their_key_and_without_it_not(storage: Storage, place: Place):
    with storage.write() as tx:
        g = tx.group(place.group_id)
        added = add(g)
        assert connections.get_secrets(g, added.id, BOX) == SECRETS
        with pytest.raises(SourceUnauthorized):
            connections.get_secrets(g, added.id, SecretsBox([Fernet.generate_key()]))


def test_a_renewed_token_leaves_the_other_secrets_and_can_take_one_away(storage: Storage, place: Place):
    with storage.write() as tx:
        g = tx.group(place.group_id)
        added = add(g)
        now = connections.update_secrets(
            g, added.id, {"access_token": "second", "client_id": ""}, box=BOX, now=NOW + timedelta(hours=1)
        )
        assert now == {"refresh_token": "canary-refresh", "access_token": "second"}
        assert connections.get_secrets(g, added.id, BOX) == now
        assert connections.update_secrets(g, added.id, {}, box=BOX, now=NOW) == now


def test_accounts_are_listed_by_platform_in_their_order(storage: Storage, place: Place):
    with storage.write() as tx:
        g = tx.group(place.group_id)
        first, second, third = add(g), add(g, kind="yelp", label="Yelp"), add(g, label="Google, second")
        assert connections.find_connections(g) == [first, second, third]
        assert connections.find_connections(g, "google_business") == [first, third]
        assert connections.get_connection_by_public_id(g, second.public_id) == second
        with pytest.raises(NotFound):
            connections.get_connection(g, 999_999)


def test_connecting_again_wakes_the_sources_that_waited_and_no_other(storage: Storage, place: Place):
    with storage.write() as tx:
        g = tx.group(place.group_id)
        account = add(g)
        states = ("needs_person", "paused", "gone")
        ids = [add_source(g, place.clinic_id, connection_id=account.id) for _ in states]
        for id_, state in zip(ids, states, strict=True):
            sources.update_source(g, id_, now=NOW, state=state, next_due_at=None)
        assert connections.set_state(g, account.id, "needs_person", now=NOW)
        assert not connections.set_state(g, account.id, "needs_person", now=NOW)
        renewed = connections.reconnect(g, account.id, {"refresh_token": "new"}, box=BOX, now=NOW, person_id=None)
        assert renewed.state == "active"
        assert connections.get_secrets(g, account.id, BOX) == {"refresh_token": "new"}
        found = connections.find_sources_of(g, account.id)
        assert [source.state for source in found] == ["active", "paused", "gone"]
        assert [source.next_due_at for source in found] == [NOW, None, None]


def test_disconnecting_forgets_secrets_stops_sources_and_purges_by_terms(storage: Storage, place: Place):
    with storage.write() as tx:
        g = tx.group(place.group_id)
        account = add(g)
        sources.update_source(g, place.source_id, now=NOW, connection_id=account.id, next_due_at=NOW)
        limited = make_review("limited", origin="google_business", text="Held for thirty days.")
        free = make_review("free", origin="facebook", text="No limit is known.")
        save(g, place, limited, free)
        other = add_source(g, place.clinic_id, next_due_at=NOW)
        done = connections.disconnect(g, account.id, origins=ORIGINS, now=NOW, person_id=None)
        assert (done.sources, done.purged, done.clinic_ids) == (1, 1, (place.clinic_id,))
        assert connections.get_secrets(g, account.id, BOX) == {}
        assert connections.get_connection(g, account.id).state == "disconnected"
        stopped = sources.get_source(g, place.source_id)
        assert (stopped.state, stopped.next_due_at, stopped.hint) == (
            "needs_person",
            None,
            connections.DISCONNECTED,
        )
        assert sources.get_source(g, other).state == "active"
        rows = review_lists.find_reviews(g, review_lists.ReviewFilters(), limit=10, after=None).rows
        assert {(row.identity_key, row.text) for row in rows} == {("limited", ""), ("free", "No limit is known.")}


def test_disconnecting_leaves_what_another_source_holds_of_the_same_platform(storage: Storage, place: Place):
    with storage.write() as tx:
        g = tx.group(place.group_id)
        account = add(g)
        add_source(g, place.clinic_id, connection_id=account.id)
        save(g, place, make_review("kept", origin="yelp"))
        assert connections.disconnect(g, account.id, origins=ORIGINS, now=NOW, person_id=None).purged == 0
        assert stored.find_known(g, place.source_id) == []
        rows = review_lists.find_reviews(g, review_lists.ReviewFilters(), limit=10, after=None).rows
        assert rows[0].text


def test_a_disconnected_account_is_not_woken_by_a_run_that_ends_late(storage: Storage, place: Place):
    with storage.write() as tx:
        g = tx.group(place.group_id)
        account = add(g)
        connections.disconnect(g, account.id, origins=(), now=NOW, person_id=None)
        assert not connections.set_state(g, account.id, "active", now=NOW)
        assert connections.get_connection(g, account.id).state == "disconnected"


def test_the_change_log_names_each_act_of_a_person_and_no_secret(storage: Storage, place: Place):
    with storage.write() as tx:
        g = tx.group(place.group_id)
        account = add(g)
        connections.update_secrets(g, account.id, {"access_token": "x"}, box=BOX, now=NOW)
        connections.set_state(g, account.id, "needs_person", now=NOW)
        connections.reconnect(g, account.id, SECRETS, box=BOX, now=NOW, person_id=None)
        connections.disconnect(g, account.id, origins=ORIGINS, now=NOW, person_id=None)
        entries = audit.find_entries(g, object_kind="connection", object_id=account.public_id)
        assert [entry.action for entry in reversed(entries)] == [
            "connection.added",
            "connection.state",
            "connection.renewed",
            "connection.disconnected",
        ]
        assert entries[0].before == {"state": "active"}
        assert entries[1].after["secrets"] == sorted(SECRETS)
        assert audit.verify_chain(g) is None


@pytest.mark.statement("T24")
def test_after_a_change_of_keys_the_old_one_can_go_and_one_that_is_lost_is_named(storage: Storage, place: Place):
    new = Fernet.generate_key()
    with storage.write() as tx:
        g = tx.group(place.group_id)
        old, current = add(g), add(g, box=SecretsBox([new]))
        lost = add(g, box=SecretsBox([Fernet.generate_key()]))
        done = connections.reseal_all(tx, SecretsBox([new, KEY]))
        assert (done.changed, done.unreadable) == (1, (lost.id,))
        only_new = SecretsBox([new])
        assert connections.get_secrets(g, old.id, only_new) == SECRETS
        assert connections.get_secrets(g, current.id, only_new) == SECRETS
        assert connections.reseal_all(tx, SecretsBox([new, KEY])).changed == 0
