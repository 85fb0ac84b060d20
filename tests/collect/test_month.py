"""A month of three clinics at all platforms ends equal to what each platform lets us hold, review by review."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reviews import i18n, rules, sentiment
from reviews.collect import Context, replying
from reviews.config import Settings
from reviews.secrets_box import SecretsBox
from reviews.storage import (
    Storage,
    clinics,
    connections,
    groups,
    people,
    replies,
    reply_posts,
    review_lists,
    sources,
    widgets,
)
from tests.collect.month import Month, Shelf, Stage, make_shelves
from tests.conftest import FakeClock
from tests.platforms import google_business, yelp
from tests.platforms.google_places import PLACE, GooglePlacesFake
from tests.sources.doors import Inline, loopback_fetcher

BEGIN = datetime(2026, 11, 1, 10, 0, tzinfo=UTC)
DAYS = 31
FIRST_REVIEWS = 12
ANSWERED, REPLY = "gb-0006", "Thank you for taking the time to write. Please call the office at 555-0100."
LONGEST_WAIT = timedelta(hours=30)
"""After a failure a source is asked again within a day; a day's quota ends with the day."""
WEBSITE_FROM = 20
"""The day from which a website shows one of the clinics: making its pages is half the work of a run."""
NAMES = ("Alder", "Birch", "Cedar")


@pytest.fixture
def month(
    storage: Storage, tmp_path: Path, scorer: sentiment.Scorer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Month]:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # no power is cut in this month
    clock = FakeClock(BEGIN)
    settings = Settings(data_dir=tmp_path, secret_keys=("k" * 40,))
    servers = [Stage() for _ in NAMES]
    contexts: dict[int, Context] = {}
    shelves: list[Shelf] = []
    with storage.write() as tx:
        group_id = groups.add_group(tx, name="Month", now=clock()).id
        g = tx.group(group_id)
        places = [
            clinics.add_clinic(
                g, slug=name.lower(), name=name, now=clock(), jurisdiction="US", professions=("dentist",)
            )
            for name in NAMES
        ]
        book = rules.load()
        clinics.confirm_rule(
            g, jurisdiction="US", profession="dentist", row_version=book.version("US", "dentist"), person_id=None,
            person_name="Robin", now=clock(),
        )  # fmt: skip
    for server, clinic in zip(servers, places, strict=True):
        server.__enter__()
        contexts[clinic.id] = Context(
            storage=storage, settings=settings, fetcher=loopback_fetcher(stand_ins=server.stand_ins),
            sandbox=Inline(), scorer=scorer, book=book, catalogue=i18n.load(), clock=clock,
        )  # type: ignore[arg-type]  # fmt: skip
        shelves += make_shelves(contexts[clinic.id], server, clinic)
    yield Month(contexts, clock, shelves, {clinic.id: server for clinic, server in zip(places, servers, strict=True)})
    for server in servers:
        server.__exit__(None, None, None)


def of(month: Month, clinic: int, kind: str) -> Shelf:
    return next(shelf for shelf in month.shelves if shelf.kind == kind and shelf.clinic.name == NAMES[clinic])


def happen(month: Month, day: int, hour: int) -> None:
    """What the platforms and people do at this hour."""
    now, everywhere = month.clock(), month.shelves
    if hour == 3 and day < DAYS - 2:
        for shelf in everywhere:
            shelf.add(now)
    if hour != 5:
        return
    if day == WEBSITE_FROM:
        clinic = everywhere[0].clinic
        with month.context.storage.write() as tx:
            widgets.add_widget(tx.group(clinic.group_id), slug="month", now=now, clinic_ids=[clinic.id])
    for shelf in everywhere:
        if shelf.kind == "yelp":  # only the newest few are shown: one of these is edited, one goes
            {6: lambda s: s.edit(s.number - 1, now), 9: lambda s: s.delete(s.number - 2, now)}.get(day, _nothing)(shelf)
            continue
        if day == 5:
            shelf.edit(3, now)
        if day == 10:
            shelf.edit(0, now)
            shelf.edit(7, now)
        if day == 3:
            shelf.delete(2, now)
        if day == 17:
            shelf.bring_back(2, now)
        if day == 12:
            shelf.delete(5, now)
    if day in (13, 15):
        _outage(month, 1, day)
    if day == 8:
        for clinic in range(3):
            of(month, clinic, "yelp").fake.script = [yelp.PER_DAY]
            of(month, clinic, "google_business").fake.script = [google_business.RETRY_IN_4]
            of(month, clinic, "yelp").trouble_until = now + LONGEST_WAIT
    if day == 18:
        of(month, 2, "google_business").fake.oauth.end()
    if day == 20:
        _connect_again(month, of(month, 2, "google_business"))
        of(month, 0, "podium").fake.oauth.expire()
    if day == 21:
        _reply(month, of(month, 0, "google_business"))
    if day == 24:
        of(month, 0, "google_business").fake.judge(ANSWERED, "APPROVED")
    if day == 26:
        of(month, 1, "facebook").retire()


def _nothing(shelf: Shelf) -> None:
    """Most days bring nothing."""


def _outage(month: Month, clinic: int, day: int) -> None:
    """From day 13 to day 15 no platform answers one clinic."""
    place = of(month, clinic, "yelp").clinic
    if day == 13:
        month.servers[place.id].is_down = True
        month.counts["outages"] += 1
    else:
        month.servers[place.id].is_down = False
    for shelf in month.shelves:
        if shelf.clinic.id == place.id:
            shelf.trouble_until = month.clock() + timedelta(days=2 if day == 13 else 0) + LONGEST_WAIT


