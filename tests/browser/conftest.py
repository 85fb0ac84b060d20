"""Chromium, the service, and the websites of others on a second port.

A page that prints anything to its console, or throws, fails its test; a test that expects such a thing takes it from
`noise` first.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from playwright.sync_api import Page, Request, expect

from reviews import i18n
from reviews.publish.build import build_widget
from reviews.publish.view import WidgetView
from reviews.storage import Storage, open_storage, snapshots
from reviews.web.hot import SnapshotLayer
from tests.web.widget_samples import NOW, Installed, widget_view

CHROMIUM = os.environ.get("REVIEWS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
CATALOGUE = i18n.load()

expect.set_options(timeout=60_000)  # a busy machine draws late; what is never drawn fails all the same


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder needs Chromium."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if CHROMIUM is None:
        pytest.fail("Chromium is missing; `apt-get install chromium` brings it, or name it in REVIEWS_CHROMIUM")
    quiet = "--disable-background-networking --disable-component-update --disable-sync --no-first-run"
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", *quiet.split()],
    }


class Server(ThreadingMixIn, WSGIServer):
    """A WSGI server on loopback with a thread for each request."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is no news."""


class Quiet(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def serving(app: Any) -> Iterator[str]:
    """The address of a running server."""
    server = make_server("127.0.0.1", 0, app, Server, Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Service:
    """The installation: the real layer over a real database; single paths can be made to fail."""

    def __init__(self, storage: Storage, installed: Installed) -> None:
        self.url = ""
        self.installed = installed
        self.faults: dict[str, Callable[[Any], Iterable[bytes]]] = {}
        self.delays: dict[str, float] = {}
        self.never = threading.Event()
        self._ticks = 0
        self._layer = SnapshotLayer(_not_found, storage, installed.settings, self._clock)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        for part, seconds in self.delays.items():
            if part in environ["PATH_INFO"]:
                self.never.wait(seconds)
        fault = self.faults.get(environ["PATH_INFO"])
        return fault(start_response) if fault else self._layer(environ, start_response)

    def show(self, view: WidgetView) -> None:
        """Publish a view as the widget's."""
        with self.installed.storage.write() as tx:
            g = tx.group(self.installed.group_id)
            built = build_widget(view, CATALOGUE, NOW)
            snapshots.save_snapshots(g, self.installed.widget.id, built, NOW)

    def fail(self, path: str, status: str, body: bytes = b"", content_type: str = "application/json") -> None:
        """Answer a path in this way from now on."""

        def fault(start_response: Any) -> Iterable[bytes]:
            start_response(status, [("Content-Type", content_type), ("Access-Control-Allow-Origin", "*")])
            return [body]

        self.faults[path] = fault

    def close(self) -> None:
        self._layer.close()

    def _clock(self) -> datetime:
        """Each look at the clock is two seconds later, so that each request sees the latest snapshot."""
        self._ticks += 2
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=self._ticks)


def _not_found(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """What lies behind the layer; browsers ask for an icon by themselves."""
    status = "200 OK" if environ["PATH_INFO"] == "/favicon.ico" else "404 Not Found"
    start_response(status, [("Content-Type", "text/plain"), ("Access-Control-Allow-Origin", "*")])
    return [b""]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """The service with the sample widget "elm-street"."""
    storage = open_storage(str(tmp_path / "reviews.db"))
    storage.migrate(NOW)
    made = Service(storage, Installed(storage, tmp_path / "data", CATALOGUE))
    running = serving(made)
    made.url = next(running)
    made.show(widget_view(made.url))
    try:
        yield made
    finally:
        running.close()  # type: ignore[attr-defined]
        made.close()
        storage.close()


class Host:
    """Somebody else's website."""

    def __init__(self) -> None:
        self.url = ""
        self.pages: dict[str, tuple[dict[str, str], bytes]] = {"/favicon.ico": ({}, b"")}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        found = self.pages.get(environ["PATH_INFO"])
        headers = {"Content-Type": "text/html; charset=utf-8", **(found[0] if found else {})}
        start_response("200 OK" if found else "404 Not Found", list(headers.items()))
        return [found[1] if found else b""]

    def page(
        self,
        body: str,
        *,
        head: str = "",
        html: str = 'lang="en"',
        path: str = "/",
        headers: dict[str, str] | None = None,
    ) -> str:
        """Make a page; its address."""
        text = (
            f'<!doctype html><html {html}><head><meta charset="utf-8"><title>Clinic</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head>'
            f"<body><main><h1>Our clinic</h1>{body}</main></body></html>"
        )
        self.pages[path] = (headers or {}, text.encode())
        return self.url + path


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    running = serving(made)
    made.url = next(running)
    try:
        yield made
    finally:
        running.close()  # type: ignore[attr-defined]


def snippet(service: Service, attributes: str = "") -> str:
    """Way A, as it is pasted."""
    return (
        f'<clinic-reviews widget="elm-street" lazy="off" {attributes}>'
        f'<a href="{service.url}/r/elm-street">Reviews of Elm Street Physio</a></clinic-reviews>'
        f'<script src="{service.url}/widget/v1.js" async></script>'
    )


@pytest.fixture
def noise(page: Page) -> Iterator[list[str]]:
    """What the page has printed or thrown; must be empty at the end."""
    found: list[str] = []
    page.on("console", lambda message: found.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: found.append(f"error: {error}"))
    yield found
    assert found == []


@pytest.fixture
def requests(page: Page) -> list[str]:
    """The addresses that the page has asked for."""
    found: list[str] = []

    def add(request: Request) -> None:
        found.append(request.url)

    page.on("request", add)
    return found


def shown(page: Page, state: str = "ready", number: int = 0) -> Any:
    """The element once it has reached a state."""
    element = page.locator("clinic-reviews").nth(number)
    element.and_(page.locator(f'[data-state="{state}"]')).wait_for(state="attached")
    return element
