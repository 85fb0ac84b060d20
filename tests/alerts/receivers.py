"""Receivers on loopback that take, drop, answer badly, hang, or take and die: one for HTTP, one for mail."""

import asyncio
import contextlib
import email
import email.policy
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as SmtpServer

READ_SECONDS = 5


@dataclass
class Posted:
    """One request as it came; `taken` if the receiver kept it."""

    path: str
    headers: dict[str, str]
    body: bytes
    taken: bool = False


@dataclass
class Receiver:
    """An HTTP receiver; `behave` names what it does with a request: see `_serve`."""

    port: int = 0
    behave: Callable[[Posted], str] = lambda posted: "200"
    answers: dict[str, bytes] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def taken(self) -> list[Posted]:
        return [each for each in self.posted if each.taken]


@contextlib.contextmanager
def http_receiver() -> Iterator[Receiver]:
    """A receiver that runs until the end of the block."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    receiver = Receiver(port=listener.getsockname()[1])
    thread = threading.Thread(target=_accept, args=(listener, receiver), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.stopped.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _accept(listener: socket.socket, receiver: Receiver) -> None:
    hanging: list[socket.socket] = []
    while not receiver.stopped.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            break
        connection.settimeout(READ_SECONDS)
        try:
            _serve(connection, receiver, hanging)
        except OSError:
            connection.close()
    for connection in hanging:
        connection.close()


def _serve(connection: socket.socket, receiver: Receiver, hanging: list[socket.socket]) -> None:
    """Answer one request: a status ("200"), or drop, hang, die (keeps it, then closes without an answer)."""
    posted = _read(connection)
    if posted is None:
        connection.close()
        return
    receiver.posted.append(posted)
    how = receiver.behave(posted)
    if how == "hang":
        hanging.append(connection)
        return
    if how in ("drop", "die"):
        posted.taken = how == "die"
        connection.close()
        return
    status, _, more = how.partition(" ")
    posted.taken = status.startswith("2")
    body = receiver.answers.get(status, b"ok" if posted.taken else b"no")
    head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\nContent-Type: text/plain\r\n"
    connection.sendall(head.encode() + (f"{more}\r\n".encode() if more else b"") + b"\r\n" + body)
    connection.close()


def _read(connection: socket.socket) -> Posted | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    return Posted(path=first.split(" ")[1], headers=headers, body=body)


@dataclass
class MailBox:
    """A real SMTP server's mails; `behave` says what it answers to DATA: 250, another code, drop, or die (keep it)."""

    port: int = 0
    behave: Callable[[EmailMessage], str] = lambda mail: "250"
    refuses: set[str] = field(default_factory=set)
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SmtpServer, session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        how = self.behave(mail)
        if how in ("250", "die"):
            self.mails.append(mail)
            self.raw.append(envelope.content)
        if how in ("drop", "die"):
            assert server.transport is not None
            server.transport.close()
            await asyncio.sleep(0)
        return f"{how} said" if how.isdigit() else "451 gone"


@contextlib.contextmanager
def mail_server() -> Iterator[MailBox]:
    """A real SMTP server that runs until the end of the block."""
    box = MailBox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        box.port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
