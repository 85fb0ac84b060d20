"""What is kept and for how long: what terms demand, what the group wishes beside them, and when something goes next."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import make_response, url_for
from werkzeug.wrappers import Response

from reviews.i18n import N_
from reviews.storage import GroupTransaction, groups, keeping, rotation
from reviews.storage.keeping import MONTHS, Held, Keeping
from reviews.web.dashboard.base import blueprint, note, reading, render
from reviews.web.dashboard.settings_group import origin_name
from reviews.web.forms import read_form, write_once
from reviews.web.state import get_words, state

FIELDS = ("review_months", "note_months")
PURGED_WITHIN = timedelta(hours=1)
NO_SUCH_TIME = N_("Choose one of these times.")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """What is held under one origin's terms: their days, what counts in the end (None: for ever), when it goes next."""

    name: str
    count: int
    term_days: int | None
    days: int | None
    is_own: bool
    next_at: datetime | None
    checked_on: date
    url: str


@blueprint.get("/settings/privacy")
def privacy() -> str:
    """What is held, what terms say of it, what the group wishes, and what goes next."""
    with reading() as g:
        wishes = keeping.find_keeping(g)
    return _page({name: str(getattr(wishes, name) or "") for name in FIELDS}, {})


@blueprint.post("/settings/privacy")
def save_privacy() -> Response:
    """How long the group keeps its own copies; what goes by it at once is said before."""
    form = read_form(*FIELDS, "sure")
    wishes, faults = _read(form.values)
    with reading() as g:
        going = keeping.count_going(g, wishes, state().clock() + PURGED_WITHIN)
    if not faults and any(going) and form["sure"] != "yes":
        faults = {"sure": _going(*going)}
    if faults:
        return make_response(_page(form.values, faults), 400)

    def work(g: GroupTransaction) -> str:
        before = keeping.find_keeping(g)
        keeping.save_keeping(g, wishes)
        group = groups.get_group(g.tx, g.group_id)
        note(g, "group.keeping", "group", group.public_id, _said(before), _said(wishes))
        return url_for("dashboard.privacy", done="saved")

    return write_once(work)


def _read(values: dict[str, str]) -> tuple[Keeping, dict[str, str]]:
    allowed = {"": None, **{str(months): months for months in MONTHS}}
    chosen = {name: allowed.get(values.get(name, "")) for name in FIELDS}
    faults = {name: get_words().text(NO_SUCH_TIME) for name in FIELDS if values.get(name, "") not in allowed}
    return Keeping(**chosen), faults


def _said(wishes: Keeping) -> dict[str, int | str]:
    """As the trail says it."""
    return {name: getattr(wishes, name) or "for_ever" for name in FIELDS}


def _going(reviews: int, notes: int) -> str:
    words = get_words()
    if not reviews:
        return words.plural("Within an hour {n} note goes for good.", "Within an hour {n} notes go for good.", notes)
    text = words.plural(
        "Within an hour what {n} review says goes for good.", "Within an hour what {n} reviews say goes for good.",
        reviews,
    )  # fmt: skip
    return text + (" " + words.plural("{n} note goes too.", "{n} notes go too.", notes) if notes else "")


def _page(values: dict[str, str], faults: dict[str, str]) -> str:
    with reading() as g:
        held, forgotten, saved = keeping.find_held(g), groups.count_forgotten(g), keeping.find_keeping(g)
    return render(
        "privacy.html",
        "settings",
        values=values,
        faults=faults,
        choices=[(str(months), _months(months)) for months in MONTHS],
        lines=[_line(each, saved, state().clock()) for each in held],
        forgotten=forgotten,
        zone=UTC,
        backup_weeks=rotation.WEEKLY_KEPT + 1,
    )


def _line(held: Held, wishes: Keeping, now: datetime) -> KeptLine:
    terms = state().book.terms(held.origin)
    own = None if wishes.review_months is None else keeping.days_of(wishes.review_months)
    limits = [days for days in (terms.retention_days, own) if days is not None]
    days = min(limits) if limits else None
    return KeptLine(
        name=origin_name(held.origin, get_words()),
        count=held.count,
        term_days=terms.retention_days,
        days=days,
        is_own=days is not None and days != terms.retention_days,
        next_at=None if days is None else max(now, held.oldest + timedelta(days=days)),
        checked_on=terms.checked_on,
        url=terms.urls[0] if terms.urls else "",
    )


def _months(months: int) -> str:
    words = get_words()
    if months % 12:
        return words.plural("{n} month", "{n} months", months)
    return words.plural("{n} year", "{n} years", months // 12)
