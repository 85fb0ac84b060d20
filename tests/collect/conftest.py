"""A whole installation in one process: a database, fake platforms on loopback, the real fetcher, sandbox and scorer."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reviews import i18n, rules, sentiment
from reviews.collect import Context, RunReport, run_claim
from reviews.config import Settings
from reviews.model import Claim, Clinic, Source
from reviews.sandbox import Sandbox
from reviews.storage import Storage, clinics, groups, review_lists, runs, sources, widgets
from reviews.storage import reviews as stored
from tests.conftest import FakeClock
from tests.platforms.listing import Listing
from tests.platforms.server import Platforms, demo_platforms
from tests.platforms.sites import Written, json_ld_page
from tests.sources.doors import loopback_fetcher


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(processes=1) as opened:
        yield opened


@pytest.fixture(scope="session")
def scorer() -> sentiment.Scorer:
    return sentiment.load()


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with demo_platforms() as running:
        yield running


@dataclass
class World:
    """One clinic of one group, and what tests ask of it."""

    context: Context
    clock: FakeClock
    platforms: Platforms
    group_id: int
    clinic: Clinic

    @property
    def storage(self) -> Storage:
        return self.context.storage

    @property
    def listing(self) -> Listing:
        return self.platforms.listings["willow-lane"]

    def add_source(self, kind: str, path: str, *, label: str = "Own website", **fields: Any) -> Source:
        config = fields.pop("config", {})
        if kind == "example_api":
            config = {"listing": "willow-lane", "token": self.listing.token, "url": self.platforms.url, **config}
        with self.storage.write() as tx:
            return sources.add_source(
                tx.group(self.group_id),
                clinic_id=self.clinic.id,
                kind=kind,
                label=label,
                url=self.platforms.url + path if path else "",
                origin=fields.pop("origin", "own_site"),
                config=config,
                now=self.clock(),
                next_due_at=self.clock(),
                **fields,
            )

    def shows(self, *reviews: Written, visit: str = "", total: tuple[str, str] | None = ("4.6", "222")) -> None:
        """The page at ``/own`` shows these reviews; what `visit` says is not read by anybody."""
        self.platforms.pages["/own"] = json_ld_page(reviews, total=total) + f"<!-- {visit} -->"

    def claim(self, source: Source, owner: str = "test") -> Claim:
        with self.storage.write() as tx:
            claim = sources.claim_source(
                tx.group(self.group_id), source.id, owner=owner, now=self.clock(), lease_seconds=300
            )
        assert claim is not None
        return claim

    def collect(self, source: Source, **options: Any) -> RunReport:
        """One run, a day after the last."""
        self.clock.advance(days=1)
        return run_claim(self.context, self.claim(source), trigger="command", **options)

    def source(self, source: Source) -> Source:
        with self.storage.read() as tx:
            return sources.get_source(tx.group(self.group_id), source.id)

    def held(self, **filters: Any) -> list[Any]:
        """Stored reviews, newest first."""
        with self.storage.read() as tx:
            found = review_lists.find_reviews(
                tx.group(self.group_id), review_lists.ReviewFilters(**filters), limit=500, after=None
            )
        return list(found.rows)

    def texts(self) -> set[str]:
        return {review.text for review in self.held()}

    def versions(self, review_id: int) -> list[Any]:
        with self.storage.read() as tx:
            return stored.find_versions(tx.group(self.group_id), review_id)

    def last_run(self, source: Source) -> runs.Run:
        with self.storage.read() as tx:
            return runs.find_runs(tx.group(self.group_id), source.id)[0]


@pytest.fixture
def world(
    storage: Storage,
    clock: FakeClock,
    tmp_path: Path,
    platforms: Platforms,
    sandbox: Sandbox,
    scorer: sentiment.Scorer,
) -> World:
    settings = Settings(data_dir=tmp_path, secret_keys=("k" * 40,), import_dir=tmp_path / "imports")
    context = Context(
        storage=storage,
        settings=settings,
        fetcher=loopback_fetcher(quick=True, stand_ins=platforms.stand_ins),
        sandbox=sandbox,
        scorer=scorer,
        book=rules.load(),
        catalogue=i18n.load(),
        clock=clock,
    )
    with storage.write() as tx:
        group = groups.add_group(tx, name="North", now=clock())
        g = tx.group(group.id)
        clinic = clinics.add_clinic(
            g, slug="willow-lane", name="Willow Lane", now=clock(), jurisdiction="US", professions=("physiotherapist",)
        )
        widgets.add_widget(g, slug="willow-lane", now=clock(), clinic_ids=[clinic.id])
        clinics.confirm_rule(
            g,
            jurisdiction="US",
            profession="physiotherapist",
            row_version=context.book.version("US", "physiotherapist"),
            person_id=None,
            person_name="Robin",
            now=clock(),
        )
    return World(context=context, clock=clock, platforms=platforms, group_id=group.id, clinic=clinic)
