"""A fake of the Graph API for one page, with invented people.

It plays: the end of recommendations (code 12); a dead token (190) and missing rights; throttling; rows without an id
of a story; positive, negative and bare recommendations, old stars; further pages whose address holds the token.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from tests.platforms.listing import FIRST_NAMES, SENTENCES
from tests.platforms.server import Asked, Platforms, Reply, json_reply

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def make_row(number: int, **changes: Any) -> Any:
    """One row as Facebook gives it; a value of None takes a field away."""
    row = {
        "created_time": f"{START + timedelta(hours=number):%Y-%m-%dT%H:%M:%S}+0000",
        "recommendation_type": "negative" if number % 5 == 4 else "positive",
        "has_rating": False,
        "has_review": True,
        "review_text": f"{SENTENCES[number % len(SENTENCES)]} ({number})",
        "reviewer": {"name": f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {chr(65 + number % 26)}.", "id": f"70{number}"},
        "open_graph_story": {"id": f"fb-{number:04d}"},
        **changes,
    }
    return {name: value for name, value in row.items() if value is not None}


def error(code: int, status: int = 400, headers: dict[str, str] | None = None, **more: Any) -> Reply:
    body = {"message": f"(#{code}) In words.", "type": "OAuthException", "code": code, "fbtrace_id": "A0", **more}
    return json_reply({"error": body}, status, **(headers or {}))


DEPRECATED = error(12)
DEAD_TOKEN = error(190, error_subcode=463)
NO_RIGHT = error(283)
THROTTLED = error(32)
BUSY_FOR_7_MINUTES = error(
    4, headers={"X-Business-Use-Case-Usage": '{"1": [{"type": "pages", "estimated_time_to_regain_access": 7}]}'}
)
NOT_THERE = error(100, error_subcode=33)
BAD_FIELD = error(100)


@dataclass
class FacebookFake:
    """One page; `retired` ends its recommendations."""

    origins: dict[str, str] = field(default_factory=lambda: {"https://graph.facebook.com": "facebook"})
    token: str = "page-token-of-the-clinic"
    page: str = "1000777"
    rows: list[Any] = field(default_factory=list)
    last_page_too: list[Any] = field(default_factory=list)
    average: float = 4.4
    count: int = 52
    page_size: int = 100
    retired: bool = False
    script: list[Reply] = field(default_factory=list)
    on_page: Callable[["FacebookFake", int], None] | None = None

    @classmethod
    def running(cls, platforms: Platforms, count: int = 12) -> "FacebookFake":
        fake = platforms.add(cls())
        fake.rows = [make_row(number) for number in range(count)]
        return fake

    def answer(self, asked: Asked) -> Reply:
        if self.script:
            return self.script.pop(0)
        token = asked.headers.get("authorization", "").removeprefix("Bearer ") or asked.first("access_token")
        if token != self.token:
            return DEAD_TOKEN
        parts = asked.path.strip("/").split("/")[2:]
        if parts[0] != self.page:
            return NOT_THERE
        if len(parts) == 1:
            return json_reply({
                "id": self.page, "name": "Willow Lane Physiotherapy", "link": f"https://www.facebook.com/{self.page}",
                "overall_star_rating": self.average, "rating_count": self.count,
            })  # fmt: skip
        return DEPRECATED if self.retired else self._rows(asked)

    def _rows(self, asked: Asked) -> Reply:
        after = asked.first("after")
        if after and not after.startswith("after-"):
            return BAD_FIELD
        start, size = int(after.removeprefix("after-") or 0), min(int(asked.first("limit") or 25), self.page_size)
        if self.on_page is not None:
            self.on_page(self, start // size + 1)
        rows = sorted(self.rows, key=lambda row: (row or {}).get("created_time", ""), reverse=True)
        more = start + size < len(rows)
        cursors = {"before": f"before-{start}", "after": f"after-{start + size}"}
        paging: dict[str, Any] = {"cursors": cursors} if rows else {}
        if more:
            address = f"https://graph.facebook.com/v21.0/{self.page}/ratings?access_token={quote(self.token)}"
            paging["next"] = f"{address}&limit={size}&after={cursors['after']}"
        shown = rows[start : start + size] + ([] if more else self.last_page_too)
        return json_reply({"data": shown, **({"paging": paging} if paging else {})})
