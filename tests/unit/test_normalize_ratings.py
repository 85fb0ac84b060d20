"""Ratings and totals: every scale, exactly, or refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.model import RawRating, RawTotal
from reviews.normalize.ratings import RatingRefused, UnknownScale, normalize_rating, normalize_total, stars100


def stars(value: str, best: str | None = None, worst: str | None = None, assume_best: int | None = None) -> int | None:
    rating = normalize_rating(RawRating(value=value, best=best, worst=worst), assume_best=assume_best)
    return rating.stars100 if rating else None


@pytest.mark.parametrize(
    ("value", "best", "expected"),
    [
        ("4.6", "5", 460),
        ("4.75", "5", 475),
        ("2.3333", "5", 233),
        ("9", "10", 450),
        ("7", "10", 350),
        ("5", "10", 250),
        ("93", "100", 465),
    ],
)
def test_the_table_of_scales_gives_exactly_these_stars(value: str, best: str, expected: int) -> None:
    assert stars(value, best) == expected
    assert stars(value, best, "1") == expected
    assert stars(value, best, "0") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("4,6", 460),
        ("٤٫٥", 450),
        ("４．６", 460),
        (" 4. ", 400),
        (".5", 50),
        ("4½", 450),
        ("½", 50),
        ("3 ¾", 375),
    ],
)
@pytest.mark.statement("Q5")
def test_bare_numbers_in_all_writings_need_the_assumed_best(value: str, expected: int) -> None:
    assert stars(value, assume_best=5) == expected
    with pytest.raises(UnknownScale):
        stars(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("4.9/5", 490),
        ("4,9 / 5", 490),
        ("9/10", 450),
        ("90/100", 450),
        ("5 of 5", 500),
        ("5 out of 5", 500),
        ("4 out of 5 stars", 400),
        ("Rated 4.5 out of 5", 450),
        ("4 sur 5", 400),
        ("Note : 4,5/5", 450),
        ("5 étoiles sur 5", 500),
        ("4 von 5 Sternen", 400),
        ("4 de 5 estrellas", 400),
        ("4 van 5", 400),
        ("93%", 465),
        ("93 %", 465),
        ("0%", 0),
        ("★★★★☆", 400),
        ("★★★☆☆☆☆☆☆☆", 150),
        ("★★★★½", 450),
        ("★★★½☆", 350),
        ("⭐️⭐️⭐️", 300),
        ("****", 400),
        ("4.6 ★", 460),
        ("4 stars", 400),
        ("1 star", 100),
        ("5 étoiles", 500),
        ("FIVE", 500),
        ("ONE", 100),
        ("four stars", 400),
        ("cinq étoiles", 500),
        ("drei Sterne", 300),
    ],
)
@pytest.mark.statement("Q5")
def test_values_that_name_their_own_scale_need_no_other(value: str, expected: int) -> None:
    assert stars(value) == expected


@pytest.mark.parametrize("value", ["", "  ", "STAR_RATING_UNSPECIFIED", "n/a", "–", "☆☆☆☆☆"])
def test_no_rating_is_none_and_never_zero(value: str) -> None:
    assert normalize_rating(RawRating(value=value, best="5")) is None


def test_zero_means_none_where_the_scale_does_not_begin_with_it() -> None:
    assert stars("0", "0") is None
    assert stars("0", "5", "1") is None
    assert stars("0", "5") is None
    assert stars("0", "5", "0") == 0


@pytest.mark.parametrize(
    ("value", "best", "worst"),
    [
        ("6", "5", None),
        ("-1", "5", None),
        ("1", "5", "2"),
        ("4.9/5", "10", None),
        ("93%", "5", None),
        ("Excellent", "5", None),
        ("poor", "5", None),
        ("SIX", "5", None),
        ("5e0", "5", None),
        ("Infinity", "5", None),
        ("4 5", "5", None),
        ("1,234.5", "5", None),
        ("4" * 300, "5", None),
        ("4\x00", "5", None),
        ("\ud800", "5", None),
        ("3", "5", "-1"),
    ],
)
@pytest.mark.statement("Q5")
def test_what_does_not_fit_is_refused_with_a_reason(value: str, best: str, worst: str | None) -> None:
    with pytest.raises(RatingRefused) as refusal:
        stars(value, best, worst)
    assert "{value}" in refusal.value.reason


@pytest.mark.parametrize(
    ("best", "worst"), [(None, None), ("five", None), ("1", "6"), ("5", "5"), ("-5", None), ("5000", None)]
)
def test_an_unknown_scale_is_refused_and_not_guessed(best: str | None, worst: str | None) -> None:
    with pytest.raises(UnknownScale):
        stars("4", best, worst)


def test_the_sources_best_wins_over_the_word_stars_and_over_the_assumed_one() -> None:
    assert stars("4 stars", "10") == 200
    assert stars("4", "10", assume_best=5) == 200
    assert stars("4 stars", assume_best=10) == 400


@pytest.mark.parametrize(
    ("value", "worst", "best", "expected"),
    [
        ("2", "2", "10", 100),
        ("6", "2", "10", 300),
        ("10", "2", "10", 500),
        ("7", "2", "10", 350),
        ("75", "50", "100", 300),
    ],
)
def test_a_worst_above_one_goes_linearly_onto_one_to_five(value: str, worst: str, best: str, expected: int) -> None:
    assert stars(value, best, worst) == expected


@pytest.mark.parametrize(
    ("value", "recommends"),
    [
        ("yes", True),
        ("POSITIVE", True),
        ("oui", True),
        ("1", True),
        ("no", False),
        ("negative", False),
        ("Nein", False),
    ],
)
def test_a_recommendation_is_never_stars(value: str, recommends: bool) -> None:
    rating = normalize_rating(RawRating(value=value, kind="recommend"))
    assert rating is not None
    assert (rating.recommends, rating.stars100, rating.value) == (recommends, None, None)


@pytest.mark.parametrize(("value", "kind"), [("maybe", "recommend"), ("yes", "stars"), ("5", "smileys")])
def test_unknown_recommendations_and_kinds_are_refused(value: str, kind: str) -> None:
    with pytest.raises(RatingRefused):
        normalize_rating(RawRating(value=value, best="5", kind=kind))


def test_value_and_scale_are_kept_as_given() -> None:
    rating = normalize_rating(RawRating(value=" 4,60 ", best="5", worst="1"))
    assert rating is not None
    assert (rating.raw, str(rating.value), str(rating.best), str(rating.worst)) == ("4,60", "4.60", "5", "1")


@given(st.text(max_size=60), st.text(max_size=8) | st.none(), st.text(max_size=8) | st.none(), st.none() | st.just(5))
@pytest.mark.statement("Q5")
def test_any_text_gives_stars_within_the_scale_or_is_refused(
    value: str, best: str | None, worst: str | None, assume: int | None
) -> None:
    try:
        found = stars(value, best, worst, assume)
    except RatingRefused:
        return
    assert found is None or 0 <= found <= 500


NUMBERS = st.decimals(min_value=0, max_value=20, places=3)


@given(NUMBERS, st.sampled_from([5, 10, 20, 100]), st.sampled_from([None, 0, 1, 2, 3]))
@pytest.mark.statement("Q5")
def test_numbers_are_exact_half_up_or_refused(value: Decimal, best: int, worst: int | None) -> None:
    try:
        found = stars(str(value), str(best), None if worst is None else str(worst))
    except RatingRefused:
        assert value > best or (worst is not None and value < worst)
        return
    if found is None:
        assert value == 0
        return
    low = Decimal(worst or 0)
    exact = 500 * value / best if low <= 1 else 100 + 400 * (value - low) / (best - low)
    assert Decimal(found) - Decimal("0.5") <= exact < Decimal(found) + Decimal("0.5")


@given(st.integers(1, 50), st.integers(1, 50))
def test_a_better_value_never_has_fewer_stars(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert stars100(Decimal(low), Decimal(50)) <= stars100(Decimal(high), Decimal(50))


# ---------------------------------------------------------------- totals
def test_a_total_keeps_the_platforms_digits_and_its_two_counts() -> None:
    total = normalize_total(
        RawTotal(
            place="page 1", average="4.60", best="5", rating_count="1,426", review_count="222", text="4.60 (1,426)"
        ),
        "en",
    )
    assert (str(total.average), total.stars100, total.rating_count, total.review_count) == ("4.60", 460, 1426, 222)
    assert total.raw == "4.60 (1,426)"
    assert total.read_at is None


def test_a_total_of_nothing_has_no_average() -> None:
    total = normalize_total(RawTotal(place="page 1", average="0", best="5", review_count="0"))
    assert (total.average, total.stars100, total.review_count) == (None, None, 0)
    assert normalize_total(RawTotal(place="p", average="5", best="5", rating_count="0")).average is None


def test_a_total_without_a_known_scale_keeps_its_number_without_stars() -> None:
    total = normalize_total(RawTotal(place="page 1", average="8,7", review_count="12"), "fr")
    assert (total.average, total.stars100, total.review_count) == (Decimal("8.7"), None, 12)
    assert normalize_total(RawTotal(place="p", average="4.7"), assume_best=5).stars100 == 470


def test_a_total_outside_its_scale_is_not_shown() -> None:
    total = normalize_total(RawTotal(place="page 1", average="46", best="5", review_count="222"))
    assert (total.average, total.stars100, total.review_count) == (None, None, 222)


@pytest.mark.parametrize(
    ("text", "expected"), [("93%", 93), ("92,5 %", 93), ("101%", None), ("-1", None), ("many", None)]
)
def test_a_share_of_recommendations_is_a_whole_percentage(text: str, expected: int | None) -> None:
    assert normalize_total(RawTotal(place="p", recommend_share=text)).recommend_percent == expected


def test_a_total_takes_the_scale_out_of_its_average() -> None:
    total = normalize_total(RawTotal(place="p", average="4.9/5", review_count="1.426 Bewertungen"), "de")
    assert (total.average, total.best, total.stars100, total.review_count) == (Decimal("4.9"), 5, 490, 1426)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_text_makes_a_total_fail(average: str, best: str, count: str, text: str) -> None:
    total = normalize_total(RawTotal(place="p", average=average, best=best, rating_count=count, text=text))
    assert total.stars100 is None or 0 <= total.stars100 <= 500
    total.raw.encode()
