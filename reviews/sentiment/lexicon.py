"""The lexicon as data: words, phrases and theme words of one language, what a clinic adds, and the guards over both.

A table is CSV in UTF-8 with a header: ``word,points,group,reason``, ``phrase,points,group,reason`` or
``theme,topic,word,reason``. Points are half steps from −4 to +4; 0 takes a word out. ``word*`` is any ending.
"""

import csv
import io
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from reviews.sentiment.patterns import MAX_CONTRACTED, MAX_GAPS, MAX_PLACES, TooLong, parse_patterns

GROUPS = {
    "praise": (0.5, 4.0),
    "complaint": (-4.0, -0.5),
    "courtesy": (-2.0, 2.0),
    "condition": (-1.0, 1.0),
    "money": (-4.0, 0.0),
}
"""Least and most points of each group: the sign guard."""
MAY_OPPOSE = ("condition", "courtesy")
TOPICS = {
    "wait_punctuality": "waiting",
    "front_desk": "staff",
    "manner": "staff",
    "explanation": "communication",
    "listening": "communication",
    "time_rushed": "communication",
    "outcome": "treatment",
    "hands_on_comfort": "treatment",
    "booking_phone": "booking",
    "billing_insurance": "billing",
    "upselling_package": "billing",
    "premises_cleanliness": "facility",
    "parking_access": "access",
}
"""Topic → theme. `manner` is how people of the practice behave; the others are the twelve topics of clinic reviews."""
THEMES = tuple(dict.fromkeys(TOPICS.values()))
MUTED = "none"
HEADERS: dict[tuple[str, ...], str] = {
    ("word", "points", "group", "reason"): "words",
    ("phrase", "points", "group", "reason"): "phrases",
    ("theme", "topic", "word", "reason"): "themes",
}
MAX_ROWS = 2_000
MAX_CELL = 400
SHORTEST_PREFIX = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A word or phrase with its points, and why; `source` is ``overlay`` (shipped) or ``own``."""

    term: str
    points: float
    group: str
    reason: str
    source: str = "overlay"


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word or phrase that speaks of a topic."""

    theme: str
    topic: str
    term: str
    reason: str
    source: str = "overlay"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a table: row (the header is 1), column, and an English message id with ``{named}`` places."""

    row: int
    column: str
    message: str
    values: Mapping[str, str]

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.message.format(**self.values)}"


class LexiconError(ValueError):
    """A table was refused; `faults` says where and why. Nothing of it may be used."""

    def __init__(self, faults: Iterable[Fault], name: str = "") -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{name} {fault}".strip() for fault in self.faults))


@dataclass(frozen=True)
class Lexicon:
    """Entries by term; a later layer (group, then clinic) replaces what an earlier one says of the same term."""

    words: Mapping[str, Entry]
    phrases: Mapping[str, Entry]
    keywords: Mapping[tuple[str, str], Keyword]

    def with_own(self, own: "Lexicon") -> "Lexicon":
        """These entries with the other's on top."""
        muted = {term for theme, term in own.keywords if theme == MUTED}
        keywords = {pair: word for pair, word in self.keywords.items() if pair[1] not in muted}
        added = {pair: word for pair, word in own.keywords.items() if pair[0] != MUTED}
        return Lexicon({**self.words, **own.words}, {**self.phrases, **own.phrases}, {**keywords, **added})

    def joined(self, other: "Lexicon") -> "Lexicon":
        """One layer of both: what mutes stays in it."""
        return Lexicon(
            {**self.words, **other.words}, {**self.phrases, **other.phrases}, {**self.keywords, **other.keywords}
        )

    def serialized(self) -> str:
        """All entries as one text in a fixed order, for the scorer's hash; reasons are no part of it."""
        rows = [
            *(f"w {e.term} {e.points} {e.source}" for e in self.words.values()),
            *(f"p {e.term} {e.points} {e.source}" for e in self.phrases.values()),
            *(f"t {k.theme} {k.topic} {k.term}" for k in self.keywords.values()),
        ]
        return "\n".join(sorted(rows))


EMPTY = Lexicon({}, {}, {})


def parse_table(
    text: str,
    *,
    source: str = "own",
    modifiers: Collection[str] = (),
    fold: Callable[[str], str] = str.lower,
    name: str = "",
) -> Lexicon:
    """The entries of one table; its header says which kind. Raises LexiconError with every faulty row and column.

    `modifiers` are the negators and boosters of the language, as `fold` writes words: none may have points of its own.
    """
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    header = tuple(cell.strip().lower() for cell in rows[0]) if rows else ()
    kind = HEADERS.get(header)
    if kind is None:
        expected = " / ".join(",".join(known) for known in HEADERS)
        raise LexiconError([_fault(1, "header", N_("The first row must be {expected}"), expected=expected)], name)
    if len(rows) > MAX_ROWS:
        raise LexiconError([_fault(MAX_ROWS, "header", N_("More than {most} rows"), most=str(MAX_ROWS))], name)
    faults: list[Fault] = []
    found: dict[tuple[str, ...], Entry | Keyword] = {}
    for number, row in enumerate(rows[1:], 2):
        cells = [" ".join(cell.split()) for cell in row]
        if not any(cells):
            continue
        made = _parse_row(number, cells, kind, source)
        if isinstance(made, list):
            faults += made
            continue
        key = (made.term,) if isinstance(made, Entry) else (made.theme, made.term)
        column = "word" if isinstance(made, Keyword) else header[0]
        if isinstance(made, Entry) and _modifies(fold(made.term), modifiers):
            faults.append(_fault(number, column, N_("“{term}” turns or strengthens other words"), term=made.term))
        elif key in found:
            faults.append(_fault(number, column, N_("“{term}” is there twice"), term=made.term))
        found[key] = made
    if faults:
        raise LexiconError(faults, name)
    entries = [entry for entry in found.values() if isinstance(entry, Entry)]
    return Lexicon(
        words={entry.term: entry for entry in entries if _is_word(entry, kind)},
        phrases={entry.term: entry for entry in entries if not _is_word(entry, kind)},
        keywords={(word.theme, word.term): word for word in found.values() if isinstance(word, Keyword)},
    )


