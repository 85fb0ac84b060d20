"""A platform as a source: what its connector asks for, what its terms allow, a test fetch, then save."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import make_response, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.errors import Conflict, SourceError
from reviews.i18n import N_
from reviews.rules import Terms
from reviews.sources.base import Connector, Place, origin_for
from reviews.sources.registry import get_connector
from reviews.storage import GroupTransaction, clinics, connections, sources
from reviews.web.dashboard import sealed
from reviews.web.dashboard.add_page import NEEDED, limit_tests
from reviews.web.dashboard.base import blueprint, choose_clinic, note, reading, render, zone_of
from reviews.web.dashboard.oauth_start import callback_address, start_permission
from reviews.web.dashboard.platform_form import (
    PREFIX,
    TOO_LONG,
    Listing,
    asked_fields,
    asks_permission,
    choose_connector,
    field_names,
    make_listing,
    platform_kinds,
    read_config,
    read_secrets,
)
from reviews.web.dashboard.terms_words import terms_lines
from reviews.web.forms import Form, read_form, read_query, write_once
from reviews.web.services import unsaved_source
from reviews.web.state import get_visitor, get_words, state

AGAIN = N_("This took too long. Please type the key once more.")
THERE_ALREADY = N_("This clinic has this listing already.")
SAME_NAME = N_("This clinic has a source with this name already.")


@blueprint.app_template_global()
def platforms() -> list[tuple[str, str]]:
    """The platforms that can be connected: kind, and name in the reader's words."""
    kinds = platform_kinds(demo=state().settings.demo)
    return [(kind, get_words().text(get_connector(kind).label)) for kind in kinds]


def connector_of(kind: str) -> Connector:
    """The connector of a platform that can be added here; raises NotFound (404)."""
    return choose_connector(kind, demo=state().settings.demo)


@blueprint.get("/sources/new/<kind>")
def new_platform(kind: str) -> str:
    """The form for a platform."""
    connector = connector_of(kind)
    return platform_form(connector, {"clinic": read_query("clinic")["clinic"]}, {})


@blueprint.post("/sources/new/<kind>/account")
def choose_account(kind: str) -> Response:
    """Use an account that is connected already: choose one of its listings, or say which one is meant."""
    connector = connector_of(kind)
    form = read_form("clinic", "label", "connection")
    values = {name: form[name] for name in ("clinic", "label", "connection")}
    faults = _common_faults(form)
    if faults:
        return make_response(platform_form(connector, {}, faults), 400)
    with reading() as g:
        clinic, account = choose_clinic(g, form["clinic"]), _account_of(g, kind, form["connection"])
    trial = unsaved_source(
        clinic, kind=kind, label="", url="", origin=connector.traits.origin, config={}, connection_id=account.id
    )
    limit_tests()
    try:
        places = state().services.places_of(trial)
    except SourceError as error:
        said = {"form": get_words().text(error.hint, **error.values)}
        return make_response(platform_form(connector, values, said), 400)
    if not places:
        return make_response(platform_form(connector, values, {}, account=account))
    return make_response(listings_page(connector, places, {name: value for name, value in values.items() if value}))


def listings_page(connector: Connector, places: Sequence[Place], carried: Mapping[str, str]) -> str:
    """The listings that an account reaches, each with a button to test it; `carried` goes on with every one."""
    return render(
        "listings.html",
        "sources",
        name=get_words().text(connector.label),
        kind=connector.kind,
        listings=[(place, {PREFIX + name: value for name, value in place.config.items()}) for place in places],
        values=carried,
    )


def _account_of(g: GroupTransaction, kind: str, public_id: str) -> connections.Connection:
    """An account of this platform that works; raises NotFound (404)."""
    found = next((each for each in accounts_of(g, kind) if each.public_id == public_id), None)
    if found is None:
        raise NotFound
    return found


