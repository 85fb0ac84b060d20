"""Drawing a page: the names that templates know, and what is said after something was done."""

import hashlib
from datetime import UTC, date, timedelta, tzinfo
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, render_template, request, url_for
from werkzeug.local import LocalProxy

from reviews import __version__
from reviews.i18n import N_
from reviews.model import Precision, ReviewDate
from reviews.reputation.figures import stars_text as plain_stars
from reviews.storage.runs import Run
from reviews.web.forms import new_key
from reviews.web.navigation import find_entries
from reviews.web.policy import Right
from reviews.web.spans import duration
from reviews.web.state import find_visitor, get_words

STATIC = Path(__file__).parent / "static"

DONE = {
    "welcome": N_("Welcome. This installation is yours now."),
    "hidden": N_("The review is no longer shown on your website. Its stars still count in every figure."),
    "shown": N_("The review may be shown on your website again."),
    "pair-same": N_("One review now. Figures and websites count it once within a few seconds."),
    "pair-different": N_("Two reviews. Each counts."),
    "pair-proposed": N_("It waits for an answer again."),
    "read": N_("Marked as read."),
    "unread": N_("Marked as unread."),
    "all-read": N_("All marked as read."),
    "demo-removed": N_(
        "The demo data is gone. Describe your own clinic now, and give your group its name under Settings."
    ),
    "asked": N_("The collector will read this source within a few seconds. Reload this page to see what it found."),
    "paused": N_("Paused. The last good figures stay."),
    "scheduled": N_("Saved. It is read so often from now on."),
    "resumed": N_("Resumed. The collector reads this source again."),
    "added": N_("Saved. The collector reads this source within a few seconds."),
    "reconnected": N_("Connected again. The collector reads this source within a few seconds."),
    "disconnected": N_("Disconnected. Its key is forgotten, and nothing is read any more."),
    "deleted": N_("Deleted. Websites show it no more."),
    "deleting": N_(
        "Websites show it no more. There is much of it, so it takes a few minutes until all of it is deleted."
    ),
    "imported": N_("The file has been imported."),
    "taken-back": N_("Taken back, where nobody had gone on from there."),
    "report-sent": N_("The report is on its way by mail."),
    "shared": N_("The link is ready. Copy its address."),
    "subscribed": N_("You get the report of each month by mail."),
    "unsubscribed": N_("You get no monthly report any more."),
    "no-pdf": N_("This installation cannot write PDFs. Print the page into a PDF instead."),
    "link-revoked": N_("The link has ended."),
    "keys-on": N_("Single keys do something again."),
    "keys-off": N_("Single keys do nothing from now on."),
    "work": N_("Done."),
    "assigned": N_("Assigned."),
    "noted": N_("The note has been added."),
    "note-deleted": N_("The note has been deleted."),
    "tagged": N_("Tagged."),
    "untagged": N_("The tag has been taken off."),
    "featured": N_("Chosen for your website, as far as your rules allow."),
    "unfeatured": N_("No longer chosen for your website."),
    "imported-several": N_("The file has been imported into several clinics. Each import can be taken back by itself."),
    "entered": N_("What you typed has been stored."),
    "corrected": N_("The correction has been stored; the earlier version is kept."),
    "queued": N_("The file is being imported. Its run shows how far it is."),
    "upload-deleted": N_("The file has been thrown away."),
    "mapping-deleted": N_("What was said about these columns has been forgotten."),
    "erased": N_("Erased. It is gone from your website, and the next reading does not bring it back."),
    "undone": N_("The import has been taken back."),
    "saved": N_("Saved."),
    "password": N_("Your password has been changed. All other sessions have been ended."),
    "again": N_("It goes out again with the next round of the worker."),
    "invited": N_("The invitation is on its way."),
    "invited-by-link": N_("Invited. Hand the link below over yourself."),
    "withdrawn": N_("The invitation has been taken back."),
    "removed": N_("This person does not belong to the group any more."),
    "words-saved": N_("Saved. All reviews of your group are now read anew, in the background."),
    "joined": N_("You belong to this group now. Its audit trail says so."),
    "left": N_("You do not belong to this group any more."),
    "confirmed": N_("Confirmed. Your website follows this rule from now on."),
    "session-ended": N_("The session has been ended."),
    "sessions-ended": N_("All other sessions have been ended."),
    "widget-paused": N_("Paused. Websites show nothing of this widget within a few minutes."),
    "widget-resumed": N_("Resumed. Websites show it again within a few minutes."),
    "reply-saved": N_("Saved as a draft."),
    "reply-stopped": N_("Saved as a draft. The guard stops this text; see below what to write instead."),
    "reply-sent": N_("Sent for approval."),
    "reply-approved": N_("Approved. It can be posted now."),
    "reply-back": N_("Sent back to its writer."),
    "reply-queued": N_("On its way. This page shows within a minute what the platform says."),
    "reply-posted": N_("Noted as posted. The next readings of the source will look for it."),
    "reply-again": N_("Approved as before. It can be posted again."),
    "reply-stopped-post": N_("Taken back. Nothing was posted."),
    "reply-discarded": N_("The draft is gone."),
    "not-running": N_("This source is paused. Resume it first."),
}


