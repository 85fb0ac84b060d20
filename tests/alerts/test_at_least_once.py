"""Every message arrives at least once, repeats come with their id, whatever receivers and senders do (harness H5)."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reviews.alerts import office as office_module
from reviews.alerts.compose import compose
from reviews.alerts.office import Office
from reviews.alerts.retries import Verdict
from reviews.alerts.send import send
from reviews.storage import deliveries, groups
from reviews.storage.deliveries import Delivery, stable_id
from tests.alerts.conftest import World
from tests.alerts.receivers import MailBox, Receiver
from tests.conftest import ROOT

BEHAVIOURS = {"200": 72, "drop": 6, "500": 7, "die": 10, "hang": 1, "429": 2, "302": 2}
SEED = 20261130


class Died(BaseException):
    """The sender dies here; what it held stays as it was."""


class MarkFirst(Office):
    """The mutant: a message is marked, and then sent."""

    def deliver(self, delivery: Delivery) -> None:
        self.note(delivery, Verdict(outcome="taken", said="marked"))
        with self.desk.storage.read() as tx:
            composed = compose(self.desk, tx.group(delivery.group_id), delivery)
        assert composed is not None
        send(self.desk, self.mailer, composed, delivery, self.desk.clock())


def run_harness(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, count: int, kind: type[Office] = Office
) -> tuple[set[str], Counter[str]]:
    """(ids that must arrive, how often each was kept), after random receivers and dying senders had their way."""
    chance = random.Random(SEED)
    monkeypatch.setattr("tests.alerts.receivers.READ_SECONDS", 2)
    world.desk = replace(world.desk, send_seconds=0.25)
    channel, _ = world.add_channel("webhook", f"{receiver.url}/hook")
    with world.storage.write() as tx:
        group = groups.get_group(tx, world.group_id)
    expected = set()
    for number in range(count):
        world.tell("source.failed", source=world.source.public_id, run=f"run-{number}")
    with world.storage.read() as tx:
        for event in tx.rows("find_unsent", now=world.clock(), limit=count):
            expected.add(stable_id(group.public_id, event["event_id"], f"channel:{channel.public_id}"))
    receiver.behave = lambda posted: chance.choices(list(BEHAVIOURS), list(BEHAVIOURS.values()))[0]
    deaths = Counter[str]()

    def hit(name: str) -> None:
        if chance.random() < 0.02:
            deaths[name] += 1
            raise Died

    monkeypatch.setattr(office_module, "hit", hit)
    office, idle = kind(world.desk), 5.0
    while True:  # the test's own time limit ends a harness that does not come to an end
        before = len(receiver.posted)
        try:
            office.step()
        except Died:
            office = kind(world.desk)  # a new process, which knows nothing of the old one
            continue
        idle = 5.0 if len(receiver.posted) > before else min(idle * 2, 1800)
        with world.storage.read() as tx:
            waiting = {each.state: each.count for each in deliveries.count_states(tx)}.get("waiting", 0)
            if not waiting and not tx.rows("find_unsent", now=world.clock(), limit=1):
                break
        world.clock.advance(seconds=idle)
    assert deaths or count < 100
    kept = Counter(posted.headers["webhook-id"] for posted in receiver.taken)
    bodies = {(posted.headers["webhook-id"], posted.body) for posted in receiver.posted}
    assert len(bodies) == len({message_id for message_id, _ in bodies}), "an id came with two bodies"
    assert len({body for _, body in bodies}) == len(bodies), "a body came with two ids"
    return expected, kept


@pytest.mark.statement("R21", "F14")
def test_200_messages_arrive_with_their_ids_whatever_receivers_and_senders_do(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    expected, kept = run_harness(world, receiver, monkeypatch, 200)
    assert set(kept) == expected
    assert len(expected) == 200
    assert max(kept.values()) > 1  # receivers that die after taking, and senders that die before marking, repeat


@pytest.mark.slow
@pytest.mark.statement("H5")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_2000_messages_arrive_with_their_ids(world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    expected, kept = run_harness(world, receiver, monkeypatch, 2000)
    assert len(expected) == 2000
    assert set(kept) == expected


@pytest.mark.statement("H5")
def test_harness_sees_that_marking_first_loses_messages(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    expected, kept = run_harness(world, receiver, monkeypatch, 60, MarkFirst)
    assert set(kept) < expected


@pytest.mark.statement("R21")
def test_mails_arrive_with_their_message_id_whatever_the_server_does(world: World, box: MailBox):
    chance = random.Random(SEED)
    world.add_person()
    for number in range(20):
        world.tell("source.failed", source=world.source.public_id, run=f"run-{number}")
    box.behave = lambda mail: chance.choices(["250", "451", "drop", "die"], [6, 1, 1, 2])[0]
    for _ in range(400):
        world.office.step()
        world.clock.advance(minutes=6)
        if all(line.delivery.state == "sent" for line in world.log()):
            break
    ids = Counter(mail["Message-ID"] for mail in box.mails if "Your week" not in mail["Subject"])
    expected = {
        f"<{line.delivery.public_id}@reviews.example.org>" for line in world.log() if line.delivery.kind == "trouble"
    }
    assert set(ids) == expected
    assert len(expected) == 20
    assert max(ids.values()) > 1


# ---------------------------------------------------------------- a real process that is really killed

CHILD = """
import sys
from datetime import datetime
from reviews import failpoint, i18n, rules, sentiment
from reviews.alerts.desk import Desk
from reviews.alerts.office import Office
from reviews.storage import open_storage
from tests.alerts.conftest import make_fetcher, make_settings

