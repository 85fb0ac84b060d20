"""From the data of a clinic to the finished bytes that websites show.

`refresh_clinic` reads everything in one transaction, decides what may be shown (`gather`), puts it into bytes
(`build`), stores figures and snapshots together in one transaction, and then brings the copies on disk up to date
(`copies`).
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from reviews.clock import to_text
from reviews.config import Settings
from reviews.failpoint import hit
from reviews.i18n import Catalogue
from reviews.model import Summary
from reviews.publish.build import build_widget, cache_control, made_from
from reviews.publish.copies import find_copy, find_made, find_slugs, remove_copies, write_copies
from reviews.publish.view import WidgetView
from reviews.rules import RuleBook
from reviews.storage import GroupTransaction, Storage, clinics, permissions, snapshots, summaries, widgets

__all__ = [
    "WidgetView",
    "build_widget",
    "cache_control",
    "find_copy",
    "find_slugs",
    "refresh_clinic",
    "remove_copies",
    "write_copies",
]


ATTEMPTS = 4


def refresh_clinic(
    storage: Storage,
    settings: Settings,
    book: RuleBook,
    catalogue: Catalogue,
    group_id: int,
    clinic_id: int,
    now: datetime,
) -> int:
    """Make the figures of a clinic and the snapshots of its widgets anew; how many snapshots have changed.

    What would come out as it is, in the table and on this disk, is not made: nine of ten readings bring nothing new.

    The clinic's stale mark says which data was read: whoever changes data sets a new one. It is cleared when also the
    copies on disk are written, and only if it is still ours; else `upkeep` comes again. Raises StorageError, NotFound;
    then nothing was stored, and the old snapshots and copies go on.
    """
    from reviews.publish.gather import gather  # all connectors and rules, which who only serves bytes does not need

    for _ in range(ATTEMPTS):
        with storage.read() as tx:
            g = tx.group(group_id)
            lapsed = permissions.find_lapsed(g, clinic_id, now)
            clinic, mark = clinics.get_with_mark(g, clinic_id)
            if not lapsed and mark is not None:
                found = widgets.find_widgets_of_clinic(g, clinic_id)
                summary, views = gather(g, settings, book, catalogue, clinic_id, now, clinic=clinic, found=found)
                shown = {widget_id for widget_id, _ in views}
                silent = [each for each in found if each.id not in shown]
                named = [(widget_id, view, made_from(view)) for widget_id, view in views]
                new = [each for each in named if not _is_made(g, settings.snapshot_dir, *each)]
        if lapsed or mark is None:
            _prepare(storage, group_id, clinic_id, lapsed, now)
            continue
        built = [(*each, build_widget(each[1], catalogue, now, with_png=False)) for each in new]
        with storage.write() as tx:
            g = tx.group(group_id)
            # Until the copies are written too, the mark stays.
            settle = clinics.hold_stale if built or silent else clinics.clear_stale
            if not settle(g, clinic_id, mark):
                continue
            summaries.save_summary(g, clinic_id, summary_body(summary), now)
            changed = sum(snapshots.save_snapshots(g, widget_id, made, now) for widget_id, _, _, made in built)
            changed += sum(snapshots.save_snapshots(g, widget.id, [], now) for widget in silent)
        if not (built or silent):
            return changed
        hit("publish.before_copies")
        for _, view, name, made in built:
            write_copies(settings.snapshot_dir, view.slug, made, name)
        for widget in silent:
            remove_copies(settings.snapshot_dir, widget.slug)
        with storage.write() as tx:
            g = tx.group(group_id)
            if not clinics.clear_stale(g, clinic_id, mark) and clinics.get_stale_since(g, clinic_id) is None:
                clinics.mark_stale(g, clinic_id, now)  # two published at once: nobody knows whose copies are on top
        return changed
    return 0


def _is_made(g: GroupTransaction, folder: Path, widget_id: int, view: WidgetView, name: str) -> bool:
    """Whether this very view was made before, and table and copies hold it still, so that nothing need be made."""
    made = find_made(folder, view.slug, name)
    return bool(made) and made == snapshots.find_fingerprints(g, widget_id)


def _prepare(storage: Storage, group_id: int, clinic_id: int, lapsed: Sequence[tuple[int, str]], now: datetime) -> None:
    """Permissions whose text has changed or whose time is over end here, and the group is told. Then a mark."""
    with storage.write() as tx:
        g = tx.group(group_id)
        for permission_id, why in lapsed:
            permissions.withdraw(g, permission_id, now, why)
        if clinics.get_stale_since(g, clinic_id) is None:
            clinics.mark_stale(g, clinic_id, now)


def summary_body(summary: Summary) -> dict[str, object]:
    """The summary as JSON values; times as the fixed-width text of the database."""
    body = asdict(summary)
    body["figures"] = [
        {**figure, "read_at": to_text(figure["read_at"]) if figure["read_at"] else None} for figure in body["figures"]
    ]
    return body
