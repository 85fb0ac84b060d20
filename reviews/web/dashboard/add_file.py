"""A file as a source: hand it in; it waits for an hour until somebody has said what it means."""

import re

from flask import make_response, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.errors import ImportFileError, ReviewsError, SourceChanged
from reviews.i18n import N_
from reviews.sources.table import MAX_BYTES
from reviews.storage import GroupTransaction, uploads
from reviews.storage.uploads import Upload
from reviews.web.dashboard.base import blueprint, note, reading, render
from reviews.web.forms import read_form, write_once
from reviews.web.state import get_visitor, get_words, state

MAX_UPLOAD = MAX_BYTES + 64 * 1024


def allow_upload() -> None:
    """Before the form is read: only the page that takes files accepts more than a form."""
    if request.endpoint == "dashboard.upload_file":
        request.max_content_length = MAX_UPLOAD


@blueprint.get("/sources/new/file")
def new_file() -> str:
    """The form that takes a file, the files that wait, and what was said about files before."""
    return _page(None)


@blueprint.post("/sources/new/file")
def upload_file() -> Response:
    """Keep the file for an hour and go on to what it holds."""
    read_form()
    sent = request.files.getlist("file")
    if len(request.files) != 1 or len(sent) != 1 or not sent[0].filename:
        return make_response(_page(get_words().text(N_("Please choose a file."))), 400)
    name = re.sub(r"[\x00-\x1f\x7f]", "", sent[0].filename.replace("\\", "/").rpartition("/")[2])[:120] or "file"
    body = sent[0].stream.read(MAX_BYTES + 1)
    try:
        state().services.look_at_file(body, name, None)
    except (ImportFileError, SourceChanged) as error:
        return make_response(_page(say(error)), 400)

    def work(g: GroupTransaction) -> str:
        found = uploads.add_upload(g, person_id=get_visitor().person.id, file_name=name, body=body, now=state().clock())
        note(g, "upload.added", "upload", found.public_id)
        return url_for("dashboard.upload", public_id=found.public_id)

    return write_once(work)


@blueprint.post("/uploads/<public_id>/delete")
def delete_upload(public_id: str) -> Response:
    """Throw a file away that waits."""
    read_form()

    def work(g: GroupTransaction) -> str:
        found = get_own(g, public_id)
        uploads.delete_upload(g, found.id)
        note(g, "upload.deleted", "upload", public_id)
        return url_for("dashboard.new_file", done="upload-deleted")

    return write_once(work)


@blueprint.post("/mappings/<public_id>/delete")
def delete_mapping(public_id: str) -> Response:
    """Forget what was said about the columns of one kind of file."""
    read_form()

    def work(g: GroupTransaction) -> str:
        found = uploads.get_mapping(g, public_id)
        uploads.delete_mapping(g, found.id)
        note(g, "mapping.deleted", "mapping", public_id, {"name": found.name})
        return url_for("dashboard.new_file", done="mapping-deleted")

    return write_once(work)


def get_own(g: GroupTransaction, public_id: str) -> Upload:
    """A waiting file that the visitor may see; raises NotFound (404)."""
    found = uploads.get_upload_by_public_id(g, public_id)
    if not _may_see(found):
        raise NotFound  # nobody knows yet of which clinic it tells
    return found


def _may_see(found: Upload) -> bool:
    visitor = get_visitor()
    return visitor.clinic_ids is None or found.person_id == visitor.person.id


def say(error: ReviewsError) -> str:
    """What is wrong with a file, in the reader's words."""
    return get_words().text(error.hint, **error.values)


def _page(fault: str | None) -> str:
    with reading() as g:
        waiting = [each for each in uploads.find_waiting(g) if _may_see(each)]
        mappings = uploads.find_mappings(g)
    return render(
        "new_file.html", "sources", fault=fault, limit=MAX_BYTES // 1_000_000, waiting=waiting, mappings=mappings
    )
