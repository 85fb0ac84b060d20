"""Writing a reply: the composer, its live check, saving, and what follows until it is posted.

Nothing is posted without a person's press on this very text; the guard is asked at save, at approval and at posting.
"""

from collections.abc import Callable

from flask import make_response, render_template, url_for
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Response

from reviews.errors import Conflict
from reviews.i18n import N_
from reviews.rules import replies as states
from reviews.rules.work import REFUSED
from reviews.storage import GroupTransaction, replies, reply_posts, reviews
from reviews.storage import work as daily
from reviews.storage.replies import OwnReply
from reviews.web.dashboard.base import blueprint, note, reading, render, zone_of
from reviews.web.dashboard.reply_view import (
    LEVELS,
    REPLY_STATES,
    UNITS,
    Scene,
    fill_template,
    find_risks,
    find_templates,
    may_approve_by_posting,
    read_scene,
    read_text,
    steps_of,
)
from reviews.web.forms import read_form, read_query, write_once
from reviews.web.state import get_visitor, get_words, open_group, state

FEWEST_WORDS_OF_A_REASON = 3
STANDS = "stands"
"""Where on the page the reply stands with its next press: Tab goes on from there."""

NO_TEXT = N_("Please write a text first.")
BLOCKED = N_("The guard stops this text. There is no way around it but a better text.")
UNFILLED = N_("The text still has places that nobody has filled.")
OWN_TEXT = N_("Somebody else than the writer approves a text.")
NEEDS_REASON = N_("Please say in a few words why the warning may stay.")
NO_CLEARING = N_("Only a manager or an owner may say why a warning may stay.")
NOT_CLEARED = N_("The guard now warns of something that nobody has cleared. Please send the reply back.")
CHANGED = N_("The review has changed since the reply was approved. Please look at it again.")
NOT_TAKEN = N_("This source takes no replies.")


@blueprint.get("/reviews/<public_id>/reply")
def reply(public_id: str) -> Response:
    """The composer, or how the reply stands."""
    wants = read_query("edit")
    _note_presence(public_id)
    return _page(public_id, is_editing=wants["edit"] == "1")


def _note_presence(public_id: str) -> None:
    """So that others see who is writing; it tells nothing else and lasts for minutes."""
    visitor = get_visitor()
    with state().storage.write() as tx:
        g = open_group(tx)
        found = reviews.get_review_by_public_id(g, public_id)
        replies.touch_presence(g, found.id, visitor.person.id, state().clock())


