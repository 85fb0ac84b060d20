"""What is pasted: nothing in it ages, the lines are exact, the boxes hold, and rules decide what is offered."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import i18n
from reviews.publish.boxes import BOXES
from reviews.publish.snippets import NARROWEST, Measured, boxes, csp_lines, snippets
from tests.web.widget_samples import clinic_view, figure, widget_view

CATALOGUE = i18n.load()
EN, FR = CATALOGUE.words("en"), CATALOGUE.words("fr")
BASE = "https://reviews.example.org"


@pytest.mark.statement("W2")
def test_a_pasted_snippet_holds_no_figure_no_date_and_no_version() -> None:
    made = snippets(widget_view(), EN)
    for text in (made.element, made.iframe, made.link or "", made.badge):
        bare = re.sub(r'(width|height)="\d+%?"|max-width: \d+px|v1\.js', "", text)
        assert not re.search(r"\d", bare), bare
    changed = snippets(widget_view(quotes=(), held=9, clinics=(clinic_view(figures=(figure(average="3.1"),)),)), EN)
    assert (changed.element, changed.iframe, changed.link, changed.badge) == (
        made.element,
        made.iframe,
        made.link,
        made.badge,
    )


@pytest.mark.statement("W2")
def test_the_line_for_mail_has_figures_and_their_day() -> None:
    assert snippets(widget_view(), EN).mail == (
        f'<a href="{BASE}/r/elm-street">4.6 out of 5, 222 reviews, Own website, as of 22 November 2026</a>'
    )
    assert snippets(widget_view(state="paused"), EN).mail is None
    assert snippets(widget_view(clinics=(clinic_view(figures=()),)), EN).mail is None


@pytest.mark.statement("W1", "W29", "P3")
def test_the_snippets_are_those_of_the_documentation_with_exact_lines() -> None:
    made = snippets(widget_view(), EN)
    assert made.element == (
        '<clinic-reviews widget="elm-street">\n'
        f'  <a href="{BASE}/r/elm-street"><picture>\n'
        f'    <source media="(max-width: 480px)" srcset="{BASE}/w/elm-street/poster-s.svg" width="340" height="620">\n'
        f'    <source media="(max-width: 800px)" srcset="{BASE}/w/elm-street/poster-m.svg" width="600" height="560">\n'
        f'    <img src="{BASE}/w/elm-street/poster-l.svg" width="600" height="420"'
        ' alt="Reviews of Elm Street Physio">\n'
        "  </picture></a>\n"
        "</clinic-reviews>\n"
        f'<script src="{BASE}/widget/v1.js" async></script>'
    )
    assert made.iframe == (
        f'<iframe src="{BASE}/w/elm-street/embed.html" title="Reviews of Elm Street Physio"\n'
        '        width="100%" height="420" loading="lazy" referrerpolicy="no-referrer"></iframe>'
    )
    assert made.link == f"{BASE}/r/elm-street"
    assert made.csp_element == f"script-src {BASE}; connect-src {BASE}; img-src {BASE}"
    assert made.csp_iframe == f"frame-src {BASE}"
    assert csp_lines("https://clinic.example/reviews")[1] == "frame-src https://clinic.example"
    assert made.preconnect == f'<link rel="preconnect" href="{BASE}" crossorigin>'


def test_for_a_french_page_everything_is_french_and_another_layout_is_asked_for() -> None:
    made = snippets(widget_view(), FR, layout="grid")
    assert 'widget="elm-street" layout="grid"' in made.element
    for part in ("poster-s.fr.svg", f"{BASE}/r/elm-street/fr", 'alt="Avis sur Elm Street Physio"', 'height="480"'):
        assert part in made.element
    assert "embed.fr.html" in made.iframe
    assert "badge.fr.png" in made.badge


@pytest.mark.statement("W7")
def test_where_pages_with_reviews_may_not_be_linked_nothing_is() -> None:
    made = snippets(widget_view(link_allowed=False), EN)
    assert made.link is None
    for text in (made.element, made.badge, made.mail or ""):
        assert "<a " not in text


def test_a_name_with_signs_cannot_leave_its_attribute() -> None:
    made = snippets(widget_view(clinics=(clinic_view(name='"><script>x</script>'),)), EN)
    for text in (made.element, made.iframe, made.badge):
        assert "<script>x" not in text
        assert "&quot;&gt;&lt;script&gt;" in text


@pytest.mark.statement("W37")
@given(
    st.sampled_from(sorted(BOXES)),
    st.sampled_from("sml"),
    st.integers(40, 3000),
    st.integers(40, 3000),
    st.integers(0, 2000),
)
def test_a_measured_box_always_has_room_for_one_quote_where_the_page_is_narrowest(
    layout: str, size: str, least: int, more: int, wider: int
) -> None:
    width, height = boxes(layout, {size: Measured(whole=least + more, least=least)})[size]
    place = NARROWEST[size] + wider
    shrunk = height * min(1.0, place / width)  # "max-width: 100%; height: auto" on the host
    assert shrunk >= least - 1e-6
    assert height >= least
    others = {name: box for name, box in BOXES[layout].items() if name != size}
    assert {name: box for name, box in boxes(layout, {}).items() if name != size} == others
