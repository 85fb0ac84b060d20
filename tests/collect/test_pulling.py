"""Nudges that wait at Pub/Sub: listings are read earlier, a message is acknowledged when that is committed."""

from datetime import timedelta
from typing import Any

import pytest

from reviews.collect.pulling import AFTER_FAILURE, NO_ANSWER, NOT_ALLOWED, NOT_THERE, PULLED_EVERY, Puller
from reviews.collect.values import FAILURES_BEFORE_ALERT
from reviews.errors import SourceRequestError
from reviews.sources import pubsub
from reviews.storage import connections, outbox, sources
from reviews.worker import collect_due
from tests.collect.test_connections import box, connect, secrets_of
from tests.platforms import google_business
from tests.platforms.google_business import GoogleBusinessFake
from tests.platforms.pubsub import NO_ROLE, PubSubFake, about, key_file, key_pair

NAME = "accounts/101/locations/7001/reviews/gb-1"
BROKEN = ("{", "[]", key_file(type="authorized_user"), key_file(private_key="x"), key_file(client_email=None), "")


@pytest.fixture
def pulled(world: Any) -> tuple[PubSubFake, list[Any], Puller]:
    """A connection with two locations that are due tomorrow, and what waits for it."""
    google = GoogleBusinessFake.running(world.platforms, 3)
    fake = PubSubFake.running(world.platforms, google.oauth)
    account = connect(world, "google_business", {**google.oauth.connected(), **fake.settings()})
    found = [
        world.add_source(
            "google_business",
            "",
            label=f"Google {number}",
            origin="google_business",
            connection_id=account.id,
            config={"account": "accounts/101", "location": f"locations/700{number}"},
        )
        for number in (1, 2)
    ]
    with world.storage.write() as tx:
        for each in found:
            later = world.clock() + timedelta(days=1)
            sources.update_source(tx.group(world.group_id), each.id, now=world.clock(), next_due_at=later)
    return fake, found, Puller(world.context)


def due(world: Any, found: list[Any]) -> list[bool]:
    """Which are due now."""
    return [world.source(each).next_due_at <= world.clock() for each in found]


@pytest.mark.parametrize("key", ["review_name", "reviewName", "location_name"])
def test_a_pulled_message_makes_the_listing_that_it_names_due_and_is_acknowledged(world, pulled, key):
    fake, found, puller = pulled
    name = fake.publish(about(**{key: NAME}))
    assert puller.pull_next()
    assert due(world, found) == [True, False]
    assert (fake.acknowledged, fake.waiting) == ([name], {})
    assert world.held() == [], "a message brings no review: what is true is read at the platform"


@pytest.mark.parametrize("data", [None, "%%%", about(hello="x"), about(review_name="reviews/1")])
def test_a_message_that_names_nothing_wakes_all_listings_and_never_comes_again(world, pulled, data):
    fake, found, puller = pulled
    fake.publish(about(review_name=NAME))
    fake.publish(data)
    puller.pull_next()
    assert due(world, found) == [True, True]
    assert fake.waiting == {}


def test_nothing_that_waits_wakes_nothing(world, pulled):
    fake, found, puller = pulled
    assert puller.pull_next()
    assert (due(world, found), fake.acknowledged) == ([False, False], [])


def test_more_messages_than_one_answer_holds_are_all_taken(world, pulled):
    fake, _, puller = pulled
    for _ in range(pubsub.MAX_MESSAGES + 5):
        fake.publish(about(review_name=NAME))
    puller.pull_next()
    assert (len(fake.acknowledged), fake.waiting, fake.pulls) == (pubsub.MAX_MESSAGES + 5, {}, 2)


