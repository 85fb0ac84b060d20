# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""Stars as pages draw them: characters, icons that are full or empty, pictures, a label, a class, a width in percent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote

from reviews.markup.tree import Element, collapse, tag_of
from reviews.markup.visible.faces import EMPTY, FULL, HALVES, LIT, first_kind, kind_of, letters_of
from reviews.markup.visible.words import kinds_of, tokens

_NUMBER = r"\d{1,3}(?:[.,]\d{1,2})?"
_UNIT = (
    r"(?:stars?|étoiles?|etoiles?|sterne?n?|estrellas?|estrelas?|stell[ae]|sterren|gwiazd\w*|hvězd\w*|yıldız|звезд\w*|"
    r"stjärn\w*|stjerner|points?|★|⭐️?)"
)
_OF = r"(?:/|out of|of|von|sur|su|sobre|de|di|van|uit|z|ze|em|av|af|из|üzerinden|über)"
_LEAD = (
    r"(?:(?:rated|rating|score|note|noté|bewertung|calificación|puntuación|valoración|valutazione|voto|nota|beoordeling|ocena|"
    r"hodnocení|puan|оценка|star rating|review rating|average rating|customer rating|overall)\s*[:=]?\s*)?"
)
_TEXT = re.compile(rf"[\W_]*{_LEAD}({_NUMBER})\s?{_UNIT}?\s?{_OF}\s?({_NUMBER})\s?{_UNIT}?[\W_]*", re.IGNORECASE)
_RATIO = re.compile(rf"({_NUMBER})\s?{_OF}\s?({_NUMBER})(?!\d)", re.IGNORECASE)
_COUNTED = re.compile(rf"[\W_]*{_LEAD}({_NUMBER})[\s-]?{_UNIT}(?:\s?(?:rating|review|bewertung))?[\W_]*", re.IGNORECASE)
_LED = re.compile(
    rf"[\W_]*(?:rated|rating|score|note|bewertung|calificación|puntuación|valutazione|voto|beoordeling|ocena|puan)\s*[:=]?\s*({_NUMBER})[\W_]*",
    re.IGNORECASE,
)
_DRAWN = re.compile(rf"[\s\ufe0f({{\[]*((?:[{FULL}{EMPTY}{HALVES}]\s?\ufe0f?\s?){{1,10}})[\s)\]}}]*({_NUMBER})?\s*")
_TYPED = re.compile(r"\s*(\*{3,5})\s*")
_WORD_IN_FILE = re.compile(
    r"(?:stars?|rating|sterne|estrellas|etoiles|stelle)[-_ ]?(\d(?:[._-]?5|[._-]0)?)(?!\d)|(?<![\d.])(\d(?:[._-]5)?)[-_ ]?stars?(?![a-z])",
    re.I,
)
_CLASS = re.compile(
    r"(?:^|[\s_-])(?:stars?|rating|rate|score|rated|sterne|regular|val|value)[-_]{0,2}([0-5](?:[._-]?[05])?)(?=$|[\s_])",
    re.I,
)
_WIDTH = re.compile(r"(?:^|[;\s])width\s*:\s*(\d{1,3}(?:\.\d+)?)\s*%", re.IGNORECASE)
_STAR_ICON = re.compile(
    r"(?:^|[-_ ])(?:stars?|sterne?|estrellas?|stella|etoile|grade)(?:$|[-_ .\d])|fa-star|star[-_]?(?:half|empty|full|fill|o|border)",
    re.I,
)
_DATA = re.compile(
    r"data-(?:[a-z]+-)?(?:rat(?:e|ing|eit|eyo|y)|score|stars?|value)(?:-(?:value|rating|score|number))?", re.IGNORECASE
)
_BESIDE = re.compile(
    rf"(?P<before>[{FULL}{EMPTY}]{{3,5}})\ufe0f?\s+(?P<text>\S.*)|(?P<said>.*\S)\s+(?P<after>[{FULL}{EMPTY}]{{3,5}})\ufe0f?",
    re.DOTALL,
)
_INTERACTIVE = frozenset({"input", "button", "label", "select", "option", "form", "textarea"})
_STAR_WORDS = frozenset({"star", "star_half", "star_border", "star_outline", "grade", "star_rate"})
_GLYPHS = frozenset(FULL + EMPTY + " \n\t\r\ufe0f\u00a0")
_GLYPH = re.compile(f"[{FULL}{EMPTY}{HALVES}]")
MAX_NODES = 80


