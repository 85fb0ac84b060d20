"""What a person says about a file: where its reviews go, whose terms bind them, and what its columns mean."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequest

from reviews.i18n import N_
from reviews.model import Clinic, Source
from reviews.publish.say import plain_name
from reviews.sources.cells import DATE_ORDERS, SCALES
from reviews.sources.columns import header_key
from reviews.storage import clinics, sources
from reviews.web.dashboard.base import choose_clinic, note, reading
from reviews.web.forms import Form
from reviews.web.services import unsaved_source
from reviews.web.state import get_words, open_group, state

if TYPE_CHECKING:
    from reviews.collect.looking import FileLook

KIND = "file_import"
TABLE_KIND = "csv_file"
MAX_NAMES = 60
TARGETS = {
    "rating": N_("Stars"),
    "text": N_("Text"),
    "title": N_("Title"),
    "author": N_("Author"),
    "date": N_("Date"),
    "external_id": N_("Number or id of the review"),
    "url": N_("Address of the review"),
    "language": N_("Language"),
    "reply": N_("Reply"),
    "reply_date": N_("Date of the reply"),
    "origin": N_("Platform"),
    "clinic": N_("Clinic"),
}
ORIGINS = {
    "first_party": N_("Collected by the clinic itself (form, survey, paper)"),
    "google_takeout": N_("Google, exported by the owner (Takeout)"),
    "google": N_("Google, through the business account"),
    "facebook": N_("Facebook"),
    "yelp": N_("Yelp"),
    "trustpilot": N_("Trustpilot"),
    "tripadvisor": N_("Tripadvisor"),
    "ratemds": N_("RateMDs or a similar directory"),
    "unknown": N_("I am not sure (only staff see its reviews)"),
}
LEAVE_OUT = "-"
FIELDS = (
    "clinic",
    "label",
    "origin",
    "date_order",
    "scale",
    "save_as",
    *(f"column_{target}" for target in TARGETS),
    *(f"route_{number}" for number in range(MAX_NAMES)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One source that a file goes into: its clinic, its name, its settings. `name` is the clinic's in the file."""

    clinic: Clinic
    label: str
    origin: str
    config: dict[str, Any]
    is_table: bool
    name: str = ""


def understand(form: Form, look: "FileLook") -> tuple[list[Plan], dict[str, str]]:
    """Where the file goes, as the person says; or what is missing, by field."""
    faults = _faults_of(form, look)
    routes = _routes_of(form, look, faults)
    if faults:
        return [], faults
    with reading() as g:
        places = [(name, choose_clinic(g, public_id)) for name, public_id in routes.items()]
    told = _settings_of(form, look)
    label = plain_name(form["label"])[:100]
    several = [place.id for _, place in places]
    plans = []
    for name, place in places:
        # A clinic that gets reviews of two names in the file keeps them in two sources.
        own = f"{label} – {name}"[:100] if several.count(place.id) > 1 else label
        config = told | ({"clinic" if look.table else "place": name} if name else {})
        plans.append(
            Plan(
                clinic=place,
                label=own,
                origin=form["origin"],
                config=config,
                is_table=look.kind == "table" and look.table is not None,
                name=name,
            )
        )
    return plans, {}


def _faults_of(form: Form, look: "FileLook") -> dict[str, str]:
    words = get_words()
    faults = {name: words.text(N_("This is needed.")) for name in ("label", "origin") if not plain_name(form[name])}
    if form["origin"] and form["origin"] not in ORIGINS:
        faults["origin"] = words.text(N_("This is needed."))
    for name, known in (("date_order", DATE_ORDERS), ("scale", SCALES)):
        if form[name] not in {"", *(key for key, _ in known)}:
            raise BadRequest("no such choice")
    if look.table is None:
        return faults
    mapping = _mapping_of(form)
    if any(column not in look.table.columns for column in mapping.values()):
        raise BadRequest("no such column")
    if "rating" not in mapping and "text" not in mapping:
        faults["column_rating"] = words.text(N_("Please say which column has the stars or the text."))
    twice = sorted({column for column in mapping.values() if list(mapping.values()).count(column) > 1})
    if twice:
        target = next(target for target, column in mapping.items() if column in twice)
        faults[f"column_{target}"] = words.text(N_("The column “{column}” is chosen twice."), column=twice[0])
    if "date_order" in look.table.asks and "date" in mapping and not form["date_order"]:
        faults["date_order"] = words.text(N_("Please say whether the day or the month comes first."))
    if "scale" in look.table.asks and "rating" in mapping and not form["scale"]:
        faults["scale"] = words.text(N_("Please say how high the ratings go."))
    return faults


