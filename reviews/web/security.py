"""What every request passes first and every answer carries: guards, trusted hosts, headers, forgery checks.

`Guard` is plain WSGI and stands in front of everything, the snapshot layer included, because servers let ambiguous
requests through that must not reach either (RFC 9112, section 6.3 and section 11).
"""

import hashlib
import hmac
import io
import ipaddress
import re
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from reviews.config import Settings

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

MAX_HEADER_BYTES = 16 * 1024
MAX_TARGET_BYTES = 8 * 1024
MAX_CHUNKED_BYTES = 64 * 1024
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
LOOPBACK_HOST = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?")
HEALTH_PATHS = frozenset({"/healthz", "/readyz"})

STAFF_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HSTS = "max-age=31536000"

_REASONS = {400: "Bad Request", 405: "Method Not Allowed", 413: "Content Too Large", 431: "Header Fields Too Large"}


def trusted_hosts(settings: Settings) -> tuple[str, ...]:
    """Host headers that this installation answers to: the one of its public address, and loopback beside a loopback."""
    url = urlsplit(settings.base_url)
    hosts = [url.netloc.lower()]
    if is_loopback(url.hostname or "") or settings.demo:
        port = url.port or settings.port
        hosts += [f"{name}:{port}" for name in LOOPBACK_NAMES]
    return tuple(dict.fromkeys(hosts))


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """Refuses requests that two servers could read in two ways, foreign Host headers, and too much of anything."""

    def __init__(self, app: WsgiApp, settings: Settings) -> None:
        self._app = app
        self._hosts = frozenset(trusted_hosts(settings))
        self._hsts = settings.is_https
        self._body_errors = _body_errors()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The application's answer, or a short refusal that closes the connection."""
        fault = self._fault(environ)
        if fault is None and environ.get("HTTP_TRANSFER_ENCODING"):
            fault = self._read_chunked(environ)
        if fault is not None:
            return _refuse(fault, start_response)
        environ["HTTP_HOST"] = _host_of(environ)
        environ["wsgi.input"] = _Body(environ["wsgi.input"], self._body_errors)
        if self._hsts:
            start_response = _with_hsts(start_response)
        return self._app(environ, start_response)

    def _fault(self, environ: Environ) -> int | None:
        if environ["REQUEST_METHOD"] not in METHODS:
            return 405
        host, path = _host_of(environ), str(environ.get("PATH_INFO", ""))
        is_local = path in HEALTH_PATHS and LOOPBACK_HOST.fullmatch(host)
        if (host not in self._hosts and not is_local) or "\x00" in path:
            return 400
        size = sum(len(k) + len(v) for k, v in environ.items() if k.startswith("HTTP_"))
        if size > MAX_HEADER_BYTES:
            return 431
        target = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or path)
        if len(target) > MAX_TARGET_BYTES or (target and not target.startswith("/")):
            return 400
        return _length_fault(environ)

    def _read_chunked(self, environ: Environ) -> int | None:
        """Read a chunked body at once, so that what comes after it is never taken for a request or for a part of it."""
        try:
            body = environ["wsgi.input"].read(MAX_CHUNKED_BYTES + 1)
        except self._body_errors:
            return 400
        if len(body) > MAX_CHUNKED_BYTES:
            return 413
        del environ["HTTP_TRANSFER_ENCODING"]
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = io.BytesIO(body)
        return None


def _host_of(environ: Environ) -> str:
    """The Host header as it is compared: names of hosts have no case (RFC 9110, section 4.2.3)."""
    return str(environ.get("HTTP_HOST", "")).lower()


def _length_fault(environ: Environ) -> int | None:
    """400 when it is not certain where the message ends, or when a reading method carries a body."""
    length = environ.get("CONTENT_LENGTH") or ""
    encoding = environ.get("HTTP_TRANSFER_ENCODING") or ""
    if length and (not re.fullmatch(r"[0-9]{1,12}", length) or encoding):
        return 400
    if encoding and (encoding.lower() != "chunked" or environ.get("SERVER_PROTOCOL") == "HTTP/1.0"):
        return 400
    has_body = encoding or int(length or "0") > 0
    return 400 if has_body and environ["REQUEST_METHOD"] != "POST" else None


def _refuse(status: int, start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = f"{_REASONS[status]}\n".encode()
    start_response(
        f"{status} {_REASONS[status]}",
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
        ],
    )
    return [body]


def _with_hsts(start_response: Callable[..., Any]) -> Callable[..., Any]:
    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*headers, ("Strict-Transport-Security", HSTS)], *rest)

    return start


