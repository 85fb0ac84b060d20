"""Facebook: the contract, and every behaviour that its fake can play."""

from collections.abc import Iterator

import pytest

from reviews.errors import (
    RateLimited,
    SourceChanged,
    SourceGone,
    SourceRequestError,
    SourceUnauthorized,
    SourceUnavailable,
)
from reviews.normalize.review import Context, normalize_review
from reviews.sources import facebook
from reviews.sources.facebook import Facebook, parse_ratings
from reviews.sources.json_api import NO_KIND
from tests.conftest import NOW
from tests.platforms import facebook as fakes
from tests.platforms.facebook import FacebookFake, make_row
from tests.platforms.server import Platforms, Reply, json_reply
from tests.sources.contract import Bench, ConnectorContract
from tests.sources.platform_bench import Shop, ids

CONFIG = {"page": "1000777"}


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with Platforms() as running:
        yield running


@pytest.fixture
def fake(platforms: Platforms) -> FacebookFake:
    running = FacebookFake.running(platforms)
    running.page_size = 4
    return running


@pytest.fixture
def shop(fake: FacebookFake, platforms: Platforms) -> Shop:
    return Shop(Facebook(), platforms, CONFIG, {"page_token": fake.token})


class TestContract(ConnectorContract):
    @pytest.fixture
    def bench(self, platforms: Platforms, fake: FacebookFake) -> Bench:
        def serve(texts: tuple[str, ...]) -> None:
            fake.rows = [make_row(20 - number, review_text=text) for number, text in enumerate(texts)]

        return Bench(
            connector=Facebook(),
            platforms=platforms,
            config=CONFIG,
            secrets={"page_token": fake.token},
            serve=serve,
            damage=lambda: fake.last_page_too.append(make_row(30, recommendation_type="maybe")),
            repeat=lambda: fake.last_page_too.append(fake.rows[-1]),
            expected_count=12,
            has_validators=False,
        )


OLD = {"recommendation_type": None, "created_time": "2017-01-02T10:00:00+0000"}


def rating(shop: Shop, fake: FacebookFake, **changes: object) -> tuple[object, object]:
    fake.rows = [make_row(1, **changes)]
    raw = next(iter(shop.reviews().values()))
    review = normalize_review(raw, Context(source_origin="facebook", read_at=NOW))
    return review.rating.stars100 if review.rating else None, review.rating.recommends if review.rating else None


def test_the_total_is_the_pages_own(shop: Shop):
    total = shop.fetch()[0].parsed.totals[0]
    assert (total.average, total.best, total.rating_count) == (None, None, "52"), "stars made of yes and no are none"
    assert total.text == "rating_count 52, overall_star_rating 4.4", "kept as Facebook says it"


def test_positive_and_negative_are_yes_and_no_and_never_stars(shop: Shop, fake: FacebookFake):
    assert rating(shop, fake, recommendation_type="positive") == (None, True)
    assert rating(shop, fake, recommendation_type="NEGATIVE") == (None, False)


def test_a_recommendation_beside_old_stars_is_a_recommendation(shop: Shop, fake: FacebookFake):
    assert rating(shop, fake, rating=5, has_rating=True) == (None, True)


def test_old_stars_are_stars(shop: Shop, fake: FacebookFake):
    assert rating(shop, fake, **OLD, rating=4) == (400, None)
    nested = {"id": "s", "data": {"rating": {"value": 5, "scale": 5}, "review_text": "Fine.", "language": "hu"}}
    assert rating(shop, fake, **OLD, review_text=None, open_graph_story=nested) == (500, None)


def test_stars_alone_in_a_row_of_today_are_not_guessed(shop: Shop, fake: FacebookFake):
    fake.rows = [make_row(1, recommendation_type=None, rating=5), make_row(2)]
    (page,) = shop.fetch()
    assert [reject.reason for reject in page.parsed.rejects] == [NO_KIND]


def test_a_bare_recommendation_is_a_review(shop: Shop, fake: FacebookFake):
    assert rating(shop, fake, review_text=None, has_review=False, reviewer=None) == (None, True)


