"""What of a clinic's data may be shown, decided by `rules.decide`, as views ready to be built into bytes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from reviews import rules
from reviews.config import Settings
from reviews.i18n import Catalogue
from reviews.model import Clinic, Summary
from reviews.publish.clinic_data import (
    PAGE_QUOTES,
    ClinicData,
    people_address,
    read_clinic,
    without_demo,
    without_expiring,
)
from reviews.publish.figures import clinic_view, figures_decision, keep_figures, summarize_clinic
from reviews.publish.quotes import newest, quotes_for
from reviews.publish.telling import ancestors, disclosures, source_views
from reviews.publish.view import WidgetView
from reviews.rules import Purpose, RuleBook, Shown
from reviews.storage import GroupTransaction, clinics, widgets
from reviews.storage.widgets import Widget

FEED_QUOTES = 30


def gather(
    g: GroupTransaction,
    settings: Settings,
    book: RuleBook,
    catalogue: Catalogue,
    clinic_id: int,
    now: datetime,
    *,
    is_static: bool = False,
    is_preview: bool = False,
    clinic: Clinic | None = None,
    found: Sequence[Widget] | None = None,
) -> tuple[Summary, list[tuple[int, WidgetView]]]:
    """The summary of a clinic, and the view of each widget that shows it, by the widget's id; raises NotFound.

    A widget that would show nothing but demo data where there is no demo has no view, but for staff (`is_preview`).

    With `is_static` the views are for copies that lie anywhere and that nobody calls back: without sources whose
    content expires, and without quotes that may stand on the clinic's own site only or rest on a permission that ends.
    `clinic` is the clinic, and `found` are its widgets, if they were read before.
    """
    confirmed = book.still_confirmed(clinics.find_confirmations(g))
    read: dict[int, ClinicData] = {}

    def data_of(each: int) -> ClinicData:
        if each not in read:
            known = clinic if clinic is not None and clinic.id == each else clinics.get_clinic(g, each)
            read[each] = without_expiring(read_clinic(g, book, confirmed, known, now), is_static=is_static)
        return read[each]

    summary = summarize_clinic(data_of(clinic_id))
    views = []
    for widget in widgets.find_widgets_of_clinic(g, clinic_id) if found is None else found:
        is_demo = is_preview or (settings.demo and not is_static)
        shown = without_demo([data_of(each) for each in widget.clinic_ids], is_demo=is_demo)
        if shown:
            views.append((widget.id, view_of(widget, shown, settings.base_url, catalogue, is_static=is_static)))
    return summary, views


def view_of(
    widget: Widget,
    clinics_data: Sequence[ClinicData],
    base_url: str,
    catalogue: Catalogue,
    *,
    is_static: bool = False,
) -> WidgetView:
    """One widget, decided."""
    purpose = Purpose.STATIC_COPY if is_static else Purpose.QUOTE
    quotes = [quotes_for(data, purpose, widget.max_quotes, widget.choice) for data in clinics_data]
    page_quotes = [quotes_for(data, Purpose.HOSTED_QUOTE, PAGE_QUOTES, widget.choice) for data in clinics_data]
    feed = [quotes_for(data, Purpose.FEED, FEED_QUOTES, widget.choice) for data in clinics_data]
    shown_clinics = tuple(clinic_view(data) for data in clinics_data)
    moments = [each.keep_until for each in (*quotes, *page_quotes, *feed)] + [
        keep_figures(data) for data in clinics_data
    ]
    shown = newest(quotes)[: widget.max_quotes]
    view = WidgetView(
        slug=widget.slug,
        is_static=is_static,
        language=widget.language,
        layout=widget.layout,
        theme=widget.theme,
        state=_state(widget, clinics_data, any(clinic.figures for clinic in shown_clinics) or bool(shown)),
        base_url=base_url,
        clinics=shown_clinics,
        quotes=shown,
        page_quotes=newest(page_quotes),
        feed_quotes=newest(feed)[:FEED_QUOTES],
        rule=widget.choice,
        held=sum(data.sample.with_text for data in clinics_data),
        sources=tuple(each for data in clinics_data for each in source_views(data)),
        hidden=tuple(sorted((reason, n) for data in clinics_data for reason, n in data.sample.hidden.items() if n)),
        hidden_stars=_hidden_stars(clinics_data),
        rating_markup=widget.rating_markup and all(_may_mark_up(data) for data in clinics_data),
        ask_places=tuple(place for data in clinics_data for place in _ask_places(data)),
        ask_allowed=bool(clinics_data) and all(data.row.ask == "on" for data in clinics_data),
        keep_until=min((moment for moment in moments if moment is not None), default=None),
        allowed_hosts=tuple(dict.fromkeys(host for data in clinics_data for host in ancestors(data))),
        link_allowed=all(data.row.link == "on" for data in clinics_data),
    )
    return replace(
        view,
        disclosure=disclosures(catalogue, clinics_data, shown_clinics, quotes, all_may_be_drawn=False),
        page_disclosure=disclosures(catalogue, clinics_data, shown_clinics, page_quotes, all_may_be_drawn=True),
    )


def _hidden_stars(clinics_data: Sequence[ClinicData]) -> tuple[tuple[int | None, int], ...]:
    """How many hidden reviews gave how many stars, five first, those without stars last."""
    counts: dict[int | None, int] = {}
    for data in clinics_data:
        for stars, n in data.hidden_stars.items():
            counts[stars] = counts.get(stars, 0) + n
    return tuple(sorted(counts.items(), key=lambda item: -(item[0] or 0)))


def _may_mark_up(data: ClinicData) -> bool:
    """Whether every figure that is shown may be described to search engines."""
    shown = [source for source in data.sources.values() if figures_decision(data, source)]
    terms = [data.book.terms(source.origin) for source in shown]
    return bool(shown) and all(isinstance(rules.decide(data.row, each, None, Purpose.JSONLD), Shown) for each in terms)


def _ask_places(data: ClinicData) -> list[tuple[str, str]]:
    """Label and address of each place where a patient can write a review, in the order of the sources."""
    found = []
    for source in data.sources.values():
        address = people_address(source)
        decision = rules.decide(data.row, data.book.terms(source.origin), None, Purpose.ASK)
        if address and isinstance(decision, Shown):
            found.append((source.label, address))
    return found


def _state(widget: Widget, clinics_data: Sequence[ClinicData], has_content: bool) -> str:
    if widget.state == "paused":
        return "paused"
    if all(data.row.figures != "on" and data.row.quotes != "yes" for data in clinics_data):
        return "barred_by_rules"
    return "ready" if has_content else "empty"
