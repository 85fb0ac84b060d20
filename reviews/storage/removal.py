"""A source or a clinic that people want to have no more goes, with all that hangs on it.

`begin` ends what it does and shows at once, in one transaction; `go_on` deletes what it has, a bounded piece at a time,
so that nobody waits for a large one and a piece that was cut off is simply done again. What stays: the audit trail,
reports as they were made, and which one it was (`removals`), with hashes of what authors had erased there.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from reviews.clock import from_text
from reviews.errors import NotFound
from reviews.i18n import N_
from reviews.model import Clinic, Source
from reviews.storage import audit, clinics, connections, pairs, sources, summaries, widgets
from reviews.storage.connections import Connection
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.scopes import drop_names, find_scoped
from reviews.storage.theme_periods import drop_themes
from reviews.storage.values import to_json
from reviews.storage.widgets import Widget

PIECE = 1000
"""Reviews, or readings, that one transaction deletes."""
AT_ONCE = 2000
"""So many are deleted while somebody waits."""
LEAVING = N_("This source is being deleted.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to go: a clinic with all its sources, or one source of it (`is_clinic` False)."""

    is_clinic: bool
    clinic: Clinic
    sources: tuple[Source, ...]

    @property
    def kind(self) -> str:
        """``clinic`` or ``source``."""
        return "clinic" if self.is_clinic else "source"

    @property
    def public_id(self) -> str:
        """Of what goes."""
        return self.clinic.public_id if self.is_clinic else self.sources[0].public_id

    @property
    def name(self) -> str:
        """As people know it."""
        return self.clinic.name if self.is_clinic else self.sources[0].label

    @property
    def source_ids(self) -> list[int]:
        """Of the sources that go."""
        return [each.id for each in self.sources]

    @property
    def names(self) -> frozenset[str]:
        """The public ids that nothing may name any more."""
        return frozenset([*(each.public_id for each in self.sources), *([self.clinic.public_id] * self.is_clinic)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What goes with it, counted; `reports` stay. Of `widgets` those in `emptied` show nothing else."""

    reviews: int
    replies: int
    notes: int
    permissions: int
    runs: int
    reports: int = 0
    views: int = 0
    rules: int = 0
    widgets: tuple[Widget, ...] = ()
    emptied: tuple[Widget, ...] = ()
    accounts: tuple[Connection, ...] = ()

    @property
    def is_small(self) -> bool:
        """Whether it can go while somebody waits."""
        return self.reviews + self.runs <= AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What `begin` has ended: slugs of widgets that are gone; clinics whose figures are to be made anew."""

    slugs: tuple[str, ...] = ()
    clinic_ids: tuple[int, ...] = ()


def find_source_target(g: GroupTransaction, public_id: str) -> Target:
    """One source; raises NotFound."""
    source = sources.get_source_by_public_id(g, public_id)
    return Target(is_clinic=False, clinic=clinics.get_clinic(g, source.clinic_id), sources=(source,))


def find_clinic_target(g: GroupTransaction, public_id: str) -> Target:
    """One clinic with its sources; raises NotFound."""
    clinic = clinics.get_clinic_by_public_id(g, public_id)
    return Target(is_clinic=True, clinic=clinic, sources=tuple(sources.find_sources(g, clinic.id)))


def count_loss(g: GroupTransaction, target: Target) -> Loss:
    """What would go now."""
    whole = g.tx.group(g.group_id)
    (row,) = whole.rows("count_loss", source_ids=target.source_ids)
    shown = widgets.find_widgets_of_clinic(whole, target.clinic.id)
    reports = whole.row("count_reports_of", clinic_id=target.clinic.id) if target.is_clinic else None
    return Loss(
        **{name: int(row[name]) for name in ("reviews", "replies", "notes", "permissions", "runs")},
        reports=int(reports["n"]) if reports else 0,
        views=len(find_scoped(whole, target.names).views),
        rules=len(find_scoped(whole, target.names).rules),
        widgets=tuple(shown),
        emptied=tuple(each for each in shown if target.is_clinic and each.clinic_ids == (target.clinic.id,)),
        accounts=tuple(_lonely_accounts(whole, target)),
    )


def delete(g: GroupTransaction, target: Target, loss: Loss, now: datetime, *, person_id: int | None) -> Begun:
    """End what it does and shows, write that into the audit trail, and delete it at once where it is small."""
    begun = begin(g, target, now, person_id=person_id)
    audit.add_entry(
        g, now=now, person_id=person_id, action="clinic.deleted" if target.is_clinic else "source.deleted",
        object_kind=target.kind, object_id=target.public_id,
        before={"name": target.name, "clinic": target.clinic.name, "reviews": loss.reviews, "notes": loss.notes},
    )  # fmt: skip
    if loss.is_small:
        finish(g, target, now)
    return begun


def begin(g: GroupTransaction, target: Target, now: datetime, *, person_id: int | None) -> Begun:
    """End what it does and shows: nobody reads it, posts to it or shows it any more. Its accounts are disconnected."""
    whole = g.tx.group(g.group_id)
    for source in target.sources:
        _note(whole, target.clinic, source, now)
    if target.is_clinic:
        _note(whole, target.clinic, None, now)
    ids = target.source_ids
    for account in _lonely_accounts(whole, target):
        connections.disconnect(whole, account.id, origins=(), now=now, person_id=person_id)
    _stop(whole, ids, now)
    whole.run("stop_posts_of", source_ids=ids, now=now)
    whole.run("choose_no_primary", source_ids=ids)
    drop_names(whole, target.names, set(ids), now)
    slugs: tuple[str, ...] = ()
    marked = {target.clinic.id}
    if target.is_clinic:
        slugs, beside = _leave_widgets(whole, target.clinic, now)
        marked |= beside
    else:
        whole.run("delete_pairs_of", source_ids=ids)
        pairs.settle(whole, target.clinic.id)
    for clinic_id in sorted(marked):
        clinics.mark_stale(whole, clinic_id, now)
    return Begun(slugs=slugs, clinic_ids=tuple(sorted(marked)))


def go_on(g: GroupTransaction, kind: str, public_id: str, now: datetime, *, piece: int = PIECE) -> bool:
    """Delete a piece of what has begun to go; True once nothing is left of it."""
    whole = g.tx.group(g.group_id)
    try:
        target = find_clinic_target(whole, public_id) if kind == "clinic" else find_source_target(whole, public_id)
    except NotFound:
        whole.run("end_removal", public_id=public_id, now=now)
        return True
    if target.sources:
        source = target.sources[0]
        _stop(whole, [source.id], now)  # somebody may have started it again meanwhile
        if not _shrink(whole, source, piece):
            return False
        _drop_source(whole, source, now)
        if not target.is_clinic:
            summaries.refresh_months(whole, target.clinic.id)
            clinics.mark_stale(whole, target.clinic.id, now)
        return go_on(g, kind, public_id, now, piece=piece) if len(target.sources) == 1 else False
    clinic_id = target.clinic.id
    whole.run("leave_widgets", clinic_id=clinic_id)
    whole.run("free_reports", clinic_id=clinic_id, public_id=public_id)
    whole.run("delete_summary_of", clinic_id=clinic_id)
    whole.run("delete_clinic", clinic_id=clinic_id)
    whole.run("end_removal", public_id=public_id, now=now)
    return True


def finish(g: GroupTransaction, target: Target, now: datetime) -> None:
    """Delete all of it, in this transaction."""
    while not go_on(g, target.kind, target.public_id, now):
        pass


def find_open(tx: Transaction) -> list[tuple[int, str, str]]:
    """(group_id, kind, public_id) of what has begun to go and is still there: sources, then clinics."""
    return [(row["group_id"], row["kind"], row["public_id"]) for row in tx.rows("find_open_removals")]


def find_removed(g: GroupTransaction, clinic: str, source_kind: str = "", label: str = "") -> datetime | None:
    """When a clinic of this slug, or the source of it with this kind and label, was deleted; None if it never was."""
    of_source = {"source_kind": source_kind, "label": label} if label else {}
    row = g.row("find_removed", kind="source" if label else "clinic", clinic=clinic, **of_source)
    return None if row is None else from_text(row["removed_at"])


# ---------------------------------------------------------------- restoring
def find_removals(tx: Transaction) -> list[Row]:
    """All that was deleted, as `remove_again` takes it."""
    return list(tx.rows("find_all_removals")) if tx.session.has_table("removals") else []


def remove_again(tx: Transaction, removals: Sequence[Row], now: datetime) -> int:
    """Delete from restored data what was deleted after the backup was made; how many sources and clinics."""
    groups = {row["public_id"]: row["id"] for row in tx.rows("find_groups")}
    done = 0
    for row in removals:
        if row["group_public_id"] not in groups:
            continue
        g = tx.group(groups[row["group_public_id"]])
        try:
            find = find_clinic_target if row["kind"] == "clinic" else find_source_target
            target = find(g, row["public_id"])
        except NotFound:
            names = ("kind", "public_id", "clinic", "source_kind", "label", "address")
            g.run("add_removal", **{name: row[name] for name in names}, now=row["removed_at"])
            g.run("end_removal", public_id=row["public_id"], now=now)
            continue
        g.run("drop_snapshots_of", clinic_id=target.clinic.id)
        begin(g, target, now, person_id=None)
        finish(g, target, now)
        done += 1
    return done


def keep_tombstones(tx: Transaction, tombstones: Collection[tuple[str, str, str]]) -> None:
    """In restored data too: hashes of what authors had erased (source, hash, time) at sources that are deleted."""
    items = {str(n): {"source": source, "hash": hash_, "at": at} for n, (source, hash_, at) in enumerate(tombstones)}
    if items:
        tx.run("restore_kept_tombstones", items=to_json(items))


# ---------------------------------------------------------------- pieces
def _note(g: GroupTransaction, clinic: Clinic, source: Source | None, now: datetime) -> None:
    named = clinic if source is None else source
    g.run(
        "add_removal", kind="clinic" if source is None else "source", public_id=named.public_id, clinic=clinic.slug,
        source_kind=source.kind if source else "", label=source.label if source else "",
        address=sources.plain_address(source.url) if source else "", now=now,
    )  # fmt: skip
    if source is not None:
        g.run("keep_suppressions", public_id=source.public_id)


def _lonely_accounts(g: GroupTransaction, target: Target) -> list[Connection]:
    """The accounts that nothing else uses."""
    going = set(target.source_ids)
    ids = sorted({each.connection_id for each in target.sources if each.connection_id is not None})
    return [
        connections.get_connection(g, each)
        for each in ids
        if all(source.id in going for source in connections.find_sources_of(g, each))
    ]


def _stop(g: GroupTransaction, source_ids: Sequence[int], now: datetime) -> None:
    g.run("stop_sources", source_ids=source_ids, hint=LEAVING, now=now)


def _leave_widgets(g: GroupTransaction, clinic: Clinic, now: datetime) -> tuple[tuple[str, ...], set[int]]:
    """Slugs of the widgets that are gone with it, and the clinics beside which others showed it."""
    slugs, beside = [], set[int]()
    for widget in widgets.find_widgets_of_clinic(g, clinic.id):
        if widget.clinic_ids == (clinic.id,):
            widgets.delete_widget(g, widget.id, now)
            slugs.append(widget.slug)
        else:
            beside |= set(widget.clinic_ids) - {clinic.id}
    g.run("leave_widgets", clinic_id=clinic.id)
    return tuple(slugs), beside


def _shrink(g: GroupTransaction, source: Source, piece: int) -> bool:
    """Whether nothing but the source itself is left after this piece."""
    ids = [row["id"] for row in g.rows("find_reviews_of", source_id=source.id, limit=piece)]
    if ids:
        drop_themes(g, ids)
        g.run("delete_contents", review_ids=ids)
        g.run("delete_reviews", review_ids=ids)
    if len(ids) == piece:
        return False
    g.run("delete_totals_of", source_id=source.id)
    return g.run("delete_runs_of", source_id=source.id, limit=piece) < piece


def _drop_source(g: GroupTransaction, source: Source, now: datetime) -> None:
    g.run("keep_suppressions", public_id=source.public_id)  # somebody may have erased more meanwhile
    g.run("delete_months_of", source_id=source.id)
    g.run("delete_source", source_id=source.id)
    if source.connection_id is not None:
        g.run("delete_unused_account", connection_id=source.connection_id)
    g.run("end_removal", public_id=source.public_id, now=now)
