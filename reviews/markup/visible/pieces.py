# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""A part of a page as a row of pieces in reading order: a text that stands by itself, drawn stars, a rule, a toggle."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reviews.markup.tree import BLOCKS, UNSEEN, Element, collapse, is_cut_mark, tag_of
from reviews.markup.visible.dates import find_date
from reviews.markup.visible.stars import Stars, icon_rows, read_element, read_text, split_stars
from reviews.markup.visible.words import KINDS, kinds_of

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
NOTHING: frozenset[str] = frozenset()
_CALLING = frozenset({"class", "id", "itemprop", "data-testid", "data-test-id", "data-test"})
_OWN = frozenset({"author", "date", "meta", "stars", "reply", "title", "text"})
_QUOTES = frozenset({"blockquote", "q"})
_NAMED = frozenset({"cite", "figcaption", "time", "dt", "address", "footer"})
_LEADING_DASH = re.compile(r"\s*[-–—―~]\s*\S")
_ENDS_SENTENCE = re.compile(r"[.!?…。！？][\"”»“’')\]]*\s*\Z|[\"”»“]\s*\Z")
_HANGING = re.compile(r"\s[-–—|]\s*\Z")
_ROLE = re.compile(
    r"\s*[,|·•]\s+(?:[^\W\d_][\w'’&/-]*+[\s,]*+){1,6}+|"
    r"[^.!?]{0,40}?\b(?:(?P<names>recommends|(?:doesn['’]t|does not) recommend|recommande|recomienda|empfiehlt)|reviewed|rated|wrote|writes|says|said|schrieb|schreibt|a écrit|"
    r"escribió|ha scritto|schreef|skrev)\b(?:\s+on\b)?(?P<rest>[^!?]{0,60})"
)
"""What stands behind the name in bold: "**Ada Roth**, retired teacher", "**Ada Roth** from Ely wrote on 3 May 2026:"."""
_LABEL = re.compile(
    r"(?P<author>name|author|from|by|patient(?:['’]?s name)?|client|customer|reviewer|nom|auteur|nombre|autor|nome|autore)|"
    r"(?P<date>date|reviewed on|datum|fecha|data)|"
    r"(?P<stars>(?:overall |my |star )?(?:rating|score|stars)|note|bewertung|sterne|puntuación|valoración|calificación|voto|valutazione)|"
    r"(?P<text>review|comments?|testimonial|feedback|message|their words|avis|commentaire|opinión|comentario|recensione|kommentar)|"
    r"(?P<title>title|subject|titre|titel|título|titolo)|"
    r"(?P<meta>location|city|town|treatments?|services?|procedures?|source|platform|via|doctor|dentist|provider|visit(?:ed)?|age)",
    re.IGNORECASE,
)
"""What stands before a colon at the start of a line that says what the line is."""
MIN_HEAD = 15
MAX_PIECES = 20_000


@dataclass(slots=True)
class Piece:
    """One text, or drawn stars, or a mark (`kind`: text, stars, rule, toggle), with what the names around it say.

    `labels` are kinds (`words.KINDS`) of the element itself, `around` of those above it within the part that was asked
    for. `tag` is the element's; `place` counts elements of the page.
    """

    kind: str
    text: str
    element: Element | None = None
    tag: str = ""
    labels: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()
    stars: Stars | None = None
    date: str | None = None
    heading: int = 0
    is_strong: bool = False
    is_quoted: bool = False
    is_link: bool = False
    line: int = 0


