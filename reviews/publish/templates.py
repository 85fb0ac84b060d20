"""The templates of the public side. Autoescape is always on."""

import json
import re
from decimal import Decimal
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.ext import Extension

from reviews.config import find_folder
from reviews.i18n import Words

_FIXED = re.compile(r'words\.text\("([^"\\]+)"\)')
STAR = "l2.8 5.9 6.4.8-4.7 4.4 1.2 6.4-5.7-3.1-5.7 3.1 1.2-6.4-4.7-4.4 6.4-.8z"
STARS_PATH = "".join(f"M{10 + 20 * i} 1{STAR}" for i in range(5))


class _Translated(Extension):
    """Puts words that need no value into a template when it is read: once for a language, not for each clinic."""

    words: Words

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source with ``words.text("…")`` as a literal, which Jinja also escapes only once."""
        return _FIXED.sub(lambda found: json.dumps(self.words.text(found[1]), ensure_ascii=False), source)


@lru_cache(maxsize=8)
def environment(words: Words) -> Environment:
    """The templates in one language; autoescape is on for every file, and an unknown name is an error.

    All know the macros of parts.html and pictures.html, which Jinja would import anew for each rendering.
    """
    found = Environment(
        loader=FileSystemLoader(find_folder("templates") / "widget"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    found.globals.update(stars_path=STARS_PATH, stars_width=stars_width)
    found.add_extension(type("_InLanguage", (_Translated,), {"words": words}))
    macros = {name: found.get_template(f"{name}.html").module for name in ("parts", "pictures")}
    found.globals.update(macros)
    return found


@lru_cache(maxsize=100)
def template(name: str, words: Words) -> Template:
    """One of the templates in this language."""
    found = environment(words).get_template(name)
    found.globals = dict(found.globals)  # copied for each rendering, and what Jinja makes of several is slow to copy
    return found


@lru_cache(maxsize=1000)
def stars_width(stars100: int) -> str:
    """Width of the filled part in per cent of five stars: `stars100` / 5, exactly ("92", "46.6")."""
    return format((Decimal(stars100) / 5).normalize(), "f")
