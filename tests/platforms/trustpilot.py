"""A fake of Trustpilot's public API, with invented people.

It plays: an empty page past the end; rows that shift while pages are read; an edited old review that stays where it is;
reviews hidden after a report; a null among labels; stars of null; ``expires_in`` as a text (see the OAuth server).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.platforms.listing import FIRST_NAMES, SENTENCES
from tests.platforms.server import Asked, Platforms, Reply, json_reply

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
UNIT = "57ff0000000000000000000a"


def id_of(number: int) -> str:
    return f"{number:024x}"


def make_row(number: int, **changes: Any) -> Any:
    """One review as Trustpilot gives it."""
    return {
        "links": [{"href": f"https://api.trustpilot.com/v1/reviews/{id_of(number)}", "rel": "reviews"}],
        "id": id_of(number),
        "consumer": {
            "links": [], "id": f"c{number}", "displayLocation": None, "numberOfReviews": 1,
            "displayName": f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {chr(65 + number % 26)}.",
        },
        "businessUnit": {"links": [], "id": UNIT, "identifyingName": "willow.example.org", "displayName": "Willow"},
        "location": None,
        "stars": (5, 4, 5, 2, 1)[number % 5],
        "title": f"Visit {number}",
        "text": f"{SENTENCES[number % len(SENTENCES)]} ({number})",
        "language": "en",
        "createdAt": f"{START + timedelta(hours=number):%Y-%m-%dT%H:%M:%S}Z",
        "updatedAt": None,
        "companyReply": None,
        "isVerified": True,
        "numberOfLikes": 0,
        "status": "active",
        "reportData": None,
        "complianceLabels": [None],
        "countsTowardsTrustScore": True,
        **changes,
    }  # fmt: skip


def reported(visibility: str) -> dict[str, Any]:
    return {
        "source": "Trustpilot", "publicComment": "In words.", "createdAt": "2026-11-05T10:00:00Z",
        "reasons": ["consumerIsCompetitor"], "reason": "consumer_is_competitor", "reviewVisibility": visibility,
    }  # fmt: skip


@dataclass
class TrustpilotFake:
    """One business unit. `keeps_hidden` gives hidden reviews out with their report, as the flag asks."""

    origins: dict[str, str] = field(default_factory=lambda: {"https://api.trustpilot.com": "trustpilot"})
    key: str = "key-of-the-clinic"
    rows: list[Any] = field(default_factory=list)
    last_page_too: list[Any] = field(default_factory=list)
    total: int = 12
    score: float = 4.2
    page_size: int = 100
    script: list[Reply] = field(default_factory=list)
    on_page: Callable[["TrustpilotFake", int], None] | None = None

    @classmethod
    def running(cls, platforms: Platforms, count: int = 12) -> "TrustpilotFake":
        fake = platforms.add(cls())
        fake.rows = [make_row(number) for number in range(count)]
        return fake

    def answer(self, asked: Asked) -> Reply:
        if self.script:
            return self.script.pop(0)
        if asked.headers.get("apikey") != self.key:
            return json_reply({"fault": {"faultstring": "Invalid ApiKey"}}, 401)
        parts = asked.path.strip("/").split("/")[2:]
        if parts[:2] == ["business-units", "find"]:
            return self._unit() if asked.first("name") == "willow.example.org" else json_reply({"message": "no"}, 404)
        if parts[:2] != ["business-units", UNIT]:
            return json_reply({"message": "no"}, 404)
        return self._unit() if len(parts) == 2 else self._reviews(asked)

    def _unit(self) -> Reply:
        return json_reply({
            "id": UNIT, "displayName": "Willow Lane", "name": {"identifying": "willow.example.org", "referring": []},
            "numberOfReviews": {"total": self.total, "usedForTrustScoreCalculation": self.total, "oneStar": 1},
            "score": {"trustScore": self.score, "stars": 4.0}, "status": "active", "links": [],
        })  # fmt: skip

    def _reviews(self, asked: Asked) -> Reply:
        number, size = int(asked.first("page") or 1), min(int(asked.first("perPage") or 20), self.page_size)
        if self.on_page is not None:
            self.on_page(self, number)
        rows = [row for row in self.rows if asked.first("includeReportedReviews") == "true" or not row["reportData"]]
        rows.sort(key=lambda row: row["createdAt"], reverse=True)
        shown = rows[(number - 1) * size : number * size]
        links = [{"href": f"https://api.trustpilot.com/v1/business-units/{UNIT}", "method": "GET", "rel": "unit"}]
        if number * size < len(rows):
            links.append({"href": f"https://api.trustpilot.com/?page={number + 1}", "rel": "next-page"})
        elif shown:
            shown = shown + self.last_page_too
        return json_reply({"links": links, "reviews": shown})
