"""Firefox and WebKitGTK, each driven by the protocol that it speaks itself: WebDriver BiDi, and WebDriver.

Only what a smoke test needs: open a page, run an expression in it, press a key, set the window's size, take a picture.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
import requests
import websocket

from tests.ports import free_port

PATIENCE_SECONDS = 90
WEBKIT_DRIVER = "WebKitWebDriver"
KEYS = {"Enter": "\ue007", "Space": " ", "Tab": "\ue004"}


class Engine(Protocol):
    """A browser with one window."""

    def goto(self, url: str) -> None:
        """Open an address and wait until it has loaded."""

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page, as JSON would carry it."""

    def press(self, key: str) -> None:
        """Press and release a key of `KEYS`."""

    def resize(self, width: int, height: int) -> None:
        """Set the size of the window."""

    def picture(self) -> bytes:
        """What is seen, as PNG."""


def wait_until(engine: Engine, expression: str) -> None:
    """Wait until an expression is true in the page; what the page says about itself is the message when it never is."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not engine.run(expression):
        assert time.monotonic() < end, engine.run("document.documentElement.outerHTML")
        time.sleep(0.05)


def wait_for(find: Callable[[], Any]) -> Any:
    """What `find` gives, as soon as it gives something."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (found := find()) is None:
        assert time.monotonic() < end, "the browser did not start"
        time.sleep(0.05)
    return found


def needed(*names: str) -> str:
    """The path of the first of these programs that is there."""
    for name in names:
        if path := shutil.which(name):
            return path
    pytest.fail(f"{names[0]} is missing; tests/install_system_packages.sh brings it")


# ---------------------------------------------------------------- Firefox
class Firefox:
    """Firefox behind a WebDriver BiDi socket (w3.org/TR/webdriver-bidi)."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(f"{address}/session", timeout=PATIENCE_SECONDS, suppress_origin=True)
        self._number = 0
        self._ask("session.new", capabilities={})
        # The first tab never has the focus, so that keys would do nothing in it.
        self._context = self._ask("browsingContext.create", type="tab")["context"]

    def _ask(self, method: str, **params: Any) -> Any:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def goto(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def run(self, expression: str) -> Any:
        answer = self._ask(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": self._context},
            awaitPromise=False,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"].get("value", "null"))

    def press(self, key: str) -> None:
        actions = [{"type": kind, "value": KEYS[key]} for kind in ("keyDown", "keyUp")]
        keyboard = {"type": "key", "id": "keyboard", "actions": actions}
        self._ask("input.performActions", context=self._context, actions=[keyboard])

    def resize(self, width: int, height: int) -> None:
        self._ask("browsingContext.setViewport", context=self._context, viewport={"width": width, "height": height})

    def picture(self) -> bytes:
        return base64.b64decode(self._ask("browsingContext.captureScreenshot", context=self._context)["data"])

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


FIREFOX_SETTINGS = {
    "app.normandy.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
}


@contextmanager
def firefox() -> Iterator[Engine]:
    """Firefox without a window, with a new profile and nothing that calls home."""
    with tempfile.TemporaryDirectory(prefix="firefox", ignore_cleanup_errors=True) as folder:
        profile, log = Path(folder, "profile"), Path(folder, "log")
        profile.mkdir()
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in FIREFOX_SETTINGS.items())
        (profile / "user.js").write_text("\n".join(lines))
        program = needed("firefox-esr", "firefox")
        command = [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port=0"]
        with log.open("wb") as out, started(command, out, home=folder):
            found = wait_for(lambda: re.search(r"BiDi listening on (ws://\S+)", log.read_text(errors="replace")))
            engine = Firefox(found[1])
            try:
                yield engine
            finally:
                engine.close()


# ---------------------------------------------------------------- WebKit
class WebKit:
    """WebKitGTK's small browser behind its WebDriver (w3.org/TR/webdriver2)."""

    def __init__(self, address: str) -> None:
        browsers = Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")
        options = {"binary": str(max(browsers)), "args": ["--automation"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        self._address = f"{address}/session"
        self._address += "/" + self._ask("POST", "", capabilities=capabilities)["sessionId"]

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(
            method, self._address + path, json=body if method == "POST" else None, timeout=PATIENCE_SECONDS
        )
        value = answer.json()["value"]
        assert answer.status_code == 200, value
        return value

    def goto(self, url: str) -> None:
        self._ask("POST", "/url", url=url)

    def run(self, expression: str) -> Any:
        return self._ask("POST", "/execute/sync", script=f"return ({expression})", args=[])

    def press(self, key: str) -> None:
        actions = [{"type": kind, "value": KEYS[key]} for kind in ("keyDown", "keyUp")]
        self._ask("POST", "/actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def resize(self, width: int, height: int) -> None:
        self._ask("POST", "/window/rect", width=width, height=height)

    def picture(self) -> bytes:
        return base64.b64decode(self._ask("GET", "/screenshot"))

    def close(self) -> None:
        """End the browser, so that its driver can end."""
        self._ask("DELETE", "")


@contextmanager
def webkit() -> Iterator[Engine]:
    """WebKitGTK on a screen that nobody sees."""
    with tempfile.TemporaryDirectory(prefix="webkit", ignore_cleanup_errors=True) as folder:
        screen, log = Path(folder, "screen"), Path(folder, "log")
        with screen.open("wb") as number, log.open("wb") as out:
            xvfb = [needed("Xvfb"), "-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
            with started(xvfb, number, home=folder):
                display = wait_for(lambda: screen.read_text().strip() or None)
                environment = {
                    "DISPLAY": f":{display}",
                    "GDK_BACKEND": "x11",
                    "NO_AT_BRIDGE": "1",
                    "LIBGL_ALWAYS_SOFTWARE": "1",
                    "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
                    "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # its sandbox does not start as root
                }
                port = free_port()
                command = [needed(WEBKIT_DRIVER), f"--port={port}"]
                with started(command, out, home=folder, **environment):
                    address = f"http://127.0.0.1:{port}"
                    wait_for(lambda: answers(f"{address}/status"))
                    engine = WebKit(address)
                    try:
                        yield engine
                    finally:
                        engine.close()


def answers(address: str) -> bool | None:
    """True once somebody answers there."""
    try:
        return requests.get(address, timeout=5).ok or None
    except requests.ConnectionError:
        return None


@contextmanager
def started(command: list[str], out: Any, home: str, **environment: str) -> Iterator[None]:
    """A program that is ended afterwards."""
    given = {**os.environ, "HOME": home, "XDG_RUNTIME_DIR": home, "XDG_CACHE_HOME": home, **environment}
    process = subprocess.Popen(
        command, stdout=out, stderr=subprocess.DEVNULL if "Xvfb" in command[0] else out, env=given
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


ENGINES = {"firefox": firefox, "webkit": webkit}
