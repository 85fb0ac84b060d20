"""Phrases and keywords of several tokens, found by one token that each of them must contain.

A pattern is written in words: ``can't thank … enough`` (``…`` stands for up to four words), ``hung|hang up``,
``refund* refused`` (any ending). Case and apostrophes do not matter; "cannot", "can not", "can't", "cant" are alike.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from reviews.sentiment.vocabulary import Word

GAP = "…"
GAP_WORDS = 4
SHORTEST_PREFIX = 3
MAX_PLACES, MAX_GAPS, MAX_CONTRACTED = 12, 3, 3
"""What a phrase may hold: each gap and each contraction multiplies the ways in which it can be read."""

_AUXILIARIES = (
    "can",
    "could",
    "would",
    "should",
    "do",
    "did",
    "does",
    "is",
    "are",
    "was",
    "were",
    "have",
    "has",
    "had",
)
CONTRACTED = {f"{auxiliary}nt": auxiliary for auxiliary in _AUXILIARIES} | {"cant": "can", "wont": "will"}
_COMMON_WORDS = """
a about again all an and any anyone as at back be been better bien but by call called can cant care
ce could de des did didnt do doctor dont dr du en et ever feel felt few find five for found from get give go
going good great had has have he her him hours i if in is it je just know l la le les like me
minutes more my ne need never no not of on one or other our out pas plus que rien se see she so
staff take than that the their them they this three time to told too took tout two un une up us very wait want
was wasnt way we were what will with wont would wouldnt y you your à
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_WRITTEN = re.compile(r"[^\W_][\w'’.&-]*\*?")


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a pattern: a word among some, or with a beginning among some."""

    words: frozenset[str]
    prefixes: tuple[str, ...] = ()

    def fits(self, key: str) -> bool:
        return key in self.words or (bool(self.prefixes) and key.startswith(self.prefixes))


@dataclass(frozen=True, eq=False, slots=True)
class Pattern:
    """A phrase ready to be found; `meaning` is what it was made for, `anchor` the place with its rarest words."""

    elements: tuple[Element | None, ...]
    meaning: Any
    anchor: int

    def find_at(self, words: Sequence[Word], at: int) -> tuple[int, int] | None:
        """Where the pattern starts and ends whose anchor is the word at `at`; None if it is not there."""
        elements = self.elements
        end = _end(words, at + 1, elements, self.anchor + 1)
        if end is None:
            return None
        start = at if not self.anchor else _start(words, at - 1, elements, self.anchor - 1)
        return None if start is None else (start, end)


def _end(words: Sequence[Word], at: int, elements: Sequence[Element | None], index: int) -> int | None:
    """The place behind the pattern whose element `index` is to stand at `at`."""
    while index < len(elements):
        place = elements[index]
        index += 1
        if place is None:
            following = elements[index]
            for place_at in range(at, min(at + GAP_WORDS + 1, len(words))):
                # Asked here, and not by the call: most of them would end at once.
                if following is None or following.fits(words[place_at].key):
                    end = _end(words, place_at, elements, index)
                    if end is not None:
                        return end
            return None
        if at >= len(words) or not place.fits(words[at].key):
            return None
        at += 1
    return at


def _start(words: Sequence[Word], at: int, elements: Sequence[Element | None], index: int) -> int | None:
    """The first place of the pattern whose element `index` is to stand at `at`, read backwards."""
    while index >= 0:
        place = elements[index]
        index -= 1
        if place is None:
            before = elements[index]
            for place_at in range(at, max(at - GAP_WORDS - 1, -1), -1):
                if before is None or before.fits(words[place_at].key):
                    start = _start(words, place_at, elements, index)
                    if start is not None:
                        return start
            return None
        if at < 0 or not place.fits(words[at].key):
            return None
        at -= 1
    return at + 1


@dataclass(slots=True)
class Anchor:
    """The patterns that a token may belong to, by a neighbour that tells most of them apart with one look."""

    followed_by: dict[str, list[Pattern]]
    preceded_by: dict[str, list[Pattern]]
    others: list[Pattern]


class Anchors:
    """Which patterns may stand at a token."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        patterns = list(patterns)
        elements = [element for pattern in patterns for element in pattern.elements if element is not None]
        self._words = frozenset(word for element in elements for word in element.words)
        self._all_prefixes = tuple({prefix for element in elements for prefix in element.prefixes})
        self._exact: dict[str, list[Pattern]] = {}
        self._prefixes: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            element = pattern.elements[pattern.anchor]
            assert element is not None
            for word in element.words:
                self._exact.setdefault(word, []).append(pattern)
            for prefix in element.prefixes:
                self._prefixes.setdefault(prefix, []).append(pattern)
        self._beginnings = tuple(self._prefixes)

    def ask_for(self, key: str) -> bool:
        """Whether any pattern has a place for this word."""
        return key in self._words or key.startswith(self._all_prefixes)

    def find(self, key: str) -> Anchor | None:
        """The patterns of a token; None for most tokens."""
        patterns = list(self._exact.get(key, ()))
        if key.startswith(self._beginnings):
            for prefix, more in self._prefixes.items():
                if key.startswith(prefix):
                    patterns += more
        if not patterns:
            return None
        anchor = Anchor({}, {}, [])
        for pattern in patterns:
            after = pattern.elements[pattern.anchor + 1] if pattern.anchor + 1 < len(pattern.elements) else None
            before = pattern.elements[pattern.anchor - 1] if pattern.anchor else None
            if after is not None and not after.prefixes:
                for word in after.words:
                    anchor.followed_by.setdefault(word, []).append(pattern)
            elif before is not None and not before.prefixes:
                for word in before.words:
                    anchor.preceded_by.setdefault(word, []).append(pattern)
            else:
                anchor.others.append(pattern)
        return anchor


