"""Figures: the platform's numbers verbatim, ours apart from them, and the arithmetic of rounded averages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.model import ReportedTotal
from reviews.reputation import intervals
from reviews.reputation.blend import BlendPart, BlendRefused, blend
from reviews.reputation.figures import (
    SourceFigures,
    average_text,
    bars,
    find_primary,
    mean100,
    recommend_percent,
    star_fill_percent,
    stars_text,
    summarize,
)
from reviews.reputation.intervals import Range

READ = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
D = Decimal


@dataclass(frozen=True)
class Held:
    count: int = 0
    with_text: int = 0
    histogram: Sequence[int] = (0, 0, 0, 0, 0)
    stars100_sum: int = 0
    stars_count: int = 0
    hidden: Mapping[str, int] = field(default_factory=dict)


def total(average: str | None = "4.6", stars100: int | None = 460, **fields: Any) -> ReportedTotal:
    given = {"best": None, "worst": None, "rating_count": 222, "review_count": None, "raw": f"{average} of 5"} | fields
    return ReportedTotal(average=None if average is None else D(average), stars100=stars100, **given)


def source(source_id: int = 1, reported: ReportedTotal | None = None, **fields: Any) -> SourceFigures:
    given = {"label": f"Place {source_id}", "origin": "own_site", "url": "https://clinic.example/", "complete": False}
    return SourceFigures(source_id=source_id, total=reported, **(given | fields))


# ---------------------------------------------------------------- display
@pytest.mark.statement("W8")
@pytest.mark.parametrize(
    ("average", "best", "stars100", "shown"),
    [
        ("4.6", "5", 460, "4.6"),
        ("4.60", None, 460, "4.6"),
        ("4.75", "5", 475, "4.8"),
        ("4.65", "5", 465, "4.7"),
        ("4.649", "5", 465, "4.6"),
        ("2.3333", "5", 233, "2.3"),
        ("9", "10", 450, "4.5"),
        ("7", "10", 350, "3.5"),
        ("5", "10", 250, "2.5"),
        ("93", "100", 465, "4.7"),
        ("5", "5", 500, "5.0"),
        ("4", "6", 300, "3.0"),
    ],
)
def test_an_average_shows_one_decimal_rounded_half_up_once(
    average: str, best: str | None, stars100: int, shown: str
) -> None:
    given_best = D(best) if best else None
    assert average_text(total(average, stars100, best=given_best)) == shown


@pytest.mark.statement("W8")
@pytest.mark.parametrize(
    ("rating_count", "review_count", "count", "count_of"),
    [(222, None, 222, "ratings"), (None, 41, 41, "reviews"), (222, 41, 222, "ratings"), (None, None, None, "ratings")],
)
def test_the_count_is_what_the_platform_counts(
    rating_count: int | None, review_count: int | None, count: int | None, count_of: str
) -> None:
    reported = total(rating_count=rating_count, review_count=review_count)
    (figure,) = summarize(clinic_id=1, sources=[source(reported=reported)], sample=Held()).figures
    assert (figure.count, figure.count_of) == (count, count_of)


def test_reported_figures_stand_side_by_side_with_where_they_came_from() -> None:
    far = total("4.1", 410, rating_count=37, raw="4.1 from 37", url="https://far.example/x")
    sources = [source(1, total(), read_at=READ), source(2, far, origin="unknown")]
    summary = summarize(clinic_id=9, sources=sources, sample=Held())
    assert [(f.average, f.count, f.kind, f.is_primary) for f in summary.figures] == [
        ("4.6", 222, "reported", True),
        ("4.1", 37, "reported", False),
    ]
    assert summary.figures[1].url == "https://far.example/x"
    assert summary.figures[0].url == "https://clinic.example/"
    assert summary.figures[0].read_at == READ
    assert (summary.figures[1].raw, summary.figures[1].origin, summary.clinic_id) == ("4.1 from 37", "unknown", 9)


@pytest.mark.statement("W9")
def test_a_missing_rating_is_never_filled_from_the_sample() -> None:
    held = Held(count=12, with_text=10, histogram=(0, 0, 1, 2, 9), stars100_sum=5_600, stars_count=12)
    summary = summarize(clinic_id=1, sources=[source()], sample=held)
    (figure,) = summary.figures
    assert (figure.average, figure.stars100, figure.count, figure.kind) == (None, None, None, "reported")
    assert (summary.sample_count, summary.sample_mean100, summary.sample_with_text) == (12, 467, 10)
    assert stars_text(summary.sample_mean100 or 0) == "4.7"


@pytest.mark.statement("W9")
def test_recommendations_are_a_share_and_not_stars() -> None:
    reported = total(None, None, recommend_percent=96, rating_count=57)
    (figure,) = summarize(clinic_id=1, sources=[source(reported=reported)], sample=Held()).figures
    assert (figure.recommend_percent, figure.average, figure.stars100, figure.count) == (96, None, None, 57)


def test_nothing_held_has_no_mean() -> None:
    summary = summarize(clinic_id=1, sources=[], sample=Held(hidden={"abuse": 2, "privacy": 0}))
    assert (summary.sample_mean100, summary.figures, summary.hidden) == (None, (), (("abuse", 2),))


@pytest.mark.parametrize(
    ("sources", "primary"),
    [
        ([source(1, total()), source(2, total(rating_count=999), is_chosen_primary=True)], 2),
        ([source(1, total(rating_count=999)), source(2, total(), complete=True), source(3, total(), complete=True)], 2),
        ([source(1, total(rating_count=37)), source(2, total(rating_count=222))], 2),
        ([source(1, total()), source(2, total())], 1),
        ([source(1, complete=True), source(2, total())], 2),
        ([source(1), source(2, complete=True)], 2),
        ([source(1), source(2)], 1),
        ([source(1, total(None, None, recommend_percent=90)), source(2)], 1),
    ],
)
def test_the_headline_comes_from_the_chosen_else_a_complete_else_the_largest_source(
    sources: list[SourceFigures], primary: int
) -> None:
    found = find_primary(sources)
    assert found is not None
    assert found.source_id == primary
    marked = [f.source_id for f in summarize(clinic_id=1, sources=sources, sample=Held()).figures if f.is_primary]
    assert marked == [primary]


@pytest.mark.statement("W10", "P1")
@given(st.integers(0, 500))
def test_number_and_drawn_stars_are_one_value(stars100: int) -> None:
    assert star_fill_percent(stars100) == Decimal(stars100) / 500 * 100
    assert D(stars_text(stars100)) == (D(stars100) / 100).quantize(D("0.1"), ROUND_HALF_UP)
    assert abs(star_fill_percent(stars100) / 20 - D(stars_text(stars100))) <= D("0.05")


@pytest.mark.statement("W10")
def test_four_point_six_fills_92_percent() -> None:
    assert [str(star_fill_percent(s)) for s in (460, 475, 233, 0, 500)] == ["92", "95", "46.6", "0", "100"]


@given(st.lists(st.integers(0, 500), min_size=1, max_size=50))
def test_the_samples_mean_is_rounded_half_up_in_hundredths(stars: list[int]) -> None:
    exact = D(sum(stars)) / len(stars)
    assert mean100(sum(stars), len(stars)) == int(exact.quantize(D(1), ROUND_HALF_UP))


def test_a_mean_exactly_between_goes_up() -> None:
    assert (mean100(901, 2), mean100(0, 0)) == (451, None)


def test_bars_add_up_to_a_hundred() -> None:
    assert bars((161, 40, 11, 4, 6)) == (72, 18, 5, 2, 3)
    assert bars((0, 0, 0, 0, 0)) == (0, 0, 0, 0, 0)
    assert bars((1, 1, 1)) == (34, 33, 33)


@given(st.lists(st.integers(0, 10_000), min_size=5, max_size=5))
def test_no_bar_is_off_by_a_whole_percent(histogram: list[int]) -> None:
    if not sum(histogram):
        return
    found = bars(histogram)
    assert sum(found) == 100
    assert all(abs(bar - Fraction(100 * n, sum(histogram))) < 1 for bar, n in zip(found, histogram, strict=True))


# ---------------------------------------------------------------- intervals
def test_an_average_is_an_interval_of_sums() -> None:
    sums = intervals.sum_interval(D("4.6"), 222)
    assert (sums.low, sums.high) == (Fraction("1010.1"), Fraction("1032.3"))
    assert intervals.whole_sums(D("4.6"), 222) == Range(1011, 1032)
    assert intervals.whole_sums(D("4.6"), 3) is None
    assert intervals.mean_interval(D("4.62")).low == Fraction("4.615")
    assert intervals.mean_interval(D("5")) == intervals.mean_interval(D("5.0"))


def test_what_a_goal_takes_is_a_range() -> None:
    needed = intervals.what_is_needed(D("4.6"), 222, D("4.7"))
    assert (needed.any_rating, needed.whole) == (Range(1, 64), Range(1, 61))
    assert intervals.what_is_needed(D("4.7"), 10, D("4.7")).any_rating == Range(0, 0)
    assert intervals.what_is_needed(D("4.6"), 3, D("4.7")).whole is None
    for target in ("5.1", "0"):
        with pytest.raises(ValueError, match="target"):
            intervals.what_is_needed(D("4.6"), 222, D(target))


@given(st.integers(10, 49), st.integers(1, 300), st.integers(1, 20))
def test_the_range_holds_for_every_sum_of_whole_stars(tenths: int, count: int, more: int) -> None:
    shown, target = D(tenths) / 10, min(D(5), D(tenths + more) / 10)
    needed = intervals.what_is_needed(shown, count, target)
    threshold = Fraction(target) - Fraction(1, 20)
    sums = intervals.whole_sums(shown, count)
    if sums is None:
        assert needed.whole is None
        return
    assert needed.whole is not None
    found = []
    for total_stars in (sums.low, sums.high):
        k = 0
        while Fraction(total_stars + 5 * k, count + k) < threshold:
            k += 1
        found.append(k)
    assert (needed.whole.high, needed.whole.low) == tuple(found)
    assert needed.any_rating.low <= needed.whole.low
    assert needed.whole.high <= needed.any_rating.high


def test_one_more_rating_moves_the_interval() -> None:
    moved = intervals.after_one_more(D("4.6"), 222, 1)
    assert (round(float(moved.low), 4), round(float(moved.high), 4)) == (4.5341, 4.6336)
    assert intervals.shown_values(moved) == (D("4.5"), D("4.6"))


@pytest.mark.parametrize(
    ("mean", "count", "variance", "error", "low", "high"),
    [
        ("4.6", 222, "1.44", "0.0805", "4.44", "4.76"),
        ("4.55", 222, "1.5975", "0.0848", "4.38", "4.72"),
        ("4.65", 222, "1.2775", "0.0759", "4.50", "4.80"),
        ("4.7", 222, "1.11", "0.0707", "4.56", "4.84"),
        ("4.1", 37, "2.79", "0.2746", "3.56", "4.64"),
    ],
)
def test_the_bound_without_a_histogram(mean: str, count: int, variance: str, error: str, low: str, high: str) -> None:
    bound = intervals.variance_bound(D(mean))
    assert bound == D(variance)
    assert intervals.standard_error(bound, count).quantize(D("0.0001")) == D(error)
    assert intervals.band(D(mean), count) == (D(low), D(high))


@pytest.mark.parametrize(
    ("first", "second", "strict", "differ"),
    [
        (("4.6", 222), ("4.7", 222), False, False),
        (("4.6", 222), ("4.1", 37), False, False),
        (("4.6", 222), ("4.1", 370), False, True),
        (("4.6", 222), ("4.1", 370), True, True),
        (("4.6", 222), ("4.4", 370), True, False),
    ],
)
def test_two_averages_differ_only_beyond_chance(
    first: tuple[str, int], second: tuple[str, int], strict: bool, differ: bool
) -> None:
    found = intervals.are_distinguishable(D(first[0]), first[1], D(second[0]), second[1], strict=strict)
    assert found is differ


def test_a_histogram_is_better_than_the_bound() -> None:
    histogram = (6, 4, 11, 40, 161)
    mean, variance = intervals.histogram_mean(histogram), intervals.histogram_variance(histogram)
    assert mean == Fraction(1012, 222)
    decimal_mean = D(mean.numerator) / D(mean.denominator)
    decimal_variance = D(variance.numerator) / D(variance.denominator)
    assert decimal_variance.quantize(D("0.001")) == D("0.778")
    assert intervals.standard_error(decimal_variance, 222).quantize(D("0.0001")) == D("0.0592")
    assert intervals.band(decimal_mean, 222, decimal_variance) == (D("4.44"), D("4.67"))
    with pytest.raises(ValueError, match="no mean"):
        intervals.histogram_mean((0, 0, 0, 0, 0))


# ---------------------------------------------------------------- blending
def part(label: str, average: str | None, count: int | None, may_aggregate: bool = True) -> BlendPart:
    given_average = None if average is None else D(average)
    return BlendPart(source_id=1, label=label, average=given_average, count=count, may_aggregate=may_aggregate)


def test_a_blend_is_weighted_by_reported_counts_and_says_what_it_is() -> None:
    found = blend([part("Near", "4.6", 222), part("Far", "4.1", 37)])
    assert (found.kind, found.count, found.recipe_version) == ("derived", 259, 1)
    assert [round(float(value), 4) for value in (found.mean, found.interval.low, found.interval.high)] == [
        4.5286,
        4.4786,
        4.5786,
    ]
    assert found.shown == (D("4.5"), D("4.6"))
    assert [each.label for each in found.inputs] == ["Near", "Far"]


@pytest.mark.parametrize(
    ("parts", "labels"),
    [
        ([part("Near", "4.6", 222), part("Far", "4.1", 37, may_aggregate=False)], ("Far",)),
        ([part("Near", "4.6", 222), part("Share", None, 57)], ("Share",)),
        ([part("Near", "4.6", 222), part("Uncounted", "4.0", None)], ("Uncounted",)),
        ([part("Near", "4.6", 222)], ("Near",)),
        ([], ()),
    ],
)
def test_a_blend_is_refused_and_names_the_source(parts: list[BlendPart], labels: tuple[str, ...]) -> None:
    with pytest.raises(BlendRefused) as refused:
        blend(parts)
    assert refused.value.labels == labels


@pytest.mark.parametrize(
    ("yes", "no", "percent"),
    [(0, 0, None), (48, 2, 96), (1, 2, 33), (199, 1, 99), (999, 1, 99), (7, 0, 100), (0, 3, 0)],
)
def test_a_share_of_recommendations_is_never_all_where_one_said_no(yes: int, no: int, percent: int | None) -> None:
    assert recommend_percent(yes, no) == percent
