"""The layer in front of Flask that answers GET and HEAD of snapshot paths with finished bytes.

A table in this process holds what was asked for. It is compared with the database at most once a second, by one small
question; when the database does not answer, the last good table goes on, and behind it the copies on disk, both with
``X-Reviews-Stale: 1``. What terms bound (`keep_until`) is never served later, from wherever it comes. No request header
but Accept-Encoding and If-None-Match changes a byte, and there is never a cookie.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reviews.clock import Clock, utc_now
from reviews.config import Settings
from reviews.errors import StorageError
from reviews.model import Snapshot
from reviews.publish import scripts
from reviews.publish.build import SHARED_HEADERS, cache_control, find_badge, make_png, make_snapshot
from reviews.publish.copies import find_copy
from reviews.storage import Storage, snapshots

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

T = TypeVar("T")
Headers = list[tuple[str, str]]

CHECK_EVERY = timedelta(seconds=1)
PATIENCE_SECONDS = 2.0
MAX_TABLE_BYTES = 64_000_000
MAX_CHANGES = 500
MAX_DRAWN = 2_000
"""PNG of so many paths are kept; each has some 6 KB."""
STATIC = Path(__file__).parent / "static" / "widget"
STATIC_FILES = {
    "widget/v1.js": ("v1.min.js", "text/javascript; charset=utf-8"),
    "widget/embed.js": ("embed.js", "text/javascript; charset=utf-8"),
    "widget/embed.css": ("embed.css", "text/css; charset=utf-8"),
    "widget/icon.svg": ("icon.svg", "image/svg+xml"),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One representation, ready to send; `headers` lack Cache-Control if the lifetime depends on the time."""

    etag: str
    body: bytes
    headers: Headers
    not_modified: Headers

    def headers_for(self, is_known: bool) -> Headers:
        """Those of the whole answer, or of "not modified"."""
        return self.not_modified if is_known else self.headers


@dataclass(frozen=True, slots=True)
class Entry:
    """One path: its plain and its gzip representation, and until when it may be served."""

    plain: Variant
    gzip: Variant
    keep_until: datetime | None
    content_type: str

    @property
    def size(self) -> int:
        """Bytes it keeps in memory, roughly."""
        return len(self.plain.body) + len(self.gzip.body) + 1000


