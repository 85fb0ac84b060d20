"""A worker that has died is noticed by somebody who is not the worker, on both engines."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reviews.alerts.compose import WORKER_KINDS
from reviews.alerts.office import Office
from reviews.alerts.watch import Watch
from reviews.errors import StorageUnavailable
from reviews.storage import people, workers
from reviews.storage.workers import SILENT_AFTER
from reviews.web.services import Services
from reviews.web.watch import keep_watch, start_watch
from tests.alerts.conftest import World
from tests.alerts.receivers import MailBox

BEYOND = SILENT_AFTER + timedelta(seconds=1)


def beat(world: World) -> None:
    with world.storage.write() as tx:
        workers.beat(tx, name="w", started_at=world.clock(), now=world.clock(), version="1")


def add_operator(world: World, name: str, language: str = "en") -> None:
    with world.storage.write() as tx:
        people.add_person(
            tx, email=f"{name.lower()}@example.org", name=name, password_hash="x", language=language, is_operator=True,
            now=world.clock(),
        )  # fmt: skip


def look(world: World, *watches: Watch) -> None:
    """A turn of each web process: look, and send what waits."""
    for watch in watches:
        if watch.look():
            office = Office(world.desk)  # each time a new one, as after a crash
            while office.send_next(WORKER_KINDS):
                pass


def fall_silent(world: World, *watches: Watch) -> None:
    world.clock.advance(seconds=BEYOND.total_seconds())
    look(world, *watches)
    world.clock.advance(minutes=1)
    look(world, *watches)


def subjects(box: MailBox) -> list[tuple[str, str]]:
    return [(str(mail["To"]), str(mail["Subject"])) for mail in box.mails]


@pytest.mark.statement("R30", "S60")
def test_a_silence_of_the_worker_is_told_once_and_its_end_once(world: World, box: MailBox) -> None:
    add_operator(world, "Olga")
    world.add_person("Ada")  # an owner, whose business it is not while there is an operator
    beat(world)
    processes = Watch(world.storage, world.clock), Watch(world.storage, world.clock)
    look(world, *processes)
    assert box.mails == []
    fall_silent(world, *processes)
    for _ in range(3):
        world.clock.advance(hours=1)
        look(world, *processes, Watch(world.storage, world.clock))
    assert subjects(box) == [("Olga <olga@example.org>", "The worker has stopped")]
    mail = box.mails[0]
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "reviews worker" in text
    assert "https://reviews.example.org/system" in text
    assert "You get this because you look after this installation" in text
    beat(world)
    for _ in range(2):
        look(world, *processes)
        world.clock.advance(minutes=1)
        beat(world)
    assert subjects(box)[1:] == [("Olga <olga@example.org>", "The worker is back")]
    fall_silent(world, *processes)
    assert [subject for _, subject in subjects(box)[2:]] == ["The worker has stopped"]
    assert len({mail["Message-ID"] for mail in box.mails}) == 3


def test_a_worker_that_said_goodbye_and_never_came_back_is_told_of_too(world: World, box: MailBox) -> None:
    add_operator(world, "Olga", "fr")
    watch = Watch(world.storage, world.clock)
    fall_silent(world, watch)
    assert subjects(box) == [("Olga <olga@example.org>", "Le collecteur s’est arrêté")]


def test_without_an_operator_the_owners_are_told(world: World, box: MailBox) -> None:
    world.add_person("Ada")
    world.add_person("Vic", role="viewer")
    fall_silent(world, Watch(world.storage, world.clock))
    assert [to for to, _ in subjects(box)] == ["Ada <ada@example.org>"]


def test_neither_a_start_nor_waking_from_sleep_is_a_death(world: World, box: MailBox) -> None:
    add_operator(world, "Olga")
    beat(world)
    world.clock.advance(days=1)  # the machine was off
    watch = Watch(world.storage, world.clock)
    look(world, watch)
    world.clock.advance(minutes=1)
    beat(world)
    look(world, watch)
    world.clock.advance(hours=8)  # the machine slept; its web process wakes first
    look(world, watch)
    beat(world)
    world.clock.advance(minutes=1)
    look(world, watch)
    assert box.mails == []


def test_the_message_is_tried_again_with_its_id_until_the_mail_server_takes_it(world: World, box: MailBox) -> None:
    add_operator(world, "Olga")
    tried = []

    def behave(mail: object) -> str:
        tried.append(mail["Message-ID"])  # type: ignore[index]
        return "250" if len(tried) > 1 else "451"

    box.behave = behave
    watch = Watch(world.storage, world.clock)
    fall_silent(world, watch)
    assert box.mails == []
    world.clock.advance(hours=1)
    look(world, watch)
    assert len(box.mails) == 1
    assert len(set(tried)) == 1


def test_the_watch_goes_on_when_the_database_was_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    def fail(watch: Watch) -> bool:
        looked.append(1)
        if len(looked) == 1:
            raise StorageUnavailable("away")
        if len(looked) == 2:
            raise RuntimeError("a fault of ours")
        return True

    monkeypatch.setattr(Watch, "look", fail)
    sent: list[int] = []
    turns = iter([False, False, False, True])
    keep_watch(world.storage, world.clock, lambda: sent.append(1), lambda: next(turns))
    assert (len(looked), len(sent)) == (3, 1)


@pytest.mark.parametrize("fields", [{"smtp_host": ""}, {"smtp_host": "127.0.0.1", "demo": True}])
def test_who_cannot_send_mail_or_only_plays_keeps_no_watch(fields: dict[str, object], world: World) -> None:
    settings = replace(world.desk.settings, **fields)  # type: ignore[arg-type]
    assert start_watch(settings, world.storage, world.clock, lambda: None) is None


def test_a_web_process_sends_it_by_its_own_services(world: World, box: MailBox) -> None:
    add_operator(world, "Olga")
    services = Services.from_settings(world.desk.settings, world.storage, world.clock)
    watch = Watch(world.storage, world.clock)
    world.clock.advance(seconds=BEYOND.total_seconds())
    assert not watch.look()
    assert watch.look()
    services.tell_of_worker()
    services.close()
    assert [subject for _, subject in subjects(box)] == ["The worker has stopped"]
