"""How one request is made: the address that was checked is the address that is dialled, and nobody can hold us.

`GuardedAdapter` stands where requests has its own adapter, so nothing of requests' redirects, pools, proxies, cookies
or `.netrc` remains in the path. One connection serves one request; a watchdog shuts it at the deadline, which no
timeout of a single read can do against a server that sends one byte at a time.
"""

import http.client
import http.cookiejar
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from functools import partial
from typing import Any, cast

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection

from reviews.errors import SourceRequestError, SourceUnavailable
from reviews.fetcher.addresses import Address, Network, Resolver, Target, parse_target, resolve
from reviews.fetcher.watchdog import Watchdog

HINT_SLOW = "The site was too slow to answer. We try again by ourselves. The last good figures stay."
HINT_CERTIFICATE = "The site's security certificate is not valid, so we do not trust what it sends. We try again later."

CONNECT_SECONDS = 6.0


class Deadline:
    """The moment at which a fetch ends, whatever happens; `clock` is monotonic seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def extend(self, seconds: float) -> None:
        """Give back time that we ourselves spent waiting."""
        self._end += seconds

    def remaining(self) -> float:
        """Seconds left; raises SourceUnavailable when there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise too_slow()
        return left

    @property
    def is_over(self) -> bool:
        """Whether the moment has passed."""
        return self._clock() >= self._end


def too_slow() -> SourceUnavailable:
    """The error of a fetch whose time is over."""
    return SourceUnavailable("the deadline has passed", HINT_SLOW)


@dataclass(slots=True, kw_only=True)
class Wire:
    """Bytes of an answer whose head has been read; the body still waits on the connection."""

    head: Message
    file: Any
    connection: HTTPConnection
    response: http.client.HTTPResponse

    def close(self) -> None:
        """Drop the connection with whatever it still holds."""
        self.response.close()
        self.connection.close()


@dataclass(kw_only=True)
class Dialler:
    """Opens sockets to checked addresses and to nothing else."""

    resolver: Resolver
    allowed: tuple[Network, ...]
    connect: Callable[..., socket.socket] = socket.create_connection
    deadline: Deadline = field(default_factory=lambda: Deadline(0, time.monotonic))
    watchdog: Watchdog | None = None

    def dial(self, target: Target) -> socket.socket:
        """A connected socket; each checked address is tried once. Raises SourceBlocked, SourceUnavailable."""
        addresses = resolve(target, self.resolver, self.deadline.remaining(), self.allowed)
        last: OSError | None = None
        for address in addresses:
            try:
                return self._open(address, target.port)
            except OSError as error:
                last = error
        raise SourceUnavailable(f"no connection to {target.origin}: {type(last).__name__}") from last

    def _open(self, address: Address, port: int) -> socket.socket:
        left = self.deadline.remaining()
        connection = self.connect((str(address), port), timeout=min(CONNECT_SECONDS, left))
        connection.settimeout(left)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.watchdog is not None:
            self.watchdog.watch(connection)
        return connection


class _Checked(HTTPConnection):
    dial: Callable[[], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.dial()


class _CheckedTls(HTTPSConnection):
    dial: Callable[[], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.dial()


class GuardedAdapter(BaseAdapter):
    """A transport for requests that checks the address it is given, once more, and dials what it has checked."""

    def __init__(self, dialler: Dialler, allow_ports: tuple[int, ...], tls: ssl.SSLContext) -> None:
        super().__init__()
        self._dialler = dialler
        self._allow_ports = allow_ports
        self._tls = tls

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        """The head of the answer; `raw` is a `Wire`. Raises our own errors, nothing of requests or urllib3."""
        target = parse_target(str(request.url), allow_ports=self._allow_ports)
        connection = self._connection(target)
        try:
            connection.request(
                str(request.method),
                request.path_url,
                body=cast(bytes | None, request.body),
                headers=dict(request.headers),
            )
            _keep_torn_ends_visible(connection)
            # Not urllib3's getresponse: the body is read by our own strict reader.
            head = http.client.HTTPConnection.getresponse(connection)
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise self._explain(error) from error
        except BaseException:
            connection.close()
            raise
        wire = Wire(head=head.headers, file=head.fp, connection=connection, response=head)
        return _response(request, head.status, wire)

    def _connection(self, target: Target) -> HTTPConnection:
        made: _Checked | _CheckedTls
        if target.scheme == "http":
            made = _Checked(target.host, target.port)
        else:
            made = _CheckedTls(target.host, target.port, ssl_context=self._tls, cert_reqs=ssl.CERT_REQUIRED)
        made.dial = partial(self._dialler.dial, target)
        return made

    def _explain(self, error: Exception) -> SourceUnavailable:
        if self._dialler.deadline.is_over or isinstance(error, TimeoutError):
            return too_slow()
        if isinstance(error, ssl.SSLCertVerificationError):
            return SourceUnavailable(f"certificate refused: {error.verify_message}", HINT_CERTIFICATE)
        return SourceUnavailable(f"no proper answer: {type(error).__name__}")

    def close(self) -> None:
        """Nothing is kept open between requests."""


def _keep_torn_ends_visible(connection: HTTPConnection) -> None:
    """Let a TLS stream that ends without its closing word be an error: without a length it may be half a body."""
    if isinstance(connection.sock, ssl.SSLSocket):
        connection.sock.suppress_ragged_eofs = False  # type: ignore[attr-defined]


def _response(request: requests.PreparedRequest, status: int, wire: Wire) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers = CaseInsensitiveDict(dict(wire.head.items()))
    response.url = str(request.url)
    response.request = request
    response.raw = wire
    return response


class BareSession(requests.Session):
    """A session that follows nothing, keeps no cookie, and knows neither proxies nor `.netrc`."""

    def __init__(self, adapter: BaseAdapter) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        self.adapters.clear()
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Never one: requests would read the whole body of a redirect, however long."""


def prepare(
    url: str, headers: Mapping[str, str], *, method: str = "GET", content: bytes | None = None
) -> requests.PreparedRequest:
    """A request with exactly these headers, and the length of what it carries.

    Raises SourceRequestError for a header that cannot be sent.
    """
    request = requests.PreparedRequest()
    try:
        request.prepare(method=method, url=url, headers=dict(headers), data=content)
    except (requests.RequestException, ValueError) as error:
        raise SourceRequestError(f"request cannot be made: {type(error).__name__}") from error
    return request


def tls_context(ca_file: str) -> ssl.SSLContext:
    """A verifying TLS context, shared by all threads; loading the authorities costs some milliseconds."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
