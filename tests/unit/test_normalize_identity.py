"""Which review is which: hashes, keys, and the known twin of an edited review."""

import random
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.fuzz import ratio, token_set_ratio

from reviews.model import RawRating, RawReply, RawReview, Review
from reviews.normalize import Context, identity, normalize_review
from reviews.normalize.hashes import normalized

READ_AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CONTEXT = Context(source_origin="own_site", read_at=READ_AT, languages=(), assume_best=5)


@dataclass(frozen=True)
class Known:
    identity_key: str
    identity_kind: str
    author: str | None
    date_earliest: datetime | None
    date_precision: str | None
    stars100: int | None
    text: str


def review(
    text: str = "", stars: int | None = 5, author: str | None = None, date: str | None = None, **raw: object
) -> Review:
    found = normalize_review(
        RawReview(
            place="item",
            text=text,
            rating=RawRating(value=str(stars)) if stars else None,
            author=author,
            date=date,
            **raw,  # type: ignore[arg-type]
        ),
        CONTEXT,
    )
    assert isinstance(found, Review), found
    return found


def known(*reviews: Review) -> list[Known]:
    """What storage would remember of them: one row a key."""
    rows = [
        Known(
            r.identity_key,
            r.identity_kind,
            r.author,
            r.date.earliest if r.date else None,
            r.date.precision.value if r.date else None,
            r.rating.stars100 if r.rating else None,
            r.text,
        )
        for r in identity.number_equals(reviews)
    ]
    return list({row.identity_key: row for row in rows}.values())


def keys(reviews: tuple[Review, ...]) -> list[str]:
    return [r.identity_key for r in reviews]


LONG = "The treatment helped my shoulder a lot and the staff explained every step with patience."
OTHER = "I waited forty minutes in the hall and then the appointment was over in five."


# ---------------------------------------------------------------- hashes
def test_hashes_are_sha256_hex_and_equal_for_equal_reviews() -> None:
    one, same = review(LONG, author="Jane"), review(LONG, author="Jane")
    assert one.content_hash == same.content_hash
    for value in (one.content_hash, one.reply_hash, one.volatile_hash):
        assert len(value) == 64
        assert set(value) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "change", [{"text": OTHER}, {"stars": 4}, {"author": "Joan"}, {"title": "Good"}, {"language": "fr"}]
)
def test_what_the_author_said_changes_the_content_hash_alone(change: dict[str, object]) -> None:
    before = {"text": LONG, "stars": 5, "author": "Jane"}
    one, other = review(**before), review(**(before | change))  # type: ignore[arg-type]
    assert one.content_hash != other.content_hash
    assert (one.reply_hash, one.volatile_hash) == (other.reply_hash, other.volatile_hash)


def test_a_reply_changes_the_reply_hash_alone() -> None:
    one, other = review(LONG), review(LONG, reply=RawReply(text="Thank you", date="2026-01-02"))
    edited = review(LONG, reply=RawReply(text="Thank you!", date="2026-01-02"))
    assert len({one.reply_hash, other.reply_hash, edited.reply_hash}) == 3
    assert len({r.content_hash for r in (one, other, edited)}) == 1
    assert len({r.volatile_hash for r in (one, other, edited)}) == 1


def test_a_reply_whose_age_is_counted_from_today_does_not_change_every_day() -> None:
    one = review(LONG, reply=RawReply(text="Thank you", date="2 weeks ago"))
    assert one.reply_hash == review(LONG, reply=RawReply(text="Thank you", date="3 weeks ago")).reply_hash


def test_relative_dates_likes_and_translations_are_volatile() -> None:
    one = review(f"(Translated by Google) A\n\n(Original)\n{LONG}", date="2 weeks ago", volatile=(("likes", "3"),))
    other = review(f"{LONG}\n\n(Translated by Google)\nB", date="3 weeks ago", volatile=(("likes", "4"),))
    assert one.text == other.text == LONG
    assert (one.content_hash, one.identity_key) == (other.content_hash, other.identity_key)
    assert one.volatile_hash != other.volatile_hash


