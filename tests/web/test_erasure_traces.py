"""People who ask to be forgotten: no trace of them in any table, any copy on disk, the database file or its log."""

import hashlib
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reviews import i18n
from reviews.model import Review
from reviews.storage import Storage, erasure, people, review_lists, work
from reviews.storage.catalogue import find_tables
from reviews.storage.manifest import select_all
from reviews.storage.sqlite import SqliteStorage
from tests.conftest import NOW
from tests.web.widget_samples import Installed, review

PEOPLE = 20
CANARY = "Zquorra"
GZIP = b"\x1f\x8b\x08"


def feed(version: str) -> list[Review]:
    """Twenty people with a name, a text, a title and a reply of their own, and one who stays."""
    told = [
        review(
            f"z{n}",
            f"{CANARY}{n} says {version}.",
            author=f"{CANARY} {n}",
            title=f"By {CANARY}",
            reply=f"Dear {CANARY}",
            day=1 + n,
        )
        for n in range(PEOPLE)
    ]
    hashed = [
        replace(each, content_hash=digest(each.content_hash), reply_hash=digest(each.reply_hash)) for each in told
    ]
    return [*hashed, review("stays", "A kind team.", author="Anna K.")]


def digest(text: str) -> str:
    """As normalizing makes it: nobody reads a text out of it."""
    return hashlib.sha256(text.encode()).hexdigest()


def session_text(rows: list[dict[str, object]]) -> str:
    values = [value for row in rows for value in row.values()]
    return " ".join(unpacked(v).decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values)


def unpacked(content: bytes) -> bytes:
    """The bytes, and behind them those of every gzip stream that begins in them."""
    found, at = [content], content.find(GZIP)
    while at >= 0:
        with suppress(zlib.error):
            found.append(zlib.decompressobj(wbits=31).decompress(content[at:]))
        at = content.find(GZIP, at + 1)
    return b"\n".join(found)


def traces(storage: Storage, folder: Path) -> list[str]:
    """Where the canary still stands."""
    found = []
    with storage.session(writable=False) as session:
        for table in find_tables(session):
            if CANARY.lower() in session_text(session.execute(select_all(table)).rows).lower():
                found.append(table.name)
    return found + [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and CANARY.lower().encode() in unpacked(path.read_bytes()).lower()
    ]


@pytest.mark.statement("H15", "T42")
def test_who_was_erased_leaves_no_trace_in_tables_files_and_log(storage: Storage, tmp_path: Path) -> None:
    installed = Installed(storage, tmp_path, i18n.load())
    for day, version in enumerate(("one thing", "another thing")):
        installed.collect(feed(version), NOW + timedelta(days=day))
        installed.refresh()
    with storage.write() as tx:
        person = people.add_person(tx, email="o@example.org", name="Olive", password_hash="h", now=NOW)
        g = tx.group(installed.group_id)
        rows = review_lists.find_reviews(g, review_lists.ReviewFilters(), 50).rows
        gone = [row for row in rows if CANARY in (row.author or "")]
        for row in gone:
            work.add_note(g, row.id, person_id=person.id, text=f"{CANARY} called.", now=NOW)
            work.add_tags(g, row.id, [CANARY.lower()])
    assert len(gone) == PEOPLE
    before = traces(storage, tmp_path)
    assert {"review_contents", "review_versions", "replies", "review_notes"} <= set(before)
    assert "snapshots" in before, "what websites show quotes them"
    assert "copies" in before, "a copy on disk quotes them"
    with storage.write() as tx:
        for row in gone:
            erasure.erase(tx.group(installed.group_id), row.id, NOW)
    installed.refresh()
    installed.collect(feed("another thing"), NOW + timedelta(days=2))
    installed.refresh()
    storage.optimize()
    assert traces(storage, tmp_path) == []
    if isinstance(storage, SqliteStorage):
        assert b"A kind team." in storage.path.read_bytes(), "the file was looked at"
