"""What must not change what is read: how a page is wrapped, ordered, spaced, repeated, encoded; and what may break."""

import contextlib
import html
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.errors import ReviewsError
from reviews.markup import parse_page
from reviews.model import ParsedPage
from reviews.normalize.text import clean_text
from tests.browser.vectors import VECTORS

URL = "https://clinic.example.org/reviews"
TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co"), exclude_characters="<>&\ufeff\u2028\u2029"),
    min_size=1,
    max_size=60,
).filter(lambda text: any(character.isalnum() for character in text))
REVIEW = st.fixed_dictionaries(
    {
        "author": TEXT,
        "stars": st.integers(1, 5),
        "text": TEXT,
        "day": st.integers(1, 28),
    }
)
REVIEWS = st.lists(REVIEW, min_size=1, max_size=6, unique_by=lambda review: (review["author"], review["text"]))


def clinic(reviews: list[dict[str, Any]], **extra: Any) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "MedicalClinic",
        "name": "Birch Clinic",
        "review": [
            {
                "@type": "Review",
                "author": {"@type": "Person", "name": review["author"]},
                "reviewRating": {"@type": "Rating", "ratingValue": review["stars"]},
                "reviewBody": review["text"],
                "datePublished": f"2026-05-{review['day']:02d}",
            }
            for review in reviews
        ],
        **extra,
    }


def block(value: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(value).replace("</", "<" + chr(92) + "/")}</script>'


def page(*blocks: str, body: str = "") -> bytes:
    head = f"<meta charset=utf-8>{''.join(blocks)}"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>".encode()


def microdata(reviews: list[dict[str, Any]]) -> str:
    return (
        '<div itemscope itemtype="https://schema.org/MedicalClinic"><b itemprop=name>Birch Clinic</b>'
        + "".join(
            '<div itemprop=review itemscope itemtype="https://schema.org/Review">'
            f"<i itemprop=author>{html.escape(r['author'])}</i><meta itemprop=ratingValue content={r['stars']}>"
            f'<meta itemprop=datePublished content="2026-05-{r["day"]:02d}">'
            f"<p itemprop=reviewBody>{html.escape(r['text'])}</p></div>"
            for r in reviews
        )
        + "</div>"
    )


def said(parsed: ParsedPage) -> list[tuple[str | None, str | None, str | None, str | None]]:
    """What the reviews say, without where they stand."""
    return sorted(((r.author, r.rating.value if r.rating else None, r.text, r.date) for r in parsed.reviews), key=repr)


def read(body: bytes, charset: str | None = None) -> list[Any]:
    return said(parse_page(body, URL, charset))


@given(REVIEWS, st.randoms(use_true_random=False))
def test_the_order_of_keys_and_blocks_does_not_matter(reviews: list[dict[str, Any]], chance: random.Random) -> None:
    one = clinic(reviews)
    shuffled = dict(chance.sample(list(one.items()), len(one)))
    total = {"@type": "AggregateRating", "itemReviewed": {"name": "Birch Clinic"}, "ratingValue": 4, "ratingCount": 9}
    assert read(page(block(one), block(total))) == read(page(block(total), block(shuffled)))


@given(REVIEWS)
@settings(max_examples=60)
def test_wrapping_does_not_matter(reviews: list[dict[str, Any]]) -> None:
    plain = block(clinic(reviews))
    text = json.dumps(clinic(reviews)).replace("</", "<\\/")
    expected = read(page(plain))
    assert len(expected) == len(reviews)
    for wrapped in (
        f'<script type="APPLICATION/LD+JSON; charset=utf-8">\n//<![CDATA[\n{text}\n//]]>\n</script>',
        f'<script type="application/ld+json"><!--\n{text};\n--></script>',
        block({"@graph": [clinic(reviews)]}),
        block([[clinic(reviews)]]),
        block(clinic(reviews) | {"review": [[review] for review in clinic(reviews)["review"]]}),
        f"<noscript>{plain}</noscript>",
    ):
        assert read(page(wrapped)) == expected
    assert read(page(body=f"<div><section><p>{plain}</p></section></div>")) == expected


@given(REVIEWS)
def test_given_twice_counts_once(reviews: list[dict[str, Any]]) -> None:
    one = block(clinic(reviews))
    expected = read(page(one))
    assert read(page(one, one)) == expected
    assert len(read(page(one, body=microdata(reviews)))) == len(expected)


@given(REVIEWS)
def test_white_space_does_not_matter(reviews: list[dict[str, Any]]) -> None:
    tight = page(block(clinic(reviews)))
    loose = page(
        '<script type="application/ld+json">\r\n\t'
        + json.dumps(clinic(reviews), indent=4).replace("</", "<\\/")
        + "\n\n</script>"
    )
    assert read(tight) == read(loose)


