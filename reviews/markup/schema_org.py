"""What items mean: reviews, totals and the things they rate (https://schema.org/Review, AggregateRating, Rating).

Also understands the older words of data-vocabulary.org and the common slips: a scalar instead of a Rating, a text in
`description`, `ratingValue` right in the review, a total with the type of a review's rating.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from reviews.markup.items import Item, Value, first_text, text_of, walk
from reviews.markup.subjects import FoundReview, Subject, SubjectIndex
from reviews.model import RawRating, RawReply, RawReview, RawTotal, Reject

_REVIEWS = frozenset({"review", "userreview", "criticreview", "employerreview", "mediareview"})
_TOTALS = frozenset({"aggregaterating", "review-aggregate", "employeraggregaterating", "reviewaggregate"})
_RATINGS = frozenset({"rating", "reviewrating"})
_PEOPLE = frozenset({"person"})
_REVIEW_PROPERTIES = frozenset({"review", "reviews"})
_TOTAL_PROPERTIES = frozenset({"aggregaterating", "aggregateratings", "ratings"})
_CONTAINERS = frozenset({
    "webpage", "collectionpage", "itempage", "aboutpage", "website", "itemlist", "listitem", "webpageelement",
    "contactpage", "faqpage", "wpsidebar", "wpfooter", "wpheader", "searchresultspage", "profilepage",
    "medicalwebpage", "offercatalog",
})  # fmt: skip
_RELATING = frozenset({
    "itemlistelement", "isrelatedto", "issimilarto", "relatedlink", "haspart", "mentions",
    "isaccessoryorsparepartfor", "related_products", "isvariantof", "offers",
})  # fmt: skip
_TEXT = ("reviewbody", "description", "text", "reviewtext", "body", "summary")
_TITLE = ("name", "headline", "title")
_ZERO = re.compile(r"\s*0+(?:[.,]0*)?\s*")
_OUT_OF = re.compile(
    r"\s*\d{1,3}(?:[.,]\d+)?\s*(?:stars?)?\s*(?:/|out of|of|von|sur|su|sobre|de|van)\s*(\d{1,3})\s*(?:stars?)?\s*",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\d[\d.,'’\u00a0\u202f\u2009 ]*(?<![.,'’\s])(?:\s?[kKmM]\b)?")


@dataclass(slots=True)
class Meaning:
    """What the items of a page say: subjects, what belongs to none of them, records that make no sense."""

    index: SubjectIndex = field(default_factory=SubjectIndex)
    loose_reviews: list[FoundReview] = field(default_factory=list)
    loose_totals: list[RawTotal] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    shapes: Counter[str] = field(default_factory=Counter)


def read_meaning(items: Iterable[Item]) -> Meaning:
    """Gather the reviews and totals of all items, each under the thing it rates."""
    meaning = Meaning()
    rows = list(walk(items))
    named: dict[str | None, Item] = {item.id: item for item, _, _ in rows if item.id and item.properties}
    related: set[int] = set()
    for item, parent, name in rows:
        if name in _RELATING or (parent is not None and id(parent) in related):
            related.add(id(item))
    for item, _, _ in rows:
        if _is_thing(item):
            subject = meaning.index.of_item(item, is_related=id(item) in related)
            subject.is_meant = subject.is_meant or _has_own(item)
    number = 0
    for item, parent, name in rows:
        if _is_review(item, name):
            number += 1
            _add_review(meaning, item, parent, name, named, f"item {number}")
        elif _is_total(item, name):
            _add_total(meaning, item, parent, named, f"total {number}")
    return meaning


def _is_thing(item: Item) -> bool:
    if not item.properties or item.has_type(_REVIEWS | _TOTALS | _RATINGS | _CONTAINERS):
        return False
    return _has_own(item) or bool(item.types and item.properties.get("name") and not item.has_type(_PEOPLE))


def _has_own(item: Item) -> bool:
    return any(item.properties.get(name) for name in (*_REVIEW_PROPERTIES, *_TOTAL_PROPERTIES))


def _is_review(item: Item, name: str) -> bool:
    if not item.properties:
        return False
    if item.has_type(_REVIEWS):
        return True
    tells = any(item.properties.get(key) for key in ("reviewbody", "reviewrating", "ratingvalue", "author"))
    return name in _REVIEW_PROPERTIES and (not item.types or item.has_type(_RATINGS)) and tells


def _is_total(item: Item, name: str) -> bool:
    if name in ("reviewrating", "rating"):
        return False
    return item.has_type(_TOTALS) or name in _TOTAL_PROPERTIES


def _subject_of(meaning: Meaning, item: Item, parent: Item | None, named: dict[str | None, Item]) -> Subject | None:
    """The thing that a review or total rates: the item around it, else what it names, else nobody yet."""
    outer = None
    if parent is not None and not parent.has_type(_CONTAINERS | _REVIEWS):
        is_named = any(parent.properties.get(key) for key in ("name", "legalname", "headline"))
        outer = meaning.index.of_item(parent, is_related=True) if is_named else None
    if outer is not None:
        return outer
    for value in item.values("itemreviewed", "item", "about"):
        if isinstance(value, str):
            return meaning.index.of_text(value)
        target = named.get(value.id, value) if value.id else value
        if target.properties.get("name") or target.id:
            return meaning.index.of_item(target, is_related=True)
    if parent is not None and parent.has_type(_CONTAINERS):
        for value in parent.values("mainentity", "about", "item"):
            if isinstance(value, Item) and value.properties.get("name"):
                return meaning.index.of_item(value, is_related=True)
        return None
    if parent is not None and not parent.has_type(_REVIEWS):
        return meaning.index.of_item(parent, is_related=True)
    return None


def _add_review(
    meaning: Meaning, item: Item, parent: Item | None, name: str, named: dict[str | None, Item], place: str
) -> None:
    rating = _rating_of(item)
    text = first_text(item, *_TEXT)
    title = first_text(item, *_TITLE)
    author, seen = _author_of(item)
    if rating is None and text is None:
        if title is None:
            sample = "; ".join(sorted(item.properties))[:200]
            meaning.rejects.append(
                Reject(place=place, reason="This review has neither a rating nor a text.", sample=sample)
            )
            return
        text, title = title, None
    if title == text or (title and author and title == author):
        title = None
    subject = _subject_of(meaning, item, parent, named)
    if title and subject and subject.business.name and _same_words(title, subject.business.name):
        title = None
    found = FoundReview(
        review=RawReview(
            place=place,
            external_id=first_text(item, "identifier", "reviewid"),
            anchor=item.id if item.id and not item.id.startswith("_:") else None,
            author=author,
            rating=rating,
            title=title,
            text=text,
            language=first_text(item, "inlanguage"),
            date=first_text(item, "datepublished", "datecreated", "dtreviewed", "date", "datemodified"),
            url=first_text(item, "url", "mainentityofpage"),
            reply=_reply_of(item, subject),
            updated=first_text(item, "datemodified"),
        ),
        syntax=item.syntax,
        group=f"{item.group} {id(parent)}" if item.syntax == "json-ld" and name in _REVIEW_PROPERTIES else item.group,
        author_seen=seen,
    )
    meaning.shapes[f"{item.syntax} review[{','.join(sorted(item.properties))}]"] += 1
    (meaning.loose_reviews if subject is None else subject.reviews).append(found)


def _add_total(meaning: Meaning, item: Item, parent: Item | None, named: dict[str | None, Item], place: str) -> None:
    total = _total_of(item, place)
    if total is None:
        meaning.lines.append(f"{item.syntax}: a total that says nothing (nobody has rated, or no number); left out")
        return
    meaning.shapes[f"{item.syntax} total[{','.join(sorted(item.properties))}]"] += 1
    subject = _subject_of(meaning, item, parent, named)
    totals = meaning.loose_totals if subject is None else subject.totals
    if not any(_same_total(known, total) for known in totals):
        totals.append(total)


def _rating_of(item: Item) -> RawRating | None:
    """The overall rating, not that of one aspect; None if there is none, or if it is the 0 of "not rated"."""
    values = item.values("reviewrating", "reviewratings", "rating", "starrating")
    overall = [v for v in values if isinstance(v, str) or not v.properties.get("reviewaspect")] or list(values)
    for value in (*overall, *([item] if item.properties.get("ratingvalue") else [])):
        rating = _read_rating(value)
        if rating is not None:
            return rating
    return None


def _read_rating(value: Value) -> RawRating | None:
    if isinstance(value, str):
        return None if _ZERO.fullmatch(value) else RawRating(value=value, best=_best_within(value))
    number = first_text(value, "ratingvalue", "value", "average", "@value") or value.text or None
    if number is None:
        return None
    worst = first_text(value, "worstrating", "worst")
    if _ZERO.fullmatch(number) and (worst is None or not _ZERO.fullmatch(worst)):
        return None
    return RawRating(value=number, best=first_text(value, "bestrating", "best") or _best_within(number), worst=worst)


def _best_within(text: str | None) -> str | None:
    """The best value in "4.8 out of 5"; None where the text is only a number."""
    found = _OUT_OF.fullmatch(text) if text else None
    return found.group(1) if found else None


def _total_of(item: Item, place: str) -> RawTotal | None:
    """A total verbatim; None when nobody has rated: 0 of 0, or a 0 that stands for nothing."""
    inner = next((v for v in item.values("rating") if isinstance(v, Item)), item)
    average = first_text(item, "ratingvalue", "average") or first_text(inner, "average", "ratingvalue", "value")
    rating_count = _count(first_text(item, "ratingcount", "votes"))
    review_count = _count(first_text(item, "reviewcount", "count"))
    counts = [count for count in (rating_count, review_count) if count is not None]
    if average is None and not counts:
        return None
    if counts and all(_ZERO.fullmatch(count) for count in counts):
        return None
    if average is not None and _ZERO.fullmatch(average):
        average = None
        if not counts:
            return None
    return RawTotal(
        place=place,
        average=average,
        best=first_text(item, "bestrating") or first_text(inner, "best", "bestrating") or _best_within(average),
        worst=first_text(item, "worstrating") or first_text(inner, "worst", "worstrating"),
        rating_count=rating_count,
        review_count=review_count,
        text=item.text or None,
        url=first_text(item, "url"),
    )


def _count(text: str | None) -> str | None:
    """The number in "1,426 reviews", as written; a text without a number says nothing."""
    found = _COUNT.search(text) if text else None
    return found.group().strip() if found else None


def _same_total(first: RawTotal, second: RawTotal) -> bool:
    return (first.average, first.rating_count, first.review_count, first.best) == (
        second.average,
        second.rating_count,
        second.review_count,
        second.best,
    )


def _author_of(item: Item) -> tuple[str | None, str]:
    """The author's name, and what a visitor sees there, which may be another text."""
    for value in item.values("author", "creator", "reviewer"):
        if (name := text_of(value)) and not name.startswith(("http://", "https://")):
            return name, value.text if isinstance(value, Item) else ""
    return None, ""


def _reply_of(item: Item, subject: Subject | None) -> RawReply | None:
    """The owner's answer: named as such, or a comment whose author is the business or an organisation."""
    for value in item.values("ownerresponse", "ownerreply", "reviewreply", "response", "reply"):
        if isinstance(value, str):
            return RawReply(text=value)
        if text := first_text(value, "text", "comment", "description", "reviewbody"):
            return RawReply(text=text, date=first_text(value, "datepublished", "datecreated", "date"))
    for value in item.values("comment", "comments"):
        if not isinstance(value, Item) or not (text := first_text(value, "text", "description")):
            continue
        author = next(iter(value.values("author", "creator")), None)
        name = text_of(author) if author is not None else None
        is_owner = isinstance(author, Item) and not author.has_type(_PEOPLE) and bool(author.types)
        if is_owner or (name and subject and subject.business.name and _same_words(name, subject.business.name)):
            return RawReply(text=text, date=first_text(value, "datepublished", "datecreated"), author=name)
    return None


def _same_words(first: str, second: str) -> bool:
    return first.strip().casefold() == second.strip().casefold()
