"""The way through the staff side: one table, of which each visitor sees what their role may open."""

from dataclasses import dataclass

from flask import current_app, url_for

from reviews.i18n import N_
from reviews.web.policy import right_of
from reviews.web.state import find_visitor, get_words

TABLE = (
    ("dashboard.today", "today", N_("Today"), True),
    ("dashboard.inbox", "inbox", N_("Inbox"), True),
    ("dashboard.widgets", "widgets", N_("Widgets"), True),
    ("dashboard.trends", "trends", N_("Trends"), False),
    ("dashboard.clinics", "clinics", N_("Clinics"), False),
    ("dashboard.themes", "themes", N_("Themes"), False),
    ("dashboard.reports", "reports", N_("Reports"), False),
    ("dashboard.sources", "sources", N_("Sources"), False),
    ("dashboard.people", "settings", N_("Settings"), False),
    ("dashboard.alerts", "settings", N_("Settings"), False),
    ("system.page", "system", N_("System"), False),
)
"""Endpoint, section and icon, label, whether a phone shows it at once. Of one section the first that may be opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the navigation."""

    endpoint: str
    name: str
    label: str
    url: str
    is_first: bool


def find_entries() -> list[Entry]:
    """The entries that this visitor may open."""
    visitor, found = find_visitor(), dict[str, Entry]()
    for endpoint, name, label, is_first in TABLE:
        right = right_of(endpoint)
        if endpoint not in current_app.view_functions or visitor is None or right is None or not visitor.may(right):
            continue
        text = get_words().text(label)
        found.setdefault(
            name, Entry(endpoint=endpoint, name=name, label=text, url=url_for(endpoint), is_first=is_first)
        )
    return list(found.values())
