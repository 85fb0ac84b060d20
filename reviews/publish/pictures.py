"""Pictures of a widget: the badge in its styles, the posters that hold its place, and the badge's figures as JSON.

All are SVG with presentation attributes only and without outside references; PNG for mail programs is made from them.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reviews.i18n import Words
from reviews.publish import say
from reviews.publish.boxes import BADGE_BOX, BOXES
from reviews.publish.templates import template
from reviews.publish.view import FigureView, QuoteView, WidgetView

EMPTY = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
STYLES = ("card", "flat", "stars")
_LETTER = 0.56  # width of an average letter of DejaVu Sans, a wide font, in em
_TITLE = re.compile(rb"<title>[^<]*</title>")
_PROBE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">'
    '<text x="0" y="18" font-family="DejaVu Sans, Verdana, Arial, sans-serif" font-size="20">4</text></svg>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of text in a picture: its baseline, size, text, and the width that it may not pass."""

    x: int
    y: int
    size: int
    text: str
    bold: bool = False
    width: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A quote in a poster: its frame, its lines, and its stars."""

    y: int
    height: int
    stars100: int | None
    lines: tuple[Line, ...]


# ---------------------------------------------------------------- badges
def badge_svg(view: WidgetView, words: Words, style: str = "card") -> bytes:
    """The headline as a picture in one of `STYLES`; empty where nothing may be shown, "Reviews" where it is paused."""
    if view.state in ("barred_by_rules", "gone"):
        return EMPTY
    figure = headline(view) if view.state in ("ready", "empty") else None
    drawn = figure.figure.stars100 if figure and _is_starred(figure) else None
    average = say.average_text(words, figure.figure) if figure and drawn is not None else None
    lines = _badge_lines(words, figure) if view.state in ("ready", "empty") else [words.text("Reviews")]
    shared = {"title": title_of(view, words), "stars100": drawn, "average": average}
    if style == "flat":
        said = f"{average} ★ ({_count(words, figure)})" if average and figure else lines[0]
        label = words.text("Reviews") if average or said != words.text("Reviews") else ""
        widths = (_width(label, 11) + 12 if label else 0, _width(said, 11) + 12)
        return _render(words, "badge-flat.svg", label=label, said=said, widths=widths, **shared)
    if style == "stars":
        return _render(
            words, "badge-stars.svg", said=average or lines[0], width=_width(average or lines[0], 15), **shared
        )
    top = 38 if average is not None else 16
    fitted = [
        Line(x=12, y=top + 16 * at, size=11, text=line, width=_fitting(line, 11, BADGE_BOX[0] - 24))
        for at, line in enumerate(lines[:2], 1)
    ]
    return _render(words, "badge.svg", lines=fitted, box=BADGE_BOX, **shared)


def badge_json(view: WidgetView, words: Words) -> bytes:
    """The headline in the shape of a shields.io endpoint."""
    figure = headline(view) if view.state in ("ready", "empty") else None
    message = ", ".join(_badge_title(words, figure)) if view.state in ("ready", "empty") else "–"
    shown = figure is not None
    body = {
        "schemaVersion": 1,
        "label": words.text("Reviews"),
        "message": message,
        "color": "b45309" if shown else "lightgrey",
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def title_of(view: WidgetView, words: Words) -> str:
    """Name, figure, source and day in one line; only the name where no figure may stand."""
    name = say.plain_name(view.name)
    if view.state not in ("ready", "empty"):
        return words.text("Reviews")
    return ", ".join([name, *_badge_title(words, headline(view))])


def headline(view: WidgetView) -> FigureView | None:
    """The figure that stands for the widget: the first primary one."""
    figures = [figure for clinic in view.clinics for figure in clinic.figures]
    primary = [figure for figure in figures if figure.figure.is_primary]
    return next(iter([*primary, *figures]), None)


def _is_starred(shown: FigureView) -> bool:
    return shown.figure.stars100 is not None and shown.figure.kind in ("reported", "derived")


def _count(words: Words, shown: FigureView) -> str:
    return words.number(shown.figure.count) if shown.figure.count is not None else "–"


def _badge_lines(words: Words, shown: FigureView | None) -> list[str]:
    if shown is None:
        return [words.text("No reviews yet")]
    if not _is_starred(shown):
        return [say.figure_line(words, shown), say.plain_name(shown.figure.source_label)]
    count = say.count_text(words, shown.figure)
    return [" · ".join(part for part in (count, say.plain_name(shown.figure.source_label)) if part)]


def _badge_title(words: Words, shown: FigureView | None) -> list[str]:
    if shown is None:
        return [words.text("No reviews yet")]
    parts = [say.figure_line(words, shown), say.plain_name(shown.figure.source_label)]
    if shown.read_on:
        parts.append(words.text("as of {date}", date=words.day(shown.read_on)))
    return parts


# ---------------------------------------------------------------- posters
def poster_svg(view: WidgetView, words: Words, size: str) -> bytes:
    """The picture that holds the widget's place: headline, and the quotes for which there is room.

    It is a copy that can be shown anywhere, so quotes stand in it only where the hosted page has them too.
    """
    if view.state in ("barred_by_rules", "gone"):
        return EMPTY
    width, height = BOXES[view.layout][size]
    figure = headline(view) if view.state in ("ready", "empty") else None
    drawn = figure.figure.stars100 if figure and _is_starred(figure) else None
    average = say.average_text(words, figure.figure) if figure and drawn is not None else None
    is_low = height <= 96
    lines = [*_poster_head(view, words, figure, width, low=is_low)]
    cards: list[Card] = []
    if not is_low and view.state == "ready" and view.page_quotes:
        cards = _cards(view.quotes, words, top=lines[-1].y + 24, width=width, height=height)
    return _render(
        words,
        "poster.svg",
        title=title_of(view, words),
        box=(width, height),
        lines=lines,
        cards=cards,
        stars100=drawn,
        average=average,
        stars_at=(24 + _width(average or "", 28), 22 if is_low else 54),
        average_y=(44 if is_low else 76),
    )


def _poster_head(view: WidgetView, words: Words, figure: FigureView | None, width: int, *, low: bool) -> Sequence[Line]:
    room = width - 32
    said = _badge_lines(words, figure) if view.state in ("ready", "empty") else [words.text("Reviews")]
    if figure is not None and figure.read_on:
        said = [*said[:-1], said[-1] + ", " + words.text("as of {date}", date=words.day(figure.read_on))]
    has_stars = figure is not None and _is_starred(figure)
    if low:
        return [Line(x=16, y=58 if has_stars else 38, size=12, text=said[0], width=_fitting(said[0], 12, room))]
    name = say.plain_name(view.name)
    lines = [Line(x=16, y=36, size=18, text=name, bold=True, width=_fitting(name, 19, room))]
    top = 100 if has_stars else 62
    return lines + [
        Line(x=16, y=top + 20 * at, size=13, text=line, width=_fitting(line, 13, room)) for at, line in enumerate(said)
    ]


def _cards(quotes: Sequence[QuoteView], words: Words, *, top: int, width: int, height: int) -> list[Card]:
    cards: list[Card] = []
    for quote in quotes:
        text = wrap(" ".join(say.plain(quote.excerpt.head).split()), 14, width - 64)
        if quote.excerpt.rest:
            text = [*text, "… " + words.text("View All")]
        when = words.review_date(quote.date) if quote.date else ""
        by = " · ".join(part for part in (say.author_text(words, quote), when, say.plain_name(quote.source)) if part)
        start = top + (48 if quote.stars100 is not None else 24)
        lines = [Line(x=32, y=start + 20 * at, size=14, text=line) for at, line in enumerate(text)]
        end = start + 20 * len(lines) + 4
        lines.append(Line(x=32, y=end, size=12, text=by, width=_fitting(by, 12, width - 64)))
        card = Card(y=top, height=end + 16 - top, stars100=quote.stars100, lines=tuple(lines))
        if card.y + card.height > height - 16:
            break
        cards.append(card)
        top = card.y + card.height + 16
    return cards


# ---------------------------------------------------------------- text without a browser
def wrap(text: str, size: int, width: int) -> list[str]:
    """The text in lines that fit a width, measured by an average letter; long words are broken."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        while _width(word, size) > width and len(word) > 1:
            part = max(1, int(width / (_LETTER * size)) - 1)
            lines += [line] if line else []
            lines.append(word[:part])
            line, word = "", word[part:]
        if line and _width(f"{line} {word}", size) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines


