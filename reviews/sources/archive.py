"""Zip files, opened carefully: the directory is looked at before anything is unpacked."""

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from reviews.errors import ImportFileError

MAX_UNPACKED, MAX_RATIO, MAX_MEMBERS = 50_000_000, 50, 200
"""Limits of the design (reliability F8); small members may be packed tighter, for they cannot grow far."""
MAX_SMALL = 1_000_000

BROKEN = "This file is damaged, or no zip file. Nothing was stored."
BOMB = "This file would grow too much when it is unpacked. Nothing was stored."
PROTECTED = "This file is protected by a password. Please hand it in without one. Nothing was stored."


class Archive:
    """The members of a zip file; raises ImportFileError for one that is broken, locked, or too large when unpacked."""

    def __init__(self, body: bytes, file: str = "") -> None:
        self.file = file
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
            members = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise ImportFileError(f"no zip file: {error}", BROKEN, file=file) from error
        if len(members) > MAX_MEMBERS:
            raise ImportFileError(f"{len(members)} members", BOMB, file=file)
        total = sum(member.file_size for member in members)
        packed = max(1, sum(member.compress_size for member in members))
        if total > MAX_UNPACKED or (total > MAX_SMALL and total / packed > MAX_RATIO):
            raise ImportFileError(f"{total} bytes unpacked, {packed} packed", BOMB, file=file)
        if any(member.flag_bits & 1 for member in members):
            raise ImportFileError("encrypted members", PROTECTED, file=file)
        self.names = tuple(
            member.filename
            for member in members
            if not member.is_dir() and ".." not in PurePosixPath(member.filename).parts
        )
        self._left = MAX_UNPACKED

    def read(self, name: str) -> bytes:
        """One member; raises ImportFileError when it holds more than its directory entry says, or is damaged."""
        size = self._zip.getinfo(name).file_size
        try:
            with self._zip.open(name) as member:
                body = member.read(size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise ImportFileError(f"{name}: {error}", BROKEN, file=self.file) from error
        self._left -= len(body)
        if len(body) > size or self._left < 0:
            raise ImportFileError(f"{name}: larger than it says", BOMB, file=self.file)
        return body
