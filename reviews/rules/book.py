"""The rule book: platform terms by origin, advertising rules by place and profession; the strictest wins.

Unconfirmed rules count, and a field that could not be verified counts as the stricter of its own value and the default
rule's until a person of the group confirms the rule. Pure; `loading.load` makes the book from the data files.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any, Protocol

from reviews.rules.places import ANY_PROFESSION, JURISDICTIONS, PROFESSIONS

ANY = "any"
FIELDS = ("quotes", "figures", "link", "ask")
STRICTEST = {"quotes": "none", "figures": "off", "link": "off", "ask": "off"}
ALLOWED = {"quotes": "yes", "figures": "on", "link": "on", "ask": "on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """What must stand beside a review or figure; an empty `text` is the source's own label."""

    text: str = ""
    logo: bool = False
    link: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the platform of origin lets us do. `note` is a message id for staff; `unverified` what rests on little.

    `retention_days` counts from the last reading: None no limit known, 0 never stored. `public`: may leave the
    staff side.
    """

    origin: str
    note: str
    retention_days: int | None
    keep_ids: bool
    keep_measurements: str
    may_aggregate: bool
    excerpt: str
    may_select: bool
    attribution: Attribution | None
    jsonld: bool
    refresh_hours: int | None
    reply: str
    gets_machine: bool
    public: bool
    needs_basis: bool
    by_origin: bool
    basis: str
    urls: tuple[str, ...]
    checked_on: date
    unverified: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePart:
    """One advertising rule as it counts for a clinic: its values after the check of what is confirmed.

    `profession` is ``any`` for a rule of the whole place. `note` is a message id. `is_default`: no rule was found, and
    our own caution stands in. `version` is what a confirmation is bound to.
    """

    jurisdiction: str
    profession: str
    authority: str
    note: str
    quotes: str
    figures: str
    link: str
    ask: str
    conditions: frozenset[str]
    filters: frozenset[str]
    must_say: frozenset[str]
    duty: frozenset[str]
    max_age_days: int | None
    basis: str
    urls: tuple[str, ...]
    open: str
    checked_on: date
    unverified: tuple[str, ...]
    version: str
    covers_all: bool = False
    confirmed: bool = False
    is_default: bool = False

    @property
    def url(self) -> str | None:
        """The first address that the rule was compiled from."""
        return self.urls[0] if self.urls else None

    @property
    def place_name(self) -> str:
        """Message id of the place."""
        return JURISDICTIONS.get(self.jurisdiction, JURISDICTIONS["other"])

    @property
    def profession_name(self) -> str:
        """Message id of the profession."""
        return ANY_PROFESSION if self.profession == ANY else PROFESSIONS.get(self.profession, PROFESSIONS["other"])


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvertisingRow:
    """What a clinic may show: `quotes` is ``yes`` or ``none``; `figures`, `link` and `ask` are ``on`` or ``off``.

    `is_set_up`: place and professions are known and every rule is confirmed; until then there are no quotes.
    """

    quotes: str
    figures: str
    link: str
    ask: str
    conditions: frozenset[str]
    filters: frozenset[str]
    must_say: frozenset[str]
    duty: frozenset[str]
    max_age_days: int | None
    parts: tuple[RulePart, ...]
    is_set_up: bool = True

    def barring(self, field: str) -> RulePart | None:
        """The first rule that forbids a field, or None."""
        return next((part for part in self.parts if getattr(part, field) == STRICTEST[field]), None)


class Confirmation(Protocol):
    """A stored confirmation of one rule in the version that a person has read."""

    @property
    def jurisdiction(self) -> str: ...
    @property
    def profession(self) -> str: ...
    @property
    def row_version(self) -> str: ...


class RuleBook:
    """All rows; made by `load`, never changed."""

    def __init__(self, terms: Mapping[str, Terms], default: RulePart, rows: Mapping[tuple[str, str], RulePart]) -> None:
        self._terms = dict(terms)
        self._default = default
        self._rows = dict(rows)

    def terms(self, origin: str) -> Terms:
        """The terms of an origin; an origin without a row gets that of ``unknown``: only staff see it."""
        return self._terms.get(origin) or self._terms["unknown"]

    def origins(self) -> tuple[str, ...]:
        """All origins that have terms of their own, aliases included."""
        return tuple(sorted(self._terms))

    def retentions(self) -> dict[str, int]:
        """Days for which content of an origin may be held, for the origins that set a limit."""
        return {
            origin: terms.retention_days for origin, terms in self._terms.items() if terms.retention_days is not None
        }

    def rules(self) -> tuple[RulePart, ...]:
        """All advertising rules as compiled, the default one last."""
        return (*self._rows.values(), self._default)

    def row(
        self,
        jurisdiction: str,
        professions: Sequence[str],
        confirmed: Collection[tuple[str, str]],
        *,
        tag: str | None = None,
    ) -> AdvertisingRow:
        """What a clinic (or a widget limited to some of its professions) may show.

        As `merge`, and without quotes until place and professions are known and every pair of them is confirmed.
        `confirmed` holds (jurisdiction, profession); see `still_confirmed`.
        """
        merged = self.merge(jurisdiction, professions, confirmed, tag=tag)
        pairs = {(jurisdiction, profession) for profession in professions}
        if jurisdiction and pairs and pairs <= set(confirmed):
            return merged
        return replace(merged, quotes=STRICTEST["quotes"], is_set_up=False)

    def merge(
        self,
        jurisdiction: str,
        professions: Sequence[str],
        confirmed: Collection[tuple[str, str]],
        *,
        tag: str | None = None,
    ) -> AdvertisingRow:
        """The strictest of all rules that bind the professions in a place; a confirmation loosens its own rule only.

        A quote with a `tag`, one of the professions, takes quotes, conditions, filters and what must be said from that
        profession's rule and the rule of the whole place. Figures, links and asking belong to the page and are never
        loosened by a tag.
        """
        parts = self._parts(jurisdiction, professions, confirmed)
        of_quote = [part for part in parts if part.profession in (tag, ANY)] if tag in professions else parts
        ages = [part.max_age_days for part in parts if part.max_age_days is not None]
        return AdvertisingRow(
            quotes=_strictest("quotes", of_quote),
            figures=_strictest("figures", parts),
            link=_strictest("link", parts),
            ask=_strictest("ask", parts),
            conditions=frozenset().union(*(part.conditions for part in of_quote)),
            filters=frozenset().union(*(part.filters for part in of_quote)),
            must_say=frozenset().union(*(part.must_say for part in of_quote)),
            duty=frozenset().union(*(part.duty for part in parts)),
            max_age_days=min(ages, default=None),
            parts=tuple(parts),
        )

    def version(self, jurisdiction: str, profession: str) -> str:
        """What a confirmation of one pair is bound to: the day and a digest of the rules that count for it."""
        parts = self._parts(jurisdiction, [profession], [])
        digest = sha256("".join(part.version for part in parts).encode()).hexdigest()[:12]
        return f"{max(part.checked_on for part in parts)} {digest}"

    def still_confirmed(self, confirmations: Iterable[Confirmation]) -> set[tuple[str, str]]:
        """The pairs whose confirmation still holds: those whose rule is the same as when it was read."""
        return {
            (each.jurisdiction, each.profession)
            for each in confirmations
            if each.row_version == self.version(each.jurisdiction, each.profession)
        }

    def jurisdictions(self) -> list[tuple[str, str]]:
        """(code, message id) of all places, for a form."""
        return list(JURISDICTIONS.items())

    def professions(self) -> list[tuple[str, str]]:
        """(code, message id) of all professions, for a form."""
        return list(PROFESSIONS.items())

    def _parts(
        self, jurisdiction: str, professions: Sequence[str], confirmed: Collection[tuple[str, str]]
    ) -> list[RulePart]:
        whole_place = self._rows.get((jurisdiction, ANY))
        found = []
        for profession in dict.fromkeys(professions or [ANY]):
            own = self._rows.get((jurisdiction, profession)) if profession != ANY else None
            if own is None and whole_place is not None and whole_place.covers_all:
                continue
            if own is None:
                own = replace(self._default, jurisdiction=jurisdiction, profession=profession)
            found.append(self._as_it_counts(own, (jurisdiction, profession) in confirmed))
        if whole_place is not None:
            all_confirmed = bool(professions) and all((jurisdiction, each) in confirmed for each in professions)
            found.append(self._as_it_counts(whole_place, all_confirmed))
        return found

    def _as_it_counts(self, part: RulePart, is_confirmed: bool) -> RulePart:
        if is_confirmed:
            return replace(part, confirmed=True)
        cautious = {"quotes": "none", "figures": self._default.figures, "link": self._default.link, "ask": "off"}
        doubted = FIELDS if "all" in part.unverified else [field for field in FIELDS if field in part.unverified]
        values: dict[str, Any] = {
            field: STRICTEST[field] if STRICTEST[field] in (getattr(part, field), cautious[field]) else ALLOWED[field]
            for field in doubted
        }
        filters = part.filters | self._default.filters if "all" in part.unverified else part.filters
        return replace(part, **values, filters=filters)


def _strictest(field: str, parts: Iterable[RulePart]) -> str:
    return STRICTEST[field] if any(getattr(part, field) == STRICTEST[field] for part in parts) else ALLOWED[field]
