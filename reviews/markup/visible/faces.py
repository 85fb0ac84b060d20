# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""What tells a full star from a half and an empty one: the face of its icon, in words of class names and colours."""

import re
from collections.abc import Sequence

FULL, EMPTY, HALVES = "★⭐🌟✭✮✯", "☆✩✰⚝", "½⯪⯨"
_HALF = re.compile(r"half|\bhalb|mezza|demi", re.I)
_EMPTY = re.compile(
    r"(?:^|[-_ ])(?:empty|off|o|outline|outlined|border|grey|gray|inactive|blank|line|unfilled|disabled|light|leer|vuota|vide|muted|none|far)(?:$|[-_ .])|"
    r"(?:^|\s)(?:far|fa-regular|bi-star|text-muted|text-secondary|not-?filled|inactive)(?:$|\s)|text-(?:gray|grey|slate|zinc)-[2-4]00|star_border|star_outline",
    re.I,
)
LIT = re.compile(
    r"(?:^|[-_ ])(?:filled|full|active|on|checked|selected|gold|yellow|rated|voll|piena|pleine|lit|highlight|fill)(?:$|[-_ .])|text-(?:yellow|amber|orange)-\d00|text-warning",
    re.I,
)
"""Names of a star that is on."""
_FILE = re.compile(r"[\w-]+\.(?:svg|png|gif|jpe?g|webp)", re.IGNORECASE)


def letters_of(face: str) -> set[str]:
    """f, h, e, which stand for full, half and empty as a class or at the end of a picture's name."""
    words = face.lower().split()
    words += [part for word in words if _FILE.fullmatch(word) for part in re.split(r"[^a-z]+", word)]
    return set(words) & {"f", "h", "e"}


def first_kind(icons: Sequence[tuple[str, str]]) -> int | None:
    """How many icons look like the first, where the others behind them look alike in another way.

    None where all look alike, 0 where no such line can be drawn.
    """
    faces = [re.sub(r"\d+", "", face) for face, _ in icons]
    if len(set(faces)) == 1:
        return None
    count = next(at for at, face in enumerate(faces) if face != faces[0])
    return count if len(set(faces[count:])) == 1 else 0


def kind_of(face: str) -> str:
    """Full, half or empty, as the names of an icon say; full where they say nothing."""
    if _HALF.search(face) or any(sign in face for sign in HALVES):
        return "half"
    if any(sign in face for sign in EMPTY):
        return "empty"
    if LIT.search(face) and not re.search(r"un-?filled|not-?filled|in-?active", face, re.IGNORECASE):
        return "full"
    if re.search(r"bi-star(?:$|\s)|(?:^|\s)far(?:$|\s)|fa-star-o|fa-regular", face):
        return "empty"
    return "empty" if _EMPTY.search(face.replace("fa-star-half-o", "")) else "full"
