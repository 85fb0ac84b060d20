"""Every pattern of the package stays linear on text made to break it."""

import importlib
import pkgutil
import re
import time

import pytest

import reviews.normalize
from reviews.normalize.text import _floods

PUMPS = (
    "a", "A", "1", " ", "\n", " \n", ".", ",", "-", "/", "'", "’", "“", "”", "…", "...", "★", "\u0301", "é", "1,", "1.",
    "1 ", "1' ", "a'", "-a", "View All", "More", "… ", "2024-", "10:00 ", "1h00", "of ", "rated ", "http://",
    "% ", "٣", "( ",
)  # fmt: skip
SIZE = 20_000


def patterns() -> list[tuple[str, re.Pattern[str]]]:
    found = [("text._floods", _floods())]
    for module in pkgutil.iter_modules(reviews.normalize.__path__):
        loaded = importlib.import_module(f"reviews.normalize.{module.name}")
        found += [
            (f"{module.name}.{name}", value) for name, value in vars(loaded).items() if isinstance(value, re.Pattern)
        ]
    return found


@pytest.mark.parametrize(("name", "pattern"), patterns(), ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.statement("T33")
def test_every_pattern_stays_linear_on_pumped_text(name: str, pattern: re.Pattern[str]) -> None:
    for pump in PUMPS:
        for text in ((pump * SIZE)[:SIZE] + "\x00", "“" + (pump * SIZE)[:SIZE] + "!"):
            for method in (pattern.search, pattern.fullmatch, lambda given: pattern.sub("", given)):
                assert _grows_linearly(method, text), (name, pump)


def _grows_linearly(method: object, text: str) -> bool:
    """Whether four times the text costs far less than the sixteen times of a quadratic search, by the best of a few."""
    for _ in range(5):
        long_seconds = min(_seconds(method, text) for _ in range(2))
        short = text[: SIZE // 4] + text[-1]
        if long_seconds < 0.005 or long_seconds < 8 * min(_seconds(method, short) for _ in range(5)):
            return True
    return False


def _seconds(method: object, text: str) -> float:
    started = time.process_time()
    method(text)  # type: ignore[operator]
    return time.process_time() - started


def test_a_quadratic_pattern_is_caught() -> None:
    assert not _grows_linearly(re.compile(r"a*b").search, "a" * SIZE + "!")
