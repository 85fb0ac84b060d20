"""A delivery as what is sent: its message in the recipient's language, or the thin data of a webhook."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from reviews.alerts import messages, source_messages
from reviews.alerts.desk import DEFAULT, Desk
from reviews.alerts.digest import read_digest
from reviews.alerts.invitations import invitation_message, make_token
from reviews.alerts.messages import SHOWN, Message
from reviews.alerts.routing import within
from reviews.alerts.scene import Scene
from reviews.alerts.webhooks import MAX_IDS
from reviews.errors import NotFound
from reviews.i18n import Words
from reviews.model import Source
from reviews.storage import (
    GroupTransaction,
    Transaction,
    alerts,
    branding,
    clinics,
    deliveries,
    groups,
    people,
    reports,
    runs,
)
from reviews.storage import reviews as stored
from reviews.storage.alerts import Channel, MailMember, Wishes
from reviews.storage.branding import StoredLogo
from reviews.storage.deliveries import Delivery
from reviews.storage.invitations import find_invitation
from reviews.storage.people import Person

EVENT_TYPES = {
    "review": "review.created",
    "news": "reviews.created",
    "daily": "reviews.created",
    "first": "reviews.read",
    "trouble": "source.failed",
    "recovered": "source.recovered",
    "removals": "source.removals",
    "withdrawn": "quote.withdrawn",
    "digest": "digest",
    "test": "test",
}


WORKER_KINDS = frozenset({"worker.silent", "worker.back"})
"""What is told of the worker, and sent by whoever notices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What is to be sent, and to whom: a person by mail, or a channel. For a webhook `data` stands for the message."""

    message: Message
    member: MailMember | None
    channel: Channel | None
    words: Words
    group_public_id: str
    group_name: str
    event_type: str
    data: dict[str, Any]
    accent: str = ""
    logo: StoredLogo | None = None


def compose(desk: Desk, g: GroupTransaction, delivery: Delivery) -> Composed | None:
    """What a delivery says now; None when there is nothing left to tell, or nobody to tell it to."""
    try:
        channel = alerts.get_channel(g, delivery.channel_id) if delivery.channel_id is not None else None
        member = None
        if channel is None and delivery.person_id is not None:
            found = alerts.find_mail_members(g, delivery.person_id)
            member = found[0] if found else None
        if channel is None and member is None and delivery.kind == "invitation":
            return _compose_invitation(desk, g, delivery)
        if member is None and delivery.kind in WORKER_KINDS and delivery.person_id is not None:
            member = _operator(g.tx, delivery)
        if channel is None and member is None:
            return None
        if member is not None and member.clinics is not None:
            # What was planned before somebody was limited to some clinics tells of these only.
            seen = [each.id for each in clinics.find_clinics(g) if each.public_id in member.clinics]
            g = g.tx.group(g.group_id, seen)
        words = desk.catalogue.words(channel.language if channel else member.language if member else "en")
        told = _TELL[delivery.kind](_Task(desk, g, delivery, words))
    except NotFound:
        return None
    if told is None:
        return None
    message, data = told
    group = groups.get_group(g.tx, g.group_id)
    event_type = EVENT_TYPES.get(delivery.kind, delivery.kind)
    if delivery.cause.startswith("review.changed:"):
        event_type = "review.changed"
    return Composed(
        message=message,
        member=member,
        channel=channel,
        words=words,
        group_public_id=group.public_id,
        group_name=group.name,
        event_type=event_type,
        data={"group": group.public_id, **data},
        **_look(g),
    )


def _look(g: GroupTransaction) -> dict[str, Any]:
    """The group's colour and logo."""
    brand = branding.find_brand(g)
    return {"accent": brand.accent, "logo": branding.find_logo(g, brand.logo)}


def _compose_invitation(desk: Desk, g: GroupTransaction, delivery: Delivery) -> Composed | None:
    """The mail to somebody who does not belong to the group yet; None once the invitation was used or taken back."""
    now = desk.clock()
    invitation = find_invitation(g.tx, str(delivery.payload["invitation"]), now)
    if invitation is None or invitation.group_id != g.group_id or not desk.settings.secret_keys:
        return None
    words = desk.catalogue.words(invitation.language)
    group = groups.get_group(g.tx, g.group_id)
    inviter = people.get_person(g.tx, invitation.person_id).name if invitation.person_id is not None else ""
    token = make_token(invitation.public_id, desk.settings.secret_keys)
    url = desk.address(f"/invitation/{token}")
    until = words.day(invitation.expires_at, UTC)
    return Composed(
        message=invitation_message(group.name, inviter, url, until, words),
        member=MailMember(
            person_id=0,
            public_id=invitation.public_id,
            email=invitation.email,
            name="",
            language=invitation.language,
            role=invitation.role,
            since=invitation.created_at,
        ),
        channel=None,
        words=words,
        group_public_id=group.public_id,
        group_name=group.name,
        event_type="invitation",
        data={},
        **_look(g),
    )


