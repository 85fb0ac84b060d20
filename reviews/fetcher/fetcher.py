"""One fetch, readable top to bottom: manners, request, redirects, status, body."""

import ipaddress
import json
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import Any, cast
from urllib.parse import urlencode

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from reviews import clock
from reviews.config import Settings
from reviews.errors import (
    RateLimited,
    ReviewsError,
    SourceBlocked,
    SourceGone,
    SourceRequestError,
    SourceUnauthorized,
    SourceUnavailable,
)
from reviews.fetcher.addresses import Network, Resolver, Target, is_within, parse_target
from reviews.fetcher.answer import Answer, join_location, parse_retry_after, to_answer
from reviews.fetcher.body import Limits, read_body
from reviews.fetcher.pace import Pace
from reviews.fetcher.robots import MAX_ROBOTS_BYTES, Robots
from reviews.fetcher.session import (
    BareSession,
    Deadline,
    Dialler,
    GuardedAdapter,
    Wire,
    prepare,
    tls_context,
    too_slow,
)
from reviews.fetcher.watchdog import Watchdog
from reviews.logs import get_logger
from reviews.turns import lent

HINT_REDIRECT = "The site sends us on to an address that we do not follow. Please check the address of this source."
HINT_REDIRECT_LOOP = "The site sends us in circles. We try again by ourselves. The last good figures stay."
HINT_OTHER_HOST = "The address belongs to another site than this source may read. Please check the address."

MAX_HOPS = 4
METHODS = ("POST", "PUT", "PATCH", "DELETE")
REDIRECTS = (301, 302, 303, 307, 308)