class Walker:
    """Makes pieces of elements; remembers what names say, since the same names come hundreds of times."""

    def __init__(self) -> None:
        self._kinds: dict[str, frozenset[str]] = {}
        self._stars: dict[Element, Stars | None] = {}

    def kinds(self, element: Element) -> frozenset[str]:
        """What the class, id and itemprop of an element say."""
        names = ""
        for name, value in element.items():
            if name in _CALLING:
                names += f" {value!s}"
        if not names:
            return NOTHING
        known = self._kinds.get(names)
        if known is None:
            known = self._kinds[names] = kinds_of(names)
        return known

    def stars(self, element: Element) -> Stars | None:
        """The rating that this element draws."""
        if element not in self._stars:
            self._stars[element] = read_element(element)
        return self._stars[element]

    def pieces(self, root: Element, stop: Callable[[Element], bool] | None = None) -> list[Piece]:
        """The pieces of a part; `stop` names descendants that do not belong to it."""
        found: list[Piece] = []
        for piece in self._walk(root, root, stop, frozenset(), frozenset(), False, False, 0):
            found.append(piece)
            if len(found) >= MAX_PIECES:
                break
        return found

    def _walk(
        self,
        element: Element,
        root: Element,
        stop: Callable[[Element], bool] | None,
        labels: frozenset[str],
        around: frozenset[str],
        quoted: bool,
        link: bool,
        depth: int,
    ) -> Iterator[Piece]:
        if depth > 90:
            return
        own = self.kinds(element)
        around = around | labels if element is not root else around
        quoted = quoted or tag_of(element) in _QUOTES
        link = link or tag_of(element) == "a"
        run: list[object] = []
        if element.text:
            run.append(element.text)
        row = icon_rows(element)
        for child in element:
            tag = tag_of(child)
            if child in row:
                if (stars := row[child]) is not None:
                    yield from self._run(run, element, own, around, quoted, link)
                    run = []
                    yield Piece("stars", "", child, tag, own | {"stars"}, around, stars=stars)
            elif tag and self._is_run(child, tag, stop):
                run.append(child)
            else:
                yield from self._run(run, element, own, around, quoted, link)
                run = []
                if tag:
                    yield from self._child(child, tag, root, stop, own, around, quoted, link, depth)
            if child.tail:
                run.append(child.tail)
        yield from self._run(run, element, own, around, quoted, link)

    def _is_run(self, child: Element, tag: str, stop: Callable[[Element], bool] | None) -> bool:
        """Whether a child is part of a line of text: inline, with nothing of its own inside."""
        if (
            (tag in BLOCKS and tag != "br")
            or tag in UNSEEN
            or tag in ("img", "hr", "button", "time", "cite", "q", "video", "svg")
        ):
            return False
        if stop is not None and stop(child):
            return False
        if tag == "br" or is_cut_mark(child):
            return True
        if self.kinds(child) & _OWN or self.stars(child) is not None:
            return False
        return (
            all(not tag_of(inner) or self._is_run(inner, tag_of(inner), stop) for inner in child)
            if len(child) < 40
            else False
        )

    def _child(
        self, child: Element, tag: str, root: Element, stop: Callable[[Element], bool] | None, own: frozenset[str],
        around: frozenset[str], quoted: bool, link: bool, depth: int,
    ) -> Iterator[Piece]:  # fmt: skip
        if stop is not None and stop(child):
            return
        if tag == "hr":
            yield Piece("rule", "", child, tag)
            return
        if (stars := self.stars(child)) is not None:
            yield Piece("stars", "", child, tag, self.kinds(child), around | own, stars=stars)
            return
        if tag in UNSEEN or tag in ("img", "video", "audio", "input", "textarea"):
            if tag in ("iframe", "video", "audio"):
                yield Piece("media", "", child, tag)
            return
        if is_cut_mark(child):
            yield Piece("toggle", collapse("".join(map(str, child.itertext()))), child, tag)
            return
        if tag == "button":
            text = collapse("".join(map(str, child.itertext())))
            outer = child.getparent()
            if outer is not None and tag_of(outer) in HEADINGS:
                # The heading of a part that folds away.
                yield from self._run([text], outer, own | self.kinds(child), around, quoted, link)
                return
            yield Piece("toggle", text[:80], child, tag)
            return
        if tag == "time" and (stamp := (child.get("datetime") or "").strip()):
            yield Piece(
                "text",
                collapse("".join(map(str, child.itertext()))) or stamp,
                child,
                tag,
                self.kinds(child) | {"date"},
                around | own,
                date=stamp,
            )
            return
        yield from self._walk(child, root, stop, own, around, quoted, link, depth + 1)

    def _run(
        self, run: list[object], element: Element, labels: frozenset[str], around: frozenset[str],
        quoted: bool, link: bool,
    ) -> Iterator[Piece]:  # fmt: skip
        """A line of text as pieces: apart at line breaks, and where bold or slanted text stands for itself."""
        line = 0
        for number, (text, strong, linked, toggle) in enumerate(_lines(run)):
            if not text:
                continue
            if toggle:
                yield Piece("toggle", text, element, tag_of(element))
                continue
            before, text, after = split_stars(_whole(text, element))
            text, kinds = _without_label(text)
            if kinds:
                labels = labels - {"author", "date", "text", "title", "meta"} | kinds
            if before and (stars := read_text(before)) is not None:
                yield Piece("stars", before, element, tag_of(element), labels, around, stars=stars)
            if (stars := read_text(text)) is not None and not quoted:
                yield Piece("stars", text, element, tag_of(element), labels, around, stars=stars)
                continue
            line = number
            tag = tag_of(element)
            yield Piece(
                "text", text, element, tag, labels, around, date=find_date(text),
                heading=int(tag[1]) if tag in HEADINGS else 0, is_strong=strong or tag in ("strong", "b", "dt"),
                is_quoted=quoted, is_link=link or linked, line=line,
            )  # fmt: skip
            if after and (stars := read_text(after)) is not None:
                yield Piece("stars", after, element, tag_of(element), labels, around, stars=stars)


