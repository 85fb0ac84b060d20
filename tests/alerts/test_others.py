"""Services that apprise knows: a few are chosen, all go through the one door, words of others act on nobody."""

import json
import socket
from dataclasses import replace

import pytest

from reviews import i18n
from reviews.alerts import manage, others
from reviews.alerts.messages import Line, Message, review_message
from reviews.errors import SourceRequestError
from tests.alerts.conftest import World, make_fetcher, make_settings
from tests.alerts.receivers import Receiver
from tests.alerts.test_channels import NASTY, view
from tests.builders import make_review

WORDS = i18n.load().words("en")


def address(receiver: Receiver, path: str = "/hook") -> str:
    return f"json://user:pass@127.0.0.1:{receiver.port}{path}"


@pytest.mark.statement("S37", "S38")
def test_a_message_goes_to_a_service_and_its_answer_is_kept(world: World, receiver: Receiver):
    channel, _ = world.add_channel("apprise", address(receiver))
    assert channel.host == "127.0.0.1"
    assert "pass" not in channel.sealed
    world.collect(make_review("x", stars=1, title="Bad", text=NASTY))
    world.work()
    (posted,) = receiver.posted
    assert (posted.path, posted.headers["authorization"][:6]) == ("/hook", "Basic ")
    said = json.loads(posted.body)
    assert "★☆☆☆☆" in said["title"]
    for mark in ("@here", "<!channel>", "](http", "*bold*", "://evil"):
        assert mark not in said["message"] + said["title"]
    assert [line.delivery.state for line in world.log()] == ["sent"]
    verdict = manage.try_channel(world.desk, world.group_id, channel.public_id)
    assert (verdict.outcome, verdict.said) == ("taken", "200")


@pytest.mark.statement("S37", "T25")
@pytest.mark.parametrize(
    ("answer", "outcome"), [("500", "failed"), ("410", "off"), ("302", "failed"), ("drop", "failed")]
)
def test_what_a_service_answers_decides_what_happens(world: World, receiver: Receiver, answer: str, outcome: str):
    receiver.behave = lambda posted: answer
    channel, _ = world.add_channel("apprise", address(receiver))
    assert manage.try_channel(world.desk, world.group_id, channel.public_id).outcome == outcome
    assert len(receiver.posted) == 1, "no redirect is followed"


@pytest.mark.statement("T25")
def test_a_private_address_is_not_dialled_for_a_service(receiver: Receiver):
    closed = make_fetcher(replace(make_settings(), allow_private_nets=()), receiver.port)
    message = review_message(view(), WORDS)
    for url in (address(receiver), f"json://localhost:{receiver.port}/"):
        verdict = others.send(closed, url, message, seconds=5, allows_plain=True)
        assert verdict.outcome == "failed"
    assert receiver.posted == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "syslog://", "mailto://a:b@example.org", "dbus://", "exec://true", "json://10.0.0.1/x",
        "windows://", "https://discord.com/api/webhooks/1/2", "discord://", "DISCORD", "", "signal://127.0.0.1/1",
    ],
)  # fmt: skip
def test_only_chosen_services_are_taken(url: str):
    with pytest.raises(SourceRequestError):
        others.check_address(url, allows_plain=False)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord"),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", "tgram"),
        ("pover://" + "u" * 30 + "@" + "a" * 30, "pover"),
        ("ntfys://our-topic/", "ntfys"),
        ("gotifys://push.example.org/" + "t" * 15, "push.example.org"),
        ("gchat://workspace/key/token", "gchat"),
    ],
)
def test_a_chosen_service_is_asked_through_the_fetcher_only(url: str, host: str, monkeypatch: pytest.MonkeyPatch):
    """The fetcher resolves names to a private address here, and so refuses; nothing else may open a connection."""
    assert others.check_address(url, allows_plain=False) == host
    asked: list[str] = []

    def resolve(name: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(name)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection beside the fetcher")

    monkeypatch.setattr(socket, "create_connection", refuse)
    fetcher = make_fetcher(replace(make_settings(), allow_private_nets=()))
    monkeypatch.setattr(fetcher, "_resolve", resolve)
    verdict = others.send(fetcher, url, Message(subject="s", heading="h"), seconds=5, allows_plain=False)
    assert (verdict.outcome, len(asked)) == ("failed", 1), verdict


def test_long_messages_are_cut_and_keep_their_link():
    message = Message(
        subject="s", heading="h", lines=(Line(text="word " * 2000, quote=True),),
        action=Line(text="Open", url="https://reviews.example.org/reviews/1"),
    )  # fmt: skip
    body = others.write_body(message)
    assert len(body) < 2000
    assert body.endswith("Open: https://reviews.example.org/reviews/1")
