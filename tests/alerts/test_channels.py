"""Slack, Teams and signed webhooks: what others wrote acts on nobody, secrets stay, every signature can be checked."""

import base64
import hashlib
import hmac
import io
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import i18n, logs
from reviews.alerts import manage
from reviews.alerts.chat import SLACK_BLOCKS, SLACK_TEXT, TEAMS_BYTES, slack_payload, teams_payload
from reviews.alerts.messages import Line, Message, ReviewView, Section, review_message
from reviews.alerts.webhooks import new_secret, read_secret, sign
from reviews.clock import from_text
from reviews.errors import ReviewsError, SourceBlocked, SourceRequestError
from reviews.storage import alerts
from tests.alerts.conftest import World, make_fetcher, make_settings
from tests.alerts.receivers import Posted, Receiver
from tests.builders import make_review

WORDS = i18n.load().words("en")
NASTY = (
    "<!channel> <https://evil.example|click> & @here *bold* [click](https://evil.example) _x_ `y` https://evil.example"
)
TEXTS = st.text(max_size=3000) | st.lists(st.sampled_from([NASTY, "<", "&", "\n", "word ", "🦷"]), max_size=400).map(
    "".join
)


def view(text: str = NASTY, **fields: Any) -> ReviewView:
    return ReviewView(**{
        "stars": 1, "clinic": "Elm <!here>", "source": "G|x", "title": "T " + NASTY, "text": text, "url": "https://x/r/1",
    } | fields)  # fmt: skip


def is_signed(posted: Posted, secret: str, *, body: bytes | None = None, **headers: str) -> bool:
    """Standard Webhooks 1.0 read anew from its text, without our signer."""
    given = {**posted.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    key = base64.b64decode(secret.split("_", 1)[1])
    content = ".".join((given["webhook-id"], given["webhook-timestamp"])).encode() + b"." + (body or posted.body)
    wanted = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return any(
        version == "v1" and hmac.compare_digest(found, wanted)
        for version, _, found in (each.partition(",") for each in given["webhook-signature"].split(" "))
    )


@given(text=TEXTS)
def test_slack_payload_keeps_its_limits_and_lets_nobody_call_or_link(text: str):
    payload = slack_payload(review_message(view(text), WORDS))
    assert len(payload["blocks"]) <= SLACK_BLOCKS
    for said in (payload["text"], *(block["text"]["text"] for block in payload["blocks"])):
        assert len(said) <= SLACK_TEXT
        # The only "<" are of the one link of ours; "&" only begins an escaped character.
        assert said.replace("<https://x/r/1|", "").count("<") == 0
        rest = said.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
        assert "&" not in rest
        assert "://" not in said.replace("<https://x/r/1|", "")


@given(text=TEXTS)
def test_teams_card_is_small_and_words_of_others_stand_where_markdown_is_not_read(text: str):
    lines = tuple(Line(text=text, quote=True) for _ in range(12))
    payload = teams_payload(Message(subject="S", heading="H", sections=(Section(heading="X", lines=lines),)))
    assert len(json.dumps(payload, ensure_ascii=False).encode()) <= TEAMS_BYTES
    card = payload["attachments"][0]["content"]
    assert (payload["type"], card["type"], card["version"]) == ("message", "AdaptiveCard", "1.4")
    assert {element["type"] for element in card["body"]} == {"RichTextBlock"}


@pytest.mark.statement("S38")
@pytest.mark.parametrize(("kind", "answer"), [("slack", "200"), ("teams", "202")])
def test_one_message_is_one_post(world: World, receiver: Receiver, kind: str, answer: str):
    receiver.behave = lambda posted: answer
    receiver.answers = {"202": b""}
    world.add_channel(kind, f"{receiver.url}/services/secret-path")
    world.collect(make_review("x", stars=1, title="Bad", text=NASTY))
    world.work()
    (posted,) = receiver.posted
    assert posted.headers["content-type"] == "application/json"
    payload = json.loads(posted.body)
    assert ("blocks" in payload) == (kind == "slack")
    assert "★☆☆☆☆" in posted.body.decode()
    assert [line.delivery.state for line in world.log()] == ["sent"]


@pytest.mark.statement("T25")
def test_webhook_is_signed_over_the_exact_bytes_and_any_change_is_seen(world: World, receiver: Receiver):
    _, key = world.add_channel("webhook", f"{receiver.url}/hook")
    world.collect(make_review("x", stars=1, title="Privacy", text="They read my file aloud.", author="Ada Example"))
    world.work()
    (posted,) = receiver.taken
    assert is_signed(posted, key)
    assert "." not in posted.headers["webhook-id"]
    assert int(posted.headers["webhook-timestamp"]) == int(world.clock().timestamp())
    assert not is_signed(posted, new_secret())
    assert not is_signed(posted, key, webhook_id=posted.headers["webhook-id"][:-1] + "x")
    assert not is_signed(posted, key, webhook_timestamp=str(int(posted.headers["webhook-timestamp"]) + 1))
    for at in range(0, len(posted.body), 7):
        changed = posted.body[:at] + bytes([posted.body[at] ^ 1]) + posted.body[at + 1 :]
        assert not is_signed(posted, key, body=changed)
    # Thin: ids and numbers, nothing that a person wrote.
    value = json.loads(posted.body)
    assert value["type"] == "review.created"
    assert from_text(value["timestamp"]) == world.clock()
    assert set(value["data"]) == {"group", "source", "clinic", "run", "review", "stars", "url"}
    for said in (b"file aloud", b"Ada", b"Privacy", b"Elm Street"):
        assert said not in posted.body


@pytest.mark.statement("T25")
def test_id_is_that_of_the_message_and_the_time_that_of_the_attempt(world: World, receiver: Receiver):
    _, key = world.add_channel("webhook", f"{receiver.url}/hook")
    receiver.behave = lambda posted: "500" if len(receiver.posted) < 3 else "200"
    world.collect(*world.new(1, stars=1))
    for _ in range(4):
        world.work()
        world.clock.advance(minutes=10)
    first, second, third = receiver.posted
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == third.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] < second.headers["webhook-timestamp"] < third.headers["webhook-timestamp"]
    assert first.body == second.body == third.body
    assert all(is_signed(each, key) for each in receiver.posted)


