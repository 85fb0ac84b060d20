"""Every hint that the doors and the error tree give to staff is there in every language."""

import inspect
from types import ModuleType

import pytest

from reviews import errors, i18n
from reviews.fetcher import addresses, body, fetcher, robots, session
from reviews.sandbox import pool

DOORS: tuple[ModuleType, ...] = (addresses, body, fetcher, robots, session, pool)
KINDS = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, errors.ReviewsError)]
HINTS = {kind.hint_default for kind in KINDS}
for door in DOORS:
    HINTS |= {text for name, text in vars(door).items() if name.startswith("HINT_")}


@pytest.mark.parametrize("hint", sorted(HINTS))
def test_a_hint_is_translated_and_says_it_in_two_or_three_sentences(hint: str):
    french = i18n.load().words("fr").text(hint)
    assert french != hint
    assert all(text.endswith(".") and len(text) < 200 for text in (hint, french))
    assert hint.count(". ") <= 2
