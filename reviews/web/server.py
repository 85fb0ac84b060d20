"""`reviews serve`: the application behind a server that reads requests strictly.

gunicorn with threads where there is fork, else waitress. SIGTERM finishes what is being answered; SIGHUP replaces the
worker processes without refusing anybody.
"""

import importlib
import socket
import struct
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from reviews.clock import utc_now
from reviews.config import Settings
from reviews.errors import ConfigError
from reviews.storage import open_storage
from reviews.web import create_app
from reviews.web.fast_lane import FastLane
from reviews.web.services import Services
from reviews.web.watch import start_watch

GRACEFUL_SECONDS = 20
STUCK_SECONDS = 60
SILENT_SECONDS = 10


def build_application(settings: Settings) -> Any:
    """The WSGI application of this installation; it starts also while the database is away."""
    storage = open_storage(settings.database_url)
    services = Services.from_settings(settings, storage, utc_now)
    start_watch(settings, storage, utc_now, services.tell_of_worker)
    return create_app(settings, storage, clock=utc_now, services=services)


def run_server(settings: Settings, build: Callable[[Settings], Any] = build_application) -> None:
    """Serve until told to stop; returns on SIGTERM or SIGINT. `build` runs in each worker process."""
    if settings.web_processes > 1 and not settings.secret_keys:
        raise ConfigError(
            "REVIEWS_SECRET_KEYS: found nothing; expected a random text when REVIEWS_WEB_PROCESSES is above 1, "
            "`reviews init` writes one"
        )
    if sys.platform == "win32":
        waitress = importlib.import_module("waitress")
        waitress.serve(build(settings), **waitress_options(settings))
    else:
        _run_gunicorn(settings, build)


def gunicorn_options(settings: Settings) -> dict[str, Any]:
    """gunicorn's settings: strict parsing, no forwarded headers from anybody, nothing opened outside its sockets."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return {
        "bind": [f"{host}:{settings.port}"],
        "workers": settings.web_processes,
        "threads": settings.web_threads,
        "timeout": STUCK_SECONDS,
        "graceful_timeout": GRACEFUL_SECONDS,
        "keepalive": 5,
        "backlog": 512,
        "limit_request_line": 8190,
        "limit_request_fields": 60,
        "limit_request_field_size": 8190,
        "forwarded_allow_ips": "",
        "header_map": "drop",
        "control_socket_disable": True,
        "worker_tmp_dir": next((path for path in ("/dev/shm",) if Path(path).is_dir()), None),  # noqa: S108
        "accesslog": None,
        "loglevel": "error",
        "proc_name": "clinic-reviews",
    }


def waitress_options(settings: Settings) -> dict[str, Any]:
    """waitress's settings; it belongs behind a proxy that rewrites requests, or on loopback."""
    return {
        "host": settings.host,
        "port": settings.port,
        "threads": settings.web_threads,
        "max_request_header_size": 16 * 1024,
        "ident": None,
        "clear_untrusted_proxy_headers": True,
    }


def _strict_worker(settings: Settings) -> Any:
    """gunicorn's worker with threads, with a fast lane for plain requests of connections that are kept alive.

    A coding of the message that nobody knows is the client's fault, not ours.
    """
    worker = importlib.import_module("gunicorn.workers.gthread").ThreadWorker
    errors = importlib.import_module("gunicorn.http.errors")

    class StrictWorker(worker):  # type: ignore[misc,valid-type]
        def init_process(self) -> None:
            limit_waiting(self.sockets)
            self.log.error_log.addFilter(lambda record: "Socket error" not in record.getMessage())
            self.lane: FastLane | None = None
            super().init_process()

        def run(self) -> None:
            layer = getattr(self.wsgi, "extensions", {}).get("snapshot_layer")
            self.lane = FastLane(layer, settings, server="gunicorn") if layer is not None else None
            super().run()

        def on_client_socket_readable(self, conn: Any, client: Any) -> None:
            """Answer here what is plain; a client that does not take it all at once is left to a thread."""
            parts = self.lane.answer(conn.sock) if self.lane is not None and self.alive else None
            if parts is None:
                super().on_client_socket_readable(conn, client)
                return
            left = send_now(conn.sock, parts)
            self.keepalived_conns.remove(conn)
            if not left:
                conn.set_timeout()
                self.keepalived_conns.append(conn)
                return
            self.poller.unregister(client)
            rest = self.tpool.submit(send_rest, conn.sock, left)
            rest.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

        def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
            if isinstance(exc, errors.UnsupportedTransferCoding):
                exc = errors.InvalidHeader("Transfer-Encoding")
            super().handle_error(req, client, addr, exc)

    return StrictWorker


def send_now(connection: socket.socket, parts: tuple[bytes, ...]) -> bytes:
    """Send as much as a connection takes without waiting; what is left of it."""
    try:
        sent = connection.sendmsg(parts)
    except OSError:
        sent = 0
    return b"" if sent == sum(map(len, parts)) else b"".join(parts)[sent:]


def send_rest(connection: socket.socket, left: bytes) -> bool:
    """Send what is left, waiting for the client as long as any answer may; whether the connection is still good."""
    try:
        connection.setblocking(True)
        connection.sendall(left)
    except OSError:
        return False
    return True


def limit_waiting(listeners: Iterable[Any]) -> None:
    """Let no thread wait longer for a client that is lost: connections take these limits from their listener.

    A limit of the system and not of Python, because gunicorn makes its connections blocking again and again. It ends
    clients that are silent, not those that drip; against these stands a proxy that reads whole requests.
    """
    seconds = struct.pack("ll", SILENT_SECONDS, 0)
    for listener in listeners:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, seconds)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, seconds)


def _run_gunicorn(settings: Settings, build: Callable[[Settings], Any]) -> None:
    base = importlib.import_module("gunicorn.app.base").BaseApplication

    class Server(base):  # type: ignore[misc,valid-type]
        def load_config(self) -> None:
            self.cfg.set("worker_class", _strict_worker(settings))
            for name, value in gunicorn_options(settings).items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return build(settings)

    try:
        Server().run()
    except SystemExit as stop:
        if stop.code not in (0, None):
            raise
