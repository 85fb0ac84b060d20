"""The websites of three invented clinics: what the demo's collector reads, and where its widget stands.

Run it with ``python examples/site.py --port 8001 --service http://127.0.0.1:8000``, or use the WSGI application that
`create_site` gives. It is a foreign origin, as in life: it shares nothing with the service, reads its own folder at
each request (change a file, and the next run of the collector sees it), answers conditional requests, and speaks the
Example Reviews API for the third clinic. Run as a program it plays the platforms of platforms.py, too.
"""

import argparse
import hashlib
import json
import socketserver
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from jinja2 import Environment, FileSystemLoader

FOLDER = Path(__file__).parent
CLINICS = ("harbour-lane", "vieux-pont", "alder-street")
TOKEN = "demo-token"  # noqa: S105 - invented, and written down in demo.toml
API_PAGE = 4
WORDS = {
    "en": {
        "menu": "Menu", "services": "What we do", "services_id": "services", "reviews": "Reviews",
        "patients": "What patients say", "reviews_of": "Reviews of", "visit": "Visit us", "hours": "Hours",
        "book": "Call and book", "out_of": "out of", "count": "reviews", "pages": "Pages", "newer": "Newer",
        "older": "Older", "others": "The other example clinics:",
        "invented": "An example. The clinic, its people and its patients are invented.",
    },
    "fr": {
        "menu": "Menu", "services": "Ce que nous faisons", "services_id": "soins", "reviews": "Avis",
        "patients": "Ce que disent les patients", "reviews_of": "Avis sur", "visit": "Nous trouver",
        "hours": "Horaires", "book": "Appeler et prendre rendez-vous", "out_of": "sur", "count": "avis",
        "pages": "Pages", "newer": "Plus récents", "older": "Plus anciens", "others": "Les autres exemples :",
        "invented": "Un exemple. Le cabinet, ses soignants et ses patients sont inventés.",
    },
}  # fmt: skip

