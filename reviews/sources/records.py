"""Reviews in JSON or XML of any shape: answers of APIs, exports of products. Found by what records look like.

No product's format is named here. A record is a review when it has a rating or a text, and an author, a date or an id;
a record is the place when it has a rating with a count, or holds the list of reviews.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from reviews.errors import ImportFileError
from reviews.markup import name_key
from reviews.model import Business, ParsedPage, RawReview, RawTotal
from reviews.sources.arrays import read_arrays
from reviews.sources.columns import header_key
from reviews.sources.record_fields import (
    ADDRESS,
    COUNTS,
    ID,
    LIST_KEYS,
    PHONE,
    PLACES,
    REVIEW_COUNTS,
    TEXT,
    Record,
    author_of,
    date_of,
    flatten,
    has_grade,
    name_of,
    rating_of,
    review_of,
    scalar,
)

MAX_BYTES = 20_000_000
MAX_NODES = 1_000_000
NOT_JSON = "This file is no valid JSON. Nothing was stored."
OWN_WRITING = (
    "This file holds the reviews that a person wrote about other places, not the reviews of a business. "
    "Please export the data of the Business Profile. Nothing was stored."
)
NOT_XML = "This file is no valid XML, or it holds parts that are never read. Nothing was stored."


@dataclass(frozen=True, slots=True)
class _Found:
    record: Record
    where: str
    around: Record | None


def parse_json(body: bytes, place: str = "") -> ParsedPage:
    """What a JSON file says; raises ImportFileError for what is no JSON."""
    if len(body) > MAX_BYTES:
        raise ImportFileError(f"{len(body)} bytes of JSON", NOT_JSON)
    try:
        data = decode_json(body)
    except (ValueError, RecursionError) as error:
        raise ImportFileError(f"no JSON: {str(error)[:120]}", NOT_JSON) from error
    return read_records(data, place)


def decode_json(body: bytes) -> Any:
    """JSON with numbers as they are written, in one value or one a line; raises ValueError or RecursionError."""
    text = body.decode(json.detect_encoding(body)).removeprefix("\ufeff")
    try:
        return json.loads(text, parse_float=str, parse_int=str)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise
        return [json.loads(line, parse_float=str, parse_int=str) for line in lines]


def parse_xml(body: bytes, place: str = "") -> ParsedPage:
    """What an XML file says; entities of its own are never expanded. Raises ImportFileError for what is no XML."""
    if len(body) > MAX_BYTES or b"<!ENTITY" in body[:100_000]:
        raise ImportFileError("too large, or entities", NOT_XML)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ImportFileError(f"no XML: {str(error)[:120]}", NOT_XML) from error
    return read_records(_as_data(root, 0), place)


def _as_data(element: etree._Element, depth: int) -> Any:
    """An element as a record: its attributes, its children by name; a lone text as text."""
    record: Record = {str(name): str(value) for name, value in element.attrib.items()}
    for child in element:
        if not isinstance(child.tag, str) or depth > 50:
            continue
        name, value = etree.QName(child).localname, _as_data(child, depth + 1)
        if isinstance(value, dict) and not len(child) and name not in record and not (child.text or "").strip():
            record.update({key: inner for key, inner in value.items() if key not in record})
        elif name in record:
            known = record[name]
            record[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            record[name] = value
    text = (element.text or "").strip()
    if not record:
        return text
    return record | ({"text": text} if text and "text" not in record else {})


def read_records(data: Any, place: str = "") -> ParsedPage:
    """The reviews, places and totals in decoded data; with `place` only what belongs to the place of that name."""
    refuse_own_writing(data)
    found: list[_Found] = []
    places: list[_Place] = []
    for record, where, key, around in _walk(data):
        if _is_place(record) or (_is_total(record) and around is not None):
            places.append(_Place(record, around if not _is_place(record) else None))
        elif _is_review(record, key):
            found.append(_Found(record, where, around))
    shared = _shared_title([entry.record for entry in found])
    arrays = read_arrays(data) if isinstance(data, list) and not found and not places else []
    names = list(dict.fromkeys(name for entry in found if (name := _place_name(entry))))
    if place:
        found = [entry for entry in found if name_key(_place_name(entry) or place) == name_key(place)]
        places = [known for known in places if name_key(known.name or place) == name_key(place)]
    reviews = _once([review_of(entry.record, entry.where, shared) for entry in found]) + arrays
    totals = [
        total for number, known in enumerate(places, start=1) if (total := _total(known.record, number)) is not None
    ]
    businesses = _businesses(places, names, shared)
    return ParsedPage(
        reviews=tuple(reviews),
        totals=tuple(totals[:1]),
        businesses=businesses,
        business_count=max(len(totals), len(names), 1 if reviews else 0),
        signature="records",
        diagnostics=(f"records: {len(reviews)} reviews, {len(places)} places", *_grades_left_out(found, places)),
    )


def _once(reviews: list[RawReview]) -> list[RawReview]:
    """Reviews of one id and one content once: some products list the newest ones in two places."""
    known: set[tuple[str | None, ...]] = set()
    result = []
    for review in reviews:
        key = (
            review.external_id,
            review.author,
            review.text,
            review.date,
            review.rating.value if review.rating else None,
        )
        if review.external_id is None or key not in known:
            known.add(key)
            result.append(review)
    return result


def refuse_own_writing(data: Any) -> None:
    """Raises ImportFileError for what a person wrote about others: a personal export, not a business's."""
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list):
        return
    for feature in features[:50]:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if isinstance(properties, dict) and any(str(key).startswith("five_star_rating") for key in properties):
            raise ImportFileError("a personal export: reviews that its owner wrote", OWN_WRITING)


