"""Many words at once from a file: read, tried on past reviews, and only then saved."""

import csv
import io
import json
from collections.abc import Mapping, Sequence

from flask import make_response, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from reviews.i18n import N_
from reviews.model import OwnEntry
from reviews.storage import GroupTransaction, lexicon
from reviews.web.dashboard.base import blueprint, choices, note, reading, render
from reviews.web.dashboard.word_pages import (
    LANGUAGES,
    LEANINGS,
    Trial,
    is_limited,
    named,
    say_points,
    theme_names,
    try_entries,
)
from reviews.web.forms import MAX_LONG_FIELD, read_form, write_once
from reviews.web.state import get_visitor, get_words, state

FAULTS_SHOWN = 20


@blueprint.get("/themes/words/file")
def word_file() -> str:
    """The form, and which columns such a file has."""
    return _draw("en", {})


@blueprint.post("/themes/words/file")
def try_word_file() -> str | Response:
    """What the file holds and what it would change; the form again where something is wrong with it."""
    form = read_form("language")
    sent = request.files.get("file")
    body = sent.read(MAX_LONG_FIELD * 4 + 1) if sent else b""
    with reading() as g:
        _check_reach(g)
        entries, faults = read_table(g, to_csv(body), form["language"])
        trial = try_entries(g, entries, remove=False) if entries else None
    if trial is None:
        return make_response(_draw(form["language"], faults), 400)
    return _draw(form["language"], {}, entries, trial)


@blueprint.post("/themes/words/file/save")
def save_word_file() -> Response:
    """Save what was tried; the pass over all reviews begins by itself."""
    form = read_form("language", long=["table"])

    def work(g: GroupTransaction) -> str:
        _check_reach(g)
        entries, faults = read_table(g, form["table"], form["language"])
        if not entries:
            raise BadRequest("; ".join(faults.values()))
        for entry in entries:
            lexicon.put_entry(g, entry, person_id=get_visitor().person.id, now=state().clock())
        said = {"language": form["language"], "kind": entries[0].kind, "rows": len(entries)}
        note(g, "lexicon.imported", "lexicon_entry", "", {}, said)
        return url_for("dashboard.word_list", done="words-saved")

    return write_once(work)


def _check_reach(g: GroupTransaction) -> None:
    if is_limited(g):
        raise NotFound


def to_csv(body: bytes) -> str:
    """The text of a file; a JSON list of rows becomes the table that it says. Empty for what is neither."""
    try:
        text = body.decode("utf-8-sig")
        if not text.lstrip().startswith("["):
            return text
        rows = json.loads(text)
        names = list(rows[0])
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(names)
        writer.writerows([row.get(name, "") for name in names] for row in rows)
        return out.getvalue()
    except (UnicodeDecodeError, ValueError, IndexError, TypeError, AttributeError, RecursionError):
        return ""


def read_table(g: GroupTransaction, text: str, language: str) -> tuple[list[OwnEntry], dict[str, str]]:
    """The entries of a table, or what is wrong with it in the reader's words, by line."""
    from reviews.sentiment.lexicon import LexiconError
    from reviews.sentiment.own import to_entries

    words, scorer = get_words(), state().services.scorer(g)
    if language not in scorer.languages:
        return [], {"language": words.text(N_("Please choose a language."))}
    if not text.strip() or len(text) > MAX_LONG_FIELD:
        return [], {"file": words.text(N_("Choose a CSV or JSON file with at most 20,000 characters."))}
    try:
        found = to_entries(scorer.parse_own(text, language), language)
    except LexiconError as error:
        said = [
            words.text(N_("line {line}: {fault}"), line=fault.row, fault=words.text(fault.message, **fault.values))
            for fault in error.faults[:FAULTS_SHOWN]
        ]
        return [], {"file": "; ".join(said)}
    return found, {} if found else {"file": words.text(N_("There is no word in this file."))}


def _draw(
    language: str, faults: Mapping[str, str], entries: Sequence[OwnEntry] = (), trial: Trial | None = None
) -> str:
    from reviews.sentiment.own import to_table

    words = get_words()
    return render(
        "word_file.html",
        "themes",
        language=language,
        languages=choices(LANGUAGES),
        faults=faults,
        own_words=entries,
        trial=trial,
        table=to_table(entries) if entries else "",
        names={"leaning": named(LEANINGS), **theme_names()},
        say_points=lambda value: say_points(value, words),
    )