def accounts_of(g: GroupTransaction, kind: str) -> list[connections.Connection]:
    """The accounts at a platform that can be used for another listing.

    Somebody who may see some clinics only is offered the accounts with which these are read.
    """
    found = [each for each in connections.find_connections(g, kind) if each.state == "active"]
    return [each for each in found if g.clinic_ids is None or connections.find_sources_of(g, each.id)]


@blueprint.post("/sources/new/<kind>")
def test_platform(kind: str) -> Response:
    """Fetch the first page with the given key and show what was found; nothing is saved by it.

    Where the platform asks for permission first, and there is none yet, the way to it is shown.
    """
    connector = connector_of(kind)
    form = _read(connector)
    words = get_words()
    account = _chosen_account(kind, form)
    secrets, faults = ({}, {}) if account else _secrets_of(connector, form)
    if asks_permission(connector) and not form["sealed"] and account is None:
        faults |= _common_faults(form)
        if faults:
            return make_response(platform_form(connector, form.values, faults), 400)
        return start_permission(connector, secrets, {"clinic": form["clinic"], "label": form["label"]})
    listing, more = _understand(connector, form)
    faults |= more
    if listing is not None and not faults:
        with reading() as g:
            faults |= {name: words.text(text) for name, text in _there_already(g, listing).items()}
    if listing is None or faults:
        page = platform_form(connector, form.values, faults, carried=form["sealed"], account=account)
        return make_response(page, 400)
    carried = "" if account else sealed.seal(f"connect:{kind}", secrets)
    if not carried and account is None:
        return make_response(platform_form(connector, form.values, {"clinic": words.text(TOO_LONG)}), 400)
    limit_tests()
    source = unsaved_source(
        listing.clinic,
        kind=kind,
        label=listing.label,
        url=listing.url,
        origin=listing.origin,
        config=listing.config,
        connection_id=account.id if account else None,
    )
    try:
        found = state().services.preview(source, listing.clinic, secrets)
    except SourceError as error:
        said = {"form": words.text(error.hint, **error.values)}
        again = platform_form(connector, form.values, said, carried=form["sealed"], account=account)
        return make_response(again, 400)
    page = render(
        "platform_preview.html",
        "sources",
        connector=connector,
        wanted=listing,
        carried=carried,
        values={name: form[name] for name in ("clinic", "connection", *field_names(connector, secrets=False))},
        found=found,
        zone=zone_of(listing.clinic),
        **terms_values(listing.origin),
    )
    return make_response(page)


@blueprint.post("/sources/new/<kind>/save")
def save_platform(kind: str) -> Response:
    """Save the connection and the source; the collector reads it next."""
    connector = connector_of(kind)
    form = _read(connector)
    account = _chosen_account(kind, form)
    secrets, faults = ({}, {}) if account else _secrets_of(connector, form)
    listing, more = _understand(connector, form)
    faults |= more
    if listing is None or faults:
        return make_response(platform_form(connector, form.values, faults, account=account), 400)
    wanted = listing

    def work(g: GroupTransaction) -> str:
        now, person_id = state().clock(), get_visitor().person.id
        if there := list(_there_already(g, wanted).values()):
            raise Conflict(f"a source of kind {kind} is there already", there[0])
        # An account that somebody has disconnected meanwhile is not there any more.
        connection = _account_of(g, kind, account.public_id) if account else None
        connection = connection or connections.add_connection(
            g, kind=kind, label=wanted.label, secrets=secrets, box=sealed.open_box(), now=now, person_id=person_id
        )
        source = sources.add_source(
            g,
            clinic_id=wanted.clinic.id,
            kind=kind,
            label=wanted.label,
            url=wanted.url,
            origin=wanted.origin,
            config=wanted.config,
            now=now,
            next_due_at=now,
            connection_id=connection.id,
        )
        said = {"kind": kind, "origin": wanted.origin, "connection": connection.public_id}
        note(g, "source.added", "source", source.public_id, {}, said)
        return url_for("dashboard.source", public_id=source.public_id, done="added")

    return write_once(work)


