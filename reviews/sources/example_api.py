"""The Example Reviews API: an invented, complete, paged platform that only the tests' and the demo's server speak.

It has what real ones have: tokens for pages, newest changes first, times with nine fraction digits, replies, ratings
without a word, recommendations, reviews that vanish. ``GET <base>/v1/listings/<id>`` gives the total,
``GET <base>/v1/listings/<id>/reviews?page_token=…`` the list, both with a bearer token.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from reviews.errors import SourceChanged, SourceRequestError
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
    LOOKBACK,
    MAX_PAGES,
    NO_ID,
    NO_JSON,
    NO_RATING_OR_TEXT,
    NOT_AN_OBJECT,
    UNKNOWN_STARS,
    PositionLost,
    earlier,
    read_object,
    sort_key,
    text_of,
)

if TYPE_CHECKING:
    # Only a name here: the sandbox imports this module, and needs no network.
    from reviews.fetcher import Answer

STAR_WORDS = {"ONE": "1", "TWO": "2", "THREE": "3", "FOUR": "4", "FIVE": "5"}


class ExampleApi:
    """The connector for the Example Reviews API."""

    kind = "example_api"
    label = "Example Reviews API"
    demo_only = True
    traits = Traits(
        complete=True,
        ordered_by="updated",
        max_items=None,
        stable_id=True,
        reports_totals=True,
        rating_kind="stars",
        reply_read=True,
        reply_post="none",
        edits="updated",
        removals="full_scan",
        interval_minutes=6 * 60,
        full_scan_days=7,
        origin="example",
    )
    fields: tuple[Field, ...] = (
        Field(name="url", label="Address of the API", kind="url", required=True),
        Field(name="listing", label="Listing", required=True, help="The id of the clinic's listing."),
        Field(name="token", label="Access token", kind="secret", required=True),
    )

    def address(self, config: Mapping[str, Any]) -> str:
        """The listing's page."""
        base, listing = str(config.get("url") or "").rstrip("/"), str(config.get("listing") or "")
        return f"{base}/listings/{quote(listing, safe='')}" if base and listing else ""

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """Pages of reviews, newest change first; see `Connector.fetch`.

        Stops after a whole page of changes older than the mark less the look-back, unless ``cursor["full"]`` asks for
        everything. A page token that has run out makes the list start again from its top.
        """
        base = str(source.config.get("url") or source.url).rstrip("/")
        listing = f"{base}/v1/listings/{quote(str(source.config.get('listing') or ''), safe='')}"
        position = source.cursor.get("position") or {}
        if position:
            try:
                yield from self._pages(source, doors, listing, dict(position), None)
                return
            except PositionLost:
                pass
        wanted = {} if source.cursor.get("full") or source.cursor.get("position") else source.validators
        answer = self._get(listing, source, doors, wanted)
        if answer.not_modified:
            yield Page(number=1, url=listing, parsed=ParsedPage(), unchanged=True, is_last=True)
            return
        head = doors.sandbox.run(parse_listing, answer.body)
        yield from self._pages(source, doors, listing, {"token": "", "page": 1}, (head, answer.validators))

    def _pages(
        self,
        source: Source,
        doors: Doors,
        listing: str,
        position: dict[str, Any],
        head: tuple[ParsedPage, Mapping[str, str]] | None,
    ) -> Iterator[Page]:
        token, number = str(position.get("token") or ""), int(position.get("page") or 1)
        oldest_wanted = None if source.cursor.get("full") else earlier(source.cursor.get("mark"), LOOKBACK)
        is_resumed = head is None
        while True:
            url = f"{listing}/reviews?{urlencode({'page_token': token})}" if token else f"{listing}/reviews"
            try:
                answer = self._get(url, source, doors, {})
            except SourceRequestError as error:
                if is_resumed and number == int(position.get("page") or 1):
                    raise PositionLost(error.message) from error
                raise
            parsed = doors.sandbox.run(parse_reviews, answer.body)
            next_token = parsed.next_url
            keys = sorted(key for review in parsed.reviews if (key := sort_key(review.updated)))
            is_old = oldest_wanted is not None and bool(keys) and keys[-1] < oldest_wanted
            capped = next_token is not None and not is_old and number >= MAX_PAGES
            is_last = next_token is None or is_old or capped
            if head is not None:
                parsed = replace(parsed, totals=head[0].totals, businesses=head[0].businesses, business_count=1)
            yield Page(
                number=number,
                url=url,
                parsed=replace(parsed, next_url=None),
                position={} if is_last else {"token": next_token, "page": number + 1},
                is_last=is_last,
                capped=capped,
                validators=head[1] if head is not None else {},
                newest_key=keys[-1] if keys else None,
                oldest_key=keys[0] if keys else None,
            )
            if is_last or next_token is None:
                return
            token, number, head = next_token, number + 1, None

    def _get(self, url: str, source: Source, doors: Doors, validators: Mapping[str, str]) -> "Answer":
        # In the demo's file the token stands among the settings; a connection made by a person keeps it encrypted.
        token = str(doors.secrets.get("token") or source.config.get("token") or "").strip()
        answer = doors.http.fetch(
            url,
            validators=validators,
            accept="application/json",
            headers={"Authorization": f"Bearer {token}"},
            obey_robots=False,
        )
        if not answer.not_modified and answer.content_type.lower() != "application/json":
            raise SourceChanged(f"{urlsplit(url).path}: content type {answer.content_type}", NO_JSON)
        return answer


