"""In which language a text is written, or that it cannot be said.

The model (py3langid, loaded on first use: half a second, then about 110 MB with numpy) knows 100 languages and guesses
wildly on short texts. So it may choose only among `CANDIDATES` and the clinic's own languages, and its answer counts
only with a margin: a text of two words needs near certainty, and a language that is not the clinic's needs more words
and more certainty than one that is. A German text at an English and French clinic is therefore "de" or None, never
"en", and is not scored with an English lexicon; an English text of four words or more is found.
"""

import copy
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

CANDIDATES = (
    "ar", "cs", "de", "el", "en", "es", "fa", "fr", "he", "hi", "hu", "it", "ja", "ko", "nl", "pa", "pl", "pt", "ro",
    "ru", "sv", "th", "tl", "tr", "uk", "vi", "zh",
)  # fmt: skip
"""Languages that reviews of clinics come in. Those in a script of their own cost the others nothing."""

MAX_CHARS = 400
"""The beginning of a text tells its language; the rest would only cost time."""
MIN_WORDS, FEW_WORDS = 2, 3
LONGEST_WORD = 30
SURE_WORDS = 4
CERTAIN, CLEAR, LIKELY = 0.9, 0.7, 0.4
"""Least probability for two words (or for another language), for three, for more."""

MIN_ENGLISH = 4
_ENGLISH = frozenset(
    word
    for line in (
        "the and with they them their there these this that would could should have has had been were which who when",
        "from about into my you your she it is are not but very every everything after before because how what of to",
    )
    for word in line.split()
)
"""Words of every English sentence; a text of which they are a quarter is English."""
_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]")


def primary_tag(tag: str | None) -> str | None:
    """The language of a BCP 47 tag in lower case ("fr-CA" → "fr"), None for what is no tag."""
    found = re.match(r"\s*([A-Za-z]{2,3})(?=$|[-_\s])", tag) if tag else None
    return found.group(1).lower() if found else None


def detect(text: str, languages: Sequence[str] = ("en", "fr")) -> str | None:
    """Code of the text's language (ISO 639-1), also one that is not among `languages`; None where it is not clear.

    `languages` are the clinic's. One word, an emoji, a name, or words that two languages share give None.
    """
    text = text[:MAX_CHARS]
    unspaced = len(_UNSPACED.findall(text))
    words = [word for word in _WORD.findall(text) if unspaced or len(word) <= LONGEST_WORD]
    count = len(words) if unspaced < 2 else max(len(words), unspaced // 2)
    if count < MIN_WORDS:
        return None
    if "en" in languages and _is_plain_english(words):
        return "en"
    own = frozenset(tag for language in languages if (tag := primary_tag(language)))
    best, probability = _identifier(own).classify(" ".join(words).lower())
    if best in own:
        needed = CERTAIN if count < 3 else CLEAR if count < SURE_WORDS else LIKELY
    else:
        needed = CERTAIN if count >= SURE_WORDS else 1.0
    return str(best) if probability >= needed else None


def _is_plain_english(words: Sequence[str]) -> bool:
    """Whether so many words are those that only English builds its sentences from that no model need be asked."""
    found = sum(word.lower() in _ENGLISH for word in words)
    return found >= MIN_ENGLISH and 4 * found >= len(words)


def find_language(text: str, languages: Sequence[str]) -> str | None:
    """As `detect`; under three words without a clear winner it is the clinic's first language.

    Without languages of a clinic, or without anything to read, None.
    """
    if not languages or not text.strip():
        return None
    found = detect(text, languages)
    if found is None and len(_WORD.findall(text[:MAX_CHARS])) < FEW_WORDS and not _UNSPACED.search(text[:MAX_CHARS]):
        found = primary_tag(languages[0])
    return found


@cache
def _identifier(own: frozenset[str]) -> Any:
    """The model restricted to the candidates and the clinic's languages (unknown codes left out)."""
    model = copy.copy(_model())
    known = set(model.labels)
    model.set_languages(sorted((own | set(CANDIDATES)) & known))
    return model


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