url, port, at, kill = sys.argv[1:]
settings = make_settings(allow_ports=(int(port),))
storage = open_storage(url)
desk = Desk(
    storage=storage, settings=settings, fetcher=make_fetcher(settings, int(port)), scorer=sentiment.load(),
    book=rules.load(), catalogue=i18n.load(), clock=lambda: datetime.fromisoformat(at), send_seconds=5,
)
failpoint.arm(kill)
office = Office(desk)
while office.step():
    pass
storage.close()
"""
PLACES = (
    "alerts.in_expand:2", "alerts.after_expand:3", "alerts.after_claim:2", "alerts.after_send:3",
    "alerts.after_mark:4", "storage.before_commit:5", "storage.after_commit:9", "",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.statement("F14", "R21")
def test_sender_killed_at_each_point_loses_nothing(world: World, receiver: Receiver, database_url: str):
    channel, _ = world.add_channel("webhook", f"{receiver.url}/hook")
    for number in range(12):
        world.tell("source.failed", source=world.source.public_id, run=f"run-{number}")
    at = world.clock()
    codes = []
    for place in PLACES:
        child = subprocess.run(
            [sys.executable, "-c", CHILD, database_url, str(receiver.port), at.isoformat(), place],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(Path(ROOT))}, capture_output=True, timeout=150, check=False,
        )  # fmt: skip
        codes.append(child.returncode)
        at = at.replace(minute=at.minute + 3)  # the dead one's lease ends
    assert codes[-1] == 0, child.stderr
    assert codes.count(-signal.SIGKILL) >= 5
    world.clock.now = at.astimezone(UTC)
    lines = world.log(channel_id=channel.id)
    assert [line.delivery.state for line in lines] == ["sent"] * 12
    kept = Counter(posted.headers["webhook-id"] for posted in receiver.taken)
    assert set(kept) == {line.delivery.public_id for line in lines}
    assert sum(kept.values()) > 12  # killed between sending and marking: it came again, with its id


@pytest.mark.statement("F14")
def test_no_event_is_half_told_when_the_sender_dies_while_messages_are_made(
    world: World, box: MailBox, monkeypatch: pytest.MonkeyPatch
):
    for name in ("Ada", "Ben", "Cleo"):
        world.add_person(name)
    world.collect(*world.new(1, stars=1))

    def die(name: str) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr("reviews.alerts.expand.hit", die)
        with pytest.raises(Died):
            world.office.step()
    assert world.log() == []
    world.work()
    assert sorted(line.to for line in world.log()) == ["Ada", "Ben", "Cleo"]
    assert len(box.mails) == 3


def test_two_senders_never_hold_one_message_at_the_same_time(world: World, receiver: Receiver):
    world.add_channel("webhook", f"{receiver.url}/hook")
    for number in range(6):
        world.tell("source.failed", source=world.source.public_id, run=f"run-{number}")
    from reviews.alerts.expand import expand_some

    expand_some(world.desk)
    expand_some(world.desk)
    held = []
    lease = datetime(2030, 1, 1, tzinfo=UTC)
    while True:
        with world.storage.write() as tx:
            found = deliveries.claim(tx, now=world.clock(), lease_until=lease)
        if found is None:
            break
        held.append(found.id)
    assert len(held) == len(set(held)) == 6
