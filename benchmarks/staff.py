"""What staff pages cost: 10,000 and 100,000 reviews in 50 clinics, on both engines (S9); `scale` goes on to a million.

A figure is the median wall time of a whole request inside one process, the database included; of an export, until its
first bytes. The sizes take turns, round by round, so that a busy moment of the machine falls on all: what a page
costs with many reviews is to be read beside what it costs with the fewest. `goal` is what may not be passed, in ms.
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks.common import figure, median, postgres
from benchmarks.filling import CLINICS, NOW, PASSWORD, fill
from reviews.config import Settings
from reviews.storage import Storage, api_tokens, open_storage
from reviews.web import create_app
from reviews.web.api.door import new_key
from reviews.web.security import hash_token

ROUNDS = 7
BASE = "http://127.0.0.1:8000"
LIST_MS, TREND_MS = 200, 500
TIMES_MORE = 2
"""What the first page, a search and a trend may cost at a million reviews, of what they cost at the fewest."""
PAGES = {
    "Today": "/",
    "inbox, first page": "/inbox",
    "inbox, deep page": "/inbox?after=p{middle}",
    "inbox, needs reply": "/inbox?tab=waiting",
    "inbox, unread": "/inbox?tab=unread",
    "inbox, negative": "/inbox?tab=low",
    "inbox, one star": "/inbox?stars=1",
    "inbox, one clinic": "/inbox?clinic={clinic}",
    "inbox, a theme": "/inbox?tab=all&theme=staff&said=criticized",
    "inbox, a month": "/inbox?tab=all&month=2026-10",
    "search, a common word": "/inbox?q=exercise",
    "search, a rare word": "/inbox?q=harpsichord",
    "search, an uncommon word": "/inbox?q=bassoon",
    "search, a beginning": "/inbox?q=exer",
    "search, two letters": "/inbox?q=ex",
    "search, no hit": "/inbox?q=zzyzx",
    "search, one clinic": "/inbox?q=exercise&clinic={clinic}",
    "Trends": "/trends",
    "Trends, one clinic": "/trends?clinic={clinic}&span=24",
    "Themes": "/themes",
    "Theme": "/themes/staff",
    "Clinics": "/clinics",
    "Reports": "/reports",
    "report": "/reports/{report}",
    "Sources": "/sources",
    "export, first bytes": "POST /inbox/export",
    "API, reviews": "/api/v1/reviews?limit=50",
}
GROWING = tuple(name for name in PAGES if name == "inbox, first page" or name.startswith(("search", "Trends")))
EMPTY = "search, no hit"


def hidden_fields(client: FlaskClient, path: str) -> dict[str, str]:
    """What a form of a page sends beside what people fill in; each form key serves one press."""
    page = client.get(path, base_url=BASE).get_data(as_text=True)
    return dict(re.findall(r'name="(csrf_token|form_key)" value="([^"]*)"', page))


@dataclass(kw_only=True)
class Site:
    """An installation with somebody logged in, and the names that stand in addresses."""

    client: FlaskClient
    names: Mapping[str, str]
    headers: Mapping[str, str]

    def ask(self, path: str) -> float:
        """The milliseconds of one request."""
        method, _, address = path.rpartition(" ")
        address = address.format(**self.names)
        form = {"format": "csv", **hidden_fields(self.client, "/inbox")} if method else None
        started = time.perf_counter()
        answer = self.client.open(
            address, method=method or "GET", data=form, base_url=BASE, headers=dict(self.headers), buffered=False
        )
        took = (time.perf_counter() - started) * 1_000
        body = b"" if method else answer.get_data()
        answer.close()
        assert answer.status_code == 200, (path, answer.status_code)
        if address.startswith("/inbox?"):
            assert (b"/reviews/p" in body) == (path != PAGES[EMPTY]), path
        return took


def open_site(storage: Storage, folder: Path, count: int) -> Site:
    """Fill the database, make a report and a key of the API, log in."""
    clinic = fill(storage, count)
    settings = Settings(data_dir=folder, base_url=BASE, secret_keys=("a secret for benchmarks " * 2,))
    client = create_app(settings, storage, clock=lambda: NOW).test_client()
    sent = {"email": "b@example.org", "password": PASSWORD, **hidden_fields(client, "/login")}
    assert client.post("/login", data=sent, base_url=BASE).status_code == 303
    sent = {"month": "2026-10", "clinic": "", **hidden_fields(client, "/reports")}
    made = client.post("/reports", data=sent, base_url=BASE)
    assert made.status_code == 303
    key = new_key()
    with storage.write() as tx:
        api_tokens.add_token(
            tx.group(1), label="Bench", prefix=key[:12], token_hash=hash_token(key), scopes=["reviews:read"],
            clinics=None, person_id=None, now=NOW, expires_at=None,
        )  # fmt: skip
    report = made.headers["Location"].rpartition("/")[2].partition("?")[0]
    names = {"clinic": clinic, "middle": str(count // 2), "report": report}
    return Site(client=client, names=names, headers={"Authorization": f"Bearer {key}"})


def measure(sites: Mapping[int, Site]) -> dict[str, dict[int, float]]:
    """The median milliseconds of each page at each size; the sizes take turns."""
    found: dict[str, dict[int, list[float]]] = {name: {size: [] for size in sites} for name in PAGES}
    for number in range(ROUNDS + 1):
        for name, path in PAGES.items():
            for size, site in sites.items():
                took = site.ask(path)
                if number:  # the first round fills caches
                    found[name][size].append(took)
    return {name: {size: median(times) for size, times in sizes.items()} for name, sizes in found.items()}


@contextmanager
def database(engine: str, folder: Path) -> Iterator[Storage]:
    """An empty, migrated database."""
    if engine == "sqlite":
        storage = open_storage(str(folder / "reviews.db"))
        storage.migrate(NOW)
        yield storage
        storage.close()
        return
    with postgres() as url:
        storage = open_storage(url)
        storage.migrate(NOW)
        yield storage
        storage.close()


def report(engine: str, found: Mapping[str, Mapping[int, float]]) -> None:
    """One line for each page and size."""
    for page, by_size in found.items():
        fewest, most = min(by_size), max(by_size)
        for size, value in by_size.items():
            more: dict[str, float] = {}
            if size == 100_000:
                more["goal"] = TREND_MS if page.startswith("Trends") else LIST_MS
            if size == most == 1_000_000 and page in GROWING:
                more["goal_ratio"] = TIMES_MORE
            workload = f"{engine}, {size:,} reviews in {CLINICS} clinics"
            ratio = value / by_size[fewest]
            figure(page, value, "ms", n=ROUNDS, workload=workload, beside=by_size[fewest], ratio=ratio, **more)


def compare(engine: str, sizes: Sequence[int]) -> dict[str, dict[int, float]]:
    """What each page costs at each size, on one engine; all of them are there at once."""
    with ExitStack() as stack:
        sites = {}
        for size in sizes:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            sites[size] = open_site(stack.enter_context(database(engine, folder)), folder, size)
        return measure(sites)


def main() -> None:
    engines = [name for name in ("sqlite", "postgres") if name in sys.argv] or ["sqlite", "postgres"]
    for engine in engines:
        report(engine, compare(engine, [10_000, 100_000]))


if __name__ == "__main__":
    main()
