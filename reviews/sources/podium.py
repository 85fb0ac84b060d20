"""Podium: reviews that it passes on from other platforms, by permission of the clinic's account.

Reference: docs.podium.com, OpenAPI 2021.04.01, as of 2026-11-22. Not established: the HTTP status of most errors, token
lives, terms. Each review follows the terms of the platform where it was written. A recommendation arrives as 5 or 1 and
is made yes or no again. The list holds all locations of the account; those of other locations are left out here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from reviews.model import Field, Page, ParsedPage, RawRating, RawReply, RawReview, RawTotal, Reject, Source, Traits
from reviews.sources.base import Doors
from reviews.sources.carriers import RECOMMENDING, origin_of_platform, plain_name
from reviews.sources.json_api import (
    MAX_PAGES,
    NO_ID,
    NO_KIND,
    NO_RATING_OR_TEXT,
    UNKNOWN_STARS,
    PositionLost,
    Problem,
    ask,
    ask_with,
    keys_of,
    not_an_object,
    oldest_wanted,
    part,
    plain_problem,
    read_object,
    read_records,
    setting,
    text_of,
    try_object,
)
from reviews.sources.oauth import Provider, TokenDoor

if TYPE_CHECKING:
    # Only a name here: the sandbox imports this module, and needs no network.
    from reviews.fetcher import Answer

API = "https://api.podium.com"
VERSION = "2021.04.01"
PAGE_SIZE = 100

PODIUM = Provider(
    name="Podium",
    authorize_url=f"{API}/oauth/authorize",
    token_url=f"{API}/oauth/token",
    scopes=("read_reviews", "write_reviews"),
)

HINT_SCOPE = "Podium was connected without permission to read reviews. Please connect it again."
HINT_NOT_THERE = "Podium does not know this location. Please check the location's uid."
NO_LOCATION = "This record does not say which location it is about."

_NUMBER = re.compile(r"[0-5](?:\.\d{1,9})?", re.ASCII)


class Podium:
    """The connector for Podium."""

    kind = "podium"
    label = "Podium"
    demo_only = False
    oauth = PODIUM
    traits = Traits(
        complete=True,
        ordered_by="created",
        max_items=None,
        stable_id=True,
        reports_totals=True,
        rating_kind="stars",
        reply_read=True,
        reply_post="api",
        edits="updated",
        removals="full_scan",
        interval_minutes=6 * 60,
        full_scan_days=7,
        origin="podium",
    )
    fields: tuple[Field, ...] = (
        Field(name="client_id", label="Client id", kind="secret", required=True, help="Of your app at Podium."),
        Field(name="client_secret", label="Client secret", kind="secret", required=True),
        Field(
            name="webhook_secret",
            label="Secret of the webhook",
            kind="secret",
            help="Only if Podium is to tell us of changes at once: it signs with this.",
        ),
        Field(name="location", label="Podium location", required=True, help="The uid of the location."),
        Field(
            name="site",
            label="Only reviews of this platform",
            help="As the service names it, such as google or facebook. Without it no total is shown.",
        ),
    )

    def address(self, config: Mapping[str, Any]) -> str:
        """Podium has no public page of a listing."""
        return ""

    def origin_of(self, config: Mapping[str, Any]) -> str:
        """The platform that was chosen; without one each review brings its own."""
        site = str(config.get("site") or "").strip()
        return origin_of_platform(site, own=self.kind) if site else self.traits.origin

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """Pages of reviews; see `Connector.fetch`.

        A full scan reads the whole list once. A short run reads what was written, then what was changed, since the mark
        less the look-back. A cursor that has run out begins its part of the list again, once in a run.
        """
        location, site = setting(source, "location"), str(source.config.get("site") or "").strip()
        door = TokenDoor(PODIUM, doors)
        position = dict(source.cursor.get("position") or {})
        since = position.get("since", oldest_wanted(source))
        windows = ("createdAt[gte]", "updatedAt[gte]") if since else ("",)
        cursor, part_number, number = str(position.get("cursor") or ""), int(position.get("part") or 0), 1
        number = int(position.get("page") or 1)
        has_restarted = False
        totals = () if position else self._totals(doors, door, location, site)
        while True:
            window = windows[min(part_number, len(windows) - 1)]
            try:
                answer = _ask(doors, door, f"/v4/reviews?{urlencode(_query(window, since, cursor))}")
            except PositionLost:
                if has_restarted or not cursor:
                    raise
                number = 1 if position else number
                totals = totals or (self._totals(doors, door, location, site) if position else ())
                cursor, has_restarted, position = "", True, {}
                part_number = 0 if number == 1 else part_number
                continue
            position = {}
            parsed = doors.sandbox.run(parse_reviews, answer.body, location, site)
            next_cursor = parsed.next_url
            capped = next_cursor is not None and number >= MAX_PAGES
            is_last = capped or (next_cursor is None and part_number + 1 >= len(windows))
            following = {"cursor": next_cursor or "", "part": part_number + (next_cursor is None), "page": number + 1}
            keys = keys_of(moment for moment in parsed.diagnostics)
            yield Page(
                number=number,
                url=f"{API}/v4/reviews",
                parsed=replace(parsed, next_url=None, diagnostics=(), totals=totals if number == 1 else ()),
                position={} if is_last else {**following, "since": since},
                is_last=is_last,
                capped=capped,
                newest_key=keys[-1] if keys else None,
                oldest_key=keys[0] if keys else None,
                windowed=bool(since),
            )
            if is_last:
                return
            cursor, part_number, number = next_cursor or "", part_number + (next_cursor is None), number + 1

    def post_reply(self, source: Source, doors: Doors, review_id: str, text: str) -> RawReply:
        """Post a response, or change the newest one of ours; see `PostsReplies`."""
        door = TokenDoor(PODIUM, doors)
        path = f"/v4/reviews/{quote(review_id, safe='')}/responses"
        uid = doors.sandbox.run(parse_response_uid, _ask(doors, door, path).body)

        def call(token: str) -> "Answer":
            url, method = (f"{API}{path}/{quote(uid, safe='')}", "PATCH") if uid else (API + path, "POST")
            return ask_with(doors, url, explain, {"body": text}, headers=_headers(token), method=method)

        door.ask(call)
        return RawReply(text=text)

    def find_reply(self, source: Source, doors: Doors, review_id: str) -> RawReply | None:
        """The response that stands at one review; see `PostsReplies`."""
        answer = _ask(doors, TokenDoor(PODIUM, doors), f"/v4/reviews/{quote(review_id, safe='')}")
        return doors.sandbox.run(parse_reply_of, answer.body)

    def _totals(self, doors: Doors, door: TokenDoor, location: str, site: str) -> tuple[RawTotal, ...]:
        """The total of the chosen platform; one over several platforms is nobody's, and is not taken."""
        if not site:
            return ()
        answer = _ask(doors, door, f"/v4/reviews/sites/summary?{urlencode({'locationUids[]': location})}")
        return doors.sandbox.run(parse_summary, answer.body, site).totals


