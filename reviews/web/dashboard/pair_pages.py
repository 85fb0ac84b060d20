"""Reviews that stand in two places: a person says whether they are one, and can take that back."""

from dataclasses import dataclass
from datetime import tzinfo

from flask import url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from reviews.i18n import N_, Words
from reviews.model import Clinic, Source
from reviews.storage import GroupTransaction, clinics, pairs, reviews, sources
from reviews.storage.pairs import Pair
from reviews.storage.review_rows import StoredReview
from reviews.web.dashboard.base import blueprint, note, reading, render, zone_of
from reviews.web.forms import read_form, write_once
from reviews.web.security import safe_next
from reviews.web.state import get_visitor, get_words, state

SHOWN = 50
REASONS = {
    "id": N_("Both have the same id at the platform."),
    "moment": N_("Same person, same stars, written at the same time."),
    "text": N_("The texts are {likeness} alike."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSide:
    """One review of a pair, with where it stands."""

    review: StoredReview
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class PairView:
    """A pair as a page shows it; `why` says what speaks for one review."""

    pair: Pair
    clinic: Clinic
    zone: tzinfo
    sides: tuple[PairSide, PairSide]
    why: str


@blueprint.get("/pairs", endpoint="pairs")
def pairs_() -> str:
    """Pairs that wait for a person, and those that count once."""
    with reading() as g:
        waiting = views_of(g, pairs.find_pairs(g, state="proposed", limit=SHOWN))
        same = views_of(g, pairs.find_pairs(g, state="same", limit=SHOWN))
        total = pairs.count_waiting(g)
    return render("pairs.html", "inbox", waiting=waiting, same=same, total=total)


@blueprint.post("/pairs/<public_id>")
def decide_pair(public_id: str) -> Response:
    """Say that a pair is one review, two, or take back what was said; figures and websites follow within seconds."""
    form = read_form("decision", "back")
    if form["decision"] not in pairs.STATES:
        raise BadRequest("no such decision")

    def work(g: GroupTransaction) -> str:
        now = state().clock()
        pair = pairs.get_pair_by_public_id(g, public_id)
        if pairs.decide(g, pair, form["decision"], now=now, person_id=get_visitor().person.id):
            clinics.mark_stale(g, pair.clinic_id, now)
            note(g, "pair.decided", "pair", public_id, {"state": pair.state}, {"state": form["decision"]})
        back = safe_next(form["back"])
        here = back if back.startswith("/reviews/") else url_for("dashboard.pairs")
        return f"{here}?done=pair-{form['decision']}"

    return write_once(work)


def views_of(g: GroupTransaction, found: list[Pair]) -> list[PairView]:
    """Pairs with both reviews; words in the reader's language."""
    words = get_words()
    places: dict[int, Source] = {}
    views = []
    for pair in found:
        clinic = clinics.get_clinic(g, pair.clinic_id)
        one, other = (_side(g, id_, places) for id_ in (pair.one_id, pair.other_id))
        views.append(
            PairView(pair=pair, clinic=clinic, zone=zone_of(clinic), sides=(one, other), why=reason_of(pair, words))
        )
    return views


def reason_of(pair: Pair, words: Words) -> str:
    """What speaks for one review, in the reader's words."""
    return words.text(REASONS[pair.basis], likeness=words.percent(pair.likeness))


def _side(g: GroupTransaction, review_id: int, places: dict[int, Source]) -> PairSide:
    review = reviews.get_review(g, review_id)
    if review.source_id not in places:
        places[review.source_id] = sources.get_source(g, review.source_id)
    return PairSide(review=review, source=places[review.source_id])
