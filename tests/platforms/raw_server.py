"""A misbehaving server on raw sockets, on loopback: each path has one behaviour, written out byte by byte.

Nothing sleeps: what must take long waits on the server's `stopped` event, which ends when the test does.
"""

import contextlib
import gzip
import re
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

PAGE = b"<html><title>Willow Lane Dental</title><p>Gentle and on time.</p></html>"
DRIP_SECONDS = 0.02

Behaviour = Callable[["Server", socket.socket, str], None]


@dataclass
class Server:
    """Address, what was asked of it so far (raw request heads), and how many connections it has taken."""

    port: int = 0
    requests: list[str] = field(default_factory=list)
    bodies: dict[str, list[bytes]] = field(default_factory=dict)
    """What was posted to each path."""
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    scripted: dict[str, list[bytes]] = field(default_factory=dict)
    """Answers of a path, one for each request, the last one for ever; they win over `BEHAVIOURS`."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, path: str) -> list[str]:
        """The heads of the requests for a path."""
        return [head for head in self.requests if head.split(" ")[1] == path]


def message(status: str = "200 OK", body: bytes = PAGE, *headers: str) -> bytes:
    """A proper answer, which says that this server ends each connection: a client may not try to use it again."""
    length = f"Content-Length: {len(body)}"
    head = [f"HTTP/1.1 {status}", length, "Content-Type: text/html; charset=utf-8", "Connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def bare(head: str, body: bytes = b"") -> bytes:
    """An answer with exactly this head."""
    return head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body


def fixed(answer: bytes) -> Behaviour:
    def behave(server: Server, connection: socket.socket, path: str) -> None:
        connection.sendall(answer)

    return behave


def repeated(start: bytes, piece: bytes, *, drip: bool) -> Behaviour:
    """`start`, then `piece` for ever; with `drip` slowly."""

    def behave(server: Server, connection: socket.socket, path: str) -> None:
        connection.sendall(start)
        while not server.stopped.wait(DRIP_SECONDS if drip else 0):
            connection.sendall(piece)

    return behave


def silent(server: Server, connection: socket.socket, path: str) -> None:
    server.stopped.wait()


def redirect(location: str, status: int = 302) -> Behaviour:
    """A redirect; ``{port}`` is this server's own."""

    def behave(server: Server, connection: socket.socket, path: str) -> None:
        place = location.replace("{port}", str(server.port))
        connection.sendall(message(f"{status} Found", b"", f"Location: {place}"))

    return behave


def reset(server: Server, connection: socket.socket, path: str) -> None:
    """Half a body, then a reset instead of an orderly end."""
    connection.sendall(bare("HTTP/1.1 200 OK\nContent-Length: 1000", b"<p>half"))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end
    return bare("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Type: text/html", body)


def coded(coding: str, body: bytes) -> bytes:
    return message("200 OK", body, f"Content-Encoding: {coding}")


HUGE = b"x" * 65536
BOMB = gzip.compress(bytes(40_000_000), 9)

