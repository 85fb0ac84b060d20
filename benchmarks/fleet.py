"""How near many sources come to the best that waiting allows: 2,000 sources, 200 ms an answer, 64 asked at a time.

Five measures in one run, with workers that are already running. *First*: everything is new, ten reviews a source.
*News*: all are due once more, six hours later by the clock of the workers, and each has one new review, which goes
through all: it is scored, stored, counted, and the widget is drawn anew. *Likes*: no news, but the newest review of
each has one like more, so that every page is stored again. *Again*: 2 in 100 have one review more or one that was
changed; the others say what they said, as a fleet does most of the time. *Morning*: as *again*, but soon after midnight
at the clinics, so that each widget is drawn anew: it says on which day it was read. Each ends when every run has ended
well and every widget shows what was read.

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
import re
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from benchmarks.common import figure, free_port, own_cpu, postgres, running, tree_cpu
from benchmarks.later import VARIABLE, clock_of, set_ahead
from benchmarks.workload import record
from reviews.clock import Clock, to_text, utc_now
from reviews.storage import Storage, clinics, groups, open_storage, sources, widgets, workers
from reviews.storage.engine import Session

SOURCES = 2_000
LATENCY_SECONDS = 0.2
IN_FLIGHT = 64
PROCESSES = 2
REVIEWS_EACH = 10
REQUESTS_EACH = 2
"""The listing with its total, and one page of reviews."""
CHANGED_EACH = 50
"""Of so many sources one has something new the second time: by turns a new review and a changed one."""
LONGEST_SECONDS = 1_800
_LISTING = re.compile(rb"/v1/listings/l-(\d+)")


@dataclass
class SlowPlatform:
    """The invented platform, with every answer late; counts what it was asked. Each listing has reviews of its own."""

    records: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    pages: dict[int, bytes] = field(default_factory=dict)
    heads: dict[int, bytes] = field(default_factory=dict)
    asked: int = 0
    most_at_once: int = 0
    first_at: float = 0.0
    clock: Clock = utc_now
    _now: int = 0
    port: int = field(default_factory=free_port)

    def say(self, listing: int, *, news: str = "") -> None:
        """What a listing holds: ten reviews at first; with "new" one more, with "changed" the newest was edited, with
        "likes" somebody likes it."""
        records = self.records.setdefault(listing, [record(listing * 100 + number) for number in range(REVIEWS_EACH)])
        moment = f"{self.clock():%Y-%m-%dT%H:%M:%S}"
        if news == "new":
            records.insert(0, {**record(listing * 100 + len(records)), "created_at": f"{moment}Z"})
        elif news == "changed":
            records[0] = {**records[0], "text": f"{records[0]['text']} I have been there again."}
        elif news == "likes":
            records[0] = {**records[0], "likes": records[0].get("likes", 0) + 1}
        if news in ("new", "changed"):
            records[0]["updated_at"] = f"{moment}.000000000Z"
        self.pages[listing] = json.dumps({"reviews": records, "next_page_token": None}).encode()
        self.heads[listing] = json.dumps({
            "listing": {"id": f"l-{listing}", "name": "Clinic", "telephone": None, "page": None},
            "total": {
                "average": f"{3 + listing % 20 / 10:.1f}", "best": 5, "rating_count": len(records) + listing,
                "review_count": len(records),
            },
        }).encode()  # fmt: skip

    def start(self) -> None:
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait()

    def begin(self) -> None:
        """Count anew."""
        self.asked, self.most_at_once, self.first_at = 0, 0, 0.0

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.get_running_loop().create_server(
            lambda: _Asked(self), "127.0.0.1", self.port, backlog=512
        )
        ready.set()
        async with server:
            await server.serve_forever()

    def take(self) -> None:
        """Somebody asks."""
        self.first_at = self.first_at or time.monotonic()
        self.asked += 1
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)

    def answer(self, head: bytes) -> bytes:
        """What was asked for."""
        self._now -= 1
        line = head.split(b"\r\n", 1)[0]
        found = _LISTING.search(line)
        assert found is not None
        body = (self.pages if b"/reviews" in line else self.heads)[int(found[1])]
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        )


@dataclass
class _Asked(asyncio.Protocol):
    """One request, which comes in whatever pieces, and its answer after the latency."""

    platform: SlowPlatform
    head: bytes = b""
    transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.head += data
        if b"\r\n\r\n" in self.head:
            self.platform.take()
            asyncio.get_running_loop().call_later(LATENCY_SECONDS, self.answer)

    def answer(self) -> None:
        assert self.transport is not None
        self.transport.write(self.platform.answer(self.head))
        self.transport.close()


def declare(storage: Storage, url: str, count: int) -> None:
    """So many clinics of ten groups, each with one source that was never read and is not due yet."""
    now, zone = utc_now(), night_zone()
    for number in range(10):
        with storage.write() as tx:
            g = tx.group(groups.add_group(tx, name=f"Group {number}", now=now).id)
            for at in range(number, count, 10):
                clinic = clinics.add_clinic(g, slug=f"clinic-{at}", name=f"Clinic {at}", time_zone=zone, now=now)
                widgets.add_widget(g, slug=f"clinic-{at}", now=now, clinic_ids=[clinic.id])
                sources.add_source(
                    g, clinic_id=clinic.id, kind="example_api", label="Example", url=url, origin="example", now=now,
                    config={"url": url, "listing": f"l-{at}", "token": "bench"}, next_due_at=None,
                )  # fmt: skip


def night_zone() -> str:
    """A time zone in which it is some time after one at night now, so that three rounds are left of this day."""
    ahead = 1 - utc_now().hour
    ahead += 24 if ahead < -12 else 0
    return f"Etc/GMT{-ahead:+d}"  # whose sign is the other way round


def make_due(storage: Storage, at: datetime | None) -> None:
    """Every source is due at this time; None: none is due at all."""
    with storage.session(writable=True) as session:
        session.execute("UPDATE sources SET next_due_at = :at", {"at": to_text(at) if at else None})


def wait_for_workers(storage: Storage, count: int) -> None:
    """Until so many workers have given a sign of life."""
    end = time.monotonic() + 60
    while True:
        with storage.read() as tx:
            if len(workers.find_workers(tx)) >= count:
                return
        if time.monotonic() > end:
            raise RuntimeError("the workers did not start")
        time.sleep(0.05)


def is_done(storage: Storage, runs: int) -> bool:
    """Whether so many runs have ended and every widget shows what they have read."""
    with storage.read() as tx:
        is_shown = not clinics.find_stale_clinics(tx, 1)
        return is_shown and finished(tx.session) >= runs


def finished(session: Session) -> int:
    return int(session.execute("SELECT COUNT(*) AS n FROM runs WHERE finished_at IS NOT NULL").rows[0]["n"])


def backends(storage: Storage) -> list[int]:
    """The server's processes that work for this database."""
    with storage.session(writable=False) as session:
        rows = session.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").rows
    return [row["pid"] for row in rows]


