"""Runs where `faults.c` is preloaded: the work of an installation, with the n-th change of a file failing.

Each piece of work knows whether it is done, wholly; half done is a fault of ours. After a failure everything that was
acknowledged must be there, the rest can be done again, and the end is as if nothing had failed.

    python -m tests.crash.faults FOLDER EVERY [MUTANT]
"""

import contextlib
import ctypes
import errno
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from reviews.errors import StorageError
from reviews.files import write_atomically
from reviews.storage import Storage, backup, clinics, groups, open_storage, runs, saving, sources
from reviews.storage.backup import verify
from tests.web.widget_samples import NOW, review

LIBRARY = ctypes.CDLL(None)
LIBRARY.fault_last.restype = ctypes.c_char_p
LIBRARY.fault_calls.restype = ctypes.c_long
REVIEWS = 12
MIGRATING_FEWER = 8
OLD, NEW = b"the old body " * 200, b"the new body " * 300


@dataclass(frozen=True)
class Step:
    """A piece of work, and whether it is done."""

    name: str
    work: Callable[[], object]
    is_done: Callable[[], bool]


class Half(AssertionError):
    """Something is neither done nor undone."""


@dataclass
class Installation:
    """A folder with a database, a file and backups."""

    folder: Path

    def __post_init__(self) -> None:
        self.storage: Storage = open_storage(str(self.folder / "reviews.db"))
        self.file = self.folder / "copy"
        self.copy = self.folder / "backup" / "reviews.db"

    def steps(self) -> list[Step]:
        both = [Step(f"run {n}", lambda n=n: self.collect(n), lambda n=n: self.has_run(n)) for n in (1, 2)]
        return [
            Step("migrate", lambda: self.storage.migrate(NOW), self.is_migrated),
            Step("declare", self.declare, lambda: bool(self.sources())),
            *both,
            Step("file", lambda: write_atomically(self.file, NEW), self.has_file),
            Step("backup", lambda: backup.backup(self.storage, self.copy, NOW), self.has_backup),
        ]

    def is_migrated(self) -> bool:
        try:
            self.storage.check()
        except StorageError:
            return False
        return True

    def declare(self) -> None:
        with self.storage.write() as tx:
            g = tx.group(groups.add_group(tx, name="North", now=NOW).id)
            clinic = clinics.add_clinic(g, slug="north", name="North", now=NOW)
            sources.add_source(
                g, clinic_id=clinic.id, kind="web_page", label="Page", url="", origin="own_site", config={}, now=NOW
            )

    def sources(self) -> list[sources.Source]:
        with self.storage.read() as tx:
            return sources.find_all_sources(tx)

    def collect(self, number: int) -> None:
        [source] = self.sources()
        found = [review(f"{number}-{n}", f"Sentence {n} of run {number}. " * 40) for n in range(REVIEWS)]
        now = NOW + timedelta(days=number)
        with self.storage.write() as tx:
            g = tx.group(source.group_id)
            claim = sources.claim_source(g, source.id, owner="test", now=now, lease_seconds=60)
            run = runs.open_run(g, claim, trigger="schedule", now=now)
            saving.save_reviews(
                g, clinic_id=source.clinic_id, source_id=source.id, run_id=run.id, reviews=found, now=now
            )
            runs.close_run(g, run.id, now=now, outcome="ok", is_complete=False, hint="", hint_values={})
            sources.release(
                g, claim, now=now, next_due_at=now, outcome="ok", hint="", hint_values={}, failures=0, success=True,
                run_id=run.id,
            )  # fmt: skip

    def has_run(self, number: int) -> bool:
        with self.storage.read() as tx:
            sql = "SELECT COUNT(*) AS n FROM reviews WHERE identity_key LIKE :key"
            held = tx.session.execute(sql, {"key": f"id:{number}-%"}).rows[0]["n"]
            closed = tx.session.execute("SELECT COUNT(*) AS n FROM runs WHERE outcome = 'ok'").rows[0]["n"]
        if held not in (0, REVIEWS) or (held and closed < number):
            raise Half(f"{held} reviews of run {number}, {closed} runs")
        return held == REVIEWS

    def has_file(self) -> bool:
        body = self.file.read_bytes()
        if body not in (OLD, NEW):
            raise Half("a file that is neither the old one nor the new one")
        return body == NEW

    def has_backup(self) -> bool:
        if not self.copy.exists():
            return False
        try:
            verify(self.copy)
        except StorageError:
            # Without its manifest, or with what it does not describe, it is refused: nobody takes it for a backup.
            shutil.rmtree(self.copy.parent)
            return False
        return True

    def state(self) -> tuple[object, ...]:
        with self.storage.read() as tx:
            rows = tx.session.execute("SELECT identity_key, text FROM reviews JOIN review_contents ON id = review_id"
                                      " ORDER BY identity_key").rows  # fmt: skip
            fault = tx.session.execute("PRAGMA integrity_check").rows[0]["integrity_check"]
        return fault, [tuple(row.values()) for row in rows], self.file.read_bytes()


