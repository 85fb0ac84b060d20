"""Share answered and hours to the answer, with what they rest on."""

from reviews.reputation.answers import Answered, AnswerFigures, summarize_answers


def test_nothing_is_no_share_and_no_median() -> None:
    figures = summarize_answers([])
    assert figures == AnswerFigures(n=0, answered=0, timed=0, median_hours=None)
    assert figures.percent is None


def test_the_median_is_an_answer_that_was_given_and_vague_days_count_in_the_share_alone() -> None:
    hours = (2, 30, 8, 50, None)
    figures = summarize_answers(
        [*(Answered(is_answered=True, hours=each) for each in hours), Answered(is_answered=False)]
    )
    assert figures == AnswerFigures(n=6, answered=5, timed=4, median_hours=8)
    assert figures.percent == 83


def test_a_share_is_rounded_half_up() -> None:
    assert summarize_answers([Answered(is_answered=number < 1) for number in range(8)]).percent == 13
    assert summarize_answers([Answered(is_answered=number < 1) for number in range(200)]).percent == 1
    assert summarize_answers([Answered(is_answered=False)]).percent == 0
