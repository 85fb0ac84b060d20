"""Where the reviews of a page stand: blocks that repeat, each with one text, in a part that speaks of reviews."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from reviews.markup.tree import Element, tag_of
from reviews.markup.visible.naming import with_names_above, with_names_beside
from reviews.markup.visible.peers import without_odd_parts, without_other_lists
from reviews.markup.visible.record import Record, read_record
from reviews.markup.visible.scene import Scene, is_announced, lead_before
from reviews.markup.visible.texts import is_sentence
from reviews.markup.visible.words import ASKING, OTHER_PHRASE, REVIEW_PHRASE, announces, shape_of

MIN_CHARS, MAX_CHARS = 12, 9_000
MAX_GROUPS, MAX_RECORDS = 400, 1_500
_BLOCK_TAGS = frozenset({
    "a", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "figure", "form", "li", "main", "ol",
    "p", "q", "section", "span", "table", "tbody", "td", "tr", "ul",
})  # fmt: skip
_SECTIONS = frozenset({"section", "main", "body", "aside", "footer", "article"})
ACCEPT = 5.0
_DOCTOR = re.compile(r"(?:dr|prof|dott|dra|dottssa|med)\b", re.IGNORECASE)


@dataclass(slots=True)
class Group:
    """Blocks of one shape, and the reviews read from them."""

    score: float
    records: list[Record]
    is_marked: bool
    notes: list[str] = field(default_factory=list)


def find_groups(scene: Scene) -> list[Group]:
    """The groups of blocks that are taken for reviews, each block in one group only."""
    shapes: dict[tuple[str, str, str], list[Element]] = defaultdict(list)
    around: dict[Element | None, tuple[str, str]] = {}
    for element in scene.order:
        tag = tag_of(element)
        if tag not in _BLOCK_TAGS or element in scene.skipped or not MIN_CHARS <= scene.chars[element] <= MAX_CHARS:
            continue
        if tag in ("span", "a") and not scene.walker.kinds(element) & {"review"}:
            continue
        parent = _around(element)
        if (outer := around.get(parent)) is None:
            outer = around[parent] = (_shape(parent), _shape(_around(parent)))
        shapes[(_shape(element), *outer)].append(element)
    candidates: list[Group] = []
    told: set[Element] = set()
    for members in shapes.values():
        if len(candidates) > MAX_GROUPS:
            break
        for family in _families(members):
            # Words of a whole review around them cannot be more of one by themselves.
            if told.issuperset(family):
                continue
            if not any(_is_plausible(scene, element, len(members)) for element in family[:3]):
                continue
            group = judge(scene, family[:MAX_RECORDS])
            if group is not None:
                candidates.append(group)
                told.update(r.said for r in group.records if r.said is not None and r.author and r.stars)
    return _without_overlap(scene, candidates)


def _around(element: Element | None) -> Element | None:
    """The parent that means something: wrappers without a name around a single element do not."""
    parent = element.getparent() if element is not None else None
    # Neighbours are asked for, not counted: the length of an element with many children takes its time.
    while parent is not None and element is not None and element.getnext() is None and element.getprevious() is None:
        if parent.get("class") or tag_of(parent) not in ("div", "span"):
            break
        element, parent = parent, parent.getparent()
    return parent


def _families(members: list[Element]) -> list[list[Element]]:
    """Members under one announcement stay together; those far apart in the page are judged apart."""
    by_section: dict[object, list[Element]] = defaultdict(list)
    known: dict[Element | None, Element | None] = {}
    for element in members:
        parent = element.getparent()
        if parent not in known:
            known[parent] = _section_of(parent)
        by_section[known[parent]].append(element)
    return list(by_section.values())


def _section_of(node: Element | None) -> Element | None:
    steps = 0
    while node is not None and tag_of(node) not in _SECTIONS and steps < 12:
        node, steps = node.getparent(), steps + 1
    return node


def _shape(element: Element | None) -> str:
    return f"{tag_of(element)} {shape_of(element.get('class') or '')}" if element is not None else ""


def _is_plausible(scene: Scene, element: Element, count: int) -> bool:
    """Cheap: whether a closer look may find a review in this block."""
    if count < 2 and not scene.walker.kinds(element) & {"review"} and tag_of(element) not in ("blockquote", "figure"):
        return False
    if element in scene.near or is_announced(scene, element):
        return True
    return tag_of(element) != "p" and any(scene.walker.stars(inner) is not None for inner in _few(element, 60))


def _few(element: Element, limit: int) -> Iterable[Element]:
    for number, inner in enumerate(element.iter()):
        if number > limit:
            return
        if tag_of(inner):
            yield inner


def stop_at(element: Element, scene: Scene) -> Callable[[Element], bool]:
    """What inside a block belongs to another one: answers in a thread, blocks of its own kind, what is left aside."""
    own = _shape(element)

    def stop(inner: Element) -> bool:
        if inner in scene.skipped:
            return True
        kinds = scene.walker.kinds(inner)
        if "children" in kinds:
            return True
        if inner is element or inner.tag != element.tag or _shape(inner) != own:
            return False
        # A block of the same kind that fell into this one; a mere wrapper has nothing beside it.
        is_beside = scene.chars.get(element, 0) - scene.chars.get(inner, 0) >= MIN_CHARS
        return "comment" in kinds or (is_beside and bool(own.partition(" ")[2]))

    return stop


def judge(scene: Scene, members: Sequence[Element]) -> Group | None:
    """The reviews in these blocks, or None when too little speaks for them."""
    everything, members = members, without_other_lists(scene, members)
    scene.left_out.update(dict.fromkeys(set(everything) - set(members), "below a heading that begins something else"))
    parts = [(element, scene.walker.pieces(element, stop_at(element, scene))) for element in members]
    records = [record for element, pieces in parts if (record := read_record(pieces, element)) is not None]
    if not records:
        return None
    if 5 * sum(record.author is not None for record in records) < len(records):
        records = with_names_beside(scene, parts, records) or with_names_above(records) or records
    found, records = records, without_odd_parts(parts, records)
    odd = {r.element for r in found if r.element is not None} - {r.element for r in records}
    scene.left_out.update(dict.fromkeys(odd, "only a name, a role or a remark is left where others have words"))
    context, is_marked, only_comments = _context(scene, members[0])
    group = weigh(records, context, is_marked, only_comments, len(members))
    if group is not None:
        group.records = [r for r in group.records if not _is_link_card(scene, r) and not is_own_voice(scene, r)]
        kept = {record.element for record in group.records}
        readable = {record.element for record in found}
        for element in members:
            if element not in kept:
                why = "by itself it does not look like a review" if element in readable else "nothing is said in it"
                scene.left_out.setdefault(element, why)
    return group if group is not None and group.records else None


def weigh(
    records: list[Record], context: float, is_marked: bool, only_comments: bool, count: int, limit: float = ACCEPT
) -> Group | None:
    """Whether enough speaks for a group of records; those that carry nothing of their own are left out."""
    if only_comments:
        records = [record for record in records if record.stars is not None]
    said = [record for record in records if record.text or (record.stars and record.author)]
    if not said:
        return None

    def share(sign: str) -> float:
        return sum(sign in record.signs for record in said) / len(said)

    score = context
    score += 3.0 * (share("stars") >= 0.5) + 1.5 * (0 < share("stars") < 0.5)
    score += 2.0 * (share("quoted") >= 0.5) + 1.5 * (share("block") >= 0.5)
    score += 1.0 * (share("author") >= 0.5) + 1.5 * (share("labelled") >= 0.5) + 1.5 * (share("dash") >= 0.5)
    score += 1.0 * (share("date") >= 0.5) + 1.0 * (len(said) > 1 and share("author") == 1.0)
    score -= 3.0 * (share("question") >= 0.4 and share("stars") < 0.5)
    if share("author") < 0.3 and share("stars") < 0.5 and share("quoted") < 0.5 and share("block") < 0.5:
        score -= 3.0
    if context < 2:
        # Nothing around speaks of reviews: then each must look like one, and a mere heading is nobody's name.
        is_signed = any(share(sign) >= 0.5 for sign in ("date", "quoted", "block", "labelled", "dash"))
        if not (share("stars") >= 0.5 and share("author") >= 0.5 and is_signed):
            return None
    kept = [record for record in said if _is_kept(record, share("author"), is_marked)]
    if score < limit or not kept or len(kept) * 3 < count:
        return None
    return Group(score=score, records=kept, is_marked=is_marked)


def _is_kept(record: Record, authors: float, is_marked: bool) -> bool:
    """Whether one record of an accepted group is itself a review: an odd one out (a button, a note) is not."""
    if record.signs & {"asks", "several"}:
        return False
    if (
        not record.text
        and not record.date
        and "labelled" not in record.signs
        and len((record.author or "").split()) < 2
    ):
        return False  # "Staff ★★★★★": what is rated, not who rates
    if "media" in record.signs and not (record.text and len(record.text) > 60):
        return False
    if record.text and not is_sentence(record.text) and not (record.author and (record.stars or is_marked)):
        return False
    if record.text and ASKING.search(record.text) and len(record.text) < 80:
        return False
    if record.text and REVIEW_PHRASE.match(record.text) and len(record.text) < 40 and not record.stars:
        return False
    return bool(record.author or record.stars or "quoted" in record.signs or "block" in record.signs or authors < 0.5)


def _is_link_card(scene: Scene, record: Record) -> bool:
    """A teaser: the whole block is a link and nothing in it is said by anybody."""
    element = record.element
    if element is None or record.author or record.stars:
        return False
    return tag_of(element) == "a" or any(
        scene.chars.get(link, 0) > 0.6 * scene.chars[element] for link in element.iter("a")
    )


def is_own_voice(scene: Scene, record: Record) -> bool:
    """Whether the doctor speaks whose page this is, as its title says: an answer, no review."""
    author = record.author or ""
    return bool(_DOCTOR.match(author)) and author.casefold() in scene.title.casefold()


def _context(scene: Scene, element: Element) -> tuple[float, bool, bool]:
    """What the names around and the words above say: points, whether it says review, whether it says only comment."""
    points, is_marked, is_comment, other = 0.0, False, False, 0.0
    node: Element | None = element
    for distance in range(12):
        if node is None or tag_of(node) in ("html", "body"):
            break
        kinds = scene.walker.kinds(node)
        if "review" in kinds:
            points = max(points, 3.0 if distance < 4 else 2.0)
            is_marked = is_marked or distance < 4
        elif "comment" in kinds and distance < 6:
            is_comment = True
        elif "other" in kinds and distance < 3 and not is_marked:
            other = 2.0
        node = node.getparent()
    lead = lead_before(scene, element)
    announced = [text for text in lead if announces(text)]
    nearest = lead[0] if lead else ""
    if announced:
        points += 3.0 if announced[0] in lead[:4] else 2.0
    if nearest and OTHER_PHRASE.search(nearest) and not announced:
        other += 2.0
    if REVIEW_PHRASE.search(scene.title):
        points += 1.5
    only_comments = is_comment and not is_marked and not announced
    if is_comment and not is_marked:
        only_comments = not any(REVIEW_PHRASE.search(text) for text in lead[:1]) or "comment" in nearest.lower()
    return points - other, is_marked, only_comments


def _without_overlap(scene: Scene, groups: list[Group]) -> list[Group]:
    """Each text once: an outer block with several reviews is no review; of one review's wrappers the fullest counts."""
    owner: dict[Element, tuple[Group, Record]] = {}
    for group in groups:
        for record in group.records:
            if record.element is not None:
                known = owner.get(record.element)
                if known is None or known[0].score < group.score:
                    owner[record.element] = (group, record)
    inside: dict[Element, list[Element]] = defaultdict(list)
    for element in owner:
        node = element.getparent()
        while node is not None:
            if node in owner:
                inside[node].append(element)
            node = node.getparent()
    dropped: set[Element] = set()
    for outer in sorted(owner, key=lambda e: len(inside.get(e, ()))):
        inner = [element for element in inside.get(outer, ()) if element not in dropped]
        if not inner:
            continue
        # Parts of one review (a header with name and stars, the text below it) are no reviews beside each other.
        texts = {text for element in inner if (text := owner[element][1].text)}
        texts = texts or {owner[element][1].author or "" for element in inner}
        weight = max(owner[element][1].weight for element in inner)
        mine = owner[outer][1]
        several = len(texts) > 1 and len([e for e in inner if not any(o in inside.get(e, ()) for o in inner)]) > 1
        if several or mine.weight < weight or (mine.weight == weight and _is_longer(mine, inner, owner)):
            dropped.add(outer)
        else:
            dropped.update(inner)
    result = []
    for group in groups:
        kept = [
            r for r in group.records if r.element is not None and r.element not in dropped and owner[r.element][1] is r
        ]
        if kept:
            result.append(Group(score=group.score, records=kept, is_marked=group.is_marked))
    return result


def _is_longer(mine: Record, inner: Sequence[Element], owner: dict[Element, tuple[Group, Record]]) -> bool:
    """Whether a wrapper says more than the review in it; one that says something else is the review itself."""
    within = max((owner[element][1] for element in inner), key=lambda record: len(record.text or ""))
    if (
        mine.text != within.text
        and len(mine.text or "") > len(within.text or "")
        and (within.text or "") not in (mine.text or "")
    ):
        return False
    if mine.text != within.text or mine.author != within.author:
        return True
    # Of two that say the same the smaller one counts: what else stands in the larger one is not the review's.
    return (mine.stars, mine.date, mine.title, mine.reply) == (within.stars, within.date, within.title, within.reply)
