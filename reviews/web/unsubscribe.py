"""Ending one kind of mail by the link in it, without logging in (RFC 8058): the link itself is the proof."""

from flask import Blueprint
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.alerts.ending import end_mails
from reviews.alerts.unsubscribe import read_token
from reviews.web.pages import render
from reviews.web.state import get_words, state

blueprint = Blueprint("unsubscribe", __name__, url_prefix="/unsubscribe")


@blueprint.get("/<token>")
def ask(token: str) -> str:
    """Ask first: programs that look at links in mails must not end anything."""
    if read_token(token, state().settings.secret_keys) is None:
        raise NotFound("not a link of ours")
    return render("auth/unsubscribe.html")


@blueprint.post("/<token>")
def end(token: str) -> Response | str:
    """End it: by the button of the page, or by a mail program's one click."""
    if not end_mails(state().storage, state().settings, token, state().clock()):
        raise NotFound("not a link of ours")
    words = get_words()
    return render(
        "auth/notice.html",
        heading=words.text("These mails have ended"),
        text=words.text("You will not get mails of this kind any more. Settings has all your alerts."),
        more=[],
        reference=None,
        way_back=None,
    )
