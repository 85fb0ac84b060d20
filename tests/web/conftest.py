"""The application over a small world, on both engines."""

from pathlib import Path

import pytest
from flask import Flask

from reviews import i18n, rules
from reviews.config import Settings
from reviews.storage import Storage
from reviews.web import create_app
from tests.conftest import FakeClock
from tests.web.support import BASE, FakeServices, World, make_world

BOOK = rules.load()
CATALOGUE = i18n.load()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path, database=database_url, base_url=BASE, secret_keys=("a secret for tests " * 2,))


@pytest.fixture
def fakes() -> FakeServices:
    return FakeServices()


@pytest.fixture
def app(settings: Settings, storage: Storage, clock: FakeClock, fakes: FakeServices) -> Flask:
    made = create_app(settings, storage, clock=clock, book=BOOK, catalogue=CATALOGUE, services=fakes.services())
    made.testing = True
    return made


@pytest.fixture
def world(storage: Storage) -> World:
    return make_world(storage)
