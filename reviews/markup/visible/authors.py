# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""Who said it: what looks like a name, and which piece of a block, or which end of its text, is the name."""

import re
from collections.abc import Sequence
from dataclasses import replace

from reviews.markup.tree import Element, tag_of
from reviews.markup.visible.dates import split_date
from reviews.markup.visible.pieces import Piece
from reviews.markup.visible.texts import is_sentence
from reviews.markup.visible.totals import is_number_of_ratings
from reviews.markup.visible.words import AFTER_NAME, BEFORE_NAME, NOT_A_NAME, REVIEW_PHRASE, asks

MAX_NAME = 60
DASHED = re.compile(r"\s*(?:[-–—―~]{1,3}|\u2212|&mdash;)\s*(?=[^\W\d_])")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_COUPLE = re.compile(r"(?<=\w)\.?\s+(?:and|und|et|y|e|en|och|og)\s+(?=(?-i:[A-ZÀ-Ž]))")
_PRONOUNS = re.compile(r"\b(?:i|my|we|our|you|your|he|she|they|is|are|was|were|the|and|very|with|for|to|this|that|have|has|had|been|"
                       r"ich|wir|sehr|und|ist|je|nous|est|et|très|muy|con|para|es|sono|molto|per|è|jest|bardzo|się|çok|bir)\b", re.I)  # fmt: skip
INITIALS = re.compile(r"[^\W\d_]{1,2}\.?|[A-ZÀ-Ž]{3}|[A-ZÀ-Ž]\.\s?[A-ZÀ-Ž]\.?")
_TRAILING_WORD = re.compile(r"\s+(?:in|on|via|from|at|of|de|auf|sur|su|en|op)\Z", re.IGNORECASE)
_OCCUPATION = re.compile(
    r"\b(?:ceo|founder|owner|manager|director|designer|teacher|engineer|nurse|student|patient\w*|client\w*|customer|freelancer|developer|entrepreneur|"
    r"store owner|kund\w*|klient\w*|paciente|paziente|lehrerin?|enseignante?|retired|coach)\b",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"\W*(?:[^\W\d_]+ )?by:? [^\W\d_].*(?:\b(?:on|posted|reviewed|submitted|published|written))\W*\Z", re.IGNORECASE
)
_TRAILING = re.compile(
    r"\A(?P<text>.+?[.!?…。！？\"”»“’')\]])\s*(?:[-–—―~]{1,2}|\u2212)\s*(?P<name>[^\W\d_][^.!?\"“”»«\n]{1,58}\.?)\s*\Z",
    re.DOTALL,
)
_TRAILING_QUOTED = re.compile(
    r"\A(?P<text>[\"“„«].+[\"”“»])\s*[-–—―~,(]*\s*(?P<name>[^\W\d_][^!?\"“”»«\n]{1,58}?)\)?\s*\Z", re.DOTALL
)
_LEADING = re.compile(r"\A(?P<name>[^\W\d_][^.!?:\"“”»«\n]{1,40}\.?)\s*:\s*(?P<text>[\"“„«].+)\Z", re.DOTALL)


def looks_like_name(text: str) -> bool:
    """Whether a short text may be a person's name, as shown: "Anna K.", "B Moore", "Familie Roth", "marie_92"."""
    text = text.strip(" ,;:·•|")
    if not 1 < len(text) <= MAX_NAME or NOT_A_NAME.fullmatch(text) or "http" in text or "@" in text:
        return False
    words = text.replace(",", " ").split()
    if len(words) > 7 or not any(character.isalpha() for character in text) or text.endswith(("!", "?", ":", "…")):
        return False
    if text.endswith(".") and len(words) > 1 and len(words[-1].rstrip(".")) > 3 and "," not in text:
        return False
    if sum(character.isdigit() for character in text) > 4 or any(sign in text for sign in "€$£%+=©/#"):
        return False
    if len(words) > 1 and _YEAR.search(text):
        return False
    first = next((character for character in text if character.isalpha()), "")
    if (
        len(words) > 2
        and _PRONOUNS.search(" ".join(_COUPLE.sub(" ", text).split()[1:]))
        and not text.lower().startswith(("the ", "family "))
    ):
        return False
    return first.isupper() or not first.islower() or len(words) <= 2


def is_signed(text: str) -> bool:
    """Whether a short text is a name with a date behind it: "Anna K., 3 May 2026"."""
    name, date = split_date(text)
    return date is not None and len(text) <= MAX_NAME + 20 and looks_like_name(name)


def is_byline(text: str) -> bool:
    """Whether a short text says who wrote and when follows: "by Ida K. – posted on", "Submitted by Bo M. on"."""
    if len(text) > MAX_NAME + 30 or not _BYLINE.match(text):
        return False
    return looks_like_name(clean_name(BEFORE_NAME.sub("", text)))


def clean_name(text: str) -> str:
    """A name without dashes, "by", "· verified patient", "on Google" around it."""
    for _ in range(3):
        shorter = AFTER_NAME.sub("", BEFORE_NAME.sub("", text)).strip(' ,;:·•|–—-"“”')
        if shorter == text or not shorter:
            break
        text = shorter
    return _TRAILING_WORD.sub("", text)


