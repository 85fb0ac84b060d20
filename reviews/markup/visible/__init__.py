"""Reviews that a page only shows: cards, quotes, comments with stars, totals in sentences, the business's own words.

No site is named here. What counts is structure (blocks that repeat, roles within a block) and words of many languages.
Precision comes first: what could be something else is left out, and a line of diagnostics says so.
"""

from reviews.markup.visible.facts import read_facts
from reviews.markup.visible.plain import parse_text
from reviews.markup.visible.reader import read_visible

__all__ = ["parse_text", "read_facts", "read_visible"]
