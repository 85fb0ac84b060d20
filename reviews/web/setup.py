"""The first person: a link that works once, a form, and then the way is closed for good."""

import re
import secrets
import unicodedata
import zoneinfo
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import Blueprint, make_response, redirect, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.config import Settings
from reviews.errors import Conflict
from reviews.i18n import N_
from reviews.model import Clinic
from reviews.publish.say import plain_name, web_origin
from reviews.storage import GroupTransaction, Storage, Transaction, audit, clinics, groups, people, widgets
from reviews.storage.groups import Group
from reviews.web import auth, passwords
from reviews.web.forms import Form, read_form
from reviews.web.pages import render
from reviews.web.security import hash_token
from reviews.web.state import get_words, state

blueprint = Blueprint("setup", __name__)

PURPOSE = "setup"
LIFETIME = timedelta(hours=1)
CLINIC_FIELDS = (
    "name", "street", "locality", "region", "postal_code", "country", "telephone", "website", "time_zone", "language",
    "jurisdiction",
)  # fmt: skip
NEEDED = N_("This is needed.")


def issue_link(storage: Storage, settings: Settings, now: datetime) -> str | None:
    """A one-time address that makes the first owner, good for one hour; None when there is an owner already."""
    token = secrets.token_urlsafe(32)
    with storage.write() as tx:
        if people.has_owner(tx):
            return None
        people.add_token(tx, purpose=PURPOSE, token_hash=hash_token(token), now=now, expires_at=now + LIFETIME)
    return f"{settings.base_url}/setup/{token}"


def _check_open(tx: Transaction, token: str) -> None:
    """Raises NotFound unless this link is good and nobody owns the installation yet."""
    if people.has_owner(tx) or not people.is_token_valid(tx, PURPOSE, hash_token(token), state().clock()):
        raise NotFound


@blueprint.get("/setup/<token>")
def first(token: str) -> str:
    """The set-up form."""
    with state().storage.read() as tx:
        _check_open(tx, token)
        demo = find_demo_group(tx)
    values = {"clinic_language": get_words().language}
    return _form(token, demo, values, (), {})


@blueprint.post("/setup/<token>")
def first_post(token: str) -> Response:
    """Make the first owner, and unless the demo is there, their group and clinic; the link is used up by it."""
    form = read_form("person", "email", "person_language", "group", *_prefixed(), many=["professions"],
                     verbatim=["password"])  # fmt: skip
    now = state().clock()
    with state().storage.read() as tx:
        _check_open(tx, token)
        demo = find_demo_group(tx)
    faults = _person_faults(form)
    if demo is None:
        faults |= {"group": NEEDED} if not plain_name(form["group"]) else {}
        faults |= {f"clinic_{name}": text for name, text in clinic_faults(clinic_values(form, "clinic_")).items()}
    if faults:
        return make_response(_form(token, demo, form.values, form.many.get("professions", ()), faults), 400)
    password_hash = passwords.hash_password(form["password"])
    with state().storage.write() as tx:
        if people.has_owner(tx) or not people.use_token(tx, PURPOSE, hash_token(token), now):
            raise NotFound
        people.end_tokens(tx, PURPOSE)
        session, target = _create(tx, form, demo, password_hash, now)
    answer = redirect(target, 303)
    auth.give_session(answer, session, form["email"].lower())
    return answer


def _create(tx: Transaction, form: Form, demo: Group | None, password_hash: str, now: datetime) -> tuple[str, str]:
    """Person, membership, and a clinic when there is no demo; returns the session's token and where to go next."""
    person = people.add_person(
        tx,
        email=form["email"].lower(),
        name=plain_name(form["person"]),
        password_hash=password_hash,
        language=form["person_language"],
        now=now,
        is_operator=True,
    )
    group = demo or groups.add_group(tx, name=plain_name(form["group"]), now=now)
    g = tx.group(group.id)
    people.add_membership(g, person_id=person.id, role="owner", now=now)
    audit.add_entry(
        g, now=now, person_id=person.id, action="person.added", object_kind="person", object_id=person.public_id,
        after={"role": "owner"},
    )  # fmt: skip
    session = auth.open_session(tx, person.id, group.id, now)
    if demo is not None:
        return session, url_for("dashboard.today", done="welcome")
    clinic = create_clinic(tx, g, clinic_values(form, "clinic_"), form.many.get("professions", ()), person.id, now)
    return session, url_for("dashboard.rule", public_id=clinic.public_id, first=1)


def _prefixed() -> list[str]:
    return [f"clinic_{name}" for name in CLINIC_FIELDS]


