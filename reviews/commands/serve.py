"""`reviews serve`: the web server and the worker, each a process of its own, started again when one dies."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reviews.config import Settings
from reviews.errors import ConfigError
from reviews.logs import get_logger

log = get_logger("serve")

RESTART_SECONDS, LONGEST_RESTART_SECONDS = 2.0, 30.0
STEADY_SECONDS = 10.0
"""A child that has lived so long is started again at once; one that dies sooner waits longer each time."""
STOP_SECONDS = 25.0
"""Longer than what the worker and the server take to finish what they hold."""

REVIEWS = (sys.executable, "-m", "reviews")


@dataclass(kw_only=True)
class Child:
    """A process to keep alive."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    wait_seconds: float = RESTART_SECONDS
    once: bool = False
    """It has something to do and ends; it is started again only when that went wrong."""
    is_done: bool = False


@dataclass(kw_only=True)
class Supervisor:
    """Keeps children alive until SIGTERM or SIGINT, then stops them all and waits."""

    children: Sequence[Child]
    environment: Mapping[str, str] | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    each_turn: Callable[[], None] | None = None
    """What else to do twice a second."""

    def run(self) -> None:
        """Start the children and watch them; returns when all have ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        for child in self.children:
            self._start(child)
        while not self.stopping.wait(0.5):
            for child in self.children:
                self._watch(child, time.monotonic())
            if self.each_turn:
                self.each_turn()
        self._stop()

    def _watch(self, child: Child, now: float) -> None:
        if child.is_done:
            return
        if child.process is None:
            if now >= child.start_at:
                self._start(child)
        elif (code := child.process.poll()) == 0 and child.once:
            child.process, child.is_done = None, True
        elif code is not None:
            is_steady = now - child.started_at >= STEADY_SECONDS
            child.wait_seconds = RESTART_SECONDS if is_steady else min(child.wait_seconds * 2, LONGEST_RESTART_SECONDS)
            child.process, child.start_at = None, now + child.wait_seconds
            log.error("child_died", child=child.name, code=code, wait_seconds=child.wait_seconds)

    def _start(self, child: Child) -> None:
        child.started_at = time.monotonic()
        # A session of its own: Ctrl+C reaches this process alone, which then stops the children in order.
        child.process = subprocess.Popen(
            child.command, env=dict(self.environment) if self.environment else None, start_new_session=True
        )

    def _stop(self) -> None:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def check_port(host: str, port: int, way_out: str) -> None:
    """Raise ConfigError, with the way out, when this address cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise ConfigError(
                f"{host} port {port}: {getattr(error, 'strerror', error)}; stop what uses it, or {way_out}"
            ) from error


def may_create_database(settings: Settings) -> bool:
    """Whether this is a new installation: where copies of snapshots lie there was a database, which may come back."""
    return not settings.snapshot_dir.exists() or not any(settings.snapshot_dir.iterdir())


def serve_forever(settings: Settings, *, with_worker: bool) -> None:
    """Serve until SIGTERM or SIGINT; with a worker, this process only watches over the two."""
    if not with_worker:
        from reviews.web.server import run_server

        run_server(settings)
        return
    Supervisor(
        children=[
            Child(name="web", command=(*REVIEWS, "serve", "--no-worker", "--quiet")),
            Child(name="worker", command=(*REVIEWS, "worker")),
        ]
    ).run()
