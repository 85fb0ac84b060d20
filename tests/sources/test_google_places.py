"""Google Places: the contract, every behaviour that its fake can play, and that nothing of it is for keeping."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from reviews.errors import (
    RateLimited,
    SourceBlocked,
    SourceChanged,
    SourceGone,
    SourceRequestError,
    SourceUnauthorized,
    SourceUnavailable,
)
from reviews.rules import load
from reviews.sources import google_errors, google_places
from reviews.sources.google_places import GooglePlaces
from reviews.sources.json_api import ask
from reviews.sources.registry import CONNECTORS
from tests.platforms import google_places as fakes
from tests.platforms.google_places import PLACE, GooglePlacesFake, make_row
from tests.platforms.server import Platforms, Reply
from tests.sources.contract import Bench, ConnectorContract
from tests.sources.doors import make_doors
from tests.sources.platform_bench import Shop, ids

CONFIG = {"place_id": PLACE, "terms_read": True}


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with Platforms() as running:
        yield running


@pytest.fixture
def fake(platforms: Platforms) -> GooglePlacesFake:
    return GooglePlacesFake.running(platforms)


@pytest.fixture
def shop(fake: GooglePlacesFake, platforms: Platforms) -> Shop:
    return Shop(GooglePlaces(), platforms, CONFIG, {"api_key": fake.key})


class TestContract(ConnectorContract):
    config: ClassVar[dict[str, Any]] = CONFIG

    @pytest.fixture
    def bench(self, platforms: Platforms, fake: GooglePlacesFake) -> Bench:
        def serve(texts: tuple[str, ...]) -> None:
            fake.rows = [
                make_row(number, rating=5, text={"text": text}, originalText={"text": text})
                for number, text in enumerate(texts)
            ]

        def damage() -> None:
            fake.rows[4:] = [make_row(4, rating="many")]

        fake.rows = fake.rows[:4]
        return Bench(
            connector=GooglePlaces(),
            platforms=platforms,
            config=self.config,
            secrets={"api_key": fake.key},
            serve=serve,
            damage=damage,
            repeat=lambda: fake.rows.append(fake.rows[0]),
            expected_count=4,
            has_validators=False,
            min_pages=1,
        )


class TestContractOfTheOlderForm(TestContract):
    config: ClassVar[dict[str, Any]] = {**CONFIG, "form": "legacy"}


def test_it_is_off_until_a_person_has_read_the_terms(shop: Shop, platforms: Platforms):
    with pytest.raises(SourceRequestError) as caught:
        shop.fetch(terms_read=False)
    assert caught.value.hint == google_places.TERMS_FIRST
    assert platforms.requests == []


def test_what_its_terms_forbid_is_what_its_traits_say():
    book = load()
    for connector in CONNECTORS.values():
        forbids = book.terms(connector.traits.origin).retention_days == 0
        assert connector.traits.live_only == forbids, connector.kind


def test_a_missing_mask_is_our_mistake(shop: Shop, platforms: Platforms, fake: GooglePlacesFake):
    doors = make_doors(stand_ins=platforms.stand_ins, vault=shop.vault)
    with pytest.raises(SourceRequestError):
        ask(doors, f"{google_places.PLACES}/{PLACE}", google_errors.explain, headers={"X-Goog-Api-Key": fake.key})
    shop.fetch()
    assert platforms.requests[-1].headers["x-goog-fieldmask"] == google_places.MASK


def test_a_place_without_reviews_has_neither_their_key_nor_a_total(shop: Shop, fake: GooglePlacesFake):
    fake.rows, fake.average, fake.count = [], None, None
    (page,) = shop.fetch()
    assert (page.parsed.reviews, page.parsed.totals) == ((), ())


def test_another_language_changes_the_translation_and_not_the_text(shop: Shop):
    english, french = shop.reviews(), shop.reviews(language="fr")
    assert [review.text for review in english.values()] == [review.text for review in french.values()]
    assert dict(french["gp-0001"].volatile)["translation"].startswith("[fr] ")


def test_the_five_of_tomorrow_may_be_five_others(shop: Shop, fake: GooglePlacesFake):
    fake.rows = [make_row(number) for number in range(10)]
    today = ids(shop.fetch())
    fake.offset = 5
    assert not set(today) & set(ids(shop.fetch()))


@pytest.mark.parametrize("by_404", [False, True])
def test_a_place_that_has_moved_is_followed_and_its_new_id_kept(shop: Shop, fake: GooglePlacesFake, by_404: bool):
    fake.moved, fake.moved_by_404 = {"ChIJ-old": PLACE}, by_404
    assert len(ids(shop.fetch(place_id="ChIJ-old"))) == 5
    assert shop.vault.config == {"place_id": PLACE}


def test_a_stale_place_id_is_looked_up_again_by_a_person(shop: Shop):
    with pytest.raises(SourceGone) as caught:
        shop.fetch(place_id="ChIJ-nowhere")
    assert caught.value.hint == google_places.HINT_NOT_THERE


@pytest.mark.parametrize(("answer", "seconds"), [(fakes.PER_MINUTE, 60), (fakes.PER_DAY, 23 * 3600)])
@pytest.mark.statement("R5")
def test_the_quota_decides_the_wait(shop: Shop, fake: GooglePlacesFake, answer: Reply, seconds: int):
    fake.script = [answer]
    with pytest.raises(RateLimited) as caught:
        shop.fetch()
    assert caught.value.retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fakes.BAD_KEY, SourceUnauthorized),
        (fakes.BLOCKED_KEY, SourceUnauthorized),
        (fakes.NO_BILLING, SourceUnauthorized),
        (fakes.status(403, "PERMISSION_DENIED"), SourceBlocked),
        (Reply(200, b"{}", "application/json"), SourceChanged),
    ],
)
def test_each_documented_answer_has_its_error(
    shop: Shop, fake: GooglePlacesFake, answer: Reply, error: type[Exception]
):
    fake.script = [answer]
    with pytest.raises(error):
        shop.fetch()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("ZERO_RESULTS", SourceGone),
        ("NOT_FOUND", SourceGone),
        ("INVALID_REQUEST", SourceRequestError),
        ("OVER_QUERY_LIMIT", RateLimited),
        ("UNKNOWN_ERROR", SourceUnavailable),
        ("A_STATUS_OF_TOMORROW", SourceChanged),
    ],
)
def test_the_older_form_fails_with_status_200(shop: Shop, fake: GooglePlacesFake, status: str, error: type[Exception]):
    fake.legacy_status = status
    with pytest.raises(error):
        shop.fetch(form="legacy")


def test_the_older_form_refuses_a_key_with_status_200(shop: Shop):
    shop.vault.secrets["api_key"] = "old"
    with pytest.raises(SourceUnauthorized):
        shop.fetch(form="legacy")


def test_the_older_form_has_no_ids_and_entities_in_its_texts(shop: Shop, fake: GooglePlacesFake):
    fake.rows = [make_row(1, text={"text": "Salt & vinegar"}), make_row(2, text=None)]
    found = shop.reviews(form="legacy")
    assert [review.text for review in found.values()] == ["Salt & vinegar", None]
    assert list(found) == ["100000000001", "100000000002"]
    assert found["100000000001"].date == "2026-11-01T08:00:00Z"


def test_author_and_flag_are_there_to_be_shown(shop: Shop):
    review = shop.reviews()["gp-0001"]
    assert review.author
    assert {"author_url", "flag_url", "when", "visited"} <= set(dict(review.volatile))
    assert dict(review.volatile)["visited"] == "2026-10"
