"""Reviews that a page marks up: the clinic's own website, or another page that may be read.

Follows the list page by page on the same host. A page in which nothing is found is given on as such, for "nothing
found" is unknown, not zero; what it means against the last good run is judged by the caller.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reviews import __version__
from reviews.errors import SourceBlocked, SourceChanged, SourceRequestError, SourceUnavailable
from reviews.model import Field, Page, ParsedPage, Source, Traits
from reviews.sources.base import Doors

if TYPE_CHECKING:
    # Only a name here: the sandbox imports this module, and needs no network.
    from reviews.fetcher import Answer

MAX_PAGES = 50
"""Pages of one list that are read in one run; what lies behind them is not marked missing."""
_HTML = ("text/html", "application/xhtml+xml", "")

NEEDS_SCRIPT = (
    "This page shows its reviews only after a script has run, so we cannot read them. Ways out: export the reviews "
    "as a file, save the page in your browser and hand in the saved page, or enter the total by hand."
)
LOGIN = "This page asks for a login, so it cannot be read. Please give the address of a page that everybody can see."
CAPTCHA = "This site checks for robots and does not want to be read by programs. We have stopped asking."
CUT_OFF = "The page arrived incomplete. We try again by ourselves. The last good figures stay."
NOT_A_PAGE = "This address gives a file of the type “{type}”, not a web page. Please check the address."
CHOOSE = "This page shows several businesses: {names}. Please choose the one whose reviews are meant."
NOT_THERE = "“{business}” is not on this page. It shows: {names}. Nothing was stored."
BROKEN = "The page's data for search engines is broken, so its reviews cannot be read. The last good figures stay."


def origin_of(url: str, website: str) -> str:
    """Whose reviews a page gives: ``own_site`` when it is on the clinic's own website, else ``other_site``."""
    try:
        page, own = urlsplit(url), urlsplit(website if "//" in website else f"//{website}")
        same = _host(page.hostname) == _host(own.hostname) and page.hostname is not None
    except ValueError:
        return "other_site"
    return "own_site" if same else "other_site"


def _host(name: str | None) -> str:
    return (name or "").lower().rstrip(".").removeprefix("www.")


class WebPage:
    """The connector for pages."""

    kind = "web_page"
    label = "Web page"
    demo_only = False
    traits = Traits(
        complete=False,
        ordered_by="none",
        max_items=None,
        stable_id=False,
        reports_totals=True,
        rating_kind="stars",
        reply_read=True,
        reply_post="none",
        edits="hash",
        removals="never",
        interval_minutes=24 * 60,
        full_scan_days=None,
        origin="own_site",
    )
    fields: tuple[Field, ...] = (
        Field(
            name="url",
            label="Address of the page",
            kind="url",
            required=True,
            help="The page that shows the reviews, as in the browser's address bar.",
        ),
        Field(
            name="business",
            label="Business on the page",
            help="Only where a page shows several businesses: the name of the one that is meant.",
        ),
    )

    def address(self, config: Mapping[str, Any]) -> str:
        """The page itself."""
        return str(config.get("url") or "")

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """The pages of the list; see `Connector.fetch`. One request a page."""
        from reviews.markup import parse_page  # a parser is heavy, and most processes only name this connector

        position = source.cursor.get("position") or {}
        url = str(position.get("url") or source.url or self.address(source.config))
        number = int(position.get("page") or 1)
        business = str(source.config.get("business") or "") or None
        visited: set[str] = set()
        previous: ParsedPage | None = None
        while True:
            answer = doors.http.fetch(
                url, validators=source.validators if number == 1 else {}, accept="text/html,application/xhtml+xml"
            )
            if answer.not_modified:
                yield Page(number=number, url=answer.url, parsed=ParsedPage(), unchanged=True, is_last=True)
                return
            check_type(answer)
            digest = _digest(answer, business)
            if number == 1 and source.validators.get("digest") == digest:
                yield Page(number=number, url=answer.url, parsed=ParsedPage(), unchanged=True, is_last=True)
                return
            parsed = doors.sandbox.run(parse_page, answer.body, answer.url, answer.charset, business)
            check_barriers(parsed, url)
            check_business(parsed, url, business, is_first=number == 1)
            visited |= {url, answer.url}
            goes_on = _goes_on(parsed, previous, visited)
            capped = goes_on and number >= MAX_PAGES
            is_last = capped or not goes_on
            yield Page(
                number=number,
                url=answer.url,
                parsed=parsed,
                position={} if is_last else {"url": parsed.next_url, "page": number + 1},
                is_last=is_last,
                capped=capped,
                validators={**answer.validators, "digest": digest} if number == 1 else {},
            )
            if is_last or parsed.next_url is None:
                return
            url, number, previous = parsed.next_url, number + 1, parsed


def _digest(answer: "Answer", business: str | None) -> str:
    """What tells that a page would be read as it was: its bytes, and all else that the reading depends on.

    The version is part of it, so that what a new one reads better is read again.
    """
    known = "\0".join((__version__, answer.url, answer.charset or "", business or "", ""))
    return hashlib.sha256(known.encode("utf-8", "surrogatepass") + answer.body).hexdigest()


def _goes_on(parsed: ParsedPage, previous: ParsedPage | None, visited: set[str]) -> bool:
    """Whether there is a next page worth asking for: sites answer pages behind the end with the last one again."""
    if parsed.next_url is None or parsed.next_url in visited or not parsed.reviews:
        return False
    return previous is None or parsed.reviews != previous.reviews


def check_type(answer: "Answer") -> None:
    """Raises SourceChanged when what came is no page of HTML."""
    looks_like_html = answer.body.lstrip()[:1] == b"<"
    kind = answer.content_type.lower()
    if kind not in _HTML and not (kind in ("text/plain", "application/xml", "text/xml") and looks_like_html):
        raise SourceChanged(f"{answer.url}: content type {kind}", NOT_A_PAGE, {"type": kind})


def check_barriers(parsed: ParsedPage, url: str) -> None:
    """Raises what a person must know when something stands between us and the reviews."""
    if parsed.barrier == "captcha":
        raise SourceBlocked(f"{url}: a check for robots", CAPTCHA)
    if parsed.barrier == "login":
        raise SourceChanged(f"{url}: a login page", LOGIN)
    if parsed.barrier == "cut":
        raise SourceUnavailable(f"{url}: the page ends in the middle", CUT_OFF)
    if parsed.needs_script:
        raise SourceChanged(f"{url}: reviews are made by a script", NEEDS_SCRIPT)
    if not parsed.reviews and not parsed.totals and any("broken, left out" in line for line in parsed.diagnostics):
        raise SourceChanged(f"{url}: markup is broken and nothing else was found", BROKEN)


def check_business(parsed: ParsedPage, url: str, business: str | None, *, is_first: bool) -> None:
    """Raises when a page shows several businesses and none is chosen, or when the chosen one is not there."""
    from reviews.markup import is_called, label_of  # see above

    names = " · ".join(dict.fromkeys(label_of(found) for found in parsed.businesses))[:500]
    if business is None and parsed.business_count > 1:
        raise SourceRequestError(f"{url}: {parsed.business_count} businesses, none chosen", CHOOSE, {"names": names})
    if business is None or not is_first or not parsed.businesses:
        return
    if not any(is_called(found, business) for found in parsed.businesses):
        raise SourceChanged(f"{url}: {business!r} is not there", NOT_THERE, {"business": business, "names": names})
