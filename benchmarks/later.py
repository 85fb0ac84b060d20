"""A worker whose clock goes ahead of this machine's, as much as it is told while it runs: `python -m benchmarks.later`.

So that a day of a fleet is measured in minutes. The seconds stand in the file that ``BENCHMARK_AHEAD`` names.
"""

import os
import struct
from datetime import datetime, timedelta
from mmap import ACCESS_READ, mmap
from pathlib import Path

from reviews import logs
from reviews.clock import Clock, utc_now
from reviews.collect.context import open_context
from reviews.config import Settings
from reviews.storage import open_storage
from reviews.worker import run_worker

AHEAD = struct.Struct("<q")
VARIABLE = "BENCHMARK_AHEAD"


def set_ahead(path: Path, seconds: int) -> None:
    """Let the clocks that read this file go ahead by so much."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.write(AHEAD.pack(seconds))


def clock_of(path: Path) -> Clock:
    """A clock that is read with what the file says now."""
    with path.open("rb") as file:
        shown = mmap(file.fileno(), AHEAD.size, access=ACCESS_READ)

    def read() -> datetime:
        return utc_now() + timedelta(seconds=AHEAD.unpack_from(shown)[0])

    return read


def main() -> None:
    settings = Settings.from_env(os.environ)
    logs.setup(settings.log_level)
    storage = open_storage(settings.database_url)
    with open_context(settings, storage, clock_of(Path(os.environ[VARIABLE]))) as context:
        run_worker(context)
    storage.close()


if __name__ == "__main__":
    main()
