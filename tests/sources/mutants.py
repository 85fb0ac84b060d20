"""Golden pages changed a little, as sites change, and a judge of what is read from them then.

``python -m tests.sources.mutants --each 500`` changes every golden page in 500 ways and tells what came out; the suite
does the same with a few. A value is wrong when the page, as it is now, does not say it of that review.
"""

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from lxml import html
from lxml.html import HtmlElement

from reviews.errors import ReviewsError
from reviews.markup import parse_page
from reviews.markup.tree import BLOCKS
from reviews.model import ParsedPage, RawReview
from reviews.normalize.ratings import RatingRefused, normalize_rating, normalize_total

GOLDEN = Path(__file__).parent / "golden" / "web_page"
URL = "https://clinic.example.org/reviews"
PAGES = sorted(GOLDEN.glob("*.html"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A page after a change: the way, the bytes, and what was taken away (`lost`, as HTML or JSON)."""

    way: str
    body: bytes
    lost: str = ""


Way = Callable[[HtmlElement, random.Random], str | None]


# ---------------------------------------------------------------- ways to change a page
def _elements(root: HtmlElement) -> list[HtmlElement]:
    return [e for e in root.iter() if isinstance(e.tag, str) and e.tag not in ("html", "head", "body", "meta")]


def _source(element: HtmlElement) -> str:
    return html.tostring(element, encoding="unicode", with_tail=False)


def rename_class(root: HtmlElement, chance: random.Random) -> str | None:
    """One class attribute is another everywhere, as after a new theme."""
    names = sorted({e.get("class") for e in _elements(root) if e.get("class")})
    if not names:
        return None
    old, new = chance.choice(names), f"x{chance.randrange(16**6):06x}"
    for element in _elements(root):
        if element.get("class") == old:
            element.set("class", new)
    return ""


def drop_attribute(root: HtmlElement, chance: random.Random) -> str | None:
    """One attribute of one element is gone."""
    holders = [e for e in _elements(root) if e.attrib]
    if not holders:
        return None
    holder = chance.choice(holders)
    name = chance.choice(sorted(holder.attrib))
    value = holder.attrib.pop(name)
    return f'<{holder.tag} {name}="{value}">'


def drop_attribute_everywhere(root: HtmlElement, chance: random.Random) -> str | None:
    """All classes, or all values of another attribute, are gone."""
    names = sorted({name for e in _elements(root) for name in e.attrib})
    if not names:
        return None
    name = chance.choice(names)
    values = {e.attrib.pop(name) for e in _elements(root) if name in e.attrib}
    # Classes are names; what another attribute says is said no more.
    return f"every {name}" if name == "class" else f"every {name}: {' '.join(sorted(values))}"


def wrap(root: HtmlElement, chance: random.Random) -> str | None:
    """One element stands in a wrapper."""
    element = chance.choice(_elements(root))
    parent = element.getparent()
    if parent is None or element.tag in (
        "title",
        "script",
        "tr",
        "td",
        "th",
        "tbody",
        "thead",
        "li",
        "dt",
        "dd",
        "base",
    ):
        return None
    outer = html.Element(
        "div" if element.tag in ("div", "section", "p", "figure", "article", "ul", "table") else "span"
    )
    outer.tail, element.tail = element.tail, None
    parent.replace(element, outer)
    outer.append(element)
    return ""


def unwrap(root: HtmlElement, chance: random.Random) -> str | None:
    """One block around blocks is gone, its contents stay."""
    chosen = [e for e in _elements(root) if e.tag in ("div", "section") and e.getparent() is not None and len(e)]
    chosen = [e for e in chosen if not (e.text or "").strip() and all(inner.tag in BLOCKS for inner in e)]
    if not chosen:
        return None
    chance.choice(chosen).drop_tag()
    return ""


def drop_node(root: HtmlElement, chance: random.Random) -> str | None:
    """One element is gone with all that is in it."""
    element = chance.choice(_elements(root))
    lost = _source(element)
    element.drop_tree()
    return lost


def double_node(root: HtmlElement, chance: random.Random) -> str | None:
    """One block stands twice."""
    blocks = [
        e for e in _elements(root) if e.tag in ("div", "li", "article", "section", "figure", "blockquote", "script")
    ]
    chosen = chance.choice(blocks) if blocks else None
    parent = chosen.getparent() if chosen is not None else None
    if chosen is None or parent is None:
        return None
    parent.insert(parent.index(chosen), html.fromstring(_source(chosen)))
    return ""


def nest(root: HtmlElement, chance: random.Random) -> str | None:
    """One block fell into the one before it, as where an end tag is forgotten."""
    blocks = [
        e for e in _elements(root) if e.tag in ("div", "article", "section", "li") and e.getprevious() is not None
    ]
    blocks = [e for e in blocks if e.getprevious().tag == e.tag]
    if not blocks:
        return None
    chosen = chance.choice(blocks)
    chosen.getprevious().append(chosen)
    return "nested"


def swap(root: HtmlElement, chance: random.Random) -> str | None:
    """Two neighbours of one kind change places."""
    blocks = [e for e in _elements(root) if e.getprevious() is not None and e.getprevious().tag == e.tag]
    blocks = [e for e in blocks if e.get("class") == e.getprevious().get("class") and len(e) > 1]
    if not blocks:
        return None
    chosen = chance.choice(blocks)
    tail, chosen.tail = chosen.tail, None
    before = chosen.getprevious()
    before.addprevious(chosen)
    before.tail = tail
    return ""


def change_json(root: HtmlElement, chance: random.Random) -> str | None:
    """One key of the page's JSON-LD is gone, misspelt, null, a list, or stands beside junk."""
    scripts = [e for e in root.iter("script") if "json" in (e.get("type") or "")]
    if not scripts:
        return None
    script = chance.choice(scripts)
    try:
        data = json.loads(script.text or "", strict=False)
    except ValueError:
        return None
    holders: list[dict[str, Any]] = []
    stack: list[Any] = [data]
    while stack:
        node = stack.pop()
        if isinstance(node, dict) and node:
            holders.append(node)
        stack.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
    if not holders:
        return None
    holder = chance.choice(holders)
    key = chance.choice(sorted(holder))
    lost = json.dumps({key: holder[key]}, ensure_ascii=False)
    way = chance.randrange(5)
    if way == 0:
        del holder[key]
    elif way == 1:
        holder[f"x{key}"] = holder.pop(key)
    elif way == 2:
        holder[key] = None
    elif way == 3:
        holder[key] = [holder[key]]
        lost = ""
    else:
        holder["x"] = {"deep": [[{"y": []}]]}
        lost = ""
    script.text = json.dumps(data, ensure_ascii=False)
    return lost


WAYS: dict[str, Way] = {
    "rename class": rename_class, "drop attribute": drop_attribute, "drop everywhere": drop_attribute_everywhere,
    "wrap": wrap, "unwrap": unwrap, "drop node": drop_node, "double node": double_node, "nest": nest, "swap": swap,
    "change JSON": change_json,
}  # fmt: skip
BYTE_WAYS = ("truncate", "space", "re-encode")


def mutate(body: bytes, chance: random.Random) -> Mutant | None:
    """The page changed in one way; None where it has no place for that way."""
    way = chance.choice((*WAYS, *BYTE_WAYS))
    if way == "truncate":
        cut = chance.randrange(len(body) // 3, len(body))
        return Mutant(way=way, body=body[:cut], lost=body[cut:].decode("utf-8", "replace"))
    if way == "space":
        return Mutant(way=way, body=re.sub(rb">\s*\n\s*<", b">\r\n\t <", body))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if way == "re-encode":
        return Mutant(way=way, body=text.encode("utf-16"))
    root = html.fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    lost = WAYS[way](root, chance)
    if lost is None:
        return None
    return Mutant(way=way, body=html.tostring(root, doctype="<!doctype html>", encoding="utf-8"), lost=lost)


# ---------------------------------------------------------------- the judge
_DRAWN = re.compile(
    r"star|rating|rated|score|value|best|worst|★|☆|⭐|<svg|<path|<i\b|<img|icon|width|\bfill\b|data-|\d ?/ ?\d",
    re.IGNORECASE,
)
_STAR = re.compile(r"<(?:img|i|svg|span|use|path)\b[^>]*\bstar|[★☆⭐]", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LETTERS = re.compile(r"[\W_]+")


def key(text: str | None) -> str:
    """A text for comparing: letters and digits."""
    return _LETTERS.sub("", text or "").casefold()


def faults(before: ParsedPage, after: ParsedPage, mutant: Mutant) -> Iterator[str]:
    """What is said after the change, without a diagnostic that refuses it, that the page does not say."""
    seen: Counter[tuple[str, str]] = Counter()
    for place, review in enumerate(after.reviews):
        # A page that ends early has lost nothing of what stands before its last review.
        taken = replace(mutant, lost="") if mutant.way == "truncate" and place + 1 < len(after.reviews) else mutant
        old = _same(before, review)
        if old is None:
            if not _is_part_of(before, review, mutant):
                yield f"review nobody wrote: {review.author!r}, {review.text!r}"
            continue
        if review.text:
            seen[key(review.text), key(review.author)] += 1
        yield from _changes(before, old, review, taken)
    known = Counter((key(review.text), key(review.author)) for review in before.reviews if review.text)
    for pair, count in seen.items():
        if known[pair] and count > known[pair]:
            yield f"counted {count} times: {pair}"
    yield from _totals(before, after, mutant)


def _same(before: ParsedPage, review: RawReview) -> RawReview | None:
    if not review.text:
        same = [r for r in before.reviews if key(r.author) == key(review.author)]
        return next((r for r in same if _rating(r) == _rating(review)), same[0] if same else None)
    same = [r for r in before.reviews if key(r.text) == key(review.text)]
    return next((r for r in same if key(r.author) == key(review.author)), same[0] if same else None)


def _is_part_of(before: ParsedPage, review: RawReview, mutant: Mutant) -> bool:
    """Whether what is read is what is left of a review whose other parts are lost."""
    text = key(review.text)
    if text and any(text in key(r.text) for r in before.reviews):
        return bool(mutant.lost)
    # A part was doubled, or lost, within the text: the page now says it so.
    words = re.findall(r"\w+", (review.text or "").casefold())
    for old in before.reviews:
        known = re.findall(r"\w+", (old.text or "").casefold())
        if mutant.way in ("double node", "drop node") and known and _is_row_of(words, known, mutant.way):
            return True
    # What parted two texts is lost: the page now gives them as one.
    if mutant.way == "drop node" and any(text == key(a.text) + key(b.text) for a, b in pairwise(before.reviews)):
        return True
    # Where the class that told an answer from the text is lost, nothing on the page parts them any more.
    is_unnamed = mutant.way in ("rename class", "drop everywhere") or mutant.lost.startswith("<")
    if is_unnamed and any(r.reply and text == key(r.text) + key(r.reply.text) for r in before.reviews):
        return True
    # A text was lost whole: its title, or the text of the whole item, speaks for it.
    titles = {key(r.title) for r in before.reviews if r.title}
    return bool(mutant.lost) and (text in titles or not text)


def _is_row_of(words: list[str], known: list[str], way: str) -> bool:
    """Whether the words are the known ones with some left out, or are all of them with some twice."""
    if way == "double node":
        return len(words) > len(known) and set(words) == set(known)
    left = iter(known)
    return bool(words) and all(word in left for word in words)


def _changes(before: ParsedPage, old: RawReview, new: RawReview, mutant: Mutant) -> Iterator[str]:
    others = {key(review.author) for review in before.reviews if review is not old}
    if old.author and new.author and key(old.author) != key(new.author):
        # Where the name is gone, what stands in its place is what the page now says; another's name it is not.
        is_gone = old.author in mutant.lost or key(old.author) in key(mutant.lost)
        is_part = key(new.author) in key(old.author) or key(old.author) in key(new.author)
        if key(new.author) in others or not ((is_gone or is_part) and mutant.lost):
            yield f"author {old.author!r} → {new.author!r}"
    if None not in (_rating(old), _rating(new)) and _rating(old) != _rating(new) and not _DRAWN.search(mutant.lost):
        yield f"rating {_rating(old)} → {_rating(new)}"
    if old.date and new.date and old.date[:10] != new.date[:10] and not _is_lost(old.date, mutant.lost):
        yield f"date {old.date} → {new.date}"


def _is_lost(date: str, lost: str) -> bool:
    """Whether a part of a date, or all of it written without dashes, is gone: then the page may say it otherwise."""
    return bool(_numbers(date) & _numbers(lost)) or date[:10].replace("-", "") in lost


def _numbers(text: str) -> set[str]:
    found = _NUMBER.findall(text.replace("-", " ").replace("T", " "))
    return {*found, *(number.replace(",", ".") for number in found), *(re.sub("[.,]", "", number) for number in found)}


def _rating(review: RawReview) -> float | None:
    """The stars; None for what normalizing refuses and names: no number, or one above its scale."""
    try:
        found = normalize_rating(review.rating, assume_best=5) if review.rating else None
    except RatingRefused:
        return None
    return found.stars100 / 100 if found and found.stars100 is not None else None


def _totals(before: ParsedPage, after: ParsedPage, mutant: Mutant) -> Iterator[str]:
    def said(page: ParsedPage) -> set[tuple[str, ...]]:
        found = [normalize_total(total, page.language, assume_best=5) for total in page.totals]
        told = {tuple(str(part or "") for part in (t.average, t.rating_count, t.review_count)) for t in found}
        return told - {("", "", "")}

    known = said(before)
    for total in said(after) - known:
        is_less = any(all(not a or a == b for a, b in zip(total, old, strict=True)) for old in known)
        # Where one of the drawn stars is lost, fewer are drawn, and no row says that it had one more.
        is_redrawn = any(old[1:] == total[1:] for old in known) and _STAR.search(mutant.lost)
        # Where a part is lost, what the page says in its place is what it says now.
        is_lost = {part for old in known for part in old if part} & _numbers(mutant.lost)
        if not (is_less or is_redrawn or is_lost):
            yield f"total {total}, not among {known}"


@dataclass(slots=True)
class Outcome:
    """What came of the mutants of one page."""

    same: int = 0
    fewer: int = 0
    refused: int = 0
    wrong: int = 0


def try_page(path: Path, each: int, first: int = 0) -> tuple[Outcome, list[str]]:
    """Change one page `each` times and judge what is read."""
    body = path.read_bytes()
    before = parse_page(body, URL, None)
    outcome, told = Outcome(), []
    known: dict[Mutant, tuple[str, list[str]]] = {}
    for number in range(first, first + each):
        mutant = mutate(body, random.Random(f"{path.name} {number}"))
        if mutant is None:
            outcome.same += 1
            continue
        if mutant not in known:  # a small page has fewer mutants than are asked for
            known[mutant] = _judge(before, mutant)
        name, found = known[mutant]
        setattr(outcome, name, getattr(outcome, name) + 1)
        told += [f"{path.name} {number} {mutant.way}: {fault}" for fault in found]
    return outcome, told


def _judge(before: ParsedPage, mutant: Mutant) -> tuple[str, list[str]]:
    """What came of one mutant, as a field of `Outcome`, and what is wrong with it."""
    try:
        after = parse_page(mutant.body, URL, None)
    except ReviewsError:
        return "refused", []
    if after.barrier or after.needs_script:
        return "refused", []
    if found := list(faults(before, after, mutant)):
        return "wrong", found
    is_same = after.reviews == before.reviews and after.totals == before.totals
    return "same" if is_same else "fewer", []


def main() -> None:
    """Try every golden page, or those whose name holds a word, and tell what came out."""
    parser = argparse.ArgumentParser(prog="python -m tests.sources.mutants", description=main.__doc__)
    parser.add_argument("--each", type=int, default=500, help="mutants of each page (500)")
    parser.add_argument("--page", default="", help="only pages whose file name holds this")
    options = parser.parse_args()
    sums: Counter[str] = Counter()
    for path in PAGES:
        if options.page not in path.name:
            continue
        outcome, told = try_page(path, options.each)
        for name in ("same", "fewer", "refused", "wrong"):
            sums[name] += getattr(outcome, name)
        sys.stdout.write("".join(f"{line}\n" for line in told))
        sys.stdout.flush()
    sys.stdout.write(json.dumps({"mutants": sum(sums.values()), **sums}) + "\n")


if __name__ == "__main__":
    main()
