"""Pace, robots.txt, conditional requests, and what a request says about us."""

import email.message
import ipaddress
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from reviews import config, errors
from reviews.fetcher import Answer, Fetcher, FetchPolicy, Pace
from reviews.fetcher.answer import find_charset, parse_retry_after
from tests.conftest import NOW
from tests.platforms import raw_server
from tests.platforms.raw_server import PAGE, Server, message

AGENT = "ClinicReviews/0.1 (+https://reviews.example.org)"


class Seconds:
    """A monotonic clock whose sleep only moves it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def server() -> Iterator[Server]:
    with raw_server.serve() as running:
        yield running


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def fetcher(server: Server, seconds: Seconds) -> Fetcher:
    """Reaches the server as clinic.example.org, so that it counts as a foreign host."""
    policy = FetchPolicy(
        user_agent=AGENT, allow_private_nets=(ipaddress.ip_network("127.0.0.0/8"),), allow_ports=(server.port,)
    )
    return Fetcher(
        policy,
        resolve=lambda name, port, **_: [(2, 1, 6, "", ("127.0.0.1", port))],
        pace=Pace(clock=seconds, sleep=seconds.sleep),
        monotonic=seconds,
        now=lambda: NOW,
    )


def url(server: Server, path: str, host: str = "clinic.example.org") -> str:
    return f"http://{host}:{server.port}{path}"


def paths(server: Server) -> list[str]:
    return [head.split(" ")[1] for head in server.requests]


def test_a_request_says_honestly_who_asks_and_nothing_else(server: Server, fetcher: Fetcher):
    fetcher.fetch(url(server, "/page"))
    head = server.asked("/page")[0]
    assert head.split("\r\n") == [
        "GET /page HTTP/1.1",
        f"Host: clinic.example.org:{server.port}",
        f"User-Agent: {AGENT}",
        "Accept: text/html",
        "Accept-Encoding: gzip, deflate",
        "Connection: close",
        "",
        "",
    ]
    assert f"User-Agent: {AGENT}" in server.asked("/robots.txt")[0]


def test_requests_to_one_host_keep_their_distance_and_other_hosts_do_not_wait(
    server: Server, fetcher: Fetcher, seconds: Seconds
):
    for _ in range(3):
        fetcher.fetch(url(server, "/page"), obey_robots=False, min_pace_seconds=2)
    assert seconds.slept == [2, 2]
    fetcher.fetch(url(server, "/page", "other.example.org"), obey_robots=False, min_pace_seconds=2)
    assert seconds.slept == [2, 2]


def test_addresses_of_the_operators_own_machine_are_not_paced(server: Server, fetcher: Fetcher, seconds: Seconds):
    for _ in range(3):
        fetcher.fetch(server.url + "/page", obey_robots=False)
    assert seconds.slept == []


def test_all_fetchers_of_a_process_share_one_pace():
    policy = FetchPolicy(user_agent=AGENT)
    assert Fetcher(policy)._pace is Fetcher(policy)._pace


def test_the_pace_gives_each_thread_its_own_turn(seconds: Seconds):
    waits: list[float] = []
    pace = Pace(clock=seconds, sleep=waits.append)
    assert [pace.wait("h", 1.5) for _ in range(4)] == [0, 1.5, 3.0, 4.5]
    assert waits == [1.5, 3.0, 4.5]


def test_the_pace_forgets_hosts_whose_turn_has_passed(seconds: Seconds):
    pace = Pace(clock=seconds, sleep=seconds.sleep)
    for number in range(1500):
        pace.wait(f"h{number}", 0.001)
        seconds.now += 1
    assert len(pace._next_turn) <= 1001


ROBOTS = b"""User-agent: *
Disallow: /private/
Disallow: /*.pdf$
Allow: /private/open

User-agent: ClinicReviews
Crawl-delay: 4
Disallow: /private/
Allow: /private/open
"""


def test_robots_txt_is_obeyed_and_asked_once_a_day(server: Server, fetcher: Fetcher, seconds: Seconds):
    server.scripted["/robots.txt"] = [message(body=ROBOTS)]
    for _ in range(3):
        assert fetcher.fetch(url(server, "/page")).body == PAGE
        with pytest.raises(errors.SourceBlocked) as caught:
            fetcher.fetch(url(server, "/private/file"))
        assert "robots.txt" in caught.value.hint
    assert paths(server) == ["/robots.txt", "/page", "/page", "/page"]
    seconds.now += 86_401
    fetcher.fetch(url(server, "/page"))
    assert paths(server)[-2:] == ["/robots.txt", "/page"]


def test_a_crawl_delay_is_kept_up_to_ten_seconds(server: Server, fetcher: Fetcher, seconds: Seconds):
    server.scripted["/robots.txt"] = [message(body=ROBOTS)]
    for _ in range(2):
        fetcher.fetch(url(server, "/page"))
    assert seconds.slept[-1] == 4
    server.scripted["/robots.txt"] = [message(body=ROBOTS.replace(b"delay: 4", b"delay: 9999"))]
    for _ in range(2):
        fetcher.fetch(url(server, "/page", "slow.example.org"))
    assert seconds.slept[-1] == 10


def test_time_spent_waiting_for_the_turn_is_not_taken_from_the_deadline(
    server: Server, fetcher: Fetcher, seconds: Seconds
):
    for _ in range(2):
        assert fetcher.fetch(url(server, "/page"), min_pace_seconds=30, deadline_seconds=5).body == PAGE
    assert seconds.slept == [30]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", errors.SourceBlocked),
        ("403 Forbidden", errors.SourceBlocked),
        ("500 Oops", errors.SourceUnavailable),
        ("503 Busy", errors.SourceUnavailable),
        ("429 Slow", errors.RateLimited),
    ],
)
def test_without_an_answer_about_robots_nothing_is_allowed(
    server: Server, fetcher: Fetcher, status: str, kind: type[errors.SourceError]
):
    server.scripted["/robots.txt"] = [message(status, b"")]
    with pytest.raises(errors.SourceError) as caught:
        fetcher.fetch(url(server, "/page"))
    assert type(caught.value) is kind
    assert paths(server) == ["/robots.txt"]


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone", "400 Bad Request", "204 No Content"])
def test_without_a_robots_txt_everything_is_allowed(server: Server, fetcher: Fetcher, status: str):
    server.scripted["/robots.txt"] = [message(status, b"")]
    assert fetcher.fetch(url(server, "/page")).body == PAGE


def test_a_robots_txt_that_cannot_be_fetched_is_asked_again_next_time(server: Server, fetcher: Fetcher):
    server.scripted["/robots.txt"] = [message("500 Oops", b""), message(body=b"")]
    with pytest.raises(errors.SourceUnavailable):
        fetcher.fetch(url(server, "/page"))
    assert fetcher.fetch(url(server, "/page")).body == PAGE


def test_a_giant_robots_txt_is_unknown_rules(server: Server, fetcher: Fetcher):
    server.scripted["/robots.txt"] = [message(body=b"#" * 600_000)]
    with pytest.raises(errors.SourceUnavailable):
        fetcher.fetch(url(server, "/page"))


def test_each_site_of_a_redirect_is_asked_about_robots(server: Server, fetcher: Fetcher):
    server.scripted["/from"] = [message("301 Moved", b"", f"Location: {url(server, '/private/x', 'b.example.org')}")]
    server.scripted["/robots.txt"] = [message("404 Not Found", b""), message(body=ROBOTS)]
    with pytest.raises(errors.SourceBlocked):
        fetcher.fetch(url(server, "/from", "a.example.org"))
    assert paths(server) == ["/robots.txt", "/from", "/robots.txt"]


def test_a_page_that_has_not_changed_is_not_sent_again(server: Server, fetcher: Fetcher):
    modified = "Sat, 21 Nov 2026 08:00:00 GMT"
    server.scripted["/page"] = [
        message("200 OK", PAGE, 'ETag: "v1"', f"Last-Modified: {modified}"),
        raw_server.bare('HTTP/1.1 304 Not Modified\nETag: "v1"'),
    ]
    first = fetcher.fetch(url(server, "/page"))
    assert first.validators == {"etag": '"v1"', "last_modified": modified}
    assert not first.not_modified
    second = fetcher.fetch(url(server, "/page"), validators=first.validators)
    assert (second.not_modified, second.status, second.body) == (True, 304, b"")
    head = server.asked("/page")[1]
    assert 'If-None-Match: "v1"\r\n' in head
    assert f"If-Modified-Since: {modified}\r\n" in head
    assert "If-" not in server.asked("/page")[0]


def test_an_answer_tells_type_charset_and_headers(server: Server, fetcher: Fetcher):
    answer = fetcher.fetch(url(server, "/page"))
    assert isinstance(answer, Answer)
    assert (answer.status, answer.content_type, answer.charset) == (200, "text/html", "utf-8")
    assert answer.headers["content-length"] == str(len(PAGE))


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/html; charset=UTF8", "utf-8"),
        ('text/html; charset="windows-1252"', "cp1252"),
        ("text/html", None),
        ("text/html; charset=klingon", None),
        ("text/html; charset=utf-7", None),
        ("text/html; charset=base64", None),
        ("text/html; charset=idna", None),
        ("text/html; charset=unicode-escape", None),
        ("text/html; charset=\x00", None),
    ],
)
def test_only_a_charset_that_can_be_trusted_is_named(content_type: str, charset: str | None):
    head = email.message.Message()
    head["Content-Type"] = content_type
    assert find_charset(head) == charset


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("tomorrow", None),
        ("Sun, 22 Nov 2026 09:00:30 GMT", 31),
        ("Sun, 22 Nov 2026 08:00:00 GMT", 0),
        ("Sun, 22 Nov 2026 09:00:30", None),
        ("Mon, 99 Nov 99999 09:00:30 GMT", None),
        ("9" * 400, 21600),
        ("Tue, 24 Nov 2026 09:00:00 GMT", 21600),
    ],
)
@pytest.mark.statement("R5")
def test_retry_after_is_never_misread(text: str, wait: int | None):
    assert parse_retry_after(text, lambda: datetime(2026, 11, 22, 9, 0, tzinfo=UTC)) == wait


def test_the_policy_comes_from_the_settings():
    settings = config.Settings(contact="https://agency.example.org", allow_private_nets=("127.0.0.0/8",))
    policy = FetchPolicy.from_settings(settings)
    assert policy.user_agent == "ClinicReviews/0.1 (+https://agency.example.org)"
    assert policy.allow_private_nets == (ipaddress.ip_network("127.0.0.0/8"),)
    assert policy.allow_ports == (80, 443, 8080, 8443)
    assert FetchPolicy.from_settings(config.Settings()).allow_private_nets == ()


def test_threads_share_one_fetcher(server: Server, fetcher: Fetcher):
    with ThreadPoolExecutor(8) as threads:
        bodies = list(threads.map(lambda _: fetcher.fetch(server.url + "/page").body, range(40)))
    assert bodies == [PAGE] * 40


def test_private_networks_are_shouted_about(caplog: pytest.LogCaptureFixture):
    Fetcher(FetchPolicy(user_agent=AGENT))
    assert caplog.records == []
    Fetcher(FetchPolicy(user_agent=AGENT, allow_private_nets=(ipaddress.ip_network("10.0.0.0/8"),)))
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == ("WARNING", "private_networks_allowed")


def test_a_redirect_with_letters_of_its_own_is_read_as_utf8(server: Server, fetcher: Fetcher):
    server.scripted["/from"] = [message("302 Found", b"", "Location: /équipe?q=a b#top")]
    server.scripted["/%C3%A9quipe?q=a%20b"] = [message()]
    assert fetcher.fetch(url(server, "/from")).url == url(server, "/%C3%A9quipe?q=a%20b")
