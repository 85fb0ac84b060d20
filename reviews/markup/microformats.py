"""Microformats → items: h-review and hReview, each alone or as an aggregate.

After https://microformats.org/wiki/h-review and https://microformats.org/wiki/hreview, with the value-class pattern.
Classes of the second generation have prefixes (``p-rating``), those of the first have none (``rating``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviews.markup.items import Found, Item, Value
from reviews.markup.microdata import is_reply
from reviews.markup.tree import Document, Element, collapse, element_text, tag_of

_ROOTS = {"h-review": 2, "h-review-aggregate": 2, "hreview": 1, "hreview-aggregate": 1}
_PREFIX = re.compile(r"(?:p|u|dt|e)-")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_TYPES = {"vcard": "Organization", "h-card": "Organization", "h-event": "Event", "h-product": "Product"}
_ADDRESS = {
    "street-address": "streetaddress", "locality": "addresslocality", "region": "addressregion",
    "postal-code": "postalcode", "country-name": "addresscountry",
}  # fmt: skip
_MACHINE_READ = {"title": ("abbr",), "datetime": ("time", "ins", "del"), "value": ("data", "meter", "input")}
_MAX_ROOTS = 2_000
_DATES = ("dtreviewed", "reviewed", "published")


def read_microformats(document: Document) -> Found:
    """All reviews and totals of the page's microformats."""
    items: list[Item] = []
    for element in (document.root, *document.root.iterfind(".//*[@class]")):
        if "review" not in (element.get("class") or ""):
            continue
        classes = _classes(element)
        root = next((name for name in _ROOTS if name in classes), None)
        if root is not None and len(items) < _MAX_ROOTS:
            items.append(_Reader(element, is_new=_ROOTS[root] == 2).read(is_total=root.endswith("aggregate")))
    return Found(items=tuple(items), diagnostics=(f"microformats: {len(items)} items",) if items else ())