def test_the_same_stars_on_another_scale_are_the_same_content() -> None:
    one = review(LONG, stars=4)
    other = normalize_review(RawReview(place="x", text=LONG, rating=RawRating(value="★★★★☆")), CONTEXT)
    assert isinstance(other, Review)
    assert one.content_hash == other.content_hash


# ---------------------------------------------------------------- keys
def test_the_platforms_id_is_the_key_else_the_anchor_else_a_fingerprint() -> None:
    assert (review(LONG, external_id="abc").identity_key, review(LONG, external_id="abc").identity_kind) == (
        "abc",
        "id",
    )
    assert review(LONG, anchor="#r7").identity_key == "anchor:#r7"
    assert review(LONG, anchor="#r7").identity_kind == "anchor"
    assert review(LONG).identity_key.startswith("fp:")
    assert review(LONG).identity_kind == "fingerprint"
    assert len(review(LONG, external_id="x" * 5000).identity_key) < 100
    assert review(LONG, external_id="x" * 5000).identity_key != review(LONG, external_id="x" * 5001).identity_key


def test_a_fingerprint_ignores_punctuation_case_and_generic_names() -> None:
    assert review("Great care, thanks!").identity_key == review("great care – thanks").identity_key
    assert review(LONG, author="Anonymous").identity_key == review(LONG, author="A Google user").identity_key
    assert review(LONG, author="Jane").identity_key != review(LONG, author="Joan").identity_key


@pytest.mark.statement("D2")
def test_two_equal_candidates_are_two_reviews() -> None:
    reviews = identity.number_equals([review("Great!"), review("Great!"), review("Great!")])
    first = reviews[0].identity_key.partition("#")[0]
    assert sorted(keys(reviews)) == [first, f"{first}#2", f"{first}#3"]


def test_the_same_id_twice_is_one_review_seen_twice() -> None:
    reviews = identity.number_equals([review(LONG, external_id="a"), review(OTHER, external_id="a")])
    assert keys(reviews) == ["a", "a"]
    assert keys(identity.number_equals([review(LONG, anchor="a"), review(LONG, anchor="a")])) == ["anchor:a"] * 2


def test_an_anchor_that_a_template_repeats_identifies_nothing() -> None:
    reviews = identity.number_equals([review(LONG, anchor="#review"), review(OTHER, anchor="#review")])
    assert len(set(keys(reviews))) == 2
    assert {r.identity_kind for r in reviews} == {"fingerprint"}


FEED = st.lists(
    st.tuples(st.sampled_from(["Good", LONG, OTHER, ""]), st.integers(1, 2), st.sampled_from([None, "Jane", "Joan"]),
              st.sampled_from([None, "2026-01-02", "a week ago"]), st.sampled_from([None, "#a", "#b"])),
    max_size=8,
)  # fmt: skip


@given(FEED, st.randoms(use_true_random=False))
def test_the_order_of_a_feed_changes_no_key(
    feed: list[tuple[str, int, str | None, str | None, str | None]], rng: random.Random
) -> None:
    reviews = [review(text, stars, author, date, anchor=anchor) for text, stars, author, date, anchor in feed]
    shuffled = reviews[:]
    rng.shuffle(shuffled)
    one = sorted((r.identity_key, r.content_hash) for r in identity.number_equals(reviews))
    other = sorted((r.identity_key, r.content_hash) for r in identity.number_equals(shuffled))
    assert one == other
    assert identity.number_equals(identity.number_equals(reviews)) == identity.number_equals(reviews)


@given(FEED)
def test_what_is_known_and_unchanged_matches_itself(
    feed: list[tuple[str, int, str | None, str | None, str | None]],
) -> None:
    reviews = identity.number_equals(
        [review(text, stars, author, date, anchor=anchor) for text, stars, author, date, anchor in feed]
    )
    assert keys(identity.match_known(known(*reviews), reviews)) == keys(reviews)


