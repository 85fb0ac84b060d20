"""Does the clinic's own website let the widget in? Reads the page and names what is missing, in the reader's words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Response as FlaskResponse
from flask import make_response

from reviews.errors import SourceError
from reviews.i18n import N_
from reviews.storage import widgets
from reviews.web.dashboard.add_page import limit_tests
from reviews.web.dashboard.base import Badge, blueprint, reading, render
from reviews.web.forms import read_form
from reviews.web.state import get_words, state

if TYPE_CHECKING:
    from reviews.publish.embed_check import Fault

WAYS = {
    "element": N_("The widget stands on this page."),
    "frame": N_("A frame with the reviews stands on this page."),
    "picture": N_("The badge stands on this page."),
}
KINDS = {
    "no_snippet": N_("Nothing of ours stands on this page. Paste one of the texts of the widget's page."),
    "no_script": N_(
        "The widget is there, but its script is not: the editor may have taken it out. Use the frame instead."
    ),
    "mixed": N_("The page is https and this installation is not, so browsers refuse it."),
    "directive": N_("The page's policy forbids it: {name} must name our address."),
    "nonce": N_("The page's policy asks for a nonce on scripts: give ours the page's."),
    "fine": N_("The page's policy lets it in."),
    "no_policy": N_("The page has no policy that could forbid it."),
    "line": N_("The whole line that must be allowed:"),
}
TONES = {
    "ok": Badge(text=N_("good"), tone="good"),
    "warning": Badge(text=N_("to do"), tone="warn"),
    "problem": Badge(text=N_("in the way"), tone="bad"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was found on the page; `copy` is a text to copy, "" for none."""

    tone: Badge
    text: str
    copy: str = ""


@blueprint.post("/widgets/<public_id>/check")
def check_website(public_id: str) -> FlaskResponse:
    """Read a page of the clinic's website once, and say what stands in the widget's way. Nothing is stored."""
    form, words = read_form("page"), get_words()
    with reading() as g:
        found = widgets.get_widget_by_public_id(g, public_id)
    lines: list[Line] = []
    fault = (
        "" if form["page"].startswith(("http://", "https://")) else words.text(N_("An address begins with https://."))
    )
    if not fault:
        limit_tests()
        try:
            lines = [_line(each) for each in state().services.check_website(form["page"])]
        except SourceError as error:
            fault = words.text(error.hint, **error.values)
    page = render(
        "widget_check.html",
        "widgets",
        widget=found,
        values=form.values,
        faults={"page": fault} if fault else {},
        lines=lines,
    )
    return make_response(page, 400 if fault else 200)


def _line(fault: "Fault") -> Line:
    words, tone = get_words(), TONES[fault.level]
    text = WAYS[fault.about] if fault.kind == "found" else KINDS[fault.kind]
    return Line(
        tone=Badge(text=words.text(tone.text), tone=tone.tone),
        text=words.text(text, name=fault.about) if fault.kind == "directive" else words.text(text),
        copy=fault.way_out if fault.kind == "line" else "",
    )
