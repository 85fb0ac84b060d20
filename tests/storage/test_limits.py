"""A handle that is limited to some clinics reads of no other, whichever query is run."""

import re
from dataclasses import dataclass

import pytest

from reviews.errors import Conflict, NotFound
from reviews.model import Source
from reviews.storage import Storage, clinics, people, review_lists, runs, sources, summaries, widgets
from reviews.storage.catalogue import find_tables
from reviews.storage.limits import LIMITED, UNLIMITED, limit
from reviews.storage.named import all_queries, render
from tests.conftest import NOW
from tests.storage.conftest import Tenant
from tests.web.support import add_run, make_review

OF_CLINICS = {"clinic_id", "source_id", "review_id", "widget_id", "report_id"}


@dataclass(frozen=True)
class Second:
    clinic_id: int
    source: Source


@pytest.fixture
def second(storage: Storage, tenant: Tenant) -> Second:
    """A second clinic in the group of `tenant`; both have a run, a review and a widget."""
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        clinic = clinics.add_clinic(g, slug="oak", name="Oak", now=NOW)
        source = sources.add_source(
            g, clinic_id=clinic.id, kind="csv_file", label="Oak file", url="", origin="first_party", config={}, now=NOW,
            next_due_at=NOW,
        )  # fmt: skip
        widgets.add_widget(g, slug="both", now=NOW, clinic_ids=[tenant.clinic.id, clinic.id])
        widgets.add_widget(g, slug="oak", now=NOW, clinic_ids=[clinic.id])
        add_run(g, tenant.source, [make_review("m", text="maple words")])
        add_run(g, source, [make_review("o", text="oak words")])
        summaries.refresh_months(g, clinic.id)
        summaries.refresh_months(g, tenant.clinic.id)
    return Second(clinic.id, source)


@pytest.mark.statement("S45")
def test_only_rows_of_the_allowed_clinics_are_read(storage: Storage, tenant: Tenant, second: Second) -> None:
    with storage.read() as tx:
        g = tx.group(tenant.group_id, [second.clinic_id])
        assert [clinic.name for clinic in clinics.find_clinics(g)] == ["Oak"]
        assert [source.label for source in sources.find_sources(g)] == ["Oak file"]
        rows = review_lists.find_reviews(g, review_lists.ReviewFilters(), 10).rows
        assert [row.clinic_id for row in rows] == [second.clinic_id]
        assert [widget.slug for widget in widgets.find_widgets(g)] == ["oak"]
        assert runs.find_runs(g, second.source.id)
        assert not runs.find_runs(g, tenant.source.id)
        for look in (
            lambda: clinics.get_clinic(g, tenant.clinic.id),
            lambda: sources.get_source_by_public_id(g, tenant.source.public_id),
        ):
            with pytest.raises(NotFound):
                look()
        nobody = tx.group(tenant.group_id, [])
        assert clinics.find_clinics(nobody) == []
        assert review_lists.find_reviews(nobody, review_lists.ReviewFilters(), 10).rows == ()
        assert len(clinics.find_clinics(tx.group(tenant.group_id))) == 2


def test_every_query_that_reads_can_be_limited(storage: Storage) -> None:
    """Both engines understand each limited query; a column that a query needs is there in the part that is left."""
    limited_ones = 0
    with storage.session(writable=False) as session:
        for query in all_queries().values():
            if query.scope != "group":
                continue
            params = {name: ([1] if name in query.lists else 1) for name in query.required}
            text, _ = render(query, storage.dialect, params)
            limited = limit(text, storage.dialect, [1, 2])
            if limited != text:
                plain = re.sub(r"(?<![:\w]):[a-z_][a-z0-9_]*", "NULL", limited)
                session.execute(f"EXPLAIN {plain}")
                limited_ones += 1
    assert limited_ones > 50


def test_every_table_of_single_clinics_is_limited_or_says_why_not(storage: Storage) -> None:
    with storage.session(writable=False) as session:
        tables = {table.name for table in find_tables(session) if OF_CLINICS & set(table.columns)}
    known = LIMITED.keys() | UNLIMITED.keys()
    assert tables - known - {"snapshots"} == set()


def test_a_statement_that_writes_stays_as_it_is() -> None:
    text = "UPDATE reviews SET work = 'open' WHERE group_id = :group_id AND id = :id"
    assert limit(text, "sqlite", [1]) == text


def test_a_query_that_begins_with_with_keeps_its_own_parts() -> None:
    text = limit("WITH own AS (SELECT id FROM reviews) SELECT * FROM own", "sqlite", [7])
    assert text.startswith(
        "WITH reviews AS NOT MATERIALIZED (SELECT * FROM main.reviews WHERE clinic_id IN (7)),\n own"
    )


# ---------------------------------------------------------------- memberships


def _join(storage: Storage, tenant: Tenant, email: str, role: str, clinic_ids: list[int] | None = None) -> int:
    with storage.write() as tx:
        person = people.add_person(tx, email=email, name=email, password_hash="x", now=NOW)
        people.add_membership(tx.group(tenant.group_id), person_id=person.id, role=role, now=NOW, clinic_ids=clinic_ids)
    return person.id


@pytest.mark.statement("S45")
def test_the_last_owner_can_neither_leave_nor_become_less(storage: Storage, tenant: Tenant) -> None:
    first = _join(storage, tenant, "a@example.org", "owner")
    for act in (
        lambda g: people.remove_membership(g, first),
        lambda g: people.add_membership(g, person_id=first, role="viewer", now=NOW),
    ):
        with pytest.raises(Conflict), storage.write() as tx:
            act(tx.group(tenant.group_id))
    second = _join(storage, tenant, "b@example.org", "owner")
    with storage.write() as tx:
        people.disable_person(tx, second, NOW)
    with pytest.raises(Conflict), storage.write() as tx:
        people.remove_membership(tx.group(tenant.group_id), first)
    _join(storage, tenant, "c@example.org", "owner")
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        people.remove_membership(g, first)
        assert people.find_member(g, first) is None


@pytest.mark.statement("S45")
def test_limits_come_with_the_membership_and_go_with_the_next(storage: Storage, tenant: Tenant, other: Tenant) -> None:
    person = _join(storage, tenant, "a@example.org", "editor", [tenant.clinic.id])
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        assert people.find_memberships(tx, person)[0].clinic_ids == {tenant.clinic.id}
        member = people.find_member(g, person)
        assert member is not None
        assert member.clinics == {tenant.clinic.public_id}
        people.add_membership(g, person_id=person, role="editor", now=NOW)
        assert people.find_memberships(tx, person)[0].clinic_ids is None
    with pytest.raises(NotFound), storage.write() as tx:
        people.add_membership(
            tx.group(tenant.group_id), person_id=person, role="editor", now=NOW, clinic_ids=[other.clinic.id]
        )
    with pytest.raises(Conflict), storage.write() as tx:
        people.add_membership(
            tx.group(tenant.group_id), person_id=person, role="owner", now=NOW, clinic_ids=[tenant.clinic.id]
        )
