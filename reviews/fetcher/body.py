"""The body of one answer, read strictly: half a body is no body, and no body is larger than its caps.

Framing after RFC 9112 section 6; of the codings only gzip and deflate, and only one of them (RFC 9110 section 8.4).
Python's own reader accepts negative lengths and endless chunk extensions, therefore this one.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Protocol

from reviews.errors import SourceChanged, SourceUnavailable

HINT_TOO_LARGE = "The page is larger than we read. The last good figures stay, and nothing was overwritten."
HINT_HALF = "Only a part of the page arrived. We try again by ourselves. The last good figures stay."
HINT_UNREADABLE = "The page came in a form that we cannot read. The last good figures stay, nothing was overwritten."

BLOCK = 65536
MAX_LINE = 1024
MAX_TRAILERS = 32
_HEX = re.compile(rb"[0-9A-Fa-f]{1,8}")
_DIGITS = re.compile(r"[0-9]{1,12}")


class Readable(Protocol):
    """What a body is read from: a buffered socket file, or BytesIO."""

    def read1(self, size: int = -1, /) -> bytes:
        """Some bytes, at most `size`; none at the end."""

    def readline(self, size: int = -1, /) -> bytes:
        """A line, at most `size` bytes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Caps of one body: bytes on the wire, bytes unpacked, members of one gzip stream."""

    raw_bytes: int = 2_000_000
    unpacked_bytes: int = 8_000_000
    gzip_members: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """How the end of a body is known: by chunks, by `length`, or (neither) by the end of the connection."""

    chunked: bool = False
    length: int | None = None


def parse_framing(headers: Message) -> Framing:
    """The framing that an answer declares; raises SourceUnavailable where it contradicts itself."""
    transfer = [value.strip().lower() for value in headers.get_all("Transfer-Encoding", [])]
    lengths = {part.strip() for value in headers.get_all("Content-Length", []) for part in value.split(",")}
    if transfer and (transfer != ["chunked"] or lengths):
        raise SourceUnavailable(f"unclear message length: Transfer-Encoding {transfer!r}")
    if transfer:
        return Framing(chunked=True)
    if not lengths:
        return Framing()
    if len(lengths) > 1 or not _DIGITS.fullmatch(next(iter(lengths))):
        raise SourceUnavailable(f"unclear message length: Content-Length {sorted(lengths)!r}"[:200])
    return Framing(length=int(next(iter(lengths))))


def parse_coding(headers: Message) -> str:
    """``""``, ``gzip`` or ``deflate``; raises SourceChanged for any other and for more than one."""
    codings = [
        part.strip().lower()
        for value in headers.get_all("Content-Encoding", [])
        for part in value.split(",")
        if part.strip()
    ]
    codings = ["gzip" if coding == "x-gzip" else coding for coding in codings if coding != "identity"]
    if len(codings) > 1 or not set(codings) <= {"gzip", "deflate"}:
        raise SourceChanged(f"content coding not accepted: {codings!r}"[:200], HINT_UNREADABLE)
    return codings[0] if codings else ""


def read_body(file: Readable, headers: Message, limits: Limits) -> bytes:
    """The whole body, decoded.

    Raises SourceUnavailable for half a body, SourceChanged for one that is too large or cannot be decoded.
    """
    framing = parse_framing(headers)
    decoder = Decoder(parse_coding(headers), limits)
    if framing.length is not None and framing.length > limits.raw_bytes:
        raise _too_large(f"{framing.length} bytes announced")
    body = bytearray()
    received = 0
    for block in iter_blocks(file, framing):
        received += len(block)
        if received > limits.raw_bytes:
            raise _too_large(f"more than {limits.raw_bytes} bytes")
        body += decoder.feed(block)
    decoder.finish(received)
    return bytes(body)


def _too_large(why: str) -> SourceChanged:
    return SourceChanged(f"body too large: {why}", HINT_TOO_LARGE)


def _half(why: str) -> SourceUnavailable:
    return SourceUnavailable(f"half a body: {why}", HINT_HALF)


def iter_blocks(file: Readable, framing: Framing) -> Iterator[bytes]:
    """The body's blocks as they arrive, without the framing; raises SourceUnavailable where it ends too early."""
    if framing.chunked:
        yield from _iter_chunks(file)
    elif framing.length is not None:
        yield from _iter_exactly(file, framing.length)
    else:
        while block := file.read1(BLOCK):
            yield block