def _whole(text: str, element: Element) -> str:
    """The text; where it is shown cut ("The beginning of…"), the whole one that its element keeps in an attribute."""
    head = text.rstrip(" .…") if text.endswith(("…", "...")) else ""
    if len(head) >= MIN_HEAD:
        for name, value in element.items():
            if (
                str(name).startswith("data-")
                and (whole := collapse(str(value))).startswith(head)
                and len(whole) > len(text)
            ):
                return whole
    return text


def _without_label(text: str) -> tuple[str, frozenset[str]]:
    """A line without what it calls itself ("Name: Ada Roth"), and the kind of piece that this makes it."""
    head, colon, rest = text.partition(":")
    found = _LABEL.fullmatch(head.strip()) if colon and len(head) <= 24 and rest.strip() else None
    return (rest.strip(), frozenset({str(found.lastgroup)})) if found else (text, frozenset())


def _lines(run: list[object]) -> Iterator[tuple[str, bool, bool, bool]]:
    """(text, whether it is all strong, whether it is all a link, whether it is a toggle) of each line in a run."""
    parts: list[tuple[str, str, bool]] = []  # text, tag around, ends with a break
    boxes = not any(isinstance(item, str) and any(c.isalnum() for c in item) for item in run)
    for at, item in enumerate(run):
        if isinstance(item, str):
            parts.append((item, "", False))
        else:
            # Two elements without a blank between them are two boxes: nobody writes words that way.
            if boxes and at and not isinstance(run[at - 1], str):
                parts.append(("", "", True))
            parts.extend(_inline(item, ""))
    line: list[tuple[str, str]] = []
    for text, tag, ends in [*parts, ("", "", True)]:
        if tag == "toggle":
            yield from _close(line)
            line = []
            yield collapse(text), False, False, True
        elif ends:
            yield from _close(line)
            line = []
        elif text:
            line.append((text, tag))


def _inline(node: object, tag: str) -> Iterator[tuple[str, str, bool]]:
    element: Element = node  # type: ignore[assignment]
    name = tag_of(element)
    if name == "br":
        yield "", "", True
        return
    if is_cut_mark(element):
        yield "".join(map(str, element.itertext())), "toggle", False
        return
    inner = name if name in ("strong", "b", "em", "i", "a", "small") and not tag else tag
    if element.text:
        yield element.text, inner, False
    for child in element:
        if tag_of(child):
            yield from _inline(child, inner)
        if child.tail:
            yield child.tail, inner, False


def _close(line: list[tuple[str, str]]) -> Iterator[tuple[str, bool, bool, bool]]:
    """One line; what emphasis sets apart at its end ("text. *– Anna K.*") is a line of its own."""
    filled = [(text, tag) for text, tag in line if text.strip()]
    if not filled:
        return
    if len(filled) > 1 and filled[0][1] in ("strong", "b") and _HANGING.search(filled[0][0]) and not filled[1][1]:
        yield collapse(filled[0][0]), True, False, False
        line = line[line.index(filled[0]) + 1 :]
        filled = filled[1:]
    if len(filled) > 1 and re.fullmatch(r"\s*#?\d+[.)]?\s*", filled[0][0]):
        filled = filled[1:]
    if len(filled) > 1 and filled[0][1] in ("strong", "b"):
        behind = "".join(text for text, _ in filled[1:])
        if len(behind) <= 110 and (role := _ROLE.fullmatch(behind)):
            yield collapse(filled[0][0]), True, False, False
            yield _behind_name(role), False, False, False
            return
    if len(filled) > 1:
        tags = [tag for _, tag in filled]
        head, tail = "".join(t for t, _ in filled[:-1]), filled[-1][0]
        if (
            tags[-1] in ("strong", "b", "em", "i", "small", "a")
            and len(tail) < 60
            and (_LEADING_DASH.match(tail) or _ENDS_SENTENCE.search(head))
        ) and tags[-1] != tags[-2]:
            yield from _close(line[: line.index(filled[-1])])
            yield collapse(tail), tags[-1] in ("strong", "b"), tags[-1] == "a", False
            return
    tags = [tag for _, tag in filled]
    yield (
        collapse("".join(text for text, _ in line)),
        all(tag in ("strong", "b") for tag in tags), all(tag == "a" for tag in tags), False,
    )  # fmt: skip


def _behind_name(role: re.Match[str]) -> str:
    """What is left behind a name and its verb; with the verb where it only says what is recommended."""
    rest = role["rest"]
    if rest is None:
        return collapse(role.group()).strip(" ,|·•")
    rest = collapse(rest).strip(" ,.:")
    return f"{role['names']} {rest}" if role["names"] and not find_date(rest) else rest


__all__ = ["HEADINGS", "KINDS", "Piece", "Walker"]
