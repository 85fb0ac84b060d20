"""Trustpilot: a business unit's score and its reviews, by the public API with a key.

Reference: documentation-apidocumentation.trustpilot.com, as of 2026-11-22. Nothing sorts by the time of an edit, so an
edited old review is found by the weekly full scan only. Pages shift while they are read: what stands twice is one
review, and a run that was cut off begins again one page earlier. Reviews that were reported are asked for too; those
that Trustpilot hides meanwhile are left out, for nobody else sees them, and are back when it shows them again. The
score is weighted by time: it is not the mean of the stars.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from reviews.model import (
    Business,
    Field,
    Page,
    ParsedPage,
    RawRating,
    RawReply,
    RawReview,
    RawTotal,
    Reject,
    Source,
    Traits,
)
from reviews.sources.base import Doors
from reviews.sources.json_api import (
    MAX_PAGES,
    NO_ID,
    NO_RATING_OR_TEXT,
    UNKNOWN_STARS,
    Problem,
    ask,
    keys_of,
    not_an_object,
    oldest_wanted,
    part,
    plain_problem,
    read_object,
    read_records,
    require,
    secret,
    setting,
    text_of,
    whole_number,
)

if TYPE_CHECKING:
    # Only a name here: the sandbox imports this module, and needs no network.
    from reviews.fetcher import Answer

API = "https://api.trustpilot.com/v1"
PAGE_SIZE = 100

HINT_KEY = "Trustpilot does not accept this key. Please check it and connect again."
NO_REPORT = "This record does not say whether it was reported and is hidden."
HINT_NOT_THERE = "Trustpilot does not know this business. Please check the website's name or the business unit."

_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)
_NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?", re.ASCII)


class Trustpilot:
    """The connector for Trustpilot."""

    kind = "trustpilot"
    label = "Trustpilot"
    demo_only = False
    traits = Traits(
        complete=True,
        ordered_by="created",
        max_items=None,
        stable_id=True,
        reports_totals=True,
        rating_kind="stars",
        reply_read=True,
        reply_post="link",
        edits="full_scan",
        removals="full_scan",
        interval_minutes=12 * 60,  # the terms want a reading a day, also when one fails
        full_scan_days=7,
        origin="trustpilot",
    )
    fields: tuple[Field, ...] = (
        Field(name="api_key", label="API key", kind="secret", required=True, help="Of your app at Trustpilot."),
        Field(
            name="business",
            label="Business at Trustpilot",
            required=True,
            help="Your website's name, such as clinic.example.org, or the business unit's id.",
        ),
    )

    def address(self, config: Mapping[str, Any]) -> str:
        """The business's page at Trustpilot, when it is set by its website."""
        name = str(config.get("business") or "").strip()
        return f"https://www.trustpilot.com/review/{quote(name, safe='')}" if name and not _ID.fullmatch(name) else ""

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """Pages of reviews, newest first; see `Connector.fetch`.

        A short run stops after a whole page older than the mark less the look-back; a page past the end is empty.
        """
        name = setting(source, "business")
        path = f"business-units/{name}" if _ID.fullmatch(name) else f"business-units/find?{urlencode({'name': name})}"
        head = doors.sandbox.run(parse_unit, self._get(doors, path).body)
        unit = f"business-units/{quote(head.signature, safe='')}"
        head = replace(head, signature="")
        first = number = int((source.cursor.get("position") or {}).get("page") or 1)
        wanted = oldest_wanted(source)
        before = self._page(doors, unit, number - 1) if number > 1 else None
        while True:
            parsed, is_end = self._page(doors, unit, number)
            keys = keys_of(review.date for review in parsed.reviews)
            is_old = wanted is not None and bool(keys) and keys[-1] < wanted
            capped = not is_end and not is_old and number >= MAX_PAGES
            is_last = is_end or is_old or capped
            if number == first and before is not None:  # rows may have moved up over the cut meanwhile
                known = {review.external_id for review in parsed.reviews}
                moved = tuple(review for review in before[0].reviews if review.external_id not in known)
                parsed = replace(parsed, reviews=(*moved, *parsed.reviews))
            if number == 1:
                parsed = replace(parsed, totals=head.totals, businesses=head.businesses, business_count=1)
            yield Page(
                number=number,
                url=f"{API}/{unit}/reviews",
                parsed=parsed,
                position={} if is_last else {"page": number + 1},
                is_last=is_last,
                capped=capped,
                newest_key=keys[-1] if keys else None,
                oldest_key=keys[0] if keys else None,
            )
            if is_last:
                return
            number += 1

    def _page(self, doors: Doors, unit: str, number: int) -> tuple[ParsedPage, bool]:
        """One page of the list, and whether it is the last."""
        query = {
            "page": str(number),
            "perPage": str(PAGE_SIZE),
            "orderBy": "createdat.desc",
            "includeReportedReviews": "true",
        }
        parsed = doors.sandbox.run(parse_reviews, self._get(doors, f"{unit}/reviews?{urlencode(query)}").body)
        return replace(parsed, next_url=None), parsed.next_url is None

    def _get(self, doors: Doors, path: str) -> "Answer":
        return ask(doors, f"{API}/{path}", explain, headers={"apikey": secret(doors, "api_key")})


