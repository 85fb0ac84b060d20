"""Trustpilot: the contract, and every behaviour that its fake can play."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from reviews.errors import SourceChanged, SourceGone, SourceUnauthorized
from reviews.model import Precision
from reviews.normalize.review import Context, normalize_review
from reviews.sources import trustpilot
from reviews.sources.trustpilot import Trustpilot
from tests.conftest import NOW
from tests.platforms.server import Platforms, Reply
from tests.platforms.trustpilot import START, UNIT, TrustpilotFake, id_of, make_row, reported
from tests.sources.contract import Bench, ConnectorContract
from tests.sources.platform_bench import Shop, ids

CONFIG = {"business": "willow.example.org"}


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with Platforms() as running:
        yield running


@pytest.fixture
def fake(platforms: Platforms, monkeypatch: pytest.MonkeyPatch) -> TrustpilotFake:
    monkeypatch.setattr(trustpilot, "PAGE_SIZE", 4)
    return TrustpilotFake.running(platforms)


@pytest.fixture
def shop(fake: TrustpilotFake, platforms: Platforms) -> Shop:
    return Shop(Trustpilot(), platforms, CONFIG, {"api_key": fake.key})


class TestContract(ConnectorContract):
    @pytest.fixture
    def bench(self, platforms: Platforms, fake: TrustpilotFake) -> Bench:
        def serve(texts: tuple[str, ...]) -> None:
            fake.rows = [make_row(20 - number, text=text) for number, text in enumerate(texts)]

        fake.rows.pop()  # so that the last page is not full and no empty one follows
        return Bench(
            connector=Trustpilot(),
            platforms=platforms,
            config=CONFIG,
            secrets={"api_key": fake.key},
            serve=serve,
            damage=lambda: fake.last_page_too.append(make_row(90, stars="many")),
            repeat=lambda: fake.last_page_too.append(fake.rows[-1]),
            expected_count=11,
            has_validators=False,
        )


def mark(**back: float) -> dict[str, object]:
    return {"v": 1, "mark": f"{START + timedelta(**back):%Y-%m-%dT%H:%M:%S}.000000000Z"}


def test_the_score_is_kept_as_trustpilot_gives_it(shop: Shop):
    total = shop.fetch()[0].parsed.totals[0]
    assert (total.average, total.best, total.rating_count) == ("4.2", "5", "12")


def test_the_business_is_found_by_its_website_or_by_its_id(shop: Shop):
    assert ids(shop.fetch()) == ids(shop.fetch(business=UNIT))


def test_a_page_past_the_end_is_an_empty_list_and_the_end(shop: Shop):
    pages = shop.fetch()
    assert [len(page.parsed.reviews) for page in pages] == [4, 4, 4, 0]
    assert pages[-1].is_last


def test_rows_that_shift_while_pages_are_read_are_seen_twice_and_none_is_lost(shop: Shop, fake: TrustpilotFake):
    def add(fake: TrustpilotFake, page: int) -> None:
        if page == 2:
            fake.on_page = None
            fake.rows.append(make_row(50))

    fake.on_page = add
    found = ids(shop.fetch())
    assert {id_of(number) for number in range(12)} <= set(found)
    assert len(found) > len(set(found))


def test_a_run_that_was_cut_off_overlaps_by_a_page(shop: Shop, fake: TrustpilotFake):
    first = shop.fetch()[0]
    for number in (11, 10):  # both were on the page that is done: two others have moved up over the cut
        fake.rows.remove(next(row for row in fake.rows if row["id"] == id_of(number)))
    rest = shop.fetch({"full": True, "position": dict(first.position)})
    assert rest[0].number == 2
    assert {id_of(number) for number in range(10)} <= set(ids([first, *rest]))


def test_an_edited_old_review_is_found_by_the_full_scan_only(shop: Shop, fake: TrustpilotFake):
    fake.rows[0] |= {"text": "Edited much later.", "updatedAt": "2026-12-20T10:00:00Z"}
    fake.rows += [make_row(number) for number in range(800, 812)]
    short, full = shop.reviews(mark(hours=812)), shop.reviews()
    assert id_of(0) not in short
    assert id_of(811) in short
    assert full[id_of(0)].text == "Edited much later."
    assert Trustpilot().traits.full_scan_days == 7


def test_a_review_hidden_after_a_report_is_left_out_and_comes_back(shop: Shop, fake: TrustpilotFake):
    fake.rows[3]["reportData"] = reported("hidden")
    pages = shop.fetch()
    assert id_of(3) not in ids(pages)
    assert not any(page.parsed.rejects for page in pages)
    assert any("hidden" in line for page in pages for line in page.parsed.diagnostics)
    fake.rows[3]["reportData"] = reported("visible")
    assert id_of(3) in ids(shop.fetch())


def test_a_null_among_the_labels_is_no_matter(shop: Shop, fake: TrustpilotFake):
    fake.rows = [make_row(1, complianceLabels=[None]), make_row(2, complianceLabels=None)]
    assert len(ids(shop.fetch())) == 2


def test_a_review_without_stars_is_one(shop: Shop, fake: TrustpilotFake):
    fake.rows = [make_row(1, stars=None), make_row(2, stars=None, text=None, title="Only a title")]
    assert [review.rating for review in shop.reviews().values()] == [None, None]


def test_times_without_a_zone_are_utc(shop: Shop, fake: TrustpilotFake):
    fake.rows = [make_row(1, createdAt="2026-11-07T13:37:00", companyReply={"text": "Thanks.", "createdAt": None})]
    review = normalize_review(shop.reviews()[id_of(1)], Context(source_origin="trustpilot", read_at=NOW))
    assert (review.date.precision, review.date.earliest.hour) == (Precision.INSTANT, 13)
    assert review.reply.text == "Thanks."


def test_likes_are_volatile(shop: Shop, fake: TrustpilotFake):
    context = Context(source_origin="trustpilot", read_at=NOW)
    one = normalize_review(shop.reviews()[id_of(1)], context)
    fake.rows[1]["numberOfLikes"] = 9
    other = normalize_review(shop.reviews()[id_of(1)], context)
    assert one.content_hash == other.content_hash
    assert one.volatile_hash != other.volatile_hash


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Reply(401, b"{}", "application/json"), SourceUnauthorized),
        (Reply(404, b"{}", "application/json"), SourceGone),
        (Reply(200, b'{"id": "x"}', "application/json"), SourceChanged),
        (Reply(200, b"[]", "application/json"), SourceChanged),
    ],
)
def test_each_status_has_its_error(shop: Shop, fake: TrustpilotFake, answer: Reply, error: type[Exception]):
    fake.script = [answer]
    with pytest.raises(error):
        shop.fetch()
