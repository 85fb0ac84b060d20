"""The server-rendered pages of a widget: iframe page, hosted page, "How we count"."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from reviews.i18n import Words
from reviews.publish import say
from reviews.publish.codes import qr_path
from reviews.publish.data import data_document, page_url
from reviews.publish.templates import template
from reviews.publish.view import ClinicView, QuoteView, WidgetView
from reviews.rules.disclosure import HIDE_REASONS

ROOT = "\0root\0"
"""Stands in a drawn page for the way to the top, which is another for each path. No text holds a NUL (`say.plain`)."""
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
)


def embed_policy(base_url: str) -> str:
    """What the iframe page may load.

    Our address stands beside ``'self'``, because WebKit gives a sandboxed frame an origin that ``'self'`` never names:
    there the page would stay without its style sheet, and WordPress without the frame's height.
    """
    parts = urlsplit(base_url)
    return PAGE_POLICY.replace("'self'", f"'self' {parts.scheme}://{parts.netloc}")


def embed_html(view: WidgetView, words: Words, path: str) -> bytes:
    """The iframe page: complete without script, cookies or origin. `path` is where it will stand."""
    return place(draw("embed.html", view, words), view, path)


def page_html(view: WidgetView, words: Words, path: str) -> bytes:
    """The hosted page: every review that may be shown there, whole."""
    return place(draw("page.html", view, words), view, path)


def how_html(view: WidgetView, words: Words, path: str) -> bytes:
    """The page "How we count"."""
    return place(draw("how.html", view, words), view, path)


def policy_html(view: WidgetView, words: Words, path: str) -> bytes:
    """How the clinic treats reviews, written from what the software does."""
    return place(draw("policy.html", view, words), view, path)


def ask_html(view: WidgetView, words: Words, path: str) -> bytes:
    """Where a patient can write a review: the same places for everybody."""
    return place(draw("ask.html", view, words), view, path)


def print_html(view: WidgetView, words: Words, path: str) -> bytes:
    """A sheet to print, with a QR code that leads to the page for writing."""
    return place(draw("print.html", view, words), view, path)


def place(drawn: str, view: WidgetView, path: str) -> bytes:
    """A page as it stands at a path, from which it names its style sheet and script."""
    return drawn.replace(ROOT, "../" * (path.count("/") + (view.is_static and path.startswith("r/")))).encode()


def draw(name: str, view: WidgetView, words: Words, document: dict[str, Any] | None = None) -> str:
    """A page for every path at which it stands, with `ROOT` still open; `document` is its `data_document`, if made."""
    is_page = name != "embed.html"
    quotes = {"embed.html": view.quotes, "page.html": view.page_quotes, "how.html": view.page_quotes}.get(name, ())
    shown = quotes if view.state == "ready" else ()
    document = document or data_document(view, words)
    lines = say.disclosure_lines(view, words, page=is_page) if document["disclosure"] or is_page else ()
    said = say.filled(lines, words, len(shown))
    page = page_url(view, words)
    return template(name, words).render(
        view=view,
        words=words,
        say=say,
        data=document,
        root=ROOT,
        t=document["t"],
        clinics=document["clinics"],
        quotes=[_quote(view, words, quote) for quote in shown],
        disclosure=said,
        disclosure_lines=list(zip(said, lines, strict=True)),
        page=page,
        oembed=f"{view.base_url}/oembed?{urlencode({'url': page})}",
        policy=embed_policy(view.base_url),
        name=say.plain_name(view.name),
        reasons=tuple(HIDE_REASONS),
        ask_url=page + "/ask",
        code=qr_path(page + "/ask") if name == "print.html" else None,
        listings=[_listing(view, clinic) for clinic in view.clinics] if name == "page.html" else [],
        address_fields={clinic.slug: say.address_fields(words, clinic) for clinic in view.clinics},
    )


def _quote(view: WidgetView, words: Words, quote: QuoteView) -> dict[str, Any]:
    return {
        "source": say.plain_name(quote.source),
        "url": quote.url if view.link_allowed else None,
        "attribution": quote.attribution,
        "author": say.author_text(words, quote),
        "stars100": quote.stars100,
        "label": say.quote_label(words, quote),
        "lang": quote.language,
        "date": say.date_machine(quote.date),
        "when": words.review_date(quote.date) if quote.date else None,
        "title": say.plain(quote.title),
        "head": say.plain(quote.excerpt.head),
        "rest": say.plain(quote.excerpt.rest or ""),
        "cut": quote.origin_cut,
        "reply": say.plain(quote.reply or ""),
    }


def _listing(view: WidgetView, clinic: ClinicView) -> dict[str, Any]:
    """The clinic as schema.org JSON-LD: name, address, telephone; the rating only where the group has opted in."""
    address = {
        "streetAddress": clinic.street,
        "addressLocality": clinic.locality,
        "addressRegion": clinic.region,
        "postalCode": clinic.postal_code,
        "addressCountry": clinic.country,
    }
    parts = {name: say.plain_name(text) for name, text in address.items() if text}
    listing: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "MedicalBusiness",
        "name": say.plain_name(clinic.name),
    }
    if parts:
        listing["address"] = {"@type": "PostalAddress", **parts}
    if clinic.telephone:
        listing["telephone"] = say.plain_name(clinic.telephone)
    rated = next((shown.figure for shown in clinic.figures if shown.figure.is_primary), None)
    if view.rating_markup and view.state == "ready" and rated and rated.kind == "reported" and rated.average:
        listing["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": rated.average,
            "bestRating": rated.best,
            "ratingCount" if rated.count_of == "ratings" else "reviewCount": rated.count,
        }
    return listing
