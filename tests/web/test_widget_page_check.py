"""`reviews doctor --page`: reads a page through the one door and the sandbox, and says what stands in the way."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from reviews.cli import main

BASE = "https://reviews.example.org"
PAGE = f'<clinic-reviews widget="elm-street"></clinic-reviews><script src="{BASE}/widget/v1.js" async></script>'


class Site(BaseHTTPRequestHandler):
    """A clinic's page with a policy."""

    policy = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.statement("S16", "W29")
@pytest.mark.parametrize(
    ("policy", "code", "said"),
    [
        ("", 0, "it has no Content-Security-Policy"),
        (f"script-src {BASE}; connect-src 'self'", 2, f"add {BASE} to connect-src"),
        (f"script-src {BASE}; connect-src 'self'", 2, f"script-src {BASE}; connect-src {BASE}; img-src {BASE}"),
    ],
)
def test_the_command_names_the_missing_directive(
    site: ThreadingHTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    policy: str,
    code: int,
    said: str,
) -> None:
    monkeypatch.setattr(Site, "policy", policy)
    environment = {
        "REVIEWS_DATA_DIR": str(tmp_path),
        "REVIEWS_BASE_URL": BASE,
        "REVIEWS_ALLOW_PRIVATE_NETS": "127.0.0.0/8",
        "REVIEWS_ALLOW_PORTS": str(site.server_port),
        "REVIEWS_LOG_LEVEL": "ERROR",
    }
    page = f"http://127.0.0.1:{site.server_port}/"
    done = CliRunner().invoke(main, ["doctor", "--page", page], env=environment, catch_exceptions=False)
    assert said in done.output
    assert done.exit_code == code


def test_a_page_that_cannot_be_read_is_said_plainly(tmp_path: Path) -> None:
    environment = {"REVIEWS_DATA_DIR": str(tmp_path), "REVIEWS_BASE_URL": BASE, "REVIEWS_LOG_LEVEL": "ERROR"}
    done = CliRunner().invoke(main, ["doctor", "--page", "http://127.0.0.1:9/"], env=environment)
    assert done.exit_code == 2
    assert "could not be read" in done.output