def _ask(doors: Doors, door: TokenDoor, path: str) -> "Answer":
    def call(token: str) -> "Answer":
        return ask(doors, API + path, explain, headers=_headers(token))

    return door.ask(call)


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "podium-version": VERSION}


def _query(window: str, since: str | None, cursor: str) -> dict[str, str]:
    """What one page is asked with; beside a cursor everything else is ignored."""
    if cursor:
        return {"cursor": cursor}
    return {"limit": str(PAGE_SIZE)} | ({window: f"{since[:19]}Z"} if window and since else {})


_CODES: Mapping[str, tuple[str, str | None]] = {
    "invalid_cursor": ("lost", None),
    "unauthenticated": ("expired", None),
    "unauthorized": ("unauthorized", HINT_SCOPE),
    "resource_not_found": ("gone", HINT_NOT_THERE),
    "route_not_found": ("request", None),
    "bad_request": ("request", None),
    "invalid_request_values": ("request", None),
    "invalid_header_version": ("request", None),
    "internal_server_error": ("unavailable", None),
}


def explain(body: bytes, status: int, headers: Mapping[str, str], now: datetime) -> Problem:
    """What an error means: its code is a word in real answers, although the schema says a number."""
    code = text_of(try_object(body).get("code")) or ""
    if code == "rate_limit":
        return Problem(kind="limited", message=code, retry_after_seconds=60)
    if code in _CODES:
        kind, hint = _CODES[code]
        return Problem(kind=kind, message=f"status {status} {code}", hint=hint)
    return Problem(kind="expired", message="status 401") if status == 401 else plain_problem(status)


def parse_summary(body: bytes, site: str) -> ParsedPage:
    """The total of one platform out of the list of all; nothing for a platform that is not in it."""
    rows = read_object(body).get("data")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    for row in found:
        if plain_name(row.get("siteName")) == plain_name(site):
            has_stars = plain_name(site) not in RECOMMENDING
            average, count = text_of(row.get("averageRating")) if has_stars else None, text_of(row.get("reviewCount"))
            total = RawTotal(place="site", average=average, best="5" if average else None, rating_count=count)
            return ParsedPage(totals=(total,) if average or count else ())
    return ParsedPage()


