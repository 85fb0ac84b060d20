"""Keys of the API: made, shown once, revoked."""

from datetime import timedelta

from flask import make_response, redirect, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.i18n import N_
from reviews.publish.say import plain_name
from reviews.storage import GroupTransaction, api_tokens, clinics
from reviews.web.api.door import PREFIX_SHOWN, new_key
from reviews.web.dashboard.base import blueprint, note, reading, render
from reviews.web.forms import is_first_press, read_form, write_once
from reviews.web.security import hash_token
from reviews.web.state import get_visitor, get_words, open_group, state

SCOPES = {
    "reviews:read": N_("read reviews, with what terms and rules let out of the house"),
    "summaries:read": N_("read clinics and their figures"),
    "runs:read": N_("read sources and their runs"),
    "runs:write": N_("ask for a run now"),
    "exports:read": N_("all reviews in one answer"),
    "webhooks:read": N_("see webhooks"),
    "webhooks:write": N_("add and delete webhooks"),
}
ENDS = {"90": N_("after 90 days"), "365": N_("after a year"), "never": N_("never, until somebody revokes it")}
NEEDED = N_("This is needed.")


@blueprint.get("/settings/api-keys")
def api_keys() -> str:
    """The group's keys: how each begins, what it may do, when it was last used."""
    return _page({"ends": "365"}, {}, (), ())


def _page(
    values: dict[str, str], faults: dict[str, str], scopes: tuple[str, ...], chosen: tuple[str, ...], key: str = ""
) -> str:
    words = get_words()
    with reading() as g:
        found = api_tokens.find_tokens(g)
        places = clinics.find_clinics(g)
    return render(
        "api_keys.html",
        "settings",
        found=found,
        names={place.public_id: place.name for place in places},
        places=[(place.public_id, place.name) for place in places],
        scopes=[(name, f"{name}: {words.text(text)}") for name, text in SCOPES.items()],
        ends=[(name, words.text(text)) for name, text in ENDS.items()],
        values=values,
        faults={name: words.text(text) for name, text in faults.items()},
        chosen_scopes=scopes,
        chosen=chosen,
        key=key,
        now=state().clock(),
    )


@blueprint.post("/settings/api-keys")
def add_api_key() -> Response:
    """A new key, shown with the answer this once."""
    form = read_form("label", "ends", many=["scopes", "clinics"])
    scopes, chosen = form.many.get("scopes", ()), form.many.get("clinics", ())
    if set(scopes) - set(SCOPES) or form["ends"] not in ENDS:
        raise NotFound
    label, now = plain_name(form["label"])[:100], state().clock()
    faults = {} if label else {"label": NEEDED}
    if not scopes:
        faults["scopes"] = N_("Choose at least one.")
    if faults:
        return make_response(_page(form.values, faults, scopes, chosen), 400)
    if not is_first_press():
        return redirect(url_for("dashboard.api_keys"), 303)
    key = new_key()
    with state().storage.write() as tx:
        g = open_group(tx)
        if set(chosen) - {place.public_id for place in clinics.find_clinics(g)}:
            raise NotFound
        made = api_tokens.add_token(
            g, label=label, prefix=key[:PREFIX_SHOWN], token_hash=hash_token(key), scopes=scopes,
            clinics=chosen or None, person_id=get_visitor().person.id, now=now,
            expires_at=None if form["ends"] == "never" else now + timedelta(days=int(form["ends"])),
        )  # fmt: skip
        note(g, "key.added", "key", made.public_id, {}, {"prefix": made.prefix, "scopes": sorted(scopes)})
    return make_response(_page({"ends": "365"}, {}, (), (), key))


@blueprint.post("/settings/api-keys/<public_id>/revoke")
def revoke_api_key(public_id: str) -> Response:
    """A key opens nothing from now on."""
    read_form()

    def work(g: GroupTransaction) -> str:
        api_tokens.revoke(g, public_id, state().clock())
        note(g, "key.revoked", "key", public_id)
        return url_for("dashboard.api_keys", done="saved")

    return write_once(work)
