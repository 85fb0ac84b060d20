"""The invented platform's data: a listing whose reviews tests edit, delete, bring back, and shift between pages."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
FIRST_NAMES = ["Ada", "Bo", "Cleo", "Dai", "Edda", "Finn", "Gwen", "Hugo", "Ines", "Joni", "Kofi", "Lena"]
SENTENCES = (
    "The wait was short and the plan was explained on paper.",
    "My shoulder moves freely again after four visits.",
    "Parking is difficult, but the people make up for it.",
    "They changed my appointment twice without asking.",
    "Calm rooms, clear words, no pressure to buy anything.",
    "The exercises take ten minutes a day and they help.",
)


@dataclass(frozen=True)
class Record:
    """One review as the platform keeps it."""

    id: str
    author: str
    stars: Any
    text: str | None
    created: datetime
    updated: datetime
    reply: str | None = None
    likes: int = 0
    recommends: bool | None = None
    nanos: str = "000000001"

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "author": {"display_name": self.author},
            "stars": self.stars,
            "recommends": self.recommends,
            "text": self.text,
            "language": "en",
            "created_at": f"{self.created:%Y-%m-%dT%H:%M:%S}Z",
            "updated_at": f"{self.updated:%Y-%m-%dT%H:%M:%S}.{self.nanos}Z",
            "likes": self.likes,
            "reply": {"text": self.reply, "updated_at": f"{self.updated:%Y-%m-%dT%H:%M:%S}Z"} if self.reply else None,
        }


@dataclass
class Listing:
    """A clinic's listing. `on_page` is called with (listing, page number) before each page, to shift rows."""

    id: str = "willow-lane"
    name: str = "Willow Lane Physiotherapy"
    token: str = "secret-of-the-demo"
    page_size: int = 4
    average: str = "4.6"
    rating_count: int = 222
    review_count: int = 148
    etag: str = ""
    records: dict[str, Record] = field(default_factory=dict)
    deleted: dict[str, Record] = field(default_factory=dict)
    extra: list[Any] = field(default_factory=list)
    expired: set[str] = field(default_factory=set)
    on_page: Callable[["Listing", int], None] | None = None

    def fill(self, count: int) -> "Listing":
        """Add `count` reviews, one an hour: with a text, with stars only, or with a recommendation only."""
        for number in range(count):
            moment = START + timedelta(hours=number)
            self.add(
                Record(
                    id=f"ex-{number:04d}",
                    author=f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {chr(65 + number % 26)}.",
                    stars=("FIVE", "FOUR", 5, "TWO", "FIVE")[number % 5] if number % 7 != 6 else None,
                    recommends=True if number % 7 == 6 else None,
                    text=SENTENCES[number % len(SENTENCES)] + f" ({number})"
                    if number % 4 != 3 or number % 7 == 6
                    else None,
                    created=moment,
                    updated=moment,
                    reply="Thank you for writing to us." if number % 5 == 0 else None,
                    nanos=f"{number:09d}",
                )
            )
        return self

    def add(self, record: Record) -> None:
        self.records[record.id] = record

    def edit(self, record_id: str, now: datetime, **changes: Any) -> None:
        """Change a review; like everywhere, it moves to the top."""
        self.records[record_id] = replace(self.records[record_id], updated=now, **changes)

    def delete(self, record_id: str) -> None:
        self.deleted[record_id] = self.records.pop(record_id)

    def bring_back(self, record_id: str) -> None:
        self.records[record_id] = self.deleted.pop(record_id)

    def newest_first(self) -> list[Record]:
        return sorted(self.records.values(), key=lambda record: (record.updated, record.nanos), reverse=True)

    def head(self) -> dict[str, Any]:
        """The answer about the listing itself."""
        return {
            "listing": {"id": self.id, "name": self.name, "telephone": "+1 604 555 0142", "page": None},
            "total": {
                "average": self.average,
                "best": 5,
                "rating_count": self.rating_count,
                "review_count": self.review_count,
            },
        }

    def page(self, token: str) -> dict[str, Any] | None:
        """One page of the list; None for a token that has run out. Tokens are offsets, as on real platforms."""
        if token in self.expired:
            return None
        start = int(token.removeprefix("at-")) if token else 0
        if self.on_page is not None:
            self.on_page(self, start // self.page_size + 1)
        rows: list[Any] = [record.as_json() for record in self.newest_first()[start : start + self.page_size]]
        if start == 0:
            rows += self.extra
        more = start + self.page_size < len(self.records)
        return {"reviews": rows, "next_page_token": f"at-{start + self.page_size}" if more else None}
