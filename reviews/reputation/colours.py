"""Whether text on a colour can be read (WCAG 2.2, 1.4.3 and its definition of contrast ratio)."""

import re

LEAST = 4.5
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def read_colour(text: str) -> str | None:
    """A colour as ``#0b5cad``, small letters; None for anything else."""
    found = text.strip().lower()
    found = found if found.startswith("#") else f"#{found}"
    return found if _COLOUR.fullmatch(found) else None


def contrast_with_white(colour: str) -> float:
    """The contrast ratio of a colour and white, 1 to 21."""
    return 1.05 / (_luminance(colour) + 0.05)


def darken(colour: str) -> str:
    """The nearest darker shade on which white text can be read; the colour itself where it can."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    for step in range(100, -1, -1):
        shade = "#" + "".join(f"{part * step // 100:02x}" for part in parts)
        if contrast_with_white(shade) >= LEAST:
            return shade
    return "#000000"


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
