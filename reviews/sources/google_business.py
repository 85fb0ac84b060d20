"""Google Business Profile: a clinic's own reviews, by permission of somebody who manages its listing.

Reviews live in API v4 (developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews, as of
2026-11-02); accounts and locations in APIs of their own, each of which must be enabled. What was not read again for 30
days is purged by the terms, so a full scan is due every week. Not established: whether a reply moves `updateTime`; a
reply has its own hash, and the newest pages are read in every run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from reviews.errors import SourceRequestError
from reviews.model import Field, Page, ParsedPage, RawRating, RawReply, RawReview, RawTotal, Reject, Source, Traits
from reviews.sources import google_errors
from reviews.sources.base import Doors, Place
from reviews.sources.json_api import (
    MAX_PAGES,
    NO_ID,
    NO_RATING_OR_TEXT,
    UNKNOWN_STARS,
    PositionLost,
    ask,
    ask_with,
    keys_of,
    not_an_object,
    oldest_wanted,
    part,
    read_object,
    read_records,
    setting,
    text_of,
)
from reviews.sources.oauth import Provider, TokenDoor

if TYPE_CHECKING:
    # Only a name here: the sandbox imports this module, and needs no network.
    from reviews.fetcher import Answer

REVIEWS = "https://mybusiness.googleapis.com/v4"
ACCOUNTS = "https://mybusinessaccountmanagement.googleapis.com/v1"
INFORMATION = "https://mybusinessbusinessinformation.googleapis.com/v1"
PAGE_SIZE = 50
MAX_PICKER_PAGES = 50

GOOGLE = Provider(
    name="Google",
    authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
    token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
    revoke_url="https://oauth2.googleapis.com/revoke",
    scopes=("https://www.googleapis.com/auth/business.manage",),
    # Without prompt=consent there is no refresh token the next time.
    extra=(("access_type", "offline"), ("prompt", "consent")),
)

STAR_WORDS = {"ONE": "1", "TWO": "2", "THREE": "3", "FOUR": "4", "FIVE": "5"}
UNSPECIFIED = "STAR_RATING_UNSPECIFIED"
PUBLIC_REPLIES = ("APPROVED", "REVIEW_REPLY_STATE_UNSPECIFIED")


class GoogleBusiness:
    """The connector for Google Business Profile."""

    kind = "google_business"
    label = "Google Business Profile"
    demo_only = False
    oauth = GOOGLE
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
        origin="google_business",
    )
    fields: tuple[Field, ...] = (
        Field(
            name="client_id",
            label="Client id",
            kind="secret",
            required=True,
            help="Of the OAuth client in your own Google Cloud project.",
        ),
        Field(name="client_secret", label="Client secret", kind="secret", required=True),
        Field(
            name="subscription",
            label="Pub/Sub subscription",
            kind="secret",
            help="Optional, to hear of new reviews within minutes: projects/…/subscriptions/…, as the guide says.",
        ),
        Field(
            name="service_account",
            label="Key of the service account",
            kind="secret",
            help="Optional, with the subscription: the whole content of its JSON file.",
        ),
        Field(
            name="account",
            label="Google account of the listing",
            required=True,
            help="Chosen from the list after connecting, such as accounts/123.",
        ),
        Field(
            name="location",
            label="Google location",
            required=True,
            help="Chosen from the list after connecting, such as locations/456.",
        ),
        Field(name="url", label="Address on Google Maps", kind="url", help="Where the link beside the reviews leads."),
    )

    def address(self, config: Mapping[str, Any]) -> str:
        """The listing on Google Maps, when it is known."""
        return str(config.get("url") or "")

    def find_places(self, doors: Doors) -> tuple[Place, ...]:
        """All locations of all accounts that the permission reaches; one location may hang under two accounts."""
        door = TokenDoor(GOOGLE, doors)
        found: list[Place] = []
        for account, name in _listed(doors, door, f"{ACCOUNTS}/accounts", {"pageSize": "20"}, parse_accounts):
            mask = "name,title,storeCode,storefrontAddress,metadata"
            url = f"{INFORMATION}/{quote(account)}/locations"
            for location, title, address, maps in _listed(
                doors, door, url, {"readMask": mask, "pageSize": "100"}, parse_locations
            ):
                config = {"account": account, "location": location, "url": maps}
                label = " · ".join(each for each in (title, address, name) if each)
                found.append(Place(config=config, label=label, address=maps))
        return tuple(found)

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """Pages of reviews, newest change first; see `Connector.fetch`.

        Stops after a whole page of changes older than the mark less the look-back, unless everything is asked for. A
        page token that is not known any more makes the list start again from its top.
        """
        account = _named(source, "account", "accounts")
        parent = f"{REVIEWS}/{account}/{_named(source, 'location', 'locations')}/reviews"
        door = TokenDoor(GOOGLE, doors)
        position = source.cursor.get("position") or {}
        if position.get("token"):
            try:
                yield from self._pages(source, doors, door, parent, position)
                return
            except PositionLost:
                pass
        yield from self._pages(source, doors, door, parent, {})

    def post_reply(self, source: Source, doors: Doors, review_id: str, text: str) -> RawReply:
        """Put a reply, which Google then checks: what it has taken is not yet public. See `PostsReplies`."""
        url = f"{_review_url(source, review_id)}/reply"

        def call(token: str) -> "Answer":
            headers = {"Authorization": f"Bearer {token}"}
            return ask_with(doors, url, google_errors.explain, {"comment": text}, headers=headers, method="PUT")

        answer = TokenDoor(GOOGLE, doors).ask(call)
        return doors.sandbox.run(parse_reply, answer.body) or RawReply(text=text, state="pending")

    def find_reply(self, source: Source, doors: Doors, review_id: str) -> RawReply | None:
        """The reply that stands at one review; see `PostsReplies`."""
        answer = _ask(doors, TokenDoor(GOOGLE, doors), _review_url(source, review_id))
        return doors.sandbox.run(parse_reply_of, answer.body)

    def _pages(
        self, source: Source, doors: Doors, door: TokenDoor, parent: str, position: Mapping[str, Any]
    ) -> Iterator[Page]:
        token, number = str(position.get("token") or ""), int(position.get("page") or 1)
        wanted, is_first = oldest_wanted(source), True
        while True:
            query = {"pageSize": str(PAGE_SIZE), "orderBy": "updateTime desc"} | ({"pageToken": token} if token else {})
            try:
                answer = _ask(doors, door, f"{parent}?{urlencode(query)}")
            except SourceRequestError as error:
                if is_first and token:
                    raise PositionLost(error.message) from error
                raise
            parsed = doors.sandbox.run(parse_reviews, answer.body)
            next_token, keys = parsed.next_url, keys_of(review.updated for review in parsed.reviews)
            is_old = wanted is not None and bool(keys) and keys[-1] < wanted
            capped = next_token is not None and not is_old and number >= MAX_PAGES
            is_last = next_token is None or is_old or capped
            yield Page(
                number=number,
                url=parent,
                parsed=replace(parsed, next_url=None, totals=parsed.totals if number == 1 or parsed.reviews else ()),
                position={} if is_last else {"token": next_token, "page": number + 1},
                is_last=is_last,
                capped=capped,
                newest_key=keys[-1] if keys else None,
                oldest_key=keys[0] if keys else None,
            )
            if is_last or next_token is None:
                return
            token, number, is_first = next_token, number + 1, False


def _review_url(source: Source, review_id: str) -> str:
    parent = f"{_named(source, 'account', 'accounts')}/{_named(source, 'location', 'locations')}"
    return f"{REVIEWS}/{parent}/reviews/{quote(review_id, safe='')}"


def _named(source: Source, name: str, collection: str) -> str:
    """``accounts/123`` from what was chosen or typed; the last part alone is enough."""
    return f"{collection}/{quote(setting(source, name).rstrip('/').split('/')[-1], safe='')}"


def _ask(doors: Doors, door: TokenDoor, url: str) -> "Answer":
    return door.ask(lambda token: ask(doors, url, google_errors.explain, headers={"Authorization": f"Bearer {token}"}))


def _listed(doors: Doors, door: TokenDoor, url: str, query: Mapping[str, str], parse: Any) -> Iterator[Any]:
    """The rows of a list over its pages."""
    token = ""
    for _ in range(MAX_PICKER_PAGES):
        asked = {**query, **({"pageToken": token} if token else {})}
        rows, token = doors.sandbox.run(parse, _ask(doors, door, f"{url}?{urlencode(asked)}").body)
        yield from rows
        if not token:
            return


def parse_accounts(body: bytes) -> tuple[tuple[tuple[str, str], ...], str]:
    """((name, name for people), …) and the token of the next page."""
    data = read_object(body)
    rows = [each for each in data.get("accounts") or () if isinstance(each, dict)]
    found = ((text_of(each.get("name")), text_of(each.get("accountName")) or "") for each in rows)
    return tuple((name, label) for name, label in found if name), text_of(data.get("nextPageToken")) or ""


def parse_locations(body: bytes) -> tuple[tuple[tuple[str, str, str, str], ...], str]:
    """((name, title, town, address on Google Maps), …) and the token of the next page."""
    data = read_object(body)
    found = []
    for each in data.get("locations") or ():
        name = text_of(each.get("name")) if isinstance(each, dict) else None
        if name is not None:
            town = text_of(part(each, "storefrontAddress").get("locality")) or ""
            maps = text_of(part(each, "metadata").get("mapsUri")) or ""
            found.append((name, text_of(each.get("title")) or name, town, maps))
    return tuple(found), text_of(data.get("nextPageToken")) or ""


def parse_reviews(body: bytes) -> ParsedPage:
    """One page of the list, the token of the next one in `next_url`; raises SourceChanged.

    An answer ``{}`` is what the reference gives for a location without reviews: a total of none.
    """
    data = read_object(body)
    if data == {}:
        total = RawTotal(place="listing", rating_count="0", text="{}")
        return ParsedPage(totals=(total,), signature="google_business/4")
    reviews, rejects = read_records(data.get("reviews"), _read_review)
    average, count = text_of(data.get("averageRating")), text_of(data.get("totalReviewCount"))
    total = RawTotal(place="listing", average=average, best="5" if average else None, rating_count=count)
    return ParsedPage(
        reviews=reviews,
        rejects=rejects,
        totals=(total,) if average or count else (),
        next_url=text_of(data.get("nextPageToken")),
        signature="google_business/4",
    )


def _read_review(record: Any, place: str) -> RawReview | Reject | None:
    if record is None:
        return None  # seen in real answers: an element without anything in it
    if not isinstance(record, dict):
        return not_an_object(record, place)
    name = text_of(record.get("reviewId")) or _end_of(text_of(record.get("name")))
    if name is None:
        return Reject(place=place, reason=NO_ID, sample=str(sorted(map(str, record)))[:200])
    word = record.get("starRating", UNSPECIFIED)
    if word != UNSPECIFIED and (not isinstance(word, str) or word not in STAR_WORDS):
        values = (("value", str(word)[:40]),)
        return Reject(place=place, reason=UNKNOWN_STARS, values=values, column="starRating", sample=name)
    rating = None if word == UNSPECIFIED else RawRating(value=STAR_WORDS[word], best="5", worst="1")
    text = text_of(record.get("comment"))
    if rating is None and text is None:
        return Reject(place=place, reason=NO_RATING_OR_TEXT, sample=name)
    return RawReview(
        place=place,
        external_id=name,
        author=text_of(part(record, "reviewer").get("displayName")),
        rating=rating,
        text=text,
        date=text_of(record.get("createTime")),
        updated=text_of(record.get("updateTime")),
        reply=_read_reply(part(record, "reviewReply")),
    )


def parse_reply(body: bytes) -> RawReply | None:
    """The reply that Google has taken; None when it does not repeat it. Raises SourceChanged."""
    return _read_reply(read_object(body))


def parse_reply_of(body: bytes) -> RawReply | None:
    """The reply of one review; raises SourceChanged."""
    return _read_reply(part(read_object(body), "reviewReply"))


def _read_reply(reply: Mapping[str, Any]) -> RawReply | None:
    """The reply and whether it is public: a state that is not known is not taken for public."""
    text = text_of(reply.get("comment"))
    if text is None:
        return None
    word = reply.get("reviewReplyState", PUBLIC_REPLIES[1])
    if reply.get("policyViolation") is not None:
        word = "REJECTED"  # only a rejection has a violation, whatever the state is called
    state = "published" if word in PUBLIC_REPLIES else "rejected" if word == "REJECTED" else "pending"
    reason = text_of(reply.get("policyViolation")) or "" if state == "rejected" else ""
    return RawReply(text=text, date=text_of(reply.get("updateTime")), state=state, reason=reason)


def _end_of(name: str | None) -> str | None:
    """The id at the end of a full name: the name itself differs when a location hangs under two accounts."""
    return name.rsplit("/", 1)[-1] or None if name and "/reviews/" in name else None
