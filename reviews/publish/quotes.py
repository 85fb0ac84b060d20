"""Which reviews may stand as quotes, and how each is cut; the choice never sees stars."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from reviews import rules, sentiment
from reviews.publish.clinic_data import (
    ClinicData,
    people_address,
)
from reviews.publish.figures import attribution_of
from reviews.publish.say import safe_url
from reviews.publish.view import QuoteView
from reviews.reputation.excerpts import excerpt
from reviews.reputation.quotes import CHOSEN, Choice, QuoteCandidate, choose_quotes
from reviews.rules import NotShown, Purpose, ReviewFacts, Shown
from reviews.storage.review_rows import StoredReview


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotes:
    """The quotes for one purpose, what the disclosure says of them, and until when they may be kept."""

    shown: tuple[QuoteView, ...] = ()
    choice: Choice | None = None
    left_out: int = 0
    keep_until: datetime | None = None


def quotes_for(data: ClinicData, purpose: Purpose, limit: int, rule: str) -> Quotes:
    """Which reviews are shown for a purpose; the choice never sees stars."""
    if data.row.quotes != "yes":
        return Quotes()
    allowed: dict[int, tuple[StoredReview, Shown]] = {}
    left_out = 0
    for review in data.candidates:
        decision = _decide_quote(data, review, purpose, rule)
        if isinstance(decision, Shown):
            allowed[review.id] = (review, decision)
        elif decision.part is not None:
            left_out += 1
    candidates = [
        QuoteCandidate(
            review_id=review.id,
            date=review.date,
            first_seen=review.first_seen_at,
            first_run=review.created_run_id,
            position=review.position,
            chosen=at if _is_permitted(data, review) else None,
        )
        for at, (review, _) in enumerate(allowed.values())
    ]
    choice = choose_quotes(candidates, limit, rule)
    picked = [allowed[review_id] for review_id in choice.review_ids]
    moments = [_keep_review(review, decision) for review, decision in picked]
    moments += [data.permissions[review.id].valid_until for review, _ in picked if _rests_on_permission(data, review)]
    return Quotes(
        shown=tuple(_quote_view(data, review, decision, purpose) for review, decision in picked),
        choice=choice,
        left_out=left_out,
        keep_until=min((moment for moment in moments if moment is not None), default=None),
    )


def _decide_quote(data: ClinicData, review: StoredReview, purpose: Purpose, rule: str) -> Shown | NotShown:
    facts = ReviewFacts(
        text=review.text,
        title=review.title,
        language=review.language,
        age_days=(data.now - review.date.earliest).days if review.date else None,
        read_age_days=rules.days_up(data.now - review.last_read_at),
        hidden=review.publication == "hidden",
        gone=review.presence in ("missing", "withdrawn"),
        chosen_by_person=rule == CHOSEN and _is_permitted(data, review),
        has_consent=review.id in data.permissions and "name" in data.permissions[review.id].covers,
    )
    return rules.decide(data.row, data.book.terms(review.origin), facts, purpose)


def _is_permitted(data: ClinicData, review: StoredReview) -> bool:
    """Whether a person chose it, and the permission for that still holds."""
    return review.publication == "featured" and review.id in data.permissions


def _rests_on_permission(data: ClinicData, review: StoredReview) -> bool:
    return review.id in data.permissions and (review.publication == "featured" or "consent" in data.row.conditions)


def _keep_review(review: StoredReview, decision: Shown) -> datetime | None:
    return None if decision.keep_days is None else review.last_read_at + timedelta(days=decision.keep_days)


def _quote_view(data: ClinicData, review: StoredReview, decision: Shown, purpose: Purpose) -> QuoteView:
    source = data.sources[review.source_id]
    address = people_address(source)
    url = safe_url(review.url, address or source.url) or address
    mode = "none" if purpose in (Purpose.HOSTED_QUOTE, Purpose.FEED) else decision.excerpt
    return QuoteView(
        clinic=data.clinic.slug,
        source=source.label,
        url=url if decision.show_link else None,
        attribution=attribution_of(decision, source.label, url),
        author=review.author if decision.show_author else None,
        stars100=review.stars100,
        recommends=review.recommends,
        title=review.title,
        excerpt=excerpt(review.text, mode=mode, sign=_sign_in(review.language)),
        language=review.language,
        date=review.date,
        reply=data.replies(review.id),
        origin_cut=review.is_cut,
    )


@lru_cache(maxsize=1)
def _scorer() -> sentiment.Scorer:
    return sentiment.load()


def _sign_in(language: str | None) -> Callable[[str], int] | None:
    """How a text reads, −1, 0 or 1, in a language that can be scored (French as beta); else None."""
    if not language or _scorer().find_reader(language) is None:
        return None

    def sign(text: str) -> int:
        found = _scorer().score("", text, language)
        return {"negative": -1, "positive": 1}.get(found.label, 0) if found else 0

    return sign


def newest(parts: Sequence[Quotes]) -> tuple[QuoteView, ...]:
    """The quotes of several clinics as one list: taken in turn, so that none pushes another out."""
    longest = max((len(part.shown) for part in parts), default=0)
    return tuple(part.shown[at] for at in range(longest) for part in parts if at < len(part.shown))
