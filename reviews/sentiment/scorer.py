"""From text to sentiment, by the reader of its language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from reviews.model import Sentiment
from reviews.sentiment.lexicon import EMPTY, Entry, Lexicon, parse_table
from reviews.sentiment.reader import Language, Limits, Reader
from reviews.sentiment.risks import Risk, RiskFinder
from reviews.sentiment.text import full_text
from reviews.sentiment.vader import Vader


class Scorer:
    """Scores texts in the languages that have a lexicon; pure, and safe to share between threads. Made by `load`."""

    def __init__(self, vader: Vader, limits: Limits, languages: Mapping[str, Language], own: str = "") -> None:
        self._vader = vader
        self._own = own
        self.limits = limits
        self._languages = dict(languages)
        data = "\0".join([vader.digest, repr(limits), *(each.lexicon.serialized() for each in languages.values())])
        digest = sha256(data.encode()).hexdigest()[:8]
        codes = " ".join(each.code for each in languages.values())
        rest = f"{f' own/{own}' if own else ''} vader/{vader.version} {digest}"
        self.name = f"{codes}{rest}"
        """Code, the state of a group's own words, the base, and the hash of all data: who has read a review."""
        self._risks = {code: RiskFinder(each.risks, each.modifiers, each.fold) for code, each in languages.items()}
        self._readers = {
            language: Reader(f"{each.code}{rest}", each, vader, limits) for language, each in languages.items()
        }

    def with_own(self, own: Mapping[str, Sequence[Lexicon]]) -> "Scorer":
        """The scorer of a group or clinic: by language, the group's own entries and then the clinic's on top."""
        languages = dict(self._languages)
        said = [self._own]
        for language, layers in own.items():
            for layer in layers if language in languages else ():
                languages[language] = replace(languages[language], lexicon=languages[language].lexicon.with_own(layer))
                said.append(f"{language} {layer.serialized()}")
        if not any(said):
            return self
        return Scorer(self._vader, self.limits, languages, sha256("\0".join(said).encode()).hexdigest()[:8])

    def parse_own(self, text: str, language: str) -> Lexicon:
        """The entries of a group's or clinic's table; raises LexiconError with every faulty row and column."""
        chosen = self._languages[language]
        return parse_table(text, modifiers=chosen.modifiers.words, fold=chosen.fold)

    def fold_of(self, language: str) -> Callable[[str], str]:
        """How words of a language are written for comparing."""
        return self._languages[language].fold

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that are scored; all but the first are beta."""
        return tuple(self._readers)

    def score(self, title: str, text: str, language: str | None) -> Sentiment | None:
        """How a text reads, with themes and evidence; None where that cannot be said.

        None: nothing but white space and punctuation that is no emoticon, or a language without a lexicon (an unknown
        one too). Offsets in the evidence count code points in title, line break and body; without a title, in the body.
        Only the first 5,000 characters and 100 emoji are read; `cut` says that there was more.
        """
        reader = self.find_reader(language)
        return reader.read(full_text(title, text)) if reader else None

    def find_reader(self, language: str | None) -> Reader | None:
        """The reader of a language tag ("fr-CA" is French)."""
        reader = self._readers.get(language or "")
        if reader is None and language:
            reader = self._readers.get(language.replace("_", "-").split("-")[0].lower())
        return reader

    def find_entry(self, term: str, language: str | None) -> Entry | None:
        """The entry behind a word of the evidence, with its reason; None where VADER's own lexicon gave the points."""
        reader = self.find_reader(language)
        return reader.entry_of(term) if reader else None

    def find_base(self, term: str, language: str) -> float | None:
        """The points of a word in the base lexicon, whatever stands on top of it."""
        chosen = self._languages.get(language)
        return chosen.base.get(chosen.fold(term)) if chosen else None

    def find_themes_of(self, term: str, language: str) -> tuple[str, ...]:
        """The themes that a single word or phrase speaks of."""
        reader = self.find_reader(language)
        found = reader.read(term) if reader else None
        return tuple(theme.theme for theme in found.themes) if found else ()

    def find_lexicon(self, language: str | None) -> Lexicon:
        """All entries in use for a language."""
        reader = self.find_reader(language)
        return reader.lexicon if reader else EMPTY

    def find_risks(self, title: str, text: str, language: str | None) -> tuple[Risk, ...]:
        """The words that call for a person before anything is answered; offsets as in `score`.

        Without a language that has a list, all lists are asked: better one look too many.
        """
        given = full_text(title, text)
        reader = self.find_reader(language)
        finders = [self._risks[code] for code, found in self._readers.items() if reader is None or found is reader]
        return tuple(dict.fromkeys(risk for finder in finders for risk in finder.find(given)))

    def stock(self, text: str) -> dict[str, float]:
        """The four numbers of unchanged VADER, in any language; for comparison, never shown as sentiment."""
        return self._vader.stock(text)
