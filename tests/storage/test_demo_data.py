"""Demo data goes at once, with everything that hangs on it; real clinics, people and settings stay."""

from datetime import timedelta

import pytest

from reviews.errors import LeaseLost
from reviews.storage import (
    GroupTransaction,
    Storage,
    clinics,
    deliveries,
    demo_data,
    people,
    replies,
    reports,
    review_lists,
    snapshots,
    sources,
    summaries,
    widgets,
    work,
)
from reviews.storage.backup import export_group
from tests.conftest import NOW
from tests.web.support import World, add_connected, add_pairs, add_run, make_review, make_world

LEFT = {
    "groups", "people", "memberships", "audit_entries", "reply_templates", "widgets", "counters", "file_mappings",
    "alert_rules",
}  # fmt: skip
"""What an export may still hold of a group without clinics; its widgets are deleted ones, which keep their slugs."""


@pytest.fixture
def world(storage: Storage) -> World:
    """Two groups whose clinics have a bit of everything; the first group's clinic is a demo."""
    world = add_pairs(add_connected(make_world(storage)))
    with storage.write() as tx:
        for group_id in (world.group_id, world.other_group_id):
            g = tx.group(group_id)
            fill(g, world.person_ids["owner@north.example.org"])
    with storage.session(writable=True) as session:
        for table, column in (("groups", "id"), ("clinics", "group_id")):
            session.execute(f"UPDATE {table} SET is_demo = 1 WHERE {column} = :id", {"id": world.group_id})
    return world


def fill(g: GroupTransaction, person_id: int) -> None:
    clinic = clinics.find_clinics(g)[0]
    review = review_lists.find_reviews(g, review_lists.ReviewFilters(), 1).rows[0]
    summaries.refresh_months(g, clinic.id)
    summaries.save_summary(g, clinic.id, {"figures": []}, NOW)
    replies.add_own(g, review_id=review.id, text="Thank you.", person_id=person_id, now=NOW)
    work.add_note(g, review.id, person_id=person_id, text="A note.", now=NOW)
    reports.add_report(g, clinic_id=None, month="2026-10", recipe=1, inputs={}, person_id=None, now=NOW)
    delivery = deliveries.add_delivery(
        g, group_public_id="g", cause=f"first:{clinic.public_id}", kind="first", recipient="person:p",
        person_id=person_id, channel_id=None, payload={"clinic": clinic.public_id}, due_at=NOW, now=NOW,
    )  # fmt: skip
    assert delivery is not None
    deliveries.add_reviews(g, delivery, [review.id])


def tables_of(storage: Storage, group_id: int) -> dict[str, int]:
    """How many rows of each table an export of the group holds."""
    counts: dict[str, int] = {}
    with storage.read() as tx:
        for line in list(export_group(tx.group(group_id)))[1:]:
            name = line.split('"table":')[1].split('"')[1]
            counts[name] = counts.get(name, 0) + 1
    return counts


@pytest.mark.statement("S57")
def test_nothing_of_the_demo_is_left_and_nothing_else_is_touched(storage: Storage, world: World) -> None:
    other = tables_of(storage, world.other_group_id)
    assert other.keys() - LEFT >= {"clinics", "sources", "reviews", "review_contents", "replies", "review_pairs",
                                   "reports", "deliveries", "connections", "monthly_summaries"}  # fmt: skip
    with storage.write() as tx:
        removed = demo_data.remove_demo_data(tx.group(world.group_id), NOW)
    assert (removed.clinics, removed.reviews, removed.slugs) == (1, 5, ("north-street",))
    assert tables_of(storage, world.group_id).keys() <= LEFT
    assert tables_of(storage, world.other_group_id) == other
    with storage.write() as tx:
        g = tx.group(world.group_id)
        assert len(people.find_members(g)) == 5
        assert widgets.find_widgets(g) == []
        assert demo_data.remove_demo_data(g, NOW).clinics == 0, "again is harmless"


@pytest.mark.statement("S57")
def test_a_real_clinic_of_the_same_group_stays_with_its_widget(storage: Storage, world: World) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        demo = clinics.find_clinics(g)[0]
        oak = clinics.add_clinic(g, slug="oak", name="Oak", now=NOW)
        source = sources.add_source(
            g, clinic_id=oak.id, kind="csv_file", label="Oak file", url="", origin="first_party", config={}, now=NOW
        )
        add_run(g, source, [make_review("o", text="Real words.")])
        both = widgets.add_widget(g, slug="both", now=NOW, clinic_ids=[demo.id, oak.id])
        demo_data.remove_demo_data(g, NOW)
        assert [clinic.slug for clinic in clinics.find_clinics(g)] == ["oak"]
        rows = review_lists.find_reviews(g, review_lists.ReviewFilters(), 10).rows
        assert [row.text for row in rows] == ["Real words."]
        assert widgets.get_widget(g, both.id).clinic_ids == (oak.id,)
        assert clinics.get_stale_since(g, oak.id) == NOW
        assert clinics.find_confirmations(g) == [], "an invented person confirms no real clinic's rule"


@pytest.mark.statement("S57")
def test_a_reading_that_is_under_way_stores_nothing_any_more(storage: Storage, world: World) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        source = sources.get_source_by_public_id(g, world.mine["page"])
        claim = sources.claim_source(g, source.id, owner="w", now=NOW + timedelta(hours=1), lease_seconds=60)
        assert claim is not None
        demo_data.remove_demo_data(g, NOW)
        with pytest.raises(LeaseLost):
            sources.check_lease(g, claim)
        assert snapshots.find_snapshot(tx, "w/north-street/data.json") is None
