"""Permission with the real parts: from the form over a platform's consent to a saved source, and its end."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask

from reviews import collect
from reviews.config import Settings
from reviews.storage import Storage, connections, sources
from reviews.web import create_app
from reviews.web.reach import Reach
from reviews.web.services import NO_SECRETS
from tests.conftest import FakeClock
from tests.platforms.google_business import GoogleBusinessFake
from tests.platforms.server import Platforms
from tests.sources.doors import Inline, loopback_fetcher
from tests.web.conftest import BOOK, CATALOGUE
from tests.web.support import BASE, FakeServices, World, get, log_in, post
from tests.web.test_staff_connect import BOX, MANAGER, hidden_of


@pytest.fixture
def google() -> Iterator[tuple[GoogleBusinessFake, Platforms]]:
    with Platforms() as platforms:
        yield GoogleBusinessFake.running(platforms, 12), platforms


@pytest.fixture
def real(
    settings: Settings, storage: Storage, clock: FakeClock, google: tuple[GoogleBusinessFake, Platforms]
) -> Iterator[Flask]:
    with collect.open_context(settings, storage, clock) as context:
        reach = Reach(
            replace(context, fetcher=loopback_fetcher(stand_ins=google[1].stand_ins), sandbox=Inline())  # type: ignore[arg-type]
        )
        services = replace(
            FakeServices().services(),
            preview=lambda source, clinic, secrets=NO_SECRETS: reach.preview(source, clinic, secrets),
            take_permission=reach.take_permission,
            find_places=reach.find_places,
            give_back=reach.give_back,
        )
        made = create_app(settings, storage, clock=clock, book=BOOK, catalogue=CATALOGUE, services=services)
        made.testing = True
        yield made


@pytest.mark.statement("S53")
def test_from_permission_to_three_reviews_to_a_source_and_back(
    real: Flask, world: World, google: tuple[GoogleBusinessFake, Platforms]
) -> None:
    fake, platforms = google
    client = log_in(real, MANAGER)
    start = {
        "clinic": world.mine["clinic"],
        "set_client_id": fake.oauth.client_id,
        "set_client_secret": fake.oauth.client_secret,
    }
    html = post(client, "/sources/new/google_business", start).get_data(as_text=True)
    link = re.search(r'href="(https://accounts\.google\.com[^"]*)"', html)
    assert link
    consent = unescape(link[1]).replace(
        "https://accounts.google.com", platforms.stand_ins["https://accounts.google.com"]
    )
    back = urlsplit(requests.get(consent, allow_redirects=False, timeout=5).headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"{BASE}/sources/permission"
    listings = get(client, f"{back.path}?{back.query}")
    assert listings.status_code == 200
    tested = client.post(
        "/sources/new/google_business", data=hidden_of(listings.get_data(as_text=True)), base_url=BASE
    ).get_data(as_text=True)
    assert tested.count('<p class="clip"') == 3
    assert "4.6" in tested
    form = {**hidden_of(tested), "label": "Google"}
    assert client.post("/sources/new/google_business/save", data=form, base_url=BASE).status_code == 303
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        [account] = connections.find_connections(g, "google_business")
        kept = connections.get_secrets(g, account.id, BOX)
        [source] = connections.find_sources_of(g, account.id)
    assert kept["refresh_token"] in fake.oauth.refresh_tokens
    assert source.config["location"] == "locations/7001"
    end = f"/sources/{source.public_id}/disconnect"
    assert post(client, end, {"sure": "yes"}, form_on=end).status_code == 303
    assert fake.oauth.revoked == [kept["refresh_token"]]
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        assert connections.get_secrets(g, account.id, BOX) == {}
        assert sources.get_source(g, source.id).next_due_at is None
