"""Good manners towards one host: a distance between requests, and silence for as long as it asked for."""

import threading
import time
from collections.abc import Callable

from reviews.errors import RateLimited

MAX_HOSTS = 1000


class Pace:
    """Keeps requests to one host apart, for all threads that share it.

    `clock` is monotonic seconds and `sleep` waits for some; tests pass their own.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_turn: dict[str, float] = {}
        self._silent_until: dict[str, float] = {}

    def wait(self, host: str, gap_seconds: float) -> float:
        """Wait for this host's next turn, and answer how long that took.

        Raises RateLimited at once while the host has asked for silence.
        """
        with self._lock:
            now = self._clock()
            if (silent := self._silent_until.get(host, now) - now) > 0:
                raise RateLimited(f"{host} asked for silence", retry_after_seconds=int(silent) + 1)
            turn = max(now, self._next_turn.get(host, now))
            self._next_turn[host] = turn + gap_seconds
            self._forget(now)
        if turn > now:
            self._sleep(turn - now)
        return turn - now

    def hold(self, host: str, seconds: float) -> None:
        """Ask nothing of this host for `seconds`."""
        with self._lock:
            until = self._clock() + seconds
            self._silent_until[host] = max(until, self._silent_until.get(host, until))

    def _forget(self, now: float) -> None:
        for table in (self._next_turn, self._silent_until):
            if len(table) > MAX_HOSTS:
                for host in [host for host, moment in table.items() if moment <= now]:
                    del table[host]
