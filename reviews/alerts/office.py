"""The delivery step: events become messages, messages are sent and then marked, for all groups.

Marking first and sending then would lose a message to any death in between; this way it may come twice, with one id.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from reviews.alerts import expand
from reviews.alerts.compose import compose
from reviews.alerts.desk import Desk
from reviews.alerts.retries import Verdict, find_hold, find_next_try
from reviews.alerts.send import CANNOT_OPEN, Mailer, send
from reviews.alerts.smtp import SmtpMailer
from reviews.errors import NotFound
from reviews.failpoint import hit
from reviews.i18n import N_
from reviews.logs import get_logger
from reviews.storage import Transaction, alerts, deliveries
from reviews.storage.deliveries import Delivery

log = get_logger(__name__)

LEASE = timedelta(minutes=2)
"""How long a sender may be silent before another sends its message."""
BATCH = 50
EVERY_MINUTE = timedelta(minutes=1)
DAILY = timedelta(days=1)
KEEP = timedelta(days=90)
GIVE_UP = timedelta(days=3)
HINT_OFF = N_("It does not take messages any more. Please check it, and send a test message.")
HINT_LOCKED = N_("Its address cannot be opened any more. Please enter it again.")


class Office:
    """The sender of one process; `step` does a bounded piece of work. Several processes may run one each."""

    def __init__(
        self, desk: Desk, mailer: Mailer | None = None, should_stop: Callable[[], bool] = lambda: False
    ) -> None:
        self.desk = desk
        self.should_stop = should_stop
        self.mailer: Mailer = mailer or SmtpMailer(desk.settings, seconds=desk.send_seconds)
        self._mail_held_until: datetime | None = None
        self._mail_failures = 0
        self._digests_at: datetime | None = None
        self._upkeep_at: datetime | None = None

    def step(self) -> bool:
        """Make messages of what happened, and send what is due; True if there may be more to do at once."""
        events = expand.expand_some(self.desk)
        now = self.desk.clock()
        if self._is_time(self._digests_at, now, EVERY_MINUTE):
            expand.schedule_digests(self.desk)
            self._digests_at = now
        sent = 0
        while sent < BATCH and not self.should_stop() and self.send_next():
            sent += 1
        if self._is_time(self._upkeep_at, now, DAILY):
            self.upkeep()
            self._upkeep_at = now
        return events == expand.EVENTS_AT_ONCE or sent == BATCH

    def send_next(self, kinds: Collection[str] = ()) -> bool:
        """Send the message that waits longest, with `kinds` of these; False when nothing is due."""
        now = self.desk.clock()
        no_mail = not self.desk.has_mail or (self._mail_held_until is not None and now < self._mail_held_until)
        with self.desk.storage.write() as tx:
            delivery = deliveries.claim(tx, now=now, lease_until=now + LEASE, no_mail=no_mail, kinds=kinds)
        if delivery is None:
            return False
        hit("alerts.after_claim")
        self.deliver(delivery)
        return True

    def deliver(self, delivery: Delivery) -> None:
        """Send a message that this process holds, then mark it."""
        with self.desk.storage.read() as tx:
            composed = compose(self.desk, tx.group(delivery.group_id), delivery)
        if composed is None:
            with self.desk.storage.write() as tx:
                deliveries.mark_failed(
                    tx, delivery, "nothing left to tell", self.desk.clock(), next_try_at=None, state="dropped"
                )
            return
        verdict = send(self.desk, self.mailer, composed, delivery, self.desk.clock())
        hit("alerts.after_send")
        self.note(delivery, verdict)
        hit("alerts.after_mark")

    def note(self, delivery: Delivery, verdict: Verdict) -> None:
        """Mark what became of an attempt, and hold back or switch off a receiver that is down or gone."""
        now = self.desk.clock()
        next_try_at: datetime | None = None
        with self.desk.storage.write() as tx:
            if verdict.outcome == "taken":
                deliveries.mark_sent(tx, delivery, verdict.said, now)
            else:
                if verdict.outcome == "failed":
                    next_try_at = find_next_try(
                        delivery.public_id, delivery.attempts, delivery.due_at, now, verdict.retry_after_seconds
                    )
                elif verdict.outcome == "off":
                    next_try_at = now  # it goes when a person has switched the channel on again
                deliveries.mark_failed(tx, delivery, verdict.said, now, next_try_at=next_try_at)
            if delivery.channel_id is not None:
                self._note_channel(tx, delivery, verdict, now)
        if delivery.channel_id is None:
            self._note_mail(verdict, now)
        log.info(
            "message_attempted",
            event_id=delivery.public_id,
            kind=delivery.kind,
            outcome=verdict.outcome,
            attempt=delivery.attempts,
            next_due_at=next_try_at,
        )

    def _note_channel(self, tx: Transaction, delivery: Delivery, verdict: Verdict, now: datetime) -> None:
        g = tx.group(delivery.group_id)
        assert delivery.channel_id is not None
        try:
            channel = alerts.get_channel(g, delivery.channel_id)
        except NotFound:
            return  # a person has deleted it meanwhile
        if verdict.outcome == "taken":
            if channel.failures:
                alerts.update_channel(g, channel.id, now=now, failures=0, held_until=None)
        elif verdict.outcome == "off":
            reason = HINT_LOCKED if verdict.said == CANNOT_OPEN else HINT_OFF
            alerts.update_channel(g, channel.id, now=now, state="disabled", reason=reason)
            log.warning("channel_switched_off", kind=channel.kind, public_id=channel.public_id)
        elif verdict.is_down:
            failures = channel.failures + 1
            held_until = find_hold(failures, now, verdict.retry_after_seconds)
            alerts.update_channel(g, channel.id, now=now, failures=failures, held_until=held_until)

    def _note_mail(self, verdict: Verdict, now: datetime) -> None:
        """A mail server that is down is not asked again for every mail that waits."""
        if not verdict.is_down:
            self._mail_failures, self._mail_held_until = 0, None
            return
        self._mail_failures += 1
        self._mail_held_until = find_hold(self._mail_failures, now, None)

    def upkeep(self) -> None:
        """Give up what has waited too long for a channel that is off, and forget what was sent long ago."""
        now = self.desk.clock()
        with self.desk.storage.write() as tx:
            dead = deliveries.end_overdue(tx, now - GIVE_UP)
            removed = deliveries.drop_old(tx, now - KEEP)
        if dead or removed:
            log.info("messages_tidied", dead=dead, removed=removed)

    @staticmethod
    def _is_time(last: datetime | None, now: datetime, gap: timedelta) -> bool:
        # Also when the clock has been set back.
        return last is None or not timedelta(0) <= now - last < gap
