"""A file that keeps some room on the disk of an SQLite database, given back when the disk is full.

On a full disk even deleting needs room, so that nothing could be tidied up. Once it is given back, what waits is
written, and there is time to make room.
"""

import shutil
from contextlib import suppress
from pathlib import Path

from reviews.files import set_aside
from reviews.logs import get_logger

log = get_logger("storage")

RESERVE_BYTES = 16_000_000
ROOM_LEFT = 4
"""The reserve is set aside only where so many times as much is free."""


def reserve_of(database: Path) -> Path:
    """Where the reserve of a database lies: on the same disk."""
    return database.with_name(database.name + ".reserve")


def keep(database: Path) -> bool:
    """Set the reserve aside if it is not there and there is room; whether it is there."""
    file = reserve_of(database)
    with suppress(OSError):
        if not file.exists() and shutil.disk_usage(file.parent).free > ROOM_LEFT * RESERVE_BYTES:
            set_aside(file, RESERVE_BYTES)
    return file.exists()


def give_back(database: Path) -> bool:
    """Free the reserve; whether there was one."""
    try:
        reserve_of(database).unlink()
    except OSError:
        return False
    log.error("disk_full", reason="the reserve was given back; make room")
    return True
