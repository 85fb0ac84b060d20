"""Taking an import back, whole; and dropping content whose time has come."""

from dataclasses import replace
from datetime import timedelta

from reviews.model import ReportedTotal
from reviews.storage import Storage, clinics, reviews, runs, summaries, totals
from reviews.storage.review_lists import ReviewFilters, find_reviews, quote_candidates, sample_figures
from reviews.storage.scores import Score, find_pending, save_scores
from tests.builders import add_place, add_source, make_review, next_run, save
from tests.conftest import NOW

LATER = NOW + timedelta(days=1)
OCTOBER = NOW - timedelta(days=30)


def total(count: int) -> ReportedTotal:
    return ReportedTotal(
        average=None, best=None, worst=None, stars100=None, rating_count=count, review_count=None, raw=f"{count}"
    )


def test_an_import_is_taken_back_whole(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        old = (
            make_review("a", text="As it was.", stars=2, language="en", date=OCTOBER, reply="Old reply"),
            make_review("b"),
        )
        first_id, _ = save(g, place, *old).new_ids
        totals.save_total(g, source_id=place.source_id, run_id=place.run_id, total=total(2), now=NOW)
        summaries.refresh_months(g, place.clinic_id)
        before = reviews.get_review(g, first_id)
        months = summaries.find_months(g, place.clinic_id)
        wrong = next_run(g, place, now=LATER)
        changed = make_review("a", text="Wrong file.", stars=5, language="fr", date=NOW, reply="New reply")
        save(g, wrong, changed, make_review("c", reply="Hi"), make_review("b"), now=LATER)
        save(g, wrong, make_review("a", text="Wrong twice.", stars=4, date=NOW, reply="New reply"), now=LATER)
        totals.save_total(g, source_id=place.source_id, run_id=wrong.run_id, total=total(3), now=LATER)
        summaries.refresh_months(g, place.clinic_id)
        assert summaries.find_months(g, place.clinic_id) != months
        counts = reviews.undo_run(g, wrong.run_id, LATER)
        assert (counts.removed, counts.restored, counts.kept, counts.totals) == (1, 1, 0, 1)
        after = reviews.get_review(g, first_id)
        for name in ("text", "stars100", "language", "date", "rating", "author", "written_at", "content_hash"):
            assert getattr(after, name) == getattr(before, name), name
        assert (after.version, after.changed_at, after.presence, after.scorer) == (1, None, "visible", "")
        assert after.last_read_at == NOW
        assert after.reply_hash == before.reply_hash
        assert reviews.find_versions(g, first_id) == []
        assert [(each.text, each.state) for each in reviews.find_replies(g, first_id)] == [("Old reply", "confirmed")]
        assert {row.identity_key for row in find_reviews(g, ReviewFilters()).rows} == {"a", "b"}
        assert totals.latest_totals(g, place.clinic_id)[place.source_id].rating_count == 2
        assert summaries.find_months(g, place.clinic_id) == months
        assert runs.get_run(g, wrong.run_id).undone_at == LATER
        assert reviews.undo_run(g, wrong.run_id, LATER) == reviews.UndoCounts()
        counted = save(g, next_run(g, place, now=LATER), *old)
        assert (counted.new, counted.changed, counted.unchanged) == (0, 0, 2)


def test_what_a_later_run_has_seen_stays(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        save(g, place, make_review("a"))
        batch = next_run(g, place)
        save(g, batch, make_review("a", text="Edited."), make_review("b"), make_review("c", reply="Hi"))
        totals.save_total(g, source_id=place.source_id, run_id=batch.run_id, total=total(3), now=NOW)
        runs.close_run(g, batch.run_id, now=NOW, outcome="ok", is_complete=False)
        later = next_run(g, place, now=LATER)
        save(g, later, make_review("a", text="Edited."), make_review("c", reply="Hi"), now=LATER)
        totals.save_total(g, source_id=place.source_id, run_id=later.run_id, total=total(3), now=LATER)
        counts = reviews.undo_run(g, batch.run_id, LATER)
        assert (counts.removed, counts.restored, counts.kept, counts.totals) == (1, 0, 1, 0)
        rows = {row.identity_key: row for row in find_reviews(g, ReviewFilters()).rows}
        assert {key: row.text for key, row in rows.items()} == {"a": "Edited.", "c": rows["c"].text}
        assert [each.state for each in reviews.find_replies(g, rows["c"].id)] == ["confirmed"]


def test_imports_taken_back_one_after_the_other_leave_nothing(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        save(g, place, make_review("a"), make_review("b"))
        second = next_run(g, place)
        save(g, second, make_review("a", text="Edited."), make_review("b"))
        assert reviews.undo_run(g, second.run_id, NOW).restored == 1
        assert reviews.undo_run(g, place.run_id, NOW).removed == 2
        assert find_reviews(g, ReviewFilters()).rows == ()
        assert summaries.find_months(g, place.clinic_id) == []


def test_an_edit_that_was_taken_back_can_be_made_again(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a", text="One.")).new_ids
        save(g, next_run(g, place), make_review("a", text="Two."))
        third = next_run(g, place)
        save(g, third, make_review("a", text="Three."))
        reviews.undo_run(g, third.run_id, NOW)
        held = reviews.get_review(g, id_)
        assert (held.text, held.version, held.presence) == ("Two.", 2, "changed")
        assert save(g, next_run(g, place), make_review("a", text="Three.")).changed == 1
        assert [each.text for each in reviews.find_versions(g, id_)] == ["One.", "Two."]


def test_a_purge_drops_content_and_keeps_ids_times_and_counts(storage: Storage) -> None:
    feed = (
        make_review("a", origin="google", text="Very secret words.", author="Zoé", reply="Dear Zoé"),
        make_review("b", origin="google", stars=2, date=OCTOBER, text=""),
        make_review("c", origin="own_site"),
    )
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        save(g, place, make_review("a", origin="google", text="Secret words before."))
        ids = dict(zip("bc", save(g, next_run(g, place), *feed).new_ids, strict=True))
        rows = {row.identity_key: row for row in find_reviews(g, ReviewFilters()).rows}
        ids["a"] = rows["a"].id
        score = Score(
            group_id=place.group_id,
            review_id=ids["a"],
            content_hash=rows["a"].content_hash,
            scorer="s/1",
            compound=0.5,
            label="positive",
        )
        save_scores(tx, [score])
        summaries.refresh_months(g, place.clinic_id)
        months = summaries.find_months(g, place.clinic_id)
        assert reviews.purge_content(g, "google", NOW, LATER) == 0
        assert reviews.purge_content(g, "google", LATER, LATER) == 2
        assert reviews.purge_content(g, "google", LATER, LATER) == 0
        held = reviews.get_review(g, ids["a"])
        before = rows["a"]
        for name in ("public_id", "identity_key", "content_hash", "reply_hash", "first_seen_at", "last_read_at"):
            assert getattr(held, name) == getattr(before, name), name
        assert (held.text, held.author, held.stars100, held.rating, held.date, held.language) == ("",) + (None,) * 5
        assert (held.compound, held.label, held.has_text, held.content_purged_at) == (None, None, False, LATER)
        (version,) = reviews.find_versions(g, ids["a"])
        assert (version.is_purged, version.text, version.author, version.stars100) == (True, "", None, None)
        (reply,) = reviews.find_replies(g, ids["a"])
        assert (reply.text, reply.author) == (None, None)
        assert reviews.get_review(g, ids["c"]).content_purged_at is None
        assert clinics.get_stale_since(g, place.clinic_id) == LATER
        assert summaries.find_months(g, place.clinic_id) == months
        assert summaries.refresh_months(g, place.clinic_id) == 0
        assert sample_figures(g, place.clinic_id).count == 1
        assert [row.id for row in quote_candidates(g, place.clinic_id)] == [ids["c"]]
        assert [each.review_id for each in find_pending(tx, "s/1", 10)[0]] == [ids["c"]]
    with storage.session(writable=False) as session:
        for table in ("reviews", "review_contents", "review_versions", "replies", "monthly_summaries"):
            assert not [row for row in session.execute(f"SELECT * FROM {table}").rows if "ecret" in repr(row)]
            assert not [row for row in session.execute(f"SELECT * FROM {table}").rows if "Zoé" in repr(row)]


def test_content_that_had_to_go_comes_back_when_it_is_read_again(storage: Storage) -> None:
    feed = (
        make_review("a", origin="google", text="Same words.", reply="Dear patient"),
        make_review("b", origin="google", stars=1, date=OCTOBER),
    )
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (first, _) = save(g, place, *feed).new_ids
        summaries.refresh_months(g, place.clinic_id)
        before, months = reviews.get_review(g, first), summaries.find_months(g, place.clinic_id)
        reviews.purge_content(g, "google", LATER, LATER)
        again = next_run(g, place)
        counts = save(g, again, feed[0], make_review("b", origin="google", stars=3, text="Edited.", date=OCTOBER))
        assert (counts.new, counts.changed, counts.unchanged) == (0, 1, 1)
        summaries.refresh_months(g, place.clinic_id, months=counts.months)
        held = reviews.get_review(g, first)
        assert (held.text, held.author, held.date, held.rating) == (
            before.text,
            before.author,
            before.date,
            before.rating,
        )
        assert held.content_purged_at is None
        assert [each.text for each in reviews.find_replies(g, first)] == ["Dear patient"]
        assert sum(each.count for each in summaries.find_months(g, place.clinic_id)) == 2
        assert [each.count for each in summaries.find_months(g, place.clinic_id)] == [each.count for each in months]


def test_old_versions_of_a_review_that_is_still_read_go_too(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a", origin="google", text="One.", reply="Old")).new_ids
        third = NOW + timedelta(days=29)
        save(g, next_run(g, place), make_review("a", origin="google", text="Two.", reply="New"), now=third)
        today = NOW + timedelta(days=31)
        assert reviews.purge_content(g, "google", today - timedelta(days=30), today) == 0
        (version,) = reviews.find_versions(g, id_)
        assert version.is_purged
        assert [each.text for each in reviews.find_replies(g, id_)] == [None, "New"]
        assert reviews.get_review(g, id_).text == "Two."


def test_a_review_erased_at_its_authors_wish_is_not_brought_back(storage: Storage) -> None:
    review = make_review("a", origin="google")
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, review).new_ids
        reviews.hide(g, id_, "author_asked", NOW)
        reviews.purge_content(g, "google", LATER, LATER)
        again = next_run(g, place)
        assert save(g, again, review).unchanged == 1
        assert save(g, again, review).repeated == 1
        save(g, next_run(g, place), make_review("a", origin="google", text="Edited.", reply="Dear Zoé"))
        held = reviews.get_review(g, id_)
        assert (held.text, held.author, held.publication) == ("", None, "hidden")
        assert reviews.find_replies(g, id_) == []


def test_a_purge_of_all_groups_reaches_each_and_one_of_a_group_only_that(storage: Storage) -> None:
    with storage.write() as tx:
        places = [add_place(tx), add_place(tx), add_place(tx)]
        for place in places:
            save(tx.group(place.group_id), place, make_review("a", origin="google"))
        assert reviews.purge_content(tx.group(places[0].group_id), "google", LATER, LATER) == 1
        assert reviews.purge_content(tx, "google", LATER, LATER) == 2


def test_taking_back_touches_no_other_source(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        save(g, place, make_review("a"))
        other = add_source(g, place.clinic_id, kind="csv_file", url="")
        batch = next_run(g, replace(place, source_id=other))
        save(g, batch, make_review("a"), make_review("b"))
        assert reviews.undo_run(g, batch.run_id, NOW).removed == 2
        assert [row.source_id for row in find_reviews(g, ReviewFilters()).rows] == [place.source_id]
