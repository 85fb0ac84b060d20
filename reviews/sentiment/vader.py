"""VADER's rules (vaderSentiment 3.3.2: Hutto and Gilbert, ICWSM 2014) over words that were looked up once.

The library's own data, our own loop. The numbers are the library's to the last bit, its quirks included, for they are
the definition: the same additions in the same order. What it wastes is left out: lowering the whole text for each hit,
searching the list of values again for each value after a "but". The cost is linear.
"""

import math
import re
from collections.abc import Sequence
from hashlib import sha256
from heapq import heapify, heappop, heappush
from importlib.metadata import version

from vaderSentiment.vaderSentiment import (
    BOOSTER_DICT,
    C_INCR,
    N_SCALAR,
    NEGATE,
    SPECIAL_CASES,
    SentimentIntensityAnalyzer,
    normalize,
)

from reviews.sentiment.vocabulary import Emoji, Modifiers, Vocabulary, Word, padded

ENGLISH = Modifiers(
    boosters=BOOSTER_DICT,
    negators=frozenset(NEGATE),
    but=frozenset({"but"}),
    idioms=SPECIAL_CASES,
    negating_part="n't",
)
MAYBE_EMOJI = re.compile("[\\xa9\\xae\\u203c-\U0010ffff]")
"""Where an emoji of VADER's list may be: a class of all 1,212 would be searched 40 times slower."""
_FEW = 64


class Vader:
    """VADER's data, and the scores of the unchanged library on the fast path. Threads may share it."""

    def __init__(self) -> None:
        analyzer = SentimentIntensityAnalyzer()
        data = analyzer.lexicon_full_filepath + "\0" + analyzer.emoji_full_filepath
        self.lexicon: dict[str, float] = analyzer.lexicon
        signs = {sign: words for sign, words in analyzer.emojis.items() if len(sign) == 1}
        self.version: str = version("vaderSentiment")
        self.digest: str = sha256(data.encode()).hexdigest()
        lexicon = self.lexicon
        self._vocabulary = Vocabulary(ENGLISH, lambda lower: (lexicon.get(lower), "vader"))
        self.emoji = Emoji(signs, MAYBE_EMOJI, self._vocabulary.work_out)

    def stock(self, text: str) -> dict[str, float]:
        """The four numbers of stock VADER (`neg`, `neu`, `pos`, `compound`); never shown as sentiment."""
        if not text.isascii():
            text = self._describe_emoji(text)
        words = list(map(self._vocabulary.__getitem__, text.split()))
        if not words:
            return {"neg": 0.0, "neu": 0.0, "pos": 0.0, "compound": 0.0}
        return _numbers([value for _, value in points_of(words)], len(words), _emphasis(text))

    def _describe_emoji(self, text: str) -> str:
        def describe(match: re.Match[str]) -> str:
            description = self.emoji.signs.get(match[0])
            if description is None:
                return match[0]
            at = match.start()
            return description if not at or text[at - 1] == " " else " " + description

        return MAYBE_EMOJI.sub(describe, text)


def points_of(words: Sequence[Word]) -> list[tuple[int, float]]:
    """(index, points) of the words that carry points, after negation, emphasis and "but"; never zero points."""
    scoring = [at for at, word in enumerate(words, 3) if word.flags & 1]
    if not scoring:
        return []
    window = padded(words)
    found: list[tuple[int, float]] = []
    but = -1
    for at in scoring:
        word = window[at]
        value = word.value
        if value is None:
            if but < 0:
                but = at - 3
            continue
        one, two, three = window[at - 1], window[at - 2], window[at - 3]
        if word.acts or one.acts or two.acts or three.acts:
            value = _modified(window, at, value, one, two, three)
        if value:
            found.append((at - 3, value))
    return found if but < 0 or not found else _weighed(found, but)


def _modified(window: list[Word], at: int, value: float, one: Word, two: Word, three: Word) -> float:
    """The points of the word at `at`, whose window has something in it that changes points."""
    word, following = window[at], window[at + 1]
    if word.lower == "kind" and following.lower == "of":
        return 0.0
    own = value
    if word.is_no and following.value is not None:
        value = 0.0
    if one.is_no or two.is_no or (three.is_no and one.lower in ("or", "nor")):
        value = own * N_SCALAR
    if word.upper and _some_are_not(window):
        value = value + C_INCR if value > 0 else value - C_INCR
    if one.value is None:
        if one.step:
            value += _step(one, value, window)
        if one.negates:
            value *= N_SCALAR
    if two.value is None:
        if two.step:
            value += _step(two, value, window) * 0.95
        if two.lower == "never" and one.lower in ("so", "this"):
            value *= 1.25
        elif two.negates and not (two.lower == "without" and one.lower == "doubt"):
            value *= N_SCALAR
    if at > 5 and three.value is None:
        value = _third(window, at, value, one, two, three)
    if one.lower == "least" and one.value is None and two.lower not in ("at", "very"):
        value *= N_SCALAR
    return value


