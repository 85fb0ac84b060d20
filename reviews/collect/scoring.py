"""Scoring what is stored: a restartable pass that never needs the network."""

from collections.abc import Sequence
from typing import Any

from reviews.collect.context import Context
from reviews.failpoint import hit
from reviews.model import Claim, Review, Source
from reviews.sentiment import Scorer
from reviews.sentiment.attention import count_themes, find_reasons
from reviews.storage import GroupTransaction, lexicon, scores, sources
from reviews.storage import reviews as stored

SCORE_BATCH = 500
FEW = 20
"""So many reviews are scored in a few milliseconds, in the transaction that stores them."""


def score_source(context: Context, claim: Claim) -> None:
    """Score what this run brought; whatever is left is done by the pass of the worker's upkeep."""
    while True:
        with context.storage.read() as tx:
            g = tx.group(claim.source.group_id)
            pending = scores.find_unscored_of_source(g, claim.source.id, SCORE_BATCH)
            scorer = lexicon.choose_scorer(g, context.scorers) if pending else context.scorer
        if not pending or not _store(context, [score_review(scorer, review) for review in pending], claim):
            return
        if len(pending) < SCORE_BATCH:
            return


def save_scores(context: Context, pending: Sequence[scores.PendingScore]) -> int:
    """Score these reviews, each with the words of its group, and store the answers with their themes; how many.

    Each only if its text is still the one that was scored. Who said so is stored beside it, so a group whose words
    change meanwhile is read again.
    """
    with context.storage.read() as tx:
        scorers = {
            group_id: lexicon.choose_scorer(tx.group(group_id), context.scorers)
            for group_id in {review.group_id for review in pending}
        }
    return _store(context, [score_review(scorers[review.group_id], review) for review in pending])


def _store(context: Context, results: Sequence[scores.Score], claim: Claim | None = None) -> int:
    """Store scores, and hold the source whose run asked for them; how many."""
    with context.storage.write() as tx:
        count = scores.save_scores(tx, results)
        if claim is not None:
            sources.extend_lease(
                tx.group(claim.source.group_id),
                claim,
                now=context.clock(),
                lease_seconds=context.settings.lease_seconds,
            )
    hit("collect.after_scores")
    return count


def score_new(context: Context, source: Source, found: Sequence[Review]) -> dict[str, scores.Reading]:
    """How the reviews of a page that are not stored yet read, by their identity.

    Stored with them this costs a tenth of adding it later, which would write each row twice.
    """
    if not found:
        return {}
    with context.storage.read() as tx:
        g = tx.group(source.group_id)
        is_first = source.last_run_id is None  # what a run that was cut off has left is scored once more, for nothing
        held = {} if is_first else stored.find_identities(g, source.id, [review.identity_key for review in found])
        scorer = lexicon.choose_scorer(g, context.scorers) if len(held) < len(found) else context.scorer
    return _read_all(scorer, [review for review in found if review.identity_key not in held])


def score_few(context: Context, g: GroupTransaction, new: Sequence[Review]) -> dict[str, scores.Reading]:
    """As `score_new` for what was found to be new while it is stored, unless it is so much that others would wait."""
    return _read_all(lexicon.choose_scorer(g, context.scorers), new) if len(new) <= FEW else {}


def _read_all(scorer: Scorer, found: Sequence[Review]) -> dict[str, scores.Reading]:
    return {
        review.identity_key: scores.Reading(
            **_read(
                scorer,
                review.title or "",
                review.text or "",
                review.language,
                review.rating.stars100 if review.rating else None,
            )
        )
        for review in found
    }


def score_review(scorer: Scorer, review: scores.PendingScore) -> scores.Score:
    """All that is stored of how a review reads."""
    return scores.Score(
        group_id=review.group_id,
        review_id=review.review_id,
        content_hash=review.content_hash,
        **_read(scorer, review.title, review.text, review.language, review.stars100),
    )


def _read(scorer: Scorer, title: str, text: str, language: str | None, stars100: int | None) -> dict[str, Any]:
    found = scorer.score(title, text, language)
    reasons = [reason.kind for reason in find_reasons(found, stars100, scorer.limits) if reason.kind != "stars"]
    if scorer.find_risks(title, text, language):
        reasons.append("risk")
    return {
        "scorer": scorer.name,
        "compound": found.compound if found else None,
        "label": found.label if found else None,
        "attention": tuple(reasons),
        "themes": tuple(
            scores.ThemeCounts(
                theme=counts.theme,
                positive=counts.positive,
                neutral=counts.neutral,
                negative=counts.negative,
                words=counts.words,
            )
            for counts in (count_themes(found, scorer.limits) if found else ())
        ),
    }
