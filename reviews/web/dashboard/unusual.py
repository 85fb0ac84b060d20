"""Clinics of which unusually many reviews were written at once: said on Today, with the list to look at."""

from dataclasses import dataclass
from datetime import datetime

from reviews.model import Clinic
from reviews.reputation.bursts import BEFORE, RECENT, is_burst, is_same_text
from reviews.storage import GroupTransaction, trends
from reviews.web.dashboard.filters import inbox_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """What was written at a clinic within the last days: how many, of one text so many (0: nothing to say)."""

    clinic: Clinic
    count: int
    same: int
    url: str


def find_unusual(g: GroupTransaction, places: list[Clinic], now: datetime) -> list[Unusual]:
    """The clinics where somebody should look; nothing is hidden by it, and nothing counts less."""
    recent = (now - RECENT).replace(hour=0, minute=0, second=0, microsecond=0)
    by_id = {place.id: place for place in places}
    return [
        Unusual(
            clinic=by_id[each.clinic_id],
            count=each.recent,
            same=each.same if is_same_text(each.same) else 0,
            url=inbox_url({"clinic": by_id[each.clinic_id].public_id, "from": f"{recent:%Y-%m-%d}", "dated": "yes"}),
        )
        for each in trends.count_lately(g, recent=recent, since=recent - BEFORE)
        if each.clinic_id in by_id and (is_burst(each.recent, each.before) or is_same_text(each.same))
    ]
