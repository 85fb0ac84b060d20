"""Changes between figures, trends by month, and the geometry of charts."""

from decimal import Decimal

import pytest

from reviews.reputation.change import Share, compare, next_goal, tell_apart
from reviews.reputation.charts import HEIGHT, make_chart, spark
from reviews.reputation.trends import make_months, months_between, shift, total


@pytest.mark.statement("S11")
@pytest.mark.parametrize(
    ("before", "now", "kind", "low", "high"),
    [
        ("4.6", "4.6", "same", "-0.1", "0.1"),
        ("4.5", "4.6", "up", "0.0", "0.2"),
        ("4.6", "4.3", "down", "0.2", "0.4"),
        ("4.6", "4.62", "same", "0.0", "0.1"),
    ],
)
def test_a_change_is_as_wide_as_rounding_leaves_it(before: str, now: str, kind: str, low: str, high: str) -> None:
    found = compare(Decimal(now), Decimal(before))
    assert (found.kind, found.low, found.high) == (kind, Decimal(low), Decimal(high))


@pytest.mark.statement("S11")
def test_a_goal_is_a_range_and_the_top_has_none() -> None:
    goal = next_goal(Decimal("4.6"), 222)
    assert goal is not None
    assert goal[0] == Decimal("4.7")
    assert (goal[1].any_rating.low, goal[1].any_rating.high) == (1, 64)
    assert next_goal(Decimal("5.0"), 10) is None


@pytest.mark.statement("S11")
@pytest.mark.parametrize(
    ("one", "count", "other", "other_count", "expected"),
    [
        (460, 4, 300, 100, "few"),
        (None, 0, 300, 100, "few"),
        (460, 20, 440, 20, "same"),
        (480, 500, 300, 500, "up"),
        (300, 500, 480, 500, "down"),
    ],
)
def test_two_means_are_told_apart_only_where_chance_does_not_explain_it(
    one: int | None, count: int, other: int | None, other_count: int, expected: str
) -> None:
    assert tell_apart(one, count, other, other_count) == expected


def test_a_share_of_nothing_is_nothing() -> None:
    assert Share(part=0, whole=0).percent is None
    assert (Share(part=1, whole=3).percent, Share(part=1, whole=8).percent) == (33, 13)


def row(month: str, count: int, **more: int) -> dict[str, object]:
    names = (
        "kept", "stars_1", "stars_2", "stars_3", "stars_4", "stars100_sum", "recommended", "not_recommended",
        "positive", "neutral", "negative", "answered", "answer_known", "answered_1d", "answered_3d", "answered_7d",
    )  # fmt: skip
    plain = {"count": count, "stars_5": count, "stars_count": count, "stars100_sum": 500 * count}
    return {"month": month, **dict.fromkeys(names, 0), **plain, **more}


@pytest.mark.statement("S15", "S11")
def test_months_without_reading_are_gaps_and_small_months_have_no_mean() -> None:
    rows = [row("2026-01", 6, answered=3), row("2026-03", 4)]
    months = make_months(rows, "2025-12", "2026-04", {"2026-01", "2026-02"})
    assert [(each.first, each.count, each.is_gap) for each in months] == [
        ("2025-12", 0, False),
        ("2026-01", 6, False),
        ("2026-02", 0, False),
        ("2026-03", 4, False),
        ("2026-04", 0, True),
    ]
    assert [each.mean100 for each in months] == [None, 500, None, None, None]
    whole = total(months)
    assert (whole.count, whole.mean100, whole.share_answered.percent) == (10, 500, 30)
    assert (whole.first, whole.last, whole.histogram) == ("2025-12", "2026-04", (0, 0, 0, 0, 10))


def test_months_are_counted_over_the_turn_of_years() -> None:
    assert months_between("2025-11", "2026-02") == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert (shift("2026-01", -1), shift("2025-12", 1), shift("2026-06", -24)) == ("2025-12", "2026-01", "2024-06")


@pytest.mark.statement("S15")
def test_a_chart_breaks_its_line_and_greys_what_is_not_known() -> None:
    chart = make_chart([1, None, 3, 4], ["a", "b", "c", "d"], [False, True, False, False], is_line=True, notes=[2])
    assert [len(line) for line in chart.lines] == [1, 2]
    assert [gap.label for gap in chart.gaps] == ["b"]
    assert [mark.text for mark in chart.notes] == ["c"]
    bars = make_chart([0, 5, 10], ["a", "b", "c"], [False] * 3).bars
    assert bars[0].height == 0
    assert all(0 <= bar.y <= HEIGHT for bar in bars)
    assert bars[1].height == pytest.approx(bars[2].height / 2)
    assert spark([None, 1.0, 1.0])[0][0].y == 12
    assert spark([]) == ()
