"""One attempt: a composed message goes out by its way, and what the receiver answered comes back."""

import json
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from reviews.alerts.chat import slack_payload, teams_payload
from reviews.alerts.compose import WORKER_KINDS, Composed
from reviews.alerts.desk import Desk
from reviews.alerts.mail import Envelope, build_mail
from reviews.alerts.retries import Verdict, judge
from reviews.alerts.unsubscribe import TOPIC_OF, Ending, make_token
from reviews.alerts.webhooks import headers_of, make_body
from reviews.errors import SourceError, SourceUnavailable
from reviews.i18n import N_
from reviews.secrets_box import SecretsBox
from reviews.storage.alerts import Channel
from reviews.storage.deliveries import Delivery

ANSWER_BYTES = 64_000
ALL_STATUSES = tuple(range(200, 600))
SLACK_PACE_SECONDS = 1.0
WHY = N_("You get this because you belong to {group}.")
WHY_INVITED = N_(
    "You get this because somebody of {group} has entered your address. If you do not know them, ignore it."
)
WHY_OPERATOR = N_("You get this because you look after this installation of Clinic Reviews.")
CANNOT_OPEN = "no key opens its address"


class Mailer(Protocol):
    """Hands a mail to a server and says what it answered."""

    def send(self, mail: EmailMessage) -> Verdict:
        """One attempt; never raises for what the server does."""
        ...


def send(desk: Desk, mailer: Mailer, composed: Composed, delivery: Delivery, now: datetime) -> Verdict:
    """One attempt to send a delivery."""
    if composed.channel is not None:
        return _post(desk, composed, composed.channel, delivery, now)
    try:
        mail = build_mail(composed.message, _envelope(desk, composed, delivery, now), composed.words)
    except ValueError:
        return Verdict(outcome="refused", said="the address is not one that mail can go to")
    return mailer.send(mail)


def _envelope(desk: Desk, composed: Composed, delivery: Delivery, now: datetime) -> Envelope:
    member = composed.member
    assert member is not None
    topic = TOPIC_OF.get(delivery.kind)
    unsubscribe = ""
    if topic and desk.settings.secret_keys:
        ending = Ending(group=composed.group_public_id, person=member.public_id, topic=topic)
        unsubscribe = desk.address(f"/unsubscribe/{make_token(ending, desk.settings.secret_keys)}")
    why = WHY
    if delivery.kind == "invitation":
        why = WHY_INVITED
    elif delivery.kind in WORKER_KINDS:
        why = WHY_OPERATOR
    is_digest = delivery.kind == "digest"
    return Envelope(
        id=delivery.public_id,
        host=desk.host,
        sender=desk.settings.smtp_from,
        to_name=member.name,
        to_address=member.email,
        now=now,
        why=composed.words.text(why, group=composed.group_name),
        unsubscribe=unsubscribe,
        thread=f"digest.{composed.group_public_id}" if is_digest else "",
        accent=composed.accent,
        logo=composed.logo,
        group=composed.group_name,
    )


def _post(desk: Desk, composed: Composed, channel: Channel, delivery: Delivery, now: datetime) -> Verdict:
    try:
        secrets = SecretsBox(desk.settings.fernet_keys()).open(channel.sealed)
    except SourceError:
        return Verdict(outcome="off", said=CANNOT_OPEN)
    if channel.kind == "apprise":
        from reviews.alerts import others

        plain = bool(desk.settings.allow_private_nets)
        return others.send(
            desk.fetcher, secrets["url"], composed.message, seconds=desk.send_seconds, allows_plain=plain
        )
    headers: dict[str, str] = {}
    if channel.kind == "webhook":
        body = make_body(composed.event_type, delivery.created_at, composed.data)
        headers = headers_of(secrets["keys"].split(), delivery.public_id, now, body)
    else:
        payload = slack_payload if channel.kind == "slack" else teams_payload
        body = json.dumps(payload(composed.message), ensure_ascii=False).encode()
    try:
        answer = desk.fetcher.post_bytes(
            secrets["url"],
            body,
            "application/json",
            headers=headers,
            accept="*/*",
            max_bytes=ANSWER_BYTES,
            deadline_seconds=desk.send_seconds,
            min_pace_seconds=SLACK_PACE_SECONDS if channel.kind == "slack" else 0.0,
            also_answer=ALL_STATUSES,
        )
    except SourceUnavailable as error:
        return Verdict(outcome="failed", said=error.message, is_down=True)
    except SourceError as error:
        # A redirect, a private address: not followed, not dialled, and tried again until it is given up.
        return Verdict(outcome="failed", said=error.message)
    return judge(channel.kind, answer.status, answer.body, answer.retry_after_seconds)
