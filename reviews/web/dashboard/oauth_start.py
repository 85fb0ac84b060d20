"""The way to a platform that asks for permission: what we keep meanwhile, and where the person goes.

State and verifier (RFC 6749 section 10.12, RFC 7636) wait with the client's secrets in a sealed cookie for ten minutes;
nothing is stored. The way is a link, because our policy lets no form lead to another site.
"""

from collections.abc import Mapping

from flask import Response, make_response, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from reviews.sources import oauth
from reviews.sources.base import Connector
from reviews.web.dashboard import sealed
from reviews.web.dashboard.base import render
from reviews.web.security import cookie_name, set_cookie
from reviews.web.state import get_words, state

COOKIE = "reviews_permission"
PURPOSE = "permission"
SECONDS = 600
SECRET = "secret:"  # noqa: S105 - a prefix


def callback_address() -> str:
    """Where platforms send people back to; it is registered at the platform."""
    return state().settings.base_url + url_for("dashboard.permission_given")


def start_permission(connector: Connector, secrets: Mapping[str, str], carried: Mapping[str, str]) -> Response:
    """The page with the link to the platform; `carried` comes back with the permission."""
    provider = oauth.provider_of(connector)
    secret_state, verifier = oauth.new_random(), oauth.new_random()
    kept = sealed.seal(
        PURPOSE,
        {
            **carried,
            "kind": connector.kind,
            "state": secret_state,
            "verifier": verifier,
            **{SECRET + name: value for name, value in secrets.items()},
        },
    )
    if not kept:
        raise RequestEntityTooLarge
    address = oauth.consent_url(
        provider,
        client_id=secrets.get("client_id", ""),
        redirect_uri=callback_address(),
        state=secret_state,
        verifier=verifier,
    )
    page = render(
        "permission.html", "sources", name=get_words().text(connector.label), kind=connector.kind, address=address
    )
    answer = make_response(page)
    settings = state().settings
    name = cookie_name(COOKIE, settings)
    set_cookie(answer, name, kept, secure=settings.is_https, max_age=SECONDS)
    return answer


def take_waiting() -> dict[str, str] | None:
    """What was kept when this browser went to the platform; None when there is nothing, or nothing of this person."""
    return sealed.unseal(PURPOSE, request.cookies.get(cookie_name(COOKIE, state().settings), ""))


def forget_waiting(answer: AnyResponse) -> None:
    """It is good for one way there and back."""
    settings = state().settings
    answer.delete_cookie(
        cookie_name(COOKIE, settings), path="/", secure=settings.is_https, httponly=True, samesite="Lax"
    )
