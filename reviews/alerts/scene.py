"""What messages tell, read when they are sent: so what was erased meanwhile is not in them."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from reviews import rules
from reviews.alerts.desk import Desk
from reviews.alerts.expand import find_reasons, whole_stars
from reviews.alerts.messages import ReviewView
from reviews.errors import NotFound
from reviews.model import Clinic, Source
from reviews.rules import NotShown, Purpose, ReviewFacts
from reviews.sentiment import Scorer
from reviews.storage import GroupTransaction, clinics, lexicon, reviews, sources
from reviews.storage.review_rows import PRESENT, StoredReview


@dataclass(kw_only=True)
class Scene:
    """A group's clinics and sources, and its reviews as messages show them."""

    desk: Desk
    g: GroupTransaction
    now: datetime
    clinics: dict[int, Clinic] = field(init=False)
    sources: dict[int, Source] = field(init=False)
    _confirmed: set[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.clinics = {clinic.id: clinic for clinic in clinics.find_clinics(self.g)}
        self.sources = {source.id: source for source in sources.find_sources(self.g)}
        self._confirmed = self.desk.book.still_confirmed(clinics.find_confirmations(self.g))

    @cached_property
    def _scorer(self) -> Scorer:
        return lexicon.choose_scorer(self.g, self.desk.scorers)

    def find_review(self, review_id: int) -> StoredReview | None:
        """A review that is there and stands at its source; else None, and nothing is told of it."""
        try:
            found = reviews.get_review(self.g, review_id)
        except NotFound:
            return None
        return found if found.presence in PRESENT else None

    def view(self, review: StoredReview, *, changed: bool = False, with_reasons: bool = False) -> ReviewView:
        """A review as messages show it. Its text is left out where terms say when it must be gone: a mail stays."""
        may_go_out = self._may_go_out(review)
        reasons = (
            find_reasons(self._scorer, review.title, review.text, review.language, review.stars100)
            if with_reasons
            else ()
        )
        return ReviewView(
            stars=whole_stars(review.stars100),
            clinic=self.clinics[review.clinic_id].name,
            source=self.sources[review.source_id].label,
            title=review.title if may_go_out else "",
            text=review.text if may_go_out else "",
            url=self.desk.address(f"/reviews/{review.public_id}"),
            kept_in=not may_go_out,
            changed=changed,
            reasons=reasons,
        )

    def _may_go_out(self, review: StoredReview) -> bool:
        if review.content_purged_at is not None:
            return False
        clinic = self.clinics[review.clinic_id]
        row = self.desk.book.row(clinic.jurisdiction, clinic.professions, self._confirmed)
        facts = ReviewFacts(read_age_days=max(0, (self.now - review.last_read_at).days))
        decision = rules.decide(row, self.desk.book.terms(review.origin), facts, Purpose.STAFF)
        return not isinstance(decision, NotShown) and decision.keep_days is None