def _page(
    public_id: str,
    *,
    text: str | None = None,
    mine: str = "",
    is_editing: bool = False,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The page; `text` stands in the field, `mine` beside it where somebody else was faster or a template took over."""
    with reading() as g:
        found = reviews.get_review_by_public_id(g, public_id)
        scene = read_scene(g, found)
        templates = find_templates(g, scene)
        others = replies.find_others_present(g, found.id, get_visitor().person.id, state().clock())
        has_risks = find_risks(g, found)
    current, writing = scene.current, scene.writing
    is_new = current is None or current.state in ("replaced", "removed", "confirmed")
    is_composing = is_editing or text is not None or is_new or (writing is not None and writing.state == "draft")
    shown = text if text is not None else (current.text or "" if current is not None and not is_new else "")
    faults = {name: get_words().text(message) for name, message in (faults or {}).items()}
    reading_ = read_text(scene, shown) if shown else None
    page = render(
        "reply.html",
        "inbox",
        scene=scene,
        review=found,
        zone=zone_of(scene.clinic),
        is_composing=is_composing and "draft" in scene.acts and scene.way != "none",
        is_new=is_new,
        text=shown,
        mine=mine,
        reading=reading_,
        posts_at_once=may_approve_by_posting(scene, current, reading_),
        templates=templates,
        has_risks=has_risks,
        others=others if is_composing else [],
        faults=faults,
        states=REPLY_STATES,
        levels=LEVELS,
        units=UNITS,
        steps=steps_of(scene, current) if current else [],
        seen=f"{current.public_id}:{current.version}" if current is not None and not is_new else "",
    )
    return make_response(page, status)


@blueprint.post("/reviews/<public_id>/reply/check")
def check_reply(public_id: str) -> str:
    """What the guard says of a text that is being written, as a piece of the page; nothing is stored but who writes."""
    form = read_form("template", "do", "seen", long=("text",))
    _note_presence(public_id)
    with reading() as g:
        found = reviews.get_review_by_public_id(g, public_id)
        scene = read_scene(g, found)
        others = replies.find_others_present(g, found.id, get_visitor().person.id, state().clock())
    return render_template(
        "dashboard/reply_reading.html",
        scene=scene,
        reading=read_text(scene, form["text"]) if form["text"] else None,
        others=others,
        levels=LEVELS,
        units=UNITS,
        zone=zone_of(scene.clinic),
    )


@blueprint.post("/reviews/<public_id>/reply")
def save_reply(public_id: str) -> Response:
    """Save the text, send it for approval, look what the guard says, or begin with a template."""
    form = read_form("template", "do", "seen", long=("text",))
    text, do = form["text"], form["do"] or "save"
    if do not in ("save", "send", "check", "template"):
        raise BadRequest("no such button")
    if do == "check":
        return _page(public_id, text=text)
    if do == "template":
        return _begin_with(public_id, form["template"], text)
    if not text:
        return _page(public_id, text="", faults={"text": NO_TEXT}, status=400)

    def work(g: GroupTransaction) -> str:
        scene = read_scene(g, reviews.get_review_by_public_id(g, public_id))
        if scene.way == "none":
            raise Conflict("no replies there", NOT_TAKEN)
        saved = _save(g, scene, form["seen"], text)
        reading = read_text(scene, text)
        if do == "send" and not reading.blocks:
            _move(g, saved, "send", get_visitor().role, sent_by=get_visitor().person.id)
            replies.end_presence(g, scene.review.id, get_visitor().person.id)
            return url_for("dashboard.reply", public_id=public_id, done="reply-sent", _anchor=STANDS)
        if do == "save":
            return url_for("dashboard.reply", public_id=public_id, done="reply-saved")
        return url_for("dashboard.reply", public_id=public_id, done="reply-stopped", _anchor="text")

    try:
        return write_once(work)
    except _Overtaken as error:
        return _page(public_id, text=text, mine=error.theirs, status=409, faults={"text": error.hint})
    except Conflict as error:
        return _page(public_id, text=text, status=409, faults={"text": error.hint})


class _Overtaken(Conflict):
    """Somebody saved another text meanwhile; both are shown, and neither is lost."""

    hint_default = N_("Somebody else has saved another text in the meantime. Both are here; save again to keep yours.")

    def __init__(self, theirs: str) -> None:
        super().__init__("another text was saved meanwhile")
        self.theirs = theirs


def _save(g: GroupTransaction, scene: Scene, seen: str, text: str) -> OwnReply:
    """Store the text in place of the version that the writer saw; raises _Overtaken with the other's text."""
    now, person_id = state().clock(), get_visitor().person.id
    current = scene.current
    if current is None or (not seen and current.state in ("replaced", "removed", "confirmed")):
        saved = replies.add_own(g, review_id=scene.review.id, text=text, person_id=person_id, now=now)
        before: dict[str, object] = {}
    else:
        if seen != f"{current.public_id}:{current.version}":
            raise _Overtaken(current.text or "")
        states.next_state(current.state, "save", get_visitor().role)
        if current.state == "approved":
            _stop_post(g, scene, current)
        saved = replies.save_own(g, current, text=text, person_id=person_id, now=now)
        before = {"state": current.state, "version": current.version}
    about = {"state": saved.state, "version": saved.version, "review": scene.review.public_id}
    note(g, "reply.saved", "reply", saved.public_id, before, about)
    return saved


def _stop_post(g: GroupTransaction, scene: Scene, current: OwnReply) -> None:
    """Take it back from the queue; raises Conflict once somebody has begun to post it."""
    if scene.is_on_its_way and not reply_posts.stop_posts(g, current.id, state().clock()):
        raise Conflict("the reply is being posted", N_("This reply is being posted just now. Please wait a moment."))


def _begin_with(public_id: str, key: str, text: str) -> Response:
    """The page with a template in the field, and what was written before beside it."""
    with reading() as g:
        scene = read_scene(g, reviews.get_review_by_public_id(g, public_id))
        chosen = next((each for each in find_templates(g, scene) if each.key == key), None)
    if chosen is None:
        return _page(public_id, text=text)
    filled = fill_template(scene, chosen)
    return _page(public_id, text=filled, mine=text if text.strip() != filled else "")


# ---------------------------------------------------------------- after writing
Act = Callable[[GroupTransaction, Scene, OwnReply], str]


def _act(public_id: str, act: str, work: Act, *fields: str) -> Response:
    """Do something with the very text that the visitor saw, if their role includes it."""
    form = read_form("seen", *fields)

    def once(g: GroupTransaction) -> str:
        scene = read_scene(g, reviews.get_review_by_public_id(g, public_id))
        if act not in scene.acts:
            raise Forbidden("the role does not include this")
        if not form["seen"]:
            raise BadRequest("which text is meant is missing")
        current = scene.current
        if current is None or form["seen"] != f"{current.public_id}:{current.version}":
            raise Conflict("another text stands there now")
        return url_for("dashboard.reply", public_id=public_id, done=work(g, scene, current), _anchor=STANDS)

    return write_once(once)


@blueprint.post("/reviews/<public_id>/reply/approve")
def approve_reply(public_id: str) -> Response:
    """Approve this very text; a warning needs a reason, and neither is for one's own text."""
    form = read_form("seen", "why")
    why = form["why"]

    def work(g: GroupTransaction, scene: Scene, current: OwnReply) -> str:
        if not scene.may_approve:
            raise Conflict("one's own text", OWN_TEXT)
        reading = read_text(scene, current.text or "")
        if reading.blocks:
            raise Conflict("the guard blocks", UNFILLED if reading.unfilled else BLOCKED)
        if reading.warnings and not scene.may_clear:
            raise Conflict("warnings are not cleared", NO_CLEARING)
        if reading.warnings and len(why.split()) < FEWEST_WORDS_OF_A_REASON:
            raise Conflict("no reason", NEEDS_REASON)
        _move(
            g,
            current,
            "approve",
            "manager",  # who may approve was asked above, with what the group lets editors do
            about={"cleared": list(reading.warnings), **({"why": why} if reading.warnings else {})},
            approved_by=get_visitor().person.id,
            approved_at=state().clock(),
            cleared=reading.warnings,
            review_hash=scene.review.content_hash,
        )
        return "reply-approved"

    return _act(public_id, "approve", work, "why")


@blueprint.post("/reviews/<public_id>/reply/send-back")
def send_reply_back(public_id: str) -> Response:
    """Back to the writer, with a word what is to be better."""
    why = read_form("seen", "note")["note"]

    def work(g: GroupTransaction, scene: Scene, current: OwnReply) -> str:
        if current.state == "approved":
            _stop_post(g, scene, current)
        _move(g, current, "send_back", "manager", note=why)
        return "reply-back"

    return _act(public_id, "approve", work, "note")


@blueprint.post("/reviews/<public_id>/reply/post")
def post_reply(public_id: str) -> Response:
    """Post the approved text: by the platform's API, or note that it was posted by hand."""
    form = read_form("seen", "way", "of")
    way = form["way"]
    if way not in ("api", "hand"):
        raise BadRequest("no such way")

    def work(g: GroupTransaction, scene: Scene, current: OwnReply) -> str:
        now, person_id = state().clock(), get_visitor().person.id
        reading = read_text(scene, current.text or "")
        if may_approve_by_posting(scene, current, reading):
            if form["of"] != scene.review.content_hash:
                raise Conflict("the review has changed", CHANGED)
            scene, current = _approve_alone(g, scene, current)
        if reading.blocks:
            raise Conflict("the guard blocks", UNFILLED if reading.unfilled else BLOCKED)
        if current.state != "approved":
            raise Conflict("not approved", REFUSED)
        if set(reading.warnings) - set(current.cleared):
            raise Conflict("warnings are not cleared", NOT_CLEARED)
        if current.review_hash != scene.review.content_hash:
            raise Conflict("the review has changed", CHANGED)
        if way == "api":
            if scene.way != "api" or not reply_posts.add_post(g, current.id, person_id=person_id, now=now):
                raise Conflict("not to be posted by program", REFUSED)
            note(g, "reply.queued", "reply", current.public_id, {"version": current.version}, {"way": "api"})
            return "reply-queued"
        _stop_post(g, scene, current)
        _move(
            g, current, "post_by_hand", "manager", about={"review": scene.review.public_id}, posted_by=person_id,
            posted_at=now, posted_way="hand", unseen_runs=0, reason="",
        )  # fmt: skip
        daily.mark_answered(g, scene.review, now)
        return "reply-posted"

    return _act(public_id, "post", work, "way", "of")


def _approve_alone(g: GroupTransaction, scene: Scene, current: OwnReply) -> tuple[Scene, OwnReply]:
    """The approval that this press is too; in the trail it has a line of its own."""
    _move(
        g, current, "approve", "manager", about={"cleared": []}, approved_by=get_visitor().person.id,
        approved_at=state().clock(), cleared=(), review_hash=scene.review.content_hash,
    )  # fmt: skip
    again = read_scene(g, scene.review)
    assert again.current is not None
    return again, again.current


@blueprint.post("/reviews/<public_id>/reply/undo")
def undo_reply(public_id: str) -> Response:
    """It was not posted after all, take it from the queue, or try again what was refused: back to approved."""
    do = read_form("seen", "do")["do"]
    if do not in ("not_posted", "try_again", "stop"):
        raise BadRequest("no such button")

    def work(g: GroupTransaction, scene: Scene, current: OwnReply) -> str:
        if do == "stop":
            _stop_post(g, scene, current)
            note(g, "reply.stopped", "reply", current.public_id, {"version": current.version}, {})
            return "reply-stopped-post"
        _move(g, current, do, "manager", reason="")
        return "reply-again"

    return _act(public_id, "post", work, "do")


@blueprint.post("/reviews/<public_id>/reply/discard")
def discard_reply(public_id: str) -> Response:
    """Throw a draft away."""

    def work(g: GroupTransaction, scene: Scene, current: OwnReply) -> str:
        states.next_state(current.state, "discard", get_visitor().role)
        replies.discard(g, current)
        note(g, "reply.discarded", "reply", current.public_id, {"version": current.version}, {})
        replies.end_presence(g, scene.review.id, get_visitor().person.id)
        return "reply-discarded"

    return _act(public_id, "draft", work)


def _move(
    g: GroupTransaction,
    current: OwnReply,
    event: str,
    role: str | None,
    *,
    about: dict[str, object] | None = None,
    **also: object,
) -> None:
    """Give a reply its next state by the table, with a line in the audit trail."""
    after = states.next_state(current.state, event, role)
    replies.move(g, current, after, **also)
    before = {"state": current.state, "version": current.version}
    note(g, f"reply.{event}", "reply", current.public_id, before, {"state": after, **(about or {})})
