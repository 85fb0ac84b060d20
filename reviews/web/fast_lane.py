"""Plain requests for snapshots, answered by the server's own loop without a thread, a parser or an environment.

Only what can be read in exactly one way is answered here: a whole GET request in one piece, nothing after it, of plain
characters, for one trusted host, without a body, an upgrade or a wish about the connection; for a snapshot that is at
hand, fresh, and bound by no terms. Everything else takes the usual way through the strict parser and `Guard`, and gets
the same bytes there. Nothing here waits for anybody: neither for a client nor for the database.
"""

import re
import socket
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from reviews.clock import Clock, utc_now
from reviews.config import Settings
from reviews.web.hot import Entry, SnapshotLayer, Variant, accepts_gzip, names_tag
from reviews.web.security import HSTS, trusted_hosts

MOST_BYTES = 4096
MOST_FIELDS = 40
REQUEST = re.compile(rb"GET /([A-Za-z0-9][A-Za-z0-9/._@-]*) HTTP/1\.1\r\n((?:[A-Za-z0-9-]+: ?[\x20-\x7e]*\r\n)+)\r\n")
DOUBTFUL = frozenset(
    ("content-length", "transfer-encoding", "upgrade", "expect", "te", "trailer", "http2-settings", "range")
)
SINGLE = frozenset(("host", "accept-encoding", "if-none-match", "connection"))


class FastLane:
    """What a connection that has sent something may be answered at once."""

    def __init__(self, layer: SnapshotLayer, settings: Settings, server: str = "", clock: Clock = utc_now) -> None:
        self._layer, self._clock = layer, clock
        self._hosts = frozenset(trusted_hosts(settings))
        self._more = f"Strict-Transport-Security: {HSTS}\r\n" if settings.is_https else ""
        self._server = f"Server: {server}\r\n" if server else ""
        self._heads: dict[tuple[int, bool], tuple[Variant, bytes, bytes]] = {}
        self._date: tuple[datetime, bytes] | None = None

    def answer(self, connection: socket.socket) -> tuple[bytes, ...] | None:
        """The parts of the answer to what a connection has sent, which is then taken from it; None for the usual way.

        The connection must not block.
        """
        try:
            head = connection.recv(MOST_BYTES, socket.MSG_PEEK)
        except OSError:
            return None
        parts = self.read(head)
        if parts is not None:
            connection.recv(len(head))
        return parts

    def read(self, head: bytes) -> tuple[bytes, ...] | None:
        """The parts of the answer to a whole, plain request; None for everything else."""
        found = REQUEST.fullmatch(head)
        fields = _fields(found[2]) if found else None
        if found is None or fields is None or fields.get("host", "").lower() not in self._hosts:
            return None
        now = self._clock()
        entry = self._layer.find_fresh(found[1].decode(), now)
        if entry is None:
            return None
        return self._write(entry, fields, now)

    def _write(self, entry: Entry, fields: Mapping[str, str], now: datetime) -> tuple[bytes, ...]:
        variant = entry.gzip if accepts_gzip(fields.get("accept-encoding", "")) else entry.plain
        condition = fields.get("if-none-match")
        is_known = condition is not None and names_tag(condition, variant.etag)
        start, rest = self._head(variant, is_known)
        return (start, self._date_line(now), rest) if is_known else (start, self._date_line(now), rest, variant.body)

    def _head(self, variant: Variant, is_known: bool) -> tuple[bytes, bytes]:
        """What stands before and after the date, put together once for each variant."""
        key = id(variant), is_known
        found = self._heads.get(key)
        if found is None or found[0] is not variant:
            if len(self._heads) > 10_000:
                self._heads.clear()
            status = "304 Not Modified" if is_known else "200 OK"
            lines = "".join(f"{name}: {value}\r\n" for name, value in variant.headers_for(is_known))
            start = f"HTTP/1.1 {status}\r\n{self._server}Date: "
            rest = f"\r\nConnection: keep-alive\r\n{lines}{self._more}\r\n"
            found = self._heads[key] = (variant, start.encode("latin-1"), rest.encode("latin-1"))
        return found[1], found[2]

    def _date_line(self, now: datetime) -> bytes:
        second = now.replace(microsecond=0)
        if self._date is None or self._date[0] != second:
            self._date = second, format_datetime(second, usegmt=True).encode()
        return self._date[1]


def _fields(block: bytes) -> dict[str, str] | None:
    """The header fields by their name in lower case; None where one of them asks for more than a plain answer."""
    found: dict[str, str] = {}
    lines = block.decode("ascii").split("\r\n")[:-1]
    if len(lines) > MOST_FIELDS:
        return None
    for line in lines:
        name, _, value = line.partition(":")
        name = name.lower()
        if name in DOUBTFUL or (name in SINGLE and name in found):
            return None
        found[name] = value.strip(" ")
    return found if found.get("connection", "keep-alive").lower() == "keep-alive" else None
