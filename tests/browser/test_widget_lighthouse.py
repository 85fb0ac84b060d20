"""Lighthouse of a page that has 100 in everything: with the widget it keeps them.

Performance is a matter of the machine's mood and is measured in ``benchmarks.page``; what Lighthouse counts on the way
to it is not: requests, bytes, and how far things move.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import CHROMIUM, Host, Service, snippet
from tests.browser.layout_samples import full_view

pytestmark = pytest.mark.timeout(600)
LIGHTHOUSE = Path(__file__).parents[1] / "npm" / "node_modules" / "lighthouse" / "cli" / "index.js"
CATEGORIES = ("accessibility", "best-practices", "seo")
HEAD = '<meta name="description" content="A clinic in Burnaby."><style>body { color: #222; background: #fff }</style>'


def lighthouse(url: str, folder: Path) -> dict[str, Any]:
    """The report on a page."""
    assert LIGHTHOUSE.is_file(), "Lighthouse is missing; `make tests/npm/node_modules/.done` brings it"
    assert CHROMIUM is not None
    flags = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-dev-shm-usage"
    flags += " --disable-background-networking --disable-component-update --disable-sync"
    report = folder / "report.json"
    command = ["node", str(LIGHTHOUSE), url, "--quiet", "--output=json", f"--output-path={report}"]
    command += [f"--only-categories={','.join(CATEGORIES)}", "--only-audits=cumulative-layout-shift,network-requests"]
    environment = {**os.environ, "CHROME_PATH": CHROMIUM, "HOME": str(folder)}
    subprocess.run([*command, f"--chrome-flags={flags}"], check=True, env=environment, timeout=590, capture_output=True)
    found: dict[str, Any] = json.loads(report.read_text())
    return found


@pytest.mark.statement("W71", "W31", "W37")
def test_a_page_with_a_hundred_in_everything_keeps_it(service: Service, host: Host, tmp_path: Path) -> None:
    service.show(full_view(service.url))
    poster = f'<img src="{service.url}/w/elm-street/poster-l.svg" width="600" height="840" alt="Reviews of Elm Street">'
    widget = snippet(service).replace("Reviews of Elm Street Physio", poster)
    found = lighthouse(host.page(f"<p>We answer the telephone.</p>{widget}", head=HEAD), tmp_path)
    scores = {name: found["categories"][name]["score"] for name in CATEGORIES}
    low = [name for name, audit in found["audits"].items() if audit["score"] not in (None, 1)]
    assert scores == dict.fromkeys(CATEGORIES, 1), low
    asked = [each["url"] for each in found["audits"]["network-requests"]["details"]["items"]]
    ours = [each for each in asked if each.startswith(service.url)]
    assert len(ours) <= 3, ours
    assert all(each.startswith((service.url, host.url)) for each in asked), asked
    assert found["audits"]["cumulative-layout-shift"]["numericValue"] < 0.001
