"""How the group replies: its own templates, and whether editors approve."""

from typing import Any

from flask import make_response, url_for
from werkzeug.wrappers import Response

from reviews.i18n import LANGUAGES, N_
from reviews.rules import reply_templates as shipped
from reviews.storage import GroupTransaction, reply_templates
from reviews.web.dashboard.base import blueprint, note, reading, render
from reviews.web.forms import Form, read_form, read_query, write_once
from reviews.web.state import get_group, get_words, state

LANGUAGE_NAMES = {"en": N_("English"), "fr": N_("French")}
STAR_NAMES = {
    "1": N_("1 star"), "2": N_("2 stars"), "3": N_("3 stars"), "4": N_("4 stars"), "5": N_("5 stars"),
    "0": N_("without stars"),
}  # fmt: skip
NO_NAME = N_("Please give the template a name.")
NO_TEXT = N_("Please write the text of the template.")
NO_LANGUAGE = N_("Please choose a language.")


@blueprint.get("/settings/replies")
def reply_settings() -> Response:
    """The group's templates, the shipped ones, and who approves."""
    return _page(read_query("edit")["edit"])


def _page(edited: str = "", values: dict[str, object] | None = None, faults: dict[str, str] | None = None) -> Response:
    words = get_words()
    with reading() as g:
        own = reply_templates.find_templates(g)
        chosen = reply_templates.get_template(g, edited) if edited else None
        editors_approve = reply_templates.may_editors_approve(g)
    if values is None and chosen is not None:
        values = {
            "name": chosen.name,
            "language": chosen.language,
            "stars": [str(each) for each in chosen.stars],
            "text": chosen.text,
        }
    page = render(
        "reply_settings.html",
        "settings",
        own=own,
        shipped=shipped.load(),
        edited=edited,
        values=values or {},
        faults={name: words.text(message) for name, message in (faults or {}).items()},
        editors_approve=editors_approve,
        language_names={key: words.text(LANGUAGE_NAMES[key]) for key in LANGUAGES},
        languages=[(key, words.text(LANGUAGE_NAMES[key])) for key in LANGUAGES],
        stars=[(key, words.text(text)) for key, text in STAR_NAMES.items()],
        max_text=shipped.MAX_TEXT,
    )
    return make_response(page, 400 if faults else 200)


@blueprint.post("/settings/replies")
def save_reply_settings() -> Response:
    """Whether editors may approve and post what others wrote."""
    allowed = read_form("editors_approve")["editors_approve"] == "yes"

    def work(g: GroupTransaction) -> str:
        before = reply_templates.may_editors_approve(g)
        reply_templates.set_editors_approve(g, allowed)
        note(
            g, "group.reply_settings", "group", get_group().public_id, {"editors_approve": before},
            {"editors_approve": allowed},
        )  # fmt: skip
        return url_for("dashboard.reply_settings", done="saved")

    return write_once(work)


@blueprint.post("/settings/replies/templates")
def add_reply_template() -> Response:
    """A new template of the group."""
    form = _read()
    if faults := _faults(form):
        return _page("", _values(form), faults)

    def work(g: GroupTransaction) -> str:
        public_id = reply_templates.add_template(g, now=state().clock(), **_columns(form))
        note(g, "reply_template.added", "reply_template", public_id, {}, {"name": form["name"]})
        return url_for("dashboard.reply_settings", done="saved")

    return write_once(work)


@blueprint.post("/settings/replies/templates/<public_id>")
def save_reply_template(public_id: str) -> Response:
    """Change a template."""
    form = _read()
    with reading() as g:
        reply_templates.get_template(g, public_id)
    if faults := _faults(form):
        return _page(public_id, _values(form), faults)

    def work(g: GroupTransaction) -> str:
        before = reply_templates.get_template(g, public_id)
        reply_templates.save_template(g, public_id, now=state().clock(), **_columns(form))
        note(
            g, "reply_template.changed", "reply_template", public_id, {"name": before.name}, {"name": form["name"]}
        )  # fmt: skip
        return url_for("dashboard.reply_settings", done="saved")

    return write_once(work)


@blueprint.post("/settings/replies/templates/<public_id>/delete")
def delete_reply_template(public_id: str) -> Response:
    """Drop a template."""
    read_form()

    def work(g: GroupTransaction) -> str:
        before = reply_templates.get_template(g, public_id)
        reply_templates.delete_template(g, public_id)
        note(g, "reply_template.deleted", "reply_template", public_id, {"name": before.name}, {})
        return url_for("dashboard.reply_settings", done="saved")

    return write_once(work)


def _read() -> Form:
    return read_form("name", "language", "text", many=("stars",))


def _values(form: Form) -> dict[str, object]:
    return {**form.values, "stars": list(form.many.get("stars", ()))}


def _faults(form: Form) -> dict[str, str]:
    faults = {}
    if not form["name"] or len(form["name"]) > shipped.MAX_NAME:
        faults["name"] = NO_NAME
    if form["language"] not in LANGUAGES:
        faults["language"] = NO_LANGUAGE
    if not form["text"]:
        faults["text"] = NO_TEXT
    return faults


def _columns(form: Form) -> dict[str, Any]:
    stars = sorted(int(each) for each in form.many.get("stars", ()) if each in STAR_NAMES)
    return {"name": form["name"], "language": form["language"], "stars": stars, "text": form["text"]}
