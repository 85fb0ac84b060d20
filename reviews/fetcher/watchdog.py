"""What shuts a connection at the deadline, which no timeout of a single read can do against one byte at a time.

One thread of the process watches the clock for all fetches: a thread for each would cost as much as a small answer.
"""

import contextlib
import heapq
import itertools
import os
import socket
import threading
import time


class Watchdog:
    """Shuts every socket given to it when its time is over."""

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._guards: list[socket.socket] = []
        self._has_barked = False
        self.is_stopped = False
        _alarm.set(time.monotonic() + seconds, self)

    def watch(self, connection: socket.socket) -> None:
        """Guard a connection. A duplicate is kept, which works through TLS, in the middle of its handshake too."""
        with self._lock:
            self._guards.append(connection.dup())
            if self._has_barked:
                _shut(self._guards[-1])

    @property
    def has_barked(self) -> bool:
        """Whether its time is over, and what was read since then is no answer."""
        return self._has_barked

    def bark(self) -> None:
        """Its time is over."""
        with self._lock:
            if self.is_stopped:
                return
            self._has_barked = True
            for guard in self._guards:
                _shut(guard)

    def stop(self) -> None:
        """Stop watching."""
        with self._lock:
            self.is_stopped = True
            for guard in self._guards:
                guard.close()
            self._guards.clear()


class _Alarm:
    """Wakes watchdogs at their time, in a thread that begins with the first of them."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Nobody waits yet; after a fork too, where the thread is gone."""
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Watchdog]] = []
        self._numbers = itertools.count()  # two of the same moment are not compared
        self._thread: threading.Thread | None = None

    def set(self, moment: float, dog: Watchdog) -> None:
        """Wake this one at that moment, unless it was stopped."""
        with self._changed:
            heapq.heappush(self._waiting, (moment, next(self._numbers), dog))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="watchdogs", daemon=True)
                self._thread.start()
            elif self._waiting[0][2] is dog:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._waiting and self._waiting[0][2].is_stopped:
                    heapq.heappop(self._waiting)
                left = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if left is None or left > 0:
                    self._changed.wait(left)
                    continue
                _, _, dog = heapq.heappop(self._waiting)
            dog.bark()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was closed before
        connection.shutdown(socket.SHUT_RDWR)


_alarm = _Alarm()
os.register_at_fork(after_in_child=_alarm.begin)
