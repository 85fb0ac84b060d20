"""`reviews delete`, and what `apply` and `restore` make of what it deleted, on both engines."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reviews.storage import GroupTransaction, audit, clinics, groups, open_storage, removal, sources, widgets
from tests.collect.test_cli import CARDS, ROWS, folder, installed, reviews
from tests.conftest import NOW

__all__ = ["folder", "installed"]


@contextmanager
def group() -> Iterator[GroupTransaction]:
    """The group that the file declares."""
    storage = open_storage(os.environ.get("REVIEWS_DATABASE") or str(Path("var") / "reviews.db"))
    with storage.read() as tx:
        yield tx.group(groups.find_groups(tx)[-1].id)
    storage.close()


def held() -> dict[str, list[str]]:
    """By slug the labels of the sources of each clinic, but for the one that `reviews init` has made."""
    with group() as g:
        found = [each for each in clinics.find_clinics(g) if each.slug != "willow"]
        return {each.slug: [source.label for source in sources.find_sources(g, each.id)] for each in found}


def id_of(kind: str) -> str:
    with group() as g:
        return (clinics.find_clinics(g)[-1] if kind == "clinic" else sources.find_sources(g)[0]).public_id


@pytest.mark.statement("P8", "T42")
def test_what_a_command_deleted_comes_back_by_no_nightly_apply_nor_by_a_restore(installed: Path) -> None:
    # Both kinds on both engines are in tests/storage/test_removal.py; a command takes a second.
    kind = "source" if "REVIEWS_DATABASE" in os.environ else "clinic"
    (installed / "clinics.toml").write_text(CARDS)
    assert reviews("apply", "clinics.toml").exit_code == 0
    (installed / "cards.csv").write_text(ROWS)
    assert reviews("import", "cards.csv", "--source", id_of("source")).exit_code == 0
    assert reviews("backup", "old.backup").exit_code == 0
    before, name = held(), {"clinic": "Willow Lane", "source": "Cards"}[kind]
    assert before == {"willow-lane": ["Cards"]}

    assert reviews("delete", "no-such-id", "--yes").exit_code == 2
    refused = reviews("delete", id_of(kind), answer="Something else\n")
    assert refused.exit_code == 1
    assert f"{kind} {name}" in refused.output
    assert "2 reviews" in refused.output
    assert held() == before
    done = reviews("delete", id_of(kind), answer=f"{name}\n")
    assert done.exit_code == 0
    assert "Deleted, with 2 reviews." in done.output
    after: dict[str, list[str]] = {} if kind == "clinic" else {"willow-lane": []}
    assert held() == after
    with group() as g:
        assert f"{kind}.deleted" in [each.action for each in audit.find_entries(g, limit=9)]

    again = reviews("apply", "clinics.toml")
    assert "was deleted on" in again.output
    assert "Nothing to change." in again.output
    assert held() == after
    assert reviews("restore", "old.backup", "--yes").exit_code == 0
    assert held() == after
    assert reviews("apply", "clinics.toml", "--with-deleted").exit_code == 0
    assert held() == before


@pytest.mark.statement("P8")
def test_apply_leaves_alone_what_is_still_being_deleted(installed: Path) -> None:
    is_clinic = "REVIEWS_DATABASE" not in os.environ
    (installed / "clinics.toml").write_text(CARDS)
    assert reviews("apply", "clinics.toml").exit_code == 0
    storage = open_storage(os.environ.get("REVIEWS_DATABASE") or str(Path("var") / "reviews.db"))
    with storage.write() as tx:
        g = tx.group(groups.find_groups(tx)[-1].id)
        clinic = clinics.find_clinics(g)[-1]
        public_id = clinic.public_id if is_clinic else sources.find_sources(g)[0].public_id
        find = removal.find_clinic_target if is_clinic else removal.find_source_target
        removal.begin(g, find(g, public_id), NOW, person_id=None)
    for options in ((), ("--with-deleted",)):
        done = reviews("apply", "clinics.toml", *options)
        assert "is being deleted" in done.output
        assert "Nothing to change." in done.output
    with storage.read() as tx:
        shown = widgets.find_widgets_of_clinic(tx.group(g.group_id), clinic.id)
    storage.close()
    assert len(shown) == (not is_clinic)
