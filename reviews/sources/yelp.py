"""Yelp: the totals of a business, and the few excerpts that the Places API (v3) gives.

Reference: docs.developer.yelp.com, as of 2026-11-22. An answer holds at most three excerpts (seven with the largest
plan, none with the smallest), whatever is asked for. Times have no zone, so only the day counts. Not established: the
body of the answer for a business that has moved, and the statuses of most error codes.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from reviews.model import Business, Field, Page, ParsedPage, RawRating, RawReview, RawTotal, Reject, Source, Traits
from reviews.sources.base import Doors
from reviews.sources.json_api import (
    NO_ID,
    NO_RATING_OR_TEXT,
    UNKNOWN_STARS,
    Problem,
    ask,
    not_an_object,
    part,
    plain_problem,
    read_object,
    read_records,
    require,
    secret,
    setting,
    text_of,
    try_object,
    whole_number,
)

if TYPE_CHECKING:
    # Only a name here: the sandbox imports this module, and needs no network.
    from reviews.fetcher import Answer

API = "https://api.yelp.com/v3"
LIMIT = 50

BASE_PLAN = "Your Yelp plan gives the total but no single reviews."
HINT_KEY = "Yelp does not accept this key. Please check it and connect again."
HINT_DAY = "Today's Yelp requests are used up. We go on by ourselves when Yelp counts anew."
HINT_NOT_THERE = "Yelp does not know this business. Please check its id or its address at Yelp."
HINT_UNAVAILABLE = "Yelp does not give this business to programs. We have stopped asking."

_LOCALE = re.compile(r"[a-z]{2}_[A-Z]{2}", re.ASCII)
_CUT = ("...", "…")


class Yelp:
    """The connector for Yelp."""

    kind = "yelp"
    label = "Yelp"
    demo_only = False
    traits = Traits(
        complete=False,
        ordered_by="none",
        max_items=7,
        stable_id=True,
        reports_totals=True,
        rating_kind="stars",
        reply_read=False,
        reply_post="partner",
        edits="hash",
        removals="never",
        interval_minutes=6 * 60,
        full_scan_days=None,
        origin="yelp",
    )
    fields: tuple[Field, ...] = (
        Field(name="api_key", label="API key", kind="secret", required=True, help="Of your app at Yelp."),
        Field(
            name="business",
            label="Business at Yelp",
            required=True,
            help="The last part of the page's address, or the business id.",
        ),
        Field(
            name="locale",
            label="Language and country",
            help="Such as en_CA or fr_CA. Yelp shows other reviews for each; empty: en_US.",
        ),
    )

    def address(self, config: Mapping[str, Any]) -> str:
        """The business at Yelp."""
        business = _business(config)
        return f"https://www.yelp.com/biz/{quote(business, safe='')}" if business else ""

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """One page: the total, and the newest excerpts; see `Connector.fetch`.

        A business that has moved is followed, and its new id is kept.
        """
        setting(source, "business")
        business = _business(source.config)
        answer = self._get(doors, business)
        if answer.status == 301:
            business = doors.sandbox.run(parse_moved, answer.body)
            answer = self._get(doors, business, wanted=())
            doors.save_config({"business": business})
        head = doors.sandbox.run(parse_business, answer.body)
        locale = str(source.config.get("locale") or "").strip()
        query = {"limit": str(LIMIT), "sort_by": "newest", **({"locale": locale} if _LOCALE.fullmatch(locale) else {})}
        listed = self._get(doors, business, f"/reviews?{urlencode(query)}", wanted=())
        parsed = doors.sandbox.run(parse_reviews, listed.body)
        has_none = not parsed.reviews and not parsed.rejects and (head.totals[0].review_count or "0") != "0"
        yield Page(
            number=1,
            url=f"{API}/businesses/{quote(business, safe='')}/reviews",
            parsed=ParsedPage(
                reviews=parsed.reviews,
                rejects=parsed.rejects,
                totals=head.totals,
                businesses=head.businesses,
                business_count=1,
                signature="yelp/3",
                totals_only=BASE_PLAN if has_none else "",
            ),
            is_last=True,
        )

    def _get(self, doors: Doors, business: str, rest: str = "", *, wanted: tuple[int, ...] = (301,)) -> "Answer":
        headers = {"Authorization": f"Bearer {secret(doors, 'api_key')}"}
        url = f"{API}/businesses/{quote(business, safe='')}{rest}"
        return ask(doors, url, explain, headers=headers, wanted=wanted)


def _business(config: Mapping[str, Any]) -> str:
    """Id or alias, also out of the page's address."""
    text = str(config.get("business") or "").strip()
    return urlsplit(text).path.rstrip("/").split("/")[-1] if "//" in text else text


