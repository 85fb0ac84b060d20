"""Sources, and the lease under which one worker at a time reads and writes one of them.

The database is the schedule and the queue. A claim sets the next due time before anything is fetched, so a crash cannot
loop hot; its fence number grows with every claim, so a worker whose lease was taken cannot write.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from reviews.clock import from_text
from reviews.errors import LeaseLost, NotFound, StorageError
from reviews.model import Claim, Source
from reviews.storage.clinics import get_clinic
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.values import find_time, from_json, new_public_id, to_json

RETRY_AFTER = timedelta(hours=1)
"""When a source is due again whose worker died in the middle of a run."""

FIELDS = (
    "label", "url", "origin", "config", "declared_complete", "state", "interval_minutes", "next_due_at", "failures",
    "cursor", "validators", "expectations", "hint", "hint_values", "connection_id",
)  # fmt: skip
_JSON = ("config", "cursor", "validators", "expectations", "hint_values")


def add_source(
    g: GroupTransaction,
    *,
    clinic_id: int,
    kind: str,
    label: str,
    url: str,
    origin: str,
    config: Mapping[str, Any],
    now: datetime,
    interval_minutes: int | None = None,
    declared_complete: bool = False,
    next_due_at: datetime | None = None,
    connection_id: int | None = None,
) -> Source:
    """A new source; without `next_due_at` it is not scheduled.

    Raises NotFound for a clinic or connection of another group, Conflict when the clinic has this source already.
    """
    get_clinic(g, clinic_id)
    _check_connection(g, connection_id)
    row = g.row(
        "add_source",
        public_id=new_public_id(),
        clinic_id=clinic_id,
        connection_id=connection_id,
        kind=kind,
        label=label,
        url=url,
        origin=origin,
        config=to_json(dict(config)),
        declared_complete=declared_complete,
        interval_minutes=interval_minutes,
        next_due_at=next_due_at,
        now=now,
    )
    assert row is not None
    _inherit_suppressions(g, row)
    return to_source(row)


def plain_address(url: str) -> str:
    """An address without what may differ where the same page is meant: scheme, www, a slash at its end."""
    bare = re.sub(r"^https?://(www\.)?", "", url.strip(), flags=re.IGNORECASE).rstrip("/")
    host, slash, path = bare.partition("/")
    return host.lower() + slash + path


def _inherit_suppressions(g: GroupTransaction, row: Row) -> None:
    """What authors had erased here, in a source that is deleted now, does not come back."""
    g.tx.group(g.group_id).run(
        "inherit_suppressions", source_id=row["id"], kind=row["kind"], address=plain_address(row["url"])
    )


def update_source(g: GroupTransaction, source_id: int, *, now: datetime, **fields: Any) -> Source:
    """Change the given fields (those of FIELDS); raises NotFound, or Conflict with another source of the clinic.

    Another address or other settings take the source from whoever is reading it: what that run finds is of the old one.
    """
    if unknown := fields.keys() - set(FIELDS):
        raise StorageError(f"a source has no field {', '.join(sorted(unknown))} that can be set")
    _check_connection(g, fields.get("connection_id"))
    ends_lease = {"fences_taken": 1} if fields.keys() & {"url", "config"} else {}
    row = g.row("update_source", id=source_id, now=now, **_to_columns(fields), **ends_lease)
    if row is None:
        raise NotFound(f"no source {source_id} in this group")
    if "url" in fields:
        _inherit_suppressions(g, row)
    return to_source(row)


def keep_settings(
    g: GroupTransaction, source_id: int, changes: Mapping[str, Any], *, fence: int, now: datetime
) -> bool:
    """Keep settings that the platform itself has changed, without ending the run that found out.

    False if the source is not held under this fence any more. Raises NotFound.
    """
    config = to_json({**get_source(g, source_id).config, **changes})
    return g.run("keep_settings", id=source_id, config=config, fence=fence, now=now) == 1


def get_source(g: GroupTransaction, source_id: int) -> Source:
    """One source; raises NotFound."""
    return _get(g, id=source_id)


def get_source_by_public_id(g: GroupTransaction, public_id: str) -> Source:
    """One source; raises NotFound."""
    return _get(g, public_id=public_id)


def find_sources(g: GroupTransaction, clinic_id: int | None = None) -> list[Source]:
    """The group's sources, or those of one clinic, in the order in which they were added."""
    key = {} if clinic_id is None else {"clinic_id": clinic_id}
    return [to_source(row) for row in g.rows("find_sources", **key)]


