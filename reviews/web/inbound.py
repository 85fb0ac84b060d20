"""Where platforms push to: one address a connection. Whatever comes, all that happens is an early reading.

Every refusal is the same 404: whoever guesses learns nothing.
"""

from flask import Blueprint, make_response, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.errors import SourceUnauthorized
from reviews.logs import get_logger
from reviews.sources import inbound
from reviews.storage import pushes
from reviews.storage.connections import Connection
from reviews.web.state import state

log = get_logger(__name__)
blueprint = Blueprint("inbound", __name__, url_prefix="/push")


@blueprint.post("/<public_id>/<key>")
def take(public_id: str, key: str) -> Response:
    """A push: its listings are read next, unless they were read within ten minutes."""
    connection = _connection_at(public_id, key)
    headers = {name.lower(): value for name, value in request.headers.items()}
    now = state().clock()
    verdict = inbound.judge(connection.kind, headers, request.get_data(), _secrets_of(connection), now)
    if not verdict.is_taken:
        log.warning("push_refused", connection=connection.public_id, reason=verdict.reason)
        raise NotFound
    with state().storage.write() as tx:
        woken = pushes.wake(tx, connection, verdict.named, now, inbound.MIN_GAP)
    log.info("push_taken", connection=connection.public_id, count=woken)
    return make_response("", 204)


@blueprint.get("/<public_id>/<key>")
def shake_hands(public_id: str, key: str) -> Response:
    """Facebook asks once whether the address is ours: it is told what it sent along, when it knows the key."""
    connection = _connection_at(public_id, key)
    challenge, told = request.args.get("hub.challenge", ""), request.args.get("hub.verify_token", "")
    is_known = inbound.is_address_of(connection.public_id, told, state().settings.secret_keys)
    if connection.kind != "facebook" or not is_known or not (challenge.isascii() and challenge.isalnum()):
        raise NotFound
    return make_response(challenge[:200], 200, {"Content-Type": "text/plain; charset=utf-8"})


def _connection_at(public_id: str, key: str) -> Connection:
    if not inbound.is_address_of(public_id, key, state().settings.secret_keys):
        raise NotFound
    with state().storage.read() as tx:
        connection = pushes.find_account(tx, public_id)
    if connection is None or connection.kind not in inbound.PUSHING:
        raise NotFound
    return connection


def _secrets_of(connection: Connection) -> dict[str, str]:
    from reviews.secrets_box import SecretsBox  # cryptography, which a process that only serves widgets does not need

    try:
        with state().storage.read() as tx:
            return pushes.find_secrets(tx, connection, SecretsBox(state().settings.fernet_keys()))
    except SourceUnauthorized:
        raise NotFound from None


def push_address(connection: Connection) -> str:
    """The address to register at the platform; "" where it pushes nothing, or we have no key."""
    keys = state().settings.secret_keys
    if connection.kind not in inbound.PUSHING or connection.state == "disconnected" or not keys:
        return ""
    key = inbound.address_key(connection.public_id, keys[0])
    return f"{state().settings.base_url}/push/{connection.public_id}/{key}"
