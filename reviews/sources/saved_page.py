"""A page that a person saved: its markup, and the data that its scripts would have shown ("page state").

Only for saved files: what a site hands to its own scripts is not asked for over the network.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reviews.markup import parse_page, script_texts
from reviews.model import ParsedPage
from reviews.sources.records import MAX_BYTES, read_records

_PARSED = re.compile(r"JSON\.parse\(\s*(\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+')\s*\)", re.DOTALL)
_ASSIGNED = re.compile(
    r"(?:^|[;\s])(?:window\.|self\.|var |let |const )?[\w.$]{1,80}(?:\[[\"'][\w.$-]{1,60}[\"']\])?\s*=\s*(?=[{\[])"
)
MAX_STATES = 40


def parse_saved_page(body: bytes, url: str, charset: str | None = None, business: str | None = None) -> ParsedPage:
    """What a saved page says; the state wins where it holds more reviews than the markup. Raises as `parse_page`."""
    page = parse_page(body, url, charset, business)
    best = ParsedPage()
    for state in find_states(body):
        found = read_records(state)
        if len(found.reviews) > len(best.reviews):
            best = found
    if len(best.reviews) <= len(page.reviews):
        return page
    return replace(
        page,
        reviews=best.reviews,
        totals=page.totals or best.totals,
        businesses=page.businesses or best.businesses[:1],
        business_count=1,
        needs_script=False,
        barrier="",
        signature="page state",
        diagnostics=(
            *page.diagnostics,
            f"the data of the page's scripts holds {len(best.reviews)} reviews; they were taken",
        ),
    )


def find_states(body: bytes) -> Iterator[Any]:
    """The JSON values in a page's scripts: whole scripts, texts that are decoded twice, values given to a variable."""
    count = 0
    for kind, text in script_texts(body):
        if count >= MAX_STATES or len(text) > MAX_BYTES:
            return
        if "json" in kind and "ld+json" not in kind:
            candidates: Iterator[str] = iter([text])
        elif kind in ("", "text/javascript", "application/javascript", "module"):
            candidates = _in_script(text)
        else:
            continue
        for candidate in candidates:
            count += 1
            value = _decode(candidate)
            if isinstance(value, (dict, list)):
                yield value
            if count >= MAX_STATES:
                return


def _in_script(text: str) -> Iterator[str]:
    for found in _PARSED.finditer(text):
        literal = found.group(1)
        if literal.startswith("'"):
            literal = '"' + literal[1:-1].replace('\\"', '"').replace('"', '\\"').replace("\\'", "'") + '"'
        inner = _decode(literal)
        if isinstance(inner, str):
            yield inner
    for found in _ASSIGNED.finditer(text):
        yield text[found.end() :]


def _decode(text: str) -> Any:
    try:
        value, _ = json.JSONDecoder(strict=False, parse_float=str, parse_int=str).raw_decode(text.strip())
    except (ValueError, RecursionError):
        return None
    return value
