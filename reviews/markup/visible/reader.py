"""The reader of what a page only shows: reviews in blocks, else in a flat row; and totals in words."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from reviews.markup.items import Found, Item, Value
from reviews.markup.tree import Document, Element, collapse, tag_of
from reviews.markup.visible.blocks import Group, find_groups, is_own_voice, weigh
from reviews.markup.visible.pieces import HEADINGS, Piece
from reviews.markup.visible.record import Record
from reviews.markup.visible.scene import Scene, prepare
from reviews.markup.visible.segments import read_segments
from reviews.markup.visible.totals import find_totals
from reviews.markup.visible.words import REVIEW_PHRASE, announces

MAX_ELEMENTS = 30_000
"""Beyond it only markup is read, so that no page costs more than it may."""
_LETTERS = re.compile(r"[\W_]+")
_IMPRINT = re.compile(r"©|\bcopyright\b|\(c\) ?(?:19|20)\d\d|\ball rights reserved\b", re.IGNORECASE)
"""The line at the foot of a page, behind all that it has to say."""
_CUT = re.compile(r"\s*(?:\.{3}|…)\s*\Z")


def read_visible(document: Document) -> Found:
    """Reviews and totals that a visitor reads and no markup names."""
    if sum(1 for _ in islice(document.root.iter(), MAX_ELEMENTS + 1)) > MAX_ELEMENTS:
        return Found(diagnostics=("visible: the page has too many elements; what it only shows was not read",))
    title = document.root.find(".//title")
    scene = prepare(document.root, collapse("".join(map(str, title.itertext()))) if title is not None else "")
    groups = find_groups(scene)
    taken = {record.element for group in groups for record in group.records if record.element is not None}
    flat = list(_flat_groups(scene, taken))
    records = [record for group in (*groups, *flat) for record in group.records]
    records = _once(_in_order(scene, records))
    graded = sum(_is_grade(scene, record) for record in records)
    records = [replace(record, stars=None) if _is_grade(scene, record) else record for record in records]
    lines = []
    if records:
        lines.append(f"visible: {len(records)} reviews in {len(groups)} kinds of blocks and {len(flat)} rows of text")
    if graded:
        lines.append(f"visible: {graded} ratings are school grades, which are no stars, and were left out")
    totals = find_totals(scene, taken)
    said = {record.element for record in records if record.element is not None}
    around = {outer for element in said for outer in element.iterancestors()}
    dropped = [element for element in scene.left_out if element not in around and not _is_in_any(element, said)]
    for why, count in Counter(scene.left_out[element] for element in dropped).items():
        lines.append(f"visible: {count} blocks left out: {why}")
    if totals:
        lines.append("visible totals: " + "; ".join(_told(total) for total in totals[:10]))
    items = [*(item_of(record, "visible") for record in records), *totals]
    return Found(items=tuple(items), diagnostics=tuple(lines))


def _is_grade(scene: Scene, record: Record) -> bool:
    return scene.is_graded and record.stars is not None and record.stars.is_note


def _told(total: Item) -> str:
    return " ".join(f"{name} {values[0]}" for name, values in total.properties.items())


def _in_order(scene: Scene, records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda r: scene.order.get(r.element, 0) if r.element is not None else len(scene.order))


def _flat_groups(scene: Scene, taken: set[Element]) -> list[Group]:
    """Reviews in the lines below a heading that announces them, where no block was found."""
    if taken:
        return []
    announcing = [(text, e) for _, text, e in scene.leads if announces(text)]
    heads = [(text, e) for text, e in announcing if tag_of(e) in HEADINGS]
    # Old pages have no headings, only large or bold lines.
    heads += [(text, e) for text, e in announcing if _is_loud(e) and len(text) <= 60]
    if not heads:
        return []
    body = scene.root.find("body")
    row = scene.walker.pieces(
        body if body is not None else scene.root, lambda e: e in scene.skipped or tag_of(e) == "footer"
    )
    found = []
    for text, head in heads[:10]:
        part = _below(row, head, text)
        records = [
            record
            for record in read_segments(part)
            if (record.author or record.stars or "quoted" in record.signs) and not is_own_voice(scene, record)
        ]
        context = 3.0 + 1.5 * bool(REVIEW_PHRASE.search(scene.title))
        group = weigh(records, context, is_marked=False, only_comments=False, count=len(records)) if records else None
        if group is not None:
            found.append(group)
            break
    return found


def _is_loud(element: Element) -> bool:
    """Whether a line without a heading's tag is set as one: bold, or in large letters, with nothing beside it."""
    return tag_of(element) in ("center", "font", "b", "strong") and not (element.tail or "").strip()


