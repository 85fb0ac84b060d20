"""The near side of the sandbox: a few warm children, one task at a time each, a fresh one after every mishap."""

import contextlib
import inspect
import json
import os
import re
import secrets
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from reviews import errors
from reviews.errors import ImportFileError, ReviewsError, SourceChanged
from reviews.sandbox import wire

HINT_TOO_HEAVY = "The page was too heavy to read safely. The last good figures stay, and nothing was overwritten."

ALLOWED_PREFIXES = ("reviews.markup.", "reviews.sources.")
MAX_TASKS = 500
"""A child is replaced after so many tasks, so that one taken over without a sign does not stay."""
START_SECONDS = 20.0
_ROOT = str(Path(__file__).resolve().parent.parent.parent)
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from reviews.sandbox.child import main; main(sys.argv[2])"
_ERRORS = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, ReviewsError) and kind is not ImportFileError
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one task may use. `wall_seconds` guards where the system does not enforce the others."""

    cpu_seconds: float
    memory_bytes: int
    wall_seconds: float
    answer_bytes: int


class _Died(Exception):
    """A child ended, or was ended, before it had answered."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Sandbox:
    """Runs pure functions of `allowed_prefixes` on foreign bytes, each within its limits; threads may share it.

    Children are spawned, not forked, with an empty environment, and are started when they are first needed. Functions
    travel by name, values as `wire` says. A module that a task uses must import at its top what it needs, or in a
    function `warm()`: afterwards a child can open nothing.
    """

    def __init__(
        self,
        processes: int = 1,
        cpu_seconds: float = 2,
        memory_bytes: int = 256 * 1024 * 1024,
        wall_seconds: float = 3,
        *,
        answer_bytes: int = 8_000_000,
        allowed_prefixes: tuple[str, ...] = ALLOWED_PREFIXES,
    ) -> None:
        self._limits = Limits(
            cpu_seconds=cpu_seconds, memory_bytes=memory_bytes, wall_seconds=wall_seconds, answer_bytes=answer_bytes
        )
        self._allowed = allowed_prefixes
        self._turns = threading.BoundedSemaphore(processes)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._modules: frozenset[str] = frozenset()
        self._pid = os.getpid()
        self._is_closed = False

    def run(self, function: Callable[..., T], *args: Any, **options: Any) -> T:
        """The function's result.

        Raises SourceChanged when a limit was hit or the function failed, and whatever error of ours it raised itself.
        Raises ValueError for a function that may not run here, or a value that cannot be sent.
        """
        module, name = function.__module__, getattr(function, "__qualname__", "")
        if not wire.is_allowed(module, self._allowed) or not name.isidentifier():
            raise ValueError(f"{module}.{name} may not run in the sandbox")
        nonce = secrets.token_bytes(8)
        task = wire.frame(nonce, (module, name, args, options))
        with self._turns:
            child = self._take(module)
            try:
                answer = child.ask(nonce, task)
            except _Died as death:
                child.kill()
                raise SourceChanged(f"the parser was stopped: {death.why}", HINT_TOO_HEAVY) from death
            except wire.WireError as error:
                child.kill()
                raise SourceChanged(f"the parser's answer was refused: {error}") from error
            except BaseException:
                child.kill()
                raise
            self._give_back(child, answer)
        result: T = _unfold(answer)
        return result

    def _take(self, module: str) -> "_Child":
        """A child that has this module; older ones without it are ended."""
        with self._lock:
            if self._is_closed:
                raise ValueError("the sandbox is closed")
            if self._pid != os.getpid():
                # After a fork the children belong to the other process; speaking to them would mix two conversations.
                self._pid, self._idle = os.getpid(), []
            self._modules |= {module}
            modules = self._modules
            usable = None
            while self._idle and usable is None:
                child = self._idle.pop()
                if module in child.modules and child.is_alive:
                    usable = child
                else:
                    child.kill()
        if usable is not None:
            return usable
        try:
            return _Child(modules, self._limits, self._allowed)
        except (_Died, wire.WireError) as error:
            raise SourceChanged(f"no parser could be started: {error}") from error

    def _give_back(self, child: "_Child", answer: dict[str, Any]) -> None:
        child.tasks += 1
        with self._lock:
            if not (self._is_closed or "memory" in answer or child.tasks >= MAX_TASKS):
                self._idle.append(child)
                return
        child.kill()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the children that wait for a task."""
        with self._lock:
            return tuple(child.process.pid for child in self._idle)

    def close(self) -> None:
        """End all children; one that is at work ends with its task."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        if self._pid == os.getpid():
            for child in idle:
                child.kill()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Child:
    """One child process and its two pipes."""

    def __init__(self, modules: frozenset[str], limits: Limits, allowed: tuple[str, ...]) -> None:
        self.modules = modules
        self.tasks = 0
        self._limits = limits
        self._allowed = allowed
        config = {
            "modules": sorted(modules),
            "allowed_prefixes": allowed,
            "memory_bytes": limits.memory_bytes,
            "cpu_seconds": limits.cpu_seconds,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-X", "utf8", "-c", _BOOT, _ROOT, json.dumps(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={},
            cwd=os.path.abspath(os.sep),
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._tasks, self._answers = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self._tasks, False)
        os.set_blocking(self._answers, False)
        try:
            self.has_filter = bool(self._read_answer(bytes(8), time.monotonic() + START_SECONDS)["ready"])
        except BaseException:
            self.kill()
            raise

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def ask(self, nonce: bytes, task: bytes) -> dict[str, Any]:
        """The answer to one task; raises _Died or WireError, and then the child must be killed."""
        deadline = time.monotonic() + self._limits.wall_seconds
        self._write(task, deadline)
        return self._read_answer(nonce, deadline)

    def _read_answer(self, nonce: bytes, deadline: float) -> dict[str, Any]:
        head = self._read(wire.HEAD.size, deadline)
        echoed, text_length, blob_length = wire.HEAD.unpack(head)
        if echoed != nonce:
            raise wire.WireError("an answer to another question")
        if text_length + blob_length > self._limits.answer_bytes:
            raise wire.WireError(f"larger than {self._limits.answer_bytes} bytes")
        text, blob = self._read(text_length, deadline), self._read(blob_length, deadline)
        answer = wire.decode(text, blob, self._allowed)
        if not isinstance(answer, dict) or len(answer) != 1:
            raise wire.WireError("not an answer")
        return answer

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        left = deadline - time.monotonic()
        poll = select.poll()
        poll.register(descriptor, event)
        # Asked once at least: a parent that was suspended finds an answer that came in time.
        if not poll.poll(max(left, 0) * 1000):
            raise _Died("wall time")

    def _write(self, task: bytes, deadline: float) -> None:
        view = memoryview(task)
        while view:
            try:
                view = view[os.write(self._tasks, view) :]
            except BlockingIOError:
                self._wait(self._tasks, select.POLLOUT, deadline)
            except OSError as error:
                raise _Died(self._cause()) from error

    def _read(self, size: int, deadline: float) -> bytes:
        pieces = []
        while size:
            try:
                piece = os.read(self._answers, min(size, 1 << 20))
            except BlockingIOError:
                self._wait(self._answers, select.POLLIN, deadline)
                continue
            if not piece:
                raise _Died(self._cause())
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _cause(self) -> str:
        """Why the process ended, in a word for the log."""
        try:
            code = self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "it closed its pipe"
        if -code in (signal.SIGXCPU, signal.SIGPROF):
            return "CPU time"
        return f"signal {-code}" if code < 0 else f"exit {code}"

    def kill(self) -> None:
        """End the process at once and wait for its end."""
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _unfold(answer: dict[str, Any]) -> Any:
    """The result in a child's answer, or its error, raised."""
    if "value" in answer:
        return answer["value"]
    if "memory" in answer:
        raise SourceChanged("the parser was stopped: memory", HINT_TOO_HEAVY)
    if "error" in answer:
        raise _rebuild(answer["error"])
    words = [re.sub(r"[^\w.:<>-]", "?", str(word))[:80] for word in answer.get("failed", ())]
    raise SourceChanged(f"the parser failed: {' at '.join(words)}")


def _rebuild(described: dict[str, Any]) -> ReviewsError:
    """The error that a child described; only classes of `reviews.errors`, only text in them."""
    message, hint = str(described.get("message"))[:1000], str(described.get("hint"))[:1000]
    values = {str(name): str(value)[:1000] for name, value in dict(described.get("values", {})).items()}
    if described.get("type") == ImportFileError.__name__:
        extra = dict(described.get("extra", {}))
        row, column = extra.get("row"), extra.get("column")
        return ImportFileError(
            message,
            hint,
            values,
            file=str(extra.get("file", "")),
            row=row if isinstance(row, int) else None,
            column=None if column is None else str(column),
        )
    return _ERRORS.get(str(described.get("type")), SourceChanged)(message, hint, values)
