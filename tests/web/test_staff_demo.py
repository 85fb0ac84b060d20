"""Demo data is marked, stays on this machine, and goes with one press."""

import json
from pathlib import Path

import pytest
from flask import Flask

from reviews import i18n
from reviews.config import Settings
from reviews.publish.copies import find_copy
from reviews.storage import Storage, audit, clinics, people, snapshots, widgets
from tests.web.support import World, get, log_in, post
from tests.web.test_staff_work import page
from tests.web.widget_samples import NOW, Installed, review

OWNER, VIEWER = "owner@north.example.org", "viewer@north.example.org"
DATA = "w/elm-street/data.json"


def mark_as_demo(storage: Storage, group_id: int) -> None:
    with storage.session(writable=True) as session:
        session.execute("UPDATE groups SET is_demo = 1 WHERE id = :id", {"id": group_id})
        session.execute("UPDATE clinics SET is_demo = 1 WHERE group_id = :id", {"id": group_id})


@pytest.mark.statement("S57")
def test_demo_data_is_marked_on_every_page_and_goes_with_one_press(app: Flask, world: World, storage: Storage) -> None:
    mark_as_demo(storage, world.group_id)
    client = log_in(app, OWNER)
    for path in ("/", "/inbox", "/trends", "/clinics", f"/clinics/{world.mine['clinic']}", "/settings/sessions"):
        assert "Demo data" in page(client, path), path
    assert "Remove the demo data" not in page(log_in(app, VIEWER), "/")
    assert "You are looking at demo data" in page(client, "/")
    answer = post(client, "/demo-data/remove")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?done=demo-removed")
    after = page(client, answer.headers["Location"])
    assert "The demo data is gone." in after
    assert "Remove the demo data</button>" not in after
    assert "Describe your clinic" in after, "what to do next"
    assert get(client, f"/clinics/{world.mine['clinic']}").status_code == 404
    with storage.write() as tx:
        entry = audit.find_entries(tx.group(world.group_id), object_kind="group", limit=1)[0]
        assert (entry.action, entry.before["clinics"]) == ("demo.removed", 1)
        assert len(clinics.find_clinics(tx.group(world.other_group_id))) == 1
        people.set_language(tx, world.person_ids[OWNER], "fr")
    assert "Les données de démonstration sont supprimées." in page(client, "/?done=demo-removed")


@pytest.fixture
def installed(storage: Storage, tmp_path: Path) -> Installed:
    made = Installed(storage, tmp_path / "data", i18n.load())
    made.collect([review("a", "Invented words.")])
    mark_as_demo(storage, made.group_id)
    return made


def is_public(installed: Installed) -> bool:
    with installed.storage.read() as tx:
        in_database = snapshots.find_snapshot(tx, DATA) is not None
    on_disk = find_copy(installed.settings.snapshot_dir, DATA) is not None
    assert in_database == on_disk
    return in_database


@pytest.mark.statement("S57")
def test_a_demo_clinic_is_public_in_a_demo_only_and_says_what_it_is(installed: Installed) -> None:
    real = installed.settings
    installed.settings = Settings(data_dir=real.data_dir, base_url=real.base_url, demo=True)
    installed.refresh()
    assert is_public(installed)
    with installed.storage.read() as tx:
        found = snapshots.find_snapshot(tx, DATA)
    assert found is not None
    assert json.loads(found.body)["disclosure"][0].startswith("A demonstration:")
    installed.settings = real
    installed.refresh()
    assert not is_public(installed)


@pytest.mark.statement("S57")
def test_a_widget_of_a_real_and_a_demo_clinic_shows_the_real_one_alone(installed: Installed) -> None:
    with installed.storage.write() as tx:
        g = tx.group(installed.group_id)
        real = clinics.add_clinic(g, slug="real", name="Real Clinic", now=NOW, jurisdiction="CA-BC")
        widgets.update_widget(g, installed.widget.id, now=NOW, clinic_ids=[installed.clinic.id, real.id])
    for demo in (True, False):
        installed.settings = Settings(
            data_dir=installed.settings.data_dir, base_url=installed.settings.base_url, demo=demo
        )
        installed.refresh()
        with installed.storage.read() as tx:
            found = snapshots.find_snapshot(tx, DATA)
        assert found is not None
        data = json.loads(found.body)
        assert [clinic["name"] for clinic in data["clinics"]] == ["Real Clinic"]
        assert "Invented words." not in found.body.decode()
