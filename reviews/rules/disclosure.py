"""The disclosure beside quotes and figures: written by the software from facts, each part only if it is true.

No theme, attribute or plan removes a line. ``{n}`` in the lines stays open: whoever draws fills in how many quotes are
really there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from reviews.i18n import N_, Words

HIDE_REASONS: dict[str, str] = {
    "privacy": N_("for privacy"),
    "abuse": N_("for abuse"),
    "off_topic": N_("because they are about something else"),
    "wrong_clinic": N_("because they are about another clinic"),
    "legal": N_("for legal reasons"),
    "author_asked": N_("because the author asked"),
    "duplicate": N_("because they are there twice"),
}
MUST_SAY: dict[str, str] = {
    "results_vary": N_("Results vary; what one person reports may not be typical."),
}
_ORDER: dict[str, str] = {
    "date": N_("Shown: {n} of {held} with text, newest first, whatever their stars."),
    "page": N_("Shown: {n} of {held} with text, in the order of the page, whatever their stars."),
    "mixed": N_("Shown: {n} of {held} with text, newest first, those without a date last, whatever their stars."),
    "person": N_("Shown: {n} of {held} with text, chosen by the clinic."),
}
_ALL: dict[str, str] = {
    "date": N_("All {held} with text that are held here, newest first."),
    "page": N_("All {held} with text that are held here, in the order of the page."),
    "mixed": N_("All {held} with text that are held here, newest first, those without a date last."),
    "person": N_("All {held} with text that are held here, in an order chosen by the clinic."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What a source reports and what is held of it. `verified` is the platform's own statement about its authors.

    `count_of` is ``ratings`` or ``reviews``, as the platform counts; `read_on` a day in the clinic's time zone.
    `attribution` is the text that the source's terms demand.
    """

    label: str
    held_with_text: int = 0
    count: int | None = None
    count_of: str = "ratings"
    read_on: date | None = None
    verified: str | None = None
    attribution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureFacts:
    """The facts of one widget or page.

    `order` and the choice come from `reputation.quotes`; `held` counts every review with text, hidden and left-out ones
    too. `all_drawn`: the drawing shows every one of them, whatever its size. `left_out` counts reviews that an
    advertising rule keeps out; `service_only` that reviews about treatment are kept out by law. `has_quotes` is False
    where only figures stand.
    """

    has_quotes: bool = True
    order: str = "date"
    held: int = 0
    all_drawn: bool = False
    sources: tuple[SourceFacts, ...] = ()
    hidden: tuple[tuple[str, int], ...] = ()
    max_age_days: int | None = None
    left_out: int = 0
    service_only: bool = False
    must_say: frozenset[str] = frozenset()
    is_demo: bool = False


def disclosure(words: Words, facts: DisclosureFacts) -> list[str]:
    """The lines in the reader's language, in a fixed order; ``{n}`` is the number of quotes really drawn."""
    return list(_lines(words, facts))


def _lines(words: Words, facts: DisclosureFacts) -> Iterator[str]:
    if facts.is_demo:
        yield words.text("A demonstration: the clinic, its patients and their reviews are invented.")
    if facts.has_quotes and facts.held:
        yield _choice(words, facts)
    for source in facts.sources:
        if source.count is not None:
            yield _coverage(words, source)
    if facts.has_quotes:
        yield from _left_out(words, facts)
    for source in facts.sources:
        yield _verification(words, source)
    for key in sorted(facts.must_say):
        yield words.text(MUST_SAY[key])
    for text in dict.fromkeys(source.attribution for source in facts.sources if source.attribution):
        yield words.text("Source: {source}", source=text)


def _choice(words: Words, facts: DisclosureFacts) -> str:
    """ "All" only where every single one is drawn, and nothing was hidden or left out."""
    nothing_missing = not any(n for _, n in facts.hidden) and not facts.left_out and not facts.service_only
    is_all = facts.all_drawn and facts.held > 1 and nothing_missing and facts.max_age_days is None
    message = (_ALL if is_all else _ORDER)[facts.order]
    return words.text(message, held=words.plural("{n} review", "{n} reviews", facts.held))


def _coverage(words: Words, source: SourceFacts) -> str:
    count = source.count or 0
    if source.count_of == "reviews":
        reported = words.plural("{n} review", "{n} reviews", count)
    else:
        reported = words.plural("{n} rating", "{n} ratings", count)
    held = words.plural(
        "{n} review with text is held here", "{n} reviews with text are held here", source.held_with_text
    )
    line = words.text("{source} reports {reported}; {held}.", source=source.label, reported=reported, held=held)
    if source.read_on is None:
        return line
    return line + " " + words.text("Read on {date}.", date=words.day(source.read_on))


def _left_out(words: Words, facts: DisclosureFacts) -> Iterator[str]:
    hidden = [(reason, n) for reason, n in facts.hidden if n]
    if hidden:
        parts = ", ".join(f"{words.number(n)} {words.text(HIDE_REASONS[reason])}" for reason, n in hidden)
        yield words.text("Not shown: {parts}; none is hidden for its rating.", parts=parts)
    if facts.max_age_days is not None:
        years, rest = divmod(facts.max_age_days, 365)
        if rest:
            yield words.plural("Only from the last day.", "Only from the last {n} days.", facts.max_age_days)
        else:
            yield words.plural("Only from the last year.", "Only from the last {n} years.", years)
    if facts.service_only:
        yield words.text("Reviews about treatment are not shown here, by law.")
    if facts.left_out:
        yield words.plural(
            "{n} review is left out by a rule on advertising.",
            "{n} reviews are left out by a rule on advertising.",
            facts.left_out,
        )


def _verification(words: Words, source: SourceFacts) -> str:
    if source.verified:
        return words.text("{source} about its authors: {statement}", source=source.label, statement=source.verified)
    return words.text("{source}: the clinic does not verify that authors were patients.", source=source.label)
