"""Demo data goes with one press, from Today, as long as there is any."""

from flask import url_for
from werkzeug.wrappers import Response

from reviews.publish import remove_copies
from reviews.storage import GroupTransaction, demo_data, groups
from reviews.web.dashboard.base import blueprint, note
from reviews.web.forms import read_form, write_once
from reviews.web.state import state


@blueprint.post("/demo-data/remove")
def remove_demo() -> Response:
    """Drop the invented clinics with their reviews, sources and widgets; people and settings stay."""
    read_form()
    slugs: list[str] = []

    def work(g: GroupTransaction) -> str:
        removed = demo_data.remove_demo_data(g, state().clock())
        slugs.extend(removed.slugs)
        group = groups.get_group(g.tx, g.group_id)
        note(g, "demo.removed", "group", group.public_id, {"clinics": removed.clinics, "reviews": removed.reviews})
        return url_for("dashboard.today", done="demo-removed")

    answer = write_once(work)
    for slug in slugs:
        remove_copies(state().settings.snapshot_dir, slug)
    return answer
