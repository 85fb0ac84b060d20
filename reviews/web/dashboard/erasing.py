"""Erasure at somebody's request: what goes, what stays and why, and the reviews of one person together."""

from flask import make_response, url_for
from werkzeug.wrappers import Response

from reviews.errors import StorageError
from reviews.i18n import N_
from reviews.logs import get_logger
from reviews.storage import GroupTransaction, clinics, erasure, groups, review_lists, reviews, rotation, sources
from reviews.storage.review_rows import StoredReview
from reviews.web.dashboard.base import HIDE_REASONS, blueprint, note, reading, render
from reviews.web.dashboard.rows import make_rows
from reviews.web.forms import read_form, read_query, write_once
from reviews.web.state import get_group, get_words, state

log = get_logger("erasing")

SHOWN = 50
REASONS = {reason: HIDE_REASONS[reason] for reason in ("author_asked", "privacy", "legal")}
FAULTS = {
    "reviews": N_("Choose at least one review."),
    "reason": N_("Choose a reason."),
    "sure": N_("Please confirm that you have read what goes and what stays."),
}


@blueprint.get("/settings/erasure", endpoint="erasure")
def erasure_page() -> str:
    """Find what somebody wrote, and see what an erasure takes."""
    query = read_query("q", "review")
    return _page(query["q"], query["review"], (query["review"],), "", {})


def _page(words_asked: str, review: str, chosen: tuple[str, ...], reason: str, faults: dict[str, str]) -> str:
    words, now = get_words(), state().clock()
    with reading() as g:
        found, is_cut = _find(g, words_asked, review)
        origins, places = sources.find_sources(g), clinics.find_clinics(g)
        forgotten = groups.count_forgotten(g)
    return render(
        "erasure.html",
        "settings",
        q=words_asked,
        review=review,
        rows=make_rows(found, places, origins, set(), words, now=now),
        is_cut=is_cut,
        is_asked=bool(words_asked or review),
        chosen=chosen,
        reasons=[(name, words.text(text)) for name, text in REASONS.items()],
        reason=reason,
        faults={name: words.text(text) for name, text in faults.items()},
        forgotten=forgotten,
        backup_weeks=rotation.WEEKLY_KEPT + 1,
    )


def _find(g: GroupTransaction, asked: str, public_id: str) -> tuple[list[StoredReview], bool]:
    """The review that was named, then what else holds the words, or its author's name."""
    first = [reviews.get_review_by_public_id(g, public_id)] if public_id else []
    wanted = asked or next((each.author or "" for each in first), "")
    if not wanted:
        return first, False
    more = review_lists.find_reviews(g, review_lists.ReviewFilters(words=wanted), SHOWN)
    known = {each.id for each in first}
    return [*first, *(row for row in more.rows if row.id not in known)], more.next_key is not None


@blueprint.post("/settings/erasure")
def erase_reviews() -> Response:
    """Erase the chosen reviews; the trail says that and why, not whose."""
    form = read_form("reason", "sure", "q", "review", many=["reviews"])
    chosen = form.many.get("reviews", ())
    given = {"reviews": bool(chosen), "reason": form["reason"] in REASONS, "sure": form["sure"] == "yes"}
    faults = {name: text for name, text in FAULTS.items() if not given[name]}
    if faults:
        return make_response(_page(form["q"], form["review"], chosen, form["reason"], faults), 400)
    concerned: set[int] = set()

    def work(g: GroupTransaction) -> str:
        for public_id in chosen:
            found = reviews.get_review_by_public_id(g, public_id)
            erasure.erase(g, found.id, state().clock())
            note(g, "review.erased", "review", public_id, {}, {"reason": form["reason"]})
            concerned.add(found.clinic_id)
        return url_for("dashboard.erasure", done="erased")

    answer = write_once(work)
    for clinic_id in sorted(concerned):
        try:
            state().services.refresh(get_group().id, clinic_id)
        except StorageError as error:  # it is marked: the worker makes it anew
            log.warning("refresh_failed", clinic_id=clinic_id, error=error)
    return answer
