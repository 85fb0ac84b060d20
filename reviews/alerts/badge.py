"""A picture of stars for mails: a small PNG inside the mail, so that nothing is fetched and nobody is counted."""

import math
import struct
import zlib
from functools import lru_cache

STAR = 24
FILLED, EMPTY, BACK = (0xB0, 0x6A, 0x00), (0xD0, 0xD0, 0xD0), (0xFF, 0xFF, 0xFF)
_SAMPLES = 4


@lru_cache(maxsize=6)
def stars_png(stars: int) -> bytes:
    """A PNG of five stars, `stars` of them filled, on white (RFC 2083; 8 bit RGB)."""
    if not 0 <= stars <= 5:
        raise ValueError(f"{stars} of five stars")
    shape = [[_cover(x, y) for x in range(STAR)] for y in range(STAR)]
    rows = []
    for line in shape:
        row = bytearray(b"\x00")
        for number in range(5):
            color = FILLED if number < stars else EMPTY
            for cover in line:
                row += bytes(round(back + (front - back) * cover) for front, back in zip(color, BACK, strict=True))
        rows.append(bytes(row))
    head = struct.pack(">IIBBBBB", STAR * 5, STAR, 8, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _cover(x: int, y: int) -> float:
    """How much of a pixel the star covers."""
    step = 1 / _SAMPLES
    hits = sum(_is_inside(x + (i + 0.5) * step, y + (j + 0.5) * step) for i in range(_SAMPLES) for j in range(_SAMPLES))
    return hits / _SAMPLES**2


def _is_inside(x: float, y: float) -> bool:
    dx, dy = x - STAR / 2, STAR / 2 + 1 - y
    radius, angle = math.hypot(dx, dy), math.atan2(dx, dy)
    # Each fifth of a star is an edge between a tip and a notch: mirror the angle into it.
    sector = math.pi / 5
    turn = angle % (2 * sector)
    turn = min(turn, 2 * sector - turn)
    tip, notch = STAR * 0.48, STAR * 0.48 * 0.42
    # The edge as a line in polar form, from (tip, 0) to (notch, sector).
    edge = tip * notch * math.sin(sector) / (notch * math.sin(sector - turn) + tip * math.sin(turn))
    return radius <= edge