def _is_word(entry: Entry, kind: str) -> bool:
    return kind == "words" and " " not in entry.term


def _parse_row(number: int, cells: list[str], kind: str, source: str) -> Entry | Keyword | list[Fault]:
    if len(cells) != 4:
        return [_fault(number, "header", N_("The row has {count} columns, not 4"), count=str(len(cells)))]
    return _keyword(number, cells, source) if kind == "themes" else _entry(number, cells, source, kind)


def N_(message: str) -> str:
    """Marks a text for the translators."""
    return message


def _fault(row: int, column: str, message: str, **values: str) -> Fault:
    return Fault(row, column, message, values)


def _term(cell: str) -> str:
    return cell.lower().replace("’", "'")


def _modifies(term: str, modifiers: Collection[str]) -> bool:
    if term.endswith("*"):
        return any(word.startswith(term[:-1]) for word in modifiers)
    return term in modifiers


def _entry(number: int, cells: list[str], source: str, kind: str) -> Entry | list[Fault]:
    term, group = _term(cells[0]), cells[2].lower()
    column = "word" if kind == "words" else "phrase"
    faults = _term_faults(number, column, term)
    points = _points(cells[1])
    if points is None:
        faults.append(_fault(number, "points", N_("“{given}” is no half step from −4 to 4"), given=cells[1]))
    if group not in GROUPS:
        faults.append(
            _fault(number, "group", N_("“{given}” is none of {known}"), given=cells[2], known=", ".join(GROUPS))
        )
    elif points is not None and points and not GROUPS[group][0] <= points <= GROUPS[group][1]:
        faults.append(
            _fault(number, "points", N_("{points} does not go with the group {group}"), points=cells[1], group=group)
        )
    if source != "own" and not cells[3]:
        faults.append(_fault(number, "reason", N_("Every entry says why")))
    return faults or Entry(term, points or 0.0, group, cells[3], source)


def _keyword(number: int, cells: list[str], source: str) -> Keyword | list[Fault]:
    theme, topic, term = cells[0].lower(), cells[1].lower(), _term(cells[2])
    faults = _term_faults(number, "word", term)
    if theme not in (*THEMES, MUTED):
        known = ", ".join((*THEMES, MUTED))
        faults.append(_fault(number, "theme", N_("“{given}” is none of {known}"), given=cells[0], known=known))
    elif theme != MUTED and TOPICS.get(topic) != theme:
        known = ", ".join(name for name, of in TOPICS.items() if of == theme)
        faults.append(_fault(number, "topic", N_("“{given}” is none of {known}"), given=cells[1], known=known))
    return faults or Keyword(theme, topic, term, cells[3], source)


def _term_faults(number: int, column: str, term: str) -> list[Fault]:
    if len(term) > MAX_CELL:
        return [_fault(number, column, N_("Longer than {most} characters"), most=str(MAX_CELL))]
    if " " not in term and term.endswith("*") and len(term) <= SHORTEST_PREFIX:
        return [_fault(number, column, N_("“{term}” is too short before the *"), term=term)]
    try:
        parse_patterns(term, None)
    except TooLong:
        text = N_("“{term}” is too long: at most {places} words, {gaps} gaps and {contracted} words such as “can't”")
        most = {"places": str(MAX_PLACES), "gaps": str(MAX_GAPS), "contracted": str(MAX_CONTRACTED)}
        return [_fault(number, column, text, term=term[:40], **most)]
    except ValueError:
        return [_fault(number, column, N_("“{term}” is no word or phrase"), term=term)]
    return []


def _points(cell: str) -> float | None:
    try:
        value = float(cell.replace("−", "-").replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= 4 and (value * 2).is_integer() else None


def opposing(words: Mapping[str, Entry], base: Mapping[str, float]) -> list[str]:
    """Words whose sign is opposite to the base lexicon's without being a condition or a courtesy."""
    found = []
    for entry in words.values():
        if entry.group in MAY_OPPOSE or not entry.points:
            continue
        stem = entry.term.removesuffix("*")
        same = [word for word in base if word.startswith(stem)] if entry.term.endswith("*") else [stem]
        found += [entry.term for word in same if base.get(word, 0) * entry.points < 0]
    return found
