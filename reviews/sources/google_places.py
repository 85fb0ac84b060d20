"""Google Places: what Google Maps shows of a place, for staff to look at live. Nothing but the place id may be stored.

Reference: developers.google.com/maps/documentation/places/web-service (New, v1; legacy details), as of 2026-11-22. Off
until a person has read the terms. At most five reviews, in an order of Google's own, which may be others tomorrow. The
older form of the API (`legacy`) is only for keys that have it already; it answers failures with status 200.
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from reviews.errors import SourceGone, SourceRequestError
from reviews.model import Business, Field, Page, ParsedPage, RawRating, RawReview, RawTotal, Reject, Source, Traits
from reviews.normalize.dates import unix_to_text
from reviews.sources import google_errors
from reviews.sources.base import Doors
from reviews.sources.json_api import (
    NO_ID,
    NO_RATING_OR_TEXT,
    UNKNOWN_STARS,
    Problem,
    ask,
    error_of,
    not_an_object,
    part,
    read_object,
    read_records,
    require,
    secret,
    setting,
    text_of,
    try_object,
    whole_number,
)

PLACES = "https://places.googleapis.com/v1/places"
LEGACY = "https://maps.googleapis.com/maps/api/place/details/json"
MASK = "id,displayName,rating,userRatingCount,reviews,googleMapsUri,businessStatus,movedPlaceId"

TERMS_FIRST = (
    "Google's terms let nothing of a place be stored. Please read them, and tick the box before this source is used."
)
HINT_NOT_THERE = "Google does not know this place any more. Please look up its place id again."
HINT_DENIED = "Google does not accept this key for the older form of the API. Please check the key."
HINT_QUOTA = "Google's limit for this key is used up, or its billing is not set up. Please check the project."


class GooglePlaces:
    """The connector for Google Places."""

    kind = "google_places"
    label = "Google Maps, live"
    demo_only = False
    traits = Traits(
        complete=False,
        ordered_by="none",
        max_items=5,
        stable_id=True,
        reports_totals=True,
        rating_kind="stars",
        reply_read=False,
        reply_post="link",
        edits="hash",
        removals="never",
        interval_minutes=24 * 60,
        full_scan_days=None,
        origin="google_places",
        live_only=True,
    )
    fields: tuple[Field, ...] = (
        Field(name="api_key", label="API key", kind="secret", required=True, help="Of your own Google Cloud project."),
        Field(name="place_id", label="Place id", required=True),
        Field(
            name="terms_read",
            label="I have read Google's terms for places",
            kind="bool",
            required=True,
            help="Nothing but the place id is stored; staff see the rest live, and no website shows it.",
        ),
        Field(
            name="form",
            label="Form of the API",
            kind="choice",
            choices=(("new", "Places API (New)"), ("legacy", "Places API, for keys that have it already")),
        ),
        Field(name="language", label="Language", help="Such as en or fr: in which language Google translates."),
    )

    def address(self, config: Mapping[str, Any]) -> str:
        """The place on Google Maps."""
        place = str(config.get("place_id") or "").strip()
        return f"https://www.google.com/maps/place/?q=place_id:{quote(place, safe='')}" if place else ""

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """One page, to be looked at and never stored; see `Connector.fetch`. One that moved is followed."""
        if source.config.get("terms_read") is not True:
            raise SourceRequestError("terms not read", TERMS_FIRST)
        place = setting(source, "place_id")
        if source.config.get("form") == "legacy":
            parsed = self._legacy(source, doors, place)
        else:
            parsed, moved = self._new(source, doors, place)
            if moved and moved != place:
                doors.save_config({"place_id": moved})
                parsed, _ = self._new(source, doors, moved)
        yield Page(number=1, url=PLACES, parsed=parsed, is_last=True)

    def _new(self, source: Source, doors: Doors, place: str) -> tuple[ParsedPage, str]:
        language = str(source.config.get("language") or "").strip()
        query = f"?{urlencode({'languageCode': language})}" if language else ""
        headers = {"X-Goog-Api-Key": secret(doors, "api_key"), "X-Goog-FieldMask": MASK}
        url = f"{PLACES}/{quote(place, safe='')}{query}"
        answer = ask(doors, url, google_errors.explain, headers=headers, wanted=(404,))
        if answer.status == 404:
            if moved := doors.sandbox.run(parse_moved, answer.body):
                return ParsedPage(), moved
            raise SourceGone("place not found", HINT_NOT_THERE)
        return doors.sandbox.run(parse_place, answer.body), doors.sandbox.run(parse_moved, answer.body)

    def _legacy(self, source: Source, doors: Doors, place: str) -> ParsedPage:
        language = str(source.config.get("language") or "").strip()
        query = {
            "place_id": place,
            "fields": "name,rating,reviews,user_ratings_total,url",
            "reviews_sort": "newest",
            "reviews_no_translations": "true",
            "key": secret(doors, "api_key"),  # this form takes it in the address only
            **({"language": language} if language else {}),
        }
        answer = ask(doors, f"{LEGACY}?{urlencode(query)}", google_errors.explain, headers={})
        problem = doors.sandbox.run(explain_legacy, answer.body)
        if problem is not None:
            raise error_of(problem)
        return doors.sandbox.run(parse_legacy, answer.body)


def parse_moved(body: bytes) -> str:
    """The new id of a place that has moved, or nothing."""
    data = try_object(body)
    details = part(data, "error").get("details")
    rows = [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []
    named = [text_of(part(each, "metadata").get("movedPlaceId")) for each in rows]
    return text_of(data.get("movedPlaceId")) or next(filter(None, named), "")


def parse_place(body: bytes) -> ParsedPage:
    """Total and reviews of a place; raises SourceChanged for anything but its JSON.

    Without reviews neither their key nor the total is there.
    """
    data = read_object(body)
    require(text_of(data.get("id")) is not None, "place")
    records = data.get("reviews", [])
    reviews, rejects = read_records(records, _read_review)
    average, count = text_of(data.get("rating")), text_of(data.get("userRatingCount"))
    total = RawTotal(
        place="place", average=average, best="5" if average else None, rating_count=count,
        url=text_of(data.get("googleMapsUri")),
    )  # fmt: skip
    name = text_of(part(data, "displayName").get("text"))
    return ParsedPage(
        reviews=reviews,
        rejects=rejects,
        totals=(total,) if average or count else (),
        businesses=(Business(name=name),) if name else (),
        business_count=1,
        signature="google_places/1",
    )


def _read_review(record: Any, place: str) -> RawReview | Reject:
    if not isinstance(record, dict):
        return not_an_object(record, place)
    name = (text_of(record.get("name")) or "").rpartition("/reviews/")[2]
    if not name:
        return Reject(place=place, reason=NO_ID, sample=str(sorted(map(str, record)))[:200])
    written, shown = part(record, "originalText"), part(record, "text")
    said, translated = text_of(written.get("text")), text_of(shown.get("text"))
    author, visit = part(record, "authorAttribution"), part(record, "visitDate")
    volatile = {
        "when": text_of(record.get("relativePublishTimeDescription")),
        "translation": translated if translated != said else None,
        "author_url": text_of(author.get("uri")),
        "flag_url": text_of(record.get("flagContentUri")),
        "visited": "-".join(filter(None, (text_of(visit.get("year")), text_of(visit.get("month"))))),
    }
    return _review(
        place=place,
        name=name,
        stars=record.get("rating"),
        text=said,
        author=text_of(author.get("displayName")),
        language=text_of(written.get("languageCode")),
        date=text_of(record.get("publishTime")),
        url=text_of(record.get("googleMapsUri")),
        volatile=volatile,
    )


def _review(
    *, place: str, name: str, stars: Any, text: str | None, author: str | None, language: str | None,
    date: str | None, url: str | None, volatile: Mapping[str, str | None],
) -> RawReview | Reject:  # fmt: skip
    value = whole_number(stars, 1, 5)
    if stars is not None and value is None:
        values = (("value", str(stars)[:40]),)
        return Reject(place=place, reason=UNKNOWN_STARS, values=values, column="rating", sample=name)
    if value is None and text is None:
        return Reject(place=place, reason=NO_RATING_OR_TEXT, sample=name)
    return RawReview(
        place=place,
        external_id=name,
        author=author,
        rating=RawRating(value=value, best="5", worst="1") if value else None,
        text=text,
        language=language,
        date=date,
        url=url,
        volatile=tuple((key, said) for key, said in volatile.items() if said),
    )


# ---------------------------------------------------------------- the older form
_STATUSES: Mapping[str, tuple[str, str | None]] = {
    "ZERO_RESULTS": ("gone", HINT_NOT_THERE),
    "NOT_FOUND": ("gone", HINT_NOT_THERE),
    "INVALID_REQUEST": ("request", None),
    "OVER_QUERY_LIMIT": ("limited", HINT_QUOTA),
    "REQUEST_DENIED": ("unauthorized", HINT_DENIED),
    "UNKNOWN_ERROR": ("unavailable", None),
}
_CONTRIBUTOR = re.compile(r"/contrib/(\d{5,30})", re.ASCII)


def explain_legacy(body: bytes) -> Problem | None:
    """What the status inside an answer means; None for OK. Raises SourceChanged for anything but such an answer."""
    status = text_of(read_object(body).get("status")) or ""
    if status == "OK":
        return None
    require(status in _STATUSES, "status")
    kind, hint = _STATUSES[status]
    return Problem(kind=kind, message=status, hint=hint)


def parse_legacy(body: bytes) -> ParsedPage:
    """Total and reviews in the older form; raises SourceChanged."""
    result = part(read_object(body), "result")
    require(bool(result), "result")
    reviews, rejects = read_records(result.get("reviews", []), _read_legacy)
    average, count = text_of(result.get("rating")), text_of(result.get("user_ratings_total"))
    total = RawTotal(
        place="place",
        average=average,
        best="5" if average else None,
        rating_count=count,
        url=text_of(result.get("url")),
    )
    return ParsedPage(
        reviews=reviews,
        rejects=rejects,
        totals=(total,) if average or count else (),
        business_count=1,
        signature="google_places/legacy",
    )


def _read_legacy(record: Any, place: str) -> RawReview | Reject:
    """A review without an id of its own: its author's number on Google Maps stands for it."""
    if not isinstance(record, dict):
        return not_an_object(record, place)
    found = _CONTRIBUTOR.search(text_of(record.get("author_url")) or "")
    if found is None:
        return Reject(place=place, reason=NO_ID, sample=str(sorted(map(str, record)))[:200])
    text = text_of(record.get("text"))
    seconds = text_of(record.get("time"))
    return _review(
        place=place,
        name=found[1],
        stars=record.get("rating"),
        text=html.unescape(text) if text else None,
        author=text_of(record.get("author_name")),
        language=text_of(record.get("original_language")) or text_of(record.get("language")),
        date=unix_to_text(seconds, "s") if seconds else None,
        url=text_of(record.get("author_url")),
        volatile={"when": text_of(record.get("relative_time_description"))},
    )
