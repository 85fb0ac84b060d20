"""An installation in a folder that children work on, and what of it can be compared."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reviews import rules
from reviews.storage import (
    clinics,
    groups,
    open_storage,
    review_lists,
    runs,
    snapshots,
    sources,
    themes,
    totals,
    widgets,
)
from reviews.storage import reviews as stored
from tests.conftest import NOW, ROOT
from tests.platforms.server import Platforms, demo_platforms


@pytest.fixture(scope="session")
def forker() -> Iterator[Callable[..., dict[str, Any]]]:
    """Sends an order to the fork server and waits for its answer."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.forker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdin
    assert process.stdout

    def order(**wanted: Any) -> dict[str, Any]:
        process.stdin.write(json.dumps(wanted) + "\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
        return answer

    yield order
    process.stdin.close()
    process.wait(60)
    process.stdout.close()


@pytest.fixture(scope="session")
def crash_platforms() -> Iterator[Platforms]:
    with demo_platforms() as running:
        running.listings["willow-lane"].review_count = running.listings["willow-lane"].rating_count = 10
        yield running


@dataclass
class Installation:
    """One database with a page and an API-like source, worked on by children."""

    database: str
    folder: Path
    forker: Callable[..., dict[str, Any]]
    now: datetime = NOW
    group_id: int = 0
    source_ids: list[int] = field(default_factory=list)

    def declare(self, platforms: Platforms) -> None:
        storage = open_storage(self.database)
        with storage.write() as tx:
            group = groups.add_group(tx, name="North", now=NOW)
            g = tx.group(group.id)
            clinic = clinics.add_clinic(
                g, slug="willow", name="Willow", now=NOW, jurisdiction="US", professions=("physiotherapist",)
            )
            widgets.add_widget(g, slug="willow", now=NOW, clinic_ids=[clinic.id])
            clinics.confirm_rule(
                g, jurisdiction="US", profession="physiotherapist",
                row_version=rules.load().version("US", "physiotherapist"),
                person_id=None, person_name="Robin", now=NOW,
            )  # fmt: skip
            config = {"listing": "willow-lane", "token": "secret-of-the-demo", "url": platforms.url}
            for kind, url, label, own in (
                ("web_page", f"{platforms.url}/reviews/1", "Page", {}),
                ("example_api", "", "Example", config),
            ):
                source = sources.add_source(
                    g, clinic_id=clinic.id, kind=kind, label=label, url=url, origin="own_site", config=own, now=NOW,
                    next_due_at=NOW,
                )  # fmt: skip
                self.source_ids.append(source.id)
        storage.close()
        self.group_id = group.id

    def work(self, **order: Any) -> dict[str, Any]:
        """One child collects whatever is due, an hour and a bit after the last."""
        self.now += timedelta(hours=2)
        return self.forker(database=self.database, folder=str(self.folder), now=self.now.isoformat(), **order)

    def make_due(self) -> None:
        """Both sources are due again, whatever a killed run had set."""
        storage = open_storage(self.database)
        with storage.write() as tx:
            for source_id in self.source_ids:
                sources.update_source(
                    tx.group(self.group_id), source_id, now=NOW, next_due_at=self.now - timedelta(hours=1)
                )
        storage.close()

    def finish(self) -> None:
        """One clean run of whatever is due: it has to be enough."""
        self.make_due()
        assert self.work() == {"killed": False, "code": 0}

    def state(self) -> dict[str, Any]:
        """What must be the same whatever was killed: reviews, totals, figures, news; not run ids and times."""
        storage = open_storage(self.database)
        with storage.read() as tx:
            g = tx.group(self.group_id)
            held = review_lists.find_reviews(g, review_lists.ReviewFilters(), limit=500, after=None).rows
            # Told or not yet: alerts are made of them at the end of a collection.
            sql = "SELECT payload FROM outbox WHERE kind = 'reviews.collected' ORDER BY id"
            news = [json.loads(row["payload"]) for row in tx.session.execute(sql).rows]
            state = {
                "reviews": sorted(
                    (r.source_id, r.identity_key, r.text, r.version, r.presence, r.label or "", r.scorer) for r in held
                ),
                "versions": sum(len(stored.find_versions(g, r.id)) for r in held),
                "replies": sum(len(stored.find_replies(g, r.id)) for r in held),
                "totals": sorted(
                    (str(p.total.average), p.total.review_count)
                    for s in self.source_ids
                    for p in totals.find_totals(g, s)
                ),
                "news": sum(each["new"] for each in news),
                "open runs": [s for s in self.source_ids if runs.find_open_run(g, s)],
                "snapshots": [
                    (path, snapshot.etag if (snapshot := snapshots.find_snapshot(tx, path)) else None)
                    for path in ("w/willow/data.json", "w/willow/embed.html", "r/willow")
                ],
                "themes": themes.count_themes(
                    g, themes.Slice(since=NOW.replace(year=1990), until=NOW.replace(year=2100))
                ),
                "stale": clinics.find_stale_clinics(tx, 10),
            }
        storage.close()
        return state


@pytest.fixture
def installation(
    database_url: str, tmp_path: Path, forker: Callable[..., dict[str, Any]], crash_platforms: Platforms
) -> Installation:
    made = Installation(database=database_url, folder=tmp_path, forker=forker)
    made.declare(crash_platforms)
    return made


@pytest.fixture(scope="session")
def clean_state(
    tmp_path_factory: pytest.TempPathFactory, forker: Callable[..., dict[str, Any]], crash_platforms: Platforms
) -> dict[str, Any]:
    """What an installation that nobody ever killed looks like in the end."""
    folder = tmp_path_factory.mktemp("clean")
    storage = open_storage(str(folder / "reviews.db"))
    storage.migrate(NOW)
    storage.close()
    clean = Installation(database=str(folder / "reviews.db"), folder=folder, forker=forker)
    clean.declare(crash_platforms)
    clean.finish()
    return clean.state()