@given(FEED, FEED, st.randoms(use_true_random=False))
def test_matching_does_not_depend_on_any_order_and_never_merges_two(
    before: list[tuple[str, int, str | None, str | None, str | None]],
    after: list[tuple[str, int, str | None, str | None, str | None]],
    rng: random.Random,
) -> None:
    old = known(*(review(t, s, a, d, anchor=n) for t, s, a, d, n in before))
    new = [review(t, s, a, d, anchor=n) for t, s, a, d, n in after]
    matched = identity.match_known(old, new)
    shuffled_old, shuffled_new = old[:], new[:]
    rng.shuffle(shuffled_old)
    rng.shuffle(shuffled_new)
    again = identity.match_known(shuffled_old, shuffled_new)
    assert sorted((r.identity_key, r.content_hash) for r in matched) == sorted(
        (r.identity_key, r.content_hash) for r in again
    )
    seen = [r.identity_key for r in matched if r.identity_kind == "fingerprint"]
    assert len(seen) == len(set(seen))


# ---------------------------------------------------------------- the known twin
def test_an_edited_text_keeps_its_key_by_author_and_date() -> None:
    old = review(LONG, author="Jane D.", date="2026-01-02")
    new = review(OTHER, author="Jane D.", date="2026-01-02")
    assert keys(identity.match_known(known(old), [new])) == [old.identity_key]


def test_an_edited_text_without_author_and_date_keeps_its_key_by_likeness() -> None:
    old, new = review(LONG), review(LONG + " Thanks.")
    assert keys(identity.match_known(known(old, review(OTHER)), [new])) == [old.identity_key]


def test_edited_stars_keep_the_key() -> None:
    old, new = review("Good", 5, "Jane", "2026-01-02"), review("Good", 1, "Jane", "2026-01-02")
    assert keys(identity.match_known(known(old), [new])) == [old.identity_key]
    old, new = review("Good", 5, "Anonymous", "2026-01-02"), review("Good", 1, "Anonymous", "2026-01-02")
    assert keys(identity.match_known(known(old), [new])) == [old.identity_key]
    assert keys(identity.match_known(known(review(LONG, 5)), [review(LONG, 2)])) == keys((review(LONG, 5),))


def test_opposite_reviews_are_not_alike_although_their_words_are() -> None:
    old = "The staff were friendly and I would recommend this clinic to everyone who has back pain."
    opposite = "The staff were not friendly and I would never recommend this clinic to anyone."
    edited = old.replace("everyone who has", "anyone with")
    assert token_set_ratio(normalized(old), normalized(opposite)) > 80
    assert ratio(normalized(old), normalized(opposite)) < identity.CLOSE
    matched = identity.match_known(known(review(old)), [review(opposite)])
    assert keys(matched) == [review(opposite).identity_key]
    assert keys(identity.match_known(known(review(old)), [review(edited)])) == [review(old).identity_key]


def test_what_is_ambiguous_never_matches() -> None:
    old = known(review(LONG + " A.", author="Jane", date="2026-01-02"), review(OTHER, author="Jane", date="2026-01-02"))
    new = review("Something else entirely was written here.", author="Jane", date="2026-01-02")
    assert keys(identity.match_known(old, [new])) == [new.identity_key]
    old = known(review(LONG + " One."), review(LONG + " Two."))
    new = review(LONG + " Six.")
    assert keys(identity.match_known(old, [new])) == [new.identity_key]
    pair = [review(LONG + " One."), review(LONG + " Two.")]
    assert keys(identity.match_known(known(review(LONG + " Six.")), pair)) == keys(tuple(pair))


def test_two_names_are_two_people_however_alike_they_write() -> None:
    new = review(LONG, author="Joan")
    assert keys(identity.match_known(known(review(LONG, author="Jane")), [new])) == [new.identity_key]


def test_short_texts_without_a_name_are_not_matched_by_likeness() -> None:
    new = review("Great service!!", 4)
    assert keys(identity.match_known(known(review("Great services", 5)), [new])) == [new.identity_key]


