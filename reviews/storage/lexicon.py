"""A group's own words, phrases and theme words, on top of those that are shipped."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from reviews.clock import from_text
from reviews.errors import NotFound
from reviews.model import OwnEntry
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.values import new_public_id

if TYPE_CHECKING:
    from reviews.sentiment import OwnScorers, Scorer


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry with who wrote it last, and when."""

    public_id: str
    entry: OwnEntry
    person_name: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PastText:
    """A review to try words on."""

    id: int
    public_id: str
    title: str
    text: str
    language: str | None


def find_version(g: GroupTransaction) -> int:
    """Which state of its words a group is in; 0: it never had any. Grows with every change."""
    row = g.row("find_lexicon")
    return 0 if row is None else int(row["version"])


def find_changed_at(g: GroupTransaction) -> datetime | None:
    """When the words changed last."""
    row = g.row("find_lexicon")
    return None if row is None else from_text(row["changed_at"])


def choose_scorer(g: GroupTransaction, scorers: "OwnScorers") -> "Scorer":
    """The scorer of a group: with its own words, where it has any."""
    return scorers.of(g.group_id, find_version(g), partial(_bare_entries, g))


def find_own_names(tx: Transaction, scorers: "OwnScorers") -> dict[int, str]:
    """The names of the scorers of all groups that have, or had, words of their own."""
    return {
        group_id: scorers.name_of(group_id, version, partial(_bare_entries, tx.group(group_id)))
        for group_id, version in find_versions(tx).items()
    }


def _bare_entries(g: GroupTransaction) -> Iterator[OwnEntry]:
    return (stored.entry for stored in find_entries(g))


def find_versions(tx: Transaction) -> dict[int, int]:
    """The state of each group's own words, for groups that have, or had, any."""
    return {row["group_id"]: row["version"] for row in tx.rows("find_lexicons")}


def find_entries(g: GroupTransaction) -> list[StoredEntry]:
    """All entries of a group by language, kind and term."""
    return [_to_stored(row) for row in g.rows("find_lexicon_entries")]


def get_entry(g: GroupTransaction, public_id: str) -> StoredEntry:
    """One entry; raises NotFound."""
    row = g.row("find_lexicon_entries", public_id=public_id)
    if row is None:
        raise NotFound(f"no entry {public_id}")
    return _to_stored(row)


def put_entry(g: GroupTransaction, entry: OwnEntry, *, person_id: int | None, now: datetime) -> str:
    """Add an entry, or change the one of the same term; its public id. Everything waits for the new words then."""
    rows = g.rows(
        "put_lexicon_entry",
        public_id=new_public_id(),
        language=entry.language,
        kind=entry.kind,
        term=entry.term,
        theme=entry.theme,
        topic=entry.topic,
        points=entry.points,
        leaning=entry.leaning,
        reason=entry.reason,
        person_id=person_id,
        now=now,
    )
    g.run("bump_lexicon", now=now)
    return str(rows[0]["public_id"])


def delete_entry(g: GroupTransaction, public_id: str, now: datetime) -> None:
    """Remove an entry; raises NotFound."""
    if not g.run("delete_lexicon_entry", public_id=public_id):
        raise NotFound(f"no entry {public_id}")
    g.run("bump_lexicon", now=now)


def find_past_texts(g: GroupTransaction, limit: int) -> list[PastText]:
    """The newest texts of a group."""
    return [
        PastText(
            id=row["id"], public_id=row["public_id"], title=row["title"], text=row["text"], language=row["language"]
        )
        for row in g.rows("find_past_texts", limit=limit)
    ]


def _to_stored(row: Row) -> StoredEntry:
    return StoredEntry(
        public_id=row["public_id"],
        entry=OwnEntry(
            language=row["language"],
            kind=row["kind"],
            term=row["term"],
            theme=row["theme"],
            topic=row["topic"],
            points=row["points"],
            leaning=row["leaning"],
            reason=row["reason"],
        ),
        person_name=row["person_name"],
        updated_at=from_text(row["updated_at"]),
    )
