"""What an answer says, and how its headers are read."""

import codecs
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from reviews import clock
from reviews.fetcher.addresses import Target

MAX_RETRY_AFTER_SECONDS = 6 * 3600
_UNSAFE_CHARSETS = {"utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `url` is where it came from in the end, after redirects: a login page shows there.

    `charset` is None where the answer names none, or none that Python knows. `headers` have lower-case names.
    `validators` (``etag``, ``last_modified``) go into the next fetch; then `not_modified` may come, with an empty body.
    `retry_after_seconds` is what the answer asks for, also where its status was wanted (`also_answer`).
    """

    status: int
    url: str
    body: bytes
    content_type: str
    charset: str | None
    headers: Mapping[str, str]
    validators: Mapping[str, str]
    not_modified: bool = False
    retry_after_seconds: int | None = None


def join_location(base: str, location: str) -> str:
    """The address of a Location header, which http.client reads as Latin-1 although sites send UTF-8."""
    with contextlib.suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    return urljoin(base, location)


def to_answer(target: Target, status: int, body: bytes, head: Message) -> Answer:
    """The answer of these parts."""
    validators = {
        key: head[name].strip()
        for name, key in (("ETag", "etag"), ("Last-Modified", "last_modified"))
        if head.get(name)
    }
    return Answer(
        status=status,
        url=target.url,
        body=body,
        content_type=head.get_content_type() if "Content-Type" in head else "",
        charset=find_charset(head),
        headers={name.lower(): value for name, value in head.items()},
        validators=validators,
        not_modified=status == 304,
    )


def find_charset(head: Message) -> str | None:
    """The charset that an answer names, in Python's spelling, or None where it names none that can be trusted."""
    named = head.get_param("charset")
    if not isinstance(named, str):
        return None
    try:
        name = codecs.lookup(named.strip("'\" ")).name
        b"a".decode(name, errors="replace")  # refuses what is no text, such as base64
    except (LookupError, ValueError, TypeError):
        return None
    return None if name.replace("-", "_") in _UNSAFE_CHARSETS or name in _UNSAFE_CHARSETS else name


def parse_retry_after(text: str, now: clock.Clock) -> int | None:
    """Seconds to wait, from seconds or an HTTP date (RFC 9110 section 10.2.3), at most six hours; else None."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), MAX_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
        seconds = (moment - now()).total_seconds()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return max(0, min(int(seconds) + 1, MAX_RETRY_AFTER_SECONDS))
