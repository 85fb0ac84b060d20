"""Turns: of the many threads of a worker that wait for platforms, a few work at a time.

A thread that waits for the network needs nothing; one that computes needs the interpreter, which only one can have, and
a connection of the database, which is the quicker the fewer there are. So as many threads as wish wait outside, and who
has an answer in hand takes a turn to work on it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_mine = threading.local()


class Turns:
    """So many threads at a time; a thread takes a turn with `taken` and lends it to others with `lent`."""

    def __init__(self, places: int) -> None:
        self._free = threading.Semaphore(places)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn and hold it to the end of the block, except where it is lent."""
        self._free.acquire()
        _mine.turns = self
        try:
            yield
        finally:
            del _mine.turns
            self._free.release()


@contextmanager
def lent() -> Iterator[None]:
    """Let others work while this thread waits; nothing where it holds no turn."""
    turns: Turns | None = getattr(_mine, "turns", None)
    if turns is None:
        yield
        return
    turns._free.release()
    try:
        yield
    finally:
        turns._free.acquire()
