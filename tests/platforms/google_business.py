"""A fake of Google's business APIs: accounts, locations, reviews, replies, with invented people.

It plays: ``{}``; pages with tokens and an invalid token; an access token that has run out; a permission that has ended;
an API that is switched off; quotas with and without a wait; 503 with HTML; edits and deletions while pages are read;
ratings alone; anonymous authors; nine fraction digits; an empty element; both orders of the translation; replies that
are checked and rejected; star words and violations of tomorrow; one location under two accounts; a missing readMask.
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
STARS = ("FIVE", "FOUR", "FIVE", "TWO", "THREE")
HTML = Reply(503, b"<html><title>Error 503</title>Backend error</html>")


def stamp(moment: datetime, fraction: str = "") -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def make_row(number: int, *, account: str = "accounts/101", location: str = "locations/7001", **changes: Any) -> Any:
    """One review as Google gives it; a value of None takes a field away."""
    moment = START + timedelta(hours=number)
    row = {
        "name": f"{account}/{location}/reviews/gb-{number:04d}",
        "reviewId": f"gb-{number:04d}",
        "reviewer": {"displayName": f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {chr(65 + number % 26)}."},
        "starRating": STARS[number % len(STARS)],
        "comment": f"{SENTENCES[number % len(SENTENCES)]} ({number})",
        "createTime": stamp(moment),
        "updateTime": stamp(moment, f".{number + 1:09d}"),
        **changes,
    }
    return {name: value for name, value in row.items() if value is not None}


def status(code: int, word: str, reason: str = "", *extra: dict[str, Any], **metadata: str) -> Reply:
    """A google.rpc.Status."""
    details = list(extra)
    if reason:
        info = "type.googleapis.com/google.rpc.ErrorInfo"
        details.append({"@type": info, "reason": reason, "domain": "googleapis.com", "metadata": metadata})
    return json_reply({"error": {"code": code, "message": "In words.", "status": word, "details": details}}, code)


EXPIRED = status(401, "UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED")
NO_SCOPE = status(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
SWITCHED_OFF = status(403, "PERMISSION_DENIED", "SERVICE_DISABLED")
NOT_APPROVED = status(
    429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit="RequestsPerMinute", quota_limit_value="0"
)
SLOW_DOWN = status(
    429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit="RequestsPerMinute", quota_limit_value="300"
)
RETRY_IN_4 = status(
    429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED",
    {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "4s"},
)  # fmt: skip
NOT_FOUND = status(404, "NOT_FOUND")
BAD_REQUEST = status(400, "INVALID_ARGUMENT")


@dataclass
class GoogleBusinessFake:
    """The reviews by location; `script` holds answers that come before its own, `on_page` shifts rows between pages.

    `puts` are the replies that were put, `after_put` holds answers that hide that one was taken.
    """

    oauth: OAuthServer = field(
        default_factory=lambda: OAuthServer(
            origins={"https://oauth2.googleapis.com": "google-token", "https://accounts.google.com": "google-consent"},
            wants_offline=True,
        )
    )
    origins: dict[str, str] = field(
        default_factory=lambda: {
            "https://mybusiness.googleapis.com": "google-reviews",
            "https://mybusinessaccountmanagement.googleapis.com": "google-accounts",
            "https://mybusinessbusinessinformation.googleapis.com": "google-information",
        }
    )
    accounts: dict[str, list[str]] = field(
        default_factory=lambda: {
            "accounts/101": ["locations/7001", "locations/7002"],
            "accounts/102": ["locations/7001"],
        }
    )
    rows: dict[str, list[Any]] = field(default_factory=lambda: {"locations/7001": [], "locations/7002": []})
    last_page_too: list[Any] = field(default_factory=list)
    average: str = "4.6"
    total: int | None = None
    page_size: int = 50
    script: list[Reply] = field(default_factory=list)
    on_page: Callable[["GoogleBusinessFake", int], None] | None = None
    puts: list[str] = field(default_factory=list)
    reply_state: str = "PENDING"
    after_put: list[Reply] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)

    @classmethod
    def running(cls, platforms: Platforms, count: int = 10) -> "GoogleBusinessFake":
        """A fake in a server, with so many reviews at the first location."""
        fake = platforms.add(cls())
        platforms.add(fake.oauth)
        fake.rows["locations/7001"] = [make_row(number) for number in range(count)]
        return fake

    @property
    def here(self) -> list[Any]:
        """The reviews of the first location."""
        return self.rows["locations/7001"]

    def edit(self, number: int, moment: datetime, **changes: Any) -> None:
        """Change a review; it moves to the top."""
        row = next(row for row in self.here if row and row.get("reviewId") == f"gb-{number:04d}")
        row.update(changes, updateTime=stamp(moment))

    def delete(self, number: int) -> Any:
        row = next(row for row in self.here if row and row.get("reviewId") == f"gb-{number:04d}")
        self.here.remove(row)
        return row

    def answer(self, asked: Asked) -> Reply:
        if self.script:
            return self.script.pop(0)
        if not self.oauth.accepts(asked):
            return EXPIRED
        folder, _, *parts = asked.path.strip("/").split("/")
        if folder == "google-accounts":
            return self._accounts(asked)
        if folder == "google-information":
            return self._locations(asked, "/".join(parts[:2]))
        account, location = "/".join(parts[:2]), "/".join(parts[2:4])
        if location not in self.accounts.get(account, []):
            return NOT_FOUND
        if len(parts) > 5:
            return self._one(asked, location, parts[5], is_reply=parts[6:] == ["reply"])
        return self._reviews(asked, account, location)

    def _one(self, asked: Asked, location: str, review_id: str, *, is_reply: bool) -> Reply:
        """One review, or a reply to it that is put: taken, and not yet public."""
        row = next((row for row in self.rows[location] if row and row.get("reviewId") == review_id), None)
        if row is None:
            return NOT_FOUND
        if not is_reply:
            return json_reply(row)
        if asked.method != "PUT":
            return BAD_REQUEST
        comment = json.loads(asked.body).get("comment", "")
        if not comment or len(comment.encode()) > 4096:
            return BAD_REQUEST
        self.puts.append(comment)
        row["reviewReply"] = {
            "comment": comment,
            "updateTime": stamp(START + timedelta(days=20)),
            "reviewReplyState": self.reply_state,
        }
        return self.after_put.pop(0) if self.after_put else json_reply(row["reviewReply"])

    def judge(self, review_id: str, state: str, **more: str) -> None:
        """Google has looked at a reply: APPROVED or REJECTED."""
        row = next(row for row in self.here if row and row.get("reviewId") == review_id)
        row["reviewReply"].update(reviewReplyState=state, **more)

    def _accounts(self, asked: Asked) -> Reply:
        names = sorted(self.accounts)
        start = int(asked.first("pageToken") or 0)
        rows = [{"name": name, "accountName": f"Account {name[-1]}", "type": "PERSONAL"} for name in names]
        more = {"nextPageToken": str(start + 1)} if start + 1 < len(names) else {}
        return json_reply({"accounts": rows[start : start + 1], **more})

    def _locations(self, asked: Asked, account: str) -> Reply:
        if not asked.first("readMask"):
            return BAD_REQUEST
        rows = [
            {
                "name": name,
                "title": f"Willow Lane {name[-1]}",
                "storefrontAddress": {"locality": "Springfield"},
                "metadata": {"placeId": f"place-{name[-4:]}", "mapsUri": f"https://maps.example.org/?cid={name[-4:]}"},
            }
            for name in self.accounts.get(account, [])
        ]
        return json_reply({"locations": rows} if rows else {})

    def _reviews(self, asked: Asked, account: str, location: str) -> Reply:
        token = asked.first("pageToken")
        if token and token not in self.tokens:
            return BAD_REQUEST
        if asked.first("orderBy") not in ("updateTime desc", ""):
            return BAD_REQUEST
        start, size = self.tokens.get(token, 0), min(int(asked.first("pageSize") or 50), self.page_size, 50)
        if self.on_page is not None:
            self.on_page(self, start // size + 1)
        rows = sorted(self.rows[location], key=lambda row: (row or {}).get("updateTime", ""), reverse=True)
        if not rows:
            return json_reply({})
        more = start + size < len(rows)
        page = [self._under(row, account) for row in rows[start : start + size]]
        body = {"reviews": page + ([] if more else self.last_page_too)}
        body |= {"averageRating": float(self.average), "totalReviewCount": self.total or len(rows)}
        if more:
            self.tokens[f"page-from-{start + size}"] = start + size
            body["nextPageToken"] = f"page-from-{start + size}"
        return json_reply(body)

    def _under(self, row: Any, account: str) -> Any:
        if not isinstance(row, dict) or "name" not in row:
            return row
        return {**row, "name": f"{account}/{row['name'].split('/', 2)[2]}"}
