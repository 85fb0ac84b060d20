"""A raw review becomes a review or a Reject; one faulty field never costs more than itself."""

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import i18n, normalize
from reviews.model import RawRating, RawReply, RawReview, Reject, Review
from reviews.normalize import Context, normalize_review, normalize_with_notes, ratings
from reviews.normalize import review as module

READ_AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CONTEXT = Context(source_origin="own_site", read_at=READ_AT, languages=(), assume_best=5)
FULL = RawReview(
    place="page 1, item 2",
    external_id="r-2",
    author=" Jane  Doe ",
    rating=RawRating(value="4,5", best="5", worst="1"),
    title="“Well again”",
    text="“My knee is well after 3 ...” View Allvisits.\r\n\r\nThank you &amp; all.”",
    language="en-CA",
    date="Posted October 24, 2025",
    url="https://reviews.example.org/r/2",
    reply=RawReply(text="“Thank you”", date="2025-10-25", author="The clinic"),
)


def accepted(raw: RawReview, context: Context = CONTEXT) -> Review:
    found = normalize_review(raw, context)
    assert isinstance(found, Review), found
    return found


def test_every_field_is_normalized_by_its_own_rule() -> None:
    review = accepted(FULL)
    assert review.text == "My knee is well after 3 visits.\n\nThank you &amp; all."
    assert (review.title, review.author, review.language) == ("Well again", "Jane Doe", "en")
    assert review.rating is not None
    assert (review.rating.raw, review.rating.stars100) == ("4,5", 450)
    assert review.date is not None
    assert (review.date.raw, review.date.earliest.date().isoformat()) == ("Posted October 24, 2025", "2025-10-24")
    assert review.reply is not None
    assert review.reply.date is not None
    assert (review.reply.text, review.reply.author) == ("Thank you", "The clinic")
    assert (review.origin, review.place, review.url) == (
        "own_site",
        "page 1, item 2",
        "https://reviews.example.org/r/2",
    )
    assert (review.identity_key, review.identity_kind, review.cut, review.position) == ("r-2", "id", False, 0)
    assert normalize_with_notes(FULL, CONTEXT).notes == ()


def test_origin_and_position_come_from_the_record_and_its_place() -> None:
    review = normalize_review(RawReview(place="row 3", text="Good", origin="google"), CONTEXT, position=7)
    assert isinstance(review, Review)
    assert (review.origin, review.position) == ("google", 7)


def test_a_rating_without_text_and_a_text_without_rating_are_reviews() -> None:
    assert accepted(RawReview(place="x", rating=RawRating(value="5"))).text == ""
    assert accepted(RawReview(place="x", text="Good")).rating is None
    assert accepted(RawReview(place="x", title="Good")).title == "Good"


@pytest.mark.parametrize(
    "raw",
    [
        RawReview(place="row 4"),
        RawReview(place="row 4", text=" \x00 ", author="Jane"),
        RawReview(place="row 4", text="“”", rating=RawRating(value="")),
    ],
)
def test_a_record_with_neither_text_nor_rating_is_rejected(raw: RawReview) -> None:
    reject = normalize_review(raw, CONTEXT)
    assert isinstance(reject, Reject)
    assert (reject.place, reject.reason) == ("row 4", module.EMPTY)


def test_an_unknown_scale_is_rejected_with_place_value_and_sample() -> None:
    raw = RawReview(place="row 17", text="Good " * 100, author="Jane", rating=RawRating(value="7"))
    reject = normalize_review(raw, Context(source_origin="unknown", read_at=READ_AT))
    assert isinstance(reject, Reject)
    assert (reject.place, reject.column, reject.values) == ("row 17", "rating", (("value", "7"),))
    assert reject.reason == ratings.UNKNOWN_SCALE
    assert reject.sample.startswith("Jane · 7 · Good")
    assert len(reject.sample) <= 200


def test_a_faulty_optional_field_costs_only_itself_and_leaves_a_note() -> None:
    raw = RawReview(
        place="row 5",
        text="Good",
        date="some day",
        url="javascript:alert(1)",
        reply=RawReply(text="Thanks", date="99/99/2020"),
    )
    review, notes = normalize_with_notes(raw, CONTEXT)
    assert isinstance(review, Review)
    assert (review.date, review.url) == (None, None)
    assert review.reply is not None
    assert review.reply.date is None
    assert [(note.column, note.place) for note in notes] == [
        ("date", "row 5"),
        ("reply_date", "row 5"),
        ("url", "row 5"),
    ]


def test_a_date_with_two_readings_asks_for_the_order() -> None:
    raw = RawReview(place="row 6", text="Good", date="04/05/2024")
    _, (note,) = normalize_with_notes(raw, CONTEXT)
    assert note.reason == module.AMBIGUOUS_DATE
    context = Context(source_origin="own_site", read_at=READ_AT, languages=(), day_first=True)
    review = accepted(raw, context)
    assert review.date is not None
    assert review.date.earliest.month == 5


