"""Files: written whole or not at all; large ones read in pieces."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reviews.failpoint import hit


def write_atomically(path: Path, body: bytes, *, mode: int = 0o644) -> None:
    """Write `body` to `path` so that a reader sees the old file or the new one, also after a crash.

    Temporary file in the same folder, fsync, rename, fsync of the folder. Raises OSError; then the old file stands.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        hit("files.before_rename")
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    hit("files.after_rename")


def set_aside(path: Path, size: int) -> None:
    """A file that holds `size` bytes of the disk and says nothing; raises OSError where there is no room."""
    try:
        with path.open("xb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.write(bytes(size))
    except FileExistsError:
        raise
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ---------------------------------------------------------------- read in pieces
class Body(Protocol):
    """The bytes of a file, wherever they are."""

    @property
    def size(self) -> int:
        """How many bytes."""

    @property
    def may_be_large(self) -> bool:
        """Whether it can be larger than memory."""

    def read_at(self, start: int, length: int) -> bytes:
        """A piece; shorter at the end."""

    def digest(self) -> str:
        """Says whether two files are the same."""


@dataclass(frozen=True, slots=True)
class InMemory:
    """A file that was sent or fetched."""

    content: bytes
    may_be_large: bool = False

    @property
    def size(self) -> int:
        """How many bytes."""
        return len(self.content)

    def read_at(self, start: int, length: int) -> bytes:
        """A piece; shorter at the end."""
        return self.content[start : start + length]

    def digest(self) -> str:
        """Says whether two files are the same."""
        return hashlib.sha256(self.content).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A file that a person named; it must not change while it is read."""

    path: Path
    may_be_large: bool = True

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.path.stat().st_size

    def read_at(self, start: int, length: int) -> bytes:
        """A piece; shorter at the end."""
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(length)

    def digest(self) -> str:
        """Says whether two files are the same."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def in_pieces(body: bytes | Body) -> Body:
    """Bytes as a file that is read in pieces."""
    return InMemory(body) if isinstance(body, bytes) else body
