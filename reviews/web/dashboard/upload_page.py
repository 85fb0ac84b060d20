"""A file that waits: what it is, what its columns mean, a dry run, the import, and what of it was not readable."""

import csv
import io
from typing import TYPE_CHECKING

from flask import make_response, redirect, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from reviews.errors import ImportFileError, SourceChanged
from reviews.i18n import N_
from reviews.normalize.formulas import protect
from reviews.sources.cells import DATE_ORDERS, SCALES
from reviews.storage import clinics, people, runs, uploads
from reviews.storage.uploads import SavedMapping, Upload
from reviews.web.dashboard.add_file import get_own, say
from reviews.web.dashboard.base import blueprint, choices, note, reading, render, zone_of
from reviews.web.dashboard.upload_plan import (
    FIELDS,
    LEAVE_OUT,
    MAX_NAMES,
    ORIGINS,
    TARGETS,
    Plan,
    first_values,
    headers_of,
    save_source,
    source_of,
    to_keep,
    understand,
)
from reviews.web.forms import claim_key, read_form, read_query
from reviews.web.services import FileJob
from reviews.web.state import get_group, get_visitor, get_words, open_group, state

if TYPE_CHECKING:
    from reviews.collect import ImportReport
    from reviews.collect.looking import FileLook

AT_ONCE = 5_000
"""A file with more records is imported by the worker: nobody waits that long for a page."""
KINDS = {
    "table": N_("Table (CSV)"),
    "sheet": N_("Spreadsheet (XLSX)"),
    "json": N_("JSON"),
    "xml": N_("XML"),
    "page": N_("Saved web page"),
    "text": N_("Plain text"),
    "archive": N_("Zip file (Google Takeout)"),
}
DELIMITERS = {",": N_("comma"), ";": N_("semicolon"), "\t": N_("tab"), "|": N_("vertical bar")}
WAITS = N_("This file is being imported. Its run shows how far it is.")


@blueprint.get("/uploads/<public_id>")
def upload(public_id: str) -> str:
    """What the file is and seems to hold, with the form that says what its columns mean."""
    form = read_query("mapping")
    found, look = _open(public_id)
    saved = _find_mappings(look)
    chosen = next((each for each in saved if each.public_id == form["mapping"]), None)
    if chosen is None and not form["mapping"] and saved:
        chosen = saved[0]
    if chosen is not None and look.table and chosen.config["mapping"].get("clinic") != look.table.mapping.get("clinic"):
        _, look = _open(public_id, chosen.config["mapping"].get("clinic", ""))
    values = first_values(look, chosen.config if chosen else None)
    faults = {"file": get_words().text(found.fault[0], **found.fault[1])} if found.fault else {}
    return _page(found, look, values, faults, [], chosen)


@blueprint.post("/uploads/<public_id>/check")
def check_upload(public_id: str) -> Response:
    """A dry run: what an import would do, and which records cannot be read."""
    form = read_form(*FIELDS)
    found, look = _open(public_id, form["column_clinic"])
    plans, faults = understand(form, look)
    reports: list[tuple[Plan, ImportReport]] = []
    if not faults:
        reports, faults = _check(found, plans)
    page = _page(found, look, form.values, faults, reports, None)
    return make_response(page, 400 if faults else 200)


@blueprint.post("/uploads/<public_id>/import")
def import_upload(public_id: str) -> Response:
    """Import the file; a second press leads to the same run, and back to the file if nothing came of the first."""
    form = read_form(*FIELDS)
    key, previous = claim_key(url_for("dashboard.upload", public_id=public_id))
    if previous is not None:
        return redirect(previous, 303)
    found, look = _open(public_id, form["column_clinic"])
    if found.queued_at is not None:
        raise BadRequest("it is being imported")
    plans, faults = understand(form, look)
    if not faults and len(plans) > 1:
        # Before the first of several is stored, all must be readable.
        _, faults = _check(found, plans)
    if faults:
        return make_response(_page(found, look, form.values, faults, [], None), 400)
    is_large = look.count > AT_ONCE
    try:
        answer = _queue(found, plans) if is_large else _import(found, plans)
    except (ImportFileError, SourceChanged) as error:
        return make_response(_page(found, look, form.values, {"file": say(error)}, [], None), 400)
    with state().storage.write() as tx:
        g = open_group(tx)
        if not is_large:
            uploads.delete_upload(g, found.id)
        if form["save_as"] and look.table is not None:
            config = to_keep(form, look)
            kept = uploads.save_mapping(
                g, name=form["save_as"][:80], headers=headers_of(look), config=config, now=state().clock()
            )
            note(g, "mapping.saved", "mapping", kept.public_id, {}, {"name": kept.name})
        people.save_form_answer(tx, key, answer)
    return redirect(answer, 303)


