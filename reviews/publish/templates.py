"""The templates of the public side. Autoescape is always on."""

from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reviews.config import find_folder

STAR = "l2.8 5.9 6.4.8-4.7 4.4 1.2 6.4-5.7-3.1-5.7 3.1 1.2-6.4-4.7-4.4 6.4-.8z"
STARS_PATH = "".join(f"M{10 + 20 * i} 1{STAR}" for i in range(5))


@lru_cache(maxsize=1)
def environment(folder: Path | None = None) -> Environment:
    """The templates; autoescape is on for every file, and an unknown name is an error."""
    found = Environment(
        loader=FileSystemLoader(folder or find_folder("templates") / "widget"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    found.globals.update(stars_path=STARS_PATH, stars_width=stars_width)
    return found


def stars_width(stars100: int) -> str:
    """Width of the filled part in per cent of five stars: `stars100` / 5, exactly ("92", "46.6")."""
    return format((Decimal(stars100) / 5).normalize(), "f")
