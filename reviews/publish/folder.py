"""Static publishing: everything public as files, for any web server or CDN. Incremental, and whole at every moment.

A page ``r/elm-street`` lies in ``r/elm-street/index.html``; beside each file that gets smaller lies its gzip. Each file
is written beside its place and then moved there. What was published and is no longer there is removed; files that we
have not written are never touched. Sources whose content expires are left out, because nobody calls a copy back.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from reviews.config import Settings
from reviews.errors import ConfigError
from reviews.files import write_atomically
from reviews.i18n import Catalogue
from reviews.model import Snapshot
from reviews.publish.build import build_widget
from reviews.publish.gather import gather
from reviews.rules import RuleBook
from reviews.storage import Storage, clinics, groups, widgets

MANIFEST = ".clinic-reviews.json"
HEADERS = (
    "/w/*\n  Access-Control-Allow-Origin: *\n  Cross-Origin-Resource-Policy: cross-origin\n"
    "  Timing-Allow-Origin: *\n  X-Content-Type-Options: nosniff\n"
    "  Cache-Control: public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800\n"
    "/widget/*\n  Access-Control-Allow-Origin: *\n  Cross-Origin-Resource-Policy: cross-origin\n"
    "  Timing-Allow-Origin: *\n  X-Content-Type-Options: nosniff\n"
    "/r/*\n  X-Content-Type-Options: nosniff\n"
)
"""The headers that hosts which read a file ``_headers`` will send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What publishing did: files written, left as they were, and removed; how many widgets."""

    written: int
    unchanged: int
    removed: int
    widgets: int


def publish_folder(
    storage: Storage,
    settings: Settings,
    book: RuleBook,
    catalogue: Catalogue,
    static: Mapping[str, bytes],
    folder: Path,
    now: datetime,
) -> Published:
    """Make the folder hold what is public now; `static` are the scripts and styles by their public path.

    Raises StorageError, OSError; then every file is still whole, old or new, and publishing again goes on.
    """
    snapshots, count = _snapshots(storage, settings, book, catalogue, now)
    files = {**static, "_headers": HEADERS.encode()}
    for snapshot in snapshots:
        files[_place(snapshot.path)] = snapshot.body
    with storage.read() as tx:
        retired = widgets.find_retired(tx)
    for old, new in retired.items():
        files |= _retired_files(old, new, snapshots, settings.base_url)
    packed = {f"{place}.gz": gzip.compress(body, 9, mtime=0) for place, body in files.items() if _shrinks(place)}
    return _write(folder, {**files, **packed}, count)


def _snapshots(
    storage: Storage, settings: Settings, book: RuleBook, catalogue: Catalogue, now: datetime
) -> tuple[list[Snapshot], int]:
    found: dict[int, list[Snapshot]] = {}
    with storage.read() as tx:
        for group in groups.find_groups(tx):
            g = tx.group(group.id)
            for clinic in clinics.find_clinics(g):
                _, views = gather(g, settings, book, catalogue, clinic.id, now, is_static=True)
                for widget_id, view in views:
                    if widget_id not in found:
                        found[widget_id] = build_widget(view, catalogue, now)
    return [snapshot for made in found.values() for snapshot in made], len(found)


def _place(path: str) -> str:
    """Where a public path lies: pages have no ending, so each is the index of a folder."""
    is_page = path.startswith("r/") and "." not in path.rsplit("/", 1)[-1]
    return f"{path}/index.html" if is_page else path


def _retired_files(old: str, new: str, snapshots: list[Snapshot], base_url: str) -> dict[str, bytes]:
    """Under an old slug: the same bytes for what is embedded, and pages that lead on."""
    files: dict[str, bytes] = {}
    for snapshot in snapshots:
        parts = snapshot.path.split("/")
        if parts[1] != new:
            continue
        path = "/".join((parts[0], old, *parts[2:]))
        if parts[0] == "w" or "." in parts[-1]:
            files[_place(path)] = snapshot.body
        else:
            target = escape(f"{base_url}/{snapshot.path}")
            files[_place(path)] = (
                f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(new)}</title>'
                f'<meta http-equiv="refresh" content="0; url={target}"><link rel="canonical" href="{target}"></head>'
                f'<body><p><a href="{target}">{target}</a></p></body></html>'
            ).encode()
    return files


def _shrinks(place: str) -> bool:
    return not place.endswith((".png", "_headers"))


def _write(folder: Path, files: Mapping[str, bytes], count: int) -> Published:
    before = _read_manifest(folder)
    digests = {place: hashlib.sha256(body).hexdigest() for place, body in files.items()}
    # First the list of all that may be there, so that a run which is cut off leaves nothing that nobody knows of.
    _write_manifest(folder, {**before, **digests})
    written = 0
    for place, body in files.items():
        if before.get(place) == digests[place] and (folder / place).is_file():
            continue
        write_atomically(folder / place, body)
        written += 1
    gone = sorted(set(before) - set(files))
    for place in gone:
        _remove(folder, place)
    _write_manifest(folder, digests)
    return Published(written=written, unchanged=len(files) - written, removed=len(gone), widgets=count)


def _read_manifest(folder: Path) -> dict[str, str]:
    """What we have published here before; raises ConfigError for a folder that holds something else."""
    path = folder / MANIFEST
    if not path.exists():
        if folder.is_dir() and any(folder.iterdir()):
            raise ConfigError(f"{folder} is not empty and was not made by `reviews publish`; name an empty folder")
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} cannot be read; name an empty folder") from error
    return {str(place): str(digest) for place, digest in found.items() if ".." not in place and place[:1] != "/"}


def _write_manifest(folder: Path, digests: Mapping[str, str]) -> None:
    body = json.dumps({"v": 1, "files": dict(sorted(digests.items()))}, indent=0)
    write_atomically(folder / MANIFEST, body.encode())


def _remove(folder: Path, place: str) -> None:
    path = folder / place
    path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == folder or not parent.is_dir() or any(parent.iterdir()):
            break
        parent.rmdir()