Answer = tuple[int, str, bytes]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def create_site(service: str, folder: Path = FOLDER) -> Application:
    """The WSGI application of all three websites; `service` is the installation whose widget they show."""
    templates = Environment(loader=FileSystemLoader(folder / "pages"), autoescape=True)
    policy = (
        f"default-src 'none'; style-src 'self'; img-src 'self' {service}; script-src {service}; "
        f"connect-src {service}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, content_type, body = _route(environ, folder, templates, service)
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        headers = [("Content-Type", content_type), ("X-Content-Type-Options", "nosniff")]
        if content_type.startswith("text/html"):
            headers.append(("Content-Security-Policy", policy))
        if status == 200:
            headers += [("ETag", etag), ("Cache-Control", "no-cache")]
            if etag in environ.get("HTTP_IF_NONE_MATCH", ""):
                start_response("304 Not Modified", headers)
                return [b""]
        reason = {200: "OK", 401: "Unauthorized", 404: "Not Found", 400: "Bad Request"}[status]
        start_response(f"{status} {reason}", [*headers, ("Content-Length", str(len(body)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    return application


def _route(environ: dict[str, Any], folder: Path, templates: Environment, service: str) -> Answer:
    path = environ.get("PATH_INFO", "/")
    clinics = [json.loads((folder / slug / "clinic.json").read_text(encoding="utf-8")) for slug in CLINICS]
    if path == "/robots.txt":
        return 200, "text/plain; charset=utf-8", b"User-agent: *\nAllow: /\n"
    if path == "/site.css":
        return 200, "text/css; charset=utf-8", (folder / "pages" / "site.css").read_bytes()
    if path == "/icon.svg":
        return 200, "image/svg+xml", (folder / "pages" / "icon.svg").read_bytes()
    if path.startswith("/api/v1/listings/"):
        return _api(environ, folder, path.removeprefix("/api/v1/listings/"))
    if path == "/api/listings/alder-street":
        clinic = {**clinics[2], "total": None, "markup": "none"}
        shared = {"clinic": clinic, "say": WORDS["en"], "service": service, "others": clinics[:2]}
        return _html(templates, "reviews.html", {**shared, **_platform_page(folder)})
    if path == "/alder-street/reviews.csv":
        return 200, "text/csv; charset=utf-8", (folder / "alder-street" / "reviews.csv").read_bytes()
    for clinic in clinics:
        if path == f"/{clinic['slug']}.css":
            return 200, "text/css; charset=utf-8", f":root {{ --brand: {clinic['colour']}; }}\n".encode()
        shared = {
            "clinic": clinic,
            "say": WORDS[clinic["language"]],
            "service": service,
            "others": [other for other in clinics if other is not clinic],
        }
        if path == clinic["path"]:
            return _html(templates, "home.html", shared)
        if path.startswith(clinic["reviews_path"]):
            number = path.removeprefix(clinic["reviews_path"]).strip("/") or "1"
            if number.isdecimal() and (page := _reviews_page(folder, clinic, int(number))):
                return _html(templates, "reviews.html", {**shared, **page})
    return 404, "text/plain; charset=utf-8", b"There is no such page.\n"


def _html(templates: Environment, name: str, values: dict[str, Any]) -> Answer:
    return 200, "text/html; charset=utf-8", templates.get_template(name).render(values).encode()


def _reviews_page(folder: Path, clinic: dict[str, Any], number: int) -> dict[str, Any] | None:
    """One page of a clinic's own reviews, with its neighbours, and its JSON-LD where the clinic uses that."""
    file = folder / clinic["slug"] / "reviews.json"
    reviews = json.loads(file.read_text(encoding="utf-8"))["reviews"] if file.exists() else []
    size = clinic["per_page"]
    shown = reviews[(number - 1) * size : number * size]
    if number < 1 or (not shown and number > 1):
        return None

    def address(page: int) -> str:
        return clinic["reviews_path"] + (f"{page}/" if page > 1 else "")

    return {
        "reviews": shown,
        "next_url": address(number + 1) if len(reviews) > number * size else None,
        "previous_url": address(number - 1) if number > 1 else None,
        "listing": _listing(clinic, shown) if clinic["markup"] == "json-ld" else None,
    }


def _platform_page(folder: Path) -> dict[str, Any]:
    """The page that the invented platform shows to people."""
    stars = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
    reviews = [
        {
            "id": review["id"],
            "author": review.get("author", {}).get("display_name", "Anonymous"),
            "rating": stars[review["stars"]],
            "date": review["created_at"][:10],
            "text": review.get("text", ""),
            "language": review.get("language"),
            "reply": review.get("reply"),
        }
        for review in json.loads((folder / "alder-street" / "listing.json").read_text(encoding="utf-8"))["reviews"]
    ]
    return {"reviews": reviews, "next_url": None, "previous_url": None, "listing": None}


def _listing(clinic: dict[str, Any], reviews: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": clinic["type"],
        "name": clinic["name"],
        "address": {
            "@type": "PostalAddress",
            "streetAddress": clinic["street"],
            "addressLocality": clinic["locality"],
            "addressRegion": clinic["region"],
            "postalCode": clinic["postal_code"],
            "addressCountry": clinic["country"],
        },
        "telephone": clinic["telephone"],
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": clinic["total"]["average"],
            "bestRating": "5",
            "reviewCount": clinic["total"]["review_count"],
        },
        "review": [_review(review, clinic) for review in reviews],
    }


def _review(review: dict[str, Any], clinic: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "Review",
        "@id": "#" + review["id"],
        "author": {"@type": "Person", "name": review["author"]},
        "datePublished": review["date"],
        "reviewBody": review["text"],
        "inLanguage": review.get("language", "en"),
    }
    if review["rating"]:
        found["reviewRating"] = {"@type": "Rating", "ratingValue": review["rating"], "bestRating": 5, "worstRating": 1}
    if "updated" in review:
        found["dateModified"] = review["updated"]
    if reply := review.get("reply"):
        author = {"@type": clinic["type"], "name": clinic["name"]}
        found["comment"] = {"@type": "Comment", "text": reply["text"], "dateCreated": reply["date"], "author": author}
    return found


def _api(environ: dict[str, Any], folder: Path, rest: str) -> Answer:
    """The Example Reviews API: a listing with its total, and its reviews, newest change first, by page token."""
    if environ.get("HTTP_AUTHORIZATION") != f"Bearer {TOKEN}":
        return _json(401, {"error": {"code": "unauthorized"}})
    slug, _, what = rest.partition("/")
    file = folder / slug / "listing.json"
    if slug not in CLINICS or not file.exists() or what not in ("", "reviews"):
        return _json(404, {"error": {"code": "not_found"}})
    data = json.loads(file.read_text(encoding="utf-8"))
    if not what:
        page = data["listing"]["page"].replace("{site}", f"http://{environ.get('HTTP_HOST', '127.0.0.1:8001')}")
        return _json(200, {"listing": {**data["listing"], "page": page}, "total": data["total"]})
    token = parse_qs(environ.get("QUERY_STRING", "")).get("page_token", ["0"])[0]
    if not token.isdecimal():
        return _json(400, {"error": {"code": "bad_page_token"}})
    start = int(token)
    reviews = sorted(data["reviews"], key=lambda review: review["updated_at"], reverse=True)
    page: dict[str, Any] = {"reviews": reviews[start : start + API_PAGE]}
    if start + API_PAGE < len(reviews):
        page["next_page_token"] = str(start + API_PAGE)
    return _json(200, page)


def _json(status: int, value: object) -> Answer:
    return status, "application/json", json.dumps(value, ensure_ascii=False).encode()


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """A thread for each request; good for a demo on loopback, and for nothing else."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Says nothing about requests that went well."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


def beside(site: Application, prefix: str, other: Application) -> Application:
    """One application for both: the other answers what begins with the prefix."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path.startswith(f"{prefix}/"):
            return other({**environ, "PATH_INFO": path.removeprefix(prefix)}, start_response)
        return site(environ, start_response)

    return application


def serve(port: int, service: str, folder: Path = FOLDER, platforms: Application | None = None) -> None:
    """Serve the websites, and the platforms of the demo under /platforms, on loopback until interrupted."""
    site = create_site(service, folder)
    everything = beside(site, "/platforms", platforms) if platforms else site
    with make_server("127.0.0.1", port, everything, Server, QuietHandler) as server:
        server.serve_forever()


if __name__ == "__main__":
    from platforms import create_platforms  # type: ignore[import-not-found]  # beside this file, when it is run

    parser = argparse.ArgumentParser(description="The example clinics' websites.")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--service", default="http://127.0.0.1:8000")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args()
    try:
        serve(given.port, given.service, given.folder, create_platforms(given.folder / "platforms"))
    except KeyboardInterrupt:
        sys.exit(0)
