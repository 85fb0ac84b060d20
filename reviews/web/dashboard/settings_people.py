"""The people of the group: who may do what, for which clinics; invitations; what everybody needs to log in."""

import re
from datetime import datetime, timedelta

from flask import make_response, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.alerts.invitations import make_token
from reviews.errors import Conflict
from reviews.i18n import LANGUAGES, N_
from reviews.storage import GroupTransaction, clinics, deliveries, groups, invitations, people, second_factors
from reviews.storage.people import Member
from reviews.web.auth import IDLE
from reviews.web.dashboard.base import blueprint, note, reading, render
from reviews.web.forms import Form, read_form, write_once
from reviews.web.policy import GROUP_ROLES, ROLE_NAMES
from reviews.web.state import get_group, get_visitor, get_words, state

LIFETIME = timedelta(days=7)
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")
ROLE_HINTS = {
    "mail_only": N_("gets mails, does not log in"),
    "viewer": N_("sees reviews, figures, reports"),
    "editor": N_("tags, notes, drafts replies, edits widgets"),
    "manager": N_("also sources, imports, alerts, posting replies"),
    "owner": N_("also people, keys, retention, erasure"),
}
NEEDS_CLINIC = N_("Choose at least one clinic.")


@blueprint.get("/settings/people", endpoint="people")
def all_people() -> str:
    """Everybody of the group, and who is invited."""
    return _page({}, {}, ())


def _page(values: dict[str, str], faults: dict[str, str], chosen: tuple[str, ...]) -> str:
    now, words = state().clock(), get_words()
    with reading() as g:
        members = people.find_members(g)
        waiting = invitations.find_open(g)
        places = clinics.find_clinics(g)
        last_used = {m.person.id: _last_used(g, m, now) for m in members}
    names = {place.public_id: place.name for place in places}
    has_mail, keys = bool(state().settings.smtp_host), state().settings.secret_keys
    return render(
        "people.html",
        "settings",
        members=members,
        last_used=last_used,
        waiting=[
            (each, each.expires_at <= now, "" if has_mail or not keys else _link(each.public_id)) for each in waiting
        ],
        names=names,
        places=[(place.public_id, place.name) for place in places],
        role_names={role: words.text(name) for role, name in ROLE_NAMES.items()},
        roles=role_choices(),
        languages=[(tag, state().catalogue.words(tag).locale.get_display_name(tag)) for tag in LANGUAGES],
        values={"role": "viewer", "scope": "all", "language": words.language, **values},
        chosen=chosen,
        faults={name: words.text(text) for name, text in faults.items()},
        has_mail=has_mail,
        is_required=get_group().requires_second_factor,
    )


def role_choices() -> list[tuple[str, str]]:
    """The roles with what each may do, in the reader's words."""
    words = get_words()
    return [(role, f"{words.text(ROLE_NAMES[role])}: {words.text(ROLE_HINTS[role])}") for role in GROUP_ROLES]


def _last_used(g: GroupTransaction, member: Member, now: datetime) -> datetime | None:
    live = [each for each in people.find_sessions(g.tx, member.person.id) if each.last_used_at + IDLE > now]
    return live[0].last_used_at if live else None


def _link(public_id: str) -> str:
    token = make_token(public_id, state().settings.secret_keys)
    return f"{state().settings.base_url}/invitation/{token}"


def _read_scope(g: GroupTransaction, form: Form) -> tuple[list[str] | None, str]:
    """The public ids of the chosen clinics, None for all; and what is wrong with the choice. Foreign ids raise 404."""
    if form["scope"] != "some":
        return None, ""
    chosen = list(form.many.get("clinics", ()))
    if set(chosen) - {place.public_id for place in clinics.find_clinics(g)}:
        raise NotFound
    return chosen, "" if chosen else NEEDS_CLINIC


@blueprint.post("/settings/people/invite")
def invite() -> Response:
    """Ask somebody into the group; the mail goes out with the next round of the worker."""
    form = read_form("email", "role", "scope", "language", many=["clinics"])
    faults = {}
    if not EMAIL.fullmatch(form["email"]) or len(form["email"]) > 254:
        faults["email"] = N_("This is no e-mail address.")
    if form["role"] not in GROUP_ROLES or form["language"] not in LANGUAGES:
        raise NotFound
    with reading() as g:
        chosen, fault = _read_scope(g, form)
        if any(member.person.email == people.normalize_email(form["email"]) for member in people.find_members(g)):
            faults["email"] = N_("This person belongs to the group already.")
    if fault:
        faults["clinics"] = fault
    if form["role"] == "owner" and chosen is not None:
        faults["clinics"] = people.OWNER_SEES_ALL
    if faults:
        return make_response(_page(form.values, faults, form.many.get("clinics", ())), 400)

    def work(g: GroupTransaction) -> str:
        now = state().clock()
        for earlier in invitations.find_open(g, email=form["email"]):
            invitations.withdraw(g, earlier.public_id, now)
        added = invitations.add_invitation(
            g, email=form["email"], role=form["role"], clinics=chosen, language=form["language"],
            person_id=get_visitor().person.id, now=now, expires_at=now + LIFETIME,
        )  # fmt: skip
        deliveries.add_delivery(
            g,
            group_public_id=groups.get_group(g.tx, g.group_id).public_id,
            cause=f"invitation:{added.public_id}",
            kind="invitation",
            recipient=f"invitation:{added.public_id}",
            person_id=None,
            channel_id=None,
            payload={"invitation": added.public_id},
            due_at=now,
            now=now,
        )
        note(g, "person.invited", "invitation", added.public_id, {}, {"role": form["role"], "clinics": chosen or "all"})
        return url_for("dashboard.people", done="invited" if state().settings.smtp_host else "invited-by-link")

    return write_once(work)


