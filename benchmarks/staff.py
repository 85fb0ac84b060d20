"""What staff pages cost: 10,000 and 100,000 reviews in 50 clinics, with --million also 1,000,000; on both engines.

A figure is the median wall time of a whole request inside one process, the database included.
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from benchmarks.common import figure, median, postgres
from reviews.clock import to_text
from reviews.config import Settings
from reviews.storage import Storage, clinics, groups, open_storage, people, runs, sources, summaries
from reviews.storage.values import to_json
from reviews.web import create_app, passwords

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
CLINICS, ROUNDS, BATCH = 50, 7, 5_000
BASE = "http://127.0.0.1:8000"
PASSWORD = "a lantern beside the quiet river"
PAGES = {
    "Today": "/",
    "inbox, first page": "/inbox",
    "inbox, needs reply": "/inbox?tab=waiting",
    "inbox, one star": "/inbox?stars=1",
    "inbox, one clinic": "/inbox?clinic={clinic}",
    "search, a common word": "/inbox?q=exercise",
    "search, a rare word": "/inbox?q=harpsichord",
    "Trends": "/trends",
    "Trends, one clinic": "/trends?clinic={clinic}&span=24",
    "Clinics": "/clinics",
}
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
    CAST(i.value ->> 'c' AS bigint), CAST(i.value ->> 's' AS bigint), 'en', 1, i.value ->> 'w', i.value ->> 'l', 'b/1',
    i.value ->> 'k'
FROM json_each(:items) AS i"""
ADD_TEXTS = """INSERT INTO review_contents (review_id, group_id, author, title, text, rating_raw, rating_value,
    rating_best, date_raw, date_earliest, date_latest, date_precision)
SELECT CAST(i.key AS bigint), 1, 'Author ' || i.key, '', i.value ->> 't', 'x', '5', '5', 'x', i.value ->> 'd',
    i.value ->> 'w', 'day'
FROM json_each(:items) AS i"""


def rows(count: int) -> Iterator[dict[str, dict[str, Any]]]:
    """Reviews of four years, spread evenly over the clinics, in batches; the newest have no answer yet."""
    batch: dict[str, dict[str, Any]] = {}
    for n in range(1, count + 1):
        written = NOW - timedelta(days=1460 * (count - n) / count, hours=n % 24)
        day = written.replace(hour=0, minute=0, second=0, microsecond=0)
        text = TEXT.format(n=n) + (" There was a harpsichord." if n % 997 == 0 else "")
        stars = (500, 500, 400, 500, 300, 500, 400, 500, 200, 100)[n * 7 % 10]
        batch[str(n)] = {
            "c": n % CLINICS + 1, "w": to_text(day + timedelta(hours=23)), "d": to_text(day), "s": stars, "t": text,
            "l": "negative" if stars < 250 else "positive", "k": "new" if n % 3 == 0 else "answered",
        }  # fmt: skip
        if len(batch) == BATCH:
            yield batch
            batch = {}
    if batch:
        yield batch


def fill(storage: Storage, count: int) -> str:
    """An installation with so many reviews; the public id of one clinic."""
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
    for batch in rows(count):
        with storage.session(writable=True) as session:
            items = to_json(batch)
            session.execute(ADD, {"items": items})
            session.execute(ADD_TEXTS, {"items": items})
    storage.optimize()
    for clinic_id in range(1, CLINICS + 1):
        with storage.write() as tx:
            summaries.refresh_months(tx.group(group.id), clinic_id)
    storage.optimize()
    return public_id


def log_in(client: FlaskClient) -> None:
    page = client.get("/login", base_url=BASE).get_data(as_text=True)
    hidden = dict(re.findall(r'name="(csrf_token|form_key)" value="([^"]*)"', page))
    sent = {"email": "b@example.org", "password": PASSWORD, **hidden}
    assert client.post("/login", data=sent, base_url=BASE).status_code == 303


def measure(storage: Storage, folder: Path, clinic: str) -> dict[str, float]:
    """The median milliseconds of each page."""
    settings = Settings(data_dir=folder, base_url=BASE, secret_keys=("a secret for benchmarks " * 2,))
    client = create_app(settings, storage, clock=lambda: NOW).test_client()
    log_in(client)
    found = {}
    for name, path in PAGES.items():
        address, times = path.format(clinic=clinic), []
        for _ in range(ROUNDS + 1):
            started = time.perf_counter()
            answer = client.get(address, base_url=BASE)
            times.append((time.perf_counter() - started) * 1_000)
            assert answer.status_code == 200, (name, answer.status_code)
        found[name] = median(times[1:])
    return found


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


def main() -> None:
    sizes = [10_000, 100_000] + ([1_000_000] if "--million" in sys.argv else [])
    engines = [name for name in ("sqlite", "postgres") if name in sys.argv] or ["sqlite", "postgres"]
    for engine in engines:
        first: dict[str, float] = {}
        for size in sizes:
            with tempfile.TemporaryDirectory() as name, database(engine, Path(name)) as storage:
                found = measure(storage, Path(name), fill(storage, size))
            first = first or found
            for page, value in found.items():
                workload = f"{engine}, {size:,} reviews in {CLINICS} clinics"
                figure(page, value, "ms", n=ROUNDS, workload=workload, beside=first[page], ratio=value / first[page])


if __name__ == "__main__":
    main()
