"""Word patterns kept as data: lists of words with names, and patterns that name them.

A data file holds ``[words]`` (name → alternatives, one string split at white space, or a list where phrases are needed)
and tables of patterns. In a pattern ``{name}`` stands for such a list. Patterns are written in lower case without
accents, with straight quotes, for texts that `plain.fold` has made; each is bounded by what is no letter or digit.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

_MARK = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]", re.DOTALL)
_PLACE = re.compile(r"\{([a-z_]+)\}")


def word_lists(given: Mapping[str, str | list[str]]) -> dict[str, str]:
    """Name → one group of alternatives; a list may name lists above it. Raises ValueError for an unknown name."""
    made: dict[str, str] = {}
    for name, words in given.items():
        each = words.split() if isinstance(words, str) else words
        made[name] = _by_first_letter(option for word in each for option in _options(fill_in(word, made)))
    return made


def fill_in(pattern: str, lists: Mapping[str, str]) -> str:
    """The pattern with its named lists written out; raises ValueError for an unknown name."""

    def group(match: re.Match[str]) -> str:
        if match[1] not in lists:
            raise ValueError(f"no word list {match[1]!r} for the pattern {pattern!r}")
        return lists[match[1]]

    return _PLACE.sub(group, pattern)


def compiled(patterns: Iterable[str], lists: Mapping[str, str]) -> re.Pattern[str]:
    """One expression for many patterns; matches nothing when there are none."""
    alternatives = "|".join(fill_in(pattern, lists) for pattern in patterns)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)" if alternatives else r"(?!)")


def _by_first_letter(options: Iterable[str]) -> str:
    """One group of alternatives, in which a word is only compared with those that begin with its letter."""
    by_letter: dict[str, list[str]] = {}
    others: list[str] = []
    for option in options:
        is_plain = option[:1].isascii() and option[:1].isalnum() and option[1:2] not in ("?", "*", "+", "{")
        (by_letter.setdefault(option[0], []) if is_plain else others).append(option[is_plain:])
    sorted_in = [f"{letter}(?:{'|'.join(rests)})" for letter, rests in by_letter.items()]
    return "(?:" + "|".join([*sorted_in, *others]) + ")"


def _options(pattern: str) -> Iterator[str]:
    """The alternatives of a pattern that is nothing but a group or alternatives, those of groups inside it too."""
    inner = pattern[3:-1] if pattern.startswith("(?:") and _closing(pattern) == len(pattern) - 1 else pattern
    bars = [at for at, depth in _depths(inner) if inner[at] == "|" and depth == 0]
    parts = [inner[start + 1 : end] for start, end in pairwise([-1, *bars, len(inner)])]
    if parts == [pattern]:
        yield pattern
        return
    for part in parts:
        yield from _options(part)


def _closing(pattern: str) -> int:
    return next((at for at, depth in _depths(pattern) if depth == 0 and pattern[at] == ")"), 0)


def _depths(pattern: str) -> Iterator[tuple[int, int]]:
    """Each round bracket and bar outside of escapes and classes, with the brackets that are open behind it."""
    depth = 0
    for match in _MARK.finditer(pattern):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if match[0] in "()|":
            yield match.start(), depth
