"""The group's own words: add, change, mute, remove, each tried on past reviews before it is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import redirect, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from reviews.i18n import N_, Words
from reviews.model import OwnEntry, Sentiment
from reviews.storage import GroupTransaction, lexicon
from reviews.storage.lexicon import PastText, StoredEntry
from reviews.web.dashboard.base import blueprint, choices, note, reading, render
from reviews.web.dashboard.filters import THEMES
from reviews.web.dashboard.themes import find_progress
from reviews.web.forms import Form, read_form, read_query, write_once
from reviews.web.policy import Right
from reviews.web.state import get_visitor, get_words, state

if TYPE_CHECKING:
    from reviews.sentiment import Scorer
    from reviews.sentiment.preview import Preview

FIELDS = ("kind", "language", "term", "points", "leaning", "topic", "reason")
LANGUAGES = {"en": N_("English"), "fr": N_("French (on trial)")}
LEANINGS = {
    "praise": N_("praise"),
    "complaint": N_("complaint"),
    "courtesy": N_("polite, comparing or hedging: says little"),
    "condition": N_("what patients come with: no judgement"),
    "money": N_("money"),
}
TOPICS = {
    "wait_punctuality": N_("waiting and punctuality"),
    "front_desk": N_("front desk"),
    "manner": N_("how people behave"),
    "explanation": N_("explaining"),
    "listening": N_("listening"),
    "time_rushed": N_("time for the patient"),
    "outcome": N_("outcome and skill"),
    "hands_on_comfort": N_("comfort of hands"),
    "booking_phone": N_("booking and telephone"),
    "billing_insurance": N_("cost and insurance"),
    "upselling_package": N_("selling"),
    "premises_cleanliness": N_("rooms and cleanliness"),
    "parking_access": N_("parking and access"),
    "none": N_("no theme: mute this word"),
}
POINTS = tuple(step / 2 for step in range(8, -9, -1))
TRIED = 20_000
"""So many of the newest texts a word is tried on."""
SHOWN = 3
COLUMNS = {"word": "term", "phrase": "term", "points": "points", "group": "leaning", "theme": "topic", "topic": "topic"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a text reads with some words: the label, the score, the words with their points, themes."""

    label: str
    compound: float | None
    words: tuple[tuple[str, float], ...]
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A past review, before and after."""

    public_id: str
    text: str
    language: str | None
    before: Reading
    after: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What an entry would change among the newest texts of its language."""

    tried: int
    is_all: bool
    holding: int
    labels: int
    scores: int
    themes: int
    examples: tuple[Example, ...]


@blueprint.get("/themes/words")
def word_list() -> str:
    """The group's own words, a form for a new one, and what we ship of a word that is asked for."""
    form = read_query(*FIELDS, "look")
    return _draw_list(form, {})


def is_limited(g: GroupTransaction) -> bool:
    """Whether the visitor sees some clinics only: words are for all of them, so they are not theirs to change."""
    return g.clinic_ids is not None


def _draw_list(form: Form, faults: Mapping[str, str]) -> str:
    words = get_words()
    with reading() as g:
        may_change = get_visitor().may(Right.EDIT) and not is_limited(g)
        entries = lexicon.find_entries(g)
        progress = find_progress(g)
        known = _look_up(state().services.scorer(g), form["look"], words) if form["look"] else ()
    return render(
        "words.html",
        "themes",
        own_words=entries,
        names={"leaning": named(LEANINGS), "topic": named(TOPICS), "language": named(LANGUAGES), **theme_names()},
        may_change=may_change,
        form=form,
        faults=faults,
        progress=progress,
        known=known,
        languages=choices(LANGUAGES),
        leanings=choices(LEANINGS),
        topics=_topic_choices(words),
        points=[(f"{value:g}", say_points(value, words)) for value in POINTS],
        say_points=lambda value: say_points(value, words),
    )


def named(table: Mapping[str, str]) -> dict[str, str]:
    return dict(choices(table))


def theme_names() -> dict[str, dict[str, str]]:
    return {"theme": named(THEMES)}


def _topic_choices(words: Words) -> list[tuple[str, str]]:
    """Topics under the names of their themes."""
    from reviews.sentiment.lexicon import TOPICS as THEME_OF  # word lists that most pages do not need

    named = [
        (key, f"{words.text(THEMES[THEME_OF[key]])}: {words.text(TOPICS[key])}") for key in TOPICS if key != "none"
    ]
    return [*named, ("none", words.text(TOPICS["none"]))]


