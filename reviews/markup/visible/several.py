"""Whether a block holds more than one review: then nothing in it can be told apart, and it is none itself."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from reviews.markup.tree import Element
from reviews.markup.visible.authors import clean_name, is_inside, looks_like_name
from reviews.markup.visible.dates import split_date
from reviews.markup.visible.pieces import Piece
from reviews.markup.visible.texts import is_sentence
from reviews.markup.visible.words import shape_of

MIN_SAID = 20
MAX_KIN = 20


def are_several(row: Sequence[Piece]) -> bool:
    """Whether stars or dates come again and again with texts between them, as where several reviews stand."""
    for marks in ([p.kind == "stars" for p in row], [bool(p.date) for p in row]):
        said, rounds = False, 0
        for piece, is_mark in zip(row, marks, strict=True):
            if is_mark:
                rounds, said = rounds + said, False
            elif (
                piece.kind == "text"
                and len(piece.text) >= 40
                and is_sentence(piece.text)
                and "author" not in piece.labels
            ):
                said = True
        if sum(marks) >= 2 and rounds + said >= 2:
            return True
    return False


def alternate(row: Sequence[Piece]) -> bool:
    """Whether names and stars, or names and dates, come by turns, as where several ratings without a word stand."""
    roles = [role_of(piece) for piece in row]
    for other in ("stars", "date"):
        turns = [role for role in roles if role in ("author", other)]
        if sum(a != b for a, b in pairwise(turns)) >= 3 and turns.count("author") >= 2:
            return True
    return False


def parts_texts(rest: Sequence[Piece], body: Sequence[Piece], used: Piece | None) -> bool:
    """Whether a name stands between the text and another one of its kind: then it is open who said which."""
    if used is None or not body:
        return False
    if _has_names_around(rest, body, used):
        return True
    between = rest[rest.index(body[-1]) + 1 : rest.index(used)] if used in rest and body[-1] in rest else ()
    if any(is_such(piece, body[0]) and piece not in body and len(piece.text) >= MIN_SAID for piece in between):
        return True
    said = named = False
    for piece in rest:
        if piece is used or (piece.heading and role_of(piece) == "author"):
            named = said
        elif is_such(piece, body[0]):
            if named:
                return True
            said = said or len(piece.text) >= MIN_SAID
    return False


def _has_names_around(rest: Sequence[Piece], body: Sequence[Piece], used: Piece) -> bool:
    """Whether another name, called so as the one taken is, stands on the other side of the text."""
    if "author" not in used.labels or used not in rest or body[0] not in rest:
        return False
    at_body = rest.index(body[0])
    is_before = rest.index(used) < at_body
    return any(
        (at < at_body) != is_before
        and piece not in body
        and (piece.tag, piece.labels) == (used.tag, used.labels)
        and piece.text != used.text
        and looks_like_name(piece.text)
        for at, piece in enumerate(rest)
    )


def is_such(piece: Piece, text: Piece) -> bool:
    """Whether a piece is a text of the same kind."""
    return piece.tag == text.tag and piece.labels == text.labels and is_sentence(piece.text)


def repeats(row: Sequence[Piece], element: Element) -> bool:
    """Whether parts of one shape within a block each hold what makes a review: then the block holds several."""
    roles: dict[Element, set[str]] = {}
    for piece in row:
        role = role_of(piece)
        node = piece.element
        while role and node is not None and node is not element:
            roles.setdefault(node, set()).add(role)
            node = node.getparent()
    seen: dict[tuple[object, str], list[Element]] = {}
    for node, found in roles.items():
        shape = shape_of(node.get("class") or "")
        for key in {
            (node.tag, shape) if shape else (node.getparent(), str(node.tag)),
            (node.getparent(), str(node.tag)),
        }:
            for other in seen.setdefault(key, []):
                is_one_shape = key[1] == shape
                if _are_two(found, roles[other], is_one_shape) and not (
                    is_inside(node, other) or is_inside(other, node)
                ):
                    return True
            if len(seen[key]) < MAX_KIN:
                seen[key].append(node)
    return False


def _are_two(first: set[str], second: set[str], is_one_shape: bool) -> bool:
    """Whether two parts each hold what makes a review; one that has lost its text may still hold its date or stars."""
    if len(first) >= 2 and len(second) >= 2:
        return is_one_shape or len(first & second) >= 2
    return is_one_shape and len(first | second) >= 2 and bool(first & second & {"date", "stars"})


def mixes(row: Sequence[Piece], element: Element) -> bool:
    """Whether a part within says two things anew that are said outside it too: one review fell into another's block."""
    everything: Counter[tuple[str, str]] = Counter()
    within: dict[Element, Counter[tuple[str, str]]] = {}
    for piece in row:
        if not (role := role_of(piece)):
            continue
        said = (role, f"{piece.stars.value}" if piece.stars else piece.text)
        everything[said] += 1
        node = piece.element
        while node is not None and node is not element:
            within.setdefault(node, Counter())[said] += 1
            node = node.getparent()
    for inside in within.values():
        if len({role for role, _ in inside}) < 2:
            continue
        outside = everything - inside
        anew = {role for role, value in inside if (role, value) not in outside}
        if len(anew & {role for role, _ in outside}) >= 2:
            return True
    return False


def role_of(piece: Piece) -> str:
    if piece.kind == "stars":
        return "stars"
    if piece.kind != "text":
        return ""
    if piece.date:
        return "date"
    is_named = "author" in piece.labels or piece.tag in ("cite", "figcaption") or piece.heading or piece.is_strong
    if is_named and looks_like_name(clean_name(split_date(piece.text)[0])):
        return "author"
    return "text" if is_sentence(piece.text) and len(piece.text) >= 25 else ""
