"""A file handed in by a person: checked whole first, then stored as one run that can be undone as one batch.

An import that was cut off goes on behind its last saved page, in the same run, when the same file is handed in again.
"""

import hashlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reviews import errors, normalize
from reviews.collect.context import Context
from reviews.collect.pages import SHOWN_REJECTS, choose_total, normalize_page
from reviews.collect.run import run_claim
from reviews.collect.values import Batch, RunReport
from reviews.files import Body, in_pieces
from reviews.model import Claim, Clinic, Counts, Page, Reject, ReportedTotal, Review, Source
from reviews.normalize import identity
from reviews.sources import csv_file, file_import
from reviews.storage import clinics, runs, sources
from reviews.storage import reviews as stored
from reviews.storage.values import to_json

SHOWN_REVIEWS = 3
Tell = Callable[[str, int, int | None], object]
"""Is told the step (``check`` or ``store``), how many records are done, and of how many if that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do (`run_public_id` is empty then, `first` are the first reviews); 200 rejects."""

    run_public_id: str
    counts: Counts
    rejects: tuple[Reject, ...]
    first: tuple[Review, ...] = ()
    total: ReportedTotal | None = None
    is_resumed: bool = False
    is_stopped: bool = False


def tell_nobody(step: str, done: int, total: int | None) -> None:
    """Where nobody watches."""


