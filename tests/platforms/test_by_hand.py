"""What ``python -m tests.platforms`` starts can be read by every connector."""

import pytest

from reviews.sources.base import secret_names
from reviews.sources.registry import get_connector
from tests.platforms.__main__ import add_all
from tests.platforms.server import demo_platforms
from tests.sources.platform_bench import Shop, ids


def test_every_fake_answers_its_connector():
    with demo_platforms() as platforms:
        for kind, settings in add_all(platforms).items():
            connector = get_connector(kind)
            names = {*secret_names(connector), "refresh_token", "access_token"}
            config = {name: value for name, value in settings.items() if name not in names}
            secrets = {name: value for name, value in settings.items() if name in names}
            shop = Shop(connector, platforms, {**config, "terms_read": True}, secrets)
            assert len(set(ids(shop.fetch()))) >= 3, kind


def test_a_fake_that_nobody_added_answers_nothing():
    with demo_platforms() as platforms, pytest.raises(KeyError):
        platforms.apis["yelp"]
