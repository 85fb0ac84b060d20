"""The web process keeps an eye on the worker, and sends the one message that a dead worker cannot send."""

import threading
from collections.abc import Callable

from reviews.clock import Clock
from reviews.config import Settings
from reviews.errors import ReviewsError
from reviews.logs import get_logger
from reviews.storage import Storage

log = get_logger("watch")

LOOK_SECONDS = 60.0


def start_watch(settings: Settings, storage: Storage, clock: Clock, send: Callable[[], None]) -> threading.Event | None:
    """Watch from a thread of this process until the event that comes back is set; None where no mail can be sent."""
    if not settings.smtp_host or settings.demo:
        return None
    stopping = threading.Event()
    thread = threading.Thread(
        target=keep_watch, args=(storage, clock, send, lambda: stopping.wait(LOOK_SECONDS)), name="watch", daemon=True
    )
    thread.start()
    return stopping


def keep_watch(storage: Storage, clock: Clock, send: Callable[[], None], wait: Callable[[], bool]) -> None:
    """Look, send what waits, wait; until `wait` says that it is time to go."""
    from reviews.alerts.watch import Watch

    watch = Watch(storage, clock)
    while not wait():
        try:
            if watch.look():
                send()
        except ReviewsError as error:  # the database is away, or so: whoever asks /readyz hears of it
            log.warning("watch_failed", error=error)
        except Exception:
            log.exception("watch_crashed")
