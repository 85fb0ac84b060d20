"""What the pages about replies show: how a reply stands, who may do what next, and what the guard says of a text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from reviews.i18n import N_
from reviews.model import Clinic, Source
from reviews.rules import reply_templates
from reviews.rules.replies import BEING_WRITTEN, may_act
from reviews.rules.reply_templates import Template
from reviews.sources.base import PostsReplies
from reviews.sources.registry import CONNECTORS
from reviews.storage import GroupTransaction, clinics, people, replies, reply_posts, reviews, sources
from reviews.storage import reply_templates as own_templates
from reviews.storage.replies import OwnReply, SavedText
from reviews.storage.reply_posts import LastPost
from reviews.storage.review_rows import StoredReply, StoredReview
from reviews.web.dashboard.base import Badge, blueprint, confirmed_pairs, row_of
from reviews.web.state import get_visitor, get_words, state

if TYPE_CHECKING:
    # Only names here: a process that writes no replies does not load the guard's word lists.
    from reviews.rules.guard import Finding, Guard, Size, Verdict

REPLY_STATES: Mapping[str, Badge] = {
    "draft": Badge(text=N_("draft")),
    "waiting": Badge(text=N_("waits for approval"), tone="warn"),
    "approved": Badge(text=N_("approved"), tone="good"),
    "posted": Badge(text=N_("posted, not yet seen online")),
    "pending": Badge(text=N_("being checked by the platform")),
    "confirmed": Badge(text=N_("confirmed online"), tone="good"),
    "rejected": Badge(text=N_("not accepted by the platform"), tone="bad"),
    "not_confirmed": Badge(text=N_("posted, but not to be seen"), tone="warn"),
    "replaced": Badge(text=N_("changed online by somebody"), tone="warn"),
    "removed": Badge(text=N_("no longer online"), tone="warn"),
}
LEVELS: Mapping[str, Badge] = {
    "block": Badge(text=N_("Stop"), tone="bad"),
    "warn": Badge(text=N_("Look again"), tone="warn"),
    "pass": Badge(text=N_("Nothing found"), tone="good"),
}
UNITS = {"bytes": N_("{count} of {limit} bytes"), "characters": N_("{count} of {limit} characters")}


_VIOLATIONS = (
    ("SPAM", N_("It looks like advertising, or like the same text again and again.")),
    ("ADVERT", N_("It looks like advertising, or like the same text again and again.")),
    ("PERSONAL", N_("It holds personal information.")),
    ("PII", N_("It holds personal information.")),
    ("OBSCEN", N_("Its words are rude or attack somebody.")),
    ("PROFAN", N_("Its words are rude or attack somebody.")),
    ("HARASS", N_("Its words are rude or attack somebody.")),
    ("HATE", N_("Its words are rude or attack somebody.")),
    ("OFF_TOPIC", N_("It is not about the review.")),
    ("RESTRICTED", N_("It speaks of something that the platform restricts.")),
)
"""What a platform's own word for a violation begins to say; Google has about 45 and announces more."""


