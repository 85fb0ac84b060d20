"""Deleting a source or a clinic: a page that says what goes, its name typed, and then it is gone everywhere."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask

from reviews.collect.removing import remove
from reviews.publish.copies import find_copy
from reviews.publish.folder import publish_folder
from reviews.storage import Storage, audit, clinics, people, removal, reports, sources, widgets
from reviews.web.hot import SnapshotLayer
from reviews.worker.upkeep import Upkeep
from tests.conftest import FakeClock
from tests.web.support import FakeServices, World, add_connected, get, log_in, post
from tests.web.test_widget_hot import CATALOGUE, DATA, Answer, behind
from tests.web.widget_samples import Installed, review

OWNER, MANAGER = "owner@north.example.org", "manager@north.example.org"


@pytest.mark.statement("P8", "S6")
def test_a_manager_deletes_a_source_after_its_page_said_what_goes(
    app: Flask, world: World, storage: Storage, fakes: FakeServices
) -> None:
    client = log_in(app, MANAGER)
    path = f"/sources/{world.mine['page']}/delete"
    assert f'href="{path}"' in get(client, f"/sources/{world.mine['page']}").get_data(as_text=True)
    asked = get(client, path).get_data(as_text=True)
    for said in ("4 reviews", "1 reply, drafts included", "The widget north-street stays", "Own website"):
        assert said in asked
    refused = post(client, path, {"name": "Own"}, form_on=path)
    assert refused.status_code == 400
    assert "This is not its name." in refused.get_data(as_text=True)
    answer = post(client, path, {"name": " own  website "}, form_on=path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sources?done=deleted")
    after = get(client, answer.headers["Location"]).get_data(as_text=True)
    assert "Deleted. Websites show it no more." in after
    assert "Own website" not in after
    assert get(client, f"/sources/{world.mine['page']}").status_code == 404
    assert get(client, f"/reviews/{world.mine['review']}").status_code == 404
    with storage.read() as tx:
        g = tx.group(world.group_id)
        clinic = clinics.get_clinic_by_public_id(g, world.mine["clinic"])
        (entry,) = [each for each in audit.find_entries(g, limit=9) if each.action == "source.deleted"]
        assert audit.verify_chain(g) is None
    assert (entry.object_id, entry.person_name) == (world.mine["page"], "Manager North")
    assert entry.before == {"name": "Own website", "clinic": clinic.name, "reviews": 4, "notes": 0}
    assert ("refresh", world.group_id, clinic.id) in fakes.asked
    trail = get(log_in(app, OWNER), "/settings/audit").get_data(as_text=True)
    assert "Deleted a source with all that it had" in trail
    for path in ("/", "/inbox", "/trends", "/clinics", "/sources", "/reports", "/widgets", "/themes"):
        assert get(client, path).status_code == 200, path


@pytest.mark.statement("P8", "S45")
def test_only_an_owner_deletes_a_clinic_and_its_report_stays_readable(
    app: Flask, world: World, storage: Storage
) -> None:
    client = log_in(app, OWNER)
    made = post(client, "/reports", {"month": "2026-10", "clinic": world.mine["clinic"]}, form_on="/reports")
    report = made.headers["Location"]
    path = f"/clinics/{world.mine['clinic']}/delete"
    assert "Delete this clinic" in get(client, f"/clinics/{world.mine['clinic']}").get_data(as_text=True)
    manager = log_in(app, MANAGER)
    assert "Delete this clinic" not in get(manager, f"/clinics/{world.mine['clinic']}").get_data(as_text=True)
    asked = get(client, path).get_data(as_text=True)
    for said in ("2 sources: Own website, Paper forms", "5 reviews", "The widget north-street: it shows nothing else",
                 "1 report of this clinic"):  # fmt: skip
        assert said in asked, said
    answer = post(client, path, {"name": "North Street Physiotherapy"}, form_on=path)
    assert answer.headers["Location"] == "/clinics?done=deleted"
    for each in (
        "/",
        "/inbox",
        "/trends",
        "/clinics",
        "/sources",
        "/reports",
        "/widgets",
        "/themes",
        "/settings/audit",
    ):
        assert get(client, each).status_code == 200, each
    assert "North Street Physiotherapy" in get(client, "/reports").get_data(as_text=True)
    assert "North Street Physiotherapy" in get(client, report).get_data(as_text=True)
    with storage.read() as tx:
        g = tx.group(world.group_id)
        assert clinics.find_clinics(g) == []
        assert [each.clinic_id for each in reports.find_reports(g)] == [None]
        assert len(clinics.find_clinics(tx.group(world.other_group_id))) == 1


def test_the_permission_is_given_back_where_nothing_else_uses_it(
    app: Flask, world: World, storage: Storage, fakes: FakeServices
) -> None:
    add_connected(world)
    with storage.session(writable=True) as session:
        session.execute("UPDATE connections SET kind = 'google_business'")
        session.execute("UPDATE sources SET kind = 'google_business' WHERE kind = 'yelp'")
    path = f"/sources/{world.mine['connected']}/delete"
    client = log_in(app, MANAGER)
    assert "The connection Yelp: its key is forgotten" in get(client, path).get_data(as_text=True)
    assert post(client, path, {"name": "Yelp"}, form_on=path).status_code == 303
    assert [each[1] for each in fakes.asked if each[0] == "give back"] == ["google_business"]
    with storage.read() as tx:
        assert [each.label for each in sources.find_sources(tx.group(world.group_id))] == ["Own website", "Paper forms"]


@pytest.mark.statement("P8")
def test_a_large_one_is_left_to_the_worker(
    app: Flask, world: World, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "AT_ONCE", 3)
    client, path = log_in(app, OWNER), f"/clinics/{world.mine['clinic']}/delete"
    answer = post(client, path, {"name": "North Street Physiotherapy"}, form_on=path)
    assert answer.headers["Location"] == "/clinics?done=deleting"
    assert "it takes a few minutes" in get(client, answer.headers["Location"]).get_data(as_text=True)
    with storage.read() as tx:
        assert {kind for _, kind, _ in removal.find_open(tx)} == {"clinic", "source"}
    assert "This source is being deleted." in get(client, f"/sources/{world.mine['page']}").get_data(as_text=True)
    with storage.write() as tx:
        people.set_language(tx, world.person_ids[OWNER], "fr")
    said = get(client, f"/sources/{world.mine['page']}").get_data(as_text=True)
    assert "Cette source est en cours de suppression." in said


@pytest.mark.statement("P8", "D9")
@pytest.mark.parametrize("kind", ["clinic", "source"])
def test_what_a_website_showed_is_gone_from_database_memory_disk_and_folder(
    storage: Storage, tmp_path: Path, clock: FakeClock, kind: str
) -> None:
    made = Installed(storage, tmp_path / "data", CATALOGUE)
    made.collect([review("a", "Words that go.")])
    made.refresh()
    context = SimpleNamespace(storage=storage, settings=made.settings, book=made.book, catalogue=CATALOGUE, clock=clock)
    layer, folder = SnapshotLayer(behind, storage, made.settings, clock), tmp_path / "www"
    publish_folder(storage, made.settings, made.book, CATALOGUE, {}, folder, clock())
    assert b"Words that go." in Answer(layer, DATA).body
    assert b"Words that go." in (folder / DATA[1:]).read_bytes()
    with storage.read() as tx:
        g = tx.group(made.group_id)
        is_clinic = kind == "clinic"
        target = (
            removal.find_clinic_target(g, made.clinic.public_id)
            if is_clinic
            else removal.find_source_target(g, made.source.public_id)
        )
    assert remove(context, made.group_id, target).reviews == 1  # type: ignore[arg-type]
    clock.advance(seconds=1)
    answer = Answer(layer, DATA)
    layer.close()
    assert answer.passed_on == is_clinic
    assert b"Words that go." not in answer.body
    on_disk = find_copy(made.settings.snapshot_dir, DATA[1:])
    assert on_disk is None if is_clinic else on_disk is not None and b"Words that go." not in on_disk.body
    publish_folder(storage, made.settings, made.book, CATALOGUE, {}, folder, clock())
    published = [path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".gz"]
    assert not any(b"Words that go." in body for body in published)
    assert (folder / DATA[1:]).exists() != is_clinic


@pytest.mark.statement("P8")
def test_copies_that_a_crash_left_on_disk_go_with_the_next_upkeep(
    storage: Storage, tmp_path: Path, clock: FakeClock
) -> None:
    made = Installed(storage, tmp_path / "data", CATALOGUE)
    made.collect([review("a", "Words that go.")])
    made.refresh()
    upkeep = Upkeep(SimpleNamespace(storage=storage, settings=made.settings, clock=clock))  # type: ignore[arg-type]
    assert upkeep.drop_copies() == 0
    assert find_copy(made.settings.snapshot_dir, DATA[1:]) is not None
    with storage.write() as tx:  # and then the process dies
        g = tx.group(made.group_id)
        target = removal.find_clinic_target(g, made.clinic.public_id)
        removal.delete(g, target, removal.count_loss(g, target), clock(), person_id=None)
    assert upkeep.drop_copies() == 1
    assert find_copy(made.settings.snapshot_dir, DATA[1:]) is None
    assert upkeep.drop_copies() == 0


@pytest.mark.parametrize("is_gone", [False, True])
def test_copies_of_an_earlier_release_are_made_anew_and_go_with_their_widget(
    storage: Storage, tmp_path: Path, clock: FakeClock, is_gone: bool
) -> None:
    made = Installed(storage, tmp_path / "data", CATALOGUE)
    made.collect([review("a", "Words that go.")])
    made.refresh()
    home = made.settings.snapshot_dir / "elm-street"
    for path in home.iterdir():
        path.unlink()
    old = home / "w%2Felm-street%2Fdata.json"
    old.write_bytes(b'{"v": 1}\nWords that go.')
    upkeep = Upkeep(SimpleNamespace(storage=storage, settings=made.settings, clock=clock))  # type: ignore[arg-type]
    if is_gone:
        with storage.write() as tx:
            widgets.delete_widget(tx.group(made.group_id), made.widget.id, clock())
    assert upkeep.drop_copies() == is_gone
    with storage.read() as tx:
        is_stale = clinics.get_stale_since(tx.group(made.group_id), made.clinic.id) is not None
    assert old.exists() == is_stale == (not is_gone)
    if is_stale:
        made.refresh()
    assert not old.exists()
    assert (find_copy(made.settings.snapshot_dir, DATA[1:]) is None) == is_gone