def test_signature_is_that_of_the_published_example():
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    found = sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_signatures_while_a_key_is_changed(world: World, receiver: Receiver):
    channel, old = world.add_channel("webhook", f"{receiver.url}/hook")
    with world.storage.write() as tx:
        new = manage.change_key(world.desk, tx.group(world.group_id), channel)
    world.collect(*world.new(1, stars=1))
    world.work()
    assert is_signed(receiver.posted[-1], old)
    assert is_signed(receiver.posted[-1], new)
    channel = world.channel(channel)
    with world.storage.write() as tx:
        manage.drop_old_key(world.desk, tx.group(world.group_id), channel)
    world.collect(*world.new(1, stars=1))
    world.work()
    assert not is_signed(receiver.posted[-1], old)
    assert is_signed(receiver.posted[-1], new)


@pytest.mark.statement("T25")
@pytest.mark.parametrize("status", ["301", "302", "307", "308"])
def test_redirect_is_a_failure_and_is_not_followed(world: World, receiver: Receiver, status: str):
    world.add_channel("webhook", f"{receiver.url}/hook")
    receiver.behave = lambda posted: f"{status} Location: {receiver.url}/elsewhere"
    world.collect(*world.new(1, stars=1))
    world.work()
    assert [posted.path for posted in receiver.posted] == ["/hook"]
    (line,) = world.log()
    assert (line.delivery.state, line.delivery.attempts) == ("waiting", 1)


