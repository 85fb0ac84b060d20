"""The scorer of a group: the shipped lexicon with the group's own entries on top."""

import csv
import io
from collections import OrderedDict
from collections.abc import Callable, Iterable

from reviews.model import OwnEntry
from reviews.sentiment.lexicon import EMPTY, HEADERS, Lexicon, LexiconError
from reviews.sentiment.scorer import Scorer

KEPT = 8
"""So many groups' scorers are kept ready: each holds some MB."""


class OwnScorers:
    """Scorers by group and state of its words; made when asked for, and kept while they are used."""

    def __init__(self, base: Scorer) -> None:
        self.base = base
        self._kept: OrderedDict[tuple[int, int], Scorer] = OrderedDict()
        self._names: dict[int, tuple[int, str]] = {}

    def of(self, group_id: int, version: int, find_entries: Callable[[], Iterable[OwnEntry]]) -> Scorer:
        """The scorer of a group whose words are in this state; 0 is a group without any."""
        if not version:
            return self.base
        key = (group_id, version)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = with_entries(self.base, find_entries())
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def name_of(self, group_id: int, version: int, find_entries: Callable[[], Iterable[OwnEntry]]) -> str:
        """The name of that scorer, without making it again."""
        known = self._names.get(group_id)
        if known is None or known[0] != version:
            known = self._names[group_id] = (version, self.of(group_id, version, find_entries).name)
        return known[1]


def with_entries(base: Scorer, entries: Iterable[OwnEntry]) -> Scorer:
    """The scorer with these entries on top; one that today's guards refuse is left out, the others work."""
    layers: dict[str, Lexicon] = {}
    for entry in sorted(entries, key=lambda each: (each.language, each.kind, each.term, each.theme)):
        if entry.language not in base.languages:
            continue
        try:
            made = base.parse_own(to_table([entry]), entry.language)
        except LexiconError:
            continue
        layers[entry.language] = layers.get(entry.language, EMPTY).joined(made)
    return base.with_own({language: [layer] for language, layer in layers.items()})


def to_table(entries: Iterable[OwnEntry]) -> str:
    """Entries of one kind as the table that `parse_own` reads."""
    rows = list(entries)
    kind = rows[0].kind
    header = next(names for names, of in HEADERS.items() if of == kind)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for entry in rows:
        if kind == "themes":
            writer.writerow([entry.theme, entry.topic, entry.term, entry.reason])
        else:
            writer.writerow(
                [entry.term, "" if entry.points is None else f"{entry.points:g}", entry.leaning, entry.reason]
            )
    return out.getvalue()


def to_entries(table: Lexicon, language: str) -> list[OwnEntry]:
    """What a parsed table holds, as entries to store."""
    found = [
        OwnEntry(language=language, kind=kind, term=e.term, points=e.points, leaning=e.group, reason=e.reason)
        for kind, of in (("words", table.words), ("phrases", table.phrases))
        for e in of.values()
    ]
    found += [
        OwnEntry(language=language, kind="themes", term=k.term, theme=k.theme, topic=k.topic, reason=k.reason)
        for k in table.keywords.values()
    ]
    return found
