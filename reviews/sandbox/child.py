"""The far side of the sandbox: warm up, lock the doors, then read tasks from stdin until it ends."""

import encodings
import importlib
import json
import os
import pkgutil
import signal
import sys
import traceback
from typing import BinaryIO

from reviews.errors import ImportFileError, ReviewsError
from reviews.sandbox import lock, wire


def main(config_text: str) -> None:
    """Serve one parent; ends with stdin, so no child outlives its parent."""
    # A service manager tells every process of the service to stop. The page in hand is finished all the same; this
    # process ends with its parent.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    config = json.loads(config_text)
    tasks, answers = take_pipes()
    warm_up(config["modules"])
    lock.lock_resources(config["memory_bytes"])
    has_filter = lock.lock_system_calls()
    answers.write(wire.frame(bytes(8), {"ready": has_filter}))
    serve(tasks, answers, tuple(config["allowed_prefixes"]), config["cpu_seconds"])


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Tasks in and answers out; whatever else writes to stdout goes to stderr, which nobody reads."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return os.fdopen(os.dup(0), "rb"), answers


def warm_up(modules: list[str]) -> None:
    """Import everything that a task may need, since later nothing can be opened.

    Each module may have a function `warm()` that runs once, for what it or its libraries load on first use.
    """
    for found in pkgutil.iter_modules(encodings.__path__):
        if found.name not in ("mbcs", "oem", "cp65001"):  # Windows
            importlib.import_module(f"encodings.{found.name}")
    for name in ("_strptime", "heapq"):  # what the standard library loads at first use: strptime, most_common
        importlib.import_module(name)
    for name in modules:
        warm = getattr(importlib.import_module(name), "warm", None)
        if callable(warm):
            warm()


def serve(tasks: BinaryIO, answers: BinaryIO, allowed_prefixes: tuple[str, ...], cpu_seconds: float) -> None:
    """Answer task after task; returns when there are no more."""
    while True:
        head = tasks.read(wire.HEAD.size)
        if len(head) < wire.HEAD.size:
            return
        nonce, text_length, blob_length = wire.HEAD.unpack(head)
        text, blob = tasks.read(text_length), tasks.read(blob_length)
        lock.renew_cpu(cpu_seconds)
        answer = answer_task(nonce, text, blob, allowed_prefixes)
        lock.stop_cpu()
        write_all(answers, answer)


def answer_task(nonce: bytes, text: bytes, blob: bytes, allowed_prefixes: tuple[str, ...]) -> bytes:
    """The answer to one task: a frame with ``value``, ``error`` (one of ours), ``failed`` or ``memory``."""
    try:
        module_name, name, args, options = wire.decode(text, blob, allowed_prefixes)
        if not wire.is_allowed(module_name, allowed_prefixes) or not name.isidentifier():
            raise wire.WireError("this function may not run here")
        value = getattr(sys.modules[module_name], name)(*args, **options)
        return wire.frame(nonce, {"value": value})
    except ReviewsError as error:
        return wire.frame(nonce, {"error": describe(error)})
    except MemoryError:
        return wire.frame(nonce, {"memory": True})
    except Exception as error:  # noqa: BLE001 - the far side of a boundary: any fault of a parser is a typed refusal
        return wire.frame(nonce, {"failed": [type(error).__name__, place_of(error)]})


def describe(error: ReviewsError) -> dict[str, object]:
    """What the parent needs to raise the same error."""
    extra = {}
    if isinstance(error, ImportFileError):
        extra = {"file": error.file, "row": error.row, "column": error.column}
    return {
        "type": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "values": {str(name): str(value) for name, value in error.values.items()},
        "extra": extra,
    }


def place_of(error: Exception) -> str:
    """File and line where an error was raised; not its message, which may quote the page."""
    frames = list(traceback.walk_tb(error.__traceback__))
    frame, line = frames[-1]
    return f"{os.path.basename(frame.f_code.co_filename)}:{line}"


def write_all(answers: BinaryIO, answer: bytes) -> None:
    """Write a whole answer, however large the pipe is."""
    view = memoryview(answer)
    while view:
        view = view[answers.write(view) :]
