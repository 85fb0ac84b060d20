"""What a page may not be taken to say: small pages, each with one trap, and what is said of what was left out."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from reviews.cli import main
from reviews.markup import parse_page
from reviews.model import ParsedPage
from reviews.sources.records import read_records

URL = "https://clinic.example.org/reviews"
CARD = (
    '<div class="review"><div class="stars">{stars}</div><p class="text">{text}</p><p class="author">{author}</p></div>'
)


def read(body: str, language: str = "en") -> ParsedPage:
    whole = f'<!doctype html><html lang="{language}"><head><title>Reviews</title></head><body>{body}</body></html>'
    return parse_page(whole.encode(), URL, None)


def said(page: ParsedPage) -> list[tuple[str | None, str | None, str | None]]:
    return [(r.author, r.rating.value if r.rating else None, r.text) for r in page.reviews]


def test_explaining_names_the_blocks_that_were_left_out(tmp_path: Path) -> None:
    whole = (
        '<div class="review"><p class="text">{text}</p><p class="author">{author}</p><p class="role">{role}</p></div>'
    )
    kept = [
        whole.format(text="Calm people and a clear plan.", author="Ida Jansen", role="a teacher from Ely"),
        whole.format(text="Nobody rushed me through it.", author="Bo Moreau", role="a baker from Rye"),
    ]
    odd = '<div class="review"><p class="author">Søren Kjær</p><p class="role">a sailor from Aarhus</p></div>'
    form = '<form class="review-form"><textarea></textarea><p>Tell us how it was.</p></form>'
    page = tmp_path / "page.html"
    page.write_text(f"<html><body><h2>Reviews</h2>{''.join([*kept, odd, form])}</body></html>", encoding="utf-8")
    silent = CliRunner().invoke(main, ["extract", str(page)])
    told = CliRunner().invoke(main, ["extract", "--explain", str(page)])
    assert "sailor" not in told.stdout
    assert "1 blocks left out: nothing is said in it" in told.stderr
    assert "1 blocks left out: a form, in which people write" in told.stderr
    assert (silent.stdout, silent.stderr) == (told.stdout, "")


@pytest.mark.parametrize(
    ("language", "line", "value"),
    [
        ("de", "Note 1,3", None),
        ("de", "Note: 4,8 von 5", "4,8"),
        ("fr", "Note : 4,5", "4,5"),
        ("en", "Gesamtnote", "5"),
    ],
)
def test_a_german_school_grade_is_no_number_of_stars(language: str, line: str, value: str | None) -> None:
    drawn = "★★★★★" if line == "Gesamtnote" else line
    cards = "".join(
        CARD.format(stars=drawn, text=text, author=author)
        for text, author in (("They took the time to explain it.", "Ida J."), ("Back on my feet in a week.", "Bo M."))
    )
    page = read(f'<section class="reviews"><h2>Reviews</h2>{cards}</section>', language)
    assert [found[1] for found in said(page)] == [value, value]
    assert any("school grades" in line for line in page.diagnostics) == (value is None)


def test_totals_of_neighbours_that_a_page_links_to_are_not_its_own() -> None:
    others = "".join(
        f'<li><a href="/{n}">Dr. {n}</a> 4.{at} (5{at} reviews)</li>' for at, n in enumerate(("Vale", "Roth"))
    )
    assert read(f"<h2>Others nearby</h2><ul>{others}</ul>").totals == ()
    own = read(f"<p>Rated 4.6 of 5 by 80 reviews</p><h2>Others nearby</h2><ul>{others}</ul>")
    assert [(t.average, t.review_count) for t in own.totals] == [("4.6", "80")]


def test_a_text_that_is_shown_cut_is_read_whole_where_its_element_keeps_it() -> None:
    card = (
        '<div class="review"><p class="text" data-full="They found the cause, and wrote the plan down.">They found the '
        'cause, and…</p><p class="author">{name}</p></div>'
    )
    page = read(f"<h2>Reviews</h2>{card.format(name='Ida J.')}")
    assert said(page) == [("Ida J.", None, "They found the cause, and wrote the plan down.")]


def test_a_template_is_read_only_where_a_browser_shows_it() -> None:
    cards = "".join(CARD.format(stars="★★★★★", text=f"They explained each step, {n}.", author=n) for n in ("Ida", "Bo"))
    block = f'<section class="reviews"><h2>Reviews</h2>{cards}</section>'
    assert len(read(f'<x-list><template shadowrootmode="open">{block}</template></x-list>').reviews) == 2
    assert read(f'<x-list><template id="later">{block}</template></x-list>').reviews == ()


def test_a_year_beside_the_copyright_sign_is_no_house_number() -> None:
    page = read(
        f"<h2>Reviews</h2>{CARD.format(stars='★★★★★', text='Kind and quick.', author='Ida')}"
        "<p>© 2026 Bell Lane Dental</p>"
    )
    assert [(b.name, b.street) for b in page.businesses] == [("Bell Lane Dental", None)]


def test_a_term_belongs_to_what_is_said_below_it() -> None:
    page = read(
        "<h2>Guest book</h2><dl class='guestbook'><dt>Ida Jansen</dt><dd>I could ask everything twice.</dd>"
        "<dt>Bo Moreau</dt></dl>"
    )
    assert said(page) == [("Ida Jansen", None, "I could ask everything twice.")]


def test_an_article_beside_the_business_is_not_rated_for_it() -> None:
    page = read(
        '<script type="application/ld+json">[{"name": "Corner", "aggregateRating": '
        '{"ratingValue": 4.4, "reviewCount": 57}},'
        '{"@type": "Article", "headline": "Floss", "aggregateRating": {"ratingValue": 5, "ratingCount": 2}}]</script>'
    )
    assert [(t.average, t.review_count) for t in page.totals] == [("4.4", "57")]


def test_a_place_named_beside_its_reviews_is_the_place() -> None:
    found = read_records(
        {
            "clinic": {"name": "Stonecrop Physio", "phone": "01632 960777"},
            "rating": {"average": "4.6", "count": "58"},
            "reviews": [{"id": "1", "author": {"name": "Ida"}, "rating": "5", "text": "As promised."}],
        }
    )
    assert [(b.name, b.telephone) for b in found.businesses] == [("Stonecrop Physio", "01632 960777")]
    assert [(t.average, t.rating_count) for t in found.totals] == [("4.6", "58")]


def test_a_total_below_what_others_say_is_the_pages_own() -> None:
    page = read("<h2>What others say about us</h2><p>4.6 of 5 from 80 reviews</p>")
    assert [(t.average, t.review_count) for t in page.totals] == [("4.6", "80")]
