"""Posting approved replies to platforms: one at a time, each after a person's press on this very text.

That a call begins is written before it is made. Whoever finds a begun call without an end looks at the platform first,
so that a crash between call and mark never posts twice. Where a platform cannot be looked at, a person is asked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from reviews import errors
from reviews.alerts.retries import find_next_try
from reviews.collect.context import Context
from reviews.collect.doors import open_doors
from reviews.collect.observing import tell_author
from reviews.failpoint import hit
from reviews.i18n import N_
from reviews.logs import get_logger
from reviews.model import RawReply, Source
from reviews.rules import replies as states
from reviews.rules.work import COLLECTOR
from reviews.sources.base import PostsReplies
from reviews.sources.registry import get_connector
from reviews.storage import GroupTransaction, audit, replies, reply_posts, reviews, sources, work
from reviews.storage.replies import OwnReply, SentReply
from reviews.storage.reply_posts import Claimed
from reviews.storage.review_rows import StoredReview

log = get_logger("replying")

LEASE = timedelta(minutes=5)
"""Longer than any call takes with all its time-outs."""

CHANGED_MEANWHILE = N_("The text or the review has changed since the reply was approved. Please look at it again.")
NO_API = N_("This source takes no replies by program. Please post the reply by hand.")
GIVEN_UP = N_("The platform did not answer for days. Please try again, or post the reply by hand.")
_WHY: tuple[tuple[type[errors.SourceError], str], ...] = (
    (errors.SourceGone, N_("The platform does not have this review any more, so it cannot be answered.")),
    (
        errors.SourceUnauthorized,
        N_("The platform does not accept our key any more. Please connect the source again, then post the reply."),
    ),
    (
        errors.SourceBlocked,
        N_("The platform does not let this account reply here. Often the listing is not yet verified."),
    ),
    (
        errors.SourceRequestError,
        N_("The platform did not take this reply as it is. Often it is too long, or the review is closed to replies."),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One claimed reply with what it is about."""

    claimed: Claimed
    reply: OwnReply
    review: StoredReview
    source: Source

    @property
    def as_sent(self) -> SentReply:
        return SentReply(
            id=self.reply.id,
            public_id=self.reply.public_id,
            review_id=self.review.id,
            review_public_id=self.review.public_id,
            identity_key=self.review.identity_key,
            clinic_id=self.review.clinic_id,
            state=self.reply.state,
            text_key=self.reply.text_key,
            version=self.reply.version,
            posted_at=None,
            posted_by=self.claimed.person_id,
            person_id=self.reply.person_id,
            unseen_runs=0,
        )


def post_next(context: Context) -> bool:
    """Post the reply that waits longest, or find out what became of it; False when none is due."""
    now = context.clock()
    with context.storage.write() as tx:
        claimed = reply_posts.claim_post(tx, now=now, lease_until=now + LEASE)
    if claimed is None:
        return False
    hit("replying.after_claim")
    try:
        job = _open(context, claimed)
        if job is not None:
            _post(context, job)
    except errors.LeaseLost:
        log.warning("reply_lease_lost", public_id=claimed.public_id)
    return True


def _open(context: Context, claimed: Claimed) -> _Job | None:
    """What is to be posted; None, and the end of it, when it is not what was approved any more."""
    with context.storage.write() as tx:
        g = tx.group(claimed.group_id)
        reply = replies.get_own_by_id(g, claimed.reply_id)
        review = reviews.get_review(g, reply.review_id)
        source = sources.get_source(g, review.source_id)
        is_same = reply.state == "approved" and reply.version == claimed.version and reply.text is not None
        is_answerable = review.content_hash == reply.review_hash and review.presence not in ("missing", "withdrawn")
        if is_same and (is_answerable or claimed.called_at is not None):
            return _Job(claimed=claimed, reply=reply, review=review, source=source)
        reply_posts.end_post(g, claimed, "stopped", now=context.clock(), said=CHANGED_MEANWHILE)
    return None


