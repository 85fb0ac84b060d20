"""The operator's pages: the groups of the installation, and joining one. No review is shown here, nor any figure."""

import sys
from dataclasses import asdict

from flask import Blueprint, jsonify, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews import __version__
from reviews.checkup import examine_with
from reviews.i18n import N_
from reviews.publish.say import plain_name
from reviews.storage import Transaction, audit, deliveries, groups, machine, people, rotation, workers
from reviews.storage.groups import Group
from reviews.web.forms import read_form, write_person_once
from reviews.web.pages import render
from reviews.web.policy import GROUP_ROLES, ROLE_NAMES
from reviews.web.state import get_visitor, get_words, state

blueprint = Blueprint("system", __name__)


LEVELS = {"ok": N_("ok"), "warning": N_("warning"), "problem": N_("problem")}
COUNTED = {
    "groups": N_("Groups"), "people": N_("People"), "clinics": N_("Clinics"), "reviews": N_("Reviews"),
    "runs": N_("Runs"),
}  # fmt: skip


@blueprint.get("/system")
def page() -> str:
    """The machine: what the doctor finds, how large it is, what waits, who works, which backups there are."""
    now, storage, words = state().clock(), state().storage, get_words()
    with storage.read() as tx:
        queue, counts, applied = machine.read_queue(tx, now), machine.count_rows(tx), machine.find_applied(tx)
        signs = workers.find_workers(tx)
    return render(
        "system/page.html",
        section="system",
        findings=list(examine_with(state().settings, storage)),
        levels={key: words.text(text) for key, text in LEVELS.items()},
        kinds={key: words.text(text) for key, text in COUNTED.items()},
        dialect=storage.dialect,
        size=machine.measure_bytes(storage),
        queue=queue,
        counts=counts,
        applied=applied,
        workers=signs,
        backups=rotation.find_backups(state().settings.backup_dir),
    )


@blueprint.get("/system/diagnostics.json")
def diagnostics() -> Response:
    """The same as a file for who helps from outside: no names, no addresses, no review, no secret, no host."""
    now, storage = state().clock(), state().storage
    with storage.read() as tx:
        queue, counts, applied = machine.read_queue(tx, now), machine.count_rows(tx), machine.find_applied(tx)
        ages = [int((now - sign.beat_at).total_seconds()) for sign in workers.find_workers(tx)]
        waiting = {each.state: each.count for each in deliveries.count_states(tx)}
    settings = state().settings
    answer = jsonify(
        version=__version__,
        python=sys.version.split()[0],
        dialect=storage.dialect,
        database_bytes=machine.measure_bytes(storage),
        migrations=[{"version": each.version, "name": each.name, "at": each.at.isoformat()} for each in applied],
        counts=counts,
        queue=asdict(queue),
        messages=waiting,
        worker_beat_ages_seconds=ages,
        backups=[
            {"at": each.made_at.isoformat(), "bytes": each.size} for each in rotation.find_backups(settings.backup_dir)
        ],
        levels=[each.level for each in examine_with(settings, storage)],
        settings={
            "is_https": settings.is_https, "has_mail": bool(settings.smtp_host), "demo": settings.demo,
            "trusted_hops": settings.trusted_hops, "worker_threads": settings.worker_threads,
            "web_processes": settings.web_processes, "web_threads": settings.web_threads,
            "daily_backups": settings.daily_backups, "secret_keys": len(settings.secret_keys),
        },
    )  # fmt: skip
    answer.headers["Content-Disposition"] = 'attachment; filename="clinic-reviews-diagnostics.json"'
    return answer


@blueprint.get("/system/groups")
def all_groups() -> str:
    """Every group with how many people it has; the operator belongs to those that they have joined."""
    with state().storage.read() as tx:
        rows = [(group, len(people.find_members(tx.group(group.id)))) for group in groups.find_groups(tx)]
        mine = {each.group_id: each.role for each in people.find_memberships(tx, get_visitor().person.id)}
    words = get_words()
    return render(
        "system/groups.html",
        section="system",
        rows=[(group, count, mine.get(group.id)) for group, count in rows],
        role_names={role: words.text(name) for role, name in ROLE_NAMES.items()},
        roles=[(role, words.text(ROLE_NAMES[role])) for role in GROUP_ROLES if role != "mail_only"],
    )


@blueprint.post("/system/groups")
def add_group() -> Response:
    """A new group, without people: they are invited once somebody has joined it."""
    form = read_form("name")
    name = plain_name(form["name"])

    def work(tx: Transaction) -> str:
        if not name:
            return url_for("system.all_groups")
        group = groups.add_group(tx, name=name, now=state().clock())
        _note(tx, group, "group.added", {})
        return url_for("system.all_groups", done="saved")

    return write_person_once(work)


@blueprint.post("/system/groups/<public_id>/join")
def join(public_id: str) -> Response:
    """Belong to a group with a role; its audit trail says so."""
    form = read_form("role")
    if form["role"] not in GROUP_ROLES:
        raise NotFound

    def work(tx: Transaction) -> str:
        group = _group(tx, public_id)
        me = get_visitor().person.id
        people.add_membership(tx.group(group.id), person_id=me, role=form["role"], now=state().clock())
        people.set_session_group(tx, get_visitor().session_id, group.id)
        _note(tx, group, "operator.joined", {"role": form["role"]})
        return url_for("system.all_groups", done="joined")

    return write_person_once(work)


@blueprint.post("/system/groups/<public_id>/leave")
def leave(public_id: str) -> Response:
    """Belong to a group no more; refused to its last owner."""
    read_form()

    def work(tx: Transaction) -> str:
        group = _group(tx, public_id)
        people.remove_membership(tx.group(group.id), get_visitor().person.id)
        _note(tx, group, "operator.left", {})
        return url_for("system.all_groups", done="left")

    return write_person_once(work)


def _group(tx: Transaction, public_id: str) -> Group:
    group = groups.find_group_by_public_id(tx, public_id)
    if group is None:
        raise NotFound
    return group


def _note(tx: Transaction, group: Group, action: str, after: dict[str, str]) -> None:
    person = get_visitor().person
    audit.add_entry(
        tx.group(group.id), now=state().clock(), person_id=person.id, action=action, object_kind="person",
        object_id=person.public_id, after=after,
    )  # fmt: skip
