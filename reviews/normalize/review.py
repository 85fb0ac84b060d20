"""From a raw review to a review: every field by its own rules, in one place, in reading order.

One faulty optional field (a date that cannot be read, an address that is none) does not cost the review: the field is
None and a note says so. A rating whose scale is unknown, or a record with neither text nor rating, is a Reject.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from reviews.model import Clinic, RawReply, RawReview, Reject, Reply, Review, ReviewDate, Source
from reviews.normalize import hashes, identity, pairs
from reviews.normalize.dates import find_day_order, normalize_date
from reviews.normalize.language import find_language, primary_tag
from reviews.normalize.numbers import parse_decimal
from reviews.normalize.ratings import RatingRefused, normalize_rating
from reviews.normalize.text import (
    MAX_TEXT,
    clean_and_clip,
    clean_author,
    clean_line,
    clean_text,
    clean_title,
    split_translation,
    strip_quotes,
)
from reviews.normalize.view_all import join_view_all

MAX_SAMPLE = 200
MAX_URL = 2_000
MAX_ID = 10_000

EMPTY = "This review has neither a text nor a rating."
UNREADABLE_DATE = "The date “{value}” could not be read; the review is kept without it."
AMBIGUOUS_DATE = "The date “{value}” can be read in two ways; say whether the day or the month comes first."
NO_URL = "The address “{value}” is not a web address; the review is kept without it."
SHORTENED = "The text was longer than {limit} characters and was shortened."

_URL = re.compile(r"https?://[^\s\\<>\"\x00-\x20\x7f\ud800-\udfff]{1,2000}", re.IGNORECASE)
_AMBIGUOUS = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a source says about all its reviews.

    `languages` are the clinic's; empty: languages are not detected. `day_first` says how 04/05/2024 is meant (None:
    not known). `assume_best` is what bare ratings go up to (schema.org: 5; a file: the chosen scale; None: refuse).
    """

    source_origin: str
    read_at: datetime
    languages: tuple[str, ...] = ("en", "fr")
    time_zone: str = "UTC"
    page_language: str | None = None
    day_first: bool | None = None
    assume_best: Decimal | int | None = None

    @classmethod
    def of(
        cls,
        source: Source,
        clinic: Clinic,
        *,
        read_at: datetime,
        page_language: str | None = None,
        dates: Iterable[str | None] = (),
    ) -> "Context":
        """The context of one source: `day_first` and `best` of its config, else 5 stars for everything but a file.

        `dates` are those of the page in hand, which may show what the config does not say: whether the day is first.
        """
        day_first, best = source.config.get("day_first"), source.config.get("best")
        return cls(
            source_origin=source.origin,
            read_at=read_at,
            languages=clinic.languages,
            time_zone=clinic.time_zone,
            page_language=page_language,
            day_first=day_first if isinstance(day_first, bool) else find_day_order(dates),
            assume_best=parse_decimal(str(best)) if best is not None else None if source.kind == "csv_file" else 5,
        )


class Normalized(NamedTuple):
    """A review or why there is none, and notes about fields that were left out; notes cost nothing."""

    result: Review | Reject
    notes: tuple[Reject, ...]


def normalize_review(raw: RawReview, context: Context, *, position: int = 0) -> Review | Reject:
    """The review, or a Reject that says where, why, and shows a sample. Never raises on any raw value."""
    return normalize_with_notes(raw, context, position=position).result


