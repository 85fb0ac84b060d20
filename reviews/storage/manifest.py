"""What stands beside a backup: its schema, and of each table the number of rows and a digest.

A damaged page of a database can pass every check of the database itself; a sum over the rows finds it.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reviews.errors import StorageError
from reviews.files import write_atomically
from reviews.storage.catalogue import Table
from reviews.storage.engine import Row, Session

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A backup in figures; `counts` and `digests` go by table, `sha256` is that of the whole file."""

    dialect: str
    schema_version: int
    made_at: str
    skipped_origins: tuple[str, ...]
    counts: Mapping[str, int]
    digests: Mapping[str, str]
    size: int
    sha256: str


class TableDigest:
    """Counts rows and sums up their text, line by line."""

    def __init__(self) -> None:
        self.count = 0
        self._digest = hashlib.sha256()

    def add(self, line: bytes) -> None:
        """One row, as `to_line` wrote it."""
        self.count += 1
        self._digest.update(line)

    def hexdigest(self) -> str:
        """The digest of all rows so far."""
        return self._digest.hexdigest()


def to_line(row: Row) -> bytes:
    """One row as a line of JSON, equal for both databases; bytes become base64."""
    return json.dumps(to_json_row(row), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def to_json_row(row: Row) -> dict[str, Any]:
    """The row as JSON can hold it; bytes become base64."""
    return {
        name: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in row.items()
    }


def from_line(line: bytes) -> Row:
    """The row that `to_line` wrote; raises ValueError."""
    value = json.loads(line)
    if not isinstance(value, dict):
        raise ValueError("a row is a JSON object")
    return {
        name: base64.b64decode(column["base64"], validate=True) if isinstance(column, dict) else column
        for name, column in value.items()
    }


def select_all(table: Table, *, of_group: bool = False) -> str:
    """The query of a table's rows in the order of its key; names come from the database's own catalogue."""
    where = "WHERE group_id = :group_id" if of_group else ""
    order = ", ".join(f'"{column}"' for column in table.key or table.columns)
    columns = ", ".join(f'"{column}"' for column in table.columns)
    return f'SELECT {columns} FROM "{table.name}" {where} ORDER BY {order}'  # noqa: S608


def digest_tables(session: Session, tables: Iterable[Table]) -> tuple[dict[str, int], dict[str, str]]:
    """Of each table the number of rows and their digest."""
    counts, digests = {}, {}
    for table in tables:
        digest = TableDigest()
        for row in session.stream(select_all(table)):
            digest.add(to_line(row))
        counts[table.name], digests[table.name] = digest.count, digest.hexdigest()
    return counts, digests


def create_private(path: Path) -> None:
    """An empty file in place of any other, readable for nobody else from its first byte on."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))


def digest_file(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return path.stat().st_size, digest


def manifest_path(path: Path) -> Path:
    """Where the manifest of the backup at `path` lies."""
    return path.with_name(path.name + ".manifest.json")


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write the manifest beside the backup, with a seal over its own text."""
    body = {"format": FORMAT, **asdict(manifest)}
    write_atomically(manifest_path(path), json.dumps({**body, "seal": _seal(body)}, indent=1).encode(), mode=0o600)


def read_manifest(path: Path) -> Manifest:
    """The manifest beside the backup at `path`; raises StorageError if it is missing or was changed."""
    file = manifest_path(path)
    try:
        body = json.loads(file.read_bytes())
        seal = body.pop("seal")
        if body.pop("format") != FORMAT:
            raise StorageError(f"{file.name} has a form that this program does not know")
        if seal != _seal({"format": FORMAT, **body}):
            raise StorageError(f"{file.name} is damaged: it does not fit its own seal")
        return Manifest(**{**body, "skipped_origins": tuple(body["skipped_origins"])})
    except FileNotFoundError:
        raise StorageError(f"{path.name} cannot be checked: {file.name}, which belongs beside it, is missing") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(f"{file.name} is damaged: {error}") from error


def _seal(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
