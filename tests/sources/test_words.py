"""Everything that a source says to people is there in French too."""

import importlib
import re

import pytest

from reviews import i18n
from reviews.secrets_box import HINT_WRONG_KEY
from reviews.sources.registry import CONNECTORS
from reviews.sources.table import _OTHER_FILES
from reviews.storage.connections import DISCONNECTED

MODULES = (
    "web_page", "csv_file", "cells", "table", "example_api", "records", "json_api", "oauth", "google_errors",
    "google_business", "google_places", "yelp", "facebook", "trustpilot", "birdeye", "podium", "archive", "spreadsheet",
    "any_file", "file_import", "manual",
)  # fmt: skip
NAMES = ("Encoding", "Birdeye", "Podium", "Yelp", "Facebook", "Trustpilot")
"""The same in both languages."""


def messages() -> list[str]:
    found = [hint for _, hint in _OTHER_FILES] + [DISCONNECTED, HINT_WRONG_KEY]
    for name in MODULES:
        module = importlib.import_module(f"reviews.sources.{name}")
        found += [
            v for key, v in vars(module).items() if key.isupper() and isinstance(v, str) and " " in v and "://" not in v
        ]
    for connector in CONNECTORS.values():
        found.append(connector.label)
        for field in connector.fields:
            found += [field.label, *([field.help] if field.help else []), *(label for _, label in field.choices)]
    return sorted(set(found))


@pytest.mark.parametrize("message", messages())
def test_it_is_there_in_french_with_the_same_places(message: str) -> None:
    french = i18n.load().words("fr").messages.get(message)
    assert isinstance(french, str)
    assert french != message or message in NAMES
    assert sorted(re.findall(r"{\w+}", french)) == sorted(re.findall(r"{\w+}", message))
