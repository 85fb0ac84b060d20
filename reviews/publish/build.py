"""From a decided view to finished bytes: every public path of a widget, with its headers. Pure."""

import gzip
import hashlib
from collections.abc import Iterator
from datetime import datetime

from reviews.i18n import LANGUAGES, Catalogue, Words
from reviews.model import Snapshot
from reviews.publish import feeds, pages, pictures
from reviews.publish.data import data_json
from reviews.publish.view import WidgetView

Row = tuple[str, str, bytes, tuple[tuple[str, str], ...]]
HTML = "text/html; charset=utf-8"
SVG = "image/svg+xml"
MAX_AGE, WHILE_REVALIDATE, IF_ERROR = 300, 86_400, 604_800
PNG_MAX_AGE = 3600
SHARED_HEADERS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Timing-Allow-Origin", "*"),
    ("X-Content-Type-Options", "nosniff"),
)
BADGE_HEADERS = (*SHARED_HEADERS, ("Content-Security-Policy", "default-src 'none'"))
PAGE_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Content-Security-Policy", pages.PAGE_POLICY + "; frame-ancestors 'self'"),
)


def build_widget(view: WidgetView, catalogue: Catalogue, made_at: datetime) -> list[Snapshot]:
    """All snapshots of a widget: without a tag in its own language, and tagged in each language of the release.

    The same view gives the same bytes and entity tags; `made_at` is not part of them.
    """
    found: list[Snapshot] = []
    for tag in ("", *LANGUAGES):
        words = catalogue.words(tag or view.language)
        for path, content_type, body, headers in (*_pages(view, words, tag), *_pictures(view, words, tag)):
            found.append(make_snapshot(path, content_type, body, made_at, view.keep_until, headers))
    return found


def _pages(view: WidgetView, words: Words, tag: str) -> Iterator[Row]:
    dot, slash = (f".{tag}", f"/{tag}") if tag else ("", "")
    embed, page, how = f"w/{view.slug}/embed{dot}.html", f"r/{view.slug}{slash}", f"r/{view.slug}{slash}/how"
    yield f"w/{view.slug}/data{dot}.json", "application/json", data_json(view, words), SHARED_HEADERS
    yield embed, HTML, pages.embed_html(view, words, embed), _embed_headers(view)
    yield page, HTML, pages.page_html(view, words, page), PAGE_HEADERS
    yield how, HTML, pages.how_html(view, words, how), PAGE_HEADERS
    policy, feed = f"{page}/policy", f"{page}/feed"
    if view.state not in ("barred_by_rules", "gone"):
        yield policy, HTML, pages.policy_html(view, words, policy), PAGE_HEADERS
        yield f"{feed}.json", "application/feed+json", feeds.feed_json(view, words, f"{feed}.json"), SHARED_HEADERS
        yield f"{feed}.xml", "application/rss+xml", feeds.feed_rss(view, words, f"{feed}.xml"), SHARED_HEADERS
    if view.ask_allowed and view.ask_places and view.state in ("ready", "empty"):
        for path, render in ((f"{page}/ask", pages.ask_html), (f"{page}/ask/print", pages.print_html)):
            yield path, HTML, render(view, words, path), PAGE_HEADERS


def _pictures(view: WidgetView, words: Words, tag: str) -> Iterator[Row]:
    dot, home = f".{tag}" if tag else "", f"w/{view.slug}/"
    badge = pictures.badge_svg(view, words)
    yield f"{home}badge{dot}.svg", SVG, badge, BADGE_HEADERS
    yield f"{home}badge{dot}.json", "application/json", pictures.badge_json(view, words), SHARED_HEADERS
    for style in pictures.STYLES:
        yield f"{home}badge-{style}{dot}.svg", SVG, pictures.badge_svg(view, words, style), BADGE_HEADERS
    for size in ("s", "m", "l"):
        yield f"{home}poster-{size}{dot}.svg", SVG, pictures.poster_svg(view, words, size), BADGE_HEADERS
    for suffix, scale in (("", 1), ("@2x", 2)):
        if (body := pictures.png(badge, scale)) is not None:
            yield f"{home}badge{suffix}{dot}.png", "image/png", body, SHARED_HEADERS


def make_snapshot(
    path: str,
    content_type: str,
    body: bytes,
    made_at: datetime,
    keep_until: datetime | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Snapshot:
    """One snapshot: plain and gzip bytes, and the strong entity tag, which is the SHA-256 of the plain ones."""
    digest = hashlib.sha256(body).hexdigest()
    return Snapshot(
        path=path,
        content_type=content_type,
        body=body,
        body_gzip=gzip.compress(body, 9, mtime=0),
        etag=f'"{digest}"',
        made_at=made_at,
        keep_until=keep_until,
        headers=headers,
    )


def cache_control(keep_until: datetime | None, now: datetime, content_type: str = "") -> str:
    """How long caches may keep an answer: the usual lifetimes, none of which reaches past `keep_until`.

    Pictures for mail (PNG) are asked for by mail programs and change rarely: an hour.
    """
    longest = PNG_MAX_AGE if content_type == "image/png" else MAX_AGE
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