class TooLong(ValueError):
    """A phrase of more words, gaps or contractions than can be looked for in every text."""


def parse_patterns(written: str, meaning: Any) -> list[Pattern]:
    """The patterns of one written phrase, contractions also in two words; ValueError says what is wrong with it."""
    choices: list[list[list[Element | None]]] = []
    for place in written.lower().replace("’", "'").split():
        if place == GAP:
            choices.append([[None]])
            continue
        words = place.split("|")
        if not all(_WRITTEN.fullmatch(word) for word in words):
            raise ValueError(f"“{place}” is no word")
        keys = [key_of(word) for word in words if not word.endswith("*")]
        prefixes = tuple(key_of(word[:-1]) for word in words if word.endswith("*"))
        if any(len(prefix) < SHORTEST_PREFIX for prefix in prefixes):
            raise ValueError(f"“{place}” is too short before the *")
        forms: list[list[Element | None]] = [[Element(frozenset(keys), prefixes)]]
        apart = {CONTRACTED[key] for key in keys if key in CONTRACTED}
        if apart:
            forms.append([Element(frozenset(apart)), Element(frozenset({"not"}))])
        choices.append(forms)
    if not choices or choices[0] == [[None]] or choices[-1] == [[None]]:
        raise ValueError("a phrase begins and ends with a word")
    contracted = sum(len(forms) > 1 for forms in choices)
    if len(choices) > MAX_PLACES or choices.count([[None]]) > MAX_GAPS or contracted > MAX_CONTRACTED:
        raise TooLong(f"“{written[:40]}” is too long for a phrase")
    made = [tuple(element for form in forms for element in form) for forms in product(*choices)]
    return [Pattern(elements, meaning, _anchor(elements)) for elements in made]


def key_of(word: str) -> str:
    """What `Word.key` is for this word in lower case."""
    return "cant" if word == "cannot" else word.replace("'", "")


def _anchor(elements: Sequence[Element | None]) -> int:
    """The place with the rarest words, as far as one can tell from their looks."""
    costs = {at: _cost(element) for at, element in enumerate(elements) if element is not None}
    return min(costs, key=costs.__getitem__)


def _cost(element: Element) -> int:
    """How often some text has one of these words, roughly: common ones often, short ones more than long ones."""
    words = (*element.words, *element.prefixes)
    return sum(
        (300 if len(word) <= 3 else 100) if word in _COMMON else 10 if len(word) <= 4 else 4 if len(word) <= 6 else 1
        for word in words
    )


def find_patterns(words: Sequence[Word], places: Iterable[int]) -> list[tuple[int, int, Pattern]]:
    """(start, end, pattern) of every pattern in a sentence, given the places of words that may be part of one."""
    found: list[tuple[int, int, Pattern]] = []
    last = len(words) - 1
    for at in places:
        anchor = words[at].anchor
        if anchor is None:
            continue
        if anchor.others:
            _try(anchor.others, words, at, found)
        if at < last and (patterns := anchor.followed_by.get(words[at + 1].key)):
            _try(patterns, words, at, found)
        if at and (patterns := anchor.preceded_by.get(words[at - 1].key)):
            _try(patterns, words, at, found)
    return found


def _try(patterns: list[Pattern], words: Sequence[Word], at: int, found: list[tuple[int, int, Pattern]]) -> None:
    for pattern in patterns:
        span = pattern.find_at(words, at)
        if span is not None:
            found.append((*span, pattern))


def longest(found: list[tuple[int, int, Pattern]]) -> list[tuple[int, int, Pattern]]:
    """Those that do not overlap, in reading order: the longest match wins, the leftmost among equals."""
    chosen: list[tuple[int, int, Pattern]] = []
    for start, end, pattern in sorted(found, key=lambda match: (match[0] - match[1], match[0])):
        if all(end <= other_start or start >= other_end for other_start, other_end, _ in chosen):
            chosen.append((start, end, pattern))
    return sorted(chosen, key=lambda match: match[0])
