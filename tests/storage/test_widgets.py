"""Widgets: their slugs are the installation's, they themselves a group's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reviews.errors import Conflict, NotFound, StorageError
from reviews.storage import Storage, clinics, widgets
from tests.builders import add_place
from tests.conftest import NOW


def test_a_widget_has_defaults_and_shows_its_clinics_in_order(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        second = clinics.add_clinic(g, slug="south", name="South", now=NOW).id
        widget = widgets.add_widget(g, slug="both", now=NOW, clinic_ids=[second, place.clinic_id, second])
        assert widget.clinic_ids == (second, place.clinic_id)
        assert (widget.layout, widget.theme, widget.language, widget.max_quotes) == ("list", "auto", "en", 6)
        assert (widget.choice, widget.state, widget.group_id) == ("newest", "active", place.group_id)
        assert widgets.get_widget(g, widget.id) == widget
        assert widgets.get_widget_by_public_id(g, widget.public_id) == widget
        assert widgets.find_widget_by_slug(tx, "both") == widget
        assert widgets.find_widget_by_slug(tx, "none") is None


def test_widgets_are_found_by_group_and_by_clinic(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        second = clinics.add_clinic(g, slug="south", name="South", now=NOW).id
        one = widgets.add_widget(g, slug="one", now=NOW, clinic_ids=[place.clinic_id], layout="badge", max_quotes=0)
        two = widgets.add_widget(g, slug="two", now=NOW, clinic_ids=[second])
        both = widgets.add_widget(g, slug="both", now=NOW, clinic_ids=[place.clinic_id, second])
        assert widgets.find_widgets(g) == [one, two, both]
        assert widgets.find_widgets_of_clinic(g, place.clinic_id) == [one, both]
        assert widgets.find_widgets_of_clinic(g, second) == [two, both]
        assert (one.layout, one.max_quotes) == ("badge", 0)


def test_an_update_changes_what_is_given_and_nothing_else(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        second = clinics.add_clinic(g, slug="south", name="South", now=NOW).id
        widget = widgets.add_widget(g, slug="one", now=NOW, clinic_ids=[place.clinic_id], theme="dark")
        later = NOW + timedelta(hours=1)
        changed = widgets.update_widget(g, widget.id, now=later, layout="grid", language="fr")
        assert changed == replace(widget, layout="grid", language="fr")
        changed = widgets.update_widget(g, widget.id, now=later, clinic_ids=[second], state="paused", slug="uno")
        assert changed == replace(
            widget, layout="grid", language="fr", clinic_ids=(second,), state="paused", slug="uno"
        )
        assert widgets.find_widget_by_slug(tx, "one") is None


def test_a_slug_is_taken_for_all_groups(storage: Storage) -> None:
    with storage.write() as tx:
        mine, theirs = add_place(tx), add_place(tx)
        widgets.add_widget(tx.group(theirs.group_id), slug="taken", now=NOW, clinic_ids=[theirs.clinic_id])
        widget = widgets.add_widget(tx.group(mine.group_id), slug="free", now=NOW, clinic_ids=[mine.clinic_id])
    with pytest.raises(Conflict), storage.write() as tx:
        widgets.add_widget(tx.group(mine.group_id), slug="taken", now=NOW, clinic_ids=[mine.clinic_id])
    with pytest.raises(Conflict), storage.write() as tx:
        widgets.update_widget(tx.group(mine.group_id), widget.id, now=NOW, slug="taken")
    with storage.read() as tx:
        assert widgets.find_widgets(tx.group(mine.group_id)) == [widget]


@pytest.mark.parametrize("field", [{"layout": "wall"}, {"theme": "pink"}, {"state": "gone"}, {"colour": "red"}])
def test_a_value_that_is_not_known_is_refused(storage: Storage, field: dict[str, str]) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        widget = widgets.add_widget(tx.group(place.group_id), slug="one", now=NOW, clinic_ids=[place.clinic_id])
    with pytest.raises(StorageError), storage.write() as tx:
        widgets.update_widget(tx.group(place.group_id), widget.id, now=NOW, **field)
    with pytest.raises(StorageError), storage.write() as tx:
        widgets.add_widget(tx.group(place.group_id), slug="two", now=NOW, clinic_ids=[place.clinic_id], **field)


def test_a_widget_shows_no_clinic_of_another_group_and_is_out_of_its_reach(storage: Storage) -> None:
    with storage.write() as tx:
        mine, theirs = add_place(tx), add_place(tx)
        foreign = widgets.add_widget(tx.group(theirs.group_id), slug="far", now=NOW, clinic_ids=[theirs.clinic_id])
        g = tx.group(mine.group_id)
        assert widgets.find_widgets(g) == []
        assert widgets.find_widgets_of_clinic(g, theirs.clinic_id) == []
        for attempt in (
            lambda: widgets.get_widget(g, foreign.id),
            lambda: widgets.get_widget_by_public_id(g, foreign.public_id),
            lambda: widgets.update_widget(g, foreign.id, now=NOW, layout="grid"),
            lambda: widgets.add_widget(g, slug="mixed", now=NOW, clinic_ids=[theirs.clinic_id]),
        ):
            with pytest.raises(NotFound):
                attempt()
        found = widgets.find_widget_by_slug(tx, "far")
        assert found == foreign
