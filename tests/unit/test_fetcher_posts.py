"""What is posted: made once, to one address, with the keys of that address."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from reviews import errors
from reviews.fetcher import Fetcher, FetchPolicy, Pace
from tests.conftest import NOW
from tests.platforms import raw_server
from tests.platforms.raw_server import PAGE, Server, message
from tests.sources.doors import LOOPBACK


@pytest.fixture
def server() -> Iterator[Server]:
    with raw_server.serve() as running:
        yield running


@pytest.fixture
def fetcher(server: Server) -> Fetcher:
    policy = FetchPolicy(
        user_agent="ClinicReviews/test",
        allow_private_nets=LOOPBACK,
        allow_ports=(server.port,),
        stand_ins={"https://api.example.org": f"{server.url}/api"},
    )
    return Fetcher(policy, pace=Pace(), now=lambda: NOW)


def test_a_form_is_posted_with_its_length_and_type(server: Server, fetcher: Fetcher):
    answer = fetcher.post_form(f"{server.url}/page", {"code": "a b&c", "name": "é"}, headers={"X-Api-Key": "canary"})
    (head,) = server.asked("/page")
    assert answer.body == PAGE
    assert head.startswith("POST /page HTTP/1.1")
    assert "Content-Type: application/x-www-form-urlencoded" in head
    assert "Content-Length: 24" in head
    assert "X-Api-Key: canary" in head
    assert server.bodies["/page"] == [b"code=a+b%26c&name=%C3%A9"]


def test_a_json_value_is_sent_as_it_is(server: Server, fetcher: Fetcher):
    fetcher.post_json(f"{server.url}/page", {"comment": "Merci à vous"}, method="PUT")
    assert server.asked("/page")[0].startswith("PUT ")
    assert json.loads(server.bodies["/page"][0]) == {"comment": "Merci à vous"}


def test_nothing_is_sent_with_a_delete(server: Server, fetcher: Fetcher):
    fetcher.post_json(f"{server.url}/page", None, method="DELETE")
    assert server.asked("/page")[0].startswith("DELETE ")
    assert "Content-Type" not in server.asked("/page")[0]


def test_a_post_follows_no_redirect(server: Server, fetcher: Fetcher):
    server.scripted["/moved"] = [message("307 Temporary Redirect", b"", "Location: /page")]
    with pytest.raises(errors.SourceBlocked):
        fetcher.post_form(f"{server.url}/moved", {"refresh_token": "canary"})
    assert server.asked("/page") == []


def test_a_post_is_made_once(server: Server, fetcher: Fetcher):
    with pytest.raises(errors.SourceUnavailable):
        fetcher.post_json(f"{server.url}/502", {})
    assert len(server.asked("/502")) == 1


def test_robots_are_not_asked_about_an_api(server: Server, fetcher: Fetcher):
    fetcher.post_json(f"{server.url}/page", {})
    assert server.asked("/robots.txt") == []


@pytest.mark.statement("F11")
def test_a_post_dials_no_private_address(server: Server):
    with ExitStack() as stack:
        other = stack.enter_context(raw_server.serve())
        strict = Fetcher(FetchPolicy(user_agent="x", allow_ports=(other.port,)), pace=Pace())
        with pytest.raises(errors.SourceBlocked):
            strict.post_form(f"{other.url}/page", {"secret": "canary"})
        assert other.connections == 0


def test_a_wanted_status_brings_its_body_and_its_wait(server: Server, fetcher: Fetcher):
    server.scripted["/busy"] = [message("429 Too Many Requests", b'{"error": {}}', "Retry-After: 90")]
    answer = fetcher.fetch(f"{server.url}/busy", obey_robots=False, also_answer=(429,))
    assert (answer.status, answer.body, answer.retry_after_seconds) == (429, b'{"error": {}}', 90)


def test_another_server_stands_in_for_an_origin_and_for_no_other(server: Server, fetcher: Fetcher):
    server.scripted["/api/v1"] = [message()]
    assert fetcher.fetch("https://api.example.org/v1", obey_robots=False).url == f"{server.url}/api/v1"
    with pytest.raises(errors.SourceError):
        fetcher.fetch("https://api.example.org.attacker.invalid/v1", obey_robots=False, deadline_seconds=1)
    assert len(server.requests) == 1


def test_only_methods_that_carry_something_are_taken(fetcher: Fetcher, server: Server):
    with pytest.raises(ValueError):
        fetcher.post_json(f"{server.url}/page", {}, method="TRACE")