def prepare(folder: Path, template: Path | None) -> Installation:
    """A folder with the old file; with a database where there is a template."""
    folder.mkdir()
    (folder / "copy").write_bytes(OLD)
    if template is not None:
        shutil.copy(template, folder / "reviews.db")
    return Installation(folder)


def arm(below: Path | str, nth: int = 0, number: int = 0, *, for_good: bool = False) -> None:
    LIBRARY.fault_arm(str(below).encode(), ctypes.c_long(nth), number, int(for_good))


def attempt(
    folder: Path, template: Path | None, nth: int, number: int, clean: tuple[object, ...], *, for_good: bool
) -> Iterator[str]:
    """One installation of which the n-th call fails; what is wrong afterwards."""
    made = prepare(folder, template)
    acknowledged: list[str] = []
    arm(folder, nth, number, for_good=for_good)
    during = "nothing"
    for step in made.steps():
        before = LIBRARY.fault_calls()
        try:
            step.work()
        except (StorageError, OSError):
            during = step.name
            break
        acknowledged.append(step.name)
        if step.name == "file" and before < nth <= LIBRARY.fault_calls() and LIBRARY.fault_last() == b"fsync":
            yield "a file was called written that never reached the disk"
    arm("")
    made.storage.close()
    made = Installation(folder)
    try:
        for step in made.steps():
            if step.name in acknowledged and not step.is_done():
                yield f"{step.name} was acknowledged and is lost (failed during {during})"
        for step in made.steps():
            # A backup takes longest, and says nothing about a failure before it.
            if (step.name != "backup" or during == "backup") and not step.is_done():
                step.work()
        if made.state() != clean:
            yield f"the end differs after a failure during {during}"
    except Half as error:
        yield str(error)
    finally:
        made.storage.close()
        shutil.rmtree(folder)


Plan = list[tuple[Path | None, int, tuple[int, bool]]]
KINDS = [(number, lasting) for number in (errno.EIO, errno.ENOSPC) for lasting in (False, True)]


def measure(folder: Path) -> tuple[Path, int, dict[str, range], tuple[object, ...]]:
    """A clean run: the migrated database, the calls of migrating, the calls of each later step, and the end."""
    made = prepare(folder / "clean", None)
    arm(made.folder)
    made.steps()[0].work()
    made.storage.close()
    of_migrating, template = int(LIBRARY.fault_calls()), folder / "template.db"
    shutil.copy(made.folder / "reviews.db", template)
    shutil.rmtree(made.folder)
    made = prepare(folder / "clean", template)
    arm(made.folder)
    calls: dict[str, range] = {}
    for step in made.steps():
        before = int(LIBRARY.fault_calls())
        step.work()
        calls[step.name] = range(before + 1, int(LIBRARY.fault_calls()) + 1)
    arm("")
    clean = made.state()
    made.storage.close()
    return template, of_migrating, calls, clean


def choose(template: Path, of_migrating: int, calls: dict[str, range], every: int) -> Plan:
    """Every so manieth call, in one of the four ways; all of them in all ways for 1. Of those that migrate, fewer."""
    last = max(each.stop for each in calls.values())
    return [
        (start, nth, kind)
        for start, stop, stride in ((None, of_migrating + 1, every * MIGRATING_FEWER), (template, last, every))
        for index, nth in enumerate(range(stride, stop, stride))
        for kind in (KINDS if every == 1 else [KINDS[index % 4]])
    ]


def run(folder: Path, every: int, only: str = "") -> dict[str, object]:
    """Failures all over, or of each call of the step `only` until something is wrong."""
    template, of_migrating, calls, clean = measure(folder)
    plan = choose(template, of_migrating, calls, every)
    if only:
        plan = [(template, nth, kind) for nth in calls[only] for kind in KINDS]
    wrong: list[str] = []
    for start, nth, (number, lasting) in plan:
        place = f"call {nth}, {errno.errorcode[number]}{', for good' if lasting else ''}"
        found = attempt(folder / "tried", start, nth, number, clean, for_good=lasting)
        wrong += [f"{place}: {text}" for text in found]
        if wrong and only:
            break
    return {"faults": len(plan), "wrong": wrong[:20]}


def commit_error_swallowed() -> None:
    """A transaction whose end fails is called done."""
    from reviews.storage.sqlite import SqliteStorage

    original = SqliteStorage.transaction

    @contextlib.contextmanager
    def transaction(self, **options):
        made = original(self, **options)
        yield made.__enter__()
        with contextlib.suppress(StorageError):
            made.__exit__(None, None, None)

    SqliteStorage.transaction = transaction


def sync_error_swallowed() -> None:
    """A file is called written whatever fsync says."""
    import os

    original = os.fsync

    def fsync(descriptor: int) -> None:
        with contextlib.suppress(OSError):
            original(descriptor)

    os.fsync = fsync


MUTANTS = {"commit_error_swallowed": (commit_error_swallowed, "run 2"),
           "sync_error_swallowed": (sync_error_swallowed, "file")}  # fmt: skip

if __name__ == "__main__":
    hide, only = MUTANTS[sys.argv[3]] if len(sys.argv) > 3 else (None, "")
    if hide:
        hide()
    print(json.dumps(run(Path(sys.argv[1]), int(sys.argv[2]), only)))
