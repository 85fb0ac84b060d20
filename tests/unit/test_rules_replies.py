"""The tables of states, pair by pair: what is not written here is refused."""

import pytest

from reviews.errors import Conflict
from reviews.rules import replies
from reviews.rules.replies import GONE, ROLES_OF, may_act, next_state
from reviews.rules.work import COLLECTOR

ROLES = (None, "stranger", "mail_only", "viewer", "editor", "manager", "owner", COLLECTOR)
EDITORS, MANAGERS, MACHINE = {"editor", "manager", "owner"}, {"manager", "owner"}, {COLLECTOR}

# (before, event): (after, who), written by hand from the design and not from the table.
REPLY_MOVES = {
    (GONE, "save"): ("draft", EDITORS),
    ("draft", "save"): ("draft", EDITORS),
    ("waiting", "save"): ("draft", EDITORS),
    ("approved", "save"): ("draft", EDITORS),
    ("rejected", "save"): ("draft", EDITORS),
    ("not_confirmed", "save"): ("draft", EDITORS),
    ("draft", "send"): ("waiting", EDITORS),
    ("draft", "discard"): (GONE, EDITORS),
    ("waiting", "send_back"): ("draft", MANAGERS),
    ("approved", "send_back"): ("draft", MANAGERS),
    ("waiting", "approve"): ("approved", MANAGERS),
    ("approved", "post"): ("approved", MANAGERS),
    ("approved", "post_by_hand"): ("posted", MANAGERS),
    ("posted", "not_posted"): ("approved", MANAGERS),
    ("not_confirmed", "not_posted"): ("approved", MANAGERS),
    ("rejected", "try_again"): ("approved", MANAGERS),
    ("approved", "taken"): ("posted", MACHINE),
    ("approved", "taken_for_checking"): ("pending", MACHINE),
    ("approved", "refused"): ("rejected", MACHINE),
    **{(state, "seen"): ("confirmed", MACHINE) for state in replies.SENT},
    **{(state, "seen_waiting"): ("pending", MACHINE) for state in replies.STANDING},
    **{(state, "seen_rejected"): ("rejected", MACHINE) for state in replies.STANDING},
    ("posted", "not_seen"): ("not_confirmed", MACHINE),
    ("pending", "not_seen"): ("not_confirmed", MACHINE),
    ("confirmed", "seen_other"): ("replaced", MACHINE),
    ("confirmed", "seen_none"): ("removed", MACHINE),
}


@pytest.mark.statement("S20")
@pytest.mark.parametrize("before", [GONE, *replies.STATES])
@pytest.mark.parametrize("event", [*replies.EVENTS, "unheard_of"])
def test_every_pair_for_every_role_is_as_written_and_the_rest_is_refused(before: str, event: str) -> None:
    after, who = REPLY_MOVES.get((before, event), (None, set()))
    for role in ROLES:
        if role in who:
            assert next_state(before, event, role) == after
        else:
            with pytest.raises(Conflict):
                next_state(before, event, role)


def test_the_table_has_no_row_that_is_not_written_here_and_names_only_known_states() -> None:
    assert set(replies.TABLE) == set(REPLY_MOVES)
    assert {step.to for step in replies.TABLE.values()} <= {GONE, *replies.STATES}


@pytest.mark.statement("S21")
def test_nothing_is_posted_without_a_person_and_a_person_sets_nothing_that_only_a_platform_knows():
    for (before, event), step in replies.TABLE.items():
        if event in ("post", "post_by_hand", "approve", "try_again"):
            assert step.act in ("approve", "post")
            assert COLLECTOR not in ROLES_OF[step.act]
            assert before in ("waiting", "approved", "rejected")
        if step.to in ("pending", "confirmed", "rejected", "not_confirmed", "replaced", "removed"):
            assert step.act == "observe"


def test_editors_approve_and_post_where_the_group_says_so_and_never_clear_a_warning():
    assert may_act("approve", "editor", editors_approve=True)
    assert may_act("post", "editor", editors_approve=True)
    assert not may_act("approve", "editor")
    assert not may_act("clear_warning", "editor", editors_approve=True)
    assert not may_act("approve", "viewer", editors_approve=True)


KEY = replies.text_key("Thank you for writing.")
OTHER = replies.text_key("Something else.")


@pytest.mark.parametrize(
    ("state", "seen", "event"),
    [
        ("posted", None, None),
        ("posted", (KEY, "published"), "seen"),
        ("posted", (KEY, "pending"), "seen_waiting"),
        ("posted", (KEY, "rejected"), "seen_rejected"),
        ("posted", (OTHER, "published"), None),
        ("pending", (KEY, "pending"), None),
        ("pending", (KEY, "published"), "seen"),
        ("not_confirmed", (KEY, "published"), "seen"),
        ("rejected", (KEY, "published"), "seen"),
        ("confirmed", (KEY, "published"), None),
        ("confirmed", (OTHER, "published"), "seen_other"),
        ("confirmed", None, "seen_none"),
        ("removed", (KEY, "published"), "seen"),
        ("draft", (KEY, "published"), None),
    ],
)
def test_what_a_reading_says_of_a_reply(state, seen, event):
    found = replies.Seen(text_key=seen[0], state=seen[1]) if seen else None
    assert replies.observe(state, KEY, found) == event


def test_texts_are_compared_without_white_space_and_case():
    assert replies.text_key(" Thank you\n\nfor  WRITING. ") == KEY
    assert replies.text_key("Thank you for writing") != KEY
