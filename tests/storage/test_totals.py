"""Reported totals: verbatim, as a time series."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from reviews.errors import NotFound
from reviews.model import ReportedTotal
from reviews.storage import Storage, totals
from tests.builders import add_place, add_source, next_run
from tests.conftest import NOW

TOTAL = ReportedTotal(
    average=Decimal("4.60"),
    best=Decimal(5),
    worst=Decimal(1),
    stars100=460,
    rating_count=222,
    review_count=180,
    raw="4.60 out of 5, 222 ratings",
    url="https://clinic.example.org/reviews",
    recommend_percent=96,
)


def test_a_total_is_held_verbatim_with_the_time_it_was_read(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        assert totals.save_total(g, source_id=place.source_id, run_id=place.run_id, total=TOTAL, now=NOW)
        (found,) = totals.latest_totals(g, place.clinic_id).values()
        assert found == replace(TOTAL, read_at=NOW)
        assert str(found.average) == "4.60"


def test_what_a_source_does_not_say_stays_absent(storage: Storage) -> None:
    silent = ReportedTotal(
        average=None, best=None, worst=None, stars100=None, rating_count=None, review_count=None, raw="none yet"
    )
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        assert totals.save_total(g, source_id=place.source_id, run_id=place.run_id, total=silent, now=NOW)
        assert not totals.save_total(g, source_id=place.source_id, run_id=place.run_id, total=silent, now=NOW)
        assert totals.latest_totals(g, place.clinic_id) == {place.source_id: replace(silent, read_at=NOW)}


def test_a_new_row_begins_when_the_total_changes_and_else_the_time_moves(storage: Storage) -> None:
    more = replace(TOTAL, rating_count=223, raw="4.60 out of 5, 223 ratings")
    said = [TOTAL, TOTAL, more, more, TOTAL]
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        new = []
        for day, total in enumerate(said):
            place = next_run(g, place)
            new.append(
                totals.save_total(
                    g, source_id=place.source_id, run_id=place.run_id, total=total, now=NOW + timedelta(days=day)
                )
            )
        periods = totals.find_totals(g, place.source_id)
    assert new == [True, False, True, False, True]
    assert [each.total.rating_count for each in periods] == [222, 223, 222]
    days = [((each.read_from - NOW).days, (each.read_until - NOW).days) for each in periods]
    assert days == [(0, 1), (2, 3), (4, 4)]


def test_the_time_of_reading_never_goes_back(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        for now in (NOW, NOW - timedelta(hours=1)):
            totals.save_total(g, source_id=place.source_id, run_id=place.run_id, total=TOTAL, now=now)
        assert totals.find_totals(g, place.source_id)[0].read_until == NOW


def test_each_source_has_its_own_last_total(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        second = next_run(g, replace(place, source_id=add_source(g, place.clinic_id)))
        totals.save_total(g, source_id=second.source_id, run_id=second.run_id, total=TOTAL, now=NOW)
        for count in (7, 8):
            total = replace(TOTAL, rating_count=count)
            totals.save_total(g, source_id=place.source_id, run_id=place.run_id, total=total, now=NOW)
        found = totals.latest_totals(g, place.clinic_id)
        assert {source: total.rating_count for source, total in found.items()} == {
            place.source_id: 8,
            second.source_id: 222,
        }


def test_totals_of_another_group_are_out_of_reach(storage: Storage) -> None:
    with storage.write() as tx:
        mine, theirs = add_place(tx), add_place(tx)
        totals.save_total(
            tx.group(theirs.group_id), source_id=theirs.source_id, run_id=theirs.run_id, total=TOTAL, now=NOW
        )
        g = tx.group(mine.group_id)
        assert totals.latest_totals(g, theirs.clinic_id) == {}
        assert totals.find_totals(g, theirs.source_id) == []
        for source_id, run_id in ((theirs.source_id, theirs.run_id), (mine.source_id, theirs.run_id)):
            with pytest.raises(NotFound):
                totals.save_total(g, source_id=source_id, run_id=run_id, total=TOTAL, now=NOW)
