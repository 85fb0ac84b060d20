"""What is said beside figures and quotes: the disclosure, the sources, who may frame it."""

from collections.abc import Sequence

from reviews.i18n import LANGUAGES, Catalogue
from reviews.publish.clinic_data import (
    ClinicData,
    is_complete,
    people_address,
)
from reviews.publish.quotes import Quotes
from reviews.publish.say import web_origin
from reviews.publish.view import ClinicView, SourceView
from reviews.rules.disclosure import DisclosureFacts, SourceFacts, disclosure
from reviews.storage.review_lists import SampleFigures


def disclosures(
    catalogue: Catalogue,
    clinics_data: Sequence[ClinicData],
    shown_clinics: Sequence[ClinicView],
    quotes: Sequence[Quotes],
    *,
    all_may_be_drawn: bool,
) -> dict[str, tuple[str, ...]]:
    """The disclosure by language. A widget may be told to draw fewer, so only the hosted page may say "all"."""
    facts = [
        _facts(data, clinic, part, all_may_be_drawn and len(part.shown) == data.sample.with_text)
        for data, clinic, part in zip(clinics_data, shown_clinics, quotes, strict=True)
    ]
    found: dict[str, tuple[str, ...]] = {}
    for language in LANGUAGES:
        words = catalogue.words(language)
        found[language] = tuple(dict.fromkeys(line for each in facts for line in disclosure(words, each)))
    return found


def _facts(data: ClinicData, clinic: ClinicView, quotes: Quotes, all_drawn: bool) -> DisclosureFacts:
    figures = {shown.figure.source_id: shown for shown in clinic.figures}
    quoted = {quote.source for quote in quotes.shown}
    told = []
    for source in data.sources.values():
        shown = figures.get(source.id)
        if shown is None and source.label not in quoted:
            continue
        is_reported = shown is not None and shown.figure.kind == "reported"
        told.append(
            SourceFacts(
                label=source.label,
                held_with_text=data.samples.get(source.id, SampleFigures()).with_text,
                count=shown.figure.count if shown and is_reported else None,
                count_of=shown.figure.count_of if shown else "reviews",
                read_on=shown.read_on if shown and is_reported else None,
                attribution=shown.attribution.text if shown and shown.attribution else None,
            )
        )
    return DisclosureFacts(
        has_quotes=bool(quotes.shown),
        order=quotes.choice.order if quotes.choice else "date",
        held=data.sample.with_text,
        all_drawn=all_drawn,
        sources=tuple(told),
        hidden=tuple(sorted(data.sample.hidden.items())),
        max_age_days=data.row.max_age_days,
        left_out=quotes.left_out,
        service_only="service_only" in data.row.conditions,
        must_say=data.row.must_say,
        is_demo=data.clinic.is_demo,
    )


def source_views(data: ClinicData) -> list[SourceView]:
    """How each public source is read."""
    return [
        SourceView(
            clinic=data.clinic.slug,
            label=source.label,
            url=people_address(source),
            held=data.samples.get(source.id, SampleFigures()).count,
            complete=is_complete(source),
            last_success_on=data.day(source.last_success_at),
        )
        for source in data.sources.values()
        if data.book.terms(source.origin).public
    ]


def ancestors(data: ClinicData) -> tuple[str, ...]:
    """Who may frame the widget: anybody, unless the rule keeps it on the clinic's own website."""
    if "own_site" not in data.row.conditions:
        return ()
    return (web_origin(data.clinic.website) or "'none'",)
