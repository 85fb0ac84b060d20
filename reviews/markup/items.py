"""Items: what every syntax is read into, so that their meaning is judged in one place (`schema_org.py`).

A reader (`jsonld.py`, `microdata.py`, …) is a function ``(Document) -> Found``. Names of types and properties are the
last part of their address; those of properties in lower case, for pages write `ReviewRating` and `reviewrating`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Value: TypeAlias = "str | Item"

MAX_ITEMS = 20_000
"""Items and values that one page may make; beyond it a page is no page."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Item:
    """One thing with its properties in page order. `group` names the block it stands in, `text` what is seen of it."""

    types: tuple[str, ...] = ()
    properties: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    id: str | None = None
    syntax: str = ""
    group: str = ""
    text: str = ""

    def values(self, *names: str) -> tuple[Value, ...]:
        """The values of the first of these properties that has any."""
        for name in names:
            if found := self.properties.get(name):
                return found
        return ()

    def has_type(self, names: frozenset[str]) -> bool:
        """Whether one of its types is among these (lower case)."""
        return any(name.lower() in names for name in self.types)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one reader found: items in page order, and lines about what was broken or left out."""

    items: tuple[Item, ...] = ()
    diagnostics: tuple[str, ...] = ()


_NAME = re.compile(r"[^/#:?]*$")


def local_name(name: str) -> str:
    """``https://schema.org/Review`` or ``schema:Review`` → ``Review``."""
    found = _NAME.search(name.strip().rstrip("/#"))
    return found.group() if found else ""


def walk(items: Iterable[Item]) -> Iterator[tuple[Item, Item | None, str]]:
    """Each item once, in page order, with the item and the property that hold it; children follow their parent."""
    seen: set[int] = set()
    stack: list[tuple[Item, Item | None, str]] = [(item, None, "") for item in reversed(list(items))]
    while stack:
        item, parent, name = stack.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        yield item, parent, name
        children = [(v, item, key) for key, values in item.properties.items() for v in values if isinstance(v, Item)]
        stack.extend(reversed(children))


def first_text(item: Item, *names: str) -> str | None:
    """The first text among these properties in order; of an item its name or value; None if there is none."""
    for name in names:
        for value in item.properties.get(name, ()):
            text = text_of(value)
            if text:
                return text
    return None


def text_of(value: Value) -> str | None:
    """A value as text: itself, or an item's name."""
    if isinstance(value, str):
        return value.strip() or None
    for name in ("name", "legalname", "value", "@value", "text", "alternatename", "fn"):
        for inner in value.properties.get(name, ()):
            if isinstance(inner, str) and inner.strip():
                return inner.strip()
    given = [v for n in ("givenname", "familyname") for v in value.properties.get(n, ()) if isinstance(v, str)]
    return " ".join(given).strip() or value.text or None