@blueprint.get("/imports/<public_id>/rejects.csv")
def rejects_file(public_id: str) -> Response:
    """What an import could not read, as a table for the spreadsheet that it came from."""
    words = get_words()
    with reading() as g:
        run = runs.get_run_by_public_id(g, public_id)
        listed = list(runs.find_rejects(g, run.id)) or list(run.rejects)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([words.text(title) for title in (N_("Where"), N_("Column"), N_("Why"), N_("What it said"))])
    for reject in listed:
        why = words.text(reject.reason, **dict(reject.values))
        writer.writerow([protect(cell) for cell in (reject.place, reject.column or "", why, reject.sample)])
    # With a mark, or Excel reads it in the wrong encoding.
    answer = make_response("\ufeff" + text.getvalue())
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="not-readable-{run.public_id}.csv"'
    return answer


def _open(public_id: str, clinic_column: str | None = None) -> "tuple[Upload, FileLook]":
    with reading() as g:
        found = get_own(g, public_id)
    return found, state().services.look_at_file(found.body, found.file_name, clinic_column)


def _find_mappings(look: "FileLook") -> list[SavedMapping]:
    if not (headers := headers_of(look)):
        return []
    with reading() as g:
        return uploads.find_mappings(g, headers)


def _check(found: Upload, plans: list[Plan]) -> "tuple[list[tuple[Plan, ImportReport]], dict[str, str]]":
    reports = []
    for plan in plans:
        try:
            report = state().services.check_file(source_of(plan), plan.clinic, found.body, found.file_name)
        except (ImportFileError, SourceChanged) as error:
            return [], {"file": say(error)}
        reports.append((plan, report))
    return reports, {}


def _import(found: Upload, plans: list[Plan]) -> str:
    """Import now; where to look at what came of it."""
    answer = ""
    for plan in plans:
        source = save_source(plan)
        report = state().services.import_file(
            FileJob(
                group_id=get_group().id,
                source_id=source.id,
                body=found.body,
                file_name=found.file_name,
                person_id=get_visitor().person.id,
            )
        )
        with state().storage.write() as tx:
            after = {"source": source.public_id, "new": report.counts.new}
            note(open_group(tx), "file.imported", "run", report.run_public_id, {}, after)
        answer = url_for("dashboard.run", public_id=report.run_public_id, done="imported")
    return answer if len(plans) == 1 else url_for("dashboard.sources", done="imported-several")


def _queue(found: Upload, plans: list[Plan]) -> str:
    """Leave a large file to the worker; where to watch it."""
    saved = [save_source(plan) for plan in plans]
    with state().storage.write() as tx:
        g = open_group(tx)
        uploads.queue_upload(g, found.id, [source.id for source in saved], state().clock())
        note(g, "file.queued", "upload", found.public_id, {}, {"sources": [source.public_id for source in saved]})
    if len(saved) == 1:
        return url_for("dashboard.source", public_id=saved[0].public_id, done="queued")
    return url_for("dashboard.sources", done="queued")


def _page(
    found: Upload,
    look: "FileLook",
    values: dict[str, str],
    faults: dict[str, str],
    reports: "list[tuple[Plan, ImportReport]]",
    chosen: SavedMapping | None,
) -> str:
    words = get_words()
    with reading() as g:
        places = clinics.find_clinics(g)
    table = look.table
    readable = [(column, column) for column in table.columns if column and column not in table.ignored] if table else []
    by_column = {values[f"column_{target}"]: text for target, text in TARGETS.items() if values.get(f"column_{target}")}
    first = next((report.first for _, report in reports if report.first), look.first)
    total = next((report.total for _, report in reports if report.total), look.total)
    return render(
        "upload.html",
        "sources",
        upload=found,
        look=look,
        kind_name=words.text(KINDS[look.kind]),
        delimiter=words.text(DELIMITERS.get(table.delimiter, table.delimiter)) if table else "",
        values=values,
        faults=faults,
        reports=reports,
        first=first,
        total=total,
        zone=zone_of(places[0]) if places else None,
        places=[(place.public_id, place.name) for place in places],
        routes=[(LEAVE_OUT, words.text(N_("Leave out"))), *((place.public_id, place.name) for place in places)],
        names=look.names[:MAX_NAMES],
        origins=choices(ORIGINS),
        targets=choices(TARGETS),
        columns=readable,
        understood={column: words.text(text) for column, text in by_column.items()},
        mappings=_find_mappings(look),
        chosen=chosen,
        date_orders=[(key, words.text(text)) for key, text in DATE_ORDERS],
        scales=[(key, words.text(text)) for key, text in SCALES],
        waits=words.text(WAITS) if found.queued_at else "",
    )