def _classes(element: Element) -> list[str]:
    return (element.get("class") or "")[:2_000].lower().split()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one root; `is_new` says that its classes have prefixes."""

    root: Element
    is_new: bool

    def read(self, *, is_total: bool) -> Item:
        properties: dict[str, tuple[Value, ...]] = {}
        rating = self._rating()
        if is_total:
            properties |= rating
            properties |= self._values("ratingcount", "votes") | self._values("reviewcount", "count")
        else:
            if rating:
                properties["reviewrating"] = (Item(types=("Rating",), properties=rating, syntax="microformats"),)
            properties |= self._values("author", "reviewer", "author")
            properties |= self._values("datepublished", *_DATES)
            texts = [text for name in ("content", "description") if (text := self._text(name))]
            titles = [text for name in ("name", "summary") if (text := self._text(name))]
            if texts:
                properties["reviewbody"] = (texts[0],)
            if titles and titles[0] != (texts or [""])[0]:
                properties["name"] = (titles[0],)
            replies = (element_text(element) for element in self.root.iterdescendants() if is_reply(element))
            if reply := next(filter(None, replies), ""):
                properties["ownerreply"] = (reply,)
            properties |= self._values("url", "url") if self.is_new else {}
        if (thing := self._thing()) is not None:
            properties["itemreviewed"] = (thing,)
        return Item(
            types=("AggregateRating" if is_total else "Review",),
            properties=properties,
            syntax="microformats",
            group="microformats",
        )

    def _find(self, *names: str, within: Element | None = None) -> Iterator[Element]:
        """Elements of the root that have one of these properties and belong to no other thing in it."""
        for name in names:
            for element in (self.root if within is None else within).iterdescendants():
                classes = _classes(element)
                found = {_PREFIX.sub("", c, count=1) for c in classes if _PREFIX.match(c)} if self.is_new else classes
                if name in found and self._owns(element, name):
                    yield element

    def _owns(self, element: Element, name: str) -> bool:
        """Whether a property is the root's own, not one of a thing in it; dates are often put beside the reviewer."""
        others = {"item", "p-item", *_ROOTS} | (set() if name in _DATES else {"reviewer", "p-author"})
        for parent in element.iterancestors():
            if parent is self.root:
                return True
            if not others.isdisjoint(_classes(parent)):
                return False
        return False

    def _values(self, target: str, *names: str) -> dict[str, tuple[Value, ...]]:
        for element in self._find(*names):
            inner = (e for e in element.iterdescendants() if not {"fn", "p-name"}.isdisjoint(_classes(e)))
            named = next(inner, element) if target == "author" else element
            if value := _value(named, is_url=target == "url"):
                return {target: (value,)}
        return {}

    def _text(self, name: str) -> str:
        return next((text for e in self._find(name) if (text := element_text(e, is_reply))), "")

    def _rating(self) -> dict[str, tuple[Value, ...]]:
        """Value, best and worst, which may stand in the rating or beside it."""
        found: dict[str, tuple[Value, ...]] = {}
        for target, names in (
            ("ratingvalue", ("average", "rating")),
            ("bestrating", ("best",)),
            ("worstrating", ("worst",)),
        ):
            for element in self._find(*names):
                if value := _value(element):
                    found[target] = (value,)
                    break
        return found if "ratingvalue" in found else {}

    def _thing(self) -> Item | None:
        """What is reviewed, with name, address and telephone."""
        for element in self._all_items():
            classes = _classes(element)
            parts = {name: e for e in (element, *element.iterdescendants()) for name in self._plain(e)}
            named = next((parts[name] for name in ("fn", "name", "org") if name in parts), element)
            name = element_text(named) or collapse(named.get("alt") or named.get("title") or "")
            properties: dict[str, tuple[Value, ...]] = {"name": (name,)} if name else {}
            address = {key: (_value(parts[part]),) for part, key in _ADDRESS.items() if part in parts}
            if address:
                properties["address"] = (Item(types=("PostalAddress",), properties=dict(address)),)
            elif "adr" in parts:
                properties["address"] = (element_text(parts["adr"]),)
            if "tel" in parts:
                properties["telephone"] = (_value(parts["tel"]),)
            url = element.get("href") or (parts["url"].get("href") if "url" in parts else None)
            if url:
                properties["url"] = (url,)
            kinds = {
                kind for c in (classes, *(_classes(e) for e in element)) for name, kind in _TYPES.items() if name in c
            }
            return Item(types=tuple(sorted(kinds)) or ("Thing",), properties=properties, syntax="microformats")
        return None

    def _all_items(self) -> Iterator[Element]:
        wanted = "p-item" if self.is_new else "item"
        for element in self.root.iterdescendants():
            if wanted in _classes(element):
                yield element

    def _plain(self, element: Element) -> list[str]:
        classes = _classes(element)
        return [_PREFIX.sub("", c, count=1) for c in classes if _PREFIX.match(c)] if self.is_new else classes


def _value(element: Element, *, is_url: bool = False) -> str:
    """The value of an element by the value-class pattern: what machines are told before what is seen."""
    for inner in element.iterdescendants():
        if "value-title" in _classes(inner) and inner.get("title"):
            return _as_date(collapse(inner.get("title") or ""))
    values = [inner for inner in element.iterdescendants() if "value" in _classes(inner)]
    if values:
        return " ".join(_value(inner) for inner in values[:5])
    tag = tag_of(element)
    for name, tags in _MACHINE_READ.items():
        if tag in tags and element.get(name):
            return _as_date(collapse(element.get(name) or ""))
    if is_url and element.get("href"):
        return collapse(element.get("href") or "")
    if tag in ("img", "area") and element.get("alt"):
        return collapse(element.get("alt") or "")
    return element_text(element)


def _as_date(text: str) -> str:
    """``20050418`` and ``200502``, which the first generation wrote, as ISO 8601; anything else as it is."""
    found = _COMPACT.fullmatch(text)
    if found is None or not 1 <= int(found.group(2)) <= 12 or not 1990 <= int(found.group(1)) <= 2100:
        return text
    return "-".join(part for part in found.groups() if part)