@dataclass(frozen=True, slots=True)
class _Place:
    record: Record
    around: Record | None

    @property
    def name(self) -> str | None:
        return name_of(self.record) or (name_of(self.around) if self.around else None)


def _grades_left_out(found: list[_Found], places: list[_Place]) -> list[str]:
    """A word on numbers of which no stars were made."""
    records = [*(each.record for each in found), *(each.record for each in places)]
    count = sum(has_grade(record) and rating_of(record) is None for record in records)
    return [f"records: {count} numbers under “note” may be school grades, no stars were made of them"] if count else []


def _place_name(entry: _Found) -> str | None:
    """The place that a review belongs to: named in its own record, or the one around it."""
    own = scalar(
        entry.record, "place_name", "business_name", "location_name", "clinic", "doctor_full_name", "location_title"
    )
    return own or (name_of(entry.around) if entry.around else None)


def _businesses(places: list[_Place], names: list[str], shared: str | None) -> tuple[Business, ...]:
    found: list[Business] = []
    for known in places:
        business = _business(known.record if known.around is None else {**known.around, **known.record})
        if business.name not in [other.name for other in found]:
            found.append(business)
    for name in names:
        if name not in [other.name for other in found]:
            found.append(Business(name=name))
    if not found and shared:
        found.append(Business(name=shared))
    return tuple(found)


def _shared_title(records: list[Record]) -> str | None:
    """The "title" that is the place's name and no heading: every record has it, and the author stands under "name"."""
    titles = {scalar(record, "title") for record in records}
    if len(titles) != 1 or len(records) < 2 or not all(scalar(record, "name") for record in records):
        return None
    return titles.pop()


def _walk(data: Any) -> Iterator[tuple[Record, str, str, Record | None]]:
    """Every record flat, in order, with where it stands, the name of its list, and the place around it.

    A review's own parts are not walked.
    """
    stack: list[tuple[Any, str, str, Record | None]] = [(data, "", "", None)]
    left = MAX_NODES
    while stack and left:
        left -= 1
        node, where, key, around = stack.pop()
        if isinstance(node, list):
            stack.extend(
                (inner, f"{where} item {at}".strip(), key, around)
                for at, inner in reversed(list(enumerate(node, start=1)))
                if isinstance(inner, (dict, list))
            )
        elif isinstance(node, dict):
            record = flatten(node)
            yield record, where or "the file", key, around
            is_place = _is_place(record)
            if is_place or not _is_review(record, key):
                holder = record if is_place or name_of(record) else _named_beside(record) or around
                stack.extend(
                    (inner, where, header_key(str(name)), holder)
                    for name, inner in reversed(list(node.items()))
                    if isinstance(inner, (dict, list))
                )


def _named_beside(record: Record) -> Record | None:
    """The place that a record names beside its list of reviews: {"clinic": {"name": …}, "reviews": […]}."""
    if not any(isinstance(value, list) and LIST_KEYS.search(name) for name, value in record.items()):
        return None
    inner = (flatten(value) for name in PLACES if isinstance(value := record.get(name), dict))
    return next((place for place in inner if name_of(place)), None)


def _is_place(record: Record) -> bool:
    name = name_of(record)
    has_count = any(scalar(record, key) for key in (*COUNTS, *REVIEW_COUNTS) if not isinstance(record.get(key), dict))
    holds_reviews = isinstance(record.get("reviews"), list) and bool(name)
    is_rated = rating_of(record) is not None or has_grade(record)
    said = scalar(record, "review_text", "comment", "text_original")
    return (is_rated and bool(name) and has_count and not said) or holds_reviews


def _is_total(record: Record) -> bool:
    """A total that stands by itself: an average and how many, and nothing said."""
    has_count = any((scalar(record, key) or "").isdigit() for key in ("count", *COUNTS, "review_count", "total"))
    average = scalar(record, "average", "rating_value", "avg", "average_rating", "rating")
    return bool(average and has_count and len(record) <= 15 and scalar(record, *TEXT) is None)


def _is_review(record: Record, key: str) -> bool:
    text = scalar(record, *TEXT)
    if any(record.get(name) is True for name in ("deleted", "archived", "is_deleted")):
        return False
    rating = rating_of(record)
    known = author_of(record) or date_of(record)
    if rating is not None or has_grade(record):
        return bool(text or known)
    if not text or not known:
        return False
    if scalar(record, *ID) and any(name == "stars" or name.startswith("review_") for name in record):
        return True
    return bool(LIST_KEYS.search(key)) and bool(author_of(record))


def _business(record: Record) -> Business:
    location = record.get("location")
    inner = {header_key(str(k)): v for k, v in location.items()} if isinstance(location, dict) else {}
    street = None
    for source in (record, inner):
        for name in ADDRESS:
            value = source.get(name)
            if isinstance(value, list):
                value = ", ".join(part for part in value if isinstance(part, str))
            if street is None and isinstance(value, str) and value.strip():
                street = value.strip()
    return Business(name=name_of(record), street=street, telephone=scalar(record, *PHONE))


def _total(record: Record, number: int) -> RawTotal | None:
    rating = rating_of(record)
    average = rating.value if rating and rating.kind == "stars" else scalar(record, "avg", "average_rating")
    if average is None:
        return None
    review_count = scalar(record, *REVIEW_COUNTS[:-1])
    return RawTotal(
        place=f"place {number}",
        average=average,
        best=rating.best if rating else None,
        rating_count=scalar(record, *COUNTS) or (scalar(record, "count") if review_count is None else None),
        review_count=review_count,
    )
