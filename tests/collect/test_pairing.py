"""A review that comes in two ways: found after the runs, shown once, and two again when a person says so."""

import json
from typing import Any

import pytest

from reviews.collect.run import refresh
from reviews.storage import alerts, clinics, pairs, snapshots
from tests.collect.test_connections import GOOGLE, add, connect
from tests.platforms import sites
from tests.platforms.google_business import GoogleBusinessFake
from tests.platforms.podium import HERE, PodiumFake

WORDS = "They explained every exercise twice and never hurried me out of the door."


def served(world: Any) -> dict[str, Any]:
    with world.storage.read() as tx:
        found: dict[str, Any] = json.loads(snapshots.find_snapshot(tx, "w/willow-lane/data.json").body)
    return found


def waiting(world: Any) -> list[pairs.Pair]:
    with world.storage.read() as tx:
        return pairs.find_pairs(tx.group(world.group_id))


def decide(world: Any, pair: pairs.Pair, state: str) -> None:
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        pairs.decide(g, pair, state, now=world.clock(), person_id=None)
        clinics.mark_stale(g, pair.clinic_id, world.clock())
    refresh(world.context, world.group_id, pair.clinic_id)


@pytest.mark.parametrize("point", ["collect.after_page", "collect.before_close"])
def test_a_run_killed_before_its_reviews_were_compared_tells_nobody_twice(world, monkeypatch, point):
    """The run that comes after the crash tells what the first one stored: only after it has looked for copies."""
    google, podium = GoogleBusinessFake.running(world.platforms, 5), PodiumFake.running(world.platforms, 0)
    podium.rows = [passed_on_by_podium(google.here[1])]
    world.collect(add(world, "google_business", connect(world, "google_business", google.oauth.connected()), GOOGLE))
    second = add(world, "podium", connect(world, "podium", podium.oauth.connected()), {"location": HERE})

    def kill(place: str) -> None:
        if place == point:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        for module in ("pages", "closing"):
            patched.setattr(f"reviews.collect.{module}.hit", kill)
        if point == "collect.before_close":  # cut off before, as if the comparing had been
            patched.setattr("reviews.collect.run.pair_before_telling", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            world.collect(second)
    cut_off = world.last_run(second)
    assert (cut_off.finished_at, waiting(world)) == (None, []), "stored, not told, not compared"
    seen = []

    def look(g: Any, source: Any, run_public_id: str, counts: Any, now: Any) -> None:
        seen.append((run_public_id, alerts.find_news(g, source.id, cut_off.id, after_id=0, limit=9)))

    monkeypatch.setattr("reviews.collect.run.tell_news", look)
    world.clock.advance(days=1)
    world.collect(second)
    assert seen == [(cut_off.public_id, [])], "when the news are written they are known as one"
    assert [pair.state for pair in waiting(world)] == ["same"]


def passed_on_by_podium(row: dict[str, Any]) -> dict[str, Any]:
    """The same review as Podium passes it on, with Google's id; the row gets an id and words that fit."""
    row["reviewId"], row["name"] = "AbFvOqk-0001-xyz", row["name"].replace("gb-0001", "AbFvOqk-0001-xyz")
    row["comment"] = WORDS
    return {
        "uid": "0b0e4d7e-0000-4000-8000-000000000001",
        "author": {"id": None, "name": row["reviewer"]["displayName"]},
        "review": {"body": WORDS, "rating": 5, "siteName": "google", "siteReviewId": "AbFvOqk-0001-xyz", "url": None},
        "isRecommendation": False, "responses": [], "locations": [{"uid": HERE}],
        "createdAt": row["createTime"], "updatedAt": row["createTime"],
    }  # fmt: skip


def test_a_google_review_that_podium_passes_on_with_its_id_counts_once(world):
    google, podium = GoogleBusinessFake.running(world.platforms, 5), PodiumFake.running(world.platforms, 0)
    podium.rows = [passed_on_by_podium(google.here[1])]
    world.collect(add(world, "google_business", connect(world, "google_business", google.oauth.connected()), GOOGLE))
    second = add(world, "podium", connect(world, "podium", podium.oauth.connected()), {"location": HERE})
    world.collect(second, shows=False)
    (pair,) = waiting(world)
    run = world.last_run(second)
    with world.storage.read() as tx:
        told = alerts.find_news(tx.group(world.group_id), second.id, run.id, after_id=0, limit=9)
    assert told == [], "it is known as one before anybody could be told twice"
    refresh(world.context, world.group_id, world.clinic.id)
    assert (pair.state, pair.basis, pair.person_id) == ("same", "id", None)
    assert len(world.held()) == 6, "both are kept"
    assert [quote["head"] for quote in served(world)["quotes"]].count(WORDS) == 1
    assert served(world)["choice"]["held"] == 5
    decide(world, pair, "different")
    assert served(world)["choice"]["held"] == 6
    assert [quote["head"] for quote in served(world)["quotes"]].count(WORDS) == 2


def test_a_review_copied_to_the_own_page_is_proposed_and_counts_twice_until_somebody_has_looked(world):
    google = GoogleBusinessFake.running(world.platforms, 3)
    google.here[0]["comment"] = WORDS
    author = google.here[0]["reviewer"]["displayName"]
    day = google.here[0]["createTime"][:10]
    world.platforms.pages["/own"] = sites.json_ld_page(
        [sites.Written(author, "5", WORDS + " Thanks!", day), *sites.REVIEWS[:2]], total=None
    )
    google.here[0]["starRating"] = "FIVE"
    page = world.add_source("web_page", "/own")
    world.collect(page)
    world.collect(add(world, "google_business", connect(world, "google_business", google.oauth.connected()), GOOGLE))
    (pair,) = waiting(world)
    assert (pair.state, pair.basis) == ("proposed", "text")
    assert served(world)["choice"]["held"] == 6
    decide(world, pair, "same")
    assert served(world)["choice"]["held"] == 5
    world.collect(page)
    assert [each.state for each in waiting(world)] == ["same"], "a later reading asks nothing again"
