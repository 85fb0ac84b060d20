"""What the pages of the staff side share."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint
from werkzeug.exceptions import NotFound

from reviews.i18n import N_
from reviews.model import Clinic
from reviews.rules import AdvertisingRow
from reviews.storage import GroupTransaction, audit, clinics
from reviews.web.health import is_worker_well, worker_age_seconds
from reviews.web.pages import render as render_page
from reviews.web.state import get_visitor, get_words, open_group, state

blueprint = Blueprint("dashboard", __name__)

HIDE_REASONS = {
    "privacy": N_("Privacy: it names somebody or says something private"),
    "abuse": N_("Abuse: insults, threats, hate"),
    "off_topic": N_("Off topic: it is not about the clinic"),
    "wrong_clinic": N_("Wrong clinic: it means another place"),
    "legal": N_("Legal: a court or an authority asks for it"),
    "author_asked": N_("The author asked for it"),
    "duplicate": N_("Duplicate: the same review stands here twice"),
}
LABELS = {"positive": N_("reads positive"), "neutral": N_("reads neutral"), "negative": N_("reads negative")}
PRESENCES = {
    "visible": N_("visible at the source"),
    "changed": N_("changed at the source"),
    "missing": N_("missing at the source"),
    "returned": N_("returned to the source"),
    "withdrawn": N_("withdrawn"),
}
PUBLICATIONS = {
    "listed": N_("may be shown"),
    "featured": N_("chosen for the website"),
    "hidden": N_("hidden from the website"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A short word in a coloured box; `tone` is good, warn, bad, new or empty. In lists it goes with its `column`."""

    text: str
    tone: str = ""
    title: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A clinic whose quotes are off because nobody has confirmed its rule."""

    clinic: Clinic
    reason: str


@contextmanager
def reading() -> Iterator[GroupTransaction]:
    """A reading transaction of the visitor's group."""
    with state().storage.read() as tx:
        yield open_group(tx)


def render(template: str, section: str, **values: object) -> str:
    """A page of the staff side, with the line about rules where quotes are off for want of a confirmation."""
    with reading() as g:
        places = clinics.find_clinics(g)
        lines = rule_lines(g, places)
        age = worker_age_seconds(g.tx, state().clock())
    is_silent = age is not None and not is_worker_well(age)
    return render_page(
        f"dashboard/{template}", section=section, rule_lines=lines, worker_is_silent=is_silent,
        storage_trouble=state().storage.trouble, has_clinic=bool(places), **values,
    )  # fmt: skip


def rule_lines(g: GroupTransaction, places: Sequence[Clinic]) -> list[RuleLine]:
    """Clinics whose rule would allow quotes once somebody has confirmed it, or has not been asked for at all."""
    confirmed = confirmed_pairs(g)
    found = []
    for clinic in places:
        if not clinic.jurisdiction or not clinic.professions:
            found.append(RuleLine(clinic=clinic, reason="unknown"))
        elif not row_of(clinic, confirmed).is_set_up and row_of(clinic, None).quotes != "none":
            found.append(RuleLine(clinic=clinic, reason="unconfirmed"))
    return found


def confirmed_pairs(g: GroupTransaction) -> set[tuple[str, str]]:
    """(jurisdiction, profession) of the rules that the group has confirmed as they stand today."""
    return state().book.still_confirmed(clinics.find_confirmations(g))


def row_of(clinic: Clinic, confirmed: set[tuple[str, str]] | None) -> AdvertisingRow:
    """The rule that binds a clinic; with None as if all of it were confirmed."""
    if confirmed is None:
        confirmed = {(clinic.jurisdiction, profession) for profession in clinic.professions}
    return state().book.row(clinic.jurisdiction, clinic.professions, confirmed)


def note(
    g: GroupTransaction,
    action: str,
    kind: str,
    public_id: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """One line of the audit trail for what the visitor does."""
    audit.add_entry(
        g,
        now=state().clock(),
        person_id=get_visitor().person.id,
        action=action,
        object_kind=kind,
        object_id=public_id,
        before=dict(before or {}),
        after=dict(after or {}),
    )


def zone_of(clinic: Clinic) -> tzinfo:
    """The clinic's time zone; UTC when it is none."""
    try:
        return ZoneInfo(clinic.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def choose_clinic(g: GroupTransaction, public_id: str) -> Clinic:
    """The group's clinic with this public id; raises NotFound (404)."""
    found = next((clinic for clinic in clinics.find_clinics(g) if clinic.public_id == public_id), None)
    if found is None:
        raise NotFound
    return found


def choices(table: Mapping[str, str]) -> list[tuple[str, str]]:
    """A table of message ids as choices in the reader's words."""
    return [(key, get_words().text(text)) for key, text in table.items()]
