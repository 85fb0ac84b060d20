"""A source or a clinic goes with all that hangs on it, at once or in pieces, and stays gone; on both engines."""

from datetime import timedelta
from pathlib import Path

import pytest

from reviews import i18n, rules
from reviews.config import Settings
from reviews.errors import LeaseLost, NotFound
from reviews.model import Source
from reviews.publish.gather import gather
from reviews.storage import (
    GroupTransaction,
    Storage,
    alerts,
    api_tokens,
    clinics,
    connections,
    erasure,
    invitations,
    pairs,
    people,
    removal,
    reports,
    review_lists,
    reviews,
    snapshots,
    sources,
    summaries,
    uploads,
    views,
    widgets,
)
from reviews.storage.backup import backup, restore
from tests.conftest import NOW
from tests.storage.test_demo_data import LEFT, fill, tables_of
from tests.storage.test_erasure import url_of
from tests.web.support import World, add_connected, add_pairs, add_run, make_review, make_world

LATER = NOW + timedelta(days=1)
OWNER = "owner@north.example.org"


@pytest.fixture
def world(storage: Storage) -> World:
    """Two groups whose clinics have a bit of everything."""
    world = add_pairs(add_connected(make_world(storage)))
    with storage.write() as tx:
        for group_id in (world.group_id, world.other_group_id):
            fill(tx.group(group_id), world.person_ids[OWNER])
    return world


def remove(g: GroupTransaction, target: removal.Target, piece: int = removal.PIECE) -> removal.Begun:
    begun = removal.begin(g, target, NOW, person_id=None)
    while not removal.go_on(g, target.kind, target.public_id, NOW, piece=piece):
        pass
    return begun


def add_oak(g: GroupTransaction) -> tuple[int, Source]:
    """A second clinic of the group, with a source and a review."""
    oak = clinics.add_clinic(g, slug="oak", name="Oak", now=NOW, jurisdiction="CA-BC")
    source = sources.add_source(
        g, clinic_id=oak.id, kind="csv_file", label="Oak file", url="", origin="first_party", config={}, now=NOW
    )
    add_run(g, source, [make_review("o", text="Words about Oak.")])
    return oak.id, source


def texts(g: GroupTransaction) -> set[str]:
    return {row.text for row in review_lists.find_reviews(g, review_lists.ReviewFilters(), 100).rows}


@pytest.mark.statement("P8")
@pytest.mark.parametrize("piece", [1, removal.PIECE])
def test_nothing_of_a_clinic_is_left_but_its_reports_and_nothing_else_is_touched(
    storage: Storage, world: World, piece: int
) -> None:
    other = tables_of(storage, world.other_group_id)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        reports.add_report(
            g, clinic_id=clinics.find_clinics(g)[0].id, month="2026-09", recipe=1, inputs={"clinic": "North"},
            person_id=None, now=NOW,
        )  # fmt: skip
        target = removal.find_clinic_target(g, world.mine["clinic"])
        loss = removal.count_loss(g, target)
        assert (loss.reviews, loss.replies, loss.notes, loss.reports) == (5, 2, 1, 1)
        assert [each.slug for each in loss.emptied] == ["north-street"]
        assert [each.kind for each in loss.accounts] == ["yelp"]
        begun = remove(g, target, piece)
    assert begun.slugs == ("north-street",)
    assert tables_of(storage, world.group_id).keys() - LEFT == {
        "reports",
        "removals",
        "rule_confirmations",
        "deliveries",
    }
    assert tables_of(storage, world.other_group_id) == other
    with storage.write() as tx:
        g = tx.group(world.group_id)
        assert {(each.month, each.clinic_id) for each in reports.find_reports(g)} == {
            ("2026-09", None),
            ("2026-10", None),
        }
        assert reports.find_scheduled(g, "2026-09", None) is None, "it was no report of all clinics"
        assert reports.find_scheduled(g, "2026-10", None) is not None
        assert removal.find_open(tx) == []
        assert removal.find_removed(g, "north-street") == NOW
        with pytest.raises(NotFound):
            removal.find_clinic_target(g, world.mine["clinic"])