@blueprint.app_template_global()
def reason_text(reason: str) -> str:
    """Why a platform did not take a reply, in plain words, with its own word where it gave one."""
    words = get_words()
    if not reason or reason != reason.upper():
        return words.text(reason)
    plain = next((words.text(text) for part, text in _VIOLATIONS if part in reason), "")
    return f"{plain} {words.text('The platform calls it: {reason}', reason=reason)}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is to be said of a text: the guard's verdict, its length for the platform, places that nobody filled.

    `pieces` are the text cut up: (what it says, the number of the finding that it concerns or 0, its severity).
    """

    verdict: "Verdict"
    size: "Size"
    unfilled: tuple[str, ...]
    pieces: tuple[tuple[str, int, str], ...]

    @property
    def blocks(self) -> bool:
        """Whether nobody may approve or post it."""
        return self.verdict.level.value == "block" or bool(self.unfilled)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The rules that warn."""
        return tuple(dict.fromkeys(finding.rule for finding in self.verdict.findings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One review with what was and may be answered. `names` are people by id; `acts` what the visitor may do.

    `is_alone`: nobody else in the group writes replies. `way` is how its platform takes replies: api, hand or none.
    """

    review: StoredReview
    clinic: Clinic
    source: Source
    own: tuple[OwnReply, ...]
    found: tuple[StoredReply, ...]
    post: LastPost | None
    texts: tuple[SavedText, ...]
    names: Mapping[int, str]
    acts: frozenset[str]
    is_alone: bool
    has_other_approver: bool
    way: str
    limit_row: object

    @property
    def current(self) -> OwnReply | None:
        """The reply that is being written, else the last one that was sent."""
        writing = [reply for reply in self.own if reply.state in BEING_WRITTEN]
        return writing[-1] if writing else self.own[-1] if self.own else None

    @property
    def writing(self) -> OwnReply | None:
        """The reply that is being written, if one is."""
        current = self.current
        return current if current is not None and current.state in BEING_WRITTEN else None

    @property
    def is_own_text(self) -> bool:
        """Whether the visitor wrote the current text."""
        return self.current is not None and self.current.person_id == get_visitor().person.id

    @property
    def may_approve(self) -> bool:
        """Whether the visitor may approve this very text."""
        return "approve" in self.acts and (self.is_alone or not self.is_own_text)

    @property
    def may_clear(self) -> bool:
        """Whether the visitor may say why a warning may stay."""
        return "clear_warning" in self.acts and (self.is_alone or not self.is_own_text)

    @property
    def is_on_its_way(self) -> bool:
        """Whether the program is about to post it."""
        return self.current is not None and self.current.state == "approved" and self._post_state == "waiting"

    @property
    def is_unsure(self) -> bool:
        """Whether nobody knows if the platform took it."""
        return self.current is not None and self.current.state == "approved" and self._post_state == "unsure"

    @property
    def changed_after_reply(self) -> bool:
        """Whether the review says something else than when the last reply was approved."""
        sent = [reply for reply in self.own if reply.posted_at is not None and reply.review_hash]
        return bool(sent) and sent[-1].review_hash != self.review.content_hash

    @property
    def _post_state(self) -> str:
        return self.post.state if self.post is not None else ""

    def name_of(self, person_id: int | None) -> str:
        """Who that is."""
        return self.names.get(person_id or 0, get_words().text("somebody who has left"))


def may_approve_by_posting(scene: Scene, current: OwnReply | None, reading: Reading | None) -> bool:
    """Whether one press approves and posts: the second press of somebody who writes alone, for a text that passed."""
    if current is None or reading is None or current.state != "waiting":
        return False
    passed = not reading.blocks and not reading.warnings
    return scene.is_alone and scene.may_approve and "post" in scene.acts and passed


def read_scene(g: GroupTransaction, review: StoredReview) -> Scene:
    """All that the pages need to know about the replies to a review."""
    source = sources.get_source(g, review.source_id)
    clinic = clinics.get_clinic(g, review.clinic_id)
    own = tuple(replies.find_own(g, review.id))
    members = [member for member in people.find_members(g) if member.person.disabled_at is None]
    editors_approve = own_templates.may_editors_approve(g)
    role = get_visitor().role
    acts = frozenset(
        act
        for act in ("draft", "approve", "post", "clear_warning")
        if may_act(act, role, editors_approve=editors_approve)
    )
    me = get_visitor().person.id
    last = own[-1] if own else None
    return Scene(
        review=review,
        clinic=clinic,
        source=source,
        own=own,
        found=tuple(reply for reply in reviews.find_replies(g, review.id) if reply.written_by == "elsewhere"),
        post=reply_posts.find_last_post(g, last.id) if last else None,
        texts=tuple(replies.find_texts(g, last.id)) if last else (),
        names={member.person.id: member.person.name for member in people.find_members(g)},
        acts=acts,
        is_alone=[member.person.id for member in members if may_act("draft", member.role)] == [me],
        has_other_approver=any(
            member.person.id != me and may_act("approve", member.role, editors_approve=editors_approve)
            for member in members
        ),
        way=way_of(source, review),
        limit_row=row_of(clinic, confirmed_pairs(g)),
    )


def way_of(source: Source, review: StoredReview) -> str:
    """How a reply gets to the platform: ``api``, ``hand``, or ``none`` where it takes none."""
    connector = CONNECTORS.get(source.kind)
    taken = state().book.terms(review.origin).reply if connector is not None else "none"
    if connector is not None and isinstance(connector, PostsReplies) and review.identity_kind == "id":
        return "api" if source.connection_id is not None else "hand"
    return "none" if taken == "none" else "hand"


@lru_cache(maxsize=1)
def _guard() -> "Guard":
    from reviews.rules import guard

    return guard.load()


def read_text(scene: Scene, text: str) -> Reading:
    """What the guard says of a text: the same function at the live check, at save, approve and post."""
    from reviews.rules.guard import ClinicFacts, Original, size_of

    clinic, review = scene.clinic, scene.review
    address = ", ".join(part for part in (clinic.street, clinic.locality, clinic.postal_code) if part)
    verdict = _guard()(
        text,
        Original(text=f"{review.title}\n{review.text}".strip(), author=review.author or "", language=review.language),
        ClinicFacts(name=clinic.name, telephone=clinic.telephone, address=address),
        platform=review.origin,
        row=scene.limit_row,  # type: ignore[arg-type]
    )
    unfilled = tuple(text[start:end] for start, end in reply_templates.find_unfilled(text))
    size = size_of(text, review.origin)
    return Reading(verdict=verdict, size=size, unfilled=unfilled, pieces=tuple(_pieces(text, verdict.findings)))


def _pieces(text: str, findings: Sequence["Finding"]) -> list[tuple[str, int, str]]:
    """The text with the words marked that findings concern; where they overlap, the first keeps them."""
    pieces: list[tuple[str, int, str]] = []
    done = 0
    spans = [(each.start, each.end, number, each.severity.value) for number, each in enumerate(findings, start=1)]
    for start, end, number, severity in sorted(spans):
        if start < done or end <= start or (start, end) == (0, len(text)):
            continue
        pieces += [(text[done:start], 0, ""), (text[start:end], number, severity)]
        done = end
    return [piece for piece in (*pieces, (text[done:], 0, "")) if piece[0]]


def find_risks(g: GroupTransaction, review: StoredReview) -> bool:
    """Whether the review speaks of harm, privacy, a lawyer and the like: a person answers, without a template."""
    if not review.has_text:
        return False
    return bool(state().services.scorer(g).find_risks(review.title, review.text, review.language))


def find_templates(g: GroupTransaction, scene: Scene) -> list[Template]:
    """Templates by stars and language of the review, the group's own first; none where risk words call for a person."""
    if find_risks(g, scene.review):
        return []
    stars100 = scene.review.stars100
    stars = 0 if stars100 is None else min(5, max(1, (stars100 + 50) // 100))
    own = [
        Template(key=each.public_id, name=each.name, language=each.language, stars=each.stars, text=each.text)
        for each in own_templates.find_templates(g)
    ]
    language = scene.review.language if scene.review.has_text else scene.clinic.language
    return [
        each
        for each in (*own, *reply_templates.load())
        if reply_templates.fits(each.stars, each.language, review_stars=stars, review_language=language)
    ]


def fill_template(scene: Scene, template: Template) -> str:
    """The template with the clinic's name and telephone."""
    return reply_templates.fill(template.text, clinic=scene.clinic.name, telephone=scene.clinic.telephone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened to a reply, for its small history."""

    text: str
    at: datetime | None


def steps_of(scene: Scene, reply: OwnReply) -> list[Step]:
    """Who wrote, approved and posted it, and when."""
    words, found = get_words(), []
    if reply.saved_at:
        found.append(Step(text=words.text("written by {name}", name=scene.name_of(reply.person_id)), at=reply.saved_at))
    if reply.approved_by:
        by = words.text("approved by {name}", name=scene.name_of(reply.approved_by))
        found.append(Step(text=by, at=reply.approved_at))
    if reply.posted_at:
        name = scene.name_of(reply.posted_by)
        by_hand = reply.posted_way == "hand"
        by = words.text("posted by hand by {name}", name=name) if by_hand else words.text("posted by {name}", name=name)
        found.append(Step(text=by, at=reply.posted_at))
    return found