def _operator(tx: Transaction, delivery: Delivery) -> MailMember | None:
    """Who looks after the installation, also where they belong to no group."""
    found = people.find_people_by_id(tx, delivery.person_id or 0)
    return next((mail_address(person) for person in found if person.disabled_at is None), None)


def mail_address(person: Person) -> MailMember:
    """A person as a receiver of mail about the installation."""
    return MailMember(
        person_id=person.id, public_id=person.public_id, email=person.email, name=person.name,
        language=person.language, role="operator", since=person.created_at,
    )  # fmt: skip


Told = tuple[Message, dict[str, Any]]


class _Task:
    """One delivery with what its message is made from."""

    def __init__(self, desk: Desk, g: GroupTransaction, delivery: Delivery, words: Words) -> None:
        self.desk, self.g, self.delivery, self.words = desk, g, delivery, words
        self.scene = Scene(desk=desk, g=g, now=desk.clock())

    def source(self) -> Source:
        """The source that it is about; raises NotFound."""
        wanted = self.delivery.payload.get("source")
        for source in self.scene.sources.values():
            if source.public_id == wanted:
                return source
        raise NotFound(f"no source {wanted}")

    def clinic_name(self, source: Source) -> str:
        """The name of the source's clinic."""
        return self.scene.clinics[source.clinic_id].name

    def about(self, source: Source) -> dict[str, Any]:
        """The ids of a source, for a webhook."""
        clinic = self.scene.clinics[source.clinic_id].public_id
        return {"source": source.public_id, "clinic": clinic, "run": self.delivery.payload.get("run", "")}


def _tell_review(task: _Task) -> Told | None:
    for review_id in deliveries.find_reviews(task.g, task.delivery.id, 1):
        if review := task.scene.find_review(review_id):
            changed = task.delivery.cause.startswith("review.changed:")
            view = task.scene.view(review, changed=changed, with_reasons=True)
            about = task.about(task.scene.sources[review.source_id])
            return messages.review_message(view, task.words), {
                **about, "review": review.public_id, "stars": view.stars or None, "url": view.url,
            }  # fmt: skip
    return None


def _tell_news(task: _Task) -> Told | None:
    counts = deliveries.count_by_stars(task.g, task.delivery.id)
    found = [task.scene.find_review(each) for each in deliveries.find_reviews(task.g, task.delivery.id, MAX_IDS)]
    there = [review for review in found if review is not None]
    if not there:
        return None
    views = [task.scene.view(review) for review in there[:SHOWN]]
    url = task.desk.address("/inbox")
    message = messages.news_message(counts, views, url, task.words, daily=task.delivery.kind == "daily")
    listed = [
        {
            "review": review.public_id,
            "source": task.scene.sources[review.source_id].public_id,
            "clinic": task.scene.clinics[review.clinic_id].public_id,
        }
        for review in there
    ]
    return message, {"count": sum(counts.values()), "reviews": listed, "url": url}


def _tell_first(task: _Task) -> Told | None:
    source, how = task.source(), str(task.delivery.payload.get("how", "first"))
    run_id = None if how == "first" else runs.get_run_by_public_id(task.g, str(task.delivery.payload["run"])).id
    counts = alerts.count_first_reading(task.g, source.id, run_id)
    if not counts:
        return None
    url = task.desk.address(f"/inbox?source={source.public_id}")
    message = messages.first_message(counts, task.clinic_name(source), source.label, url, task.words, how=how)
    return message, {**task.about(source), "how": how, "count": sum(counts.values()), "url": url}


def _tell_trouble(task: _Task) -> Told | None:
    source = task.source()
    url = task.desk.address(f"/sources/{source.public_id}")
    what = ""
    try:
        # What that run said, not what a later one says: the message is about the first failure.
        run = runs.get_run_by_public_id(task.g, str(task.delivery.payload.get("run", "")))
        what = task.words.text(run.hint, **run.hint_values) if run.hint else ""
    except NotFound:
        pass
    if task.delivery.kind == "removals":
        message = source_messages.removals_message(task.clinic_name(source), source.label, what, url, task.words)
    else:
        message = source_messages.trouble_message(task.clinic_name(source), source.label, what, url, task.words)
    return message, {**task.about(source), "url": url}


