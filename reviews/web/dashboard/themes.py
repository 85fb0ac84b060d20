"""Themes: what patients speak of, how, and whether that has changed; each number leads to its reviews."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import url_for
from werkzeug.exceptions import NotFound

from reviews.i18n import N_, Words
from reviews.model import Clinic, Sentiment, Source
from reviews.reputation.shares import Share, ShareChange, compare_shares
from reviews.storage import GroupTransaction, clinics, reviews, scores, sources, themes
from reviews.storage.review_rows import StoredReview
from reviews.storage.themes import Slice, ThemeFigures
from reviews.web.dashboard.base import blueprint, reading, render
from reviews.web.dashboard.filters import THEMES
from reviews.web.forms import Form, read_query
from reviews.web.state import get_words, state

if TYPE_CHECKING:
    from reviews.sentiment.reader import Limits

PERIODS = {"30": N_("last 30 days"), "90": N_("last 90 days"), "365": N_("last 12 months")}
DEFAULT_PERIOD = "90"
MONTHS = 12
LONGEST_EXAMPLE = 300
SAID = ("praised", "criticized")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address asks for: the slice and the one of equal length before it, and the address's own words."""

    now: Slice
    before: Slice
    period: str
    query: dict[str, Any]
    places: Sequence[Clinic]
    origins: Sequence[Source]

    def inbox(self, theme: str, said: str = "", which: Slice | None = None) -> str:
        """The list of exactly the reviews that a number counts, of the period or of another slice."""
        which = which or self.now
        last = which.until - timedelta(days=1)
        narrow: dict[str, Any] = {name: self.query[name] for name in ("clinic", "source") if name in self.query}
        days: dict[str, Any] = {"from": f"{which.since:%Y-%m-%d}", "until": f"{last:%Y-%m-%d}"}
        return url_for("dashboard.inbox", tab="all", theme=theme, said=said or None, **days, **narrow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A sentence with the words that spoke of the theme marked ("theme"), and the review that it stands in."""

    said: str
    pieces: tuple[tuple[str, str], ...]
    public_id: str
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One theme with its figures, their change, and addresses of the reviews behind each number."""

    theme: str
    name: str
    figures: ThemeFigures
    positive: int
    negative: int
    change: str
    tone: str
    url: str
    all_url: str
    praised_url: str
    criticized_url: str
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of the chart: its figures, and where its column stands (`x`, and from below, in tenths of the height)."""

    name: str
    url: str
    figures: ThemeFigures
    x: int
    negative: float
    neutral: float
    positive: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the pass is that reads everything with new words."""

    done: int
    total: int


@blueprint.get("/themes", endpoint="themes")
def theme_list() -> str:
    """All themes: shares by sentence, change against the period before, an example of each kind."""
    words = get_words()
    with reading() as g:
        asked = understand(g, read_query("period", "clinic", "source"))
        progress = find_progress(g)
        now = themes.count_themes(g, asked.now, THEMES)
        before = themes.count_themes(g, asked.before, THEMES)
        examples = {} if progress else {theme: find_examples(g, asked, theme, 1) for theme in now}
    lines = [make_line(asked, theme, now[theme], before.get(theme), words) for theme in THEMES if theme in now]
    lines = [replace(line, examples=examples.get(line.theme, ())) for line in lines]
    shared = _shared(asked, words, "dashboard.themes")
    return render("themes.html", "themes", lines=lines, progress=progress, **shared)


@blueprint.get("/themes/<theme>")
def theme_page(theme: str) -> str:
    """One theme: its months, its words, more examples."""
    if theme not in THEMES:
        raise NotFound
    words = get_words()
    with reading() as g:
        asked = understand(g, read_query("period", "clinic", "source"))
        progress = find_progress(g)
        now = themes.count_themes(g, asked.now, [theme]).get(theme, ThemeFigures())
        before = themes.count_themes(g, asked.before, [theme]).get(theme)
        by_month = themes.count_months(g, _months_of(asked.now), theme)
        said_words = themes.count_words(g, asked.now, theme)
        examples = () if progress else find_examples(g, asked, theme, 3)
    return render(
        "theme.html",
        "themes",
        line=replace(make_line(asked, theme, now, before, words), examples=examples),
        months=make_months(asked, theme, by_month, words),
        said_words=said_words,
        progress=progress,
        **_shared(asked, words, "dashboard.theme_page", theme=theme),
    )


def understand(g: GroupTransaction, form: Form) -> Asked:
    """The slice that an address asks for; raises NotFound for a clinic or source that is not the group's."""
    places, origins = clinics.find_clinics(g), sources.find_sources(g)
    query: dict[str, Any] = {name: form[name] for name in ("period", "clinic", "source") if form[name]}
    clinic_id = _id_of(places, form["clinic"])
    source_id = _id_of(origins, form["source"])
    period = form["period"] if form["period"] in PERIODS else DEFAULT_PERIOD
    length = timedelta(days=int(period))
    today = state().clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    until = today + timedelta(days=1)
    now = Slice(since=until - length, until=until, clinic_id=clinic_id, source_id=source_id)
    return Asked(
        now=now,
        before=replace(now, since=now.since - length, until=now.since),
        period=period,
        query=query,
        places=places,
        origins=origins,
    )


def _id_of(found: Sequence[Any], public_id: str) -> int | None:
    if not public_id:
        return None
    one = next((each for each in found if each.public_id == public_id), None)
    if one is None:
        raise NotFound
    return int(one.id)


def find_progress(g: GroupTransaction) -> Progress | None:
    """How far everything has been read with the words of today; None: all of it, or only new reviews wait."""
    name = state().services.scorer(g).name
    if scores.is_read_by(g, name):
        return None
    counted = scores.count_scored(g)
    done = counted.get(name, 0)
    if done + counted.get("", 0) == sum(counted.values()):
        return None
    return Progress(done=done, total=sum(counted.values()))


def make_line(asked: Asked, theme: str, now: ThemeFigures, before: ThemeFigures | None, words: Words) -> Line:
    """One theme as it is drawn."""
    positive = Share(now.positive, now.sentences, now.reviews)
    negative = Share(now.negative, now.sentences, now.reviews)
    earlier = before or ThemeFigures()
    change = compare_shares(negative, Share(earlier.negative, earlier.sentences, earlier.reviews))
    return Line(
        theme=theme,
        name=words.text(THEMES[theme]),
        figures=now,
        positive=positive.percent or 0,
        negative=negative.percent or 0,
        change=say_change(change, words),
        tone={"more": "bad", "less": "good"}.get(change.kind, ""),
        url=url_for("dashboard.theme_page", theme=theme, **asked.query),
        all_url=asked.inbox(theme),
        praised_url=asked.inbox(theme, "praised"),
        criticized_url=asked.inbox(theme, "criticized"),
    )


def say_change(change: ShareChange, words: Words) -> str:
    """The change of the share that criticizes, in a few words."""
    points = words.number(abs(change.points))
    if change.kind == "too_few":
        return words.text(N_("too few reviews to compare"))
    if change.kind == "same":
        return words.text(N_("no clear change"))
    if change.kind == "more":
        return words.text(N_("{points} points more criticism"), points=points)
    return words.text(N_("{points} points less criticism"), points=points)


def find_examples(g: GroupTransaction, asked: Asked, theme: str, most: int) -> tuple[Example, ...]:
    """The newest sentences that praise, and that criticize, a theme."""
    scorer = state().services.scorer(g)
    found: list[Example] = []
    for said in SAID:
        for review_id in themes.find_examples(g, asked.now, theme, said, most):
            review = reviews.get_review(g, review_id)
            sentiment = scorer.score(review.title, review.text, review.language)
            label = "positive" if said == "praised" else "negative"
            if sentiment and (pieces := _sentence(review, sentiment, theme, label, scorer.limits)):
                found.append(Example(said=said, pieces=pieces, public_id=review.public_id, language=review.language))
    return tuple(found)


def _sentence(
    review: StoredReview, sentiment: Sentiment, theme: str, label: str, limits: "Limits"
) -> tuple[tuple[str, str], ...]:
    """The first sentence of a theme with this label, its theme words marked; empty if a newer text has none."""
    from reviews.sentiment.attention import sentence_label  # word lists that a process without readers does not need
    from reviews.sentiment.text import full_text

    whole = full_text(review.title, review.text)
    spoken = next((each for each in sentiment.themes if each.theme == theme), None)
    for index in spoken.sentences if spoken else ():
        if sentence_label(sentiment, index, limits) != label:
            continue
        sentence = sentiment.evidence[index]
        end = min(sentence.end, sentence.start + LONGEST_EXAMPLE)
        spans = [(w.start, w.end) for w in spoken.words if sentence.start <= w.start and w.end <= end] if spoken else []
        pieces, done = [], sentence.start
        for start, stop in sorted(spans):
            if start >= done:
                pieces += [("", whole[done:start]), ("theme", whole[start:stop])]
                done = stop
        pieces.append(("", whole[done:end] + ("…" if end < sentence.end else "")))
        return tuple(piece for piece in pieces if piece[1])
    return ()


def _months_of(now: Slice) -> Slice:
    """The twelve months up to the end of a slice, whatever its length."""
    last = now.until - timedelta(days=1)
    year, month = divmod(last.year * 12 + last.month - MONTHS, 12)
    return replace(now, since=datetime(year, month + 1, 1, tzinfo=UTC))


def make_months(asked: Asked, theme: str, by_month: dict[str, ThemeFigures], words: Words) -> list[Month]:
    """The twelve months of the chart, also those in which nobody spoke of it."""
    last = asked.now.until - timedelta(days=1)
    tallest = max((figures.sentences for figures in by_month.values()), default=1) or 1
    found = []
    for at in range(MONTHS):
        year, month = divmod(last.year * 12 + last.month - MONTHS + at, 12)
        figures = by_month.get(f"{year:04}-{month + 1:02}", ThemeFigures())
        first = datetime(year, month + 1, 1, tzinfo=UTC)
        following = datetime(year + (month + 1) // 12, (month + 1) % 12 + 1, 1, tzinfo=UTC)
        of_month = replace(asked.now, since=first, until=min(following, asked.now.until))
        found.append(
            Month(
                name=words.month(first),
                url=asked.inbox(theme, which=of_month),
                figures=figures,
                x=at * 50,
                negative=round(160 * figures.negative / tallest, 1),
                neutral=round(160 * figures.neutral / tallest, 1),
                positive=round(160 * figures.positive / tallest, 1),
            )
        )
    return found


def _shared(asked: Asked, words: Words, endpoint: str, **named: Any) -> dict[str, Any]:
    periods = [
        (key, words.text(name), url_for(endpoint, **{**asked.query, "period": key}, **named))
        for key, name in PERIODS.items()
    ]
    return {
        "asked": asked,
        "periods": periods,
        "here": url_for(endpoint, **named),
        "clinics_": [(clinic.public_id, clinic.name) for clinic in asked.places],
        "sources_": [(source.public_id, source.label) for source in asked.origins],
        "any_source": bool(asked.origins),
    }
