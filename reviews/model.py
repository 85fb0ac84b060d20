"""What a clinic, a source, a review, a rating, a summary is: frozen values, the words of the whole program.

Times are aware UTC. Stars are integers in hundredths (`stars100`, 0–500). Absent is None, never 0.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple


# ---------------------------------------------------------------- raw: what the wire said
@dataclass(frozen=True, slots=True, kw_only=True)
class RawRating:
    """A rating as found; `kind` is ``stars`` (any numeric or drawn scale) or ``recommend`` (yes or no)."""

    value: str
    best: str | None = None
    worst: str | None = None
    kind: str = "stars"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """An owner's reply as found.

    `state` is ``published``, or ``pending`` or ``rejected`` where a platform checks replies; `reason` is the platform's
    own word for a rejection.
    """

    text: str
    date: str | None = None
    author: str | None = None
    state: str = "published"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReview:
    """One review as the wire said it, untouched.

    `external_id` is the platform's own id; `anchor` a weaker one (JSON-LD ``@id``, an element's id). `place` says where
    it stands in the source ("page 2, item 3", "row 17"), for messages. `origin` overrides the source's origin, for
    feeds that re-publish other platforms. `volatile` holds what may change without the review changing (likes,
    "2 days ago"). `cut` says that the platform gives only the beginning of the text. `public_id` is the id by which the
    platform of origin itself knows the review, where `external_id` is another's ("": it is not known).
    """

    place: str
    external_id: str | None = None
    anchor: str | None = None
    author: str | None = None
    rating: RawRating | None = None
    title: str | None = None
    text: str | None = None
    language: str | None = None
    date: str | None = None
    url: str | None = None
    origin: str | None = None
    reply: RawReply | None = None
    updated: str | None = None
    volatile: tuple[tuple[str, str], ...] = ()
    cut: bool = False
    public_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTotal:
    """A total as the source itself states it; counts as found ("1,426", "4.6 K")."""

    place: str
    average: str | None = None
    best: str | None = None
    worst: str | None = None
    rating_count: str | None = None
    review_count: str | None = None
    recommend_share: str | None = None
    text: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """The business that a page is about, as found; address parts are separate fields, or one line in `street`."""

    name: str | None = None
    street: str | None = None
    locality: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    telephone: str | None = None
    url: str | None = None
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """One record that could not be understood: where, why (English message id with {named} places), and a sample."""

    place: str
    reason: str
    values: tuple[tuple[str, str], ...] = ()
    column: str | None = None
    sample: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPage:
    """What a pure parser found in one page or one piece of a file.

    `next_url` is where the list goes on. `needs_script` says that the page holds no reviews until a script has run.
    `business_count` counts the businesses that carry reviews or totals; more than one needs a person's choice.
    `barrier` names what stands in the way of an empty page: ``login``, ``captcha``, ``cut`` (it ends in the middle) or
    nothing.
    `diagnostics` are plain English lines about what was found, broken or ignored. `totals_only` is a message id for
    staff: why the platform gives a total here and no single reviews; such a page is compared with no earlier one.
    """

    reviews: tuple[RawReview, ...] = ()
    totals: tuple[RawTotal, ...] = ()
    businesses: tuple[Business, ...] = ()
    rejects: tuple[Reject, ...] = ()
    next_url: str | None = None
    needs_script: bool = False
    barrier: str = ""
    language: str | None = None
    business_count: int = 0
    signature: str = ""
    totals_only: str = ""
    diagnostics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One fetched and parsed page of a source.

    `position` is the cursor that continues after this page; `is_last` says that the source has nothing more;
    `unchanged` that it is as it was when it was last read whole (the source says so, or its bytes do) and was
    therefore not parsed. (That a page was parsed and says what it said is seen where it is taken.) `validators` (etag,
    last-modified, a digest of the bytes) belong to the first page and are remembered for the next request.
    `newest_key` and `oldest_key` are raw sort keys (for instance update times) of its reviews where the source is
    ordered. `windowed` says that only what is new or changed was asked for: then few reviews, or none, are no news.
    `records_done` of `records_total` records of a file have been read with this page;
    None: not counted. `total_read_at` is when a person has read the total.
    """

    number: int
    url: str
    parsed: ParsedPage
    position: Mapping[str, Any] = field(default_factory=dict)
    is_last: bool = False
    capped: bool = False
    unchanged: bool = False
    validators: Mapping[str, str] = field(default_factory=dict)
    newest_key: str | None = None
    oldest_key: str | None = None
    windowed: bool = False
    records_done: int = 0
    records_total: int | None = None
    total_read_at: datetime | None = None


