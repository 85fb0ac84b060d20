"""Bytes of a page → text: byte order mark, then what HTTP says, then what the page says, then what the bytes say.

Follows the order of the WHATWG encoding standard; labels of Latin-1 mean Windows-1252, as in every browser.
"""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([a-zA-Z0-9_.:-]{2,40})""", re.IGNORECASE)
_PRESCAN_BYTES = 4096
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_KNOWN = re.compile(
    r"utf-8|utf-16(-[lb]e)?|iso8859-\d+|cp125\d|cp874|cp866|cp932|cp949|koi8-[ru]|gb18030|big5|euc_jp|iso2022_jp|mac-roman"
)


def decode_page(body: bytes, charset: str | None) -> tuple[str, str]:
    """The text of a page and the name of the encoding it was read with.

    `charset` is the HTTP header's. A declared encoding that does not fit the bytes is not believed.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), name
    declared = [_known(charset), _known_in_meta(body)]
    for candidate in (*declared, "utf-8"):
        if candidate is None:
            continue
        try:
            return body.decode(candidate), candidate
        except UnicodeDecodeError:
            continue
    return _decode_damaged(body)


def _known(label: str | None) -> str | None:
    """Python's name of a text encoding of the web, None for anything else."""
    if not label:
        return None
    try:
        name = codecs.lookup(label.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return None
    name = _WIDER.get(name, name)
    return name if _KNOWN.fullmatch(name) else None


def _known_in_meta(body: bytes) -> str | None:
    found = _META.search(body[:_PRESCAN_BYTES])
    name = _known(found.group(1).decode("ascii")) if found else None
    # A page whose meta element could be read is not UTF-16, whatever it says.
    return "utf-8" if name and name.startswith("utf-16") else name


def _decode_damaged(body: bytes) -> tuple[str, str]:
    """UTF-8 with a few damaged places stays UTF-8; what has more damage than sense is Windows-1252."""
    text = body.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    sound = sum(1 for character in text if character > "\x7f") - damaged
    if damaged <= sound:
        return text, "utf-8"
    return body.decode("cp1252", "replace"), "cp1252"
