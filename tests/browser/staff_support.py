"""The staff side in a real browser: a server over a small world, and the checks that every page passes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import make_server

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from reviews import i18n, rules
from reviews.config import Settings
from reviews.storage import Storage
from reviews.web import create_app
from tests.browser.conftest import Quiet, Server
from tests.conftest import FakeClock
from tests.web.support import PASSWORD, FakeServices

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
BOOK = rules.load()
CATALOGUE = i18n.load()


def settings_at(port: int, folder: Path) -> Settings:
    return Settings(
        data_dir=folder,
        base_url=f"http://127.0.0.1:{port}",
        port=port,
        secret_keys=("a secret for tests " * 2,),
    )


@contextmanager
def serving_at(app: Any, port: int) -> Iterator[str]:
    """The address of a server on a port that the application already knows as its own."""
    server = make_server("127.0.0.1", port, app, Server, Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def staff_side(settings: Settings, storage: Storage, fakes: FakeServices) -> Iterator[str]:
    """The address of the running application."""
    app = create_app(settings, storage, clock=FakeClock(), book=BOOK, catalogue=CATALOGUE, services=fakes.services())
    with serving_at(app, settings.port) as url:
        yield url


def log_in(page: Page, url: str, email: str = "owner@north.example.org") -> None:
    page.goto(f"{url}/login")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{url}/")


def check(page: Page) -> None:
    """What every page must be: without a finding of axe, without scrolling sideways, with one heading and title."""
    found: list[Any] = Axe().run(page, options=AXE).response["violations"]
    assert not found, [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], (page.url, width)
    assert page.locator("h1").count() == 1
    assert " · Clinic Reviews" in page.title()
