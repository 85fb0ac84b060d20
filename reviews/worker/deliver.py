"""The worker's delivering thread: messages and approved replies go out beside collecting, which they never hold up."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reviews.alerts.desk import Desk
from reviews.alerts.office import Office
from reviews.collect import Context
from reviews.collect.replying import post_next
from reviews.errors import SourceError, StorageError
from reviews.logs import get_logger
from reviews.storage import workers

log = get_logger("deliver")

IDLE_SECONDS = 2.0
TROUBLE_SECONDS = 5.0
HEARTBEAT_EVERY = timedelta(minutes=1)


def open_office(context: Context, should_stop: Callable[[], bool] = lambda: False) -> Office:
    """The sender of this process."""
    return Office(
        Desk(
            storage=context.storage,
            settings=context.settings,
            fetcher=context.fetcher,
            scorer=context.scorer,
            book=context.book,
            catalogue=context.catalogue,
            clock=context.clock,
        ),
        should_stop=should_stop,
    )


@dataclass(kw_only=True)
class Deliver:
    """Delivers until `stopping`; `last_turn` says when the worker's main loop was last alive."""

    context: Context
    office: Office
    stopping: threading.Event
    last_turn: Callable[[], datetime | None]
    _asked_at: datetime | None = None

    def run(self) -> None:
        """Deliver, and tell the outside that the worker lives, until `stopping`."""
        while not self.stopping.is_set():
            try:
                self.tell_outside()
                has_sent = self.office.step()
                if post_next(self.context) or has_sent:
                    continue
                self.stopping.wait(IDLE_SECONDS)
            except StorageError as error:
                log.error("deliver_failed", error=error)
                self.stopping.wait(TROUBLE_SECONDS)
            except Exception:  # the worker loop: a fault of ours must not end the worker
                log.exception("deliver_crashed")
                self.stopping.wait(TROUBLE_SECONDS)

    def tell_outside(self) -> None:
        """Ask the heartbeat address once a minute while the main loop turns: silence there means that we are dead."""
        url, now = self.context.settings.heartbeat_url, self.context.clock()
        turned_at = self.last_turn()
        if not url or turned_at is None or now - turned_at > workers.SILENT_AFTER:
            return
        if self._asked_at is not None and timedelta(0) <= now - self._asked_at < HEARTBEAT_EVERY:
            return
        self._asked_at = now
        try:
            self.context.fetcher.fetch(url, accept="*/*", obey_robots=False, deadline_seconds=10)
        except SourceError as error:
            log.warning("heartbeat_failed", error=error)