def say_points(value: float, words: Words) -> str:
    """Points with their sign: −1.5, +2, 0."""
    text = words.decimal(f"{abs(value):g}")
    return f"+{text}" if value > 0 else f"−{text}" if value < 0 else text


def _look_up(scorer: "Scorer", term: str, words: Words) -> tuple[str, ...]:
    """What is known of a word, in sentences; with the group's own words."""
    found = []
    for language, name in LANGUAGES.items():
        entry = scorer.find_entry(term, language)
        base = scorer.find_base(term, language)
        tongue = words.text(name)
        if entry is not None:
            text = N_("{language}: {points} ({reason})")
            found.append(words.text(text, language=tongue, points=say_points(entry.points, words), reason=entry.reason))
        elif base is not None:
            text = N_("{language}: {points}, from the general word list VADER")
            found.append(words.text(text, language=tongue, points=say_points(round(base, 1), words)))
        for theme in scorer.find_themes_of(term, language):
            text = N_("{language}: speaks of “{theme}”")
            found.append(words.text(text, language=tongue, theme=words.text(THEMES[theme])))
    return tuple(found) or (words.text(N_("We have nothing about this word.")),)


@blueprint.get("/themes/words/try")
def try_word() -> str | Response:
    """What an entry would change, before it is saved; the form again where something is wrong with it."""
    form = read_query(*FIELDS)
    with reading() as g:
        if is_limited(g):
            return redirect(url_for("dashboard.word_list"), 303)
        entry, faults = read_entry(form, state().services.scorer(g))
        if entry is not None:
            trial = try_entries(g, [entry], remove=False)
    if entry is None:
        return _draw_list(form, faults)
    return _draw_trial(entry, trial, url_for("dashboard.save_word"), _fields(form), is_removal=False)


@blueprint.post("/themes/words")
def save_word() -> Response:
    """Save an entry that was tried; the pass over all reviews begins by itself."""
    form = read_form(*FIELDS)

    def work(g: GroupTransaction) -> str:
        if is_limited(g):
            raise NotFound
        entry, faults = read_entry(form, state().services.scorer(g))
        if entry is None:
            raise BadRequest("; ".join(faults.values()))
        before = next((each.entry for each in lexicon.find_entries(g) if _key(each.entry) == _key(entry)), None)
        public_id = lexicon.put_entry(g, entry, person_id=get_visitor().person.id, now=state().clock())
        note(g, "lexicon.saved", "lexicon_entry", public_id, _said(before), _said(entry))
        return url_for("dashboard.word_list", done="words-saved")

    return write_once(work)


@blueprint.get("/themes/words/<public_id>/remove")
def ask_remove_word(public_id: str) -> str:
    """What would change without an entry."""
    with reading() as g:
        if is_limited(g):
            raise NotFound
        stored = lexicon.get_entry(g, public_id)
        trial = try_entries(g, [stored.entry], remove=True)
    action = url_for("dashboard.remove_word", public_id=public_id)
    return _draw_trial(stored.entry, trial, action, {}, is_removal=True)


@blueprint.post("/themes/words/<public_id>/remove")
def remove_word(public_id: str) -> Response:
    """Remove an entry; everything that holds it is read anew."""
    read_form()

    def work(g: GroupTransaction) -> str:
        if is_limited(g):
            raise NotFound
        stored: StoredEntry = lexicon.get_entry(g, public_id)
        lexicon.delete_entry(g, public_id, state().clock())
        note(g, "lexicon.removed", "lexicon_entry", public_id, _said(stored.entry), {})
        return url_for("dashboard.word_list", done="words-saved")

    return write_once(work)


