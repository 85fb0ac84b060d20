"""The group itself: its name."""

from flask import make_response, url_for
from werkzeug.wrappers import Response

from reviews.i18n import N_, Words
from reviews.publish.say import plain_name
from reviews.storage import GroupTransaction, groups
from reviews.web.dashboard.base import blueprint, note, render
from reviews.web.forms import read_form, write_once
from reviews.web.state import get_group, get_words

NEEDED = N_("This is needed.")
ORIGINS = {
    "own_site": N_("Own website"),
    "first_party": N_("Collected by the clinic itself"),
    "google_business": "Google Business Profile",
    "google_places": "Google Maps",
    "google_maps_page": "Google Maps",
    "google_takeout": "Google Takeout",
    "ratemds": "RateMDs",
    "unknown": N_("Origin not known"),
    "saved_page": N_("A saved page"),
    "other_site": N_("Another website"),
}
"""Where reviews come from, in words; platforms that are not here are called by their key with a capital."""


def origin_name(origin: str, words: Words) -> str:
    """Whose terms bind a review, in the reader's words."""
    return words.text(ORIGINS.get(origin, origin.capitalize()))


@blueprint.get("/settings/organisation")
def group_settings() -> str:
    """The name of the group."""
    return _page({"name": get_group().name}, {})


def _page(values: dict[str, str], faults: dict[str, str]) -> str:
    words = get_words()
    return render(
        "group.html", "settings", values=values, faults={name: words.text(text) for name, text in faults.items()}
    )


@blueprint.post("/settings/organisation")
def save_group() -> Response:
    """Another name, as it stands in mails, reports and invitations."""
    form = read_form("name")
    name = plain_name(form["name"])[:200]
    if not name:
        return make_response(_page(form.values, {"name": NEEDED}), 400)

    def work(g: GroupTransaction) -> str:
        before = groups.get_group(g.tx, g.group_id)
        groups.rename(g, name)
        note(g, "group.renamed", "group", before.public_id, {"name": before.name}, {"name": name})
        return url_for("dashboard.group_settings", done="saved")

    return write_once(work)
