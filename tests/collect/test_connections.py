"""Sources of connected accounts in whole runs: secrets, refusals, disconnection, and what terms let nobody hold."""

import json
from typing import Any

import pytest

from reviews.collect import disconnect
from reviews.model import Outcome, Source
from reviews.secrets_box import HINT_WRONG_KEY, SecretsBox
from reviews.sources import facebook
from reviews.sources.base import secret_names
from reviews.sources.registry import get_connector
from reviews.storage import backup, connections, keeping, snapshots, sources, totals
from reviews.worker.upkeep import Upkeep
from tests.platforms import google_business
from tests.platforms.__main__ import add_all
from tests.platforms.facebook import FacebookFake
from tests.platforms.facebook import make_row as facebook_row
from tests.platforms.google_business import GoogleBusinessFake
from tests.platforms.google_places import PLACE, GooglePlacesFake
from tests.platforms.yelp import YelpFake

GOOGLE = {"account": "accounts/101", "location": "locations/7001"}


def box(world: Any) -> SecretsBox:
    return SecretsBox(world.context.settings.fernet_keys())


def connect(world: Any, kind: str, secrets: dict[str, str], **options: Any) -> connections.Connection:
    with world.storage.write() as tx:
        return connections.add_connection(
            tx.group(world.group_id), kind=kind, label=kind, secrets=secrets, now=world.clock(),
            box=options.get("box") or box(world),
        )  # fmt: skip


def add(world: Any, kind: str, connection: connections.Connection, config: dict[str, Any], **more: Any) -> Source:
    return world.add_source(
        kind, "", label=kind, origin=more.pop("origin", kind), config=config, connection_id=connection.id, **more
    )


def connection_of(world: Any, source: Source) -> connections.Connection:
    with world.storage.read() as tx:
        return connections.get_connection(tx.group(world.group_id), source.connection_id)


def secrets_of(world: Any, source: Source) -> dict[str, str]:
    with world.storage.read() as tx:
        return connections.get_secrets(tx.group(world.group_id), source.connection_id, box(world))


def shown(world: Any) -> str:
    """All that websites get of the clinic."""
    with world.storage.read() as tx:
        paths = ("w/willow-lane/data.json", "w/willow-lane/embed.html", "r/willow-lane")
        found = [snapshots.find_snapshot(tx, path) for path in paths]
    return "".join(each.body.decode() for each in found if each is not None)


@pytest.fixture
def google(world) -> tuple[GoogleBusinessFake, Source]:
    fake = GoogleBusinessFake.running(world.platforms, 8)
    return fake, add(world, "google_business", connect(world, "google_business", fake.oauth.connected()), GOOGLE)


def test_a_run_renews_the_token_and_keeps_it_sealed(world, google):
    fake, source = google
    report = world.collect(source)
    assert (report.outcome, report.counts.new) == (Outcome.OK, 8)
    assert secrets_of(world, source)["access_token"] in fake.oauth.access_tokens
    with world.storage.session(writable=False) as session:
        stored = repr([session.execute(f"SELECT * FROM {name}").rows for name in ("connections", "sources", "runs")])
    assert not any(token in stored for token in fake.oauth.access_tokens | fake.oauth.refresh_tokens)


@pytest.mark.statement("T24")
def test_a_wrong_key_asks_for_that_source_and_the_others_go_on(world, google):
    _, good = google
    lost = connect(world, "yelp", {"api_key": "x"}, box=SecretsBox([b"A" * 43 + b"="]))
    bad = add(world, "yelp", lost, {"business": "willow-lane-springfield"})
    report = world.collect(bad)
    assert (report.outcome, report.hint) == (Outcome.UNAUTHORIZED, HINT_WRONG_KEY)
    assert world.source(bad).state == "needs_person"
    assert world.collect(good).outcome is Outcome.OK


def test_a_permission_that_ended_marks_the_account_and_connecting_again_recovers(world, google):
    fake, source = google
    world.collect(source)
    fake.oauth.end()
    assert world.collect(source).outcome is Outcome.UNAUTHORIZED
    assert connection_of(world, source).state == "needs_person"
    assert world.source(source).next_due_at is None
    assert len(world.held()) == 8
    with world.storage.write() as tx:
        connections.reconnect(
            tx.group(world.group_id), source.connection_id, fake.oauth.connected(), box=box(world), now=world.clock(),
            person_id=None,
        )  # fmt: skip
    assert world.source(source).next_due_at == world.clock()
    assert world.collect(source).outcome is Outcome.OK
    assert connection_of(world, source).state == "active"


