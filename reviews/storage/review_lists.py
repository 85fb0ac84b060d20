"""Lists of reviews, candidates for quotes, and the figures of the sample.

Lists page by key: a review that arrives meanwhile neither repeats nor hides a row. Stars are rounded half up to whole
ones wherever they are filtered or counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from reviews.clock import to_text
from reviews.storage.engine import GroupTransaction, Row
from reviews.storage.matching import find_ids
from reviews.storage.review_rows import StoredReview, to_stored_review
from reviews.storage.summaries import month_bounds
from reviews.storage.values import to_json

TOTAL_CAP = 1000
NO_STARS = 501
"""What stands for none in the order of stars."""
WAITING = ("new", "open")

ListKey = tuple[str, int, int]
"""Where a list goes on: (written_at as text, id, lead) of the last row; the lead is what comes before in its order."""

ORDERS = ("newest", "oldest", "lowest", "waiting")
"""`lowest` stars first, those without stars last, each the newest first; `waiting`: what somebody may still have to
answer, the oldest first, and then the rest in the same order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFilters:
    """What a list is narrowed to; None, or an empty tuple of stars, does not narrow.

    `unread_by` is a person's id; `since` and `until` are about the time of writing, `first_seen_since` about reading.
    `is_low` are one and two stars, and what does not recommend or reads negative where there are no stars. `is_waiting`
    are those that somebody may still have to answer. `words` are words to be found, the last of them as its beginning.
    `attention` is a reason to look (``text``, ``disagree``, ``sentence``, ``risk``). With `said` (``praised``,
    ``criticized``) only reviews with such a sentence about the theme.
    `reply` is ``rejected`` (by the platform) or ``outdated`` (the review changed after it).
    With `no_copies` a review that stands in several places is there once (`pairs`).
    `months` are the first and the last month (``2026-11``) of what counts in the monthly figures. With `is_dated` only
    reviews that say when they were written.
    """

    clinic_id: int | None = None
    source_id: int | None = None
    stars: tuple[int, ...] = ()
    language: str | None = None
    label: str | None = None
    presence: str | None = None
    publication: str | None = None
    work: str | None = None
    has_text: bool | None = None
    unread_by: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    first_seen_since: datetime | None = None
    is_present: bool = False
    is_waiting: bool = False
    is_low: bool = False
    assignee_id: int | None = None
    tag: str | None = None
    words: str = ""
    attention: str | None = None
    theme: str | None = None
    said: str | None = None
    months: tuple[str, str] | None = None
    reply: str | None = None
    clinic_ids: tuple[int, ...] = ()
    no_copies: bool = False
    is_dated: bool = False
    first_seen_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewList:
    """One page of a list. `total_capped` is exact up to 1,000; beyond that it is 1,000 and `is_capped` says so."""

    rows: tuple[StoredReview, ...]
    next_key: ListKey | None
    total_capped: int
    is_capped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFigures:
    """What we hold of the reviews that stand at their source: hidden ones are counted, and named by reason beside.

    `histogram` counts 1 to 5 stars; `stars100_sum` and `stars_count` cover the reviews that have stars; those that
    recommend, or do not, instead of giving stars are counted apart.
    """

    count: int = 0
    with_text: int = 0
    histogram: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    stars100_sum: int = 0
    stars_count: int = 0
    recommended: int = 0
    not_recommended: int = 0
    hidden: Mapping[str, int] = field(default_factory=dict)


def find_reviews(
    g: GroupTransaction,
    filters: ReviewFilters,
    limit: int = 50,
    after: ListKey | None = None,
    order: str = "newest",
) -> ReviewList:
    """The first reviews in an order of ORDERS that pass the filters, from after `after`."""
    if filters.words:
        return _find_words(g, filters, limit, after, order)
    rows = _in_order(g, _present(filters), limit + 1, after, order)
    return _to_list(rows, limit, count_capped(g, filters), order)


