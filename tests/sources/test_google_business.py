"""Google Business Profile: the contract, and every behaviour that its fake can play."""

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
from reviews.sources import google_business as google
from reviews.sources import google_errors, oauth
from reviews.sources.google_business import GoogleBusiness, parse_reviews
from tests.conftest import NOW
from tests.platforms import google_business as fakes
from tests.platforms.google_business import START, GoogleBusinessFake, make_row
from tests.platforms.server import Platforms, Reply
from tests.sources.contract import Bench, ConnectorContract
from tests.sources.doors import make_doors
from tests.sources.platform_bench import Shop, ids

CONFIG = {"account": "accounts/101", "location": "locations/7001"}


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with Platforms() as running:
        yield running


@pytest.fixture
def fake(platforms: Platforms) -> GoogleBusinessFake:
    running = GoogleBusinessFake.running(platforms, 12)
    running.page_size = 4
    return running


@pytest.fixture
def shop(fake: GoogleBusinessFake, platforms: Platforms) -> Shop:
    return Shop(GoogleBusiness(), platforms, CONFIG, fake.oauth.connected())


class TestContract(ConnectorContract):
    @pytest.fixture
    def bench(self, platforms: Platforms, fake: GoogleBusinessFake) -> Bench:
        def serve(texts: tuple[str, ...]) -> None:
            fake.rows["locations/7001"] = [
                make_row(len(texts) - number, comment=text, starRating="FIVE") for number, text in enumerate(texts)
            ]

        return Bench(
            connector=GoogleBusiness(),
            platforms=platforms,
            config=CONFIG,
            secrets=fake.oauth.connected(is_fresh=True),
            serve=serve,
            damage=lambda: fake.last_page_too.append({"reviewId": "odd", "starRating": "SIX"}),
            repeat=lambda: fake.last_page_too.append(max(fake.here, key=lambda row: row["updateTime"])),
            expected_count=12,
            has_validators=False,
        )


# ---------------------------------------------------------------- reading
def test_an_empty_answer_is_a_location_without_reviews(shop: Shop, fake: GoogleBusinessFake):
    fake.here.clear()
    (page,) = shop.fetch()
    assert page.is_last
    assert page.parsed.reviews == ()
    assert page.parsed.totals[0].rating_count == "0"


def test_pages_of_fifty_are_asked_for_and_followed_by_their_token(
    shop: Shop, fake: GoogleBusinessFake, platforms: Platforms
):
    fake.page_size = 50
    fake.rows["locations/7001"] = [make_row(number) for number in range(120)]
    assert [len(page.parsed.reviews) for page in shop.fetch()] == [50, 50, 20]
    asked = [request for request in platforms.requests if request.path.endswith("/reviews")]
    assert {request.first("pageSize") for request in asked} == {"50"}
    assert {request.first("orderBy") for request in asked} == {"updateTime desc"}


def test_the_total_is_what_google_says(shop: Shop, fake: GoogleBusinessFake):
    fake.total = 222
    total = shop.fetch()[0].parsed.totals[0]
    assert (total.average, total.best, total.rating_count, total.review_count) == ("4.6", "5", "222", None)


def test_an_invalid_token_of_an_earlier_run_starts_the_list_again(shop: Shop, fake: GoogleBusinessFake):
    pages = shop.fetch({"full": True, "position": {"token": "long-gone", "page": 3}})
    assert pages[0].number == 1
    assert len(ids(pages)) == 12


def test_an_invalid_token_that_google_has_just_given_is_an_error(shop: Shop, fake: GoogleBusinessFake):
    fake.on_page = lambda fake, page: fake.tokens.clear() if page == 2 else None
    fake.tokens.clear()
    doors = make_doors(stand_ins=shop.platforms.stand_ins, vault=shop.vault)
    pages = shop.connector.fetch(shop.source(), doors)
    next(pages)
    fake.tokens.clear()
    with pytest.raises(SourceRequestError):
        next(pages)


def test_ratings_alone_and_anonymous_authors_are_reviews(shop: Shop, fake: GoogleBusinessFake):
    fake.rows["locations/7001"] = [
        make_row(1, comment=None),
        make_row(2, reviewer={"isAnonymous": True}),
        make_row(3, reviewer={"displayName": "A Google user", "isAnonymous": True}, comment=None),
    ]
    found = shop.reviews()
    assert found["gb-0001"].text is None
    assert found["gb-0001"].rating is not None
    assert found["gb-0002"].author is None
    assert found["gb-0003"].author == "A Google user"


