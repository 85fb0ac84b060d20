"""Runs: each collection of a source and each import of a file, with its outcome and its counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from reviews.clock import from_text
from reviews.errors import NotFound, StorageError
from reviews.model import Claim, Clinic, Counts, Reject, Source
from reviews.storage.clinics import to_clinic
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.sources import check_lease, key_of, lost
from reviews.storage.values import find_time, from_json, new_public_id, scrub, to_json

SAMPLE_SIZE = 20
"""So many rejects of a run are kept; all are counted."""

SHOWN_AT_ONCE = 500

_COUNTS = tuple(each.name for each in fields(Counts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One collection of one source; `outcome` is None while it goes on."""

    id: int
    public_id: str
    group_id: int
    source_id: int
    trigger: str
    person_id: int | None
    file_name: str
    fence: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    is_complete: bool
    counts: Counts
    message: str
    hint: str
    hint_values: Mapping[str, str]
    rejects: tuple[Reject, ...]
    undone_at: datetime | None
    records_done: int = 0
    records_total: int | None = None
    position: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a run must know before it reads.

    `has_open`: an earlier run was cut off. `has_unnumbered`: the source has reviews without an id of its platform.
    `has_posted`: replies of ours that nobody has seen there yet. `is_kept_for_ever`: the group wishes no end.
    """

    clinic: Clinic
    has_open: bool
    has_unnumbered: bool
    has_posted: bool
    is_kept_for_ever: bool


def open_run(
    g: GroupTransaction,
    claim: Claim,
    *,
    trigger: str,
    now: datetime,
    person_id: int | None = None,
    file_name: str = "",
    file_digest: str = "",
    has_open: bool = True,
) -> Run:
    """A new run of the claimed source; what a dead worker has left open is closed as interrupted. Raises LeaseLost.

    `has_open` is False where `find_opening` has found none since the source was claimed.
    """
    if has_open:
        check_lease(g, claim)
        g.run("interrupt_runs", source_id=claim.source.id, now=now)
    row = g.row(
        "open_run",
        public_id=new_public_id(),
        trigger=trigger,
        person_id=person_id,
        file_name=file_name,
        file_digest=file_digest,
        now=now,
        **key_of(claim),
    )
    if row is None:
        raise lost(claim)
    return _to_run(row)


def find_opening(g: GroupTransaction, source: Source) -> Opening:
    """What a run of the source must know before it reads; raises NotFound."""
    row = g.row("find_opening", source_id=source.id, clinic_id=source.clinic_id)
    if row is None:
        raise NotFound(f"no clinic {source.clinic_id} in this group")
    return Opening(
        clinic=to_clinic(row),
        has_open=bool(row["has_open"]),
        has_unnumbered=bool(row["has_unnumbered"]),
        has_posted=bool(row["has_posted"]),
        is_kept_for_ever=row["review_months"] is None,
    )


def find_cut_off_import(g: GroupTransaction, source_id: int, file_digest: str) -> Run | None:
    """The source's newest run, if it is an import of this very file that was cut off and can go on."""
    row = g.row("find_cut_off_import", source_id=source_id, file_digest=file_digest)
    return None if row is None else _to_run(row)


def resume_run(g: GroupTransaction, claim: Claim, run_id: int) -> Run:
    """A run that was cut off, open again for who holds the source now; raises LeaseLost, NotFound."""
    check_lease(g, claim)
    row = g.row("resume_run", id=run_id, fence=claim.fence)
    if row is None:
        raise NotFound(f"no run {run_id} in this group")
    return _to_run(row)


def save_progress(
    g: GroupTransaction, run_id: int, *, records_done: int, records_total: int | None, position: Mapping[str, Any]
) -> None:
    """Note how far an import is, and where it goes on."""
    g.run(
        "save_progress",
        id=run_id,
        records_done=records_done,
        records_total=records_total,
        position=to_json(dict(position)),
    )


def add_rejects(g: GroupTransaction, run_id: int, rejects: Sequence[Reject], now: datetime) -> None:
    """Keep what an import could not read, for the list that people download."""
    rows = []
    for reject in rejects:
        found = _from_reject(reject)
        rows.append(
            {
                "run_id": run_id,
                "place": found["place"],
                "named_column": found["column"] or "",
                "reason": found["reason"],
                "reason_values": to_json(found["values"]),
                "sample": found["sample"],
                "now": now,
            }
        )
    if rows:
        g.many("add_reject", rows)


def find_rejects(g: GroupTransaction, run_id: int) -> Iterator[Reject]:
    """What an import could not read, in the order of the file."""
    after_id = 0
    while rows := g.rows("find_rejects", run_id=run_id, after_id=after_id, limit=SHOWN_AT_ONCE):
        for row in rows:
            yield Reject(
                place=row["place"],
                reason=row["reason"],
                values=tuple((str(name), str(text)) for name, text in from_json(row["reason_values"])),
                column=row["named_column"] or None,
                sample=row["sample"],
            )
        after_id = rows[-1]["id"]