def _person_faults(form: Form) -> dict[str, str]:
    faults = {}
    if not plain_name(form["person"]) or len(form["person"]) > 200:
        faults["person"] = NEEDED
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}", form["email"]) or len(form["email"]) > 254:
        faults["email"] = N_("This is no e-mail address.")
    if form["person_language"] not in state().catalogue.by_language:
        faults["person_language"] = NEEDED
    personal = (form["person"], form["email"].partition("@")[0], form["clinic_name"], form["group"])
    if fault := passwords.find_fault(form["password"], personal):
        faults["password"] = fault
    return faults


def _form(
    token: str, demo: Group | None, values: dict[str, str], chosen: tuple[str, ...], faults: dict[str, str]
) -> str:
    words = get_words()
    return render(
        "auth/setup.html",
        token=token,
        demo=demo,
        values={"person_language": words.language, **values},
        chosen=chosen,
        faults={name: words.text(text) for name, text in faults.items()},
        languages=[(tag, w.locale.get_display_name(tag)) for tag, w in state().catalogue.by_language.items()],
        **clinic_choices(),
    )


def find_demo_group(tx: Transaction) -> Group | None:
    """The group of the demo, which its first owner joins instead of making a clinic."""
    return next((group for group in groups.find_groups(tx) if group.is_demo), None)


# ---------------------------------------------------------------- clinics, here and on the page of clinics
def clinic_values(form: Form, prefix: str = "") -> dict[str, str]:
    """The fields of a clinic in a form."""
    return {name: plain_name(form[prefix + name]) for name in CLINIC_FIELDS}


def clinic_faults(values: dict[str, str]) -> dict[str, str]:
    """What is wrong with a clinic's fields, as message ids by field."""
    faults = {}
    if not values["name"]:
        faults["name"] = NEEDED
    longest = {name: 500 if name == "website" else 200 for name in values}
    faults |= {name: N_("This is too long.") for name, text in values.items() if len(text) > longest[name]}
    if values["website"] and web_origin(values["website"]) is None:
        faults["website"] = N_("This is no address of a website. It begins with https://")
    if values["country"] and not re.fullmatch(r"[A-Z]{2}", values["country"]):
        faults["country"] = N_("Two capital letters, such as CA.")
    if values["time_zone"] not in time_zones():
        faults["time_zone"] = NEEDED
    if values["language"] not in state().catalogue.by_language:
        faults["language"] = NEEDED
    if values["jurisdiction"] not in {key for key, _ in state().book.jurisdictions()}:
        faults["jurisdiction"] = NEEDED
    return faults


def known_professions(chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The chosen professions that the rule book knows, in its order."""
    return tuple(key for key, _ in state().book.professions() if key in chosen)


def create_clinic(
    tx: Transaction,
    g: GroupTransaction,
    values: dict[str, str],
    professions: tuple[str, ...],
    person_id: int,
    now: datetime,
) -> Clinic:
    """A clinic and its widget, which has the clinic's slug or, where that is taken, one like it."""
    slug = free_slug(tx, g, values["name"])
    fields: dict[str, Any] = {**values, "professions": known_professions(professions)}
    clinic = clinics.add_clinic(g, slug=slug, now=now, **fields)
    widgets.add_widget(g, slug=slug, now=now, clinic_ids=[clinic.id], language=values["language"])
    clinics.mark_stale(g, clinic.id, now)
    audit.add_entry(
        g, now=now, person_id=person_id, action="clinic.added", object_kind="clinic", object_id=clinic.public_id,
        after={"slug": slug},
    )  # fmt: skip
    return clinic


def free_slug(tx: Transaction, g: GroupTransaction, name: str) -> str:
    """An address part made of the clinic's name that no clinic of the group and no widget anywhere has."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-") or "clinic"
    for suffix in ("", "-2", "-3", "-4", "-5", f"-{secrets.token_hex(4)}"):
        slug = base + suffix
        if clinics.find_clinic_by_slug(g, slug) is None and widgets.is_free(tx, slug):
            return slug
    raise Conflict(f"no free slug for {base}")


@cache
def time_zones() -> tuple[str, ...]:
    """Zones by region and city, and UTC."""
    regions = {"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
    return ("UTC", *sorted(zone for zone in zoneinfo.available_timezones() if zone.partition("/")[0] in regions))


def clinic_choices() -> dict[str, Any]:
    """What a clinic's form offers, in the reader's words."""
    words = get_words()
    return {
        "zones": [(zone, zone.replace("_", " ")) for zone in time_zones()],
        "clinic_languages": [(tag, words.locale.languages.get(tag, tag)) for tag in state().catalogue.by_language],
        "jurisdictions": sorted(
            ((key, words.text(name)) for key, name in state().book.jurisdictions()), key=lambda pair: pair[1]
        ),
        "professions": sorted(
            ((key, words.text(name)) for key, name in state().book.professions()), key=lambda pair: pair[1]
        ),
    }
