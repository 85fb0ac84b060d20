"""Find reviews of a clinic that stand in two places; part of every refresh, so that a crash before only delays it."""

from reviews.collect.context import Context
from reviews.normalize.pairs import find_pairs
from reviews.storage import pairs, summaries


def pair_reviews(context: Context, group_id: int, clinic_id: int) -> int:
    """Compare what is new at a clinic with the rest, and say anew which reviews count; how many changed.

    Comparing happens outside of any transaction. What a person has decided meanwhile stands.
    """
    with context.storage.read() as tx:
        to_pair = pairs.find_to_pair(tx.group(group_id), clinic_id)
    found = find_pairs(to_pair.candidates, to_pair.fresh) if to_pair else ()
    with context.storage.write() as tx:
        g = tx.group(group_id)
        if to_pair:
            pairs.save_pairs(g, clinic_id, found, until=to_pair.until, now=context.clock())
        changed = pairs.settle(g, clinic_id)
        if changed:
            summaries.refresh_months(g, clinic_id)
    return changed