# ---------------------------------------------------------------- normalized
@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A rating with its scale; `stars100` is 0–500, None for a recommendation."""

    raw: str
    value: Decimal | None = None
    best: Decimal | None = None
    worst: Decimal | None = None
    stars100: int | None = None
    recommends: bool | None = None


class Precision(StrEnum):
    """How exactly a date is known."""

    INSTANT = "instant"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDate:
    """When a review was written, as exactly as is known: within [earliest, latest], never a made-up moment."""

    raw: str
    earliest: datetime
    latest: datetime
    precision: Precision
    relative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An owner's reply found at the source; `state` and `reason` as in `RawReply`."""

    text: str
    date: ReviewDate | None = None
    author: str | None = None
    state: str = "published"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The normalized value.

    `identity_key` is unique within its source; `identity_kind` is ``id``, ``anchor`` or ``fingerprint``. `author` is as
    shown at the source. `translation` is a machine translation that the platform added. `cut` says that the platform
    itself shortened the text. `shared_key` names the review at its platform, wherever it is seen.

    The three hashes: `content_hash` alone makes a new version, `reply_hash` alone a new version of the reply,
    `volatile_hash` never makes anything.
    """

    identity_key: str
    identity_kind: str
    origin: str
    place: str
    rating: Rating | None
    title: str
    text: str
    language: str | None
    author: str | None
    date: ReviewDate | None
    url: str | None
    reply: Reply | None
    position: int
    content_hash: str
    reply_hash: str
    volatile_hash: str
    translation: str | None = None
    cut: bool = False
    shared_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTotal:
    """What the platform itself says; `average` verbatim, counts as integers, None where it does not say."""

    average: Decimal | None
    best: Decimal | None
    worst: Decimal | None
    stars100: int | None
    rating_count: int | None
    review_count: int | None
    raw: str
    url: str | None = None
    recommend_percent: int | None = None
    read_at: datetime | None = None


# ---------------------------------------------------------------- sentiment
# Tuples, because a long review has hundreds of them and scoring makes them for millions.
class Hit(NamedTuple):
    """A word or phrase that carried points; offsets count code points in the text as given.

    `source` is ``vader``, ``overlay`` (what we ship), ``own`` (an entry of the group or clinic) or ``phrase``.
    """

    start: int
    end: int
    term: str
    points: float
    source: str


class Sentence(NamedTuple):
    """One sentence of the evidence, with its hits; `points` is their sum."""

    start: int
    end: int
    points: float
    tokens: int
    hits: tuple[Hit, ...]


class ThemeWord(NamedTuple):
    """A word or phrase that spoke of a theme, and of which topic in it."""

    start: int
    end: int
    term: str
    theme: str
    topic: str


class Theme(NamedTuple):
    """What a text speaks of: polarity negative, neutral, positive or mixed, the words that caused it, its sentences.

    `sentences` are indexes into the evidence.
    """

    theme: str
    polarity: str
    words: tuple[ThemeWord, ...]
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """How a text reads: `compound` −1..1, `label` negative, neutral or positive, the evidence, and who said so."""

    compound: float
    label: str
    evidence: tuple[Sentence, ...]
    scorer: str
    cut: bool = False
    themes: tuple[Theme, ...] = ()
    is_beta: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEntry:
    """A word, phrase or theme word that a group adds, changes or mutes.

    `kind` is ``words``, ``phrases`` (both with `points` and `leaning`: praise, complaint, courtesy, condition, money)
    or ``themes`` (with `theme` and `topic`; the theme ``none`` mutes a word in all of them).
    """

    language: str
    kind: str
    term: str
    reason: str
    points: float | None = None
    leaning: str = ""
    theme: str = ""
    topic: str = ""


# ---------------------------------------------------------------- places
@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """One practice location."""

    id: int
    public_id: str
    group_id: int
    slug: str
    name: str
    street: str = ""
    locality: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    telephone: str = ""
    website: str = ""
    time_zone: str = "UTC"
    language: str = "en"
    languages: tuple[str, ...] = ("en", "fr")
    jurisdiction: str = ""
    professions: tuple[str, ...] = ()
    primary_source_id: int | None = None
    is_demo: bool = False
    answer_within_hours: int = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One listing of one clinic at one platform, with its schedule and its health."""

    id: int
    public_id: str
    group_id: int
    clinic_id: int
    kind: str
    label: str
    url: str
    origin: str
    config: Mapping[str, Any]
    cursor: Mapping[str, Any]
    declared_complete: bool
    state: str
    interval_minutes: int | None
    next_due_at: datetime | None
    failures: int
    fence: int
    validators: Mapping[str, str]
    expectations: Mapping[str, Any]
    connection_id: int | None = None
    last_success_at: datetime | None = None
    last_outcome: str | None = None
    last_run_id: int | None = None
    hint: str = ""
    hint_values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A source that one worker may read and write until `lease_until`; `fence` proves it in every write."""

    source: Source
    owner: str
    fence: int
    lease_until: datetime


class Outcome(StrEnum):
    """How a run ended. Only OK, UNCHANGED, EMPTY and PARTIAL are good; EMPTY is never a success by itself."""

    OK = "ok"
    UNCHANGED = "unchanged"
    PARTIAL = "partial"
    EMPTY = "empty"
    UNAVAILABLE = "unavailable"
    RATE_LIMITED = "rate_limited"
    UNAUTHORIZED = "unauthorized"
    BLOCKED = "blocked"
    GONE = "gone"
    CHANGED = "changed"
    REQUEST = "request"
    FILE = "file"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one run did; `seen` = new + changed + unchanged."""

    pages: int = 0
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    missing: int = 0
    returned: int = 0


