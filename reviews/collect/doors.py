"""The doors of one source: network, sandbox, import folder, and the secrets of its connection."""

from collections.abc import Mapping
from typing import Any

from reviews.collect.context import Context, read_file
from reviews.errors import SourceUnauthorized
from reviews.model import Source
from reviews.secrets_box import SecretsBox
from reviews.sources.base import Doors
from reviews.storage import connections, sources


def open_doors(context: Context, source: Source) -> Doors:
    """What the source's connector may use; what it keeps is stored at once, in transactions of their own.

    A source that is not in the database yet (id 0) keeps no settings. Raises SourceUnauthorized when its connection was
    disconnected or no key opens its secrets: that source asks for a person, and the others go on.
    """
    if source.connection_id is None:
        return Doors(
            http=context.fetcher,
            sandbox=context.sandbox_of(source.kind),
            read_file=read_file(context.settings),
            now=context.clock(),
            save_config=lambda changes: save_config(context, source, changes),
        )
    connection_id, box = source.connection_id, SecretsBox(context.settings.fernet_keys())
    with context.storage.read() as tx:
        g = tx.group(source.group_id)
        if connections.get_connection(g, connection_id).state == "disconnected":
            raise SourceUnauthorized(f"connection {connection_id} is disconnected", connections.DISCONNECTED)
        secrets = connections.get_secrets(g, connection_id, box)

    def save_secrets(changes: Mapping[str, str]) -> Mapping[str, str]:
        with context.storage.write() as tx:
            g = tx.group(source.group_id)
            if connections.get_connection(g, connection_id).state == "disconnected":
                return {}
            return connections.update_secrets(g, connection_id, changes, box=box, now=context.clock())

    return Doors(
        http=context.fetcher,
        sandbox=context.sandbox_of(source.kind),
        read_file=read_file(context.settings),
        now=context.clock(),
        secrets=secrets,
        save_secrets=save_secrets,
        save_config=lambda changes: save_config(context, source, changes),
    )


def save_config(context: Context, source: Source, changes: Mapping[str, Any]) -> None:
    """Keep settings that the platform has changed."""
    if source.id == 0:
        return
    with context.storage.write() as tx:
        sources.keep_settings(tx.group(source.group_id), source.id, changes, fence=source.fence, now=context.clock())
