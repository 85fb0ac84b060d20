"""What a clinic's web person pastes: four ways in, the exact CSP lines, the sizes that hold the widget's place. Pure.

What is pasted holds nothing that ages: no figure, no date, no version. The one exception is the dated line for mail.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from reviews.i18n import Words
from reviews.publish import say
from reviews.publish.boxes import BADGE_BOX, BOXES
from reviews.publish.pictures import headline
from reviews.publish.view import WidgetView

MEDIA = {"s": "(max-width: 480px)", "m": "(max-width: 800px)", "l": ""}
NARROWEST = {"s": 288, "m": 449, "l": 600}
"""The narrowest place, in pixels, that a poster of each size must hold: the window less 16 pixels at both sides."""
MOST_TIMES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Heights in pixels: of the whole widget in a place as wide as its poster, and with one quote in the narrowest."""

    whole: int
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippets:
    """The four ways in (None: the rules do not let it be offered), what must be allowed, and the hints beside them."""

    element: str
    iframe: str
    link: str | None
    badge: str
    mail: str | None
    csp_element: str
    csp_iframe: str
    preconnect: str


def boxes(layout: str, measured: Mapping[str, Measured] | None = None) -> dict[str, tuple[int, int]]:
    """Width and height to reserve by size; without measured heights the starting ones.

    The reserved height is that of the whole widget, at most twice the starting one (what does not fit waits behind
    "Show more"), and at least what one quote needs where the page is narrowest, also if it shrinks wide pictures.
    """
    found = dict(BOXES[layout])
    for size, each in (measured or {}).items():
        width, start = BOXES[layout][size]
        least = math.ceil(each.least * max(1, width / NARROWEST[size]))
        found[size] = (width, max(least, min(each.whole, MOST_TIMES * start)))
    return found


def csp_lines(base_url: str) -> tuple[str, str]:
    """What a page with a Content-Security-Policy must allow: for the element, and for the iframe. Nothing else."""
    parts = urlsplit(base_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return f"script-src {origin}; connect-src {origin}; img-src {origin}", f"frame-src {origin}"


def snippets(
    view: WidgetView, words: Words, measured: Mapping[str, Measured] | None = None, layout: str | None = None
) -> Snippets:
    """The snippets of a widget in the language of the page on which they will stand.

    `layout` is given where the snippet asks for another one than the widget's. Where the rules forbid links to pages
    with reviews, nothing is linked, and there is no link to paste.
    """
    base, slug, chosen = view.base_url, view.slug, layout or view.layout
    dot, slash = ("", "") if words.language == view.language else (f".{words.language}", f"/{words.language}")
    home, page = f"{base}/w/{slug}", f"{base}/r/{slug}{slash}"
    name = escape(words.text("Reviews of {name}", name=say.plain_name(view.name)))
    reserved = boxes(chosen, measured)
    asked = "" if chosen == view.layout else f' layout="{chosen}"'
    picture = _picture(home, dot, reserved, name)
    badge = f'<img src="{home}/badge{dot}.png"\n   width="{BADGE_BOX[0]}" height="{BADGE_BOX[1]}" alt="{name}">'
    element_line, iframe_line = csp_lines(base)
    return Snippets(
        element=(
            f'<clinic-reviews widget="{slug}"{asked}>\n'
            + (f'  <a href="{page}">{picture}</a>\n' if view.link_allowed else f"  {picture}\n")
            + f'</clinic-reviews>\n<script src="{base}/widget/v1.js" async></script>'
        ),
        iframe=(
            f'<iframe src="{home}/embed{dot}.html" title="{name}"\n        width="100%" height="{reserved["l"][1]}" '
            'loading="lazy" referrerpolicy="no-referrer"></iframe>'
        ),
        link=page if view.link_allowed else None,
        badge=f'<a href="{page}">{badge}</a>' if view.link_allowed else badge,
        mail=_mail(view, words, page),
        csp_element=element_line,
        csp_iframe=iframe_line,
        preconnect=f'<link rel="preconnect" href="{element_line.split()[-1]}" crossorigin>',
    )


def _picture(home: str, dot: str, reserved: Mapping[str, tuple[int, int]], name: str) -> str:
    lines = ["<picture>"]
    for size, media in MEDIA.items():
        width, height = reserved[size]
        address, box = f"{home}/poster-{size}{dot}.svg", f'width="{width}" height="{height}"'
        if media:
            lines.append(f'    <source media="{media}" srcset="{address}" {box}>')
        else:
            lines.append(f'    <img src="{address}" {box} alt="{name}">')
    return "\n".join(lines) + "\n  </picture>"


def _mail(view: WidgetView, words: Words, page: str) -> str | None:
    """The line for a mail signature: it may carry figures, because it says of which day they are."""
    figure = headline(view) if view.state == "ready" else None
    if figure is None or figure.read_on is None:
        return None
    said = words.text(
        "{line}, {source}, as of {date}",
        line=say.figure_line(words, figure),
        source=say.plain_name(figure.figure.source_label),
        date=words.day(figure.read_on),
    )
    return f'<a href="{page}">{escape(said)}</a>' if view.link_allowed else escape(said)
