"""Texts that a page hides half of, joined again: each word once, and nobody's own words taken for a button."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.normalize.text import clean_text
from reviews.normalize.view_all import join_view_all


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“I came with a sore knee and after 3 ...” View Allvisits it was gone.”",
         "I came with a sore knee and after 3 visits it was gone."),
        ("“Kind from start ... ” View All to finish, thank you.”",
         "Kind from start to finish, thank you."),
        ("Kind from start… Lire la suite et rapide",
         "Kind from start et rapide"),
        ("Von Anfang an … Mehr anzeigen freundlich. Weniger anzeigen",
         "Von Anfang an freundlich."),
        ("Desde el primer día ... Leer más me sentí bien.",
         "Desde el primer día me sentí bien."),
        ("Kind from start … Read More to finish. Show less",
         "Kind from start to finish."),
        ("Kind from start…\nRead more\nto finish",
         "Kind from start to finish"),
        ("Very profess...View Allional people",
         "Very professional people"),
        ("They took time. ...” View AllNobody was rushed.”",
         "They took time. Nobody was rushed."),
        ("Kind from the first day to … See more from the first day to the last.",
         "Kind from the first day to the last."),
        ("The knee is well after two visits...” View AllThe knee is well after two visits and I run again.",
         "The knee is well after two visits and I run again."),
    ],
)  # fmt: skip
def test_a_text_cut_by_a_label_becomes_one_text_once(text: str, expected: str) -> None:
    joined = join_view_all(text)
    assert (clean_text(joined.text), joined.cut) == (expected, False)


@pytest.mark.parametrize(
    "label", ["View All", "Read more", "Lire la suite", "Voir plus", "Mehr", "Leer más", "See more", "more".title()]
)
def test_a_label_with_nothing_behind_it_says_that_the_text_is_cut(label: str) -> None:
    for text in (f"Kind from start… {label}", f"“Kind from start ...” {label} ", f"Kind from start...{label}”"):
        joined = join_view_all(text)
        assert joined.cut
        assert joined.text.strip("“ ") == "Kind from start"


@pytest.mark.parametrize(
    "text",
    [
        "I had to wait... Read more books next time.",
        "Ich fand es toll … Mehr kann man nicht sagen.",
        "Toll … Mehrwert geboten",
        "Click View All to see the rest. It works.",
        "I read more about it... and came back.",
        "It was fine... more or less.",
        "Read more of these reviews",
        "... View All",
        "A plain text without any label.",
        "",
    ],
)
def test_words_that_a_person_wrote_stay(text: str) -> None:
    if text == "... View All":
        assert join_view_all(text).text == ""
    else:
        assert join_view_all(text) == (text, False)


WORDS = st.lists(
    st.sampled_from(["the", "staff", "were", "kind", "and", "patient", "with", "my", "old", "knee", "today", "again"]),
    min_size=7,
    max_size=40,
)


@given(
    WORDS,
    st.integers(1, 100),
    st.sampled_from(["View All", "Read More", "Voir plus", "Mehr anzeigen", "Ver más"]),
    st.booleans(),
)
def test_wherever_it_is_cut_every_word_comes_back_once(
    words: list[str], place: int, label: str, is_quoted: bool
) -> None:
    numbered = [f"{word}{index}" for index, word in enumerate(words)]
    place = 1 + place % (len(numbered) - 1)
    head, rest = " ".join(numbered[:place]), " ".join(numbered[place:])
    text = f"“{head} ...” {label}{rest}”" if is_quoted else f"{head} ... {label}{rest}"
    assert clean_text(join_view_all(text).text).split() == numbered


@given(st.text(max_size=200))
def test_a_text_without_a_label_is_never_touched(text: str) -> None:
    if not any(word in text.lower() for word in ("more", "all", "plus", "mehr", "más", "less", "review", "tout")):
        assert join_view_all(text).text == text
