"""Short questions about a text: is it something said, does it stand in quotation marks."""

import re

MIN_TEXT = 12
_WORD = re.compile(r"\w[\w'’.-]*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


def is_sentence(text: str) -> bool:
    """Whether a text is long enough to be what somebody says."""
    if len(_CJK.findall(text)) >= 6:
        return True
    return len(text) >= MIN_TEXT and len(_WORD.findall(text)) >= 3


_PREDICATE = re.compile(
    r"(?:recommends|(?:doesn['’]t|does not) recommend|reviewed|empfiehlt|recommande|recomienda|consiglia|raccomanda|"
    r"poleca|beveelt)\b[^!?]{0,70}\Z",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"\([^()]{1,60}\)\W*\Z")
_PART_IN_LIFE = re.compile(
    r"\b(?:patient\w*|client[es]?|cliente|clienta|customer|kund(?:e|in)|klient\w*|pacjent\w*|paciente|paziente|student|"
    r"(?:since|seit|depuis|desde|dal|od) (?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?…。！？]\W*\Z")


def is_beside_the_point(text: str) -> bool:
    """Whether a text is what a page says of somebody rather than what somebody says.

    "recommends Larch Dental", "(verified owner) –", "Root canal patient", "Paciente desde 2019".
    """
    if _PREDICATE.match(text) or _IN_BRACKETS.match(text):
        return True
    return len(text.split()) <= 5 and not _ENDS.search(text) and bool(_PART_IN_LIFE.search(text))


def is_quoted(text: str) -> bool:
    """Whether quotation marks enclose a text."""
    text = text.strip()
    return (len(text) > 10 and text[0] in '"“„«『「”' and text[-1] in '"”“»«』」') or (
        len(text) > 10 and text[0] in "'‘" and text[-1] in "'’"
    )


def unquoted(text: str) -> str:
    """The text without quotation marks that enclose it, or that stand only at its one end."""
    text = text.strip()
    if is_quoted(text):
        inner = text[1:-1].strip()
        if text[0] != text[-1] or text[0] not in inner:
            return inner
        return text
    for sign, other in (("“", "”"), ("„", "”“"), ("«", "»"), ('"', '"')):
        if text[:1] == sign and not any(mark in text[1:] for mark in other):
            return text[1:].strip()
    if text[-1:] in "”»" and not any(mark in text[:-1] for mark in "“„«"):
        return text[:-1].strip()
    return text
