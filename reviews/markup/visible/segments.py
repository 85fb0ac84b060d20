"""Reviews without a block of their own: paragraphs one after the other, parted by rules, names, or stars."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from reviews.markup.tree import Element
from reviews.markup.visible.authors import DASHED, looks_like_name
from reviews.markup.visible.dates import split_date
from reviews.markup.visible.pieces import Piece
from reviews.markup.visible.record import Record, read_record
from reviews.markup.visible.texts import is_quoted, is_sentence
from reviews.markup.visible.totals import is_count


def split(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces of each review; how they are parted is found out from all of them together."""
    row = [piece for piece in pieces if piece.kind != "toggle"]
    texts = [piece for piece in row if piece.kind == "text"]
    said = [piece for piece in texts if is_sentence(piece.text) and not piece.heading and not is_count(piece.text)]
    if not said:
        return []
    rules = [at for at, piece in enumerate(row) if piece.kind == "rule"]
    stars = [at for at, piece in enumerate(row) if piece.kind == "stars"]
    names = [at for at, piece in enumerate(row) if _is_signature(piece)]
    heads = [at for at, piece in enumerate(row) if _is_head(piece, row, at)]
    if len(rules) >= max(1, len(said) // 3):
        return _cut(row, rules, before=True)
    is_above = len(names) > 1 and names[0] == 0 and row[0].element is not None and not _stand_in_blocks(row, names)
    if is_above and 2 * len(names) >= len(said):
        return _cut(row, names, before=True)
    if len(names) >= max(1, (len(said) + 1) // 4) and (names[0] > 0 or not is_above):
        first_said = next(at for at, piece in enumerate(row) if piece in said)
        if first_said < names[0] or _stand_in_blocks(row, names):
            return _cut(row, names, before=False)
        return _cut(row, stars if stars and stars[0] < names[0] else names, before=True)
    if len(stars) >= 2:
        if not _stand_first(row, stars):
            return _cut(row, stars, before=False)
        return _cut(row, _with_names(row, stars), before=True)
    if len(heads) >= 2:
        # A name whose text is missing still ends what stands before it.
        ends = [at for at, piece in enumerate(row) if piece.tag == row[heads[0]].tag and _is_name(piece)]
        return _cut(row, sorted({*heads, *ends}), before=True)
    return [[piece] for piece in row if piece.kind == "text" and is_quoted(piece.text)]


def _stand_in_blocks(row: Sequence[Piece], names: Sequence[int]) -> bool:
    """Whether texts between two names stand in one block with the name below them rather than with the one above."""
    votes = 0
    for above, below in pairwise(names):
        for piece in row[above + 1 : below]:
            votes += _common(piece, row[below]) - _common(piece, row[above]) if is_sentence(piece.text) else 0
    return votes > 0


def _common(first: Piece, second: Piece) -> int:
    """How many elements hold both pieces."""
    held = {id(element) for element in _around(first)}
    return sum(id(element) in held for element in _around(second))


def _around(piece: Piece) -> Iterator[Element]:
    element = piece.element
    while element is not None:
        yield element
        element = element.getparent()


def _with_names(row: Sequence[Piece], stars: Sequence[int]) -> list[int]:
    """The marks moved up to the name, and the date, that stand above the stars in most cases."""

    def moved(at: int, low: int) -> int:
        start = at
        for before in range(at - 1, max(low, at - 3), -1):
            piece = row[before]
            is_name = piece.kind == "text" and looks_like_name(split_date(piece.text)[0])
            if not is_name and not piece.date:
                break
            start = before if is_name else start
        return start

    marks = [moved(at, stars[number - 1] if number else -1) for number, at in enumerate(stars)]
    # Where the first has none above it, the names below the others' texts are those of the ones before.
    is_above = marks[0] < stars[0] and 2 * sum(a < b for a, b in zip(marks, stars, strict=True)) >= len(stars)
    return marks if is_above else list(stars)


def _stand_first(row: Sequence[Piece], stars: Sequence[int]) -> bool:
    """Whether stars stand above their texts rather than below them."""

    def is_said(at: int) -> bool:
        return 0 <= at < len(row) and row[at].kind == "text" and len(row[at].text) >= 40

    behind = sum(is_said(at + 1) or (is_said(at + 2) and not is_said(at + 1)) for at in stars)
    before = sum(is_said(at - 1) or (is_said(at - 2) and not is_said(at - 1)) for at in stars)
    if behind != before:
        return behind > before
    first_said = next((at for at in range(len(row)) if is_said(at)), len(row))
    return stars[0] < first_said


def _is_signature(piece: Piece) -> bool:
    """A line that says who wrote what stands before it."""
    if piece.kind != "text" or len(piece.text) > 90:
        return False
    if DASHED.match(piece.text):
        return looks_like_name(DASHED.sub("", piece.text).split(",")[0].split(" – ")[0][:60])
    return piece.tag == "cite" or ("author" in piece.labels and looks_like_name(piece.text))


def _is_head(piece: Piece, row: Sequence[Piece], at: int) -> bool:
    """A name as a heading, or in bold, with what that person says below it."""
    if not _is_name(piece):
        return False
    following = next((other for other in row[at + 1 : at + 3] if other.kind == "text" and not other.date), None)
    return following is not None and is_sentence(following.text) and not following.heading


def _is_name(piece: Piece) -> bool:
    is_loud = piece.kind == "text" and bool(piece.heading or piece.is_strong)
    return is_loud and looks_like_name(split_date(piece.text)[0])


def _cut(row: Sequence[Piece], marks: Sequence[int], *, before: bool) -> list[list[Piece]]:
    """Parts of a row that begin at the marks, or end behind them."""
    bounds = [at if before else at + 1 for at in marks]
    parts = [list(row[start:end]) for start, end in zip([0, *bounds], [*bounds, len(row)], strict=True)]
    return [part for part in parts if any(piece.kind in ("text", "stars") for piece in part)]


def read_segments(pieces: Sequence[Piece]) -> list[Record]:
    """The reviews in a flat row of pieces."""
    found = []
    for part in split(pieces):
        record = read_record(part, None)
        if record is not None and record.text:
            found.append(record)
    return found
