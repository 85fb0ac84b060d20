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
_JPEG_KEPT = _FRAMES | {0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD}
_IN_SCAN = frozenset({0x00, 0xFF, *range(0xD0, 0xD8)})
"""What follows a byte 0xFF inside the data of a scan."""


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
        if (name == b"IHDR") != (position == len(_PNG)):
            raise NoPicture("its size is not said once, at the beginning")
        if name == b"IHDR":
            size = struct.unpack_from(">II", body, position + 8)
        if name in _PNG_KEPT:
            kept.append(body[position:end])
        position = end
        if name == b"IEND":
            if not any(part[4:8] == b"IDAT" for part in kept):
                raise NoPicture("it has no pixels")
            return Picture(content_type="image/png", width=size[0], height=size[1], body=b"".join(kept))


def _jpeg(body: bytes) -> Picture:
    kept, sizes, scans, position = [b"\xff\xd8"], [], 0, 2
    while True:
        while body[position : position + 2] == b"\xff\xff":  # padding
            position += 1
        if body[position] != 0xFF:
            raise NoPicture("a marker is missing")
        marker = body[position + 1]
        if marker == 0xD9:
            break
        (length,) = struct.unpack_from(">H", body, position + 2)
        segment = body[position : position + 2 + length]
        if length < 2 or len(segment) != 2 + length:
            raise NoPicture("cut short")
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", segment, 5)
            sizes.append((width, height))
        kept.append(segment if marker in _JPEG_KEPT else _colours_of(segment))
        position += 2 + length
        if marker == 0xDA:
            end = _end_of_scan(body, position)
            kept.append(body[position:end])
            scans, position = scans + 1, end
    if len(sizes) != 1 or not scans:
        raise NoPicture("not one frame, or nothing in it")
    return Picture(
        content_type="image/jpeg", width=sizes[0][0], height=sizes[0][1], body=b"".join([*kept, b"\xff\xd9"])
    )


def _end_of_scan(body: bytes, position: int) -> int:
    """Where the next marker stands."""
    while (position := body.find(b"\xff", position)) >= 0:
        if body[position + 1] not in _IN_SCAN:
            return position
        position += 1
    raise NoPicture("no end")


def _colours_of(segment: bytes) -> bytes:
    """What JFIF and Adobe say of density and colours, without the small picture that may follow; else nothing."""
    if len(segment) >= 18 and segment[1] == 0xE0 and segment[4:9] == b"JFIF\x00":
        return b"\xff\xe0\x00\x10" + segment[4:16] + b"\x00\x00"
    if len(segment) >= 16 and segment[1] == 0xEE and segment[4:9] == b"Adobe":
        return b"\xff\xee\x00\x0e" + segment[4:16]
    return b""


def _webp(body: bytes) -> Picture:
    kept: list[bytes] = []
    sizes: list[tuple[int, int]] = []
    for name, data in _webp_chunks(body):
        if name == b"VP8X":
            if kept or len(data) != 10:
                raise NoPicture("its canvas does not come first")
            # Flags: without animation, XMP, Exif and colour profile, whose chunks do not come along.
            data = bytes([data[0] & 0b00010000]) + data[1:]
            sizes.append((int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1))
        elif name == b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 6)
            sizes.append((width & 0x3FFF, height & 0x3FFF))
        elif name == b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 1)
            sizes.append(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        if name in _WEBP_KEPT:
            kept.append(name + struct.pack("<I", len(data)) + data + b"\x00" * (len(data) % 2))
    if sum(part[:4] in (b"VP8 ", b"VP8L") for part in kept) != 1:
        raise NoPicture("not one picture, or an animation")
    if len(set(sizes)) != 1:
        raise NoPicture("canvas and picture differ in size")
    joined = b"".join(kept)
    return Picture(
        content_type="image/webp",
        width=sizes[0][0],
        height=sizes[0][1],
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
