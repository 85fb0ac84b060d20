"""An office over a database, with receivers on loopback, and a clinic whose reviews are told of."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reviews import i18n, rules, sentiment
from reviews.alerts import manage
from reviews.alerts.desk import Desk
from reviews.alerts.office import Office
from reviews.collect.closing import tell_news
from reviews.config import Settings
from reviews.fetcher import Fetcher, FetchPolicy, Pace
from reviews.model import Clinic, Review, Source
from reviews.storage import Storage, alerts, clinics, deliveries, groups, outbox, people, runs, sources
from reviews.storage import reviews as stored
from reviews.storage.alerts import Channel, Wishes
from reviews.storage.deliveries import LogLine
from tests.alerts.receivers import MailBox, Receiver, http_receiver, mail_server
from tests.builders import make_review
from tests.conftest import FakeClock

TUESDAY_0700 = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
"""07:00 in Toronto: an hour before the daily message, six days before the digest."""
KEY = "k" * 40


@pytest.fixture(scope="session")
def scorer() -> sentiment.Scorer:
    return sentiment.load()


@pytest.fixture(scope="session")
def book() -> rules.RuleBook:
    return rules.load()


@pytest.fixture(scope="session")
def catalogue() -> i18n.Catalogue:
    return i18n.load()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with http_receiver() as running:
        yield running


@pytest.fixture
def box() -> Iterator[MailBox]:
    with mail_server() as running:
        yield running


def make_settings(**fields: Any) -> Settings:
    return Settings(
        base_url="https://reviews.example.org",
        secret_keys=(KEY,),
        smtp_security="none",
        smtp_from="Clinic Reviews <reviews@example.org>",
        allow_private_nets=("127.0.0.0/8",),
        **fields,
    )


def make_fetcher(settings: Settings, *ports: int) -> Fetcher:
    policy = replace(FetchPolicy.from_settings(settings), allow_ports=(80, 443, *ports), pace_seconds=0)
    return Fetcher(policy, pace=Pace(sleep=lambda _: None))


@dataclass
class World:
    """A group with a clinic, a source whose first reading is over, and an owner; and what tests do to them."""

    desk: Desk
    office: Office
    clock: FakeClock
    group_id: int
    clinic: Clinic
    source: Source
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def storage(self) -> Storage:
        return self.desk.storage

    def add_person(self, name: str = "Ada", *, role: str = "owner", language: str = "en", **fields: Any) -> int:
        with self.storage.write() as tx:
            person = people.add_person(
                tx, email=fields.get("email", f"{name.lower()}@example.org"), name=name, password_hash="x",
                language=language, now=self.clock(),
            )  # fmt: skip
            people.add_membership(tx.group(self.group_id), person_id=person.id, role=role, now=self.clock())
        return person.id

    def wish(self, person_id: int | None, channel_id: int | None = None, **wishes: Any) -> str:
        with self.storage.write() as tx:
            rule = alerts.add_rule(
                tx.group(self.group_id), person_id=person_id, channel_id=channel_id, wishes=Wishes(**wishes),
                now=self.clock(),
            )  # fmt: skip
        return rule.public_id

    def add_channel(self, kind: str, url: str, **wishes: Any) -> tuple[Channel, str]:
        """A channel whose rule asks for everything at once, or for `wishes`."""
        with self.storage.write() as tx:
            g = tx.group(self.group_id)
            made = manage.add_channel(self.desk, g, kind=kind, label=f"Our {kind}", url=url)
            (rule,) = alerts.find_rules(g, channel_id=made.channel.id)
            alerts.update_rule(
                g, rule.public_id, Wishes(**({"news": "at_once", "digest": False} | wishes)), now=self.clock()
            )
        return made.channel, made.key

    def add_source(self, label: str, clinic: Clinic | None = None) -> Source:
        number = next(self.numbers)
        with self.storage.write() as tx:
            return sources.add_source(
                tx.group(self.group_id), clinic_id=(clinic or self.clinic).id, kind="web_page", label=label,
                url=f"https://elm{number}.example.org/", origin="own_site", config={}, now=self.clock(),
            )  # fmt: skip

    def collect(
        self, *found: Review, source: Source | None = None, trigger: str = "schedule", outcome: str = "ok"
    ) -> str:
        """One run that brings these reviews, with its event as a run's end writes it; the run's public id."""
        source = source or self.source
        with self.storage.write() as tx:
            g = tx.group(self.group_id)
            claim = sources.claim_source(g, source.id, owner="test", now=self.clock(), lease_seconds=0)
            assert claim is not None
            run = runs.open_run(g, claim, trigger=trigger, now=self.clock())
            saved = stored.save_reviews(
                g, clinic_id=source.clinic_id, source_id=source.id, run_id=run.id, reviews=found, now=self.clock()
            )
            runs.close_run(g, run.id, now=self.clock(), outcome=outcome, is_complete=False, hint="")
            counts = replace(run.counts, new=saved.new, changed=saved.changed)
            tell_news(g, source, run.public_id, counts, self.clock())
        return run.public_id

    def new(self, count: int, **fields: Any) -> list[Review]:
        """So many reviews with keys of their own."""
        return [make_review(f"n{next(self.numbers)}", **fields) for _ in range(count)]

    def tell(self, kind: str, **payload: Any) -> None:
        """An event in the outbox."""
        with self.storage.write() as tx:
            outbox.add_event(
                tx.group(self.group_id), event_id=f"{kind}:{next(self.numbers)}", kind=kind, payload=payload,
                now=self.clock(),
            )  # fmt: skip

    def work(self) -> None:
        """Do everything that is due now."""
        while self.office.step():
            pass

    def log(self, **filters: Any) -> list[LogLine]:
        with self.storage.read() as tx:
            return deliveries.find_log(tx.group(self.group_id), limit=5000, **filters)

    def channel(self, channel: Channel) -> Channel:
        with self.storage.read() as tx:
            return alerts.get_channel(tx.group(self.group_id), channel.id)


@pytest.fixture
def world(storage: Storage, box: MailBox, receiver: Receiver, scorer: Any, book: Any, catalogue: Any) -> World:
    settings = make_settings(smtp_host="127.0.0.1", smtp_port=box.port, allow_ports=(80, 443, receiver.port))
    clock = FakeClock(TUESDAY_0700)
    desk = Desk(
        storage=storage, settings=settings, fetcher=make_fetcher(settings, receiver.port), scorer=scorer, book=book,
        catalogue=catalogue, clock=clock, send_seconds=5,
    )  # fmt: skip
    return make_world(desk, clock)


def make_world(desk: Desk, clock: FakeClock) -> World:
    with desk.storage.write() as tx:
        group = groups.add_group(tx, name="Maple Health", now=clock())
        clinic = clinics.add_clinic(
            tx.group(group.id), slug="elm", name="Elm Street", time_zone="America/Toronto", now=clock()
        )
        source = sources.add_source(
            tx.group(group.id), clinic_id=clinic.id, kind="web_page", label="Google", url="https://elm.example.org/",
            origin="own_site", config={}, now=clock(),
        )  # fmt: skip
    world = World(desk=desk, office=Office(desk), clock=clock, group_id=group.id, clinic=clinic, source=source)
    world.collect(*world.new(1))
    world.work()
    clock.advance(minutes=1)
    return world
