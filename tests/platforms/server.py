"""Fake platforms on loopback: an API-like listing, pages and files of invented clinics, and faults on demand.

Nothing sleeps; what must not answer waits for the end of the test. By hand: ``python -m tests.platforms``.
"""

import gzip
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs, urlsplit

from tests.platforms import sites
from tests.platforms.listing import Listing


@dataclass(frozen=True)
class Reply:
    """One answer; `cut` sends only so many bytes of the promised body, `hang` never answers, or never goes on."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    hang: bool = False


@dataclass(frozen=True)
class Asked:
    """One request that came."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    method: str = "GET"
    body: bytes = b""

    def first(self, name: str) -> str:
        """The first value of a parameter, or nothing."""
        return self.query.get(name, [""])[0]


Fault = Callable[[Reply], Reply]
FAULTS: dict[str, Fault] = {
    "500": lambda reply: Reply(500, b"<h1>Server error</h1>"),
    "503": lambda reply: Reply(503, b"<h1>Busy</h1>"),
    "429": lambda reply: Reply(429, b"slow down", headers={"Retry-After": "120"}),
    "401": lambda reply: Reply(401, b"{}", "application/json"),
    "403": lambda reply: Reply(403, b"no"),
    "404": lambda reply: Reply(404, b"not here"),
    "410": lambda reply: Reply(410, b"gone"),
    "timeout": lambda reply: Reply(hang=True),
    "half_body": lambda reply: Reply(
        reply.status, reply.body, reply.content_type, reply.headers, cut=len(reply.body) // 2
    ),
    "slow_body": lambda reply: Reply(
        reply.status, reply.body, reply.content_type, reply.headers, cut=len(reply.body) // 2, hang=True
    ),
    "private": lambda reply: Reply(302, b"", headers={"Location": "http://10.0.0.1/private"}),
    "truncated": lambda reply: Reply(reply.status, reply.body[: len(reply.body) * 2 // 3], reply.content_type),
    "wrong_type": lambda reply: Reply(200, b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png"),
    "login": lambda reply: Reply(302, b"", headers={"Location": "/login"}),
    "html": lambda reply: Reply(200, sites.EMPTY.encode()),
    "empty": lambda reply: Reply(200, b"", reply.content_type),
    "gzip": lambda reply: Reply(
        reply.status, gzip.compress(reply.body), reply.content_type, {**reply.headers, "Content-Encoding": "gzip"}
    ),
}
"""What can happen to an answer, by name."""


class Api(Protocol):
    """A fake of one platform's API; `origins` is the platform's address → the folder that stands in for it here."""

    origins: dict[str, str]

    def answer(self, asked: Asked) -> Reply:
        """The answer to a request; its path begins with the folder."""


ApiT = TypeVar("ApiT", bound=Api)


class Platforms:
    """The server; `pages` is path → HTML, (bytes, content type) or Reply, `faults` path (or "*") → name of a fault.

    `add` gives it a platform's API; `stand_ins` is what a fetcher needs to find it there.
    """

    def __init__(self, port: int = 0) -> None:
        self.listings: dict[str, Listing] = {}
        self.pages: dict[str, str | tuple[bytes, str] | Reply] = {"/login": sites.LOGIN}
        self.faults: dict[str, str] = {}
        self.apis: dict[str, Api] = {}
        self.stand_ins: dict[str, str] = {}
        self.requests: list[Asked] = []
        self.stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Platforms":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def add(self, api: ApiT) -> ApiT:
        """Let a platform's API answer here."""
        for origin, folder in api.origins.items():
            self.apis[folder] = api
            self.stand_ins[origin] = f"{self.url}/{folder}"
        return api

    def asked(self, path: str) -> list[Asked]:
        """The requests for one path."""
        return [request for request in self.requests if request.path == path]

    def answer(self, asked: Asked) -> Reply:
        """What a request gets, faults included."""
        self.requests.append(asked)
        reply = self._plain(asked)
        fault = self.faults.get(asked.path) or (
            self.faults.get("*") if asked.path not in ("/login", "/robots.txt") else None
        )
        return FAULTS[fault](reply) if fault else reply

    def _plain(self, asked: Asked) -> Reply:
        parts = asked.path.strip("/").split("/")
        if parts[0] in self.apis:
            return self.apis[parts[0]].answer(asked)
        if parts[:2] == ["v1", "listings"] and len(parts) in (3, 4):
            return self._api(asked, parts)
        page = self.pages.get(asked.path)
        if page is None:
            return Reply(404, b"not here")
        if isinstance(page, Reply):
            return page
        body, kind = page if isinstance(page, tuple) else (page.encode(), "text/html; charset=utf-8")
        return _conditional(asked, body, kind)

    def _api(self, asked: Asked, parts: list[str]) -> Reply:
        listing = self.listings.get(parts[2])
        if listing is None:
            return json_reply({"error": {"code": "not_found"}}, 404)
        if asked.headers.get("authorization") != f"Bearer {listing.token}":
            return json_reply({"error": {"code": "unauthorized"}}, 401)
        if len(parts) == 3:
            state = json.dumps([record.as_json() for record in listing.newest_first()])
            return _conditional(asked, json.dumps(listing.head()).encode(), "application/json", state)
        page = listing.page(asked.query.get("page_token", [""])[0])
        return json_reply({"error": {"code": "invalid_page_token"}}, 400) if page is None else json_reply(page)


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    """An answer in JSON."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), "application/json; charset=utf-8", names)


def _conditional(asked: Asked, body: bytes, content_type: str, state: str = "") -> Reply:
    etag = '"' + hashlib.sha256(body + state.encode()).hexdigest()[:16] + '"'
    if asked.headers.get("if-none-match") == etag:
        return Reply(304, b"", content_type, {"ETag": etag})
    return Reply(200, body, content_type, {"ETag": etag})


def _handler(platforms: Platforms) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            reply = platforms.answer(Asked(parts.path, parse_qs(parts.query), headers, self.command, body))
            if reply.hang and reply.cut is None:
                platforms.stopped.wait()
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 304:
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: reply.cut])
            if reply.cut is not None:
                self.close_connection = True
                if reply.hang:
                    self.wfile.flush()
                    platforms.stopped.wait()

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: tests read `requests`."""

    return Handler


def demo_platforms(port: int = 0) -> Platforms:
    """A server with one listing, one site of three pages, and one file."""
    platforms = Platforms(port)
    platforms.listings["willow-lane"] = Listing().fill(10)
    for number in (1, 2, 3):
        following = f"/reviews/{number + 1}" if number < 3 else None
        platforms.pages[f"/reviews/{number}"] = sites.json_ld_page(
            sites.REVIEWS[number * 2 - 2 : number * 2], next_url=following
        )
    rows = ["author;rating;date;text", *(f"{r.author};{r.stars};{r.day};{r.text}" for r in sites.REVIEWS)]
    platforms.pages["/export.csv"] = ("\n".join(rows).encode(), "text/csv")
    return platforms
