"""How near many sources come to the best that waiting allows: 2,000 sources, 200 ms an answer, 64 asked at a time.

The ideal is requests × latency ÷ 64, when only the network is waited for. Everything else is the program's own:
claims, parsing in child processes, storing, scoring, figures, snapshots of a widget each. Where that takes more CPU
than the cores have in this time, they are the limit; so a second ratio compares with the larger of the two: the wait,
or the CPU that was used (workers, their children, the database) ÷ cores. Two worker processes of 32 threads each, as
on a machine with two cores; `python -m benchmarks.fleet 200` takes fewer sources.
"""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.common import REVIEWS, figure, free_port, own_cpu, postgres, running, tree_cpu
from benchmarks.workload import api_page
from reviews.clock import utc_now
from reviews.storage import Storage, clinics, groups, open_storage, sources, widgets

SOURCES = 2_000
LATENCY_SECONDS = 0.2
IN_FLIGHT = 64
PROCESSES = 2
REVIEWS_EACH = 10
LONGEST_SECONDS = 1_800


@dataclass
class SlowPlatform:
    """The invented platform, with every answer late; counts what it was asked."""

    page: bytes
    head: bytes
    asked: int = 0
    most_at_once: int = 0
    first_at: float = 0.0
    _now: int = 0
    port: int = field(default_factory=free_port)

    def start(self) -> None:
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait()

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", self.port, backlog=512)
        ready.set()
        async with server:
            await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n", 1)[0]
        self.first_at = self.first_at or time.monotonic()
        self.asked += 1
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        await asyncio.sleep(LATENCY_SECONDS)
        self._now -= 1
        body = self.page if b"/reviews" in line else self.head
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        await writer.drain()
        writer.close()


def declare(storage: Storage, url: str, count: int) -> None:
    """So many clinics of ten groups, each with one source that is due."""
    now = utc_now()
    for number in range(10):
        with storage.write() as tx:
            g = tx.group(groups.add_group(tx, name=f"Group {number}", now=now).id)
            for at in range(number, count, 10):
                clinic = clinics.add_clinic(g, slug=f"clinic-{at}", name=f"Clinic {at}", now=now)
                widgets.add_widget(g, slug=f"clinic-{at}", now=now, clinic_ids=[clinic.id])
                sources.add_source(
                    g, clinic_id=clinic.id, kind="example_api", label="Example", url=url, origin="example", now=now,
                    config={"url": url, "listing": f"l-{at}", "token": "bench"}, next_due_at=now,
                )  # fmt: skip


def finished(storage: Storage) -> int:
    with storage.session(writable=False) as session:
        return int(session.execute("SELECT COUNT(*) AS n FROM runs WHERE finished_at IS NOT NULL").rows[0]["n"])


def backends(storage: Storage) -> list[int]:
    """The server's processes that work for this database."""
    with storage.session(writable=False) as session:
        rows = session.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").rows
    return [row["pid"] for row in rows]


class Meter:
    """CPU seconds of the workers, their children, and the database's processes since the meter was made."""

    def __init__(self, storage: Storage, workers: list[int]) -> None:
        self._storage, self._workers = storage, workers
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._ours = sum(map(tree_cpu, workers))
        self.read()
        self._first = dict(self._last)

    def read(self) -> None:
        """Look again; a process that has ended meanwhile counts as far as it was seen."""
        for pid in backends(self._storage):
            with contextlib.suppress(OSError):
                self._last[pid] = own_cpu(pid)

    @property
    def seconds(self) -> dict[str, float]:
        """So far, by who."""
        ours = sum(map(tree_cpu, self._workers)) - self._ours
        server = sum(cpu - self._first.get(pid, 0.0) for pid, cpu in self._last.items())
        return {"workers": ours, "database": server}


def measure(name: str, url: str, folder: Path, count: int) -> None:
    first = json.loads(api_page(0, REVIEWS_EACH))
    page = json.dumps({**first, "next_page_token": None}).encode()
    head = json.dumps({
        "listing": {"id": "l", "name": "Clinic", "telephone": None, "page": None},
        "total": {"average": "4.6", "best": 5, "rating_count": 10, "review_count": 10},
    }).encode()  # fmt: skip
    platform = SlowPlatform(page=page, head=head)
    platform.start()
    storage = open_storage(url)
    storage.migrate(utc_now())
    declare(storage, f"http://127.0.0.1:{platform.port}", count)
    environment = {
        **os.environ, "REVIEWS_DATABASE": url, "REVIEWS_DATA_DIR": str(folder), "REVIEWS_SECRET_KEYS": "b" * 40,
        "REVIEWS_ALLOW_PRIVATE_NETS": "127.0.0.0/8", "REVIEWS_ALLOW_PORTS": str(platform.port),
        "REVIEWS_WORKER_THREADS": str(IN_FLIGHT // PROCESSES), "REVIEWS_LOG_LEVEL": "ERROR", "REVIEWS_DEMO": "1",
    }  # fmt: skip
    worker = (*REVIEWS, "worker")
    with running(worker, env=environment) as one, running(worker, env=environment) as two:
        meter = Meter(storage, [one.pid, two.pid])
        began = time.monotonic()
        while finished(storage) < count:
            if time.monotonic() - began > LONGEST_SECONDS:
                raise RuntimeError(f"only {finished(storage)} of {count} sources in {LONGEST_SECONDS} s")
            meter.read()
            time.sleep(0.25)
        seconds = time.monotonic() - platform.first_at
        meter.read()
        cpu = meter.seconds
    check(storage, count)
    storage.close()
    ideal = platform.asked * LATENCY_SECONDS / IN_FLIGHT
    cores = os.cpu_count() or 1
    bound = max(ideal, sum(cpu.values()) / cores)
    said = f"{count} sources, {LATENCY_SECONDS * 1000:.0f} ms an answer, {IN_FLIGHT} at a time"
    figure(
        name, seconds, "s", n=count, beside=ideal, ratio=seconds / ideal, requests=platform.asked,
        most_at_once=platform.most_at_once, cores=cores, workload=f"{said}, beside the ideal",
    )  # fmt: skip
    figure(
        f"{name}.cpu", sum(cpu.values()), "s of CPU", n=count, beside=bound, ratio=seconds / bound, cores=cores,
        by={who: round(each, 2) for who, each in cpu.items()}, ms_a_source=round(sum(cpu.values()) / count * 1000, 2),
        workload=f"{said}; the ratio is the time beside the larger of the ideal and CPU ÷ cores",
    )  # fmt: skip


def check(storage: Storage, count: int) -> None:
    """Every source has all its reviews, scored, and every run has ended well."""
    with storage.session(writable=False) as session:
        held = session.execute("SELECT COUNT(*) AS n FROM reviews WHERE scorer <> ''").rows[0]["n"]
        good = session.execute("SELECT COUNT(*) AS n FROM runs WHERE outcome = 'ok'").rows[0]["n"]
    if (held, good) != (count * REVIEWS_EACH, count):
        raise RuntimeError(f"{held} reviews and {good} good runs of {count} sources")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else SOURCES
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        measure("fleet.postgres", server, Path(folder), count)


if __name__ == "__main__":
    main()
