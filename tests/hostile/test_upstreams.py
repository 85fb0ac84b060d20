"""What a hostile or broken server may do to us: each behaviour has its one outcome, in bounded time and memory (H7)."""

import gzip
import resource
import threading
import time
from collections.abc import Callable
from email.message import Message
from io import BytesIO

import pytest
import requests

from reviews import errors
from reviews.fetcher import Fetcher, Pace, body
from reviews.fetcher import fetcher as fetching
from tests.platforms import raw_server
from tests.platforms.raw_server import PAGE, Server

MakeFetcher = Callable[..., Fetcher]
DEADLINE_SECONDS = 0.4


@pytest.mark.parametrize("path", ["/page", "/until-close", "/chunked", "/gzip", "/deflate", "/deflate-bare"])
def test_a_whole_page_arrives_whatever_its_framing_and_coding(server: Server, fetcher: Fetcher, path: str):
    assert fetcher.fetch(server.url + path).body == PAGE


def test_sixteen_members_of_gzip_are_read(server: Server, fetcher: Fetcher):
    assert fetcher.fetch(server.url + "/some-members").body == b"x" * 16


SLOW = ["/silent", "/drip-body", "/drip-until-close", "/drip-header", "/drip-trailer", "/endless-100"]


@pytest.mark.statement("H7", "T8", "F10")
@pytest.mark.parametrize("path", SLOW)
def test_the_deadline_ends_whatever_is_slow(server: Server, fetcher: Fetcher, path: str):
    start = time.monotonic()
    with pytest.raises(errors.SourceUnavailable, match="deadline") as caught:
        fetcher.fetch(server.url + path, deadline_seconds=DEADLINE_SECONDS)
    assert time.monotonic() - start < DEADLINE_SECONDS + 20  # the servers would drip for longer
    assert "slow" in caught.value.hint


class SleepingDog:
    """A watchdog that never barks."""

    has_barked = False

    def __init__(self, seconds: float) -> None:
        pass

    def watch(self, connection: object) -> None:
        pass

    def stop(self) -> None:
        pass


@pytest.mark.statement("H7", "F10")
def test_without_the_watchdog_a_drip_holds_us_as_long_as_it_likes(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fetching, "Watchdog", SleepingDog)
    held = threading.Event()

    def fetch() -> None:
        with pytest.raises(errors.SourceUnavailable):
            fetcher.fetch(server.url + "/drip-body", deadline_seconds=DEADLINE_SECONDS)
        held.set()

    thread = threading.Thread(target=fetch)
    thread.start()
    assert not held.wait(DEADLINE_SECONDS * 3), "the drip should have held it"
    server.stopped.set()
    thread.join(5)
    assert held.is_set()


REFUSED = {
    "/endless-body": errors.SourceChanged,
    "/announced": errors.SourceChanged,
    "/bomb": errors.SourceChanged,
    "/gzip-twice": errors.SourceChanged,
    "/stacked": errors.SourceChanged,
    "/brotli": errors.SourceChanged,
    "/many-members": errors.SourceChanged,
    "/bad-gzip": errors.SourceChanged,
    "/endless-header": errors.SourceUnavailable,
    "/endless-headers": errors.SourceUnavailable,
    "/endless-extension": errors.SourceUnavailable,
    "/endless-trailers": errors.SourceUnavailable,
    "/103": errors.SourceUnavailable,
    "/empty": errors.SourceUnavailable,
    "/not-http": errors.SourceUnavailable,
    "/bad-status": errors.SourceUnavailable,
    "/negative-length": errors.SourceUnavailable,
    "/two-lengths": errors.SourceUnavailable,
    "/length-and-chunked": errors.SourceUnavailable,
    "/negative-chunk": errors.SourceUnavailable,
    "/long-chunk": errors.SourceUnavailable,
    "/loop": errors.SourceUnavailable,
    "/no-location": errors.SourceUnavailable,
    "/304": errors.SourceUnavailable,
}


@pytest.mark.statement("H7", "T8", "F10")
@pytest.mark.parametrize("path", sorted(REFUSED))
def test_what_is_too_much_or_wrong_is_refused(server: Server, fetcher: Fetcher, path: str):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(errors.SourceError) as caught:
        fetcher.fetch(server.url + path, deadline_seconds=10)
    assert type(caught.value) is REFUSED[path]
    assert "deadline" not in caught.value.message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024, "KB more than before"


@pytest.mark.statement("R6", "H7")
@pytest.mark.parametrize("path", ["/short", "/reset", "/cut-chunk", "/no-last-chunk", "/cut-gzip", "/partial"])
def test_half_a_body_is_no_body(server: Server, fetcher: Fetcher, path: str):
    with pytest.raises(errors.SourceUnavailable):
        fetcher.fetch(server.url + path)


