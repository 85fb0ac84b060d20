"""Every page and picture that a widget publishes is valid by the W3C's checker."""

import re
from dataclasses import replace

import pytest

from reviews.model import Excerpt
from reviews.publish.boxes import BOXES
from reviews.publish.build import build_widget
from reviews.publish.snippets import snippets
from reviews.publish.view import WidgetView
from tests.browser.conftest import CATALOGUE
from tests.browser.html_check import check_html
from tests.browser.layout_samples import full_view
from tests.web.widget_samples import NOW, attributed, clinic_view, figure, quote, widget_view

pytestmark = pytest.mark.timeout(600)
HOSTILE = "</title><b>\"'&amp;</p></svg> \u202e --> ]]>"


def views() -> dict[str, WidgetView]:
    """Widgets of all kinds: full, with nothing to show, barred, hostile, of several clinics."""
    base = "https://reviews.example.org"
    full = full_view(base)
    hostile = quote(HOSTILE, excerpt=Excerpt(head=HOSTILE, rest=HOSTILE, reason="word"), title=HOSTILE, reply=HOSTILE)
    two = (clinic_view(), clinic_view(slug="oak", name="Oak Clinic", figures=(figure(), figure(source_label="Other"))))
    asking = {"ask_allowed": True, "ask_places": (("Own website", "https://elm.example/?a=1&b=2"),)}
    return {
        "full": replace(full, feed_quotes=full.quotes, **asking),  # type: ignore[arg-type]
        "attributed": attributed(),
        "two": replace(full, clinics=two, layout="grid"),
        "empty": widget_view(state="empty", quotes=(), page_quotes=(), clinics=(clinic_view(figures=()),)),
        "paused": widget_view(state="paused"),
        "barred": widget_view(state="barred_by_rules"),
        "hostile": widget_view(
            quotes=(hostile,), page_quotes=(hostile,), clinics=(clinic_view(name=HOSTILE, street=HOSTILE),)
        ),
        **{layout: replace(full, layout=layout) for layout in BOXES},
    }


def test_the_checker_finds_no_fault_in_any_page_picture_or_snippet() -> None:
    pages: dict[str, str | bytes] = {}
    for kind, view in views().items():
        for made in build_widget(view, CATALOGUE, NOW):
            if not re.search(r"\bfr\b", made.path) and kind not in ("full", "two"):
                continue  # French is longer than English
            if kind in BOXES and "poster" not in made.path:
                continue  # a layout changes the poster and the data alone
            if made.content_type.startswith("text/html"):
                pages[f"{kind} {made.path}"] = made.body
            elif made.content_type == "image/svg+xml":
                pages[f"{kind} {made.path}.svg"] = made.body
        given = snippets(view, CATALOGUE.words("en"))
        parts = (given.element, given.iframe, given.badge, given.mail or "")
        pages[f"{kind} snippets"] = (
            '<!doctype html><html lang="en"><head><title>Clinic</title></head><body>'
            + "".join(f"<div>{part}</div>" for part in parts)
            + "</body></html>"
        )
    assert len(pages) > 100
    found = check_html(pages)
    # A frame as wide as its place has no other way under a policy that forbids styles.
    wide = "Bad value “100%” for attribute “width” on element “iframe”: Expected a digit but saw “%” instead."
    assert [each for each in found if not each.endswith(wide)] == []
    assert len(found) == len(views())


def test_the_checker_sees_faults_in_pages_and_pictures() -> None:
    """Its own control: a page with a wrong nesting, a picture with a misspelt attribute."""
    found = check_html(
        {
            "page": '<!doctype html><html lang="en"><head><title>x</title></head><body><p><div></p></body></html>',
            "picture.svg": '<svg xmlns="http://www.w3.org/2000/svg"><rect widht="3"/></svg>',
        }
    )
    assert {each.split(",")[0] for each in found} == {"page", "picture.svg"}