def test_a_right_that_was_given_back_without_connecting_again_makes_the_account_well(world, google):
    fake, source = google
    fake.script = [google_business.SWITCHED_OFF]
    assert world.collect(source).outcome is Outcome.UNAUTHORIZED
    assert connection_of(world, source).state == "needs_person"
    assert world.collect(source).outcome is Outcome.OK
    assert connection_of(world, source).state == "active"


def test_disconnecting_takes_the_permission_back_and_leaves_nothing_on_the_website(world, google):
    fake, source = google
    world.collect(source)
    assert "Calm rooms" in shown(world)
    done = disconnect(world.context, group_id=world.group_id, connection_id=source.connection_id, person_id=None)
    assert (done.sources, done.purged) == (1, 8)
    assert fake.oauth.revoked
    assert fake.oauth.refresh_tokens == set()
    assert "Calm rooms" not in shown(world)
    assert world.texts() == {""}
    report = world.collect(source)
    assert (report.outcome, report.hint) == (Outcome.UNAUTHORIZED, connections.DISCONNECTED)
    assert connection_of(world, source).state == "disconnected"


def test_disconnecting_works_while_the_platform_does_not_answer(world, google):
    _, source = google
    world.collect(source)
    world.platforms.faults["*"] = "500"
    done = disconnect(world.context, group_id=world.group_id, connection_id=source.connection_id, person_id=None)
    assert done.purged == 8
    assert secrets_of(world, source) == {}


def test_a_run_that_is_going_on_writes_nothing_after_the_disconnection(world, google):
    fake, source = google
    fake.page_size = 4

    def end(fake: GoogleBusinessFake, page: int) -> None:
        if page == 2:
            disconnect(world.context, group_id=world.group_id, connection_id=source.connection_id, person_id=None)

    fake.on_page = end
    with pytest.raises(Exception, match="no longer held"):
        world.collect(source)
    assert world.texts() == {""}
    assert world.source(source).state == "needs_person"


@pytest.mark.parametrize("kind", ["google_business", "yelp", "facebook", "trustpilot", "birdeye", "podium"])
def test_every_platform_is_collected_twice_in_the_real_sandbox_and_nothing_is_doubled(world, kind: str):
    settings = add_all(world.platforms)[kind]
    names = {*secret_names(get_connector(kind)), "refresh_token", "access_token"}
    connection = connect(world, kind, {name: value for name, value in settings.items() if name in names})
    source = add(world, kind, connection, {name: value for name, value in settings.items() if name not in names})
    first = world.collect(source)
    held = len(world.held())
    assert first.outcome is Outcome.OK
    assert first.counts.new == held > 0
    second = world.collect(source)
    assert second.outcome in (Outcome.OK, Outcome.UNCHANGED)
    assert (second.counts.new, second.counts.changed) == (0, 0)
    assert len(world.held()) == held
    with world.storage.write() as tx:
        sources.update_source(tx.group(world.group_id), source.id, now=world.clock(), validators={})
    third = world.collect(source)
    assert (third.outcome, third.counts.new, third.counts.changed) == (Outcome.OK, 0, 0)
    assert third.counts.seen > 0 or kind in ("birdeye", "podium")
    assert len(world.held()) == held


@pytest.mark.parametrize("kind", ["birdeye", "podium"])
def test_a_short_run_in_which_little_or_nothing_is_new_is_a_good_run(world, kind: str):
    settings = add_all(world.platforms)[kind]
    names = {*secret_names(get_connector(kind)), "refresh_token", "access_token"}
    connection = connect(world, kind, {name: value for name, value in settings.items() if name in names})
    source = add(world, kind, connection, {name: value for name, value in settings.items() if name not in names})
    world.collect(source)
    fake: Any = world.platforms.apis[kind]
    held = len(world.held())
    for left in (2, 0):  # so many are new or changed within the window
        fake.rows = fake.rows[:left]
        assert world.collect(source).outcome is Outcome.OK
    assert len([review for review in world.held() if review.presence == "visible"]) == held


