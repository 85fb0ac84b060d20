"""Noticing that the worker has died, by somebody who is not the worker: each is told once, and once when it is back.

The messages lie in the same place as all others, so a crash between noticing and sending loses none.
"""

from datetime import datetime

from reviews.alerts.compose import WORKER_KINDS
from reviews.clock import Clock
from reviews.storage import GroupTransaction, Storage, Transaction, deliveries, groups, people, workers
from reviews.storage.people import Person


class Watch:
    """The watch of one process; any number of processes may keep one.

    A silence counts from when this process began to watch, and only when it is found twice in a row: a start, or a
    machine that wakes from sleep, is no death.
    """

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._watching_since = clock()
        self._was_silent = False

    def look(self) -> bool:
        """Make the messages if the worker has fallen silent or is back; whether any of them waits to be sent."""
        now = self._clock()
        with self._storage.read() as tx:
            beat = workers.find_newest_beat(tx)
            is_told, waits = workers.is_silence_told(tx), deliveries.has_due(tx, WORKER_KINDS, now)
        heard_at = max(beat or self._watching_since, self._watching_since)
        is_silent = now - heard_at > workers.SILENT_AFTER
        is_sure, self._was_silent = is_silent and self._was_silent, is_silent
        if is_sure and not is_told:
            return self._tell("worker.silent", beat or self._watching_since, now) or waits
        if is_told and beat is not None and now - beat <= workers.SILENT_AFTER:
            return self._tell("worker.back", beat, now) or waits
        return waits

    def _tell(self, kind: str, since: datetime, now: datetime) -> bool:
        with self._storage.write() as tx:
            # First, and it locks the row: of two processes one goes on.
            if not workers.turn_silence(tx, is_silent=kind == "worker.silent"):
                return False
            for g, person in find_operators(tx):
                deliveries.add_delivery(
                    g,
                    group_public_id=groups.get_group(tx, g.group_id).public_id,
                    cause=f"{kind}:{now.isoformat()}",
                    kind=kind,
                    recipient=f"person:{person.public_id}",
                    person_id=person.id,
                    channel_id=None,
                    payload={"since": since.isoformat()},
                    due_at=now,
                    now=now,
                )
        return True


def find_operators(tx: Transaction) -> list[tuple[GroupTransaction, Person]]:
    """Who looks after the installation, each with a group for the record: its operators, without any the owners."""
    all_groups = groups.find_groups(tx)
    if not all_groups:
        return []
    active = [person for person in people.find_people(tx) if person.disabled_at is None]
    memberships = {person.id: people.find_memberships(tx, person.id) for person in active}
    found = [person for person in active if person.is_operator] or [
        person for person in active if any(each.role == "owner" for each in memberships[person.id])
    ]
    first = all_groups[0].id
    return [(tx.group(next((each.group_id for each in memberships[person.id]), first)), person) for person in found]
