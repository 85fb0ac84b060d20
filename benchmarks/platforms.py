"""Reviews per second of one core for each platform: answer → parsed → normalized → scored → stored on SQLite."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.ingest import ROUNDS, measure
from tests.platforms import birdeye, facebook, google_business, google_places, podium, trustpilot, yelp
from tests.sources.platform_parsers import PARSERS

ROWS = 1_000
SIZES = {"google_business": 50, "yelp": 7, "facebook": 100, "trustpilot": 100, "birdeye": 100, "podium": 100}
WRAPPED: dict[str, Callable[[list[Any]], Any]] = {
    "google_business": lambda rows: {"reviews": rows, "averageRating": 4.6, "totalReviewCount": ROWS},
    "yelp": lambda rows: {"reviews": rows, "total": ROWS},
    "facebook": lambda rows: {"data": rows},
    "trustpilot": lambda rows: {"reviews": rows, "links": []},
    "birdeye": lambda rows: rows,
    "podium": lambda rows: {"data": rows, "metadata": {}},
}
MAKE: dict[str, Callable[[int], Any]] = {
    "google_business": google_business.make_row,
    "yelp": yelp.make_row,
    "facebook": facebook.make_row,
    "trustpilot": trustpilot.make_row,
    "birdeye": birdeye.make_row,
    "podium": lambda number: podium.make_row(number, location="here"),
}


def pages_of(kind: str) -> list[bytes]:
    """The answers of a listing with so many reviews, in pages as large as the platform gives them."""
    rows, size = [MAKE[kind](number) for number in range(ROWS)], SIZES[kind]
    return [json.dumps(WRAPPED[kind](rows[start : start + size])).encode() for start in range(0, ROWS, size)]


def main() -> None:
    assert set(SIZES) | {"google_places"} >= set(PARSERS), "a new platform is measured too"
    assert google_places.PLACE  # read live and never stored: there is nothing to measure
    for kind, size in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            files = [str(Path(folder) / f"{n}.db") for n in range(ROUNDS)]
            said = f"{ROWS} reviews in answers of {size}"
            measure(f"platform.{kind}", files, pages_of(kind), PARSERS[kind], ROWS, said)


if __name__ == "__main__":
    main()
