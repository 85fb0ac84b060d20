"""The monthly report: made and frozen, looked at, printed, shared by a link that ends."""

import hashlib
import threading
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from typing import Any

from flask import redirect, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from reviews import rules
from reviews.alerts.slots import next_monthly
from reviews.errors import ConfigError, NotFound
from reviews.i18n import LANGUAGES, N_, Words
from reviews.model import Clinic
from reviews.publish import pdf
from reviews.publish.report import gather
from reviews.reputation.report import RECIPE, Report, read_report
from reviews.reputation.trends import shift
from reviews.rules import NotShown, Purpose, ReviewFacts, days_up
from reviews.storage import GroupTransaction, alerts, branding, clinics, deliveries, permissions, reports, reviews
from reviews.storage.alerts import MailMember
from reviews.storage.branding import StoredLogo
from reviews.storage.reports import ReportLink, StoredReport
from reviews.storage.review_rows import StoredReview
from reviews.storage.values import new_public_id
from reviews.web import passwords
from reviews.web.dashboard.base import (
    HIDE_REASONS,
    blueprint,
    confirmed_pairs,
    note,
    reading,
    render,
    row_of,
    zone_of,
)
from reviews.web.dashboard.filters import THEMES, find_months
from reviews.web.dashboard.settings_group import origin_name
from reviews.web.forms import read_form, write_once
from reviews.web.pages import OUTCOMES
from reviews.web.pages import render as render_page
from reviews.web.security import sign
from reviews.web.state import get_group, get_visitor, get_words, state

