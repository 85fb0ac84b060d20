"""`reviews collect`, `reviews import`: runs that a person asks for."""

from collections.abc import Iterator
from pathlib import Path

from reviews import worker
from reviews.collect import Context, ImportReport, RunReport, import_file, run_claim
from reviews.collect.importing import Tell
from reviews.errors import ConfigError, Conflict
from reviews.files import OnDisk
from reviews.model import Source
from reviews.sources.base import FILE_KINDS
from reviews.storage import Transaction, groups, sources
from reviews.storage.groups import Group
from reviews.worker.upkeep import Upkeep


def collect_due(context: Context) -> Iterator[RunReport]:
    """Collect everything that is due now."""
    return worker.collect_due(context)


def collect_source(context: Context, public_id: str, *, accept: bool = False) -> RunReport:
    """Collect one source now, due or not; with `accept` whatever it gives is taken as right once."""
    source = find_source(context, public_id)
    with context.storage.write() as tx:
        g = tx.group(source.group_id)
        if accept:
            sources.update_source(g, source.id, now=context.clock(), expectations={"accepted": True}, validators={})
        claim = sources.claim_source(
            g,
            source.id,
            owner=worker.new_owner(),
            now=context.clock(),
            lease_seconds=context.settings.lease_seconds,
        )
    if claim is None:
        raise Conflict(f"{source.label} is being collected just now; try again in a moment")
    report = run_claim(context, claim, trigger="command")
    Upkeep(context).refresh_stale()
    return report


def import_into(context: Context, public_id: str, file: Path, *, dry_run: bool, tell: Tell) -> ImportReport:
    """Import a file into a file source."""
    source = find_source(context, public_id)
    if source.kind not in FILE_KINDS:
        raise ConfigError(f"{public_id} is a {source.kind}; files go into a source of kind csv_file or file_import")
    return import_file(
        context,
        group_id=source.group_id,
        source_id=source.id,
        body=OnDisk(file),
        file_name=file.name,
        dry_run=dry_run,
        tell=tell,
    )


def list_sources(context: Context) -> Iterator[str]:
    """One line a source: id, clinic, label, state, last outcome, next due time."""
    with context.storage.read() as tx:
        found = sources.find_all_sources(tx)
    if not found:
        yield "No sources yet. Add one on the staff side, or declare it in a file for `reviews apply`."
    for source in found:
        due = f"due {source.next_due_at:%Y-%m-%d %H:%M} UTC" if source.next_due_at else "not scheduled"
        last = source.last_outcome or "never read"
        yield f"{source.public_id}  {source.kind:<12} {source.label}: {source.state}, {last}, {due}"


def find_source(context: Context, public_id: str) -> Source:
    """The source with this id; raises ConfigError that lists what there is."""
    with context.storage.read() as tx:
        for source in sources.find_all_sources(tx):
            if source.public_id == public_id:
                return source
    raise ConfigError(f"no source {public_id!r}; `reviews collect` lists them")


def find_group(tx: Transaction, public_id: str | None) -> Group:
    """The group with this id, or the only one; raises ConfigError that lists what there is."""
    found = groups.find_groups(tx)
    chosen = [group for group in found if public_id in (None, group.public_id)]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(f"{group.public_id} ({group.name})" for group in found) or "none"
    raise ConfigError(f"--group: found {public_id or 'nothing'}; expected one of: {names}")
