"""The group's channels: a Slack or Teams room, or a webhook. Addresses and keys are secrets and never shown again."""

from flask import make_response, redirect, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.errors import SourceError
from reviews.i18n import LANGUAGES, N_
from reviews.publish.say import plain_name
from reviews.storage import GroupTransaction, alerts, deliveries
from reviews.storage.alerts import Channel
from reviews.web.dashboard.base import blueprint, note, reading, render
from reviews.web.forms import is_first_press, read_form, write_once
from reviews.web.state import get_group, get_words, open_group, state

KIND_NAMES = {
    "slack": N_("Slack (address of an incoming webhook)"),
    "teams": N_("Teams (address of a Workflows flow)"),
    "apprise": N_(
        "Another service (address as apprise writes it: Discord, Google Chat, Gotify, ntfy, Pushover, Telegram)"
    ),
    "webhook": N_("Webhook (signed, Standard Webhooks)"),
}
NEEDED = N_("This is needed.")


@blueprint.get("/settings/channels/new")
def new_channel() -> str:
    """The form of a new channel."""
    return _form({"kind": "slack", "language": get_words().language}, {})


def _form(values: dict[str, str], faults: dict[str, str]) -> str:
    words = get_words()
    return render(
        "channel_new.html",
        "settings",
        values=values,
        faults={name: words.text(text) for name, text in faults.items()},
        kinds=[(key, words.text(text)) for key, text in KIND_NAMES.items()],
        languages=[(tag, state().catalogue.words(tag).locale.get_display_name(tag)) for tag in LANGUAGES],
    )


@blueprint.post("/settings/channels/new")
def add_channel() -> Response:
    """A new channel; the key of a webhook is shown with the answer, this once."""
    from reviews.alerts import manage

    form = read_form("kind", "label", "url", "language")
    if form["kind"] not in KIND_NAMES or form["language"] not in LANGUAGES:
        raise NotFound
    label = plain_name(form["label"])[:100]
    if not label:
        return make_response(_form(form.values, {"label": NEEDED}), 400)
    if not is_first_press():
        return redirect(url_for("dashboard.alerts"), 303)
    desk = state().services.desk()
    try:
        with state().storage.write() as tx:
            g = open_group(tx)
            made = manage.add_channel(
                desk, g, kind=form["kind"], label=label, url=form["url"], language=form["language"]
            )
            note(g, "channel.added", "channel", made.channel.public_id, {}, {"kind": made.channel.kind})
    except SourceError as error:
        return make_response(_form(form.values, {"url": get_words().text(error.hint, **error.values)}), 400)
    return make_response(_page(made.channel, key=made.key))


@blueprint.get("/settings/channels/<public_id>")
def channel(public_id: str) -> str:
    """One channel: its state, its last answers, and what can be done about it."""
    with reading() as g:
        found = alerts.get_channel_by_public_id(g, public_id)
    return _page(found)


def _page(found: Channel, *, key: str = "", fault: str = "") -> str:
    with reading() as g:
        lines = deliveries.find_log(g, limit=10, channel_id=found.id)
    return render(
        "channel.html",
        "settings",
        channel=found,
        kind=get_words().text(KIND_NAMES[found.kind]) if found.kind in KIND_NAMES else found.kind,
        lines=lines,
        key=key,
        fault=fault,
    )


def _get(public_id: str) -> Channel:
    with reading() as g:
        return alerts.get_channel_by_public_id(g, public_id)


@blueprint.post("/settings/channels/<public_id>/test")
def test_channel(public_id: str) -> Response:
    """Send a test there now; the answer stands first among the last answers."""
    from reviews.alerts import manage

    read_form()
    _get(public_id)
    if is_first_press():
        manage.try_channel(state().services.desk(), get_group().id, public_id)
    return redirect(url_for("dashboard.channel", public_id=public_id), 303)


@blueprint.post("/settings/channels/<public_id>/address")
def change_channel_address(public_id: str) -> Response:
    """Another address; the channel is switched on again."""
    from reviews.alerts import manage

    form = read_form("url")
    found, desk = _get(public_id), state().services.desk()

    def work(g: GroupTransaction) -> str:
        manage.change_address(desk, g, alerts.get_channel_by_public_id(g, public_id), form["url"])
        note(g, "channel.address", "channel", public_id)
        return url_for("dashboard.channel", public_id=public_id, done="saved")

    try:
        return write_once(work)
    except SourceError as error:
        return make_response(_page(found, fault=get_words().text(error.hint, **error.values)), 400)


@blueprint.post("/settings/channels/<public_id>/key")
def change_channel_key(public_id: str) -> Response:
    """A new key, shown with the answer this once; until the old one is dropped both sign."""
    from reviews.alerts import manage

    read_form()
    found, desk = _get(public_id), state().services.desk()
    if found.kind != "webhook" or not is_first_press():
        return redirect(url_for("dashboard.channel", public_id=public_id), 303)
    with state().storage.write() as tx:
        g = open_group(tx)
        key = manage.change_key(desk, g, alerts.get_channel_by_public_id(g, public_id))
        note(g, "channel.key", "channel", public_id)
    return make_response(_page(found, key=key))


@blueprint.post("/settings/channels/<public_id>/drop-key")
def drop_channel_key(public_id: str) -> Response:
    """From now on only the newest key signs."""
    from reviews.alerts import manage

    read_form()
    found, desk = _get(public_id), state().services.desk()

    def work(g: GroupTransaction) -> str:
        if found.kind == "webhook":
            manage.drop_old_key(desk, g, alerts.get_channel_by_public_id(g, public_id))
            note(g, "channel.key_dropped", "channel", public_id)
        return url_for("dashboard.channel", public_id=public_id, done="saved")

    return write_once(work)


@blueprint.post("/settings/channels/<public_id>/state")
def set_channel_state(public_id: str) -> Response:
    """Pause a channel, or send there again."""
    form = read_form("state")
    if form["state"] not in ("active", "paused"):
        raise NotFound

    def work(g: GroupTransaction) -> str:
        found = alerts.get_channel_by_public_id(g, public_id)
        alerts.update_channel(
            g, found.id, now=state().clock(), state=form["state"], reason="", failures=0, held_until=None
        )
        note(g, "channel.state", "channel", public_id, {"state": found.state}, {"state": form["state"]})
        return url_for("dashboard.channel", public_id=public_id, done="saved")

    return write_once(work)


@blueprint.post("/settings/channels/<public_id>/delete")
def delete_channel(public_id: str) -> Response:
    """Let a channel go, with its rules and what was sent there."""
    read_form()

    def work(g: GroupTransaction) -> str:
        found = alerts.get_channel_by_public_id(g, public_id)
        alerts.delete_channel(g, found.id)
        note(g, "channel.deleted", "channel", public_id, {"kind": found.kind})
        return url_for("dashboard.alerts", done="saved")

    return write_once(work)
