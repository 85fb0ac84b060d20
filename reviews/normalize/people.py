"""How an author's name may be shown."""

import re
import unicodedata

from reviews.normalize.numbers import words

HOW = ("as_shown", "initials", "anonymous")
NAMELESS = frozenset(
    name
    for line in (
        "anonymous|anonym|anonyme|anónimo|anónima|anônimo|anonimo|anoniem|unknown|inconnu|unbekannt|guest|invité|gast|n/a|-",
        "a google user|google user|un utilisateur google|ein google-nutzer|un usuario de google|user|utilisateur|admin",
        "patient|a patient|verified patient|patient vérifié|customer|verified customer|client",
    )
    for name in line.split("|")
)
"""What sites write where nobody is named: shown as it is, and never used to tell people apart."""
_TITLES = words("dr dre mr mrs ms miss prof mme mlle m herr frau sr sra sir")
_MAX_FIRST = 30


def is_nameless(author: str | None) -> bool:
    """Whether the author names nobody: absent, "Anonymous", "A Google user"."""
    return author is None or author.strip().casefold().strip(".") in NAMELESS


def display_author(author: str | None, how: str = "as_shown") -> str | None:
    """The name to show, or None where none is to be shown ("anonymous", or nobody named).

    ``initials`` gives at most a first name and one letter, "Jane D."; of an e-mail address or a name in one piece of
    a script without spaces only the first letter. Raises ValueError for an unknown `how`.
    """
    if how not in HOW:
        raise ValueError(f"unknown way to show an author: {how!r}; known are {', '.join(HOW)}")
    author = author.strip() if author else ""
    if not author or how == "anonymous":
        return None
    if how == "as_shown" or is_nameless(author):
        return author
    return _initials(author)


def _initials(author: str) -> str:
    if "@" in author:
        return _letter(author)
    last, comma, first = author.partition(",")
    ordered = f"{first} {last}" if comma and first.strip() else last
    names = [name for name in ordered.split() if any(char.isalnum() for char in name)]
    while len(names) > 1 and names[0].strip(".").casefold() in _TITLES:
        del names[0]
    if not names:
        return "?"
    if len(names) == 1:
        return _letter(names[0]) if _is_unspaced(names[0]) else names[0][:_MAX_FIRST]
    return f"{names[0][:_MAX_FIRST]} {_letter(names[-1])}"


def _letter(name: str) -> str:
    """The first letter with its marks and a full stop."""
    start = next((index for index, char in enumerate(name) if char.isalnum()), 0)
    end = start + 1
    while end < len(name) and unicodedata.combining(name[end]):
        end += 1
    return f"{name[start:end].upper()}."


def _is_unspaced(name: str) -> bool:
    return re.search("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]", name) is not None
