"""A long review cut once and fairly: whole sentences from the start, never before a "but", never down to its praise.

``head + rest`` is the text, character for character. The "…" belongs to the button's line and is in neither.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence

from reviews.model import Excerpt

MIN_REST_WORDS = 8
LONG_WORD = 20
CHARACTERS = 120
CHARACTERS_FROM, CHARACTERS_TO = 80, 160
MIN_REST_CHARACTERS = 40

_TURN_WORDS = """
but however although though except only until unless despite unfortunately sadly nevertheless nonetheless
yet whereas downside downsides drawback drawbacks complaint complaints gripe gripes quibble wish
mais cependant toutefois pourtant sauf hormis quoique malgré malheureusement hélas bémol seulement
néanmoins dommage regret reproche excepté
pero excepto aunque aber jedoch außer leider obwohl però tranne purtroppo mas porém exceto
"""
TURNS = frozenset(_TURN_WORDS.split())
_TURN_PHRASES = re.compile(
    r"\b(?:on the other hand|that (?:being )?said|having said|(?:aside|apart) from|other than|even so|if only|"
    r"then again|"
    r"par contre|en revanche|d'un autre côté|ceci dit|cela dit|à part|quand même)\b|^[\s\"“«]*(?:still|instead|now),"
)
_ABBREVIATIONS = """
dr dre drs mr mrs ms mx st ste mt prof approx dept inc ltd vs no nr tel ext e.g i.e a.m p.m p.ex env av
"""
_NO_END_AFTER = frozenset(_ABBREVIATIONS.split())
# The lookbehind lets a match begin only where a run of marks begins; a closing quote belongs to its sentence.
_END = re.compile(r"(?<![.!?…。！？])([.!?…。！？]++)[\"'”’»)\]]*+|\n[^\S\n]*\n")
_WORD = re.compile(r"\S+")
_NOT_SPACE = re.compile(r"\S")
_LETTERS = re.compile(r"[^\W\d_]+")


def excerpt(text: str, limit_words: int = 50, mode: str = "fair", sign: Callable[[str], int] | None = None) -> Excerpt:
    """Where to cut a text, if anywhere.

    The cut is at the sentence end nearest to `limit_words` (best within a fifth around it, at most 60 % beyond it),
    after that many words where there is no sentence end, near 120 characters where there are no spaces. The text stays
    whole if it is short, if fewer than 8 words would be left, if `mode` is ``none`` (the source's terms), if a turn
    follows that the head cannot take in, or if `sign` (−1, 0, 1: how a text reads) differs between head and text. Modes
    ``fair`` and ``display`` are cut alike; they differ in where the rest must be. `reason` says what decided.
    """
    if mode == "none":
        return Excerpt(head=text, rest=None, reason="terms")
    word_ends = [match.end() for match in _WORD.finditer(text)]
    if len(word_ends) > limit_words:
        at, reason = _place_by_words(text, word_ends, limit_words)
    elif len(text) > CHARACTERS_TO and len(text) > LONG_WORD * len(word_ends):
        at, reason = _place_by_characters(text)
    else:
        at, reason = None, "short"
    if at is not None and sign is not None and sign(text[:at]) != sign(text):
        at, reason = None, "sign"
    if at is None:
        return Excerpt(head=text, rest=None, reason=reason)
    return Excerpt(head=text[:at], rest=text[at:], reason=reason)


def _place_by_words(text: str, word_ends: Sequence[int], limit: int) -> tuple[int | None, str]:
    ends = [end for end in _sentence_ends(text) if bisect_right(word_ends, end) < len(word_ends)]
    counts = [bisect_right(word_ends, end) for end in ends]
    furthest = limit * 8 // 5
    within = [at for at, count in enumerate(counts) if count <= furthest]
    if within:
        chosen = min(within, key=lambda at: (abs(counts[at] - limit), at))
        while _has_turn(text[ends[chosen] : _end_after(ends, chosen, text)]):
            chosen += 1
            if chosen not in within:
                return None, "turn"
        place, reason = ends[chosen], "sentence"
    else:
        place, reason = word_ends[limit - 1], "words"
        if _has_turn(text[place : ends[0] if ends else len(text)]):
            return None, "turn"
    if len(word_ends) - bisect_right(word_ends, place) < MIN_REST_WORDS:
        return None, "little_rest"
    return place, reason


def _end_after(ends: Sequence[int], at: int, text: str) -> int:
    return ends[at + 1] if at + 1 < len(ends) else len(text)


def _place_by_characters(text: str) -> tuple[int | None, str]:
    """For scripts without spaces, and for one endless word."""
    ends = [end for end in _sentence_ends(text) if CHARACTERS_FROM <= end <= CHARACTERS_TO]
    spaces = [match.start() for match in re.finditer(r"\s+", text) if CHARACTERS_FROM <= match.start() <= CHARACTERS_TO]
    places = ends or spaces or [_between_characters(text, CHARACTERS)]
    place = min(places, key=lambda end: abs(end - CHARACTERS))
    if len(text) - place < MIN_REST_CHARACTERS:
        return None, "little_rest"
    following = next((end for end in _sentence_ends(text) if end > place), len(text))
    if _has_turn(text[place:following]):
        return None, "turn"
    return place, "sentence" if ends else "characters"


def _between_characters(text: str, place: int) -> int:
    """Moves a place forward until it separates no mark, joiner or variation from its letter."""
    while place < len(text) and (
        unicodedata.category(text[place]) in ("Mn", "Mc", "Me", "Cf", "Sk") or text[place - 1] == "\u200d"
    ):
        place += 1
    return place


def _sentence_ends(text: str) -> list[int]:
    """Offsets after each sentence, closing quotes included; abbreviations, initials and "it was… fine" end none."""
    ends = []
    for match in _END.finditer(text):
        marks, end = match[1], match.end()
        if marks is None:
            ends.append(match.start())
        elif marks[0] in "。！？" or (text[end : end + 1].isspace() and _ends_here(text, match.start(), marks, end)):
            ends.append(end)
    return ends


def _ends_here(text: str, start: int, marks: str, end: int) -> bool:
    if marks in ("...", "…"):
        following = _NOT_SPACE.search(text, end)
        return following is None or not following[0].islower()
    if marks != ".":
        return True
    before = _last_word(text, start)
    if before.isdigit() and len(before) < 3 and _numbers_a_line(text, start - len(before)):
        return False
    return before not in _NO_END_AFTER and not (len(before) == 1 and before.isalpha())


def _numbers_a_line(text: str, start: int) -> bool:
    """Whether a number stands before a point of a list: where a line begins, or in a text that begins with "1."."""
    return not text[:start].rpartition("\n")[2].strip() or text[:12].lstrip().startswith("1.")


def _last_word(text: str, end: int) -> str:
    """The word before an offset in lower case, at most 12 characters back: abbreviations are short."""
    words = text[max(0, end - 12) : end].split()
    return words[-1].strip("(\"'“‘«").lower() if words and not text[end - 1 : end].isspace() else ""


def _has_turn(text: str) -> bool:
    lower = text.lower().replace("’", "'")
    return any(match[0] in TURNS for match in _LETTERS.finditer(lower)) or bool(_TURN_PHRASES.search(lower))