def normalize_with_notes(raw: RawReview, context: Context, *, position: int = 0) -> Normalized:
    """Like `normalize_review`, with notes on the fields that could not be used.

    `position` is the place in the order of the source, counted from the newest or the top.
    """
    notes: list[Reject] = []
    try:
        rating = normalize_rating(raw.rating, assume_best=context.assume_best) if raw.rating else None
    except RatingRefused as refusal:
        return Normalized(_reject(raw, refusal.reason, refusal.values, "rating"), ())
    title = clean_title(raw.title)
    text, translation, is_cut = _body(raw, notes)
    if rating is None and not text and not title:
        return Normalized(_reject(raw, EMPTY, (), None), ())
    author = clean_author(raw.author)
    date = _date(raw.date, raw, context, notes, "date")
    stated = primary_tag(raw.language)
    language = stated or find_language(f"{title} {text}", context.languages)
    reply = _reply(raw.reply, raw, context, notes) if raw.reply else None
    url = _url(raw, notes)
    stars100, recommends = (rating.stars100, rating.recommends) if rating else (None, None)
    key, kind = identity.identity_of(
        external_id=clean_line(raw.external_id, MAX_ID) or None,
        anchor=clean_line(raw.anchor, MAX_ID) or None,
        author=author,
        date=date,
        stars100=stars100,
        recommends=recommends,
        text=text or title,
    )
    review = Review(
        identity_key=key,
        identity_kind=kind,
        origin=raw.origin or context.source_origin,
        place=raw.place,
        rating=rating,
        title=title,
        text=text,
        language=language,
        author=author,
        date=date,
        url=url,
        reply=reply,
        position=position,
        content_hash=hashes.content_hash(
            stars100=stars100, recommends=recommends, title=title, text=text, language=stated, author=author
        ),
        reply_hash=hashes.reply_hash(reply),
        volatile_hash=hashes.volatile_hash(
            raw.volatile, date=raw.date, updated=raw.updated, translation=translation, url=url
        ),
        translation=translation,
        cut=is_cut or raw.cut,
        shared_key=pairs.shared_key(
            raw.origin or context.source_origin,
            clean_line(raw.external_id if raw.public_id is None else raw.public_id, MAX_ID),
        ),
    )
    return Normalized(review, tuple(notes))


def _body(raw: RawReview, notes: list[Reject]) -> tuple[str, str | None, bool]:
    """Text as the author wrote it, the platform's translation, and whether the platform cut it."""
    if not raw.text:
        return "", None, False
    joined = join_view_all(raw.text[: 4 * MAX_TEXT])
    text, is_shortened = clean_and_clip(joined.text)
    if is_shortened:
        notes.append(_reject(raw, SHORTENED, (("limit", str(MAX_TEXT)),), "text"))
    original, translation = split_translation(text)
    if translation is not None:
        original, translation = strip_quotes(original), strip_quotes(translation)
    return original, translation, joined.cut


def _date(text: str | None, raw: RawReview, context: Context, notes: list[Reject], column: str) -> ReviewDate | None:
    if text is None or not text.strip():
        return None
    date = normalize_date(
        text,
        read_at=context.read_at,
        language=context.page_language or primary_tag(raw.language),
        day_first=context.day_first,
        time_zone=context.time_zone,
    )
    if date is None:
        is_ambiguous = context.day_first is None and _AMBIGUOUS.match(text.strip())
        reason = AMBIGUOUS_DATE if is_ambiguous else UNREADABLE_DATE
        notes.append(_reject(raw, reason, (("value", clean_line(text, 60)),), column))
    return date


def _reply(reply: RawReply, raw: RawReview, context: Context, notes: list[Reject]) -> Reply | None:
    text = clean_text(reply.text)
    if not text:
        return None
    date = _date(reply.date, raw, context, notes, "reply_date")
    return Reply(
        text=text, date=date, author=clean_author(reply.author), state=reply.state, reason=clean_line(reply.reason, 60)
    )


def _url(raw: RawReview, notes: list[Reject]) -> str | None:
    if raw.url is None or not raw.url.strip():
        return None
    url = raw.url.strip()
    if len(url) <= MAX_URL and _URL.fullmatch(url):
        return url
    notes.append(_reject(raw, NO_URL, (("value", clean_line(url, 60)),), "url"))
    return None


def _reject(raw: RawReview, reason: str, values: tuple[tuple[str, str], ...], column: str | None) -> Reject:
    rating = raw.rating.value if raw.rating else None
    parts = (raw.author, rating, raw.date, raw.title, raw.text and raw.text[: 2 * MAX_SAMPLE])
    sample = clean_line(" · ".join(part for part in parts if part)[: 4 * MAX_SAMPLE], MAX_SAMPLE)
    safe = tuple((name, clean_line(value, MAX_SAMPLE)) for name, value in values)
    return Reject(place=raw.place, reason=reason, values=safe, column=column, sample=sample)
