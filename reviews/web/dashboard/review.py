"""One review: as found, its versions, its state, and hiding it for a neutral reason."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from reviews.i18n import N_
from reviews.model import Sentiment
from reviews.storage import GroupTransaction, clinics, erasure, pairs, people, reviews, runs, sources
from reviews.storage.review_rows import ReviewVersion, StoredReview
from reviews.web.dashboard.base import (
    HIDE_REASONS,
    PRESENCES,
    PUBLICATIONS,
    Badge,
    blueprint,
    choices,
    note,
    reading,
    render,
    zone_of,
)
from reviews.web.dashboard.differences import differences
from reviews.web.dashboard.filters import STATES, THEMES
from reviews.web.dashboard.how_read import how_read, label_badge, not_read
from reviews.web.dashboard.inbox import scope_of
from reviews.web.dashboard.keys import KEYS
from reviews.web.dashboard.pair_pages import views_of
from reviews.web.dashboard.pane import find_pane
from reviews.web.dashboard.reply_view import REPLY_STATES, read_scene
from reviews.web.dashboard.rows import badges_of
from reviews.web.dashboard.work_pages import after
from reviews.web.forms import read_form, read_query, write_once
from reviews.web.security import safe_next
from reviews.web.state import get_visitor, get_words, state

POLARITIES = {
    "positive": Badge(text=N_("praised"), tone="good"),
    "negative": Badge(text=N_("criticized"), tone="bad"),
    "mixed": Badge(text=N_("both praised and criticized"), tone="warn"),
    "neutral": Badge(text=N_("mentioned")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeLine:
    """A theme that a review speaks of, how, and the words that said so, each once as it stands in the text."""

    name: str
    tone: Badge
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How one version became the next."""

    version: ReviewVersion
    title: list[tuple[str, str]]
    text: list[tuple[str, str]]
    stars_before: int | None
    stars_after: int | None


@blueprint.get("/reviews/<public_id>")
def review(public_id: str) -> str:
    """The whole review with all that is known about it."""
    form = read_query("back")
    with reading() as g:
        found = reviews.get_review_by_public_id(g, public_id)
        clinic = clinics.get_clinic(g, found.clinic_id)
        source = sources.get_source(g, found.source_id)
        versions = reviews.find_versions(g, found.id)
        reply = read_scene(g, found)
        pane = find_pane(g, public_id, scope_of(g), "")
        scorer = state().services.scorer(g) if found.has_text else None
        run = runs.get_run(g, found.created_run_id)
        came_by = run if run.trigger == "import" else None
        person = people.find_member(g, run.person_id) if came_by and run.person_id is not None else None
        is_erased = found.content_purged_at is not None and erasure.is_erased(g, found.source_id, found.identity_key)
        beside = views_of(g, [each for each in pairs.find_pairs(g, review_id=found.id) if each.state != "different"])
    sentiment = scorer.score(found.title, found.text, found.language) if scorer else None
    words = get_words()
    back = safe_next(form["back"])
    return render(
        "review.html",
        "inbox",
        review=found,
        is_erased=is_erased,
        clinic=clinic,
        source=source,
        zone=zone_of(clinic),
        came_by=came_by,
        entered_by=person.person.name if person else "",
        is_unread=pane.is_unread,
        pane=pane,
        state_names=STATES,
        shortcuts=KEYS,
        badges=badges_of(found, words),
        changes=changes_of(found, versions),
        reply=reply,
        reply_states=REPLY_STATES,
        pairs=beside,
        pieces=marked(found, sentiment),
        sentiment=sentiment,
        how=how_read(_whole(found), sentiment, words) if sentiment else None,
        label_badge=label_badge(found, words),
        not_read=not_read(found.language, words),
        complaints=complaints_of(found, sentiment),
        themes=theme_lines(found, sentiment),
        language_name=words.locale.languages.get(found.language or "", ""),
        presence=words.text(PRESENCES[found.presence]),
        publication=words.text(PUBLICATIONS[found.publication]),
        hide_reason=words.text(HIDE_REASONS.get(found.hide_reason or "", "")),
        reasons=choices(HIDE_REASONS),
        back=back if back.startswith("/inbox") else url_for("dashboard.inbox"),
    )


def changes_of(found: StoredReview, versions: Sequence[ReviewVersion]) -> list[Change]:
    """The edits of a review, the newest first; a purged version shows that it was there, not what it said."""
    after: list[ReviewVersion | StoredReview] = [*versions[1:]]
    after += [found] if versions else []
    return [
        Change(
            version=old,
            title=[] if old.is_purged else differences(old.title, new.title),
            text=[] if old.is_purged else differences(old.text, new.text),
            stars_before=old.stars100,
            stars_after=new.stars100,
        )
        for old, new in reversed(list(zip(versions, after, strict=True)))
    ]


