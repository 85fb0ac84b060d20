"""Snapshots: finished bytes of public paths, and how web processes learn that they have changed.

A row holds the gzip bytes only: a web process unpacks them once for each change, and what is written for a clinic is a
quarter. Rows of before, and of what is not packed, hold the plain bytes too.
"""

import gzip
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from reviews.clock import from_text, to_text
from reviews.errors import Conflict
from reviews.model import Snapshot
from reviews.storage.engine import GroupTransaction, Transaction
from reviews.storage.values import find_time, from_json, to_json

Fingerprint = tuple[str, str, tuple[tuple[str, ...], ...], str | None]
_PACKED = b"\x1f\x8b"  # how gzip begins (RFC 1952, 2.3.1)


def save_snapshots(g: GroupTransaction, widget_id: int, snapshots: Sequence[Snapshot], now: datetime) -> int:
    """Make these the snapshots of a widget; how many paths have changed, those that went included.

    A row whose bytes, headers and `keep_until` are as before stays untouched, and if that is true of all, the change
    number does not move. Raises Conflict if a path belongs to another widget or the widget is not of this group.
    """
    held = {row["path"]: row for row in g.rows("find_snapshots_of_widget", widget_id=widget_id)}
    changed = [each for each in snapshots if _fingerprint(each) != _held_fingerprint(held.get(each.path))]
    paths = {each.path for each in snapshots}
    gone = [path for path, row in held.items() if path not in paths and not row["deleted"]]
    if not changed and not gone:
        return 0
    number = _next_change_number(g.tx)
    items, content = _pack(changed)
    if g.run("put_snapshots", widget_id=widget_id, items=to_json(items), bytes=content, change_number=number) < len(
        items
    ):
        raise Conflict(f"among {', '.join(each.path for each in changed)[:500]} is no path of widget {widget_id}")
    if gone:
        g.run("bury_snapshots", widget_id=widget_id, paths=gone, change_number=number, now=now, empty=b"")
    return len(changed) + len(gone)


def find_fingerprints(g: GroupTransaction, widget_id: int) -> dict[str, Fingerprint]:
    """Entity tag, type, headers and `keep_until` of what is held of a widget, by path."""
    return {
        row["path"]: (row["etag"], row["content_type"], _read_headers(row["headers"]), row["keep_until"])
        for row in g.rows("find_snapshots_of_widget", widget_id=widget_id)
        if not row["deleted"]
    }


def find_lapsed(tx: Transaction, now: datetime) -> list[tuple[int, int]]:
    """Group and clinic of each widget whose `keep_until` is over, so that nothing of it is served."""
    return [(row["group_id"], row["clinic_id"]) for row in tx.rows("find_lapsed_widgets", now=now)]


def find_snapshot(tx: Transaction, path: str) -> Snapshot | None:
    """The bytes of a public path, or None."""
    row = tx.row("find_snapshot", path=path)
    return None if row is None else _to_snapshot(row)


def snapshots_since(tx: Transaction, change_number: int) -> tuple[list[tuple[Snapshot, bool]], int]:
    """What has changed after `change_number`, each with whether it is gone, and the number to ask with next time."""
    rows = tx.rows("find_snapshots_since", change_number=change_number)
    highest = max((row["change_number"] for row in rows), default=change_number)
    return [(_to_snapshot(row), bool(row["deleted"])) for row in rows], highest


def change_number(tx: Transaction) -> int:
    """The number of the last change; 0 before the first."""
    row = tx.row("get_change_number")
    return int(row["value"]) if row else 0


def _next_change_number(tx: Transaction) -> int:
    row = tx.row("next_change_number")
    assert row is not None
    return int(row["value"])


def _fingerprint(snapshot: Snapshot) -> tuple[str, str, str, str | None]:
    keep_until = to_text(snapshot.keep_until) if snapshot.keep_until else None
    return snapshot.etag, snapshot.content_type, _write_headers(snapshot.headers), keep_until


def _held_fingerprint(row: Mapping[str, Any] | None) -> tuple[str, str, str, str | None] | None:
    if row is None or row["deleted"]:
        return None
    return row["etag"], row["content_type"], row["headers"], row["keep_until"]


def _pack(snapshots: Sequence[Snapshot]) -> tuple[dict[str, dict[str, Any]], bytes]:
    """What is stored of each path, and the bytes of all, of which each names its pieces: equal ones travel once."""
    pieces: dict[bytes, int] = {}
    length = 0
    items: dict[str, dict[str, Any]] = {}
    for each in snapshots:
        body = b"" if each.body_gzip.startswith(_PACKED) else each.body
        for piece in (body, each.body_gzip):
            if piece not in pieces:
                pieces[piece] = length + 1
                length += len(piece)
        items[each.path] = {
            "content_type": each.content_type,
            "headers": _write_headers(each.headers),
            "body_from": pieces[body],
            "body_length": len(body),
            "gzip_from": pieces[each.body_gzip],
            "gzip_length": len(each.body_gzip),
            "etag": each.etag,
            "made_at": each.made_at,
            "keep_until": each.keep_until,
        }
    return items, b"".join(pieces)


def _to_snapshot(row: Mapping[str, Any]) -> Snapshot:
    body, packed = bytes(row["body"]), bytes(row["body_gzip"])
    if not body and packed.startswith(_PACKED):
        body = gzip.decompress(packed)
    return Snapshot(
        path=row["path"],
        content_type=row["content_type"],
        body=body,
        body_gzip=packed,
        etag=row["etag"],
        made_at=from_text(row["made_at"]),
        keep_until=find_time(row["keep_until"]),
        headers=_read_headers(row["headers"]),
    )


# The fifty paths of a widget have four different sets of headers.
@lru_cache(maxsize=500)
def _write_headers(headers: tuple[tuple[str, str], ...]) -> str:
    return to_json(headers)


@lru_cache(maxsize=500)
def _read_headers(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in from_json(text))
