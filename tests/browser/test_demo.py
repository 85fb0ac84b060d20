"""`make run`, as a newcomer sees it: the real processes, the real collector, the clinic's page in a real browser."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from reviews.commands.demo import READY, demo_environment
from tests.conftest import ROOT
from tests.ports import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
SCREENSHOT = ROOT / "docs" / "images" / "clinic-page.png"


@dataclass
class Demo:
    """A running demo."""

    folder: Path
    website: Path
    port: int
    database: str
    lines: list[str]
    process: subprocess.Popen[str]
    collected: threading.Event

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}/"

    @property
    def service(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reviews(self, *arguments: str) -> str:
        """What a command prints, run beside the demo."""
        environment = {**demo_environment(self.folder, self.port), "REVIEWS_LOG_LEVEL": "ERROR"}
        if self.database:
            environment["REVIEWS_DATABASE"] = self.database
        done = subprocess.run(
            [sys.executable, "-m", "reviews", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def data(self) -> dict:
        with urllib.request.urlopen(f"{self.service}/w/harbour-lane/data.json") as answer:
            return json.load(answer)


def started(folder: Path, database: str) -> Iterator[Demo]:
    website = folder / "website"
    shutil.copytree(ROOT / "examples", website)
    port = free_port(neighbours=2)
    process = subprocess.Popen(
        [
            *(sys.executable, "-u", "-m", "reviews", "demo", "--data-dir", str(folder / "var")),
            *("--port", str(port), "--website", str(website)),
        ],
        cwd=ROOT,
        env={**os.environ, **({"REVIEWS_DATABASE": database} if database else {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    collected = threading.Event()

    def read() -> None:
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if line.startswith(READY):
                collected.set()
        collected.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert collected.wait(300), "not collected within five minutes:\n" + "".join(lines)
        assert process.poll() is None, "".join(lines)
        yield Demo(
            folder=folder / "var",
            website=website,
            port=port,
            database=database,
            lines=lines,
            process=process,
            collected=collected,
        )
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(90) == 0
        reader.join()
        assert process.stdout
        process.stdout.close()


@pytest.fixture(params=["sqlite", "postgres"])
def demo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Demo]:
    database = request.getfixturevalue("empty_postgres_url") if request.param == "postgres" else ""
    yield from started(tmp_path, database)


def test_the_clinics_page_shows_what_was_collected_and_follows_a_change(demo: Demo, page: Page) -> None:
    page.goto(demo.site)
    widget = page.locator("clinic-reviews")
    widget.scroll_into_view_if_needed()
    expect(widget).to_have_attribute("data-state", "ready")
    expect(widget).to_contain_text("4.6")
    expect(widget).to_contain_text("222 reviews")
    shown = demo.data()
    figure = shown["clinics"][0]["figures"][0]
    assert (figure["kind"], figure["average"], figure["count"]) == ("reported", "4.6", 222)
    if not demo.database:
        SCREENSHOT.parent.mkdir(parents=True, exist_ok=True)
        page.set_viewport_size({"width": 1200, "height": 900})
        widget.screenshot(path=SCREENSHOT)
    see_each_word_once(page, shown)
    follow_a_change(demo, page)


def see_each_word_once(page: Page, shown: dict) -> None:
    """View All reveals each word exactly once: closed at most once, open the whole text and nothing twice."""
    quotes = page.locator("clinic-reviews blockquote")
    page.locator("clinic-reviews").get_by_role("button", name="Show more reviews").click()
    cut = 0
    for index, quote in enumerate(shown["quotes"][: quotes.count()]):
        text = quote["head"] + (quote["rest"] or "")
        element = quotes.nth(index)
        if quote["rest"] is not None:
            cut += 1
            assert plain(element.inner_text()) == plain(quote["head"])
            page.get_by_role("button", name=re.compile(re.escape(f"View All – {quote['author']}"))).click()
        assert plain(element.inner_text()) == plain(text)
        assert plain(element.text_content() or "") == plain(text)
    assert cut >= 1


def plain(text: str) -> str:
    return " ".join(text.split())


def follow_a_change(demo: Demo, page: Page) -> None:
    """A changed example page is picked up by the next run, shows the new text, and the old version stays."""
    file = demo.website / "harbour-lane" / "reviews.json"
    kept = json.loads(file.read_text(encoding="utf-8"))
    author, old = kept["reviews"][0]["author"], kept["reviews"][0]["text"]
    kept["reviews"][0]["text"] = "I came back to say it lasted: not one bad morning since."
    file.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    source = next(
        line.split()[0] for line in demo.reviews("collect").splitlines() if "web_page" in line and "Own" in line
    )
    assert "1 changed" in demo.reviews("collect", "--source", source)
    page.goto("about:blank")
    page.goto(f"{demo.service}/r/harbour-lane")
    expect(page.get_by_text("not one bad morning since")).to_be_visible()
    assert old[:40] not in page.content()
    exported = [json.loads(line) for line in demo.reviews("export").splitlines()]
    versions = [line for line in exported if old[:40] in json.dumps(line, ensure_ascii=False)]
    assert versions, f"the old version of {author}'s review is not in the history"


def test_running_it_again_is_harmless(tmp_path: Path) -> None:
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
    first = started(tmp_path / "1", "")
    demo = next(first)
    before = demo.reviews("export").count("\n")
    with pytest.raises(StopIteration):
        next(first)
    environment = demo_environment(demo.folder, demo.port)
    again = subprocess.run(
        [sys.executable, "-m", "reviews", "apply", str(demo.folder / "demo.toml")],
        cwd=ROOT, env={**environment, "REVIEWS_LOG_LEVEL": "ERROR"}, capture_output=True, text=True,
    )  # fmt: skip
    *beside, last = again.stdout.splitlines()
    assert last == "Nothing to change."
    assert all(line.startswith("left alone: source ") for line in beside)  # the platforms are the demo's own
    assert demo.reviews("export").count("\n") == before
