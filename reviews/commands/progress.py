"""How far a long import is: one line that is written over on a terminal, a line every tenth part elsewhere."""

from types import TracebackType
from typing import TextIO

_STEPS = {"check": "checked", "store": "stored"}
_LEAST = 2_000
"""Fewer records are done before anybody has read the line."""


class ProgressLine:
    """Tells a stream how many records are done, and of how many."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._said = ""
        self._tenth = ("", 0)

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_terminal and self._said:
            self._stream.write("\n")

    def tell(self, step: str, done: int, total: int | None) -> None:
        """One page more."""
        if not total or total < _LEAST:
            return
        tenth = (step, done * 10 // total)
        if not self._is_terminal and tenth == self._tenth:
            return
        self._tenth = tenth
        said = f"{done:,} of {total:,} records {_STEPS.get(step, step)}"
        if self._is_terminal:
            self._stream.write("\r" + said.ljust(len(self._said)))
        else:
            self._stream.write(said + "\n")
        self._stream.flush()
        self._said = said
