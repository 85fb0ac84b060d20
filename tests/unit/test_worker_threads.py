"""The threads of a worker: one asks for all what is due, and who finds something calls the next."""

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from reviews.collect import Context
from reviews.worker import loop

WAIT_SECONDS = 20
THREADS = 4


class Gate(threading.Event):
    """A word to stop whose waiting ends when the test says so, not when a time is over."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = threading.Semaphore(0)
        self.waiting = threading.Semaphore(0)

    def wait(self, timeout: float | None = None) -> bool:
        self.waiting.release()
        self.turns.acquire(timeout=WAIT_SECONDS)
        return self.is_set()

    def set(self) -> None:
        super().set()
        self.turns.release(THREADS)


class Counted(threading.Condition):
    """Says of each thread that it waits; who calls afterwards is heard, since both need the lock."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = threading.Semaphore(0)

    def wait(self, timeout: float | None = None) -> bool:
        self.waiting.release()
        return super().wait(timeout)


def start(worker: loop.Worker) -> list[threading.Thread]:
    puller = cast(Any, SimpleNamespace(pull_next=lambda: False))
    threads = [
        threading.Thread(target=worker._collect, args=(str(number), puller), daemon=True) for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    return threads


def test_thread_that_finds_something_due_calls_the_others_who_did_not_ask(monkeypatch: pytest.MonkeyPatch):
    due: list[str] = []
    together = threading.Barrier(THREADS + 1)

    def claim_next(*_: object) -> str | None:
        return due.pop() if due else None

    def run_claim(*_: object, **__: object) -> None:
        together.wait(WAIT_SECONDS)

    monkeypatch.setattr(loop, "claim_next", claim_next)
    monkeypatch.setattr(loop, "run_claim", run_claim)
    monkeypatch.setattr(loop, "import_next", lambda *_: False)
    monkeypatch.setattr(loop, "IDLE_SECONDS", 3_600.0)
    stopping, found = Gate(), Counted()
    worker = loop.Worker(context=cast(Context, None), stopping=stopping, turns=loop.Turns(THREADS), _found=found)
    threads = start(worker)
    for _ in range(THREADS - 1):
        assert found.waiting.acquire(timeout=WAIT_SECONDS)
    assert stopping.waiting.acquire(timeout=WAIT_SECONDS)
    due += ["source"] * THREADS
    stopping.turns.release()  # the time of the one that asks for all is over
    together.wait(WAIT_SECONDS)  # and all of them are at work
    worker.stop()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    assert due == []


def test_one_thread_asks_while_nothing_is_due(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    first = threading.Semaphore(0)

    def claim_next(_: object, owner: str) -> None:
        asked.append(owner)
        first.release()

    monkeypatch.setattr(loop, "claim_next", claim_next)
    monkeypatch.setattr(loop, "import_next", lambda *_: False)
    monkeypatch.setattr(loop, "IDLE_SECONDS", 3_600.0)
    stopping = Gate()
    worker = loop.Worker(context=cast(Context, None), stopping=stopping)
    threads = start(worker)
    for _ in range(THREADS):
        assert first.acquire(timeout=WAIT_SECONDS)
    assert sorted(asked) == [str(number) for number in range(THREADS)]  # each once, when it starts
    for _ in range(5):
        assert stopping.waiting.acquire(timeout=WAIT_SECONDS)
        stopping.turns.release()
    assert stopping.waiting.acquire(timeout=WAIT_SECONDS)
    assert len(asked) == THREADS + 5
    worker.stop()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    assert not any(thread.is_alive() for thread in threads)
