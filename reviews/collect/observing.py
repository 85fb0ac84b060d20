"""What a run sees of replies: ours confirmed, checked, rejected, changed or gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from reviews.model import Review
from reviews.rules import replies as states
from reviews.rules.work import COLLECTOR
from reviews.storage import GroupTransaction, audit, outbox, people, replies, runs
from reviews.storage.replies import SentReply

READ_BY_THEN = timedelta(days=7)
"""After so long every run counts, also one that did not come as far as the review."""


def observe_page(g: GroupTransaction, source_id: int, found: Sequence[Review], now: datetime) -> None:
    """Compare the replies of a page that was just saved with ours."""
    by_key = {review.identity_key: review for review in found}
    sent = replies.find_to_observe(g, source_id, list(by_key))
    for reply in sent:
        _observe(g, reply, by_key[reply.identity_key], now)
    replies.mark_found_ours(g, sorted({reply.review_id for reply in sent}))


def _observe(g: GroupTransaction, reply: SentReply, review: Review, now: datetime) -> None:
    found = review.reply
    seen = states.Seen(text_key=states.text_key(found.text), state=found.state) if found else None
    event = states.observe(reply.state, reply.text_key, seen)
    if event is None:
        return
    after = states.next_state(reply.state, event, COLLECTOR)
    reason = found.reason if found and event == "seen_rejected" else ""
    replies.move(g, reply, after, reason=reason, unseen_runs=0)
    _note(g, reply, after, now)
    if after == "rejected":
        tell_author(g, reply, "reply.rejected", reason, now)


def count_unseen(g: GroupTransaction, source_id: int, run: runs.Run, *, saw_all: bool, now: datetime) -> None:
    """A run ends well: one more that has not seen what was posted before it began, and after the third somebody hears.

    Counted are runs that have read the review, or would have (`saw_all`), and all of them once a week has passed.
    """
    for reply in replies.find_awaited(g, source_id, run.started_at):
        is_old = reply.posted_at is not None and now - reply.posted_at > READ_BY_THEN
        if not (saw_all or is_old or reply.last_run_id == run.id):
            continue
        if not states.counts_as_unseen(reply.state, reply.unseen_runs + 1):
            replies.count_unseen(g, reply.id)
            continue
        after = states.next_state(reply.state, "not_seen", COLLECTOR)
        replies.move(g, reply, after, unseen_runs=reply.unseen_runs + 1)
        _note(g, reply, after, now)
        tell_author(g, reply, "reply.not_confirmed", "", now)


def tell_author(g: GroupTransaction, reply: SentReply, kind: str, reason: str, now: datetime) -> None:
    """Write for the author, or else for whoever posted it, what became of a reply; once for each text."""
    member = people.find_member(g, reply.person_id or reply.posted_by or 0)
    if member:
        outbox.add_event(
            g,
            event_id=f"{kind}:{reply.public_id}:{reply.version}",
            kind=kind,
            payload={"review": reply.review_public_id, "person": member.person.public_id, "reason": reason},
            now=now,
        )


def _note(g: GroupTransaction, reply: SentReply, after: str, now: datetime) -> None:
    audit.add_entry(
        g,
        now=now,
        person_id=None,
        action="reply.seen",
        object_kind="reply",
        object_id=reply.public_id,
        before={"state": reply.state, "version": reply.version},
        after={"state": after, "review": reply.review_public_id},
    )
