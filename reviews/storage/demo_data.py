"""Demo data: three invented clinics in a group that is marked as a demo, and how all of it goes at once."""

from dataclasses import dataclass
from datetime import datetime

from reviews.storage import clinics, widgets
from reviews.storage.engine import GroupTransaction, Transaction

_IN_ORDER = (
    "deliveries", "contents", "reviews", "totals", "months", "summaries", "runs", "sources", "reports", "clinics",
)  # fmt: skip
"""What refers to something goes before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What went: how many clinics and reviews, and the slugs of widgets that showed nothing else."""

    clinics: int
    reviews: int
    slugs: tuple[str, ...]


def remove_demo_data(g: GroupTransaction, now: datetime) -> Removed:
    """Drop the demo's clinics with everything that hangs on them; people, settings and real clinics stay.

    Readings that are under way lose their lease. Widgets that also show a real clinic go on with it.
    """
    clinic_ids = [row["id"] for row in g.rows("find_demo_clinics")]
    if not clinic_ids:
        g.run("end_demo")
        return Removed(clinics=0, reviews=0, slugs=())
    g.run("take_demo_leases", clinic_ids=clinic_ids)
    found = g.row("count_demo_reviews", clinic_ids=clinic_ids)
    connection_ids = [row["id"] for row in g.rows("find_demo_connections", clinic_ids=clinic_ids)]
    slugs = _leave_widgets(g, set(clinic_ids), now)
    g.run("delete_demo_actions")
    g.run("delete_demo_confirmations")
    g.run("leave_demo_widgets", clinic_ids=clinic_ids)
    for what in _IN_ORDER:
        g.run(f"delete_demo_{what}", clinic_ids=clinic_ids)
    if connection_ids:
        g.run("delete_demo_connections", connection_ids=connection_ids)
    g.run("end_demo")
    return Removed(clinics=len(clinic_ids), reviews=int(found["n"]) if found else 0, slugs=slugs)


def _leave_widgets(g: GroupTransaction, clinic_ids: set[int], now: datetime) -> tuple[str, ...]:
    slugs = []
    for widget in widgets.find_widgets(g):
        real = set(widget.clinic_ids) - clinic_ids
        if set(widget.clinic_ids) & clinic_ids and not real:
            widgets.delete_widget(g, widget.id, now)
            slugs.append(widget.slug)
        elif set(widget.clinic_ids) & clinic_ids:
            for each in real:
                clinics.mark_stale(g, each, now)
    return tuple(slugs)


def mark_stale(tx: Transaction, now: datetime) -> None:
    """Have everything made anew that shows a demo clinic."""
    tx.run("mark_demo_stale", now=now)
