"""What a connector is, and the doors through which it reaches the world."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from reviews.model import Field, Page, RawReply, Source, Traits

if TYPE_CHECKING:
    # Only a name here: the sandbox imports this module, and needs no network.
    from reviews.fetcher import Answer

T = TypeVar("T")


FILE_KINDS = ("csv_file", "file_import")
"""Kinds of source that files are handed in to."""
BY_HAND = "manual"
"""The kind of source into which people type."""


class HttpDoor(Protocol):
    """The door to the network: `reviews.fetcher.Fetcher`, or a stand-in in tests."""

    def fetch(
        self,
        url: str,
        *,
        validators: Mapping[str, str] | None = ...,
        accept: str = ...,
        max_bytes: int = ...,
        headers: Mapping[str, str] | None = ...,
        obey_robots: bool = ...,
        also_answer: Collection[int] = ...,
    ) -> "Answer":
        """One answer; raises SourceError."""

    def post_form(self, url: str, form: Mapping[str, str], **options: Any) -> "Answer":
        """One answer to a posted form; raises SourceError."""

    def post_json(self, url: str, value: object, *, method: str = ..., **options: Any) -> "Answer":
        """One answer to a posted JSON value; raises SourceError."""


class SandboxDoor(Protocol):
    """The child process in which foreign bytes are parsed: `reviews.sandbox.Sandbox`."""

    def run(self, function: Callable[..., T], *args: Any) -> T:
        """What the module-level pure function returns; raises SourceChanged at its limits, or the function's error."""


def keep_nothing(changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Stands where nothing can be kept: a test fetch, a source without a connection."""
    return changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """All the ways to the world that a connector has. `read_file` reads from the import folder; None: there is none.

    `secrets` are those of the source's connection, decrypted. `save_secrets` keeps changed ones (tokens that were
    renewed) and gives all of them as they are stored now; `save_config` keeps changed settings of the source (the id
    of a listing that has moved).
    """

    http: HttpDoor
    sandbox: SandboxDoor
    now: datetime
    read_file: Callable[[str], bytes] | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    save_secrets: Callable[[Mapping[str, str]], Mapping[str, str]] = keep_nothing
    save_config: Callable[[Mapping[str, Any]], object] = keep_nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One listing that a connection can reach, to choose from: the settings it stands for, and what people see."""

    config: Mapping[str, str]
    label: str
    address: str = ""


@runtime_checkable
class ListsPlaces(Protocol):
    """A connector that can say which listings its connection reaches, so that nobody types an id."""

    def find_places(self, doors: Doors) -> tuple[Place, ...]:
        """The listings; raises SourceError."""


@runtime_checkable
class PostsReplies(Protocol):
    """A connector whose platform takes replies by program (trait `reply_post` is ``api``).

    `review_id` is the platform's own id. Nobody calls it without a person's press on this very text.
    """

    def post_reply(self, source: Source, doors: Doors, review_id: str, text: str) -> RawReply:
        """Post a reply once, or put it in place of ours that stands there; the reply as the platform took it.

        Raises SourceUnavailable where nobody knows whether it was taken, and another SourceError where it was not.
        """

    def find_reply(self, source: Source, doors: Doors, review_id: str) -> RawReply | None:
        """The reply that the platform holds for a review now; raises SourceError, SourceGone without the review."""


@runtime_checkable
class NamesOrigin(Protocol):
    """A connector whose settings say on which platform its reviews were written."""

    def origin_of(self, config: Mapping[str, Any]) -> str:
        """The origin whose terms bind a source with these settings."""


def origin_for(connector: "Connector", config: Mapping[str, Any]) -> str:
    """The origin of a source with these settings."""
    return connector.origin_of(config) if isinstance(connector, NamesOrigin) else connector.traits.origin


def secret_names(connector: "Connector") -> tuple[str, ...]:
    """The declared settings that belong to the connection and are kept encrypted."""
    return tuple(asked.name for asked in connector.fields if asked.kind == "secret")


class Connector(Protocol):
    """One kind of source. What it can and cannot do is data (`traits`), and so are the settings it asks for."""

    @property
    def kind(self) -> str:
        """The name in the database and in TOML."""

    @property
    def label(self) -> str:
        """The name for people, a message id."""

    @property
    def traits(self) -> Traits:
        """What the platform can and cannot do."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The settings it asks for."""

    @property
    def demo_only(self) -> bool:
        """Whether it is offered only in the demo."""

    def address(self, config: Mapping[str, Any]) -> str:
        """The address that people may open for a source with these settings; empty if there is none."""

    def fetch(self, source: Source, doors: Doors) -> Iterator[Page]:
        """The pages of a source, the first at once where nothing has changed since (`unchanged`).

        Goes on at ``source.cursor["position"]`` when that is set. The last page has `is_last`; a limit of our own that
        was reached shows as `capped`. Raises SourceError or ImportFileError; pages given before stay valid.
        """
