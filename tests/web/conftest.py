"""The application over a small world, on both engines."""

from pathlib import Path

import pytest
from flask import Flask

from reviews import i18n, rules
from reviews.config import Settings
from reviews.storage import Storage
from reviews.web import create_app, passwords
from tests.conftest import FakeClock
from tests.web.support import BASE, CHEAP_HASHER, FakeServices, World, make_world

BOOK = rules.load()
CATALOGUE = i18n.load()


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed for next to nothing; `test_passwords.py` looks at the real cost."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP_HASHER)


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
