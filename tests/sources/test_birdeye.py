"""Birdeye: the contract, and every behaviour that its fake can play."""

from collections.abc import Iterator
from datetime import timedelta

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
from reviews.model import Precision
from reviews.normalize.review import Context, normalize_review
from reviews.sources import birdeye
from reviews.sources.base import origin_for
from reviews.sources.birdeye import Birdeye
from tests.conftest import NOW
from tests.platforms import birdeye as fakes
from tests.platforms.birdeye import BUSINESS, START, BirdeyeFake, make_row
from tests.platforms.server import Platforms, Reply, json_reply
from tests.sources.contract import Bench, ConnectorContract
from tests.sources.platform_bench import Shop, ids

CONFIG = {"business": BUSINESS}


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with Platforms() as running:
        yield running


@pytest.fixture
def fake(platforms: Platforms, monkeypatch: pytest.MonkeyPatch) -> BirdeyeFake:
    monkeypatch.setattr(birdeye, "COUNT", 5)
    return BirdeyeFake.running(platforms)


@pytest.fixture
def shop(fake: BirdeyeFake, platforms: Platforms) -> Shop:
    return Shop(Birdeye(), platforms, CONFIG, {"api_key": fake.key})


class TestContract(ConnectorContract):
    @pytest.fixture
    def bench(self, platforms: Platforms, fake: BirdeyeFake) -> Bench:
        def serve(texts: tuple[str, ...]) -> None:
            fake.rows = [make_row(10 + 5 * number, comments=text) for number, text in enumerate(texts)]

        return Bench(
            connector=Birdeye(),
            platforms=platforms,
            config=CONFIG,
            secrets={"api_key": fake.key},
            serve=serve,
            damage=lambda: fake.last_page_too.append(make_row(90, rating="many")),
            repeat=lambda: fake.last_page_too.append(fake.rows[0]),
            expected_count=12,
            has_validators=False,
            errors={"login": SourceBlocked},  # what is posted follows no redirect
        )


def normalized(shop: Shop, **changes: object):
    return {
        name: normalize_review(raw, Context(source_origin="birdeye", read_at=NOW, day_first=None))
        for name, raw in shop.reviews(**changes).items()
    }


def test_all_statuses_are_asked_for_since_the_default_shows_a_part(shop: Shop, fake: BirdeyeFake):
    fake.parked = {"7000000", "7000001", "7000002"}
    assert len(set(ids(shop.fetch()))) == 12
    assert all(body["statuses"] == ["all"] for body in fake.bodies)


def test_a_rating_of_nought_beside_a_recommendation_is_yes_or_no(shop: Shop, fake: BirdeyeFake):
    fake.rows = [make_row(3), make_row(8, recommended=0), make_row(13, recommended=None)]
    found = normalized(shop)
    assert (found["7000003"].rating.recommends, found["7000003"].rating.stars100) == (True, None)
    assert found["7000008"].rating.recommends is False
    assert found["7000013"].rating is None


@pytest.mark.parametrize("changes", [{"rating": "gone"}, {"rating": True}, {"rating": {"value": 5}}, {"rating": 6}])
def test_a_rating_of_another_shape_is_rejected_not_guessed(shop: Shop, fake: BirdeyeFake, changes: dict[str, object]):
    row = make_row(1, recommended=1, **changes)
    if changes["rating"] == "gone":
        del row["rating"]
    fake.rows = [row, make_row(2)]
    (page,) = shop.fetch()
    assert [reject.column for reject in page.parsed.rejects] == ["rating"]


def test_both_spellings_of_the_address_are_read(shop: Shop):
    found = shop.reviews()
    assert found["7000000"].url == "https://reviews.example.org/0"
    assert found["7000001"].url == "https://reviews.example.org/1"


def test_an_id_is_the_same_as_number_and_as_text(shop: Shop, fake: BirdeyeFake):
    before = shop.reviews().keys()
    for row in fake.rows:
        row["reviewId"] = int(row["reviewId"]) if isinstance(row["reviewId"], str) else str(row["reviewId"])
    assert shop.reviews().keys() == before


def test_the_answer_is_a_bare_array_and_anything_else_a_change(shop: Shop, fake: BirdeyeFake):
    assert len(ids(shop.fetch())) == 12
    fake.script = [json_reply({"reviews": []})]
    with pytest.raises(SourceChanged):
        shop.fetch()


