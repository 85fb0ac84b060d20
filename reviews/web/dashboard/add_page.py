"""A page as a source: address, test fetch, what its terms allow, then save."""

from dataclasses import dataclass
from typing import Any

from flask import make_response, url_for
from werkzeug.exceptions import HTTPException, TooManyRequests
from werkzeug.wrappers import Response

from reviews.errors import SourceError
from reviews.i18n import N_
from reviews.model import Clinic
from reviews.publish.say import plain_name, web_origin
from reviews.sources.registry import get_connector
from reviews.sources.web_page import origin_of
from reviews.storage import GroupTransaction, clinics, sources
from reviews.web.attempts import take_attempt
from reviews.web.auth import WINDOW
from reviews.web.dashboard.base import blueprint, choices, choose_clinic, note, reading, render, zone_of
from reviews.web.dashboard.terms_words import terms_lines
from reviews.web.forms import Form, read_form, read_query, write_once
from reviews.web.security import hash_token
from reviews.web.services import unsaved_source
from reviews.web.state import get_group, get_visitor, get_words, state

KIND = "web_page"
MAX_TESTS = 20
ORIGINS = {
    "own_site": N_("The clinic's own website"),
    "other_site": N_("Somebody else's website"),
    "unknown": N_("I am not sure (only staff see its reviews)"),
}
FIELDS = ("clinic", "url", "label", "business", "origin", "complete")
NEEDED = N_("This is needed.")
NO_ADDRESS = N_("This is no address of a page. It begins with https://")
THERE_ALREADY = N_("This clinic has this page already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A page that somebody wants to add."""

    clinic: Clinic
    url: str
    label: str
    origin: str
    config: dict[str, Any]
    declared_complete: bool


@blueprint.get("/sources/new")
def new_source() -> str:
    """Which way in: a page or a file."""
    return render("new_source.html", "sources")


@blueprint.get("/sources/new/page")
def new_page() -> str:
    """The form for a page."""
    form = read_query("clinic")
    return _form({"clinic": form["clinic"]}, {})


@blueprint.post("/sources/new/page")
def test_page() -> Response:
    """Fetch the page once and show what was found, before anything is saved."""
    form = read_form(*FIELDS)
    with reading() as g:
        wanted, faults = _understand(g, form)
    if wanted is None:
        return make_response(_form(form.values, faults), 400)
    limit_tests()
    source = unsaved_source(
        wanted.clinic, kind=KIND, label=wanted.label, url=wanted.url, origin=wanted.origin, config=wanted.config
    )
    try:
        found = state().services.preview(source, wanted.clinic)
    except SourceError as error:
        words = get_words()
        return make_response(_form(form.values, {"url": words.text(error.hint, **error.values)}), 400)
    page = render(
        "page_preview.html",
        "sources",
        wanted=wanted,
        values=form.values,
        found=found,
        zone=zone_of(wanted.clinic),
        terms=state().book.terms(wanted.origin),
        lines=terms_lines(state().book.terms(wanted.origin), get_words()),
        origin_name=get_words().text(ORIGINS[wanted.origin]),
    )
    return make_response(page)


@blueprint.post("/sources/new/page/save")
def save_page() -> Response:
    """Save the page; the collector reads it next."""
    form = read_form(*FIELDS)
    with reading() as g:
        wanted, faults = _understand(g, form)
        if wanted is not None and sources.find_source(g, wanted.clinic.id, KIND, wanted.url, wanted.label):
            wanted, faults = None, {"url": get_words().text(THERE_ALREADY)}
    if wanted is None:
        return make_response(_form(form.values, faults), 400)
    page = wanted

    def work(g: GroupTransaction) -> str:
        now = state().clock()
        source = sources.add_source(
            g,
            clinic_id=page.clinic.id,
            kind=KIND,
            label=page.label,
            url=page.url,
            origin=page.origin,
            config=page.config,
            now=now,
            declared_complete=page.declared_complete,
            next_due_at=now,
        )
        note(g, "source.added", "source", source.public_id, {}, {"kind": KIND, "origin": page.origin})
        return url_for("dashboard.source", public_id=source.public_id, done="added")

    return write_once(work)


def _understand(g: GroupTransaction, form: Form) -> tuple[Wanted | None, dict[str, str]]:
    """The page that is wanted, or what is wrong with the form."""
    words = get_words()
    faults = {}
    if not form["clinic"]:
        faults["clinic"] = words.text(NEEDED)
    url = complete_address(form["url"])
    if web_origin(url) is None:
        faults["url"] = words.text(NO_ADDRESS)
    if len(form["label"]) > 100:
        faults["label"] = words.text(N_("This is too long."))
    if faults:
        return None, faults
    clinic = choose_clinic(g, form["clinic"])
    config: dict[str, Any] = {"url": url} | ({"business": form["business"]} if form["business"] else {})
    origin = form["origin"] if form["origin"] in ORIGINS else origin_of(url, clinic.website)
    label = plain_name(form["label"]) or words.text(N_("Own website") if origin == "own_site" else N_("Web page"))
    wanted = Wanted(
        clinic=clinic,
        url=get_connector(KIND).address(config),
        label=label,
        origin=origin,
        config=config,
        declared_complete=form["complete"] == "yes",
    )
    return wanted, {}


def complete_address(typed: str) -> str:
    """An address as people type it, with its scheme; telephones begin it with a capital letter."""
    scheme, colon, rest = typed.partition("://")
    return f"{scheme.lower()}://{rest}" if colon else f"https://{typed}"


def _form(values: dict[str, str], faults: dict[str, str]) -> str:
    with reading() as g:
        places = clinics.find_clinics(g)
    return render(
        "new_page.html",
        "sources",
        values=values,
        faults=faults,
        places=[(place.public_id, place.name) for place in places],
        origins=[("", get_words().text(N_("Find out from the address"))), *choices(ORIGINS)],
    )


def limit_tests() -> None:
    """Test fetches reach out into the world for whoever asks, so each person has only so many."""
    if not take_attempt({hash_token(f"preview:{get_group().id}:{get_visitor().person.id}"): MAX_TESTS}, WINDOW):
        raise too_many()


def too_many() -> HTTPException:
    """429, with when to come back."""
    return TooManyRequests(retry_after=int(WINDOW.total_seconds()))
