"""The page where a person says whether two reviews are one, and the same on the page of a review and on Today."""

import re

import pytest
from flask import Flask

from reviews.storage import Storage, audit, clinics, pairs, sources
from tests.web.support import World, add_pairs, get, log_in, post

OWNER = "owner@north.example.org"


@pytest.fixture
def world(world: World) -> World:
    return add_pairs(world)


def state_of(storage: Storage, world: World) -> str:
    with storage.read() as tx:
        return pairs.get_pair_by_public_id(tx.group(world.group_id), world.mine["pair"]).state


def test_a_pair_waits_on_today_and_stands_side_by_side(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    assert "1 pair may be the same review" in re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page(client, "/")))
    text = page(client, "/pairs")
    assert "Own website" in text
    assert "Paper forms" in text
    assert "The texts are 96% alike." in text
    assert text.count("It is the same review") == 1


def page(client: object, path: str) -> str:
    return get(client, path).get_data(as_text=True)  # type: ignore[arg-type]


def test_a_person_says_that_it_is_one_and_takes_that_back(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, OWNER)
    path, back = f"/pairs/{world.mine['pair']}", f"/reviews/{world.mine['review']}"
    answer = post(client, path, {"decision": "same", "back": back}, form_on="/pairs")
    assert answer.headers["Location"] == f"{back}?done=pair-same"
    assert state_of(storage, world) == "same"
    text = page(client, back)
    assert "counts once" in text
    assert "Take this back" in text
    with storage.read() as tx:
        g = tx.group(world.group_id)
        assert clinics.get_stale_since(g, clinics.get_clinic_by_public_id(g, world.mine["clinic"]).id) is not None
        assert [entry.action for entry in audit.find_entries(g, limit=1)] == ["pair.decided"]
    post(client, path, {"decision": "different"}, form_on="/pairs")
    assert state_of(storage, world) == "different"
    assert "In another place" not in page(client, back)


def test_a_viewer_sees_pairs_and_decides_none(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, "viewer@north.example.org")
    assert "It is the same review" not in page(client, "/pairs")
    answer = post(client, f"/pairs/{world.mine['pair']}", {"decision": "same"}, form_on="/inbox")
    assert answer.status_code == 403
    assert state_of(storage, world) == "proposed"


def test_another_decision_than_these_is_refused(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, OWNER)
    assert post(client, f"/pairs/{world.mine['pair']}", {"decision": "x"}, form_on="/pairs").status_code == 400
    assert state_of(storage, world) == "proposed"


@pytest.mark.parametrize("path", ["/inbox", "/"])
def test_what_is_one_review_is_one_row_that_says_where_else_it_stands(app: Flask, world: World, path: str) -> None:
    client = log_in(app, OWNER)
    before = page(client, path)
    post(client, f"/pairs/{world.mine['pair']}", {"decision": "same"}, form_on="/pairs")
    after = page(client, path)
    links = re.compile(r'class="go" href="/reviews/([0-9a-f]{16})')
    gone = set(links.findall(before)) - set(links.findall(after))
    assert len(gone) == 1
    assert "(also on " not in before
    assert after.count("(also on ") == 1


def test_a_list_of_one_source_shows_its_copy_and_counts_what_it_shows(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    post(client, f"/pairs/{world.mine['pair']}", {"decision": "same"}, form_on="/pairs")
    shown = set()
    with world.storage.read() as tx:
        found = sources.find_sources(tx.group(world.group_id))
    for source in found:
        text = page(client, f"/inbox?source={source.public_id}")
        shown |= {source.label} if "(also on " in text else set()
    assert shown == {"Own website", "Paper forms"}
