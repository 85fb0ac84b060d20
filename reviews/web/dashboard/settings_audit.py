"""The audit trail of the group: who did what, in plain words."""

from reviews.storage import audit, clinics, people
from reviews.web.dashboard.base import blueprint, reading, render
from reviews.web.dashboard.trail_words import details_of, say_action, say_kind
from reviews.web.forms import read_query
from reviews.web.setup import clinic_choices
from reviews.web.state import get_words

PAGE_SIZE = 50


@blueprint.get("/settings/audit")
def audit_trail() -> str:
    """Who did what, the newest first; filters by person and kind, and whether the chain is whole."""
    query = read_query("before", "person", "kind", "check")
    before = int(query["before"]) if query["before"].isdecimal() and len(query["before"]) < 19 else None
    with reading() as g:
        members = people.find_members(g)
        places = clinics.find_clinics(g)
        kinds = audit.find_kinds(g)
        chosen = next((each.person for each in members if each.person.public_id == query["person"]), None)
        kind = query["kind"] if query["kind"] in kinds else None
        rows = audit.find_entries(
            g, limit=PAGE_SIZE + 1, before_id=before, object_kind=kind, person_id=chosen.id if chosen else None
        )
        broken = audit.verify_chain(g) if query["check"] else None
    words = get_words()
    rules = clinic_choices()
    names = dict([*rules["jurisdictions"], *rules["professions"]])
    names |= {place.public_id: place.name for place in places}
    names |= {member.person.public_id: member.person.name for member in members}
    return render(
        "audit.html",
        "settings",
        rows=[(row, say_action(row.action, words), details_of(row, names, words)) for row in rows[:PAGE_SIZE]],
        before=rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None,
        people=[(each.person.public_id, each.person.name) for each in members],
        kinds=sorted(((each, say_kind(each, words)) for each in kinds), key=lambda pair: pair[1]),
        person=chosen.public_id if chosen else "",
        kind=kind or "",
        checked=bool(query["check"]),
        broken=broken,
    )
