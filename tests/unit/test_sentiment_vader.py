"""The fast path gives the numbers of vaderSentiment to the last bit, its quirks included."""

import random
from collections.abc import Iterator
from importlib.metadata import version

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment import vaderSentiment as library

from reviews.sentiment.loading import VADER_VERSION
from reviews.sentiment.vader import Vader, points_of
from reviews.sentiment.vocabulary import MAX_REMEMBERED, Vocabulary

LIBRARY = library.SentimentIntensityAnalyzer()
OURS = Vader()
SPECIAL = (
    "so this never without doubt at least very but BUT no NO nor or just enough kind of sort the bomb shit to die for"
)
KINDS = (
    list(LIBRARY.lexicon),
    library.NEGATE,
    list(library.BOOSTER_DICT),
    SPECIAL.split(),
    " ".join(library.SPECIAL_CASES).split(),
    list(LIBRARY.emojis),
)
JOINS = (" ", " ", " ", "  ", "\n", "\t", "\xa0", "\x1c", "\u2028", "", "-")


def nonsense(count: int, longest: int, seed: int) -> Iterator[str]:
    """Texts that visit every rule: negation, boosters, idioms, "but", capitals, emoji, marks, odd white space."""
    rng = random.Random(seed)
    for _ in range(count):
        text = ""
        for kind in rng.choices(KINDS, weights=(30, 10, 10, 30, 10, 6), k=rng.randint(0, longest)):
            word = rng.choice(kind)
            word = word.upper() if rng.random() < 0.15 else word
            mark = rng.choice(("!", "?", ".", ",", "!!!", "??", "...", '"', "…")) if rng.random() < 0.2 else ""
            text += word + mark + rng.choice(JOINS)
        yield text


@pytest.mark.statement("V30")
def test_thousands_of_nonsense_texts_get_the_librarys_numbers() -> None:
    differing = [text for text in nonsense(6_000, 16, 1) if OURS.stock(text) != LIBRARY.polarity_scores(text)]
    assert differing == []


@pytest.mark.statement("V30")
def test_long_texts_with_a_but_repeat_the_librarys_habit_of_finding_the_first_equal_value() -> None:
    texts = [f"{text} but {text}" for text in nonsense(40, 200, 2)]
    assert max(len(points_of(list(map(OURS._vocabulary.__getitem__, text.split())))) for text in texts) > 64
    assert [OURS.stock(text) for text in texts] == [LIBRARY.polarity_scores(text) for text in texts]


@pytest.mark.statement("V30")
@settings(max_examples=200)
@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from([w for kind in KINDS for w in kind[:400]]), max_size=12).map(" ".join)
)
def test_any_text_gets_the_librarys_numbers(text: str) -> None:
    assert OURS.stock(text) == LIBRARY.polarity_scores(text)


@pytest.mark.statement("V30")
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ":)",
        "no good, nor any better without doubt",
        "NOT the least kind of good, yeah right",
        "he was never so kind and this is not so this great",
        "the shit hit the fan, a bad ass of a day, to die for it was good",
        "good but good but good",
        "GREAT GREAT",
        "kind of",
        "Good😀bad ©☺️ 😀😀",
        "no no good",
        "at least good, very least good, the least good",
    ],
)
def test_quirks_are_kept(text: str) -> None:
    assert OURS.stock(text) == LIBRARY.polarity_scores(text)


def test_the_version_that_was_compared_is_the_one_installed() -> None:
    assert version("vaderSentiment") == VADER_VERSION


@pytest.mark.statement("V32")
def test_the_memory_for_tokens_has_a_cap_and_forgetting_changes_nothing() -> None:
    words = Vocabulary(library_rules(), lambda lower: (LIBRARY.lexicon.get(lower), "vader"))
    for number in range(MAX_REMEMBERED + 500):
        _ = words[f"word{number}"]
    assert len(words) <= MAX_REMEMBERED
    assert words["good"].value == LIBRARY.lexicon["good"]
    _ = words["x" * 1_000]
    assert "x" * 1_000 not in words


def library_rules():  # type: ignore[no-untyped-def]
    from reviews.sentiment.vader import ENGLISH

    return ENGLISH


@pytest.mark.statement("V5")
@pytest.mark.parametrize(
    "sentence",
    [
        "The least kind desk, the best hands",
        "No good came of it, nor any happy day without doubt",
        "She is kind of funny and sort of wonderful, to die for",
        "NOT funny, the shit hit the fan, yeah right",
        "wonderful but hated",
        "VERY wonderful and barely funny",
    ],
)
def test_points_of_words_are_the_librarys_before_its_compound(sentence: str) -> None:
    words = [word.strip(",") for word in sentence.split()]
    seen: list[list[float]] = []
    analyzer = library.SentimentIntensityAnalyzer()
    analyzer.score_valence = lambda sentiments, text: seen.append(list(sentiments)) or {}
    analyzer.polarity_scores(sentence)
    ours = dict(points_of(list(map(OURS._vocabulary.__getitem__, sentence.split()))))
    assert [ours.get(at, 0.0) for at in range(len(words))] == seen[0]
