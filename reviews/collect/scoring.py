"""Scoring what is stored: a restartable pass that never needs the network."""

from collections.abc import Sequence

from reviews.collect.context import Context
from reviews.failpoint import hit
from reviews.model import Claim
from reviews.sentiment import Scorer
from reviews.sentiment.attention import count_themes, find_reasons
from reviews.storage import lexicon, scores, sources

SCORE_BATCH = 500


def score_source(context: Context, claim: Claim) -> None:
    """Score what this run brought; whatever is left is done by the pass of the worker's upkeep."""
    while True:
        with context.storage.read() as tx:
            pending = scores.find_unscored_of_source(tx.group(claim.source.group_id), claim.source.id, SCORE_BATCH)
        if not pending or not save_scores(context, pending):
            return
        with context.storage.write() as tx:
            sources.extend_lease(
                tx.group(claim.source.group_id),
                claim,
                now=context.clock(),
                lease_seconds=context.settings.lease_seconds,
            )


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
    results = [score_review(scorers[review.group_id], review) for review in pending]
    with context.storage.write() as tx:
        count = scores.save_scores(tx, results)
    hit("collect.after_scores")
    return count


def score_review(scorer: Scorer, review: scores.PendingScore) -> scores.Score:
    """All that is stored of how a review reads."""
    found = scorer.score(review.title, review.text, review.language)
    reasons = [reason.kind for reason in find_reasons(found, review.stars100, scorer.limits) if reason.kind != "stars"]
    if scorer.find_risks(review.title, review.text, review.language):
        reasons.append("risk")
    return scores.Score(
        group_id=review.group_id,
        review_id=review.review_id,
        content_hash=review.content_hash,
        scorer=scorer.name,
        compound=found.compound if found else None,
        label=found.label if found else None,
        attention=tuple(reasons),
        themes=tuple(
            scores.ThemeCounts(
                theme=counts.theme,
                positive=counts.positive,
                neutral=counts.neutral,
                negative=counts.negative,
                words=counts.words,
            )
            for counts in (count_themes(found, scorer.limits) if found else ())
        ),
    )
