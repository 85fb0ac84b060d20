"""Birdeye: reviews that it passes on from other platforms, by the key of the clinic's account.

Reference: developers.birdeye.com, as of 2026-11-22. Not established: zone of dates, HTTP status of each error, rate
limits, terms. Each review follows the terms of the platform where it was written. Left to itself the list holds only
what somebody has featured, so all statuses are always asked for. A rating of 0 is no rating: where it stands for a
Facebook recommendation, `recommended` says which. Mail addresses, ids and names of staff are dropped on reading.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from reviews.errors import SourceGone
from reviews.model import Field, Page, ParsedPage, RawRating, RawReply, RawReview, RawTotal, Reject, Source, Traits
from reviews.sources.base import Doors
from reviews.sources.carriers import RECOMMENDING, origin_of_platform, plain_name
from reviews.sources.json_api import (
    NO_ID,
    NO_RATING_OR_TEXT,
    UNKNOWN_STARS,
    Problem,
    ask,
    ask_with,
    error_of,
    not_an_object,
    oldest_wanted,
    part,
    plain_problem,
    read_json,
    read_object,
    read_records,
    secret,
    setting,
    text_of,
    try_object,
)

if TYPE_CHECKING:
    # Only a name here: the sandbox imports this module, and needs no network.
    pass

API = "https://api.birdeye.com/resources/v1/review"
COUNT = 100
LAST_INDEX = 100_000
"""Start and count together may not be more; what lies behind cannot be read."""
OWN_NAMES = ("directfeedback",)

HINT_KEY = "Birdeye does not accept this key. Please check it and connect again."
HINT_NOT_THERE = "Birdeye does not know this business. Please check the business id."

_NUMBER = re.compile(r"[0-5](?:\.\d{1,9})?", re.ASCII)


class Birdeye:
    """The connector for Birdeye."""

    kind = "birdeye"
    label = "Birdeye"
    demo_only = False
    traits = Traits(
        complete=True,
        ordered_by="updated",
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
        origin="birdeye",
    )
    fields: tuple[Field, ...] = (
        Field(name="api_key", label="API key", kind="secret", required=True, help="Of your account at Birdeye."),
        Field(name="business", label="Birdeye business id", required=True, help="The number of the location."),
        Field(
            name="site",
            label="Only reviews of this platform",
            help="As the service names it, such as google or facebook. Without it no total is shown.",
        ),
    )

    def address(self, config: Mapping[str, Any]) -> str:
        """Birdeye's public page needs a name that the settings do not hold."""
        return ""

    def origin_of(self, config: Mapping[str, Any]) -> str:
        """The platform that was chosen; without one each review brings its own."""
        site = str(config.get("site") or "").strip()
        return origin_of_platform(site, own=self.kind, own_names=OWN_NAMES) if site else self.traits.origin

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """Pages of reviews; see `Connector.fetch`.

        A full scan reads the whole list. A short run reads what was written, then what was changed, since the mark less
        the look-back; the mark is the day of reading. The list ends with a page that is not full, or at its limit.
        """
        business, site = setting(source, "business"), str(source.config.get("site") or "").strip()
        position = source.cursor.get("position") or {}
        since = position.get("since", oldest_wanted(source))
        windows = ("from", "updateFrom") if since else ("",)
        start, part_number = int(position.get("start") or 0), int(position.get("part") or 0)
        number = int(position.get("page") or 1)
        totals = () if position else self._totals(doors, business, site)
        while True:
            body = _wanted(windows[min(part_number, len(windows) - 1)], since, doors.now, site)
            query = urlencode({"sindex": str(start), "count": str(COUNT)})
            url = f"{API}/businessId/{quote(business, safe='')}"
            answer = ask_with(doors, f"{url}?{query}", explain, body, headers=_headers(doors))
            parsed = doors.sandbox.run(parse_reviews, answer.body, site)
            is_full = parsed.next_url is not None
            capped = is_full and start + 2 * COUNT > LAST_INDEX
            is_end = capped or not is_full
            is_last = capped or (is_end and part_number + 1 >= len(windows))
            start, part_number = (0, part_number + 1) if is_end else (start + COUNT, part_number)
            yield Page(
                number=number,
                url=url,
                parsed=replace(parsed, next_url=None, totals=totals if number == 1 else ()),
                position={} if is_last else {"start": start, "part": part_number, "page": number + 1, "since": since},
                is_last=is_last,
                capped=capped,
                newest_key=f"{doors.now:%Y-%m-%dT%H:%M:%S}.000000000Z",
                windowed=bool(since),
            )
            if is_last:
                return
            number += 1

    def post_reply(self, source: Source, doors: Doors, review_id: str, text: str) -> RawReply:
        """Put a reply, which Birdeye passes on to the platform of the review; see `PostsReplies`."""
        business = quote(setting(source, "business"), safe="")
        url = f"{API}/reply/business/{business}/review/{quote(review_id, safe='')}"
        value = {"response": text, "isPrivateResponse": False}
        answer = ask_with(doors, url, explain, value, headers=_headers(doors), method="PUT")
        doors.sandbox.run(parse_taken, answer.body)
        return RawReply(text=text)

    def find_reply(self, source: Source, doors: Doors, review_id: str) -> RawReply | None:
        """The reply in the list, for one review cannot be asked for; see `PostsReplies`."""
        for page in self.fetch(replace(source, cursor={"full": True}), doors):
            for review in page.parsed.reviews:
                if review.external_id == review_id:
                    return review.reply
        raise SourceGone(f"review {review_id} is not in the list", HINT_NOT_THERE)

    def _totals(self, doors: Doors, business: str, site: str) -> tuple[RawTotal, ...]:
        """The total of the chosen platform; one over several platforms is nobody's, and is not taken."""
        if not site:
            return ()
        url = f"{API}/businessid/{quote(business, safe='')}/summary?{urlencode({'statuses': 'all'})}"
        answer = ask(doors, url, explain, headers=_headers(doors))
        return doors.sandbox.run(parse_summary, answer.body, site).totals


