"""The disclosure: every part, each only if it is true."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import i18n, rules
from reviews.rules.disclosure import HIDE_REASONS, MUST_SAY, DisclosureFacts, SourceFacts, disclosure

WORDS = {language: i18n.load().words(language) for language in ("en", "fr")}
PLAIN = DisclosureFacts(held=41)


def lines(facts: DisclosureFacts = PLAIN, language: str = "en", **changes: Any) -> list[str]:
    return disclosure(WORDS[language], replace(facts, **changes))


@pytest.mark.statement("W60")
@pytest.mark.parametrize(
    ("order", "line"),
    [
        ("date", "Shown: {n} of 41 reviews with text, newest first, whatever their stars."),
        ("page", "Shown: {n} of 41 reviews with text, in the order of the page, whatever their stars."),
        ("mixed", "Shown: {n} of 41 reviews with text, newest first, those without a date last, whatever their stars."),
        ("person", "Shown: {n} of 41 reviews with text, chosen by the clinic."),
    ],
)
def test_the_choice_and_its_order_are_said_with_the_drawn_number_left_open(order: str, line: str) -> None:
    assert lines(order=order) == [line]


@pytest.mark.statement("W60")
def test_all_is_said_only_when_it_is_true() -> None:
    assert lines(all_drawn=True) == ["All 41 reviews with text that are held here, newest first."]
    for untrue in (
        {"all_drawn": False},
        {"hidden": (("abuse", 1),)},
        {"left_out": 1},
        {"max_age_days": 730},
        {"service_only": True},
    ):
        said = lines(**({"all_drawn": True} | untrue))
        assert not [line for line in said if line.startswith("All")]
        assert "{n} of 41" in said[0]
    assert lines(all_drawn=True, hidden=(("abuse", 0),))[0].startswith("All")


@pytest.mark.statement("W60")
def test_coverage_says_what_the_source_reports_and_what_is_held() -> None:
    source = SourceFacts(label="Google", held_with_text=41, count=1222, read_on=date(2026, 11, 22))
    assert lines(sources=(source,))[1] == (
        "Google reports 1,222 ratings; 41 reviews with text are held here. Read on 22 November 2026."
    )
    one = replace(source, count=1, count_of="reviews", held_with_text=1, read_on=None)
    assert lines(sources=(one,))[1] == "Google reports 1 review; 1 review with text is held here."
    silent = replace(source, count=None)
    assert not [line for line in lines(sources=(silent,)) if "reports" in line]


@pytest.mark.statement("W60", "T40")
def test_hidden_reviews_are_counted_by_their_neutral_reason() -> None:
    said = lines(hidden=(("privacy", 2), ("abuse", 1), ("legal", 0)))
    assert said[1] == "Not shown: 2 for privacy, 1 for abuse; none is hidden for its rating."
    assert len(lines(hidden=(("abuse", 0),))) == 1


@pytest.mark.statement("W60")
def test_limits_by_age_and_by_law_are_said() -> None:
    said = lines(max_age_days=730, service_only=True, left_out=3)
    assert said[1:] == [
        "Only from the last 2 years.",
        "Reviews about treatment are not shown here, by law.",
        "3 reviews are left out by a rule on advertising.",
    ]
    assert lines(max_age_days=365)[1] == "Only from the last year."
    assert lines(max_age_days=90)[1] == "Only from the last 90 days."


@pytest.mark.statement("W60")
def test_each_source_says_whether_its_authors_are_verified() -> None:
    sources = (SourceFacts(label="Own website"), SourceFacts(label="Example", verified="Only after a visit."))
    assert lines(sources=sources)[1:] == [
        "Own website: the clinic does not verify that authors were patients.",
        "Example about its authors: Only after a visit.",
    ]


@pytest.mark.statement("W60")
def test_what_rules_and_terms_demand_is_said_once() -> None:
    sources = (SourceFacts(label="A", attribution="Google"), SourceFacts(label="B", attribution="Google"))
    said = lines(sources=sources, must_say=frozenset({"results_vary"}))
    assert said[-2:] == ["Results vary; what one person reports may not be typical.", "Source: Google"]


def test_without_quotes_only_the_figures_are_explained() -> None:
    source = SourceFacts(label="Google", count=222, held_with_text=3)
    said = lines(has_quotes=False, hidden=(("abuse", 2),), left_out=5, sources=(source,))
    assert said == [
        "Google reports 222 ratings; 3 reviews with text are held here.",
        "Google: the clinic does not verify that authors were patients.",
    ]
    assert lines(held=0) == []


FACTS = st.builds(
    DisclosureFacts,
    has_quotes=st.booleans(),
    order=st.sampled_from(["date", "page", "mixed", "person"]),
    held=st.integers(0, 3000),
    all_drawn=st.booleans(),
    sources=st.lists(
        st.builds(
            SourceFacts,
            label=st.just("Example"),
            held_with_text=st.integers(0, 50),
            count=st.none() | st.integers(0, 5000),
            count_of=st.sampled_from(["ratings", "reviews"]),
            read_on=st.none() | st.just(date(2026, 11, 22)),
            verified=st.none() | st.just("x"),
            attribution=st.none() | st.just("Example"),
        ),
        max_size=3,
    ).map(tuple),
    hidden=st.lists(st.tuples(st.sampled_from(sorted(HIDE_REASONS)), st.integers(0, 9)), max_size=3).map(tuple),
    max_age_days=st.none() | st.integers(1, 1500),
    left_out=st.integers(0, 9),
    service_only=st.booleans(),
    must_say=st.sets(st.sampled_from(sorted(MUST_SAY))).map(frozenset),
)


@pytest.mark.statement("W57")
@given(FACTS)
def test_french_says_as_much_as_english_and_only_the_drawn_number_stays_open(facts: DisclosureFacts) -> None:
    english, french = lines(facts), lines(facts, "fr")
    assert len(english) == len(french)
    for one, other in zip(english, french, strict=True):
        assert one != other
        assert one.count("{") == one.count("{n}")
        assert one.count("{n}") == other.count("{n}") == other.count("{")


def test_everything_that_a_rule_can_demand_has_its_text() -> None:
    demanded = {key for part in rules.load().rules() for key in part.must_say}
    assert demanded <= set(MUST_SAY)
