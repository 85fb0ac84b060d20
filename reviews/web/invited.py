"""Taking up an invitation: the link works once, for the address that it was sent to."""

from datetime import datetime

from flask import make_response, redirect, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.alerts.invitations import read_token
from reviews.i18n import LANGUAGES, N_
from reviews.publish.say import plain_name
from reviews.storage import Transaction, audit, clinics, groups, invitations, people
from reviews.storage.groups import Group
from reviews.storage.invitations import Invitation
from reviews.storage.people import Person
from reviews.web import passwords
from reviews.web.auth import blueprint, give_session, open_session
from reviews.web.forms import Form, read_form
from reviews.web.pages import render
from reviews.web.policy import ROLE_NAMES
from reviews.web.state import find_visitor, get_words, state

NEEDED = N_("This is needed.")


def _open(tx: Transaction, token: str, now: datetime) -> tuple[Invitation, Group, Person | None]:
    """The invitation of a link with its group, and the person if there is one with this address; raises NotFound."""
    public_id = read_token(token, state().settings.secret_keys)
    found = invitations.find_invitation(tx, public_id, now) if public_id else None
    if found is None:
        raise NotFound
    return found, groups.get_group(tx, found.group_id), people.find_person_by_email(tx, found.email)


@blueprint.get("/invitation/<token>")
def invitation(token: str) -> str:
    """What one is invited to; a form for who is new here, a button for who is logged in, else the way to the login."""
    return _page(token, {}, {})


def _page(token: str, values: dict[str, str], faults: dict[str, str]) -> str:
    with state().storage.read() as tx:
        found, group, person = _open(tx, token, state().clock())
    words = get_words()
    visitor = find_visitor()
    return render(
        "auth/invitation.html",
        token=token,
        invitation=found,
        group=group,
        role=words.text(ROLE_NAMES[found.role]),
        is_known=person is not None,
        is_me=visitor is not None and person is not None and visitor.person.id == person.id,
        needs_password=found.role != "mail_only",
        values={"language": found.language, **values},
        faults={name: words.text(text) for name, text in faults.items()},
        languages=[(tag, w.locale.get_display_name(tag)) for tag, w in state().catalogue.by_language.items()],
    )


@blueprint.post("/invitation/<token>")
def take_up_invitation(token: str) -> Response:
    """Belong to the group from now on; the link is used up by it."""
    form = read_form("name", "language", verbatim=["password"])
    now = state().clock()
    with state().storage.read() as tx:
        found, group, person = _open(tx, token, now)
    if person is not None:
        visitor = find_visitor()
        if visitor is None or visitor.person.id != person.id:
            return redirect(url_for("auth.login", next=url_for("auth.invitation", token=token)), 303)
    elif faults := _faults(form, found, group):
        return make_response(_page(token, form.values, faults), 400)
    has_login = found.role != "mail_only"
    password_hash = passwords.hash_password(form["password"]) if person is None and has_login else ""
    with state().storage.write() as tx:
        found, group, person = _open(tx, token, now)
        if not invitations.use(tx, found.public_id, now):
            raise NotFound
        is_new = person is None
        if person is None:
            person = people.add_person(
                tx, email=found.email, name=plain_name(form["name"]), password_hash=password_hash,
                language=form["language"], now=now,
            )  # fmt: skip
        _join(tx, found, person, now)
        session = open_session(tx, person.id, group.id, now) if is_new and has_login else None
    answer = redirect("/" if has_login else url_for("auth.invited"), 303)
    if session:
        give_session(answer, session, person.email)
    return answer


@blueprint.get("/invited")
def invited() -> str:
    """What is said to somebody who gets mail and does not log in."""
    words = get_words()
    return render(
        "auth/notice.html",
        heading=words.text(N_("Thank you")),
        text=words.text(N_("You get the mails of this group from now on. Each has a link that ends them.")),
        more=[],
        reference="",
        way_back=None,
    )


def _join(tx: Transaction, found: Invitation, person: Person, now: datetime) -> None:
    g = tx.group(found.group_id)
    ids = None
    if found.clinics is not None:
        ids = [each.id for each in clinics.find_clinics(g) if each.public_id in found.clinics]
    people.add_membership(g, person_id=person.id, role=found.role, now=now, clinic_ids=ids)
    audit.add_entry(
        g, now=now, person_id=person.id, action="person.joined", object_kind="person", object_id=person.public_id,
        after={"role": found.role, "invitation": found.public_id},
    )  # fmt: skip


def _faults(form: Form, found: Invitation, group: Group) -> dict[str, str]:
    faults = {}
    if not plain_name(form["name"]) or len(form["name"]) > 200:
        faults["name"] = NEEDED
    if form["language"] not in LANGUAGES:
        faults["language"] = NEEDED
    personal = (form["name"], found.email.partition("@")[0], group.name)
    if found.role != "mail_only" and (fault := passwords.find_fault(form["password"], personal)):
        faults["password"] = fault
    return faults
