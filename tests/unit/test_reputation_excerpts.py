"""Fair excerpts: nothing lost, nothing doubled, no praise without its "but"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.reputation.excerpts import excerpt


def sentence(words: int, first: str = "Word") -> str:
    return " ".join([first, *["word"] * (words - 1)]) + "."


def text_of(*lengths: int) -> str:
    return " ".join(sentence(n) for n in lengths)


def head_words(text: str, **options: object) -> int | None:
    """Words of the head, None where the text is whole."""
    found = excerpt(text, **options)  # type: ignore[arg-type]
    assert found.head + (found.rest or "") == text
    return None if found.rest is None else len(found.head.split())


WORDS = st.sampled_from(
    [
        "good",
        "but",
        "mais",
        "Dr.",
        "fine.",
        "over!",
        "…",
        "ok…",
        "\n\n",
        "«oui.»",
        "e.g.",
        "病院。",
        "x" * 90,
        "é",
        'so?"',
        "😀",
    ]
)


@pytest.mark.statement("W12")
@given(
    st.text(max_size=600) | st.lists(WORDS, max_size=160).map(" ".join), st.sampled_from(["fair", "display", "none"])
)
def test_head_and_rest_are_the_text(text: str, mode: str) -> None:
    found = excerpt(text, mode=mode)
    assert found.head + (found.rest or "") == text
    assert found.rest is None or (found.rest.strip() and found.head.strip())
    if mode == "none":
        assert found.rest is None


@given(st.text(max_size=600), st.sampled_from([5, 20, 50]))
def test_the_head_never_gets_dots_of_ours(text: str, limit: int) -> None:
    assert excerpt(text, limit).head.count("…") <= text.count("…")
    assert text.startswith(excerpt(text, limit).head)


@pytest.mark.statement("W12")
@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ((50,), None),
        ((20, 30), None),
        ((20, 25, 20, 20), 45),
        ((40, 12, 30), 52),
        ((45, 10, 30), 45),
        ((41, 18, 40), 41),
        ((20, 40, 30), 60),
        ((50, 7), None),
        ((50, 8), 50),
        ((20, 100), 20),
        ((75, 40), 75),
        ((80, 40), 80),
        ((81, 40), 50),
        ((120,), 50),
        ((55,), None),
    ],
)
def test_the_cut_is_at_the_sentence_end_nearest_to_word_50(lengths: tuple[int, ...], expected: int | None) -> None:
    assert head_words(text_of(*lengths)) == expected


def test_a_cut_after_a_number_of_words_exists_only_without_a_sentence_end_within_80() -> None:
    assert excerpt(text_of(81, 40)).reason == "words"
    assert excerpt(text_of(79, 40)).reason == "sentence"


@pytest.mark.parametrize("marks", ["!", "?", "…", "?!", '."', ".)", ".”", ". »"])
def test_sentences_end_with_their_quotes(marks: str) -> None:
    text = "word " * 44 + f"end{marks} Next " + "word " * 40
    assert excerpt(text).head.endswith(f"end{marks}".removesuffix(" »"))


@pytest.mark.parametrize("word", ["Dr.", "Mrs.", "J.", "e.g.", "St.", "(approx."])
def test_abbreviations_and_initials_end_no_sentence(word: str) -> None:
    text = "Word " * 30 + "stop. " + "word " * 19 + f"{word} Miller " + "word " * 50
    assert head_words(text) == 31


def test_dots_in_the_middle_of_a_sentence_end_none() -> None:
    assert head_words("Word " * 30 + "stop. " + "word " * 18 + "it was... fine " + "word " * 50) == 31


def test_a_blank_line_ends_a_sentence_and_a_line_break_does_not() -> None:
    assert head_words("word " * 47 + "word\n\nWord " + "word " * 40) == 48
    assert head_words("word " * 30 + "word\n\n" + "word " * 15 + "word\nword " + "word " * 40) == 31


@pytest.mark.statement("W13")
@pytest.mark.parametrize(
    "turn", ["But", "However", "although", "except", "only", "until", "mais", "Sauf", "aber", "pero", "Malheureusement"]
)
def test_a_turn_in_the_next_sentence_is_taken_in_or_the_text_is_whole(turn: str) -> None:
    assert head_words(f"{sentence(50)} {sentence(20, turn)} {sentence(30)}") == 70
    assert head_words(f"{sentence(50)} Word {turn} {sentence(18)} {sentence(30)}") == 70
    assert excerpt(f"{sentence(50)} {sentence(40, turn)} {sentence(30)}").reason == "turn"
    assert head_words(f"{sentence(50)} {sentence(40, turn)} {sentence(30)}") is None


@pytest.mark.statement("W13")
def test_turns_in_a_row_are_all_taken_in() -> None:
    assert head_words(f"{sentence(45)} {sentence(10, 'But')} {sentence(10, 'However')} {sentence(30)}") == 65


@pytest.mark.statement("W13")
def test_no_word_cut_before_a_turn_of_the_same_sentence() -> None:
    run_on = "word " * 90 + "but it hurt " + "word " * 30
    assert excerpt(run_on).rest is None
    assert excerpt(run_on.replace("but", "and")).rest is not None


@pytest.mark.statement("W13")
def test_a_mixed_review_is_not_cut_to_its_praise() -> None:
    text = f"{sentence(50, 'Good')} {sentence(30, 'Bad')} {sentence(10, 'Bad')}"

    def sign(part: str) -> int:
        balance = part.count("Good") - part.count("Bad")
        return (balance > 0) - (balance < 0)

    assert excerpt(text, sign=sign).reason == "sign"
    assert excerpt(text, sign=sign).rest is None
    assert head_words(text) == 50
    assert head_words(text.replace("Bad", "Good"), sign=sign) == 50


@pytest.mark.statement("W12")
def test_terms_that_forbid_excerpts_leave_the_text_whole() -> None:
    found = excerpt(text_of(50, 50), mode="none")
    assert (found.rest, found.reason) == (None, "terms")


@pytest.mark.statement("W12")
def test_text_without_spaces_is_cut_near_120_characters() -> None:
    assert len(excerpt("x" * 400).head) == 120
    assert len(excerpt("很好" * 50 + "。" + "很" * 200).head) == 101
    assert excerpt("x" * 150).rest is None
    assert excerpt("很" * 159 + "。很").rest is None
    assert len(excerpt("x" * 119 + "é" * 200).head) == 120
    assert len(excerpt("x" * 119 + "e\u0301" + "y" * 200).head) == 121
    assert len(excerpt("x" * 119 + "👩\u200d👩" + "y" * 200).head) == 122


def test_hostile_lengths_are_cut_quickly() -> None:
    for text in (
        "!" * 50_000,
        "a! " * 20_000,
        "...a " * 10_000,
        "\n \n" * 20_000,
        "but " * 12_500,
        "." * 50_000 + " x",
    ):
        found = excerpt(text)
        assert found.head + (found.rest or "") == text