def _headers(doors: Doors) -> dict[str, str]:
    return {"x-api-key": secret(doors, "api_key")}


def _wanted(window: str, since: str | None, now: datetime, site: str) -> dict[str, Any]:
    """What the list is asked for; an end date is exclusive, and clocks and zones differ by up to a day."""
    body: dict[str, Any] = {
        "statuses": ["all"],
        "needCustomerInfo": False,
        "fetchExtraParams": False,
        "fetchAssitedByDetails": False,  # spelt so
    }
    if site:
        body["sources"] = [site]
    if window and since:
        first = datetime.fromisoformat(since[:10])
        body[f"{window}Date"] = f"{first:%m/%d/%Y}"
        body["toDate" if window == "from" else "updateToDate"] = f"{now + timedelta(days=2):%m/%d/%Y}"
    return body


_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("1161", "1167", "21101", "21113"), "unauthorized"),
    **dict.fromkeys(("1011", "1175"), "gone"),
    **dict.fromkeys(("1163", "1164", "1186", "1187", "1227", "1228", "1244", "2177", "1042", "21104"), "request"),
    **dict.fromkeys(("2110", "21103", "2111"), "unavailable"),
    "89": "limited",
}


def explain(body: bytes, status: int, headers: Mapping[str, str], now: datetime) -> Problem:
    """What an error means: its code counts, for its HTTP status is not established."""
    code = text_of(try_object(body).get("code")) or ""
    return _problem(code, status) or plain_problem(status)


def _problem(code: str, status: int) -> Problem | None:
    kind = _KINDS.get(code)
    if kind is None:
        return None
    hints = {"unauthorized": HINT_KEY, "gone": HINT_NOT_THERE}
    return Problem(kind=kind, message=f"status {status} code {code}", hint=hints.get(kind))


