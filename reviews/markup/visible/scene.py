"""A page looked at once: how much text stands where, in which order, what announces what, what is left aside."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from reviews.markup.tree import UNSEEN, Element, collapse, tag_of
from reviews.markup.visible.pieces import HEADINGS, Walker
from reviews.markup.visible.words import announces

NEAR = 9
"""Steps between a block and the name that says it is a review."""
REACH = 60
"""Elements between a block and the line that announces it."""
_LINES = frozenset({"p", "div", "span", "strong", "b", "legend", "caption", "center", "font", "small", "em", "header"})
A_FORM = "a form, in which people write"
MAX_LEAD = 160
_HREVIEW = re.compile(r"h-?review(?:-aggregate)?\Z")
_GRADES = re.compile(r"\b(?:gesamtnote|schulnoten?|notendurchschnitt|durchschnittsnote)\b", re.IGNORECASE)
_GRADE = re.compile(r"\bnote:?\s*[1-6](?:[.,]\d{1,2})?\b(?!\s*(?:/|von|aus))", re.IGNORECASE)
_ASIDE = UNSEEN | {"nav", "textarea"}
_CALLED = frozenset({"review", "comment"})


@dataclass(slots=True)
class Scene:
    """A page prepared for the search: lengths of text, order of elements, what headings announce, what is skipped."""

    root: Element
    walker: Walker
    order: dict[Element, int] = field(default_factory=dict)
    chars: dict[Element, int] = field(default_factory=dict)
    skipped: set[Element] = field(default_factory=set)
    leads: list[tuple[int, str, Element]] = field(default_factory=list)
    """(order, text, element) of headings and short lines, in page order."""
    title: str = ""
    near: dict[Element, int] = field(default_factory=dict)
    """How many steps above an element something is called a review or comment, where it is fewer than `NEAR`."""
    left_out: dict[Element, str] = field(default_factory=dict)
    """Blocks that looked like reviews and are none, and why."""
    texts: list[tuple[Element, str]] = field(default_factory=list)
    """The texts that stand directly in elements which are not left aside, with the element of each."""
    is_graded: bool = False
    """Ratings are school grades, of which 1 is the best."""
    announcing: list[int] = field(default_factory=list)
    """The orders of the leads that announce reviews."""


def prepare(root: Element, title: str) -> Scene:
    """Look once at every element of the body; this is most of what a page without reviews costs."""
    scene = Scene(root=root, walker=Walker(), title=title)
    body = root.find("body")
    start = body if body is not None else root
    order, near, skipped, texts, kinds_of = scene.order, scene.near, scene.skipped, scene.texts, scene.walker.kinds
    parents: list[int] = []
    lengths: list[int] = []
    for element in start.iter():
        if not (tag := tag_of(element)):
            continue
        at = len(lengths)
        order[element] = at
        parent = element.getparent()
        parents.append(order[parent] if at and parent is not None else -1)
        is_aside = tag in _ASIDE
        if element.keys() or tag == "form":
            kinds = kinds_of(element)
            if kinds and not kinds.isdisjoint(_CALLED):
                near[element] = 0
            is_aside = is_aside or _is_aside(element, tag, kinds)
            if tag == "form" and is_aside and element in near:
                scene.left_out[element] = A_FORM
        if parent in near and element not in near and near[parent] + 1 < NEAR:
            near[element] = near[parent] + 1
        if element is not start and (is_aside or parent in skipped):
            skipped.add(element)
        # Lengths count no parts that are left aside; a tail belongs to the parent.
        length = 0
        if (text := element.text) and element not in skipped and (length := len(text.strip())):
            texts.append((element, text))
        lengths.append(length)
        tail = element.tail
        if tail and at and parent is not None and parent not in skipped and (length := len(tail.strip())):
            lengths[parents[at]] += length
            texts.append((parent, tail))
    for at in range(len(lengths) - 1, 0, -1):
        lengths[parents[at]] += lengths[at]
    scene.chars = dict(zip(order, lengths, strict=True))
    for element, at in order.items():
        if 0 < lengths[at] <= MAX_LEAD and element not in skipped:
            _note_lead(scene, element, at)
    language = (root.get("lang") or "").lower()
    scene.is_graded = any(_GRADES.search(text) for _, text in texts if len(text) < 200 and "ot" in text) or (
        language.startswith("de") and any(_GRADE.search(text) for _, text in texts if len(text) < 60)
    )
    scene.announcing = [number for number, text, _ in scene.leads if announces(text)]
    return scene


def _is_aside(element: Element, tag: str, kinds: frozenset[str]) -> bool:
    """Parts that hold no reviews of ours: menus, notices about cookies, forms, and reviews that are marked up."""
    if tag in _ASIDE or ("nav" in kinds and "review" not in kinds):
        return True
    if tag == "form" and _is_filled_in(element):
        return True
    for name, value in element.items():
        if name in ("itemtype", "typeof"):
            if str(value).strip().rsplit("/", 1)[-1].lower() in ("review", "userreview", "schema:review"):
                return True
        elif name == "class" and "review" in value and any(_HREVIEW.match(part) for part in str(value).split()):
            return True
    return False


def _is_filled_in(form: Element) -> bool:
    """Whether people write or choose something in a form; one around the whole page only carries its state."""
    if next(form.iter("textarea"), None) is not None:
        return True
    return sum((field.get("type") or "").lower() == "radio" for field in form.iter("input")) >= 2


def _note_lead(scene: Scene, element: Element, number: int) -> None:
    """Keep an element as a lead if it is a heading or a short line."""
    tag = tag_of(element)
    is_heading = tag in HEADINGS
    limit = MAX_LEAD if is_heading else 70
    if not is_heading and (tag not in _LINES or scene.chars[element] > limit or len(element) > 3):
        return
    is_leaf = not len(element)
    text = collapse(element.text or "" if is_leaf else "".join(map(str, element.itertext())))
    if not 0 < len(text) <= limit:
        return
    link = None if is_leaf else next(element.iter("a"), None)
    # A heading that leads away names what lies there, unless it is as short as a platform's name.
    if link is not None:
        is_all_link = len("".join(map(str, link.itertext()))) > 0.8 * len(text)
        if not is_heading or (is_all_link and len(text.split()) > 5):
            return
    scene.leads.append((number, text, element))


def is_announced(scene: Scene, element: Element) -> bool:
    """Whether one of the lines that `lead_before` gives announces reviews."""
    number = scene.order[element]
    at = bisect_left(scene.announcing, number - REACH)
    if at == len(scene.announcing) or scene.announcing[at] >= number:
        return False
    return any(announces(text) for text in lead_before(scene, element))


def lead_before(scene: Scene, element: Element) -> list[str]:
    """What announces a block: the last heading before it, the short lines close to both; nearest first, at most six."""
    number = scene.order[element]
    low, high = 0, len(scene.leads)
    while low < high:
        middle = (low + high) // 2
        if scene.leads[middle][0] < number:
            low = middle + 1
        else:
            high = middle
    found: list[str] = []
    limit = number - REACH
    for order, text, lead in reversed(scene.leads[max(0, low - 40) : low]):
        if order < limit or len(found) >= 6:
            break
        if _holds(lead, element):
            continue
        if tag_of(lead) in HEADINGS or _is_called_heading(scene, lead):
            # What stands well above the nearest heading announces something else.
            limit = max(limit, order - 8)
        elif number - order > 40:
            continue
        if text not in found:
            found.append(text)
    return found


def _is_called_heading(scene: Scene, element: Element) -> bool:
    return "title" in scene.walker.kinds(element)


def _holds(outer: Element, inner: Element) -> bool:
    node: Element | None = inner
    while node is not None:
        if node is outer:
            return True
        node = node.getparent()
    return False