def test_nine_fraction_digits_keep_their_order_and_their_text(shop: Shop, fake: GoogleBusinessFake):
    fake.rows["locations/7001"] = [
        make_row(1, updateTime="2026-11-01T10:00:00.123456789Z", createTime="2026-11-01T10:00:00.123456789Z"),
        make_row(2, updateTime="2026-11-01T10:00:00.123456788Z"),
    ]
    (page,) = shop.fetch()
    assert page.newest_key == "2026-11-01T10:00:00.123456789Z"
    assert page.oldest_key == "2026-11-01T10:00:00.123456788Z"
    assert page.parsed.reviews[0].date == "2026-11-01T10:00:00.123456789Z"


def test_an_empty_element_is_skipped_and_is_no_reject(shop: Shop, fake: GoogleBusinessFake):
    fake.last_page_too.append(None)
    pages = shop.fetch()
    assert len(ids(pages)) == 12
    assert not any(page.parsed.rejects for page in pages)


@pytest.mark.parametrize(
    "comment",
    [
        "(Translated by Google) The wait was long.\n\n(Original)\nL'attente était longue.",
        "L'attente était longue.\n\n(Translated by Google)\nThe wait was long.",
    ],
)
def test_the_translation_envelope_is_opened_in_both_orders(shop: Shop, fake: GoogleBusinessFake, comment: str):
    fake.rows["locations/7001"] = [make_row(1, comment=comment)]
    raw = shop.reviews()["gb-0001"]
    review = normalize_review(raw, Context(source_origin="google_business", read_at=NOW))
    assert (review.text, review.translation) == ("L'attente était longue.", "The wait was long.")


def test_a_star_word_of_tomorrow_is_rejected_with_the_word(shop: Shop, fake: GoogleBusinessFake):
    fake.here.append(make_row(40, starRating="SIX"))
    rejects = [reject for page in shop.fetch() for reject in page.parsed.rejects]
    assert [(reject.sample, reject.values) for reject in rejects] == [("gb-0040", (("value", "SIX"),))]


def test_unspecified_stars_are_no_rating(shop: Shop, fake: GoogleBusinessFake):
    fake.rows["locations/7001"] = [make_row(1, starRating="STAR_RATING_UNSPECIFIED")]
    assert shop.reviews()["gb-0001"].rating is None


def test_a_reply_is_pending_then_rejected_with_googles_reason(shop: Shop, fake: GoogleBusinessFake):
    reply = {"comment": "Please call us.", "updateTime": "2026-11-03T10:00:00Z", "reviewReplyState": "PENDING"}
    fake.rows["locations/7001"] = [make_row(1, reviewReply=reply)]
    context = Context(source_origin="google_business", read_at=NOW)
    pending = normalize_review(shop.reviews()["gb-0001"], context)
    reply |= {"reviewReplyState": "REJECTED", "policyViolation": "PERSONAL_INFO"}
    rejected = normalize_review(shop.reviews()["gb-0001"], context)
    assert (pending.reply.state, rejected.reply.state, rejected.reply.reason) == (
        "pending",
        "rejected",
        "PERSONAL_INFO",
    )
    assert pending.content_hash == rejected.content_hash
    assert pending.reply_hash != rejected.reply_hash


@pytest.mark.parametrize(
    ("word", "state"), [("APPROVED", "published"), ("A_STATE_OF_TOMORROW", "pending"), (None, "published")]
)
def test_only_a_state_that_is_known_as_public_is_public(
    shop: Shop, fake: GoogleBusinessFake, word: str | None, state: str
):
    reply = {"comment": "Thank you.", **({"reviewReplyState": word} if word else {})}
    fake.rows["locations/7001"] = [make_row(1, reviewReply=reply)]
    assert shop.reviews()["gb-0001"].reply.state == state


def test_an_unknown_violation_is_kept_as_text(shop: Shop, fake: GoogleBusinessFake):
    reply = {"comment": "No.", "reviewReplyState": "REJECTED", "policyViolation": "A_VALUE_ADDED_LATER"}
    fake.rows["locations/7001"] = [make_row(1, reviewReply=reply)]
    assert shop.reviews()["gb-0001"].reply.reason == "A_VALUE_ADDED_LATER"