@dataclass(frozen=True, slots=True)
class Stars:
    """A rating as drawn: how many, and of how many where the page says so."""

    value: str
    best: str | None = None
    is_note: bool = False
    """Only a "Note" is named, which is a rating in French and a school grade in German."""


_NOTE = re.compile(r"\W*(?:gesamt|schul|durchschnitts)?note\b", re.IGNORECASE)


def read_text(text: str, *, is_starry: bool = False) -> Stars | None:
    """The rating that a short text is: "4 out of 5", "5 stars", "★★★★☆", "Rating: 4.5"; else None.

    A single drawn star is an ornament, unless `is_starry`: the names around it speak of stars.
    """
    text = collapse(text)
    if not text or len(text) > 60:
        return None
    if (drawn := _drawn(text, is_starry)) is not None:
        return drawn
    if found := _TEXT.fullmatch(text):
        return _checked(found.group(1), found.group(2))
    if (found := _COUNTED.fullmatch(text)) or (found := _LED.fullmatch(text)):
        stars = _checked(found.group(1), None)
        return replace(stars, is_note=True) if stars and found.re is _LED and _NOTE.match(text) else stars
    return None


def split_stars(text: str) -> tuple[str, str, str]:
    """A line as (stars before it, text, stars behind it): "Good. – Ada ★★★★★"; "" where none are drawn."""
    found = _BESIDE.fullmatch(text) if any(sign in text for sign in FULL) else None
    if found is None:
        return "", text, ""
    return found["before"] or "", found["text"] or found["said"], found["after"] or ""


def _drawn(text: str, is_starry: bool) -> Stars | None:
    found = _DRAWN.fullmatch(text)
    if found is None:
        typed = _TYPED.fullmatch(text)
        return Stars(str(len(typed.group(1)))) if typed else None
    glyphs = found.group(1)
    full = sum(glyphs.count(sign) for sign in FULL)
    half = sum(glyphs.count(sign) for sign in HALVES)
    empty = sum(glyphs.count(sign) for sign in EMPTY)
    if found.group(2) and (number := _checked(found.group(2), None)) is not None:
        return number
    if not full and not half:
        return None
    places = full + half + empty
    if (places > 5 and places != 10) or (places == 1 and not is_starry):
        return None
    return Stars(f"{full}.5" if half else str(full), str(places) if empty else None)


def _checked(value: str, best: str | None) -> Stars | None:
    number = float(value.replace(",", "."))
    limit = float(best.replace(",", ".")) if best else 5.0
    if not 0 < number <= limit or limit not in (3.0, 4.0, 5.0, 6.0, 10.0, 20.0, 100.0):
        return None
    return Stars(value, best)


def read_element(element: Element) -> Stars | None:
    """The rating that an element draws or names; None if it is none, or one that a visitor is asked to give."""
    if not element.attrib and not len(element) and not _GLYPH.search(element.text or ""):
        return None  # most elements: a text without any name
    tag = tag_of(element)
    if (
        tag in _INTERACTIVE
        or element.get("role") in ("button", "radio", "radiogroup", "slider")
        or element.get("onclick")
    ):
        return None
    names = f"{element.get('class') or ''} {element.get('id') or ''}".strip()
    if (labelled := _from_labels(element, tag, names)) is not None:
        return labelled
    if tag in ("img", "svg", "use", "path"):
        return None
    looks = _looks(names)
    own = "".join(_texts(element, 40))
    if not looks and not any(sign in own for sign in FULL) and not _is_star_row(element):
        return None
    if looks or own.strip():
        text = collapse(own)
        if any(character.isalpha() for character in text) and not _material(text):
            return read_text(text, is_starry=True) if len(text) <= 40 and looks else None
    return _from_parts(element, names, own, looks)


@lru_cache(maxsize=4096)
def _looks(names: str) -> bool:
    """Whether class and id speak of stars or ratings."""
    return bool(names) and ("stars" in kinds_of(names) or bool(_STAR_ICON.search(names)))


