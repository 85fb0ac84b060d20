"""Foreign bytes are parsed in a child process with limits: the one door to child processes.

A parser that hangs, eats memory or is taken over harms one page and nothing else. See `lock` for what a child gives up,
`wire` for what may pass between it and us, `pool` for its life.
"""

from reviews.sandbox.pool import Sandbox

__all__ = ["Sandbox"]
