"""Real processes of the program on one database, and pages that keep them waiting."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from reviews.clock import to_text, utc_now
from reviews.config import child_environment
from reviews.model import Source
from reviews.storage import Storage, clinics, groups, open_storage, review_lists, runs, sources, widgets
from tests.conftest import ROOT
from tests.platforms import sites
from tests.platforms.server import Asked, Platforms, Reply

PAGES, PER_PAGE = 3, 2
REVIEWS = (sys.executable, "-m", "reviews")


def wait_until(holds: Callable[[], object], what: str, seconds: float = 120) -> None:
    """Return as soon as something holds; fail when it never does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        time.sleep(0.05)


def sentence(n: int, page: int, site: int) -> str:
    """What a review says."""
    return f"Sentence {n} of page {page} of {site}."


@dataclass
class Process:
    """One process with what it has said."""

    handle: subprocess.Popen[str]
    log: Path

    def kill(self, number: int = signal.SIGKILL) -> int:
        """Send a signal that ends it; its exit status."""
        self.handle.send_signal(number)
        return self.handle.wait(90)

    def events(self) -> list[dict]:
        """The events of its log."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def said(self, event: str) -> bool:
        return any(line.get("event") == event for line in self.events())


@dataclass
class Fleet:
    """One installation; every process that it starts ends with the test."""

    database: str
    folder: Path
    platforms: Platforms
    lease_seconds: int = 2
    processes: list[Process] = field(default_factory=list)
    gates: dict[str, threading.Event] = field(default_factory=dict)
    group_id: int = 0

    def __post_init__(self) -> None:
        self.storage: Storage = open_storage(self.database)
        plain = self.platforms.answer

        def answer(asked: Asked) -> Reply:
            if (gate := self.gates.get(asked.path)) is not None:
                self.platforms.requests.append(asked)
                gate.wait(120)
            return plain(asked)

        self.platforms.answer = answer  # type: ignore[method-assign]

    def declare(self, count: int) -> None:
        """So many sources of one clinic, each a list of PAGES pages of its own."""
        now = utc_now()
        with self.storage.write() as tx:
            self.group_id = groups.add_group(tx, name="North", now=now).id
            g = tx.group(self.group_id)
            clinic = clinics.add_clinic(g, slug="willow", name="Willow", now=now)
            widgets.add_widget(g, slug="willow", now=now, clinic_ids=[clinic.id])
            for number in range(count):
                for page in range(1, PAGES + 1):
                    written = [
                        sites.Written(f"Person {page}-{n}", "5", sentence(n, page, number), "2026-10-01")
                        for n in range(PER_PAGE)
                    ]
                    following = f"/site-{number}/{page + 1}" if page < PAGES else None
                    self.platforms.pages[f"/site-{number}/{page}"] = sites.json_ld_page(written, next_url=following)
                sources.add_source(
                    g, clinic_id=clinic.id, kind="web_page", label=f"Site {number}",
                    url=f"{self.platforms.url}/site-{number}/1", origin="own_site", config={}, now=now, next_due_at=now,
                )  # fmt: skip

    def environment(self) -> dict[str, str]:
        return child_environment(
            data_dir=str(self.folder / "data"),
            database=self.database,
            config=str(self.folder / "none.toml"),
            secret_keys="k" * 40,
            base_url="http://127.0.0.1:8000",
            allow_private_nets="127.0.0.0/8",
            allow_ports=self.platforms.url.rpartition(":")[2],
            lease_seconds=str(self.lease_seconds),
        )

    def start(self, *command: str, **settings: str) -> Process:
        """A process of the program, in a session of its own."""
        log = self.folder / f"{len(self.processes)}.log"
        environment = {**self.environment(), **{f"REVIEWS_{name.upper()}": value for name, value in settings.items()}}
        with log.open("w") as output:
            handle = subprocess.Popen(
                [*REVIEWS, *command], env=environment, cwd=ROOT, stdout=output, stderr=output, text=True,
                start_new_session=True,
            )  # fmt: skip
        self.processes.append(Process(handle, log))
        return self.processes[-1]

    def stop(self) -> None:
        """End what was started, and close."""
        for gate in self.gates.values():
            gate.set()
        for process in self.processes:
            if process.handle.poll() is None:
                os.kill(process.handle.pid, signal.SIGCONT)
                os.killpg(process.handle.pid, signal.SIGKILL)
                process.handle.wait(60)
        self.storage.close()
        for reserve in self.folder.glob("*.reserve"):
            reserve.unlink()

    def hold(self, path: str) -> threading.Event:
        """Let requests for this page wait for the event that is returned."""
        return self.gates.setdefault(path, threading.Event())

    def asked(self, path: str) -> int:
        return len(self.platforms.asked(path))

    def sources(self) -> list[Source]:
        with self.storage.read() as tx:
            return sources.find_sources(tx.group(self.group_id))

    def are_read(self) -> bool:
        return all(source.last_outcome == "ok" for source in self.sources())

    def make_due(self) -> None:
        """Whatever was not read whole and nobody is reading is due again, whatever a killed run had set."""
        with self.storage.write() as tx:
            tx.session.execute(
                "UPDATE sources SET next_due_at = :now WHERE (last_outcome IS NULL OR last_outcome <> 'ok')"
                " AND (lease_until IS NULL OR lease_until <= :now)",
                {"now": to_text(utc_now())},
            )

    def outcomes(self, source: Source) -> list[str | None]:
        """How its runs ended, oldest first."""
        with self.storage.read() as tx:
            return [run.outcome for run in reversed(runs.find_runs(tx.group(self.group_id), source.id))]

    def check_all_is_there_once(self) -> None:
        """Every review of every page is stored, and told, exactly once; no run is left open."""
        with self.storage.read() as tx:
            g = tx.group(self.group_id)
            held = review_lists.find_reviews(g, review_lists.ReviewFilters(), limit=500, after=None).rows
            # Sent or not: another room hands the events on.
            told = tx.session.execute("SELECT payload FROM outbox WHERE kind = 'reviews.collected'").rows
            found = sources.find_sources(g)
            assert [source.label for source in found if runs.find_open_run(g, source.id)] == []
        expected = sorted(
            sentence(n, page, number)
            for number in range(len(found))
            for page in range(1, PAGES + 1)
            for n in range(PER_PAGE)
        )
        assert sorted(review.text for review in held) == expected
        assert {review.version for review in held} == {1}
        news = sum(json.loads(event["payload"])["new"] for event in told)
        assert news == len(expected), f"{news} news of {len(expected)} reviews"
