# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""Names that a block itself does not give away: beside it in the page, or where a title would stand."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from reviews.markup.tree import Element, tag_of
from reviews.markup.visible.authors import is_capitalised, looks_like_name
from reviews.markup.visible.pieces import Piece
from reviews.markup.visible.record import Record, read_record
from reviews.markup.visible.scene import Scene

MAX_LINE = 90
_NAMING = frozenset(
    {
        "cite",
        "dt",
        "p",
        "div",
        "span",
        "small",
        "strong",
        "b",
        "em",
        "i",
        "figcaption",
        "footer",
        "h3",
        "h4",
        "h5",
        "h6",
    }
)
_PRAISE = re.compile(
    r"\b(?:great|good|best|better|excellent|amazing|awesome|fantastic|wonderful|perfect|super|happy|highly|recommend\w*|love\w*|friendly|kind|caring|professional\w*|"
    r"outstanding|exceptional|superb|brilliant|thank\w*|service|care|staff|experience|clinic|dentist|doctor|team|place|visit|treatment|results?|pain|life|stars?|top|"
    r"quality|results|worth|new|first|very|so|a|the|my|no|not|never|always|finally|sehr|gut\w*|tolle?\w*|klasse|danke|empfehl\w*|super|freundlich\w*|bien|merci|excellent\w*|"
    r"parfait\w*|très|professionnel\w*|muy|bueno|buena|gracias|excelente|recomend\w*|ottim\w*|brav\w*|grazie|molto|consigli\w*|goed\w*|fijn\w*|bedankt|polecam|świetn\w*)\b",
    re.IGNORECASE,
)
"""Words of titles of reviews: where they come, the heading is no name."""
Part = tuple[Element, list[Piece]]


def with_names_beside(scene: Scene, parts: Sequence[Part], records: Sequence[Record]) -> list[Record] | None:
    """The records read again with the short line behind each block, or before each, if that names all of them.

    None where lines on both sides would do: then it is open which of its neighbours a name belongs to.
    """
    members = {element for element, _ in parts}
    if len({element.getparent() for element in members}) * 2 > len(members):
        return None  # each stands in a block of its own, which is read as a whole
    texts = {record.text for record in records}
    fits = []
    for step in (lambda e: e.getnext(), lambda e: e.getprevious()):
        lines = [_line_of(scene, step, element, members) for element, _ in parts]
        if any(line is None for line in lines) or len({line.tag for line in lines if line is not None}) > 1:
            continue
        rows = [
            (element, [*pieces, *scene.walker.pieces(line)])
            for (element, pieces), line in zip(parts, lines, strict=True)
            if line is not None
        ]
        found = [record for element, row in rows if (record := read_record(row, element)) is not None]
        if len(found) == len(records) and all(r.author is not None and r.text in texts for r in found):
            fits.append(found)
    return fits[0] if len(fits) == 1 else None


def _line_of(
    scene: Scene, step: Callable[[Element], Element | None], element: Element, members: set[Element]
) -> Element | None:
    line = step(element)
    if line is not None and len(scene.walker.pieces(line)) != 1:
        return None
    if (
        line is None
        or line in members
        or line in scene.skipped
        or tag_of(line) not in _NAMING
        or (element.tail or "").strip()
    ):
        return None
    return line if 1 < scene.chars.get(line, 0) <= MAX_LINE else None


def with_names_above(records: Sequence[Record]) -> list[Record] | None:
    """The records with their titles as names, where no record is named and every title may be a name and nothing else."""
    if not all(record.title and _is_bare_name(record.title) for record in records) or len(records) < 2:
        return None
    if len({record.element.getparent() for record in records if record.element is not None}) * 2 > len(records):
        return None  # only a part of a block, whose other part may hold the name
    return [replace(record, author=record.title, title=None, signs=record.signs | {"author"}) for record in records]


def _is_bare_name(title: str) -> bool:
    name = title.split(",")[0]
    return looks_like_name(title) and len(name.split()) <= 4 and not _PRAISE.search(title) and is_capitalised(name)