def author_of(rest: Sequence[Piece], body: list[Piece], signs: set[str]) -> tuple[str | None, Piece | None]:
    """The piece that names who speaks, by label, dash, place; and its text."""
    at_body = rest.index(body[0]) if body else -1
    at_end = rest.index(body[-1]) if body else -1
    best: tuple[float, Piece] | None = None
    for at, piece in enumerate(rest):
        if piece in body and not (
            piece.element is not None and piece.line and len(body) > 1 and DASHED.match(piece.text)
        ):
            continue
        named = BEFORE_NAME.sub("", piece.text)
        if len(named) > 90 or not any(c.isalpha() for c in named):
            continue
        own = "author" in piece.labels and not piece.labels & {"text"}
        above = "author" in piece.around
        dashed = bool(DASHED.match(piece.text)) or named != piece.text
        cite = piece.tag in ("cite", "figcaption") and not any(_names_within(other, piece) for other in rest)
        candidate = clean_name(split_date(named)[0])
        if at > at_end >= 0 and piece.tag == "dt" and _is_defined(body[-1]):
            continue  # a term stands above what is said of it
        if not candidate or not (
            looks_like_name(candidate) or (own and len(candidate) <= MAX_NAME and not NOT_A_NAME.fullmatch(candidate))
        ):
            continue
        if INITIALS.fullmatch(candidate) and ("meta" in piece.labels or (not own and not dashed)):
            continue
        if piece.labels & {"meta", "date"} and not piece.labels & {"author"} and not (dashed or cite):
            continue
        if (
            asks(candidate)
            or is_number_of_ratings(candidate)
            or (REVIEW_PHRASE.search(candidate) and not own)
            or piece.kind != "text"
        ):
            continue
        score = 4.0 * own + 2.0 * above + 4.0 * dashed + 3.0 * cite + 1.5 * bool(piece.heading) + 1.0 * piece.is_strong
        score += 1.0 * _is_first_beside(rest, at, at_body, at_end) + 0.5 * (at == len(rest) - 1) - 0.02 * len(candidate)
        score += 2.0 * is_signed(piece.text)
        score += 1.5 * is_capitalised(candidate) - 1.0 * bool(_OCCUPATION.search(candidate))
        score -= (
            5.0 * ("title" in piece.labels and not own)
            + 2.0 * bool("meta" in piece.labels)
            + 1.0 * (piece.is_link and not own and not above)
        )
        score -= 2.0 * ("avatar" in piece.text.lower()) + 2.0 * bool(
            INITIALS.fullmatch(candidate) and len(candidate) < 3
        )
        if best is None or score > best[0]:
            best = (score, piece)
    if best is None or best[0] < 0.3:
        return None, None
    piece = best[1]
    if "author" in piece.labels | piece.around or piece.tag in ("cite", "figcaption"):
        signs.add("labelled")
    if DASHED.match(piece.text):
        signs.add("dash")
    return BEFORE_NAME.sub("", piece.text), piece


def _is_defined(piece: Piece) -> bool:
    """Whether a text stands in the part of a list of definitions that belongs to the term above it."""
    element = piece.element
    while element is not None and tag_of(element) not in ("dl", "dd"):
        element = element.getparent()
    return element is not None and tag_of(element) == "dd"


def _is_first_beside(rest: Sequence[Piece], at: int, at_body: int, at_end: int) -> bool:
    """Whether a piece begins the row of short names that touches the body: the name comes before the role."""
    if at_body < 0:
        return False
    if at > at_body:
        return at == at_end + 1
    between = rest[at:at_body]
    return all(looks_like_name(piece.text) for piece in between) and (at == 0 or not looks_like_name(rest[at - 1].text))


def is_capitalised(name: str) -> bool:
    """Whether each word begins with a capital, as names do and titles in most languages do not."""
    words = [word for word in name.split() if word[0].isalpha() and (len(word) > 3 or "." in word)]
    return bool(words) and all(not word[0].islower() for word in words)


def _names_within(other: Piece, piece: Piece) -> bool:
    """Whether another piece inside the same element is the one that is called the name."""
    if other is piece or "author" not in other.labels or other.element is None or piece.element is None:
        return False
    return other.element is not piece.element and is_inside(other.element, piece.element)


def split_attribution(body: list[Piece], signs: set[str]) -> tuple[list[Piece], str | None]:
    """ "Text." – Anna K. in one piece: the text and the name."""
    last = body[-1]
    found = _TRAILING.match(last.text) or _TRAILING_QUOTED.match(last.text) or _LEADING.match(last.text)
    if found is None:
        return body, None
    name = found.group("name").strip()
    candidate = clean_name(split_date(name)[0])
    if not looks_like_name(candidate) or not is_sentence(found.group("text")):
        return body, None
    signs.add("dash")
    return [*body[:-1], replace(last, text=found.group("text").strip())], name


def is_inside(element: Element, outer: Element) -> bool:
    node: Element | None = element
    while node is not None:
        if node is outer:
            return True
        node = node.getparent()
    return False
