"""Deleting a source or a clinic: first what goes and what stays, then its name, typed."""

from collections.abc import Callable

from flask import make_response, url_for
from werkzeug.wrappers import Response

from reviews.errors import StorageError
from reviews.i18n import N_
from reviews.logs import get_logger
from reviews.publish import remove_copies
from reviews.storage import GroupTransaction, clinics, removal
from reviews.storage.removal import Begun, Target
from reviews.web.dashboard.base import blueprint, reading, render
from reviews.web.dashboard.source_connection import give_back, gives_back
from reviews.web.forms import read_form, write_once
from reviews.web.state import get_group, get_visitor, get_words, state

log = get_logger("deleting")

NOT_THE_NAME = N_("This is not its name. Please type it as it stands above.")
Find = Callable[[GroupTransaction, str], Target]


@blueprint.get("/sources/<public_id>/delete")
def ask_delete_source(public_id: str) -> str:
    """What goes with a source, before it goes."""
    return _page(removal.find_source_target, public_id)


@blueprint.post("/sources/<public_id>/delete")
def delete_source(public_id: str) -> Response:
    """Delete a source whose name was typed."""
    return _delete(removal.find_source_target, public_id, "dashboard.sources")


@blueprint.get("/clinics/<public_id>/delete")
def ask_delete_clinic(public_id: str) -> str:
    """What goes with a clinic, before it goes."""
    return _page(removal.find_clinic_target, public_id)


@blueprint.post("/clinics/<public_id>/delete")
def delete_clinic(public_id: str) -> Response:
    """Delete a clinic whose name was typed."""
    return _delete(removal.find_clinic_target, public_id, "dashboard.clinics")


def _page(find: Find, public_id: str, faults: dict[str, str] | None = None, typed: str = "") -> str:
    with reading() as g:
        target = find(g, public_id)
        loss = removal.count_loss(g, target)
    endpoint = f"dashboard.{target.kind}"
    return render(
        "delete.html",
        "clinics" if target.is_clinic else "sources",
        target=target,
        loss=loss,
        back=url_for(endpoint, public_id=public_id),
        action=url_for(f"dashboard.delete_{target.kind}", public_id=public_id),
        gives_back=any(gives_back(each.kind) for each in loss.accounts),
        faults=faults or {},
        values={"name": typed},
    )


def _delete(find: Find, public_id: str, then: str) -> Response:
    form = read_form("name")
    with reading() as g:
        target = find(g, public_id)
        loss = removal.count_loss(g, target)
    if _plain(form["name"]) != _plain(target.name):
        faults = {"name": get_words().text(NOT_THE_NAME)}
        return make_response(_page(find, public_id, faults, form["name"]), 400)
    for account in loss.accounts:
        if account.state != "disconnected" and gives_back(account.kind):
            give_back(next(each for each in target.sources if each.connection_id == account.id), account)
    begun: list[Begun] = []

    def work(g: GroupTransaction) -> str:
        found = find(g, public_id)
        counted = removal.count_loss(g, found)
        begun.append(removal.delete(g, found, counted, state().clock(), person_id=get_visitor().person.id))
        return url_for(then, done="deleted" if counted.is_small else "deleting")

    answer = write_once(work)
    for done in begun:
        _show_no_more(done)
    return answer


def _show_no_more(begun: Begun) -> None:
    """Copies of what is gone go now; the other websites of the clinics concerned are made anew."""
    for slug in begun.slugs:
        remove_copies(state().settings.snapshot_dir, slug)
    with reading() as g:
        living = {each.id for each in clinics.find_clinics(g)}
    for clinic_id in sorted(living & set(begun.clinic_ids)):
        try:
            state().services.refresh(get_group().id, clinic_id)
        except StorageError as error:  # it is marked: the worker makes it anew
            log.warning("refresh_failed", clinic_id=clinic_id, error=error)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
