"""Rules, channels and messages of one group are nobody else's; and both databases keep them alike."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

import pytest

from reviews.errors import NotFound, StorageError
from reviews.storage import GroupTransaction, Storage, alerts, deliveries, people
from reviews.storage.alerts import AlertRule, Channel, Wishes
from tests.conftest import NOW
from tests.storage.conftest import Tenant

FULL = Wishes(
    clinics=frozenset({"b", "a"}), sources=frozenset({"s"}), stars=frozenset({0, 1, 5}),
    reasons=frozenset({"disagree", "sentence"}), urgent="daily", news="never",
    trouble=False, digest=False, quiet_from=time(21, 30), quiet_until=time(7), urgent_passes=False,
)  # fmt: skip


@dataclass(frozen=True)
class Treasure:
    person_id: int
    channel: Channel
    rule: AlertRule
    delivery_id: int
    public_id: str


def add(g: GroupTransaction, channel_id: int | None, person_id: int | None, cause: str = "c") -> int | None:
    return deliveries.add_delivery(
        g, group_public_id="g", cause=cause, kind="trouble", recipient="r", person_id=person_id, channel_id=channel_id,
        payload={"source": "s"}, due_at=NOW, now=NOW,
    )  # fmt: skip


@pytest.fixture
def treasure(storage: Storage, tenant: Tenant) -> Treasure:
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        person = people.add_person(tx, email="m@example.org", name="Mo", password_hash="x", now=NOW)
        people.add_membership(g, person_id=person.id, role="owner", now=NOW)
        channel = alerts.add_channel(g, kind="slack", label="Room", host="hooks.example.org", sealed="x", now=NOW)
        rule = alerts.add_rule(g, person_id=person.id, channel_id=channel.id, wishes=FULL, now=NOW)
        delivery_id = add(g, channel.id, None)
        assert delivery_id is not None
        public_id = deliveries.find_log(g)[0].delivery.public_id
    return Treasure(person.id, channel, rule, delivery_id, public_id)


LOOK_UPS: dict[str, Callable[[GroupTransaction, Treasure], Any]] = {
    "channels": lambda g, t: alerts.find_channels(g),
    "channel": lambda g, t: alerts.get_channel(g, t.channel.id),
    "channel by public id": lambda g, t: alerts.get_channel_by_public_id(g, t.channel.public_id),
    "rules": lambda g, t: alerts.find_rules(g, person_id=t.person_id),
    "rule": lambda g, t: alerts.get_rule(g, t.rule.public_id),
    "members": lambda g, t: alerts.find_mail_members(g),
    "log": lambda g, t: deliveries.find_log(g),
    "log of a channel": lambda g, t: deliveries.find_log(g, channel_id=t.channel.id),
    "cause": lambda g, t: deliveries.has_cause(g, "c", "r"),
}
CHANGES: dict[str, Callable[[GroupTransaction, Treasure], Any]] = {
    "update channel": lambda g, t: alerts.update_channel(g, t.channel.id, now=NOW, label="taken"),
    "delete channel": lambda g, t: alerts.delete_channel(g, t.channel.id),
    "update rule": lambda g, t: alerts.update_rule(g, t.rule.public_id, Wishes(), now=NOW),
    "delete rule": lambda g, t: alerts.delete_rule(g, t.rule.public_id),
    "replay": lambda g, t: deliveries.replay(g, t.public_id, NOW),
    "rule on a channel": lambda g, t: alerts.add_rule(
        g, person_id=None, channel_id=t.channel.id, wishes=Wishes(), now=NOW
    ),
    "rule of a person": lambda g, t: alerts.add_rule(
        g, person_id=t.person_id, channel_id=None, wishes=Wishes(), now=NOW
    ),
}


@pytest.mark.statement("T21")
def test_nothing_of_another_group_is_found(storage: Storage, treasure: Treasure, tenant: Tenant, other: Tenant):
    for name, look_up in LOOK_UPS.items():
        with storage.read() as tx:
            assert look_up(tx.group(tenant.group_id), treasure), name
            try:
                assert not look_up(tx.group(other.group_id), treasure), name
            except NotFound:
                continue


@pytest.mark.statement("T21")
@pytest.mark.parametrize("name", sorted(CHANGES))
def test_nothing_of_another_group_is_changed(
    storage: Storage, treasure: Treasure, tenant: Tenant, other: Tenant, name: str
):
    with storage.write() as tx:
        dead = deliveries.claim(tx, now=NOW, lease_until=NOW)
        assert dead is not None
        deliveries.mark_failed(tx, dead, "no", NOW, next_try_at=None)

    def rows() -> list[Any]:
        with storage.session(writable=False) as session:
            return [
                session.execute(f"SELECT * FROM {t} ORDER BY id").rows
                for t in ("channels", "alert_rules", "deliveries")
            ]

    before = rows()
    with pytest.raises(NotFound), storage.write() as tx:
        CHANGES[name](tx.group(other.group_id), treasure)
    assert rows() == before
    with storage.write() as tx:
        CHANGES[name](tx.group(tenant.group_id), treasure)
    assert rows() != before


def test_rule_comes_back_as_it_was(storage: Storage, treasure: Treasure, tenant: Tenant):
    with storage.read() as tx:
        assert alerts.get_rule(tx.group(tenant.group_id), treasure.rule.public_id).wishes == FULL
    with storage.write() as tx:
        assert (
            alerts.update_rule(tx.group(tenant.group_id), treasure.rule.public_id, Wishes(), now=NOW).wishes == Wishes()
        )


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(urgent="soon"),
        Wishes(stars=frozenset({6})),
        Wishes(reasons=frozenset({"text"})),
        Wishes(quiet_from=time(9)),
        Wishes(news=""),
    ],
)
def test_rule_that_cannot_be_is_refused(storage: Storage, treasure: Treasure, tenant: Tenant, wishes: Wishes):
    with pytest.raises(StorageError), storage.write() as tx:
        alerts.update_rule(tx.group(tenant.group_id), treasure.rule.public_id, wishes, now=NOW)


def test_message_whose_sending_has_begun_takes_nothing_more(storage: Storage, treasure: Treasure, tenant: Tenant):
    with storage.write() as tx:
        assert add(tx.group(tenant.group_id), treasure.channel.id, None) == treasure.delivery_id
    with storage.write() as tx:
        claimed = deliveries.claim(tx, now=NOW, lease_until=NOW + timedelta(minutes=2))
        assert claimed is not None
        assert claimed.attempts == 1
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        assert add(g, treasure.channel.id, None) is None
        assert deliveries.has_cause(g, "c", "r")
        assert deliveries.claim(tx, now=NOW, lease_until=NOW) is None
        assert deliveries.claim(tx, now=NOW + timedelta(minutes=2), lease_until=NOW) is not None


def test_mark_is_made_once_and_five_answers_are_kept(storage: Storage, treasure: Treasure, tenant: Tenant):
    with storage.write() as tx:
        for number in range(7):
            claimed = deliveries.claim(tx, now=NOW, lease_until=NOW)
            assert claimed is not None
            deliveries.mark_failed(tx, claimed, f"no {number} \x00", NOW, next_try_at=NOW)
        claimed = deliveries.claim(tx, now=NOW, lease_until=NOW)
        assert claimed is not None
        assert deliveries.mark_sent(tx, claimed, "yes", NOW) is True
        assert deliveries.mark_sent(tx, claimed, "yes", NOW) is False
        (line,) = deliveries.find_log(tx.group(tenant.group_id))
        assert [answer.said[:4] for answer in line.delivery.answers] == ["no 3", "no 4", "no 5", "no 6", "yes"]
        assert [(each.state, each.count) for each in deliveries.count_states(tx)] == [("sent", 1)]
        assert deliveries.drop_old(tx, NOW) == 0
        assert deliveries.drop_old(tx, NOW + timedelta(days=1)) == 1


def test_restored_database_sends_nothing_old(storage: Storage, treasure: Treasure):
    with storage.write() as tx:
        tx.run("restore_deliveries")
        assert deliveries.claim(tx, now=NOW, lease_until=NOW) is None
