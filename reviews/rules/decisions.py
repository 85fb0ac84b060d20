"""The one decision about showing: asked by the widget, pages, feeds, exports, reports, the API and the markup alike.

It never sees stars. What cannot be proven yet counts as forbidden: without a consent record no author is shown, and
where a rule bars statements, a text in a language that cannot be checked is left out.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from reviews.i18n import N_, Words
from reviews.rules.book import ALLOWED, AdvertisingRow, Attribution, RulePart, Terms
from reviews.rules.claims import CLINICAL, KINDS, can_check, find_claim


class Purpose(StrEnum):
    """What something would be shown for.

    Without a review, QUOTE, HOSTED_QUOTE and STATIC_COPY ask whether quotes of an origin may be shown there at all; the
    others ask for its figures. EXPORT is what leaves the house, such as a social post; a group's own backup asks
    nobody. REPORT and STAFF stay inside: only whether content may still be held counts.
    """

    FIGURES = "figures"
    QUOTE = "quote"
    HOSTED_QUOTE = "hosted_quote"
    STATIC_COPY = "static_copy"
    LINK = "link"
    ASK = "ask"
    FEED = "feed"
    EXPORT = "export"
    REPORT = "report"
    API = "api"
    JSONLD = "jsonld"
    STAFF = "staff"


_INSIDE = (Purpose.STAFF, Purpose.REPORT)
_ALWAYS_QUOTES = (Purpose.QUOTE, Purpose.HOSTED_QUOTE, Purpose.STATIC_COPY)
_OFF_THE_OWN_SITE = (Purpose.HOSTED_QUOTE, Purpose.STATIC_COPY, Purpose.FEED, Purpose.EXPORT, Purpose.API)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFacts:
    """What the decision may know about a review; stars are left out on purpose.

    `age_days` since it was written, at the most that its date allows; None: unknown. `read_age_days` since it was last
    read at its source. `gone`: missing or withdrawn there. `chosen_by_person`: featured by hand.
    """

    text: str = ""
    title: str = ""
    language: str | None = None
    age_days: int | None = None
    read_age_days: int | None = None
    hidden: bool = False
    gone: bool = False
    chosen_by_person: bool = False
    has_consent: bool = False
    basis_stated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why not: a message id and its values. See `reason_text`."""

    message: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """It may be shown, in this way.

    `excerpt` is the mode for `reputation.excerpts`; `show_author` is False where the author must not be named;
    `must_say` holds keys for the disclosure; `keep_days` is how long after reading it must be gone.
    """

    conditions: frozenset[str] = frozenset()
    must_say: frozenset[str] = frozenset()
    excerpt: str = "fair"
    show_author: bool = True
    show_link: bool = True
    attribution: Attribution | None = None
    jsonld: bool = False
    keep_days: int | None = None
    refresh_hours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotShown:
    """It may not be shown; `part` is the advertising rule that forbids it, where one does."""

    reason: Reason
    part: RulePart | None = field(default=None, repr=False)


UNKNOWN_ORIGIN = N_("Nobody has said yet where these reviews were written, so only staff see them.")
NOT_PUBLIC = N_("The terms of {origin} (compiled {checked_on}) keep its reviews on the staff side.")
NEEDS_BASIS = N_("Reviews from {origin} wait until a person has stated how the group obtained them.")
EXPIRED = N_("The terms of {origin} (compiled {checked_on}) let content be kept for {days} days after reading.")
NO_STATIC = N_("Static copies leave out {origin}: its content expires (terms compiled {checked_on}).")
NO_MARKUP = N_("The terms of {origin} (compiled {checked_on}) forbid its use in markup for search engines.")
NO_SELECTION = N_("The terms of {origin} (compiled {checked_on}) do not let a person choose among its reviews.")
NOT_SET_UP = N_(
    "Place and professions of this clinic are not confirmed yet; until then there are figures and no quotes."
)
NO_RULE = N_(
    "No rule is known for: {profession}, {place}. Quotes wait until your group confirms that they are allowed."
)
HIDDEN = N_("Hidden by a person of the group, for a neutral reason.")
GONE = N_("No longer there at its source.")
TOO_OLD = N_("Older than {days} days: {authority}, {place} (compiled {checked_on}).")
NO_DATE = N_("No date, so perhaps older than {days} days: {authority}, {place} (compiled {checked_on}).")
CLAIM = N_("Left out whole: “{words}” is {kind}, which {authority} ({place}, compiled {checked_on}) does not allow.")
CANNOT_CHECK = N_(
    "Left out: nobody checks this language for what {authority} ({place}, compiled {checked_on}) forbids."
)
SERVICE_ONLY = N_(
    "Left out whole: “{words}” speaks of care; "
    "{authority} ({place}, compiled {checked_on}) allows only remarks on service."
)
OWN_SITE = N_("{authority} ({place}, compiled {checked_on}) allows quotes only on the clinic's own website.")
BARRED = N_("Barred by {authority} for: {profession}, {place} (compiled {checked_on}, confirmed by your group).")
BARRED_UNCONFIRMED = N_(
    "Barred by {authority} for: {profession}, {place} (compiled {checked_on}, not confirmed by your group)."
)


def decide(row: AdvertisingRow, terms: Terms, review: ReviewFacts | None, purpose: Purpose) -> Shown | NotShown:
    """Whether and how something of an origin may be shown for a purpose; pure, and blind to stars.

    `row` is the clinic's merged rule (for a quote that a person tagged with one profession, the row with that tag);
    `terms` are those of the review's origin. Without a review the question is about figures, links, or quotes as such.
    """
    reason = _terms_forbid(terms, review, purpose)
    if reason is not None:
        return NotShown(reason=reason)
    if purpose in _INSIDE:
        return _shown(row, terms)
    wants_quotes = purpose in _ALWAYS_QUOTES or (review is not None and purpose not in (Purpose.LINK, Purpose.ASK))
    if purpose is Purpose.FIGURES or not wants_quotes:
        name = purpose.value if purpose in (Purpose.LINK, Purpose.ASK) else "figures"
        return _barred(row, name) or _shown(row, terms)
    return _quote_barred(row, review, purpose) or _shown(
        row, terms, show_author="consent" not in row.conditions or (review is not None and review.has_consent)
    )