@pytest.mark.statement("P8")
def test_a_clinic_leaves_the_widgets_that_show_others_too(storage: Storage, world: World) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        oak_id, _ = add_oak(g)
        north = clinics.get_clinic_by_public_id(g, world.mine["clinic"])
        both = widgets.add_widget(g, slug="both", now=NOW, clinic_ids=[north.id, oak_id])
        begun = remove(g, removal.find_clinic_target(g, north.public_id))
        assert begun.slugs == ("north-street",)
        assert set(begun.clinic_ids) == {north.id, oak_id}
        assert widgets.get_widget(g, both.id).clinic_ids == (oak_id,)
        assert clinics.get_stale_since(g, oak_id) == NOW
        assert texts(g) == {"Words about Oak."}
        assert snapshots.find_snapshot(tx, "w/north-street/data.json") is None


@pytest.mark.statement("P8")
def test_a_source_goes_and_its_clinic_is_as_if_it_had_never_been(storage: Storage, world: World) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        page = removal.find_source_target(g, world.mine["page"])
        (source,) = page.sources
        clinics.update_clinic(g, source.clinic_id, now=NOW, primary_source_id=source.id)
        pairs.decide(g, pairs.find_pairs(g)[0], "same", now=NOW, person_id=None)
        counted = {row.id for row in review_lists.find_reviews(g, review_lists.ReviewFilters(no_copies=True), 9).rows}
        assert len(counted) == 4
        remove(g, page)
        (left,) = review_lists.find_reviews(g, review_lists.ReviewFilters(no_copies=True), 9).rows
        assert left.text == "From a form."
        assert pairs.find_pairs(g) == []
        assert [each.label for each in sources.find_sources(g)] == ["Paper forms", "Yelp"]
        assert clinics.get_clinic(g, source.clinic_id).primary_source_id is None
        assert clinics.get_stale_since(g, source.clinic_id) is not None
        assert sum(month.count for month in summaries.find_months(g, source.clinic_id)) == 1


def test_what_named_only_the_deleted_goes_and_never_comes_to_mean_everything(storage: Storage, world: World) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        person_id = world.person_ids[OWNER]
        oak_id, _ = add_oak(g)
        north, oak = world.mine["clinic"], clinics.get_clinic(g, oak_id).public_id
        for names in ({north}, {north, oak}, set()):
            wishes = alerts.Wishes(clinics=frozenset(names))
            alerts.add_rule(g, person_id=person_id, channel_id=None, wishes=wishes, now=NOW)
        alerts.add_rule(
            g,
            person_id=person_id,
            channel_id=None,
            now=NOW,
            wishes=alerts.Wishes(sources=frozenset({world.mine["page"]})),
        )
        for name, names in (("gone", [north]), ("left", [north, oak])):
            api_tokens.add_token(
                g, label=name, prefix="p", token_hash=name, scopes=(), clinics=names, person_id=None, now=NOW,
                expires_at=None,
            )  # fmt: skip
            invitations.add_invitation(
                g, email=f"{name}@example.org", role="viewer", clinics=names, language="en", person_id=person_id,
                now=NOW, expires_at=LATER,
            )  # fmt: skip
        queries = {"of it": {"clinic": north}, "of a source": {"source": world.mine["page"]}, "all": {}}
        for name, query in queries.items():
            views.add_view(g, person_id=person_id, name=name, query=query, columns=[], is_tab=True, now=NOW)
        target = removal.find_clinic_target(g, north)
        before = alerts.find_rules(g)
        loss = removal.count_loss(g, target)
        assert (loss.views, loss.rules) == (2, 2)
        remove(g, target)
        left = {each.public_id: each.wishes.clinics for each in alerts.find_rules(g)}
        assert [left.get(each.public_id) for each in before[-4:]] == [None, {oak}, frozenset(), None]
        keys = {each.label: each for each in api_tokens.find_tokens(g)}
        assert (keys["gone"].clinics, keys["gone"].revoked_at) == (frozenset(), NOW)
        assert (keys["left"].clinics, keys["left"].revoked_at) == ({oak}, None)
        invited = {each.email: each for each in invitations.find_open(g)}
        assert invited["left@example.org"].clinics == {oak}
        assert "gone@example.org" not in invited
        assert [each.name for each in views.find_views(g, person_id)] == ["all"]


