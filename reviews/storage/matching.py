"""Which reviews hold the words of a search: by each engine's own index of words, in the order of reading.

Whatever is searched for, what it costs follows from the page that is shown, not from how many reviews there are.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reviews.storage.engine import GroupTransaction

if TYPE_CHECKING:
    from reviews.storage.review_lists import ReviewFilters

SAMPLE, COMMON_IN_SAMPLE = 200, 10
"""Of so many reviews so many hold a word that is common: then walking back reaches a thousand of them sooner."""
SHORTEST, MOST_ENDINGS = 4, 500
"""The beginning of a word is looked up as all words that begin so, from so many letters on and up to so many words; the
index keeps shorter beginnings itself."""
_WORD = re.compile(r"[^\W_\u19b0-\u19c0\u19c8\u19c9\u1cf2\u1cf3]+")
"""Letters and digits, but for those that SQLite's index takes for marks between words; a test compares all."""
_ACCENT = re.compile("[\u0300-\u0331]")
_MARK = "\ue000"
_LAST = "\U0010ffff"


def find_ids(g: GroupTransaction, filters: "ReviewFilters", limit: int) -> list[int]:
    """Ids of the reviews that hold the words, the ones read last first, at most so many."""
    parts = words_of(filters.words, g.tx.dialect)
    if not parts:
        return []
    narrow = {"clinic_id": filters.clinic_id, "source_id": filters.source_id, "is_low": filters.is_low or None}
    present: dict[str, Any] = {name: value for name, value in narrow.items() if value is not None}
    if g.tx.dialect == "sqlite":
        text = _expression(g, parts, filters)
        if text is None:
            return []
    else:
        text = f"{' & '.join(parts)}:*"
        present |= _way(g, text, filters.clinic_id)
    return [row["id"] for row in g.rows("find_matching", words=text, limit=limit, **present)]


def words_of(text: str, dialect: str = "sqlite") -> list[str]:
    """The words of a search as the engine's index has them: small, without the accents that it drops; at most eight.

    Both drop accents of Latin letters, PostgreSQL (migration 13) those of western Europe. What belongs to a letter in
    any other script stays: й is no и, and a Korean syllable no row of letters.
    """
    composed = unicodedata.normalize("NFC", text)
    if dialect == "sqlite":
        plain = "".join(map(_drop_accent, _ACCENT.sub("", composed))).lower().replace("ς", "σ")
        return _WORD.findall(plain)[:8]
    # Letter by letter, as PostgreSQL does: the last sigma of a Greek word in capitals is no other one.
    plain = "".join((_drop_accent(c) if c <= "\xff" or c == "İ" else c).lower() for c in composed)
    parts = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in plain).split()
    return [part for part in parts if any(map(str.isalnum, part))][:8]


def _drop_accent(letter: str) -> str:
    apart = unicodedata.normalize("NFD", letter)
    return apart[0] if apart[0].isascii() else letter


def _expression(g: GroupTransaction, parts: Sequence[str], filters: "ReviewFilters") -> str | None:
    """What SQLite's index is asked; None where no word begins as the last one does.

    It would first gather all reviews of a beginning; those of whole words it gives one by one, from the last one on.
    """
    *whole, last = parts
    beginning = f'"{last}"*'
    if len(last) >= SHORTEST:
        rows = g.tx.rows("find_words", first=last, last=last + _LAST, limit=MOST_ENDINGS + 1)
        if not rows:
            return None
        if len(rows) <= MOST_ENDINGS:
            beginning = _any_of(row["term"] for row in rows)
    return " AND ".join([_place(g, filters), *(f'"{word}"' for word in whole), beginning])


def _place(g: GroupTransaction, filters: "ReviewFilters") -> str:
    """Where the reviews stand, in the words of the index for that."""
    if filters.source_id is not None:
        return f'"{_MARK}s{filters.source_id}"'
    if filters.clinic_id is not None:
        return f'"{_MARK}c{filters.clinic_id}"'
    if g.clinic_ids is not None:
        return _any_of(f"{_MARK}c{clinic_id}" for clinic_id in sorted(g.clinic_ids) or (0,))
    return f'"{_MARK}g{g.group_id}"'


def _any_of(words: Any) -> str:
    return "(" + " OR ".join(f'"{word}"' for word in words) + ")"


def _way(g: GroupTransaction, text: str, clinic_id: int | None) -> dict[str, Any]:
    """How PostgreSQL finds the words: a sample of the newest reviews says whether they are rare or common."""
    where = {} if clinic_id is None else {"clinic_id": clinic_id}
    common: dict[str, Any] = {"common": 1}
    newest = [row["id"] for row in g.rows("find_newest_ids", limit=SAMPLE, **where)]
    if len(g.rows("find_matching", words=text, limit=SAMPLE, ids=newest, **common)) < COMMON_IN_SAMPLE:
        return {"rare": 1}
    return common if clinic_id is None else {**common, "of_clinic": clinic_id}
