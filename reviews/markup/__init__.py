"""Pages of HTML → reviews, totals, businesses, in every markup that we can read. Pure: bytes in, values out."""

from reviews.markup.page import parse_page
from reviews.markup.subjects import is_called, label_of, name_key
from reviews.markup.tree import script_texts
from reviews.markup.visible import parse_text

__all__ = ["is_called", "label_of", "name_key", "parse_page", "parse_text", "script_texts"]
