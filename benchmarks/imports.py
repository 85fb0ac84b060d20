"""A table of a million rows, imported by the command: rows per second, memory, killed on the way and gone on with."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.common import REVIEWS, figure, tree_rss_mb
from benchmarks.workload import NOW
from reviews.storage import clinics, groups, open_storage, runs, sources

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
KILLED_AT = 0.4
"""Part of the rows after which the first import is killed."""
WORDS = (
    "The front desk was kind and the room was warm. I waited ten minutes and was told why. My shoulder is better "
    "after three visits, and the exercises were explained twice. The bill was clear. "
)


def write_table(path: Path, rows: int) -> None:
    """A table as people export it, every hundredth text with a line break and quotation marks."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("id,author,rating,date,text,reply\r\n")
        for n in range(rows):
            more = '\r\nThey said ""welcome back"".' if n % 100 == 0 else ""
            text = f'"Visit {n}. {WORDS}{more}"'
            reply = "Thank you." if n % 3 == 0 else ""
            file.write(f"r{n},Guest {n % 5000},{n % 5 + 1},2025-{n % 12 + 1:02d}-{n % 28 + 1:02d},{text},{reply}\r\n")


def children_cpu() -> float:
    """CPU seconds of all children that have ended, with theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Watched:
    """A command whose memory is measured while it runs."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )
        self.samples: list[tuple[int, float]] = []

    def look(self, done: int) -> None:
        """Remember what the process and its children hold now that so many rows are stored."""
        with contextlib.suppress(OSError, ValueError):
            self.samples.append((done, tree_rss_mb(self.process.pid)))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = folder / "reviews.csv"
        write_table(table, ROWS)
        workload = (
            f"{ROWS:,} rows of {table.stat().st_size / ROWS:.0f} bytes, SQLite, scored, killed at 40 % and resumed"
        )
        environment = {**os.environ, "REVIEWS_DATA_DIR": name, "REVIEWS_SECRET_KEYS": "k" * 40}
        storage = open_storage(str(folder / "reviews.db"))
        storage.migrate(NOW)
        with storage.write() as tx:
            group = groups.add_group(tx, name="Bench", now=NOW)
            g = tx.group(group.id)
            clinic = clinics.add_clinic(g, slug="bench", name="Bench", now=NOW)
            source = sources.add_source(
                g, clinic_id=clinic.id, kind="file_import", label="Export", url="", origin="first_party",
                config={}, now=NOW,
            )  # fmt: skip
        command = [*REVIEWS, "import", str(table), "--source", source.public_id]

        def done() -> tuple[int, runs.Run | None]:
            with storage.read() as tx:
                found = runs.find_runs(tx.group(group.id), source.id, 1)
            return (found[0].records_done if found else 0), (found[0] if found else None)

        began = time.monotonic()
        first = Watched(command, environment)
        checked = 0.0
        while first.process.poll() is None and done()[0] < ROWS * KILLED_AT:
            time.sleep(0.5)
            first.look(done()[0])
            if not checked and done()[1] is not None:
                checked = time.monotonic() - began
        if first.process.poll() is not None:
            sys.exit(f"the import ended by itself: {first.process.stderr.read().decode()}")  # type: ignore[union-attr]
        os.killpg(first.process.pid, signal.SIGKILL)
        first.process.wait()
        stored = done()[0]
        killed = time.monotonic() - began

        began, spent = time.monotonic(), children_cpu()
        second = Watched(command, environment)
        while second.process.poll() is None:
            time.sleep(0.5)
            second.look(done()[0])
        resumed, spent = time.monotonic() - began, children_cpu() - spent
        if second.process.returncode:
            sys.exit(f"failed: {second.process.stderr.read().decode()}")  # type: ignore[union-attr]
        _, run = done()
        assert run is not None
        with storage.session(writable=False) as session:
            held = session.execute("SELECT COUNT(*) AS n FROM reviews").rows[0]["n"]
        assert (run.counts.new, held, run.outcome) == (ROWS, ROWS, "ok"), (run, held)
        with storage.read() as tx:
            assert len(runs.find_runs(tx.group(group.id), source.id)) == 1
        storage.close()

        seconds = killed + resumed
        figure("imports.rows", ROWS / seconds, "rows/s", n=ROWS, workload=workload, seconds=round(seconds))
        figure("imports.resumed", (ROWS - stored) / spent, "rows/s of CPU", n=ROWS - stored, workload=workload)
        figure("imports.check", ROWS / checked, "rows/s", n=ROWS, workload="looked through and checked, nothing stored")
        figure("imports.killed_at", stored, "rows", n=1, workload=workload, doubled=held - ROWS, lost=ROWS - held)
        samples = [*first.samples, *second.samples]
        storing = [mb for rows, mb in samples if 0 < rows < ROWS]
        early, late = max(storing[: len(storing) // 4] or storing), max(storing[-(len(storing) // 4) :])
        figure(
            "imports.memory.storing", max(storing), "MB, command and its children", n=len(storing), workload=workload,
            early=round(early), late=round(late), ratio=late / early,
        )  # fmt: skip
        # What comes after storing: scoring, and counting the months.
        figure(
            "imports.memory.peak", max(mb for _, mb in samples), "MB, scoring and closing included", n=len(samples),
            workload=workload,
        )  # fmt: skip


if __name__ == "__main__":
    main()
