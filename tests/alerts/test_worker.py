"""The worker's delivering thread: beside the collecting, and vouching for a worker that lives only."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from reviews.alerts.office import Office
from reviews.collect import Context
from reviews.sandbox import Sandbox
from reviews.storage import sources, workers
from reviews.storage.workers import SILENT_AFTER
from reviews.worker import loop
from reviews.worker.deliver import Deliver, open_office
from tests.alerts.conftest import World
from tests.alerts.receivers import MailBox, Receiver

WAIT_SECONDS = 20


def context_of(world: World, **settings: Any) -> Context:
    desk = world.desk
    return Context(
        storage=desk.storage, settings=replace(desk.settings, **settings), fetcher=desk.fetcher,
        sandbox=cast(Sandbox, None), scorer=desk.scorer, book=desk.book, catalogue=desk.catalogue, clock=world.clock,
    )  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_receiver_that_hangs_holds_up_neither_collecting_nor_the_heartbeat(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    release, hanging, collected = threading.Event(), threading.Event(), threading.Event()

    class Hanging(Office):
        def step(self) -> bool:
            hanging.set()
            release.wait(WAIT_SECONDS)
            return False

    beats, beaten = [], threading.Event()
    beat = workers.beat

    def count(*args: Any, **options: Any) -> None:
        beat(*args, **options)
        beats.append(1)
        if len(beats) == 2:  # so the first one is committed
            beaten.set()

    monkeypatch.setattr(loop.workers, "beat", count)
    monkeypatch.setattr(loop, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(loop, "open_office", lambda context, should_stop: Hanging(world.desk))
    monkeypatch.setattr(loop, "run_claim", lambda *args, **options: collected.set())
    worker = loop.Worker(context=context_of(world, worker_threads=1))
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        assert hanging.wait(WAIT_SECONDS)
        with world.storage.write() as tx:
            sources.request_run(tx.group(world.group_id), world.source.id, world.clock())
        assert collected.wait(WAIT_SECONDS)
        assert beaten.wait(WAIT_SECONDS)
        with world.storage.read() as tx:
            assert workers.find_workers(tx)
    finally:
        worker.stop()
        release.set()
        thread.join(WAIT_SECONDS)
    assert not thread.is_alive()


def test_outside_is_asked_once_a_minute_while_the_main_loop_turns_and_not_after_its_death(
    world: World, receiver: Receiver
):
    context = context_of(world, heartbeat_url=f"{receiver.url}/ping/secret")
    turned_at = world.clock()
    deliver = Deliver(
        context=context, office=open_office(context), stopping=threading.Event(), last_turn=lambda: turned_at
    )
    for _ in range(5):
        deliver.tell_outside()
        world.clock.advance(seconds=20)
    assert [posted.path for posted in receiver.posted] == ["/ping/secret"] * 2
    receiver.behave = lambda posted: "500"
    world.clock.advance(seconds=20)
    deliver.tell_outside()  # a fault there is none of ours
    assert len(receiver.posted) == 3
    world.clock.now = turned_at + SILENT_AFTER + timedelta(seconds=1)
    deliver.tell_outside()
    assert len(receiver.posted) == 3


def test_without_an_address_nobody_outside_is_asked(world: World, receiver: Receiver):
    context = context_of(world)
    deliver = Deliver(context=context, office=open_office(context), stopping=threading.Event(), last_turn=world.clock)
    deliver.tell_outside()
    assert receiver.posted == []


def test_collecting_by_hand_tells_people_too(world: World, box: MailBox):
    world.add_person()
    world.collect(*world.new(1, stars=1))
    assert list(loop.collect_due(context_of(world))) == []
    assert len(box.mails) == 1
