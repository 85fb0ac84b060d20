"""Podium: the contract, and every behaviour that its fake can play."""

from collections.abc import Iterator
from datetime import timedelta

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
from reviews.rules import load
from reviews.sources import podium
from reviews.sources.base import origin_for
from reviews.sources.json_api import NO_KIND
from reviews.sources.podium import Podium
from tests.conftest import NOW
from tests.platforms import podium as fakes
from tests.platforms.podium import HERE, START, THERE, PodiumFake, make_row, stamp
from tests.platforms.server import Platforms, Reply
from tests.sources.contract import Bench, ConnectorContract
from tests.sources.doors import make_doors
from tests.sources.platform_bench import Shop, ids

CONFIG = {"location": HERE}


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with Platforms() as running:
        yield running


@pytest.fixture
def fake(platforms: Platforms) -> PodiumFake:
    running = PodiumFake.running(platforms)
    running.page_size = 4
    return running


@pytest.fixture
def shop(fake: PodiumFake, platforms: Platforms) -> Shop:
    return Shop(Podium(), platforms, CONFIG, fake.oauth.connected(is_fresh=True))


class TestContract(ConnectorContract):
    @pytest.fixture
    def bench(self, platforms: Platforms, fake: PodiumFake) -> Bench:
        def serve(texts: tuple[str, ...]) -> None:
            rows = [make_row(60 - 3 * number, body=text, rating=5) for number, text in enumerate(texts)]
            fake.rows = [{**row, "isRecommendation": False} for row in rows]

        return Bench(
            connector=Podium(),
            platforms=platforms,
            config=CONFIG,
            secrets=fake.oauth.connected(is_fresh=True),
            serve=serve,
            damage=lambda: fake.last_page_too.append(make_row(90, rating="many")),
            repeat=lambda: fake.last_page_too.append(fake.rows[-1]),
            expected_count=12,
            has_validators=False,
        )


def since(**back: float) -> dict[str, object]:
    """A cursor whose window begins so long after the start."""
    return {"v": 1, "mark": f"{START + timedelta(days=7, **back):%Y-%m-%dT%H:%M:%S}.000000000Z"}


def test_a_cursor_that_has_run_out_begins_the_list_again(shop: Shop):
    pages = shop.fetch({"full": True, "position": {"cursor": "long-gone", "part": 0, "page": 3, "since": None}})
    assert pages[0].number == 1
    assert len(set(ids(pages))) == 12


def test_a_cursor_that_runs_out_in_the_middle_begins_again_once(shop: Shop, fake: PodiumFake):
    doors = make_doors(stand_ins=shop.platforms.stand_ins, vault=shop.vault)
    pages = shop.connector.fetch(shop.source(), doors)
    first = next(pages)
    fake.cursors.clear()
    rest = list(pages)
    assert len(set(ids([first, *rest]))) == 12
    assert [page.number for page in (first, *rest)] == list(range(1, len(rest) + 2))


def test_a_cursor_that_never_works_ends_the_run(shop: Shop, fake: PodiumFake):
    doors = make_doors(stand_ins=shop.platforms.stand_ins, vault=shop.vault)
    pages = shop.connector.fetch(shop.source(), doors)
    next(pages)
    fake.cursors.clear()
    next(pages)
    fake.cursors.clear()
    with pytest.raises(SourceRequestError):
        next(pages)


def test_a_recommendation_written_as_five_or_one_is_yes_or_no(shop: Shop, fake: PodiumFake):
    fake.rows = [make_row(3), make_row(8), make_row(1)]
    context = Context(source_origin="podium", read_at=NOW)
    found = {name: normalize_review(raw, context).rating for name, raw in shop.reviews().items()}
    assert (found["pd-0003"].recommends, found["pd-0003"].stars100) == (True, None)
    assert (found["pd-0008"].recommends, found["pd-0008"].stars100) == (False, None)
    assert (found["pd-0001"].recommends, found["pd-0001"].stars100) == (None, 400)


@pytest.mark.parametrize("value", ["missing", "yes", None])
def test_a_rating_that_may_be_a_recommendation_is_rejected_not_guessed(shop: Shop, fake: PodiumFake, value: object):
    row = make_row(3)
    row["isRecommendation"] = value
    if value == "missing":
        del row["isRecommendation"]
    fake.rows = [row, make_row(1)]
    (page,) = shop.fetch()
    assert [reject.reason for reject in page.parsed.rejects] == [NO_KIND]
    assert ids([page]) == ["pd-0001"]


def test_other_locations_in_the_list_are_left_out(shop: Shop, fake: PodiumFake):
    fake.rows += [make_row(number, location=THERE) for number in range(20, 26)]
    pages = shop.fetch()
    assert set(ids(pages)) == {f"pd-{number:04d}" for number in range(12)}
    assert not any(page.parsed.rejects for page in pages)
    assert set(ids(shop.fetch(location=THERE))) == {f"pd-{number:04d}" for number in range(20, 26)}


