"""Makes the scorer from its data files; the only module of this package that reads files."""

import csv
import io
import re
from pathlib import Path

from reviews.sentiment.lexicon import EMPTY, Lexicon, opposing, parse_table
from reviews.sentiment.reader import Fold, Language, Limits
from reviews.sentiment.scorer import Scorer
from reviews.sentiment.vader import ENGLISH, Vader
from reviews.sentiment.vocabulary import Modifiers

DATA = Path(__file__).parent / "data"
VADER_VERSION = "3.3.2"
"""What the fast path was compared with (V30)."""
TABLES = ("words", "phrases", "themes")

_ACCENTS = str.maketrans("àâäáãåçéèêëîïíìñôöóòõùûüúÿ", "aaaaaaceeeeiiiinooooouuuuy")
"""One character for one, so that offsets stay: French is often typed without accents."""
_ELISION = re.compile(r"(?i:[ldjmtnsc]|qu|jusqu|lorsqu|puisqu)'(?=\w)")


def load() -> Scorer:
    """The scorer with the shipped lexicons: English, and French as beta.

    Raises LexiconError, naming file, row and column, for a data file that breaks a guard.
    """
    vader = Vader()
    rows = _load_rows("limits.csv")
    limits = Limits(**{name: float(value) for name, value, *_ in rows})
    french = _load_modifiers("fr/modifiers.csv")
    emoticons = {word: points for word, points in vader.lexicon.items() if not any(map(str.isalpha, word))}
    languages = {
        "en": Language(
            "clinic-en/1",
            _load_lexicon("en", ENGLISH, Fold()),
            vader.lexicon,
            ENGLISH,
            Fold(),
            _load_risks("en"),
            False,
        ),
        "fr": Language(
            "clinic-fr/0-beta",
            _load_lexicon("fr", french, Fold(_ACCENTS)),
            emoticons,
            french,
            Fold(_ACCENTS),
            _load_risks("fr"),
            True,
        ),
    }
    if wrong := opposing(languages["en"].lexicon.words, vader.lexicon):
        raise ValueError(f"en/words.csv: the sign is opposite to VADER's: {', '.join(wrong)}")
    return Scorer(vader, limits, languages)


def _load_lexicon(language: str, modifiers: Modifiers, fold: Fold) -> Lexicon:
    lexicon = EMPTY
    for table in TABLES:
        name = f"{language}/{table}.csv"
        text = (DATA / name).read_text(encoding="utf-8")
        found = parse_table(text, source="overlay", modifiers=modifiers.words, fold=fold, name=name)
        lexicon = lexicon.with_own(found)
    return lexicon


def _load_modifiers(name: str) -> Modifiers:
    kinds: dict[str, dict[str, float]] = {"booster": {}, "negator": {}, "but": {}}
    for word, kind, step, *_ in _load_rows(name):
        kinds[kind][word.translate(_ACCENTS)] = float(step or 0)
    return Modifiers(
        boosters=kinds["booster"],
        negators=frozenset(kinds["negator"]),
        but=frozenset(kinds["but"]),
        elision=_ELISION,
    )


def _load_risks(language: str) -> dict[str, str]:
    return {word: kind for kind, word, *_ in _load_rows(f"{language}/risks.csv")}


def _load_rows(name: str) -> list[list[str]]:
    text = (DATA / name).read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text)))[1:]
