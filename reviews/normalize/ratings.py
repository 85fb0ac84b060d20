"""Stars from any scale, exactly: integers in hundredths, from Decimal, never through a float.

Stars are 5 × value / best where the worst is 0, 1 or not given; with a higher worst, linear from [worst, best] onto
[1, 5] (docs/decisions/0003-linear-scale.md). A scale that is not known is refused, not guessed. Absent is None.
"""

import re
from decimal import Decimal
from functools import lru_cache

from reviews.model import Rating, RawRating, RawTotal, ReportedTotal
from reviews.normalize.numbers import parse_count, parse_decimal, plain_digits, words
from reviews.normalize.text import clean_line

MAX_RAW = 200
"""Characters of a raw rating or total that are kept; longer values are no ratings."""
MAX_BEST = Decimal(1000)

UNKNOWN_SCALE = "The rating “{value}” has no known scale."
UNREADABLE = "The rating “{value}” could not be read."
OUTSIDE = "The rating “{value}” lies outside its scale, which goes to {best}."
CONTRADICTION = "The rating “{value}” names one scale, the source another: {best}."


class RatingRefused(ValueError):
    """A rating that must not become stars; `reason` is a message id, `values` fill its places."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = tuple((name, str(value)[:MAX_RAW]) for name, value in values.items())


class UnknownScale(RatingRefused):
    """A rating whose best value nobody has named."""


# "Excellent", "good" and "poor" are missing on purpose: they stand for 5, 4, 2 on one platform and for other stars on
# the next, so a word of praise has no scale. Number words do.
NUMBER_WORDS = {
    word: value
    for value, line in enumerate(
        (
            "one un une eins ein uno una um uma een jeden",
            "two deux zwei dos due dois duas twee dwa dwie",
            "three trois drei tres tre três drie trzy",
            "four quatre vier cuatro quattro quatro cztery",
            "five cinq fünf cinco cinque vijf pięć",
        ),
        start=1,
    )
    for word in line.split()
}
UNSPECIFIED = frozenset({"star_rating_unspecified", "unspecified", "n/a", "na", "none", "null", "nan", "-", "–", "—"})
"""Words for "no rating": Google's enum and what exports write into an empty cell."""

_UNIT = (
    "stars?|étoiles?|etoiles?|sterne?n?|estrellas?|estrelas?|stelle|stella|sterren|ster|"
    "gwiazdk[aię]|gwiazdek|points?|★|⭐"
)
_PREFIX = "rated|rating|score|note|noté|notée|bewertung|calificación|puntuación|valoración|nota|voto|beoordeling|ocena"
_NUMBER = r"-?(?:\d{1,20}(?:[.,]\d{0,20})?|[.,]\d{1,20})"
_FRACTION = {"¼": ".25", "½": ".5", "¾": ".75"}
_OF = re.compile(
    rf"(?:(?:{_PREFIX})\s?:?\s?)?({_NUMBER})\s?(?:{_UNIT})?"
    rf"\s?(?:/|out of|of|sur|von|aus|de|di|su|van|uit|em|z)\s?({_NUMBER})\s?(?:{_UNIT})?\.?"
)
_ONE = re.compile(rf"(?:(?:{_PREFIX})\s?:?\s?)?(?:★|⭐)?\s?({_NUMBER})\s?({_UNIT})?")
_PERCENT = re.compile(rf"({_NUMBER})\s?%")
_WORDS = re.compile(rf"([^\W\d_]{{2,10}})\s?({_UNIT})?")
_DRAWN = re.compile(r"([★⭐🌟✭✮✯]{0,10})([½⯪⯨]?)([☆✩✰⚝]{0,10})")
_TYPED = re.compile(r"(\*{1,10})(½?)()")
_FRACTION_SIGN = re.compile(r"(\d{0,3})\s?([¼½¾])")
_SPACES = re.compile(r"\s+")

YES = words(
    "yes true 1 y positive recommended recommends recommend",
    "oui vrai recommande recommandé ja wahr sí si sim sì tak",
)
NO = words("no false 0 n negative non faux nein falsch não nee nie") | {
    "not recommended", "doesn't recommend", "does not recommend", "ne recommande pas", "not_recommended",
}  # fmt: skip


def normalize_rating(raw: RawRating, *, assume_best: Decimal | int | None = None) -> Rating | None:
    """The rating with its scale and its stars, or None where the source gives none (0 on a scale from 1, 0 of 0).

    The best is what the value itself says ("4.9/5", "93%", "★★★★☆"), else `raw.best`, else 5 for star and number words
    ("4 stars", "FIVE"), else `assume_best`: what bare numbers of this source go up to (schema.org: 5). Raises
    UnknownScale without any best, RatingRefused for what cannot be read, is negative, or lies outside its scale.
    """
    if len(raw.value) > MAX_RAW:
        raise RatingRefused(UNREADABLE, value=raw.value[:40])
    return _normalize(raw.kind, raw.value, raw.best, raw.worst, None if assume_best is None else Decimal(assume_best))


@lru_cache(maxsize=2048)  # a source repeats a handful of values thousands of times
def _normalize(kind: str, value: str, best: str | None, worst: str | None, assume: Decimal | None) -> Rating | None:
    text = _SPACES.sub(" ", plain_digits(value).replace("\ufe0f", "")).strip().lower()
    if not text or text in UNSPECIFIED:
        return None
    if kind == "recommend":
        return _recommendation(value, text)
    if kind != "stars":
        raise RatingRefused(UNREADABLE, value=value)
    found, own_best, is_certain = _read(text, value)
    low, high = _bound(worst, value), _bound(best, value)
    if is_certain and high is not None and own_best != high:
        raise RatingRefused(CONTRADICTION, value=value, best=high)
    if text.endswith("%"):
        low = Decimal(0)
    return _on_scale(value, found, low, next((b for b in (high, own_best, assume) if b is not None), None))


