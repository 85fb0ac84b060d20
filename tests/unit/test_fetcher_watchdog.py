"""The watchdog: every connection is shut at its own moment, and one thread is enough for all of them."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from reviews.fetcher.watchdog import Watchdog

LONG = 600


Guarded = Callable[[float], tuple[Watchdog, socket.socket, socket.socket]]


@pytest.fixture
def guarded() -> Iterator[Guarded]:
    """Makes a watchdog with a connection, of which reading ends only when it is shut; all ends with the test."""
    with contextlib.ExitStack() as stack:

        def make(seconds: float) -> tuple[Watchdog, socket.socket, socket.socket]:
            ours, theirs = (stack.enter_context(each) for each in socket.socketpair())
            dog = Watchdog(seconds)
            stack.callback(dog.stop)
            dog.watch(ours)
            return dog, ours, theirs

        yield make


@pytest.mark.statement("H7")
def test_a_short_deadline_is_kept_although_a_long_one_was_set_before(guarded: Guarded) -> None:
    patient, _, _ = guarded(LONG)
    hasty, ours, _ = guarded(0.02)
    assert ours.recv(1) == b""
    assert hasty.has_barked
    assert not patient.has_barked


@pytest.mark.statement("H7")
def test_a_connection_that_is_opened_after_the_deadline_is_shut_at_once(guarded: Guarded) -> None:
    dog, first, _ = guarded(0.01)
    assert first.recv(1) == b""
    late, other = socket.socketpair()
    with late, other:
        dog.watch(late)
        assert late.recv(1) == b""


def test_who_was_stopped_shuts_nothing_when_its_time_comes(guarded: Guarded) -> None:
    stopped, ours, theirs = guarded(LONG)
    stopped.stop()
    stopped.bark()
    theirs.sendall(b"x")
    assert ours.recv(1) == b"x"
    assert not stopped.has_barked


def test_one_thread_watches_for_all(guarded: Guarded) -> None:
    for _ in range(20):
        guarded(LONG)
    assert sum(thread.name == "watchdogs" for thread in threading.enumerate()) == 1


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_deadlines_hold_in_a_process_that_was_forked(guarded: Guarded) -> None:
    guarded(LONG)
    child = os.fork()
    if not child:
        _, ours, _ = guarded(0.02)
        os._exit(0 if ours.recv(1) == b"" else 1)
    assert os.waitpid(child, 0)[1] == 0
