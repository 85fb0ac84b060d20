"""What calls a person: reasons, at once or in the daily group; labels from stars; risk words."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import sentiment
from reviews.model import Sentiment
from reviews.sentiment.attention import (
    Reason,
    ReviewLabel,
    alerts_by_text,
    complaint_sentences,
    count_alerts,
    disagrees,
    find_reasons,
    label_review,
    needs_reading_before_quoting,
    text_figure,
)
from reviews.sentiment.risks import KINDS

SCORER = sentiment.load()
LIMITS = SCORER.limits
PRAISE = "Kind, gentle and thorough. I recommend this lovely team."
COMPLAINT = "Rude, dismissive and overpriced. They refused to listen and I will never go back."
MIXED = "The dentist is wonderful and so gentle, I was at ease. The receptionist is rude."


def score(text: str, language: str = "en") -> Sentiment:
    found = SCORER.score("", text, language)
    assert found is not None
    return found


def reasons(text: str, stars100: int | None) -> dict[str, bool]:
    return {reason.kind: reason.at_once for reason in find_reasons(score(text), stars100, LIMITS)}


@pytest.mark.statement("V38")
def test_low_stars_call_at_once_whatever_the_text_says_and_without_one() -> None:
    assert find_reasons(None, 200, LIMITS) == (Reason("stars", at_once=True),)
    assert reasons(PRAISE, 100)["stars"]
    assert find_reasons(None, 300, LIMITS) == find_reasons(None, None, LIMITS) == ()


@pytest.mark.statement("V38")
@pytest.mark.parametrize(("stars100", "at_once"), [(300, True), (None, True), (400, False), (500, False)])
def test_a_complaining_text_calls_at_once_only_without_high_stars(stars100: int | None, at_once: bool) -> None:
    assert reasons(COMPLAINT, stars100)["text"] is at_once


@pytest.mark.statement("V38")
def test_praise_with_high_stars_calls_nobody_and_the_answer_is_reasons_not_a_number() -> None:
    assert reasons(PRAISE, 500) == {}
    assert reasons(MIXED, 500) == {"sentence": False}
    assert set(Reason.__dataclass_fields__) == {"kind", "at_once", "sentences"}


@pytest.mark.statement("V39")
def test_long_and_short_texts_have_their_own_limits_which_are_data() -> None:
    assert (LIMITS.alert_below, LIMITS.short_alert_below, LIMITS.short_tokens) == (0.19, 0, 10)
    faint = "We came by on a Monday in May and it was good that day"
    assert 0 < score(faint).compound < 0.5
    long_faint = replace(score(faint), compound=0.18)
    assert alerts_by_text(long_faint, LIMITS)
    assert not alerts_by_text(replace(score("It was good"), compound=0.18), LIMITS)
    assert alerts_by_text(replace(score("It was good"), compound=-0.01), LIMITS)


@pytest.mark.statement("V39")
def test_a_text_without_a_hit_never_alerts_by_text() -> None:
    plain = score("We came on a Tuesday and went home in the afternoon by the number nine bus")
    assert plain.compound == 0
    assert not alerts_by_text(plain, LIMITS)


@pytest.mark.statement("V39")
def test_a_clinic_sees_how_many_reviews_would_have_alerted_before_it_saves_a_limit() -> None:
    past = [(score(COMPLAINT), None), (score(PRAISE), None), (score(COMPLAINT), 500), (None, 100)]
    assert count_alerts(past, LIMITS) == 2
    assert count_alerts(past, replace(LIMITS, alert_below=1.0, short_alert_below=1.0)) == 3


@pytest.mark.statement("V40")
@pytest.mark.parametrize(
    ("compound", "stars100", "expected"),
    [
        (0.51, 200, True),
        (0.5, 200, False),
        (0.9, 300, False),
        (-0.9, 300, False),
        (-0.2, 400, True),
        (-0.19, 400, False),
        (0.9, None, False),
    ],
)
def test_stars_and_text_disagree(compound: float, stars100: int | None, expected: bool) -> None:
    assert disagrees(replace(score(PRAISE), compound=compound), stars100, LIMITS) is expected


@pytest.mark.statement("V40")
def test_a_disagreement_is_a_question_and_changes_nothing() -> None:
    found = score(COMPLAINT)
    assert reasons(COMPLAINT, 500)["disagree"] is False
    assert score(COMPLAINT) == found


@pytest.mark.statement("V41")
def test_a_complaint_inside_praise_is_named_with_its_sentence() -> None:
    found = score(MIXED)
    assert found.label == "positive"
    assert complaint_sentences(found, LIMITS) == (1,)
    (reason,) = find_reasons(found, 500, LIMITS)
    assert (reason.kind, reason.at_once, reason.sentences) == ("sentence", False, (1,))


@pytest.mark.statement("V41")
@pytest.mark.parametrize(
    ("text", "stars100", "expected"),
    [(MIXED, 500, True), (PRAISE, 500, False), (PRAISE, 300, True), (PRAISE, None, False), (MIXED, None, True)],
)
def test_such_a_review_is_never_quoted_without_a_person(text: str, stars100: int | None, expected: bool) -> None:
    assert needs_reading_before_quoting(score(text), stars100, LIMITS) is expected


@pytest.mark.statement("V42")
@given(st.lists(st.floats(-1, 1), max_size=30))
def test_a_clinics_text_figure_has_a_count_and_an_interval_and_needs_five_texts(compounds: list[float]) -> None:
    figure = text_figure(compounds)
    if len(compounds) < 5:
        assert figure is None
        return
    assert figure is not None
    assert figure.count == len(compounds)
    assert -1 <= figure.low <= figure.mean <= figure.high <= 1


def test_a_rating_without_text_is_labelled_from_its_stars_and_says_so() -> None:
    assert label_review(None, 500, has_text=False) == ReviewLabel("positive", "stars")
    assert label_review(None, 300, has_text=False) == ReviewLabel("neutral", "stars")
    assert label_review(None, 100, has_text=False) == ReviewLabel("negative", "stars")
    assert label_review(score(COMPLAINT), 500, has_text=True) == ReviewLabel("negative", "text")
    assert label_review(None, 500, has_text=True) is None
    assert label_review(None, None, has_text=False) is None


@pytest.mark.statement("V37")
def test_no_alert_rests_on_a_beta_language_alone() -> None:
    found = score("Horrible, impoli et incompétent, à fuir.", "fr")
    assert found.is_beta
    assert found.label == "negative"
    assert not any(reason.at_once for reason in find_reasons(found, None, LIMITS))
    assert any(reason.at_once for reason in find_reasons(found, 100, LIMITS))


@pytest.mark.parametrize(
    ("text", "language", "kinds"),
    [
        ("The nurse discussed my diagnosis in front of everyone.", "en", {"privacy"}),
        ("I ended up in the emergency room with an infection.", "en", {"harm"}),
        ("She was racist to my daughter.", "en", {"discrimination", "child"}),
        ("My lawyer and the medical board will hear of it.", "en", {"lawyer", "regulator"}),
        ("They broke my tooth.", "en", {"harm"}),
        ("I wanted to die after that.", "en", {"crisis"}),
        ("Great hands, lovely desk, easy parking.", "en", set()),
        ("Mon avocat a écrit à l'ordre des dentistes.", "fr", {"lawyer", "regulator"}),
        ("Une faute médicale, et un secret médical violé.", "fr", {"harm", "privacy"}),
        ("Très gentille avec moi.", "fr", set()),
        ("Mon avocat. My lawyer.", None, {"lawyer"}),
    ],
)
def test_risk_words_call_for_a_person(text: str, language: str | None, kinds: set[str]) -> None:
    found = SCORER.find_risks("", text, language)
    assert {risk.kind for risk in found} == kinds
    assert kinds <= set(KINDS)
    assert all(text[risk.start : risk.end] == risk.term for risk in found)


def test_risk_words_are_found_in_the_title_too() -> None:
    (risk,) = SCORER.find_risks("Lawsuit", "Nothing else.", "en")
    assert (risk.start, risk.term) == (0, "Lawsuit")
