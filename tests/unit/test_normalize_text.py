"""Foreign text: sane, storable, and nothing of it lost that a person wrote."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.normalize.text import (
    MAX_AUTHOR,
    MAX_MARKS,
    MAX_TEXT,
    clean_and_clip,
    clean_author,
    clean_line,
    clean_text,
    clean_title,
    clip,
    split_translation,
    strip_quotes,
)


@pytest.mark.statement("F7", "A1")
@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        (None, ""),
        ("", ""),
        ("  Good   care \t here ", "Good care here"),
        ("One\r\nTwo\rThree", "One\nTwo\nThree"),
        ("One \n\n \n\n Two", "One\n\nTwo"),
        ("Cafe\u0301", "Café"),
        ("a\x00b\x07c\x1bd", "abcd"),
        ("a\u2028b\x85c\x0bd", "a\nb\nc\nd"),
        ("\ud83d broken \udc00", "broken"),
        ("non\u00a0breaking\u3000space", "non breaking space"),
        ("zero\u200bwidth\ufeff\u00ad", "zerowidth"),
        ("safe\u202egnp.exe\u202c", "safegnp.exe"),
        ("\u2067abc", "abc"),
        ("\u200f\u05e9\u05dc\u05d5\u05dd", "\u200f\u05e9\u05dc\u05d5\u05dd"),
        ("👩\u200d⚕️ good", "👩\u200d⚕️ good"),
        ("&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("\ufdfa", "\ufdfa"),
    ],
)
def test_text_is_made_sane_and_never_decoded_again(given_text: str | None, expected: str) -> None:
    assert clean_text(given_text) == expected


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("“Good care.”", "Good care."),
        ('"Good care."', "Good care."),
        ("« Très bien. »", "Très bien."),
        ("„Sehr gut.“", "Sehr gut."),
        ("‘Good’", "Good"),
        ("'It's great'", "It's great"),
        ("‘It’s great’", "It’s great"),
        ("“““three”””", "three"),
        ("“He said “wow” to me”", "He said “wow” to me"),
        ("“Good”, he said, “very”", "“Good”, he said, “very”"),
        ('"Good" and "kind"', '"Good" and "kind"'),
        ("“Good", "“Good"),
        ("5'", "5'"),
        ("“”", ""),
        ('"', '"'),
    ],
)
def test_quotation_marks_go_only_when_one_pair_encloses_everything(given_text: str, expected: str) -> None:
    assert strip_quotes(given_text) == expected
    assert strip_quotes(expected) == expected


def test_a_flood_of_combining_marks_is_capped() -> None:
    text = clean_text("Z" + "\u0301\u0328\u20dd" * 5_000 + "x")
    marks = sum(1 for char in text if unicodedata.category(char) in ("Mn", "Me"))
    assert marks <= MAX_MARKS
    assert text[-1] == "x"


def test_long_texts_are_cut_after_a_word_and_say_so() -> None:
    text, is_cut = clean_and_clip("word " * 20_000)
    assert is_cut
    assert MAX_TEXT - 40 <= len(text) <= MAX_TEXT
    assert text.endswith("word")
    assert clean_and_clip("short") == ("short", False)
    assert clip("x" * 50, 10) == ("x" * 10, True)
    assert len(clean_author("n" * 1000) or "") == MAX_AUTHOR


def test_authors_and_titles_are_one_line_and_stay_as_shown() -> None:
    assert clean_author("  Jane\n Doe ") == "Jane Doe"
    assert clean_author("A Google user") == "A Google user"
    assert clean_author("Anonymous") == "Anonymous"
    assert clean_author(" \u200b ") is None
    assert clean_author(None) is None
    assert clean_title("“Great\nplace”") == "Great place"
    assert clean_line("“Great” place") == "“Great” place"


@pytest.mark.parametrize(
    ("text", "original", "translation"),
    [
        ("(Translated by Google) Very good\n\n(Original)\nTrès bien", "Très bien", "Very good"),
        ("Très bien\n\n(Translated by Google)\nVery good", "Très bien", "Very good"),
        ("(Translated by Google) Very good (Original) Très bien", "Très bien", "Very good"),
        ("Très bien", "Très bien", None),
        ("(Translated by Google) Very good", "(Translated by Google) Very good", None),
        ("(Original) is what I say", "(Original) is what I say", None),
        ("It said(Translated by Google) odd", "It said(Translated by Google) odd", None),
        (
            "a (Translated by Google) b (Translated by Google) c",
            "a (Translated by Google) b (Translated by Google) c",
            None,
        ),
    ],
)
@pytest.mark.statement("D3")
def test_the_translation_envelope_is_undone_in_both_orders_and_nothing_else(
    text: str, original: str, translation: str | None
) -> None:
    assert split_translation(text) == (original, translation)


HOSTILE = st.text(
    st.characters() | st.sampled_from(list("\u202e\u2066\x00\u0301\u0323\u200d\ufe0f \n\r\t\"'“”‘’«»„.")), max_size=200
)


@given(HOSTILE | st.text(st.sampled_from(list("“”\"'‘’ a\n")), max_size=40))
@pytest.mark.statement("Q3")
def test_clean_text_is_idempotent_nfc_without_controls_and_storable(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert clean == clean.strip()
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in clean if char != "\n")
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(clean)
    assert "  " not in clean
    assert "\n\n\n" not in clean
    clean.encode("utf-8")


@given(HOSTILE)
@pytest.mark.statement("Q3")
def test_lines_are_idempotent_and_one_line(text: str) -> None:
    line = clean_line(text)
    assert clean_line(line) == line
    assert "\n" not in line
    assert len(line) <= 500


@given(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=100))
def test_letters_digits_and_signs_are_never_lost(text: str) -> None:
    expected = unicodedata.normalize("NFC", text)
    kept = clean_line(text)
    assert [c for c in kept if c.isalnum()] == [c for c in expected if c.isalnum()]


@given(st.text(st.sampled_from(list("ab \n.")), max_size=120_000 // 1000))
def test_clip_never_exceeds_its_limit(text: str) -> None:
    for limit in (1, 10, 50):
        cut, is_cut = clip(text, limit)
        assert len(cut) <= limit
        assert is_cut == (len(text) > limit)
