"""Widgets: how each looks, what to paste where, what the website must allow, and its few settings."""

from dataclasses import dataclass
from typing import Any

from flask import Response as FlaskResponse
from flask import make_response, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.i18n import LANGUAGES, N_
from reviews.model import Clinic
from reviews.publish.view import WidgetView
from reviews.rules.book import RulePart
from reviews.storage import GroupTransaction, clinics, widgets
from reviews.storage.widgets import Widget
from reviews.web.dashboard.base import blueprint, choices, confirmed_pairs, note, reading, render, row_of
from reviews.web.dashboard.widget_quotes import RULES
from reviews.web.forms import read_form, read_query, write_once
from reviews.web.security import STAFF_CSP
from reviews.web.state import get_words, state

LAYOUTS = {
    "list": N_("List: figures and quotes, one below the other"),
    "grid": N_("Grid: quotes side by side"),
    "carousel": N_("Row: quotes to move through"),
    "quote": N_("One quote"),
    "bar": N_("Bar: figures in one line"),
    "badge": N_("Badge: the figure alone"),
}
THEMES = {
    "auto": N_("As the visitor's device asks"),
    "light": N_("Light"),
    "dark": N_("Dark"),
}
LANGUAGE_NAMES = {"en": N_("English"), "fr": N_("French")}
MOST_QUOTES = 50
PREVIEW_CSP = f"{STAFF_CSP}; frame-src 'self'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paste:
    """One way in: what it is, what is pasted, and for what it is good."""

    id: str
    name: str
    hint: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The public addresses of a widget in one language."""

    language: str
    name: str
    embed: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A clinic, and the parts of the advertising rule that bind it."""

    clinic: Clinic
    parts: tuple[RulePart, ...]


@blueprint.get("/widgets", endpoint="widgets")
def widgets_() -> str:
    """All widgets of the group."""
    with reading() as g:
        names = {clinic.id: clinic.name for clinic in clinics.find_clinics(g)}
        found = widgets.find_widgets(g)
    return render(
        "widgets.html",
        "widgets",
        found=[(widget, ", ".join(names[each] for each in widget.clinic_ids)) for widget in found],
        layouts=dict(choices(LAYOUTS)),
    )


@blueprint.get("/widgets/<public_id>")
def widget(public_id: str) -> FlaskResponse:
    """One widget: preview, snippets in the language of the page that they are for, settings."""
    return _page(public_id, {}, {})


@blueprint.post("/widgets/<public_id>")
def save_widget(public_id: str) -> Response:
    """Change how a widget looks; its public bytes are made anew."""
    form = read_form("layout", "theme", "max_quotes")
    words = get_words()
    faults = {}
    if form["layout"] not in LAYOUTS:
        faults["layout"] = words.text("Please choose one of these.")
    if form["theme"] not in THEMES:
        faults["theme"] = words.text("Please choose one of these.")
    count = int(form["max_quotes"]) if form["max_quotes"].isascii() and form["max_quotes"].isdigit() else -1
    if not 0 <= count <= MOST_QUOTES:
        faults["max_quotes"] = words.text(N_("A number from 0 to {most}."), most=MOST_QUOTES)
    if faults:
        return _page(public_id, form.values, faults)
    return _change(public_id, "saved", layout=form["layout"], theme=form["theme"], max_quotes=count)


@blueprint.post("/widgets/<public_id>/pause")
def pause_widget(public_id: str) -> Response:
    """Show nothing of this widget on any website."""
    read_form()
    return _change(public_id, "widget-paused", state="paused")


@blueprint.post("/widgets/<public_id>/resume")
def resume_widget(public_id: str) -> Response:
    """Show it again."""
    read_form()
    return _change(public_id, "widget-resumed", state="active")


@blueprint.post("/widgets/<public_id>/markup")
def mark_up_widget(public_id: str) -> Response:
    """Describe the rating to machines on the hosted page, where the rules allow it, or do so no longer."""
    return _change(public_id, "saved", rating_markup=read_form("on")["on"] == "yes")


