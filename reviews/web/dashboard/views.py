"""Saved views: a list with its filters gets a name, for oneself or for the group, and can be a tab."""

from flask import url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from reviews.storage import GroupTransaction, views
from reviews.web.dashboard import filters as asked
from reviews.web.dashboard.base import blueprint, choices, note, reading, render
from reviews.web.dashboard.export import COLUMNS, columns_of
from reviews.web.dashboard.filters import inbox_url, query_of
from reviews.web.forms import read_form, read_query, write_once
from reviews.web.policy import Right
from reviews.web.state import get_visitor, state

MAX_NAME = 60


@blueprint.get("/inbox/views", endpoint="views")
def views_() -> str:
    """The saved views; the form to save the list of the address, and to take it home as a file."""
    form = read_query(*asked.SINGLE, many=asked.MANY)
    query = query_of(form)
    with reading() as g:
        found = views.find_views(g, get_visitor().person.id)
    return render(
        "views.html",
        "inbox",
        found=[(view, inbox_url(view.query), url_for("dashboard.export_reviews", **view.query)) for view in found],
        query=query,
        here=inbox_url(query),
        export_url=url_for("dashboard.export_reviews", **query),
        save_url=url_for("dashboard.save_view", **query),
        columns=choices(COLUMNS),
        chosen=columns_of(form),
    )


@blueprint.post("/inbox/views")
def save_view() -> Response:
    """Save the list of the address under a name."""
    query = query_of(read_query(*asked.SINGLE, many=asked.MANY))
    form = read_form("name", "shared", "is_tab", many=["columns"])
    if not form["name"] or len(form["name"]) > MAX_NAME:
        raise BadRequest("a view has a name of up to 60 characters")
    shared = form["shared"] == "yes" and get_visitor().may(Right.EDIT)
    columns = [name for name in form.many.get("columns", ()) if name in COLUMNS]

    def work(g: GroupTransaction) -> str:
        added = views.add_view(
            g, person_id=None if shared else get_visitor().person.id, name=form["name"], query=query, columns=columns,
            is_tab=form["is_tab"] == "yes", now=state().clock(),
        )  # fmt: skip
        note(g, "view.saved", "view", added, {}, {"shared": shared, "query": query})
        return inbox_url(query, done="saved")

    return write_once(work)


@blueprint.post("/inbox/views/delete")
def delete_view() -> Response:
    """A view goes: one's own; the group's by those who may edit."""
    form = read_form("view")

    def work(g: GroupTransaction) -> str:
        found = views.get_view(g, form["view"], get_visitor().person.id)
        if found.person_id is None and not get_visitor().may(Right.EDIT):
            raise BadRequest("the group's views are changed by those who may edit")
        views.delete_view(g, form["view"], get_visitor().person.id)
        note(g, "view.deleted", "view", form["view"], {"name": found.name}, {})
        return url_for("dashboard.views", done="saved")

    return write_once(work)
