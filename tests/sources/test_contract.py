"""The connectors for pages, files and the invented platform keep the contract, and every other one is under it."""

import csv
import importlib
import io
from collections.abc import Iterator

import pytest

from reviews.errors import ImportFileError, SourceChanged, SourceUnavailable
from reviews.sources.registry import CONNECTORS, connector_kinds, get_connector
from tests.platforms import sites
from tests.platforms.listing import START, Listing, Record
from tests.platforms.server import Platforms
from tests.platforms.sites import Written
from tests.sources.contract import Bench, ConnectorContract


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with Platforms() as running:
        yield running


class TestWebPage(ConnectorContract):
    @pytest.fixture
    def bench(self, platforms: Platforms) -> Bench:
        reviews = [*sites.REVIEWS, *(Written(f"Guest {n}", "4", f"Visit number {n} went well.") for n in range(6))]

        def serve(rows: list[Written]) -> None:
            step = -(-len(rows) // 3)
            for number in (1, 2, 3):
                following = f"/reviews/{number + 1}" if number < 3 else None
                platforms.pages[f"/reviews/{number}"] = sites.json_ld_page(
                    rows[(number - 1) * step : number * step], next_url=following
                )

        serve(reviews)
        return Bench(
            connector=CONNECTORS["web_page"],
            platforms=platforms,
            url=f"{platforms.url}/reviews/1",
            config={"url": f"{platforms.url}/reviews/1"},
            serve=lambda texts: serve([Written(f"Person {n}", "5", text) for n, text in enumerate(texts)]),
            damage=lambda: serve([*reviews, Written("Odd One", "superb", "A rating that is no number.")]),
            repeat=lambda: serve([*reviews, reviews[0]]),
            expected_count=len(reviews),
            errors={"truncated": SourceUnavailable},
        )


class TestCsvFile(ConnectorContract):
    @pytest.fixture
    def bench(self, platforms: Platforms) -> Bench:
        header = ["author", "rating", "date", "text"]
        rows = [[f"Person {n}", str(n % 5 + 1), "2026-10-05", f"Visit number {n}, as planned."] for n in range(1_200)]

        def serve(given: list[list[str]]) -> None:
            text = io.StringIO()
            csv.writer(text).writerows([header, *given])
            platforms.pages["/export.csv"] = (text.getvalue().encode(), "text/csv")

        serve(rows)
        return Bench(
            connector=CONNECTORS["csv_file"],
            platforms=platforms,
            config={"url": f"{platforms.url}/export.csv"},
            serve=lambda texts: serve([[f"Person {n}", "5", "2026-10-05", text] for n, text in enumerate(texts)]),
            damage=lambda: serve([*rows, ["Odd One", "", "", ""]]),
            repeat=lambda: serve([*rows, rows[0]]),
            expected_count=len(rows),
            errors={"truncated": ImportFileError, "wrong_type": ImportFileError},
        )


class TestExampleApi(ConnectorContract):
    @pytest.fixture
    def bench(self, platforms: Platforms) -> Bench:
        listing = platforms.listings["willow-lane"] = Listing().fill(10)

        def serve(texts: tuple[str, ...]) -> None:
            listing.records.clear()
            for number, text in enumerate(texts):
                moment = START.replace(hour=23 - number)
                listing.add(Record(f"ex-{number}", f"Person {number}", "FIVE", text, moment, moment))

        def repeat() -> None:
            listing.extra.append(listing.newest_first()[-1].as_json())

        return Bench(
            connector=CONNECTORS["example_api"],
            platforms=platforms,
            config={"url": platforms.url, "listing": "willow-lane", "token": listing.token},
            serve=serve,
            damage=lambda: listing.extra.append(None),
            repeat=repeat,
            expected_count=10,
            errors={"login": SourceChanged},
        )


@pytest.mark.parametrize("kind", sorted(set(CONNECTORS) - {"web_page", "csv_file", "example_api", "manual"}))
def test_every_connector_is_under_contract(kind: str) -> None:
    module = importlib.import_module(f"tests.sources.test_{kind}")
    suites = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, ConnectorContract)]
    assert any(each is not ConnectorContract for each in suites)


def test_an_unknown_kind_is_named_with_the_known_ones() -> None:
    with pytest.raises(Exception, match="web_page"):
        get_connector("carrier_pigeon")


def test_the_example_platform_is_not_offered_outside_the_demo() -> None:
    assert "example_api" not in connector_kinds(demo=False)
    assert "example_api" in connector_kinds()
