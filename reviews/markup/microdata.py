"""Microdata and RDFa → items: attributes that say of elements what they mean.

After https://html.spec.whatwg.org/multipage/microdata.html and https://www.w3.org/TR/rdfa-lite/, and what pages make of
them. RDFa is read as far as its Lite profile goes: ``typeof`` opens an item, ``property`` names a value of it.

Beyond the standard: a ``content`` attribute counts on any element; an ``itemscope`` with ``itemprop`` but without an
item around it is an item of its own; a count nested in a rating value ("4.9/5") is the best value, not a count.
"""

import re
from dataclasses import dataclass
from itertools import islice

from reviews.markup.items import MAX_ITEMS, Found, Item, Value, local_name
from reviews.markup.tree import BLOCKS, Document, Element, collapse, element_text, tag_of
from reviews.markup.visible.words import REPLY_START

_LINKS = {
    "a": "href", "area": "href", "link": "href", "img": "src", "audio": "src", "embed": "src", "iframe": "src",
    "source": "src", "track": "src", "video": "src", "object": "data",
}  # fmt: skip
_ADDRESS_PROPERTIES = frozenset({"url", "sameas", "image", "logo", "photo", "mainentityofpage", "item", "thumbnailurl"})
_REPLY = re.compile(r"(?:^|[\s_-])(?:reply|replies|response|responses|answer)(?:$|[\s_-])", re.I)
_MAX_DEPTH = 40
_MAX_STEPS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Syntax:
    """The names of the attributes."""

    name: str
    scope: str
    types: str
    property: str
    ids: tuple[str, ...]
    refs: str = ""


_MICRODATA = _Syntax(
    name="microdata", scope="itemscope", types="itemtype", property="itemprop", ids=("itemid", "id"), refs="itemref"
)
_RDFA = _Syntax(name="rdfa", scope="typeof", types="typeof", property="property", ids=("resource", "about"))


def read_microdata(document: Document) -> Found:
    """All items of the page's microdata."""
    return _read(document, _MICRODATA)


def read_rdfa(document: Document) -> Found:
    """All items of the page's RDFa Lite."""
    return _read(document, _RDFA)


def _read(document: Document, syntax: _Syntax) -> Found:
    scopes = [e for e in document.root.iterfind(f".//*[@{syntax.scope}]") if not _in_template(e)]
    if document.root.get(syntax.scope) is not None:
        scopes.insert(0, document.root)
    if not scopes:
        return Found()
    builder = _Builder(document, syntax)
    items = [item for scope in scopes if (item := builder.build_top(scope)) is not None]
    lines = [f"{syntax.name}: {len(items)} items at their top", *builder.lines]
    if builder.budget <= 0:
        lines.append(f"{syntax.name}: more values than any page needs; the rest was left out")
    return Found(items=tuple(items), diagnostics=tuple(lines))


def is_reply(element: Element) -> bool:
    """Whether an element inside a review is the owner's answer, by its class, its id or its first words."""
    if any(_REPLY.search((element.get(name) or "")[:200]) for name in ("class", "id", "itemprop")):
        return True
    return tag_of(element) in BLOCKS and bool(REPLY_START.match(_opening(element)))


def _opening(element: Element) -> str:
    """The first words in an element."""
    for text in islice(element.itertext(), 4):
        if str(text).strip():
            return str(text).strip()[:80]
    return ""


def _in_template(element: Element) -> bool:
    return any(tag_of(parent) == "template" for parent in element.iterancestors("template"))


