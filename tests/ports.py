"""Ports for servers that must know theirs before they start."""

import os
import socket
from itertools import count

FIRST, LAST = 10_240, 32_700
"""Below the ports that the system hands out by itself (32768 and up), also to clients while they speak to a server."""
_next = count(os.getpid() * 38 % (LAST - FIRST) & ~1, 2)


def free_port(*, neighbours: int = 0) -> int:
    """A port that nobody listens on, and so many after it. No other process of the tests is handed it soon."""
    while True:
        port = FIRST + next(_next) % (LAST - FIRST - 10)
        if all(_is_free(each) for each in range(port, port + 1 + neighbours)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
