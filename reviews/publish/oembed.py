"""oEmbed answers for the hosted page (https://oembed.com), as consumers such as WordPress read them. Pure.

The answer holds no figure, because consumers keep it for as long as they like.
"""

import re
from html import escape
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from reviews.i18n import LANGUAGES

CACHE_SECONDS = 3600
WIDTH, LEAST_HEIGHT, MOST_HEIGHT = 600, 200, 1000
PROVIDER = "Clinic Reviews"
_PAGE = re.compile(rf"/r/([a-z0-9-]+)(?:/({'|'.join(LANGUAGES)}))?/?")


def read_address(url: str, base_url: str) -> tuple[str, str | None] | None:
    """Slug and language (None: the widget's own) of one of our hosted pages; None for any other address."""
    try:
        given, ours = urlsplit(url), urlsplit(base_url)
        same = (given.hostname, given.port) == (ours.hostname, ours.port)
    except ValueError:
        return None
    if not same or given.scheme not in ("http", "https") or given.username is not None:
        return None
    if not given.path.startswith(ours.path + "/r/"):
        return None
    found = _PAGE.fullmatch(given.path.removeprefix(ours.path))
    return (found[1], found[2]) if found else None


def answer(
    *, slug: str, language: str | None, title: str, page: str, base_url: str, height: int, limits: tuple[int, int]
) -> dict[str, Any]:
    """The answer for a page; `limits` are the consumer's greatest width and height, in pixels."""
    width, height = min(WIDTH, limits[0]), min(max(LEAST_HEIGHT, min(height, MOST_HEIGHT)), limits[1])
    source = f"{base_url}/w/{slug}/embed{'.' + language if language else ''}.html"
    name = escape(title)
    return {
        "version": "1.0",
        "type": "rich",
        "provider_name": PROVIDER,
        "provider_url": base_url,
        "title": title,
        "width": width,
        "height": height,
        "cache_age": CACHE_SECONDS,
        "html": (
            f'<blockquote><a href="{escape(page)}">{name}</a></blockquote>'
            f'<iframe src="{escape(source)}" width="{width}" height="{height}" title="{name}"></iframe>'
        ),
    }


def to_xml(found: dict[str, Any]) -> bytes:
    """The same answer as XML."""
    root = ElementTree.Element("oembed")
    for name, value in found.items():
        ElementTree.SubElement(root, name).text = str(value)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