def _body_errors() -> tuple[type[Exception], ...]:
    """What a server's body reader raises on a broken body; gunicorn's errors where it is installed."""
    found: tuple[type[Exception], ...] = (OSError, ValueError, EOFError)
    with suppress(ImportError):  # Windows: waitress has read the whole body before we are asked
        found += (import_module("gunicorn.http.errors").ParseException,)
    return found


class BrokenBody(OSError):
    """The request's body could not be read; answered with 400."""


class _Body:
    """The request's body; whatever the server's reader raises becomes BrokenBody."""

    def __init__(self, stream: Any, errors: tuple[type[Exception], ...]) -> None:
        self._stream, self._errors = stream, errors

    def read(self, size: int = -1) -> bytes:
        return self._call("read", size)

    def readline(self, size: int = -1) -> bytes:
        return self._call("readline", size)

    def readlines(self, hint: int = -1) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Any:
        return iter(self.readline, b"")

    def _call(self, name: str, size: int) -> bytes:
        try:
            return bytes(getattr(self._stream, name)(size))
        except self._errors as error:
            raise BrokenBody("the body of the request is broken") from error


def behind_proxies(app: WsgiApp, settings: Settings) -> WsgiApp:
    """Believe forwarding headers of as many proxies as are configured, and of none otherwise."""
    if settings.trusted_hops == 0:
        return app
    return ProxyFix(app, x_for=settings.trusted_hops, x_proto=settings.trusted_hops, x_host=0, x_port=0, x_prefix=0)


def set_headers(response: Response, *, private: bool) -> Response:
    """Headers of staff pages; `private` pages are kept by nobody."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", STAFF_CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if private:
        headers["Cache-Control"] = "no-store"
    return response


def is_foreign_post(request: Request, settings: Settings) -> bool:
    """Whether the browser says that another site made this request (Fetch Metadata, else Origin)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    scheme = urlsplit(settings.base_url).scheme
    return origin.lower() not in {f"{scheme}://{host}" for host in trusted_hosts(settings)}


def safe_next(target: str | None) -> str:
    """A path on this site to go to after login; anything that could lead away becomes the home page.

    One slash, then neither slash nor backslash, and no control characters: browsers drop tabs and line ends.
    """
    if not target or not re.fullmatch(r"/(?![/\\])[^\x00-\x20\x7f\\]*", target) or len(target) > 2000:
        return "/"
    return target


def address_key(address: str | None) -> str:
    """The part of a client's address by which attempts are counted: IPv4 whole, IPv6 by its /64."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def hash_token(token: str) -> str:
    """What is stored of a random token: SHA-256. Only for tokens of at least 128 random bits, never for passwords."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def sign(secret: str, purpose: str, text: str) -> str:
    """HMAC-SHA256 of a text for one purpose."""
    return hmac.new(secret.encode(), f"{purpose}:{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


class _Bound(dict[str, Any], SessionMixin):
    """What Flask-WTF takes for the session: it holds one value, derived from the cookie that the form belongs to."""

    def __init__(self, csrf: str, visit: str | None) -> None:
        super().__init__(csrf_token=csrf)
        self.visit = visit
        self.was_used = False

    def __contains__(self, key: object) -> bool:
        self.was_used = True
        return super().__contains__(key)


class CsrfBinding(SessionInterface):
    """Binds form tokens to our own cookies instead of a session in a cookie, which this program does not have.

    Behind login the token belongs to the login session; before it, to a random "visit" cookie that is set when the
    first form is drawn. Nothing else is ever kept in `flask.session`.
    """

    def __init__(self, secret: str, login_cookie: str, visit_cookie: str, *, secure: bool) -> None:
        self._secret, self._login, self._visit, self._secure = secret, login_cookie, visit_cookie, secure

    def open_session(self, app: Flask, request: Request) -> _Bound:
        """The bound value of this request."""
        known = request.cookies.get(self._login) or request.cookies.get(self._visit)
        if known:
            return _Bound(sign(self._secret, "csrf", known), None)
        visit = secrets.token_urlsafe(32)
        return _Bound(sign(self._secret, "csrf", visit), visit)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the visit cookie if a form was drawn for a browser that had none."""
        if isinstance(session, _Bound) and session.visit and session.was_used:
            set_cookie(response, self._visit, session.visit, secure=self._secure)


def set_cookie(response: AnyResponse, name: str, value: str, *, secure: bool, max_age: int | None = None) -> None:
    """A cookie that scripts cannot read and other sites cannot send with a POST."""
    response.set_cookie(name, value, max_age=max_age, secure=secure, httponly=True, samesite="Lax", path="/")


def cookie_name(name: str, settings: Settings) -> str:
    """With https the name is bound to this host and to Secure by its prefix (RFC 6265bis, section 4.1.3)."""
    return f"__Host-{name}" if settings.is_https else name
