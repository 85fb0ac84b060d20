"""From events to messages on their way: one transaction per event, with the event's mark in it.

Whatever crashes, an event either still waits or all its messages are there; a repeat finds them and makes none anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reviews.alerts.desk import Desk, find_recipients
from reviews.alerts.messages import RISKS
from reviews.alerts.routing import (
    MAX_NEWS,
    MAX_SINGLE,
    News,
    Plan,
    Recipient,
    plan_first,
    plan_review,
    plan_trouble,
)
from reviews.alerts.slots import last_weekly
from reviews.errors import NotFound
from reviews.failpoint import hit
from reviews.logs import get_logger
from reviews.model import Clinic, Source
from reviews.sentiment import Scorer, attention
from reviews.storage import (
    GroupTransaction,
    Transaction,
    alerts,
    clinics,
    connections,
    deliveries,
    groups,
    lexicon,
    outbox,
    runs,
    sources,
)
from reviews.storage.outbox import Event

log = get_logger(__name__)

EVENTS_AT_ONCE = 100
LOW_STARS100 = attention.LOW_STARS100
TROUBLES = {
    "source.failed": "trouble",
    "source.recovered": "recovered",
    "source.removals": "removals",
    "quote.withdrawn": "withdrawn",
    "pull.failed": "pull.failed",
    "pull.recovered": "pull.recovered",
}
"""What is told to everybody who wants to know of trouble: kind of event → kind of message."""
CATCH_UP = timedelta(days=3)
"""A digest whose time passed while nobody worked still goes out for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Audience:
    """Whom a group tells; read once for all of its events that wait."""

    group_public_id: str
    recipients: Sequence[Recipient]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """What the plans of one event are made from."""

    group_public_id: str
    recipients: Sequence[Recipient]
    source: Source
    clinic: Clinic
    run: str
    places: Sequence[tuple[str, str]] = ()
    """(clinic, source), public ids, of all that an event about an account is about; each recipient is told of one."""


def expand_some(desk: Desk) -> int:
    """Make messages of the events that wait, oldest first, up to a bound; how many events."""
    with desk.storage.read() as tx:
        events = outbox.find_unsent(tx, desk.clock(), EVENTS_AT_ONCE)
        audiences = {group_id: _read_audience(desk, tx, group_id) for group_id in {each.group_id for each in events}}
    for event in events:
        expand(desk, event, audiences[event.group_id])
    return len(events)


def expand(desk: Desk, event: Event, audience: _Audience) -> None:
    """Make the messages of one event, unless somebody has; where nobody can be told, what it is about is not read."""
    now = desk.clock()
    found = None
    if audience.recipients:
        with desk.storage.read() as tx:
            found = _read_event(desk, tx.group(event.group_id), event, audience)
    with desk.storage.write() as tx:
        # First, and it locks the event: of two workers one goes on.
        if not outbox.mark_sent(tx, event, now):
            return
        if found is not None:
            scene, news = found
            _plan_event(tx.group(event.group_id), event, scene, news, now)
        hit("alerts.in_expand")
    hit("alerts.after_expand")


def schedule_digests(desk: Desk) -> int:
    """Make the weekly digests whose time has come; how many. Each slot gives one, whatever the clock does."""
    now = desk.clock()
    made = 0
    with desk.storage.read() as tx:
        group_ids = deliveries.find_groups(tx)
    for group_id in group_ids:
        with desk.storage.read() as tx:
            g = tx.group(group_id)
            due = [each for each in find_recipients(g, has_mail=desk.has_mail) if _digest_due(g, each, now)]
        if not due:
            continue
        with desk.storage.write() as tx:
            g = tx.group(group_id)
            group = groups.get_group(tx, group_id)
            for recipient in due:
                day, due_at = last_weekly(now, recipient.zone)
                plan = Plan(cause=f"digest:{day}", kind="digest", due_at=due_at)
                made += _add(g, group.public_id, recipient, plan, {"until": due_at.isoformat()}, [], now)
    return made


