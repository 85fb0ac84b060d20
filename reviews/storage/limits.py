"""Queries of somebody who may see some clinics of a group only: their tables are shadowed by the part that is allowed.

A common table expression takes the place of a table of the same name, so every query that reads is limited, whoever
wrote it, without a word in its text. Statements that write are not: their ids come from queries that are.
"""

import re
from collections.abc import Collection
from functools import lru_cache

from reviews.storage.named import Dialect

_OF_CLINIC = "clinic_id IN ({ids})"
_OF_SOURCE = "source_id IN (SELECT id FROM {real}sources WHERE clinic_id IN ({ids}))"
_OF_REVIEW = "review_id IN (SELECT id FROM {real}reviews WHERE clinic_id IN ({ids}))"

LIMITED = {
    "clinics": "id IN ({ids})",
    "sources": _OF_CLINIC,
    "reviews": _OF_CLINIC,
    "review_pairs": _OF_CLINIC,
    "summaries": _OF_CLINIC,
    "monthly_summaries": _OF_CLINIC,
    "runs": _OF_SOURCE,
    "reported_totals": _OF_SOURCE,
    "review_contents": _OF_REVIEW,
    "review_versions": _OF_REVIEW,
    "replies": _OF_REVIEW,
    "quote_permissions": _OF_REVIEW,
    "review_notes": _OF_REVIEW,
    "review_tags": _OF_REVIEW,
    "review_themes": _OF_CLINIC,
    "theme_periods": _OF_CLINIC,
    "reply_presence": _OF_REVIEW,
    "annotations": "(clinic_id IS NULL OR clinic_id IN ({ids}))",
    "reports": _OF_CLINIC,
    "report_links": "report_id IN (SELECT id FROM {real}reports WHERE clinic_id IN ({ids}))",
    "report_subscriptions": _OF_CLINIC,
    "widgets": "id NOT IN (SELECT widget_id FROM {real}widget_clinics WHERE clinic_id NOT IN ({ids}))",
}
"""Of each table with rows of single clinics, which rows are left. A widget counts when all its clinics are allowed,
a report when it is about one of them; a remark about the whole group is everybody's."""

UNLIMITED = {
    "membership_clinics": "who may see which clinic is asked by owners only",
    "widget_clinics": "read together with widgets",
    "widget_slugs": "read together with widgets",
    "review_reads": "a person's own marks, read together with reviews",
    "delivery_reviews": "read by the sender, for everybody who is told",
    "suppressions": "read by the collector",
    "removal_suppressions": "read by the collector",
}
"""Tables with rows of single clinics that need no limit, each with the reason; a test knows all tables."""

_READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
_LOCKS = re.compile(r"\bFOR (NO KEY )?UPDATE\b")
_USES = re.compile(r"\b(?:FROM|JOIN|,)\s+(\w+)", re.IGNORECASE)


def limit(sql: str, dialect: Dialect, clinic_ids: Collection[int]) -> str:
    """The query, reading only rows of these clinics; statements that write are returned as they are."""
    return _limit(sql, dialect, tuple(sorted(clinic_ids)))


@lru_cache(maxsize=500)
def _limit(sql: str, dialect: Dialect, clinic_ids: tuple[int, ...]) -> str:
    if not _READS.match(sql) or _LOCKS.search(sql):
        return sql
    used = {name.lower() for name in _USES.findall(sql)}
    # Inside its own definition a name means the table itself; SQLite wants that said.
    real = "main." if dialect == "sqlite" else ""
    ids = ", ".join(str(int(each)) for each in clinic_ids) or "NULL"
    if not clinic_ids:
        parts = [f"{name} AS NOT MATERIALIZED (SELECT * FROM {real}{name} WHERE 1 = 0)" for name in LIMITED]  # noqa: S608
    else:
        parts = [
            f"{name} AS NOT MATERIALIZED (SELECT * FROM {real}{name} WHERE {rule.format(real=real, ids=ids)})"  # noqa: S608 - our names, whole numbers
            for name, rule in LIMITED.items()
        ]
    chosen = ",\n".join(part for part in parts if part.split(" ", 1)[0] in used)
    if not chosen:
        return sql
    if (begun := re.match(r"\s*WITH\b", sql, re.IGNORECASE)) is not None:
        return f"WITH {chosen},\n{sql[begun.end() :]}"
    return f"WITH {chosen}\n{sql}"