# ---------------------------------------------------------------- terms
@pytest.mark.parametrize(
    ("kind", "days", "wished"),
    [("google_business", 30, 120), ("yelp", 1, None), ("facebook", None, None), ("facebook", 365, 12)],
)
def test_content_is_held_as_long_as_terms_and_the_group_let_us_and_shown_no_longer(
    world, kind: str, days: int | None, wished: int | None
):
    with world.storage.write() as tx:
        keeping.save_keeping(tx.group(world.group_id), keeping.Keeping(review_months=wished))
    if kind == "google_business":
        fake: Any = GoogleBusinessFake.running(world.platforms, 4)
        secrets, config = fake.oauth.connected(), GOOGLE
    elif kind == "yelp":
        fake = YelpFake.running(world.platforms)
        secrets, config = {"api_key": fake.key}, {"business": fake.business}
    else:
        fake = FacebookFake.running(world.platforms, 4)
        secrets, config = {"page_token": fake.token}, {"page": fake.page}
    source = add(world, kind, connect(world, kind, secrets), config)
    world.collect(source)
    texts = {text for text in world.texts() if text}
    assert texts
    assert any(text[:20] in shown(world) for text in texts)
    world.clock.advance(hours=(days or 400) * 24 - 2)
    assert Upkeep(world.context).purge_by_terms() == 0
    world.clock.advance(hours=1, seconds=1)
    purged = Upkeep(world.context).purge_by_terms()
    if days is None:
        assert purged == 0
        assert world.texts() == texts
        return
    assert purged == len(texts)
    assert world.texts() == {""}
    assert not any(text[:20] in shown(world) for text in texts)
    with world.storage.read() as tx:
        exported = "".join(backup.export_group(tx.group(world.group_id)))
    assert not any(text[:20] in exported for text in texts)
    world.collect(source)
    assert {text for text in world.texts() if text} == texts, "reading again brings it back"


@pytest.mark.parametrize("form", ["new", "legacy"])
def test_of_a_google_place_nothing_is_stored_and_nothing_scheduled(world, form: str):
    fake = GooglePlacesFake.running(world.platforms)
    config = {"place_id": PLACE, "terms_read": True, "form": form}
    source = add(world, "google_places", connect(world, "google_places", {"api_key": fake.key}), config)
    report = world.collect(source)
    assert (report.outcome, report.counts.seen, report.next_due_at) == (Outcome.OK, 0, None)
    assert world.held() == []
    with world.storage.read() as tx:
        assert totals.find_totals(tx.group(world.group_id), source.id) == []
    with world.storage.session(writable=False) as session:
        names = ("reviews", "review_contents", "reported_totals", "sources", "runs", "summaries", "snapshots")
        stored = repr([session.execute(f"SELECT * FROM {name}").rows for name in names])
    assert "Parking" not in stored
    assert "Ada" not in stored


def test_of_a_place_that_moved_the_new_id_is_kept(world):
    fake = GooglePlacesFake.running(world.platforms)
    fake.moved = {"ChIJ-old": PLACE}
    config = {"place_id": "ChIJ-old", "terms_read": True}
    source = add(world, "google_places", connect(world, "google_places", {"api_key": fake.key}), config)
    world.collect(source)
    assert world.source(source).config == {**config, "place_id": PLACE}


def test_what_may_not_be_stored_is_not_stored_whatever_way_it_comes(world):
    source = world.add_source("web_page", "/reviews/1", origin="google_places")
    world.collect(source)
    assert world.held() == []


# ---------------------------------------------------------------- what is special to one
def test_the_end_of_recommendations_leaves_what_is_stored_and_goes_on_with_the_total(world):
    fake = FacebookFake.running(world.platforms, 6)
    source = add(world, "facebook", connect(world, "facebook", {"page_token": fake.token}), {"page": fake.page})
    assert world.collect(source).counts.new == 6
    fake.retired, fake.count = True, 53
    for _ in range(3):
        report = world.collect(source)
        assert (report.outcome, report.hint) == (Outcome.PARTIAL, facebook.RETIRED)
    assert world.source(source).state == "active"
    assert len([review for review in world.held() if review.presence == "visible"]) == 6
    with world.storage.read() as tx:
        found = totals.find_totals(tx.group(world.group_id), source.id)
    assert [period.total.rating_count for period in found] == [52, 53]


def test_recommendations_are_counted_apart_from_stars(world):
    fake = FacebookFake.running(world.platforms, 0)
    old = facebook_row(2, recommendation_type=None, rating=4, created_time="2017-01-02T10:00:00+0000")
    fake.rows = [facebook_row(1), facebook_row(4), old]
    source = add(world, "facebook", connect(world, "facebook", {"page_token": fake.token}), {"page": fake.page})
    world.collect(source)
    assert sorted((review.stars100 or 0, review.recommends) for review in world.held()) == [
        (0, False),
        (0, True),
        (400, None),
    ]


