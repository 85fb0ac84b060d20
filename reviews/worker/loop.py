"""Claim → collect → release, for ever or until nothing is due.

The database is the schedule and the queue, so any number of workers on any number of hosts run this same loop.
"""

import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reviews import __version__
from reviews.collect import Context, RunReport, run_claim
from reviews.collect.pulling import Puller
from reviews.collect.queued import import_next
from reviews.collect.replying import post_next
from reviews.errors import LeaseLost, StorageError
from reviews.failpoint import hit
from reviews.logs import get_logger
from reviews.model import Claim
from reviews.storage import demo_data, sources, workers
from reviews.turns import Turns
from reviews.worker.deliver import Deliver, open_office
from reviews.worker.upkeep import Upkeep

log = get_logger("worker")

IDLE_SECONDS = 2.0
"""How long a process with nothing to do waits before it asks again: staff press "run now" and watch."""
TROUBLE_SECONDS = 5.0
"""How long the loop waits after the database failed."""
AT_WORK = 3
"""So many threads of a process work on what they have read, while all others may wait for platforms: the interpreter
runs one at a time, and the next uses it while the others wait for the database or the disk."""


def claim_next(context: Context, owner: str, due_by: datetime | None = None) -> Claim | None:
    """The next due source, now this owner's until its lease ends; None when nothing is due (or was, at `due_by`)."""
    with context.storage.write() as tx:
        claim = sources.claim_due(
            tx, owner=owner, now=context.clock(), due_by=due_by, lease_seconds=context.settings.lease_seconds
        )
    hit("worker.after_claim")
    return claim


def collect_due(context: Context) -> Iterator[RunReport]:
    """Collect what is due now, one by one; then post replies, bring figures and snapshots up to date, tell people."""
    Puller(context).pull_all()
    owner, started_at = new_owner(), context.clock()
    # What fails is due again in minutes: only what was due at the start, or this might never end.
    while (claim := claim_next(context, owner, started_at)) is not None:
        try:
            yield run_claim(context, claim, trigger="command")
        except LeaseLost:
            log.warning("lease_lost", source=claim.source.public_id)
    while post_next(context):
        pass
    while import_next(context):
        pass
    Upkeep(context).run_all()
    office = open_office(context)
    while office.step():
        pass


def new_owner() -> str:
    """A name for a worker that no other has: host, process, and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(kw_only=True)
class Worker:
    """A worker of this process: some threads that collect, and this thread for upkeep; `stop` ends it cleanly."""

    context: Context
    name: str = field(default_factory=new_owner)
    stopping: threading.Event = field(default_factory=threading.Event)
    turns: Turns = field(default_factory=lambda: Turns(AT_WORK))
    _scout: threading.Lock = field(default_factory=threading.Lock)
    _found: threading.Condition = field(default_factory=threading.Condition)

    def stop(self) -> None:
        """Take nothing new; runs under way finish the page in hand."""
        self.stopping.set()
        with self._found:
            self._found.notify_all()

    def run(self) -> None:
        """Work until `stop`; returns when all threads have released what they held."""
        puller = Puller(self.context, should_stop=self.stopping.is_set)
        threads = [
            threading.Thread(target=self._collect, args=(f"{self.name}:{number}", puller), name=f"collect-{number}")
            for number in range(self.context.settings.worker_threads)
        ]
        turned_at = [self.context.clock()]
        deliver = Deliver(
            context=self.context,
            office=open_office(self.context, self.stopping.is_set),
            stopping=self.stopping,
            last_turn=lambda: turned_at[0],
        )
        threads.append(threading.Thread(target=deliver.run, name="deliver"))
        for thread in threads:
            thread.start()
        upkeep = Upkeep(self.context, should_stop=self.stopping.is_set)
        started_at = self.context.clock()
        while not self.stopping.is_set():
            try:
                with self.context.storage.write() as tx:
                    workers.beat(
                        tx, name=self.name, started_at=started_at, now=self.context.clock(), version=__version__
                    )
                upkeep.step()
                turned_at[0] = self.context.clock()
            except StorageError as error:
                log.error("upkeep_failed", error=error)
                self.stopping.wait(TROUBLE_SECONDS)
            except Exception:  # the worker loop: a fault of ours must not end the worker
                log.exception("upkeep_crashed")
                self.stopping.wait(TROUBLE_SECONDS)
            self.stopping.wait(IDLE_SECONDS)
        for thread in threads:
            thread.join()
        try:
            with self.context.storage.write() as tx:
                workers.drop_workers(tx, self.context.clock() + timedelta(days=1), self.name)
        except StorageError as error:
            log.warning("goodbye_failed", error=error)

    def _collect(self, owner: str, puller: Puller) -> None:
        while not self.stopping.is_set():
            try:
                with self.turns.taken():
                    claim = claim_next(self.context, owner)
                    if claim is not None:
                        with self._found:
                            self._found.notify()
                        run_claim(self.context, claim, trigger="schedule", should_stop=self.stopping.is_set)
                if claim is None and not (puller.pull_next() or import_next(self.context, self.stopping.is_set)):
                    self._rest()
            except LeaseLost:
                log.warning("lease_lost", worker=owner)
            except StorageError as error:
                log.error("storage_failed", error=error)
                self.stopping.wait(TROUBLE_SECONDS)
            except Exception:  # the worker loop: one bad source never stops the rest
                log.exception("worker_crashed")
                self.stopping.wait(TROUBLE_SECONDS)

    def _rest(self) -> None:
        """Return when it is worth asking again: one thread asks for all, and who finds something calls the next."""
        while not self.stopping.is_set():
            if self._scout.acquire(blocking=False):
                try:
                    self.stopping.wait(IDLE_SECONDS)
                finally:
                    self._scout.release()
                return
            with self._found:
                if self._found.wait(IDLE_SECONDS):
                    return


def run_worker(context: Context) -> None:
    """Work in this process until SIGTERM or SIGINT."""
    worker = Worker(context=context)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    context.storage.go_by_index()
    log.info("worker_started", worker=worker.name)
    if not context.settings.demo:
        # Data of a demo that is served in earnest now: what was public of it goes.
        with context.storage.write() as tx:
            demo_data.mark_stale(tx, context.clock())
    worker.run()
    log.info("worker_stopped", worker=worker.name)
