"""What the acting parts of this room need, opened once a process, and who there is to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reviews import i18n, rules, sentiment
from reviews.alerts.routing import Recipient, within
from reviews.clock import Clock, utc_now
from reviews.config import Settings
from reviews.fetcher import Fetcher
from reviews.model import Clinic
from reviews.storage import GroupTransaction, Storage, alerts, clinics
from reviews.storage.alerts import Wishes

DEFAULT = Wishes()
"""What a person of the group gets by mail who has no rule."""
DEFAULT_OF_KIND = {
    "slack": Wishes(),
    "teams": Wishes(),
    "webhook": Wishes(news="at_once", digest=False),
    "apprise": Wishes(),
}
"""The rule that a new channel begins with."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Everything that the acting parts need; `send_seconds` is how long a receiver may take."""

    storage: Storage
    settings: Settings
    fetcher: Fetcher
    scorer: sentiment.Scorer
    book: rules.RuleBook
    catalogue: i18n.Catalogue
    clock: Clock = utc_now
    send_seconds: float = 20.0

    @cached_property
    def scorers(self) -> sentiment.OwnScorers:
        """The scorers of groups that have words of their own."""
        return sentiment.OwnScorers(self.scorer)

    @property
    def has_mail(self) -> bool:
        """Whether mail can be sent at all."""
        return bool(self.settings.smtp_host)

    @property
    def host(self) -> str:
        """The name of this installation in Message-IDs."""
        return urlsplit(self.settings.base_url).hostname or "localhost"

    def address(self, path: str) -> str:
        """The public address of one of our pages."""
        return self.settings.base_url + path


def find_recipients(g: GroupTransaction, *, has_mail: bool) -> list[Recipient]:
    """Everybody in the group who may be told something: people by mail, and active channels with a rule."""
    places = clinics.find_clinics(g)
    members = {member.person_id: member for member in alerts.find_mail_members(g)}
    found_rules = alerts.find_rules(g)
    found = []
    for member in members.values() if has_mail else ():
        own = [rule.wishes for rule in found_rules if rule.person_id == member.person_id and rule.channel_id is None]
        wishes = within(own or (DEFAULT,), member.clinics)
        if not wishes:
            continue
        found.append(
            Recipient(
                key=f"person:{member.public_id}",
                person_id=member.person_id,
                channel_id=None,
                wishes=wishes,
                zone=zone_of(wishes, places),
                since=member.since,
            )
        )
    for channel in alerts.find_channels(g):
        # The rule of a person who has left the group counts no more.
        wishes = tuple(
            rule.wishes
            for rule in found_rules
            if rule.channel_id == channel.id and (rule.person_id is None or rule.person_id in members)
        )
        if channel.state == "active" and wishes:
            found.append(
                Recipient(
                    key=f"channel:{channel.public_id}",
                    person_id=None,
                    channel_id=channel.id,
                    wishes=wishes,
                    zone=zone_of(wishes, places),
                    since=channel.created_at,
                    is_webhook=channel.kind == "webhook",
                )
            )
    return found


def zone_of(wishes: Sequence[Wishes], places: Sequence[Clinic]) -> tzinfo:
    """The time zone of the first clinic that the wishes are about; UTC where there is none."""
    for place in places:
        if any(not each.clinics or place.public_id in each.clinics for each in wishes):
            return find_zone(place.time_zone)
    return UTC


def find_zone(name: str) -> tzinfo:
    """The time zone of this name; UTC for one that is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
