"""The data that the script draws from: one small JSON, its fields closed by `reviews/data/widget-data.v1.schema.json`.

Within version 1 a field may be added to the schema; none is ever renamed or removed.
"""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from reviews.i18n import Words
from reviews.publish import say
from reviews.publish.view import Attribution, ClinicView, FigureView, QuoteView, WidgetView

VERSION = 1


def data_json(view: WidgetView, words: Words, document: dict[str, Any] | None = None) -> bytes:
    """The data in one language, UTF-8; the same view gives the same bytes. `document` is its document, if made."""
    return json.dumps(document or data_document(view, words), ensure_ascii=False, separators=(",", ":")).encode()


def data_document(view: WidgetView, words: Words) -> dict[str, Any]:
    """The data in one language, as the schema has it."""
    shows_figures = view.state in ("ready", "empty")
    is_barred = view.state in ("barred_by_rules", "gone")
    return {
        "v": VERSION,
        "state": view.state,
        "widget": view.slug,
        "lang": words.language,
        "dir": words.direction,
        "layout": view.layout,
        "theme": view.theme,
        "page": page_url(view, words) if view.link_allowed else None,
        "how": page_url(view, words) + "/how",
        "clinics": [] if is_barred else [_clinic(view, clinic, words, shows_figures) for clinic in view.clinics],
        "quotes": [_quote(view, quote, words) for quote in view.quotes] if view.state == "ready" else [],
        "choice": {"rule": view.rule, "held": view.held},
        "disclosure": list(say.disclosure_lines(view, words)) if shows_figures else [],
        "t": _words(view, words),
        "css": load(),
    }


@lru_cache(maxsize=1)
def load() -> str:
    """The style sheet of the widget without comments and blanks, as it travels with the data."""
    text = (Path(__file__).parent.parent / "data" / "widget-v1.css").read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return (
        re.sub(r"\s*([{};,])\s*|(:)\s+|\s+", lambda found: found[1] or found[2] or " ", text).replace(";}", "}").strip()
    )


def page_url(view: WidgetView, words: Words) -> str:
    """Address of the hosted page in this language; the widget's own language has the short one."""
    address = f"{view.base_url}/r/{view.slug}"
    return address if words.language == view.language else f"{address}/{words.language}"


def _clinic(view: WidgetView, clinic: ClinicView, words: Words, shows_figures: bool) -> dict[str, Any]:
    uri = say.telephone_uri(clinic.telephone, clinic.country)
    return {
        "slug": clinic.slug,
        "name": say.plain_name(clinic.name),
        "address": {
            "street": say.plain_name(clinic.street),
            "locality": say.plain_name(clinic.locality),
            "region": say.plain_name(clinic.region),
            "postal_code": say.plain_name(clinic.postal_code),
            "country": say.plain_name(clinic.country),
            "country_name": say.country_name(words, say.plain_name(clinic.country)),
        },
        "telephone": {"text": say.plain_name(clinic.telephone), "uri": uri} if uri else None,
        "figures": [_figure(view, figure, words) for figure in clinic.figures] if shows_figures else [],
    }


def _figure(view: WidgetView, shown: FigureView, words: Words) -> dict[str, Any]:
    figure = shown.figure
    source = say.plain_name(figure.source_label)
    read = words.text("as of {date}", date=words.day(shown.read_on)) if shown.read_on else None
    return {
        "kind": figure.kind,
        "primary": figure.is_primary,
        "source": source,
        "url": shown.url if view.link_allowed else None,
        "attribution": _attribution(view, shown.attribution),
        "average": figure.average,
        "stars100": figure.stars100,
        "best": 5,
        "count": figure.count,
        "count_of": figure.count_of,
        "recommend": figure.recommend_percent,
        "read_at": shown.read_on.isoformat() if shown.read_on else None,
        "say": {
            "average": say.average_text(words, figure),
            "label": say.figure_label(words, figure),
            "count": say.count_text(words, figure),
            "line": say.figure_line(words, shown),
            "read": read,
            "all": words.text("Read at the source: {source}", source=source),
        },
    }


def _quote(view: WidgetView, quote: QuoteView, words: Words) -> dict[str, Any]:
    return {
        "clinic": quote.clinic,
        "source": say.plain_name(quote.source),
        "url": quote.url if view.link_allowed else None,
        "attribution": _attribution(view, quote.attribution),
        "author": say.author_text(words, quote),
        "stars100": quote.stars100,
        "label": say.quote_label(words, quote),
        "lang": quote.language,
        "date": say.date_machine(quote.date),
        "when": words.review_date(quote.date) if quote.date else None,
        "title": say.plain(quote.title) or None,
        "head": say.plain(quote.excerpt.head),
        "rest": say.plain(quote.excerpt.rest) if quote.excerpt.rest else None,
        "cut": quote.origin_cut,
        "reply": say.plain(quote.reply) if quote.reply else None,
    }


def _attribution(view: WidgetView, attribution: Attribution | None) -> dict[str, Any] | None:
    if attribution is None:
        return None
    logo = f"{view.base_url}{attribution.logo}" if attribution.logo else None
    return {"text": attribution.text, "logo": logo, "url": attribution.url if view.link_allowed else None}


def _words(view: WidgetView, words: Words) -> dict[str, str]:
    return {
        "region": words.text("Reviews of {name}", name=say.plain_name(view.name)),
        "stars": words.text("{n} out of 5 stars"),
        "more": words.text("View All"),
        "less": words.text("View Less"),
        "how": words.text("How we count"),
        "page": words.text("More reviews"),
        "none": words.text("No reviews yet"),
        "reply": words.text("Reply from the clinic"),
        "cut": words.text("Shortened by the platform"),
        "show_more": words.text("Show more reviews ({n})"),
        "quotes": words.text("Reviews"),
        "previous": words.text("Previous review"),
        "next": words.text("Next review"),
        "position": words.text("{n} of {total}"),
    }
