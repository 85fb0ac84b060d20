"""A fake of Podium's API, with invented people.

It plays: a cursor that has run out (``invalid_cursor``); a recommendation written as 5 or 1; other locations in the
same list; an error code that is a word; a total that is off by a few.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.platforms.listing import FIRST_NAMES, SENTENCES
from tests.platforms.oauth_server import OAuthServer
from tests.platforms.server import Asked, Platforms, Reply, json_reply

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
HERE, THERE = "loc-a1", "loc-b2"


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def make_row(number: int, *, location: str = HERE, **review: Any) -> Any:
    """One review as Podium gives it; `review` changes its inner part."""
    moment = START + timedelta(hours=number)
    is_recommendation = number % 5 == 3
    return {
        "uid": f"pd-{number:04d}",
        "author": {"id": str(number), "name": f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {chr(65 + number % 26)}."},
        "attributions": [{"userUid": "staff-1", "apiClientUid": None, "reviewInvitationUid": None}],
        "createdAt": stamp(moment),
        "updatedAt": stamp(moment),
        "isRecommendation": is_recommendation,
        "locations": [{"uid": location}],
        "needsResponse": True,
        "responses": [],
        "review": {
            "body": f"{SENTENCES[number % len(SENTENCES)]} ({number})",
            "rating": (5 if number % 2 else 1) if is_recommendation else (5, 4, 3)[number % 3],
            "siteName": "facebook" if is_recommendation else "google",
            "siteReviewId": f"site-{number}",
            "url": f"https://reviews.example.org/{number}",
            **review,
        },
    }


def error(status: int, code: Any) -> Reply:
    return json_reply({"code": code, "message": "In words.", "moreInfo": f"https://docs.example.org#{code}"}, status)


@dataclass
class PodiumFake:
    """One account with two locations."""

    oauth: OAuthServer = field(
        default_factory=lambda: OAuthServer(origins={"https://api.podium.com/oauth": "podium-oauth"}, rotates=True)
    )
    origins: dict[str, str] = field(default_factory=lambda: {"https://api.podium.com": "podium"})
    rows: list[Any] = field(default_factory=list)
    last_page_too: list[Any] = field(default_factory=list)
    page_size: int = 100
    off_by: int = 3
    cursors: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    script: list[Reply] = field(default_factory=list)
    puts: list[str] = field(default_factory=list)
    on_page: Callable[["PodiumFake"], None] | None = None

    @classmethod
    def running(cls, platforms: Platforms, count: int = 12) -> "PodiumFake":
        made = cls()
        platforms.add(made.oauth)  # before the rest, whose address begins its own
        fake = platforms.add(made)
        fake.rows = [make_row(number) for number in range(count)]
        return fake

    def answer(self, asked: Asked) -> Reply:
        if self.script:
            return self.script.pop(0)
        if not self.oauth.accepts(asked):
            return error(401, "unauthenticated")
        if asked.headers.get("podium-version") != "2021.04.01":
            return error(400, "invalid_header_version")
        path = asked.path.partition("/v4/")[2]
        if path == "reviews/sites/summary":
            return self._sites(asked)
        if path.startswith("reviews/"):
            return self._one(asked, path.split("/")[1:])
        return self._list(asked) if path == "reviews" else error(404, "route_not_found")

    def _one(self, asked: Asked, parts: list[str]) -> Reply:
        """One review, its responses, one of them changed, or a new one."""
        row = next((row for row in self.rows if row["uid"] == parts[0]), None)
        if row is None:
            return error(404, "resource_not_found")
        if len(parts) == 1:
            return json_reply({"data": row})
        if asked.method == "GET":
            return json_reply({"data": row["responses"]})
        text = json.loads(asked.body)["body"]
        self.puts.append(text)
        if asked.method == "PATCH":
            response = next(each for each in row["responses"] if each["uid"] == parts[2])
            response.update(body=text)
        else:
            uid = f"response-{len(self.puts)}"
            response = {"uid": uid, "body": text, "createdAt": stamp(START), "publishDate": stamp(START)}
            row["responses"].append(response)
        return json_reply({"data": response})

    def _sites(self, asked: Asked) -> Reply:
        here = [row for row in self.rows if row["locations"][0]["uid"] == asked.first("locationUids[]")]
        names = sorted({row["review"]["siteName"] for row in here})
        found = []
        for name in names:
            stars = [row["review"]["rating"] for row in here if row["review"]["siteName"] == name]
            found.append(
                {"siteName": name, "averageRating": round(sum(stars) / len(stars), 3), "reviewCount": len(stars)}
            )
        return json_reply({"data": found, "metadata": {"url": "x"}})

    def _list(self, asked: Asked) -> Reply:
        cursor = asked.first("cursor")
        if cursor and cursor not in self.cursors:
            return error(400, "invalid_cursor")
        start, wanted = self.cursors[cursor] if cursor else (0, {})
        if not cursor:  # beside a cursor everything else is ignored
            names = ("createdAt[gte]", "updatedAt[gte]")
            wanted = {name[:9]: asked.first(name) for name in names if asked.first(name)}
        if self.on_page is not None:
            self.on_page(self)
        rows = [row for row in self.rows if all((row[name] or "") >= value for name, value in wanted.items())]
        rows.sort(key=lambda row: row["createdAt"], reverse=True)
        more = start + self.page_size < len(rows)
        metadata = {"totalItems": len(self.rows) + self.off_by, "url": "https://api.podium.com/v4/reviews"}
        if more:
            following = "-".join(
                ["cursor", str(start + self.page_size), *(f"{name}{value}" for name, value in wanted.items())]
            )
            self.cursors[following] = (start + self.page_size, wanted)
            metadata["nextCursor"] = following
        shown = rows[start : start + self.page_size] + ([] if more else self.last_page_too)
        return json_reply({"data": shown, "metadata": metadata})
