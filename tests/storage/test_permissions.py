"""The ledger of permissions, erasure, and slugs that were: on both engines."""

from datetime import datetime, timedelta

import pytest

from reviews.errors import Conflict, NotFound
from reviews.storage import GroupTransaction, Storage, clinics, erasure, outbox, permissions, reviews, runs, widgets
from reviews.storage.engine import Transaction
from tests.builders import Place, add_place, make_review
from tests.conftest import NOW

DAY = timedelta(days=1)


def save(g: GroupTransaction, place: Place, *found: object, run_id: int | None = None, now: datetime = NOW) -> object:
    return reviews.save_reviews(
        g,
        clinic_id=place.clinic_id,
        source_id=place.source_id,
        run_id=run_id or place.run_id,
        reviews=found,  # type: ignore[arg-type]
        now=now,
    )


def begin(tx: Transaction) -> tuple[Place, GroupTransaction, int]:
    place = add_place(tx)
    g = tx.group(place.group_id)
    counts = save(g, place, make_review("r1", text="The desk knew my name."))
    return place, g, counts.new_ids[0]  # type: ignore[attr-defined,no-any-return]


def permit(g: GroupTransaction, review_id: int, **fields: object) -> permissions.Permission:
    given = {"basis": "written", "proof": "a" * 64, "given_on": "2026-11-01", "given_by": "Anna K.", **fields}
    return permissions.add_permission(g, review_id, now=NOW, **given)  # type: ignore[arg-type]


@pytest.mark.statement("W64", "S19")
def test_a_quote_is_chosen_only_with_a_permission_that_holds(storage: Storage) -> None:
    with storage.write() as tx:
        _, g, review_id = begin(tx)
        with pytest.raises(Conflict):
            permissions.feature(g, review_id, NOW)
        given = permit(g, review_id, covers=("name",), valid_until=NOW + DAY)
        permissions.feature(g, review_id, NOW)
        assert reviews.get_review(g, review_id).publication == "featured"
        assert permissions.find_permissions(g, review_id) == [given]
        assert given.covers == ("name",)
        with pytest.raises(Conflict):
            permissions.feature(g, review_id, NOW + DAY)
        for wrong in ({"basis": "rumour"}, {"proof": ""}, {"covers": ("soul",)}):
            with pytest.raises(Conflict):
                permit(g, review_id, **wrong)
        with pytest.raises(NotFound):
            permit(g, review_id + 1000)


@pytest.mark.statement("W64")
def test_a_permission_lapses_with_its_time_its_text_and_the_retention_of_its_source(storage: Storage) -> None:
    with storage.write() as tx:
        place, g, review_id = begin(tx)
        permit(g, review_id, valid_until=NOW + DAY)
        assert list(permissions.find_holding(g, place.clinic_id, NOW)) == [review_id]
        assert permissions.find_lapsed(g, place.clinic_id, NOW) == []
        assert permissions.find_holding(g, place.clinic_id, NOW + DAY) == {}
        assert [why for _, why in permissions.find_lapsed(g, place.clinic_id, NOW + DAY)] == ["expired"]
        save(g, place, make_review("r1", text="The desk forgot my name."), now=NOW + DAY)
        assert permissions.find_holding(g, place.clinic_id, NOW) == {}
        assert [why for _, why in permissions.find_lapsed(g, place.clinic_id, NOW)] == ["text_changed"]
        again = permit(g, review_id)
        assert permissions.find_holding(g, place.clinic_id, NOW) == {review_id: again}
        reviews.purge_content(g, "own_site", NOW + 2 * DAY, NOW + 2 * DAY)
        assert {why for _, why in permissions.find_lapsed(g, place.clinic_id, NOW)} == {"retention"}


@pytest.mark.statement("W64")
def test_withdrawing_takes_the_quote_back_and_tells_the_group_once(storage: Storage) -> None:
    with storage.write() as tx:
        _, g, review_id = begin(tx)
        one, two = permit(g, review_id), permit(g, review_id, basis="published", proof="https://elm.example/r/1")
        permissions.feature(g, review_id, NOW)
        permissions.withdraw(g, one.id, NOW)
        assert reviews.get_review(g, review_id).publication == "featured"
        permissions.withdraw(g, two.id, NOW)
        assert reviews.get_review(g, review_id).publication == "listed"
        with pytest.raises(NotFound):
            permissions.withdraw(g, two.id, NOW)
        told = [event for event in outbox.find_unsent(tx, NOW, 10) if event.kind == "quote.withdrawn"]
        assert [event.payload["why"] for event in told] == ["asked", "asked"]
        assert "Anna" not in str([event.payload for event in told])


