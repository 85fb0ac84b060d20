"""Yelp: the contract, and every behaviour that its fake can play."""

from collections.abc import Iterator

import pytest

from reviews.errors import (
    RateLimited,
    SourceBlocked,
    SourceChanged,
    SourceGone,
    SourceRequestError,
    SourceUnauthorized,
)
from reviews.model import Precision
from reviews.normalize.review import Context, normalize_review
from reviews.sources import yelp
from reviews.sources.yelp import Yelp
from tests.conftest import NOW
from tests.platforms import yelp as fakes
from tests.platforms.server import Platforms, Reply
from tests.platforms.yelp import YelpFake, make_row
from tests.sources.contract import Bench, ConnectorContract
from tests.sources.platform_bench import Shop, ids

CONFIG = {"business": "willow-lane-springfield"}


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with Platforms() as running:
        yield running


@pytest.fixture
def fake(platforms: Platforms) -> YelpFake:
    return YelpFake.running(platforms)


@pytest.fixture
def shop(fake: YelpFake, platforms: Platforms) -> Shop:
    return Shop(Yelp(), platforms, CONFIG, {"api_key": fake.key})


class TestContract(ConnectorContract):
    @pytest.fixture
    def bench(self, platforms: Platforms, fake: YelpFake) -> Bench:
        fake.plan = 7

        def serve(texts: tuple[str, ...]) -> None:
            fake.rows["en_US"] = [make_row(9 - number, text=text, rating=5) for number, text in enumerate(texts)]

        return Bench(
            connector=Yelp(),
            platforms=platforms,
            config=CONFIG,
            secrets={"api_key": fake.key},
            serve=serve,
            damage=lambda: fake.rows["en_US"].append(make_row(9, rating="many")),
            repeat=lambda: fake.rows["en_US"].append(fake.rows["en_US"][0]),
            expected_count=5,
            has_validators=False,
            min_pages=1,
        )


def test_a_plan_without_reviews_gives_the_total_and_says_so(shop: Shop, fake: YelpFake):
    fake.plan = 0
    (page,) = shop.fetch()
    assert page.parsed.totals_only == yelp.BASE_PLAN
    assert (page.parsed.totals[0].average, page.parsed.totals[0].review_count) == ("4.5", "37")


@pytest.mark.parametrize(("plan", "count"), [(3, 3), (7, 5)])
def test_an_answer_holds_three_excerpts_or_seven_the_newest_first(shop: Shop, fake: YelpFake, plan: int, count: int):
    fake.plan = plan
    assert ids(shop.fetch()) == [f"yp-{number:04d}" for number in (4, 3, 2, 1, 0)][:count]


@pytest.mark.statement("R5")
def test_too_many_a_second_is_retried_soon(shop: Shop, fake: YelpFake):
    fake.script = [fakes.PER_SECOND]
    with pytest.raises(RateLimited) as caught:
        shop.fetch()
    assert caught.value.retry_after_seconds == 1


@pytest.mark.statement("R5")
def test_a_used_up_day_is_waited_for_until_the_reset_that_the_header_names(shop: Shop, fake: YelpFake):
    fake.script = [fakes.PER_DAY]
    with pytest.raises(RateLimited) as caught:
        shop.fetch()
    assert caught.value.retry_after_seconds == 15 * 3600
    assert caught.value.hint == yelp.HINT_DAY


def test_a_business_that_has_moved_is_followed_and_its_new_id_kept(shop: Shop, fake: YelpFake):
    fake.moved = {"old-name": fake.business}
    assert len(ids(shop.fetch(business="old-name"))) == 3
    assert shop.vault.config == {"business": fake.business}


def test_a_business_that_moves_in_circles_is_not_followed(shop: Shop, fake: YelpFake):
    fake.moved = {"old-name": "older-name", "older-name": "old-name"}
    with pytest.raises(SourceChanged):
        shop.fetch(business="old-name")
    assert shop.vault.config == {}


def test_a_missing_picture_is_no_matter(shop: Shop, fake: YelpFake):
    fake.rows["en_US"] = [make_row(1, user={"id": "u", "image_url": None, "name": "Ada L."})]
    assert shop.reviews()["yp-0001"].author == "Ada L."


def test_another_locale_shows_other_reviews(shop: Shop):
    assert ids(shop.fetch(locale="fr_CA")) == ["yp-0021", "yp-0020"]


def test_a_text_that_yelp_has_cut_is_marked_as_cut(shop: Shop, fake: YelpFake):
    fake.cuts = True
    fake.rows["en_US"] = [
        make_row(1, text="word " * 60),
        make_row(2, text="Short and whole."),
        make_row(3, text="The end is missing…"),
    ]
    found = shop.reviews()
    context = Context(source_origin="yelp", read_at=NOW)
    assert [normalize_review(found[f"yp-000{n}"], context).cut for n in (1, 2, 3)] == [True, False, True]


def test_a_time_without_a_zone_is_known_to_the_day(shop: Shop):
    raw = next(iter(shop.reviews().values()))
    date = normalize_review(raw, Context(source_origin="yelp", read_at=NOW)).date
    assert (date.precision, date.raw) == (Precision.DAY, raw.date)


def test_tracking_is_taken_out_of_addresses(shop: Shop):
    (page,) = shop.fetch()
    assert page.parsed.reviews[0].url == "https://www.yelp.com/biz/willow-lane?hrid=yp-0004"
    assert page.parsed.totals[0].url == "https://www.yelp.com/biz/willow-lane-springfield"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fakes.BAD_KEY, SourceUnauthorized),
        (fakes.NOT_FOUND, SourceGone),
        (fakes.UNAVAILABLE, SourceBlocked),
        (fakes.INVALID, SourceRequestError),
        (Reply(200, b"<html>", "text/html"), SourceChanged),
        (Reply(200, b'{"reviews": null}', "application/json"), SourceChanged),
        (Reply(301, b"{}", "application/json"), SourceChanged),
    ],
)
def test_each_documented_answer_has_its_error(shop: Shop, fake: YelpFake, answer: Reply, error: type[Exception]):
    fake.script = [answer]
    with pytest.raises(error):
        shop.fetch()


def test_the_address_of_the_page_names_the_business_as_well(shop: Shop, fake: YelpFake):
    assert ids(shop.fetch(business=f"https://www.yelp.com/biz/{fake.business}?osq=physio"))
    assert Yelp().address(CONFIG) == "https://www.yelp.com/biz/willow-lane-springfield"
