"""Published quotes as feeds: JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/) and RSS 2.0. Pure.

A feed holds what the hosted page may hold, under the rules for feeds; no picture, no address of a person.
"""

import hashlib
import json
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any
from xml.etree import ElementTree

from reviews.i18n import Words
from reviews.publish import say
from reviews.publish.data import page_url
from reviews.publish.view import QuoteView, WidgetView

ATOM = "http://www.w3.org/2005/Atom"


def feed_json(view: WidgetView, words: Words, path: str) -> bytes:
    """The quotes as a JSON feed; without items where no quote may be shown."""
    body: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(view, words),
        "home_page_url": page_url(view, words),
        "feed_url": f"{view.base_url}/{path}",
        "language": words.language,
        "description": _description(view, words),
        "items": [_item(view, quote, words) for quote in _quotes(view)],
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def feed_rss(view: WidgetView, words: Words, path: str) -> bytes:
    """The same as RSS."""
    ElementTree.register_namespace("atom", ATOM)
    root = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(root, "channel")
    for name, text in (
        ("title", _title(view, words)),
        ("link", page_url(view, words)),
        ("description", _description(view, words)),
        ("language", words.language),
    ):
        ElementTree.SubElement(channel, name).text = text
    ElementTree.SubElement(
        channel, f"{{{ATOM}}}link", href=f"{view.base_url}/{path}", rel="self", type="application/rss+xml"
    )
    for quote in _quotes(view):
        made = _item(view, quote, words)
        item = ElementTree.SubElement(channel, "item")
        ElementTree.SubElement(item, "title").text = made["title"]
        ElementTree.SubElement(item, "link").text = made["url"]
        ElementTree.SubElement(item, "guid", isPermaLink="false").text = made["id"]
        ElementTree.SubElement(item, "description").text = escape(made["content_text"])
        if quote.date and quote.date.precision in ("instant", "day"):
            day = datetime(*quote.date.earliest.timetuple()[:3], tzinfo=UTC)
            ElementTree.SubElement(item, "pubDate").text = format_datetime(day)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode").encode()


def _quotes(view: WidgetView) -> tuple[QuoteView, ...]:
    return view.feed_quotes if view.state == "ready" else ()


def _title(view: WidgetView, words: Words) -> str:
    return words.text("Reviews of {name}", name=say.plain_name(view.name))


def _description(view: WidgetView, words: Words) -> str:
    if view.state not in ("ready", "empty"):
        return _title(view, words)
    return " ".join(say.filled(say.disclosure_lines(view, words), words, len(_quotes(view))))


def _item(view: WidgetView, quote: QuoteView, words: Words) -> dict[str, Any]:
    author, label = say.author_text(words, quote), say.quote_label(words, quote)
    text, source = say.plain(quote.text), say.plain_name(quote.source)
    lines = [text, " · ".join(part for part in (label, author, source) if part)]
    digest = hashlib.sha256("\0".join((view.slug, source, author, text)).encode()).hexdigest()
    item: dict[str, Any] = {
        "id": f"urn:sha256:{digest}",
        "url": (quote.url if view.link_allowed else None) or page_url(view, words),
        "title": f"{label} – {author}" if label else author,
        "content_text": "\n\n".join(lines),
        "authors": [{"name": author}],
    }
    if quote.language:
        item["language"] = quote.language
    return item
