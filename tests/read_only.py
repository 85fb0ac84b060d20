"""Files that this process may not write, also where it runs as root."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CAP_DAC_OVERRIDE = 1  # capabilities(7): root writes what the mode forbids
VERSION_3 = 0x20080522


@contextmanager
def read_only(*paths: Path) -> Iterator[None]:
    """Nothing of these files and folders can be written, by this thread and those that it starts."""
    modes = {path: path.stat().st_mode & 0o7777 for path in paths}
    for path, mode in modes.items():
        path.chmod(mode & 0o555)
    try:
        with _bound_by_modes():
            yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


@contextmanager
def _bound_by_modes() -> Iterator[None]:
    if os.geteuid() != 0 or sys.platform != "linux":
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    head = (ctypes.c_uint32 * 2)(VERSION_3, 0)
    held = (ctypes.c_uint32 * 6)()
    assert libc.capget(head, held) == 0
    fewer = (ctypes.c_uint32 * 6)(*held)
    fewer[0] &= ~(1 << CAP_DAC_OVERRIDE)
    assert libc.capset(head, fewer) == 0
    try:
        yield
    finally:
        assert libc.capset(head, held) == 0