class _Builder:
    def __init__(self, document: Document, syntax: _Syntax) -> None:
        self.syntax = syntax
        self.budget = MAX_ITEMS
        self.steps = _MAX_STEPS
        self.lines: list[str] = []
        self.used: set[Element] = set()
        self.by_id: dict[str, Element] = {}
        for element in document.root.iterfind(".//*[@id]"):
            self.by_id.setdefault(element.get("id") or "", element)

    def build_top(self, scope: Element) -> Item | None:
        """The item of a scope that no other item has taken; scopes come in page order, so parents come first."""
        return None if scope in self.used else self._item(scope, 0)

    def _item(self, scope: Element, depth: int) -> Item | None:
        if self.budget <= 0 or depth > _MAX_DEPTH or scope in self.used:
            return None
        self.used.add(scope)
        properties: dict[str, list[Value]] = {}
        for element in self._property_elements(scope):
            self.budget -= 1
            names = [local_name(name).lower() for name in self._names(element).split()]
            value: Value | None
            if element.get(self.syntax.scope) is not None:
                value = self._item(element, depth + 1)
            else:
                value = self._value(element, names)
            if value is None or value == "":
                continue
            for name in _meant_names(element, names, self.syntax):
                properties.setdefault(name, []).append(value)
        return Item(
            types=tuple(local_name(name) for name in (scope.get(self.syntax.types) or "").split()),
            properties={name: tuple(values) for name, values in properties.items()},
            id=next((found for key in self.syntax.ids if (found := scope.get(key))), None),
            syntax=self.syntax.name,
            group=self.syntax.name,
            text=element_text(scope, is_reply) if _wants_text(scope.get(self.syntax.types)) and len(scope) < 50 else "",
        )

    def _property_elements(self, scope: Element) -> list[Element]:
        """Elements with a property that belong to this item, in page order, those of itemref after its own."""
        roots = [scope]
        for name in (scope.get(self.syntax.refs) or "").split() if self.syntax.refs else ():
            if (referred := self.by_id.get(name)) is not None:
                roots.append(referred)
            else:
                self.lines.append(f"microdata: itemref names {name!r}, which is not on the page")
        found: list[Element] = []
        seen = {scope}
        for root in roots:
            stack = list(reversed(root)) if root is scope else [root]
            while stack and self.steps > 0:
                self.steps -= 1
                element = stack.pop()
                tag = tag_of(element)
                if not tag or tag == "template" or element in seen:
                    continue
                seen.add(element)
                if self._names(element):
                    found.append(element)
                if element.get(self.syntax.scope) is None:
                    stack.extend(reversed(element))
        return found

    def _names(self, element: Element) -> str:
        """The properties that an element is a value of. RDFa 1.0 names things by ``rel``, on or above them."""
        names = element.get(self.syntax.property) or ""
        if names or self.syntax.name != "rdfa" or element.get("typeof") is None:
            return names
        parent = element.getparent()
        rel = element.get("rel") or (parent.get("rel") if parent is not None else None) or ""
        return " ".join(name for name in rel.split() if ":" in name)

    def _value(self, element: Element, names: list[str]) -> str:
        """A property's value: attributes that are made for machines before the text that is seen."""
        tag = tag_of(element)
        if (content := element.get("content")) is not None:
            return collapse(content)
        if tag == "time" and element.get("datetime"):
            return collapse(element.get("datetime") or "")
        if tag in ("data", "meter", "progress") and element.get("value"):
            return collapse(element.get("value") or "")
        link = element.get(_LINKS[tag]) if tag in _LINKS else None
        if link and (tag != "a" or not _ADDRESS_PROPERTIES.isdisjoint(names)):
            is_text = tag == "img" and _ADDRESS_PROPERTIES.isdisjoint(names)
            return collapse(element.get("alt") or element.get("title") or "") if is_text else collapse(link)
        if tag == "abbr" and element.get("title"):
            return collapse(element.get("title") or "")
        is_number = "ratingvalue" in names
        text = element_text(
            element,
            lambda inner: (
                inner.get(self.syntax.scope) is not None
                or (is_number and inner.get(self.syntax.property) is not None)
                or is_reply(inner)
            ),
        )
        text = text.rstrip("/ ") if is_number else text
        return text or collapse(element.get("alt") or element.get("title") or "")


def _meant_names(element: Element, names: list[str], syntax: _Syntax) -> list[str]:
    """The names of a property, corrected where the structure contradicts them."""
    counts = {"reviewcount", "ratingcount"}
    if counts.isdisjoint(names):
        return names
    if _text_before(element).endswith("/"):
        return [*(name for name in names if name not in counts), "bestrating"]
    for parent in element.iterancestors():
        if parent.get(syntax.scope) is not None:
            break
        if "ratingvalue" in (parent.get(syntax.property) or "").lower().split():
            return [*(name for name in names if name not in counts), "bestrating"]
    return names


def _text_before(element: Element) -> str:
    """What stands directly before an element within its parent."""
    before, parent = element.getprevious(), element.getparent()
    if before is None:
        return (parent.text or "").strip() if parent is not None else ""
    return (before.tail or "").strip() or "".join(map(str, before.itertext())).strip()


def _wants_text(types: str | None) -> bool:
    """The seen text is kept for small things only: a rating written as words, a person's name beside a wrong one."""
    return (types or "").lower().endswith(("rating", "person", "organization"))
