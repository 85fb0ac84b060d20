"""The operator's pages, what Prometheus reads, the group's settings, its audit trail, and scheduled backups."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from reviews.config import Settings
from reviews.storage import audit, groups, people, rotation, workers
from reviews.web import create_app
from tests.conftest import NOW, FakeClock
from tests.web.conftest import BOOK, CATALOGUE
from tests.web.support import BASE, PASSWORD_HASH, FakeServices, World, get, log_in, post

OWNER = "owner@north.example.org"


def operator(app: Flask, world: World) -> object:
    with world.storage.write() as tx:
        people.add_person(
            tx, email="op@example.org", name="Opal", password_hash=PASSWORD_HASH, now=NOW, is_operator=True
        )
    return log_in(app, "op@example.org")


@pytest.mark.statement("S59", "S61")
def test_the_machine_is_shown_and_its_diagnostics_name_nobody(app: Flask, world: World, settings: Settings) -> None:
    rotation.back_up_daily(world.storage, settings.backup_dir, NOW, skip_origins=frozenset())
    client = operator(app, world)
    text = get(client, "/system").get_data(as_text=True)  # type: ignore[arg-type]
    assert "daily-20261122T090000Z" in text
    assert "No worker" not in text
    assert "no worker is running" in text
    body = get(client, "/system/diagnostics.json").get_data(as_text=True)  # type: ignore[arg-type]
    found = json.loads(body)
    assert found["counts"]["groups"] == 2
    assert found["backups"][0]["bytes"] > 0
    for word in ("North", "South", "example.org", "Opal", "marker", settings.secret_keys[0], str(settings.data_dir)):
        assert word not in body


@pytest.mark.statement("S60")
def test_metrics_are_for_this_machine_or_who_has_the_token(
    app: Flask, settings: Settings, world: World, clock: FakeClock
) -> None:
    client = app.test_client()
    here = client.get("/metrics", base_url=BASE)
    text = here.get_data(as_text=True)
    assert here.status_code == 200
    assert 'reviews_rows{kind="reviews"}' in text
    assert "North" not in text
    assert all(re.fullmatch(r"#.*|[a-z_]+(\{[a-z]+=\"[^\"]*\"\})? [0-9.e+]+", line) for line in text.splitlines())
    assert client.get("/metrics", base_url=BASE, headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 404
    assert client.get("/metrics", base_url=BASE, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404
    from dataclasses import replace

    closed = create_app(
        replace(settings, metrics_token="long token"), world.storage, clock=clock, book=BOOK, catalogue=CATALOGUE,
        services=FakeServices().services(),
    ).test_client()  # fmt: skip
    assert closed.get("/metrics", base_url=BASE).status_code == 404
    right = {"Authorization": "Bearer long token"}
    assert closed.get("/metrics", base_url=BASE, headers=right).status_code == 200


def test_a_dead_worker_is_noticed_on_every_page(app: Flask, world: World, clock: FakeClock) -> None:
    client = log_in(app, OWNER)
    with world.storage.write() as tx:
        workers.beat(tx, name="w", started_at=clock(), now=clock(), version="1")
    assert "Nothing is being read" not in get(client, "/inbox").get_data(as_text=True)
    assert client.get("/readyz", base_url=BASE).status_code == 200
    clock.advance(minutes=4)
    assert "Nothing is being read" in get(client, "/inbox").get_data(as_text=True)
    assert client.get("/readyz", base_url=BASE).status_code == 503
    viewer = log_in(app, "viewer@north.example.org")
    assert "Nothing is being read" not in get(viewer, "/inbox").get_data(as_text=True)


def test_the_group_gets_another_name(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    assert post(client, "/settings/organisation", {"name": " "}, form_on="/settings/organisation").status_code == 400
    renamed = post(client, "/settings/organisation", {"name": "Maple Health"}, form_on="/settings/organisation")
    assert renamed.status_code == 303
    with world.storage.read() as tx:
        assert groups.get_group(tx, world.group_id).name == "Maple Health"
    assert "Own website" in get(client, "/settings/privacy").get_data(as_text=True)
    trail = get(client, "/settings/audit").get_data(as_text=True)
    assert "Renamed the group" in trail
    assert "Name: <bdi>North Clinics</bdi> → <bdi>Maple Health</bdi>" in trail
    assert "group.renamed" not in trail


@pytest.mark.statement("S5", "S6")
def test_the_trail_is_filtered_paged_by_key_and_proved(app: Flask, world: World) -> None:
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        for number in range(60):
            audit.add_entry(
                g, now=NOW, person_id=world.person_ids[OWNER] if number % 2 else None, action=f"act.{number:02}",
                object_kind="tree" if number < 55 else "stone", object_id="x", after={"n": number},
            )  # fmt: skip
    client = log_in(app, OWNER)
    first = get(client, "/settings/audit").get_data(as_text=True)
    assert "act.59" in first
    assert "act.05" not in first
    older = re.search(r'href="(/settings/audit\?before=\d+)"', first)
    assert older is not None
    with world.storage.write() as tx:
        audit.add_entry(
            tx.group(world.group_id), now=NOW, person_id=None, action="act.new", object_kind="x", object_id="x"
        )
    second = get(client, older[1]).get_data(as_text=True)
    seen = re.findall(r"act\.\d\d", first) + re.findall(r"act\.\d\d", second)
    assert sorted(seen) == [f"act.{number:02}" for number in range(60)], "none twice, none left out"
    stones = get(client, "/settings/audit?kind=stone").get_data(as_text=True)
    assert len(re.findall(r"act\.\d\d", stones)) == 5
    assert "Nothing was changed or removed" in get(client, "/settings/audit?check=yes").get_data(as_text=True)


# ---------------------------------------------------------------- scheduled backups
@pytest.mark.statement("S61")
def test_seven_daily_and_four_weekly_backups_stay(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "rotated"
    now = datetime(2026, 9, 1, 3, tzinfo=UTC)
    days = [now + timedelta(days=each) for each in range(40)]
    kept = rotation.choose_kept(days)
    assert {each for each in kept if each >= days[-7]} == set(days[-7:])
    assert len({each.isocalendar()[:2] for each in kept}) == 4
    assert len(kept) <= rotation.DAILY_KEPT + rotation.WEEKLY_KEPT
    for each in (days[0], days[0] + timedelta(hours=5), days[1], *days[30:40]):
        rotation.back_up_daily(world.storage, folder, each, skip_origins=frozenset())
    found = [each.made_at for each in rotation.find_backups(folder)]
    assert found[:7] == days[:32:-1]
    assert days[0] not in found
    assert days[0] + timedelta(hours=5) not in found, "one a day"


@pytest.mark.statement("S8", "S59")
def test_what_the_doctor_finds_is_told_in_french_too(app: Flask, world: World) -> None:
    client = operator(app, world)
    english = get(client, "/system").get_data(as_text=True)  # type: ignore[arg-type]
    with world.storage.write() as tx:
        person = next(each for each in people.find_people(tx) if each.email == "op@example.org")
        people.set_language(tx, person.id, "fr")
    french = get(client, "/system").get_data(as_text=True)  # type: ignore[arg-type]
    for one, other in (
        ("no worker is running", "aucun programme de collecte ne tourne"),
        ("4 sources, none in trouble", "4 sources, aucune n’a de difficultés"),
        ("→ start", "→ lancez"),
    ):
        assert (one in english, other in english) == (True, False)
        assert (one in french, other in french) == (False, True)
