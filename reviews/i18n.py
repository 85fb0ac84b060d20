"""Words, numbers and dates in the reader's language.

English texts are the message ids; other languages come from `messages/<language>/*.po`, all files of a folder merged.
Numbers, dates and plural rules are CLDR's, through Babel.
"""

import gettext
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from reviews.model import Precision, ReviewDate

LANGUAGES = ("en", "fr")
MESSAGES = Path(__file__).parent / "messages"


@dataclass(frozen=True, eq=False)
class Words:
    """The interface's words in one language; message ids are the English texts with ``{named}`` places.

    Each is itself and no other, so that what was made with it can be remembered.
    """

    language: str
    locale: Locale
    messages: dict[str, str | tuple[str, ...]] = field(repr=False)
    plural_index: Callable[[int], int] = field(repr=False)

    @cached_property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return str(self.locale.text_direction)

    def text(self, message: str, /, **values: object) -> str:
        """The message in this language, its places filled; unknown messages stay English."""
        found = self.messages.get(message)
        return fill(found if isinstance(found, str) and found else message, values)

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The form that `n` asks for; ``{n}`` is the number with the language's grouping."""
        values = {"n": self.number(n), **values}
        found = self.messages.get(one)
        if isinstance(found, tuple):
            return fill(found[min(int(self.plural_index(n)), len(found) - 1)], values)
        return fill(one if n == 1 else many, values)

    def number(self, value: int) -> str:
        """An integer with the language's grouping."""
        return _number(value, self.language)

    def decimal(self, value: str | Decimal) -> str:
        """A decimal as given, digit for digit, with the language's decimal sign."""
        return _decimal(str(value), self.language)

    def percent(self, value: int) -> str:
        """A whole percentage."""
        return str(format_percent(Decimal(value) / 100, locale=self.locale))

    def day(self, value: date | datetime, zone: tzinfo | None = None) -> str:
        """A date in words, "22 November 2026"; an aware time is first brought to `zone`."""
        if isinstance(value, datetime) and zone is not None:
            value = value.astimezone(zone)
        return _date(
            value.year, value.month, value.day, "d MMMM y" if self.language in ("en", "fr") else "long", self.language
        )

    def month(self, value: date | datetime) -> str:
        """Month and year, "November 2026"."""
        return _date(value.year, value.month, 1, "MMMM y", self.language)

    def moment(self, value: datetime, zone: tzinfo) -> str:
        """Date and time of day in `zone`."""
        return str(format_datetime(value, format="d MMM y, HH:mm", tzinfo=zone, locale=self.locale))

    def review_date(self, value: ReviewDate) -> str:
        """When a review was written, never more exact than known: "November 2026", "2024", "about 2024"."""
        if value.earliest.year != value.latest.year:
            return self.text("about {year}", year=value.earliest.year)
        if value.precision is Precision.YEAR or (value.earliest.year, value.earliest.month) != (
            value.latest.year,
            value.latest.month,
        ):
            year = str(value.earliest.year)
            return self.text("about {year}", year=year) if value.relative else year
        return self.month(value.earliest)


# The same few numbers and days stand many times in all that is drawn of a clinic, and Babel takes its time.
@lru_cache(maxsize=4096)
def _number(value: int, language: str) -> str:
    return str(format_decimal(value, locale=_locale(language)))


@lru_cache(maxsize=1024)
def _decimal(value: str, language: str) -> str:
    given = Decimal(value)
    exponent = given.as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return str(format_decimal(given, format=pattern, locale=_locale(language)))


@lru_cache(maxsize=4096)
def _date(year: int, month: int, day: int, pattern: str, language: str) -> str:
    return str(format_date(date(year, month, day), format=pattern, locale=_locale(language)))


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@dataclass(frozen=True)
class Catalogue:
    """All languages of this release."""

    by_language: dict[str, Words]

    def words(self, language: str | None) -> Words:
        """Words for a BCP 47 tag, reduced to what the release has ("fr-CA" → "fr"), else English."""
        tag = (language or "en").replace("_", "-").split("-")[0].lower()
        return self.by_language.get(tag, self.by_language["en"])


def load() -> Catalogue:
    """Read all message files; raises OSError or babel's PoFileError when one is broken."""
    return Catalogue({language: _load_words(language) for language in LANGUAGES})


def _load_words(language: str) -> Words:
    messages: dict[str, str | tuple[str, ...]] = {}
    for path in sorted((MESSAGES / language).glob("*.po")):
        with path.open("rb") as file:
            for entry in read_po(file, locale=language, abort_invalid=True):
                if not entry.id:
                    continue
                key = entry.id[0] if isinstance(entry.id, (tuple, list)) else entry.id
                value: Any = entry.string
                forms = tuple(value) if isinstance(value, (tuple, list)) else (value,)
                if language == "fr":
                    forms = tuple(map(_french_spaces, forms))
                messages[key] = forms if isinstance(value, (tuple, list)) else forms[0]
    return Words(
        language=language,
        locale=Locale.parse(language),
        messages=messages,
        plural_index=gettext.c2py(Catalog(locale=language).plural_expr),
    )


def _french_spaces(text: str) -> str:
    """French punctuation with the space that belongs to it and that no line may break at; guillemets get theirs."""
    text = re.sub(r"« ?", "«\N{NO-BREAK SPACE}", re.sub(r" ?»", "\N{NO-BREAK SPACE}»", text))
    return re.sub(r" (?=[:;?!%](?:\s|$|\N{NO-BREAK SPACE}))", "\N{NO-BREAK SPACE}", text)


def N_(message: str) -> str:
    """The message itself; marks an English text as a message id where it is translated only later."""
    return message


def fill(message: str, values: dict[str, object]) -> str:
    """Put values into ``{named}`` places; unlike str.format it knows no attributes, so data cannot reach further."""
    for name, value in values.items():
        message = message.replace("{" + name + "}", str(value))
    return message
