"""What a platform's terms and an advertising rule allow, in plain words."""

from dataclasses import dataclass

from reviews.i18n import N_, Words
from reviews.rules import AdvertisingRow, RulePart, Terms

CONDITIONS = {
    "consent": N_("A name, a photo or health information is shown only with the author's recorded consent."),
    "service_only": N_("Reviews that speak about treatment or its results are left out whole."),
    "own_site": N_("Only on the clinic's own website."),
}
FILTERS = {
    "comparative": N_("Quotes that compare with other clinics are left out."),
    "superlative": N_("Quotes with superlatives are left out."),
    "outcome_claim": N_("Quotes that promise a result are left out."),
    "guarantee": N_("Quotes that sound like a guarantee are left out."),
    "incentive": N_("Quotes given for a reward are left out."),
}
_NAMES = {"quotes": N_("Quotes"), "figures": N_("Stars and counts"), "link": N_("Links to review pages"),
          "ask": N_("Asking for reviews")}  # fmt: skip
_OPEN = {**_NAMES, "all": N_("the whole rule")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One permission: its name, what holds, and whether it is a yes."""

    name: str
    text: str
    is_yes: bool


def permissions(row: AdvertisingRow, words: Words) -> list[Line]:
    """What may be shown under a rule, field by field."""
    found = []
    for field, name in _NAMES.items():
        is_yes = getattr(row, field) in ("yes", "on")
        found.append(
            Line(name=words.text(name), text=words.text(N_("yes")) if is_yes else words.text(N_("no")), is_yes=is_yes)
        )
    return found


def conditions(row: AdvertisingRow, words: Words) -> list[str]:
    """The conditions on what is shown, as sentences."""
    found = [words.text(text) for key, text in CONDITIONS.items() if key in row.conditions]
    found += [words.text(text) for key, text in FILTERS.items() if key in row.filters]
    if row.max_age_days is not None:
        found.append(
            words.plural(
                "Only reviews of the last {n} day are quoted.", "Only reviews of the last {n} days are quoted.",
                row.max_age_days,
            )
        )  # fmt: skip
    return found


def unverified(part: RulePart, words: Words) -> str:
    """What of a rule could not be verified, in words; empty when all could."""
    return ", ".join(words.text(_OPEN.get(name, name)) for name in part.unverified)


def terms_lines(terms: Terms, words: Words) -> list[Line]:
    """What the terms of an origin let us do, as lines for a person who adds a source."""
    kept = (
        words.text(N_("as long as you want"))
        if terms.retention_days is None
        else words.text(N_("not stored at all"))
        if terms.retention_days == 0
        else words.plural("{n} day after the last reading", "{n} days after the last reading", terms.retention_days)
    )
    quoted = {
        "fair": N_("yes, also shortened fairly"),
        "display": N_("yes, shortened on screen with the whole text one step away"),
        "none": N_("only as a whole"),
    }[terms.excerpt]
    if not terms.public:
        quoted = N_("no: only you and your colleagues see it")
    return [
        Line(name=words.text(N_("Kept")), text=kept, is_yes=terms.retention_days is None),
        Line(name=words.text(N_("Quoted on your website")), text=words.text(quoted), is_yes=terms.public),
        Line(
            name=words.text(N_("Chosen by hand")),
            text=words.text(N_("yes") if terms.may_select else N_("no")),
            is_yes=terms.may_select,
        ),
        Line(
            name=words.text(N_("Mixed with other platforms in one figure")),
            text=words.text(N_("yes") if terms.may_aggregate else N_("no")),
            is_yes=terms.may_aggregate,
        ),
    ]
