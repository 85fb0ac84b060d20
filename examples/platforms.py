"""Google, Yelp and Facebook as the demo needs them: small servers of invented reviews that stand in for the real ones.

Run it with ``python examples/platforms.py --port 8002``, or use the WSGI application that `create_platforms` gives. An
address begins with the day on which the platform is looked at, counted from today (``/day/-14/yelp/…``), so that the
demo can have a past: reviews are written, edited, taken away and brought back on days that stand in
``platforms/*.json``. Whatever key is sent is taken, except where a token has ended.
"""

import argparse
import json
import socketserver
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

FOLDER = Path(__file__).parent / "platforms"
STARS = {1: "ONE", 2: "TWO", 3: "THREE", 4: "FOUR", 5: "FIVE"}
EXCERPTS, EXCERPT_LENGTH = 3, 157

Answer = tuple[int, Any]


def create_platforms(folder: Path = FOLDER, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Any:
    """The WSGI application."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, value = _route(environ, folder, now())
        body = json.dumps(value, ensure_ascii=False).encode()
        reason = {200: "OK", 400: "Bad Request", 404: "Not Found"}[status]
        headers = [("Content-Type", "application/json; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response(f"{status} {reason}", headers)
        return [body]

    return application


def _route(environ: dict[str, Any], folder: Path, now: datetime) -> Answer:
    parts = environ.get("PATH_INFO", "/").strip("/").split("/")
    query = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    if len(parts) < 3 or parts[0] != "day" or not parts[1].removeprefix("-").isdecimal():
        return 404, {"error": {"code": 404, "message": "There is no such thing here."}}
    day, name, rest = int(parts[1]), parts[2], parts[3:]
    if name == "google-token":
        return 200, {"access_token": "demo-access", "expires_in": 3599, "token_type": "Bearer", "scope": "demo"}
    if name == "google-accounts":
        return 200, {"accounts": [{"name": "accounts/1", "accountName": "Example clinics", "type": "PERSONAL"}]}
    speak = {"google-information": _places, "google": _google, "yelp": _yelp, "facebook": _facebook}.get(name)
    if speak is None:
        return 404, {"error": {"code": 404, "message": "There is no such platform here."}}
    file = {"google-information": "google"}.get(name, name)
    listings = json.loads((folder / f"{file}.json").read_text(encoding="utf-8"))
    return speak(rest, query, listings, View(day, now))


class View:
    """A platform as it was on a day, counted from today."""

    def __init__(self, day: int, now: datetime) -> None:
        self.day, self.now = day, now

    def of(self, listing: dict[str, Any]) -> list[dict[str, Any]]:
        """The reviews that stand there, newest first; each with `written` and `updated`."""
        found = []
        for review in listing["reviews"]:
            gone = review.get("gone")
            if review["day"] > self.day or (gone and gone[0] <= self.day and (gone[1] is None or self.day < gone[1])):
                continue
            shown = {**review, "written": self.moment(review["day"], review["id"])}
            if "on" in review:  # a copy of it stands on the clinic's own page, with a fixed date
                shown["written"] = datetime.fromisoformat(review["on"]).replace(hour=18, tzinfo=UTC)
            shown["updated"] = shown["written"]
            if review.get("reply", {}).get("day", self.day) > self.day:
                del shown["reply"]
            edited = review.get("edited")
            if edited and edited["day"] <= self.day:
                shown |= {**edited, "updated": self.moment(edited["day"], review["id"])}
            found.append(shown)
        return sorted(found, key=lambda shown: shown["updated"], reverse=True)

    def moment(self, day: int, seed: str) -> datetime:
        """A moment of that day in working hours, the same whenever it is asked for."""
        start = self.now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=day)
        return start + timedelta(minutes=8 * 60 + sum(map(ord, seed)) * 7 % 600)


def _places(rest: list[str], query: dict[str, str], listings: Any, view: View) -> Answer:
    rows = [
        {
            "name": name,
            "title": listing["title"],
            "storefrontAddress": {"locality": listing["town"]},
            "metadata": {"mapsUri": listing["url"]},
        }
        for name, listing in listings.items()
    ]
    return 200, {"locations": rows}


def _google(rest: list[str], query: dict[str, str], listings: Any, view: View) -> Answer:
    listing = listings.get("/".join(rest[3:5]))
    if listing is None:
        return 404, {"error": {"code": 404, "message": "Not there.", "status": "NOT_FOUND"}}
    found = view.of(listing)
    if not found:
        return 200, {}
    rated = [shown["stars"] for shown in found]
    rows = [_google_row(shown, "/".join(rest[1:5])) for shown in found]
    return 200, {
        "reviews": rows,
        "averageRating": round(sum(rated) / len(rated), 1),
        "totalReviewCount": len(rows),
    }


def _google_row(shown: dict[str, Any], parent: str) -> dict[str, Any]:
    row = {
        "name": f"{parent}/reviews/{shown['id']}",
        "reviewId": shown["id"],
        "reviewer": {"displayName": shown["author"]} if shown.get("author") else {"isAnonymous": True},
        "starRating": STARS[shown["stars"]],
        "createTime": f"{shown['written']:%Y-%m-%dT%H:%M:%S}Z",
        "updateTime": f"{shown['updated']:%Y-%m-%dT%H:%M:%S}Z",
    }
    if shown.get("text"):
        row["comment"] = shown["text"]
    if reply := shown.get("reply"):
        row["reviewReply"] = {
            "comment": reply["text"],
            "updateTime": f"{shown['updated'] + timedelta(days=1):%Y-%m-%dT%H:%M:%S}Z",
            "reviewReplyState": reply.get("state", "APPROVED"),
            **({"policyViolation": reply["violation"]} if reply.get("violation") else {}),
        }
    return row


def _yelp(rest: list[str], query: dict[str, str], listings: Any, view: View) -> Answer:
    listing = listings.get(rest[2]) if len(rest) > 2 else None
    if listing is None:
        return 404, {"error": {"code": "BUSINESS_NOT_FOUND", "description": "Not there."}}
    if rest[3:] != ["reviews"]:
        return 200, {
            "id": rest[2], "alias": rest[2], "name": listing["title"], "url": f"https://www.yelp.com/biz/{rest[2]}",
            "review_count": listing["count"], "rating": listing["rating"],
        }  # fmt: skip
    rows = [
        {
            "id": shown["id"],
            "url": f"https://www.yelp.com/biz/{rest[2]}?hrid={shown['id']}",
            "text": _cut(shown["text"]),
            "rating": shown["stars"],
            "time_created": f"{shown['written']:%Y-%m-%d %H:%M:%S}",
            "user": {"id": f"u-{shown['id']}", "name": shown["author"], "image_url": None},
        }
        for shown in sorted(view.of(listing), key=lambda shown: shown["written"], reverse=True)[:EXCERPTS]
    ]
    return 200, {"reviews": rows, "total": listing["count"], "possible_languages": ["en"]}


def _cut(text: str) -> str:
    return text if len(text) <= EXCERPT_LENGTH else text[:EXCERPT_LENGTH].rstrip() + "..."


def _facebook(rest: list[str], query: dict[str, str], listings: Any, view: View) -> Answer:
    listing = listings.get(rest[1]) if len(rest) > 1 else None
    if listing is None:
        return 400, _facebook_error(100, 33)
    if view.day >= listing["token_ends"]:
        return 400, _facebook_error(190, 463)
    found = view.of(listing)
    if rest[2:] != ["ratings"]:
        return 200, {"id": rest[1], "name": listing["title"], "overall_star_rating": 4.7, "rating_count": len(found)}
    rows = [
        {
            "created_time": f"{shown['written']:%Y-%m-%dT%H:%M:%S}+0000",
            "recommendation_type": "positive" if shown["recommends"] else "negative",
            "has_rating": False,
            "has_review": bool(shown["text"]),
            "review_text": shown["text"],
            "reviewer": {"id": f"p-{shown['id']}", "name": shown["author"]},
            "open_graph_story": {"id": shown["id"]},
        }
        for shown in found
    ]
    return 200, {"data": rows, "paging": {"cursors": {"before": "b", "after": "a"}}}


def _facebook_error(code: int, subcode: int) -> dict[str, Any]:
    said = {"message": "In the demo.", "type": "OAuthException", "code": code, "error_subcode": subcode}
    return {"error": said}


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """One thread a connection, so that a slow reader holds up nobody."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Says nothing about requests that went well."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


def serve(port: int, folder: Path = FOLDER) -> None:
    """Serve on loopback until interrupted."""
    with make_server("127.0.0.1", port, create_platforms(folder), Server, QuietHandler) as server:
        server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Google, Yelp and Facebook for the demo.")
    parser.add_argument("--port", type=int, default=8002)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args()
    try:
        serve(given.port, given.folder)
    except KeyboardInterrupt:
        sys.exit(0)