def _find_words(
    g: GroupTransaction, filters: ReviewFilters, limit: int, after: ListKey | None, order: str
) -> ReviewList:
    """The same for a search: all hits are put in order by their keys, and only a page of them is read."""
    ids, keys = _search(g, filters)
    if order == "newest":
        place = after[:2] if after else None
        chosen = [id_ for written_at, id_ in keys if place is None or (written_at, id_) < place][: limit + 1]
        rows = g.rows("find_reviews", limit=limit + 1, ids=chosen) if chosen else []
    else:
        rows = _in_order(g, {"ids": [id_ for _, id_ in keys]}, limit + 1, after, order) if keys else []
    found = _to_list(rows, limit, len(keys), order)
    return replace(found, is_capped=len(ids) > TOTAL_CAP)


def _to_list(rows: Sequence[Row], limit: int, total: int, order: str) -> ReviewList:
    found = tuple(to_stored_review(row) for row in rows[:limit])
    return ReviewList(
        rows=found,
        next_key=key_of(found[-1], order) if len(rows) > limit and found else None,
        total_capped=min(total, TOTAL_CAP),
        is_capped=total > TOTAL_CAP,
    )


def key_of(review: StoredReview, order: str = "newest") -> ListKey:
    """Where a list in this order goes on after this review."""
    lead = 0
    if order == "lowest":
        lead = -(NO_STARS if review.stars100 is None else review.stars100)
    elif order == "waiting":
        lead = int(review.work not in WAITING)
    return (to_text(review.written_at), review.id, lead)


def _in_order(
    g: GroupTransaction, present: Mapping[str, Any], limit: int, after: ListKey | None, order: str
) -> list[Row]:
    """So many reviews of a list. Where the order has a lead, two lists follow each other, each along its index."""
    newest = {} if after is None else {"after_written_at": after[0], "after_id": after[1]}
    oldest = {"oldest": 1} | ({} if after is None else {"after_written": after[0], "after_oldest": after[1]})
    if order == "oldest":
        parts: list[dict[str, Any]] = [oldest]
    elif order == "lowest":
        parts = [{"lowest": 1}]
        if after is not None:
            parts = [{**newest, "same_lead": after[2]}, {"lowest": 1, "below_lead": after[2]}]
    elif order == "waiting":
        parts = [{**oldest, "waiting": 1}, {"oldest": 1, "done_with": 1}]
        if after is not None and after[2] > 0:
            parts = [{**oldest, "done_with": 1}]
    else:
        parts = [newest]
        if after is not None and "spoken" in present:
            parts = [{**newest, "spoken_after": after[1]}]
    found: list[Row] = []
    for part in parts:
        if len(found) < limit:
            found += g.rows("find_reviews", limit=limit - len(found), **{**present, **part})
    return found


def count_capped(g: GroupTransaction, filters: ReviewFilters, cap: int = TOTAL_CAP) -> int:
    """How many reviews pass the filters; `cap` + 1 where there are more."""
    if filters.words:
        return min(len(_search(g, filters)[1]), cap + 1)
    row = g.row("count_reviews", cap=cap + 1, **_present(filters))
    return int(row["n"]) if row else 0


def _search(g: GroupTransaction, filters: ReviewFilters) -> tuple[list[int], list[tuple[str, int]]]:
    """The hits of the words, at most a thousand and one, and in order the keys of those that pass the filters."""
    ids = find_ids(g, filters, TOTAL_CAP + 1)
    if not ids:
        return [], []
    found = to_json(dict.fromkeys(map(str, ids), 1))
    present = _present(filters)
    if filters.theme:
        present["spoken_found"] = 1
    rows = g.rows("count_reviews", cap=TOTAL_CAP + 1, found=found, **present)
    return ids, [(row["written_at"], row["id"]) for row in rows]


def quote_candidates(g: GroupTransaction, clinic_id: int, limit: int = 200) -> list[StoredReview]:
    """Reviews that could be quoted: with text, at their source now, not hidden; newest first, else as on the page.

    Of a review that stands in several places it is the one that counts.
    """
    rows = g.rows(
        "find_reviews",
        clinic_id=clinic_id,
        has_text=1,
        is_present=1,
        not_hidden=1,
        no_copies=1,
        in_page_order=1,
        limit=limit,
    )
    return [to_stored_review(row) for row in rows]