def _reply(month: Month, shelf: Shelf) -> None:
    """Somebody answers a review, a second person approves, and the worker posts it; Google still checks it."""
    now = month.clock()
    with month.context.storage.write() as tx:
        g = tx.group(shelf.clinic.group_id)
        people_ids = []
        for name in ("ann", "bo"):
            person = people.add_person(tx, email=f"{name}@example.org", name=name, password_hash="x", now=now)
            people.add_membership(g, person_id=person.id, role="manager", now=now)
            people_ids.append(person.id)
        filters = review_lists.ReviewFilters(source_id=shelf.source.id)
        rows = review_lists.find_reviews(g, filters, limit=500).rows
        review = next(row for row in rows if row.identity_key == ANSWERED)
        reply = replies.add_own(g, review_id=review.id, text=REPLY, person_id=people_ids[0], now=now)
        replies.move(g, reply, "waiting", sent_by=people_ids[0])
        reply = replies.get_own(g, reply.public_id)
        replies.move(
            g,
            reply,
            "approved",
            approved_by=people_ids[1],
            approved_at=now,
            cleared=(),
            review_hash=review.content_hash,
        )
        reply_posts.add_post(g, reply.id, person_id=people_ids[1], now=now)
    assert replying.post_next(month.contexts[shelf.clinic.id])
    assert shelf.fake.puts == [REPLY]
    assert _reply_state(month, shelf) == "pending"


def _reply_state(month: Month, shelf: Shelf) -> str:
    with month.context.storage.session(writable=False) as session:
        rows = session.execute("SELECT state FROM replies WHERE written_by = 'here'").rows
    assert len(rows) == 1
    return str(rows[0]["state"])


def _connect_again(month: Month, shelf: Shelf) -> None:
    """Somebody sees that the account asks for a person, and gives the permission anew."""
    context = month.context
    with context.storage.write() as tx:
        g = tx.group(shelf.clinic.group_id)
        source = sources.get_source(g, shelf.source.id)
        assert source.state == "needs_person"
        assert source.connection_id is not None
        box = SecretsBox(context.settings.fernet_keys())
        secrets = shelf.fake.oauth.connected()
        connections.reconnect(g, source.connection_id, secrets, box=box, now=month.clock(), person_id=None)
    shelf.trouble_until = month.clock()
    month.counts["connected again"] += 1


def test_a_month_of_three_clinics_at_all_platforms_ends_as_each_lets_us_hold_it(month: Month, capfd: Any):
    for shelf in month.shelves:
        for number in range(FIRST_REVIEWS):
            shelf.add(BEGIN - timedelta(days=FIRST_REVIEWS - number))
    _add_places(month)
    for step in range(DAYS * 24):
        day, hour = divmod(step, 24)
        happen(month, day, hour)
        month.run_due()
        if hour in (2, 14):
            month.check_terms()
        if hour == 20 and day:
            month.check_freshness()
        month.clock.advance(hours=1)
    month.check_terms()

    lost, doubled, stale, kept = [], 0, [], 0
    for shelf in month.shelves:
        shown, held = shelf.shown(), month.held(shelf)
        kept += len(held)
        lost += [f"{shelf.kind} {name}" for name in shown.keys() - held.keys()]
        stale += [f"{shelf.kind} {name}" for name in shown.keys() & held.keys() if shown[name] != held[name]]
        extra = held.keys() - shown.keys()
        if shelf.kind == "yelp":
            extra = {name for name in extra if shelf.changed_at[name][1] == "delete"}
        stale += [f"{shelf.kind} {name} is gone there" for name in extra]
    counts = dict(sorted(month.counts.items()))
    with capfd.disabled():
        sys.stdout.write(
            f"\nsimulated month: {len(month.shelves)} listings, {counts['runs']} runs, {kept} reviews held at the end; "
            f"lost {len(lost)}, doubled {doubled}, stale {len(stale)}, faults {len(month.faults)}; {counts}\n"
        )
    assert month.faults == []
    assert (lost, doubled, stale) == ([], 0, [])
    assert _reply_state(month, of(month, 0, "google_business")) == "confirmed", "seen online by the collector"
    # The month was one: everything that it promises did happen.
    assert counts["connected again"] == counts["outages"] == 1
    for name in (
        "runs rate_limited",
        "runs unavailable",
        "runs unauthorized",
        "missing",
        "returned",
        "purged",
        "changed",
    ):
        assert counts[name] > 0, name


def _add_places(month: Month) -> None:
    """Google Maps, live: it is read like the others, and nothing of it is ever held."""
    clinic = month.shelves[0].clinic
    fake = GooglePlacesFake.running(month.servers[clinic.id])
    context, now = month.contexts[clinic.id], month.clock()
    box = SecretsBox(context.settings.fernet_keys())
    with context.storage.write() as tx:
        g = tx.group(clinic.group_id)
        account = connections.add_connection(
            g, kind="google_places", label="Maps", secrets={"api_key": fake.key}, box=box, now=now
        )
        sources.add_source(
            g, clinic_id=clinic.id, kind="google_places", label="Maps", url="", origin="google_places",
            config={"place_id": PLACE, "terms_read": True}, now=now, next_due_at=now, connection_id=account.id,
        )  # fmt: skip
