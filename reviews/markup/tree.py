"""A page as a tree, parsed once, and what a visitor reads in a part of it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from reviews.errors import SourceChanged
from reviews.markup.decode import decode_page

MAX_BYTES = 2_000_000
_MAX_LABEL = 40
_TAIL = 5_000
_WHOLE = re.compile(r"<(?:html|body|head)\b", re.IGNORECASE)
Element = etree._Element

UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "head", "select", "iframe", "object"})
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "dd", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main",
    "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "th", "thead", "tr", "ul",
})  # fmt: skip
_TOGGLE = re.compile(
    r"[\s.…\[\](){}»›>+-]*(?:(?:view|read|show|see|load) (?:all|more|less|full review|full)|more|less|"
    r"lire (?:la suite|plus)|"
    r"voir (?:plus|moins|tout)|mehr(?: lesen| anzeigen)?|weiterlesen|weniger|leer más|ver más|ver menos|leggi tutto|"
    r"mostra altro|lees meer|meer weergeven)[\s.…\[\](){}»›<+-]*",
    re.IGNORECASE,
)
_DOTS = re.compile(r"[\s\[(]*(?:\.{2,}|…)[\s\])]*")
_DOTS_AT_END = re.compile(r"[\s\[(]*(?:\.{2,}|…)[\s\])]*[\"”»]?\s*$")


KNOWN_TAGS = (
    UNSEEN
    | BLOCKS
    | {"a", "b", "i", "em", "strong", "span", "img", "small", "button", "label", "input", "cite", "q", "time"}
)
"""Names as the parser writes them, which need no look."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed page: its root element, its address, its encoding, and whether it ends in the middle."""

    root: Element
    url: str
    encoding: str
    is_cut: bool


def read_document(body: bytes, url: str, charset: str | None) -> Document:
    """Parse a page; comments are left out. Raises SourceChanged for more than 2 MB."""
    if len(body) > MAX_BYTES:
        raise SourceChanged(f"{url}: the page has {len(body)} bytes; at most {MAX_BYTES} are read")
    text, encoding = decode_page(body, charset)
    root = parse_html(text)
    for template in list(root.iter("template")):
        # A template that a browser attaches to its element is seen like any other part of the page.
        if template.get("shadowrootmode") in ("open", "closed"):
            template.tag = "div"
    return Document(root=root, url=url, encoding=encoding, is_cut=_is_cut_off(text))


def _is_cut_off(text: str) -> bool:
    """Whether a page that was begun as a whole one stops inside a tag, a script or a sentence."""
    tail = text[-_TAIL:]
    if "</html" in tail.lower() or "</body" in tail.lower() or not _WHOLE.search(text[:_TAIL]):
        return False
    if text.rfind("<") > text.rfind(">"):
        return True
    lower = text.lower()
    if lower.rfind("<script") > lower.rfind("</script"):
        return True
    return not text.rstrip().endswith(">")


def parse_html(text: str) -> Element:
    """The root of an HTML text, whatever its state; an empty page is an empty tree."""
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(text.replace("\x00", "").encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    # lxml answers None for a text without any element, which its stubs do not say.
    return root if root is not None else etree.Element("html")


def script_texts(body: bytes, charset: str | None = None) -> list[tuple[str, str]]:
    """(type in lower case, text) of each script of a page that has a text; raises SourceChanged for more than 2 MB."""
    root = read_document(body, "", charset).root
    return [((e.get("type") or "").strip().lower(), e.text) for e in root.iter("script") if e.text]


def tag_of(element: Element) -> str:
    """The element's name in lower case; empty for what is not an element."""
    tag = element.tag
    return tag if tag in KNOWN_TAGS else tag.lower() if isinstance(tag, str) else ""


def collapse(text: str) -> str:
    """White space collapsed, ends stripped."""
    return " ".join(text.split())


def element_text(element: Element, skip: Callable[[Element], bool] | None = None, *, at_most: int | None = None) -> str:
    """What a visitor reads in an element, on one line; edges of blocks are blanks.

    `skip` names descendants that do not belong to it; `at_most` ends it after so many characters.

    A text that the page cuts ("… View all") and goes on with is whole again: the link's label and the dots at the cut
    are left out, and a part given twice is given once.
    """
    parts: list[list[str]] = [[]]
    length = 0
    for piece in _pieces(element, skip):
        length += len(piece.strip()) if piece and at_most is not None else 0
        if at_most is not None and length > at_most:
            parts[-1].append(piece or "")
            break
        if piece is None:
            parts.append([])
        else:
            parts[-1].append(piece)
    return join_parts([text for part in parts if (text := collapse("".join(part)))])


def _pieces(element: Element, skip: Callable[[Element], bool] | None) -> Iterator[str | None]:
    """Texts in order; None where a "read more" or its dots stand."""
    stack: list[tuple[Element, bool]] = [(element, False)]
    while stack:
        node, leaving = stack.pop()
        if leaving:
            if tag_of(node) in BLOCKS:
                yield " "
            if node is not element and node.tail:
                yield node.tail
            continue
        tag = tag_of(node)
        hidden = node is not element and (not tag or tag in UNSEEN or (skip is not None and skip(node)))
        cut = node is not element and not hidden and is_cut_mark(node)
        if cut:
            yield "…" if _DOTS.fullmatch("".join(map(str, node.itertext()))) else ""
            yield None
        if hidden or cut:
            if node.tail:
                yield node.tail
            continue
        if tag in BLOCKS:
            yield " "
        if node.text:
            yield node.text
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(node))


def is_cut_mark(node: Element) -> bool:
    """Whether an element is only the dots at a cut, or the "read more" that opens the rest."""
    tag = tag_of(node)
    if tag not in ("a", "button", "span", "label", "p", "div", "i", "b", "strong", "em", "small") or len(node) > 3:
        return False
    text = ""
    for piece in node.itertext():
        text += str(piece)
        if len(text) > _MAX_LABEL:
            return False
    return bool(_DOTS.fullmatch(text)) or (tag in ("a", "button", "span", "label") and bool(_TOGGLE.fullmatch(text)))


def join_parts(parts: list[str]) -> str:
    """Parts of a text that a page cuts, as one: the dots at a cut go, a part that is given twice is given once."""
    if not parts:
        return ""
    text = parts[0]
    for part in parts[1:]:
        head = text[:-_MAX_LABEL] + _DOTS_AT_END.sub("", text[-_MAX_LABEL:])
        text = part if head and part.startswith(head) else f"{head} {part}"
    return text