def test_a_yelp_business_that_moved_is_read_under_its_new_id(world):
    fake = YelpFake.running(world.platforms)
    fake.moved = {"old-name": fake.business}
    source = add(world, "yelp", connect(world, "yelp", {"api_key": fake.key}), {"business": "old-name"})
    assert world.collect(source).outcome is Outcome.OK
    assert world.source(source).config == {"business": fake.business}


def test_a_reply_that_google_checks_is_not_taken_for_published(world, google):
    fake, source = google
    reply = {"comment": "Please call us.", "updateTime": "2026-11-03T10:00:00Z", "reviewReplyState": "PENDING"}
    fake.here[7]["reviewReply"] = reply

    def replies() -> list[Any]:
        with world.storage.session(writable=False) as session:
            return [row["state"] for row in session.execute("SELECT state FROM replies ORDER BY id").rows]

    world.collect(source)
    assert replies() == ["pending"]
    reply["reviewReplyState"] = "APPROVED"
    world.collect(source)
    assert replies() == ["replaced", "confirmed"]
    reply |= {"reviewReplyState": "REJECTED", "policyViolation": "PERSONAL_INFO"}
    world.collect(source)
    assert replies()[-1] == "rejected"
    del fake.here[7]["reviewReply"]
    world.collect(source)
    assert replies()[-1] == "removed"


def test_google_reviews_are_missing_after_two_full_scans_without_them_and_can_return(world, google):
    fake, source = google
    world.collect(source)
    row = fake.delete(2)

    def presence() -> str:
        return next(review.presence for review in world.held() if review.identity_key.endswith("gb-0002"))

    world.collect(source)
    assert presence() == "visible", "a short run says nothing about what it did not read"
    world.clock.advance(days=7)
    world.collect(source)
    assert presence() == "visible"
    world.clock.advance(days=7)
    world.collect(source)
    assert presence() == "missing"
    fake.here.append(row)
    world.clock.advance(days=7)
    world.collect(source)
    assert presence() == "returned"


def test_the_mark_moves_only_with_a_run_that_ends_well(world, google):
    fake, source = google
    fake.page_size = 4
    world.collect(source)
    mark = world.source(source).cursor["mark"]
    fake.edit(0, google_business.START.replace(month=12), comment="Edited.")
    fake.script = []
    fake.on_page = lambda fake, page: fake.script.append(google_business.HTML) if page == 1 else None
    world.clock.advance(days=8)
    assert world.collect(source).outcome is Outcome.UNAVAILABLE
    assert world.source(source).cursor["mark"] == mark
    fake.on_page = None
    assert world.collect(source).outcome is Outcome.OK
    assert world.source(source).cursor["mark"] > mark
    assert json.dumps(sorted(world.texts())).count("Edited.") == 1


def test_sources_of_one_account_share_its_renewed_token(world, google):
    fake, first = google
    fake.rows["locations/7002"] = [google_business.make_row(30, location="locations/7002")]
    second = world.add_source(
        "google_business", "", label="Second", origin="google_business", connection_id=first.connection_id,
        config={**GOOGLE, "location": "locations/7002"},
    )  # fmt: skip
    world.collect(first)
    world.clock.advance(days=-1)
    world.collect(second)
    assert fake.oauth.refreshes == 1
    with world.storage.read() as tx:
        found = connections.find_sources_of(tx.group(world.group_id), first.connection_id)
    assert [source.id for source in found] == [first.id, second.id]


def test_recommendations_are_shown_as_a_share_of_those_that_were_counted_and_never_as_stars(world):
    fake = FacebookFake.running(world.platforms, 10)  # every fifth says no
    source = add(world, "facebook", connect(world, "facebook", {"page_token": fake.token}), {"page": fake.page})
    world.collect(source)
    with world.storage.read() as tx:
        body = json.loads(snapshots.find_snapshot(tx, "w/willow-lane/data.json").body)
    (figure,) = body["clinics"][0]["figures"]
    assert (figure["kind"], figure["recommend"], figure["count"]) == ("sample", 80, 10)
    assert (figure["stars100"], figure["average"]) == (None, None)
    assert figure["say"]["line"] == "80% of 10 recommend"
    fake.retired = True
    world.collect(source)
    assert world.source(source).config["totals_only"] is True