@pytest.mark.statement("D2")
def test_the_same_name_over_every_review_merges_nothing() -> None:
    texts = [LONG, OTHER, "Everything was clean and quick.", "My knee is well again after three visits."]
    feed = [review(text, author="Template Author", date="2026-01-02") for text in texts]
    assert len(set(keys(identity.number_equals(feed)))) == 4
    newcomers = [
        review(f"{text} But different now, and longer by far." * 2, author="Template Author", date="2026-01-02")
        for text in texts
    ]
    for matched in identity.match_known(known(*feed[:1]), newcomers):
        assert matched.identity_key != feed[0].identity_key
    one_more = review("Quite another text about the parking lot.", author="Template Author", date="2026-01-02")
    assert keys(identity.match_known(known(*feed), [one_more])) == [one_more.identity_key]


def test_an_anonymous_review_of_the_same_day_is_another_review() -> None:
    new = review(OTHER, author="Anonymous", date="2026-01-02")
    assert keys(identity.match_known(known(review(LONG, author="Anonymous", date="2026-01-02")), [new])) == [
        new.identity_key
    ]


def test_a_year_or_an_age_is_no_date_to_match_by() -> None:
    for date in ("2024", "a week ago"):
        new = review(OTHER, author="Jane", date=date)
        assert keys(identity.match_known(known(review(LONG, author="Jane", date=date)), [new])) == [new.identity_key]


def test_anchors_match_by_themselves_and_changing_ones_by_the_same_text() -> None:
    old = review(LONG, anchor="#1", author="Jane", date="2026-01-02")
    assert keys(identity.match_known(known(old), [review(OTHER, anchor="#1")])) == ["anchor:#1"]
    moved = review(LONG, anchor="#k3x9", author="Jane", date="2026-01-02")
    assert keys(identity.match_known(known(old), [moved])) == ["anchor:#1"]
    second = review(OTHER, anchor="#2", author="Jane", date="2026-01-02")
    assert keys(identity.match_known(known(old), [second])) == ["anchor:#2"]


def test_reviews_with_a_platforms_id_are_left_alone() -> None:
    new = review(LONG, external_id="b")
    assert keys(identity.match_known(known(review(LONG)), [new])) == ["b"]


def test_reviews_of_an_earlier_page_of_this_run_match_by_key_only() -> None:
    first = review(LONG, author="Jane", date="March 2025")
    seen = identity.as_known([first])
    second = review(OTHER, author="Jane", date="March 2025")
    assert keys(identity.match_known(seen, [second])) == [second.identity_key]
    assert keys(identity.match_known([*known(first), *seen], [second])) == [second.identity_key]
    assert keys(identity.match_known(seen, [first])) == [first.identity_key]
    assert identity.as_known([review(LONG, external_id="a")]) == []


def test_the_two_equal_reviews_stay_two_when_read_again() -> None:
    twins = identity.number_equals([review("Great!"), review("Great!")])
    again = identity.match_known(known(*twins), [review("Great!"), review("Great!")])
    assert sorted(keys(again)) == sorted(keys(twins))


def test_thousands_of_reviews_are_matched_quickly() -> None:
    rng = random.Random(7)
    words = ("staff", "kind", "knee", "back", "pain", "visit", "time", "clean", "helped", "listened", "again", "after")
    texts = [" ".join(rng.choices(words, k=50)) + f" {index}" for index in range(2_000)]
    old = known(*(review(text) for text in texts))
    new = [review(text + " Edited." if index < 200 else text) for index, text in enumerate(texts)]
    started = time.process_time()
    matched = identity.match_known(old, new)
    assert time.process_time() - started < 10  # a busy machine counts more
    assert [r.identity_key for r in matched] == [item.identity_key for item in old]


def test_the_bound_of_comparisons_leaves_the_rest_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "MAX_COMPARISONS", 0)
    new = review(LONG + " Thanks.")
    assert keys(identity.match_known(known(review(LONG)), [new])) == [new.identity_key]


def test_matching_changes_nothing_but_the_identity() -> None:
    old, new = review(LONG), review(LONG + " Thanks.")
    (matched,) = identity.match_known(known(old), [new])
    assert replace(matched, identity_key=new.identity_key) == new