def find_staying(g: GroupTransaction, clinic_id: int) -> list[Source]:
    """The clinic's sources without those that have begun to go: they are shown no more."""
    return [to_source(row) for row in g.rows("find_sources", clinic_id=clinic_id, staying=1)]


def find_source(g: GroupTransaction, clinic_id: int, kind: str, url: str, label: str) -> Source | None:
    """The clinic's source with this kind, address and label, or None."""
    row = g.row("find_sources", clinic_id=clinic_id, kind=kind, url=url, label=label)
    return None if row is None else to_source(row)


def claim_due(
    tx: Transaction,
    *,
    owner: str,
    now: datetime,
    lease_seconds: int,
    source_ids: Sequence[int] | None = None,
    due_by: datetime | None = None,
) -> Claim | None:
    """Take the active source that has been due for the longest and that nobody holds, or None.

    Its next due time is set to RETRY_AFTER from now, before anything is fetched. `due_by`: only what was due then.
    """
    chosen = {} if source_ids is None else {"source_ids": source_ids}
    until = now + timedelta(seconds=lease_seconds)
    row = tx.row(
        "claim_due",
        owner=owner,
        now=now,
        due_by=due_by or now,
        lease_until=until,
        retry_at=now + RETRY_AFTER,
        **chosen,
    )
    return None if row is None else _to_claim(row)


def claim_source(g: GroupTransaction, source_id: int, *, owner: str, now: datetime, lease_seconds: int) -> Claim | None:
    """Take this source, due or not, paused or not; None when somebody holds it. Raises NotFound."""
    until = now + timedelta(seconds=lease_seconds)
    row = g.row("claim_source", id=source_id, owner=owner, now=now, lease_until=until, retry_at=now + RETRY_AFTER)
    if row is None:
        get_source(g, source_id)
        return None
    return _to_claim(row)


def find_lease_owner(g: GroupTransaction, source_id: int) -> str | None:
    """Who holds the source, or held it and has not given it back."""
    row = g.row("find_lease_owner", id=source_id)
    return row["lease_owner"] if row else None


def break_lease(g: GroupTransaction, source_id: int, owner: str) -> bool:
    """Take the source from an owner who is known to be gone; False if somebody else holds it."""
    return g.run("break_lease", id=source_id, owner=owner) == 1


def check_lease(g: GroupTransaction, claim: Claim) -> Source:
    """The source as it stands now; until this transaction ends nobody else can take it. Raises LeaseLost."""
    return hold(g, claim)[0]


def hold(g: GroupTransaction, claim: Claim) -> tuple[Source, bool]:
    """As `check_lease`, and whether what is shown of its clinic is older than the data."""
    row = g.row("check_lease", **key_of(claim))
    if row is None:
        raise lost(claim)
    return to_source(row), row["stale_since"] is not None


def extend_lease(g: GroupTransaction, claim: Claim, *, now: datetime, lease_seconds: int) -> Claim:
    """The claim, held for `lease_seconds` from now; raises LeaseLost."""
    until = now + timedelta(seconds=lease_seconds)
    if g.run("extend_lease", lease_until=until, **key_of(claim)) == 0:
        raise lost(claim)
    return Claim(source=claim.source, owner=claim.owner, fence=claim.fence, lease_until=until)


def forget_validators(g: GroupTransaction, source_id: int) -> None:
    """Let the next run read the source whole: what is stored is not what its validators stand for any more."""
    g.run("forget_validators", source_id=source_id)


def save_cursor(
    g: GroupTransaction, claim: Claim, cursor: Mapping[str, Any], *, lease_until: datetime | None = None
) -> None:
    """Remember where the source is to be read on, hold it until then, and forget its validators; raises LeaseLost.

    Nobody else can take the source until this transaction ends.
    """
    longer = {} if lease_until is None else {"lease_until": lease_until}
    if g.run("save_cursor", cursor=to_json(dict(cursor)), **longer, **key_of(claim)) == 0:
        raise lost(claim)