def _tell_recovered(task: _Task) -> Told | None:
    source = task.source()
    url = task.desk.address(f"/sources/{source.public_id}")
    message = source_messages.recovered_message(task.clinic_name(source), source.label, url, task.words)
    return message, {**task.about(source), "url": url}


def _tell_pull(task: _Task) -> Told | None:
    source, kind = task.source(), task.delivery.kind
    url = task.desk.address(f"/sources/{source.public_id}")
    if kind == "pull.failed":
        hint = task.words.text(str(task.delivery.payload.get("hint", "")))
        message = source_messages.pull_failed_message(task.clinic_name(source), source.label, hint, url, task.words)
    else:
        message = source_messages.pull_recovered_message(task.clinic_name(source), source.label, url, task.words)
    return message, {**task.about(source), "url": url}


def _tell_withdrawn(task: _Task) -> Told | None:
    review = stored.get_review_by_public_id(task.g, str(task.delivery.payload["review"]))
    source, why = task.scene.sources[review.source_id], str(task.delivery.payload.get("why", ""))
    url = task.desk.address(f"/reviews/{review.public_id}")
    message = messages.withdrawn_message(task.clinic_name(source), source.label, why, url, task.words)
    return message, {**task.about(source), "review": review.public_id, "why": why, "url": url}


def _tell_reply(task: _Task) -> Told | None:
    review = stored.get_review_by_public_id(task.g, str(task.delivery.payload["review"]))
    source = task.scene.sources[review.source_id]
    url = task.desk.address(f"/reviews/{review.public_id}")
    message = messages.reply_message(
        task.clinic_name(source), source.label, url, str(task.delivery.payload.get("reason", "")), task.words,
        rejected=task.delivery.kind == "reply.rejected",
    )  # fmt: skip
    return message, {**task.about(source), "review": review.public_id, "url": url}


def _tell_digest(task: _Task) -> Told | None:
    until = datetime.fromisoformat(str(task.delivery.payload["until"]))
    delivery = task.delivery
    if delivery.channel_id is not None:
        rules = alerts.find_rules(task.g, channel_id=delivery.channel_id)
    else:
        rules = [r for r in alerts.find_rules(task.g, person_id=delivery.person_id) if r.channel_id is None]
    wishes: Sequence[Wishes] = [rule.wishes for rule in rules if rule.wishes.digest] or [DEFAULT]
    if delivery.channel_id is None:
        member = alerts.find_mail_members(task.g, delivery.person_id)
        wishes = within(wishes, member[0].clinics if member else None)
    view = read_digest(task.scene, wishes, until, task.words)
    return messages.digest_message(view, task.words), {"until": task.delivery.payload["until"], "url": view.url}


def _tell_report(task: _Task) -> Told | None:
    report = reports.get_report(task.g, str(task.delivery.payload["report"]))
    inputs = report.inputs
    month = task.words.month(date(int(report.month[:4]), int(report.month[5:7]), 1))
    url = task.desk.address(f"/reports/{report.public_id}")
    message = messages.report_message(inputs["group"], inputs["clinic"], month, inputs["now"]["count"], url, task.words)
    return message, {"report": report.public_id, "url": url}


def _tell_silent(task: _Task) -> Told | None:
    said = messages.silent_message if task.delivery.kind == "worker.silent" else messages.back_message
    moment = datetime.fromisoformat(str(task.delivery.payload["since"]))
    url = task.desk.address("/system")
    return said(f"{task.words.moment(moment, UTC)} UTC", url, task.words), {"url": url}


def _tell_test(task: _Task) -> Told | None:
    url = task.desk.address("/")
    return messages.trial_message(url, task.words), {"url": url}


_TELL: dict[str, Callable[[_Task], Told | None]] = {
    "review": _tell_review,
    "news": _tell_news,
    "daily": _tell_news,
    "first": _tell_first,
    "trouble": _tell_trouble,
    "recovered": _tell_recovered,
    "removals": _tell_trouble,
    "withdrawn": _tell_withdrawn,
    "pull.failed": _tell_pull,
    "pull.recovered": _tell_pull,
    "reply.rejected": _tell_reply,
    "reply.not_confirmed": _tell_reply,
    "digest": _tell_digest,
    "report": _tell_report,
    "test": _tell_test,
    "worker.silent": _tell_silent,
    "worker.back": _tell_silent,
}
