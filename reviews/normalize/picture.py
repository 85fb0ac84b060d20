"""A small picture from somebody's disk, read as what it is: PNG, JPEG or WebP, its size, and nothing beside it.

What a camera or a program wrote beside it (place, time, name, comments) is left out, and so is whatever stands behind
its end: a file that is a picture and something else too comes out as the picture. SVG is a program, and is refused.
PNG: RFC 2083. JPEG: ITU-T T.81, annex B. WebP: RFC 9649.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 100_000
MOST_PIXELS = 2000
LEAST_PIXELS = 16
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"IDAT", b"IEND"}
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that browsers and mail programs show; `body` holds nothing else."""

    content_type: str
    width: int
    height: int
    body: bytes


class NoPicture(ValueError):
    """The file is none of the three, or broken."""


def read_picture(body: bytes) -> Picture:
    """The picture of a file; raises NoPicture."""
    try:
        if body.startswith(_PNG):
            return _png(body)
        if body.startswith(b"\xff\xd8\xff"):
            return _jpeg(body)
        if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
            return _webp(body)
    except (struct.error, IndexError) as error:
        raise NoPicture("cut short") from error
    raise NoPicture("neither PNG, JPEG nor WebP")


def _png(body: bytes) -> Picture:
    kept, size, position = [_PNG], (0, 0), len(_PNG)
    while True:
        (length,) = struct.unpack_from(">I", body, position)
        name, end = body[position + 4 : position + 8], position + 12 + length
        if end > len(body) or zlib.crc32(body[position + 4 : end - 4]) != struct.unpack_from(">I", body, end - 4)[0]:
            raise NoPicture("a chunk is broken")
        if name == b"IHDR":
            size = struct.unpack_from(">II", body, position + 8)
        if name in _PNG_KEPT:
            kept.append(body[position:end])
        position = end
        if name == b"IEND":
            return Picture(content_type="image/png", width=size[0], height=size[1], body=b"".join(kept))


def _jpeg(body: bytes) -> Picture:
    kept, size, position = [b"\xff\xd8"], None, 2
    while True:
        if body[position] != 0xFF:
            raise NoPicture("a marker is missing")
        marker = body[position + 1]
        (length,) = struct.unpack_from(">H", body, position + 2)
        segment = body[position : position + 2 + length]
        if len(segment) != 2 + length:
            raise NoPicture("cut short")
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", segment, 5)
            size = (width, height)
        if marker not in range(0xE1, 0xEE) and marker not in (0xEF, 0xFE):  # APP0 and APP14 say how colours are meant
            kept.append(segment)
        position += 2 + length
        if marker == 0xDA:
            end = body.rfind(b"\xff\xd9", position)
            if size is None or end < 0:
                raise NoPicture("no frame, or no end")
            kept.append(body[position : end + 2])
            return Picture(content_type="image/jpeg", width=size[0], height=size[1], body=b"".join(kept))


def _webp(body: bytes) -> Picture:
    kept: list[bytes] = []
    size = (0, 0)
    for name, data in _webp_chunks(body):
        if name == b"VP8X":
            # Flags: without animation, XMP, Exif and colour profile, whose chunks do not come along.
            data = bytes([data[0] & 0b00010000]) + data[1:10]
            size = tuple(int.from_bytes(data[at : at + 3], "little") + 1 for at in (4, 7))  # type: ignore[assignment]
        elif name == b"VP8 " and size == (0, 0):
            width, height = struct.unpack_from("<HH", data, 6)
            size = (width & 0x3FFF, height & 0x3FFF)
        elif name == b"VP8L" and size == (0, 0):
            (bits,) = struct.unpack_from("<I", data, 1)
            size = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        if name in _WEBP_KEPT:
            kept.append(name + struct.pack("<I", len(data)) + data + b"\x00" * (len(data) % 2))
    if not any(part[:4] in (b"VP8 ", b"VP8L") for part in kept):
        raise NoPicture("no picture, or an animation")
    joined = b"".join(kept)
    return Picture(
        content_type="image/webp",
        width=size[0],
        height=size[1],
        body=b"RIFF" + struct.pack("<I", 4 + len(joined)) + b"WEBP" + joined,
    )


def _webp_chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    (size,) = struct.unpack_from("<I", body, 4)
    end, position = 8 + size, 12
    if end > len(body):
        raise NoPicture("cut short")
    while position + 8 <= end:
        name = body[position : position + 4]
        (length,) = struct.unpack_from("<I", body, position + 4)
        data = body[position + 8 : position + 8 + length]
        if len(data) != length:
            raise NoPicture("cut short")
        yield name, data
        position += 8 + length + length % 2