def _iter_exactly(file: Readable, length: int) -> Iterator[bytes]:
    missing = length
    while missing:
        block = file.read1(min(BLOCK, missing))
        if not block:
            raise _half(f"{missing} of {length} bytes missing")
        missing -= len(block)
        yield block


def _iter_chunks(file: Readable) -> Iterator[bytes]:
    while size := _parse_chunk_size(_read_line(file)):
        yield from _iter_exactly(file, size)
        if _read_line(file):
            raise SourceUnavailable("a chunk is longer than it says")
    for _ in range(MAX_TRAILERS):
        if not _read_line(file):
            return
    raise SourceUnavailable("too many trailers")


def _read_line(file: Readable) -> bytes:
    """A line without its end."""
    line = file.readline(MAX_LINE + 1)
    if not line.endswith(b"\n"):
        raise SourceUnavailable("chunk line too long") if len(line) > MAX_LINE else _half("cut inside the chunks")
    return line.rstrip(b"\r\n")


def _parse_chunk_size(line: bytes) -> int:
    size = line.partition(b";")[0].strip(b" \t")
    if not _HEX.fullmatch(size):
        raise SourceUnavailable(f"bad chunk size: {line[:40]!r}")
    return int(size, 16)


class Decoder:
    """Undoes one content coding piece by piece; never holds more than the caps allow."""

    def __init__(self, coding: str, limits: Limits) -> None:
        self._coding = coding
        self._limits = limits
        self._stream = self._new_stream()
        self._members = 0
        self._unpacked = 0
        self._is_open = False

    def _new_stream(self) -> "zlib._Decompress":
        return zlib.decompressobj(zlib.MAX_WBITS | 16 if self._coding == "gzip" else zlib.MAX_WBITS)

    def feed(self, block: bytes) -> bytes:
        """The decoded bytes of the next block; raises SourceChanged for a bomb or for what is not in this coding."""
        if not self._coding:
            return self._count(block)
        pieces = []
        try:
            while block:
                self._start(block)
                room = self._limits.unpacked_bytes - self._unpacked + 1
                pieces.append(self._count(self._stream.decompress(block, room)))
                block = self._stream.unconsumed_tail or self._stream.unused_data
                self._is_open = not self._stream.eof
        except zlib.error as error:
            raise SourceChanged(f"not in the coding that it says: {self._coding}", HINT_UNREADABLE) from error
        return b"".join(pieces)

    def _start(self, block: bytes) -> None:
        """Open the next member, where none is open."""
        if self._is_open:
            return
        self._members += 1
        if self._members > (self._limits.gzip_members if self._coding == "gzip" else 1):
            raise SourceChanged(f"too many members of {self._coding}", HINT_UNREADABLE)
        self._stream = self._new_stream()
        if self._coding == "deflate" and block[0] & 0x0F != 8:
            # Some servers send the bare stream without zlib's header, whose first byte always ends in 8.
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        self._is_open = True

    def _count(self, piece: bytes) -> bytes:
        self._unpacked += len(piece)
        if self._unpacked > self._limits.unpacked_bytes:
            raise _too_large(f"more than {self._limits.unpacked_bytes} bytes unpacked")
        return piece

    def finish(self, received: int) -> None:
        """Say that the body, `received` bytes, is at its end; raises SourceUnavailable where the coding is not."""
        if received and self._coding and self._is_open:
            raise _half(f"the {self._coding} stream has no end")