def _on_scale(raw: str, value: Decimal, worst: Decimal | None, best: Decimal | None) -> Rating | None:
    if value < 0 or (worst is not None and worst < 0):
        raise RatingRefused(OUTSIDE, value=raw, best=best if best is not None else "?")
    if value == 0 and (best == 0 or worst is None or worst > 0):
        return None
    if best is None or best <= 0 or best > MAX_BEST or (worst is not None and worst >= best):
        raise UnknownScale(UNKNOWN_SCALE, value=raw)
    if value > best or (worst is not None and value < worst):
        raise RatingRefused(OUTSIDE, value=raw, best=best)
    return Rating(raw=" ".join(raw.split()), value=value, best=best, worst=worst, stars100=stars100(value, best, worst))


def stars100(value: Decimal, best: Decimal, worst: Decimal | None = None) -> int:
    """Hundredths of stars, half up, by whole numbers; the caller has checked that value lies within the scale."""
    base = 0
    if worst is not None and worst > 1:
        value, best, base = value - worst, best - worst, 100
    (top, under), (best_top, best_under) = value.as_integer_ratio(), best.as_integer_ratio()
    numerator, denominator = (500 - base) * top * best_under, under * best_top
    return base + (2 * numerator + denominator) // (2 * denominator)


def _read(text: str, raw: str) -> tuple[Decimal, Decimal | None, bool]:
    """Value, the best that the text itself names, and whether it names it outright."""
    number = parse_decimal(text)
    if number is not None:
        return number, None, False
    if (drawn := _read_drawn(text)) is not None:
        return drawn
    if (sign := _FRACTION_SIGN.fullmatch(text)) is not None:
        return Decimal((sign.group(1) or "0") + _FRACTION[sign.group(2)]), None, False
    if (pair := _OF.fullmatch(text)) is not None:
        value, best = parse_decimal(pair.group(1)), parse_decimal(pair.group(2))
        if value is not None and best is not None:
            return value, best, True
    if (percent := _PERCENT.fullmatch(text)) is not None and (number := parse_decimal(percent.group(1))) is not None:
        return number, Decimal(100), True
    if (one := _ONE.fullmatch(text)) is not None and (number := parse_decimal(one.group(1))) is not None:
        return number, Decimal(5) if one.group(2) else None, False
    word = _WORDS.fullmatch(text)
    if word is not None and word.group(1) in NUMBER_WORDS:
        return Decimal(NUMBER_WORDS[word.group(1)]), Decimal(5), False
    raise RatingRefused(UNREADABLE, value=raw)


def _read_drawn(text: str) -> tuple[Decimal, Decimal | None, bool] | None:
    """Stars drawn or typed; without empty ones they are of five, as everywhere where stars are drawn."""
    text = text.replace(" ", "")
    found = _DRAWN.fullmatch(text) or _TYPED.fullmatch(text)
    if found is None or not (found.group(1) or found.group(3)):
        return None
    full, half, empty = (len(part) for part in found.groups())
    value = Decimal(full) + (Decimal("0.5") if half else 0)
    places = full + half + empty
    if empty:
        return value, Decimal(places), True
    return value, Decimal(5) if places <= 5 else None, False


def _bound(text: str | None, raw: str) -> Decimal | None:
    if text is None or not text.strip():
        return None
    number = parse_decimal(text)
    if number is None:
        raise UnknownScale(UNKNOWN_SCALE, value=raw)
    return number


def _recommendation(raw: str, text: str) -> Rating:
    if text in YES:
        return Rating(raw=" ".join(raw.split()), recommends=True)
    if text in NO:
        return Rating(raw=" ".join(raw.split()), recommends=False)
    raise RatingRefused(UNREADABLE, value=raw)


def normalize_total(
    raw: RawTotal, language: str | None = None, *, assume_best: Decimal | int | None = None
) -> ReportedTotal:
    """What the platform says about itself, parsed; a part that cannot be read, or does not fit its scale, is None.

    `average` is the platform's own digits ("4.60" stays 4.60); it is None without ratings, when it is negative or above
    its best. `stars100` is None where the scale is unknown: the number is then shown as the platform shows it.
    """
    counts = parse_count(raw.rating_count, language), parse_count(raw.review_count, language)
    average = best = worst = stars = None
    try:
        rating = normalize_rating(
            RawRating(value=raw.average or "", best=raw.best, worst=raw.worst), assume_best=assume_best
        )
        if rating is not None and max((count for count in counts if count is not None), default=1) > 0:
            average, best, worst, stars = rating.value, rating.best, rating.worst, rating.stars100
    except UnknownScale:
        average = parse_decimal(raw.average or "")
        average = average if average is not None and average > 0 else None
    except RatingRefused:
        pass
    return ReportedTotal(
        average=average,
        best=best,
        worst=worst,
        stars100=stars,
        rating_count=counts[0],
        review_count=counts[1],
        raw=_total_text(raw),
        url=raw.url,
        recommend_percent=_percent(raw.recommend_share),
    )


def _percent(text: str | None) -> int | None:
    number = parse_decimal(plain_digits(text).strip().removesuffix("%")) if text else None
    if number is None or not 0 <= number <= 100:
        return None
    return int((number + Decimal("0.5")) // 1)


def _total_text(raw: RawTotal) -> str:
    """The platform's words, or its parts in one line, for the record."""
    if raw.text:
        return clean_line(raw.text, MAX_RAW)
    parts = (("average", raw.average), ("best", raw.best), ("ratings", raw.rating_count), ("reviews", raw.review_count))
    return clean_line("; ".join(f"{name} {value.strip()}" for name, value in parts if value and value.strip()), MAX_RAW)
