"""Counts by month against a plain count, and the figures of a clinic."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews.errors import NotFound
from reviews.model import Precision, Rating, ReviewDate
from reviews.storage import GroupTransaction, Storage, reviews, summaries
from reviews.storage.scores import Score, save_scores
from tests.builders import add_place, add_source, make_date, make_review, next_run, save
from tests.conftest import NOW


def local_date(year: int, month: int, day: int, offset_hours: int, precision: Precision) -> ReviewDate:
    """A date as it is known in a zone, its bounds in UTC."""
    zone = timezone(timedelta(hours=offset_hours))
    start = datetime(year, month, day, tzinfo=zone)
    date = make_date(start, precision)
    return replace(date, earliest=date.earliest.astimezone(UTC), latest=date.latest.astimezone(UTC))


@given(
    st.dates(datetime(1990, 1, 1).date(), datetime(2100, 1, 1).date()),
    st.integers(-10, 13),
    st.sampled_from([Precision.DAY, Precision.MONTH]),
)
def test_a_day_or_month_counts_in_its_own_month_whatever_the_zone(
    day: datetime, offset: int, precision: Precision
) -> None:
    date = local_date(day.year, day.month, day.day, offset, precision)
    assert summaries.month_of_date(date) == f"{day.year:04}-{day.month:02}"


def test_vague_dates_count_in_no_month() -> None:
    assert summaries.month_of_date(None) == ""
    assert summaries.month_of_date(make_date(NOW, Precision.YEAR)) == ""
    weeks = replace(make_date(NOW), earliest=NOW - timedelta(days=30), relative=True, precision=Precision.MONTH)
    assert summaries.month_of_date(weeks) == ""
    days = replace(make_date(NOW), earliest=NOW - timedelta(days=3), latest=NOW, relative=True)
    assert summaries.month_of_date(days) == "2026-11"
    assert summaries.month_of_date(make_date(NOW, Precision.INSTANT)) == "2026-11"


DATES = st.one_of(
    st.none(),
    st.builds(
        lambda days, precision, relative: make_date(NOW - timedelta(days=days), precision, relative=relative),
        st.integers(0, 120),
        st.sampled_from(Precision),
        st.booleans(),
    ),
    st.builds(
        local_date, st.just(2026), st.integers(8, 11), st.sampled_from([1, 30]), st.integers(-10, 13),
        st.just(Precision.DAY),
    ),
)  # fmt: skip
STARS = st.sampled_from([None, 0, 1, "1.5", 2, 3, "3.49", 4, "4.5", 5, "yes", "no"])
ITEMS = st.lists(
    st.tuples(DATES, STARS, st.booleans(), st.booleans(), st.sampled_from([None, "positive", "neutral", "negative"])),
    max_size=12,
)


def test_months_agree_with_a_plain_count_wholly_or_by_the_months_touched(storage: Storage) -> None:
    @settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(ITEMS, ITEMS)
    def check(first: list[tuple[ReviewDate | None, object, bool, bool, str | None]], second: list[object]) -> None:
        with storage.write() as tx:
            place = add_place(tx)
            g = tx.group(place.group_id)
            for items in (first, [*first[:3], *second]):
                place = next_run(g, place)
                found = [_review(number, *item) for number, item in enumerate(items)]
                counts = save(g, place, *found)
                scored = [
                    Score(
                        group_id=place.group_id,
                        review_id=id_,
                        content_hash=reviews.get_review(g, id_).content_hash,
                        scorer="s/1",
                        compound=None,
                        label=items[int(reviews.get_review(g, id_).identity_key)][4],
                    )
                    for id_ in (*counts.new_ids, *counts.changed_ids)
                ]
                save_scores(tx, scored)
                summaries.refresh_months(g, place.clinic_id, place.source_id, counts.months)
            by_touch = summaries.find_months(g, place.clinic_id)
            assert summaries.refresh_months(g, place.clinic_id) == 0
            assert by_touch == _plain_count(g, place.clinic_id)

    check()


def _review(number: int, date: ReviewDate | None, stars: object, text: bool, reply: bool, _label: object):
    rating = Rating(raw=str(stars), recommends=stars == "yes") if stars in ("yes", "no") else None
    if rating is None and stars is not None:
        rating = Rating(raw=str(stars), value=Decimal(str(stars)), stars100=int(Decimal(str(stars)) * 100))
    return make_review(
        str(number), rating=rating, text="Words." if text else "", date=date, reply="Thanks." if reply else None
    )


def _plain_count(g: GroupTransaction, clinic_id: int) -> list[summaries.MonthCounts]:
    from reviews.storage.review_lists import ReviewFilters, find_reviews

    counted: dict[tuple[int, str], Counter[str]] = {}
    ever = {"since": datetime(1900, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}
    hours = {row["id"]: row["answer_hours"] for row in g.rows("find_answers", **ever)}
    for row in find_reviews(g, ReviewFilters(clinic_id=clinic_id), limit=500).rows:
        n = counted.setdefault((row.source_id, summaries.month_of_date(row.date)), Counter())
        n["count"] += 1
        n["with_text"] += row.has_text
        if row.stars100 is not None:
            n[f"stars_{max(1, (row.stars100 + 50) // 100)}"] += 1
            n["stars100_sum"] += row.stars100
            n["stars_count"] += 1
        n["recommended"] += row.recommends is True
        n["not_recommended"] += row.recommends is False
        if row.label:
            n[row.label] += 1
        n["answered"] += any(each.state == "confirmed" for each in reviews.find_replies(g, row.id))
        if (took := hours.get(row.id)) is not None:  # a reply that came between two runs
            n["answer_known"] += 1
            for days in (1, 3, 7):
                n[f"answered_{days}d"] += took <= days * 24
    found = [
        summaries.MonthCounts(source_id=source, month=month, **{name: value for name, value in n.items() if value})
        for (source, month), n in counted.items()
    ]
    return sorted(found, key=lambda each: (each.month, each.source_id))


def test_a_missing_review_no_longer_counts_and_an_empty_month_goes(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        old = NOW - timedelta(days=90)
        save(g, place, make_review("a"), make_review("b", date=old))
        summaries.refresh_months(g, place.clinic_id)
        assert [each.month for each in summaries.find_months(g, place.clinic_id)] == ["2026-08", "2026-11"]
        for _ in range(2):
            place = next_run(g, place)
            save(g, place, make_review("a"))
            reviews.mark_missed(g, place.source_id, place.run_id, NOW)
        assert summaries.refresh_months(g, place.clinic_id) == 1
        assert [each.month for each in summaries.find_months(g, place.clinic_id)] == ["2026-11"]


def test_counting_one_source_leaves_the_others(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        second = next_run(g, replace(place, source_id=add_source(g, place.clinic_id)))
        save(g, place, make_review("a"))
        save(g, second, make_review("a"))
        assert summaries.refresh_months(g, place.clinic_id) == 2
        save(g, place, make_review("b"))
        save(g, second, make_review("b"))
        assert summaries.refresh_months(g, place.clinic_id, place.source_id) == 1
        found = {each.source_id: each.count for each in summaries.find_months(g, place.clinic_id)}
        assert found == {place.source_id: 2, second.source_id: 1}


def test_figures_are_replaced_only_when_they_say_something_else(storage: Storage) -> None:
    later = NOW + timedelta(days=1)
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        assert summaries.find_summary(g, place.clinic_id) is None
        assert summaries.save_summary(g, place.clinic_id, {"b": [1, None], "a": "é"}, NOW)
        assert not summaries.save_summary(g, place.clinic_id, {"a": "é", "b": [1, None]}, later)
        found = summaries.find_summary(g, place.clinic_id)
        assert found == summaries.StoredSummary(clinic_id=place.clinic_id, body={"a": "é", "b": [1, None]}, made_at=NOW)
        assert summaries.save_summary(g, place.clinic_id, {"a": "è"}, later)
        found = summaries.find_summary(g, place.clinic_id)
        assert found is not None
        assert (found.body, found.made_at) == ({"a": "è"}, later)


def test_figures_of_another_group_are_out_of_reach(storage: Storage) -> None:
    with storage.write() as tx:
        mine, theirs = add_place(tx), add_place(tx)
        other = tx.group(theirs.group_id)
        save(other, theirs, make_review("a"))
        summaries.refresh_months(other, theirs.clinic_id)
        summaries.save_summary(other, theirs.clinic_id, {"n": 1}, NOW)
        g = tx.group(mine.group_id)
        assert summaries.find_months(g, theirs.clinic_id) == []
        assert summaries.refresh_months(g, theirs.clinic_id) == 0
        assert summaries.find_summary(g, theirs.clinic_id) is None
        with pytest.raises(NotFound):
            summaries.save_summary(g, theirs.clinic_id, {"n": 2}, NOW)
        assert len(summaries.find_months(other, theirs.clinic_id)) == 1
        found = summaries.find_summary(other, theirs.clinic_id)
        assert found is not None
        assert found.body == {"n": 1}