def terms_values(origin: str) -> dict[str, Any]:
    """What a template needs to say what an origin's terms allow."""
    terms: Terms = state().book.terms(origin)
    return {"terms": terms, "lines": terms_lines(terms, get_words())}


def platform_form(
    connector: Connector,
    values: dict[str, str],
    faults: dict[str, str],
    *,
    carried: str = "",
    account: connections.Connection | None = None,
) -> str:
    """The form of a platform. With `carried`, or an `account`, only the listing is asked for."""
    words = get_words()
    with reading() as g:
        places = clinics.find_clinics(g)
        known = {} if carried or account else {each.id: each for each in accounts_of(g, connector.kind)}
        used = {id_: [each.label for each in connections.find_sources_of(g, id_)] for id_ in known}
    is_there = bool(carried or account)
    is_first = asks_permission(connector) and not is_there
    return render(
        "new_platform.html",
        "sources",
        connector=connector,
        name=words.text(connector.label),
        asks_permission=is_first,
        fields=asked_fields(connector, words, secrets=True if is_first else False if is_there else None),
        carried=carried,
        account=account,
        accounts=[(each.public_id, account_name(each, used[each.id])) for each in known.values()],
        values=values,
        faults=faults,
        places=[(place.public_id, place.name) for place in places],
        can_store=sealed.can_seal(),
        callback=callback_address(),
        **terms_values(origin_for(connector, {})),
    )


def account_name(account: connections.Connection, labels: Sequence[str]) -> str:
    """An account as people know it: by its name and what is read with it."""
    others = ", ".join(dict.fromkeys(label for label in labels if label != account.label))
    return f"{account.label} ({others})" if others else account.label


def _chosen_account(kind: str, form: Form) -> connections.Connection | None:
    """The account that the form goes on with; None: its own secrets. Raises NotFound (404)."""
    if not form["connection"]:
        return None
    with reading() as g:
        return _account_of(g, kind, form["connection"])


def _read(connector: Connector) -> Form:
    return read_form("clinic", "label", "sealed", "connection", *field_names(connector))


def _secrets_of(connector: Connector, form: Form) -> tuple[dict[str, str], dict[str, str]]:
    """The secrets: those that the page carried, else as typed; and what is wrong."""
    if not sealed.can_seal():
        return {}, {"form": get_words().text(N_("This installation has no key to store secrets with yet."))}
    if form["sealed"]:
        carried = sealed.unseal(f"connect:{connector.kind}", form["sealed"])
        return (carried, {}) if carried else ({}, {"form": get_words().text(AGAIN)})
    return read_secrets(connector, form, get_words())


def _common_faults(form: Form) -> dict[str, str]:
    words = get_words()
    faults = {}
    if not form["clinic"]:
        faults["clinic"] = words.text(NEEDED)
    if len(form["label"]) > 100:
        faults["label"] = words.text(TOO_LONG)
    return faults


def _understand(connector: Connector, form: Form) -> tuple[Listing | None, dict[str, str]]:
    """The listing that is wanted, or what is wrong with the form."""
    words = get_words()
    config, faults = read_config(connector, form, words)
    faults |= _common_faults(form)
    if faults:
        return None, faults
    with reading() as g:
        clinic = choose_clinic(g, form["clinic"])
    return make_listing(connector, clinic, config, form["label"], words), {}


def _there_already(g: GroupTransaction, listing: Listing) -> dict[str, str]:
    """By field, why the clinic cannot have this listing once more; empty when it can."""
    for each in sources.find_sources(g, listing.clinic.id):
        if each.kind == listing.kind and dict(each.config) == listing.config:
            return {"form": THERE_ALREADY}
    if sources.find_source(g, listing.clinic.id, listing.kind, listing.url, listing.label):
        return {"label": SAME_NAME}
    return {}
