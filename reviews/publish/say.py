"""The words of figures, quotes and listings in one language, and what may stand in an address or a text."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from reviews.i18n import N_, Words, fill
from reviews.model import Figure, Precision, ReviewDate
from reviews.publish.view import ClinicView, FigureView, QuoteView, WidgetView
from reviews.rules.disclosure import HIDE_REASONS

RATING_MARKUP_WHY = N_(
    "Google shows no stars for a clinic from reviews on the clinic's own pages, also not from a widget, and takes no "
    "action because of them. So this changes nothing in its results; it may help other readers of the page. It is "
    "offered only for the clinic's own first-party reviews, and says the same numbers as the page."
)
# NUL and other controls (but tab and line feed), lone surrogates, and code points that are no characters.
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_NOT_ADDRESS = re.compile(rf"{_NOT_TEXT.pattern}|[\s\\]")
# Bidi controls: harmless inside a quote, which is isolated; in a name they could reverse what stands beside it.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CALLING_CODES = {"CA": "1", "US": "1", "FR": "33", "GB": "44", "AU": "61", "BE": "32", "CH": "41", "DE": "49"}
_COMBINING = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_COMBINING_RUN = re.compile(f"({_COMBINING}{{8}}){_COMBINING}+")


def is_plain(text: str) -> bool:
    """Letters, signs and blanks of ASCII only, as most names are: nothing of it need be searched for."""
    return text.isascii() and text.isprintable()


def plain(text: str) -> str:
    """The text without what is not text: control characters, lone surrogates; line ends are line feeds."""
    if is_plain(text):
        return text
    return _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def plain_name(text: str) -> str:
    """A name on one line, without bidi controls and without towers of combining marks."""
    if is_plain(text):
        return " ".join(text.split())
    return " ".join(_COMBINING_RUN.sub(r"\1", _BIDI.sub("", plain(text))).split())


@lru_cache(maxsize=1000)  # the few addresses of a clinic are asked for with each figure and quote
def safe_url(url: str | None, beside: str | None = None) -> str | None:
    """The address if it may be linked: https, or http where the source itself is http on that host; else None.

    With `beside`, the source's own address, the host must be the same or one below or above it.
    """
    if not url or _NOT_ADDRESS.search(url):
        return None
    try:
        parts, home = urlsplit(url), urlsplit(beside or url)
        host, home_host = parts.hostname, home.hostname
        parts.port  # noqa: B018 — raises ValueError for a port that is no number
    except ValueError:
        return None
    if not host or "@" in parts.netloc or parts.scheme not in ("http", "https"):
        return None
    if beside is None:
        return url
    if not home_host or (parts.scheme == "http" and home.scheme != "http"):
        return None
    bare, home_bare = host.removeprefix("www."), home_host.removeprefix("www.")
    is_below, is_above = bare.endswith("." + home_bare), "." in bare and home_bare.endswith("." + bare)
    return url if bare == home_bare or is_below or is_above else None


def web_origin(url: str) -> str | None:
    """The origin of a website as a policy header may name it (CSP 3, host-source): in ASCII; None if there is none."""
    if safe_url(url) is None:
        return None
    parts = urlsplit(url)
    try:
        host = (parts.hostname or "").encode("idna").decode()
    except UnicodeError:
        return None
    if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", host):
        return None
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def telephone_uri(text: str, country: str) -> str | None:
    """The ``tel:`` address (RFC 3966) of a number as written in its country; None without digits."""
    digits = re.sub(r"\D", "", re.split(r"(?i)\b(?:ext|poste|x)\b", text)[0])
    if not digits:
        return None
    if text.strip().startswith("+"):
        return "tel:+" + digits
    code = _CALLING_CODES.get(country.upper())
    if code == "1":
        return "tel:+" + (digits if len(digits) == 11 and digits[0] == "1" else "1" + digits)
    return "tel:" + (f"+{code}{digits.removeprefix('0')}" if code else digits)


@lru_cache(maxsize=1000)
def country_name(words: Words, code: str) -> str:
    """The country in words, or the code as it is."""
    return str(words.locale.territories.get(code.upper(), code))


def stars_label(words: Words, stars100: int) -> str:
    """ "4.6 out of 5 stars", from the value that draws them: half up to one place, no ".0" for whole stars."""
    return words.text("{n} out of 5 stars", n=stars_number(words, stars100, short=True))


def figure_label(words: Words, figure: Figure) -> str | None:
    """ "4.6 out of 5 stars": the same number as `average_text`."""
    average = average_text(words, figure)
    return words.text("{n} out of 5 stars", n=average) if average else None


def stars_number(words: Words, stars100: int, *, short: bool = False) -> str:
    """ "4.6"; with `short` whole numbers lose their ".0"."""
    tenths = (stars100 + 5) // 10
    if short and tenths % 10 == 0:
        return words.number(tenths // 10)
    return words.decimal(f"{tenths // 10}.{tenths % 10}")


def count_text(words: Words, figure: Figure) -> str | None:
    """ "222 ratings" or "222 reviews", as the platform counts."""
    if figure.count is None:
        return None
    if figure.count_of == "ratings":
        return words.plural("{n} rating", "{n} ratings", figure.count)
    return words.plural("{n} review", "{n} reviews", figure.count)


def figure_line(words: Words, shown: FigureView) -> str:
    """The whole figure as one line of text, never one kind in the place of another."""
    figure = shown.figure
    if figure.recommend_percent is not None and figure.stars100 is None:
        share = words.percent(figure.recommend_percent)
        if figure.kind == "sample":
            return words.text("{share} of {count} recommend", share=share, count=words.number(figure.count or 0))
        if figure.count is None:
            return words.text("{share} recommend", share=share)
        return words.text("{share} recommend ({count})", share=share, count=words.number(figure.count))
    count = count_text(words, figure)
    if figure.kind == "sample":
        return _sample_line(words, figure)
    if figure.stars100 is None:
        return words.text("No published rating; {count}", count=count) if count else words.text("No published rating")
    average = words.text("{average} out of 5", average=average_text(words, figure))
    line = f"{average}, {count}" if count else average
    return words.text("{line} (blended)", line=line) if figure.kind == "derived" else line


def average_text(words: Words, figure: Figure) -> str | None:
    """The average as the platform gives it, one decimal, with the language's decimal sign; None without stars."""
    if figure.stars100 is None:
        return None
    return words.decimal(figure.average) if figure.average else stars_number(words, figure.stars100)