def test_one_location_under_two_accounts_has_the_same_reviews(shop: Shop):
    assert shop.reviews().keys() == shop.reviews(account="accounts/102").keys()


def test_an_id_missing_in_the_record_is_taken_from_the_end_of_its_name():
    row = make_row(1, reviewId=None)
    (review,) = parse_reviews(fakes.json_reply({"reviews": [row]}).body).reviews
    assert review.external_id == "gb-0001"


# ---------------------------------------------------------------- incremental
def mark_of(shop: Shop) -> str:
    return str(shop.fetch()[0].newest_key)


def test_a_short_run_reads_the_changed_ones_and_stops_after_a_whole_old_page(shop: Shop, fake: GoogleBusinessFake):
    fake.edit(3, START + timedelta(days=30), comment="Edited a month later.")
    mark = f"{START + timedelta(days=29):%Y-%m-%dT%H:%M:%S}.000000000Z"
    pages = shop.fetch({"v": 1, "mark": mark})
    assert ids(pages)[0] == "gb-0003"
    assert [page.is_last for page in pages] == [False, True]


def test_an_old_row_on_top_never_stops_a_run(shop: Shop, fake: GoogleBusinessFake):
    mark = mark_of(shop)
    fake.edit(0, START + timedelta(days=20))
    fake.here.append(make_row(13))
    assert {"gb-0000", "gb-0013"} <= set(ids(shop.fetch({"v": 1, "mark": mark})))


def test_a_review_edited_between_pages_is_seen_twice_and_none_is_lost(shop: Shop, fake: GoogleBusinessFake):
    def edit(fake: GoogleBusinessFake, page: int) -> None:
        if page == 2:
            fake.on_page = None
            fake.edit(11, START + timedelta(days=9), comment="Edited meanwhile.")

    fake.on_page = edit
    assert len(set(ids(shop.fetch()))) == 12


def test_a_review_that_moves_to_the_top_unseen_is_found_by_the_next_run(shop: Shop, fake: GoogleBusinessFake):
    mark = mark_of(shop)

    def edit(fake: GoogleBusinessFake, page: int) -> None:
        if page == 2:
            fake.on_page = None
            fake.edit(0, START + timedelta(days=9), comment="Edited meanwhile.")

    fake.on_page = edit
    shop.fetch()
    assert shop.reviews({"v": 1, "mark": mark})["gb-0000"].text == "Edited meanwhile."


def test_a_review_deleted_between_runs_is_missing_from_the_full_scan(shop: Shop, fake: GoogleBusinessFake):
    row = fake.delete(5)
    assert "gb-0005" not in ids(shop.fetch())
    fake.here.append(row)
    assert "gb-0005" in ids(shop.fetch())


# ---------------------------------------------------------------- permission
def test_an_expired_token_is_renewed_once_and_the_run_goes_on(shop: Shop, fake: GoogleBusinessFake):
    shop.fetch()
    fake.oauth.expire()
    assert len(ids(shop.fetch())) == 12
    assert fake.oauth.refreshes == 2


def test_the_renewed_token_is_kept_and_the_refresh_token_stays(shop: Shop, fake: GoogleBusinessFake):
    refresh_token = shop.vault.secrets["refresh_token"]
    shop.fetch()
    assert shop.vault.secrets["access_token"] in fake.oauth.access_tokens
    assert shop.vault.secrets["refresh_token"] == refresh_token
    shop.fetch()
    assert fake.oauth.refreshes == 1


def test_a_token_near_its_end_is_renewed_before_it_is_used(shop: Shop, fake: GoogleBusinessFake):
    shop.fetch()
    shop.fetch(now=NOW + timedelta(seconds=3599 - 60))
    assert fake.oauth.refreshes == 2


def test_a_token_refused_a_second_time_asks_for_a_person(shop: Shop, fake: GoogleBusinessFake):
    fake.script = [fakes.EXPIRED, fakes.EXPIRED]
    with pytest.raises(SourceUnauthorized) as caught:
        shop.fetch()
    assert caught.value.hint == oauth.CONNECT_AGAIN
    assert caught.value.values == {"platform": "Google"}
    assert fake.oauth.refreshes == 2