def explain(body: bytes, status: int, headers: Mapping[str, str], now: datetime) -> Problem:
    """What an error of the API means; its bodies are not documented, so the status counts."""
    found = plain_problem(status)
    hints = {"unauthorized": HINT_KEY, "gone": HINT_NOT_THERE}
    return replace(found, hint=hints.get(found.kind))


def parse_unit(body: bytes) -> ParsedPage:
    """Total and name of a business unit, its id in `signature`; raises SourceChanged for anything but its JSON."""
    data = read_object(body)
    name, score = text_of(data.get("id")), text_of(part(data, "score").get("trustScore"))
    count = text_of(part(data, "numberOfReviews").get("total"))
    require(name is not None and count is not None, "business unit")
    has_score = score is not None and count != "0"
    total = RawTotal(
        place="business unit",
        average=score if has_score else None,
        best="5" if has_score else None,
        rating_count=count,
    )
    shown = text_of(data.get("displayName"))
    return ParsedPage(
        totals=(total,), businesses=(Business(name=shown),) if shown else (), business_count=1, signature=str(name)
    )


def parse_reviews(body: bytes) -> ParsedPage:
    """One page of the list; `next_url` is set where there may be another. Raises SourceChanged."""
    data = read_object(body)
    records = data.get("reviews")
    reviews, rejects = read_records(records, _read_review)
    links = [link for link in data.get("links") or () if isinstance(link, dict)]
    has_next = any(link.get("rel") == "next-page" for link in links)
    # A full page may have a follower also where its link is missing: a page past the end is empty and does no harm.
    is_full = isinstance(records, list) and len(records) >= PAGE_SIZE
    hidden = sum(_is_hidden(record) for record in records) if isinstance(records, list) else 0
    return ParsedPage(
        reviews=reviews,
        rejects=rejects,
        next_url="next" if records and (has_next or is_full) else None,
        signature="trustpilot/1",
        diagnostics=(f"{hidden} reported reviews are hidden by Trustpilot, left out",) if hidden else (),
    )


def _is_hidden(record: object) -> bool:
    """Whether a report hides the review; a report that does not say counts as one that does."""
    report = part(record, "reportData")
    return bool(report) and text_of(report.get("reviewVisibility")) in (None, "hidden")


def _read_review(record: Any, place: str) -> RawReview | Reject | None:
    if not isinstance(record, dict):
        return not_an_object(record, place)
    if _is_hidden(record):
        return None
    name = text_of(record.get("id"))
    if not (record.get("reportData", "") is None or isinstance(record.get("reportData"), dict)):
        return Reject(place=place, reason=NO_REPORT, column="reportData", sample=name or "")
    if name is None:
        return Reject(place=place, reason=NO_ID, sample=str(sorted(map(str, record)))[:200])
    stars, value = record.get("stars"), whole_number(record.get("stars"), 1, 5)
    if stars is not None and value is None:
        values = (("value", str(stars)[:40]),)
        return Reject(place=place, reason=UNKNOWN_STARS, values=values, column="stars", sample=name)
    title, text = text_of(record.get("title")), text_of(record.get("text"))
    if value is None and text is None and title is None:
        return Reject(place=place, reason=NO_RATING_OR_TEXT, sample=name)
    reply = part(record, "companyReply")
    reply_text = text_of(reply.get("text"))
    likes = text_of(record.get("numberOfLikes"))
    return RawReview(
        place=place,
        external_id=name,
        author=text_of(part(record, "consumer").get("displayName")),
        rating=RawRating(value=value, best="5", worst="1") if value else None,
        title=title,
        text=text,
        language=text_of(record.get("language")),
        date=_in_utc(text_of(record.get("createdAt"))),
        updated=_in_utc(text_of(record.get("updatedAt"))),
        url=f"https://www.trustpilot.com/reviews/{name}" if _ID.fullmatch(name) else None,
        reply=RawReply(text=reply_text, date=_in_utc(_reply_time(reply))) if reply_text else None,
        volatile=(("likes", likes),) if likes else (),
    )


def _reply_time(reply: Mapping[str, Any]) -> str | None:
    return text_of(reply.get("updatedAt")) or text_of(reply.get("createdAt"))


def _in_utc(moment: str | None) -> str | None:
    """The documentation gives times without a zone, real answers end in Z: both are UTC."""
    return f"{moment}Z" if moment is not None and _NAIVE.fullmatch(moment) else moment
