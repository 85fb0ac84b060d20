"""The reader of each platform's list, for tests that feed it payloads."""

from collections.abc import Callable
from pathlib import Path

from reviews.model import ParsedPage
from reviews.sources import birdeye, facebook, google_business, google_places, podium, trustpilot, yelp

PAYLOADS = Path(__file__).parent / "payloads"
PARSERS: dict[str, Callable[[bytes], ParsedPage]] = {
    "google_business": google_business.parse_reviews,
    "google_places": google_places.parse_place,
    "yelp": yelp.parse_reviews,
    "facebook": facebook.parse_ratings,
    "trustpilot": trustpilot.parse_reviews,
    "birdeye": lambda body: birdeye.parse_reviews(body, ""),
    "podium": lambda body: podium.parse_reviews(body, "here", ""),
}
