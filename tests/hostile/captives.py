"""What a parser that was taken over might try; the sandbox's tests run these in a child and in an ordinary process.

Everything is imported at the top, as a real parser must, since a child can open nothing later.
"""

import ctypes
import importlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

from reviews.errors import ImportFileError, SourceBlocked, SourceUnavailable
from reviews.model import Precision, RawReview, ReviewDate

warmed = []


def warm() -> None:
    warmed.append(True)


def was_warmed() -> bool:
    return warmed == [True]


def echo(value: object, **options: object) -> object:
    return (value, options) if options else value


def pid() -> int:
    return os.getpid()


def review(text: str) -> RawReview:
    return RawReview(place="row 1", text=text)


def year_of(date: ReviewDate) -> tuple[int, Precision]:
    return date.earliest.year, date.precision


def attempt(name: str, argument: str) -> str:
    """`done` or the error of one forbidden act."""
    try:
        ATTEMPTS[name](argument)
    except BaseException as error:  # noqa: BLE001 - whatever stops it is the answer
        return type(error).__name__
    return "done"


def _open_socket(_: str) -> None:
    socket.socket().close()


def _connect(port: str) -> None:
    socket.create_connection(("127.0.0.1", int(port)), timeout=1).close()


def _read_file(path: str) -> None:
    with open(path, "rb") as file:
        file.read()


def _write_file(path: str) -> None:
    with open(path, "ab") as file:
        file.write(b"mine")


def _environment(_: str) -> None:
    if not os.environ.get("CANARY"):
        raise PermissionError


def _kill(victim: str) -> None:
    os.kill(int(victim), signal.SIGTERM)


def _fork(_: str) -> None:
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _run(path: str) -> None:
    subprocess.run(["/bin/rm", path], check=True)


def _shell(path: str) -> None:
    if os.system(f"rm {path}") != 0:
        raise PermissionError


def _become(path: str) -> None:
    os.execv("/bin/rm", ["rm", path])


def _system_call(path: str) -> None:
    """unlink() by its number, past Python."""
    libc = ctypes.CDLL(None, use_errno=True)
    number, *rest = (87, path.encode()) if os.uname().machine == "x86_64" else (35, -100, path.encode(), 0)
    if libc.syscall(number, *rest) != 0:
        raise PermissionError


def _more_memory(_: str) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _limit_parent(victim: str) -> None:
    import resource

    resource.prlimit(int(victim), resource.RLIMIT_NOFILE, (256, 256))


def _import_late(_: str) -> None:
    sys.modules.pop("colorsys", None)
    importlib.import_module("colorsys")


ATTEMPTS = {
    "open a socket": _open_socket,
    "connect": _connect,
    "read a file": _read_file,
    "write a file": _write_file,
    "list a folder": lambda path: os.listdir(os.path.dirname(path)),
    "remove a file": os.remove,
    "empty a file": lambda path: os.truncate(path, 0),
    "rename a file": lambda path: os.rename(path, path + ".moved"),
    "make a folder": lambda path: os.mkdir(path + ".folder"),
    "open a pipe": lambda _: os.pipe(),
    "read the environment": _environment,
    "signal another process": _kill,
    "fork": _fork,
    "run a program": _run,
    "run a shell": _shell,
    "become a program": _become,
    "remove a file by system call": _system_call,
    "take more memory": _more_memory,
    "limit another process": _limit_parent,
    "import late": _import_late,
}


def sentence_with(word: str) -> None:
    raise ValueError(f"cannot read {word}")


def refuse(kind: str) -> None:
    if kind == "file":
        raise ImportFileError("row is broken", "Row {row}", {"row": "7"}, file="a.csv", row=7, column="text")
    raise {"blocked": SourceBlocked, "unavailable": SourceUnavailable}[kind]("as told", "A hint {name}", {"name": "n"})


def spin() -> None:
    while True:
        pass


def wait() -> None:
    time.sleep(60)


def eat(megabytes: int) -> int:
    return len(bytearray(megabytes * 1024 * 1024))


def recurse(depth: int = 0) -> int:
    return recurse(depth + 1) + 1


def nest(depth: int) -> object:
    value: object = ()
    for _ in range(depth):
        value = (value,)
    return value


def shout(size: int) -> bytes:
    return b"x" * size


def chatter() -> str:
    print("words on stdout")
    return "quiet"


def end(code: int) -> None:
    os._exit(code)


def crash() -> None:
    ctypes.string_at(0)


def forge(kind: str) -> str:
    """Write a forged answer to every pipe that is open, then answer properly, if that is still possible."""
    forgeries = {
        "noise": b"\xff" * 64,
        "giant": struct.pack(">8sII", bytes(8), 2**31, 2**31),
        "early": b"",
        "pickle": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
    }
    text = json.dumps({"v": {"m": [["value", "forged"]]}, "b": []}).encode()
    forgery = forgeries[kind] or struct.pack(">8sII", bytes(8), len(text), 0) + text
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, forgery)
        except OSError:
            continue
    return "proper"
