"""Export what I see: the list with its filters, in the view's columns, as CSV, XLSX or JSON, row by row."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

from flask import stream_with_context
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from reviews import rules
from reviews.clock import to_text
from reviews.i18n import N_
from reviews.rules import Purpose, ReviewFacts, Shown
from reviews.storage import review_lists, reviews, work
from reviews.storage.review_rows import StoredReply, StoredReview
from reviews.web import tables
from reviews.web.dashboard import filters as asked
from reviews.web.dashboard.base import blueprint, note, reading, row_of
from reviews.web.dashboard.filters import ORDERS, Choice, Scope
from reviews.web.dashboard.inbox import scope_of
from reviews.web.forms import Form, read_form, read_query
from reviews.web.state import get_group, get_words, open_group, state

PIECE = 500
COLUMNS = {
    "clinic": N_("Clinic"),
    "source": N_("Source"),
    "written": N_("Written"),
    "stars": N_("Stars"),
    "author": N_("Author"),
    "title": N_("Title"),
    "text": N_("Text"),
    "language": N_("Language"),
    "state": N_("State"),
    "tags": N_("Tags"),
    "reads": N_("How it reads"),
    "reply": N_("Reply"),
    "presence": N_("At the source"),
    "website": N_("Website"),
    "first_read": N_("First read"),
    "address": N_("Address"),
}
FORMATS: dict[str, tuple[str, Callable[..., Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", tables.to_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", tables.to_xlsx),
    "json": ("application/json", tables.to_json),
}
Row = Sequence[tables.Cell]


@blueprint.post("/inbox/export")
def export_reviews() -> Response:
    """The list of the address as a file; each is in the audit trail."""
    query = read_query(*asked.SINGLE, many=asked.MANY)
    form = read_form("format", many=["columns"])
    if form["format"] not in FORMATS:
        raise BadRequest("no such format")
    columns = [name for name in form.many.get("columns", ()) if name in COLUMNS] or columns_of(query)
    words, now = get_words(), state().clock()
    with reading() as g:
        scope = scope_of(g)
        choice = asked.understand(query, scope, words)
    with state().storage.write() as tx:
        g = open_group(tx)
        said = [chip.text for chip in choice.chips]
        note(g, "reviews.exported", "list", "", {}, {"format": form["format"], "filters": dict(choice.query),
                                                     "columns": columns})  # fmt: skip
    about = [
        words.text(N_("Reviews of {group}, exported {time} UTC"), group=get_group().name, time=f"{now:%Y-%m-%d %H:%M}"),
        words.text(N_("Filters: {filters}"), filters=", ".join(said) or words.text(N_("none"))),
        words.text(N_("Order: {order}"), order=words.text(ORDERS[choice.order])),
        words.text(
            N_("Times are in UTC; days are those of the clinic. What terms let nobody keep is not in this file.")
        ),
    ]
    kind, write = FORMATS[form["format"]]
    make = partial(_cells, columns=columns)
    rows = (make(row, tags, reply, scope) for row, tags, reply in _stream(choice, scope, now))
    names = columns if form["format"] == "json" else [words.text(COLUMNS[name]) for name in columns]
    answer = Response(stream_with_context(write(about, names, rows)), content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="reviews-{now:%Y-%m-%d}.{form["format"]}"'
    return answer


def columns_of(query: Form) -> list[str]:
    """The columns of a file of the list of an address: those that it shows, if it says so, else all."""
    shown = query.many.get("show", ())
    return [name for name in COLUMNS if name in shown or name == "title"] if shown else list(COLUMNS)


Found = tuple[StoredReview, tuple[str, ...], str]


def _stream(choice: Choice, scope: Scope, now: datetime) -> Iterator[Found]:
    """Every review of the list that may be in a file, in its order, with tags and reply; a piece at a time."""
    after = None
    while True:
        with reading() as g:
            found = review_lists.find_reviews(g, choice.filters, PIECE, after, choice.order)
            rows = [row for row in found.rows if _may_leave(row, scope, now)]
            tags = work.find_tags(g, [row.id for row in rows])
            replies = reviews.find_replies_of(g, [row.id for row in rows if _is_answered(row)])
        for row in rows:
            yield row, tags.get(row.id, ()), _standing(replies.get(row.id, ()))
        if found.next_key is None:
            return
        after = found.next_key


def _may_leave(row: StoredReview, scope: Scope, now: datetime) -> bool:
    """Whether terms let us hold it still; what its author or the platform has taken back is never in a file."""
    if row.presence == "withdrawn" or row.content_purged_at is not None:
        return False
    clinic = next(each for each in scope.clinics if each.id == row.clinic_id)
    facts = ReviewFacts(
        text=row.text, title=row.title, language=row.language, read_age_days=rules.days_up(now - row.last_read_at)
    )
    decision = rules.decide(row_of(clinic, None), state().book.terms(row.origin), facts, Purpose.STAFF)
    return isinstance(decision, Shown)


def _is_answered(row: StoredReview) -> bool:
    return row.answered_at is not None or row.work in ("answered", "closed")


def _standing(replies: Sequence[StoredReply]) -> str:
    standing = [each for each in replies if each.state in ("posted", "pending", "confirmed")]
    return standing[-1].text or "" if standing else ""


def _cells(row: StoredReview, tags: tuple[str, ...], reply: str, scope: Scope, *, columns: Sequence[str]) -> Row:
    clinic = next(each.name for each in scope.clinics if each.id == row.clinic_id)
    source = next(each for each in scope.sources if each.id == row.source_id)
    values: dict[str, tables.Cell] = {
        "clinic": clinic,
        "source": source.label,
        "written": _written(row),
        "stars": None if row.stars100 is None else row.stars100 / 100,
        "author": row.author,
        "title": row.title,
        "text": row.text,
        "language": row.language,
        "state": row.work,
        "tags": ", ".join(tags),
        "reads": row.label,
        "reply": reply,
        "presence": row.presence,
        "website": row.publication,
        "first_read": to_text(row.first_seen_at)[:16].replace("T", " "),
        "address": row.url or source.url,
    }
    return [values[name] for name in columns]


def _written(row: StoredReview) -> str | None:
    """The date no more exact than it is known."""
    if row.date is None:
        return None
    length = {"instant": 10, "day": 10, "month": 7, "year": 4}[row.date.precision.value]
    middle = row.date.earliest + (row.date.latest - row.date.earliest) / 2
    return to_text(middle)[: 4 if row.date.relative and length > 7 else length]
