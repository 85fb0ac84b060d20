"""The steps of setting up, on Today until all are done: each can be skipped, and taken up again."""

from dataclasses import dataclass

from flask import url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from reviews.i18n import N_
from reviews.model import Clinic
from reviews.storage import GroupTransaction, audit, clinics, deliveries, widgets
from reviews.web.dashboard.base import blueprint, confirmed_pairs, note
from reviews.web.dashboard.source_views import SourceView
from reviews.web.forms import read_form, write_once
from reviews.web.state import get_words

STEPS = {
    "clinic": N_("Describe your clinic"),
    "rule": N_("Read the advertising rule and confirm it"),
    "source": N_("Add a page or a file"),
    "run": N_("See the first reviews arrive"),
    "widget": N_("Put the reviews on your website"),
    "alert": N_("Test that messages reach you"),
}
MOVES = ("skipped", "open", "done")
BY_WORD = ("widget",)
"""What the program cannot see: a person says that it is done."""
LOOKED_AT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step, with where to do it; `note` says how far it is."""

    name: str
    text: str
    url: str
    is_done: bool
    is_skipped: bool
    by_word: bool
    note: str = ""


def find_steps(g: GroupTransaction, views: list[SourceView]) -> list[Step]:
    """All steps in order."""
    words, said = get_words(), _said(g)
    found, confirmed = clinics.find_clinics(g), confirmed_pairs(g)
    waiting = next((clinic for clinic in found if not _is_confirmed(clinic, confirmed)), None)
    rule = waiting or (found[0] if found else None)
    first_widget = next(iter(widgets.find_widgets(g)), None)
    done = {
        "clinic": bool(found),
        "rule": bool(found) and waiting is None,
        "source": bool(views),
        "run": any(view.source.last_success_at for view in views),
        "widget": said.get("widget") == "done",
        "alert": any(
            line.delivery.kind == "test" and line.delivery.state == "sent"
            for line in deliveries.find_log(g, limit=LOOKED_AT)
        ),
    }
    urls = {
        "clinic": url_for("dashboard.clinics"),
        "rule": url_for("dashboard.rule", public_id=rule.public_id) if rule else url_for("dashboard.clinics"),
        "source": url_for("dashboard.new_source"),
        "run": url_for("dashboard.sources"),
        "widget": url_for("dashboard.widget", public_id=first_widget.public_id) if first_widget else "/widgets",
        "alert": url_for("dashboard.alerts"),
    }
    going = [view.run for view in views if view.run is not None and view.run.finished_at is None]
    so_far = sum(run.counts.new for run in going)
    return [
        Step(
            name=name,
            text=words.text(text),
            url=urls[name],
            is_done=done[name],
            is_skipped=not done[name] and said.get(name) == "skipped",
            by_word=name in BY_WORD,
            note=words.plural("{n} review so far", "{n} reviews so far", so_far) if name == "run" and going else "",
        )
        for name, text in STEPS.items()
    ]


@blueprint.post("/first-steps")
def move_step() -> Response:
    """Skip a step, take it up again, or say that it is done."""
    form = read_form("step", "to")
    if form["step"] not in STEPS or form["to"] not in MOVES or (form["to"] == "done" and form["step"] not in BY_WORD):
        raise BadRequest("no such step")

    def work(g: GroupTransaction) -> str:
        before = _said(g).get(form["step"], "open")
        note(g, "setup.step", "setup", form["step"], {"step": before}, {"step": form["to"]})
        return url_for("dashboard.today", done="saved")

    return write_once(work)


def _said(g: GroupTransaction) -> dict[str, str]:
    """What people said last of each step, from the audit trail."""
    said: dict[str, str] = {}
    for entry in audit.find_entries(g, object_kind="setup", limit=LOOKED_AT):
        said.setdefault(entry.object_id, str(entry.after.get("step", "")))
    return said


def _is_confirmed(clinic: Clinic, confirmed: set[tuple[str, str]]) -> bool:
    return bool(clinic.professions) and all((clinic.jurisdiction, p) in confirmed for p in clinic.professions)
