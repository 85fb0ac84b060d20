# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""What the fields of a record are called, in exports and answers of many products; no product is named here.

A record comes flat: the fields of an inner object stand beside its own ("reviewer": {"displayName"} →
``reviewer_display_name``). Names are compared by `columns.header_key`.
"""

import re
from collections.abc import Mapping
from typing import Any

from reviews.model import RawRating, RawReply, RawReview
from reviews.normalize.dates import unix_to_text
from reviews.normalize.ratings import NUMBER_WORDS
from reviews.sources.cells import ORIGINS
from reviews.sources.columns import GRADES, header_key, may_be_grade

Record = dict[str, Any]

RATING = (
    "stars", "star_rating", "review_rating", "rating_float", "rating", "score", "rating_value", "average", "overall_rating",
    "review_stars", "gesamtbewertung", "gesamtnote", "bewertung", "note", "puntuacion", "calificacion", "valoracion",
    "estrellas", "voto", "ocena", "beoordeling", "recommendation_type",
)  # fmt: skip
TEXT = (
    "text_original", "original_text_text", "review_text", "text", "snippet", "excerpt", "comment", "comments", "review_body",
    "review", "body", "content", "description", "message", "review_content", "review_comment", "kommentar", "texte",
    "commentaire", "comentario", "testo", "opinion", "testimonial", "quote", "feedback", "avis", "resena", "reviewtext",
    "bewertungstext",
)  # fmt: skip
TITLE = ("review_title", "title", "headline", "titel", "titre", "titulo", "titolo", "review_headline", "subject")
AUTHOR = (
    "author_name", "autor_name", "reviewer_name", "author_title", "autor_title", "reviewer_display_name", "display_name", "reviewer",
    "author", "user", "consumer", "consumer_display_name", "reviewer_nick_name", "user_name", "username", "nickname", "name",
    "customer_name", "patient_name", "autor", "auteur", "verfasser", "author_display_name", "author_attribution_display_name",
    "from_name", "created_by", "patient", "client", "customer", "testimonial_author", "by",
)  # fmt: skip
DATE = (
    "iso_date", "published_at_date", "review_datetime_utc", "posted_at_unix_micros", "create_time", "created_time", "created_at",
    "created", "published_at", "publish_time", "date_published", "review_date", "date_created", "date", "datum", "fecha", "data",
    "review_timestamp", "time_created", "time", "timestamp", "submitted_at", "posted_at", "dates_published_date",
    "published_date", "published", "datetime", "erstellt_am", "rdate", "when",
)  # fmt: skip
ID = ("review_id", "reviewid", "open_graph_story_id", "id", "uid", "uuid")
URL = ("review_url", "review_link", "link", "url", "permalink")
REPLY = (
    "owner_answer", "response_from_owner_text", "reply_text_original", "owner_response", "owner_response_text",
    "company_reply", "company_reply_text", "review_reply_comment", "review_reply", "reply", "reply_text", "response_text", "response",
    "business_response", "kommentar_arzt", "antwort", "owner_reply", "response_comment", "response_snippet",
)  # fmt: skip
REPLY_DATE = (
    "response_from_owner_date", "owner_answer_timestamp_datetime_utc", "company_reply_created_at", "review_reply_update_time",
    "reply_date", "response_date", "reply_posted_at",
)  # fmt: skip
COUNTS = (
    "user_ratings_total",
    "rating_count",
    "ratings_count",
    "user_rating_count",
    "total_ratings",
    "rating_total",
    "votes_count",
)
REVIEW_COUNTS = (
    "review_count", "reviews_count", "total_review_count", "reviews", "number_of_reviews", "number_of_reviews_total",
    "total_reviews", "count",
)  # fmt: skip
ADDRESS = (
    "formatted_address",
    "full_address",
    "display_address",
    "address",
    "street",
    "adresse",
    "direccion",
    "indirizzo",
)
PHONE = (
    "international_phone_number", "display_phone", "formatted_phone_number", "national_phone_number", "telephone", "phone_number",
    "phone", "telefon", "telefono",
)  # fmt: skip
NAME = (
    "place_name",
    "business_name",
    "full_name",
    "doctor_full_name",
    "display_name",
    "title",
    "name",
    "company_name",
    "company",
)
PLACES = (
    "place", "business", "clinic", "practice", "location", "doctor", "provider", "company", "organization", "organisation",
    "business_unit", "listing", "praxis", "cabinet", "centro",
)  # fmt: skip
"""Names of inner objects that say what place the list of reviews beside them is about."""
ORIGIN = ("review_origin", "source_type", "review_site_name", "site_name", "source", "platform", "type")
LIST_KEYS = re.compile(
    r"(?:^|_)(?:reviews?|testimonials?|opinions?|opiniones|opinie|avis|bewertung(?:en)?|rezensionen|recensioni|resenas|feedbacks?|reviews_data|"
    r"user_reviews|reviews_list|items_reviews)(?:$|_)"
)
"""Names of lists whose records are reviews even without a rating."""

_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000}
_UNIX = {
    "time": "s",
    "time_created": "s",
    "timestamp": "s",
    "review_timestamp": "s",
    "created": "s",
    "created_time": "s",
}
_PLAIN = re.compile(r"\d{1,3}(?:\.\d+)?")
_FRACTION = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s*(?:/|of|out of|von|sur|su|de)\s*(\d{1,3})")
_RESOURCE = re.compile(r"(?:places|accounts)/.+?(?:/reviews/(?P<id>[\w-]+))?")
_MIN_EPOCH, _MAX_EPOCH = 946_684_800, 4_102_444_800  # the years 2000 to 2100


def flatten(node: Mapping[Any, Any]) -> Record:
    """A record's fields under comparable names, those of inner objects beside them, two levels deep."""
    found: Record = {}
    for key, value in node.items():
        name = header_key(str(key))
        found.setdefault(name, value)
        if isinstance(value, Mapping):
            for inner_key, inner in value.items():
                below = f"{name}_{header_key(str(inner_key))}"
                found.setdefault(below, inner)
                if isinstance(inner, Mapping):
                    for last_key, last in inner.items():
                        if not isinstance(last, (dict, list)):
                            found.setdefault(f"{below}_{header_key(str(last_key))}", last)
    return found


