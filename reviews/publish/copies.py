"""Copies of snapshots on disk, which serve when the database does not. One file a snapshot, whole or not at all.

A file is one line of JSON (the manifest), then the plain bytes, then the gzip bytes. It lies in a folder named by the
widget, so that what a widget no longer has is found and removed. `keep_until` binds a copy as it binds the snapshot.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reviews.clock import from_text, to_text
from reviews.files import write_atomically
from reviews.logs import get_logger
from reviews.model import Snapshot

VERSION = 1
WRITING_SECONDS = 3600
log = get_logger(__name__)


def write_copies(folder: Path, slug: str, snapshots: Sequence[Snapshot]) -> int:
    """Make the widget's folder hold exactly these snapshots; returns how many files were written or removed.

    A copy that cannot be written is removed, because an old one may hold what must no longer be shown.
    """
    home = folder / quote(slug, safe="")
    wanted = {_file_name(snapshot.path): snapshot for snapshot in snapshots}
    touched = 0
    for name, snapshot in wanted.items():
        if _is_current(home / name, snapshot):
            continue
        try:
            write_atomically(home / name, _pack(snapshot))
        except OSError as error:
            log.warning("snapshot_copy_failed", path=snapshot.path, reason=type(error).__name__)
            (home / name).unlink(missing_ok=True)
        touched += 1
    writing_since = max((snapshot.made_at.timestamp() for snapshot in snapshots), default=math.inf) - WRITING_SECONDS
    for path in home.iterdir() if home.is_dir() else ():
        if path.name not in wanted and not _is_being_written(path, writing_since):
            path.unlink(missing_ok=True)
            touched += 1
    return touched


def _is_being_written(path: Path, since: float) -> bool:
    """Whether it is the unfinished file of another process that publishes the same widget now; an old one is debris."""
    try:
        return path.name.startswith(".") and path.stat().st_mtime >= since
    except OSError:
        return True


def remove_copies(folder: Path, slug: str) -> None:
    """Remove all copies of a widget."""
    write_copies(folder, slug, ())


def find_copy(folder: Path, path: str) -> Snapshot | None:
    """The copy of a public path, or None if there is none or it is damaged."""
    parts = path.split("/")
    if len(parts) < 2:
        return None
    try:
        packed = (folder / quote(parts[1], safe="") / _file_name(path)).read_bytes()
    except OSError:
        return None
    return _unpack(packed, path)


def _file_name(path: str) -> str:
    return quote(path, safe="")


def _pack(snapshot: Snapshot) -> bytes:
    manifest = asdict(snapshot)
    body, body_gzip = manifest.pop("body"), manifest.pop("body_gzip")
    manifest["made_at"] = to_text(snapshot.made_at)
    manifest["keep_until"] = to_text(snapshot.keep_until) if snapshot.keep_until else None
    manifest.update(v=VERSION, length=len(body), sha256=hashlib.sha256(body + body_gzip).hexdigest())
    return b"".join((json.dumps(manifest, sort_keys=True).encode(), b"\n", body, body_gzip))


def _unpack(packed: bytes, path: str) -> Snapshot | None:
    line, _, content = packed.partition(b"\n")
    try:
        manifest: dict[str, Any] = json.loads(line)
        if manifest["v"] != VERSION or manifest["path"] != path:
            return None
        if hashlib.sha256(content).hexdigest() != manifest["sha256"]:
            return None
        length = manifest["length"]
        return Snapshot(
            path=path,
            content_type=manifest["content_type"],
            body=content[:length],
            body_gzip=content[length:],
            etag=manifest["etag"],
            made_at=from_text(manifest["made_at"]),
            keep_until=from_text(manifest["keep_until"]) if manifest["keep_until"] else None,
            headers=tuple((name, value) for name, value in manifest["headers"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _is_current(file: Path, snapshot: Snapshot) -> bool:
    """Whether the copy says what the snapshot says; it may have been made earlier."""
    try:
        with file.open("rb") as opened:
            held = json.loads(opened.readline())
    except (OSError, ValueError):
        return False
    wanted = json.loads(_pack(snapshot).partition(b"\n")[0])
    return isinstance(held, dict) and {**held, "made_at": ""} == {**wanted, "made_at": ""}
