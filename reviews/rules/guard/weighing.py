"""What a reply sounds like as a whole: the points of its words, pairs of words and beginnings of words, added up.

For replies that no pattern explains. The points stand in ``data/points.toml``: above nought what stories about
somebody's care are told with, below nought what policies, thanks and remarks about the house are told with. The same
for everybody, and nothing is learnt while it runs.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?|\d+|[!?.:\n]")
STEADY = 10
"""Added to the number of known signs: the fewer there are, the less they decide."""
FEWEST = 10
"""A text with fewer known signs is left to the patterns."""
_BEGINNING = 5

Span = tuple[int, int]
Sign = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Points:
    """`of`: tenths of a point by sign. A weight above `story` reads like a story, one below `harmless` like none."""

    start: float
    story: float
    harmless: float
    of: Mapping[str, int]

    def weigh(self, cased: str) -> float:
        """The points of the different signs of a text, lessened by the root of their number; 0 for a few words."""
        known = [self.of[name] for name in {name for _, _, name in signs(cased)} if name in self.of]
        if len(known) < FEWEST:
            return 0.0
        return self.start + sum(known) / 10 / math.sqrt(len(known) + STEADY)

    def heaviest(self, cased: str, sentences: Sequence[Span]) -> Span:
        """The sentence that adds most."""
        sums = dict.fromkeys(sentences, 0)
        for start, _, name in signs(cased):
            for sentence in sentences:
                if sentence[0] <= start < sentence[1]:
                    sums[sentence] += self.of.get(name, 0)
        return max(sentences, key=lambda sentence: sums[sentence])


def signs(cased: str) -> Iterator[Sign]:
    """Start, end and name of each sign: a word, it and the one before, and how a longer word begins ("expla~").

    Numbers are "#"; a word with a capital inside a sentence is somebody's or something's name, and only ends a pair.
    """
    before: Sign | None = None
    for start, end, word in _words(cased):
        if word != "*":
            yield start, end, word
        if before is not None:
            yield before[0], end, f"{before[2]} {word}"
        if len(word) > _BEGINNING:
            yield start, end, f"{word[:_BEGINNING]}~"
        before = start, end, word


def _words(cased: str) -> Iterator[Sign]:
    at_start = True
    for match in _TOKEN.finditer(cased):
        word = match[0]
        if word in "!?.:\n":
            at_start = True
            if word in "!?":
                yield *match.span(), word
            continue
        is_name = word[0].isupper() and not at_start and len(word) > 1 and not word.isupper() and word[1] != "'"
        yield *match.span(), "#" if word.isdigit() else "*" if is_name else word.lower()
        at_start = False
