"""From what the wire said to a review: pure functions, no clock, no I/O."""

from reviews.normalize.people import display_author
from reviews.normalize.ratings import RatingRefused, UnknownScale, normalize_rating, normalize_total
from reviews.normalize.review import Context, Normalized, normalize_review, normalize_with_notes

__all__ = [
    "Context",
    "Normalized",
    "RatingRefused",
    "UnknownScale",
    "display_author",
    "normalize_rating",
    "normalize_review",
    "normalize_total",
    "normalize_with_notes",
]
