"""Ambiguous requests over a socket against the real server: refused, or answered once; never twice, never 5xx."""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 1.5
"""How long a doubtful request is listened to: the server may be waiting for the rest of it."""
ANSWER_SECONDS = 30
"""How long an answer that must come may take."""


@dataclass(frozen=True)
class Server:
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def host(self) -> bytes:
        return f"127.0.0.1:{self.port}".encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("raw")
    port = free_port()
    home = {**os.environ, "HOME": str(folder), "PYTHONWARNINGS": "default"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.web.raw_server", str(folder), str(port)],
            cwd=ROOT, env=home, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_until_up(port, process)
        yield Server(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0, (folder / "log").read_text()
        assert not list(folder.glob(".gunicorn*")), "a control socket was opened"


def wait_until_up(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server has ended"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not come up")


def send(port: int, raw: bytes, timeout_seconds: float = TIMEOUT_SECONDS) -> bytes:
    """All that comes back until the server closes or says no more."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_seconds) as connection:
        try:
            connection.sendall(raw)
            found = b""
            while piece := connection.recv(65536):
                found += piece
        except (TimeoutError, ConnectionError):
            pass
        return found


def statuses(found: bytes) -> list[int]:
    """The status of each answer; bodies of our refusals hold no such line."""
    return [int(line[9:12]) for line in found.split(b"\r\n") if line.startswith(b"HTTP/1.")]


# Each with a second request hidden behind or inside it, so that a server that reads it the other way answers twice.
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: HOST\r\nX-Hidden: 1\r\n\r\n"
POST = b"POST /login HTTP/1.1\r\nHost: HOST\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: HOST\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
DOUBTFUL = {
    "length and chunked": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunked and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 90\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two lengths that differ": POST + b"Content-Length: 0\r\nContent-Length: 70\r\n\r\n" + HIDDEN,
    "a list of lengths": POST + b"Content-Length: 0, 70\r\n\r\n" + HIDDEN,
    "a length with a plus": POST + b"Content-Length: +3\r\n\r\na=1" + HIDDEN,
    "a hexadecimal length": POST + b"Content-Length: 0x3\r\n\r\na=1" + HIDDEN,
    "a length with an underscore": POST + b"Content-Length: 1_0\r\n\r\n" + HIDDEN,
    "a negative length": POST + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "another coding first": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a coding nobody knows": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a blank before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a vertical tab before the coding": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a folded line": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunked in HTTP 1.0": POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a chunk size with 0x": CHUNKED + b"0x3\r\na=1\r\n0\r\n\r\n",
    "a chunk size with a blank before": CHUNKED + b" 3\r\na=1\r\n0\r\n\r\n",
    "a chunk size with a sign": CHUNKED + b"+3\r\na=1\r\n0\r\n\r\n",
    "a huge chunk size": CHUNKED + b"FFFFFFFFFFFFFFFFF\r\na=1\r\n0\r\n\r\n",
    "a chunk that is longer than it says": CHUNKED + b"3\r\na=1&b=2\r\n0\r\n\r\n",
    "chunks that end in a line feed": CHUNKED + b"3\na=1\n0\n\n",
    "letters for a chunk size": CHUNKED + b"zz\r\na=1\r\n0\r\n\r\n",
    "a body on a reading method": GET + b"Content-Length: 70\r\n\r\n" + HIDDEN,
    "a chunked body on a reading method": GET + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + HIDDEN,
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "an empty host": b"GET /healthz HTTP/1.1\r\nHost: \r\n\r\n",
    "another host": b"GET /healthz HTTP/1.1\r\nHost: evil.example.net\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: HOST\r\nHost: evil.example.net\r\n\r\n",
    "a host with a path": b"GET /healthz HTTP/1.1\r\nHost: HOST/x\r\n\r\n",
    "an absolute address": b"GET http://evil.example.net/healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "TRACE": b"TRACE /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "CONNECT": b"CONNECT evil.example.net:443 HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "a method in small letters": b"get /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "a method of our own": b"PURGE /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "a version that is none": b"GET /healthz HTTP/1.9x\r\nHost: HOST\r\n\r\n",
    "the beginning of HTTP 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a long address": b"GET /" + b"a" * 30_000 + b" HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "a long header": GET + b"X-Long: " + b"a" * 90_000 + b"\r\n\r\n",
    "many headers": GET + b"".join(b"X-%d: 1\r\n" % n for n in range(300)) + b"\r\n",
    "much in many headers": GET + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 800) for n in range(40)) + b"\r\n",
    "a header without a colon": GET + b"Nothing\r\n\r\n",
    "a NUL in a header": GET + b"X-Nul: a\x00b\r\n\r\n",
    "a bare carriage return": GET + b"X-Cr: a\rX-Other: b\r\n\r\n",
    "line feeds alone": b"GET /healthz HTTP/1.1\nHost: HOST\nContent-Length: 0\n\n",
}


@pytest.mark.slow
@pytest.mark.statement("F13", "T34", "H14", "A23", "A40")
@pytest.mark.parametrize("title", DOUBTFUL)
def test_a_doubtful_request_is_refused_or_left_waiting(server: Server, title: str) -> None:
    found = send(server.port, DOUBTFUL[title].replace(b"HOST", server.host))
    said = statuses(found)
    assert len(said) <= 1, found
    assert all(400 <= status < 500 for status in said), found


@pytest.mark.slow
@pytest.mark.statement("F13")
@pytest.mark.parametrize(
    "raw",
    [
        GET + b"\r\n",
        GET + b"X_Forwarded_For: 6.6.6.6\r\n\r\n",
        GET + b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n",
        b"HEAD /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    ],
)
def test_an_ordinary_request_is_answered_once(server: Server, raw: bytes) -> None:
    raw = raw.replace(b"HOST", server.host).removesuffix(b"\r\n") + b"Connection: close\r\n\r\n"
    assert statuses(send(server.port, raw, ANSWER_SECONDS)) == [200]


@pytest.mark.slow
def test_a_connection_is_kept_for_the_next_request(server: Server) -> None:
    raw = (GET + b"\r\n").replace(b"HOST", server.host)
    with socket.create_connection(("127.0.0.1", server.port), timeout=ANSWER_SECONDS) as connection:
        for _ in range(2):
            connection.sendall(raw)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert answer.status == 200
            assert len(answer.read()) == int(answer.headers["Content-Length"])


@pytest.mark.slow
@pytest.mark.statement("F13")
def test_a_chunked_form_is_read_to_its_end(server: Server) -> None:
    body = b"5\r\nemail\r\n0\r\n\r\n"
    raw = POST + b"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    raw = (raw + GET + b"Connection: close\r\n\r\n").replace(b"HOST", server.host)
    assert statuses(send(server.port, raw, ANSWER_SECONDS)) in ([400], [400, 200])


@pytest.mark.slow
@pytest.mark.statement("H14")
def test_mutants_of_doubtful_requests_never_break_the_server(server: Server) -> None:
    chance = random.Random(20261122)
    seeds = list(DOUBTFUL.values())
    for _ in range(300):
        raw = bytearray(chance.choice(seeds).replace(b"HOST", server.host)[:2000])
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(raw))
            act = chance.randrange(3)
            if act == 0:
                raw[at] = chance.choice(b"\r\n\t :,;0123456789aZ\x00\xff")
            elif act == 1:
                del raw[at : at + chance.randint(1, 5)]
            else:
                raw[at:at] = chance.choice([b"\r\n", b" ", b"0", b"chunked", b",", b"\n"])
        found = send_quickly(server.port, bytes(raw))
        assert all(status < 500 for status in statuses(found)), (bytes(raw), found)


def send_quickly(port: int, raw: bytes) -> bytes:
    """As `send`, but tells the server that nothing follows, so that it does not wait for the rest."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) as connection:
        found = b""
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                found += piece
        except (TimeoutError, OSError):
            pass
        return found


@pytest.mark.slow
@pytest.mark.parametrize("half", [GET + b"X-Half: ", POST + b"Content-Length: 500\r\n\r\nemail="], ids=["head", "body"])
def test_clients_that_fall_silent_do_not_hold_the_server(server: Server, half: bytes) -> None:
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(12)]
    try:
        for connection in silent:
            connection.sendall(half.replace(b"HOST", server.host))
        with socket.create_connection(("127.0.0.1", server.port), timeout=50) as other:
            other.sendall((GET + b"Connection: close\r\n\r\n").replace(b"HOST", server.host))
            assert other.recv(100).startswith(b"HTTP/1.1 200")
    finally:
        for connection in silent:
            connection.close()


@pytest.mark.slow
def test_hup_renews_the_workers_and_refuses_nobody(server: Server) -> None:
    raw = (GET + b"Connection: close\r\n\r\n").replace(b"HOST", server.host)
    assert statuses(send(server.port, raw, ANSWER_SECONDS)) == [200]
    server.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        assert statuses(send(server.port, raw, ANSWER_SECONDS)) == [200]
    assert server.process.poll() is None