def parse_listing(body: bytes) -> ParsedPage:
    """Total and business of a listing; raises SourceChanged for anything but its JSON."""
    data = _object(body)
    total, listing = data.get("total"), data.get("listing")
    if not isinstance(total, dict) or not isinstance(listing, dict):
        raise SourceChanged("no listing in the answer", NO_JSON)
    return ParsedPage(
        totals=(
            RawTotal(
                place="listing",
                average=text_of(total.get("average")),
                best=text_of(total.get("best")),
                rating_count=text_of(total.get("rating_count")),
                review_count=text_of(total.get("review_count")),
                recommend_share=text_of(total.get("recommend_percent")),
                url=text_of(listing.get("page")),
            ),
        ),
        businesses=(Business(name=text_of(listing.get("name")), telephone=text_of(listing.get("telephone"))),),
        business_count=1,
    )


def parse_reviews(body: bytes) -> ParsedPage:
    """One page of the list, the token of the next one in `next_url`; raises SourceChanged for anything but its JSON."""
    data = _object(body)
    records = data.get("reviews")
    if not isinstance(records, list):
        raise SourceChanged("no list of reviews in the answer", NO_JSON)
    reviews, rejects = [], []
    for number, record in enumerate(records, start=1):
        found = _read_review(record, f"item {number}")
        if isinstance(found, Reject):
            rejects.append(found)
        else:
            reviews.append(found)
    return ParsedPage(
        reviews=tuple(reviews),
        rejects=tuple(rejects),
        next_url=text_of(data.get("next_page_token")),
        signature="example_api/1",
    )


def _read_review(record: object, place: str) -> RawReview | Reject:
    if not isinstance(record, dict):
        return Reject(place=place, reason=NOT_AN_OBJECT, sample=str(record)[:200])
    name = text_of(record.get("id"))
    if name is None:
        return Reject(place=place, reason=NO_ID, sample=str(sorted(map(str, record)))[:200])
    stars, recommends = record.get("stars"), record.get("recommends")
    rating = None
    if isinstance(recommends, bool):
        rating = RawRating(value="yes" if recommends else "no", kind="recommend")
    elif stars is not None:
        word: str = text_of(stars) or str(stars)[:40]
        value = STAR_WORDS.get(word, word)
        if value not in STAR_WORDS.values():
            return Reject(place=place, reason=UNKNOWN_STARS, values=(("value", word),), column="stars", sample=name)
        rating = RawRating(value=value, best="5", worst="1")
    text = text_of(record.get("text"))
    if rating is None and text is None:
        return Reject(place=place, reason=NO_RATING_OR_TEXT, sample=name)
    author, reply = record.get("author"), record.get("reply")
    reply_text = text_of(reply.get("text")) if isinstance(reply, dict) else None
    return RawReview(
        place=place,
        external_id=name,
        author=text_of(author.get("display_name")) if isinstance(author, dict) else None,
        rating=rating,
        title=text_of(record.get("title")),
        text=text,
        language=text_of(record.get("language")),
        date=text_of(record.get("created_at")),
        updated=text_of(record.get("updated_at")),
        url=text_of(record.get("url")),
        reply=RawReply(text=reply_text, date=text_of(reply.get("updated_at")))
        if isinstance(reply, dict) and reply_text
        else None,
        volatile=(("likes", likes),) if (likes := text_of(record.get("likes"))) else (),
    )


def _object(body: bytes) -> dict[str, Any]:
    data = read_object(body)
    if "error" in data:
        raise SourceChanged("an error, or no object, where data was expected", NO_JSON)
    return data
