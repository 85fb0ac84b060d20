"""What staff pages cost: 10,000 and 100,000 reviews in 50 clinics, with --million also 1,000,000; on both engines (S9).

A figure is the median wall time of a whole request inside one process, the database included; of an export, until its
first bytes. The sizes take turns, round by round, so that a busy moment of the machine falls on all: what a page
costs with many reviews is to be read beside what it costs with the fewest. `goal` is what may not be passed, in ms.
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from benchmarks.common import figure, median, postgres
from reviews import sentiment
from reviews.clock import to_text
from reviews.config import Settings
from reviews.storage import Storage, api_tokens, clinics, groups, open_storage, people, runs, sources, summaries
from reviews.storage.values import to_json
from reviews.web import create_app, passwords
from reviews.web.api.door import new_key
from reviews.web.security import hash_token

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
CLINICS, ROUNDS, BATCH = 50, 7, 5_000
BASE = "http://127.0.0.1:8000"
PASSWORD = "a lantern beside the quiet river"
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
GROWING = ("inbox, first page", "search, a common word", "search, a rare word", "search, no hit", "Trends")
EMPTY = "search, no hit"
TEXT = (
    "The team was patient with me and explained each exercise until I could do it at home. The room was bright, the "
    "waiting time short, and the bill was what they had said. My knee is better than it has been for years, visit {n}. "
    "I would come again and have told my neighbours about it."
)
ADD = """INSERT INTO reviews (id, public_id, group_id, clinic_id, source_id, identity_key, identity_kind, origin,
    content_hash, reply_hash, volatile_hash, first_seen_at, last_read_at, created_run_id, last_run_id, stars100,
    language, has_text, written_at, label, scorer, work)
SELECT CAST(i.key AS bigint), 'p' || i.key, 1, CAST(i.value ->> 'c' AS bigint), CAST(i.value ->> 'c' AS bigint),
    i.key, 'id', 'own_site', i.key, '', '', i.value ->> 'w', i.value ->> 'w', CAST(i.value ->> 'c' AS bigint),
    CAST(i.value ->> 'c' AS bigint), CAST(i.value ->> 's' AS bigint), 'en', 1, i.value ->> 'w', i.value ->> 'l',
    i.value ->> 'r', i.value ->> 'k'
FROM json_each(:items) AS i"""
ADD_TEXTS = """INSERT INTO review_contents (review_id, group_id, author, title, text, rating_raw, rating_value,
    rating_best, date_raw, date_earliest, date_latest, date_precision)
SELECT CAST(i.key AS bigint), 1, 'Author ' || i.key, '', i.value ->> 't', 'x', '5', '5', 'x', i.value ->> 'd',
    i.value ->> 'w', 'day'
FROM json_each(:items) AS i"""


ADD_THEMES = """INSERT INTO review_themes (review_id, theme, group_id, clinic_id, source_id, written_at, positive,
    neutral, negative, words)
SELECT CAST(i.key AS bigint), t.theme, 1, CAST(i.value ->> 'c' AS bigint), CAST(i.value ->> 'c' AS bigint),
    i.value ->> 'w', CASE WHEN i.value ->> 'l' = 'positive' THEN 1 ELSE 0 END, 0,
    CASE WHEN i.value ->> 'l' = 'positive' THEN 0 ELSE 1 END, '["team"]'
FROM json_each(:items) AS i CROSS JOIN (SELECT 'staff' AS theme UNION ALL SELECT 'billing') AS t"""


def rows(count: int, scorer: str) -> Iterator[dict[str, dict[str, Any]]]:
    """Reviews of four years, spread evenly over the clinics, in batches; the newest have no answer yet."""
    batch: dict[str, dict[str, Any]] = {}
    for n in range(1, count + 1):
        written = NOW - timedelta(days=1460 * (count - n) / count, hours=n % 24)
        day = written.replace(hour=0, minute=0, second=0, microsecond=0)
        text = TEXT.format(n=n) + (" There was a harpsichord." if n % 997 == 0 else "")
        stars = (500, 500, 400, 500, 300, 500, 400, 500, 200, 100)[n * 7 % 10]
        batch[str(n)] = {
            "c": n % CLINICS + 1, "w": to_text(day + timedelta(hours=23)), "d": to_text(day), "s": stars, "t": text,
            "l": "negative" if stars < 250 else "positive", "k": "new" if n % 3 == 0 else "answered", "r": scorer,
        }  # fmt: skip
        if len(batch) == BATCH:
            yield batch
            batch = {}
    if batch:
        yield batch


def fill(storage: Storage, count: int) -> str:
    """An installation with so many reviews, in which only the worker has nothing left to do; one clinic's public id."""
    with storage.write() as tx:
        group = groups.add_group(tx, name="Bench", now=NOW)
        g = tx.group(group.id)
        hashed = passwords.hash_password(PASSWORD)
        person = people.add_person(tx, email="b@example.org", name="B", password_hash=hashed, now=NOW)
        people.add_membership(g, person_id=person.id, role="owner", now=NOW)
        for number in range(CLINICS):
            clinic = clinics.add_clinic(g, slug=f"c{number}", name=f"Clinic {number}", now=NOW)
            source = sources.add_source(
                g, clinic_id=clinic.id, kind="web_page", label="Page", url=f"https://c{number}.example.org/",
                origin="own_site", config={}, now=NOW,
            )  # fmt: skip
            claim = sources.claim_source(g, source.id, owner="b", now=NOW, lease_seconds=0)
            assert claim is not None
            run = runs.open_run(g, claim, trigger="schedule", now=NOW)
            runs.close_run(g, run.id, now=NOW, outcome="ok", is_complete=True)
            public_id = clinic.public_id
    for batch in rows(count, sentiment.load().name):
        with storage.session(writable=True) as session:
            items = to_json(batch)
            session.execute(ADD, {"items": items})
            session.execute(ADD_TEXTS, {"items": items})
            session.execute(ADD_THEMES, {"items": items})
    storage.optimize()
    for clinic_id in range(1, CLINICS + 1):
        with storage.write() as tx:
            summaries.refresh_months(tx.group(group.id), clinic_id)
    storage.optimize()
    return public_id


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


def main() -> None:
    sizes = [10_000, 100_000] + ([1_000_000] if "--million" in sys.argv else [])
    engines = [name for name in ("sqlite", "postgres") if name in sys.argv] or ["sqlite", "postgres"]
    for engine in engines:
        with ExitStack() as stack:
            sites = {}
            for size in sizes:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                sites[size] = open_site(stack.enter_context(database(engine, folder)), folder, size)
            report(engine, measure(sites))


if __name__ == "__main__":
    main()
