"""The fast lane: the same answers as the usual way, for plain requests alone, and never a wait."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reviews import i18n
from reviews.config import Settings
from reviews.storage import Storage
from reviews.web.fast_lane import FastLane
from reviews.web.hot import SnapshotLayer
from reviews.web.security import HSTS
from tests.conftest import FakeClock
from tests.web.test_raw_requests import ANSWER_SECONDS, Server, server  # noqa: F401 — the fixture
from tests.web.test_widget_hot import Answer, Away, behind
from tests.web.widget_samples import Installed, review

PATH = "w/elm-street/data.json"


def request(path: str = PATH, *lines: str, host: str = "reviews.example.org") -> bytes:
    return "\r\n".join((f"GET /{path} HTTP/1.1", f"Host: {host}", *lines, "", "")).encode("latin-1")


@pytest.fixture
def away(storage: Storage, tmp_path: Path) -> Away:
    found = Installed(storage, tmp_path / "data", i18n.load())
    found.collect([review("a", "The first wording.")])
    found.refresh()
    return Away(storage)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", base_url="https://reviews.example.org")


@pytest.fixture
def layer(away: Away, settings: Settings, clock: FakeClock) -> Iterator[SnapshotLayer]:
    made = SnapshotLayer(behind, away, settings, clock)  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture
def lane(layer: SnapshotLayer, settings: Settings, clock: FakeClock) -> FastLane:
    return FastLane(layer, settings, "gunicorn", clock)


def parse(parts: tuple[bytes, ...] | None) -> tuple[str, dict[str, str], bytes]:
    assert parts is not None
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return status, dict(line.split(": ", 1) for line in lines), body


@pytest.mark.statement("W19", "W22")
@pytest.mark.parametrize("encoding", ["", "gzip", "br", "gzip;q=0"])
def test_it_answers_with_the_bytes_and_headers_of_the_usual_way(
    lane: FastLane, layer: SnapshotLayer, encoding: str
) -> None:
    asked = {"HTTP_ACCEPT_ENCODING": encoding} if encoding else {}
    usual = Answer(layer, f"/{PATH}", **asked)
    lines = [f"Accept-Encoding: {encoding}"] if encoding else []
    status, headers, body = parse(lane.read(request(PATH, *lines)))
    assert (status, body) == ("HTTP/1.1 200 OK", usual.body)
    own = {"Server": "gunicorn", "Date": "Sun, 22 Nov 2026 09:00:00 GMT", "Connection": "keep-alive"}
    assert headers == {**usual.headers, **own, "Strict-Transport-Security": HSTS}
    known = parse(lane.read(request(PATH, *lines, f"If-None-Match: {usual.headers['ETag']}")))
    assert (known[0], known[2]) == ("HTTP/1.1 304 Not Modified", b"")
    assert known[1]["ETag"] == usual.headers["ETag"]


@pytest.mark.statement("W22", "W64", "W21", "R17")
def test_what_is_not_known_to_be_fresh_takes_the_usual_way(
    lane: FastLane, layer: SnapshotLayer, away: Away, clock: FakeClock
) -> None:
    assert lane.read(request()) is None
    Answer(layer, f"/{PATH}")
    assert lane.read(request()) is not None
    reads = away.reads
    clock.advance(seconds=1)
    assert lane.read(request()) is None
    assert away.reads == reads
    Answer(layer, f"/{PATH}")
    assert lane.read(request()) is not None
    layer._table[PATH] = replace(layer._table[PATH], keep_until=clock.now + timedelta(days=1))
    assert lane.read(request()) is None
    away.is_away = True
    clock.advance(seconds=2)
    assert Answer(layer, f"/{PATH}").headers["X-Reviews-Stale"] == "1"
    assert lane.read(request()) is None


GOOD = request()
DOUBTFUL = {
    "another method": GOOD.replace(b"GET", b"HEAD"),
    "lower case": GOOD.replace(b"GET", b"get"),
    "older": GOOD.replace(b"1.1", b"1.0"),
    "query": request(PATH + "?x=1"),
    "dots": request("w/../" + PATH),
    "escaped": request("w/elm%2dstreet/data.json"),
    "absolute": GOOD.replace(b"GET /", b"GET http://reviews.example.org/"),
    "two hosts": request(PATH, "Host: reviews.example.org"),
    "another host": request(host="evil.example"),
    "no host": GOOD.replace(b"Host: reviews.example.org\r\n", b"Accept: x\r\n"),
    "no fields": f"GET /{PATH} HTTP/1.1\r\n\r\n".encode(),
    "body": request(PATH, "Content-Length: 5") + b"hello",
    "empty body": request(PATH, "Content-Length: 0"),
    "chunked": request(PATH, "Transfer-Encoding: chunked"),
    "close": request(PATH, "Connection: close"),
    "upgrade": request(PATH, "Connection: Upgrade", "Upgrade: h2c"),
    "expect": request(PATH, "Expect: 100-continue"),
    "range": request(PATH, "Range: bytes=0-1"),
    "underscore": request(PATH, "X_Forwarded_For: 1"),
    "blank before the colon": request(PATH, "Accept : x"),
    "folded": request(PATH, "Accept: x\r\n y"),
    "bare line feed": GOOD.replace(b"\r\n", b"\n"),
    "control": request(PATH, "Accept: a\x00b"),
    "latin": request(PATH, "Accept: \xe9"),
    "two conditions": request(PATH, 'If-None-Match: "a"', 'If-None-Match: "b"'),
    "too many fields": request(PATH, *(f"X-{n}: 1" for n in range(40))),
    "pipelined": GOOD + GOOD,
    "more to come": GOOD[:-2],
    "not a snapshot": request("login"),
    "nothing": b"",
}


@pytest.mark.parametrize("raw", DOUBTFUL.values(), ids=DOUBTFUL.keys())
def test_whatever_can_be_read_in_two_ways_takes_the_usual_way(lane: FastLane, layer: SnapshotLayer, raw: bytes) -> None:
    Answer(layer, f"/{PATH}")
    assert lane.read(GOOD) is not None
    assert lane.read(raw) is None


def answers(server: Server, *requests: bytes) -> list[tuple[str, dict[str, str], bytes]]:  # noqa: F811
    """The answers to requests that are sent one after the other on one connection."""
    found = []
    with socket.create_connection(("127.0.0.1", server.port), timeout=ANSWER_SECONDS) as connection:
        for each in requests:
            connection.sendall(each)
            raw = b""
            while b"\r\n\r\n" not in raw:
                raw += connection.recv(65536)
            status, headers, body = parse((raw,))
            while len(body) < int(headers.get("Content-Length", 0)):
                body += connection.recv(65536)
            found.append((status, headers, body))
    return found


def test_over_a_real_connection_the_lane_and_the_usual_way_answer_alike(server: Server) -> None:  # noqa: F811
    plain = request("widget/v1.js", host=server.host.decode())
    first, second, third = answers(server, plain, plain, plain)
    assert first[0] == "HTTP/1.1 200 OK"
    assert len(first[2]) == int(first[1]["Content-Length"])
    assert second[0::2] == third[0::2] == first[0::2]
    for each in (second, third):
        assert {**each[1], "Date": ""} == {**first[1], "Date": ""}


def test_a_doubtful_request_after_a_plain_one_is_refused_as_ever(server: Server) -> None:  # noqa: F811
    plain = request("widget/v1.js", host=server.host.decode())
    smuggled = request("widget/v1.js", "Content-Length: 4", "Transfer-Encoding: chunked", host=server.host.decode())
    found = answers(server, plain, plain, smuggled)
    assert [each[0].split()[1] for each in found] == ["200", "200", "400"]
    two = answers(server, plain, plain.replace(b"v1.js", b"none.js"), plain)
    assert [each[0].split()[1] for each in two[::2]] == ["200", "200"]


def test_a_client_that_takes_its_answer_slowly_gets_all_of_it_and_holds_up_nobody(server: Server) -> None:  # noqa: F811
    plain = request("widget/v1.js", host=server.host.decode())
    length = len(answers(server, plain)[0][2])
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    slow.settimeout(ANSWER_SECONDS)
    with slow:
        slow.connect(("127.0.0.1", server.port))
        slow.sendall(plain)
        first = b""
        while not first.partition(b"\r\n\r\n")[2][length - 1 :]:
            first += slow.recv(1024)
        slow.sendall(plain)
        assert answers(server, plain, plain)[1][2]
        again = b""
        while not again.partition(b"\r\n\r\n")[2][length - 1 :]:
            again += slow.recv(1024)
    assert again.partition(b"\r\n\r\n")[2] == first.partition(b"\r\n\r\n")[2]
