# ruff: noqa: E501 - tables of examples read best in long lines
"""What must not change what a page shows: wrapping, order, white space, encoding, clones, broken neighbours."""

import html
import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.markup import parse_page, parse_text
from reviews.markup.visible.authors import clean_name, looks_like_name
from reviews.markup.visible.dates import find_date, split_date
from reviews.markup.visible.stars import read_text
from reviews.markup.visible.totals import read_sentence
from reviews.model import ParsedPage

URL = "https://clinic.example.org/reviews"
NAMES = st.sampled_from(["Ida Jansen", "B. Moreau", "Søren K.", "Ana-Luz Díaz", "Mr Okoye", "Żaneta W."])
WORDS = st.lists(
    st.sampled_from(
        [
            "calm",
            "quick",
            "honest",
            "careful",
            "the",
            "team",
            "helped",
            "my",
            "knee",
            "again",
            "and",
            "nobody",
            "rushed",
            "through",
            "it",
            "at",
            "all",
        ]
    ),
    min_size=6,
    max_size=20,
)
REVIEW = st.fixed_dictionaries({"author": NAMES, "stars": st.integers(1, 5), "text": WORDS.map(" ".join)})
REVIEWS = st.lists(REVIEW, min_size=2, max_size=5, unique_by=lambda review: (review["author"], review["text"]))


def card(review: dict[str, Any], *, space: str = "") -> str:
    drawn = "★" * review["stars"] + "☆" * (5 - review["stars"])
    return (
        f'<div class="review-card">{space}<div class="stars">{drawn}</div>{space}'
        f'<p class="text">{html.escape(review["text"].capitalize())}.</p>{space}'
        f'<span class="author">{html.escape(review["author"])}</span>{space}</div>{space}'
    )


def page(cards: str, title: str = "Reviews") -> bytes:
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title></head><body>"
        f'<section class="reviews"><h2>What our patients say</h2>{cards}</section></body></html>'
    ).encode()


def said(parsed: ParsedPage) -> list[tuple[Any, ...]]:
    return sorted(((r.author, r.rating.value if r.rating else None, r.text) for r in parsed.reviews), key=repr)