@pytest.mark.statement("T25")
def test_private_address_is_not_dialled(world: World, receiver: Receiver):
    channel, _ = world.add_channel("webhook", f"{receiver.url}/hook")
    from dataclasses import replace

    from reviews.alerts.office import Office

    closed = replace(make_settings(), allow_private_nets=())
    world.office = Office(replace(world.desk, fetcher=make_fetcher(closed, receiver.port)))
    world.collect(*world.new(1, stars=1))
    world.work()
    assert receiver.posted == []
    assert world.log()[0].delivery.state == "waiting"
    assert world.channel(channel).state == "active"


@pytest.mark.parametrize(
    "url", ["http://hooks.example.org/x", "ftp://hooks.example.org/", "https://", "https://a:99999/"]
)
def test_address_that_cannot_be_is_refused_when_it_is_entered(world: World, url: str):
    from dataclasses import replace

    desk = replace(world.desk, settings=replace(world.desk.settings, allow_private_nets=()))
    with world.storage.write() as tx, pytest.raises((SourceRequestError, SourceBlocked)):
        manage.add_channel(desk, tx.group(world.group_id), kind="slack", label="x", url=url)


@pytest.mark.statement("T24")
def test_address_and_key_are_sealed_and_a_lost_key_asks_for_the_address_again(world: World, receiver: Receiver):
    channel, key = world.add_channel("webhook", f"{receiver.url}/hook/canary-path")
    with world.storage.session(writable=False) as session:
        stored = json.dumps(session.execute("SELECT * FROM channels").rows, default=str)
    assert "canary-path" not in stored
    assert key.removeprefix("whsec_") not in stored
    from dataclasses import replace

    from reviews.alerts.office import Office

    lost = replace(world.desk, settings=replace(world.desk.settings, secret_keys=("z" * 40,)))
    world.office = Office(lost)
    world.collect(*world.new(1, stars=1))
    world.work()
    channel = world.channel(channel)
    assert channel.state == "disabled"
    with world.storage.write() as tx:
        manage.change_address(lost, tx.group(world.group_id), channel, f"{receiver.url}/hook")
    world.work()
    assert len(receiver.taken) == 1


@pytest.mark.statement("S40")
def test_log_lines_hold_neither_words_of_a_review_nor_addresses(world: World, receiver: Receiver):
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.setup("DEBUG", stream)
        world.add_person("Ada")
        world.add_channel("slack", f"{receiver.url}/services/canary-path")
        receiver.behave = lambda posted: "500"
        world.collect(make_review("x", stars=1, title="canary-title", text="canary-text", author="canary-author"))
        world.work()
    finally:
        root.handlers[:], root.level = before, level
        logging.captureWarnings(False)
    ours = [line for line in stream.getvalue().splitlines() if json.loads(line)["logger"] != "mail.log"]  # the server's
    assert any("message_attempted" in line for line in ours)
    assert not [line for line in ours if "canary" in line or "ada@example.org" in line]


def test_key_that_cannot_be_is_refused():
    assert len(read_secret(new_secret())) == 32
    for bad in ("", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "A" * 400, "whsec_%%%"):
        with pytest.raises(ValueError, match="whsec_"):
            read_secret(bad)
    with pytest.raises(ValueError, match="dot"):
        sign([new_secret()], "a.b", 1, b"")


def test_channel_goes_with_its_rules_and_its_log(world: World, receiver: Receiver):
    channel, _ = world.add_channel("webhook", f"{receiver.url}/hook")
    world.collect(*world.new(1, stars=1))
    world.work()
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        alerts.delete_channel(g, channel.id)
        assert alerts.find_rules(g) == alerts.find_channels(g) == []
        with pytest.raises(ReviewsError):
            alerts.delete_channel(g, channel.id)
    assert world.log() == []


def test_waiting_messages_of_a_channel_that_stays_off_are_given_up_after_three_days(world: World, receiver: Receiver):
    channel, _ = world.add_channel("webhook", f"{receiver.url}/hook")
    receiver.behave = lambda posted: "410"
    world.collect(*world.new(1, stars=1))
    world.work()
    assert world.log()[0].delivery.state == "waiting"
    world.clock.now += timedelta(days=3, minutes=1)
    world.work()
    assert world.log(channel_id=channel.id)[0].delivery.state == "dead"