@pytest.mark.statement("F10")
def test_an_endless_body_of_a_redirect_is_not_read(server: Server, fetcher: Fetcher):
    answer = fetcher.fetch(server.url + "/redirect-with-endless-body", deadline_seconds=5)
    assert (answer.body, answer.url) == (PAGE, server.url + "/page")


@pytest.mark.statement("F10")
def test_plain_requests_would_read_the_endless_body_of_a_redirect(server: Server):
    with requests.Session() as session:
        session.trust_env = False
        got: list[object] = []

        def fetch() -> None:
            try:
                got.append(session.get(server.url + "/redirect-with-endless-body", stream=True, allow_redirects=False))
            except requests.RequestException as error:
                got.append(error)

        thread = threading.Thread(target=fetch)
        thread.start()
        thread.join(0.3)
        assert got == [], "it should still be reading"
        server.stopped.set()
        thread.join(10)


@pytest.mark.statement("F10")
def test_without_the_caps_the_bomb_goes_off():
    head = Message()
    head["Content-Encoding"] = "gzip"
    packed = gzip.compress(bytes(20_000_000))
    assert len(packed) < 100_000
    with pytest.raises(errors.SourceChanged, match="unpacked"):
        body.read_body(BytesIO(packed), head, body.Limits())
    assert len(body.read_body(BytesIO(packed), head, body.Limits(unpacked_bytes=10**9))) == 20_000_000


STATUSES = {
    "/400": errors.SourceRequestError,
    "/401": errors.SourceUnauthorized,
    "/403": errors.SourceBlocked,
    "/404": errors.SourceGone,
    "/408": errors.SourceUnavailable,
    "/410": errors.SourceGone,
    "/418": errors.SourceRequestError,
    "/451": errors.SourceBlocked,
    "/500": errors.SourceUnavailable,
    "/502": errors.SourceUnavailable,
    "/503": errors.SourceUnavailable,
    "/504": errors.SourceUnavailable,
    "/503-wait": errors.RateLimited,
    "/429": errors.RateLimited,
}


@pytest.mark.statement("R5", "H7")
@pytest.mark.parametrize("path", sorted(STATUSES))
def test_each_status_says_what_to_do_next(server: Server, fetcher: Fetcher, path: str):
    with pytest.raises(errors.SourceError) as caught:
        fetcher.fetch(server.url + path)
    assert type(caught.value) is STATUSES[path]
    assert caught.value.hint


@pytest.mark.statement("R5")
@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        ("/429-seconds", 90),
        ("/429-date", 601),
        ("/429-for-days", 6 * 3600),
        ("/429-nonsense", None),
        ("/429", None),
        ("/503-wait", 120),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_and_capped(
    server: Server, fetcher: Fetcher, path: str, seconds: int | None
):
    with pytest.raises(errors.RateLimited) as caught:
        fetcher.fetch(server.url + path)
    assert caught.value.retry_after_seconds == seconds


def test_a_connector_can_ask_to_read_an_error_itself(server: Server, fetcher: Fetcher):
    answer = fetcher.fetch(server.url + "/400", also_answer={400})
    assert (answer.status, answer.body) == (400, b"{}")


def test_four_redirects_are_followed_and_a_fifth_is_not(server: Server, make_fetcher: MakeFetcher):
    assert make_fetcher().fetch(server.url + "/hops-4").url == server.url + "/page"
    with pytest.raises(errors.SourceUnavailable, match="more than 3 redirects"):
        make_fetcher(max_hops=3).fetch(server.url + "/hops-4")


@pytest.mark.statement("R4")
def test_a_redirect_to_a_login_page_shows_in_the_address_of_the_answer(server: Server, fetcher: Fetcher):
    answer = fetcher.fetch(server.url + "/to-login")
    assert answer.status == 200
    assert answer.url == server.url + "/account/login?next=%2Fpage"


@pytest.mark.statement("R5")
def test_a_host_that_asked_for_silence_is_not_asked_again_in_that_time(server: Server, make_fetcher: MakeFetcher):
    now = [1000.0]
    pace = Pace(clock=lambda: now[0], sleep=lambda seconds: None)
    fetcher = make_fetcher(
        parts={"pace": pace, "resolve": lambda name, port, **_: [(2, 1, 6, "", ("127.0.0.1", port))]}
    )
    url = f"http://listing.example.org:{server.port}"
    for _ in range(5):
        with pytest.raises(errors.RateLimited) as caught:
            fetcher.fetch(url + "/429-seconds", obey_robots=False)
        assert caught.value.retry_after_seconds in (90, 91)
    assert len(server.requests) == 1
    now[0] += 90
    assert fetcher.fetch(url + "/page", obey_robots=False).body == PAGE


def test_the_server_of_these_tests_answers_an_ordinary_client(server: Server):
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(server.url + "/page", timeout=5).content == PAGE
    assert raw_server.message().endswith(PAGE)
