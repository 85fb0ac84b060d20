"""Foreign text made sane: what comes out can be stored by both databases, shown, hashed and scored.

Entities were decoded once, where the markup was read; they are never decoded again here, so "&lt;b&gt;" written by a
person stays what it is. What comes out is text, not HTML: it is escaped at output, never cleaned of tags.
"""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

MAX_TEXT = 50_000
MAX_TITLE = 500
MAX_AUTHOR = 200
MAX_MARKS = 4
"""Combining marks in a row that a letter keeps; no living script needs more, and floods climb over other lines."""

_ODD = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls; the white ones and the next-line sign become breaks below
    "\xad\u200b\u2060\ufeff\u180e"  # invisible: soft hyphen, zero-width space, word joiner, byte order mark
    "\u202a-\u202e\u2066-\u206f"  # embeddings, overrides, isolates: they can turn round what stands beside the text
    "\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff"  # annotation marks, noncharacters
    "\ud800-\udfff"  # halves of pairs, which no database takes
    "]"
)
_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_PARAGRAPH = re.compile(r" ?\n ?(?:\n ?)*")
_CLOSING = {
    "“": "”",
    "”": "”",
    "„": "“”",
    "«": "»",
    "»": "«",
    "‘": "’",
    "‹": "›",
    "「": "」",
    "『": "』",
    '"': '"',
    "'": "'",
}
MAX_NESTED_QUOTES = 3


def clean_text(text: str | None, limit: int = MAX_TEXT) -> str:
    """Sane text, at most `limit` characters, without quotation marks that enclose the whole; "" for None.

    NFC; no controls, lone surrogates, invisible or direction-turning characters; ends of line are ``\\n``; runs of
    spaces are one space, paragraphs are kept (one empty line at most); no flood of combining marks. Idempotent.
    """
    return clean_and_clip(text, limit)[0] if text else ""


def clean_and_clip(text: str, limit: int = MAX_TEXT) -> tuple[str, bool]:
    """What `clean_text` gives, and whether it had to be shortened."""
    sane, is_cut = clip(_sane(text, limit), limit)
    return strip_quotes(sane), is_cut


def clean_line(text: str | None, limit: int = MAX_TITLE) -> str:
    """Sane text on one line, quotation marks kept; "" for None."""
    if not text:
        return ""
    return clip(_sane(text, limit).replace("\n", " ").replace("  ", " "), limit)[0]


def clean_title(text: str | None) -> str:
    """A title on one line, without enclosing quotation marks; "" for None."""
    return strip_quotes(clean_line(text, MAX_TITLE))


def clean_author(text: str | None) -> str | None:
    """The author as shown at the source, on one line; None where there is none.

    "Anonymous" and "A Google user" stay: that is what the source shows.
    """
    return clean_line(text, MAX_AUTHOR) or None


def clip(text: str, limit: int) -> tuple[str, bool]:
    """The text within `limit` characters, cut after a word where one ends near, and whether it was cut."""
    if len(text) <= limit:
        return text, False
    cut = text[:limit]
    space = max(cut.rfind(" ", limit - 40), cut.rfind("\n", limit - 40))
    return (cut[:space] if space > 0 else cut).rstrip(), True


def _sane(text: str, limit: int) -> str:
    text = text[: 4 * limit]  # whatever follows cannot reach the result of a sane text, and costs time
    is_tidy = text.isprintable() and "  " not in text and text == text.strip()
    if not is_tidy:
        text = _ODD.sub("", _BREAK.sub("\n", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        if (limited := _floods().sub(r"\1", text)) != text:
            text = unicodedata.normalize("NFC", limited)
    return text if is_tidy else _PARAGRAPH.sub(_shorten_break, _SPACES.sub(" ", text)).strip()


def _shorten_break(found: re.Match[str]) -> str:
    return "\n\n" if found.group().count("\n") > 1 else "\n"


@cache
def _floods() -> re.Pattern[str]:
    # Only the basic plane: within it the pattern is a table of bits, beyond it a slow list.
    marks = [chr(code) for code in range(0x300, 0xFFFE) if unicodedata.category(chr(code)) in ("Mn", "Me")]
    return re.compile(f"([{''.join(marks)}]{{{MAX_MARKS}}})[{''.join(marks)}]+")


# ---------------------------------------------------------------- quotation marks
def strip_quotes(text: str) -> str:
    """The text without quotation marks that enclose all of it; "“Good”, he said, “very”" keeps its own."""
    stripped = text
    for _ in range(MAX_NESTED_QUOTES):
        inner = _unquote(stripped)
        if inner is None:
            return stripped
        stripped = inner
    return stripped if _unquote(stripped) is None else text


def _unquote(text: str) -> str | None:
    if len(text) < 2 or text[-1] not in _CLOSING.get(text[0], ""):
        return None
    inner, opening, closing = text[1:-1], text[0], text[-1]
    # An apostrophe stands between letters; any other such mark is a quotation mark of its own.
    inside = re.sub(rf"(?<=\w){closing}(?=\w)", "", inner) if closing in "'’" else inner
    if opening in inside or closing in inside:
        return _unquote_nested(inside, inner, opening, closing)
    return inner.strip()


def _unquote_nested(inside: str, inner: str, opening: str, closing: str) -> str | None:
    """The inner text when the first mark is closed by the last one only."""
    if opening == closing:
        return None
    depth = 1
    for char in inside:
        depth += (char == opening) - (char == closing)
        if depth == 0:
            return None
    return inner.strip() if depth == 1 else None


# ---------------------------------------------------------------- translations
class Split(NamedTuple):
    """The text that the author wrote, and a machine translation that the platform added."""

    original: str
    translation: str | None


_TRANSLATED = "(Translated by Google)"
_ORIGINAL = "(Original)"


def split_translation(text: str) -> Split:
    """Google's envelope, in both orders, undone; every other text comes back whole.

    ``(Translated by Google) T\\n\\n(Original)\\nO`` and ``O\\n\\n(Translated by Google)\\nT``.
    """
    before, mark, after = text.partition(_TRANSLATED)
    if not mark or _TRANSLATED in after:
        return Split(text, None)
    if before.strip():
        original, translation = before, after
        if _ORIGINAL in after or not before[-1].isspace():
            return Split(text, None)
    else:
        translation, original_mark, original = after.partition(_ORIGINAL)
        if not original_mark:
            return Split(text, None)
    if not original.strip() or not translation.strip():
        return Split(text, None)
    return Split(original.strip(), translation.strip())
