"""`reviews rotate-keys`: stored secrets under the first of the keys, so that older keys can be taken out."""

from collections.abc import Iterator

from reviews.config import Settings
from reviews.secrets_box import SecretsBox
from reviews.storage import Storage, connections, second_factors


def rotate_keys(storage: Storage, settings: Settings) -> Iterator[tuple[bool, str]]:
    """(is it well, one line to print) for what was done; raises ConfigError when there is no key."""
    with storage.write() as tx:
        done = connections.reseal_all(tx, SecretsBox(settings.fernet_keys()))
        factors, lost = second_factors.reseal_all(tx, SecretsBox(settings.fernet_keys()))
    yield True, f"{factors} second factors are now under the first key."
    if lost:
        yield False, f"No key opens {lost} second factors: add the missing key, or `reviews user` ends them."
    yield True, f"{done.changed} connections are now under the first key."
    if done.unreadable:
        ids = ", ".join(map(str, done.unreadable))
        yield False, f"No key opens the secrets of connections {ids}: add the missing key, or connect them again."
    elif len(settings.secret_keys) > 1:
        yield (
            True,
            "The other keys in REVIEWS_SECRET_KEYS can go, once every process knows the new one.",
        )
