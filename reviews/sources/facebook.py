"""Facebook: the total of a page, and its recommendations as long as Facebook gives them.

Reference: developers.facebook.com/docs/graph-api/reference (page, recommendation), as of 2026-11-22. Recommendations
are deprecated from v22.0 on (error code 12): when Facebook ends them, stored rows stay and the total goes on.
A recommendation is yes or no and never becomes stars. A row has no id of its own. Addresses of further pages hold the
token, so only their cursor is kept. The order is newest first in practice and promised nowhere: every run reads all.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from reviews.errors import SourceRequestError
from reviews.model import Business, Field, Page, ParsedPage, RawRating, RawReview, RawTotal, Reject, Source, Traits
from reviews.sources.base import Doors
from reviews.sources.json_api import (
    MAX_PAGES,
    NO_KIND,
    NO_RATING_OR_TEXT,
    UNKNOWN_STARS,
    PositionLost,
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

GRAPH = "https://graph.facebook.com/v21.0"
PAGE_SIZE = 100
TOTAL_FIELDS = "name,link,overall_star_rating,rating_count"
ROW_FIELDS = (
    "created_time,has_rating,has_review,rating,recommendation_type,review_text,reviewer{id,name},open_graph_story{id}"
)
STARS_UNTIL = "2019"
"""Facebook has recommendations since August 2018: a newer row with stars alone lacks what it was."""
RECOMMENDS = {"positive": "yes", "negative": "no"}

RETIRED = "Facebook no longer gives single recommendations to programs. The total goes on; what is stored stays."
HINT_TOKEN = "The access token of this Facebook page has ended. Please connect the page again."  # noqa: S105
HINT_PERMISSION = "This token may not read the page's recommendations. Please connect the page again with all rights."
HINT_NOT_THERE = "Facebook does not show this page to the token. Please check the page id and connect again."


class Facebook:
    """The connector for Facebook pages."""

    kind = "facebook"
    label = "Facebook"
    demo_only = False
    traits = Traits(
        complete=True,
        ordered_by="none",
        max_items=None,
        stable_id=False,
        reports_totals=True,
        rating_kind="recommend",
        reply_read=False,
        reply_post="link",
        edits="hash",
        removals="full_scan",
        interval_minutes=6 * 60,
        full_scan_days=None,
        origin="facebook",
    )
    fields: tuple[Field, ...] = (
        Field(
            name="page_token",
            label="Page access token",
            kind="secret",
            required=True,
            help="Of this very page, made from a long-lived token: then it has no end of its own.",
        ),
        Field(
            name="app_secret",
            label="App secret",
            kind="secret",
            help="Only if Facebook is to tell us of changes at once: it signs with this.",
        ),
        Field(name="page", label="Page id", required=True, help="The number of the page, as its settings show it."),
        Field(
            name="totals_only",
            label="Read the total only",
            kind="bool",
            help="Set by itself when Facebook ends single recommendations.",
        ),
    )

    def address(self, config: Mapping[str, Any]) -> str:
        """The page's reviews at Facebook."""
        page = str(config.get("page") or "").strip()
        return f"https://www.facebook.com/{quote(page, safe='')}/reviews" if page else ""

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """The total with the first page of recommendations, then the others; see `Connector.fetch`."""
        node = f"{GRAPH}/{quote(setting(source, 'page'), safe='')}"
        position = source.cursor.get("position") or {}
        if position.get("after"):
            try:
                yield from self._pages(doors, node, position, None)
                return
            except PositionLost:
                pass
        answer = ask(doors, f"{node}?{urlencode({'fields': TOTAL_FIELDS})}", explain, headers=_headers(doors))
        head = doors.sandbox.run(parse_page, answer.body)
        if source.config.get("totals_only"):
            yield Page(number=1, url=node, parsed=replace(head, totals_only=RETIRED), is_last=True)
            return
        try:
            yield from self._pages(doors, node, {}, head)
        except RowsRetired:
            doors.save_config({"totals_only": True})
            yield Page(number=1, url=node, parsed=replace(head, totals_only=RETIRED), is_last=True)

    def _pages(self, doors: Doors, node: str, position: Mapping[str, Any], head: ParsedPage | None) -> Iterator[Page]:
        after, number, is_first = str(position.get("after") or ""), int(position.get("page") or 1), True
        while True:
            query = {"fields": ROW_FIELDS, "limit": str(PAGE_SIZE)} | ({"after": after} if after else {})
            try:
                answer = ask(doors, f"{node}/ratings?{urlencode(query)}", explain, headers=_headers(doors))
            except SourceRequestError as error:
                if "code 12" in error.message and is_first and not after:
                    raise RowsRetired(error.message, RETIRED) from error
                if is_first and after:
                    raise PositionLost(error.message) from error
                raise
            parsed = doors.sandbox.run(parse_ratings, answer.body)
            next_after = parsed.next_url
            capped = next_after is not None and number >= MAX_PAGES
            is_last = next_after is None or capped
            if head is not None:
                parsed = replace(parsed, totals=head.totals, businesses=head.businesses, business_count=1)
            yield Page(
                number=number,
                url=f"{node}/ratings",
                parsed=replace(parsed, next_url=None),
                position={} if is_last else {"after": next_after, "page": number + 1},
                is_last=is_last,
                capped=capped,
            )
            if is_last or next_after is None:
                return
            after, number, is_first, head = next_after, number + 1, False, None


class RowsRetired(SourceRequestError):
    """Facebook has ended single recommendations for this page."""


