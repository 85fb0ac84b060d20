# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""The pieces of one block → who said what, when, with how many stars; None where it is no review."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reviews.markup.tree import Element, join_parts
from reviews.markup.visible.authors import (
    DASHED,
    INITIALS,
    MAX_NAME,
    author_of,
    clean_name,
    is_byline,
    is_signed,
    looks_like_name,
    split_attribution,
)
from reviews.markup.visible.dates import split_date
from reviews.markup.visible.pieces import Piece
from reviews.markup.visible.several import alternate, are_several, mixes, parts_texts, repeats
from reviews.markup.visible.stars import Stars
from reviews.markup.visible.texts import MIN_TEXT, is_beside_the_point, is_quoted, is_sentence, unquoted
from reviews.markup.visible.totals import is_count
from reviews.markup.visible.words import (
    NO_REPLY,
    NOT_A_NAME,
    PLACEHOLDER,
    REPLY_START,
    REVIEW_PHRASE,
    WRITING,
    announces,
    asks,
)

MAX_ROW = 400
"""Pieces of one review; what has more is a page."""
MIN_DOUBLE = 20
_QUESTION = re.compile(r"[?？]\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One review as seen; `said` holds its text; `signs` are what speaks for it (author, stars, date, quoted, dash, labelled, media, question)."""

    element: Element | None
    text: str | None
    author: str | None = None
    stars: Stars | None = None
    date: str | None = None
    title: str | None = None
    reply: str | None = None
    said: Element | None = None
    signs: frozenset[str] = frozenset()

    @property
    def weight(self) -> int:
        """How much of a review this is."""
        return 4 * bool(self.text) + 2 * bool(self.author) + 2 * bool(self.stars) + bool(self.date)


def read_record(pieces: Sequence[Piece], element: Element | None) -> Record | None:
    """The review in these pieces; None if nothing in them is said or rated."""
    if len(pieces) > MAX_ROW:
        return None
    row, reply = _without_reply([piece for piece in pieces if piece.kind != "rule"])
    signs: set[str] = {"media"} if any(piece.kind == "media" for piece in row) else set()
    if any(piece.kind != "stars" and len(piece.text) < 80 and WRITING.search(piece.text) for piece in row):
        signs.add("asks")
    if are_several(row) or alternate(row) or (element is not None and (repeats(row, element) or mixes(row, element))):
        signs.add("several")
    stars = _stars_of(row)
    texts = [piece for piece in row if piece.kind == "text" and any(c.isalnum() for c in piece.text)]
    dates = [piece for piece in texts if piece.date]
    date = dates[0].date if dates else None
    rest = _said_once([piece for piece in texts if piece not in dates])
    body = _body_of(rest)
    author, used = author_of(rest, body, signs)
    if body and not author:
        body, author = split_attribution(body, signs)
    elif used is not None and used in body:
        body = [piece for piece in body if piece is not used]
    if author is not None:
        author, late = split_date(author)
        date = date or late
        author = clean_name(author) or None
    if parts_texts(rest, body, used):
        signs.add("several")
    text = _joined(body, row)
    title = _title_of(rest, body, used)
    if text and (is_quoted(text) or _has_mark(row, body)):
        signs.add("quoted")
    if body and any(piece.is_quoted for piece in body):
        signs.add("block")
    if text and _QUESTION.search(text):
        signs.add("question")
    text = unquoted(text) if text else None
    if (text is None and stars is None) or any(PLACEHOLDER.search(part) for part in (text, author) if part):
        return None
    for name, value in (("author", author), ("stars", stars), ("date", date)):
        if value:
            signs.add(name)
    return Record(
        element=element,
        text=text,
        author=author,
        stars=stars,
        date=date,
        title=title,
        reply=reply,
        said=body[0].element if body else None,
        signs=frozenset(signs),
    )


def _without_reply(row: list[Piece]) -> tuple[list[Piece], str | None]:
    """The pieces before an owner's reply, and the reply's text."""
    for at, piece in enumerate(row):
        if piece.kind != "text" or at == 0:
            continue
        # A link or button beside the text only offers to reply.
        labelled = (
            "reply" in (piece.labels | piece.around) and not piece.is_link and not NOT_A_NAME.fullmatch(piece.text)
        )
        if not labelled and not REPLY_START.match(piece.text):
            continue
        is_said = any(p.kind == "stars" or (p.kind == "text" and is_sentence(p.text)) for p in row[:at])
        # Where what was said is lost, a line that calls itself a reply is one nevertheless.
        if not is_said and _without_lead(piece.text) == piece.text:
            continue
        said = [p.text for p in row[at:] if p.kind == "text" and not p.date]
        if len(said) > 1 and len(said[0]) < 80 and (REPLY_START.match(said[0]) or _names(said[0], said[1])):
            said = said[1:]
        elif said:
            said[0] = _without_lead(said[0])
        behind = [p for p in row[at:] if p.kind == "stars"]
        answer = " ".join(said)
        return [*row[:at], *behind], None if NO_REPLY.search(answer[:200]) else answer or None
    return row, None


def _said_once(rest: Sequence[Piece]) -> list[Piece]:
    """The pieces without those that say at length what one of the same kind has said: a block stands twice."""
    found: list[Piece] = []
    seen: set[tuple[str, str, frozenset[str]]] = set()
    for piece in rest:
        said = (piece.text, piece.tag, piece.labels)
        if len(piece.text) < MIN_DOUBLE or said not in seen:
            found.append(piece)
        seen.add(said)
    return found


def _names(line: str, text: str) -> bool:
    """Whether the first line of a reply says who replies."""
    return looks_like_name(line) and is_sentence(text) and not line.endswith((".", ","))


def _without_lead(text: str) -> str:
    """A reply without the words that call it one: "Reply from the clinic: …"."""
    found = REPLY_START.match(text)
    colon = text.find(":", found.end(), found.end() + 60) if found else -1
    return text[colon + 1 :].strip() or text if colon >= 0 else text


def _stars_of(row: Sequence[Piece]) -> Stars | None:
    drawn = [piece for piece in row if piece.kind == "stars" and piece.stars]
    if not drawn:
        return None
    best = next((piece.stars for piece in drawn if piece.stars and piece.stars.best), None)
    first = drawn[0].stars
    same = (
        best is not None
        and first is not None
        and float(best.value.replace(",", ".")) == float(first.value.replace(",", "."))
    )
    return best if same else first


def _body_of(rest: Sequence[Piece]) -> list[Piece]:
    """The pieces of what is said: the strongest one, and those beside it that go on with it."""
    best, best_score = -1, 0.0
    for at, piece in enumerate(rest):
        if "meta" in piece.labels and "text" not in piece.labels:
            continue
        if (
            is_signed(piece.text)
            or is_byline(piece.text)
            or is_count(piece.text)
            or is_beside_the_point(piece.text)
            or _is_below_lead(rest, at)
            or (not is_sentence(piece.text) and not ("text" in piece.labels and len(piece.text) > 3))
        ):
            continue
        # A single name may stand loose in the element that is called the text.
        called = 3.0 if len(piece.text) >= MIN_TEXT else 0.5
        score = min(len(piece.text), 400) / 100 + called * ("text" in piece.labels) + 1.5 * ("text" in piece.around)
        score += 2.0 * piece.is_quoted + 2.0 * is_quoted(piece.text) + 1.0 * (piece.tag == "p")
        score -= 4.0 * (piece.tag in ("cite", "figcaption") and not is_quoted(piece.text))
        score -= (
            3.0 * bool(piece.heading)
            + 4.0 * ("author" in piece.labels)
            + 3.0 * ("meta" in piece.labels)
            + 2.0 * ("title" in piece.labels)
        )
        score -= (
            2.0 * (piece.is_link and len(piece.text) < 60)
            + 3.0 * bool(asks(piece.text))
            + 2.0 * bool(DASHED.match(piece.text))
        )
        if score > best_score:
            best, best_score = at, score
    if best < 0:
        return []
    first, last = best, best
    while first > 0 and _goes_with(rest[first - 1], rest[best]):
        first -= 1
    while last + 1 < len(rest) and _goes_with(rest[last + 1], rest[best]):
        last += 1
    return list(rest[first : last + 1])


def _is_below_lead(rest: Sequence[Piece], at: int) -> bool:
    """Whether a piece goes on with a large heading that announces reviews."""
    lead = rest[at - 1] if at else None
    if lead is None or not 0 < lead.heading <= 2 or lead.element is None:
        return False
    piece = rest[at]
    is_beside = piece.element is not None and _share_parent(lead.element, piece.element)
    return is_beside and announces(lead.text) and not is_quoted(piece.text) and not piece.is_quoted


def _goes_with(piece: Piece, body: Piece) -> bool:
    """Whether a piece is one more paragraph of the same text."""
    if is_beside_the_point(piece.text):
        return False
    if piece.element is None:
        return is_sentence(piece.text) and not looks_like_name(piece.text) and not DASHED.match(piece.text)
    if piece.element is body.element:
        if piece.line != body.line and is_quoted(body.text) and not is_quoted(piece.text):
            return False
        return (
            not DASHED.match(piece.text)
            and not (piece.is_strong and not body.is_strong and len(piece.text) <= MAX_NAME)
            and (piece.is_link is False or len(piece.text) > 40 or bool(piece.line))
            and not (
                piece.line > body.line
                and looks_like_name(piece.text)
                and len(piece.text.split()) <= 4
                and not piece.text.endswith(".")
            )
        )
    if (
        piece.heading
        or piece.is_strong
        or piece.is_link
        or asks(piece.text)
        or DASHED.match(piece.text)
        or piece.labels & {"author", "meta", "title", "stars"}
    ):
        return False
    if is_quoted(body.text) and not piece.is_quoted:
        return False
    if looks_like_name(piece.text) and piece.text[-1] not in ".!?…":
        return False
    if is_signed(piece.text) or is_byline(piece.text):
        return False
    same_tag = piece.tag == body.tag and piece.labels == body.labels and piece.is_quoted == body.is_quoted
    in_text = "text" in (piece.labels | piece.around) and "text" in (body.labels | body.around)
    if not (same_tag or in_text) or piece.element is None or body.element is None:
        return False
    near = _share_parent(piece.element, body.element) or in_text
    return near and (is_sentence(piece.text) or in_text)


def _share_parent(first: Element, second: Element) -> bool:
    """Whether two elements stand in one parent, one of them perhaps in a wrapper of its own."""
    one, other = first.getparent(), second.getparent()
    if one is other:
        return True
    above, beyond = (parent.getparent() if parent is not None else None for parent in (one, other))
    return (above is not None and above is other) or (beyond is not None and beyond is one)


def _title_of(rest: Sequence[Piece], body: list[Piece], used: Piece | None) -> str | None:
    if not body:
        return None
    at_body = (
        rest.index(body[0])
        if body[0] in rest
        else next((i for i, p in enumerate(rest) if p.element is body[0].element), 0)
    )
    for at, piece in enumerate(rest[:at_body]):
        if piece is used or piece in body or len(piece.text) > 140 or piece.is_link or NOT_A_NAME.fullmatch(piece.text):
            continue
        # What is called a title within the part that names the author is that person's, as is a handle.
        labelled = "title" in piece.labels and not piece.labels & {"author", "meta"} and "author" not in piece.around
        if piece.text.startswith("@"):
            continue
        # A heading behind the name is that person's part in life, not the title of what is said.
        is_behind_name = used is not None and used in rest and rest.index(used) < at
        directly = (
            at == at_body - 1 and (piece.heading or (piece.is_strong and used is not None)) and not is_behind_name
        )
        if (labelled or directly) and not REVIEW_PHRASE.search(piece.text[:60]) and not INITIALS.fullmatch(piece.text):
            return unquoted(piece.text)
    return None


def _has_mark(row: Sequence[Piece], body: Sequence[Piece]) -> bool:
    """Whether a quotation mark stands alone as an ornament of the block."""
    return any(
        piece.kind == "text" and piece.text in ("“", "”", '"', "„", "«", "❝", "❞", "''") for piece in row
    ) and bool(body)


def _joined(body: list[Piece], row: Sequence[Piece]) -> str | None:
    """The pieces of the body as one text; what stands behind a "read more" goes on where it was cut."""
    parts = [piece.text for piece in body]
    if not parts:
        return None
    has_toggle = any(piece.kind == "toggle" for piece in row)
    if len(parts) > 1 and has_toggle:
        return join_parts(parts)
    text = parts[0]
    for part in parts[1:]:
        head = re.sub(r"\s*(?:\.{3}|…)\s*\Z", "", text)
        if len(head) >= 15 and part.startswith(head):
            text = part
        elif len(part) < 15 or part not in text:
            text = f"{text} {part}"
    return text
