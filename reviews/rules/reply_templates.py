"""Replies to begin with: the shipped ones, and how any template is filled. Pure."""

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data" / "reply_templates.toml"
MAX_NAME, MAX_TEXT = 80, 2000
STARS = (0, 1, 2, 3, 4, 5)
_PLACE = re.compile(r"\[[^\[\]\n]{1,200}\]|\{[^{}\n]{0,40}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A text to begin with; `stars` are those it fits, 0 is without stars, and none means all."""

    key: str
    name: str
    language: str
    stars: tuple[int, ...]
    text: str


def load() -> tuple[Template, ...]:
    """The shipped templates; raises OSError, or ValueError (TOML faults too)."""
    return tuple(
        Template(
            key=f"{row['key']}-{row['language']}",
            name=row["name"],
            language=row["language"],
            stars=tuple(row["stars"]),
            text=row["text"],
        )
        for row in tomllib.loads(DATA.read_text(encoding="utf-8"))["template"]
    )


def fits(stars: Collection[int], language: str, *, review_stars: int, review_language: str | None) -> bool:
    """Whether a template with these stars and language fits a review; any language where the review's is unknown."""
    return (not stars or review_stars in stars) and (review_language is None or language == review_language[:2])


def fill(text: str, *, clinic: str, telephone: str) -> str:
    """The text with what the program knows; what it does not know becomes a place that a person fills."""
    known = {"{clinic}": clinic, "{telephone}": telephone}
    for place, value in known.items():
        text = text.replace(place, value or f"[{place[1:-1]}]")
    return text


def find_unfilled(text: str) -> list[tuple[int, int]]:
    """Start and end of every place that nobody has filled: ``[…]`` and ``{…}``."""
    return [match.span() for match in _PLACE.finditer(text)]