def test_a_file_that_waits_for_a_deleted_source_is_thrown_away(storage: Storage, world: World) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        _, oak = add_oak(g)
        page = removal.find_source_target(g, world.mine["page"])
        for name, jobs in (("alone", [page.source_ids[0]]), ("both", [page.source_ids[0], oak.id])):
            upload = uploads.add_upload(g, person_id=None, file_name=name, body=b"x", now=NOW)
            uploads.queue_upload(g, upload.id, jobs, NOW)
        remove(g, page)
        assert [(each.file_name, each.jobs) for each in uploads.find_queued(tx)] == [("both", (oak.id,))]


@pytest.mark.statement("P8")
def test_an_account_ends_with_its_last_source(storage: Storage, world: World) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        first = removal.find_source_target(g, world.mine["connected"])
        (source,) = first.sources
        assert source.connection_id is not None
        sources.add_source(
            g, clinic_id=source.clinic_id, kind="yelp", label="Second", url="https://www.yelp.com/biz/b", origin="yelp",
            config={}, now=NOW, connection_id=source.connection_id,
        )  # fmt: skip
        assert removal.count_loss(g, first).accounts == ()
        remove(g, first)
        assert connections.get_connection(g, source.connection_id).state == "active"
        (second,) = connections.find_sources_of(g, source.connection_id)
        last = removal.find_source_target(g, second.public_id)
        removal.begin(g, last, NOW, person_id=None)
        assert connections.get_connection(g, source.connection_id).state == "disconnected"
        removal.finish(g, last, NOW)
        with pytest.raises(NotFound):
            connections.get_connection(g, source.connection_id)


@pytest.mark.statement("P8")
def test_a_large_one_is_shown_no_more_from_the_first_moment_and_nobody_can_write_to_it(
    storage: Storage, world: World, tmp_path: Path
) -> None:
    settings, catalogue = Settings(data_dir=tmp_path), i18n.load()
    with storage.write() as tx:
        g = tx.group(world.group_id)
        target = removal.find_source_target(g, world.mine["page"])
        (source,) = target.sources
        claim = sources.claim_source(g, source.id, owner="w", now=NOW, lease_seconds=60)
        assert claim is not None
        _, ((_, shown),) = gather(g, settings, rules.load(), catalogue, source.clinic_id, NOW)
        assert any("marker-North" in quote.text for quote in shown.page_quotes)
        removal.begin(g, target, NOW, person_id=None)
        assert not removal.go_on(g, "source", source.public_id, NOW, piece=2)
        assert len(texts(g)) == 3, "a piece of two is gone"
        _, ((_, shown),) = gather(g, settings, rules.load(), catalogue, source.clinic_id, NOW)
        assert {quote.text for quote in shown.page_quotes} == {"From a form."}
        assert [each.label for each in shown.sources] == ["Paper forms", "Yelp"]
        with pytest.raises(LeaseLost):
            sources.check_lease(g, claim)
        sources.update_source(g, source.id, now=NOW, state="active", next_due_at=NOW)  # "Resume", pressed meanwhile
        for group_id, kind, public_id in removal.find_open(tx):
            while not removal.go_on(tx.group(group_id), kind, public_id, NOW, piece=2):
                pass
        assert sources.claim_due(tx, owner="w", now=LATER, lease_seconds=60, source_ids=[source.id]) is None
        assert removal.find_open(tx) == []