log = get_logger(__name__)
_process_pace = Pace()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """What the fetcher may do, and how it introduces itself.

    `allow_private_nets` and `stand_ins` are for the demo and for tests: origin (``https://api.example.org``) → the
    address of a server that answers in its place.
    """

    user_agent: str
    allow_private_nets: tuple[Network, ...] = ()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    allow_ports: tuple[int, ...] = (80, 443, 8080, 8443)
    pace_seconds: float = 1.0
    max_hops: int = MAX_HOPS
    limits: Limits = field(default_factory=Limits)
    ca_file: str = DEFAULT_CA_BUNDLE_PATH

    @classmethod
    def from_settings(cls, settings: Settings) -> "FetchPolicy":
        """The policy of this installation."""
        return cls(
            user_agent=settings.user_agent,
            allow_private_nets=tuple(ipaddress.ip_network(text) for text in settings.allow_private_nets),
            allow_ports=settings.allow_ports,
            stand_ins=dict(text.split("=", 1) for text in settings.demo_stand_ins),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What one fetch asks for."""

    headers: Mapping[str, str]
    own_headers: Mapping[str, str]
    allowed_hosts: Collection[str] | None
    obey_robots: bool
    pace_seconds: float
    limits: Limits
    also_answer: Collection[int]
    is_conditional: bool = False
    method: str = "GET"
    content: bytes | None = None


class Fetcher:
    """The one door to the network; threads may share it.

    `resolve` and `connect` stand for `socket.getaddrinfo` and `socket.create_connection`; `monotonic` counts seconds
    for deadlines and the life of robots.txt; `now` reads dates in Retry-After. Without a `pace` of its own it keeps the
    pace of the process. Addresses that the operator has allowed by number (`allow_private_nets`) are not paced.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        resolve: Resolver = socket.getaddrinfo,
        connect: Callable[..., socket.socket] = socket.create_connection,
        pace: Pace | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        now: clock.Clock = clock.utc_now,
    ) -> None:
        self._policy = policy
        self._resolve = resolve
        self._connect = connect
        self._pace = pace or _process_pace
        self._monotonic = monotonic
        self._now = now
        self._tls = tls_context(policy.ca_file)
        self._robots = Robots(user_agent=policy.user_agent, clock=monotonic)
        self._local = threading.local()
        if policy.allow_private_nets:
            log.warning("private_networks_allowed", networks=[str(net) for net in policy.allow_private_nets])

    def fetch(
        self,
        url: str,
        *,
        validators: Mapping[str, str] | None = None,
        accept: str = "text/html",
        max_bytes: int = 2_000_000,
        deadline_seconds: float = 20,
        allowed_hosts: Collection[str] | None = None,
        headers: Mapping[str, str] | None = None,
        obey_robots: bool = True,
        min_pace_seconds: float | None = None,
        also_answer: Collection[int] = (),
    ) -> Answer:
        """The whole answer of a GET, or an error that says what to do next.

        `headers` (keys, tokens) never leave the origin of `url`. Every hop must be in `allowed_hosts`, where given.
        `also_answer` names statuses (such as 400) that a connector wants to read instead of their error.

        Raises SourceUnavailable (no or half an answer, 5xx, deadline), RateLimited (429; 503 with Retry-After),
        SourceUnauthorized (401), SourceBlocked (403, 451, robots.txt, a private address, a redirect not followed),
        SourceGone (404, 410), SourceRequestError (other 4xx, an address that cannot be asked), SourceChanged (a body
        too large or not decodable). Time that the pace takes is not counted in `deadline_seconds`.
        """
        validators = validators or {}
        conditional = {
            name: validators[key]
            for name, key in (("If-None-Match", "etag"), ("If-Modified-Since", "last_modified"))
            if validators.get(key)
        }
        wish = _Wish(
            headers={**self._common_headers(accept), **conditional},
            own_headers=headers or {},
            allowed_hosts=None if allowed_hosts is None else {host.lower() for host in allowed_hosts},
            obey_robots=obey_robots,
            pace_seconds=self._policy.pace_seconds if min_pace_seconds is None else min_pace_seconds,
            limits=replace(self._policy.limits, raw_bytes=min(max_bytes, self._policy.limits.raw_bytes)),
            also_answer=also_answer,
            is_conditional=bool(conditional),
        )
        return self._go(url, wish, deadline_seconds)

    def post_form(self, url: str, form: Mapping[str, str], **options: Any) -> Answer:
        """The answer to a form that is posted, as `post_json`; for the token addresses of OAuth."""
        content = urlencode(form).encode("ascii")
        return self._post(url, content, "application/x-www-form-urlencoded", **options)

    def post_json(self, url: str, value: object, *, method: str = "POST", **options: Any) -> Answer:
        """The answer of an API to a JSON value that is posted, put, patched or deleted; None sends no body.

        Options are `headers`, `accept`, `max_bytes`, `deadline_seconds`, `min_pace_seconds` and `also_answer`, as of
        `fetch`, and so are the errors. Such a request is made once and follows no redirect (SourceBlocked): what it
        carries is meant for one address. robots.txt, which is about pages, is not asked.
        """
        if method not in METHODS:
            raise ValueError(f"{method} is not a method of post_json")
        content = None if value is None else json.dumps(value, ensure_ascii=False).encode()
        return self._post(url, content, "application/json" if content else "", method=method, **options)

    def post_bytes(self, url: str, content: bytes, content_type: str, **options: Any) -> Answer:
        """The answer to exactly these bytes, as `post_json`; for what is signed."""
        return self._post(url, content, content_type, **options)

    def _post(
        self,
        url: str,
        content: bytes | None,
        content_type: str,
        *,
        method: str = "POST",
        accept: str = "application/json",
        max_bytes: int = 2_000_000,
        deadline_seconds: float = 20,
        headers: Mapping[str, str] | None = None,
        min_pace_seconds: float | None = None,
        also_answer: Collection[int] = (),
    ) -> Answer:
        wish = _Wish(
            headers={**self._common_headers(accept), **({"Content-Type": content_type} if content_type else {})},
            own_headers=headers or {},
            allowed_hosts=None,
            obey_robots=False,
            pace_seconds=self._policy.pace_seconds if min_pace_seconds is None else min_pace_seconds,
            limits=replace(self._policy.limits, raw_bytes=min(max_bytes, self._policy.limits.raw_bytes)),
            also_answer=also_answer,
            method=method,
            content=content,
        )
        return self._go(url, wish, deadline_seconds)

    def _common_headers(self, accept: str) -> dict[str, str]:
        return {
            "User-Agent": self._policy.user_agent,
            "Accept": accept,
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
        }

    def _stand_in(self, url: str) -> str:
        """The address to ask: another server's where one stands in for the origin."""
        for origin, stand_in in self._policy.stand_ins.items():
            if url.startswith(f"{origin}/"):
                return stand_in + url.removeprefix(origin)
        return url

    def _go(self, url: str, wish: _Wish, deadline_seconds: float) -> Answer:
        """The answer of an address; others of this process work meanwhile."""
        with lent():
            return self._follow(self._stand_in(url), wish, Deadline(deadline_seconds, self._monotonic))

    def _follow(self, url: str, wish: _Wish, deadline: Deadline) -> Answer:
        """The answer at the end of the redirects; each hop is judged like a first address."""
        first = target = parse_target(url, allow_ports=self._policy.allow_ports)
        for _ in range(self._policy.max_hops + 1):
            self._check_host(target, wish)
            gap = wish.pace_seconds
            if wish.obey_robots:
                asked_gap = self._robots.check(
                    target.origin, target.url, lambda address: self._read_robots(address, wish, deadline)
                )
                gap = max(gap, asked_gap)
            self._take_turn(target, gap, deadline)
            own = wish.own_headers if target.origin == first.origin else {}
            found = self._ask(target, {**wish.headers, **own}, wish, deadline)
            if isinstance(found, Answer):
                return found
            if wish.method != "GET":
                raise SourceBlocked(f"{target.origin} redirects a {wish.method}", HINT_REDIRECT)
            target = self._next(target, found)
        raise SourceUnavailable(f"more than {self._policy.max_hops} redirects", HINT_REDIRECT_LOOP)

    def _read_robots(self, url: str, page: _Wish, deadline: Deadline) -> bytes:
        wish = _Wish(
            headers=self._common_headers("text/plain"),
            own_headers={},
            allowed_hosts=page.allowed_hosts,
            obey_robots=False,
            pace_seconds=0,
            limits=replace(self._policy.limits, raw_bytes=MAX_ROBOTS_BYTES, unpacked_bytes=MAX_ROBOTS_BYTES),
            also_answer=(),
        )
        return self._follow(url, wish, deadline).body

    def _check_host(self, target: Target, wish: _Wish) -> None:
        if wish.allowed_hosts is not None and target.host not in wish.allowed_hosts:
            raise SourceBlocked(f"{target.host} is not a host of this source", HINT_OTHER_HOST)

    def _is_own(self, target: Target) -> bool:
        return target.literal is not None and is_within(target.literal, self._policy.allow_private_nets)

    def _take_turn(self, target: Target, gap: float, deadline: Deadline) -> None:
        if not self._is_own(target):
            deadline.extend(self._pace.wait(target.host, gap))

    def _next(self, target: Target, location: str) -> Target:
        """The checked target of a redirect; raises SourceBlocked for one that is not followed."""
        try:
            following = parse_target(join_location(target.url, location), allow_ports=self._policy.allow_ports)
        except (ValueError, SourceRequestError) as error:
            raise SourceBlocked("redirect to an address that cannot be asked", HINT_REDIRECT) from error
        if target.scheme == "https" and following.scheme == "http":
            raise SourceBlocked("redirect from https to http", HINT_REDIRECT)
        return following

    def _ask(self, target: Target, headers: Mapping[str, str], wish: _Wish, deadline: Deadline) -> Answer | str:
        """One request: the answer, or the address of a redirect."""
        session = self._session()
        dialler: Dialler = self._local.dialler
        watchdog = Watchdog(deadline.remaining())
        dialler.deadline, dialler.watchdog = deadline, watchdog
        try:
            found = self._send(session, target, headers, wish)
        except ReviewsError:
            if deadline.is_over:
                raise too_slow() from None  # what comes of a socket that we shut ourselves is no news
            raise
        finally:
            watchdog.stop()
        if watchdog.has_barked:
            raise too_slow()  # a body that ends with its connection seems whole when we shut it
        return found

    def _send(self, session: requests.Session, target: Target, headers: Mapping[str, str], wish: _Wish) -> Answer | str:
        request = prepare(target.url, headers, method=wish.method, content=wish.content)
        response = session.send(request, stream=True, allow_redirects=False)
        wire = cast(Wire, response.raw)
        try:
            return self._judge(target, response, wire, wish)
        except OSError as error:
            raise SourceUnavailable(f"the connection broke: {type(error).__name__}") from error
        finally:
            wire.close()

    def _session(self) -> requests.Session:
        """The session of this thread."""
        if not hasattr(self._local, "session"):
            dialler = Dialler(resolver=self._resolve, allowed=self._policy.allow_private_nets, connect=self._connect)
            self._local.dialler = dialler
            self._local.session = BareSession(GuardedAdapter(dialler, self._policy.allow_ports, self._tls))
        session: requests.Session = self._local.session
        return session

    def _judge(self, target: Target, response: requests.Response, wire: Wire, wish: _Wish) -> Answer | str:
        status = response.status_code
        if status in REDIRECTS and "Location" in response.headers:
            return response.headers["Location"]
        if status == 304 and wish.is_conditional:
            return to_answer(target, status, b"", wire.head)
        if not (200 <= status < 300 and status != 206) and status not in wish.also_answer:
            self._refuse(target, status, wire.head)
        body = b"" if status in (204, 205) else read_body(wire.file, wire.head, wish.limits)
        answer = to_answer(target, status, body, wire.head)
        if status not in wish.also_answer:
            return answer
        return replace(answer, retry_after_seconds=self._hold(target, status, wire.head))

    def _hold(self, target: Target, status: int, head: Message) -> int | None:
        """The seconds of silence that the answer asks for; they are kept where the status means it."""
        wait = parse_retry_after(head.get("Retry-After", ""), self._now)
        if wait and status in (429, 503) and not self._is_own(target):
            self._pace.hold(target.host, wait)
        return wait

    def _refuse(self, target: Target, status: int, head: Message) -> None:
        """Raise the error of a status."""
        wait = self._hold(target, status, head)
        message = f"{target.origin} answered {status}"
        if status == 429 or (status == 503 and wait is not None):
            raise RateLimited(message, retry_after_seconds=wait)
        if status == 401:
            raise SourceUnauthorized(message)
        if status in (403, 451):
            raise SourceBlocked(message)
        if status in (404, 410):
            raise SourceGone(message)
        if 400 <= status < 500 and status != 408:
            raise SourceRequestError(message)
        raise SourceUnavailable(message)
