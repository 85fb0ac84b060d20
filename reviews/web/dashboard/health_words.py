"""How a source is doing, in plain words: what happened, what it means, and the one thing to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from reviews.i18n import N_, Words
from reviews.model import Outcome, Source
from reviews.storage.removal import LEAVING
from reviews.storage.runs import Run
from reviews.web.spans import duration

GRACE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`tone` is good, warn, bad or empty; `action` is run, resume, address, import or empty."""

    state: str
    tone: str
    what: str
    meaning: str = ""
    action: str = "run"

    @property
    def is_trouble(self) -> bool:
        """Whether somebody should look at it."""
        return self.tone in ("warn", "bad")


_STATES = {
    Outcome.EMPTY: (N_("Nothing found"), "warn", "run"),
    Outcome.PARTIAL: (N_("Read in part"), "warn", "run"),
    Outcome.UNAVAILABLE: (N_("Did not answer"), "warn", "run"),
    Outcome.RATE_LIMITED: (N_("Slowed down"), "warn", ""),
    Outcome.UNAUTHORIZED: (N_("Key refused"), "bad", ""),
    Outcome.BLOCKED: (N_("Reading not wanted"), "bad", "import"),
    Outcome.GONE: (N_("Page not there"), "bad", "address"),
    Outcome.CHANGED: (N_("Changed its shape"), "bad", "run"),
    Outcome.REQUEST: (N_("Request refused"), "bad", "address"),
    Outcome.FILE: (N_("File not read"), "bad", "import"),
    Outcome.INTERRUPTED: (N_("Interrupted"), "warn", "run"),
    Outcome.FAILED: (N_("Failed"), "bad", "run"),
}
_OTHER_WAY = N_("You can import a file instead: an export of the platform, or a saved list.")
_STAYS = N_("The last good figures stay, with their date.")


def describe(
    source: Source, run: Run | None, *, interval: timedelta | None, now: datetime, zone: tzinfo, words: Words
) -> Health:
    """The health of a source with its newest run; `interval` is how often it is meant to be read, None for files."""
    if run is not None and run.finished_at is None:
        return Health(
            state=words.text("Reading"),
            tone="",
            what=words.plural("{n} review so far.", "{n} reviews so far.", run.counts.seen),
            action="",
        )
    if source.state == "paused" and source.hint == LEAVING:
        return Health(state=words.text("Being deleted"), tone="warn", what=words.text(LEAVING), action="")
    if source.state == "paused":
        return Health(
            state=words.text("Paused"), tone="warn", what=words.text("Nobody reads this source at the moment."),
            meaning=words.text(_STAYS), action="resume",
        )  # fmt: skip
    if run is None or run.outcome is None:
        return _waiting(source, zone, words)
    at = words.moment(run.finished_at or run.started_at, zone)
    outcome = Outcome(run.outcome)
    following = _following(source, zone, words)
    if outcome in (Outcome.OK, Outcome.UNCHANGED):
        if late := _late(source, interval, now, words):
            return late
        return Health(state=words.text("Well"), tone="good", what=_read(run, outcome, at, words), meaning=following)
    state, tone, action = _STATES[outcome]
    meaning = [words.text(_STAYS)] if outcome is Outcome.EMPTY else []
    if outcome in (Outcome.BLOCKED, Outcome.GONE):
        meaning.append(words.text(_OTHER_WAY))
    meaning.append(following)
    return Health(
        state=words.text(state),
        tone=tone,
        what=f"{at}: {words.text(run.hint, **run.hint_values)}" if run.hint else at,
        meaning=" ".join(part for part in meaning if part),
        action=action,
    )


def _waiting(source: Source, zone: tzinfo, words: Words) -> Health:
    if source.next_due_at is None:
        return Health(state=words.text("Not read yet"), tone="", what=words.text("Nothing is planned."))
    return Health(
        state=words.text("Not read yet"),
        tone="",
        what=words.text("The first reading is planned for {time}.", time=words.moment(source.next_due_at, zone)),
    )


def _read(run: Run, outcome: Outcome, at: str, words: Words) -> str:
    if run.trigger == "import":
        return words.text(
            "Imported {time}: {new} new, {changed} changed.",
            time=at, new=words.number(run.counts.new), changed=words.number(run.counts.changed),
        )  # fmt: skip
    if outcome is Outcome.UNCHANGED:
        return words.text("Read {time}: nothing has changed.", time=at)
    return words.text(
        "Read {time}: {new} new, {changed} changed.",
        time=at, new=words.number(run.counts.new), changed=words.number(run.counts.changed),
    )  # fmt: skip


def _following(source: Source, zone: tzinfo, words: Words) -> str:
    if source.state != "active" or source.next_due_at is None:
        return ""
    return words.text("Next reading {time}.", time=words.moment(source.next_due_at, zone))


def _late(source: Source, interval: timedelta | None, now: datetime, words: Words) -> Health | None:
    if interval is None or source.last_success_at is None or now - source.last_success_at <= 2 * interval + GRACE:
        return None
    return Health(
        state=words.text("Late"),
        tone="warn",
        what=words.text(
            "Last success {age} ago; every {interval} is planned.",
            age=duration(now - source.last_success_at, words), interval=duration(interval, words),
        ),
        meaning=words.text("Is the collector running? Whoever runs this installation sees it with “reviews doctor”."),
    )  # fmt: skip
