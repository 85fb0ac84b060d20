"""Shares: what they are, and when two of them differ by more than chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.reputation.shares import Share, ShareChange, compare_shares, wilson


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (Share(4, 8, 4), Share(10, 80, 40), ShareChange("too_few")),
        (Share(10, 80, 40), Share(4, 8, 4), ShareChange("too_few")),
        (Share(0, 0, 9), Share(4, 8, 9), ShareChange("too_few")),
        (Share(30, 60, 50), Share(6, 60, 50), ShareChange("more", 40)),
        (Share(6, 60, 50), Share(30, 60, 50), ShareChange("less", -40)),
        (Share(3, 12, 6), Share(2, 12, 6), ShareChange("same", 8)),
        (Share(60, 60, 50), Share(0, 60, 50), ShareChange("more", 100)),
    ],
)
def test_a_change_counts_only_when_chance_does_not_explain_it(now: Share, before: Share, expected: ShareChange) -> None:
    assert compare_shares(now, before) == expected


@pytest.mark.parametrize(("part", "whole", "percent"), [(1, 3, 33), (1, 2, 50), (1, 8, 13), (0, 5, 0), (0, 0, None)])
def test_percent_is_rounded_half_up(part: int, whole: int, percent: int | None) -> None:
    assert Share(part, whole, 1).percent == percent


def test_wilson_is_the_published_interval() -> None:
    # Newcombe 1998, table I: 81 of 263 → 0.2553 to 0.3662; 0 of 20 → 0 to 0.1611.
    assert [round(each, 4) for each in wilson(81 / 263, 263)] == [0.2553, 0.3662]
    assert [round(each, 4) for each in wilson(0, 20)] == [0.0, 0.1611]


@given(st.integers(0, 40), st.integers(0, 40), st.integers(5, 40))
def test_swapping_the_periods_turns_the_change_round(one: int, two: int, reviews: int) -> None:
    there = compare_shares(Share(one, 40, reviews), Share(two, 40, reviews))
    back = compare_shares(Share(two, 40, reviews), Share(one, 40, reviews))
    assert {there.kind, back.kind} in ({"same"}, {"more", "less"})
