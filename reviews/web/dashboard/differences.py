"""What changed between two versions of a text, word by word."""

import re
from difflib import SequenceMatcher

MAX_WORDS = 3000


def differences(old: str, new: str) -> list[tuple[str, str]]:
    """Pieces in reading order: ("same" | "del" | "ins", text). Long texts are compared as two whole pieces."""
    if old == new:
        return [("same", new)] if new else []
    before, after = re.findall(r"\s+|\w+|[^\w\s]", old), re.findall(r"\s+|\w+|[^\w\s]", new)
    if len(before) + len(after) > MAX_WORDS:
        return [piece for piece in (("del", old), ("ins", new)) if piece[1]]
    pieces = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(("same", "".join(before[a:b])))
            continue
        if b > a:
            pieces.append(("del", "".join(before[a:b])))
        if d > c:
            pieces.append(("ins", "".join(after[c:d])))
    return pieces