BEHAVIOURS: dict[str, Behaviour] = {
    "/robots.txt": fixed(message("404 Not Found", b"")),
    "/page": fixed(message()),
    "/until-close": fixed(bare("HTTP/1.1 200 OK\nContent-Type: text/html", PAGE)),
    "/chunked": fixed(chunked(PAGE[:10], PAGE[10:])),
    "/gzip": fixed(coded("gzip", gzip.compress(PAGE))),
    "/deflate": fixed(coded("deflate", zlib.compress(PAGE))),
    "/deflate-bare": fixed(coded("deflate", zlib.compress(PAGE)[2:-4])),
    "/cookie": fixed(message("200 OK", PAGE, "Set-Cookie: visit=1; Path=/")),
    # slow
    "/silent": silent,
    "/drip-body": repeated(bare("HTTP/1.1 200 OK\nContent-Length: 100000"), b"x", drip=True),
    "/drip-until-close": repeated(bare("HTTP/1.1 200 OK"), b"x", drip=True),
    "/drip-header": repeated(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", drip=True),
    "/drip-trailer": repeated(chunked(PAGE, end=b"0\r\n"), b"X", drip=True),
    "/endless-100": repeated(b"", b"HTTP/1.1 100 Continue\r\n\r\n", drip=True),
    # too much
    "/endless-body": repeated(bare("HTTP/1.1 200 OK"), HUGE, drip=False),
    "/endless-header": repeated(b"HTTP/1.1 200 OK\r\nX-Long: ", HUGE, drip=False),
    "/endless-headers": repeated(b"HTTP/1.1 200 OK\r\n", b"X-Many: 1\r\n" * 50, drip=False),
    "/endless-extension": repeated(bare("HTTP/1.1 200 OK\nTransfer-Encoding: chunked") + b"5;a=", HUGE, drip=False),
    "/endless-trailers": repeated(chunked(PAGE, end=b"0\r\n"), b"X-T: 1\r\n", drip=False),
    "/announced": fixed(bare("HTTP/1.1 200 OK\nContent-Length: 2000001", b"x")),
    "/bomb": fixed(coded("gzip", BOMB)),
    "/redirect-with-endless-body": repeated(bare("HTTP/1.1 302 Found\nLocation: /page"), HUGE, drip=False),
    # wrong
    "/103": fixed(bare("HTTP/1.1 103 Early Hints\nLink: </a>", b"")),
    "/empty": lambda server, connection, path: None,
    "/not-http": fixed(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "/bad-status": fixed(bare("HTTP/1.1 two-hundred OK")),
    "/negative-length": fixed(bare("HTTP/1.1 200 OK\nContent-Length: -1", PAGE)),
    "/two-lengths": fixed(bare(f"HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: {len(PAGE)}", PAGE)),
    "/length-and-chunked": fixed(bare("HTTP/1.1 200 OK\nContent-Length: 5\nTransfer-Encoding: chunked", b"0\r\n\r\n")),
    "/short": fixed(bare("HTTP/1.1 200 OK\nContent-Length: 1000", b"<p>half")),
    "/reset": reset,
    "/cut-chunk": fixed(chunked(PAGE, end=b"100\r\nhalf")),
    "/no-last-chunk": fixed(chunked(PAGE, end=b"")),
    "/negative-chunk": fixed(chunked(PAGE, end=b"-5\r\nxxxxx\r\n0\r\n\r\n")),
    "/long-chunk": fixed(bare("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"2\r\nabc\r\n0\r\n\r\n")),
    "/cut-gzip": fixed(coded("gzip", gzip.compress(PAGE)[:-9])),
    "/bad-gzip": fixed(coded("gzip", b"this is not gzip at all")),
    "/gzip-twice": fixed(coded("gzip, gzip", gzip.compress(gzip.compress(PAGE)))),
    "/stacked": fixed(coded(", ".join(["gzip"] * 200), PAGE)),
    "/brotli": fixed(coded("br", PAGE)),
    "/many-members": fixed(coded("gzip", gzip.compress(b"x") * 17)),
    "/some-members": fixed(coded("gzip", gzip.compress(b"x") * 16)),
    "/partial": fixed(message("206 Partial Content")),
    # statuses
    "/503": fixed(message("503 Service Unavailable", b"<html>busy</html>")),
    "/503-wait": fixed(message("503 Service Unavailable", b"", "Retry-After: 120")),
    "/429": fixed(message("429 Too Many Requests", b"")),
    "/429-seconds": fixed(message("429 Too Many Requests", b"", "Retry-After: 90")),
    "/429-date": fixed(message("429 Too Many Requests", b"", "Retry-After: Sun, 22 Nov 2026 09:10:00 GMT")),
    "/429-for-days": fixed(message("429 Too Many Requests", b"", "Retry-After: 999999999999")),
    "/429-nonsense": fixed(message("429 Too Many Requests", b"", "Retry-After: soon")),
    "/304": fixed(bare("HTTP/1.1 304 Not Modified")),
    # redirects
    "/loop": redirect("/loop"),
    "/hops-4": redirect("/hops-3"),
    "/hops-3": redirect("/hops-2"),
    "/hops-2": redirect("/hops-1"),
    "/hops-1": redirect("/page"),
    "/no-location": fixed(message("302 Found", b"")),
    "/to-login": redirect("/account/login?next=%2Fpage"),
    "/account/login?next=%2Fpage": fixed(message("200 OK", b"<form><input type=password></form>")),
}
for _status in (400, 401, 403, 404, 408, 410, 418, 451, 500, 502, 504):
    BEHAVIOURS[f"/{_status}"] = fixed(message(f"{_status} Status", b"{}"))


def _handle(server: Server, connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        head = b""
        while b"\r\n\r\n" not in head and (block := connection.recv(65536)):
            head += block
        if not head:
            return
        head, _, body = head.partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        path = text.split(" ")[1]
        if length := re.search(r"(?im)^content-length: *(\d+)", text):
            while len(body) < int(length[1]) and (block := connection.recv(65536)):
                body += block
            server.bodies.setdefault(path, []).append(body)
        server.requests.append(text + "\r\n\r\n")
        if script := server.scripted.get(path):
            connection.sendall(script.pop(0) if len(script) > 1 else script[0])
        else:
            BEHAVIOURS.get(path, fixed(message("404 Not Found", b"")))(server, connection, path)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)


def _accept(server: Server, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
    handlers: list[threading.Thread] = []
    while not server.stopped.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            break
        server.connections += 1
        handler = threading.Thread(target=_secure, args=(server, connection, tls), daemon=True)
        handler.start()
        handlers.append(handler)
    for handler in handlers:
        handler.join(5)


def _secure(server: Server, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
    if tls is not None:
        try:
            connection = tls.wrap_socket(connection, server_side=True)
        except OSError:
            connection.close()
            return
    _handle(server, connection)


@contextlib.contextmanager
def serve(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A running server; with `tls` it speaks https."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(port=listener.getsockname()[1])
    thread = threading.Thread(target=_accept, args=(server, listener, tls), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        with contextlib.suppress(OSError):
            # Wakes accept(), which closing alone does not.
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        listener.close()
        thread.join(10)
