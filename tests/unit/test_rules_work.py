"""States of a review as work: every pair of state and event, for every role."""

from datetime import timedelta

import pytest

from reviews.errors import Conflict
from reviews.rules import work
from tests.conftest import NOW

ROLES = ("mail_only", "viewer", "editor", "manager", "owner", work.COLLECTOR)
ALLOWED = {
    "new": {"open": "open", "close": "closed", "no_reply_needed": "no_reply_needed", "report": "reported",
            "reply_posted": "answered", "reply_seen": "answered"},
    "open": {"close": "closed", "no_reply_needed": "no_reply_needed", "report": "reported",
             "reply_posted": "answered", "reply_seen": "answered"},
    "answered": {"open": "open", "close": "closed", "report": "reported", "reply_posted": "answered",
                 "reply_removed": "open", "text_changed": "open"},
    "closed": {"open": "open", "text_changed": "open"},
    "no_reply_needed": {"open": "open", "close": "closed", "report": "reported", "reply_posted": "answered",
                        "reply_seen": "answered"},
    "reported": {"open": "open", "close": "closed", "reply_posted": "answered", "reply_seen": "answered"},
}  # fmt: skip
BY_THE_COLLECTOR = {"reply_seen", "reply_removed", "text_changed"}


@pytest.mark.statement("S20", "S17")
@pytest.mark.parametrize("state", work.STATES)
@pytest.mark.parametrize("event", work.EVENTS)
@pytest.mark.parametrize("role", ROLES)
def test_every_pair_of_state_and_event_is_in_the_table_or_refused(state: str, event: str, role: str) -> None:
    may = role == work.COLLECTOR if event in BY_THE_COLLECTOR else role in ("editor", "manager", "owner")
    if may and event in ALLOWED[state]:
        assert work.next_state(state, event, role) == ALLOWED[state][event]
        assert event in work.find_events(state, role)
    else:
        with pytest.raises(Conflict):
            work.next_state(state, event, role)
        assert event not in work.find_events(state, role)


def test_no_state_is_a_dead_end_and_the_table_names_only_known_states() -> None:
    assert {state for state, _ in work.TABLE} == set(work.STATES)
    assert {step.to for step in work.TABLE.values()} <= set(work.STATES)
    assert {event for _, event in work.TABLE} == set(work.EVENTS)


@pytest.mark.parametrize(
    ("stars100", "within", "hours"),
    [(100, 72, 24), (200, 72, 24), (249, 72, 24), (250, 72, 72), (None, 72, 72), (100, 4, 4), (500, 4, 4)],
)
def test_low_stars_are_due_within_a_day(stars100: int | None, within: int, hours: int) -> None:
    assert work.due_at(stars100, NOW, within) == NOW + timedelta(hours=hours)