@pytest.mark.parametrize("status", [400, 200])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (1161, SourceUnauthorized),
        (1167, SourceUnauthorized),
        (89, RateLimited),
        (1011, SourceGone),
        (1175, SourceGone),
        (1163, SourceRequestError),
        (1164, SourceRequestError),
        (1186, SourceRequestError),
        (1187, SourceRequestError),
        (1227, SourceRequestError),
        (1228, SourceRequestError),
        (1244, SourceRequestError),
        (2177, SourceRequestError),
        (2110, SourceUnavailable),
    ],
)
def test_an_error_is_known_by_its_code_also_with_status_200(
    shop: Shop, fake: BirdeyeFake, code: int, error: type[Exception], status: int
):
    fake.script = [fakes.error(code, status)]
    with pytest.raises(error):
        shop.fetch()


def test_a_wrong_key_asks_for_a_person(shop: Shop):
    shop.vault.secrets["api_key"] = "old"
    with pytest.raises(SourceUnauthorized) as caught:
        shop.fetch()
    assert caught.value.hint == birdeye.HINT_KEY


def test_a_list_of_more_than_the_limit_ends_there_and_says_so(
    shop: Shop, fake: BirdeyeFake, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(birdeye, "LAST_INDEX", 23)
    fake.endless = True
    pages = shop.fetch()
    assert len(pages) == 4
    assert (pages[-1].capped, pages[-1].is_last) == (True, True)


def test_what_must_not_be_kept_is_not_read(shop: Shop):
    assert "anary" not in repr(shop.fetch())


@pytest.mark.parametrize("raw", ["Jan 20, 2024", "Fri, Feb 02, 2024 10:48 AM", "Oct 23, 2024 02:17 PM (SST)"])
def test_dates_are_known_to_the_day(shop: Shop, fake: BirdeyeFake, raw: str):
    fake.script = [json_reply([make_row(1, reviewDate=raw)])]
    date = normalized(shop)["7000001"].date
    assert (date.precision, date.raw, date.earliest.year) == (Precision.DAY, raw, 2024)


def test_each_review_follows_the_terms_of_where_it_was_written(shop: Shop, fake: BirdeyeFake):
    fake.rows = [
        make_row(number, sourceType=name)
        for number, name in enumerate(("Google", "Facebook", "Direct Feedback", "Healthpages", None))
    ]
    assert [review.origin for review in shop.reviews().values()] == [
        "google_business",
        "facebook",
        "birdeye",
        "unknown",
        "unknown",
    ]
    assert origin_for(Birdeye(), {"site": "google"}) == "google_business"
    assert origin_for(Birdeye(), {}) == "birdeye"


def test_one_platform_alone_has_its_own_total(shop: Shop):
    pages = shop.fetch(site="google")
    assert {review.origin for page in pages for review in page.parsed.reviews} == {"google_business"}
    assert pages[0].parsed.totals[0].rating_count == "10"
    assert shop.fetch(site="facebook")[0].parsed.totals[0].average is None
    assert shop.fetch()[0].parsed.totals == ()


def test_a_short_run_asks_for_what_was_written_and_for_what_was_changed(shop: Shop, fake: BirdeyeFake):
    fake.updated["7000001"] = START + timedelta(days=20)
    mark = f"{START + timedelta(days=17):%Y-%m-%dT%H:%M:%S}.000000000Z"
    found = ids(shop.fetch({"v": 1, "mark": mark}))
    assert set(found) == {"7000010", "7000011", "7000001"}
    assert fake.bodies[0]["fromDate"] == "11/11/2026"
    assert fake.bodies[1]["updateFromDate"] == "11/11/2026"
    assert fake.bodies[1]["updateToDate"] == "11/24/2026"


def test_the_reply_is_read(shop: Shop, fake: BirdeyeFake):
    fake.rows[0] |= {"response": "Thank you.", "responseDate": "Nov 18, 2026"}
    reply = normalized(shop)["7000000"].reply
    assert (reply.text, reply.date.precision) == ("Thank you.", Precision.DAY)


def test_html_in_place_of_data_is_a_change(shop: Shop, fake: BirdeyeFake):
    fake.script = [Reply(200, b"<html>", "text/html")]
    with pytest.raises(SourceChanged):
        shop.fetch()