@blueprint.post("/settings/invitations/<public_id>/withdraw")
def withdraw_invitation(public_id: str) -> Response:
    """Take an invitation back; its link leads nowhere from now on."""
    read_form()

    def work(g: GroupTransaction) -> str:
        invitations.withdraw(g, public_id, state().clock())
        note(g, "invitation.withdrawn", "invitation", public_id)
        return url_for("dashboard.people", done="withdrawn")

    return write_once(work)


@blueprint.get("/settings/people/<public_id>")
def person(public_id: str) -> str:
    """One person: role, clinics, and the way out of the group."""
    with reading() as g:
        member = people.get_member_by_public_id(g, public_id)
    return _person_page(member, {"role": member.role, "scope": "all" if member.clinics is None else "some"},
                        tuple(member.clinics or ()), {})  # fmt: skip


def _person_page(member: Member, values: dict[str, str], chosen: tuple[str, ...], faults: dict[str, str]) -> str:
    words = get_words()
    with reading() as g:
        places = clinics.find_clinics(g)
    return render(
        "person.html",
        "settings",
        member=member,
        is_me=member.person.id == get_visitor().person.id,
        values=values,
        chosen=chosen,
        faults={name: words.text(text) for name, text in faults.items()},
        roles=role_choices(),
        places=[(place.public_id, place.name) for place in places],
    )


@blueprint.post("/settings/people/<public_id>")
def save_person(public_id: str) -> Response:
    """Another role, other clinics; the person's sessions end, since they were opened with the old ones."""
    form = read_form("role", "scope", many=["clinics"])
    if form["role"] not in GROUP_ROLES:
        raise NotFound
    with reading() as g:
        member = people.get_member_by_public_id(g, public_id)
        chosen, fault = _read_scope(g, form)
        ids = None if chosen is None else [each.id for each in clinics.find_clinics(g) if each.public_id in chosen]
    if fault:
        again = _person_page(member, form.values, form.many.get("clinics", ()), {"clinics": fault})
        return make_response(again, 400)

    def work(g: GroupTransaction) -> str:
        before = people.get_member_by_public_id(g, public_id)
        people.add_membership(g, person_id=before.person.id, role=form["role"], now=state().clock(), clinic_ids=ids)
        _end_sessions(g, before)
        note(
            g, "person.changed", "person", public_id,
            {"role": before.role, "clinics": sorted(before.clinics) if before.clinics is not None else "all"},
            {"role": form["role"], "clinics": sorted(chosen) if chosen is not None else "all"},
        )  # fmt: skip
        return url_for("dashboard.people", done="saved")

    try:
        return write_once(work)
    except Conflict as error:
        field = "clinics" if error.hint == people.OWNER_SEES_ALL else "role"
        again = _person_page(member, form.values, form.many.get("clinics", ()), {field: error.hint})
        return make_response(again, 409)


@blueprint.post("/settings/people/<public_id>/remove")
def remove_person(public_id: str) -> Response:
    """Put a person out of the group; sessions and alerts go with the membership, what they did stays in the trail."""
    read_form()

    def work(g: GroupTransaction) -> str:
        member = people.get_member_by_public_id(g, public_id)
        people.remove_membership(g, member.person.id)
        _end_sessions(g, member)
        note(g, "person.removed", "person", public_id, {"role": member.role})
        return url_for("dashboard.people", done="removed") if member.person.id != get_visitor().person.id else "/"

    return write_once(work)


@blueprint.post("/settings/people/<public_id>/end-sessions")
def end_person_sessions(public_id: str) -> Response:
    """Log a person out everywhere."""
    read_form()

    def work(g: GroupTransaction) -> str:
        member = people.get_member_by_public_id(g, public_id)
        _end_sessions(g, member)
        note(g, "person.logged_out", "person", public_id)
        return url_for("dashboard.person", public_id=public_id, done="sessions-ended")

    return write_once(work)


def _end_sessions(g: GroupTransaction, member: Member) -> None:
    visitor = get_visitor()
    keep = visitor.session_id if member.person.id == visitor.person.id else None
    people.end_sessions_of(g.tx, member.person.id, keep=keep)


@blueprint.post("/settings/second-factor-rule")
def require_second_factor() -> Response:
    """Whether everybody of the group needs a second factor; who has none is led to it at the next page."""
    form = read_form("required")

    def work(g: GroupTransaction) -> str:
        required = form["required"] == "yes"
        second_factors.require(g, required)
        group = groups.get_group(g.tx, g.group_id)
        note(g, "group.second_factor", "group", group.public_id, {}, {"required": required})
        return url_for("dashboard.people", done="saved")

    return write_once(work)