def _digest_due(g: GroupTransaction, recipient: Recipient, now: datetime) -> bool:
    if recipient.is_webhook or not any(wishes.digest for wishes in recipient.wishes):
        return False
    day, due_at = last_weekly(now, recipient.zone)
    if due_at < recipient.since or due_at < now - CATCH_UP:
        return False
    return not deliveries.has_cause(g, f"digest:{day}", recipient.key)


def _read_audience(desk: Desk, tx: Transaction, group_id: int) -> _Audience:
    return _Audience(
        group_public_id=groups.get_group(tx, group_id).public_id,
        recipients=find_recipients(tx.group(group_id), has_mail=desk.has_mail),
    )


def _read_event(
    desk: Desk, g: GroupTransaction, event: Event, audience: _Audience
) -> tuple[_Scene, list[News] | str] | None:
    """What an event is about, and its news, or in a word why there are too many to tell one by one."""
    try:
        if event.kind in ("reply.rejected", "reply.not_confirmed", "quote.withdrawn"):
            source, run = _source_of_review(g, str(event.payload["review"])), ""
        else:
            source, run = sources.get_source_by_public_id(g, str(event.payload["source"])), str(event.payload["run"])
        scene = _Scene(
            group_public_id=audience.group_public_id,
            recipients=audience.recipients,
            source=source,
            clinic=clinics.get_clinic(g, source.clinic_id),
            run=run,
            places=_places_of(g, str(event.payload["connection"])) if event.kind.startswith("pull.") else (),
        )
        news = _read_news(desk, g, scene) if event.kind == "reviews.collected" else []
    except (NotFound, KeyError):
        # Its source, review or run is gone, or it is of a kind that this program does not know: nobody can be told.
        log.warning("event_without_object", event_id=event.event_id, kind=event.kind)
        return None
    return scene, news


def _places_of(g: GroupTransaction, connection: str) -> list[tuple[str, str]]:
    account = connections.get_connection_by_public_id(g, connection)
    names = {clinic.id: clinic.public_id for clinic in clinics.find_clinics(g)}
    return [(names[each.clinic_id], each.public_id) for each in connections.find_sources_of(g, account.id)]


def _source_of_review(g: GroupTransaction, public_id: str) -> Source:
    from reviews.storage import reviews

    return sources.get_source(g, reviews.get_review_by_public_id(g, public_id).source_id)


def _read_news(desk: Desk, g: GroupTransaction, scene: _Scene) -> list[News] | str:
    run = runs.get_run_by_public_id(g, scene.run)
    if run.trigger == "import":
        return "import"
    if alerts.is_first_reading(g, scene.source.id, run.id):
        return "first"
    rows = alerts.find_news(g, scene.source.id, run.id, after_id=0, limit=MAX_NEWS + 1)
    if len(rows) > MAX_NEWS:
        return "many"
    scorer = lexicon.choose_scorer(g, desk.scorers)
    found = (to_news(scorer, row, scene.clinic.public_id, scene.source.public_id) for row in rows)
    return [news for news in found if news is not None]


def to_news(scorer: Scorer, row: alerts.NewsRow, clinic: str, source: str) -> News | None:
    """What is told of a review; None for a change that makes nothing worse."""
    stars = whole_stars(row.stars100)
    if not row.is_new:
        fell = row.stars100 is not None and row.stars100 <= LOW_STARS100 < (row.stars100_before or 0)
        if not fell:
            return None
        cause = f"review.changed:{row.public_id}:{row.version}"
        return News(review_id=row.review_id, cause=cause, clinic=clinic, source=source, stars=stars, urgent=True)
    found = frozenset(find_reasons(scorer, row.title, row.text, row.language, row.stars100))
    reasons = found & {"disagree", "sentence"} | ({"risk"} if found & RISKS else frozenset())
    return News(
        review_id=row.review_id, cause=f"review.new:{row.public_id}", clinic=clinic, source=source, stars=stars,
        urgent=bool(found & {"stars", "text"}), reasons=reasons,
    )  # fmt: skip


