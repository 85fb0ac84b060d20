"""What the widget costs a page: LCP, CLS and the answer to a click, of the same page with and without it."""

import contextlib
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.common import REVIEWS, figure, free_port, nginx, running, wait_for
from benchmarks.workload import NOW, allow_quotes, declare, fill
from reviews import i18n, publish, rules
from reviews.config import Settings
from reviews.storage import open_storage

ROUNDS = 7
CLICKS = 5
WATCH = """
window.lcp = 0; window.shift = 0;
new PerformanceObserver((list) => list.getEntries().forEach((each) => { window.lcp = each.startTime; }))
    .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((each) => {
    if (!each.hadRecentInput) window.shift += each.value;
})).observe({type: "layout-shift", buffered: true});
window.inp = [];
new PerformanceObserver((list) => list.getEntries().forEach((each) => {
    if (each.interactionId) window.inp.push(each.duration);
})).observe({type: "event", durationThreshold: 16, buffered: true});
"""
WORDS = "We look after people of all ages, take time to explain, and answer the telephone ourselves. " * 6


def host_page(service: str, widget: str) -> str:
    """A clinic's page; the widget stands where a visitor sees it after scrolling a little."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Clinic</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>body{font:16px/1.5 sans-serif;margin:0 auto;max-width:60rem;padding:1rem}</style></head><body>"
        f"<h1>Willow Lane</h1><p>{WORDS}</p><p><button id=there>Hours</button></p>{widget}"
        f"<p>{WORDS}</p></body></html>"
    )


def snippet(service: str, height: int) -> str:
    """The element with a box of this height, as the staff side measures it into what is pasted."""
    home = f"{service}/w/willow-lane"
    return (
        f'<clinic-reviews widget="willow-lane" layout="carousel"><a href="{service}/r/willow-lane">'
        f'<img src="{home}/poster-l.svg" '
        f'width="600" height="{height}" alt="Reviews"></a></clinic-reviews>'
        f'<script src="{service}/widget/v1.js" async></script>'
    )


def load(browser: Browser, url: str, has_widget: bool) -> dict[str, float]:
    """One visit with an empty cache: the page is read, scrolled through, and clicked in."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(url, wait_until="load")
    if has_widget:
        page.locator('clinic-reviews[data-state="ready"]').wait_for(state="attached")
    settle(page)
    lcp, shift = page.evaluate("[window.lcp, window.shift]")
    button = page.locator("#there")
    if has_widget:
        button = page.locator("clinic-reviews").get_by_role("button").last
    for _ in range(CLICKS):
        button.click()
        settle(page)
    inp = page.evaluate("Math.max(0, ...window.inp)")
    context.close()
    return {"lcp": lcp, "cls": shift, "inp": inp}


def measure(browser: Browser, port: int) -> int:
    """How high the widget is in its place, in pixels."""
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    page.goto(f"http://127.0.0.1:{port}/with.html")
    page.locator('clinic-reviews[data-state="ready"]').wait_for(state="attached")
    height = page.locator("clinic-reviews").evaluate("(element) => Math.ceil(element.offsetHeight)")
    page.close()
    return int(height)


def settle(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@contextlib.contextmanager
def service(folder: Path) -> Iterator[str]:
    """A running installation with one widget; its address."""
    settings = Settings(data_dir=folder / "var", secret_keys=("k" * 40,), base_url=f"http://127.0.0.1:{free_port()}")
    settings.data_dir.mkdir()
    storage = open_storage(settings.database_url)
    storage.migrate(NOW)
    place = declare(storage)
    fill(storage, place, 500)
    allow_quotes(storage, place)
    publish.refresh_clinic(storage, settings, rules.load(), i18n.load(), place.group_id, place.clinic_id, NOW)
    storage.close()
    environment = {
        **os.environ,
        "REVIEWS_DATA_DIR": str(settings.data_dir),
        "REVIEWS_PORT": settings.base_url.rpartition(":")[2],
        "REVIEWS_BASE_URL": settings.base_url,
        "REVIEWS_SECRET_KEYS": "k" * 40,
        "REVIEWS_CONFIG": str(folder / "none.toml"),
        "REVIEWS_LOG_LEVEL": "ERROR",
    }
    with running([*REVIEWS, "serve", "--no-worker"], env=environment):
        wait_for(f"{settings.base_url}/w/willow-lane/data.json")
        yield settings.base_url


def main() -> None:
    with tempfile.TemporaryDirectory() as name, service(Path(name)) as url:
        site, port = Path(name) / "site", free_port()
        site.mkdir()
        (site / "bare.html").write_text(host_page(url, ""))
        (site / "with.html").write_text(host_page(url, snippet(url, 1)))
        chromium = os.environ.get("REVIEWS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
        with nginx(site, port), sync_playwright() as player:
            browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            wait_for(f"http://127.0.0.1:{port}/bare.html")
            (site / "with.html").write_text(host_page(url, snippet(url, measure(browser, port))))
            found: dict[str, list[dict[str, float]]] = {"bare": [], "with": []}
            for _ in range(ROUNDS):
                for kind, visits in found.items():
                    visits.append(load(browser, f"http://127.0.0.1:{port}/{kind}.html", kind == "with"))
            browser.close()
    for what, unit in (("lcp", "ms"), ("inp", "ms"), ("cls", "score")):
        bare, ours = (statistics.median(visit[what] for visit in found[kind]) for kind in ("bare", "with"))
        figure(f"page.{what}", ours, unit, n=ROUNDS, beside=bare, workload="with the widget; beside: without it")


if __name__ == "__main__":
    main()
