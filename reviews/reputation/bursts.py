"""Whether unusually many reviews were written at once, or several that say the same: a reason to look, never to hide.

A burst may be a campaign, a newspaper, or a happy month. Nothing is drawn from it: every figure goes on counting each.
"""

from datetime import timedelta

RECENT = timedelta(days=2)
BEFORE = timedelta(days=90)
FEWEST = 6
TIMES = 5
SAME = 3


def is_burst(recent: int, before: int) -> bool:
    """Whether so many within RECENT are far more than those of BEFORE would let one expect."""
    expected = before * (RECENT / BEFORE)
    return recent >= FEWEST and recent >= TIMES * expected


def is_same_text(same: int) -> bool:
    """Whether so many with the very same text are worth a look."""
    return same >= SAME
