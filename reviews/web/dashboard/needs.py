"""What needs somebody's attention: a list of rules with their reasons, never a score."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from reviews.alerts.messages import REASONS as RISKS_SAY
from reviews.i18n import N_
from reviews.model import Clinic
from reviews.storage import GroupTransaction, review_lists
from reviews.storage.review_lists import ReviewFilters
from reviews.storage.review_rows import StoredReview
from reviews.web.dashboard.filters import inbox_url, tab_filters
from reviews.web.state import state

SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One review that needs somebody: the rule, the reason in words, and how many there are by that rule."""

    review: StoredReview
    rule: str
    reason: str
    count: int
    url: str
    words: tuple[tuple[str, str], ...] = ()
    """The words of risk as they stand there, each with what it speaks of."""


REASONS = {
    "risk": N_("Words of risk: injury, privacy, discrimination, a child, a lawyer, an authority. A person answers."),
    "low": N_("One or two stars, and no reply yet."),
    "rejected": N_("The platform has rejected our reply."),
    "changed": N_("Its author has changed it after our reply."),
    "disagree": N_("Stars and text say opposite things."),
    "late": N_("It has waited longer than your clinic wants reviews to wait."),
}  # fmt: skip


def find_needs(g: GroupTransaction, places: list[Clinic], now: datetime) -> list[Need]:
    """Up to three reviews, the gravest rule first, each review once."""
    found: dict[int, Need] = {}
    for rule, filters, query in _rules(places, now):
        if len(found) >= SHOWN:
            break
        rows = review_lists.find_reviews(g, filters, SHOWN)
        for review in rows.rows:
            if review.id not in found and len(found) < SHOWN:
                found[review.id] = Need(
                    review=review, rule=rule, reason=REASONS[rule], count=rows.total_capped, url=inbox_url(query),
                    words=_risk_words(g, review) if rule == "risk" else (),
                )  # fmt: skip
    return list(found.values())


def _risk_words(g: GroupTransaction, review: StoredReview) -> tuple[tuple[str, str], ...]:
    found = state().services.scorer(g).find_risks(review.title or "", review.text or "", review.language)
    return tuple(dict.fromkeys((risk.term, RISKS_SAY[risk.kind]) for risk in found))[:SHOWN]


def _rules(places: list[Clinic], now: datetime) -> Iterator[tuple[str, ReviewFilters, dict[str, Any]]]:
    """The rules in their order, with the list that shows all that a rule finds."""
    waiting = tab_filters("waiting", now)
    yield "risk", replace(waiting, attention="risk"), {"tab": "waiting", "attention": "risk"}
    yield "low", replace(waiting, stars=(1, 2)), {"tab": "waiting", "stars": [1, 2]}
    yield "rejected", ReviewFilters(reply="rejected"), {"reply": "rejected"}
    yield "changed", ReviewFilters(reply="outdated"), {"reply": "outdated"}
    yield "disagree", replace(waiting, attention="disagree"), {"tab": "waiting", "attention": "disagree"}
    for hours in sorted({place.answer_within_hours for place in places}):
        clinic_ids = tuple(place.id for place in places if place.answer_within_hours == hours)
        before = now - timedelta(hours=hours)
        late = replace(waiting, first_seen_before=before, clinic_ids=clinic_ids)
        yield "late", late, {"tab": "waiting", "late": hours}
