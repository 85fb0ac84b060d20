"""The report of each month on its first day at eight, clinic time: made once, and told to those who asked for it."""

from datetime import date, datetime, timedelta

from reviews.alerts.desk import find_zone
from reviews.alerts.slots import last_monthly
from reviews.collect import Context
from reviews.failpoint import hit
from reviews.logs import get_logger
from reviews.model import Clinic
from reviews.publish.report import gather
from reviews.reputation.report import RECIPE
from reviews.reputation.trends import shift
from reviews.storage import GroupTransaction, alerts, audit, clinics, deliveries, groups, reports
from reviews.storage.alerts import MailMember
from reviews.storage.reports import Subscription

log = get_logger("reporting")

CATCH_UP = timedelta(days=3)
"""A report whose time passed while nobody worked is still made for so long."""


def make_monthly(context: Context) -> int:
    """Make the reports whose time has come, with a mail to each subscriber; how many reports.

    A report and its mails are one transaction, and the group is locked in it: whatever crashes, and however many
    workers look, each month has one report of the schedule and each person one mail.
    """
    now, made, has_mail = context.clock(), 0, bool(context.settings.smtp_host)
    with context.storage.read() as tx:
        wanted = [
            (group_id, _find_due(tx.group(group_id), now, has_mail=has_mail)) for group_id in deliveries.find_groups(tx)
        ]
    for group_id, due in wanted:
        for clinic_id in due:
            made += _make(context, group_id, clinic_id, now, has_mail=has_mail)
    return made


def _find_due(g: GroupTransaction, now: datetime, *, has_mail: bool) -> list[int | None]:
    """The clinics (None: all together) whose report of last month somebody waits for."""
    subscribed = reports.find_subscriptions(g)
    if not subscribed:
        return []
    places, members = clinics.find_clinics(g), _members(g)
    return [
        clinic_id
        for clinic_id in dict.fromkeys(each.clinic_id for each in subscribed)
        if any(
            _waits(g, each, members, places, now, has_mail=has_mail)
            for each in subscribed
            if each.clinic_id == clinic_id
        )
    ]


def _make(context: Context, group_id: int, clinic_id: int | None, now: datetime, *, has_mail: bool) -> int:
    with context.storage.write() as tx:
        g = tx.group(group_id)
        reports.lock_schedule(g)
        places, members = clinics.find_clinics(g), _members(g)
        waiting = [
            each
            for each in reports.find_subscriptions(g)
            if each.clinic_id == clinic_id and _waits(g, each, members, places, now, has_mail=has_mail)
        ]
        if not waiting:
            return 0
        day, due_at = _slot(clinic_id, places, now)
        month = shift(f"{day:%Y-%m}", -1)
        found = reports.find_scheduled(g, month, clinic_id)
        public_id = found.public_id if found else _freeze(g, month, clinic_id, places, now)
        hit("reporting.after_report")
        group = groups.get_group(tx, group_id)
        for each in waiting if has_mail else ():
            member = members[each.person_id]
            deliveries.add_delivery(
                g, group_public_id=group.public_id, cause=_cause(month, clinic_id, places), kind="report",
                recipient=f"person:{member.public_id}", person_id=member.person_id, channel_id=None,
                payload={"report": public_id}, due_at=due_at, now=now,
            )  # fmt: skip
    if found is None:
        log.info("report_made", group_id=group_id, public_id=public_id)
    return found is None


def _freeze(g: GroupTransaction, month: str, clinic_id: int | None, places: list[Clinic], now: datetime) -> str:
    clinic = next((place for place in places if place.id == clinic_id), None)
    public_id = reports.add_report(
        g, clinic_id=clinic_id, month=month, recipe=RECIPE, inputs=gather(g, month, clinic, now), person_id=None,
        now=now,
    )  # fmt: skip
    audit.add_entry(
        g, now=now, person_id=None, action="report.made", object_kind="report", object_id=public_id, before={},
        after={"month": month, "recipe": RECIPE},
    )  # fmt: skip
    return public_id


def _waits(
    g: GroupTransaction,
    wish: Subscription,
    members: dict[int, MailMember],
    places: list[Clinic],
    now: datetime,
    *,
    has_mail: bool,
) -> bool:
    """Whether somebody who may see the report still waits for their mail of this slot; without mail, for the report."""
    member = members.get(wish.person_id)
    slot = _slot(wish.clinic_id, places, now)
    if member is None or not places or now > slot[1] + CATCH_UP:
        return False
    if member.clinics is not None and not any(
        place.id == wish.clinic_id and place.public_id in member.clinics for place in places
    ):
        return False
    month = shift(f"{slot[0]:%Y-%m}", -1)
    if wish.created_at > slot[1]:
        return False
    if not has_mail:
        return reports.find_scheduled(g, month, wish.clinic_id) is None
    cause = _cause(month, wish.clinic_id, places)
    return not deliveries.has_cause(g, cause, f"person:{member.public_id}")


def _members(g: GroupTransaction) -> dict[int, MailMember]:
    """Who may open a report; those with mail only have no login."""
    return {member.person_id: member for member in alerts.find_mail_members(g) if member.role != "mail_only"}


def _slot(clinic_id: int | None, places: list[Clinic], now: datetime) -> tuple[date, datetime]:
    place = next((each for each in places if clinic_id in (None, each.id)), None)
    return last_monthly(now, find_zone(place.time_zone if place else ""))


def _cause(month: str, clinic_id: int | None, places: list[Clinic]) -> str:
    clinic = next((place.public_id for place in places if place.id == clinic_id), "all")
    return f"report:{month}:{clinic}"
