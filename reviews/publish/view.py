"""What a widget shows, decided and ready to be put into words: frozen values between the database and the bytes.

Everything in a view may be shown; whatever rules or terms forbid has been left out before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from reviews.model import Excerpt, Figure, ReviewDate

LIST_LIKE = ("list", "grid", "carousel", "quote")
STATES = ("ready", "empty", "paused", "barred_by_rules", "gone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """What the terms of an origin want to stand beside its content; `logo` is a path on our own host."""

    text: str
    logo: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """One figure with the address it came from; `read_on` is the day it was read, in the clinic's time zone."""

    figure: Figure
    url: str | None = None
    attribution: Attribution | None = None
    read_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicView:
    """One clinic: its listing as separate fields, and its figures, the primary one first."""

    slug: str
    name: str
    street: str = ""
    locality: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    telephone: str = ""
    figures: tuple[FigureView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteView:
    """One review to show; `author` None: it is shown without a name. `origin_cut`: the platform shortened it."""

    clinic: str
    source: str
    url: str | None
    attribution: Attribution | None
    author: str | None
    stars100: int | None
    excerpt: Excerpt
    recommends: bool | None = None
    title: str = ""
    language: str | None = None
    date: ReviewDate | None = None
    reply: str | None = None
    origin_cut: bool = False

    @property
    def text(self) -> str:
        """The whole text of the review."""
        return self.excerpt.head + (self.excerpt.rest or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """How one source is read, for the page "How we count"."""

    clinic: str
    label: str
    url: str | None
    held: int
    complete: bool
    last_success_on: date | None
    verification: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetView:
    """One widget, decided.

    `quotes` are those of the widget, `page_quotes` those of the hosted page and `feed_quotes` those of the feeds (whole
    texts). The disclosures are lines by language; ``{n}`` in them is the number really drawn. `rating_markup`: the
    hosted page describes the rating to search engines. `ask_places` are labels and addresses where patients can write,
    if `ask_allowed`. `is_static`: for a folder, where pages are found with a slash at their end and nobody answers
    questions. `keep_until` is when terms make us drop something of it.
    `allowed_hosts` are the origins that may frame it; empty: all. `link_allowed`: whether pages with reviews may be
    linked.
    """

    slug: str
    language: str
    layout: str
    theme: str
    state: str
    base_url: str
    clinics: tuple[ClinicView, ...]
    quotes: tuple[QuoteView, ...] = ()
    page_quotes: tuple[QuoteView, ...] = ()
    feed_quotes: tuple[QuoteView, ...] = ()
    rule: str = "newest"
    held: int = 0
    disclosure: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page_disclosure: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sources: tuple[SourceView, ...] = ()
    hidden: tuple[tuple[str, int], ...] = ()
    hidden_stars: tuple[tuple[int | None, int], ...] = ()
    rating_markup: bool = False
    is_static: bool = False
    ask_allowed: bool = False
    ask_places: tuple[tuple[str, str], ...] = ()
    keep_until: datetime | None = None
    allowed_hosts: tuple[str, ...] = ()
    link_allowed: bool = True

    @property
    def name(self) -> str:
        """The names of its clinics, for "Reviews of …"."""
        return ", ".join(clinic.name for clinic in self.clinics)
