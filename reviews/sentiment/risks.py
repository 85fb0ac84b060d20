"""Words that call for a person before anything is answered: harm, privacy, discrimination, a child, law, danger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reviews.sentiment.patterns import Anchors, find_patterns, parse_patterns
from reviews.sentiment.text import MAX_CHARACTERS, plain_marks, read_lines
from reviews.sentiment.vocabulary import SAYS_MORE, Modifiers, Vocabulary, Word

KINDS = ("harm", "privacy", "discrimination", "child", "lawyer", "regulator", "crisis")


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk word in place: offsets count code points of the text as given."""

    kind: str
    start: int
    end: int
    term: str


class RiskFinder:
    """Finds the risk words of one language, given written phrases and their kinds."""

    def __init__(self, phrases: Mapping[str, str], modifiers: Modifiers, fold: Callable[[str], str]) -> None:
        self._anchors = Anchors(
            pattern
            for phrase, kind in phrases.items()
            for pattern in parse_patterns(modifiers.unelided(fold(phrase)), kind)
        )
        self._vocabulary = Vocabulary(modifiers, lambda lower: (None, ""), fold=fold, enrich=self._enrich)

    def _enrich(self, word: Word) -> bool:
        word.anchor = self._anchors.find(word.key)
        return self._anchors.ask_for(word.key)

    def find(self, text: str) -> tuple[Risk, ...]:
        """The risk words of a text in reading order, each place once for each kind."""
        found: dict[tuple[int, int, str], Risk] = {}
        for line in read_lines(plain_marks(text[:MAX_CHARACTERS]), self._vocabulary):
            places = [at for at, word in enumerate(line.words) if word.flags & SAYS_MORE]
            for begin, end, pattern in find_patterns(line.words, places):
                start = line.start(begin) + line.words[begin].lead
                stop = line.start(end - 1) + line.words[end - 1].lead + line.words[end - 1].size
                kind = pattern.meaning
                found[start, stop, kind] = Risk(kind, start, stop, text[start:stop])
        return tuple(found[place] for place in sorted(found))
