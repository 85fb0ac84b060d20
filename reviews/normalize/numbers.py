"""Numbers as pages write them: counts with grouping and suffixes, decimals with comma or point, any digits.

No number becomes a float. What can be read in two ways is not read at all.
"""

import re
from decimal import Decimal


def words(*lines: str) -> frozenset[str]:
    """A table of words, written as plain lines."""
    return frozenset(" ".join(lines).split())


MAX_COUNT = 10_000_000_000
"""Above this a count is a telephone number or an accident; it also fits every database's integer."""
MAX_CHARS = 64

DECIMAL_COMMA = frozenset(
    {"fr", "de", "es", "it", "pt", "nl", "pl", "sv", "da", "nb", "no", "fi", "cs", "tr", "ru", "uk"}
)
"""Languages that write 1.426,5 or 1 426,5. All others are read as 1,426.5."""

_GROUP_SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009\u2007\u2008\u2002\u2003\u200a\t\n\r", " "))
_SIGNS = str.maketrans(
    {"٫": ".", "٬": ",", "．": ".", "，": ",", "’": "'", "−": "-", "–": "-", "／": "/", "％": "%", "٪": "%"}
)

SUFFIXES = {
    "k": 1_000, "tsd": 1_000, "tys": 1_000, "mil": 1_000, "mila": 1_000, "千": 1_000, "천": 1_000,
    "m": 1_000_000, "mio": 1_000_000, "mln": 1_000_000, "mn": 1_000_000, "万": 10_000, "萬": 10_000, "만": 10_000,
}  # fmt: skip
"""Multipliers that stand behind a number; `mil` is Spanish and Portuguese for thousand."""

NO_WORDS = words(
    "no none zero aucun aucune zéro keine kein null ninguna ninguno ningún sin nessuna nessun geen brak nenhuma nenhum"
)
"""Words that say that there are none: "aucun avis", "no reviews yet"."""

_NUMBER = re.compile(r"\d(?:[\d.,']| (?=\d{3}(?!\d))){0,30}")
_WORD = re.compile(r"[^\W\d_]{1,12}")
_PLAIN = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}([,.' ])\d{2,3}(?:\1\d{2,3}){0,6}", re.ASCII)


def plain_digits(text: str) -> str:
    """The text with every decimal digit as ASCII, Arabic and full-width number signs as ``.`` and ``,``."""
    if text.isascii():
        return text
    text = text.translate(_GROUP_SPACES).translate(_SIGNS)
    return "".join(str(int(char)) if char.isdecimal() else char for char in text)


def parse_decimal(text: str, language: str | None = None) -> Decimal | None:
    """The number that the whole text is ("4,6", "٤٫٥", "-1", "1,426.5"), or None; exponents and words are not read.

    A single comma or point is the decimal sign: ratings are not thousands. With both signs, the last one is.
    """
    text = plain_digits(text).strip()
    if not text or len(text) > MAX_CHARS:
        return None
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        sign, group = (",", ".") if comma > point else (".", ",")
        whole, _, part = text.rpartition(sign)
        digits = _ungroup(whole.lstrip("+-"), group)
        if digits is None or not part.isdigit():
            return None
        text = f"{'-' if text.startswith('-') else ''}{digits}.{part}"
    elif comma >= 0:
        text = text.replace(",", ".")
    return Decimal(text) if _PLAIN.fullmatch(text) else None


def parse_count(text: str | None, language: str | None = None) -> int | None:
    """How many the text says there are: "1,426", "1 426 avis", "(222)", "4.6 K", "200+", "aucune" → 0; else None.

    A count is whole, so a sign before exactly three digits groups them, in every language ("1,426", "1.426"). Before a
    suffix the page's `language` decides: "1.426 K" is 1,426 in English, 1,426,000 in German. Two numbers in one text,
    or a fraction without a suffix, are not read.
    """
    if text is None:
        return None
    text = plain_digits(text).translate(_GROUP_SPACES).strip()
    if not text or len(text) > MAX_CHARS:
        return None
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        first = _WORD.search(text.lower())
        return 0 if first and first.group() in NO_WORDS else None
    if len(numbers) > 1 or text[: numbers[0].start()].rstrip().endswith("-"):
        return None
    number = numbers[0].group().strip(".,' ")
    word = _WORD.match(text[numbers[0].end() :].lstrip().lower())
    factor = SUFFIXES.get(word.group(), 1) if word else 1
    value = _scaled(number, factor, language) if factor > 1 else _whole(number)
    return value if value is not None and value <= MAX_COUNT else None


def _scaled(number: str, factor: int, language: str | None) -> int | None:
    sign = "," if (language or "en").lower().partition("-")[0] in DECIMAL_COMMA else "."
    if _GROUPED.fullmatch(number) and sign not in number:
        whole = _whole(number)
        return whole * factor if whole is not None else None
    value = parse_decimal(number)
    scaled = value * factor if value is not None else None
    return int(scaled) if scaled is not None and scaled == scaled.to_integral_value() else None


def _whole(number: str) -> int | None:
    if number.isdigit():
        return int(number)
    grouped = _GROUPED.fullmatch(number)
    digits = _ungroup(number, grouped.group(1)) if grouped else None
    return int(digits) if digits else None


def _ungroup(text: str, sign: str) -> str | None:
    """The digits of "1,426" or "12,34,567" (the last group always has three), else None."""
    first, *groups = text.split(sign)
    if not first.isdigit() or not all(group.isdigit() for group in groups):
        return None
    if groups and (len(first) > 3 or len(groups[-1]) != 3 or any(len(group) not in (2, 3) for group in groups)):
        return None
    return "".join((first, *groups))
