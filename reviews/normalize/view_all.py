"""Texts that a page cuts with "… View All" and goes on behind the label: joined, each word once.

Pages hide the rest of a long text behind a link; read as text, that is ``“shown ...” View Allrest.”``. Only a pattern
that nobody writes by accident is joined: dots, then the label, then the rest. "Read more" in a sentence stays.
"""

import re
from typing import NamedTuple

from reviews.normalize.numbers import words

MORE = (
    "view all", "view more", "view full review", "read more", "read all", "read full review", "see more", "see all",
    "show more", "show all", "full review", "continue reading", "more",
    "lire la suite", "lire plus", "en savoir plus", "voir plus", "voir tout", "voir la suite", "afficher plus",
    "afficher la suite", "plus",
    "mehr anzeigen", "mehr lesen", "alles anzeigen", "alles lesen", "weiterlesen", "mehr",
    "leer más", "ver más", "ver todo", "mostrar más", "seguir leyendo", "más",
    "leggi tutto", "leggi di più", "mostra altro", "lees meer", "meer lezen", "toon meer", "ler mais", "ver mais",
    "czytaj więcej", "czytaj dalej", "pokaż więcej",
)  # fmt: skip
"""Labels that open the rest, in lower case."""
LESS = (
    "view less", "read less", "see less", "show less", "less", "voir moins", "afficher moins", "réduire",
    "weniger anzeigen", "weniger", "leer menos", "ver menos", "mostrar menos", "mostra meno", "toon minder",
    "ler menos", "zwiń", "pokaż mniej",
)  # fmt: skip
"""Labels that close it again."""
BARE = words("more plus mehr más")
"""Labels that are also everyday words: only believed behind a closing quotation mark or at the very end."""
SENTENCES = frozenset(
    {"view all", "view more", "read more", "read all", "see more", "see all", "show more", "show all"}
)
"""Labels that may begin a sentence ("… Read more about it"): with blanks around, only believed as "Read More"."""
OPENING = ("“", '"', "«", "„", "‘")
CLOSING = ("”", '"', "»", "“", "’")
DOTS = ("…", "...", ". . .")
MAX_OVERLAP_WORDS = 8


class Joined(NamedTuple):
    """The whole text, and whether the page itself shows only its beginning."""

    text: str
    cut: bool


def _any(labels: tuple[str, ...]) -> str:
    ordered = sorted(labels, key=len, reverse=True)
    # The first letter is a capital on the button; inside a sentence it is not.
    return "|".join(f"{label[0].upper()}(?i:{re.escape(label[1:])})" for label in ordered)


_CUT = re.compile(
    rf"(?P<before>\s?)(?P<dots>…|\.\.\.\.?|\. \. \.)(?P<quote>\s?[”\"»’“])?(?P<gap>\s{{0,3}})"
    rf"[\[(]?(?P<label>{_any(MORE)})[\])]?(?P<arrow>\s?[»›>▼▾+↓→])?"
)
_LESS_AT_END = re.compile(rf"(?<=[.!?…”\"»)\s])\s?[\[(]?(?:{_any(LESS)})[\])]?[\s«‹<▲▴↑]{{0,3}}\Z")
_WORD = re.compile(r"\w+")


def join_view_all(text: str) -> Joined:
    """One text out of "shown … View All rest"; `cut` when the label stands at the end with nothing behind it."""
    if not any(dots in text for dots in DOTS):
        return Joined(text, False)
    for found in _CUT.finditer(text):
        head, rest = text[: found.start()], text[found.end() :]
        if not rest.strip(' \n\t”"»’“'):
            return Joined(head.rstrip(), True)
        if _is_joint(found, head, rest):
            return Joined(_join(found, head, _LESS_AT_END.sub("", rest)), False)
    return Joined(text, False)


def _is_joint(found: re.Match[str], head: str, rest: str) -> bool:
    """Whether the label is a button between two parts of one text, and not a word of it."""
    if not head.strip():
        return False
    if found["quote"] or (found["label"].lower() not in BARE and _is_button(found, rest)):
        return True
    return _words(rest, 6) == _words(head, 6) != [] or _without_overlap(head, rest) != rest


def _is_button(found: re.Match[str], rest: str) -> bool:
    glued = not rest[0].isspace() and not found["arrow"]
    own_line = "\n" in found["gap"] or rest.lstrip(" ").startswith("\n")
    goes_on = rest.lstrip()[0].islower() or rest.lstrip()[0].isdigit()
    if found["label"].lower() in SENTENCES and not found["label"].istitle():
        goes_on = False
    return (glued and rest[0].isalnum()) or own_line or goes_on or _LESS_AT_END.search(rest) is not None


def _join(found: re.Match[str], head: str, rest: str) -> str:
    is_open, is_closed = head.lstrip()[:1] in OPENING, rest.rstrip()[-1:] in CLOSING
    if found["quote"] and is_open and not is_closed:
        head = head.lstrip()[1:]
    if found["quote"] and is_closed and not any(mark in head for mark in OPENING):
        rest = rest.rstrip()[:-1]
    if _words(rest, 6) == _words(head, 6) != [] and len(rest.strip()) >= len(head.strip()):
        return rest.strip()  # the part behind the label is the whole text once more
    rest = _without_overlap(head, rest)
    # A text cut inside a word has no space on either side of the dots; one cut between words has.
    is_inside_word = head[-1:].isalpha() and rest[:1].islower() and not found["before"] and not found["arrow"]
    return head.rstrip() + ("" if is_inside_word else " ") + rest.lstrip()


def _words(text: str, count: int) -> list[str]:
    found: list[str] = []
    for match in _WORD.finditer(text):
        found.append(match.group().lower())
        if len(found) == count:
            break
    return found


def _without_overlap(head: str, rest: str) -> str:
    """The rest without its first words where they repeat the last words of the head (two words or more)."""
    starts = [(match.end(), match.group().lower()) for match in _first(rest, MAX_OVERLAP_WORDS)]
    last = [match.group().lower() for match in _WORD.finditer(head[-300:])][-MAX_OVERLAP_WORDS:]
    for count in range(min(len(starts), len(last)), 1, -1):
        if [word for _, word in starts[:count]] == last[-count:]:
            return rest[starts[count - 1][0] :]
    return rest


def _first(text: str, count: int) -> list[re.Match[str]]:
    return [match for _, match in zip(range(count), _WORD.finditer(text), strict=False)]