def explain(body: bytes, status: int, headers: Mapping[str, str], now: datetime) -> Problem:
    """What an error of the API means: its code counts before its status."""
    code = text_of(part(try_object(body), "error").get("code")) or ""
    known: dict[str, tuple[str, str | None]] = {
        "TOKEN_INVALID": ("unauthorized", HINT_KEY),
        "TOKEN_MISSING": ("unauthorized", HINT_KEY),
        "UNAUTHORIZED_ACCESS_TOKEN": ("unauthorized", HINT_KEY),
        "BUSINESS_NOT_FOUND": ("gone", HINT_NOT_THERE),
        "BUSINESS_UNAVAILABLE": ("blocked", HINT_UNAVAILABLE),
        "BUSINESS_MIGRATED": ("changed", None),
        "VALIDATION_ERROR": ("request", None),
    }
    if code == "ACCESS_LIMIT_REACHED":
        return Problem(kind="limited", message=code, hint=HINT_DAY, retry_after_seconds=_until_reset(headers, now))
    if code == "TOO_MANY_REQUESTS_PER_SECOND":
        return Problem(kind="limited", message=code, retry_after_seconds=1)
    if code in known:
        return Problem(kind=known[code][0], message=f"status {status} {code}", hint=known[code][1])
    return plain_problem(status)


def _until_reset(headers: Mapping[str, str], now: datetime) -> int | None:
    """Seconds until the daily limit begins anew, as the header says; None when it does not."""
    try:
        moment = datetime.fromisoformat(headers.get("ratelimit-resettime", ""))
        return max(int((moment - now).total_seconds()), 1)
    except (ValueError, TypeError):
        return None


def parse_moved(body: bytes) -> str:
    """The new id of a business that has moved; raises SourceChanged when the answer does not say."""
    found = text_of(part(read_object(body), "error").get("new_business_id"))
    require(found is not None, "new business id")
    return str(found)


def parse_business(body: bytes) -> ParsedPage:
    """Total and name of a business; raises SourceChanged for anything but its JSON."""
    data = read_object(body)
    name, count, average = text_of(data.get("name")), text_of(data.get("review_count")), text_of(data.get("rating"))
    require(name is not None and count is not None, "name and count of a business")
    total = RawTotal(
        place="business",
        average=average if count != "0" else None,
        best="5" if average and count != "0" else None,
        review_count=count,
        url=_clean_url(text_of(data.get("url"))),
    )
    return ParsedPage(totals=(total,), businesses=(Business(name=name),), business_count=1)


def parse_reviews(body: bytes) -> ParsedPage:
    """The excerpts of one answer; raises SourceChanged for anything but its JSON."""
    reviews, rejects = read_records(read_object(body).get("reviews"), _read_review)
    return ParsedPage(reviews=reviews, rejects=rejects)


def _read_review(record: Any, place: str) -> RawReview | Reject:
    if not isinstance(record, dict):
        return not_an_object(record, place)
    name = text_of(record.get("id"))
    if name is None:
        return Reject(place=place, reason=NO_ID, sample=str(sorted(map(str, record)))[:200])
    stars, text = record.get("rating"), text_of(record.get("text"))
    value = whole_number(stars, 1, 5)
    if stars is not None and value is None:
        values = (("value", str(stars)[:40]),)
        return Reject(place=place, reason=UNKNOWN_STARS, values=values, column="rating", sample=name)
    if value is None and text is None:
        return Reject(place=place, reason=NO_RATING_OR_TEXT, sample=name)
    return RawReview(
        place=place,
        external_id=name,
        author=text_of(part(record, "user").get("name")),
        rating=RawRating(value=value, best="5", worst="1") if value else None,
        text=text,
        cut=text is not None and text.rstrip().endswith(_CUT),
        date=text_of(record.get("time_created")),
        url=_clean_url(text_of(record.get("url"))),
    )


def _clean_url(url: str | None) -> str | None:
    """The address without its tracking: scheme, host, path, and which review is meant."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        review = parse_qs(parts.query).get("hrid", [""])[0]
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return f"{parts.scheme}://{parts.netloc}{parts.path}" + (f"?{urlencode({'hrid': review})}" if review else "")
