"""`reviews delete`: a source or a clinic goes, with all that hangs on it."""

from reviews.collect import Context
from reviews.collect.removing import remove
from reviews.errors import ConfigError, NotFound
from reviews.storage import groups, removal
from reviews.storage.removal import Target


def find(context: Context, public_id: str) -> tuple[int, Target]:
    """The group, and what has this id; raises ConfigError for one that nothing has."""
    with context.storage.read() as tx:
        for group in groups.find_groups(tx):
            g = tx.group(group.id)
            for look in (removal.find_clinic_target, removal.find_source_target):
                try:
                    return group.id, look(g, public_id)
                except NotFound:
                    continue
    raise ConfigError(f"no clinic and no source {public_id!r}; its id is the last part of its page's address")


def describe(context: Context, group_id: int, target: Target) -> list[str]:
    """What goes and what stays, one line each."""
    with context.storage.read() as tx:
        loss = removal.count_loss(tx.group(group_id), target)
    what = f"clinic {target.name}" if target.is_clinic else f"source {target.name} of {target.clinic.name}"
    lines = [
        f"{what}: {loss.reviews} reviews, {loss.replies} replies, {loss.notes} notes, "
        f"{loss.permissions} permissions to quote, {loss.runs} readings",
        *(f"widget {each.slug} goes: it shows nothing else" for each in loss.emptied),
        *(f"account {each.label} is disconnected: nothing else uses it" for each in loss.accounts),
    ]
    return [*lines, f"reports that stay as they are: {loss.reports}"] if target.is_clinic else lines


def delete(context: Context, group_id: int, target: Target) -> int:
    """Delete it; how many reviews went."""
    return remove(context, group_id, target).reviews
