"""Run the fake platforms by hand: ``python -m tests.platforms [port]``.

Printed are their addresses, what stands in for which platform, and the keys that they take.
"""

import contextlib
import sys

from tests.platforms.birdeye import BUSINESS, BirdeyeFake
from tests.platforms.facebook import FacebookFake
from tests.platforms.google_business import GoogleBusinessFake
from tests.platforms.google_places import PLACE, GooglePlacesFake
from tests.platforms.podium import HERE, PodiumFake
from tests.platforms.server import Platforms, demo_platforms
from tests.platforms.trustpilot import TrustpilotFake
from tests.platforms.yelp import YelpFake


def add_all(platforms: Platforms) -> dict[str, dict[str, str]]:
    """Let every platform answer; kind → the settings and secrets that it takes."""
    google, podium = GoogleBusinessFake.running(platforms, 120), PodiumFake.running(platforms, 120)
    yelp, facebook = YelpFake.running(platforms), FacebookFake.running(platforms, 60)
    trustpilot, birdeye = TrustpilotFake.running(platforms, 120), BirdeyeFake.running(platforms, 120)
    places = GooglePlacesFake.running(platforms)
    return {
        "google_business": {
            "account": "accounts/101",
            "location": "locations/7001",
            **google.oauth.connected(is_fresh=True),
        },
        "google_places": {"place_id": PLACE, "api_key": places.key},
        "yelp": {"business": yelp.business, "api_key": yelp.key},
        "facebook": {"page": facebook.page, "page_token": facebook.token},
        "trustpilot": {"business": "willow.example.org", "api_key": trustpilot.key},
        "birdeye": {"business": BUSINESS, "api_key": birdeye.key},
        "podium": {"location": HERE, **podium.oauth.connected(is_fresh=True)},
    }


if __name__ == "__main__":
    with demo_platforms(int(sys.argv[1]) if len(sys.argv) > 1 else 8765) as platforms:
        print(f"{platforms.url}/reviews/1\n{platforms.url}/export.csv\n{platforms.url}/v1/listings/willow-lane")
        print("bearer token: secret-of-the-demo; Ctrl-C ends it\n")
        for kind, settings in add_all(platforms).items():
            print(f"{kind}: {settings}")
        print()
        for origin, address in platforms.stand_ins.items():
            print(f"{origin} → {address}")
        with contextlib.suppress(KeyboardInterrupt):
            platforms.stopped.wait()
