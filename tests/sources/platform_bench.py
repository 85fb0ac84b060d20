"""What the tests of a platform's connector share: a running fake, doors to it, and a shorthand for fetching."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reviews.model import Page, RawReview, Source
from reviews.sources.base import Connector
from tests.conftest import NOW
from tests.platforms.server import Platforms
from tests.sources.doors import Vault, make_doors


class Shop:
    """A connector, the server with its fake, and what its connection keeps."""

    def __init__(
        self, connector: Connector, platforms: Platforms, config: Mapping[str, Any], secrets: Mapping[str, str]
    ) -> None:
        self.connector, self.platforms, self.config = connector, platforms, dict(config)
        self.vault = Vault(secrets)

    def source(self, cursor: Mapping[str, Any] | None = None, **config: Any) -> Source:
        return Source(
            id=1, public_id="s1", group_id=1, clinic_id=1, kind=self.connector.kind, label="Sample", url="",
            origin=self.connector.traits.origin, config={**self.config, **self.vault.config, **config},
            cursor={"full": True} if cursor is None else cursor, declared_complete=False, state="active",
            interval_minutes=None, next_due_at=None, failures=0, fence=1, validators={}, expectations={},
        )  # fmt: skip

    def fetch(self, cursor: Mapping[str, Any] | None = None, *, now: datetime = NOW, **config: Any) -> list[Page]:
        doors = make_doors(stand_ins=self.platforms.stand_ins, vault=self.vault, now=now)
        return list(self.connector.fetch(self.source(cursor, **config), doors))

    def reviews(self, cursor: Mapping[str, Any] | None = None, **config: Any) -> dict[str, RawReview]:
        """External id → review."""
        pages = self.fetch(cursor, **config)
        return {str(review.external_id): review for page in pages for review in page.parsed.reviews}


def ids(pages: list[Page]) -> list[str | None]:
    return [review.external_id for page in pages for review in page.parsed.reviews]
