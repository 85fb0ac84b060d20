"""How an author may be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.normalize.people import display_author, is_nameless


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("Jane Doe", "Jane D."),
        ("jane doe", "jane D."),
        ("Jane van der Berg", "Jane B."),
        ("Dr. Jane Doe", "Jane D."),
        ("Doe, Jane", "Jane D."),
        ("Jane D.", "Jane D."),
        ("Jane", "Jane"),
        ("Jean-Pierre Durand", "Jean-Pierre D."),
        ("Zoe E\u0301mile", "Zoe E\u0301."),
        ("jane.doe@example.org", "J."),
        ("王小明", "王."),
        ("Anonymous", "Anonymous"),
        ("A Google user", "A Google user"),
        ("x" * 100, "x" * 30),
        ("★★", "?"),
    ],
)
def test_initials_show_at_most_a_first_name_and_one_letter(author: str, expected: str) -> None:
    assert display_author(author, "initials") == expected


def test_as_shown_changes_nothing_and_anonymous_shows_nobody() -> None:
    assert display_author("Jane Doe") == "Jane Doe"
    assert display_author("Jane Doe", "anonymous") is None
    assert display_author(None) is None
    assert display_author("  ", "initials") is None
    with pytest.raises(ValueError, match="as_shown"):
        display_author("Jane", "loudly")


@given(st.text(st.characters(categories=("L", "Z")), max_size=60))
def test_initials_never_show_a_second_name(author: str) -> None:
    shown = display_author(author, "initials")
    names = [name for name in author.split() if any(char.isalnum() for char in name)]
    if shown and not is_nameless(author) and len(names) > 1 and len(names[-1]) > 2:
        assert names[-1] not in shown or names[-1] in names[0]


def test_names_that_name_nobody_are_known() -> None:
    assert is_nameless(None)
    assert is_nameless("ANONYMOUS")
    assert is_nameless(" Anonyme ")
    assert not is_nameless("Ann Onym")
