"""Named places where a crash test may kill this process; in ordinary life they do nothing."""

import os
import signal

_armed: dict[str, int] = {}


def arm(setting: str) -> None:
    """Arm one place from `name:count`: the process kills itself (SIGKILL) at that pass; empty text disarms."""
    _armed.clear()
    if setting:
        name, _, count = setting.partition(":")
        _armed[name] = int(count or "1")


def hit(name: str) -> None:
    """Pass a named place."""
    if name in _armed:
        _armed[name] -= 1
        if _armed[name] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
