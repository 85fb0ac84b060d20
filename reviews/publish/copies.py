"""Copies of snapshots on disk, which serve when the database does not. One file a widget, whole or not at all.

A file is one line of JSON that says what it was made from, and of each path what it is and where its bytes lie; then
the gzip bytes, which the entity tag proves whole. It lies in a folder named by the widget. `keep_until` binds a copy as
it binds the snapshot.
"""

import gzip
import hashlib
import json
import math
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from reviews.clock import from_text, to_text
from reviews.files import write_atomically
from reviews.logs import get_logger
from reviews.model import Snapshot

Fingerprint = tuple[str, str, tuple[tuple[str, ...], ...], str | None]
VERSION = 3
FILE = "copies"
WRITING_SECONDS = 3600
log = get_logger(__name__)


def write_copies(folder: Path, slug: str, snapshots: Sequence[Snapshot], made_from: str = "") -> bool:
    """Make the widget's folder hold exactly these snapshots; whether anything was written or removed.

    `made_from` names all that they were made from, for `find_made`.
    Copies that cannot be written are removed, because old ones may hold what must no longer be shown.
    """
    home = folder / quote(slug, safe="")
    file, is_touched = home / FILE, False
    told = _tell(snapshots, made_from)
    if snapshots and not _is_current(file, told):
        is_touched = True
        try:
            line = json.dumps(told).encode()
            write_atomically(file, b"".join((line, b"\n", *(each.body_gzip for each in snapshots))))
        except OSError as error:
            log.warning("snapshot_copies_failed", path=slug, reason=type(error).__name__)
            file.unlink(missing_ok=True)
    writing_since = max((snapshot.made_at.timestamp() for snapshot in snapshots), default=math.inf) - WRITING_SECONDS
    for path in home.iterdir() if home.is_dir() else ():
        if not (snapshots and path.name == FILE) and not _is_being_written(path, writing_since):
            path.unlink(missing_ok=True)
            is_touched = True
    return is_touched


def _is_being_written(path: Path, since: float) -> bool:
    """Whether it is the unfinished file of another process that publishes the same widget now; an old one is debris."""
    try:
        return path.name.startswith(".") and path.stat().st_mtime >= since
    except OSError:
        return True


def remove_copies(folder: Path, slug: str) -> None:
    """Remove all copies of a widget."""
    write_copies(folder, slug, ())


def find_slugs(folder: Path) -> dict[str, bool]:
    """The widgets of which there are copies, and whether they can serve; releases before wrote a file for each path."""
    found: dict[str, bool] = {}
    for path in sorted(folder.glob("*/*")):
        slug = unquote(path.parent.name)
        found[slug] = found.get(slug, False) or path.name == FILE
    return found


def find_copy(folder: Path, path: str) -> Snapshot | None:
    """The copy of a public path, or None if there is none or it is damaged."""
    parts = path.split("/")
    if len(parts) < 2:
        return None
    try:
        with (folder / quote(parts[1], safe="") / FILE).open("rb") as opened:
            told = _read_line(opened.readline())
            entry = told["copies"].get(path)
            if entry is None:
                return None
            opened.seek(entry["at"], 1)
            headers = _to_headers(told["headers"][entry["headers"]])
            return _snapshot(path, entry, headers, opened.read(entry["length"]))
    except (OSError, ValueError, LookupError, TypeError, EOFError, zlib.error):
        return None


def find_made(folder: Path, slug: str, made_from: str) -> dict[str, Fingerprint] | None:
    """The fingerprints by path of the copies, if they were made from this; else None."""
    try:
        found = _read_whole(folder / quote(slug, safe="") / FILE)
        if found["made_from"] != made_from:
            return None
        headers = [_to_headers(each) for each in found["headers"]]
        return {
            path: (each["etag"], each["content_type"], headers[each["headers"]], each["keep_until"])
            for path, each in found["copies"].items()
        }
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _tell(snapshots: Sequence[Snapshot], made_from: str) -> dict[str, Any]:
    """What the first line says; `at` counts from its end, and a path names its headers by their place in the list."""
    headers = list(dict.fromkeys(each.headers for each in snapshots))
    copies: dict[str, Any] = {}
    at = 0
    for each in snapshots:
        copies[each.path] = {
            "content_type": each.content_type,
            "headers": headers.index(each.headers),
            "etag": each.etag,
            "made_at": to_text(each.made_at),
            "keep_until": to_text(each.keep_until) if each.keep_until else None,
            "at": at,
            "length": len(each.body_gzip),
        }
        at += len(each.body_gzip)
    listed = [[list(header) for header in each] for each in headers]
    return {"v": VERSION, "made_from": made_from, "headers": listed, "copies": copies}


def _to_headers(listed: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in listed)


def _read_line(line: bytes) -> dict[str, Any]:
    """What the first line says; raises ValueError, KeyError or TypeError if it says something else."""
    found = json.loads(line)
    if found["v"] != VERSION:
        raise ValueError("another version")
    return dict(found)


def _read_whole(file: Path) -> dict[str, Any]:
    """What the first line says, if all bytes are there of which it speaks; raises OSError, or as `_read_line`."""
    with file.open("rb") as opened:
        line = opened.readline()
        found = _read_line(line)
        if opened.seek(0, 2) != len(line) + sum(each["length"] for each in found["copies"].values()):
            raise ValueError("cut off")
    return found


def _snapshot(path: str, entry: dict[str, Any], headers: tuple[tuple[str, str], ...], packed: bytes) -> Snapshot | None:
    body = gzip.decompress(packed)
    if entry["etag"] != f'"{hashlib.sha256(body).hexdigest()}"':
        return None
    return Snapshot(
        path=path,
        content_type=entry["content_type"],
        body=body,
        body_gzip=packed,
        etag=entry["etag"],
        made_at=from_text(entry["made_at"]),
        keep_until=from_text(entry["keep_until"]) if entry["keep_until"] else None,
        headers=headers,
    )


def _is_current(file: Path, told: dict[str, Any]) -> bool:
    """Whether the copies say what the snapshots say; they may have been made earlier."""
    try:
        return _without_times(_read_whole(file)) == _without_times(told)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def _without_times(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "copies": {path: {**each, "made_at": ""} for path, each in told["copies"].items()}}