def delete_old_rejects(tx: Transaction, before: datetime) -> int:
    """Forget what could not be read before this time; how many records."""
    return tx.run("delete_old_rejects", before=before)


def add_counts(g: GroupTransaction, run_id: int, counts: Counts, rejects: Sequence[Reject] = ()) -> None:
    """Add what one page has brought; of the rejects SAMPLE_SIZE are kept. Raises NotFound for a run that is closed."""
    sample = {}
    if rejects:
        row = g.row("find_reject_sample", id=run_id)
        held = from_json(row["reject_sample"]) if row else []
        sample["reject_sample"] = to_json([*held, *map(_from_reject, rejects)][:SAMPLE_SIZE])
    if not g.run("add_counts", id=run_id, **sample, **asdict(counts)):
        raise NotFound(f"no open run {run_id} in this group")


def close_run(
    g: GroupTransaction,
    run_id: int,
    *,
    now: datetime,
    outcome: str,
    is_complete: bool,
    message: str = "",
    hint: str = "",
    hint_values: Mapping[str, str] | None = None,
    missing: int = 0,
    returned: int = 0,
) -> None:
    """Note how the run has ended; `missing` and `returned` are added to its counts. Raises NotFound if it is closed."""
    touched = g.run(
        "close_run",
        id=run_id,
        now=now,
        outcome=outcome,
        is_complete=is_complete,
        message=scrub(message),
        hint=hint,
        hint_values=to_json({name: scrub(text) for name, text in (hint_values or {}).items()}),
        missing=missing,
        returned=returned,
    )
    if touched == 0:
        raise NotFound(f"no open run {run_id} in this group")


def mark_undone(g: GroupTransaction, run_id: int, now: datetime) -> None:
    """Note that this import was taken back; raises StorageError if it was already, NotFound."""
    if g.run("mark_undone", id=run_id, now=now) == 0:
        get_run(g, run_id)
        raise StorageError(f"run {run_id} was taken back before")


def get_run(g: GroupTransaction, run_id: int) -> Run:
    """One run; raises NotFound."""
    return _get(g, id=run_id)


def get_run_by_public_id(g: GroupTransaction, public_id: str) -> Run:
    """One run; raises NotFound."""
    return _get(g, public_id=public_id)


def find_runs(g: GroupTransaction, source_id: int, limit: int = 20, before_id: int | None = None) -> list[Run]:
    """The source's runs, newest first; `before_id` continues after the last one of the page before."""
    more = {} if before_id is None else {"before_id": before_id}
    return [_to_run(row) for row in g.rows("find_runs", source_id=source_id, limit=limit, **more)]


def find_open_run(g: GroupTransaction, source_id: int) -> Run | None:
    """The source's run that goes on, or was left open by a worker that died."""
    row = g.row("find_runs", source_id=source_id, is_open=True, limit=1)
    return None if row is None else _to_run(row)


def _get(g: GroupTransaction, **key: Any) -> Run:
    row = g.row("find_runs", limit=1, **key)
    if row is None:
        raise NotFound(f"no run {key} in this group")
    return _to_run(row)


def _to_run(row: Row) -> Run:
    return Run(
        id=row["id"],
        public_id=row["public_id"],
        group_id=row["group_id"],
        source_id=row["source_id"],
        trigger=row["trigger"],
        person_id=row["person_id"],
        file_name=row["file_name"],
        fence=row["fence"],
        started_at=from_text(row["started_at"]),
        finished_at=find_time(row["finished_at"]),
        outcome=row["outcome"],
        is_complete=bool(row["is_complete"]),
        counts=Counts(**{name: row[name] for name in _COUNTS}),
        message=row["message"],
        hint=row["hint"],
        hint_values=from_json(row["hint_values"]),
        rejects=tuple(_to_reject(each) for each in from_json(row["reject_sample"])),
        undone_at=find_time(row["undone_at"]),
        records_done=row["records_done"],
        records_total=row["records_total"],
        position=from_json(row["position"]),
    )


def _from_reject(reject: Reject) -> dict[str, Any]:
    return {
        "place": scrub(reject.place),
        "reason": scrub(reject.reason),
        "values": [[scrub(name), scrub(text)] for name, text in reject.values],
        "column": None if reject.column is None else scrub(reject.column),
        "sample": scrub(reject.sample),
    }


def _to_reject(value: Mapping[str, Any]) -> Reject:
    pairs = tuple((str(name), str(text)) for name, text in value["values"])
    return Reject(**{**value, "values": pairs})
