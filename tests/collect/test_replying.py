"""Replies through whole runs: posted by a fake Google, checked, confirmed, rejected, changed, answered by others."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reviews.collect import replying
from reviews.model import Source
from reviews.reputation.answers import summarize_answers
from reviews.sources.base import secret_names
from reviews.sources.registry import get_connector
from reviews.storage import audit, erasure, outbox, people, replies, reply_posts
from reviews.storage import reviews as stored
from reviews.storage import work as daily
from tests.collect.test_connections import GOOGLE, add, connect
from tests.platforms import google_business
from tests.platforms.__main__ import add_all
from tests.platforms.google_business import GoogleBusinessFake

TEXT = "Thank you for taking the time to write. Please call the office at 555-0100."


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def google(world) -> tuple[GoogleBusinessFake, Source]:
    fake = GoogleBusinessFake.running(world.platforms, 3)
    source = add(world, "google_business", connect(world, "google_business", fake.oauth.connected()), GOOGLE)
    world.collect(source)
    return fake, source


@pytest.fixture
def author(world) -> int:
    with world.storage.write() as tx:
        person = people.add_person(tx, email="ann@example.org", name="Ann", password_hash="x", now=world.clock())
        people.add_membership(tx.group(world.group_id), person_id=person.id, role="manager", now=world.clock())
    return person.id


def review_of(world: Any, key: str = "gb-0001") -> Any:
    return next(review for review in world.held() if review.identity_key == key)


def approve(world: Any, author: int, key: str = "gb-0001", text: str = TEXT) -> replies.OwnReply:
    """A reply that waits to be posted."""
    review = review_of(world, key)
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        reply = replies.add_own(g, review_id=review.id, text=text, person_id=author, now=world.clock())
        replies.move(g, reply, "waiting", sent_by=author)
        reply = replies.get_own(g, reply.public_id)
        replies.move(
            g, reply, "approved", approved_by=author, approved_at=world.clock(), cleared=(),
            review_hash=review.content_hash,
        )  # fmt: skip
        reply_posts.add_post(g, reply.id, person_id=author, now=world.clock())
        return replies.get_own(g, reply.public_id)


def now_of(world: Any, reply: replies.OwnReply) -> replies.OwnReply:
    with world.storage.read() as tx:
        return replies.get_own(tx.group(world.group_id), reply.public_id)


def last_post(world: Any, reply: replies.OwnReply) -> Any:
    with world.storage.read() as tx:
        return reply_posts.find_last_post(tx.group(world.group_id), reply.id)


def events(world: Any, kind: str) -> list[Any]:
    with world.storage.read() as tx:
        return [event for event in outbox.find_unsent(tx, world.clock(), 100) if event.kind == kind]


def actions(world: Any) -> list[str]:
    with world.storage.read() as tx:
        return [entry.action for entry in audit.find_entries(tx.group(world.group_id), limit=50)]


@pytest.mark.statement("S17")
def test_a_reply_goes_from_approved_over_pending_to_confirmed_online(world, google, author):
    fake, source = google
    reply = approve(world, author)
    assert replying.post_next(world.context)
    assert not replying.post_next(world.context)
    assert fake.puts == [TEXT]
    assert now_of(world, reply).state == "pending"
    assert review_of(world).work == "answered"
    world.collect(source)
    assert now_of(world, reply).state == "pending"
    fake.judge("gb-0001", "APPROVED")
    world.collect(source)
    assert now_of(world, reply).state == "confirmed"
    with world.storage.read() as tx:
        found = [r for r in stored.find_replies(tx.group(world.group_id), reply.review_id) if r.written_by != "here"]
    assert found[-1].state == "confirmed"
    assert found[-1].is_ours
    assert actions(world).count("reply.posted") == 1
    assert actions(world).count("reply.seen") == 1
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        figures = summarize_answers(replies.find_answers(g, world.clock.now - timedelta(days=90), world.clock.now))
    assert (figures.n, figures.answered, figures.timed) == (3, 1, 1)


def test_a_rejection_is_kept_as_given_and_told_once(world, google, author):
    fake, source = google
    reply = approve(world, author)
    replying.post_next(world.context)
    fake.judge("gb-0001", "REJECTED", policyViolation="SPAM")
    world.collect(source)
    world.collect(source)
    assert (now_of(world, reply).state, now_of(world, reply).reason) == ("rejected", "SPAM")
    (event,) = events(world, "reply.rejected")
    assert event.payload["reason"] == "SPAM"


PLACES = ["replying.after_claim", "replying.before_call", "replying.after_call", "replying.in_take"]


def test_every_place_of_posting_is_stopped_at():
    source = Path(replying.__file__).read_text(encoding="utf-8")
    assert re.findall(r'hit\("([a-z_.]+)"\)', source) == PLACES


@pytest.mark.parametrize("place", PLACES)
def test_a_crash_anywhere_posts_exactly_once(world, google, author, monkeypatch, place):
    fake, _ = google
    reply = approve(world, author)

    def kill(name: str) -> None:
        if name == place:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(replying, "hit", kill)
        with pytest.raises(Killed):
            replying.post_next(world.context)
    assert not replying.post_next(world.context)  # somebody may still be at it
    world.clock.advance(minutes=6)
    assert replying.post_next(world.context)
    assert fake.puts == [TEXT]
    assert now_of(world, reply).state in ("pending", "posted")
    assert last_post(world, reply).state == "done"


def test_an_answer_that_got_lost_is_looked_for_before_anything_is_sent_again(world, google, author):
    fake, _ = google
    fake.after_put = [google_business.HTML]
    reply = approve(world, author)
    replying.post_next(world.context)
    assert now_of(world, reply).state == "approved"
    world.clock.advance(minutes=10)
    replying.post_next(world.context)
    assert fake.puts == [TEXT]
    assert now_of(world, reply).state == "pending"


def test_a_platform_that_asks_to_slow_down_gets_it_later_once(world, google, author):
    fake, _ = google
    reply = approve(world, author)
    fake.script = [google_business.RETRY_IN_4]
    replying.post_next(world.context)
    assert fake.puts == []
    world.clock.advance(minutes=10)
    replying.post_next(world.context)
    assert fake.puts == [TEXT]
    assert now_of(world, reply).state == "pending"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (google_business.NOT_FOUND, "does not have this review"),
        (google_business.BAD_REQUEST, "did not take this reply"),
        (google_business.SWITCHED_OFF, "does not accept our key"),
        (google_business.status(403, "PERMISSION_DENIED"), "does not let this account reply"),
    ],
)
def test_a_refusal_is_said_in_plain_words_and_told_to_its_author_once(world, google, author, answer, word):
    fake, _ = google
    reply = approve(world, author)
    fake.script = [answer]
    replying.post_next(world.context)
    assert not replying.post_next(world.context)
    assert now_of(world, reply).state == "rejected"
    assert word in now_of(world, reply).reason
    (event,) = events(world, "reply.rejected")
    assert word in event.payload["reason"]


def test_what_changed_since_the_approval_is_not_posted(world, google, author):
    fake, source = google
    reply = approve(world, author)
    fake.edit(1, world.clock(), comment="Something quite different now.")
    world.collect(source)
    replying.post_next(world.context)
    assert fake.puts == []
    assert last_post(world, reply).state == "stopped"
    assert now_of(world, reply).state == "approved"


def test_a_platform_that_never_answers_is_given_up_and_a_person_asked(world, google, author):
    reply = approve(world, author)
    world.platforms.faults["*"] = "500"
    for _ in range(30):
        world.clock.advance(hours=30)
        replying.post_next(world.context)
    assert last_post(world, reply).state == "unsure"
    assert len(events(world, "reply.rejected")) == 1
    assert now_of(world, reply).state == "approved"


def test_a_call_that_got_lost_before_the_platform_asked_to_slow_down_is_given_up_as_unsure(world, google, author):
    fake, _ = google
    fake.after_put = [google_business.HTML]
    reply = approve(world, author)
    replying.post_next(world.context)
    assert last_post(world, reply).called_at is not None
    for _ in range(30):
        fake.script = [google_business.RETRY_IN_4]
        world.clock.advance(hours=30)
        replying.post_next(world.context)
    assert last_post(world, reply).state == "unsure", "it may be there: nobody is told to post it again"
    assert fake.puts == [TEXT]


def test_a_worker_that_lost_its_lease_does_not_forget_the_call_of_the_next_one(world, author, google):
    reply = approve(world, author)
    with world.storage.write() as tx:
        now = world.clock()
        slow = reply_posts.claim_post(tx, now=now, lease_until=now + replying.LEASE)
        later = now + 2 * replying.LEASE
        second = reply_posts.claim_post(tx, now=later, lease_until=later + replying.LEASE)
        assert slow is not None
        assert second is not None
        g = tx.group(world.group_id)
        reply_posts.note_call(g, second, later)
        reply_posts.put_off(g, slow, later, "asked to slow down", forget_call=True)
        assert reply_posts.claim_post(tx, now=later, lease_until=later + replying.LEASE) is None
    assert last_post(world, reply).called_at == later


@pytest.mark.statement("S24")
def test_a_reply_that_others_wrote_is_answered_elsewhere_and_its_removal_opens_the_review_again(world, google):
    fake, source = google
    fake.here[1]["reviewReply"] = {"comment": "From somebody else.", "updateTime": "2026-11-20T10:00:00Z"}
    world.collect(source)
    assert review_of(world).work == "answered"
    del fake.here[1]["reviewReply"]
    world.collect(source)
    review = review_of(world)
    assert review.work == "open"


def test_our_reply_that_was_changed_or_removed_online_is_noticed(world, google, author):
    fake, source = google
    reply = approve(world, author)
    replying.post_next(world.context)
    fake.judge("gb-0001", "APPROVED")
    world.collect(source)
    fake.here[1]["reviewReply"]["comment"] = "Somebody wrote over it."
    world.collect(source)
    assert now_of(world, reply).state == "replaced"
    second = approve(world, author, "gb-0002")
    replying.post_next(world.context)
    fake.judge("gb-0002", "APPROVED")
    world.collect(source)
    del fake.here[2]["reviewReply"]
    world.collect(source)
    assert now_of(world, second).state == "removed"
    assert review_of(world, "gb-0002").work == "open"


@pytest.mark.statement("S17")
@pytest.mark.parametrize("work", ["closed", "answered"])
def test_a_review_that_changes_after_it_was_closed_or_answered_is_open_again(world, google, work):
    fake, source = google
    review = review_of(world)
    with world.storage.write() as tx:
        daily.set_work(tx.group(world.group_id), review, work, world.clock())
    fake.edit(1, world.clock(), comment="I have thought about it again.")
    world.collect(source)
    review = review_of(world)
    assert (review.work, review.work_at) == ("open", review.changed_at)


def by_hand(world: Any, author: int, key: str) -> replies.OwnReply:
    reply = approve(world, author, key)
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        reply_posts.stop_posts(g, reply.id, world.clock())
        replies.move(g, reply, "posted", posted_by=author, posted_at=world.clock(), posted_way="hand", unseen_runs=0)
    return now_of(world, reply)


def test_a_reply_posted_by_hand_and_not_seen_in_three_runs_is_told_to_its_author_once(world, google, author):
    fake, source = google
    reply = by_hand(world, author, "gb-0001")
    for _ in range(2):
        world.collect(source)
    assert now_of(world, reply).state == "posted"
    for _ in range(3):
        world.collect(source)
    assert now_of(world, reply).state == "not_confirmed"
    assert len(events(world, "reply.not_confirmed")) == 1
    fake.here[1]["reviewReply"] = {"comment": TEXT.upper().replace(" ", "  "), "updateTime": "2026-11-25T10:00:00Z"}
    world.collect(source)
    assert now_of(world, reply).state == "confirmed"


@pytest.mark.parametrize("kind", ["birdeye", "podium"])
def test_the_other_platforms_with_an_api_take_a_reply_and_show_it(world, author, kind):
    settings = add_all(world.platforms)[kind]
    names = {*secret_names(get_connector(kind)), "refresh_token", "access_token"}
    connection = connect(world, kind, {name: value for name, value in settings.items() if name in names})
    source = add(world, kind, connection, {name: value for name, value in settings.items() if name not in names})
    world.collect(source)
    key = sorted(review.identity_key for review in world.held())[0]
    reply = approve(world, author, key)
    replying.post_next(world.context)
    fake: Any = world.platforms.apis[kind]
    assert fake.puts == [TEXT]
    assert now_of(world, reply).state == "posted"
    world.collect(source)
    world.clock.advance(days=8)
    world.collect(source)
    assert now_of(world, reply).state == "confirmed"


def test_erasing_a_review_takes_its_replies_along(world, google, author):
    fake, _ = google
    reply = approve(world, author)
    with world.storage.write() as tx:
        erasure.erase(tx.group(world.group_id), reply.review_id, world.clock())
    assert now_of(world, reply).text is None
    with world.storage.read() as tx:
        assert [saved.text for saved in replies.find_texts(tx.group(world.group_id), reply.id)] == [None]
    replying.post_next(world.context)
    assert fake.puts == []


@pytest.mark.statement("P8")
def test_a_call_that_ends_after_its_review_was_deleted_ends_no_other_reply(world, google, author):
    """A database may give the number of a row that is gone to the next one."""
    about = approve(world, author).review_id
    with world.storage.write() as tx:
        now = world.clock()
        claimed = reply_posts.claim_post(tx, now=now, lease_until=now + replying.LEASE)
        assert claimed is not None
        g = tx.group(world.group_id)
        g.run("delete_contents", review_ids=[about])
        g.run("delete_reviews", review_ids=[about])
    other = approve(world, author, "gb-0002")
    with world.storage.write() as tx:
        assert not reply_posts.end_post(tx.group(world.group_id), claimed, "done", now=world.clock())
    assert last_post(world, other).state == "waiting"
