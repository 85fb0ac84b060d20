"""What a monthly report is made of, read once and frozen: figures, ids, acts, outages; never the text of a review."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from reviews.clock import to_text
from reviews.model import Clinic
from reviews.reputation.report import freeze_period
from reviews.reputation.trends import Period, make_months, shift, total
from reviews.storage import GroupTransaction, alerts, branding, clinics, groups, review_lists, sources, trends
from reviews.storage import reports as stored
from reviews.storage.review_lists import ReviewFilters
from reviews.storage.themes import Slice, count_themes

QUOTES = 4
HIDES = ("review.hidden", "review.shown")
POSTED = ("reply.posted", "reply.post_by_hand")
WELL = ("ok", "unchanged")


def gather(g: GroupTransaction, month: str, clinic: Clinic | None, now: datetime) -> dict[str, Any]:
    """The inputs of the report of a month, of the group or of one clinic."""
    since, until = start_of(month), start_of(shift(month, 1))
    clinic_id = clinic.id if clinic else None
    places = [clinic] if clinic else clinics.find_clinics(g)
    origins = {each.id: each for each in sources.find_sources(g) if clinic is None or each.clinic_id == clinic.id}
    by_clinic = trends.sum_clinics(g, month, month)
    names = {place.id: place.name for place in places}
    return {
        "group": groups.get_group(g.tx, g.group_id).name,
        "clinic": clinic.name if clinic else "",
        "month": month,
        "now": freeze_period(_period(g, month, clinic_id)),
        "before": freeze_period(_period(g, shift(month, -1), clinic_id)),
        "year_ago": freeze_period(_period(g, shift(month, -12), clinic_id)),
        "clinics": [
            {
                "name": place.name,
                "period": freeze_period(
                    total(
                        make_months(
                            [{**by_clinic[place.id], "month": month}] if place.id in by_clinic else [], month, month, ()
                        )
                    )
                ),
            }
            for place in places
        ],
        "reported": [
            {
                "clinic": names[origins[source_id].clinic_id],
                "source": origins[source_id].label,
                "stars100": row["stars100"],
                "count": row["rating_count"] if row["rating_count"] is not None else row["review_count"],
            }
            for source_id, row in sorted(alerts.find_totals_at(g, min(until, now)).items())
            if source_id in origins and row["stars100"] is not None
        ],
        "themes": _themes(g, since, until, clinic_id),
        "quotes": _quotes(g, month, clinic_id),
        **_evidence(g, since, until, clinic),
        "outages": [
            {
                "source": origins[row["source_id"]].label,
                "clinic": names[origins[row["source_id"]].clinic_id],
                "outcome": row["outcome"],
                "n": row["n"],
                "first_at": row["first_at"][:16],
                "last_at": row["last_at"][:16],
            }
            for row in stored.count_outcomes(g, since, until)
            if row["source_id"] in origins and row["outcome"] not in WELL
        ],
        "sources": [
            {"clinic": names[each.clinic_id], "source": each.label, "origin": each.origin} for each in origins.values()
        ],
        "made_at": to_text(now),
        **_look(g),
    }


def _look(g: GroupTransaction) -> dict[str, Any]:
    """Colour and logo of the day; nothing where there is none."""
    brand = branding.find_brand(g)
    return {"brand": asdict(brand)} if brand != branding.Brand() else {}


def start_of(month: str) -> datetime:
    """The beginning of a month in UTC."""
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)


def _period(g: GroupTransaction, month: str, clinic_id: int | None) -> Period:
    rows = trends.sum_months(g, month, month, clinic_id=clinic_id)
    return total(make_months(rows, month, month, ()))


def _themes(g: GroupTransaction, since: datetime, until: datetime, clinic_id: int | None) -> list[dict[str, Any]]:
    found = count_themes(g, Slice(since=since, until=until, clinic_id=clinic_id))
    by_reviews = sorted(found.items(), key=lambda pair: (-pair[1].reviews, pair[0]))
    return [
        {"theme": name, "reviews": each.reviews, "praising": each.praising, "criticizing": each.criticizing}
        for name, each in by_reviews
    ]


def _quotes(g: GroupTransaction, month: str, clinic_id: int | None) -> list[str]:
    """The newest reviews with text of the month, whatever their stars; only their ids are frozen."""
    filters = ReviewFilters(months=(month, month), has_text=True, clinic_id=clinic_id, no_copies=True)
    found = review_lists.find_reviews(g, filters, 50).rows
    return [row.public_id for row in found if row.publication != "hidden"][:QUOTES]


def _evidence(g: GroupTransaction, since: datetime, until: datetime, clinic: Clinic | None) -> dict[str, Any]:
    """What was hidden and why, and what was answered, by whom and when."""
    acts = stored.find_acts(g, since, until, (*HIDES, *POSTED, "review.work"))
    # What is told of a reply names its review beside it.
    acts = [{**act, "review": act["after"].get("review", "")} if act["action"] in POSTED else
            {**act, "review": act["object_id"]} for act in acts]  # fmt: skip
    if clinic is not None:
        acts = [act for act in acts if _is_of(g, act["review"], clinic)]
    hides = [
        {"at": act["at"][:16], "review": act["review"], "by": act["person_name"] or "", "act": act["action"],
         "reason": act["after"].get("reason") or ""}
        for act in acts if act["action"] in HIDES
    ]  # fmt: skip
    replies = [
        {"at": act["at"][:16], "review": act["review"], "by": act["person_name"] or "", "act": act["action"]}
        for act in acts
        if act["action"] in POSTED or act["after"].get("work") == "answered"
    ]
    return {"hides": hides, "replies": replies}


def _is_of(g: GroupTransaction, public_id: str, clinic: Clinic) -> bool:
    row = g.row("find_reviews", public_id=public_id, limit=1)
    return row is not None and row["clinic_id"] == clinic.id
