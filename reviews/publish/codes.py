"""QR codes as one path for an SVG, one unit a module, with the quiet zone that readers need."""

from functools import lru_cache

QUIET = 4


@lru_cache(maxsize=256)
def qr_path(text: str) -> tuple[str, int] | None:
    """The path's data and the side of the square; None where the library is not installed."""
    try:
        import segno
    except ImportError:
        return None
    rows = segno.make(text, error="m", micro=False).matrix
    dark = [f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module]
    return "".join(dark), len(rows) + 2 * QUIET
