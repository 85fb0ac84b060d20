"""Files between their preview and their import, and what a group has said about the columns of such files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.clock import from_text
from reviews.errors import NotFound
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.values import find_time, from_json, new_public_id, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that a person has sent.

    `queued_at`: since when it waits for the worker; `jobs` are the ids of the sources that it goes into. `fault` says
    why the worker could not import it: a message id and what fills its places.
    """

    id: int
    public_id: str
    group_id: int
    person_id: int | None
    file_name: str
    body: bytes
    created_at: datetime
    queued_at: datetime | None = None
    jobs: tuple[int, ...] = ()
    fault: tuple[str, Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMapping:
    """What a person has said about the columns of one kind of file; `headers` tells such files again."""

    id: int
    public_id: str
    name: str
    headers: str
    config: Mapping[str, Any]
    updated_at: datetime


def add_upload(g: GroupTransaction, *, person_id: int | None, file_name: str, body: bytes, now: datetime) -> Upload:
    """Keep a file until it is imported."""
    row = g.row("add_upload", public_id=new_public_id(), person_id=person_id, file_name=file_name, body=body, now=now)
    assert row is not None
    return _to_upload({**row, "body": body})


def get_upload_by_public_id(g: GroupTransaction, public_id: str) -> Upload:
    """One waiting file; raises NotFound."""
    row = g.row("find_uploads", public_id=public_id)
    if row is None:
        raise NotFound(f"no upload {public_id} in this group")
    return _to_upload(row)


def find_waiting(g: GroupTransaction, limit: int = 20) -> list[Upload]:
    """The group's waiting files, newest first; their bodies are empty."""
    return [_to_upload(row) for row in g.rows("find_waiting_uploads", limit=limit)]


def delete_upload(g: GroupTransaction, upload_id: int) -> None:
    """The file has been imported or given up."""
    g.run("delete_upload", id=upload_id)


def queue_upload(g: GroupTransaction, upload_id: int, source_ids: Sequence[int], now: datetime) -> None:
    """Leave a file to the worker, which imports it into these sources."""
    g.run("queue_upload", id=upload_id, jobs=to_json(list(source_ids)), now=now)


def refuse_upload(g: GroupTransaction, upload_id: int, hint: str, values: Mapping[str, str], now: datetime) -> None:
    """Say why the worker could not import a file; it waits for its person again."""
    g.run("refuse_upload", id=upload_id, fault=to_json([hint, dict(values)]), now=now)


def find_queued(tx: Transaction, limit: int = 10) -> list[Upload]:
    """Files that wait for the worker, of all groups, oldest first; their bodies are empty."""
    return [_to_upload(row) for row in tx.rows("find_queued_uploads", limit=limit)]


def save_mapping(
    g: GroupTransaction, *, name: str, headers: str, config: Mapping[str, Any], now: datetime
) -> SavedMapping:
    """Keep what was said about columns; the same name again replaces it."""
    row = g.row(
        "save_mapping", public_id=new_public_id(), name=name, headers=headers, config=to_json(dict(config)), now=now
    )
    assert row is not None
    return _to_mapping(row)


def find_mappings(g: GroupTransaction, headers: str | None = None) -> list[SavedMapping]:
    """What the group has said about columns, newest first; with `headers` only for such files."""
    return [_to_mapping(row) for row in g.rows("find_mappings", **({} if headers is None else {"headers": headers}))]


def get_mapping(g: GroupTransaction, public_id: str) -> SavedMapping:
    """One of them; raises NotFound."""
    row = g.row("find_mappings", public_id=public_id)
    if row is None:
        raise NotFound(f"no mapping {public_id} in this group")
    return _to_mapping(row)


def delete_mapping(g: GroupTransaction, mapping_id: int) -> None:
    """Forget one of them."""
    g.run("delete_mapping", id=mapping_id)


def delete_old(tx: Transaction, before: datetime) -> int:
    """Drop files that were sent before this time; how many."""
    return tx.run("delete_old_uploads", before=before)


def _to_upload(row: Row) -> Upload:
    return Upload(
        id=row["id"],
        public_id=row["public_id"],
        group_id=row["group_id"],
        person_id=row["person_id"],
        file_name=row["file_name"],
        body=bytes(row.get("body", b"")),
        created_at=from_text(row["created_at"]),
        queued_at=find_time(row["queued_at"]),
        jobs=tuple(from_json(row["jobs"])),
        fault=(fault[0], fault[1]) if (fault := from_json(row["fault"] or "null")) else None,
    )


def _to_mapping(row: Row) -> SavedMapping:
    return SavedMapping(
        id=row["id"],
        public_id=row["public_id"],
        name=row["name"],
        headers=row["headers"],
        config=from_json(row["config"]),
        updated_at=from_text(row["updated_at"]),
    )