def _from_labels(element: Element, tag: str, names: str) -> Stars | None:
    for name in ("aria-label", "alt", "title"):
        value = element.get(name)
        if value and (tag != "a" or len(value) < 40) and (stars := read_text(value)) is not None:
            return stars
    if _looks(names) or element.get("role") == "img":
        for attribute, given in element.attrib.items():
            value = str(given).strip()
            if _DATA.fullmatch(str(attribute)) and re.fullmatch(_NUMBER, value) and not _is_one_icon(element):
                return _checked(value, None)
    if tag == "img":
        for source in ("src", "data-src", "data-lazy-src", "data-original"):
            file = unquote((element.get(source) or "")[:300]).rsplit("/", 1)[-1]
            if found := _WORD_IN_FILE.search(file.rsplit(".", 1)[0]):
                return _checked(_digits(found.group(1) or found.group(2)), None)
    return None


def _is_one_icon(element: Element) -> bool:
    """Whether this is one of several icons, each with the number of its place."""
    parent = element.getparent()
    return (
        parent is not None
        and sum(child.get("class") is not None and tag_of(child) == tag_of(element) for child in parent) > 2
    )


def _digits(text: str) -> str:
    plain = re.sub(r"[_-]", ".", text)
    return f"{plain[0]}.{plain[1]}" if len(plain) == 2 and plain.isdigit() else plain


def _texts(element: Element, limit: int) -> Iterator[str]:
    """Texts within, until more than `limit` characters have come."""
    total = 0
    for piece in element.itertext():
        text = str(piece)
        total += len(text.strip())
        yield text
        if total > limit:
            return


def _material(text: str) -> bool:
    return all(word in _STAR_WORDS for word in text.lower().split())


def _is_star_row(element: Element) -> bool:
    """Whether the children are icons of stars, or pictures of them, and nothing else."""
    children = [child for child in element if tag_of(child)]
    return 2 <= len(children) <= 10 and all(_is_icon(child) for child in children)


def _is_icon(element: Element) -> bool:
    tag = tag_of(element)
    if tag == "img":
        named = f"{element.get('alt') or ''} {(element.get('src') or '')[-80:]} {element.get('class') or ''}"
        return bool(re.search(r"stars?(?![a-z]*t)", named, re.IGNORECASE))
    names = element.get("class") or ""
    if tag == "svg":
        inner = " ".join(
            f"{e.get('href') or e.get('{http://www.w3.org/1999/xlink}href') or ''}" for e in element.iter("use")
        )
        return bool(_STAR_ICON.search(f"{names} {inner} {element.get('data-icon') or ''}".replace("#", " ")))
    if tag in ("i", "span", "li", "em", "b", "div"):
        text = collapse("".join(_texts(element, 12)))
        if len(element) > 1 or (text and text[0] in FULL + EMPTY and len(text.replace("\ufe0f", "")) > 1):
            return False
        if _STAR_ICON.search(names) or text.lower() in _STAR_WORDS:
            return True
        if text and len(text.replace("\ufe0f", "")) == 1 and text[0] in FULL + EMPTY:
            return True
        return not text and len(element) == 1 and _is_icon(element[0])
    return False


def _from_parts(element: Element, names: str, own: str, looks: bool) -> Stars | None:
    icons: list[tuple[str, str]] = []
    blanks = 0
    for count, node in enumerate(element.iter()):
        if count > MAX_NODES:
            return None
        if tag_of(node) in _INTERACTIVE or node.get("role") in ("button", "radio") or node.get("onclick"):
            return None
        style = node.get("style")
        if style and (found := _WIDTH.search(style)):
            near = f"{names} {node.get('class') or ''}"
            percent = float(found.group(1))
            named = looks or "stars" in kinds_of(near) or bool(own.strip() and set(own) <= _GLYPHS)
            if 0 < percent <= 100 and named and (node is not element or own.strip()):
                return Stars(f"{percent / 20:.2f}".rstrip("0").rstrip("."))
        if node is not element and _is_leaf_icon(node):
            icons.append((_face(node), tag_of(node)))
        elif node is not element and _is_blank(node):
            blanks += 1
    if own.strip() and not icons:
        return read_text(own, is_starry=looks) if len(own) <= 60 else None
    if icons:
        # An icon that cannot be told from an ornament makes the whole row uncertain: no rating is better than a wrong one.
        return None if blanks else _count(icons, own)
    if looks and (found := _CLASS.search(names)) and not own.strip():
        return _checked(_digits(found.group(1)), None)
    if looks:
        drawings = [child for child in element if tag_of(child) in ("svg", "img")]
        if len(drawings) == len([child for child in element if tag_of(child)]) and 3 <= len(drawings) <= 5:
            return _count([(_face(child), tag_of(child)) for child in drawings], own)
    return None


