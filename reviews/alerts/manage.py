"""What the settings pages do: channels with their secrets, test messages, previews."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from reviews.alerts.compose import compose
from reviews.alerts.desk import DEFAULT, DEFAULT_OF_KIND, Desk
from reviews.alerts.digest import read_digest
from reviews.alerts.messages import DigestView
from reviews.alerts.retries import Verdict
from reviews.alerts.routing import within
from reviews.alerts.scene import Scene
from reviews.alerts.send import Mailer, send
from reviews.alerts.smtp import SmtpMailer
from reviews.alerts.webhooks import new_secret
from reviews.errors import NotFound, SourceRequestError, SourceUnauthorized
from reviews.fetcher.addresses import parse_target
from reviews.i18n import N_
from reviews.secrets_box import SecretsBox
from reviews.storage import GroupTransaction, alerts, deliveries, groups
from reviews.storage.alerts import Channel

NOT_HTTPS = N_("The address must begin with https://, since whoever reads it on its way could post there.")
NO_MAIL = N_("No mail server is set up (REVIEWS_SMTP_HOST).")
TEST_WAITS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChannel:
    """A channel as it was made; `key` signs a webhook's messages and is shown this once, "" for other kinds."""

    channel: Channel
    key: str


def add_channel(
    desk: Desk, g: GroupTransaction, *, kind: str, label: str, url: str, language: str = "en"
) -> NewChannel:
    """A new channel with its first rule. Raises SourceRequestError or SourceBlocked for an address that cannot be."""
    host = _check_address(desk, kind, url)
    key = new_secret() if kind == "webhook" else ""
    now = desk.clock()
    channel = alerts.add_channel(
        g, kind=kind, label=label, host=host, sealed=_box(desk).seal({"url": url, "keys": key}), language=language,
        now=now,
    )  # fmt: skip
    alerts.add_rule(g, person_id=None, channel_id=channel.id, wishes=DEFAULT_OF_KIND[kind], now=now)
    return NewChannel(channel=channel, key=key)


def change_address(desk: Desk, g: GroupTransaction, channel: Channel, url: str) -> Channel:
    """Put another address in a channel; it is switched on again. Raises as `add_channel`."""
    host = _check_address(desk, channel.kind, url)
    try:
        keys = _open(desk, channel)["keys"]
    except SourceUnauthorized:
        keys = new_secret() if channel.kind == "webhook" else ""
    sealed = _box(desk).seal({"url": url, "keys": keys})
    return alerts.update_channel(g, channel.id, now=desk.clock(), host=host, secrets=sealed, **_active())


def change_key(desk: Desk, g: GroupTransaction, channel: Channel) -> str:
    """A new key for a webhook, shown this once. Until `drop_old_key` messages carry a signature of the old one too."""
    held = _open(desk, channel)
    key = new_secret()
    keys = " ".join([key, *held["keys"].split()[:1]])
    alerts.update_channel(g, channel.id, now=desk.clock(), secrets=_box(desk).seal({**held, "keys": keys}))
    return key


def drop_old_key(desk: Desk, g: GroupTransaction, channel: Channel) -> None:
    """From now on only the newest key signs."""
    held = _open(desk, channel)
    sealed = _box(desk).seal({**held, "keys": held["keys"].split()[0]})
    alerts.update_channel(g, channel.id, now=desk.clock(), secrets=sealed)


def try_channel(desk: Desk, group_id: int, public_id: str, mailer: Mailer | None = None) -> Verdict:
    """Send a test message to a channel now; what it answered. A channel that was off and takes it is on again."""
    with desk.storage.read() as tx:
        channel = alerts.get_channel_by_public_id(tx.group(group_id), public_id)
    verdict = _try(desk, group_id, f"channel:{public_id}", None, channel.id, mailer)
    if verdict.outcome == "taken" and channel.state == "disabled":
        with desk.storage.write() as tx:
            alerts.update_channel(tx.group(group_id), channel.id, now=desk.clock(), **_active())
    return verdict


def try_mail(desk: Desk, group_id: int, person_id: int, mailer: Mailer | None = None) -> Verdict:
    """Send a test message to a person by mail now; what the server answered."""
    if not desk.has_mail:
        return Verdict(outcome="failed", said=NO_MAIL)
    with desk.storage.read() as tx:
        members = alerts.find_mail_members(tx.group(group_id), person_id)
    if not members:
        raise NotFound(f"no person {person_id} in this group")
    return _try(desk, group_id, f"person:{members[0].public_id}", person_id, None, mailer)


def preview_digest(desk: Desk, g: GroupTransaction, person_id: int) -> DigestView:
    """The digest that this person would get if it were made now."""
    found = [rule.wishes for rule in alerts.find_rules(g, person_id=person_id) if rule.channel_id is None]
    member = alerts.find_mail_members(g, person_id)
    words = desk.catalogue.words(member[0].language if member else "en")
    now = desk.clock()
    wishes = within(found or [DEFAULT], member[0].clinics if member else None)
    return read_digest(Scene(desk=desk, g=g, now=now), wishes, now, words)


def _try(
    desk: Desk, group_id: int, recipient: str, person_id: int | None, channel_id: int | None, mailer: Mailer | None
) -> Verdict:
    """Send a test; it stands in the delivery log and is not repeated."""
    now = desk.clock()
    with desk.storage.write() as tx:
        g = tx.group(group_id)
        deliveries.add_delivery(
            g,
            group_public_id=groups.get_group(tx, group_id).public_id,
            cause=(cause := f"test:{secrets.token_hex(8)}"),
            kind="test",
            recipient=recipient,
            person_id=person_id,
            channel_id=channel_id,
            payload={},
            due_at=now + TEST_WAITS,  # it is sent here and now; the worker would do it if this process died
            now=now,
        )
        public_id = deliveries.stable_id(groups.get_group(tx, group_id).public_id, cause, recipient)
        delivery = deliveries.find_log(g, limit=1, public_id=public_id)[0].delivery
    with desk.storage.read() as tx:
        composed = compose(desk, tx.group(group_id), delivery)
    if composed is None:
        raise NotFound(f"no {recipient} in this group")
    verdict = send(desk, mailer or SmtpMailer(desk.settings, seconds=desk.send_seconds), composed, delivery, now)
    with desk.storage.write() as tx:
        if verdict.outcome == "taken":
            deliveries.mark_sent(tx, delivery, verdict.said, desk.clock())
        else:
            deliveries.mark_failed(tx, delivery, verdict.said, desk.clock(), next_try_at=None)
    return verdict


def _check_address(desk: Desk, kind: str, url: str) -> str:
    """The host of a channel's address; plain http only where the operator has allowed private networks (tests)."""
    if kind == "apprise":
        from reviews.alerts import others

        return others.check_address(url, allows_plain=bool(desk.settings.allow_private_nets))
    target = parse_target(url, allow_ports=desk.settings.allow_ports)
    if target.scheme != "https" and not desk.settings.allow_private_nets:
        raise SourceRequestError("a channel's address is not https", NOT_HTTPS)
    return urlsplit(url).hostname or target.host


def _active() -> dict[str, object]:
    return {"state": "active", "reason": "", "failures": 0, "held_until": None}


def _box(desk: Desk) -> SecretsBox:
    return SecretsBox(desk.settings.fernet_keys())


def _open(desk: Desk, channel: Channel) -> dict[str, str]:
    return _box(desk).open(channel.sealed)