def _routes_of(form: Form, look: "FileLook", faults: dict[str, str]) -> dict[str, str]:
    """Name in the file → public id of the clinic; one nameless route where the file is of one clinic."""
    words = get_words()
    is_routed = len(look.names) > 1 and (look.table is None or "clinic" in _mapping_of(form))
    if not is_routed:
        if not form["clinic"]:
            faults["clinic"] = words.text(N_("This is needed."))
        return {"": form["clinic"]}
    routes: dict[str, str] = {}
    for number, name in enumerate(look.names[:MAX_NAMES]):
        chosen = form[f"route_{number}"]
        if not chosen:
            faults[f"route_{number}"] = words.text(
                N_("Please choose a clinic for “{name}”, or leave it out."), name=name
            )
        elif chosen != LEAVE_OUT:
            routes[name] = chosen
    if not routes and not faults:
        faults["route_0"] = words.text(N_("Please choose a clinic for at least one of them."))
    return routes


def _mapping_of(form: Form) -> dict[str, str]:
    return {target: form[f"column_{target}"] for target in TARGETS if form[f"column_{target}"]}


def _settings_of(form: Form, look: "FileLook") -> dict[str, Any]:
    if look.table is None:
        return {}
    return {"mapping": _mapping_of(form)} | {name: form[name] for name in ("date_order", "scale") if form[name]}


def source_of(plan: Plan) -> Source:
    """The saved source that this file belongs to, with the new settings; an unsaved one where there is none yet."""
    saved = _find_saved(plan)
    return unsaved_source(
        plan.clinic,
        kind=saved.kind if saved else KIND,
        label=plan.label,
        url="",
        origin=plan.origin,
        config=plan.config,
        source_id=saved.id if saved else 0,
    )


def save_source(plan: Plan) -> Source:
    """The source, saved with what was said."""
    now, saved = state().clock(), _find_saved(plan)
    with state().storage.write() as tx:
        g = open_group(tx)
        if saved is not None:
            return sources.update_source(g, saved.id, now=now, config=plan.config, origin=plan.origin)
        added = sources.add_source(
            g, clinic_id=plan.clinic.id, kind=KIND, label=plan.label, url="", origin=plan.origin,
            config=plan.config, now=now,
        )  # fmt: skip
        note(g, "source.added", "source", added.public_id, {}, {"kind": KIND, "origin": plan.origin})
        return added


def _find_saved(plan: Plan) -> Source | None:
    kinds = (KIND, TABLE_KIND) if plan.is_table else (KIND,)
    with reading() as g:
        found = [sources.find_source(g, plan.clinic.id, kind, "", plan.label) for kind in kinds]
    return next((source for source in found if source is not None), None)


# ---------------------------------------------------------------- what is filled in already
def headers_of(look: "FileLook") -> str:
    """Tells files with the same columns again, whatever their order; "" for what has none."""
    if look.table is None:
        return ""
    keys = sorted(header_key(column) for column in look.table.columns if column)
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32]


def first_values(look: "FileLook", saved: Mapping[str, Any] | None) -> dict[str, str]:
    """The form as it is first shown: what was said about such a file before, else what the file says by itself."""
    with reading() as g:
        places = clinics.find_clinics(g)
    values = {"label": get_words().text(N_("Imported file")), "origin": look.origin}
    if len(places) == 1:
        values["clinic"] = places[0].public_id
    by_name = {place.name.casefold(): place.public_id for place in places}
    for number, name in enumerate(look.names[:MAX_NAMES]):
        values[f"route_{number}"] = by_name.get(name.casefold(), "")
    if look.table is not None:
        values |= {f"column_{target}": column for target, column in look.table.mapping.items()}
        values |= {"date_order": look.table.date_order, "scale": look.table.scale}
    if saved is None or look.table is None:
        return values
    known = {place.public_id for place in places}
    values |= {f"column_{target}": "" for target in TARGETS}
    values |= {f"column_{t}": column for t, column in saved["mapping"].items() if column in look.table.columns}
    values |= {name: saved[name] for name in ("date_order", "scale", "origin", "label") if saved.get(name)}
    routes = {name: chosen for name, chosen in saved.get("routes", {}).items() if chosen in (*known, LEAVE_OUT)}
    for number, name in enumerate(look.names[:MAX_NAMES]):
        values[f"route_{number}"] = routes.get(name, values[f"route_{number}"])
    if saved.get("clinic") in known:
        values["clinic"] = saved["clinic"]
    return values


def to_keep(form: Form, look: "FileLook") -> dict[str, Any]:
    """What is kept of a form as a mapping with a name."""
    return {
        **_settings_of(form, look),
        "origin": form["origin"],
        "label": form["label"],
        "clinic": form["clinic"],
        "routes": {name: form[f"route_{number}"] for number, name in enumerate(look.names[:MAX_NAMES])},
    }