@given(
    st.lists(REVIEW.map(lambda r: r | {"author": "Zoë Ł."}), min_size=1, max_size=3),
    st.sampled_from(["utf-16", "utf-8-sig"]),
)
def test_another_encoding_gives_the_same(reviews: list[dict[str, Any]], encoding: str) -> None:
    text = page(body=microdata(reviews)).decode()
    expected = read(text.encode())
    assert read(text.encode(encoding)) == expected


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("cp1252", "“Très bien” – 20 €"), ("iso8859-2", "Zażółć"), ("cp1251", "Добрый врач"), ("shift_jis", "丁寧な説明")],
)
@pytest.mark.parametrize("told_by", ["header", "meta"])
def test_old_encodings_are_read_as_declared(encoding: str, text: str, told_by: str) -> None:
    name = "iso-8859-1" if encoding == "cp1252" else encoding
    meta = f'<meta charset="{name}">' if told_by == "meta" else ""
    review = f'<div itemscope itemtype="https://schema.org/Review"><p itemprop="reviewBody">{text}</p></div>'
    body = f"<html><head>{meta}</head><body>{review}</body></html>"
    parsed = parse_page(body.encode(encoding), URL, name if told_by == "header" else None)
    assert [review.text for review in parsed.reviews] == [text]


@given(REVIEWS, st.text(max_size=80))
@pytest.mark.statement("R23")
def test_a_broken_block_costs_no_other(reviews: list[dict[str, Any]], junk: str) -> None:
    good = block(clinic(reviews))
    broken = '<script type="application/ld+json">{"@type": "Review", ' + junk.replace("<", "") + " [[[</script>"
    assert read(page(broken, good)) == read(page(good))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-10, 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["@id", "@type", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    REVIEWS,
    st.sampled_from(
        ["author", "reviewRating", "reviewBody", "datePublished", "@type", "@id", "name", "comment", "itemReviewed"]
    ),
    JSON,
)
@settings(max_examples=200)
@pytest.mark.statement("Q2")
def test_swapped_types_in_one_record_cost_no_other(reviews: list[dict[str, Any]], key: str, value: Any) -> None:
    whole = clinic(reviews)
    odd = (
        whole["review"][0]
        | {key: value, "reviewBody": "the odd one out"}
        | ({key: value} if key == "reviewBody" else {})
    )
    parsed = parse_page(page(block(whole | {"review": [odd, *whole["review"]]})), URL, None)
    others = said(parse_page(page(block(whole)), URL, None))
    assert [row for row in others if row in said(parsed)] == others


@given(st.binary(max_size=400))
@settings(max_examples=200)
@pytest.mark.statement("Q1")
def test_any_bytes_give_a_page_or_a_typed_error(body: bytes) -> None:
    with contextlib.suppress(ReviewsError):
        assert isinstance(parse_page(body, URL, None), ParsedPage)


FRAGMENTS = st.sampled_from(
    [
        "<div itemscope itemtype='https://schema.org/Review'>", "<p itemprop=reviewBody>", "</div>", "</p>", "Good.",
        "<b itemprop=author>", "</b>", "<script type=application/ld+json>", "</script>", '{"@type":"Review",',
        '"reviewBody":"x"}', "<!--", "-->", "<a rel=next href=//x>",
        "<meta itemprop=ratingValue content=5>", "itemref=a",
        "<span id=a itemprop=review itemscope itemref=a>", "\x00", "&amp;", "]]>", "<template>",
    ]
)  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=40))
@settings(max_examples=200)
@pytest.mark.statement("Q1")
def test_any_soup_of_markup_gives_a_page(parts: list[str]) -> None:
    parsed = parse_page("".join(parts).encode(), URL, None)
    assert all(review.text or review.rating or review.title for review in parsed.reviews)


@given(REVIEWS)
def test_parsing_is_a_pure_function(reviews: list[dict[str, Any]]) -> None:
    body = page(block(clinic(reviews)), body=microdata(reviews))
    assert parse_page(body, URL, None) == parse_page(body, URL, None)


@pytest.mark.statement("T2", "A1")
def test_entities_are_decoded_once_and_what_comes_out_is_text() -> None:
    """Written twice encoded, a text arrives once encoded: reading it again never makes markup of it."""
    for text in VECTORS:
        once = html.escape(text)
        page = (
            '<html><body><div itemscope itemtype="https://schema.org/Review">'
            '<span itemprop="author">Anna</span> <p itemprop="reviewBody">Before '
            f"{html.escape(once)} after</p></div></body></html>"
        )
        [found] = parse_page(page.encode(), URL, None).reviews
        assert clean_text(found.text).split() == clean_text(f"Before {once} after").split()
