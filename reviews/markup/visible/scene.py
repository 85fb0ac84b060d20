"""A page looked at once: how much text stands where, in which order, what announces what, what is left aside."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from reviews.markup.tree import UNSEEN, Element, tag_of
from reviews.markup.visible.pieces import HEADINGS, Walker
from reviews.markup.visible.words import announces

NEAR = 9
"""Steps between a block and the name that says it is a review."""
REACH = 60
"""Elements between a block and the line that announces it."""
_LINES = frozenset({"p", "div", "span", "strong", "b", "legend", "caption", "center", "font", "small", "em", "header"})
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
    announcing: list[int] = field(default_factory=list)
    """The orders of the leads that announce reviews."""


def prepare(root: Element, title: str) -> Scene:
    """Look once at every element of the body."""
    scene = Scene(root=root, walker=Walker(), title=title)
    body = root.find("body")
    start = body if body is not None else root
    for number, element in enumerate(start.iter()):
        if not (tag := tag_of(element)):
            continue
        scene.order[element] = number
        parent = element.getparent()
        kinds = scene.walker.kinds(element)
        if not kinds.isdisjoint(_CALLED):
            scene.near[element] = 0
        elif parent in scene.near and scene.near[parent] + 1 < NEAR:
            scene.near[element] = scene.near[parent] + 1
        if element is not start and (parent in scene.skipped or _is_aside(element, tag, kinds)):
            scene.skipped.add(element)
    _measure(scene)
    for element, number in scene.order.items():
        _note_lead(scene, element, number)
    scene.announcing = [number for number, text, _ in scene.leads if announces(text)]
    return scene


def _measure(scene: Scene) -> None:
    """Count the characters in each element, without those in parts that are left aside."""
    chars = scene.chars
    for element in reversed(scene.order):
        total = chars.get(element, 0)
        if element.text and element not in scene.skipped:
            total += len(element.text.strip())
        chars[element] = total
        parent = element.getparent()
        if parent is not None and parent in scene.order:
            if element.tail and parent not in scene.skipped:
                total += len(element.tail.strip())
            chars[parent] = chars.get(parent, 0) + total


def _is_aside(element: Element, tag: str, kinds: frozenset[str]) -> bool:
    """Parts that hold no reviews of ours: menus, notices about cookies, forms, and reviews that are marked up."""
    if tag in UNSEEN or tag in ("nav", "textarea") or ("nav" in kinds and "review" not in kinds):
        return True
    if not element.attrib and tag != "form":
        return False
    if tag == "form" and _is_filled_in(element):
        return True
    kind = f"{element.get('itemtype') or ''} {element.get('typeof') or ''}".strip().rsplit("/", 1)[-1].lower()
    if kind in ("review", "userreview", "schema:review"):
        return True
    names = element.get("class") or ""
    return "review" in names and any(re.match(r"h-?review(?:-aggregate)?\Z", name) for name in names.split())


def _is_filled_in(form: Element) -> bool:
    """Whether people write or choose something in a form; one around the whole page only carries its state."""
    if next(form.iter("textarea"), None) is not None:
        return True
    return sum((field.get("type") or "").lower() == "radio" for field in form.iter("input")) >= 2


def _note_lead(scene: Scene, element: Element, number: int) -> None:
    """Keep an element as a lead if it is a heading or a short line."""
    tag = tag_of(element)
    is_heading = tag in HEADINGS
    if not is_heading and (tag not in _LINES or len(element) > 3):
        return
    limit = 160 if is_heading else 70
    if element in scene.skipped or not 0 < scene.chars[element] <= limit:
        return
    text = " ".join("".join(map(str, element.itertext())).split())
    if not 0 < len(text) <= limit:
        return
    link = next(element.iter("a"), None)
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