def _change(public_id: str, done: str, **fields: Any) -> Response:
    def work(g: GroupTransaction) -> str:
        now = state().clock()
        old = widgets.get_widget_by_public_id(g, public_id)
        changed = {name: value for name, value in fields.items() if getattr(old, name) != value}
        if changed:
            widgets.update_widget(g, old.id, now=now, **changed)
            for clinic_id in old.clinic_ids:
                clinics.mark_stale(g, clinic_id, now)
            note(g, "widget.changed", "widget", public_id, {name: getattr(old, name) for name in changed}, changed)
        return url_for("dashboard.widget", public_id=public_id, done=done)

    return write_once(work)


def _page(public_id: str, values: dict[str, str], faults: dict[str, str]) -> FlaskResponse:
    wanted = read_query("language")["language"]
    with reading() as g:
        found = widgets.get_widget_by_public_id(g, public_id)
        view = view_of(g, found)
        places = [clinics.get_clinic(g, each) for each in found.clinic_ids]
        confirmed = confirmed_pairs(g)
    name = ", ".join(place.name for place in places)
    language = wanted if wanted in LANGUAGES else found.language
    known = {"layout": found.layout, "theme": found.theme, "max_quotes": str(found.max_quotes)}
    page = render(
        "widget.html",
        "widgets",
        widget=found,
        name=name,
        view=view,
        height=_height(found),
        addresses=addresses_of(found),
        language=language,
        pastes=pastes_of(view, language),
        policies=_policies(),
        choice_text=get_words().text(RULES[found.choice]),
        rules=[Bound(clinic=place, parts=row_of(place, confirmed).parts) for place in places],
        values={**known, **values},
        faults=faults,
        layouts=choices(LAYOUTS),
        themes=choices(THEMES),
        most=MOST_QUOTES,
    )
    answer = make_response(page, 400 if faults else 200)
    answer.headers["Content-Security-Policy"] = PREVIEW_CSP
    return answer


def view_of(g: GroupTransaction, found: Widget) -> WidgetView:
    """What is decided about a widget now; raises NotFound (404) for one without a clinic."""
    from reviews.publish.gather import gather  # all rules and connectors, which who only serves bytes does not need

    parts = state()
    if not found.clinic_ids:
        raise NotFound
    _, views = gather(
        g, parts.settings, parts.book, parts.catalogue, found.clinic_ids[0], parts.clock(), is_preview=True
    )
    return next(view for widget_id, view in views if widget_id == found.id)


def pastes_of(view: WidgetView, language: str) -> list[Paste]:
    """The ways in that the rules let us offer, for a page in this language."""
    from reviews.publish.snippets import snippets

    words = get_words()
    made = snippets(view, state().catalogue.words(language))
    texts = [
        (
            "element",
            N_("On your website"),
            N_("Best: with the fonts of your page, in the place it has."),
            made.element,
        ),
        ("iframe", N_("In a frame"), N_("For website builders that allow no scripts."), made.iframe),
        ("badge", N_("As a picture"), N_("For mails and where only pictures are possible."), made.badge),
        ("link", N_("As a link"), N_("The page with all reviews, for anywhere."), made.link),
        ("mail", N_("In a mail signature"), N_("It names its day, so paste it anew now and then."), made.mail),
    ]
    offered = [each for each in texts if each[3]]
    return [
        Paste(id=each, name=words.text(name), hint=words.text(hint), text=text or "")
        for each, name, hint, text in offered
    ]


def addresses_of(found: Widget) -> list[Address]:
    """Its public addresses, its own language first; on this host, so that the preview is what visitors get."""
    made = []
    for language in sorted(LANGUAGES, key=lambda each: each != found.language):
        dot, slash = ("", "") if language == found.language else (f".{language}", f"/{language}")
        made.append(
            Address(
                language=language,
                name=get_words().text(LANGUAGE_NAMES[language]),
                embed=f"/w/{found.slug}/embed{dot}.html",
                page=f"/r/{found.slug}{slash}",
            )
        )
    return made


def _policies() -> tuple[str, str]:
    from reviews.publish.snippets import csp_lines

    return csp_lines(state().settings.base_url)


def _height(found: Widget) -> int:
    from reviews.publish.snippets import boxes

    return min(boxes(found.layout)["l"][1], 480)