@pytest.mark.statement("S19", "P8")
@pytest.mark.parametrize("address", ["http://www.north.example.org/reviews/", "https://NORTH.example.org/reviews"])
def test_what_its_author_had_erased_does_not_come_back_when_the_source_is_added_anew(
    storage: Storage, world: World, address: str
) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        erasure.erase(g, reviews.get_review_by_public_id(g, world.mine["review"]).id, NOW)
        target = removal.find_source_target(g, world.mine["page"])
        remove(g, target)
        again = sources.add_source(
            g, clinic_id=target.clinic.id, kind="web_page", label="Our page", url=address, origin="own_site", config={},
            now=NOW,
        )  # fmt: skip
        elsewhere = sources.add_source(
            g, clinic_id=target.clinic.id, kind="web_page", label="Blog", url="https://north.example.org/blog",
            origin="own_site", config={}, now=NOW,
        )  # fmt: skip
        assert erasure.is_erased(g, again.id, "a")
        assert not erasure.is_erased(g, again.id, "b")
        assert erasure.find_suppressed(g, elsewhere.id) == frozenset()
        other = sources.add_source(
            tx.group(world.other_group_id), clinic_id=clinics.find_clinics(tx.group(world.other_group_id))[0].id,
            kind="web_page", label="Theirs", url=address, origin="own_site", config={}, now=NOW,
        )  # fmt: skip
        assert erasure.find_suppressed(tx.group(world.other_group_id), other.id) == frozenset()


def test_what_is_erased_while_a_large_source_is_being_deleted_stays_forgotten_too(
    storage: Storage, world: World
) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        target = removal.find_source_target(g, world.mine["page"])
        removal.begin(g, target, NOW, person_id=None)
        erasure.erase(g, reviews.get_review_by_public_id(g, world.mine["review"]).id, NOW)
        removal.finish(g, target, NOW)
        again = sources.add_source(
            g, clinic_id=target.clinic.id, kind="web_page", label="Our page", url=target.sources[0].url,
            origin="own_site", config={}, now=NOW,
        )  # fmt: skip
        assert erasure.is_erased(g, again.id, "a")


@pytest.mark.statement("S19", "P8", "T42")
@pytest.mark.parametrize("with_deleted", [False, True])
@pytest.mark.parametrize("kind", ["clinic", "page"])
def test_a_restore_of_an_older_backup_deletes_again_unless_it_is_wanted_back(
    storage: Storage, world: World, tmp_path: Path, kind: str, with_deleted: bool
) -> None:
    file = tmp_path / "b" / "old.backup"
    backup(storage, file, NOW)
    find = removal.find_clinic_target if kind == "clinic" else removal.find_source_target
    with storage.write() as tx:
        g = tx.group(world.group_id)
        erasure.erase(g, reviews.get_review_by_public_id(g, world.mine["review"]).id, NOW)
        remove(g, find(g, world.mine[kind]))
    restore(url_of(storage), file, LATER, with_deleted=with_deleted)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        assert not any("marker-North" in text for text in texts(g)), "erased is erased"
        assert any("waited an hour" in text for text in texts(g)) == with_deleted
        assert len(texts(tx.group(world.other_group_id))) == 5
        if with_deleted:
            source_id = sources.get_source_by_public_id(g, world.mine["page"]).id
            assert erasure.is_erased(g, source_id, "a")
            assert len(people.find_members(g)) == 5
            return
        with pytest.raises(NotFound):
            find(g, world.mine[kind])
        assert removal.find_open(tx) == []
    # A second backup and restore know it still.
    with storage.write() as tx:
        g = tx.group(world.group_id)
        if kind == "clinic":
            clinics.add_clinic(g, slug="new", name="New", now=LATER)
        clinic = clinics.find_clinics(g)[0]
        again = sources.add_source(
            g, clinic_id=clinic.id, kind="web_page", label="Again", url="https://north.example.org/reviews",
            origin="own_site", config={}, now=LATER,
        )  # fmt: skip
        assert erasure.is_erased(g, again.id, "a")
