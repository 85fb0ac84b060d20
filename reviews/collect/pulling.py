"""Nudges that wait at Google Pub/Sub are fetched: for installations that no platform can reach.

As with a push nothing in a message is believed; its listings are read earlier. A message is acknowledged after that is
committed: whatever is cut off in between comes again, and costs nothing but being told twice.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reviews.clock import from_text
from reviews.collect.context import Context
from reviews.collect.values import FAILURES_BEFORE_ALERT
from reviews.errors import (
    SourceBlocked,
    SourceError,
    SourceGone,
    SourceUnauthorized,
    SourceUnavailable,
    StorageError,
)
from reviews.failpoint import hit
from reviews.i18n import N_
from reviews.logs import get_logger
from reviews.secrets_box import SecretsBox
from reviews.sources import pubsub
from reviews.sources.base import Doors
from reviews.sources.inbound import MIN_GAP
from reviews.storage import pushes
from reviews.storage.connections import Connection

log = get_logger("pull")

PULLED_EVERY = timedelta(minutes=1)
AFTER_FAILURE = timedelta(minutes=15)
LISTED_EVERY = timedelta(minutes=1)
MAX_PULLS = 20
"""So many full answers in a row are taken from one account; more wait for the next time."""
KIND = "google_business"
TOKEN_MARGIN = timedelta(minutes=1)

NOT_ALLOWED = N_(
    "Google does not let the service account fetch from the subscription. "
    "Please check its key, and that it has the role Pub/Sub Subscriber there."
)
NOT_THERE = N_("Google knows no such subscription. Please check its name.")
NO_ANSWER = N_("Google Pub/Sub gives no proper answer. We try again by ourselves.")


@dataclass
class _Account:
    """An account, when it is asked next, and its access token, which is not stored."""

    connection: Connection
    due_at: datetime
    token: str = ""
    token_ends_at: datetime | None = None
    is_pulled: bool = True
    is_busy: bool = False


@dataclass
class Puller:
    """Pulls for all accounts that are set up for it, each at most once a minute; threads of a process share it."""

    context: Context
    should_stop: Callable[[], bool] = lambda: False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _accounts: dict[int, _Account] = field(default_factory=dict)
    _listed_at: datetime | None = None

    def pull_next(self) -> bool:
        """Pull for the account that has waited longest; False where none is due."""
        now = self.context.clock()
        with self._lock:
            if self._listed_at is None or abs(now - self._listed_at) >= LISTED_EVERY:
                self._list(now)
            due = [each for each in self._accounts.values() if each.is_pulled and not each.is_busy]
            chosen = min((each for each in due if each.due_at <= now), key=lambda each: each.due_at, default=None)
            if chosen is None:
                return False
            chosen.is_busy = True
        wait = AFTER_FAILURE
        try:
            self._pull(chosen)
            wait = PULLED_EVERY
            if chosen.connection.pull_failures:
                with self.context.storage.write() as tx:
                    pushes.note_success(tx, chosen.connection, self.context.clock(), tells=chosen.is_pulled)
                chosen.connection = replace(chosen.connection, pull_failures=0)
        except StorageError:
            raise
        except SourceError as error:
            chosen.token = ""
            log.warning("pull_failed", connection=chosen.connection.public_id, error=error)
            self._note_failure(chosen, error)
        finally:
            chosen.due_at, chosen.is_busy = self.context.clock() + wait, False
        return True

    def pull_all(self) -> None:
        """Pull for every account that is due."""
        while self.pull_next():
            pass

    def _note_failure(self, account: _Account, error: SourceError) -> None:
        is_transient = isinstance(error, SourceUnavailable)
        with self.context.storage.write() as tx:
            account.connection = pushes.note_failure(
                tx,
                account.connection,
                explain(error),
                self.context.clock(),
                alert_after=FAILURES_BEFORE_ALERT if is_transient else 1,
            )

    def _list(self, now: datetime) -> None:
        with self.context.storage.read() as tx:
            found = pushes.find_accounts_of(tx, KIND)
        known = self._accounts
        self._accounts = {}
        for connection in found:
            before = known.get(connection.id)
            # Whoever has changed its settings waits for nothing.
            if before is not None and before.connection.updated_at == connection.updated_at:
                before.connection = connection
                self._accounts[connection.id] = before
            else:
                self._accounts[connection.id] = _Account(connection=connection, due_at=now)
        self._listed_at = now

    def _pull(self, account: _Account) -> None:
        box = SecretsBox(self.context.settings.fernet_keys())
        with self.context.storage.read() as tx:
            secrets = pushes.find_secrets(tx, account.connection, box)
        account.is_pulled = pubsub.is_pulled(secrets)
        if not account.is_pulled:
            return
        context = self.context
        doors = Doors(http=context.fetcher, sandbox=context.sandbox, now=context.clock(), secrets=secrets)
        subscription = pubsub.subscription_of(secrets)
        token = self._token(account, doors)
        for _ in range(MAX_PULLS):
            if self.should_stop():
                return
            pulled = pubsub.pull(doors, subscription, token)
            if not pulled.ack_ids:
                return
            with context.storage.write() as tx:
                woken = pushes.wake(tx, account.connection, pulled.named, context.clock(), MIN_GAP)
            hit("pulling.after_wake")
            log.info("pull_taken", connection=account.connection.public_id, count=woken)
            pubsub.acknowledge(doors, subscription, token, pulled.ack_ids)
            if len(pulled.ack_ids) < pubsub.MAX_MESSAGES:
                return

    def _token(self, account: _Account, doors: Doors) -> str:
        if account.token and account.token_ends_at is not None and account.token_ends_at > doors.now + TOKEN_MARGIN:
            return account.token
        found = pubsub.ask_token(doors)
        account.token = found["access_token"]
        account.token_ends_at = from_text(found["expires_at"]) if found.get("expires_at") else None
        return account.token


def explain(error: SourceError) -> str:
    """What to say to people about a pull that failed."""
    if isinstance(error, SourceUnauthorized | SourceBlocked):
        return NOT_ALLOWED
    if isinstance(error, SourceGone):
        return NOT_THERE
    return NO_ANSWER if isinstance(error, SourceUnavailable) or error.hint == error.hint_default else error.hint
