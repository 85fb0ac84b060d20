"""A fake of Yelp's Places API, with invented people.

It plays: a plan without reviews; both limits; a business that has moved; a missing picture; other reviews for another
locale; texts cut at about 160 characters; at most three excerpts, seven with the largest plan.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.platforms.listing import FIRST_NAMES, SENTENCES
from tests.platforms.server import Asked, Platforms, Reply, json_reply

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
LIMITS = {"RateLimit-DailyLimit": "300", "RateLimit-ResetTime": "2026-11-23T00:00:00+00:00"}


def make_row(number: int, **changes: Any) -> Any:
    """One excerpt as Yelp gives it."""
    return {
        "id": f"yp-{number:04d}",
        "url": f"https://www.yelp.com/biz/willow-lane?adjust_creative=x&hrid=yp-{number:04d}&utm_campaign=api",
        "text": f"{SENTENCES[number % len(SENTENCES)]} ({number})",
        "rating": (5, 4, 2)[number % 3],
        "time_created": f"{START + timedelta(hours=number):%Y-%m-%d %H:%M:%S}",
        "user": {
            "id": f"user-{number}",
            "profile_url": f"https://www.yelp.com/user_details?userid={number}",
            "image_url": None if number % 2 else "https://images.example.org/1.jpg",
            "name": f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {chr(65 + number % 26)}.",
        },
        **changes,
    }


def error(status: int, code: str, headers: dict[str, str] | None = None, **more: str) -> Reply:
    return json_reply({"error": {"code": code, "description": "In words.", **more}}, status, **(headers or {}))


PER_SECOND = error(429, "TOO_MANY_REQUESTS_PER_SECOND")
PER_DAY = error(429, "ACCESS_LIMIT_REACHED", LIMITS)
BAD_KEY = error(401, "TOKEN_INVALID")
NOT_FOUND = error(404, "BUSINESS_NOT_FOUND")
UNAVAILABLE = error(403, "BUSINESS_UNAVAILABLE")
INVALID = error(400, "VALIDATION_ERROR")


@dataclass
class YelpFake:
    """One business; `rows` by locale. `cuts` shortens texts as Yelp does."""

    origins: dict[str, str] = field(default_factory=lambda: {"https://api.yelp.com": "yelp"})
    key: str = "key-of-the-clinic"
    business: str = "willow-lane-springfield"
    moved: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[Any]] = field(default_factory=lambda: {"en_US": []})
    plan: int = 3
    total: int = 37
    rating: float = 4.5
    cuts: bool = False
    script: list[Reply] = field(default_factory=list)

    @classmethod
    def running(cls, platforms: Platforms) -> "YelpFake":
        fake = platforms.add(cls())
        fake.rows["en_US"] = [make_row(number) for number in range(5)]
        fake.rows["fr_CA"] = [make_row(number, text=f"Très bien ({number})") for number in range(20, 22)]
        return fake

    def answer(self, asked: Asked) -> Reply:
        if self.script:
            return self.script.pop(0)
        if asked.headers.get("authorization") != f"Bearer {self.key}":
            return BAD_KEY
        parts = asked.path.strip("/").split("/")[3:]
        if parts[0] in self.moved:
            return error(301, "BUSINESS_MIGRATED", new_business_id=self.moved[parts[0]])
        if parts[0] != self.business:
            return NOT_FOUND
        if len(parts) == 1:
            return json_reply({
                "id": self.business, "alias": self.business, "name": "Willow Lane Physiotherapy", "is_closed": False,
                "url": f"https://www.yelp.com/biz/{self.business}?adjust_creative=x",
                "review_count": self.total, "rating": self.rating,
            }, **LIMITS)  # fmt: skip
        rows = list(self.rows.get(asked.first("locale") or "en_US", []))
        if asked.first("sort_by") == "newest":
            rows.sort(key=lambda row: (row or {}).get("time_created", ""), reverse=True)
        shown = [self._cut(row) for row in rows[: self.plan]]
        return json_reply({"reviews": shown, "total": self.total, "possible_languages": ["en", "fr"]}, **LIMITS)

    def _cut(self, row: Any) -> Any:
        if not self.cuts or not isinstance(row, dict) or len(row["text"]) <= 160:
            return row
        return {**row, "text": row["text"][:157] + "..."}