def test_a_message_is_acknowledged_only_after_its_nudge_is_committed(world, pulled, monkeypatch):
    fake, found, puller = pulled
    fake.publish(about(review_name=NAME))
    with monkeypatch.context() as patched:
        patched.setattr("reviews.collect.pulling.pushes.wake", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            puller.pull_next()
    assert (fake.acknowledged, due(world, found)) == ([], [False, False])
    world.clock.advance(minutes=15)
    puller.pull_next()
    assert (len(fake.acknowledged), due(world, found)) == (1, [True, False])


def test_a_worker_killed_between_nudge_and_acknowledgement_is_told_again_and_nothing_is_doubled(
    world, pulled, monkeypatch
):
    fake, found, puller = pulled
    fake.publish(about(review_name=NAME))
    passed = []

    def kill(place: str) -> None:
        passed.append(place)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("reviews.collect.pulling.hit", kill)
        with pytest.raises(KeyboardInterrupt):
            puller.pull_next()
    assert passed == ["pulling.after_wake"]
    assert (due(world, found), fake.acknowledged) == ([True, False], [])
    Puller(world.context).pull_all()
    assert (due(world, found), len(fake.acknowledged), fake.waiting) == ([True, False], 1, {})


def test_a_message_whose_acknowledgement_was_lost_comes_again_and_harms_nothing(world, pulled):
    fake, found, puller = pulled
    fake.publish(about(review_name=NAME))
    fake.script = {"acknowledge": [google_business.HTML]}
    puller.pull_next()
    assert (due(world, found), len(fake.waiting)) == ([True, False], 1)
    world.clock.advance(minutes=15)
    puller.pull_next()
    assert (due(world, found), fake.waiting) == ([True, False], {})


def account_of(world: Any, found: list[Any]) -> connections.Connection:
    with world.storage.read() as tx:
        return connections.get_connection(tx.group(world.group_id), found[0].connection_id)


def told(world: Any) -> list[str]:
    """The kinds of all events about pulling, in their order."""
    with world.storage.read() as tx:
        return [each.kind for each in outbox.find_unsent(tx, world.clock(), 100) if each.kind.startswith("pull.")]


@pytest.mark.statement("S52")
@pytest.mark.parametrize(
    ("reply", "hint"), [(NO_ROLE, NOT_ALLOWED), (google_business.NOT_FOUND, NOT_THERE)], ids=["role", "name"]
)
def test_a_failing_pull_is_told_once_with_its_reason_and_so_is_its_end(world, pulled, reply, hint):
    fake, found, puller = pulled
    fake.script = {"pull": [reply, reply]}
    puller.pull_next()
    world.clock.advance(minutes=15)
    Puller(world.context).pull_next()  # another worker
    account = account_of(world, found)
    assert (account.pull_failures, account.pull_hint, account.state) == (2, hint, "active")
    assert told(world) == ["pull.failed"]
    for _ in range(2):
        world.clock.advance(minutes=15)
        puller.pull_next()
    account = account_of(world, found)
    assert (account.pull_failures, account.pull_hint, account.pull_failed_at) == (0, "", None)
    assert told(world) == ["pull.failed", "pull.recovered"]
    fake.script = {"pull": [reply]}
    world.clock.advance(minutes=15)
    puller.pull_next()
    assert told(world) == ["pull.failed", "pull.recovered", "pull.failed"], "another failure is another story"


@pytest.mark.statement("S52")
def test_a_short_silence_is_shown_and_told_to_nobody(world, pulled):
    fake, found, puller = pulled
    fake.script = {"pull": [google_business.SLOW_DOWN] * (FAILURES_BEFORE_ALERT - 1)}
    for expected in range(1, FAILURES_BEFORE_ALERT):
        puller.pull_next()
        world.clock.advance(minutes=15)
        assert (account_of(world, found).pull_failures, account_of(world, found).pull_hint) == (expected, NO_ANSWER)
    puller.pull_next()
    assert (account_of(world, found).pull_failures, told(world)) == (0, [])


def test_a_pull_that_nobody_wants_any_more_is_no_trouble_and_no_recovery(world, pulled):
    fake, found, puller = pulled
    fake.script = {"pull": [NO_ROLE]}
    puller.pull_next()
    world.clock.advance(minutes=15)
    account = account_of(world, found)
    with world.storage.write() as tx:
        connections.update_secrets(
            tx.group(world.group_id), account.id, {"subscription": ""}, box=box(world), now=world.clock()
        )
    puller.pull_next()
    assert (account_of(world, found).pull_failures, told(world)) == (0, ["pull.failed"])


@pytest.mark.parametrize("reply", [NO_ROLE, google_business.NOT_FOUND, google_business.HTML, google_business.SLOW_DOWN])
def test_a_pull_that_fails_is_tried_again_later_and_holds_up_no_collecting(world, pulled, reply):
    fake, found, puller = pulled
    fake.publish(about(review_name=NAME))
    fake.script = {"pull": [reply]}
    assert puller.pull_next()
    world.clock.advance(seconds=AFTER_FAILURE.total_seconds() - 1)
    assert not puller.pull_next()
    with world.storage.read() as tx:
        state = connections.get_connection(tx.group(world.group_id), found[0].connection_id).state
    assert state == "active", "the reviews are read as before"
    world.clock.advance(seconds=1)
    assert puller.pull_next()
    assert due(world, found) == [True, False]


def test_the_token_is_asked_for_once_with_the_narrow_scope_and_goes_to_google_only(world, pulled):
    fake, _, puller = pulled
    for _ in range(3):
        assert puller.pull_next()
        assert not puller.pull_next(), "each account once a minute"
        world.clock.advance(seconds=PULLED_EVERY.total_seconds())
    assert fake.oauth.scopes_asserted == ["https://www.googleapis.com/auth/pubsub"]
    world.clock.advance(hours=2)
    puller.pull_next()
    assert len(fake.oauth.scopes_asserted) == 2
    assert not any(key_pair()[0].splitlines()[1].encode() in asked.body for asked in world.platforms.requests)


def test_an_account_without_a_subscription_is_never_asked(world):
    google = GoogleBusinessFake.running(world.platforms, 3)
    fake = PubSubFake.running(world.platforms, google.oauth)
    connect(world, "google_business", google.oauth.connected())
    Puller(world.context).pull_all()
    assert fake.pulls == 0


def test_settings_that_were_changed_are_used_at_once(world, pulled):
    fake, found, puller = pulled
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        wrong = {"subscription": "reviews"}
        connections.update_secrets(g, found[0].connection_id, wrong, box=box(world), now=world.clock())
    puller.pull_all()
    assert fake.pulls == 0
    world.clock.advance(minutes=1)
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        connections.update_secrets(g, found[0].connection_id, fake.settings(), box=box(world), now=world.clock())
    puller.pull_all()
    assert fake.pulls == 1


def test_the_command_line_pulls_before_it_collects(world, pulled):
    fake, found, _ = pulled
    fake.publish(about(review_name=NAME))
    reports = list(collect_due(world.context))
    assert [report.counts.new for report in reports] == [3]
    assert "service_account" in secrets_of(world, found[0]), "renewing the token of the reviews keeps it"


@pytest.mark.parametrize("text", BROKEN)
def test_a_key_file_that_is_none_is_refused_in_words_that_do_not_quote_it(text):
    from tests.conftest import NOW

    with pytest.raises(SourceRequestError) as caught:
        pubsub.assertion(text, NOW)
    assert caught.value.hint == pubsub.NO_SERVICE_ACCOUNT
    assert key_pair()[0].splitlines()[1] not in str(caught.value)


@pytest.mark.parametrize("name", ["reviews", "projects/p/topics/reviews", "projects/p/subscriptions/a/../b", "x:pull"])
def test_a_subscription_that_is_none_is_refused_before_anything_is_asked(name):
    with pytest.raises(SourceRequestError):
        pubsub.subscription_of({"subscription": name})