class SnapshotLayer:
    """A WSGI application around another one; everything that is no snapshot is passed on to it."""

    def __init__(
        self, wsgi_app: "WSGIApplication", storage: Storage, settings: Settings, clock: Clock = utc_now
    ) -> None:
        self._app, self._storage, self._settings, self._clock = wsgi_app, storage, settings, clock
        self._static = load_static()
        self._table: dict[str, Entry] = {}
        self._bytes = 0
        self._drawn: dict[str, tuple[str, Entry | None]] = {}
        self._change: int | None = None
        self._checked_at: datetime | None = None
        self._is_stale = False
        self._checking = threading.Lock()
        # One thread asks the database all questions and alone changes the table: a database that hangs holds up no
        # visitor, and an older snapshot cannot be kept after a newer one.
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="snapshots")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a snapshot path, or pass the request on."""
        path = environ.get("PATH_INFO", "")[1:]
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not path.startswith(("w/", "r/", "widget/")):
            return self._app(environ, start_response)
        entry, is_stale = self._static.get(path), False
        if entry is None and not path.startswith("widget/"):
            now = self._clock()
            entry, is_stale = self._find(path, now)
            if entry is not None and entry.keep_until is not None and entry.keep_until <= now:
                return _unavailable(start_response)
        if entry is None:
            # Nobody knows what is not at hand: "not there" would push the good copies out of the caches in front.
            return _unavailable(start_response) if is_stale else self._app(environ, start_response)
        if not environ.get("HTTP_HOST"):
            start_response("400 Bad Request", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return [b""]
        return _answer(entry, is_stale, environ, start_response, self._clock)

    def find_fresh(self, path: str, now: datetime) -> Entry | None:
        """What is at hand, compared with the database within the last second, and bound by no terms; never waits."""
        entry = self._static.get(path)
        if entry is not None:
            return entry
        if self._is_stale or self._checked_at is None or not timedelta() <= now - self._checked_at < CHECK_EVERY:
            return None
        entry = self._table.get(path)
        return entry if entry is not None and entry.keep_until is None else None

    def close(self) -> None:
        """Stop asking the database."""
        self._asker.shutdown(wait=False, cancel_futures=True)

    def _find(self, path: str, now: datetime) -> tuple[Entry | None, bool]:
        """The entry of a path, and whether it comes from before the database went silent."""
        self._check(now)
        badge_path = find_badge(path)
        if badge_path is None:
            return self._find_held(path)
        badge, is_stale = self._find_held(badge_path)
        return (self._draw(path, badge) if badge else None), is_stale

    def _draw(self, path: str, badge: Entry) -> Entry | None:
        """The PNG of a badge, drawn when it is first asked for; kept as long as the badge is the same."""
        etag, entry = self._drawn.get(path, ("", None))
        if etag != badge.plain.etag or (entry and entry.keep_until != badge.keep_until):
            made = make_png(path, to_snapshot(badge, self._clock()))
            entry = make_entry(made) if made else None
            if len(self._drawn) >= MAX_DRAWN:
                self._drawn = {}
            self._drawn[path] = (badge.plain.etag, entry)
        return entry

    def _find_held(self, path: str) -> tuple[Entry | None, bool]:
        entry = self._table.get(path)
        if entry is not None:
            return entry, self._is_stale
        if not self._is_stale:
            try:
                return self._ask(self._read, path), False
            except (StorageError, NotInTime):
                self._is_stale = True
        copy = find_copy(self._settings.snapshot_dir, path)
        return (make_entry(copy) if copy else None), True

    def _check(self, now: datetime) -> None:
        """Learn what has changed, at most once a second; other threads go on with the table as it is."""
        checked_at = self._checked_at
        if checked_at is not None and abs(now - checked_at) < CHECK_EVERY:
            return
        if not self._checking.acquire(blocking=checked_at is None):
            return
        try:
            if self._checked_at is not checked_at:
                return
            self._ask(self._learn)
            self._is_stale = False
        except (StorageError, NotInTime):
            self._is_stale = True
        finally:
            self._checked_at = now
            self._checking.release()

    def _ask(self, question: Callable[..., T], *arguments: Any) -> T:
        """The answer of the database; raises StorageError, or NotInTime when it takes longer than we wait.

        While it does not answer, we do not wait for it at all: its answer is learnt by the next check.
        """
        answer: Future[T] = self._asker.submit(question, *arguments)
        try:
            return answer.result(0.05 if self._is_stale else PATIENCE_SECONDS)
        finally:
            answer.cancel()

    def _learn(self) -> None:
        with self._storage.read() as tx:
            highest = snapshots.change_number(tx)
            if highest == self._change:
                return
            if self._change is None or highest < self._change or highest - self._change > MAX_CHANGES:
                self._table, self._bytes = {}, 0
            else:
                changes, highest = snapshots.snapshots_since(tx, self._change)
                for snapshot, is_deleted in changes:
                    if snapshot.path in self._table:
                        (self._forget(snapshot.path) if is_deleted else self._keep(snapshot))
        self._change = highest

    def _read(self, path: str) -> Entry | None:
        with self._storage.read() as tx:
            snapshot = snapshots.find_snapshot(tx, path)
        return self._keep(snapshot) if snapshot else None

    def _keep(self, snapshot: Snapshot) -> Entry:
        self._forget(snapshot.path)
        entry = make_entry(snapshot)
        if self._bytes + entry.size > MAX_TABLE_BYTES:
            self._table, self._bytes = {}, 0
        self._table[snapshot.path] = entry
        self._bytes += entry.size
        return entry

    def _forget(self, path: str) -> None:
        if (old := self._table.pop(path, None)) is not None:
            self._bytes -= old.size


def load_static() -> dict[str, Entry]:
    """The scripts and the style sheet of the embed page, with the headers of snapshots."""
    return {snapshot.path: make_entry(snapshot) for snapshot in _static_snapshots()}


def static_bodies() -> dict[str, bytes]:
    """The same files as plain bytes by their public path, for static publishing."""
    return {snapshot.path: snapshot.body for snapshot in _static_snapshots()}


def _static_snapshots() -> list[Snapshot]:
    now, released = utc_now(), scripts.find_scripts(STATIC)
    manifest = scripts.manifest(released[-1])
    return [
        *(
            make_snapshot(path, content_type, (STATIC / name).read_bytes(), now, None, SHARED_HEADERS)
            for path, (name, content_type) in STATIC_FILES.items()
        ),
        *(make_snapshot(each.path, scripts.TYPE, each.body, now, None, scripts.FROZEN_HEADERS) for each in released),
        make_snapshot("widget/v1.json", "application/json", manifest, now, None, SHARED_HEADERS),
    ]


def make_entry(snapshot: Snapshot) -> Entry:
    """The answers to a path, put together once."""
    is_shorter = len(snapshot.body_gzip) < len(snapshot.body)
    plain = _variant(snapshot, snapshot.body, snapshot.etag, encoding=None)
    tag = snapshot.etag[:-1] + '-gzip"'
    packed = _variant(snapshot, snapshot.body_gzip, tag, encoding="gzip") if is_shorter else plain
    return Entry(plain, packed, snapshot.keep_until, snapshot.content_type)


def to_snapshot(entry: Entry, made_at: datetime) -> Snapshot:
    """What an entry was made of, as far as PNG is made of it."""
    return Snapshot(
        path="", content_type=entry.content_type, body=entry.plain.body, body_gzip=entry.gzip.body,
        etag=entry.plain.etag, made_at=made_at, keep_until=entry.keep_until,
    )  # fmt: skip


def _variant(snapshot: Snapshot, body: bytes, etag: str, encoding: str | None) -> Variant:
    shared: Headers = [("ETag", etag), ("Vary", "Accept-Encoding"), *snapshot.headers]
    if snapshot.keep_until is None and "Cache-Control" not in dict(snapshot.headers):
        shared.append(("Cache-Control", cache_control(None, snapshot.made_at, snapshot.content_type)))
    headers = [("Content-Type", snapshot.content_type), ("Content-Length", str(len(body))), *shared]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    return Variant(etag, body, headers, shared)


def _answer(
    entry: Entry, is_stale: bool, environ: "WSGIEnvironment", start_response: "StartResponse", clock: Clock
) -> Iterable[bytes]:
    variant = entry.gzip if accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")) else entry.plain
    condition = environ.get("HTTP_IF_NONE_MATCH")
    is_known = condition is not None and names_tag(condition, variant.etag)
    headers = list(variant.not_modified if is_known else variant.headers)
    if entry.keep_until is not None:
        headers.append(("Cache-Control", cache_control(entry.keep_until, clock(), entry.content_type)))
    if is_stale:
        headers.append(("X-Reviews-Stale", "1"))
    start_response("304 Not Modified" if is_known else "200 OK", headers)
    return [b"" if is_known or environ["REQUEST_METHOD"] == "HEAD" else variant.body]


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header takes gzip (RFC 9110, 12.5.3)."""
    if header in ("gzip, deflate, br, zstd", "gzip, deflate, br", "gzip, deflate", "gzip"):
        return True
    weights: dict[str, bool] = {}
    for part in header.lower().split(","):
        name, *parameters = ("".join(piece.split()) for piece in part.split(";"))
        weight = next((piece.removeprefix("q=") for piece in parameters if piece.startswith("q=")), "1")
        weights[name] = weight.strip("0.") != ""
    return weights.get("gzip", weights.get("*", False))


def names_tag(header: str, etag: str) -> bool:
    """Whether an If-None-Match header names this entity tag, by weak comparison (RFC 9110, 13.1.2)."""
    return header.strip() == "*" or etag in [part.strip().removeprefix("W/") for part in header.split(",")]


def _unavailable(start_response: "StartResponse") -> Iterable[bytes]:
    """Not now: its terms have run out and nobody has read its source again, or the database does not answer."""
    body = b"not available at the moment\n"
    start_response(
        "503 Service Unavailable",
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Retry-After", "300"),
            *SHARED_HEADERS,
        ],
    )
    return [body]
