"""What the blocks of one group tell of each other: which part holds the words, and where another list begins."""

from collections.abc import Sequence

from reviews.markup.tree import Element, tag_of
from reviews.markup.visible.pieces import HEADINGS, Piece
from reviews.markup.visible.record import Record
from reviews.markup.visible.scene import Scene
from reviews.markup.visible.words import OTHER_PHRASE, announces, shape_of

Part = tuple[Element, list[Piece]]
MAX_STEPS = 12


def without_odd_parts(parts: Sequence[Part], records: Sequence[Record]) -> list[Record]:
    """The records without those whose text stands where others of the group have a name, a role or a remark.

    Such a block has lost its text, and what is left would be taken for it.
    """
    where = {
        record.element: _path(record.said, record.element)
        for record in records
        if record.text and record.element is not None
    }
    if len(set(where.values())) < 2:
        return list(records)
    beside: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    """Where others have words → what else they have."""
    held = {element: {_path(piece.element, element) for piece in pieces} for element, pieces in parts}
    for element, path in where.items():
        beside.setdefault(path, set()).update(held.get(element, set()) - {path})

    def is_odd(element: Element, path: tuple[str, ...]) -> bool:
        return any(
            path in others and words not in held.get(element, set()) and words not in beside[path]
            for words, others in beside.items()
            if words != path
        )

    return [r for r in records if r.element not in where or not is_odd(r.element, where[r.element])]


def _path(element: Element | None, root: Element | None) -> tuple[str, ...]:
    """The tags and the names from a block down to one of its parts."""
    steps: list[str] = []
    while element is not None and element is not root and len(steps) < MAX_STEPS:
        steps.append(f"{tag_of(element)} {shape_of(element.get('class') or '')}")
        element = element.getparent()
    return tuple(reversed(steps))


def without_other_lists(scene: Scene, members: Sequence[Element]) -> list[Element]:
    """The members without those below a heading, outside all of them, that begins something else: team, news."""
    first, last = scene.order[members[0]], scene.order[members[-1]]
    inside = set(members)
    bounds: list[tuple[int, bool]] = []
    rank = 0
    for number, text, lead in scene.leads:
        if not first < number < last or tag_of(lead) not in HEADINGS or _is_in_any(lead, inside):
            continue
        is_other = bool(OTHER_PHRASE.search(text)) and not announces(text)
        own_rank = int(tag_of(lead)[1])
        if is_other or not rank or own_rank <= rank:
            rank = own_rank if is_other else 0
            bounds.append((number, is_other))
    if not any(is_other for _, is_other in bounds):
        return list(members)
    return [element for element in members if not _is_behind_other(scene.order[element], bounds)]


def _is_behind_other(number: int, bounds: Sequence[tuple[int, bool]]) -> bool:
    before = [is_other for bound, is_other in bounds if bound < number]
    return bool(before) and before[-1]


def _is_in_any(element: Element, blocks: set[Element]) -> bool:
    node: Element | None = element
    while node is not None:
        if node in blocks:
            return True
        node = node.getparent()
    return False