def render(template: str, /, *, section: str = "", **values: object) -> str:
    """A page with the visitor's words; `section` marks the entry of the navigation."""
    done = DONE.get(request.args.get("done", ""))
    return render_template(
        template,
        section=section,
        visitor=find_visitor(),
        done=get_words().text(done) if done else None,
        **values,
    )


def is_fragment(name: str = "") -> bool:
    """Whether a script of ours asks for a part of a page, or for this one."""
    asked = request.headers.get("X-Fragment", "")
    return asked == name if name else bool(asked)


def stars_text(stars100: int) -> str:
    """Stars with one decimal in the reader's language, without ".0": 4.6, 4,6, 5."""
    text = plain_stars(stars100)
    return get_words().decimal(text.removesuffix(".0"))


def safe_link(url: str | None) -> bool:
    """Whether an address from outside may be a link: http and https only, never a script."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


OUTCOMES = {
    "ok": N_("Read"),
    "unchanged": N_("Nothing has changed"),
    "partial": N_("Read in part"),
    "empty": N_("Nothing found"),
    "unavailable": N_("Did not answer"),
    "rate_limited": N_("Slowed down"),
    "unauthorized": N_("Key refused"),
    "blocked": N_("Reading not wanted"),
    "gone": N_("Page not there"),
    "changed": N_("Changed its shape"),
    "request": N_("Request refused"),
    "file": N_("File not read"),
    "interrupted": N_("Interrupted"),
    "failed": N_("Failed"),
}


def outcome_name(run: Run) -> str:
    """How a run ended, in two or three words."""
    if run.outcome is None:
        return get_words().text(N_("Reading"))
    if run.trigger == "import" and run.outcome == "ok":
        return get_words().text(N_("Imported"))
    return get_words().text(OUTCOMES.get(run.outcome, run.outcome))


def machine_date(date: ReviewDate, zone: tzinfo) -> str:
    """The value of `datetime`: only as exact as the date is known (HTML, "valid time string")."""
    if _is_day(date):
        return f"{date.earliest.astimezone(_zone_of(date, zone)):%Y-%m-%d}"
    if date.earliest.year != date.latest.year or date.precision is Precision.YEAR:
        return f"{date.earliest:%Y}"
    return f"{date.earliest:%Y-%m}"


def staff_date(date: ReviewDate, zone: tzinfo) -> str:
    """When a review was written, for staff: with its day where that is known, never more exact than known."""
    return get_words().day(date.earliest, _zone_of(date, zone)) if _is_day(date) else get_words().review_date(date)


def _zone_of(date: ReviewDate, zone: tzinfo) -> tzinfo:
    """A day that was given without a zone is that day everywhere; it is kept as a day of UTC."""
    is_bare_day = date.precision is Precision.DAY and (date.earliest.hour, date.earliest.minute) == (0, 0)
    return UTC if is_bare_day else zone


def _is_day(date: ReviewDate) -> bool:
    known = date.precision in (Precision.INSTANT, Precision.DAY)
    return known and not date.relative and date.latest - date.earliest <= timedelta(days=1)


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Address of one of our own files, with its digest, so that browsers may keep it for good."""
    return url_for("static", filename=name, v=_digest(name))


def install(app: Flask) -> None:
    """Give templates their names."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        words=LocalProxy(get_words),
        t=lambda message, **values: get_words().text(message, **values),
        n=lambda one, many, count, **values: get_words().plural(one, many, count, **values),
        new_key=new_key,
        asset=asset,
        stars_text=stars_text,
        machine_date=machine_date,
        staff_date=staff_date,
        safe_link=safe_link,
        outcome_name=outcome_name,
        duration=duration,
        values_of=lambda reject: dict(reject.values),
        dup=lambda found: [(each, each) for each in found],
        navigation=find_entries,
        day_of=date.fromisoformat,
        version=__version__,
        Right=Right,
    )