def test_a_permission_that_has_ended_asks_for_connecting_again(shop: Shop, fake: GoogleBusinessFake):
    fake.oauth.end()
    with pytest.raises(SourceUnauthorized) as caught:
        shop.fetch()
    assert caught.value.hint == oauth.CONNECT_AGAIN
    assert "invalid_grant" in caught.value.message


def test_a_permission_that_ends_in_the_middle_leaves_the_pages_before(shop: Shop, fake: GoogleBusinessFake):
    doors = make_doors(stand_ins=shop.platforms.stand_ins, vault=shop.vault)
    pages = shop.connector.fetch(shop.source(), doors)
    assert len(next(pages).parsed.reviews) == 4
    fake.oauth.end()
    with pytest.raises(SourceUnauthorized):
        next(pages)


# ---------------------------------------------------------------- errors
@pytest.mark.parametrize(
    ("answer", "error", "hint"),
    [
        (fakes.SWITCHED_OFF, SourceUnauthorized, google_errors.HINT_API_OFF),
        (fakes.NO_SCOPE, SourceUnauthorized, google_errors.HINT_SCOPE),
        (fakes.NOT_APPROVED, SourceUnauthorized, google_errors.HINT_NO_QUOTA),
        (fakes.NOT_FOUND, SourceGone, None),
        (fakes.BAD_REQUEST, SourceRequestError, None),
        (fakes.HTML, SourceUnavailable, None),
        (Reply(200, b"<html>Sign in</html>"), SourceChanged, None),
        (Reply(200, b"[]", "application/json"), SourceChanged, None),
        (Reply(200, b'{"reviews": {}}', "application/json"), SourceChanged, None),
        (Reply(200, b'{"totalReviewCount": 9, "items": []}', "application/json"), SourceChanged, None),
    ],
)
def test_each_documented_answer_has_its_error(
    shop: Shop, fake: GoogleBusinessFake, answer: Reply, error: type[Exception], hint: str | None
):
    fake.script = [answer]
    with pytest.raises(error) as caught:
        shop.fetch()
    assert hint is None or caught.value.hint == hint


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (fakes.SLOW_DOWN, 60),
        (fakes.RETRY_IN_4, 5),
        (Reply(429, b"", headers={"Retry-After": "90"}), 90),
        (Reply(429, b"not json"), None),
    ],
)
@pytest.mark.statement("R5")
def test_a_quota_is_waited_for_with_and_without_a_word_on_how_long(
    shop: Shop, fake: GoogleBusinessFake, answer: Reply, seconds: int | None
):
    fake.script = [answer]
    with pytest.raises(RateLimited) as caught:
        shop.fetch()
    assert caught.value.retry_after_seconds == seconds


def test_a_daily_quota_is_waited_for_until_midnight_in_california():
    assert google_errors.seconds_to_reset(NOW) == 23 * 3600  # 01:00 there


# ---------------------------------------------------------------- choosing a listing
def test_places_are_listed_over_all_accounts_and_pages(shop: Shop, fake: GoogleBusinessFake, platforms: Platforms):
    shop.fetch()
    doors = make_doors(stand_ins=platforms.stand_ins, vault=shop.vault)
    found = GoogleBusiness().find_places(doors)
    assert [(place.config["account"], place.config["location"]) for place in found] == [
        ("accounts/101", "locations/7001"),
        ("accounts/101", "locations/7002"),
        ("accounts/102", "locations/7001"),
    ]
    assert found[0].label == "Willow Lane 1 · Springfield · Account 1"
    assert found[0].address == "https://maps.example.org/?cid=7001"
    assert set(found[0].config) <= {field.name for field in GoogleBusiness().fields}
    chosen = shop.fetch(**found[2].config)
    assert len(ids(chosen)) == 12


def test_a_missing_read_mask_is_our_mistake(shop: Shop, platforms: Platforms):
    shop.fetch()
    doors = make_doors(stand_ins=platforms.stand_ins, vault=shop.vault)
    door = oauth.TokenDoor(google.GOOGLE, doors)
    with pytest.raises(SourceRequestError):
        list(google._listed(doors, door, f"{google.INFORMATION}/accounts/101/locations", {}, google.parse_locations))


def test_missing_settings_are_named(shop: Shop):
    with pytest.raises(SourceRequestError) as caught:
        shop.fetch(location="")
    assert caught.value.values == {"name": "location"}
