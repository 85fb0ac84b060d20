"""JSON-LD → items, as pages really write it: https://www.w3.org/TR/json-ld11/, but forgiving.

Each block is tried alone, so that a broken one costs no other. References by ``@id`` hold over all blocks of the page.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from reviews.markup.items import MAX_ITEMS, Found, Item, Value, local_name
from reviews.markup.tree import Document, collapse, tag_of

_TYPE = re.compile(r"\s*application/ld\+json\s*(;.*)?", re.IGNORECASE | re.DOTALL)
_WRAPPING_HEAD = re.compile(r"(?:\s|\ufeff|<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)+")
_WRAPPING_TAIL = re.compile(r"(?:-->|//\s*-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>|//|;)$")
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*+"|/\*|//[^\n]*', re.DOTALL)
_MARKUP = re.compile(r"</?(?:p|br|div|span|a|b|i|em|strong|u|ul|ol|li|h[1-6]|blockquote|font)\b[^<>]{0,500}>", re.I)
_INLINE = re.compile(r"</?(?:span|a|b|i|em|strong|u|font)\b", re.IGNORECASE)
_MAX_DEPTH = 40


def read_jsonld(document: Document) -> Found:
    """All items of the page's JSON-LD blocks."""
    blocks: list[tuple[str, Any]] = []
    lines: list[str] = []
    count = 0
    for script in document.root.iter("script"):
        if tag_of(script) != "script" or not _TYPE.fullmatch(script.get("type") or ""):
            continue
        count += 1
        name = f"JSON-LD block {count}"
        try:
            blocks.extend((name, value) for value in parse_block(script.text or ""))
        except (ValueError, RecursionError) as error:
            lines.append(f"{name}: broken, left out ({str(error)[:120]})")
    builder = _Builder(blocks)
    items = tuple(builder.build_all())
    if count:
        lines.insert(0, f"JSON-LD: {count} blocks, {len(items)} items at their top")
    if builder.budget <= 0:
        lines.append("JSON-LD: more values than any page needs; the rest was left out")
    return Found(items=items, diagnostics=tuple(lines))


def parse_block(text: str) -> list[Any]:
    """The JSON values of one block, numbers as they are written; raises ValueError when no repair helps."""
    cleaned = _unwrap(text)
    if not cleaned:
        return []
    try:
        return _decode(cleaned)
    except ValueError as error:
        first_error = error
    for repaired in _repairs(cleaned):
        try:
            return _decode(repaired)
        except ValueError:
            continue
    raise first_error


def _unwrap(text: str) -> str:
    """The block without what pages wrap around it: CDATA, comment marks, a semicolon at the end."""
    found = _WRAPPING_HEAD.match(text)
    text = text[found.end() :] if found else text
    while True:
        text = text.rstrip(" \t\r\n\ufeff")
        found = _WRAPPING_TAIL.search(text, max(0, len(text) - 40))
        if not found:
            return text
        text = text[: found.start()]


def _without_comments(text: str) -> str:
    """JSON without the comments of JavaScript; strings stay as they are."""
    parts, at = [], 0
    while found := _STRING_OR_COMMENT.search(text, at):
        if found.group().startswith('"'):
            parts.append(text[at : found.end()])
            at = found.end()
            continue
        parts.append(text[at : found.start()])
        at = text.find("*/", found.end()) + 2 if found.group() == "/*" else found.end()
        if at < found.end():
            return "".join(parts)
    return "".join(parts) + text[at:]


def _repairs(text: str) -> Iterator[str]:
    """Ever bolder repairs, each on top of the one before."""
    text = _TRAILING_COMMA.sub("", _without_comments(text))
    yield text
    if "&quot;" in text:
        yield html.unescape(text)
    yield re.sub(r'\\(?!["\\/bfnrtu])', r"\\\\", text)


def _decode(text: str) -> list[Any]:
    """One value, or several one after the other (some plug-ins write a block that way)."""
    # Numbers stay as written: 4.60 is not 4.6, and a count of 5,000 digits must not be turned into an int.
    decoder = json.JSONDecoder(strict=False, parse_float=str, parse_int=str, parse_constant=lambda _: None)
    values, at = [], 0
    text = text.strip()
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        values.append(value)
        rest = text[at:].lstrip(" \t\r\n,;")
        at = len(text) - len(rest)
        if rest and rest[0] not in "{[":
            raise ValueError(f"unexpected text after the value: {rest[:30]!r}")
    return values


