"""The real services: fetching, parsing in the sandbox, importing, scoring. Heavy; `services` loads it at first use."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from reviews import collect, normalize
from reviews.alerts.compose import WORKER_KINDS
from reviews.alerts.desk import Desk
from reviews.alerts.office import Office
from reviews.clock import Clock
from reviews.collect import importing, looking
from reviews.collect.pages import choose_total, normalize_page
from reviews.collect.run import refresh
from reviews.config import Settings
from reviews.model import Clinic, Source
from reviews.publish.embed_check import Fault, read_website
from reviews.sentiment import Scorer
from reviews.sources import file_import, oauth
from reviews.sources.base import Doors, ListsPlaces, Place, keep_nothing
from reviews.sources.registry import get_connector
from reviews.storage import GroupTransaction, Storage, lexicon
from reviews.web.services import FileJob, HandJob, Permission, Preview

SHOWN = 3
MOST_TOLD = 50
"""So many messages of the worker go out in one turn."""


@contextmanager
def open_reach(settings: Settings, storage: Storage, clock: Clock) -> "Iterator[Reach]":
    """Fetcher, sandbox and scorer of a process, closed at the end."""
    with collect.open_context(settings, storage, clock) as context:
        yield Reach(context)


@dataclass(frozen=True, slots=True)
class Reach:
    """The services over one context; see `Services` for what each gives and raises."""

    context: collect.Context

    def preview(self, source: Source, clinic: Clinic, secrets: Mapping[str, str]) -> Preview:
        """Fetch and read the first page of a source, and store nothing."""
        context = self.context
        doors = collect.open_doors(context, source)
        doors = replace(doors, secrets=secrets, save_secrets=keep_nothing) if secrets else doors
        page = next(iter(get_connector(source.kind).fetch(source, doors)))
        wire = normalize.Context.of(
            source,
            clinic,
            read_at=context.clock(),
            page_language=page.parsed.language,
            dates=[review.date for review in page.parsed.reviews],
        )
        accepted, refused, _ = normalize_page(page, wire)
        return Preview(
            reviews=tuple(accepted[:SHOWN]),
            count=len(accepted),
            total=choose_total(page.parsed.totals, wire, clinic.language),
            businesses=page.parsed.businesses,
            rejects=(*page.parsed.rejects, *refused),
            goes_on=not page.is_last,
        )

    def desk(self) -> Desk:
        """What sends messages."""
        c = self.context
        return Desk(
            storage=c.storage, settings=c.settings, fetcher=c.fetcher, scorer=c.scorer, book=c.book,
            catalogue=c.catalogue, clock=c.clock,
        )  # fmt: skip

    def refresh(self, group_id: int, clinic_id: int) -> None:
        """Make figures and snapshots of a clinic anew."""
        refresh(self.context, group_id, clinic_id)

    def tell_of_worker(self) -> None:
        """Send what waits to be told of the worker."""
        office = Office(self.desk())
        for _ in range(MOST_TOLD):
            if not office.send_next(WORKER_KINDS):
                break

    def take_permission(self, permission: Permission) -> Mapping[str, str]:
        """The secrets that a permission gives."""
        return oauth.exchange_code(
            oauth.provider_of(get_connector(permission.kind)),
            self._doors(permission.secrets),
            code=permission.code,
            redirect_uri=permission.redirect_uri,
            verifier=permission.verifier,
        )

    def find_places(self, kind: str, secrets: Mapping[str, str]) -> tuple[Place, ...]:
        """The listings that these secrets reach."""
        connector = get_connector(kind)
        return connector.find_places(self._doors(secrets)) if isinstance(connector, ListsPlaces) else ()

    def places_of(self, source: Source) -> tuple[Place, ...]:
        """The listings that a saved account reaches."""
        connector = get_connector(source.kind)
        return (
            connector.find_places(collect.open_doors(self.context, source))
            if isinstance(connector, ListsPlaces)
            else ()
        )

    def give_back(self, kind: str, secrets: Mapping[str, str]) -> bool:
        """Give a permission back."""
        return oauth.revoke(oauth.provider_of(get_connector(kind)), self._doors(secrets))

    def _doors(self, secrets: Mapping[str, str]) -> Doors:
        context = self.context
        return Doors(http=context.fetcher, sandbox=context.sandbox, now=context.clock(), secrets=secrets)

    def look_at_file(self, body: bytes, name: str, clinic_column: str | None) -> looking.FileLook:
        """What a file is and seems to hold."""
        sandbox = self.context.sandbox_of(file_import.FileImport.kind)
        return looking.look_at_file(sandbox, body, name, self.context.clock(), clinic_column)

    def check_file(self, source: Source, clinic: Clinic, body: bytes, name: str) -> collect.ImportReport:
        """What an import would do."""
        return importing.check(self.context, source, clinic, body, name)

    def import_file(self, job: FileJob) -> collect.ImportReport:
        """Import a file."""
        return collect.import_file(
            self.context,
            group_id=job.group_id,
            source_id=job.source_id,
            body=job.body,
            file_name=job.file_name,
            person_id=job.person_id,
        )

    def enter_by_hand(self, job: HandJob) -> collect.RunReport:
        """Store what was typed."""
        return importing.enter_by_hand(
            self.context, group_id=job.group_id, source_id=job.source_id, page=job.page, person_id=job.person_id
        )

    def scorer(self, g: GroupTransaction) -> Scorer:
        """What reads texts of a group."""
        return lexicon.choose_scorer(g, self.context.scorers)

    def check_website(self, url: str) -> list[Fault]:
        """What stands in the widget's way on somebody's page."""
        return read_website(self.context.fetcher, self.context.sandbox, url, self.context.settings.base_url)