def scalar(record: Record, *names: str) -> str | None:
    """The first of these fields that is a text or number; of an object its name or text."""
    for name in names:
        value = record.get(name)
        if isinstance(value, Mapping):
            inner = {header_key(str(key)): part for key, part in value.items()}
            value = next(
                (
                    v
                    for k in ("display_name", "name", "text", "snippet", "comment", "nick_name")
                    if isinstance(v := inner.get(k), str) and v.strip()
                ),
                None,
            )
        if isinstance(value, str) and value.strip() and value.strip().lower() not in ("null", "none", "undefined"):
            return value.strip()
    return None


def rating_of(record: Record) -> RawRating | None:
    """The rating: a number, a fraction, a word for a number, a recommendation; None for 0 and for everything else."""
    recommended = scalar(record, "recommendation_type", "recommended")
    is_recommendation = record.get("is_recommendation") is True
    for name in RATING:
        value = scalar(record, name)
        if value is None or name == "recommendation_type":
            continue
        best = scalar(record, "rating_scale", "best_rating", f"{name}_best", f"{name}_best_rating", "rating_scale_max")
        if is_recommendation and value in ("1", "5", "1.0", "5.0"):
            return RawRating(value="yes" if value.startswith("5") else "no", kind="recommend")
        if _PLAIN.fullmatch(value) and float(value) > 0:
            if best is None and may_be_grade(name, record):
                continue
            return RawRating(value=value, best=best)
        if found := _FRACTION.fullmatch(value):
            return RawRating(value=found.group(1), best=found.group(2))
        if value.lower() in NUMBER_WORDS:
            return RawRating(value=value, best="5")
    if recommended in ("1", "0") or (recommended or "").lower() in ("positive", "negative", "yes", "no"):
        yes = (recommended or "").lower() in ("1", "positive", "yes")
        return RawRating(value="yes" if yes else "no", kind="recommend")
    return None


def has_grade(record: Record) -> bool:
    """Whether a record holds a number that may be a school grade, of which no stars are made."""
    values = ((name, scalar(record, name) or "") for name in GRADES)
    return any(_PLAIN.fullmatch(value.replace(",", ".")) and may_be_grade(name, record) for name, value in values)


def author_of(record: Record) -> str | None:
    """The author as shown; first and last name where only these are there."""
    first, last = scalar(record, "reviewer_first_name", "first_name"), scalar(record, "reviewer_last_name", "last_name")
    for name in AUTHOR:
        found = scalar(record, name)
        if found and not _RESOURCE.fullmatch(found) and not found.startswith(("http://", "https://")):
            return found
    return " ".join(part for part in (first, last) if part) or None


def date_of(record: Record, names: tuple[str, ...] = DATE) -> str | None:
    """The date as found; a unix time, whose unit its name or its size tells, as ISO 8601."""
    for name in names:
        value = scalar(record, name)
        if value is None or value == "0":
            continue
        if value.isdigit() and len(value) > 8:
            unit = _UNIX.get(name) if len(value) <= 10 else None
            return unix_to_text(value, unit or unit_of(value) or "s") if unit or unit_of(value) else None
        if any(character.isdigit() for character in value) or len(value) < 40:
            return value
    return None


def unit_of(digits: str) -> str | None:
    """Seconds, milli- or microseconds: what makes of these digits a time between 2000 and 2100; None if nothing does."""
    for unit, factor in _UNITS.items():
        if _MIN_EPOCH <= int(digits) // factor <= _MAX_EPOCH and (factor == 1 or int(digits) >= _MIN_EPOCH * factor):
            return unit
    return None


def id_of(record: Record) -> str | None:
    """The platform's own id, also at the end of a resource name."""
    if found := scalar(record, *ID):
        return found
    name = scalar(record, "name")
    resource = _RESOURCE.fullmatch(name) if name else None
    return resource.group("id") if resource else None


def name_of(record: Record) -> str | None:
    """The name of a place."""
    for name in NAME:
        found = scalar(record, name)
        if found and not _RESOURCE.fullmatch(found):
            return found
    return None


def reply_of(record: Record) -> RawReply | None:
    """The owner's answer, also as the first of a list of answers."""
    text = scalar(record, *REPLY)
    date = date_of(record, REPLY_DATE)
    if text is None:
        for name in ("responses", "replies", "comments", "response", "owner_responses"):
            listed = record.get(name)
            first = listed[0] if isinstance(listed, list) and listed else None
            if isinstance(first, Mapping):
                inner = flatten(first)
                text = scalar(inner, "body", "text", "comment", "content")
                date = date or date_of(inner)
                break
    return RawReply(text=text, date=date) if text else None


def review_of(record: Record, place: str, shared_title: str | None) -> RawReview:
    """The review in a record."""
    title = scalar(record, *TITLE)
    origin = (scalar(record, *ORIGIN) or "").lower()
    return RawReview(
        place=place,
        external_id=id_of(record),
        author=author_of(record),
        rating=rating_of(record),
        title=None if title == shared_title or title == scalar(record, *TEXT) else title,
        text=scalar(record, *TEXT),
        language=scalar(record, "original_language", "text_language_code", "language", "lang"),
        date=date_of(record),
        url=scalar(record, *URL),
        origin=ORIGINS.get(origin),
        reply=reply_of(record),
    )