def expected(reviews: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted(((r["author"], str(r["stars"]), r["text"].capitalize() + ".") for r in reviews), key=repr)


@given(REVIEWS, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_order_wrapping_and_white_space_do_not_matter(reviews: list[dict[str, Any]], chance: random.Random) -> None:
    cards = [card(review) for review in reviews]
    assert said(parse_page(page("".join(cards)), URL, None)) == expected(reviews)
    shuffled = chance.sample(cards, len(cards))
    assert said(parse_page(page("".join(shuffled)), URL, None)) == expected(reviews)
    wrapped = "".join(f'<div class="col"><div>{one}</div></div>' for one in cards)
    assert said(parse_page(page(wrapped), URL, None)) == expected(reviews)
    loose = "".join(card(review, space="\n\t  ") for review in reviews)
    assert said(parse_page(page(loose), URL, None)) == expected(reviews)


@given(REVIEWS)
@settings(max_examples=40)
def test_clones_of_a_slider_count_once(reviews: list[dict[str, Any]]) -> None:
    cards = "".join(card(review) for review in reviews)
    assert said(parse_page(page(cards + cards), URL, None)) == expected(reviews)


@given(REVIEWS, st.sampled_from(["utf-16", "utf-8-sig"]))
@settings(max_examples=30)
def test_another_encoding_gives_the_same(reviews: list[dict[str, Any]], encoding: str) -> None:
    text = page("".join(card(review) for review in reviews)).decode()
    assert said(parse_page(text.encode(encoding), URL, None)) == expected(reviews)


@given(REVIEWS, st.text(st.characters(exclude_categories=("Cs",), exclude_characters="<>&"), max_size=60))
@settings(max_examples=60)
@pytest.mark.statement("R23")
def test_a_broken_neighbour_costs_no_other(reviews: list[dict[str, Any]], junk: str) -> None:
    cards = "".join(card(review) for review in reviews)
    broken = f'<div class="review-card"><div class="stars">{html.escape(junk)}<p class="text"></div></div>'
    found = said(parse_page(page(cards + broken), URL, None))
    assert [row for row in expected(reviews) if row not in found] == []


@given(st.text(max_size=300))
@settings(max_examples=150)
@pytest.mark.statement("Q1")
def test_any_text_gives_a_page(text: str) -> None:
    parsed = parse_text(text.encode("utf-8", "surrogatepass"))
    assert all(review.text or review.rating for review in parsed.reviews)


@pytest.mark.parametrize(
    ("text", "value", "best"),
    [
        ("★★★★☆", "4", "5"),
        ("★★★★★", "5", None),
        ("⭐⭐⭐", "3", None),
        ("4 out of 5 stars", "4", "5"),
        ("Rated 4.5 out of 5", "4.5", "5"),
        ("5 stars", "5", None),
        ("4,5 von 5 Sternen", "4,5", "5"),
        ("Note : 4/5", "4", "5"),
        ("8/10", "8", "10"),
        ("5 de 5 estrellas", "5", "5"),
        ("★★★★½", "4.5", None),
        ("***", "3", None),
    ],
)
def test_stars_in_words_and_characters(text: str, value: str, best: str | None) -> None:
    found = read_text(text)
    assert found is not None
    assert (found.value, found.best) == (value, best)


@pytest.mark.parametrize(
    "text", ["", "★", "5", "12 stars", "7/5", "0 out of 5", "4 of 7 days", "★★★★★★★", "Open 24/7", "5 minutes"]
)
def test_what_is_no_rating(text: str) -> None:
    assert read_text(text) is None


@pytest.mark.parametrize(
    "text",
    ["March 4, 2024", "4 mars 2024", "4. März 2024", "04/03/2024", "2024-03-04", "vor 3 Wochen", "il y a un an", "2 months ago",
     "hace 2 días", "marzo de 2024", "4 marca 2024", "Reviewed on 4 March 2024", "2024年3月4日", "3 tygodnie temu"],
)  # fmt: skip
def test_dates_are_seen_in_many_languages(text: str) -> None:
    assert find_date(text)


@pytest.mark.parametrize("text", ["Anna K.", "May", "We met in March", "12 Main Street", "4.5 of 5", "Mars Smith 2"])
def test_what_is_no_date(text: str) -> None:
    assert find_date(text) is None


def test_a_date_behind_a_name_is_split_off() -> None:
    assert split_date("Nora Epp – June 2024") == ("Nora Epp", "June 2024")
    assert split_date("Nora Epp") == ("Nora Epp", None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("- Carla B.", "Carla B."),
        ("by Jack Tal", "Jack Tal"),
        ("Ines F. · Verified patient", "Ines F."),
        ("Ines F. (Google)", "Ines F."),
        ("— Olaf, via Google Reviews", "Olaf"),
    ],
)
def test_names_without_what_stands_around_them(text: str, name: str) -> None:
    assert clean_name(text) == name


@pytest.mark.parametrize(
    "text", ["Read more", "Google", "Verified patient", "I was here", "What a place!", "Trustpilot", "Next"]
)
def test_labels_are_no_names(text: str) -> None:
    assert not looks_like_name(text)


@pytest.mark.parametrize(
    ("text", "average", "count"),
    [
        ("4.9 from 212 Google reviews", "4.9", "212"),
        ("Rated 4.8/5 based on 1,204 reviews", "4.8", "1,204"),
        ("Ø 4,7 von 5 Sternen aus 163 Bewertungen", "4,7", "163"),
        ("4,8/5 — 57 avis Google", "4,8", "57"),
        ("5,0 · 136 recensioni verificate", "5,0", "136"),
        ("Ortalama: 4,6 (Toplam 318 hasta görüşü)", "4,6", "318"),
        ("4,9 na 5 (87 opinii)", "4,9", "87"),
        ("4.5 ★ (340 ratings)", "4.5", "340"),
        ("Valoración 4,6 sobre 5, 98 opiniones", "4,6", "98"),
    ],
)
def test_totals_in_a_sentence(text: str, average: str, count: str) -> None:
    found = read_sentence(text)
    assert found is not None
    assert (found["ratingvalue"], found.get("reviewcount") or found.get("ratingcount")) == (average, count)


@pytest.mark.parametrize(
    "text",
    ["All our 212 five-star reviews are on Google", "112 recensioni 5 stelle", "More than 500 reviews", "Open from 4.30 for 2 visits",
     "Join 1,200 happy clients", "Only 4.90 for 2 comments on your plan €"],
)  # fmt: skip
def test_numbers_that_are_no_totals(text: str) -> None:
    found = read_sentence(text)
    assert found is None or "€" in text


@pytest.mark.statement("T9")
@pytest.mark.parametrize(
    "body",
    [
        "<h2>Reviews</h2>" + "<p>These are some words of a text, and more.</p>" * 29_000,
        "<div class=review>" * 50_000,
        "<div class=review><p>these are some words of a text" * 20_000,
        "<div class=reviews>" + '<span class="star on"></span>' * 29_000,
        "<h2>Reviews</h2><p>" + '"some words of a text" - Name <br>' * 14_000,
        "<div>" + "<p>4.5 12 reviews</p>" * 29_000,
        "<h2>Reviews</h2>" * 29_000,
        f'<div class="{"review " * 100_000}">text</div>',
        "<p>" + "1 " * 400_000 + "reviews</p>",
        "<p>" + "12 Street " * 100_000 + "</p>",
    ],
    ids=range(10),
)
def test_pages_that_would_cost_too_much_end_in_the_time_of_the_sandbox(body: str) -> None:
    started = time.process_time()
    parse_page(body.encode(), URL, None)
    assert time.process_time() - started < 8  # the sandbox allows 2; a busy machine counts more
