"""How often something may be tried: counted in the database, so that all processes count together."""

from collections.abc import Mapping
from datetime import timedelta

from reviews.storage import people
from reviews.web.state import state


def take_attempt(limits: Mapping[str, int], window: timedelta) -> bool:
    """Count one attempt under each key (a hash); False when one of them has had too many within the window.

    Counted again after the commit, since attempts at the same moment do not see each other before it.
    """
    now = state().clock()
    with state().storage.write() as tx:
        if any(people.count_attempts(tx, key, now, window) >= limit for key, limit in limits.items()):
            return False
        for key in limits:
            people.add_attempt(tx, key, now)
    with state().storage.read() as tx:
        return all(people.count_attempts(tx, key, now, window) <= limit for key, limit in limits.items())
