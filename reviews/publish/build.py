"""From a decided view to finished bytes: every public path of a widget, with its headers. Pure."""

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from reviews.config import find_folder
from reviews.i18n import LANGUAGES, Catalogue, Words
from reviews.model import Snapshot
from reviews.publish import feeds, pages, pictures
from reviews.publish.data import data_document, data_json
from reviews.publish.view import WidgetView

Row = tuple[str, str, bytes, tuple[tuple[str, str], ...]]
HTML = "text/html; charset=utf-8"
SVG = "image/svg+xml"
PNG = "image/png"
MAX_AGE, WHILE_REVALIDATE, IF_ERROR = 300, 86_400, 604_800
PNG_MAX_AGE = 3600
SHARED_HEADERS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Timing-Allow-Origin", "*"),
    ("X-Content-Type-Options", "nosniff"),
)
BADGE_HEADERS = (*SHARED_HEADERS, ("Content-Security-Policy", "default-src 'none'"))
FEEDS = (
    ("feed.json", "application/feed+json", feeds.feed_json),
    ("feed.xml", "application/rss+xml", feeds.feed_rss),
)
SCALES = {"": 1, "@2x": 2}
_PNG = re.compile(r"(w/[^/]+/badge)(@2x|)((?:\.[a-z]+)?)\.png")
PAGE_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Content-Security-Policy", pages.PAGE_POLICY + "; frame-ancestors 'self'"),
)


@dataclass(frozen=True)
class _Drawing:
    """What a widget says in one language, drawn once for all paths at which it stands."""

    view: WidgetView
    words: Words

    @cached_property
    def document(self) -> dict[str, Any]:
        return data_document(self.view, self.words)

    @cached_property
    def data(self) -> bytes:
        return data_json(self.view, self.words, self.document)

    @cached_property
    def pages(self) -> dict[str, str]:
        names = ["embed", "page", "how"]
        names += ["policy"] if self.view.state not in ("barred_by_rules", "gone") else []
        names += ["ask", "print"] if _may_ask(self.view) else []
        return {name: pages.draw(f"{name}.html", self.view, self.words, self.document) for name in names}

    @cached_property
    def pictures(self) -> list[tuple[str, str, str, bytes, tuple[tuple[str, str], ...]]]:
        return list(_pictures(self.view, self.words))


def build_widget(view: WidgetView, catalogue: Catalogue, made_at: datetime, *, with_png: bool = True) -> list[Snapshot]:
    """All snapshots of a widget: without a tag in its own language, and tagged in each language of the release.

    The same view gives the same bytes and entity tags; `made_at` is not part of them. Without PNG where whoever serves
    makes it of the badge when it is asked for (`make_png`): it costs as much as all the rest, and few mails have it.
    """
    drawings = {language: _Drawing(view, catalogue.words(language)) for language in LANGUAGES}
    packed: dict[bytes, tuple[bytes, str]] = {}
    found: list[Snapshot] = []
    for tag in ("", *LANGUAGES):
        drawing = drawings[catalogue.words(tag or view.language).language]
        for path, content_type, body, headers in _rows(view, drawing, tag):
            if body not in packed:
                packed[body] = _pack(body)
            found.append(_snapshot(path, content_type, body, packed[body], made_at, view.keep_until, headers))
    if not with_png:
        return found
    badges = {each.path: each for each in found if each.content_type == SVG}
    paths = [
        f"w/{view.slug}/badge{scale}{dot}.png" for dot in ("", *(f".{tag}" for tag in LANGUAGES)) for scale in SCALES
    ]
    return found + [png for path in paths if (png := make_png(path, badges[find_badge(path) or ""]))]


def find_badge(path: str) -> str | None:
    """The path of the badge of which the PNG of this path is made; None where it is no such path."""
    found = _PNG.fullmatch(path)
    return f"{found[1]}{found[3]}.svg" if found else None


def make_png(path: str, badge: Snapshot) -> Snapshot | None:
    """The badge as PNG at this path, the same bytes each time; None where nothing is there to draw it with."""
    found = _PNG.fullmatch(path)
    body = pictures.png(badge.body, SCALES[found[2]]) if found else None
    return make_snapshot(path, PNG, body, badge.made_at, badge.keep_until, SHARED_HEADERS) if body else None


