"""Who is told what, and when: pure, from rules, news and the time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from reviews.alerts.slots import find_quiet_end, next_daily
from reviews.clock import to_text
from reviews.storage.alerts import Wishes

MAX_SINGLE = 10
"""So many urgent reviews of one run come as messages of their own; what is beyond comes in one."""
MAX_NEWS = 100
"""A run with more new reviews than this is told in one message, like a first reading."""

_ORDER = {"at_once": 0, "daily": 1, "never": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who is told: a person by mail, or a channel. `key` is ``person:…`` or ``channel:…``.

    `zone` is that of the first clinic that the wishes cover; nothing from before `since` is told.
    """

    key: str
    person_id: int | None
    channel_id: int | None
    wishes: tuple[Wishes, ...]
    zone: tzinfo
    since: datetime
    is_webhook: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A review that is new, or has changed; `cause` names it, `clinic` and `source` are public ids.

    `stars` are whole, 0 without; `urgent` if it calls everybody at once (few stars, a text that reads badly); `reasons`
    are those for which a rule may ask (`Wishes.reasons`).
    """

    review_id: int
    cause: str
    clinic: str
    source: str
    stars: int
    urgent: bool
    reasons: frozenset[str] = frozenset()

    def is_urgent_for(self, wishes: Wishes) -> bool:
        """Whether it is urgent by itself, or has a reason that a rule asks for."""
        return self.urgent or bool(self.reasons & wishes.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One message that is to be made, or added to: same cause and recipient, same message.

    `slot_kind` is ``daily`` or ``held`` where a message gathers until its time, which the next one then takes over.
    """

    cause: str
    kind: str
    due_at: datetime
    gathers: bool = False


def covers(wishes: Wishes, clinic: str, source: str) -> bool:
    """Whether a rule is about this clinic and source."""
    return (not wishes.clinics or clinic in wishes.clinics) and (not wishes.sources or source in wishes.sources)


def within(wishes: Iterable[Wishes], clinics: frozenset[str] | None) -> tuple[Wishes, ...]:
    """The rules of somebody who may see these clinics only (None: all); a rule about none of them falls away."""
    if clinics is None:
        return tuple(wishes)
    limited = (replace(each, clinics=(each.clinics & clinics) if each.clinics else clinics) for each in wishes)
    return tuple(each for each in limited if each.clinics)


def plan_review(news: News, recipient: Recipient, run: str, now: datetime, *, single: bool = True) -> Plan | None:
    """The message in which a recipient learns of a review; None if no rule wants it.

    Of several rules the most urgent one counts. Without `single` an urgent review comes with the others of its run.
    """
    wanted = [
        (_ORDER[wishes.urgent if news.is_urgent_for(wishes) else wishes.news], number, wishes)
        for number, wishes in enumerate(recipient.wishes)
        if covers(wishes, news.clinic, news.source) and (not wishes.stars or news.stars in wishes.stars)
    ]
    if not wanted or min(wanted)[0] == _ORDER["never"]:
        return None
    order, _, wishes = min(wanted, key=lambda each: each[:2])
    if order == _ORDER["daily"]:
        return plan_daily(recipient, now)
    urgent = news.is_urgent_for(wishes)
    if held := _held(urgent, wishes, recipient, now):
        return held
    if urgent and single:
        return Plan(cause=news.cause, kind="review", due_at=now)
    return Plan(cause=f"run:{run}", kind="news", due_at=now)


def plan_daily(recipient: Recipient, now: datetime) -> Plan:
    """The recipient's next daily message."""
    day, due_at = next_daily(now, recipient.zone)
    return Plan(cause=f"daily:{day}", kind="daily", due_at=due_at, gathers=True)


def plan_first(recipient: Recipient, clinic: str, source: str, cause: str, now: datetime) -> Plan | None:
    """The one message about many reviews at once (a first reading, an import); None if no rule wants news of it."""
    wanted = [wishes for wishes in recipient.wishes if covers(wishes, clinic, source) and _wants_reviews(wishes)]
    return Plan(cause=cause, kind="first", due_at=_after_quiet(wanted, recipient, now)) if wanted else None


def plan_trouble(recipient: Recipient, clinic: str, source: str, cause: str, kind: str, now: datetime) -> Plan | None:
    """The message that a source is in trouble or well again; None if no rule wants it."""
    wanted = [wishes for wishes in recipient.wishes if covers(wishes, clinic, source) and wishes.trouble]
    return Plan(cause=cause, kind=kind, due_at=_after_quiet(wanted, recipient, now)) if wanted else None


def _wants_reviews(wishes: Wishes) -> bool:
    return wishes.urgent != "never" or wishes.news != "never"


def _held(urgent: bool, wishes: Wishes, recipient: Recipient, now: datetime) -> Plan | None:
    end = find_quiet_end(now, wishes.quiet_from, wishes.quiet_until, recipient.zone)
    if end is None or (urgent and wishes.urgent_passes):
        return None
    return Plan(cause=f"held:{to_text(end)}", kind="news", due_at=end, gathers=True)


def _after_quiet(wanted: Iterable[Wishes], recipient: Recipient, now: datetime) -> datetime:
    """The earliest moment at which one of the rules is not quiet."""
    return min(find_quiet_end(now, each.quiet_from, each.quiet_until, recipient.zone) or now for each in wanted)
