"""All connectors by their kind."""

from collections.abc import Mapping

from reviews.errors import ConfigError
from reviews.sources.base import Connector
from reviews.sources.birdeye import Birdeye
from reviews.sources.csv_file import CsvFile
from reviews.sources.example_api import ExampleApi
from reviews.sources.facebook import Facebook
from reviews.sources.file_import import FileImport
from reviews.sources.google_business import GoogleBusiness
from reviews.sources.google_places import GooglePlaces
from reviews.sources.manual import Manual
from reviews.sources.podium import Podium
from reviews.sources.trustpilot import Trustpilot
from reviews.sources.web_page import WebPage
from reviews.sources.yelp import Yelp

CONNECTORS: Mapping[str, Connector] = {
    connector.kind: connector
    for connector in (
        WebPage(),
        CsvFile(),
        FileImport(),
        Manual(),
        GoogleBusiness(),
        Yelp(),
        Facebook(),
        Trustpilot(),
        Birdeye(),
        Podium(),
        GooglePlaces(),
        ExampleApi(),
    )
}


def get_connector(kind: str) -> Connector:
    """The connector of this kind; raises ConfigError that names the known ones."""
    if kind not in CONNECTORS:
        raise ConfigError(f"kind of source: found {kind!r}; expected one of {', '.join(connector_kinds())}")
    return CONNECTORS[kind]


def connector_kinds(*, demo: bool = True) -> tuple[str, ...]:
    """The kinds in the order in which they are offered; without `demo` only those for real use."""
    return tuple(kind for kind, connector in CONNECTORS.items() if demo or not connector.demo_only)
