"""What the acting rooms need, opened once a process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from reviews import errors, i18n, rules, sentiment
from reviews.clock import Clock, utc_now
from reviews.config import Settings
from reviews.fetcher import Fetcher, FetchPolicy
from reviews.sandbox import Sandbox
from reviews.sources.base import FILE_KINDS
from reviews.storage import Storage


@dataclass(frozen=True, kw_only=True)
class Context:
    """Everything that the acting rooms need, opened once a process."""

    storage: Storage
    settings: Settings
    fetcher: Fetcher
    sandbox: Sandbox
    scorer: sentiment.Scorer
    book: rules.RuleBook
    catalogue: i18n.Catalogue
    clock: Clock = utc_now
    file_sandbox: Sandbox | None = None
    """For files, which are larger than pages; None: the same as for pages."""

    def sandbox_of(self, kind: str) -> Sandbox:
        """The child processes in which the bytes of this kind of source are parsed."""
        return self.file_sandbox if self.file_sandbox is not None and kind in FILE_KINDS else self.sandbox

    @cached_property
    def scorers(self) -> sentiment.OwnScorers:
        """The scorers of groups that have words of their own."""
        return sentiment.OwnScorers(self.scorer)


def open_file_sandbox() -> Sandbox:
    """A child process for files: a sheet of 200,000 rows takes longer than any page may."""
    return Sandbox(
        processes=1, cpu_seconds=15, memory_bytes=512 * 1024 * 1024, wall_seconds=40, answer_bytes=64_000_000
    )


@contextmanager
def open_context(settings: Settings, storage: Storage, clock: Clock = utc_now) -> Iterator[Context]:
    """A context over an open storage; its child processes end with it."""
    with Sandbox(processes=max(1, min(settings.worker_threads, 4))) as sandbox, open_file_sandbox() as file_sandbox:
        yield Context(
            storage=storage,
            settings=settings,
            fetcher=Fetcher(FetchPolicy.from_settings(settings)),
            sandbox=sandbox,
            scorer=sentiment.load(),
            book=rules.load(),
            catalogue=i18n.load(),
            clock=clock,
            file_sandbox=file_sandbox,
        )


def read_file(settings: Settings) -> Callable[[str], bytes]:
    """A reader of files in the import folder, and of nothing else; raises ImportFileError that says what to do."""

    def read(name: str) -> bytes:
        if settings.import_dir is None:
            raise errors.ImportFileError(
                "REVIEWS_IMPORT_DIR is not set",
                "Files are read only from the import folder, and none is set.",
                file=name,
            )
        folder = settings.import_dir.resolve()
        path = (folder / name).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            raise errors.ImportFileError(f"no file {name!r} in the import folder", file=name)
        return path.read_bytes()

    return read