def _headers(doors: Doors) -> dict[str, str]:
    """The token goes in a header: in an address it would stand in logs."""
    return {"Authorization": f"Bearer {secret(doors, 'page_token')}"}


_PERSON = {"190": HINT_TOKEN, "102": HINT_TOKEN, "10": HINT_PERMISSION, "200": HINT_PERMISSION, "283": HINT_PERMISSION}
_THROTTLED = ("4", "17", "32", "613")
_TEMPORARY = ("1", "2")


def explain(body: bytes, status: int, headers: Mapping[str, str], now: datetime) -> Problem:
    """What an error of the Graph API means: its code counts, its HTTP status is mostly 400."""
    error = part(try_object(body), "error")
    code, subcode = text_of(error.get("code")) or "", text_of(error.get("error_subcode")) or ""
    if not code.isdigit():
        return plain_problem(status)
    message = f"status {status} code {code}" + (f"/{subcode}" if subcode.isdigit() else "")
    if code in _PERSON:
        return Problem(kind="unauthorized", message=message, hint=_PERSON[code])
    if code in _THROTTLED:
        return Problem(kind="limited", message=message, retry_after_seconds=_regain(headers))
    if code in _TEMPORARY:
        return Problem(kind="unavailable", message=message)
    if code == "100" and subcode == "33":
        return Problem(kind="gone", message=message, hint=HINT_NOT_THERE)
    return Problem(kind="request", message=message)


def _regain(headers: Mapping[str, str]) -> int | None:
    """Seconds until calls are taken again, as the usage header estimates (minutes, by app and kind of use)."""
    usage = try_object(headers.get("x-business-use-case-usage", "").encode())
    rows = [row for found in usage.values() if isinstance(found, list) for row in found if isinstance(row, dict)]
    waits = [text_of(row.get("estimated_time_to_regain_access")) or "0" for row in rows]
    minutes = max((int(wait) for wait in waits if wait.isascii() and wait.isdigit() and len(wait) < 6), default=0)
    return minutes * 60 or None


def parse_page(body: bytes) -> ParsedPage:
    """Count and name of the page; raises SourceChanged for anything but its JSON.

    Facebook also gives stars, which it makes of yes and no in a way that it does not tell. They are kept as it says
    them and are no average (decision 12).
    """
    data = read_object(body)
    count, average = text_of(data.get("rating_count")), text_of(data.get("overall_star_rating"))
    require(text_of(data.get("id")) is not None, "page")
    total = RawTotal(
        place="page",
        rating_count=count,
        text=f"rating_count {count or ''}, overall_star_rating {average or ''}",
        url=text_of(data.get("link")),
    )
    name = text_of(data.get("name"))
    return ParsedPage(
        totals=(total,) if count else (),
        businesses=(Business(name=name),) if name else (),
        business_count=1,
        signature="facebook/21",
    )


def parse_ratings(body: bytes) -> ParsedPage:
    """One page of recommendations, the cursor of the next one in `next_url`; raises SourceChanged."""
    data = read_object(body)
    reviews, rejects = read_records(data.get("data"), _read_row)
    paging = part(data, "paging")
    after = text_of(part(paging, "cursors").get("after")) if text_of(paging.get("next")) else None
    return ParsedPage(reviews=reviews, rejects=rejects, next_url=after, signature="facebook/21")


def _read_row(record: Any, place: str) -> RawReview | Reject:
    if not isinstance(record, dict):
        return not_an_object(record, place)
    story = part(record, "open_graph_story")
    told = part(story, "data")
    text = text_of(record.get("review_text")) or text_of(told.get("review_text"))
    word = record.get("recommendation_type", told.get("recommendation_type"))
    stars = record.get("rating", part(told, "rating").get("value"))
    sample = text_of(story.get("id")) or place
    rating = None
    if word is not None:
        answer = RECOMMENDS.get(word.lower()) if isinstance(word, str) else None
        if answer is None:
            values = (("value", str(word)[:40]),)
            return Reject(place=place, reason=UNKNOWN_STARS, values=values, column="recommendation_type", sample=sample)
        rating = RawRating(value=answer, kind="recommend")
    elif stars is not None and (text_of(record.get("created_time")) or "") > STARS_UNTIL:
        return Reject(place=place, reason=NO_KIND, column="recommendation_type", sample=sample)
    elif stars is not None:
        value = whole_number(stars, 1, 5)
        if value is None:
            values = (("value", str(stars)[:40]),)
            return Reject(place=place, reason=UNKNOWN_STARS, values=values, column="rating", sample=sample)
        rating = RawRating(value=value, best="5", worst="1")
    if rating is None and text is None:
        return Reject(place=place, reason=NO_RATING_OR_TEXT, sample=sample)
    reviewer, written = part(record, "reviewer"), text_of(record.get("created_time"))
    return RawReview(
        place=place,
        external_id=identity_of(story, reviewer, written),
        author=text_of(reviewer.get("name")),
        rating=rating,
        text=text,
        language=text_of(told.get("language")),
        date=written,
    )


def identity_of(story: Mapping[str, Any], reviewer: Mapping[str, Any], written: str | None) -> str | None:
    """The story's id, which a row may lack; else a hash of who wrote it when; None where it names neither.

    The reviewer's own id is in the hash only: it is not stored.
    """
    if found := text_of(story.get("id")):
        return found
    who = text_of(reviewer.get("id")) or text_of(reviewer.get("name"))
    if who is None or written is None:
        return None
    return "row-" + hashlib.sha256(f"{who}\n{written}".encode()).hexdigest()[:32]
