"""A text as the patterns read it: lower case, without accents, one kind of quote, dash and space; offsets lead back."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_LIKE = {
    **dict.fromkeys("‘’‚‛´`ʼ′＇", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "œ": "oe",
    "Œ": "OE",
    "æ": "ae",
    "Æ": "AE",
    "…": "...",
    **dict(zip("аеорсухіјѕһԁԛԝАЕОРСУХІЈЅВНКМТ", "aeopcyxijshdqwAEOPCYXIJSBHKMT", strict=True)),
    **dict(zip("αεινοτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeivotuxABEZHIKMNOPTYX", strict=True)),
    "ı": "i",
    "ɑ": "a",
    "ɡ": "g",
}
_ABBREVIATION_WORDS = """
dr dre drs mr mrs ms mx mme mlle mm me st ste ave tel no vs prof approx ext e.g i.e a.m p.m p.ex
"""
_ABBREVIATIONS = frozenset(_ABBREVIATION_WORDS.split())
_END = re.compile(r"[.!?]++[\"')\]]*+(?=\s|$)|\n")
MASK = "\x01"
"""Stands for what has been read already; no pattern matches it."""


@dataclass(frozen=True, slots=True)
class Plain:
    """`folded` is what patterns search, `cased` the same with capitals; both have one length.

    White space is one space, or a line break where a line really ends; marks without width are gone.
    """

    given: str
    folded: str
    cased: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the text as given for offsets in `folded`."""
        if start >= end:
            return self.places[start], self.places[start]
        return self.places[start], self.places[end - 1] + 1

    def words(self, start: int, end: int) -> str:
        """The text as given between two offsets in `folded`."""
        first, last = self.span(start, end)
        return self.given[first:last]


def fold(text: str) -> Plain:
    """Read a text once, character by character."""
    cased: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        for plain in _plain(character):
            if plain in " \n" and cased and cased[-1] in " \n":
                if plain == "\n" and cased[-1] == " ":
                    cased[-1] = "\n"
                continue
            cased.append(plain)
            places.append(at)
    places.append(len(text))
    joined = _join_wrapped_lines("".join(cased))
    return Plain(given=text, folded="".join(map(_lower, joined)), cased=joined, places=tuple(places))


def _plain(character: str) -> str:
    if character in _LIKE:
        return _LIKE[character]
    if character in "\n\v\f\r\x85\u2028\u2029":
        return "\n"
    if character.isspace() or character == MASK:
        return " "
    if character.isascii():
        return character
    category = unicodedata.category(character)
    if category in ("Mn", "Cf", "Me"):
        return ""
    first = unicodedata.normalize("NFKD", character)[:1]
    return first if first.isalnum() else character


def _lower(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _join_wrapped_lines(text: str) -> str:
    """A line break inside a sentence is a space: after a comma or letter, before a small letter."""
    return re.sub(r"(?<=[\w,;])\n(?=[a-zà-ÿ])", " ", text)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence of a folded text, without white space around it; "Dr." and "a.m." end none."""
    start = 0
    for match in _END.finditer(text):
        if match[0][0] == "." and _is_abbreviation(text, start, match.start()) and match.end() < len(text):
            continue
        yield from _trimmed(text, start, match.end())
        start = match.end()
    yield from _trimmed(text, start, len(text))


def _is_abbreviation(text: str, start: int, end: int) -> bool:
    before = text[max(start, end - 8) : end].replace("\n", " ").split(" ")[-1].strip("(\"'-").lower()
    return before in _ABBREVIATIONS or (len(before) == 1 and before.isalpha() and before != "i")


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    if any(character.isalnum() for character in text[start:end]):
        yield start, end


def mask(text: str, pattern: re.Pattern[str]) -> str:
    """The text with every match replaced, character for character, by marks that no pattern reads."""
    return pattern.sub(lambda match: MASK * len(match[0]), text)
