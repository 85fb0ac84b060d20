"""Clinics: where they are, who works there, which rule follows, and the snippet for their website."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import make_response, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from reviews.i18n import N_
from reviews.model import Clinic, Source
from reviews.storage import GroupTransaction, alerts, clinics, sources, widgets
from reviews.storage.widgets import Widget
from reviews.web.dashboard.base import blueprint, confirmed_pairs, note, reading, render, row_of, zone_of
from reviews.web.dashboard.comparison import compare_clinics
from reviews.web.dashboard.terms_words import conditions, permissions, unverified
from reviews.web.dashboard.today import average_of, is_rated, ratings_of
from reviews.web.dashboard.widget_pages import view_of
from reviews.web.forms import read_form, read_query, write_once
from reviews.web.setup import (
    CLINIC_FIELDS,
    clinic_choices,
    clinic_faults,
    clinic_values,
    create_clinic,
    known_professions,
)
from reviews.web.state import get_visitor, get_words, state

HOURS = "answer_within_hours"
MOST_HOURS = 720


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """What a website needs: the element, and the line for its content security policy."""

    widget: str
    html: str
    csp: str
    page: str | None


@blueprint.get("/clinics", endpoint="clinics")
def clinics_() -> str:
    """All clinics of the group, and several of them side by side."""
    order = read_query("order")["order"]
    with reading() as g:
        found = clinics.find_clinics(g)
        compared = (
            compare_clinics(g, found, state().clock().date(), cautious=order == "cautious") if len(found) > 1 else []
        )
        confirmed = confirmed_pairs(g)
        said = _reported(g)
    return render(
        "clinics.html",
        "clinics",
        said=said,
        compared=compared,
        is_cautious=order == "cautious",
        found=[(clinic, row_of(clinic, confirmed).is_set_up) for clinic in found],
        jurisdictions=dict(clinic_choices()["jurisdictions"]),
        professions=dict(clinic_choices()["professions"]),
    )


def _reported(g: GroupTransaction) -> dict[int, list[tuple[Source, Decimal, int]]]:
    """By clinic what each of its platforms says of itself now: the average, and of how many ratings."""
    totals = alerts.find_totals_at(g, state().clock())
    found: dict[int, list[tuple[Source, Decimal, int]]] = {}
    for source in sources.find_sources(g):
        row = totals.get(source.id)
        if row is not None and is_rated(row):
            found.setdefault(source.clinic_id, []).append((source, average_of(row), ratings_of(row)))
    return found


@blueprint.get("/clinics/new")
def new_clinic() -> str:
    """The form for another clinic."""
    return _form(None, {"language": get_words().language}, (), {})


@blueprint.post("/clinics/new")
def add_clinic() -> Response:
    """Add a clinic, with its widget."""
    form = read_form(*CLINIC_FIELDS, many=["professions"])
    values, chosen = clinic_values(form), form.many.get("professions", ())
    if faults := clinic_faults(values):
        return make_response(_form(None, values, chosen, faults), 400)

    def work(g: GroupTransaction) -> str:
        clinic = create_clinic(g.tx, g, values, chosen, get_visitor().person.id, state().clock())
        return url_for("dashboard.rule", public_id=clinic.public_id)

    return write_once(work)


@blueprint.get("/clinics/<public_id>")
def clinic(public_id: str) -> str:
    """One clinic: its fields, and the snippet of its widget."""
    with reading() as g:
        found = clinics.get_clinic_by_public_id(g, public_id)
    values = {name: str(getattr(found, name)) for name in (*CLINIC_FIELDS, HOURS)}
    return _form(found, values, found.professions, {})


@blueprint.post("/clinics/<public_id>")
def save_clinic(public_id: str) -> Response:
    """Save the fields of a clinic; where place or professions change, the rule that follows is shown next."""
    form = read_form(*CLINIC_FIELDS, HOURS, many=["professions"])
    values, chosen = clinic_values(form), form.many.get("professions", ())
    with reading() as g:
        found = clinics.get_clinic_by_public_id(g, public_id)
    hours = _read_hours(form[HOURS], found)
    if faults := clinic_faults(values) | ({} if hours else {HOURS: N_("A whole number from 1 to 720.")}):
        return make_response(_form(found, values | {HOURS: form[HOURS]}, chosen, faults), 400)

    def work(g: GroupTransaction) -> str:
        now = state().clock()
        professions = known_professions(chosen)
        old = clinics.get_clinic_by_public_id(g, public_id)
        fields: dict[str, Any] = {**values, HOURS: hours}
        clinics.update_clinic(g, old.id, now=now, professions=professions, **fields)
        clinics.mark_stale(g, old.id, now)
        _follow_language(g, old, values["language"])
        before = {name: getattr(old, name) for name in fields}
        changed = sorted(name for name, value in fields.items() if before[name] != value)
        note(g, "clinic.changed", "clinic", public_id, {name: before[name] for name in changed},
             {name: fields[name] for name in changed} | {"professions": list(professions)})  # fmt: skip
        other_rule = old.jurisdiction != values["jurisdiction"] or set(old.professions) != set(professions)
        endpoint = "dashboard.rule" if other_rule else "dashboard.clinic"
        return url_for(endpoint, public_id=public_id, done="saved")

    return write_once(work)


def _read_hours(text: str, found: Clinic) -> int:
    """Within how many hours reviews should be answered; as it was where nothing was sent, 0 for what cannot be."""
    if not text:
        return found.answer_within_hours
    hours = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    return hours if hours <= MOST_HOURS else 0


def _follow_language(g: GroupTransaction, old: Clinic, language: str) -> None:
    """A clinic's own widgets speak the language of its website."""
    for widget in widgets.find_widgets_of_clinic(g, old.id):
        if widget.clinic_ids == (old.id,) and widget.language == old.language != language:
            widgets.update_widget(g, widget.id, now=state().clock(), language=language)