def _post(context: Context, job: _Job) -> None:
    connector = get_connector(job.source.kind)
    if not isinstance(connector, PostsReplies) or job.review.identity_kind != "id":
        _refuse(context, job, NO_API)
        return
    text = job.reply.text or ""
    try:
        doors = open_doors(context, job.source)
        if job.claimed.called_at is not None:
            found = connector.find_reply(job.source, doors, job.review.identity_key)
            if found is not None and states.text_key(found.text) == job.reply.text_key:
                _take(context, job, found)
                return
        with context.storage.write() as tx:
            reply_posts.note_call(tx.group(job.claimed.group_id), job.claimed, context.clock())
        hit("replying.before_call")
        taken = connector.post_reply(job.source, doors, job.review.identity_key, text)
        hit("replying.after_call")
    except errors.SourceUnavailable as error:
        _put_off(context, job, error)
    except errors.SourceChanged as error:
        # The call was answered in words that we do not understand: the next try looks what became of it.
        _put_off(context, job, error)
    except errors.SourceError as error:
        log.warning("reply_refused", public_id=job.claimed.public_id, error=error)
        _refuse(context, job, next((why for kind, why in _WHY if isinstance(error, kind)), error.hint))
    else:
        _take(context, job, taken)


def _take(context: Context, job: _Job, taken: RawReply) -> None:
    """The platform has it: posted, or pending where it is checked first, or rejected at once."""
    now = context.clock()
    if taken.state == "rejected":
        _refuse(context, job, taken.reason)
        return
    event = "taken_for_checking" if taken.state == "pending" else "taken"
    after = states.next_state(job.reply.state, event, COLLECTOR)
    with context.storage.write() as tx:
        g = tx.group(job.claimed.group_id)
        if not reply_posts.end_post(g, job.claimed, "done", now=now):
            return
        replies.move(
            g, job.reply, after, posted_by=job.claimed.person_id, posted_at=now, posted_way="api", unseen_runs=0,
            reason="",
        )  # fmt: skip
        work.mark_answered(g, job.review, now)
        _note(g, job, "reply.posted", after, now, way="api")
        hit("replying.in_take")
    log.info("reply_posted", public_id=job.claimed.public_id, state=after)


def _put_off(context: Context, job: _Job, error: errors.SourceError) -> None:
    """Try again later; after days a person is asked."""
    now = context.clock()
    wait = error.retry_after_seconds if isinstance(error, errors.RateLimited) else None
    # Asked to slow down before it took anything; but a call that began earlier is still to be looked after.
    is_free = isinstance(error, errors.RateLimited) and job.claimed.called_at is None
    next_try = find_next_try(job.claimed.public_id, job.claimed.attempts, job.claimed.created_at, now, wait)
    with context.storage.write() as tx:
        g = tx.group(job.claimed.group_id)
        if next_try is None:
            said = GIVEN_UP if is_free else states.UNSURE
            if reply_posts.end_post(g, job.claimed, "refused" if is_free else "unsure", now=now, said=said):
                tell_author(g, job.as_sent, "reply.rejected", said, now)
            return
        reply_posts.put_off(g, job.claimed, next_try, error.hint, forget_call=is_free)
    log.warning("reply_put_off", public_id=job.claimed.public_id, error=error)


def _refuse(context: Context, job: _Job, why: str) -> None:
    """The platform did not take it: the reason is kept in plain words, and the author told once."""
    now = context.clock()
    after = states.next_state(job.reply.state, "refused", COLLECTOR)
    with context.storage.write() as tx:
        g = tx.group(job.claimed.group_id)
        if not reply_posts.end_post(g, job.claimed, "refused", now=now, said=why):
            return
        replies.move(g, job.reply, after, reason=why)
        _note(g, job, "reply.refused", after, now)
        tell_author(g, job.as_sent, "reply.rejected", why, now)


def _note(g: GroupTransaction, job: _Job, action: str, after: str, now: datetime, **more: str) -> None:
    audit.add_entry(
        g,
        now=now,
        person_id=job.claimed.person_id,
        action=action,
        object_kind="reply",
        object_id=job.reply.public_id,
        before={"state": job.reply.state, "version": job.reply.version},
        after={"state": after, "review": job.review.public_id, **more},
    )