def _below(row: list[Piece], head: Element, text: str) -> list[Piece]:
    """The pieces between a heading and the next one of its rank that is no name."""
    # What is only wrapped in names of looks is a line of the element around it.
    start = next((at for at, piece in enumerate(row) if _is_of(piece, head) or piece.text == text), -1)
    if start < 0:
        return []
    while start < len(row) and (_is_of(row[start], head) or row[start].text == text):
        start += 1
    rank = int(tag_of(head)[1]) if tag_of(head) in HEADINGS else 6
    end = start
    while end < len(row):
        piece = row[end]
        if (piece.heading and piece.heading <= rank) or _IMPRINT.search(piece.text[:80]):
            break
        end += 1
    return row[start:end]


def _is_of(piece: Piece, outer: Element) -> bool:
    return piece.element is not None and _is_in(piece.element, outer)


def _is_in_any(element: Element, blocks: set[Element]) -> bool:
    return element in blocks or any(outer in blocks for outer in element.iterancestors())


def _is_in(element: Element | None, outer: Element) -> bool:
    while element is not None:
        if element is outer:
            return True
        element = element.getparent()
    return False


def _once(records: list[Record]) -> list[Record]:
    """Each review once: a slider's clones, the short form in a sidebar, a featured copy."""
    kept: list[Record] = []
    keys: list[str] = []
    for record in records:
        key = _LETTERS.sub("", _CUT.sub("", record.text or "")).casefold()
        same = next((at for at, known in enumerate(keys) if _is_same(kept[at], known, record, key)), None)
        if same is None:
            kept.append(record)
            keys.append(key)
            continue
        first, second = kept[same], record
        longer = first.text if len(keys[same]) >= len(key) else second.text
        kept[same] = replace(
            first, text=longer, author=first.author or second.author, stars=first.stars or second.stars,
            date=first.date or second.date, title=first.title or second.title, reply=first.reply or second.reply,
        )  # fmt: skip
        keys[same] = max(keys[same], key, key=len)
    return kept


def _is_same(first: Record, key: str, second: Record, other: str) -> bool:
    if first.author and second.author and first.author.casefold() != second.author.casefold():
        return False
    if first.stars and second.stars and first.stars.value != second.stars.value:
        return False
    if key == other:
        return bool(key) and (len(key) >= 30 or bool(first.author and second.author))
    short, long = sorted((key, other), key=len)
    return len(short) >= 30 and long.startswith(short)


def item_of(record: Record, group: str) -> Item:
    """A record as an item with the properties of schema.org, so that one place judges all syntaxes."""
    properties: dict[str, tuple[Value, ...]] = {}
    if record.author:
        properties["author"] = (record.author,)
    if record.stars:
        rating: dict[str, tuple[Value, ...]] = {"ratingvalue": (record.stars.value,)}
        if record.stars.best:
            rating["bestrating"] = (record.stars.best,)
        properties["reviewrating"] = (Item(types=("Rating",), properties=rating, syntax="visible"),)
    for name, value in (
        ("reviewbody", record.text),
        ("name", record.title),
        ("datepublished", record.date),
        ("ownerreply", record.reply),
    ):
        if value:
            properties[name] = (value,)
    return Item(types=("Review",), properties=properties, syntax="visible", group=group)