def test_a_record_that_names_no_location_is_rejected(shop: Shop, fake: PodiumFake):
    fake.rows[0].pop("locations")
    fake.rows[0]["locations"] = {"uid": HERE}
    rejects = [reject for page in shop.fetch() for reject in page.parsed.rejects]
    assert [reject.reason for reject in rejects] == [podium.NO_LOCATION]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fakes.error(404, "route_not_found"), SourceRequestError),
        (fakes.error(404, "resource_not_found"), SourceGone),
        (fakes.error(400, "bad_request"), SourceRequestError),
        (fakes.error(400, "invalid_request_values"), SourceRequestError),
        (fakes.error(400, "invalid_header_version"), SourceRequestError),
        (fakes.error(403, "unauthorized"), SourceUnauthorized),
        (fakes.error(400, "internal_server_error"), SourceUnavailable),
        (fakes.error(500, "internal_server_error"), SourceUnavailable),
        (fakes.error(409, 17), SourceRequestError),
        (Reply(200, b'{"data": null}', "application/json"), SourceChanged),
    ],
)
def test_an_error_code_is_a_word_whatever_the_status(
    shop: Shop, fake: PodiumFake, answer: Reply, error: type[Exception]
):
    fake.script = [answer]
    with pytest.raises(error):
        shop.fetch()


@pytest.mark.parametrize("status", [400, 403, 429])
@pytest.mark.statement("R5")
def test_the_rate_limit_is_known_by_its_word(shop: Shop, fake: PodiumFake, status: int):
    fake.script = [fakes.error(status, "rate_limit")]
    with pytest.raises(RateLimited) as caught:
        shop.fetch()
    assert caught.value.retry_after_seconds == 60


def test_an_unauthenticated_answer_renews_the_token_and_the_new_refresh_token_is_kept(shop: Shop, fake: PodiumFake):
    before = shop.vault.secrets["refresh_token"]
    fake.oauth.expire()
    assert len(set(ids(shop.fetch()))) == 12
    assert shop.vault.secrets["refresh_token"] != before


def test_the_number_of_items_is_of_all_locations_and_is_not_the_total(shop: Shop, fake: PodiumFake):
    fake.off_by = 5
    assert [page.parsed.totals for page in shop.fetch()] == [()] * 3


def test_the_total_is_that_of_the_chosen_platform_and_never_one_over_several(shop: Shop, fake: PodiumFake):
    pages = shop.fetch(site="google")
    total = pages[0].parsed.totals[0]
    stars = [row["review"]["rating"] for row in fake.rows if row["review"]["siteName"] == "google"]
    assert (total.average, total.rating_count) == (str(round(sum(stars) / len(stars), 3)), str(len(stars)))
    assert {review.origin for page in pages for review in page.parsed.reviews} == {"google_business"}


def test_an_average_of_recommendations_is_not_taken(shop: Shop):
    total = shop.fetch(site="Facebook")[0].parsed.totals[0]
    assert (total.average, total.rating_count) == (None, "2")


def test_each_review_follows_the_terms_of_where_it_was_written(shop: Shop, fake: PodiumFake):
    fake.rows = [make_row(1), make_row(3), make_row(2, siteName="dentalguide"), make_row(4, siteName=None)]
    origins = {name: review.origin for name, review in shop.reviews().items()}
    assert list(origins.values()) == ["unknown", "facebook", "unknown", "google_business"]
    book = load()
    assert book.terms("google_business").retention_days == 30
    assert not book.terms("unknown").public
    assert origin_for(Podium(), {"site": "google"}) == "google_business"
    assert origin_for(Podium(), {}) == "podium"


def test_a_short_run_reads_what_is_new_and_what_was_changed(shop: Shop, fake: PodiumFake):
    fake.rows[0] |= {"updatedAt": stamp(START + timedelta(hours=11))}
    fake.rows[0]["review"]["body"] = "Edited."
    found = shop.reviews(since(hours=10))
    assert set(found) == {"pd-0000", "pd-0010", "pd-0011"}
    assert found["pd-0000"].text == "Edited."


def test_a_run_cut_off_between_its_parts_goes_on_in_the_second(shop: Shop, fake: PodiumFake):
    fake.rows[0] |= {"updatedAt": stamp(START + timedelta(hours=11))}
    pages = shop.fetch(since(hours=4))
    for done in range(1, len(pages)):
        rest = shop.fetch({**since(hours=4), "position": dict(pages[done - 1].position)})
        assert ids(rest) == ids(pages[done:])


def test_the_newest_response_that_is_still_there_is_the_reply(shop: Shop, fake: PodiumFake):
    fake.rows[0]["responses"] = [
        {"body": "Second.", "createdAt": "2026-11-05T10:00:00Z", "siteAuthorName": "Willow Lane"},
        {"body": "First.", "createdAt": "2026-11-04T10:00:00Z", "siteAuthorName": "Willow Lane"},
        {"body": "Gone.", "createdAt": "2026-11-06T10:00:00Z", "isDeleted": True},
    ]
    assert shop.reviews()["pd-0000"].reply.text == "Second."


def test_names_of_staff_are_not_read(shop: Shop):
    assert "staff-1" not in repr(shop.fetch())
