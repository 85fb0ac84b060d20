"""A report behind its link: no login, an end, perhaps a password; looking at it counts one and stores nothing else."""

from datetime import timedelta

from flask import Blueprint, g, make_response, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.rules import Purpose
from reviews.storage import branding, reports
from reviews.storage.engine import Row
from reviews.web import passwords
from reviews.web.attempts import take_attempt
from reviews.web.dashboard.reports import body_values
from reviews.web.dashboard.settings_branding import logo_answer
from reviews.web.forms import read_form
from reviews.web.pages import render
from reviews.web.security import address_key, hash_token
from reviews.web.state import get_words, state

blueprint = Blueprint("report", __name__, url_prefix="/report")

WINDOW = timedelta(minutes=15)
MAX_PASSWORDS = 10
"""So many passwords are tried from one address within the window, and ten times as many for one link."""


@blueprint.get("/<token>")
def shared(token: str) -> Response:
    """The report, or the question for its password."""
    link = _get_link(token)
    if link["password_hash"]:
        return _ask()
    return _show(link, token)


@blueprint.post("/<token>")
def shared_with_password(token: str) -> Response:
    """The report, for whoever knows its password."""
    form = read_form("password")
    link = _get_link(token)
    if link["password_hash"]:
        if not _allow_attempt(link):
            return _ask(status=429)
        if not passwords.verify_password(link["password_hash"], form["password"]):
            return _ask(status=403)
    return _show(link, token)


@blueprint.get("/<token>/logo")
def logo(token: str) -> Response:
    """The logo of the report; it says no more than its page does before the password."""
    link = _get_link(token)
    with state().storage.read() as tx:
        group = tx.group(link["group_id"])
        frozen = reports.get_report_by_id(group, link["report_id"]).inputs.get("brand", {})
        found = branding.find_logo(group, str(frozen.get("logo", "")))
    return logo_answer(found)


def _allow_attempt(link: Row) -> bool:
    """Count this attempt by link and by address; False when there were too many, before any hash is made."""
    address = address_key(request.remote_addr)
    limits = {f"report:{link['id']}": 10 * MAX_PASSWORDS, f"report:{link['id']}:{address}": MAX_PASSWORDS}
    return take_attempt({hash_token(key): limit for key, limit in limits.items()}, WINDOW)


def _ask(status: int = 200) -> Response:
    answer = _private(render("report/ask.html", status=status), status)
    if status == 429:
        answer.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
    return answer


def _get_link(token: str) -> Row:
    with state().storage.read() as tx:
        link = reports.find_link_by_hash(tx, hash_token(token), state().clock())
    if link is None:
        raise NotFound
    g.words = state().catalogue.words(link["language"])
    return link


def _show(link: Row, token: str) -> Response:
    with state().storage.write() as tx:
        group = tx.group(link["group_id"])
        found = reports.get_report_by_id(group, link["report_id"])
        shows_authors = bool(link["shows_authors"])
        values = body_values(group, found, get_words(), shows_authors=shows_authors, purpose=Purpose.EXPORT)
        values["logo_url"] = url_for("report.logo", token=token)
        reports.count_view(tx, link["id"])
    return _private(render("report/shared.html", **values))


def _private(page: str, status: int = 200) -> Response:
    answer = make_response(page, status)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