def hidden_by_stars(g: GroupTransaction, clinic_id: int) -> dict[int | None, int]:
    """How many hidden reviews gave how many whole stars (half up); None: no stars."""
    return {row["stars"]: row["n"] for row in g.rows("count_hidden_by_stars", clinic_id=clinic_id)}


def sample_figures(g: GroupTransaction, clinic_id: int) -> SampleFigures:
    """The sample of a clinic, all its sources together."""
    return sum_figures(sample_figures_by_source(g, clinic_id).values())


def sample_figures_by_source(g: GroupTransaction, clinic_id: int) -> dict[int, SampleFigures]:
    """The sample of each source of a clinic that has any, by source id."""
    rows = g.rows("count_sample", clinic_id=clinic_id)
    hidden: dict[int, dict[str, int]] = {}
    if any(row["hidden"] for row in rows):
        for row in g.rows("count_hidden", clinic_id=clinic_id):
            hidden.setdefault(row["source_id"], {})[row["hide_reason"] or ""] = row["n"]
    return {
        row["source_id"]: SampleFigures(
            count=row["n"],
            with_text=row["with_text"],
            histogram=(row["stars_1"], row["stars_2"], row["stars_3"], row["stars_4"], row["stars_5"]),
            stars100_sum=row["stars100_sum"],
            stars_count=row["stars_count"],
            recommended=row["recommended"],
            not_recommended=row["not_recommended"],
            hidden=hidden.get(row["source_id"], {}),
        )
        for row in rows
    }


def _present(filters: ReviewFilters) -> dict[str, Any]:
    values: dict[str, Any] = {
        "clinic_id": filters.clinic_id,
        "source_id": filters.source_id,
        "stars": filters.stars or None,
        "language": filters.language,
        "label": filters.label,
        "presence": filters.presence,
        "publication": filters.publication,
        "work": filters.work,
        "has_text": filters.has_text,
        "unread_by": filters.unread_by,
        "since": filters.since,
        "until": filters.until,
        "first_seen_since": filters.first_seen_since,
        "is_present": filters.is_present or None,
        "waiting": filters.is_waiting or None,
        "is_low": filters.is_low or None,
        "assignee_id": filters.assignee_id,
        "tag": filters.tag,
        "reply_rejected": filters.reply == "rejected" or None,
        "reply_outdated": filters.reply == "outdated" or None,
        "clinic_ids": filters.clinic_ids or None,
        "no_copies": filters.no_copies or None,
        "is_dated": filters.is_dated or None,
        "first_seen_before": filters.first_seen_before,
        "attention": f"% {filters.attention} %" if filters.attention else None,
        "spoken": filters.theme or None,
    }
    if filters.theme:
        values |= {"theme_since": filters.since or "", "theme_until": filters.until or "9999"}
        values |= {"theme_clinic": filters.clinic_id}
        if filters.said in ("praised", "criticized"):
            values[filters.said] = 1
    if filters.months:
        low, high = month_bounds(*filters.months)
        first, last = filters.months
        values |= {"month_from": first, "month_to": last, "month_low": low, "month_high": high}
    return {name: value for name, value in values.items() if value is not None}


def sum_figures(figures: Iterable[SampleFigures]) -> SampleFigures:
    """The figures of several sources together."""
    total = SampleFigures()
    for each in figures:
        one, two, three, four, five = (a + b for a, b in zip(total.histogram, each.histogram, strict=True))
        reasons = total.hidden.keys() | each.hidden.keys()
        total = SampleFigures(
            count=total.count + each.count,
            with_text=total.with_text + each.with_text,
            histogram=(one, two, three, four, five),
            stars100_sum=total.stars100_sum + each.stars100_sum,
            stars_count=total.stars_count + each.stars_count,
            recommended=total.recommended + each.recommended,
            not_recommended=total.not_recommended + each.not_recommended,
            hidden={name: total.hidden.get(name, 0) + each.hidden.get(name, 0) for name in sorted(reasons)},
        )
    return total
