"""Each figure that may be shown, with its source; never one kind in the place of another."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from reviews import rules
from reviews.model import Figure, Source, Summary
from reviews.publish.clinic_data import ClinicData, is_complete, people_address
from reviews.publish.say import safe_url
from reviews.publish.view import Attribution, ClinicView, FigureView
from reviews.reputation.figures import SourceFigures, recommend_percent, summarize
from reviews.rules import NotShown, Purpose, Shown
from reviews.storage.review_lists import SampleFigures


def summarize_clinic(data: ClinicData) -> Summary:
    """The summary of a clinic over all its sources, shown or not: what staff see."""
    return summary_of(data, list(data.sources.values()))


def summary_of(data: ClinicData, shown: Sequence[Source]) -> Summary:
    """The figures of these sources, and the sample beside them."""
    figures = [
        SourceFigures(
            source_id=source.id,
            label=source.label,
            origin=source.origin,
            url=people_address(source),
            complete=is_complete(source),
            total=data.totals.get(source.id),
            is_chosen_primary=source.id == data.clinic.primary_source_id,
        )
        for source in shown
    ]
    return summarize(clinic_id=data.clinic.id, sources=figures, sample=data.sample)


def clinic_view(data: ClinicData) -> ClinicView:
    """The listing and the figures of a clinic that may be shown."""
    clinic = data.clinic
    return ClinicView(
        slug=clinic.slug,
        name=clinic.name,
        street=clinic.street,
        locality=clinic.locality,
        region=clinic.region,
        postal_code=clinic.postal_code,
        country=clinic.country,
        telephone=clinic.telephone,
        figures=figure_views(data),
    )


def figure_views(data: ClinicData) -> tuple[FigureView, ...]:
    """Each source's own figure, the primary one first; a platform without one gets what we counted, named as that."""
    allowed = {source.id: decision for source in data.sources.values() if (decision := figures_decision(data, source))}
    summary = summary_of(data, [source for source in data.sources.values() if source.id in allowed])
    found = []
    for figure in summary.figures:
        assert figure.source_id is not None
        source, decision = data.sources[figure.source_id], allowed[figure.source_id]
        sample = data.samples.get(source.id, SampleFigures())
        if figure.average is None and figure.recommend_percent is None:
            if is_complete(source) and sample.recommended + sample.not_recommended:
                figure = _share_figure(figure, sample)
            elif not figure.count:
                if not sample.count:
                    continue
                figure = _sample_figure(figure, sample)
        address = people_address(source)
        url = safe_url(figure.url, address or source.url) or address
        found.append(
            FigureView(
                figure=replace(
                    figure, url=url, read_at=None
                ),  # the day is shown, and with the hour no view is ever equal
                url=url if decision.show_link else None,
                attribution=attribution_of(decision, source.label, url),
                read_on=data.day(figure.read_at),
            )
        )
    return tuple(sorted(found, key=lambda shown: not shown.figure.is_primary))


def _sample_figure(figure: Figure, sample: SampleFigures) -> Figure:
    mean = (2 * sample.stars100_sum + sample.stars_count) // (2 * sample.stars_count) if sample.stars_count else None
    return replace(figure, kind="sample", average=None, stars100=mean, count=sample.count, count_of="reviews")


def _share_figure(figure: Figure, sample: SampleFigures) -> Figure:
    """Recommendations as a share of those that we have counted, all of them: not of the platform's own count."""
    percent = recommend_percent(sample.recommended, sample.not_recommended)
    count = sample.recommended + sample.not_recommended
    return replace(figure, kind="sample", recommend_percent=percent, count=count, count_of="reviews")


def figures_decision(data: ClinicData, source: Source) -> Shown | None:
    """How the figure of a source may be shown; None: not at all, or not any more."""
    decision = rules.decide(data.row, data.book.terms(source.origin), None, Purpose.FIGURES)
    if isinstance(decision, NotShown):
        return None
    until = _keep_total(data, source, decision)
    return None if until is not None and until <= data.now else decision


def _keep_total(data: ClinicData, source: Source, decision: Shown) -> datetime | None:
    total = data.totals.get(source.id)
    if decision.keep_days is None or total is None or total.read_at is None:
        return None
    return total.read_at + timedelta(days=decision.keep_days)


def keep_figures(data: ClinicData) -> datetime | None:
    """When the first of the shown figures must be gone; None: never."""
    moments = [
        _keep_total(data, source, decision)
        for source in data.sources.values()
        if (decision := figures_decision(data, source))
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def attribution_of(decision: Shown, label: str, url: str | None) -> Attribution | None:
    """What the terms demand beside the source's own name and link, which always stand there."""
    given = decision.attribution
    if given is None or not given.text or given.text == label:
        return None
    return Attribution(text=given.text, url=url if given.link else None)