def _form(found: Clinic | None, values: dict[str, str], chosen: tuple[str, ...], faults: dict[str, str]) -> str:
    snippets = []
    if found is not None:
        with reading() as g:
            snippets = [snippet(g, widget) for widget in widgets.find_widgets_of_clinic(g, found.id)]
    return render(
        "clinic.html",
        "clinics",
        clinic=found,
        values=values,
        chosen=chosen,
        faults={name: get_words().text(text) for name, text in faults.items()},
        snippets=snippets,
        **clinic_choices(),
    )


def snippet(g: GroupTransaction, found: Widget) -> Snippet:
    """The snippet of a widget, as the page of the widget gives it."""
    from reviews.publish.snippets import snippets

    made = snippets(view_of(g, found), state().catalogue.words(found.language))
    return Snippet(widget=found.public_id, html=made.element, csp=made.csp_element, page=made.link)


# ---------------------------------------------------------------- the rule and its confirmation
@blueprint.get("/clinics/<public_id>/rule")
def rule(public_id: str) -> str:
    """The rule that follows from place and professions: what it allows, from whom, how sure, confirmed or not."""
    form = read_query("first")
    words = get_words()
    with reading() as g:
        found = clinics.get_clinic_by_public_id(g, public_id)
        confirmed = confirmed_pairs(g)
        stored = [
            each
            for each in clinics.find_confirmations(g)
            if each.jurisdiction == found.jurisdiction and each.profession in found.professions
            and (each.jurisdiction, each.profession) in confirmed
        ]  # fmt: skip
    row = row_of(found, confirmed)
    future = row_of(found, None)
    return render(
        "rule.html",
        "clinics",
        clinic=found,
        row=row,
        now_allowed=permissions(row, words),
        then_allowed=permissions(future, words),
        conditions=conditions(future, words),
        must_say=[words.text(each) for each in sorted(future.must_say)],
        parts=[(part, unverified(part, words)) for part in row.parts],
        stored=stored,
        zone=zone_of(found),
        is_first=form["first"] == "1",
        is_known=bool(found.jurisdiction and found.professions),
        read_version=rule_version(found),
    )


@blueprint.post("/clinics/<public_id>/rule")
def confirm_rule(public_id: str) -> Response:
    """Confirm the rule of this clinic's place and professions, with one's name."""
    form = read_form("name", "read", "version")
    if form["read"] != "yes" or not form["name"] or len(form["name"]) > 200:
        raise BadRequest("not confirmed")

    def work(g: GroupTransaction) -> str:
        now = state().clock()
        book = state().book
        found = clinics.get_clinic_by_public_id(g, public_id)
        if not found.jurisdiction or not found.professions or form["version"] != rule_version(found):
            return url_for("dashboard.rule", public_id=public_id)
        for profession in found.professions:
            clinics.confirm_rule(
                g,
                jurisdiction=found.jurisdiction,
                profession=profession,
                row_version=book.version(found.jurisdiction, profession),
                person_id=get_visitor().person.id,
                person_name=form["name"],
                now=now,
            )
        for each in clinics.find_clinics(g):
            if each.jurisdiction == found.jurisdiction:
                clinics.mark_stale(g, each.id, now)
        note(g, "rule.confirmed", "clinic", public_id, {}, {
            "jurisdiction": found.jurisdiction, "professions": list(found.professions), "version": form["version"],
        })  # fmt: skip
        return url_for("dashboard.today", done="confirmed")

    return write_once(work)


def rule_version(found: Clinic) -> str:
    """The versions of the rules that a clinic's page has shown, so that only what was read is confirmed."""
    book = state().book
    return "|".join(book.version(found.jurisdiction, profession) for profession in found.professions)
