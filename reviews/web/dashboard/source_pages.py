"""Sources: how each is doing in plain words, its runs, and what a person may do about it."""

from datetime import timedelta

from flask import url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from reviews.sources.base import BY_HAND, FILE_KINDS
from reviews.storage import GroupTransaction, clinics, connections, runs, sources, undo
from reviews.web.dashboard.base import blueprint, note, reading, render, zone_of
from reviews.web.dashboard.source_views import find_views, interval_choices, least_minutes, view_of
from reviews.web.dashboard.terms_words import terms_lines
from reviews.web.forms import read_form, read_query, write_once
from reviews.web.inbound import push_address
from reviews.web.state import get_words, state

RUNS = 20


@blueprint.get("/sources", endpoint="sources")
def sources_() -> str:
    """All sources, with their health."""
    with reading() as g:
        views = find_views(g, state().clock())
    return render("sources.html", "sources", views=views)


@blueprint.get("/sources/<public_id>")
def source(public_id: str) -> str:
    """One source with its run log."""
    form = read_query("before")
    with reading() as g:
        found = sources.get_source_by_public_id(g, public_id)
        clinic = clinics.get_clinic(g, found.clinic_id)
        view = view_of(g, found, clinic, state().clock())
        before = runs.get_run_by_public_id(g, form["before"]).id if form["before"] else None
        connection = None if found.connection_id is None else connections.get_connection(g, found.connection_id)
        log = runs.find_runs(g, found.id, RUNS + 1, before)
    return render(
        "source.html",
        "sources",
        view=view,
        connection=connection,
        push=push_address(connection) if connection else "",
        intervals=interval_choices(found),
        checked_on=state().book.terms(found.origin).checked_on,
        is_doubted="“This is right”" in found.hint,
        log=log[:RUNS],
        older=log[RUNS - 1].public_id if len(log) > RUNS else None,
        terms=terms_lines(state().book.terms(found.origin), get_words()),
    )


@blueprint.get("/runs/<public_id>")
@blueprint.get("/imports/<public_id>")
def run(public_id: str) -> str:
    """One run, or one import of a file, with what could not be read."""
    with reading() as g:
        found = runs.get_run_by_public_id(g, public_id)
        of = sources.get_source(g, found.source_id)
        clinic = clinics.get_clinic(g, of.clinic_id)
        view = view_of(g, of, clinic, state().clock())
    return render("run.html", "sources", run=found, source=of, zone=zone_of(clinic), view=view)


@blueprint.post("/sources/<public_id>/run")
def run_now(public_id: str) -> Response:
    """Ask the collector to read this source next."""
    read_form()

    def work(g: GroupTransaction) -> str:
        found = sources.get_source_by_public_id(g, public_id)
        asked = sources.request_run(g, found.id, state().clock())
        note(g, "source.run_asked", "source", public_id)
        return url_for("dashboard.source", public_id=public_id, done="asked" if asked else "not-running")

    return write_once(work)


@blueprint.post("/sources/<public_id>/accept")
def accept_source(public_id: str) -> Response:
    """A person says that what the collector doubted is right: the next reading is taken as it comes."""
    read_form()

    def work(g: GroupTransaction) -> str:
        now = state().clock()
        found = sources.get_source_by_public_id(g, public_id)
        sources.update_source(g, found.id, now=now, expectations={**found.expectations, "accepted": True})
        sources.request_run(g, found.id, now)
        note(g, "source.accepted", "source", public_id, {"expectations": dict(found.expectations)})
        return url_for("dashboard.source", public_id=public_id, done="asked")

    return write_once(work)


@blueprint.post("/sources/<public_id>/pause")
def pause_source(public_id: str) -> Response:
    """Stop reading this source; its figures stay."""
    read_form()
    return _set_state(public_id, "paused", "paused")


@blueprint.post("/sources/<public_id>/resume")
def resume_source(public_id: str) -> Response:
    """Read this source again, now."""
    read_form()
    return _set_state(public_id, "active", "resumed")


@blueprint.post("/sources/<public_id>/interval")
def schedule_source(public_id: str) -> Response:
    """How often this source is read: as often as its platform allows, or less."""
    asked = read_form("interval")["interval"]

    def work(g: GroupTransaction) -> str:
        now = state().clock()
        found = sources.get_source_by_public_id(g, public_id)
        if asked and asked not in [value for value, _ in interval_choices(found)]:
            raise BadRequest("no such interval")
        minutes = int(asked) if asked else None
        latest = now + timedelta(minutes=minutes or least_minutes(found) or 0)
        is_late = found.state == "active" and found.next_due_at is not None and found.next_due_at > latest
        sources.update_source(
            g, found.id, now=now, interval_minutes=minutes, next_due_at=latest if is_late else found.next_due_at
        )
        before, after = {"interval_minutes": found.interval_minutes}, {"interval_minutes": minutes}
        note(g, "source.scheduled", "source", public_id, before, after)
        return url_for("dashboard.source", public_id=public_id, done="scheduled")

    return write_once(work)


def _set_state(public_id: str, wanted: str, done: str) -> Response:
    def work(g: GroupTransaction) -> str:
        now = state().clock()
        found = sources.get_source_by_public_id(g, public_id)
        due = {"next_due_at": now} if wanted == "active" and found.kind not in (*FILE_KINDS, BY_HAND) else {}
        sources.update_source(g, found.id, now=now, state=wanted, **due)
        note(g, f"source.{done}", "source", public_id, {"state": found.state}, {"state": wanted})
        return url_for("dashboard.source", public_id=public_id, done=done)

    return write_once(work)


@blueprint.post("/imports/<public_id>/undo")
def undo_import(public_id: str) -> Response:
    """Take an import back: what it brought goes, what it changed is as before."""
    read_form()

    def work(g: GroupTransaction) -> str:
        now = state().clock()
        found = runs.get_run_by_public_id(g, public_id)
        if found.trigger != "import":
            raise NotFound
        if found.finished_at is None:
            raise BadRequest("the import is going on")
        undo.undo_run(g, found.id, now)
        clinics.mark_stale(g, sources.get_source(g, found.source_id).clinic_id, now)
        note(g, "import.undone", "run", public_id)
        return url_for("dashboard.run", public_id=public_id, done="undone")

    return write_once(work)
