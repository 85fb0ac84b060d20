"""Words of care that a slip of the finger has changed: one letter too many, too few, wrong or swapped."""

import re
from collections.abc import Iterator

SHORTEST = 6
_WORD = re.compile(rf"[a-z]{{{SHORTEST - 1},}}")


class Misspelt:
    """Finds slips of the given words; what is a word in its own right is given as `right` and never counts."""

    def __init__(self, words: frozenset[str], right: frozenset[str]) -> None:
        self._right = words | right
        self._shortened = frozenset(short for word in words if len(word) >= SHORTEST for short in _without_one(word))

    def find(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Start and end of each slip between two offsets of a folded text."""
        for match in _WORD.finditer(text, start, end):
            word = match[0]
            if word in self._right or len(word) > 20:
                continue
            if word in self._shortened or any(short in self._shortened for short in _without_one(word)):
                yield match.span()


def _without_one(word: str) -> Iterator[str]:
    """The word, and the word without each of its letters but the first."""
    yield word
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]