def marked(found: StoredReview, sentiment: Sentiment | None) -> list[tuple[str, str]]:
    """The text in pieces ("", "pos" or "neg"): those that carried points are marked. The title is not part of it."""
    offset = len(_whole(found)) - len(found.text)
    hits = sorted(
        (hit.start - offset, hit.end - offset, "pos" if hit.points > 0 else "neg")
        for sentence in (sentiment.evidence if sentiment else ())
        for hit in sentence.hits
        if hit.points and hit.start >= offset
    )
    pieces, done = [], 0
    for start, end, kind in hits:
        if start < done:
            continue
        pieces += [("", found.text[done:start]), (kind, found.text[start:end])]
        done = end
    return [piece for piece in (*pieces, ("", found.text[done:])) if piece[1]]


def _whole(found: StoredReview) -> str:
    """Title and text as they were scored: what the places of words count in."""
    from reviews.sentiment.text import full_text  # word lists that a process without readers of reviews does not need

    return full_text(found.title, found.text)


def complaints_of(found: StoredReview, sentiment: Sentiment | None) -> list[str]:
    """The sentences that speak against something: who chooses a quote is pointed to them."""
    whole = _whole(found)
    return [
        whole[each.start : each.end].strip() for each in (sentiment.evidence if sentiment else ()) if each.points < 0
    ]


def theme_lines(found: StoredReview, sentiment: Sentiment | None) -> list[ThemeLine]:
    """What the review speaks of, in the reader's words."""
    if sentiment is None or not sentiment.themes:
        return []
    whole, words = _whole(found), get_words()
    lines = []
    for theme in sentiment.themes:
        badge = POLARITIES.get(theme.polarity, POLARITIES["neutral"])
        said = {whole[word.start : word.end].casefold(): whole[word.start : word.end] for word in theme.words}
        name = words.text(THEMES.get(theme.theme, theme.theme))
        lines.append(ThemeLine(name=name, tone=replace(badge, text=words.text(badge.text)), words=tuple(said.values())))
    return lines


@blueprint.post("/reviews/<public_id>/read")
def mark_review(public_id: str) -> Response:
    """Mark as read or as unread, for this person."""
    form = read_form("read")

    def work(g: GroupTransaction) -> str:
        found = reviews.get_review_by_public_id(g, public_id)
        person_id = get_visitor().person.id
        if form["read"] == "no":
            reviews.mark_unread(g, person_id, [found.id])
            return after(public_id, "unread")
        reviews.mark_read(g, person_id, [found.id], state().clock())
        return after(public_id, "read")

    return write_once(work)


@blueprint.post("/reviews/<public_id>/hide")
def hide_review(public_id: str) -> Response:
    """Keep a review from the website, for one of the neutral reasons; its stars still count everywhere."""
    form = read_form("reason")
    if form["reason"] not in HIDE_REASONS:
        raise BadRequest("no such reason")

    def work(g: GroupTransaction) -> str:
        found = reviews.get_review_by_public_id(g, public_id)
        for review_id in _together(g, found, form["reason"]):
            reviews.hide(g, review_id, form["reason"], state().clock())
        _note_publication(g, found, "hidden", form["reason"])
        return url_for("dashboard.review", public_id=public_id, done="hidden")

    return write_once(work)


@blueprint.post("/reviews/<public_id>/unhide")
def unhide_review(public_id: str) -> Response:
    """Let a hidden review be shown again."""
    read_form()

    def work(g: GroupTransaction) -> str:
        found = reviews.get_review_by_public_id(g, public_id)
        for review_id in _together(g, found, found.hide_reason):
            reviews.unhide(g, review_id)
        _note_publication(g, found, "listed", None)
        return url_for("dashboard.review", public_id=public_id, done="shown")

    return write_once(work)


def _together(g: GroupTransaction, found: StoredReview, reason: str | None) -> list[int]:
    """The places of one review that are hidden together: all, unless it is hidden for being there twice."""
    return [found.id] if reason == "duplicate" else pairs.find_cluster(g, found.clinic_id, found.id)


def _note_publication(g: GroupTransaction, found: StoredReview, publication: str, reason: str | None) -> None:
    clinics.mark_stale(g, found.clinic_id, state().clock())
    note(
        g,
        "review.hidden" if publication == "hidden" else "review.shown",
        "review",
        found.public_id,
        {"publication": found.publication, "reason": found.hide_reason},
        {"publication": publication, "reason": reason},
    )
