"""Word patterns kept as data: lists of words with names, and patterns that name them.

A data file holds ``[words]`` (name → alternatives, one string split at white space, or a list where phrases are needed)
and tables of patterns. In a pattern ``{name}`` stands for such a list. Patterns are written in lower case without
accents, with straight quotes, for texts that `plain.fold` has made; each is bounded by what is no letter or digit.
"""

import re
from collections.abc import Iterable, Mapping

_PLACE = re.compile(r"\{([a-z_]+)\}")


def word_lists(given: Mapping[str, str | list[str]]) -> dict[str, str]:
    """Name → one group of alternatives; a list may name lists above it. Raises ValueError for an unknown name."""
    made: dict[str, str] = {}
    for name, words in given.items():
        each = words.split() if isinstance(words, str) else words
        made[name] = "(?:" + "|".join(fill_in(word, made) for word in each) + ")"
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
