"""What becomes of a review as a piece of work: one table of states, events, and who may cause them. Pure.

Reading, presence at the source and publication are questions of their own; this is about what remains to be done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reviews.errors import Conflict
from reviews.i18n import N_

STATES = ("new", "open", "answered", "closed", "no_reply_needed", "reported")
WAITING = ("new", "open")
"""States in which somebody may still have to do something."""
EVENTS = (
    "open", "close", "no_reply_needed", "report", "reply_posted", "reply_seen", "reply_removed", "text_changed",
)  # fmt: skip
COLLECTOR = "collector"
_PEOPLE = frozenset({"editor", "manager", "owner"})
_MACHINE = frozenset({COLLECTOR})
_BOTH = _PEOPLE | _MACHINE
LOW_WITHIN = timedelta(hours=24)
LOW_STARS100 = 249
"""What is drawn with one or two stars."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where an event leads, and the roles that may cause it; `collector` is the program itself."""

    to: str
    roles: frozenset[str]


TABLE: Mapping[tuple[str, str], Step] = {
    ("new", "open"): Step("open", _PEOPLE),
    ("new", "close"): Step("closed", _PEOPLE),
    ("new", "no_reply_needed"): Step("no_reply_needed", _PEOPLE),
    ("new", "report"): Step("reported", _PEOPLE),
    ("new", "reply_posted"): Step("answered", _PEOPLE),
    ("new", "reply_seen"): Step("answered", _MACHINE),
    ("open", "close"): Step("closed", _PEOPLE),
    ("open", "no_reply_needed"): Step("no_reply_needed", _PEOPLE),
    ("open", "report"): Step("reported", _PEOPLE),
    ("open", "reply_posted"): Step("answered", _PEOPLE),
    ("open", "reply_seen"): Step("answered", _MACHINE),
    ("answered", "open"): Step("open", _PEOPLE),
    ("answered", "close"): Step("closed", _PEOPLE),
    ("answered", "report"): Step("reported", _PEOPLE),
    ("answered", "reply_posted"): Step("answered", _PEOPLE),
    ("answered", "reply_removed"): Step("open", _MACHINE),
    ("answered", "text_changed"): Step("open", _MACHINE),
    ("closed", "open"): Step("open", _PEOPLE),
    ("closed", "text_changed"): Step("open", _MACHINE),
    ("no_reply_needed", "open"): Step("open", _PEOPLE),
    ("no_reply_needed", "close"): Step("closed", _PEOPLE),
    ("no_reply_needed", "report"): Step("reported", _PEOPLE),
    ("no_reply_needed", "reply_posted"): Step("answered", _PEOPLE),
    ("no_reply_needed", "reply_seen"): Step("answered", _MACHINE),
    ("reported", "open"): Step("open", _PEOPLE),
    ("reported", "close"): Step("closed", _PEOPLE),
    ("reported", "reply_posted"): Step("answered", _PEOPLE),
    ("reported", "reply_seen"): Step("answered", _MACHINE),
}
REFUSED = N_("This cannot be done with the review as it stands now. Somebody may have been faster; look at it again.")


def next_state(state: str, event: str, role: str) -> str:
    """Where an event leads; raises Conflict where the table has no such step, or not for this role."""
    step = TABLE.get((state, event))
    if step is None or role not in step.roles:
        raise Conflict(f"{role} cannot {event} what is {state}", hint=REFUSED)
    return step.to


def find_events(state: str, role: str) -> tuple[str, ...]:
    """What a role may do with a review in a state, in the order of EVENTS."""
    return tuple(event for event in EVENTS if (step := TABLE.get((state, event))) and role in step.roles)


def due_at(stars100: int | None, now: datetime, within_hours: int) -> datetime:
    """Until when somebody who takes a review on should be done: the clinic's time, low stars within a day."""
    within = timedelta(hours=within_hours)
    return now + (min(within, LOW_WITHIN) if stars100 is not None and stars100 <= LOW_STARS100 else within)
