"""What a file of any kind says, packed in the sandbox as plain bytes, and unpacked 500 reviews at a time.

So the process that asked never holds all the values of a large file at once. Pure.
"""

from dataclasses import dataclass, replace

from reviews.model import ParsedPage, RawReview
from reviews.sandbox import wire
from reviews.sources.any_file import read_any, read_nested_table

CHUNK = 500
_NO_CLASSES: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """All that a file says: `head` without its reviews, and these in bundles of 500, of which each ends at `ends`."""

    head: ParsedPage
    count: int
    ends: tuple[int, ...]
    bundles: bytes


def read_packed(body: bytes, name: str, url: str = "", place: str = "") -> Packed:
    """As `read_any`, packed."""
    return pack(read_any(body, name, url, place))


def read_packed_table(body: bytes, name: str, place: str = "") -> Packed:
    """As `read_nested_table`, packed."""
    return pack(read_nested_table(body, name, place))


def pack(page: ParsedPage) -> Packed:
    """The page with its reviews in bundles."""
    ends: list[int] = []
    pieces: list[bytes] = []
    for start in range(0, len(page.reviews), CHUNK):
        text, _ = wire.encode(page.reviews[start : start + CHUNK])
        pieces.append(text)
        ends.append(len(text) + (ends[-1] if ends else 0))
    return Packed(head=replace(page, reviews=()), count=len(page.reviews), ends=tuple(ends), bundles=b"".join(pieces))


def unpack(packed: Packed, bundle: int) -> tuple[RawReview, ...]:
    """The reviews of one bundle, counted from 0; none where there is none."""
    if bundle >= len(packed.ends):
        return ()
    start = packed.ends[bundle - 1] if bundle else 0
    found: tuple[RawReview, ...] = wire.decode(packed.bundles[start : packed.ends[bundle]], b"", _NO_CLASSES)
    return found
