"""Which reviews are one review in two places: by the platform's id, or as a proposal, and never by likeness alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reviews.normalize.pairs import find_pairs, shared_key
from reviews.reputation.clusters import Member, choose_mains
from reviews.storage.pairs import ComparedReview

MOMENT = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
LONG = "The wait was short, the plan was explained on paper, and the exercises help me every morning."


def review(id_: int, source_id: int, **changes: Any) -> ComparedReview:
    values: dict[str, Any] = {
        "origin": "google_business", "shared_key": None, "stars100": 500, "recommends": None, "author": "Ada Lind",
        "text": LONG, "earliest": MOMENT, "latest": MOMENT, "is_instant": True,
    }  # fmt: skip
    return ComparedReview(id=id_, source_id=source_id, **{**values, **changes})


def told(*reviews: ComparedReview, fresh: set[int] | None = None) -> list[tuple[int, int, str, bool]]:
    found = find_pairs(reviews, {each.id for each in reviews} if fresh is None else fresh)
    return [(pair.one_id, pair.other_id, pair.basis, pair.is_same) for pair in found]


# ---------------------------------------------------------------- the platform's own id
def test_origins_of_one_platform_share_its_ids_and_row_numbers_are_no_ids():
    assert shared_key("google_business", "ChZDSUhNMG9nS0") == shared_key("apify", "ChZDSUhNMG9nS0")
    assert shared_key("trustpilot", "ChZDSUhNMG9nS0") != shared_key("apify", "ChZDSUhNMG9nS0")
    assert shared_key("google_business", "12") is None
    assert shared_key("first_party", "ChZDSUhNMG9nS0") is None
    assert shared_key("google_business", None) is None


def test_equal_ids_in_two_sources_are_one_review_although_the_text_was_edited():
    key = shared_key("google_business", "ChZDSUhNMG9nS0")
    edited = review(2, 20, shared_key=key, text="Quite another text by now.", stars100=200, author="ada lind")
    assert told(review(1, 10, shared_key=key), edited) == [(1, 2, "id", True)]


def test_equal_ids_of_two_people_with_two_texts_are_only_proposed():
    key = shared_key("google_business", "row-0000000001")
    other = review(2, 20, shared_key=key, author="Bo Berg", text="Something else altogether, said by somebody else.")
    assert told(review(1, 10, shared_key=key), other) == [(1, 2, "id", False)]


def test_equal_ids_in_one_source_are_no_pair():
    key = shared_key("google_business", "ChZDSUhNMG9nS0")
    assert told(review(1, 10, shared_key=key), review(2, 10, shared_key=key)) == []


# ---------------------------------------------------------------- proposals
@pytest.mark.parametrize(
    "changes",
    [
        {"text": LONG.replace("short,", "short -"), "earliest": None, "latest": None},
        {"author": "Ada L.", "is_instant": False, "latest": MOMENT + timedelta(hours=12)},
        {"text": LONG + " Bye", "stars100": None},
        {"author": None, "earliest": None, "latest": None},
    ],
)
def test_the_same_words_by_the_same_person_are_proposed_and_never_merged(changes: dict[str, Any]):
    (pair,) = find_pairs([review(1, 10), review(2, 20, **changes)], {1, 2})
    assert (pair.is_same, pair.likeness >= 90) == (False, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"author": "Bo Berg", "text": LONG + " Bye"},
        {"stars100": 400},
        {"earliest": MOMENT + timedelta(days=9), "latest": MOMENT + timedelta(days=9)},
        {"text": "The staff forgot me in the hall for an hour and nobody said why or when it would go on.",
         "earliest": None, "latest": None},
        {"origin": "yelp"},
        {"stars100": None, "recommends": False, "origin": "facebook"},
    ],
)  # fmt: skip
def test_what_speaks_against_it_is_heard(changes: dict[str, Any]):
    assert told(review(1, 10), review(2, 20, **changes)) == []


def test_stars_without_words_by_one_person_at_one_moment_are_proposed():
    one = review(1, 10, text="")
    assert told(one, review(2, 20, text="", earliest=MOMENT + timedelta(seconds=1))) == [(1, 2, "moment", False)]
    assert told(one, review(2, 20, text="", earliest=MOMENT + timedelta(minutes=1))) == []


def test_a_copy_on_the_own_page_is_proposed_and_two_platforms_are_two_reviews():
    own = review(2, 20, origin="own_site", earliest=None, latest=None, stars100=None)
    assert told(review(1, 10), own) == [(1, 2, "text", False)]
    assert told(review(1, 10), review(3, 30, origin="trustpilot")) == []


def test_short_words_without_a_name_are_alike_by_chance():
    assert (
        told(review(1, 10, text="Great!", author=None, earliest=None), review(2, 20, text="Great!", author=None)) == []
    )


def test_a_review_is_proposed_once_with_the_likest_of_another_source():
    near = review(3, 20, text=LONG + " Thanks")
    assert told(review(1, 10), review(2, 20), near) == [(1, 2, "moment", False)]


def test_only_what_is_new_is_compared_and_order_does_not_matter():
    reviews = [review(1, 10), review(2, 20), review(3, 30, author="Bo Berg"), review(4, 40, author="Bo Berg")]
    assert told(*reviews, fresh={4}) == [(3, 4, "moment", False)]
    assert told(*reversed(reviews)) == told(*reviews)


# ---------------------------------------------------------------- which one counts
def member(id_: int, **changes: bool) -> Member:
    return Member(id=id_, **{"stands": True, "is_held": True, "is_featured": False, "is_direct": False, **changes})


def test_of_a_cluster_exactly_one_counts_whatever_the_pairs_look_like():
    members = [member(id_) for id_ in range(1, 7)]
    mains = choose_mains(members, [(1, 2), (3, 2), (5, 6), (3, 1)])
    assert mains == {1: None, 2: 1, 3: 1, 4: None, 5: None, 6: 5}


@pytest.mark.parametrize("second", [{"is_direct": True}, {"is_featured": True}, {"stands": True}])
def test_what_stands_what_was_chosen_and_what_is_direct_comes_first(second: dict[str, bool]):
    first = member(1, stands="stands" not in second)
    assert choose_mains([first, member(2, **second)], [(1, 2)]) == {1: 2, 2: None}
