"""What may become of a reply: draft → waiting → approved → posted → pending → confirmed, with its ways back. Pure.

One table of states, events, and acts; another says which role may do which act. What is not in them is refused.
`observe` turns what a run has seen at the source into an event of the table.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reviews.errors import Conflict
from reviews.i18n import N_
from reviews.rules.work import COLLECTOR, REFUSED

GONE = ""
"""The state of what is not there: before a draft, and after it was thrown away."""
STATES = (
    "draft", "waiting", "approved", "posted", "pending", "confirmed", "rejected", "not_confirmed", "replaced",
    "removed",
)  # fmt: skip
BEING_WRITTEN = ("draft", "waiting", "approved")
STANDING = ("posted", "pending", "confirmed", "not_confirmed")
"""Posted, and as far as anybody knows it is there or on its way."""
SENT = (*STANDING, "rejected", "replaced", "removed")
"""What a run may still find at the source."""
RUNS_UNTIL_NOT_CONFIRMED = 3

UNSURE = N_("Nobody knows whether the platform has taken this reply. Please look there, and say what you see.")
"""What is said of a post whose end is not known: a person looks before it is posted again."""

ROLES_OF: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"editor", "manager", "owner"}),
    "approve": frozenset({"manager", "owner"}),
    "post": frozenset({"manager", "owner"}),
    "clear_warning": frozenset({"manager", "owner"}),
    "observe": frozenset({COLLECTOR}),
}
"""Act → the roles that may do it."""
EDITORS_TOO = frozenset({"approve", "post"})
"""What editors may do where the group says so."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where an event leads, and which act it is."""

    to: str
    act: str


def _steps(befores: Iterable[str], event: str, to: str, act: str) -> dict[tuple[str, str], Step]:
    return {(before, event): Step(to, act) for before in befores}


TABLE: Mapping[tuple[str, str], Step] = {
    **_steps((GONE, "draft", "waiting", "approved", "rejected", "not_confirmed"), "save", "draft", "draft"),
    **_steps(("draft",), "send", "waiting", "draft"),
    **_steps(("draft",), "discard", GONE, "draft"),
    **_steps(("waiting", "approved"), "send_back", "draft", "approve"),
    **_steps(("waiting",), "approve", "approved", "approve"),
    **_steps(("approved",), "post", "approved", "post"),
    **_steps(("approved",), "post_by_hand", "posted", "post"),
    **_steps(("posted", "not_confirmed"), "not_posted", "approved", "post"),
    **_steps(("rejected",), "try_again", "approved", "post"),
    # What the platform says when it is called.
    **_steps(("approved",), "taken", "posted", "observe"),
    **_steps(("approved",), "taken_for_checking", "pending", "observe"),
    **_steps(("approved",), "refused", "rejected", "observe"),
    # What runs see.
    **_steps(SENT, "seen", "confirmed", "observe"),
    **_steps(("posted", "not_confirmed", "confirmed", "pending"), "seen_waiting", "pending", "observe"),
    **_steps(("posted", "not_confirmed", "confirmed", "pending"), "seen_rejected", "rejected", "observe"),
    **_steps(("posted", "pending"), "not_seen", "not_confirmed", "observe"),
    **_steps(("confirmed",), "seen_other", "replaced", "observe"),
    **_steps(("confirmed",), "seen_none", "removed", "observe"),
}
EVENTS = tuple(sorted({event for _, event in TABLE}))


def may_act(act: str, role: str | None, *, editors_approve: bool = False) -> bool:
    """Whether a role may do an act; nobody and unknown roles may do none."""
    return role in ROLES_OF[act] or (editors_approve and role == "editor" and act in EDITORS_TOO)


def next_state(state: str, event: str, role: str | None, *, editors_approve: bool = False) -> str:
    """Where an event leads; raises Conflict where the table has no such step, or not for this role."""
    step = TABLE.get((state, event))
    if step is None or not may_act(step.act, role, editors_approve=editors_approve):
        raise Conflict(f"{role} cannot {event} a reply that is {state or 'not there'}", hint=REFUSED)
    return step.to


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A reply as a run has read it; `state` is published, pending or rejected."""

    text_key: str
    state: str


def text_key(text: str) -> str:
    """The text without white space and case, as a digest: equal for texts that a platform would call the same."""
    return hashlib.sha256("".join(text.split()).casefold().encode("utf-8", "surrogatepass")).hexdigest()


def observe(state: str, key: str, seen: Seen | None) -> str | None:
    """The event that a reading is for our reply, or None when it says nothing new."""
    event = _event(state, key, seen)
    step = TABLE.get((state, event)) if event else None
    return event if step and step.to != state else None


def _event(state: str, key: str, seen: Seen | None) -> str | None:
    if seen is None:
        return "seen_none" if state == "confirmed" else None
    if seen.text_key == key:
        return {"published": "seen", "pending": "seen_waiting", "rejected": "seen_rejected"}.get(seen.state)
    return "seen_other" if state == "confirmed" and seen.state == "published" else None


def counts_as_unseen(state: str, unseen_runs: int) -> bool:
    """Whether a reply that so many runs have not seen is not confirmed from now on; one being checked is waited for."""
    return state == "posted" and unseen_runs >= RUNS_UNTIL_NOT_CONFIRMED