def import_file(
    context: Context,
    *,
    group_id: int,
    source_id: int,
    body: bytes | Body,
    file_name: str,
    person_id: int | None = None,
    dry_run: bool = False,
    tell: Tell = tell_nobody,
    should_stop: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """Import a file into a file source; with `dry_run` nothing is stored.

    Rows that cannot be read are reported and cost no other row. Raises ImportFileError for a file that cannot be read
    at all or of which most rows are rejected (nothing is stored then), Conflict while the source is being collected.
    """
    body = in_pieces(body)
    with context.storage.read() as tx:
        g = tx.group(group_id)
        source = sources.get_source(g, source_id)
        clinic = clinics.get_clinic(g, source.clinic_id)
        digest = _digest(body, source)
        cut_off = None if dry_run else runs.find_cut_off_import(g, source_id, digest)
    if dry_run:
        return check(context, source, clinic, body, file_name, tell)
    if cut_off is None:
        _refuse_if_most_is_unreadable(context, source, clinic, body, file_name, tell)
    claim = _claim(context, group_id, source_id, file_name)
    position = dict(cut_off.position) if cut_off else {}
    run = run_claim(
        context,
        replace(claim, source=replace(claim.source, cursor={"position": position} if cut_off else {}, expectations={})),
        trigger="import",
        person_id=person_id,
        batch=Batch(file_name=file_name, digest=digest, resumes=cut_off.id if cut_off else None),
        pages=_told(_pages(context, source, body, file_name, position), "store", tell),
        should_stop=should_stop,
    )
    return ImportReport(
        run_public_id=run.run_public_id,
        counts=run.counts,
        rejects=run.rejects,
        is_resumed=cut_off is not None,
        is_stopped=run.outcome == "interrupted",
    )


def enter_by_hand(context: Context, *, group_id: int, source_id: int, page: Page, person_id: int | None) -> RunReport:
    """Store what a person typed as a run of its own, which can be taken back like a file's.

    Raises Conflict while somebody else writes to the source.
    """
    claim = _claim(context, group_id, source_id, "by hand")
    return run_claim(
        context,
        replace(claim, source=replace(claim.source, cursor={}, expectations={})),
        trigger="import",
        person_id=person_id,
        pages=(page,),
    )


def check(
    context: Context,
    source: Source,
    clinic: Clinic,
    body: bytes | Body,
    file_name: str,
    tell: Tell = tell_nobody,
    *,
    is_compared: bool = True,
) -> ImportReport:
    """What importing this file would do, without storing anything; if not `is_compared` all reviews count as new."""
    # The language is found out when a review is stored: it changes no answer here, and costs as much as all the rest.
    wire = replace(normalize.Context.of(source, clinic, read_at=context.clock()), languages=())
    seen = new = changed = rejected = 0
    rejects: list[Reject] = []
    first: list[Review] = []
    total: ReportedTotal | None = None
    for page in _told(_pages(context, source, in_pieces(body), file_name), "check", tell):
        accepted, refused, _ = normalize_page(page, wire)
        all_refused = [*page.parsed.rejects, *refused]
        rejected += len(all_refused)
        rejects += all_refused[: max(0, SHOWN_REJECTS - len(rejects))]
        seen += len(accepted)
        first += accepted[: max(0, SHOWN_REVIEWS - len(first))]
        total = total or choose_total(page.parsed.totals, wire, clinic.language)
        if is_compared and source.id:
            matched = identity.match_known([], accepted)
            with context.storage.read() as tx:
                keys = [review.identity_key for review in matched]
                known = stored.find_identities(tx.group(source.group_id), source.id, keys)
            for review in matched:
                old = known.get(review.identity_key)
                new += old is None
                changed += old is not None and old != review.content_hash
        else:
            new += len(accepted)
    return ImportReport(
        run_public_id="",
        counts=Counts(seen=seen, new=new, changed=changed, unchanged=seen - new - changed, rejected=rejected),
        rejects=tuple(rejects),
        first=tuple(first),
        total=total,
    )


def _refuse_if_most_is_unreadable(
    context: Context, source: Source, clinic: Clinic, body: Body, file_name: str, tell: Tell
) -> None:
    counts = check(context, source, clinic, body, file_name, tell, is_compared=False).counts
    if counts.rejected > counts.seen:
        raise errors.ImportFileError(
            f"{file_name}: {counts.rejected} of {counts.rejected + counts.seen} rows rejected",
            "{rejected} of {all} rows could not be read. Nothing was stored. Please check the columns.",
            {"rejected": str(counts.rejected), "all": str(counts.rejected + counts.seen)},
            file=file_name,
        )


def _claim(context: Context, group_id: int, source_id: int, file_name: str) -> Claim:
    """The source, taken from an import of this machine that has died without giving it back; raises Conflict."""
    here = f"import:{socket.gethostname()}:"
    with context.storage.write() as tx:
        g = tx.group(group_id)
        owner = sources.find_lease_owner(g, source_id)
        if owner and owner.startswith(here) and not _is_alive(owner[len(here) :].partition(":")[0]):
            sources.break_lease(g, source_id, owner)
        claim = sources.claim_source(
            g,
            source_id,
            owner=f"{here}{os.getpid()}:{file_name}"[:100],
            now=context.clock(),
            lease_seconds=context.settings.lease_seconds,
        )
    if claim is None:
        raise errors.Conflict("the source is being collected", "This source is being read just now. Please try again.")
    return claim


def _is_alive(process_id: str) -> bool:
    if not process_id.isdigit():
        return True
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _digest(body: Body, source: Source) -> str:
    """Tells whether the same file comes again, with the same said about it."""
    about = f"{source.kind} {body.size} {body.digest()} {to_json(dict(source.config))}"
    return hashlib.sha256(about.encode()).hexdigest()[:32]


def _pages(
    context: Context, source: Source, body: Body, file_name: str, position: Mapping[str, Any] | None = None
) -> Iterator[Page]:
    """The pages of a file: of a table by its columns, of any other kind by what its bytes say it is."""
    if position and position.get("done"):
        return iter(())
    pages_of = file_import.pages_of if source.kind == file_import.FileImport.kind else csv_file.pages_of
    sandbox = context.sandbox_of(source.kind)
    return pages_of(body, source.config, sandbox, file=file_name, position=position)


def _told(pages: Iterator[Page], step: str, tell: Tell) -> Iterator[Page]:
    """The same pages; each is told when the next one is asked for, which is when it has been dealt with."""
    for page in pages:
        yield page
        tell(step, page.records_done, page.records_total)