def test_a_text_that_is_too_long_is_shortened_and_noted() -> None:
    review, notes = normalize_with_notes(RawReview(place="x", text="word " * 100_000), CONTEXT)
    assert isinstance(review, Review)
    assert len(review.text) <= 50_000
    assert [note.reason for note in notes] == [module.SHORTENED]


@pytest.mark.statement("D3")
def test_only_the_original_of_a_translated_review_is_its_text() -> None:
    raw = RawReview(
        place="x", text="(Translated by Google) “Very good”\n\n(Original)\n« Le personnel est très gentil avec nous »"
    )
    review = accepted(raw, Context(source_origin="google", read_at=READ_AT))
    assert (review.text, review.translation, review.language) == (
        "Le personnel est très gentil avec nous",
        "Very good",
        "fr",
    )
    plain = accepted(RawReview(place="x", text="Le personnel est très gentil avec nous"))
    assert plain.content_hash == review.content_hash


def test_a_text_that_the_page_cut_says_so() -> None:
    review = accepted(RawReview(place="x", text="Good care from the start… Read more"))
    assert (review.text, review.cut) == ("Good care from the start", True)


def test_a_stated_language_is_believed_and_a_detected_one_makes_no_version() -> None:
    text = "The staff were very kind to me."
    detected = accepted(RawReview(place="x", text=text), Context(source_origin="o", read_at=READ_AT))
    undetected = accepted(RawReview(place="x", text=text))
    assert (detected.language, undetected.language) == ("en", None)
    assert detected.content_hash == undetected.content_hash
    assert accepted(RawReview(place="x", text=text, language="fr")).language == "fr"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://reviews.example.org/a?b=c#d", True),
        ("HTTP://reviews.example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://reviews.example.org/a b", False),
        ("https://reviews.example.org\\@evil.example.net", False),
        ("https://reviews.example.org/\x00", False),
        ("/relative", False),
        ("https://" + "x" * 3000, False),
    ],
)
def test_only_web_addresses_are_kept(url: str, kept: bool) -> None:
    assert (accepted(RawReview(place="x", text="Good", url=url)).url == url) is kept


def test_the_context_of_a_source_knows_its_scale_and_its_date_order() -> None:
    clinic = SimpleNamespace(languages=("en", "fr"), time_zone="America/Vancouver")

    def context(kind: str, **config: object) -> Context:
        source = SimpleNamespace(kind=kind, origin="own_site", config=config)
        return Context.of(source, clinic, read_at=READ_AT, page_language="en")  # type: ignore[arg-type]

    assert context("web_page").assume_best == 5
    assert context("web_page", best=10).assume_best == 10
    assert context("csv_file").assume_best is None
    assert context("csv_file", best="100", day_first=True).assume_best == Decimal(100)
    assert context("csv_file", day_first=True).day_first is True
    assert context("csv_file", day_first="perhaps").day_first is None
    assert context("web_page").time_zone == "America/Vancouver"


TEXT = st.none() | st.text(max_size=60)


@given(
    st.builds(
        RawReview,
        place=st.just("x"),
        external_id=TEXT,
        anchor=TEXT,
        author=TEXT,
        rating=st.none()
        | st.builds(RawRating, value=st.text(max_size=9), best=TEXT, worst=TEXT, kind=st.text(max_size=9)),
        title=TEXT,
        text=TEXT,
        language=TEXT,
        date=TEXT,
        url=TEXT,
        reply=st.none() | st.builds(RawReply, text=st.text(max_size=30), date=TEXT, author=TEXT),
        updated=TEXT,
        volatile=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=2).map(tuple),
    )
)
@pytest.mark.statement("Q3")
def test_no_raw_value_fails_and_every_text_can_be_stored(raw: RawReview) -> None:
    result, notes = normalize_with_notes(raw, CONTEXT)
    for value in (result, *notes):
        for name in value.__dataclass_fields__:
            text = getattr(value, name)
            if isinstance(text, str):
                text.encode("utf-8")
                assert "\x00" not in text
    if isinstance(result, Review) and result.date is not None:
        result.date.raw.encode("utf-8")


def test_every_reason_and_note_has_a_french_text() -> None:
    words = i18n.load().words("fr")
    reasons = [
        value
        for source in (module, ratings)
        for value in vars(source).values()
        if isinstance(value, str) and " " in value
    ]
    reasons = [reason for reason in reasons if reason.endswith(".") and "\n" not in reason]
    assert len(reasons) == 9
    for reason in reasons:
        assert words.text(reason) != reason
        assert reason.count("{") == words.text(reason).count("{")


def test_the_package_offers_what_the_collector_needs() -> None:
    assert normalize.normalize_review is normalize_review
    assert callable(normalize.normalize_total)