def test_a_row_without_a_storys_id_is_known_by_its_author_and_time(shop: Shop, fake: FacebookFake):
    fake.rows = [make_row(1, open_graph_story=None), make_row(2, open_graph_story=None)]
    first = shop.reviews()
    assert len(first) == 2
    assert not any("701" in name for name in first), "the author's own number is in the hash only"
    fake.rows[0]["review_text"] = "Edited."
    assert shop.reviews().keys() == first.keys()


def test_a_row_that_names_neither_is_left_to_its_fingerprint(shop: Shop, fake: FacebookFake):
    fake.rows = [make_row(1, open_graph_story=None, reviewer=None)]
    assert list(shop.reviews()) == ["None"]


def test_the_address_of_the_next_page_is_not_kept_for_it_holds_the_token(shop: Shop, fake: FacebookFake):
    pages = shop.fetch()
    assert len(pages) == 3
    assert fake.token not in repr(pages)
    asked = [request for request in shop.platforms.requests if "access_token" in request.query]
    assert asked == []


@pytest.mark.statement("T24")
def test_the_token_stands_in_no_address(shop: Shop, fake: FacebookFake):
    shop.fetch()
    assert all(fake.token not in str(request.query) + request.path for request in shop.platforms.requests)


def test_the_end_of_recommendations_keeps_the_total_going_and_is_remembered(shop: Shop, fake: FacebookFake):
    fake.retired = True
    (page,) = shop.fetch()
    assert page.parsed.totals_only == facebook.RETIRED
    assert page.parsed.totals[0].rating_count == "52"
    assert shop.vault.config == {"totals_only": True}
    before = len(shop.platforms.requests)
    assert shop.fetch()[0].parsed.totals_only == facebook.RETIRED
    assert len(shop.platforms.requests) == before + 1


def test_a_cursor_that_is_not_known_any_more_starts_the_list_again(shop: Shop):
    pages = shop.fetch({"full": True, "position": {"after": "long-gone", "page": 3}})
    assert pages[0].number == 1
    assert len(ids(pages)) == 12


@pytest.mark.parametrize(
    ("answer", "error", "hint"),
    [
        (fakes.DEAD_TOKEN, SourceUnauthorized, facebook.HINT_TOKEN),
        (fakes.NO_RIGHT, SourceUnauthorized, facebook.HINT_PERMISSION),
        (fakes.error(10), SourceUnauthorized, facebook.HINT_PERMISSION),
        (fakes.error(200, 403), SourceUnauthorized, facebook.HINT_PERMISSION),
        (fakes.NOT_THERE, SourceGone, facebook.HINT_NOT_THERE),
        (fakes.BAD_FIELD, SourceRequestError, None),
        (fakes.error(1, 500), SourceUnavailable, None),
        (fakes.error(2), SourceUnavailable, None),
        (json_reply({"id": "1", "error": {"code": "odd"}}, 400), SourceRequestError, None),
        (json_reply({"name": "x"}), SourceChanged, None),
    ],
)
def test_each_documented_code_has_its_error(
    shop: Shop, fake: FacebookFake, answer: Reply, error: type[Exception], hint: str | None
):
    fake.script = [answer]
    with pytest.raises(error) as caught:
        shop.fetch()
    assert hint is None or caught.value.hint == hint


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [(fakes.THROTTLED, None), (fakes.BUSY_FOR_7_MINUTES, 420), (fakes.error(613), None), (fakes.error(17), None)],
)
@pytest.mark.statement("R5")
def test_throttling_is_waited_for(shop: Shop, fake: FacebookFake, answer: Reply, seconds: int | None):
    fake.script = [answer]
    with pytest.raises(RateLimited) as caught:
        shop.fetch()
    assert caught.value.retry_after_seconds == seconds


def test_an_empty_page_is_an_empty_list():
    parsed = parse_ratings(b'{"data": []}')
    assert (parsed.reviews, parsed.next_url) == ((), None)