def parse_taken(body: bytes) -> None:
    """Raises what an error with status 200 means."""
    _raise_error(read_object(body))


def parse_summary(body: bytes, site: str) -> ParsedPage:
    """The total of one platform out of the list of all; nothing for a platform that is not in it."""
    data = read_object(body)
    _raise_error(data)
    rows = data.get("sources")
    for row in [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []:
        if plain_name(site) in (plain_name(row.get("sourceAlias")), plain_name(row.get("sourceName"))):
            has_stars = plain_name(site) not in RECOMMENDING
            average, count = text_of(row.get("avgRating")) if has_stars else None, text_of(row.get("reviewCount"))
            average = average if count != "0" else None
            total = RawTotal(place="site", average=average, best="5" if average else None, rating_count=count)
            return ParsedPage(totals=(total,) if average or count else ())
    return ParsedPage()


def parse_reviews(body: bytes, site: str) -> ParsedPage:
    """One page of the list, `next_url` set when it is full; raises SourceChanged, or the error that the body names."""
    data = read_json(body)
    _raise_error(data)
    reviews, rejects = read_records(data, lambda record, place: _read_row(record, place, site))
    return ParsedPage(
        reviews=reviews, rejects=rejects, next_url="next" if len(data) >= COUNT else None, signature="birdeye/1"
    )


def _raise_error(data: object) -> None:
    """An error's body may come with status 200."""
    if isinstance(data, dict) and (problem := _problem(text_of(data.get("code")) or "", 200)):
        raise error_of(problem)


def _read_row(record: Any, place: str, site: str) -> RawReview | Reject | None:
    if not isinstance(record, dict):
        return not_an_object(record, place)
    name = text_of(record.get("reviewId"))
    if name is None:
        return Reject(place=place, reason=NO_ID, sample=str(sorted(map(str, record)))[:200])
    platform = text_of(record.get("sourceType")) or ""
    if site and plain_name(platform) != plain_name(site):
        return None
    rating = _rating(record, place, name)
    if isinstance(rating, Reject):
        return rating
    title, text = text_of(record.get("title")), text_of(record.get("comments"))
    if rating is None and text is None and title is None:
        return Reject(place=place, reason=NO_RATING_OR_TEXT, sample=name)
    reply = text_of(record.get("response"))
    return RawReview(
        place=place,
        external_id=name,
        author=_author(part(record, "reviewer")),
        rating=rating,
        title=title,
        text=text,
        date=text_of(record.get("reviewDate")),
        url=text_of(record.get("reviewURL")) or text_of(record.get("reviewUrl")),
        origin=origin_of_platform(platform, own="birdeye", own_names=OWN_NAMES),
        public_id="",  # Birdeye gives its own number, and not that of the platform
        reply=RawReply(text=reply, date=text_of(record.get("responseDate"))) if reply else None,
    )


def _rating(record: Mapping[str, Any], place: str, name: str) -> RawRating | Reject | None:
    """Stars; yes or no where a 0 stands for a recommendation; None where it stands for nothing."""
    value = record.get("rating", "missing")
    text = text_of(value) or str(value)[:40]
    if not _NUMBER.fullmatch(text):
        return Reject(place=place, reason=UNKNOWN_STARS, values=(("value", text),), column="rating", sample=name)
    if float(text) > 0:
        return RawRating(value=text, best="5", worst="1")
    recommended = record.get("recommended")
    if recommended is None:
        return None
    if recommended not in ("0", "1"):
        said = (("value", str(recommended)[:40]),)
        return Reject(place=place, reason=UNKNOWN_STARS, values=said, column="recommended", sample=name)
    return RawRating(value="yes" if recommended == "1" else "no", kind="recommend")


def _author(reviewer: Mapping[str, Any]) -> str | None:
    """The name that is shown; nothing else of the reviewer is read."""
    names = [text_of(reviewer.get(name)) for name in ("firstName", "lastName")]
    return text_of(reviewer.get("nickName")) or " ".join(name.strip() for name in names if name) or None