def _third(window: list[Word], at: int, value: float, one: Word, two: Word, three: Word) -> float:
    if three.step:
        value += _step(three, value, window) * 0.9
    if (three.lower == "never" and two.lower in ("so", "this")) or one.lower in ("so", "this"):
        value *= 1.25
    elif three.negates and not (three.lower == "without" and (two.lower == "doubt" or one.lower == "doubt")):
        value *= N_SCALAR
    if one.is_idiom or two.is_idiom or three.is_idiom or window[at].is_idiom:
        value = _idiom(window, at, value)
    return value


def _step(booster: Word, value: float, window: list[Word]) -> float:
    step = -booster.step if value < 0 else booster.step
    if booster.upper and _some_are_not(window):
        step = step + C_INCR if value > 0 else step - C_INCR
    return step


def _some_are_not(window: list[Word]) -> bool:
    """Whether capitals stand out: asked only when there is a word in capitals."""
    return not all(word.upper for word in window[3:-2])


def _idiom(window: list[Word], at: int, value: float) -> float:
    three, two, one, zero, next_one, next_two = (word.lower for word in window[at - 3 : at + 3])
    before = (f"{three} {two} {one}", f"{three} {two}", f"{two} {one}")
    for idiom in (f"{one} {zero}", f"{two} {one} {zero}", before[2], before[0], before[1]):
        if idiom in SPECIAL_CASES:
            value = SPECIAL_CASES[idiom]
            break
    value = SPECIAL_CASES.get(f"{zero} {next_one}", value)
    value = SPECIAL_CASES.get(f"{zero} {next_one} {next_two}", value)
    for booster in before:
        if booster in BOOSTER_DICT:
            value = value + BOOSTER_DICT[booster]
    return value


def _weighed(found: list[tuple[int, float]], but: int) -> list[tuple[int, float]]:
    """Half the points before the first "but", half as much again behind it.

    The library looks each value up by its first equal, which may be another word's; zeros are no matter.
    """
    values = [value for _, value in found]
    scales = [0.5 if at < but else 1.5 for at, _ in found]
    if len(values) <= _FEW:
        for value_at in range(len(values)):
            first = values.index(values[value_at])
            values[first] *= scales[first]
    else:
        _weigh_many(values, scales)
    return [(at, value) for (at, _), value in zip(found, values, strict=True)]


def _weigh_many(values: list[float], scales: list[float]) -> None:
    """The same for long texts, without searching the list again and again."""
    places: dict[float, list[int]] = {}
    for at, value in enumerate(values):
        places.setdefault(value, []).append(at)
    for heap in places.values():
        heapify(heap)
    for at in range(len(values)):
        value = values[at]
        heap = places[value]
        while values[heap[0]] != value:
            heappop(heap)
        first = heap[0]
        values[first] *= scales[first]
        heappush(places.setdefault(values[first], []), first)


def _emphasis(text: str) -> float:
    questions = text.count("?")
    asked = 0.0 if questions < 2 else questions * 0.18 if questions <= 3 else 0.96
    return float(min(text.count("!"), 4) * 0.292 + asked)


def _numbers(values: list[float], count: int, emphasis: float) -> dict[str, float]:
    total = float(sum(values))
    if total > 0:
        total += emphasis
    elif total < 0:
        total -= emphasis
    positive = negative = 0.0
    for value in values:
        if value > 0:
            positive += value + 1
        else:
            negative += value - 1
    if positive > -negative:
        positive += emphasis
    elif positive < -negative:
        negative -= emphasis
    neutral = count - len(values)
    whole = positive + math.fabs(negative) + neutral
    return {
        "neg": round(math.fabs(negative / whole), 3),
        "neu": round(math.fabs(neutral / whole), 3),
        "pos": round(math.fabs(positive / whole), 3),
        "compound": round(float(normalize(total)), 4),
    }
