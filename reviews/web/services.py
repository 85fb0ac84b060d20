"""What reaches further than the database: a test fetch, a file's import, the scorer. Tests pass their own.

What they are made of is in `reach`, loaded when somebody first asks, so that a web process that serves widgets stays
small.
"""

import atexit
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from reviews.clock import Clock
from reviews.config import Settings
from reviews.errors import ReviewsError
from reviews.model import Business, Clinic, Page, Reject, ReportedTotal, Review, Source
from reviews.storage import GroupTransaction, Storage

if TYPE_CHECKING:
    from reviews.alerts.desk import Desk
    from reviews.collect import ImportReport, RunReport
    from reviews.collect.looking import FileLook
    from reviews.publish.embed_check import Fault
    from reviews.sentiment import Scorer
    from reviews.sources.base import Place
    from reviews.web.reach import Reach

FILES_AT_ONCE = 2
FILE_WAIT_SECONDS = 10.0
"""A file may hold its page for most of a minute, so few of a process's threads ever wait for one."""


class FilesBusy(ReviewsError):
    """Too many files are being read at once; try again in a moment."""

    hint_default = "Other files are being read at this moment. Please try again in a minute."


NO_SECRETS: Mapping[str, str] = {}
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a test fetch found: the first reviews, how many the first page has, the page's own total."""

    reviews: tuple[Review, ...]
    count: int
    total: ReportedTotal | None
    businesses: tuple[Business, ...]
    rejects: tuple[Reject, ...]
    goes_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileJob:
    """A file on its way in: where to, as what, by whom."""

    group_id: int
    source_id: int
    body: bytes
    file_name: str
    person_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandJob:
    """What a person has typed, on its way in."""

    group_id: int
    source_id: int
    page: Page
    person_id: int


class Fetch(Protocol):
    """A test fetch, with the secrets of a connection that is not saved yet where there are any."""

    def __call__(self, source: Source, clinic: Clinic, secrets: Mapping[str, str] = ..., /) -> Preview:
        """The first page; raises SourceError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What a person brought back from a platform that asked for permission, with what we sent along."""

    kind: str
    code: str
    redirect_uri: str
    verifier: str
    secrets: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts that the pages call; none is ever called inside a transaction."""

    preview: Fetch
    """The first page of a source that is not saved yet; raises SourceError. Nothing of it is stored."""
    take_permission: Callable[[Permission], Mapping[str, str]]
    """The secrets, with tokens, that a permission gives; raises SourceError."""
    find_places: Callable[[str, Mapping[str, str]], "tuple[Place, ...]"]
    """The listings that a kind of source reaches with these secrets; none where it cannot say. Raises SourceError."""
    places_of: "Callable[[Source], tuple[Place, ...]]"
    """The same with the saved account of a source that is not saved; renewed tokens are kept. Raises SourceError."""
    give_back: Callable[[str, Mapping[str, str]], bool]
    """Give a permission back at the platform; whether it has a way for that. Raises SourceError."""
    look_at_file: Callable[[bytes, str, str | None], "FileLook"]
    """What a file is and seems to hold, given the column that holds clinics; raises ImportFileError, SourceChanged."""
    check_file: Callable[[Source, Clinic, bytes, str], "ImportReport"]
    """What an import would do; raises ImportFileError."""
    import_file: Callable[[FileJob], "ImportReport"]
    """Import; raises ImportFileError, and Conflict while the source is being read."""
    check_website: "Callable[[str], list[Fault]]"
    """What stands in the widget's way on somebody's page; raises SourceError where the page cannot be read."""
    enter_by_hand: Callable[[HandJob], "RunReport"]
    """Store what was typed as a run that can be taken back; raises Conflict while the source is being read."""
    scorer: Callable[[GroupTransaction], "Scorer"]
    """What reads texts of a group, with the group's own words."""
    base_scorer: Callable[[], "Scorer"]
    """The same without any group's words."""
    desk: "Callable[[], Desk]"
    """What sends messages now: the tests of channels."""
    refresh: Callable[[int, int], None]
    """Make figures and snapshots of a group's clinic anew, now; the worker does it otherwise."""
    tell_of_worker: Callable[[], None] = lambda: None
    """Send what waits to be told of the worker; it cannot do so itself."""
    close: Callable[[], None] = lambda: None
    """End what was opened; at the end of the process it happens by itself."""

    @classmethod
    def from_settings(cls, settings: Settings, storage: Storage, clock: Clock) -> "Services":
        """The real ones."""
        later = _Later(settings, storage, clock)
        turns = threading.BoundedSemaphore(FILES_AT_ONCE)
        return cls(
            preview=lambda source, clinic, secrets=NO_SECRETS: later.reach().preview(source, clinic, secrets),
            take_permission=lambda permission: later.reach().take_permission(permission),
            find_places=lambda kind, secrets: later.reach().find_places(kind, secrets),
            places_of=lambda source: later.reach().places_of(source),
            give_back=lambda kind, secrets: later.reach().give_back(kind, secrets),
            look_at_file=in_turn(lambda body, name, column: later.reach().look_at_file(body, name, column), turns),
            check_file=in_turn(
                lambda source, clinic, body, name: later.reach().check_file(source, clinic, body, name), turns
            ),
            import_file=in_turn(lambda job: later.reach().import_file(job), turns),
            check_website=lambda url: later.reach().check_website(url),
            enter_by_hand=lambda job: later.reach().enter_by_hand(job),
            scorer=lambda g: later.reach().scorer(g),
            base_scorer=lambda: later.reach().context.scorer,
            desk=lambda: later.reach().desk(),
            refresh=lambda group_id, clinic_id: later.reach().refresh(group_id, clinic_id),
            tell_of_worker=lambda: later.reach().tell_of_worker(),
            close=later.close,
        )


def in_turn(
    work: Callable[P, T], turns: threading.Semaphore, wait_seconds: float = FILE_WAIT_SECONDS
) -> Callable[P, T]:
    """The same work, done by as many threads at once as there are turns; the others raise FilesBusy after a wait."""

    def in_its_turn(*args: P.args, **options: P.kwargs) -> T:
        if not turns.acquire(timeout=wait_seconds):
            raise FilesBusy("too many files at once")
        try:
            return work(*args, **options)
        finally:
            turns.release()

    return in_its_turn


class _Later:
    """One `Reach` a process, opened when somebody first asks."""

    def __init__(self, settings: Settings, storage: Storage, clock: Clock) -> None:
        self._parts = settings, storage, clock
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._reach: Reach | None = None
        atexit.register(self.close)

    def close(self) -> None:
        with self._lock:
            self._reach = None
            self._stack.close()

    def reach(self) -> "Reach":
        from reviews.web.reach import open_reach

        with self._lock:
            if self._reach is None:
                self._reach = self._stack.enter_context(open_reach(*self._parts))
            return self._reach


def unsaved_source(
    clinic: Clinic,
    *,
    kind: str,
    label: str,
    url: str,
    origin: str,
    config: Mapping[str, Any],
    source_id: int = 0,
    connection_id: int | None = None,
) -> Source:
    """A source that is not in the database, or not with these settings, for test fetches and dry runs."""
    return Source(
        id=source_id,
        public_id="",
        group_id=clinic.group_id,
        clinic_id=clinic.id,
        connection_id=connection_id,
        kind=kind,
        label=label,
        url=url,
        origin=origin,
        config=config,
        cursor={},
        declared_complete=False,
        state="active",
        interval_minutes=None,
        next_due_at=None,
        failures=0,
        fence=0,
        validators={},
        expectations={},
    )