def read_entry(form: Form, scorer: "Scorer") -> tuple[OwnEntry | None, dict[str, str]]:
    """The entry of a form, or what is wrong, by field, in the reader's words."""
    from reviews.sentiment.lexicon import TOPICS as THEME_OF
    from reviews.sentiment.lexicon import LexiconError
    from reviews.sentiment.own import to_entries, to_table

    words = get_words()
    term = " ".join(form["term"].split())
    topic = form["topic"]
    faults: dict[str, str] = {}
    if form["language"] not in scorer.languages:
        faults["language"] = words.text(N_("Please choose a language."))
    if not term:
        faults["term"] = words.text(N_("Please write a word or phrase."))
    if not form["reason"]:
        faults["reason"] = words.text(N_("Please say why: somebody will ask in a year."))
    if form["kind"] == "themes" and topic not in TOPICS:
        faults["topic"] = words.text(N_("Please choose what the word speaks of."))
    if form["kind"] not in ("words", "themes"):
        faults["kind"] = words.text(N_("Please choose what the word does."))
    if faults:
        return None, faults
    kind = "themes" if form["kind"] == "themes" else "phrases" if " " in term else "words"
    row = OwnEntry(
        language=form["language"], kind=kind, term=term, reason=form["reason"], points=_points(form["points"]),
        leaning=form["leaning"], theme=THEME_OF.get(topic, "none"), topic="" if topic == "none" else topic,
    )  # fmt: skip
    try:
        found = to_entries(scorer.parse_own(to_table([row]), row.language), row.language)
    except LexiconError as error:
        for fault in error.faults:
            faults[COLUMNS.get(fault.column, "term")] = words.text(fault.message, **fault.values)
        return None, faults
    return (found[0], {}) if found else (None, {"term": words.text(N_("Please write a word or phrase."))})


def _points(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def try_entries(g: GroupTransaction, tried: Sequence[OwnEntry], *, remove: bool) -> Trial:
    """What changes among the newest texts of the group with entries of one language, or without them."""
    from reviews.sentiment.own import with_entries
    from reviews.sentiment.preview import PastReview, may_contain, preview

    services = state().services
    before = services.scorer(g)
    keys, language = {_key(entry) for entry in tried}, tried[0].language
    others = [each.entry for each in lexicon.find_entries(g) if _key(each.entry) not in keys]
    after = with_entries(services.base_scorer(), others if remove else [*others, *tried])
    texts = lexicon.find_past_texts(g, TRIED + 1)
    of_language = [text for text in texts[:TRIED] if (text.language or "").split("-")[0] == language]
    checks = [may_contain(entry.term, before.fold_of(language)) for entry in tried]
    holding = [text for text in of_language if any(check(text.text) or check(text.title) for check in checks)]
    found = preview(before, after, (PastReview(t.id, t.title, t.text, t.language) for t in holding))
    by_id = {text.id: text for text in holding}
    return Trial(
        tried=len(of_language),
        is_all=len(texts) <= TRIED,
        holding=len(holding),
        labels=found.labels_changed,
        scores=found.scores_changed,
        themes=found.themes_changed,
        examples=_examples(found, by_id),
    )


def _examples(found: "Preview", by_id: Mapping[int, PastText]) -> tuple[Example, ...]:
    """The three that say most: those that change label first."""
    chosen = sorted(found.largest, key=lambda change: not change.changes_label)[:SHOWN]
    return tuple(
        Example(
            public_id=by_id[change.id].public_id,
            text=by_id[change.id].text,
            language=by_id[change.id].language,
            before=_reading(change.before),
            after=_reading(change.after),
        )
        for change in chosen
    )


def _reading(found: Sentiment | None) -> Reading:
    if found is None:
        return Reading(label="", compound=None, words=(), themes=())
    hits = tuple((hit.term, hit.points) for sentence in found.evidence for hit in sentence.hits)
    themes = tuple(get_words().text(THEMES[theme.theme]) for theme in found.themes)
    return Reading(label=found.label, compound=found.compound, words=hits, themes=themes)


def _draw_trial(entry: OwnEntry, trial: Trial, action: str, fields: Mapping[str, str], *, is_removal: bool) -> str:
    words = get_words()
    labels = {"positive": words.text(N_("positive")), "neutral": words.text(N_("neutral")),
              "negative": words.text(N_("negative")), "": words.text(N_("not read"))}  # fmt: skip
    return render(
        "word_trial.html",
        "themes",
        entry=entry,
        trial=trial,
        action=action,
        fields=dict(fields),
        is_removal=is_removal,
        labels=labels,
        names={"leaning": named(LEANINGS), "topic": named(TOPICS), "language": named(LANGUAGES), **theme_names()},
        say_points=lambda value: say_points(value, words),
    )


def _fields(form: Form) -> dict[str, str]:
    return {name: form[name] for name in FIELDS}


def _key(entry: OwnEntry) -> tuple[str, str, str, str]:
    return entry.language, entry.kind, entry.term, entry.theme


def _said(entry: OwnEntry | None) -> dict[str, Any]:
    """An entry for the audit trail."""
    if entry is None:
        return {}
    values = {
        "language": entry.language, "kind": entry.kind, "term": entry.term, "points": entry.points,
        "leaning": entry.leaning, "theme": entry.theme, "topic": entry.topic, "reason": entry.reason,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value not in ("", None)}
