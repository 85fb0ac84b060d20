"""Deleting a source or a clinic: its permission is given back, it is shown no more, and then it goes in pieces."""

from collections.abc import Callable

from reviews.collect.connecting import give_back
from reviews.collect.context import Context
from reviews.collect.run import refresh
from reviews.logs import get_logger
from reviews.publish import remove_copies
from reviews.storage import removal
from reviews.storage.removal import Loss, Target

log = get_logger("collect")

PIECES_A_TURN = 10


def remove(context: Context, group_id: int, target: Target) -> Loss:
    """Delete all of it now, as a command does; what went."""
    with context.storage.read() as tx:
        loss = removal.count_loss(tx.group(group_id), target)
    for account in loss.accounts:
        give_back(context, group_id, account.id)
    with context.storage.write() as tx:
        begun = removal.delete(tx.group(group_id), target, loss, context.clock(), person_id=None)
    for slug in begun.slugs:
        remove_copies(context.settings.snapshot_dir, slug)
    while not _piece(context, group_id, target.kind, target.public_id):
        pass
    for clinic_id in begun.clinic_ids:
        if not (target.is_clinic and clinic_id == target.clinic.id):
            refresh(context, group_id, clinic_id)
    return loss


def go_on(context: Context, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Some pieces of what is being deleted; how many."""
    done = 0
    with context.storage.read() as tx:
        waiting = removal.find_open(tx)
    for group_id, kind, public_id in waiting:
        is_gone = False
        while not is_gone and done < PIECES_A_TURN and not should_stop():
            is_gone = _piece(context, group_id, kind, public_id)
            done += 1
        if is_gone:
            log.info("deleted", kind=kind, public_id=public_id)
    return done


def _piece(context: Context, group_id: int, kind: str, public_id: str) -> bool:
    with context.storage.write() as tx:
        return removal.go_on(tx.group(group_id), kind, public_id, context.clock())
