# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""Text that somebody copied out of a page, or that a scraper left: no elements, fields run together, quotes cut and glued."""

import re
from dataclasses import replace

from reviews.errors import SourceChanged
from reviews.markup.decode import decode_page
from reviews.markup.merge import merge_reviews
from reviews.markup.schema_org import read_meaning
from reviews.markup.tree import collapse
from reviews.markup.visible.authors import looks_like_name
from reviews.markup.visible.dates import find_date
from reviews.markup.visible.pieces import Piece
from reviews.markup.visible.reader import item_of
from reviews.markup.visible.record import Record
from reviews.markup.visible.segments import read_segments
from reviews.markup.visible.stars import read_text
from reviews.markup.visible.texts import is_quoted
from reviews.markup.visible.totals import totals_of_lines
from reviews.markup.visible.words import REVIEW_PHRASE
from reviews.model import Business, ParsedPage

MAX_BYTES, MAX_LINES = 2_000_000, 20_000
_GLUED = re.compile(
    r"\A(?P<street>\S.{4,60}?[a-z.])(?P<city>[A-ZÀ-Ž][A-ZÀ-Ž .'’-]{2,30}?)(?P<region>AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT|[A-Z]{2})"
    r"(?P<postal>[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{5}(?:-\d{4})?)(?P<country>CA|US|USA|CANADA)?\s*(?P<name>[^\d]{2,70}?)\s*(?P<tel>\+?[\d(][\d\s().-]{6,18}\d)?\Z"
)
_OPEN_END = re.compile(r"[.…]\s*[\"”]\s*(?:View|Read|See|Show)\s?(?:All|More|Full)", re.IGNORECASE)


def parse_text(body: bytes) -> ParsedPage:
    """What a plain text says; raises SourceChanged for more than 2 MB. A text without reviews gives none."""
    if len(body) > MAX_BYTES:
        raise SourceChanged(f"a text of {len(body)} bytes; at most {MAX_BYTES} are read")
    text, encoding = decode_page(body, None)
    pieces = [piece for line in text.split("\n")[:MAX_LINES] if (piece := _piece(line)) is not None]
    pieces, business = _without_business(pieces)
    totals, used = totals_of_lines(pieces)
    part = _review_part([piece for at, piece in enumerate(pieces) if at not in used])
    records = [record for record in read_segments(part) if _is_kept(record)]
    meaning = read_meaning([*(item_of(record, "text") for record in records), *totals])
    reviews = merge_reviews(meaning.loose_reviews)
    return ParsedPage(
        reviews=tuple(replace(review, place=f"item {at}") for at, review in enumerate(reviews, start=1)),
        totals=tuple(meaning.loose_totals),
        businesses=(business,) if business else (),
        rejects=tuple(meaning.rejects),
        business_count=int(bool(reviews or meaning.loose_totals)),
        signature="text " + "; ".join(sorted(meaning.shapes)),
        diagnostics=(f"encoding: {encoding}", f"plain text: {len(pieces)} lines, {len(reviews)} reviews"),
    )


def _piece(line: str) -> Piece | None:
    text = collapse(line)
    if not text:
        return None
    if re.fullmatch(r"[-_=*~–—]{3,}", text) and (set(text) != {"*"} or len(text) > 5):
        return Piece("rule", "")
    if (stars := read_text(text)) is not None:
        return Piece("stars", text, stars=stars)
    return Piece("text", text, date=find_date(text))


def _without_business(pieces: list[Piece]) -> tuple[list[Piece], Business | None]:
    """The lines without those in which address, name and telephone run together, and what they say."""
    business: Business | None = None
    rest = []
    for piece in pieces:
        found = _GLUED.match(piece.text) if piece.kind == "text" and len(piece.text) < 200 else None
        if found is None:
            rest.append(piece)
            continue
        business = business or Business(
            name=found.group("name").strip() or None,
            street=found.group("street"),
            locality=found.group("city").strip().title(),
            region=found.group("region"),
            postal_code=found.group("postal"),
            country=found.group("country"),
            telephone=found.group("tel"),
        )
    return rest, business


def _review_part(pieces: list[Piece]) -> list[Piece]:
    """The lines from the first rating, or from the first announcement of reviews, on; none where there is neither."""
    stars = [at for at, piece in enumerate(pieces) if piece.kind == "stars"]
    heads = [
        at
        for at, piece in enumerate(pieces)
        if piece.kind == "text" and len(piece.text) < 80 and REVIEW_PHRASE.search(piece.text)
    ]
    quotes = [at for at, piece in enumerate(pieces) if is_quoted(piece.text) or _OPEN_END.search(piece.text)]
    starts = [at for at in (stars[:1] + (heads[:1] if quotes or stars else [])) if at < len(pieces)]
    if not starts:
        return []
    start = min(starts)
    while start > 0 and pieces[start - 1].kind == "text" and looks_like_name(pieces[start - 1].text) and start in stars:
        start -= 1
        break
    if start in heads and not is_quoted(pieces[start].text):
        start += 1
    return pieces[start:]


def _is_kept(record: Record) -> bool:
    return bool(record.text and (record.stars or record.author or "quoted" in record.signs))
