"""One click: give the permission back, forget the secrets, drop what may not be held without it, show it no more."""

from dataclasses import replace

from reviews.collect.context import Context
from reviews.collect.run import refresh
from reviews.errors import ReviewsError
from reviews.logs import get_logger
from reviews.secrets_box import SecretsBox
from reviews.sources import oauth
from reviews.sources.base import Doors
from reviews.sources.registry import CONNECTORS
from reviews.storage import connections

log = get_logger("collect")


def disconnect(
    context: Context, *, group_id: int, connection_id: int, person_id: int | None
) -> connections.Disconnected:
    """Disconnect an account; whatever the platform answers, nothing of it is left here afterwards. Raises NotFound."""
    give_back(context, group_id, connection_id)
    now = context.clock()
    with context.storage.write() as tx:
        done = connections.disconnect(
            tx.group(group_id),
            connection_id,
            origins=context.book.retentions().keys(),
            now=now,
            person_id=person_id,
        )
    for clinic_id in done.clinic_ids:
        refresh(context, group_id, clinic_id)
    return done


def give_back(context: Context, group_id: int, connection_id: int) -> bool:
    """Tell the platform that the permission ends; False when it has no way for that, or did not take it."""
    with context.storage.read() as tx:
        g = tx.group(group_id)
        connection = connections.get_connection(g, connection_id)
        provider = getattr(CONNECTORS.get(connection.kind), "oauth", None)
        if provider is None:
            return False
        try:
            secrets = connections.get_secrets(g, connection_id, SecretsBox(context.settings.fernet_keys()))
        except ReviewsError:
            return False
    doors = Doors(http=context.fetcher, sandbox=context.sandbox, now=context.clock())
    try:
        return oauth.revoke(provider, replace(doors, secrets=secrets))
    except ReviewsError as error:
        log.warning("permission_not_given_back", error=error, connection=connection.public_id)
        return False
