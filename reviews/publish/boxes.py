"""The room that pictures take, and that snippets reserve for a widget."""

BADGE_BOX = (240, 64)
BOXES = {
    "badge": {"s": (340, 72), "m": (600, 64), "l": (600, 64)},
    "bar": {"s": (340, 96), "m": (600, 64), "l": (600, 64)},
    "list": {"s": (340, 620), "m": (600, 560), "l": (600, 420)},
    "grid": {"s": (340, 620), "m": (600, 560), "l": (600, 480)},
    "carousel": {"s": (340, 420), "m": (600, 380), "l": (600, 360)},
    "quote": {"s": (340, 320), "m": (600, 280), "l": (600, 240)},
}
"""Starting boxes of the posters by layout and size: width and height in pixels. Snippets carry measured heights."""
