"""Back from a platform with a permission: take its tokens, and let the person choose the listing."""

from collections.abc import Mapping

from flask import make_response, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from reviews.errors import SourceError
from reviews.sources import oauth
from reviews.sources.base import Connector
from reviews.web.dashboard import sealed
from reviews.web.dashboard.add_page import limit_tests
from reviews.web.dashboard.base import blueprint
from reviews.web.dashboard.connect import connector_of, listings_page, platform_form
from reviews.web.dashboard.oauth_start import SECRET, callback_address, forget_waiting, take_waiting
from reviews.web.dashboard.source_connection import again_page
from reviews.web.services import Permission
from reviews.web.state import get_words, state


@blueprint.get("/sources/permission")
def permission_given() -> Response:
    """What the platform sent back: the tokens wait sealed in the page, and nothing is stored yet."""
    waiting = take_waiting()
    if waiting is None:
        return redirect(url_for("dashboard.new_source"), 303)
    connector = connector_of(waiting["kind"])
    secrets = {name.removeprefix(SECRET): value for name, value in waiting.items() if name.startswith(SECRET)}
    values = {"clinic": waiting.get("clinic", ""), "label": waiting.get("label", "")}
    try:
        code = oauth.read_callback(request.args, waiting["state"])
        limit_tests()
        permission = Permission(
            kind=connector.kind,
            code=code,
            redirect_uri=callback_address(),
            verifier=waiting["verifier"],
            secrets=secrets,
        )
        taken = dict(state().services.take_permission(permission))
        answer = _go_on(connector, taken, values, waiting.get("source", ""))
    except SourceError as error:
        said = {"form": get_words().text(error.hint, **error.values)}
        if source := waiting.get("source"):
            answer = make_response(again_page(source, said), 400)
        else:
            answer = make_response(platform_form(connector, values, said), 400)
    forget_waiting(answer)
    return answer


def _go_on(connector: Connector, secrets: Mapping[str, str], values: dict[str, str], source: str) -> Response:
    if source:
        carried = sealed.seal(f"again:{source}", secrets)
        if not carried:
            raise BadRequest("the permission is too long")
        return make_response(again_page(source, {}, carried=carried))
    carried = sealed.seal(f"connect:{connector.kind}", secrets)
    if not carried:
        raise BadRequest("the permission is too long")
    places = state().services.find_places(connector.kind, secrets)
    if not places:
        return make_response(platform_form(connector, values, {}, carried=carried))
    return make_response(listings_page(connector, places, {"sealed": carried, **values}))
