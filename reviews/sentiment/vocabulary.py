"""What a distinct token means: worked out once, then remembered, so that scoring a text is mostly looking up."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import punctuation
from typing import Any

SCORES, SAYS_MORE, ENDS, SPLITS = 1, 2, 4, 8
"""Flags of a word: carries points (or is the "but"), takes part in phrases or themes, ends a sentence, is several."""

MAX_REMEMBERED = 30_000
MAX_REMEMBERED_LENGTH = 40

_ENDS = re.compile(r"[.!?…][\"')\]]*\Z")
_TITLES = frozenset({"dr.", "drs.", "mr.", "mrs.", "ms.", "st.", "mme.", "m."})
_PIECES = re.compile(
    r"""(?s:.)+?(?:(?<=[^\W\d_]{2})(?:[.!?…]+["')\]]*(?=[A-ZÀ-Þ])|(?:[,;/…]|\.\.+|--+)(?=[^\W\d_]))|\Z)"""
)
_APART = re.compile(r"[^\W\d_]{2}(?:[.!?…]+[\"')\]]*[A-ZÀ-Þ]|(?:[,;/…]|\.\.+|--+)[^\W\d_])")
_JOINERS = "\ufe0e\ufe0f\u200d"


class Word:
    """A distinct token as the rules see it. Never changed after it was made, so that texts and threads share it."""

    __slots__ = (
        "acts", "anchor", "flags", "is_but", "is_idiom", "is_no", "key", "lead", "lower", "matters",
        "negates", "size", "source",
        "step", "topics", "upper", "value",
    )  # fmt: skip

    def __init__(self, stripped: str = "", lower: str = "", lead: int = 0, value: float | None = None) -> None:
        self.lower = lower
        """Lower case, what VADER looks up."""
        self.key = lower
        """What phrases and themes look up: without apostrophes."""
        self.lead = lead
        """Characters of the raw token before the word."""
        self.size = len(stripped)
        self.value = value
        """Points from −4 to +4; None for a word that is not in the lexicon."""
        self.source = "vader"
        self.upper = stripped.isupper()
        self.step = 0.0
        """What a booster adds to the word behind it."""
        self.negates = False
        self.is_no = False
        self.is_but = False
        self.is_idiom = False
        self.acts = False
        """Whether it can change the points of a neighbour or its own; most words cannot."""
        self.flags = 0
        self.matters = False
        """Whether any rule, phrase or theme tells it from other words."""
        self.topics: tuple[tuple[str, str], ...] = ()
        self.anchor: Any = None
        """The patterns (`patterns.Anchor`) that the word may belong to."""


@dataclass(frozen=True)
class Modifiers:
    """The words of one language that change others."""

    boosters: Mapping[str, float]
    negators: frozenset[str]
    but: frozenset[str]
    idioms: Mapping[str, float] = field(default_factory=dict)
    negating_part: str = "\0"
    elision: re.Pattern[str] | None = None

    def unelided(self, phrase: str) -> str:
        """A phrase as the words of a text are read: without what French elides."""
        return phrase if self.elision is None else " ".join(self.elision.sub("", w, 1) for w in phrase.split())

    @property
    def words(self) -> frozenset[str]:
        """All of them that are one word: none may have points of its own, or it would stop working."""
        single = [word for word in (*self.boosters, *self.negators, *self.but) if " " not in word]
        return frozenset(single)

    @property
    def named(self) -> frozenset[str]:
        """Words that some rule asks for by name."""
        longer = [name for name in (*self.idioms, *self.boosters) if " " in name]
        return frozenset(word for name in longer for word in name.split()) | {"at", "very", "or", "nor", "of", "kind"}

    @property
    def idiom_words(self) -> frozenset[str]:
        """A word or two of each idiom, so that most sentences need not be searched for them."""
        return self.named - {"the", "to", "for", "of", "right", "just", "at", "very", "or", "nor"}


class Vocabulary(dict[str, Word]):
    """Raw token → `Word`; a token that was not seen yet is worked out. The memory has a cap.

    `find(lower)` answers (points or None, source). `enrich` may add phrases and themes to a new word, and says whether
    some phrase asks for it. The many words that nothing asks for are one and the same.
    """

    def __init__(
        self,
        modifiers: Modifiers,
        find: Callable[[str], tuple[float | None, str]],
        *,
        fold: Callable[[str], str] = str.lower,
        enrich: Callable[[Word], bool] = lambda word: False,
        emoji: "Emoji | None" = None,
    ) -> None:
        super().__init__()
        self._modifiers = modifiers
        self._idiom_words = modifiers.idiom_words
        self._named = modifiers.named
        self._find = find
        self._fold = fold
        self._enrich = enrich
        self._emoji = emoji

    def __missing__(self, raw: str) -> Word:
        word = self.work_out(raw)
        if not word.matters:
            word = PLAIN_END if word.flags else PLAIN
        if len(raw) <= MAX_REMEMBERED_LENGTH:
            if len(self) >= MAX_REMEMBERED:
                self.clear()
            self[raw] = word
        return word

    def work_out(self, raw: str) -> Word:
        """The word of a raw token: punctuation around it is left out, unless two characters or fewer would be left."""
        stripped = raw.strip(punctuation)
        if len(stripped) <= 2:
            stripped, lead = raw, 0
        else:
            lead = len(raw) - len(raw.lstrip(punctuation))
        rules = self._modifiers
        if rules.elision is not None and (elided := rules.elision.match(stripped)):
            lead, stripped = lead + elided.end(), stripped[elided.end() :]
        lower = self._fold(stripped)
        value, source = (None, "") if lower in rules.boosters else self._find(lower)
        word = Word(stripped, lower, lead, value)
        word.source = source
        key = lower.strip(punctuation)  # a word of two letters still has its full stop: "hung up."
        word.key = "cant" if key == "cannot" else key.replace("'", "")
        word.step = rules.boosters.get(lower, 0.0)
        word.negates = lower in rules.negators or rules.negating_part in lower
        word.is_no = lower == "no"
        word.is_but = lower in rules.but
        word.is_idiom = lower in self._idiom_words
        special = lower in ("so", "this", "doubt", "least")
        word.acts = bool(word.step or word.negates or word.is_no or word.is_idiom or special or word.upper)
        word.flags = SCORES if value is not None or word.is_but else 0
        is_asked_for = self._enrich(word)
        if word.anchor is not None or word.topics:
            word.flags |= SAYS_MORE
        if _ENDS.search(raw) and raw.lower() not in _TITLES:
            word.flags |= ENDS
        if self._emoji is not None and (self._emoji.is_in(raw) or (_APART.search(raw) and "//" not in raw)):
            word.flags |= SPLITS
        word.matters = word.acts or is_asked_for or bool(word.flags & ~ENDS) or lower in self._named
        return word

    def pieces(self, raw: str) -> list[tuple[int, int, Word]]:
        """(offset, length, word) of each piece of a raw token that is several; an emoji gives several at one place."""
        found: list[tuple[int, int, Word]] = []
        for match in _PIECES.finditer(raw):
            begin = match.start()
            if self._emoji is not None and self._emoji.is_in(match[0]):
                for at, words in self._emoji.find_all(match[0]):
                    self._add(found, raw, begin, match.start() + at)
                    begin = match.start() + at + 1
                    found += [(begin - 1, 1, word) for word in words]
            self._add(found, raw, begin, match.end())
        return found

    def _add(self, found: list[tuple[int, int, Word]], raw: str, begin: int, end: int) -> None:
        piece = raw[begin:end]
        if piece.strip(_JOINERS):
            found.append((begin, len(piece), self[piece]))


class Emoji:
    """VADER's emoji: each stands for the words of its English description, in every language."""

    def __init__(self, signs: Mapping[str, str], maybe: re.Pattern[str], look_up: Callable[[str], Word]) -> None:
        self.signs = signs
        self._maybe = maybe
        self._look_up = look_up
        self._words: dict[str, tuple[Word, ...]] = {}

    def is_in(self, raw: str) -> bool:
        return not raw.isascii() and any(sign in self.signs for sign in self._maybe.findall(raw))

    def find_all(self, raw: str) -> list[tuple[int, tuple[Word, ...]]]:
        """(offset, words of the description) of each emoji."""
        return [(match.start(), self.words(match[0])) for match in self._maybe.finditer(raw) if match[0] in self.signs]

    def words(self, sign: str) -> tuple[Word, ...]:
        """The words of an emoji's description; each covers the emoji in the text."""
        found = self._words.get(sign)
        if found is None:
            found = tuple(map(self._look_up, self.signs[sign].split()))
            for word in found:
                word.lead, word.size = 0, 1
            self._words[sign] = found
        return found


NOTHING = Word()
"""Stands before the first and behind the last word of what is scored."""
PLAIN, PLAIN_END = Word(), Word()
PLAIN_END.flags = ENDS
"""All words that nothing asks for, within a sentence and at its end: few objects are quicker to reach than many."""


def padded(words: Sequence[Word]) -> list[Word]:
    """Three places before and two behind, so that a window needs no look at the edges."""
    return [NOTHING, NOTHING, NOTHING, *words, NOTHING, NOTHING]
