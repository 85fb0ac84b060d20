"""What services that pass on reviews of other platforms have in common: each review follows where it was written."""

from collections.abc import Mapping

PLATFORMS: Mapping[str, str] = {
    "google": "google_business",
    "facebook": "facebook",
    "yelp": "yelp",
    "trustpilot": "trustpilot",
    "tripadvisor": "tripadvisor",
    "ratemds": "ratemds",
}
"""A platform's name in lower case, without spaces → its origin, whose terms bind."""
RECOMMENDING = frozenset({"facebook"})
"""Platforms that recommend instead of giving stars: an average that somebody made of that is not kept."""


def plain_name(name: object) -> str:
    """The name of a platform as it is looked up: "Direct Feedback" → ``directfeedback``."""
    return "".join(str(name or "").lower().split()).replace("_", "").replace("-", "")


def origin_of_platform(name: object, *, own: str, own_names: tuple[str, ...] = ()) -> str:
    """The origin of reviews from a platform of this name.

    What was written at the carrier itself has the carrier's origin; a name that nobody knows is ``unknown``: staff see
    such reviews, and nobody else.
    """
    plain = plain_name(name)
    if plain == plain_name(own) or plain in own_names:
        return own
    return PLATFORMS.get(plain, "unknown")