def icon_rows(element: Element) -> dict[Element, Stars | None]:
    """Icons of stars that stand side by side among other things: what the first of each row says; the others None."""
    found: dict[Element, Stars | None] = {}
    if (
        len(element) < 4
        or len(element) > 60
        or any(_is_blank(child) for child in element if tag_of(child) in ("i", "span", "svg"))
    ):
        return found
    row: list[Element] = []
    for child in [*element, None]:
        if (
            child is not None
            and tag_of(child) in ("i", "span", "svg", "img")
            and _is_icon(child)
            and not child.get("aria-label")
        ):
            row.append(child)
            if not (child.tail or "").strip():
                continue
        is_row = 3 <= len(row) <= 5 and len(row) < len(element)
        stars = _count([(_face(icon), tag_of(icon)) for icon in row], "") if is_row else None
        if stars is not None:
            found.update(dict.fromkeys(row))
            found[row[0]] = stars
        row = []
    return found


def _is_blank(node: Element) -> bool:
    """An empty element that could be one more icon."""
    if tag_of(node) not in ("i", "span", "svg", "img", "em", "b") or _is_icon(node) or len(node):
        return False
    parent = node.getparent()
    return not (node.text or "").strip() and (parent is None or not _is_icon(parent))


def _is_leaf_icon(node: Element) -> bool:
    return _is_icon(node) and not any(_is_icon(child) for child in node)


def _face(node: Element) -> str:
    """What tells a full star from an empty one: its class, its colours, its glyph, its picture."""
    while len(node) == 1 and not node.attrib and not (node.text or "").strip() and tag_of(node[0]):
        node = node[0]  # a bare wrapper is none of them
    parts = [node.get("class") or "", node.get("fill") or "", (node.get("src") or "").rsplit("/", 1)[-1], node.get("style") or "",
             "".join(_texts(node, 12)).strip(), node.get("alt") or ""]  # fmt: skip
    for inner in list(node.iter())[1:6]:
        parts += [
            inner.get("class") or "",
            inner.get("fill") or "",
            inner.get("href") or inner.get("{http://www.w3.org/1999/xlink}href") or "",
        ]
    return " ".join(part for part in parts if part)[:400]


def _count(icons: list[tuple[str, str]], own: str) -> Stars | None:
    """How many of the icons are full. Where nothing tells them apart, all drawn ones are."""
    if len(icons) > 10:
        return None
    kinds = [kind_of(face) for face, _ in icons]
    letters = [letters_of(face) for face, _ in icons]
    if all(len(found) == 1 for found in letters):
        kinds = [{"f": "full", "h": "half", "e": "empty"}[found.pop()] for found in letters]
    half, empty = kinds.count("half"), kinds.count("empty")
    full = len(icons) - half - empty
    if not half and not empty and 3 <= len(icons) <= 5:
        lit = [bool(LIT.search(face)) for face, _ in icons]
        if any(lit) and lit == sorted(lit, reverse=True):
            full, empty = sum(lit), len(icons) - sum(lit)
        elif not any(lit) and (first := first_kind(icons)) is not None:
            if not first:
                return None
            full, empty = first, len(icons) - first
    ratio = _RATIO.search(own)
    if ratio and (said := _checked(ratio.group(1), ratio.group(2))) is not None:
        return said
    number = re.search(_NUMBER, own)
    if number and (said := _checked(number.group(), None)) is not None:
        return said
    if (not full and not half) or 5 < len(icons) < 10:
        return None
    best = str(len(icons)) if (half or empty) and len(icons) in (5, 10) else None
    return Stars(f"{full}.5" if half else str(full), best)


def is_starry(element: Element) -> bool:
    """Whether the names of an element speak of stars or ratings."""
    return "stars" in kinds_of(element.get("class") or "") or "star" in tokens(element.get("id") or "")
