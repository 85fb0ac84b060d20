"""A widget's data from the program beside the same bytes served by nginx, in one run, alternating.

Requests per second depend on the machine's mood; CPU per request of the server process does not.
"""

import gzip
import os
import sys
import tempfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.common import (
    REVIEWS,
    figure,
    free_port,
    median,
    nginx,
    running,
    tree_cpu,
    tree_rss_mb,
    wait_for,
    wrk_with_p99,
)
from benchmarks.workload import NOW, allow_quotes, declare, fill
from reviews import i18n, publish, rules
from reviews.config import Settings
from reviews.storage import open_storage

SECONDS = 4
ROUNDS = 3
PATH = "w/willow-lane/data.json"


@dataclass
class Side:
    """One server under load."""

    name: str
    url: str
    pid: int
    headers: tuple[str, ...] = ()
    rates: list[float] = field(default_factory=list)
    slowest: list[float] = field(default_factory=list)
    micros: list[float] = field(default_factory=list)

    def load(self) -> None:
        before = tree_cpu(self.pid)
        rate, slowest = wrk_with_p99(self.url, SECONDS, *self.headers)
        self.rates.append(rate)
        self.slowest.append(slowest)
        self.micros.append((tree_cpu(self.pid) - before) / (rate * SECONDS) * 1e6)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(data_dir=folder / "var", secret_keys=("k" * 40,))
        settings.data_dir.mkdir()
        storage = open_storage(settings.database_url)
        storage.migrate(NOW)
        place = declare(storage)
        fill(storage, place, 500)
        allow_quotes(storage, place)
        publish.refresh_clinic(storage, settings, rules.load(), i18n.load(), place.group_id, place.clinic_id, NOW)
        storage.close()
        ours, theirs = free_port(), free_port()
        environment = {
            **os.environ,
            "REVIEWS_DATA_DIR": str(settings.data_dir),
            "REVIEWS_PORT": str(ours),
            "REVIEWS_BASE_URL": f"http://127.0.0.1:{ours}",
            "REVIEWS_SECRET_KEYS": "k" * 40,
            "REVIEWS_CONFIG": str(folder / "none.toml"),
            "REVIEWS_LOG_LEVEL": "ERROR",
        }
        with running([*REVIEWS, "serve", "--no-worker"], env=environment) as server:
            body = wait_for(f"http://127.0.0.1:{ours}/{PATH}")
            static = folder / "static"
            static.mkdir()
            (static / "data.json").write_bytes(body)
            with nginx(static, theirs) as web:
                assert wait_for(f"http://127.0.0.1:{theirs}/data.json") == body
                idle = compare(ours, theirs, server.pid, web.pid, body, "")
                with running([sys.executable, "-m", "benchmarks.writing", str(settings.data_dir)]):
                    busy = compare(ours, theirs, server.pid, web.pid, body, ".writing")
                busy_load = "p99 while another process writes reviews and snapshots; beside: while nobody writes"
                figure("serve.p99.writing", busy, "ms", n=ROUNDS, beside=idle, ratio=busy / idle, workload=busy_load)
                figure("serve.memory", tree_rss_mb(server.pid), "MB", n=1, workload="after all of this")


def compare(ours: int, theirs: int, our_pid: int, their_pid: int, body: bytes, when: str) -> float:
    """Measure both by turns; our p99 in milliseconds. `when` ends the names of the figures."""
    url = f"http://127.0.0.1:{ours}/{PATH}"
    with urllib.request.urlopen(url) as answer:
        etag = answer.headers["ETag"]
    sides = [
        Side("nginx", f"http://127.0.0.1:{theirs}/data.json", their_pid),
        Side("serve.snapshot", url, our_pid),
        Side("serve.snapshot.gzip", url, our_pid, ("Accept-Encoding: gzip",)),
        Side("serve.snapshot.304", url, our_pid, (f"If-None-Match: {etag}",)),
    ]
    for _ in range(ROUNDS):
        for side in sides:
            side.load()
    limit = sides[0]
    workload = f"{len(body)} bytes ({len(gzip.compress(body))} gzip), wrk -t1 -c16, {SECONDS} s a round"
    for side in sides[1:]:
        figure(f"{side.name}.p99{when}", median(side.slowest), "ms", n=ROUNDS, workload=workload,
               beside=median(limit.slowest))  # fmt: skip
        figure(f"{side.name}.rate{when}", median(side.rates), "req/s", n=ROUNDS, workload=workload,
               beside=median(limit.rates), ratio=median(side.rates) / median(limit.rates))  # fmt: skip
        figure(f"{side.name}.cpu{when}", median(side.micros), "µs/req", n=ROUNDS, workload=f"{workload}; share by CPU",
               beside=median(limit.micros), ratio=median(limit.micros) / median(side.micros))  # fmt: skip
    return median(sides[1].slowest)


if __name__ == "__main__":
    main()