def made_from(view: WidgetView) -> str:
    """Names all that the snapshots of a view depend on: what it holds, and this release with its renderer."""
    return hashlib.sha256(f"{_release()}\n{view!r}".encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _release() -> str:
    """The bytes of all that draws: code, words, templates, styles; and the versions of what they rest on."""
    from importlib import metadata  # dear, and only who publishes needs it

    package = Path(__file__).parent.parent
    folders = (package, find_folder("templates") / "widget", package / "data", package / "messages")
    digest = hashlib.sha256()
    for folder in folders:
        patterns = ("*.py", "publish/*.py", "rules/*.py") if folder == package else ("**/*",)
        for path in sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file()):
            digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    for name in ("Babel", "Jinja2"):
        digest.update(f"{name} {metadata.version(name)}\n".encode())
    return digest.hexdigest()


def _rows(view: WidgetView, drawing: _Drawing, tag: str) -> Iterator[Row]:
    dot, slash = (f".{tag}", f"/{tag}") if tag else ("", "")
    home, page = f"w/{view.slug}", f"r/{view.slug}{slash}"
    yield f"{home}/data{dot}.json", "application/json", drawing.data, SHARED_HEADERS
    places = {"embed": f"{home}/embed{dot}.html", "page": page, "print": f"{page}/ask/print"}
    for name, drawn in drawing.pages.items():
        path = places.get(name, f"{page}/{name}")
        yield path, HTML, pages.place(drawn, view, path), _embed_headers(view) if name == "embed" else PAGE_HEADERS
    if view.state not in ("barred_by_rules", "gone"):
        for name, content_type, draw in FEEDS:
            path = f"{page}/{name}"
            yield path, content_type, draw(view, drawing.words, path), SHARED_HEADERS
    for name, ending, content_type, body, headers in drawing.pictures:
        yield f"{home}/{name}{dot}.{ending}", content_type, body, headers


def _may_ask(view: WidgetView) -> bool:
    return view.ask_allowed and bool(view.ask_places) and view.state in ("ready", "empty")


def _pictures(view: WidgetView, words: Words) -> Iterator[tuple[str, str, str, bytes, tuple[tuple[str, str], ...]]]:
    """Name, ending, type, bytes and headers of each."""
    badge = pictures.badge_svg(view, words)
    yield "badge", "svg", SVG, badge, BADGE_HEADERS
    yield "badge", "json", "application/json", pictures.badge_json(view, words), SHARED_HEADERS
    for style in pictures.STYLES:
        drawn = badge if style == pictures.STYLES[0] else pictures.badge_svg(view, words, style)
        yield f"badge-{style}", "svg", SVG, drawn, BADGE_HEADERS
    for size in ("s", "m", "l"):
        yield f"poster-{size}", "svg", SVG, pictures.poster_svg(view, words, size), BADGE_HEADERS


def make_snapshot(
    path: str,
    content_type: str,
    body: bytes,
    made_at: datetime,
    keep_until: datetime | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Snapshot:
    """One snapshot: plain and gzip bytes, and the strong entity tag, which is the SHA-256 of the plain ones."""
    return _snapshot(path, content_type, body, _pack(body), made_at, keep_until, headers)


def _pack(body: bytes) -> tuple[bytes, str]:
    """The gzip bytes and the entity tag."""
    return gzip.compress(body, 9, mtime=0), f'"{hashlib.sha256(body).hexdigest()}"'


def _snapshot(
    path: str,
    content_type: str,
    body: bytes,
    packed: tuple[bytes, str],
    made_at: datetime,
    keep_until: datetime | None,
    headers: tuple[tuple[str, str], ...],
) -> Snapshot:
    return Snapshot(
        path=path,
        content_type=content_type,
        body=body,
        body_gzip=packed[0],
        etag=packed[1],
        made_at=made_at,
        keep_until=keep_until,
        headers=headers,
    )


def cache_control(keep_until: datetime | None, now: datetime, content_type: str = "") -> str:
    """How long caches may keep an answer: the usual lifetimes, none of which reaches past `keep_until`.

    Pictures for mail (PNG) are asked for by mail programs and change rarely: an hour.
    """
    longest = PNG_MAX_AGE if content_type == PNG else MAX_AGE
    if keep_until is None:
        return f"public, max-age={longest}, stale-while-revalidate={WHILE_REVALIDATE}, stale-if-error={IF_ERROR}"
    left = int((keep_until - now).total_seconds())
    if left <= 0:
        return "no-store"
    age = min(longest, left)
    revalidate, error = min(WHILE_REVALIDATE, left - age), min(IF_ERROR, left - age)
    return f"public, max-age={age}, stale-while-revalidate={revalidate}, stale-if-error={error}"


def _embed_headers(view: WidgetView) -> tuple[tuple[str, str], ...]:
    ancestors = " ".join(view.allowed_hosts) or "*"
    return (
        *SHARED_HEADERS,
        ("Content-Security-Policy", f"{pages.embed_policy(view.base_url)}; frame-ancestors {ancestors}"),
        ("X-Robots-Tag", "noindex"),
    )