def find_reasons(scorer: Scorer, title: str, text: str, language: str | None, stars100: int | None) -> tuple[str, ...]:
    """Why a review should be looked at: kinds of `messages.REASONS`; empty for most. A beta language alone is none."""
    score = scorer.score(title, text, language)
    reasons = attention.find_reasons(score, stars100, scorer.limits)
    is_beta = score is not None and score.is_beta
    found = [each.kind for each in reasons if each.at_once or (each.kind in ("disagree", "sentence") and not is_beta)]
    found += [risk.kind for risk in scorer.find_risks(title, text, language)]
    return tuple(dict.fromkeys(found))


def whole_stars(stars100: int | None) -> int:
    """Stars rounded half up to whole ones from 1 to 5, as everywhere; 0 without."""
    return 0 if stars100 is None else min(5, max(1, (stars100 + 50) // 100))


def _plan_event(g: GroupTransaction, event: Event, scene: _Scene, news: list[News] | str, now: datetime) -> None:
    about = {"source": scene.source.public_id, "clinic": scene.clinic.public_id, "run": scene.run}
    clinic, source = scene.clinic.public_id, scene.source.public_id
    for recipient in scene.recipients:
        if event.kind == "reviews.collected" and isinstance(news, str):
            # All runs that a first reading takes until it ends well are one cause.
            cause = f"first:{source}" if news == "first" else f"{news}:{scene.run}"
            plan = plan_first(recipient, clinic, source, cause, now)
            _add(g, scene.group_public_id, recipient, plan, {**about, "how": news}, [], now)
        elif not isinstance(news, str) and event.kind == "reviews.collected":
            _plan_news(g, scene, recipient, news, about, now)
        elif event.kind in TROUBLES:
            said = {name: event.payload[name] for name in ("review", "why", "hint") if name in event.payload}
            for place, listing in scene.places or [(clinic, source)]:
                plan = plan_trouble(recipient, place, listing, event.event_id, TROUBLES[event.kind], now)
                at = {**about, "clinic": place, "source": listing, **said}
                if _add(g, scene.group_public_id, recipient, plan, at, [], now):
                    break
        elif event.kind.startswith("reply.") and recipient.key == f"person:{event.payload.get('person')}":
            plan = Plan(cause=event.event_id, kind=event.kind, due_at=now)
            said = {"review": event.payload["review"], "reason": str(event.payload.get("reason", ""))[:300]}
            _add(g, scene.group_public_id, recipient, plan, {**about, **said}, [], now)


def _plan_news(
    g: GroupTransaction, scene: _Scene, recipient: Recipient, news: list[News], about: dict[str, Any], now: datetime
) -> None:
    singles = 0
    for each in news:
        plan = plan_review(each, recipient, scene.run, now, single=singles < MAX_SINGLE)
        singles += plan is not None and plan.kind == "review"
        _add(g, scene.group_public_id, recipient, plan, about, [each.review_id], now)


def _add(
    g: GroupTransaction,
    group_public_id: str,
    recipient: Recipient,
    plan: Plan | None,
    payload: dict[str, Any],
    review_ids: list[int],
    now: datetime,
) -> bool:
    """Make the message of a plan, or add to it; True if there is one that waits."""
    if plan is None:
        return False
    cause, number = plan.cause, 1
    while True:
        added = deliveries.add_delivery(
            g,
            group_public_id=group_public_id,
            cause=cause,
            kind=plan.kind,
            recipient=recipient.key,
            person_id=recipient.person_id,
            channel_id=recipient.channel_id,
            payload=payload,
            due_at=plan.due_at,
            now=now,
        )
        if added is not None:
            deliveries.add_reviews(g, added, review_ids)
            return True
        if not plan.gathers:
            return False
        # Somebody has begun to send this slot's message: what comes now goes into one that follows it.
        number += 1
        cause = f"{plan.cause}:{number}"
