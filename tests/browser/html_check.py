"""The W3C's checker (vnu) over pages of ours: what it calls an error or warns of, in one run of Java."""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import pytest

CHECKER = Path(__file__).parents[1] / "npm" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


def check_html(pages: Mapping[str, str | bytes]) -> list[str]:
    """What is wrong with these pages, a line for each finding: "name, line: message".

    The keys are names of your choice; one that ends in ``.svg`` or ``.css`` is checked as that, all others as HTML.
    Give all pages of a test at once: starting Java costs a second or two, a page nearly nothing.
    """
    if not CHECKER.is_file():
        pytest.fail("The HTML checker is missing; `make tests/npm/node_modules/.done` brings it")
    with tempfile.TemporaryDirectory(prefix="pages") as folder:
        names = {}
        for number, (name, text) in enumerate(pages.items()):
            suffix = Path(name).suffix if Path(name).suffix in (".svg", ".css") else ".html"
            file = Path(folder, f"{number}{suffix}")
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
            names[file.name] = name
        command = [
            "java",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xss2m",
            "-jar",
            str(CHECKER),
            "--format",
            "json",
            "--exit-zero-always",
        ]
        command += ["--also-check-svg", "--also-check-css", folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=590)
    found = json.loads(done.stderr)["messages"]
    # A file on disk is of no origin, so the checker takes 'self' in a policy for a refusal.
    found = [each for each in found if not each["message"].startswith("Resource violates Content Security Policy")]
    return [
        f"{names[Path(unquote(each['url'])).name]}, {each.get('lastLine', 0)}: {each['message']}"
        for each in found
        if each["type"] != "info" or each.get("subType") == "warning"
    ]
