"""Where a list of reviews goes on: ``rel=next``, else the page with the next number; never to another host."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from reviews.markup.tree import Document, Element, tag_of

_NUMBER_NAMES = frozenset({
    "page", "p", "pg", "paged", "pageno", "page_number", "pagenumber", "seite", "pagina", "página", "cpage",
    "review_page",
})  # fmt: skip
_NUMBER_IN_PATH = re.compile(r"^(.*/(?:page|seite|pagina|comment-page)[/-])(\d{1,4})(/?)$", re.IGNORECASE)


def find_next_url(document: Document) -> str | None:
    """The absolute address of the next page of this list, on the same host; None at its end."""
    for element in document.root.iter("link", "a"):
        rel = element.get("rel")
        if rel and "next" in rel.lower().split() and (url := _resolve(document, element)):
            return url
    wanted = _numbered(document.url)
    if wanted is None:
        return None
    base, number = wanted
    following = re.compile(rf"(?<!\d){number + 1}(?!\d)")
    for element in document.root.iter("a"):
        # Most links of a page have no such number in them, and resolving one is dear.
        if not following.search((element.get("href") or "")[:2_000]):
            continue
        if (url := _resolve(document, element)) and _numbered(url) == (base, number + 1):
            return url
    return None


def _resolve(document: Document, element: Element) -> str | None:
    href = (element.get("href") or "").strip()
    if not href or href.startswith("#") or len(href) > 2000:
        return None
    try:
        base = urljoin(document.url, next(_bases(document), ""))
        url = urlsplit(urljoin(base, href))
        here = urlsplit(document.url)
        if url.scheme not in ("http", "https") or (url.hostname, url.port) != (here.hostname, here.port):
            return None
    except ValueError:
        return None
    resolved = urlunsplit(url._replace(fragment=""))
    return None if resolved == urlunsplit(here._replace(fragment="")) else resolved


def _bases(document: Document) -> Iterator[str]:
    for element in document.root.iter("base"):
        if tag_of(element) == "base" and element.get("href"):
            yield element.get("href") or ""


def _numbered(url: str) -> tuple[str, int] | None:
    """The address without its page number, and the number; 1 where there is none."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return None
    rest, numbers = [], []
    for name, value in pairs:
        if name.lower() in _NUMBER_NAMES and value.isascii() and value.isdigit() and len(value) < 5:
            numbers.append(int(value))
        else:
            rest.append((name, value))
    path = parts.path
    if found := _NUMBER_IN_PATH.match(path):
        numbers.append(int(found.group(2)))
        path = re.sub(r"(?:page|seite|pagina|comment-page)[/-]$", "", found.group(1), flags=re.IGNORECASE)
    if len(numbers) > 1:
        return None
    return f"{parts.netloc}{path.rstrip('/')}?{sorted(rest)}", (numbers[0] if numbers else 1)