class _Builder:
    """Turns decoded blocks into items; references become the item they mean, a cycle ends in a stub with its id."""

    def __init__(self, blocks: list[tuple[str, Any]]) -> None:
        self.blocks = blocks
        self.budget = MAX_ITEMS
        self.named: dict[str, list[dict[str, Any]]] = {}
        self.done: dict[str, Item] = {}
        self.open: set[str] = set()
        self.group = ""
        for _, block in blocks:
            self._index(block)

    def _index(self, block: Any) -> None:
        stack, left = [block], MAX_ITEMS * 5
        while stack and left:
            left -= 1
            node = stack.pop()
            if isinstance(node, dict):
                name = node.get("@id")
                if isinstance(name, str) and len(node) > 1:
                    self.named.setdefault(name, []).append(node)
                stack.extend(node.values())
            elif isinstance(node, list):
                stack.extend(node)

    def build_all(self) -> Iterator[Item]:
        for group, block in self.blocks:
            self.group = group
            for node in _nodes(block):
                if isinstance(node, dict) and (item := self._item(node, 0)) is not None:
                    yield item

    def _item(self, node: dict[str, Any], depth: int) -> Item | None:
        if self.budget <= 0 or depth > _MAX_DEPTH:
            return None
        self.budget -= 1
        name = node.get("@id")
        if not isinstance(name, str) or name not in self.named:
            return self._new(node, None, depth)
        if name in self.done:
            return self.done[name]
        if name in self.open:
            return Item(id=name, syntax="json-ld", group=self.group)
        self.open.add(name)
        whole: dict[str, Any] = {}
        for part in self.named[name]:
            for key, value in part.items():
                whole.setdefault(key, value)
        self.done[name] = self._new(whole, name, depth)
        self.open.discard(name)
        return self.done[name]

    def _new(self, node: dict[str, Any], name: str | None, depth: int) -> Item:
        properties: dict[str, list[Value]] = {}
        for key, value in node.items():
            if key.startswith("@") and key != "@value":
                continue
            values = self._values(value, depth + 1)
            if values:
                properties.setdefault(local_name(key).lower(), []).extend(values)
        if isinstance(reverse := node.get("@reverse"), dict):
            reviews = [v for v in self._values(reverse.get("itemReviewed"), depth + 1) if isinstance(v, Item)]
            properties.setdefault("review", []).extend(reviews)
        types = node.get("@type", node.get("type"))
        return Item(
            types=tuple(local_name(t) for t in (types if isinstance(types, list) else [types]) if isinstance(t, str)),
            properties={key: tuple(values) for key, values in properties.items() if values},
            id=name,
            syntax="json-ld",
            group=self.group,
        )

    def _values(self, value: Any, depth: int) -> list[Value]:
        """A property's values in one flat list, however deep the lists are."""
        found: list[Value] = []
        stack, left = [value], MAX_ITEMS
        while stack and left:
            left -= 1
            inner = stack.pop()
            if isinstance(inner, list):
                stack.extend(reversed(inner))
            elif isinstance(inner, dict):
                if isinstance(members := inner.get("@list", inner.get("@set")), list):
                    stack.extend(reversed(members))
                elif isinstance(scalar := inner.get("@value"), (str, bool)):
                    found.append(plain_text(str(scalar)))
                elif (item := self._item(inner, depth)) is not None:
                    found.append(item)
            elif isinstance(inner, str) and inner.strip():
                found.append(plain_text(inner))
            elif isinstance(inner, bool):
                found.append(str(inner).lower())
        return found


def _nodes(block: Any) -> Iterator[Any]:
    """The nodes at the top of a block: of an object, of lists in lists, of ``@graph``."""
    stack, left = [block], MAX_ITEMS
    while stack and left:
        left -= 1
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(reversed(node))
        elif isinstance(node, dict):
            if isinstance(graph := node.get("@graph"), (list, dict)):
                stack.append(graph)
                if "@type" not in node:
                    continue
            yield node


def plain_text(text: str) -> str:
    """A string of JSON-LD as a visitor would read it: tags removed, entities decoded once, white space collapsed."""
    if "<" in text:
        text = _MARKUP.sub(lambda found: "" if _INLINE.match(found.group()) else " ", text)
    if "&" in text:
        text = html.unescape(text)
    return collapse(text)
