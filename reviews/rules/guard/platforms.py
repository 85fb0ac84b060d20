"""What a platform refuses: replies over its limit, and emoji where it takes none."""

import re
from dataclasses import dataclass

_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff\u25aa-\u25fe\u2934-\u2935\u3030\u303d\u3297\u3299\u20e3\ufe0f]"
)
GOOGLE_BYTES = 4096
YELP_CHARACTERS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How long a reply is in the unit that its platform counts: ``bytes`` or ``characters``; None: no limit known."""

    count: int
    limit: int | None
    unit: str


def size_of(reply: str, platform: str) -> Size:
    """How long a reply is for its platform."""
    name = platform.strip().lower()
    if name.startswith("google"):
        return Size(count=len(reply.encode("utf-8", "surrogatepass")), limit=GOOGLE_BYTES, unit="bytes")
    return Size(count=len(reply), limit=YELP_CHARACTERS if name.startswith("yelp") else None, unit="characters")


def over_limit(reply: str, platform: str) -> tuple[int, int] | None:
    """Start and end of what the platform would refuse, or None.

    Google counts bytes of UTF-8, at most 4,096; Yelp characters, at most 5,000, and takes no emoji. Other platforms:
    no limit is known.
    """
    name = platform.strip().lower()
    if name.startswith("google"):
        return _too_many_bytes(reply)
    if name.startswith("yelp"):
        if len(reply) > YELP_CHARACTERS:
            return YELP_CHARACTERS, len(reply)
        emoji = _EMOJI.search(reply)
        return emoji.span() if emoji else None
    return None


def _too_many_bytes(reply: str) -> tuple[int, int] | None:
    left = GOOGLE_BYTES
    for at, character in enumerate(reply):
        left -= len(character.encode("utf-8", "surrogatepass"))
        if left < 0:
            return at, len(reply)
    return None