class Meter:
    """CPU seconds of the workers, their children, and the database's processes since the meter was made."""

    def __init__(self, storage: Storage, pids: list[int]) -> None:
        self._storage, self._workers = storage, pids
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._ours = sum(map(tree_cpu, pids))
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
    ahead = folder / "ahead"
    set_ahead(ahead, 0)
    platform = SlowPlatform(clock=clock_of(ahead))
    for listing in range(count):
        platform.say(listing)
    platform.start()
    storage = open_storage(url)
    storage.migrate(utc_now())
    declare(storage, f"http://127.0.0.1:{platform.port}", count)
    environment = {
        **os.environ, "REVIEWS_DATABASE": url, "REVIEWS_DATA_DIR": str(folder), "REVIEWS_SECRET_KEYS": "b" * 40,
        "REVIEWS_ALLOW_PRIVATE_NETS": "127.0.0.0/8", "REVIEWS_ALLOW_PORTS": str(platform.port),
        "REVIEWS_WORKER_THREADS": str(IN_FLIGHT // PROCESSES), "REVIEWS_LOG_LEVEL": "ERROR", "REVIEWS_DEMO": "1",
        VARIABLE: str(ahead),
    }  # fmt: skip
    worker = (sys.executable, "-m", "benchmarks.later")
    with running(worker, env=environment) as one, running(worker, env=environment) as two:
        pids = [one.pid, two.pid]
        wait_for_workers(storage, PROCESSES)
        news = ["new" if listing % (2 * CHANGED_EACH) else "changed" for listing in range(0, count, CHANGED_EACH)]
        few = dict(zip(range(0, count, CHANGED_EACH), news, strict=True))
        rounds: tuple[tuple[int, str, str, dict[int, str]], ...] = (
            (0, "first", "all new, ten reviews each", {}),
            (6, "news", "one new review each", dict.fromkeys(range(count), "new")),
            (12, "likes", "one like more in each", dict.fromkeys(range(count), "likes")),
            (18, "again", "2 in 100 with news", few),
            (23, "morning", "2 in 100 with news, the next day", few),
        )
        new = changed = 0
        for number, (hours, part, what, said) in enumerate(rounds):
            make_due(storage, None)  # by themselves some would be due as soon as the clock goes ahead
            set_ahead(ahead, hours * 3600)
            for listing, each in said.items():
                platform.say(listing, news=each)
            new += sum(each == "new" for each in said.values())
            changed += sum(each == "changed" for each in said.values())
            follow(f"{name}.{part}", what, storage, platform, pids, count, runs=(number + 1) * count)
            check(storage, count, rounds=number + 1, new=new, changed=changed)
    storage.close()


def follow(
    name: str,
    what: str,
    storage: Storage,
    platform: SlowPlatform,
    pids: list[int],
    count: int,
    *,
    runs: int,
) -> None:
    """Let all be due, and wait until all is done; what it took, from the first request on."""
    platform.begin()
    meter = Meter(storage, pids)
    make_due(storage, platform.clock())
    began = metered = time.monotonic()
    # This machine, and its database, are asked as little as may be before the last source has been.
    while platform.asked < REQUESTS_EACH * count or not is_done(storage, runs):
        if time.monotonic() - began > LONGEST_SECONDS:
            raise RuntimeError(f"{name}: not done in {LONGEST_SECONDS} s")
        if time.monotonic() - metered > 1:
            meter.read()
            metered = time.monotonic()
        time.sleep(0.05)
    seconds = time.monotonic() - platform.first_at
    meter.read()
    cpu = meter.seconds
    ideal = platform.asked * LATENCY_SECONDS / IN_FLIGHT
    cores = os.cpu_count() or 1
    bound = max(ideal, sum(cpu.values()) / cores)
    said = f"{count} sources, {what}, {LATENCY_SECONDS * 1000:.0f} ms an answer, {IN_FLIGHT} at a time"
    figure(
        name, seconds, "s", n=count, beside=ideal, ratio=seconds / ideal, requests=platform.asked,
        most_at_once=platform.most_at_once, cores=cores, workload=f"{said}, beside the ideal",
    )  # fmt: skip
    figure(
        f"{name}.cpu", sum(cpu.values()), "s of CPU", n=count, beside=bound, ratio=seconds / bound, cores=cores,
        by={who: round(each, 2) for who, each in cpu.items()}, ms_a_source=round(sum(cpu.values()) / count * 1000, 2),
        workload=f"{said}; the ratio is the time beside the larger of the ideal and CPU ÷ cores",
    )  # fmt: skip


def check(storage: Storage, count: int, *, rounds: int, new: int, changed: int) -> None:
    """Every source has all its reviews, scored, every run has ended well, and every widget has its snapshots."""
    asked = {
        "reviews": "SELECT COUNT(*) AS n FROM reviews WHERE scorer <> ''",
        "versions": "SELECT COUNT(*) AS n FROM review_versions",
        "runs": "SELECT COUNT(*) AS n FROM runs WHERE outcome IN ('ok', 'unchanged')",
        "widgets": "SELECT COUNT(DISTINCT widget_id) AS n FROM snapshots WHERE deleted = 0",
    }
    with storage.session(writable=False) as session:
        found = {name: int(session.execute(text).rows[0]["n"]) for name, text in asked.items()}
    wanted = {"reviews": count * REVIEWS_EACH + new, "versions": changed, "runs": rounds * count, "widgets": count}
    if found != wanted:
        raise RuntimeError(f"found {found} instead of {wanted}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else SOURCES
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        measure("fleet.postgres", server, Path(folder), count)


if __name__ == "__main__":
    main()
