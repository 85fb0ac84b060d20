"""Counts and decimals as pages write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.normalize.numbers import MAX_COUNT, parse_count, parse_decimal


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("222", "en", 222),
        ("1,426", "en", 1426),
        ("1.426", "de", 1426),
        ("1.426", "en", 1426),
        ("1 426 avis", "fr", 1426),
        ("1\u00a0426", "fr", 1426),
        ("1\u202f426\u202favis", "fr", 1426),
        ("1'426", "de", 1426),
        ("12,34,567", "en", 1234567),
        ("1,234,567", "en", 1234567),
        ("4.6 K", "en", 4600),
        ("4.6K reviews", "en", 4600),
        ("4,6 K", "fr", 4600),
        ("1.426 K", "en", 1426),
        ("1.426 K", "de", 1426000),
        ("1.2M", "en", 1200000),
        ("2,5 mil", "es", 2500),
        ("2.5万", "zh", 25000),
        ("200+", "en", 200),
        ("(222 reviews)", "en", 222),
        ("Based on 222 reviews", "en", 222),
        ("٢٢٢", "ar", 222),
        ("aucune", "fr", 0),
        ("Aucun avis", "fr", 0),
        ("No reviews yet", "en", 0),
        ("keine Bewertungen", "de", 0),
        ("0", "en", 0),
    ],
)
@pytest.mark.statement("D4")
def test_counts_are_read_with_grouping_suffix_and_language(text: str, language: str, expected: int) -> None:
    assert parse_count(text, language) == expected


@pytest.mark.parametrize(
    "text",
    [None, "", "reviews", "4.6", "1,42", "5 of 222", "4.6 (222 reviews)", "-3", "1,2345", "1234,567", "604 555 0100",
     "99999999999999", "1.4265 K", "9" * 100, "1,23,4567"],
)  # fmt: skip
def test_what_is_no_single_whole_count_is_none(text: str | None) -> None:
    assert parse_count(text, "en") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4.6", "4.6"), ("4,6", "4.6"), ("1.426,5", "1426.5"), ("1,426.5", "1426.5"), ("-1", "-1"), ("−1", "-1"),
     ("5.", "5"), ("٤٫٥", "4.5")],
)  # fmt: skip
def test_decimals_are_read_digit_for_digit(text: str, expected: str) -> None:
    assert parse_decimal(text) == Decimal(expected)


@pytest.mark.parametrize("text", ["", ".", "-", "1e5", "NaN", "inf", "1.2.3", "4,6,1.0", "four", "1" * 65, "4 6"])
def test_what_is_no_decimal_is_none(text: str) -> None:
    assert parse_decimal(text) is None


SIGNS = st.sampled_from([",", ".", " ", "\u00a0", "\u202f", "'"])


@given(st.integers(0, MAX_COUNT), SIGNS, st.sampled_from(["en", "fr", "de"]))
def test_every_grouping_of_a_count_gives_the_count(count: int, sign: str, language: str) -> None:
    assert parse_count(f"{count:,}".replace(",", sign), language) == count


@given(st.text(max_size=80))
def test_any_text_gives_a_count_in_bounds_or_none(text: str) -> None:
    count = parse_count(text, "en")
    assert count is None or 0 <= count <= MAX_COUNT
    assert parse_decimal(text) is None or parse_decimal(text).is_finite()  # type: ignore[union-attr]