# ---------------------------------------------------------------- reputation
@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number to show, with where it came from; `kind` is reported, sample or derived, and never changes place."""

    kind: str
    source_id: int | None
    source_label: str
    origin: str
    url: str | None
    average: str | None
    stars100: int | None
    best: int
    count: int | None
    count_of: str
    read_at: datetime | None
    raw: str = ""
    is_primary: bool = False
    recommend_percent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures of one clinic: reported ones side by side, the sample, its histogram (1..5 stars)."""

    clinic_id: int
    figures: tuple[Figure, ...]
    sample_count: int
    sample_with_text: int
    sample_mean100: int | None
    histogram: tuple[int, int, int, int, int]
    hidden: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A quote cut once: ``head + rest`` equals the text, character for character; rest is None where nothing is cut."""

    head: str
    rest: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Finished bytes of one public path, ready to serve; `keep_until` is when terms make us drop something in it."""

    path: str
    content_type: str
    body: bytes
    body_gzip: bytes
    etag: str
    made_at: datetime
    keep_until: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()


# ---------------------------------------------------------------- connectors
@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting that a connector asks for; forms and TOML are drawn from it.

    `kind` is ``url``, ``text``, ``choice``, ``file``, ``bool``, ``mapping`` or ``secret``. Labels are message ids.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a platform can and cannot do, as data (design: sources, section 2).

    `complete`: it can list everything, so absence may mean removal. `ordered_by`: updated, created or none.
    `live_only`: its terms let nothing be stored; staff look at it live, and a run keeps nothing but its outcome.
    """

    complete: bool
    ordered_by: str
    max_items: int | None
    stable_id: bool
    reports_totals: bool
    rating_kind: str
    reply_read: bool
    reply_post: str
    edits: str
    removals: str
    interval_minutes: int
    full_scan_days: int | None
    origin: str
    live_only: bool = False


PageIterator = Iterator[Page]
