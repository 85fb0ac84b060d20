"""The hosted page's JSON-LD, and the recipes of "How we count".

The JSON-LD has what its readers document as required, and says nothing that the page does not show.

Google's pages on LocalBusiness and Review snippet (developers.google.com/search/docs/appearance/structured-data): a
LocalBusiness needs name and address; an AggregateRating a value, a count (ratings or reviews), and its scale where it
is not 1 to 5.
"""

import json
import re
from typing import Any

import pytest
from lxml import html

from reviews import i18n
from reviews.publish.pages import how_html, page_html
from tests.web.widget_samples import clinic_view, figure, widget_view

REQUIRED = {
    "MedicalBusiness": {"name", "address"},
    "PostalAddress": {"streetAddress", "addressLocality", "addressCountry"},
    "AggregateRating": {"ratingValue", "bestRating"},
}
NUMBER = re.compile(r"\d+(\.\d+)?")


def faults(node: dict[str, Any]) -> list[str]:
    """What a reader of structured data would miss or refuse."""
    kind = node.get("@type", "")
    found = [f"{kind} without {name}" for name in sorted(REQUIRED.get(kind, {"@type"}) - set(node))]
    found += [f"{kind}.{name} is empty" for name, value in node.items() if value in ("", None, [], {})]
    if kind == "AggregateRating":
        if not {"ratingCount", "reviewCount"} & set(node):
            found.append("AggregateRating without a count")
        value, best = str(node.get("ratingValue", "")), str(node.get("bestRating", "5"))
        if not NUMBER.fullmatch(value) or float(value) > float(best):
            found.append(f"ratingValue {value!r} of {best!r}")
    return found + [fault for value in node.values() if isinstance(value, dict) for fault in faults(value)]


def listings(**fields: Any) -> tuple[list[dict[str, Any]], str]:
    """The JSON-LD of a hosted page, and the page's visible text."""
    page = html.fromstring(page_html(widget_view(**fields), i18n.load().words("en"), "r/elm-street"))
    found = [json.loads(text) for text in page.xpath('//script[@type="application/ld+json"]/text()')]
    return found, page.xpath("string(//main)")


@pytest.mark.statement("W65")
@pytest.mark.parametrize("marked_up", [False, True])
def test_required_properties_are_there_and_nothing_is_empty(marked_up: bool) -> None:
    bare = clinic_view(region="", postal_code="", telephone="")
    for clinics in ((clinic_view(),), (bare, clinic_view(slug="oak", name="Oak"))):
        found, text = listings(clinics=clinics, rating_markup=marked_up)
        assert len(found) == len(clinics)
        for each in found:
            assert each["@context"] == "https://schema.org"
            assert faults(each) == []
            assert ("aggregateRating" in each) is marked_up
            assert each["name"] in text
            if marked_up:
                assert each["aggregateRating"]["ratingValue"] in text
                assert str(each["aggregateRating"].get("reviewCount") or each["aggregateRating"]["ratingCount"]) in text


def test_the_reader_of_this_test_sees_what_is_missing() -> None:
    [listing], _ = listings(rating_markup=True)
    del listing["aggregateRating"]["ratingValue"], listing["address"]["streetAddress"]
    listing["name"] = ""
    assert faults(listing) == [
        "MedicalBusiness.name is empty",
        "PostalAddress without streetAddress",
        "AggregateRating without ratingValue",
        "ratingValue '' of '5'",
    ]


@pytest.mark.statement("W65")
def test_a_figure_that_is_not_the_platforms_own_is_never_marked_up() -> None:
    sample = clinic_view(figures=(figure(kind="sample", average="4.7", count=12, raw=None),))
    [listing], _ = listings(clinics=(sample,), rating_markup=True)
    assert "aggregateRating" not in listing


@pytest.mark.statement("W63")
@pytest.mark.parametrize(
    ("kind", "language", "recipe"),
    [
        ("sample", "en", "The mean of the stars of the reviews that we hold"),
        ("sample", "fr", "La moyenne des étoiles des avis que nous conservons"),
        ("derived", "en", "weighted by their own counts"),
    ],
)
def test_how_we_count_gives_recipe_version_and_inputs_of_what_we_calculate(
    kind: str, language: str, recipe: str
) -> None:
    made = clinic_view(figures=(figure(kind=kind, average="4.7", count=12, raw=""), figure(is_primary=False)))
    words = i18n.load().words(language)
    text = html.fromstring(how_html(widget_view(clinics=(made,)), words, "r/elm-street/how")).xpath("string(//main)")
    assert recipe in text
    assert "Version 1." in text
    assert words.plural("{n} review", "{n} reviews", 12) in text
    assert text.count("Version 1.") == 1
