"""The connection behind a source: give it new secrets, or end it."""

from contextlib import suppress

from flask import make_response, url_for
from werkzeug.exceptions import BadRequest, Forbidden, NotFound
from werkzeug.wrappers import Response

from reviews.errors import SourceError
from reviews.model import Source
from reviews.sources.base import Connector
from reviews.sources.oauth import find_provider
from reviews.sources.registry import get_connector
from reviews.storage import GroupTransaction, clinics, connections, sources
from reviews.storage.connections import Connection
from reviews.web.dashboard import sealed
from reviews.web.dashboard.add_page import limit_tests
from reviews.web.dashboard.base import blueprint, reading, render, zone_of
from reviews.web.dashboard.connect import AGAIN, terms_values
from reviews.web.dashboard.oauth_start import callback_address, start_permission
from reviews.web.dashboard.platform_form import asked_fields, asks_permission, field_names, read_secrets
from reviews.web.forms import read_form, write_once
from reviews.web.services import unsaved_source
from reviews.web.state import get_visitor, get_words, state


@blueprint.get("/sources/<public_id>/connect")
def connect_again(public_id: str) -> str:
    """The form for new secrets; the old ones are never shown."""
    return again_page(public_id, {})


@blueprint.post("/sources/<public_id>/connect")
def reconnect_source(public_id: str) -> Response:
    """Test the new secrets with this source, then put them in place of the old ones; what waits is read again."""
    with reading() as g:
        source, connection = _own_account(g, public_id)
        clinic = clinics.get_clinic(g, source.clinic_id)
    connector = get_connector(source.kind)
    form = read_form("sealed", *field_names(connector))
    secrets, faults = _new_secrets(connector, public_id, form["sealed"], read_secrets(connector, form, get_words()))
    if faults:
        return make_response(again_page(public_id, faults), 400)
    if asks_permission(connector) and not form["sealed"]:
        return start_permission(connector, secrets, {"source": public_id})
    limit_tests()
    trial = unsaved_source(
        clinic, kind=source.kind, label=source.label, url=source.url, origin=source.origin, config=source.config
    )
    try:
        state().services.preview(trial, clinic, secrets)
    except SourceError as error:
        return make_response(again_page(public_id, {"form": get_words().text(error.hint, **error.values)}), 400)

    def work(g: GroupTransaction) -> str:
        now, person_id = state().clock(), get_visitor().person.id
        connections.reconnect(g, connection.id, secrets, box=sealed.open_box(), now=now, person_id=person_id)
        return url_for("dashboard.source", public_id=public_id, done="reconnected")

    return write_once(work)


@blueprint.get("/sources/<public_id>/disconnect")
def ask_disconnect(public_id: str) -> str:
    """What a disconnection does, before it is done."""
    with reading() as g:
        source, connection = _own_account(g, public_id)
        others = [each for each in connections.find_sources_of(g, connection.id) if each.id != source.id]
    return render(
        "disconnect.html",
        "sources",
        source=source,
        others=others,
        is_limited=source.origin in state().book.retentions(),
        gives_back=gives_back(source.kind),
        **terms_values(source.origin),
    )


@blueprint.post("/sources/<public_id>/disconnect")
def disconnect_source(public_id: str) -> Response:
    """Forget the secrets, stop the sources, and drop what their terms let nobody hold without the connection."""
    form = read_form("sure")
    with reading() as g:
        source, connection = _own_account(g, public_id)
    if form["sure"] != "yes":
        raise BadRequest("not confirmed")
    if connection.state != "disconnected" and gives_back(source.kind):
        give_back(source, connection)

    def work(g: GroupTransaction) -> str:
        connections.disconnect(
            g,
            connection.id,
            origins=state().book.retentions(),
            now=state().clock(),
            person_id=get_visitor().person.id,
        )
        return url_for("dashboard.source", public_id=public_id, done="disconnected")

    return write_once(work)


@blueprint.post("/sources/<public_id>/look")
def look_live(public_id: str) -> Response:
    """What a platform shows now whose terms let nothing be stored; drawn once, kept nowhere."""
    read_form()
    with reading() as g:
        source, _ = _connected(g, public_id)
        clinic = clinics.get_clinic(g, source.clinic_id)
    if not get_connector(source.kind).traits.live_only:
        raise BadRequest("this source is read by the collector")
    limit_tests()
    found, said = None, ""
    try:
        found = state().services.preview(source, clinic)
    except SourceError as error:
        said = get_words().text(error.hint, **error.values)
    page = render("live.html", "sources", source=source, found=found, said=said, zone=zone_of(clinic))
    return make_response(page, 200 if found else 502)


def again_page(public_id: str, faults: dict[str, str], *, carried: str = "") -> str:
    """The form for new secrets of a source; with `carried` they are there, and only have to be confirmed."""
    with reading() as g:
        source, connection = _own_account(g, public_id)
    connector = get_connector(source.kind)
    words = get_words()
    return render(
        "connect_again.html",
        "sources",
        source=source,
        name=words.text(connector.label),
        connection=connection,
        fields=[] if carried else asked_fields(connector, words, secrets=True),
        asks_permission=asks_permission(connector) and not carried,
        callback=callback_address(),
        carried=carried,
        faults=faults,
        can_store=sealed.can_seal(),
    )


def _new_secrets(
    connector: Connector, public_id: str, carried: str, typed: tuple[dict[str, str], dict[str, str]]
) -> tuple[dict[str, str], dict[str, str]]:
    words = get_words()
    if not sealed.can_seal():
        return {}, {"form": words.text("This installation has no key to store secrets with yet.")}
    if not carried:
        return typed
    found = sealed.unseal(f"again:{public_id}", carried)
    return (found, {}) if found else ({}, {"form": words.text(AGAIN)})


def _connected(g: GroupTransaction, public_id: str) -> tuple[Source, Connection]:
    """The source and its connection; raises NotFound (404) for a source that needs none."""
    source = sources.get_source_by_public_id(g, public_id)
    if source.connection_id is None:
        raise NotFound
    return source, connections.get_connection(g, source.connection_id)


def _own_account(g: GroupTransaction, public_id: str) -> tuple[Source, Connection]:
    """As `_connected`, for who changes the account; raises Forbidden where it also serves clinics that they do not see.

    Ending it would stop those clinics' sources too, and leave content of theirs that terms want dropped with it.
    """
    source, connection = _connected(g, public_id)
    if connections.serves_unseen(g, connection.id):
        raise Forbidden("the account serves other clinics too")
    return source, connection


def gives_back(kind: str) -> bool:
    """Whether the platform wants to be told that a permission ends."""
    provider = find_provider(get_connector(kind))
    return provider is not None and bool(provider.revoke_url)


def give_back(source: Source, connection: Connection) -> None:
    """Tell the platform as well. Where that fails the person can end it there; here it ends in any case."""
    with suppress(SourceError):
        with reading() as g:
            secrets = connections.get_secrets(g, connection.id, sealed.open_box())
        state().services.give_back(source.kind, secrets)
