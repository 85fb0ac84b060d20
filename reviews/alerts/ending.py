"""Ends the kind of mail that a link names; apart from the rest, so that a web process need not load it."""

from datetime import datetime

from reviews.alerts.unsubscribe import read_token, without_topic
from reviews.config import Settings
from reviews.storage import Storage, alerts, groups, reports
from reviews.storage.alerts import Wishes


def end_mails(storage: Storage, settings: Settings, token: str, now: datetime) -> bool:
    """End the kind of mail that an unsubscribe link names; False for a link that we have not made."""
    ending = read_token(token, settings.secret_keys)
    if ending is None:
        return False
    with storage.write() as tx:
        group = groups.find_group_by_public_id(tx, ending.group)
        if group is None:
            return True
        g = tx.group(group.id)
        member = next((each for each in alerts.find_mail_members(g) if each.public_id == ending.person), None)
        if member is None:
            return True  # gone from the group: no more mails anyway
        if ending.topic == "report":
            reports.unsubscribe(g, member.person_id)
            return True
        own = [rule for rule in alerts.find_rules(g, person_id=member.person_id) if rule.channel_id is None]
        for rule in own:
            wishes = without_topic(rule.wishes, ending.topic)
            alerts.update_rule(g, rule.public_id, wishes, now=now)
        if not own:
            wishes = without_topic(Wishes(), ending.topic)
            alerts.add_rule(g, person_id=member.person_id, channel_id=None, wishes=wishes, now=now)
    return True