_ONE_PDF = threading.Lock()
"""Writing one takes much memory for some seconds."""
DAYS = ("7", "30", "90")
MONTHS_BACK = 12
VERDICTS = {
    "few": N_("There were too few ratings to compare this month with the one before."),
    "same": N_("The mean of this month and that of the month before cannot be told apart."),
    "up": N_("The mean has risen by more than chance explains."),
    "down": N_("The mean has fallen by more than chance explains."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A review in a report, read when it is drawn: what has been erased since is gone from it.

    `is_kept_inside`: terms or rules do not let it out of the house, so who has the link is only told that it is there.
    """

    review: StoredReview | None = None
    shows_author: bool = False
    is_kept_inside: bool = False


@blueprint.get("/reports", endpoint="reports")
def reports_() -> str:
    """The reports that were made, and the form for another."""
    today = state().clock().date()
    with reading() as g:
        found, places = reports.find_reports(g), clinics.find_clinics(g)
        mine = next(iter(reports.find_subscriptions(g, get_visitor().person.id)), None)
    names = {clinic.id: clinic.name for clinic in places}
    months = [shift(f"{today:%Y-%m}", -back) for back in range(MONTHS_BACK)]
    return render(
        "reports.html",
        "reports",
        found=[
            (each, month_name(each.month, get_words()), names.get(each.clinic_id or 0, "") or each.inputs["clinic"])
            for each in found
        ],
        months=[(month, month_name(month, get_words())) for month in months],
        last_month=months[1],
        clinics_=[(clinic.public_id, clinic.name) for clinic in places],
        subscription=mine,
        subscribed_to=names.get(mine.clinic_id or 0, "") if mine else "",
        next_at=next_monthly(state().clock(), zone_of(places[0])) if places else None,
        zone=zone_of(places[0]) if places else UTC,
        sees_all=get_visitor().clinic_ids is None,
        has_mail=bool(state().settings.smtp_host),
    )


@blueprint.post("/reports")
def make_report() -> Response:
    """Make the report of a month and freeze it."""
    form = read_form("month", "clinic")
    if find_months(form["month"]) is None or ".." in form["month"]:
        raise BadRequest("no such month")

    def work(g: GroupTransaction) -> str:
        now = state().clock()
        clinic = _clinic_of(g, form["clinic"])
        added = reports.add_report(
            g, clinic_id=clinic.id if clinic else None, month=form["month"], recipe=RECIPE,
            inputs=gather(g, form["month"], clinic, now), person_id=get_visitor().person.id, now=now,
        )  # fmt: skip
        note(g, "report.made", "report", added, {}, {"month": form["month"], "recipe": RECIPE})
        return url_for("dashboard.report", public_id=added)

    return write_once(work)


@blueprint.post("/reports/subscription")
def subscribe_report() -> Response:
    """Whether the visitor gets the report of each month by mail, and of which clinic."""
    form = read_form("of", "wish")
    if form["wish"] not in ("yes", "no"):
        raise BadRequest("no such wish")

    def work(g: GroupTransaction) -> str:
        visitor = get_visitor()
        person, wants = visitor.person, form["wish"] == "yes"
        if wants:
            if not form["of"] and visitor.clinic_ids is not None:
                raise BadRequest("a clinic is needed")
            clinic = clinics.get_clinic_by_public_id(g, form["of"]) if form["of"] else None
            reports.subscribe(g, person.id, clinic.id if clinic else None, state().clock())
        else:
            reports.unsubscribe(g, person.id)
        note(g, "report.subscription", "person", person.public_id, {}, {"wish": form["wish"], "clinic": form["of"]})
        return url_for("dashboard.reports", done="subscribed" if wants else "unsubscribed")

    return write_once(work)


def _clinic_of(g: GroupTransaction, public_id: str) -> Clinic | None:
    """The clinic that a report is about; None for all of them, which only who sees all of them may ask for."""
    if public_id:
        return clinics.get_clinic_by_public_id(g, public_id)
    if get_visitor().clinic_ids is None:
        return None
    places = clinics.find_clinics(g)
    if len(places) != 1:
        raise BadRequest("a report of all clinics is made by those who see all of them")
    return places[0]


@blueprint.get("/reports/<public_id>")
def report(public_id: str) -> str:
    """One report as it was made, and the links that share it."""
    words = get_words()
    with reading() as g:
        found = reports.get_report(g, public_id)
        links = reports.find_links(g, found.id)
        values = body_values(g, found, words, shows_authors=True)
        readers = _readers(g, found) if state().settings.smtp_host else []
    return render(
        "report.html",
        "reports",
        stored=found,
        has_pdf=pdf.has_writer(),
        has_mail=bool(state().settings.smtp_host),
        readers=[(each.public_id, each.name) for each in readers],
        links=[(link, link_url(link.public_id), is_open(link)) for link in links],
        days=[(days, words.plural("{n} day", "{n} days", int(days))) for days in DAYS],
        languages=[(tag, words.locale.languages.get(tag, tag)) for tag in LANGUAGES],
        **values,
    )


@blueprint.get("/reports/<public_id>/pdf")
def report_pdf(public_id: str) -> Response:
    """One report as a tagged PDF; back to the report with a word of help where this installation cannot write it."""
    words = get_words()
    with reading() as g:
        found = reports.get_report(g, public_id)
        values = body_values(g, found, words, shows_authors=True)
    try:
        with _ONE_PDF:
            made = pdf.write_pdf(
                render_page("report/pdf.html", in_words=True, **{**values, "logo_url": data_url(values["logo"])}),
                f"{public_id}.{words.language}",
            )
    except ConfigError:
        return redirect(url_for("dashboard.report", public_id=public_id, done="no-pdf"), 303)
    answer = Response(made, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="report-{found.month}.pdf"'
    return answer


def data_url(logo: StoredLogo | None) -> str:
    """A logo inside a document that may fetch nothing."""
    return f"data:{logo.content_type};base64,{b64encode(logo.body).decode()}" if logo else ""


@blueprint.post("/reports/<public_id>/links")
def share_report(public_id: str) -> Response:
    """A link for somebody without login: with an end, with a password if wished."""
    form = read_form("days", "password", "authors", "language")
    if form["days"] not in DAYS or form["language"] not in LANGUAGES:
        raise BadRequest("no such choice")
    hashed = passwords.hash_password(form["password"]) if form["password"] else ""

    def work(g: GroupTransaction) -> str:
        found, now, link_id = reports.get_report(g, public_id), state().clock(), new_public_id()
        reports.add_link(
            g, found.id, public_id=link_id, token_hash=hash_token(token_of(link_id)), password_hash=hashed,
            shows_authors=form["authors"] == "yes", language=form["language"],
            expires_at=now + timedelta(days=int(form["days"])), person_id=get_visitor().person.id, now=now,
        )  # fmt: skip
        note(g, "report.shared", "report", public_id, {}, {"link": link_id, "days": form["days"]})
        return url_for("dashboard.report", public_id=public_id, done="shared") + "#share"

    return write_once(work)


@blueprint.post("/reports/<public_id>/send")
def send_report(public_id: str) -> Response:
    """Mail the address of a report to somebody of the group who may open it, once a minute at most."""
    form = read_form("to")

    def work(g: GroupTransaction) -> str:
        found, now = reports.get_report(g, public_id), state().clock()
        reader = next((each for each in _readers(g, found) if each.public_id == form["to"]), None)
        if reader is None or not state().settings.smtp_host:
            raise BadRequest("nobody can be sent this report")
        deliveries.add_delivery(
            g, group_public_id=get_group().public_id, cause=f"report:{public_id}:{now:%Y-%m-%dT%H:%M}", kind="report",
            recipient=f"person:{reader.public_id}", person_id=reader.person_id, channel_id=None,
            payload={"report": public_id}, due_at=now, now=now,
        )  # fmt: skip
        note(g, "report.sent", "report", public_id, {}, {"person": reader.public_id})
        return url_for("dashboard.report", public_id=public_id, done="report-sent")

    return write_once(work)


def _readers(g: GroupTransaction, found: StoredReport) -> list[MailMember]:
    """Who may open this report and gets mail: themselves first, then by name."""
    clinic = next((each.public_id for each in clinics.find_clinics(g) if each.id == found.clinic_id), None)
    me = get_visitor().person.id
    may = [
        each
        for each in alerts.find_mail_members(g)
        if each.role != "mail_only" and (each.clinics is None or clinic in each.clinics)
    ]
    return sorted(may, key=lambda each: (each.person_id != me, each.name))


@blueprint.post("/reports/<public_id>/links/revoke")
def revoke_link(public_id: str) -> Response:
    """A link ends now."""
    form = read_form("link")

    def work(g: GroupTransaction) -> str:
        found = reports.get_report(g, public_id)
        if form["link"] not in {link.public_id for link in reports.find_links(g, found.id)}:
            raise NotFound(f"no link {form['link']}")
        reports.revoke_link(g, form["link"], state().clock())
        note(g, "report.link_revoked", "report", public_id, {"link": form["link"]}, {})
        return url_for("dashboard.report", public_id=public_id, done="link-revoked") + "#share"

    return write_once(work)


def body_values(
    g: GroupTransaction, found: StoredReport, words: Words, *, shows_authors: bool, purpose: Purpose = Purpose.REPORT
) -> dict[str, Any]:
    """What the one template of reports draws, on the screen, on paper, and behind a link (then for `EXPORT`)."""
    drawn: Report = read_report(found.inputs, found.recipe)
    confirmed = confirmed_pairs(g)
    quotes = [_quote(g, public_id, purpose, confirmed) for public_id in drawn.quotes]
    return {
        "report": drawn,
        "recipe": found.recipe,
        "logo": branding.find_logo(g, drawn.brand.get("logo", "")),
        "logo_url": url_for("dashboard.report_logo", public_id=found.public_id),
        "origin_names": {each["origin"]: origin_name(each["origin"], words) for each in drawn.sources},
        "month": month_name(drawn.month, words),
        "before": month_name(shift(drawn.month, -1), words),
        "year_ago": month_name(shift(drawn.month, -12), words),
        "verdict": words.text(VERDICTS[drawn.verdict]),
        "quotes": [replace(each, shows_author=each.shows_author and shows_authors) for each in quotes],
        "theme_names": {name: words.text(text) for name, text in THEMES.items()},
        "reason_names": {name: words.text(text) for name, text in HIDE_REASONS.items()},
        "outcome_names": {name: words.text(text) for name, text in OUTCOMES.items()},
    }


def _quote(g: GroupTransaction, public_id: str, purpose: Purpose, confirmed: set[tuple[str, str]]) -> Quote:
    """The review while it may be held, and shown for this purpose."""
    try:
        found = reviews.get_review_by_public_id(g, public_id)
    except NotFound:
        return Quote()
    if found.content_purged_at is not None or found.presence == "withdrawn" or found.publication == "hidden":
        return Quote()
    now = state().clock()
    permission = permissions.find_holding(g, found.clinic_id, now).get(found.id)
    facts = ReviewFacts(
        text=found.text,
        title=found.title,
        language=found.language,
        age_days=(now - found.date.earliest).days if found.date else None,
        read_age_days=days_up(now - found.last_read_at),
        gone=found.presence == "missing",
        has_consent=permission is not None and "name" in permission.covers,
    )
    row, terms = row_of(clinics.get_clinic(g, found.clinic_id), confirmed), state().book.terms(found.origin)
    if isinstance(rules.decide(row, terms, facts, Purpose.REPORT), NotShown):
        return Quote()
    decision = rules.decide(row, terms, facts, purpose)
    if isinstance(decision, NotShown):
        return Quote(is_kept_inside=True)
    return Quote(review=found, shows_author=decision.show_author)


def month_name(month: str, words: Words) -> str:
    """November 2026."""
    return words.month(date(int(month[:4]), int(month[5:7]), 1))


def token_of(link_id: str) -> str:
    """The secret part of a link's address; nobody guesses it, and it is stored nowhere."""
    return f"{link_id}.{sign(state().secret, 'report', link_id)[:40]}"


def hash_token(token: str) -> str:
    """What is stored of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def link_url(link_id: str) -> str:
    """The address to send to somebody."""
    return state().settings.base_url + url_for("report.shared", token=token_of(link_id))


def is_open(link: ReportLink) -> bool:
    """Whether it still leads to the report."""
    return link.revoked_at is None and link.expires_at > state().clock()