def release(
    g: GroupTransaction,
    claim: Claim,
    *,
    now: datetime,
    next_due_at: datetime | None,
    outcome: str,
    failures: int,
    success: bool,
    run_id: int | None,
    hint: str = "",
    hint_values: Mapping[str, str] | None = None,
    state: str | None = None,
    cursor: Mapping[str, Any] | None = None,
    validators: Mapping[str, str] | None = None,
    expectations: Mapping[str, Any] | None = None,
) -> None:
    """Give the source back with what its run has taught; what is None stays as it is, but for `next_due_at`.

    `success` sets the time of the last success. Raises LeaseLost.
    """
    fields = {"state": state, "cursor": cursor, "validators": validators, "expectations": expectations}
    changes = _to_columns({name: value for name, value in fields.items() if value is not None})
    if success:
        changes["success_at"] = now
    touched = g.run(
        "release_source",
        next_due_at=next_due_at,
        failures=failures,
        outcome=outcome,
        run_id=run_id,
        hint=hint,
        hint_values=to_json(dict(hint_values or {})),
        **changes,
        **key_of(claim),
    )
    if touched == 0:
        raise lost(claim)


def request_run(g: GroupTransaction, source_id: int, now: datetime) -> bool:
    """Make an active source due now; False if it is not active. Raises NotFound."""
    if g.run("request_run", id=source_id, now=now) == 1:
        return True
    get_source(g, source_id)
    return False


def next_due(tx: Transaction) -> datetime | None:
    """When the next active source of the installation is due, or None."""
    row = tx.row("next_due")
    return find_time(row["next_due_at"]) if row else None


def find_all_sources(tx: Transaction) -> list[Source]:
    """All sources of the installation, for commands and health checks."""
    return [to_source(row) for row in tx.rows("find_all_sources")]


def newest_success(tx: Transaction) -> datetime | None:
    """When any source was last read well, or None."""
    row = tx.row("newest_success")
    return find_time(row["last_success_at"]) if row else None


def to_source(row: Row) -> Source:
    """A row of the table as a value."""
    return Source(
        id=row["id"],
        public_id=row["public_id"],
        group_id=row["group_id"],
        clinic_id=row["clinic_id"],
        kind=row["kind"],
        label=row["label"],
        url=row["url"],
        origin=row["origin"],
        declared_complete=bool(row["declared_complete"]),
        state=row["state"],
        interval_minutes=row["interval_minutes"],
        next_due_at=find_time(row["next_due_at"]),
        failures=row["failures"],
        fence=row["fence"],
        connection_id=row["connection_id"],
        last_success_at=find_time(row["last_success_at"]),
        last_outcome=row["last_outcome"],
        last_run_id=row["last_run_id"],
        hint=row["hint"],
        **{name: from_json(row[name]) for name in _JSON},
    )


def _get(g: GroupTransaction, **key: Any) -> Source:
    row = g.row("find_sources", **key)
    if row is None:
        raise NotFound(f"no source {key} in this group")
    return to_source(row)


def _check_connection(g: GroupTransaction, connection_id: int | None) -> None:
    if connection_id is not None and g.row("find_connections", id=connection_id) is None:
        raise NotFound(f"no connection {connection_id} in this group")


def _to_claim(row: Row) -> Claim:
    return Claim(
        source=to_source(row),
        owner=row["lease_owner"],
        fence=row["fence"],
        lease_until=from_text(row["lease_until"]),
    )


def key_of(claim: Claim) -> dict[str, Any]:
    """By which a source is found only while it is held."""
    return {"id": claim.source.id, "owner": claim.owner, "fence": claim.fence}


def lost(claim: Claim) -> LeaseLost:
    """What is raised when somebody else has taken the source."""
    return LeaseLost(f"source {claim.source.id} is no longer held by {claim.owner} under fence {claim.fence}")


def _to_columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: to_json(dict(value)) if name in _JSON else value for name, value in fields.items()}