def _sample_line(words: Words, figure: Figure) -> str:
    collected = words.plural("{n} review collected", "{n} reviews collected", figure.count or 0)
    if figure.stars100 is None:
        return words.text("No published rating; {collected}", collected=collected)
    mean = stars_number(words, figure.stars100)
    return words.text("No published rating; {collected}, mean {mean}", collected=collected, mean=mean)


def date_machine(value: ReviewDate | None) -> str | None:
    """ "2026-11" or "2024": no more exact than what is known and shown (HTML month and year strings)."""
    if value is None:
        return None
    same_month = (value.earliest.year, value.earliest.month) == (value.latest.year, value.latest.month)
    if value.precision is Precision.YEAR or not same_month:
        return f"{value.earliest.year:04d}"
    return f"{value.earliest.year:04d}-{value.earliest.month:02d}"


def author_text(words: Words, quote: QuoteView) -> str:
    """The author as shown, or the word for one who is not named."""
    return plain_name(quote.author or "") or words.text("Anonymous")


def quote_label(words: Words, quote: QuoteView) -> str | None:
    """What the reviewer gave, in words; None if nothing."""
    if quote.stars100 is not None:
        return stars_label(words, quote.stars100)
    if quote.recommends is None:
        return None
    return words.text("Recommends") if quote.recommends else words.text("Does not recommend")


def disclosure_lines(view: WidgetView, words: Words, *, page: bool = False) -> tuple[str, ...]:
    """The disclosure in this language; ``{n}`` is still open."""
    lines = view.page_disclosure if page else view.disclosure
    return tuple(plain(line) for line in lines.get(words.language, ()))


def filled(lines: tuple[str, ...], words: Words, n: int) -> list[str]:
    """The disclosure with the number that is really drawn."""
    return [fill(line, {"n": words.number(n)}) for line in lines]


def rule_text(words: Words, rule: str) -> str:
    """How quotes are chosen, for the page "How we count"."""
    if rule == "newest":
        return words.text("The newest reviews with text are shown, whatever their stars.")
    return words.text("A person of the clinic chose the quotes after opening each whole review.")


def hide_reason_text(words: Words, reason: str) -> str:
    """The neutral reason in words."""
    return words.text(HIDE_REASONS[reason]) if reason in HIDE_REASONS else reason


def address_fields(words: Words, clinic: ClinicView) -> list[tuple[str, str]]:
    """The parts of the address that are known, in the order of reading: (field, text)."""
    parts = (
        ("street", clinic.street),
        ("locality", clinic.locality),
        ("region", clinic.region),
        ("postal_code", clinic.postal_code),
        ("country", country_name(words, clinic.country) if clinic.country else ""),
    )
    return [(name, plain_name(text)) for name, text in parts if plain_name(text)]
