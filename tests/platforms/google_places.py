"""A fake of Google's Places API, New and legacy, with invented people.

It plays: a missing field mask; a place without reviews; a language that changes the shown text only; five others the
next day; a place that has moved; quotas a minute and a day; failures of the older form with status 200.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.platforms.google_business import status
from tests.platforms.listing import FIRST_NAMES, SENTENCES
from tests.platforms.server import Asked, Platforms, Reply, json_reply

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
PLACE = "ChIJ-willow-lane"
NO_MASK = status(400, "INVALID_ARGUMENT")
BAD_KEY = status(400, "INVALID_ARGUMENT", "API_KEY_INVALID")
BLOCKED_KEY = status(403, "PERMISSION_DENIED", "API_KEY_SERVICE_BLOCKED")
NO_BILLING = status(403, "PERMISSION_DENIED", "BILLING_DISABLED")
PER_MINUTE = status(
    429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit="GetPlaceRequestPerMinutePerProject",
    quota_limit_value="600",
)  # fmt: skip
PER_DAY = status(
    429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit="GetPlaceRequestPerDayPerProject",
    quota_limit_value="0",
)  # fmt: skip


def make_row(number: int, **changes: Any) -> Any:
    """One review as the New form gives it; a value of None takes a field away."""
    text = f"{SENTENCES[number % len(SENTENCES)]} ({number})"
    contributor = f"10000000{number:04d}"
    row = {
        "name": f"places/{PLACE}/reviews/gp-{number:04d}",
        "relativePublishTimeDescription": "2 weeks ago",
        "rating": (5, 4, 2, 5, 3)[number % 5],
        "text": {"text": text, "languageCode": "en"},
        "originalText": {"text": text, "languageCode": "en"},
        "authorAttribution": {
            "displayName": f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {chr(65 + number % 26)}.",
            "uri": f"https://www.google.com/maps/contrib/{contributor}/reviews",
            "photoUri": "https://photos.example.org/1",
        },
        "publishTime": f"{START + timedelta(hours=number):%Y-%m-%dT%H:%M:%S}.848918Z",
        "flagContentUri": f"https://www.google.com/local/review/rap/report?postId=gp-{number:04d}",
        "googleMapsUri": f"https://www.google.com/maps/reviews/gp-{number:04d}",
        "visitDate": {"year": 2026, "month": 10},
        **changes,
    }
    return {name: value for name, value in row.items() if value is not None}


@dataclass
class GooglePlacesFake:
    """One place; of its `rows` five are shown, from `offset` on. `moved` maps old ids to new ones."""

    origins: dict[str, str] = field(
        default_factory=lambda: {
            "https://places.googleapis.com": "google-places",
            "https://maps.googleapis.com": "google-places-legacy",
        }
    )
    key: str = "key-of-the-clinic"
    rows: list[Any] = field(default_factory=list)
    offset: int = 0
    average: float | None = 4.6
    count: int | None = 222
    moved: dict[str, str] = field(default_factory=dict)
    moved_by_404: bool = False
    legacy_status: str = "OK"
    script: list[Reply] = field(default_factory=list)

    @classmethod
    def running(cls, platforms: Platforms) -> "GooglePlacesFake":
        fake = platforms.add(cls())
        fake.rows = [make_row(number) for number in range(5)]
        return fake

    def answer(self, asked: Asked) -> Reply:
        if self.script:
            return self.script.pop(0)
        if asked.path.startswith("/google-places-legacy"):
            return self._legacy(asked)
        if not asked.headers.get("x-goog-fieldmask"):
            return NO_MASK
        if asked.headers.get("x-goog-api-key") != self.key:
            return BAD_KEY
        place = asked.path.rsplit("/", 1)[-1]
        if place in self.moved and self.moved_by_404:
            moved = {"movedPlaceId": self.moved[place]}
            return status(404, "NOT_FOUND", "PLACE_MOVED", **moved)
        if place not in (PLACE, *self.moved):
            return status(404, "NOT_FOUND")
        body: dict[str, Any] = {"id": place, "displayName": {"text": "Willow Lane", "languageCode": "en"}}
        if place in self.moved:
            body["movedPlaceId"] = self.moved[place]
        if self.rows:
            body["reviews"] = [self._shown(row, asked) for row in self.rows[self.offset : self.offset + 5]]
        body |= {
            "rating": self.average,
            "userRatingCount": self.count,
            "googleMapsUri": "https://maps.example.org/?cid=1",
        }
        return json_reply({name: value for name, value in body.items() if value is not None})

    def _shown(self, row: Any, asked: Asked) -> Any:
        language = asked.first("languageCode")
        if not language or language == "en" or not isinstance(row, dict) or "text" not in row:
            return row
        return {**row, "text": {"text": f"[{language}] {row['text']['text']}", "languageCode": language}}

    def _legacy(self, asked: Asked) -> Reply:
        if asked.first("key") != self.key:
            return json_reply({"error_message": "In words.", "html_attributions": [], "status": "REQUEST_DENIED"})
        if self.legacy_status != "OK":
            return json_reply({"html_attributions": [], "status": self.legacy_status})
        rows = [
            {
                "author_name": row["authorAttribution"]["displayName"],
                "author_url": row["authorAttribution"]["uri"],
                "language": "en",
                "original_language": "en",
                "rating": row["rating"],
                "relative_time_description": "2 weeks ago",
                "text": row["text"]["text"].replace("&", "&amp;") if "text" in row else "",
                "time": 1793520000,
                "translated": False,
            }
            for row in self.rows[:5]
        ]
        result = {"name": "Willow Lane", "rating": 4.6, "user_ratings_total": 222, "reviews": rows}
        return json_reply({"html_attributions": [], "result": result, "status": "OK"})
