"""A fake of Birdeye's API, with invented people.

It plays: a list that shows only a part unless all statuses are asked for; a rating of 0 beside a recommendation; both
spellings of an address; ids as numbers and as texts; a bare array; errors with their own status and with 200; a list of
more than 100,000.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.platforms.listing import FIRST_NAMES, SENTENCES
from tests.platforms.server import Asked, Platforms, Reply, json_reply

START = datetime(2026, 11, 1, tzinfo=UTC)
BUSINESS = "150000777"


def make_row(number: int, **changes: Any) -> Any:
    """One review as Birdeye gives it, with what must be dropped."""
    is_facebook = number % 5 == 3
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    row = {
        "reviewId": 7_000_000 + number if number % 2 else f"{7_000_000 + number}",
        "rating": 0 if is_facebook else (5.0, 4, 3)[number % 3],
        "comments": f"{SENTENCES[number % len(SENTENCES)]} ({number})",
        "title": None,
        "reviewer": {
            "firstName": first, "lastName": f"{chr(65 + number % 26)}.", "nickName": None,
            "emailId": f"canary-{number}@example.org", "facebookId": "canary-facebook", "city": "Canary City",
        },
        "sourceType": "Facebook" if is_facebook else "Google",
        ("reviewURL" if number % 2 else "reviewUrl"): f"https://reviews.example.org/{number}",
        "inlineReplyEnabled": not is_facebook,
        "reviewDate": f"{START + timedelta(days=number):%b %d, %Y}",
        "customerId": 9_000_000 + number,
        "assitedByUser": [{"firstName": "Canary", "emailId": "canary-staff@example.org"}],
        **({"recommended": 1} if is_facebook else {}),
        **changes,
    }  # fmt: skip
    return row


def error(code: int, status: int = 400) -> Reply:
    return json_reply({"code": code, "message": "In words."}, status)


@dataclass
class BirdeyeFake:
    """One business. `parked` are the ids of reviews that nobody has featured."""

    origins: dict[str, str] = field(default_factory=lambda: {"https://api.birdeye.com": "birdeye"})
    key: str = "key-of-the-clinic"
    rows: list[Any] = field(default_factory=list)
    updated: dict[str, datetime] = field(default_factory=dict)
    parked: set[str] = field(default_factory=set)
    last_page_too: list[Any] = field(default_factory=list)
    script: list[Reply] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    endless: bool = False
    puts: list[str] = field(default_factory=list)

    @classmethod
    def running(cls, platforms: Platforms, count: int = 12) -> "BirdeyeFake":
        fake = platforms.add(cls())
        fake.rows = [make_row(number) for number in range(count)]
        return fake

    def answer(self, asked: Asked) -> Reply:
        if self.script:
            return self.script.pop(0)
        if asked.headers.get("x-api-key") != self.key:
            return error(1161, 401)
        parts = asked.path.strip("/").split("/")[4:]
        if parts[0] == "reply":
            return self._reply(asked, parts)
        if parts[1:2] != [BUSINESS]:
            return error(1011, 404)
        if parts[0] == "businessid" and parts[2:] == ["summary"]:
            return self._summary()
        return self._list(asked) if asked.method == "POST" else error(1163)

    def _reply(self, asked: Asked, parts: list[str]) -> Reply:
        """A reply that is put for a review: /reply/business/{b}/review/{r}."""
        if parts[1:3] != ["business", BUSINESS]:
            return error(1011)
        row = next((row for row in self.rows if str(row["reviewId"]) == parts[4]), None)
        if row is None:
            return error(1042)
        text = json.loads(asked.body)["response"]
        self.puts.append(text)
        row.update(response=text, responseDate="Nov 22, 2026")
        return json_reply({"response": text, "responseBy": "Clinic", "responseDate": 1_795_000_000_000})

    def _summary(self) -> Reply:
        found = []
        for name in ("Google", "Facebook"):
            stars = [row["rating"] for row in self.rows if row["sourceType"] == name]
            average = round(sum(stars) / len(stars), 1) if stars else 0
            found.append(
                {"sourceName": name, "sourceAlias": name.lower(), "avgRating": average, "reviewCount": len(stars)}
            )
        return json_reply({"sources": found, "ratings": [{"rating": 5, "reviewCount": 9}]})

    def _list(self, asked: Asked) -> Reply:
        start, count = int(asked.first("sindex") or 0), int(asked.first("count") or 0)
        if start + count > 100_000:
            return error(1164)
        body = json.loads(asked.body)
        self.bodies.append(body)
        if self.endless:
            return json_reply([make_row(number) for number in range(start, start + count)])
        rows = [row for row in self.rows if self._is_wanted(row, body)]
        shown = rows[start : start + count]
        return json_reply(shown + (self.last_page_too if start + count >= len(rows) else []))

    def _is_wanted(self, row: Any, body: dict[str, Any]) -> bool:
        if body.get("statuses", ["published"]) != ["all"] and str(row["reviewId"]) in self.parked:
            return False
        if body.get("sources") and row["sourceType"].lower() not in body["sources"]:
            return False
        written = datetime.strptime(row["reviewDate"], "%b %d, %Y").replace(tzinfo=UTC)
        changed = self.updated.get(str(row["reviewId"]))
        if "fromDate" in body:
            return _day(body["fromDate"]) <= written < _day(body["toDate"])
        if "updateFromDate" in body:
            return changed is not None and _day(body["updateFromDate"]) <= changed < _day(body["updateToDate"])
        return True


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y").replace(tzinfo=UTC)