def test_permissions_of_another_group_are_not_found(storage: Storage) -> None:
    with storage.write() as tx:
        place, g, review_id = begin(tx)
        given = permit(g, review_id)
        strange = tx.group(add_place(tx).group_id)
        assert permissions.find_permissions(strange, review_id) == []
        assert permissions.find_holding(strange, place.clinic_id, NOW) == {}
        for call in (
            lambda: permit(strange, review_id),
            lambda: permissions.withdraw(strange, given.id, NOW),
            lambda: erasure.erase(strange, review_id, NOW),
        ):
            with pytest.raises(NotFound):
                call()
        assert erasure.find_suppressed(strange, place.source_id) == frozenset()


@pytest.mark.statement("W64", "S19")
def test_an_erased_review_is_empty_everywhere_and_does_not_come_back(storage: Storage) -> None:
    with storage.write() as tx:
        place, g, review_id = begin(tx)
        save(g, place, make_review("r1", text="The desk knew my name and my dog.", reply="Thank you, Anna."))
        permit(g, review_id)
        permissions.feature(g, review_id, NOW)
        clinics.clear_stale(g, place.clinic_id, clinics.get_stale_since(g, place.clinic_id) or NOW)
        erasure.erase(g, review_id, NOW)
        assert clinics.get_stale_since(g, place.clinic_id) is not None
        held = reviews.get_review(g, review_id)
        assert (held.text, held.author, held.publication, held.hide_reason) == ("", None, "hidden", "author_asked")
        assert all(version.is_purged for version in reviews.find_versions(g, review_id))
        assert not any(reply.text for reply in reviews.find_replies(g, review_id))
        assert [(p.given_by, p.proof, p.withdrawn_why) for p in permissions.find_permissions(g, review_id)] == [
            ("", "", "erased")
        ]
        counts = save(g, place, make_review("r1", text="The desk knew my name and my dog."), make_review("r2"))
        assert reviews.get_review(g, review_id).text == ""
        assert len(counts.new_ids) == 1  # type: ignore[attr-defined]
        erasure.erase(g, review_id, NOW)


@pytest.mark.statement("W64")
def test_an_erased_review_does_not_come_back_after_its_import_was_undone(storage: Storage) -> None:
    with storage.write() as tx:
        place, g, review_id = begin(tx)
        erasure.erase(g, review_id, NOW)
        runs.close_run(g, place.run_id, now=NOW, outcome="ok", is_complete=False)
        reviews.undo_run(g, place.run_id, NOW)
        with pytest.raises(NotFound):
            reviews.get_review(g, review_id)
        counts = save(g, place, make_review("r1", text="The desk knew my name."), make_review("r2"))
        assert (counts.new, counts.unchanged) == (1, 1)  # type: ignore[attr-defined]


@pytest.mark.statement("W18")
def test_a_slug_that_was_leads_to_the_widget_and_nobody_else_gets_it(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        widget = widgets.add_widget(g, slug="elm-street", now=NOW, clinic_ids=[place.clinic_id])
        assert widgets.find_renamed(tx, "elm-street") is None
        widgets.update_widget(g, widget.id, now=NOW, slug="oak-street")
        widgets.update_widget(g, widget.id, now=NOW, slug="oak-lane")
        assert widgets.find_renamed(tx, "elm-street") == widgets.find_renamed(tx, "oak-street") == "oak-lane"
        assert widgets.find_retired(tx) == {"elm-street": "oak-lane", "oak-street": "oak-lane"}
        assert not widgets.is_free(tx, "oak-street")
        with pytest.raises(Conflict):
            widgets.add_widget(g, slug="elm-street", now=NOW, clinic_ids=[place.clinic_id])
        widgets.update_widget(g, widget.id, now=NOW, slug="elm-street")
        assert widgets.find_retired(tx) == {"oak-lane": "elm-street", "oak-street": "elm-street"}


@pytest.mark.statement("W18")
def test_a_deleted_widget_is_not_found_and_keeps_its_slug_from_others(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        widget = widgets.add_widget(g, slug="gone-street", now=NOW, clinic_ids=[place.clinic_id])
        assert not widgets.is_free(tx, "gone-street")
        widgets.delete_widget(g, widget.id, NOW)
        assert not widgets.is_free(tx, "gone-street")
        assert widgets.is_free(tx, "free-street")
        assert widgets.find_widgets(g) == widgets.find_widgets_of_clinic(g, place.clinic_id) == []
        assert widgets.find_widget_by_slug(tx, "gone-street") is None
        for call in (widgets.get_widget, lambda g, i: widgets.delete_widget(g, i, NOW)):
            with pytest.raises(NotFound):
                call(g, widget.id)
    with pytest.raises(Conflict), storage.write() as tx:
        widgets.add_widget(tx.group(place.group_id), slug="gone-street", now=NOW, clinic_ids=[place.clinic_id])