def parse_reply_of(body: bytes) -> RawReply | None:
    """The response that stands at one review; raises SourceChanged."""
    return _reply(part(read_object(body), "data").get("responses"))


def parse_response_uid(body: bytes) -> str:
    """The uid of the newest response that is still there, or nothing; raises SourceChanged."""
    rows = read_object(body).get("data")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    there = [row for row in found if text_of(row.get("uid")) and row.get("isDeleted") is not True]
    newest = max(there, key=lambda row: text_of(row.get("publishDate")) or "", default={})
    return text_of(newest.get("uid")) or ""


def parse_reviews(body: bytes, location: str, site: str) -> ParsedPage:
    """One page of the list without other locations and platforms, the next cursor in `next_url`.

    `diagnostics` holds the times of all rows, for the mark. Raises SourceChanged.
    """
    data = read_object(body)
    rows = data.get("data")
    reviews, rejects = read_records(rows, lambda record, place: _read_row(record, place, location, site))
    times = [
        moment
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict)
        for name in ("createdAt", "updatedAt")
        if (moment := text_of(row.get(name)))
    ]
    return ParsedPage(
        reviews=reviews,
        rejects=rejects,
        next_url=text_of(part(data, "metadata").get("nextCursor")),
        signature="podium/4",
        diagnostics=tuple(times),
    )


def _read_row(record: Any, place: str, location: str, site: str) -> RawReview | Reject | None:
    if not isinstance(record, dict):
        return not_an_object(record, place)
    name, told = text_of(record.get("uid")), part(record, "review")
    if name is None or not told:
        return Reject(place=place, reason=NO_ID, sample=str(sorted(map(str, record)))[:200])
    places = record.get("locations")
    if not isinstance(places, list):
        return Reject(place=place, reason=NO_LOCATION, sample=name)
    if location not in [each.get("uid") for each in places if isinstance(each, dict)]:
        return None
    platform = text_of(told.get("siteName")) or ""
    if site and plain_name(platform) != plain_name(site):
        return None
    rating = _rating(record, told, platform, place, name)
    if isinstance(rating, Reject):
        return rating
    text = text_of(told.get("body"))
    if rating is None and text is None:
        return Reject(place=place, reason=NO_RATING_OR_TEXT, sample=name)
    return RawReview(
        place=place,
        external_id=name,
        author=text_of(part(record, "author").get("name")),
        rating=rating,
        text=text,
        date=text_of(record.get("createdAt")),
        updated=text_of(record.get("updatedAt")),
        url=text_of(told.get("url")),
        origin=origin_of_platform(platform, own="podium"),
        public_id=text_of(told.get("siteReviewId")) or "",
        reply=_reply(record.get("responses")),
    )


def _rating(record: Mapping[str, Any], told: Mapping[str, Any], platform: str, place: str, name: str) -> Any:
    """Stars, or yes and no: 5 and 1 of a recommendation are no stars. A Reject where that is not clear."""
    value = told.get("rating")
    recommends = record.get("isRecommendation", "missing")
    is_unclear = recommends is None and plain_name(platform) in RECOMMENDING and value is not None
    if not (recommends is None or isinstance(recommends, bool)) or is_unclear:
        return Reject(place=place, reason=NO_KIND, column="isRecommendation", sample=name)
    if value is None:
        return None
    text = text_of(value) or str(value)[:40]
    if not _NUMBER.fullmatch(text) or (recommends and text not in ("1", "1.0", "5", "5.0")):
        return Reject(place=place, reason=UNKNOWN_STARS, values=(("value", text),), column="rating", sample=name)
    if recommends:
        return RawRating(value="yes" if text[0] == "5" else "no", kind="recommend")
    return RawRating(value=text, best="5", worst="1")


def _reply(responses: object) -> RawReply | None:
    """The newest response that is still there."""
    rows = [row for row in responses if isinstance(row, dict)] if isinstance(responses, list) else []
    rows = [row for row in rows if text_of(row.get("body")) and row.get("isDeleted") is not True]
    if not rows:
        return None
    newest = max(rows, key=lambda row: text_of(row.get("createdAt")) or "")
    return RawReply(
        text=str(newest["body"]),
        date=text_of(newest.get("createdAt")),
        author=text_of(newest.get("siteAuthorName")),
    )
