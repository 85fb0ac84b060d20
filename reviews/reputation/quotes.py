"""Which reviews are quoted. The rule is disclosed, and it never looks at stars: they are not even among its inputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reviews.model import ReviewDate

NEWEST = "newest"
CHOSEN = "chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteCandidate:
    """A review that may be quoted.

    `first_seen` is when we first saw it and `first_run` the id of that run, 0 if unknown: pages of one run are read one
    after the other, so the run tells better what came together. `position` is its order at the source then, 0 first.
    `chosen` is its place in a person's choice, None if nobody chose it.
    """

    review_id: int
    date: ReviewDate | None
    first_seen: datetime
    position: int
    first_run: int = 0
    chosen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The chosen ids in order, and what the disclosure says of them.

    `held` counts all candidates. `order` is ``date`` (all have one), ``page`` (none has), ``mixed`` (those with a date
    first), or ``person``.
    """

    review_ids: tuple[int, ...]
    rule: str
    held: int
    order: str

    @property
    def is_all(self) -> bool:
        """Whether everything that is held is shown."""
        return len(self.review_ids) == self.held


def choose_quotes(candidates: Sequence[QuoteCandidate], limit: int, rule: str = NEWEST) -> Choice:
    """At most `limit` quotes by `rule`: ``newest``, or ``chosen`` for what a person picked, in the person's order.

    Newest goes by date; a vague date counts from its earliest day, so it never passes for newer than it may be. Reviews
    without a date come after, those of the latest run first, in the order of the page. Raises ValueError for an unknown
    rule.
    """
    if rule == CHOSEN:
        picked = sorted((c for c in candidates if c.chosen is not None), key=lambda c: (c.chosen, c.review_id))
        return Choice(review_ids=_ids(picked, limit), rule=CHOSEN, held=len(candidates), order="person")
    if rule != NEWEST:
        raise ValueError(f"unknown rule of choice: {rule!r}")
    dated = [candidate for candidate in candidates if candidate.date]
    undated = [candidate for candidate in candidates if not candidate.date]
    order = "mixed" if dated and undated else "page" if undated else "date"
    ordered = sorted(dated, key=_by_date) + sorted(undated, key=_by_page)
    return Choice(review_ids=_ids(ordered, limit), rule=NEWEST, held=len(candidates), order=order)


def _by_date(candidate: QuoteCandidate) -> tuple[float, float, int, int]:
    date = candidate.date
    assert date is not None
    return -date.earliest.timestamp(), -date.latest.timestamp(), candidate.position, candidate.review_id


def _by_page(candidate: QuoteCandidate) -> tuple[int, float, int, int]:
    seen = 0.0 if candidate.first_run else candidate.first_seen.timestamp()
    return -candidate.first_run, -seen, candidate.position, candidate.review_id


def _ids(candidates: Sequence[QuoteCandidate], limit: int) -> tuple[int, ...]:
    return tuple(candidate.review_id for candidate in candidates[: max(0, limit)])