def _width(text: str, size: int) -> int:
    if say.is_plain(text):
        return round(len(text) * _LETTER * size)
    units = sum(1.7 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text if not unicodedata.combining(c))
    return round(units * _LETTER * size)


def _fitting(text: str, size: int, room: int) -> int | None:
    """The width into which a text must be pressed, or None if it fits by itself."""
    return room if _width(text, size) > room else None


def _render(words: Words, name: str, **values: Any) -> bytes:
    return template(name, words).render(lang=words.language, **values).encode()


# ---------------------------------------------------------------- PNG
def png(svg: bytes, scale: int) -> bytes | None:
    """The picture as PNG; None where the renderer is not installed, or no font is there to draw letters with."""
    return _png(_TITLE.sub(b"", svg, count=1), scale)  # nothing of it is drawn, and each clinic has its own


@lru_cache(maxsize=256)
def _png(svg: bytes, scale: int) -> bytes | None:
    try:
        import resvg_py
    except ImportError:
        return None
    if not _has_letters():
        return None
    return bytes(resvg_py.svg_to_bytes(svg_string=svg.decode(), zoom=scale))


@lru_cache(maxsize=1)
def _has_letters() -> bool:
    import resvg_py

    empty = resvg_py.svg_to_bytes(svg_string=_PROBE.replace(">4<", "> <"))
    return bytes(resvg_py.svg_to_bytes(svg_string=_PROBE)) != bytes(empty)