def _terms_forbid(terms: Terms, review: ReviewFacts | None, purpose: Purpose) -> Reason | None:
    if review is not None and terms.retention_days is not None and (terms.retention_days > 0 or purpose not in _INSIDE):
        age = review.read_age_days
        if age is not None and age > terms.retention_days:
            return _terms_reason(EXPIRED, terms, days=str(terms.retention_days))
    if purpose in (*_INSIDE, Purpose.LINK, Purpose.ASK):
        return None
    if not terms.public:
        return _terms_reason(UNKNOWN_ORIGIN if terms.origin == "unknown" or terms.by_origin else NOT_PUBLIC, terms)
    if terms.needs_basis and not (review is not None and review.basis_stated):
        return _terms_reason(NEEDS_BASIS, terms)
    if purpose is Purpose.STATIC_COPY and terms.retention_days is not None:
        return _terms_reason(NO_STATIC, terms)
    if purpose is Purpose.JSONLD and not terms.jsonld:
        return _terms_reason(NO_MARKUP, terms)
    if review is not None and review.chosen_by_person and not terms.may_select and purpose is not Purpose.FIGURES:
        return _terms_reason(NO_SELECTION, terms)
    return None


def _quote_barred(row: AdvertisingRow, review: ReviewFacts | None, purpose: Purpose) -> NotShown | None:
    if barred := _barred(row, "quotes"):
        return barred
    if "own_site" in row.conditions and purpose in _OFF_THE_OWN_SITE:
        return _by_rule(OWN_SITE, _part_with(row, "conditions", "own_site"))
    return _review_barred(row, review) if review is not None else None


def _barred(row: AdvertisingRow, name: str) -> NotShown | None:
    if getattr(row, name) == ALLOWED[name]:
        return None
    part = row.barring(name)
    if part is None:
        return NotShown(reason=Reason(message=NOT_SET_UP))
    if part.is_default and name == "quotes":
        return _by_rule(NO_RULE, part)
    return _by_rule(BARRED if part.confirmed else BARRED_UNCONFIRMED, part)


def _review_barred(row: AdvertisingRow, review: ReviewFacts) -> NotShown | None:
    if review.hidden:
        return NotShown(reason=Reason(message=HIDDEN))
    if review.gone:
        return NotShown(reason=Reason(message=GONE))
    if row.max_age_days is not None and (review.age_days is None or review.age_days > row.max_age_days):
        part = min((p for p in row.parts if p.max_age_days is not None), key=lambda p: p.max_age_days or 0)
        return _by_rule(NO_DATE if review.age_days is None else TOO_OLD, part, days=str(row.max_age_days))
    return _text_barred(row, f"{review.title}\n{review.text}", review.language)


def _text_barred(row: AdvertisingRow, text: str, language: str | None) -> NotShown | None:
    """A clinical aspect bars the review whatever it says of it: praise and complaint alike."""
    if "service_only" in row.conditions:
        part = _part_with(row, "conditions", "service_only")
        if not can_check(language):
            return _by_rule(CANNOT_CHECK, part)
        if aspect := find_claim(text, {CLINICAL}):
            return _by_rule(SERVICE_ONLY, part, words=aspect.words)
    if row.filters:
        if not can_check(language):
            return _by_rule(CANNOT_CHECK, _part_with(row, "filters", *row.filters))
        if claim := find_claim(text, row.filters):
            part = _part_with(row, "filters", claim.kind)
            return _by_rule(CLAIM, part, words=claim.words, kind=KINDS[claim.kind])
    return None


def _shown(row: AdvertisingRow, terms: Terms, *, show_author: bool = True) -> Shown:
    return Shown(
        conditions=row.conditions,
        must_say=row.must_say,
        excerpt=terms.excerpt,
        show_author=show_author,
        show_link=row.link == "on",
        attribution=terms.attribution,
        jsonld=terms.jsonld,
        keep_days=terms.retention_days,
        refresh_hours=terms.refresh_hours,
    )


def _part_with(row: AdvertisingRow, name: str, *wanted: str) -> RulePart:
    return next(part for part in row.parts if set(wanted) & getattr(part, name))


def _by_rule(message: str, part: RulePart, **values: str) -> NotShown:
    named = {
        "authority": part.authority,
        "profession": part.profession_name,
        "place": part.place_name,
        "checked_on": part.checked_on.isoformat(),
        **values,
    }
    return NotShown(reason=Reason(message=message, values=tuple(named.items())), part=part)


def _terms_reason(message: str, terms: Terms, **values: str) -> Reason:
    named = {"origin": terms.origin, "checked_on": terms.checked_on.isoformat(), **values}
    return Reason(message=message, values=tuple(named.items()))


def days_up(span: timedelta) -> int:
    """Days begun: content that may be kept for a day is too old one second later."""
    return -(-max(span, timedelta()) // timedelta(days=1))


def reason_text(words: Words, reason: Reason) -> str:
    """The reason in the reader's language, with names of places and professions, and dates in words."""
    said = dict(reason.values)
    for name in ("authority", "profession", "place", "kind"):
        if name in said:
            said[name] = words.text(said[name])
    if "checked_on" in said:
        said["checked_on"] = words.day(date.fromisoformat(said["checked_on"]))
    return words.text(reason.message, **said)
